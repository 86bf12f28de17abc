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


def route_of_property(provider: str, token: str, property_ref: str | None) -> Route:
    """The connection that reads ``property_ref``, for a delivery to the application's own address ``token``."""
    if not property_ref:
        return _APPLICATION
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


def _remembered(*key: str) -> Route | None:
    until, route = _memory.get(key, (0.0, None))  # type: ignore[call-overload]
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
