"""Which connection a webhook is for. Answers are remembered for a few seconds, so that a storm of webhooks asks the
database for nothing but to store each of them."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field

from django.db.models import F

from integrations.accounts import account_of, webhook_login_of
from integrations.applications import find_application_by_webhook_token
from integrations.models import Connection, ConnectionStatus, PropertyMapping
from reservations.models import ReservationSource

#: A connection that was ended still gets what arrives within this time; it is stored and waits like anything else.
REMEMBER_SECONDS = 5.0
REMEMBER_AT_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Route:
    """Where a delivery goes; ``connection_id`` is None while no connection is known for its property."""

    connection_id: int | None
    hotel_id: int | None
    #: What deliveries of this connection must carry; empty where none were made.
    login: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    account: str = ""


_APPLICATION = Route(None, None)
_memory: dict[tuple[str, str, str], tuple[float, Route]] = {}
_lock = threading.Lock()


def route_of_token(provider: str, token: str) -> Route | None:
    """The connection whose address ends in ``token``, an open route for the application's own address, or None."""
    known = _remembered(provider, token, "")
    if known is not None:
        return known
    digest = hashlib.sha256(token.encode()).hexdigest()
    found = (
        Connection.objects.filter(provider=provider, webhook_digest=digest)
        .exclude(status=ConnectionStatus.DISCONNECTED)
        .only("pk", "hotel_id", "credentials")
        .first()
    )
    if found is not None:
        login, password = webhook_login_of(found)
        route = Route(found.pk, found.hotel_id, login, password, account_of(found))
        return _remember(provider, token, "", route)
    if find_application_by_webhook_token(provider, token) is not None:
        return _remember(provider, token, "", _APPLICATION)
    return None


def route_of_delivery(
    provider: str, token: str, property_ref: str | None, external_id: str | None = None
) -> Route:
    """Where a delivery to the application's own address ``token`` goes: to the connection that reads its property.

    One that names no property goes to the connection that knows its booking, or to the only one there is.
    """
    if not property_ref:
        return _route_without_property(provider, external_id)
    known = _remembered(provider, token, property_ref)
    if known is not None:
        return known
    found = (
        PropertyMapping.objects.filter(provider=provider, external_ref=property_ref)
        .exclude(connection__status=ConnectionStatus.DISCONNECTED)
        .order_by(F("property_id").asc(nulls_last=True), "pk")
        .values_list("connection_id", "hotel_id")
        .first()
    )
    return _remember(provider, token, property_ref, Route(*found)) if found else _APPLICATION


def _route_without_property(provider: str, external_id: str | None) -> Route:
    connected = Connection.objects.filter(provider=provider).exclude(status=ConnectionStatus.DISCONNECTED)
    knowing = connected.none()
    if external_id:
        sources = ReservationSource.objects.filter(provider=provider, external_id=external_id)
        knowing = connected.filter(pk__in=sources.values("connection_id"))
    for rows in (knowing, connected):
        found = list(rows.order_by("pk").values_list("pk", "hotel_id")[:2])
        if len(found) == 1:
            return Route(*found[0])
    return _APPLICATION


def _remembered(provider: str, token: str, property_ref: str) -> Route | None:
    until, route = _memory.get((provider, token, property_ref), (0.0, None))
    return route if until > time.monotonic() else None


def _remember(provider: str, token: str, property_ref: str, route: Route) -> Route:
    with _lock:
        if len(_memory) >= REMEMBER_AT_MOST:
            _memory.clear()
        _memory[provider, token, property_ref] = (time.monotonic() + REMEMBER_SECONDS, route)
    return route


def forget_routes() -> None:
    """Ask the database again from now on (in this process)."""
    with _lock:
        _memory.clear()
