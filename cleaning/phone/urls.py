"""The addresses of the phone page, and of what leads to it: links, calendars and the squares on doors.

The service worker rules over everything below /my/.
"""

from django.urls import path

from cleaning import door_views, link_views
from cleaning.calendar_feed import calendar_feed
from cleaning.phone import views, worker

urlpatterns = [
    path("my/", views.my_day, name="my_day"),
    path("my/tasks/<int:pk>/", views.my_task, name="my_task"),
    path("my/day.json", views.day_json, name="my_day_json"),
    path("my/actions/", views.take_action, name="my_actions"),
    path("my/photos/", views.take_photo, name="my_photos"),
    path("my/manifest.webmanifest", worker.manifest, name="my_manifest"),
    path("my/sw.js", worker.service_worker, name="my_worker"),
    path("my/calendar/<str:token>.ics", calendar_feed, name="calendar_feed"),
    path("k/<str:token>/", link_views.personal_link, name="personal_link"),
    path("q/<str:token>/", door_views.door, name="door"),
    path(
        "h/<slug:slug>/cleaning/people/<int:user_id>/links/", link_views.cleaner_links, name="cleaner_links"
    ),
    path(
        "company/<slug:slug>/people/<int:user_id>/links/",
        link_views.company_cleaner_links,
        name="company_cleaner_links",
    ),
    path("h/<slug:slug>/cleaning/doors/", door_views.cleaning_doors, name="cleaning_doors"),
    path("h/<slug:slug>/cleaning/doors/print/", door_views.cleaning_doors_print, name="cleaning_doors_print"),
    path(
        "h/<slug:slug>/cleaning/doors/<int:room_id>/renew/",
        door_views.cleaning_door_renew,
        name="cleaning_door_renew",
    ),
]
