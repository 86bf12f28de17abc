from django.urls import path

from reservations import rate_views, views

urlpatterns = [
    path("h/<slug:slug>/reservations/", views.reservation_list, name="reservation_list"),
    path("h/<slug:slug>/reservations/<int:pk>/", views.reservation_detail, name="reservation_detail"),
    path("h/<slug:slug>/rates/", rate_views.rates, name="rates"),
    path("h/<slug:slug>/rates/preview/", rate_views.rates_preview, name="rates_preview"),
    path("h/<slug:slug>/rates/undo/<int:pk>/", rate_views.rates_undo, name="rates_undo"),
]
