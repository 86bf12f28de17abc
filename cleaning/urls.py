"""The addresses of cleaning."""

from django.urls import path

from cleaning import views

urlpatterns = [
    path("h/<slug:slug>/cleaning/", views.cleaning_day, name="cleaning_day"),
    path("h/<slug:slug>/cleaning/<int:pk>/", views.cleaning_task, name="cleaning_task"),
    path("h/<slug:slug>/cleaning/<int:pk>/start/", views.cleaning_start, name="cleaning_start"),
    path("h/<slug:slug>/cleaning/<int:pk>/finish/", views.cleaning_finish, name="cleaning_finish"),
    path("h/<slug:slug>/cleaning/<int:pk>/reopen/", views.cleaning_reopen, name="cleaning_reopen"),
]
