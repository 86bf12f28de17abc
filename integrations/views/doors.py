"""How the pages find what an address names, within the hotel whose door was passed."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from integrations.models import Connection
from integrations.registry import UnknownProvider, get_provider
from reservations.models import Hotel
from reservations.permissions import Permission, permissions_here


def connection_or_404(hotel: Hotel, pk: int) -> Connection:
    """The hotel's connection; anyone else's is as absent as none.

    What is encrypted is opened by those who need it only, so that a lost key does not take the page away.
    """
    return get_object_or_404(Connection.objects.of(hotel).defer("credentials", "webhook_token"), pk=pk)


def provider_or_404(slug: str) -> Any:
    try:
        return get_provider(slug)
    except UnknownProvider:
        raise Http404 from None


def may_manage(request: HttpRequest) -> bool:
    """Whether the buttons are shown; the views behind them check again by themselves."""
    return Permission.MANAGE_CONNECTIONS in permissions_here(request)
