from django.urls import path

from reservations.api_views import AvailabilityView

urlpatterns = [
    path("hotels/<slug:slug>/availability/", AvailabilityView.as_view(), name="api_availability"),
]
