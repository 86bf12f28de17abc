"""The addresses of the pages about rules."""

from django.urls import path

from cleaning import rule_views

urlpatterns = [
    path("h/<slug:slug>/cleaning/rules/", rule_views.cleaning_rules, name="cleaning_rules"),
    path(
        "h/<slug:slug>/cleaning/rules/new/<slug:kind>/",
        rule_views.cleaning_rule_new,
        name="cleaning_rule_new",
    ),
    path("h/<slug:slug>/cleaning/rules/<int:pk>/", rule_views.cleaning_rule, name="cleaning_rule"),
    path(
        "h/<slug:slug>/cleaning/rules/<int:pk>/remove/",
        rule_views.cleaning_rule_remove,
        name="cleaning_rule_remove",
    ),
    path(
        "h/<slug:slug>/cleaning/rules/edits/<int:pk>/undo/",
        rule_views.cleaning_rule_undo,
        name="cleaning_rule_undo",
    ),
    path("h/<slug:slug>/cleaning/rules/hours/<int:pk>/", rule_views.cleaning_hours, name="cleaning_hours"),
]
