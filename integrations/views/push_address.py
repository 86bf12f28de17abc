"""Where the other side pushes to, for providers that a person must tell it: address, user name, a new password."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from integrations import subscriptions
from integrations.accounts import webhook_login_of
from integrations.contracts import Capability
from integrations.models import Connection, ConnectionStatus
from integrations.registry import all_providers
from integrations.views.doors import connection_or_404
from integrations.views.wizard import see_other
from reservations.encrypted import CredentialsUnreadable
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel
from reservations.permissions import Permission


@dataclass(frozen=True, slots=True)
class PushAddress:
    """``login`` is empty while no password was ever made."""

    url: str
    login: str


def push_address(connection: Connection) -> PushAddress | None:
    """What a person types in at the other side; None where nobody has to, or while it cannot be read."""
    if not _is_told_by_a_person(connection):
        return None
    try:
        return PushAddress(subscriptions.webhook_address(connection), webhook_login_of(connection)[0])
    except CredentialsUnreadable:
        return None


def _is_told_by_a_person(connection: Connection) -> bool:
    provider = all_providers().get(connection.provider)
    if provider is None or connection.status == ConnectionStatus.DISCONNECTED:
        return False
    declaration = provider.declaration
    return (
        declaration.webhook_login
        and Capability.RECEIVE_WEBHOOK in declaration.capabilities
        and Capability.SUBSCRIBE_WEBHOOKS not in declaration.capabilities
    )


@require_POST
@never_cache
@hotel_page(Permission.MANAGE_CONNECTIONS)
def new_password(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Make a new password and show it this once: the answer is the page itself, and nothing keeps it readable."""
    connection = connection_or_404(hotel, pk)
    if not _is_told_by_a_person(connection):
        raise Http404
    back_url = reverse("connection_detail", args=[hotel.slug, connection.pk])
    try:
        subscriptions.make_webhook_login(connection, anew=True, user=request.user)
    except CredentialsUnreadable:
        messages.error(request, _("What is stored cannot be read. Please reconnect first."))
        return see_other(back_url)
    login, password = webhook_login_of(connection)
    context = {
        "title": _("A new password for pushed messages"),
        "connection": connection,
        "address": subscriptions.webhook_address(connection),
        "login": login,
        "password": password,
        "back_url": back_url,
    }
    return render(request, "integrations/push_password.html", context)
