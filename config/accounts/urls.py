"""The few of allauth's pages that Llavero uses: people do not register, and an operator keeps their addresses."""

from __future__ import annotations

from allauth.account import views
from django.urls import path, re_path

from config.accounts.invitation_views import invitations
from config.accounts.views import set_user_language

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("language/", set_user_language, name="set_user_language"),
    path("invitations/", invitations, name="invitations"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
