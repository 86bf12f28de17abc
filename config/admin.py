"""The admin site: our title, our navigation, rows of the user's hotels only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _


class LlaveroAdminSite(admin.AdminSite):
    site_header = _("Llavero")
    site_title = _("Llavero")
    index_title = _("All lists")
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Operators and members of a hotel may enter; each list then shows their hotels' rows only."""
        user = request.user
        return user.is_active and user.is_authenticated and (user.is_superuser or user.memberships.exists())

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to the one sign-in page, which counts failed tries; the admin's own would not."""
        # The app registry needs this module before any model, and Django's auth views import theirs.
        from django.contrib.auth.views import redirect_to_login

        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


class LlaveroAdminConfig(AdminConfig):
    default_site = "config.admin.LlaveroAdminSite"
