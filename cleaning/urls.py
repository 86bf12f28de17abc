"""The addresses of cleaning."""

from django.urls import include, path

from cleaning import day_views, measured_views, room_views, task_views, week_views

urlpatterns = [
    path("", include("cleaning.people_urls")),
    path("", include("cleaning.rule_urls")),
    path("", include("cleaning.quality_urls")),
    path("", include("cleaning.phone.urls")),
    path("h/<slug:slug>/cleaning/", day_views.cleaning_day, name="cleaning_day"),
    path("h/<slug:slug>/cleaning/add/", day_views.cleaning_add, name="cleaning_add"),
    path("h/<slug:slug>/cleaning/print/", day_views.cleaning_print, name="cleaning_print"),
    path("h/<slug:slug>/cleaning/export.csv", day_views.cleaning_export, name="cleaning_export"),
    path("h/<slug:slug>/cleaning/week/", week_views.cleaning_week, name="cleaning_week"),
    path("h/<slug:slug>/cleaning/rooms/", room_views.cleaning_rooms, name="cleaning_rooms"),
    path("h/<slug:slug>/cleaning/measured/", measured_views.cleaning_measured, name="cleaning_measured"),
    path("h/<slug:slug>/cleaning/<int:pk>/", task_views.cleaning_task, name="cleaning_task"),
    path(
        "h/<slug:slug>/cleaning/<int:pk>/assign/", task_views.cleaning_assign_one, name="cleaning_assign_one"
    ),
    path("h/<slug:slug>/cleaning/<int:pk>/start/", task_views.cleaning_start, name="cleaning_start"),
    path("h/<slug:slug>/cleaning/<int:pk>/pause/", task_views.cleaning_pause, name="cleaning_pause"),
    path("h/<slug:slug>/cleaning/<int:pk>/finish/", task_views.cleaning_finish, name="cleaning_finish"),
    path(
        "h/<slug:slug>/cleaning/<int:pk>/not-possible/",
        task_views.cleaning_not_possible,
        name="cleaning_not_possible",
    ),
    path("h/<slug:slug>/cleaning/<int:pk>/reopen/", task_views.cleaning_reopen, name="cleaning_reopen"),
    path("h/<slug:slug>/cleaning/<int:pk>/pass/", task_views.cleaning_pass, name="cleaning_pass"),
    path(
        "h/<slug:slug>/cleaning/<int:pk>/send-back/", task_views.cleaning_send_back, name="cleaning_send_back"
    ),
]
