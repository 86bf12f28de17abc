"""Where a consent page sends people back to: a connection, or a plain sentence and a way on."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from integrations.applications import digest_of
from integrations.contracts import Capability
from integrations.models import OAuthAttempt
from integrations.oauth import OAuthFailed, finish
from integrations.registry import can
from integrations.views.doors import provider_or_404
from integrations.views.wizard import CONNECT, after_connecting, failure_of, wizard_url
from reservations.models import Hotel
from reservations.permissions import Permission, permissions_of


@require_GET
@login_not_required
def callback(request: HttpRequest, provider: str) -> HttpResponse:
    """The answer of ``provider``'s consent page.

    Nothing of the request is repeated on the page, kept in the history (success redirects) or sent on (no referrer).
    Not behind the sign-in redirect: that would carry the code along in the next address.
    """
    response = _answer(request, provider)
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response


def _answer(request: HttpRequest, provider: str) -> HttpResponse:
    declaration = provider_or_404(provider).declaration
    if not can(provider, Capability.EXCHANGE_CODE):
        return _failure(request, declaration, _("This integration does not connect by signing in."))
    if not request.user.is_authenticated:
        sentence = _("You are not signed in here any more. Sign in and start the connection again.")
        return _failure(request, declaration, sentence)
    try:
        connection = finish(
            provider_slug=provider,
            user=request.user,
            session_key=request.session.session_key or "",
            params=request.GET,
        )
    except OAuthFailed as failed:
        more = failure_of(failed.error) if failed.error else None
        return _failure(request, declaration, str(failed.sentence), more)
    return after_connecting(request, connection.hotel, connection)


def _failure(
    request: HttpRequest, declaration: Any, sentence: str, more: dict[str, str] | None = None
) -> HttpResponse:
    attempt = _own_attempt(request, declaration.slug)
    # The page's own links and forms name its address; the code must not be in them.
    request.META["QUERY_STRING"] = ""
    context: dict[str, Any] = {
        "title": _("%(name)s is not connected") % {"name": declaration.name},
        "declaration": declaration,
        "sentence": sentence,
        "failure": more,
        "signed_in": request.user.is_authenticated,
    }
    if attempt is not None:
        hotel: Hotel = attempt.hotel
        request.hotel = hotel  # type: ignore[attr-defined]
        held = permissions_of(request.user, hotel)
        request.hotel_permissions = held  # type: ignore[attr-defined]
        if Permission.MANAGE_CONNECTIONS in held:
            context["again_url"] = wizard_url(hotel, declaration.slug, attempt.connection, CONNECT)
        if Permission.SEE_CONNECTIONS in held:
            context["back_url"] = reverse("integration_gallery", args=[hotel.slug])
    return render(request, "integrations/callback_failed.html", context, status=400)


def _own_attempt(request: HttpRequest, provider: str) -> OAuthAttempt | None:
    """The attempt that the answer names, if this very user began it in a hotel that is still theirs.

    Without one, the user's latest attempt: an answer with a wrong state still deserves a way back.
    """
    if not request.user.is_authenticated:
        return None
    attempts = (
        OAuthAttempt.objects.visible_to(request.user)
        .filter(user_id=request.user.pk, provider=provider)
        .select_related("hotel", "connection")
    )
    named = attempts.filter(state_digest=digest_of(request.GET.get("state", "")[:4000])).first()
    return named or attempts.order_by("-created_at").first()
