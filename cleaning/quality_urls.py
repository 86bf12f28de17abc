"""The addresses of checklists, photos, findings and messages."""

from django.urls import path

from cleaning import checklist_views, finding_views, message_views, photo_views

urlpatterns = [
    path(
        "h/<slug:slug>/cleaning/checklists/", checklist_views.cleaning_checklists, name="cleaning_checklists"
    ),
    path(
        "h/<slug:slug>/cleaning/checklists/<int:pk>/",
        checklist_views.cleaning_checklist,
        name="cleaning_checklist",
    ),
    path(
        "h/<slug:slug>/cleaning/checklists/<int:pk>/act/",
        checklist_views.cleaning_checklist_act,
        name="cleaning_checklist_act",
    ),
    path(
        "h/<slug:slug>/cleaning/checklists/lines/<int:pk>/",
        checklist_views.cleaning_checklist_item,
        name="cleaning_checklist_item",
    ),
    path(
        "h/<slug:slug>/cleaning/checklists/lines/<int:pk>/act/",
        checklist_views.cleaning_checklist_item_act,
        name="cleaning_checklist_item_act",
    ),
    path("h/<slug:slug>/cleaning/findings/", finding_views.cleaning_findings, name="cleaning_findings"),
    path(
        "h/<slug:slug>/cleaning/findings/<int:pk>/settle/",
        finding_views.cleaning_finding_settle,
        name="cleaning_finding_settle",
    ),
    path("h/<slug:slug>/cleaning/photos/<int:pk>/", photo_views.cleaning_photo, name="cleaning_photo"),
    path("h/<slug:slug>/cleaning/messages/", message_views.cleaning_messages, name="cleaning_messages"),
    path(
        "h/<slug:slug>/cleaning/messages/<int:pk>/again/",
        message_views.cleaning_message_again,
        name="cleaning_message_again",
    ),
    path("my/photos/<int:pk>/", photo_views.my_photo, name="my_photo"),
    path("news/read/", message_views.news_read, name="news_read"),
]
