"""Every address of Llavero."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from config.health import healthz

urlpatterns = [
    path("", include("config.dashboard")),
    path("", include("reservations.urls")),
    path("", include("cleaning.urls")),
    path("", include("integrations.urls")),
    path("api/v1/", include("reservations.api_urls")),
    path("accounts/", include("config.accounts.urls")),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
]

handler400 = "config.problems.bad_request"
handler403 = "config.problems.permission_denied"
handler404 = "config.problems.not_found"
handler429 = "config.problems.too_many_requests"
handler500 = "config.problems.server_error"
