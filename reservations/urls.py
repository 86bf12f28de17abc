from django.urls import path

from reservations import views

urlpatterns = [
    path("h/<slug:slug>/reservations/", views.reservation_list, name="reservation_list"),
    path("h/<slug:slug>/reservations/<int:pk>/", views.reservation_detail, name="reservation_detail"),
]
