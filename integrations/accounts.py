"""Accounts at the other side: several connections may belong to one, and some accounts take one connection only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from integrations.contracts import Capability, Declaration
from integrations.models import Connection, ConnectionStatus
from integrations.registry import get_provider


def account_key(declaration: Declaration, credentials: Mapping[str, Any]) -> str:
    """What connections of one account have in common; empty for a provider that names no accounts."""
    name = _account(declaration, credentials)
    return hashlib.sha256(f"{declaration.slug}:{name}".encode()).hexdigest()[:32] if name else ""


def account_of(connection: Connection) -> str:
    """What the other side calls the account of ``connection``; empty for a provider that names no accounts."""
    return _account(get_provider(connection.provider).declaration, connection.credentials)


def _account(declaration: Declaration, credentials: Mapping[str, Any]) -> str:
    return str(credentials.get(declaration.account_field) or "").strip() if declaration.account_field else ""


def same_account(connection: Connection) -> list[Connection]:
    """Live connections of the same account that were given the same credentials, the freshest token first."""
    if not connection.account_key:
        return []
    declared = [field.name for field in get_provider(connection.provider).declaration.credential_fields]
    secrets = [field for field in declared if field in _secret_names(connection.provider)]
    others = (
        Connection.objects.filter(provider=connection.provider, account_key=connection.account_key)
        .exclude(pk=connection.pk)
        .exclude(status__in=(ConnectionStatus.DISCONNECTED, ConnectionStatus.NEEDS_REAUTH))
        .order_by("-token_expires_at")[:5]
    )
    return [
        other
        for other in others
        if all(other.credentials.get(name) == connection.credentials.get(name) for name in secrets)
    ]


def is_taken(declaration: Declaration, credentials: Mapping[str, Any], *, besides: int | None) -> bool:
    """Whether another connection than ``besides`` already uses what can be connected only once: the account as a
    whole, or, where bookings wait in a queue until they are acknowledged, the part of it that is named beside it.

    Two connections of one queue would each get some of its bookings.
    """
    key = account_key(declaration, credentials)
    has_queue = Capability.ACKNOWLEDGE in declaration.capabilities
    if not key or not (declaration.account_once or has_queue):
        return False
    users = Connection.objects.filter(provider=declaration.slug, account_key=key).exclude(pk=besides or 0)
    live = users.exclude(status=ConnectionStatus.DISCONNECTED)
    if declaration.account_once:
        return live.exists()
    secret = _secret_names(declaration.slug)
    named = [field.name for field in declaration.credential_fields if field.name not in secret]

    def queue(given: Mapping[str, Any]) -> list[str]:
        return [str(given.get(name) or "").strip() for name in named]

    return any(queue(other.credentials) == queue(credentials) for other in live)


#: Keys of the credentials that we made up for deliveries, beside what the hotel typed in.
WEBHOOK_LOGIN, WEBHOOK_PASSWORD = "webhook_login", "webhook_password"
MADE_BY_US = (WEBHOOK_LOGIN, WEBHOOK_PASSWORD)


def webhook_login_of(connection: Connection) -> tuple[str, str]:
    """User name and password that deliveries of ``connection`` must carry; empty where none were made."""
    made = connection.credentials
    return str(made.get(WEBHOOK_LOGIN) or ""), str(made.get(WEBHOOK_PASSWORD) or "")


def _secret_names(provider: str) -> frozenset[str]:
    fields = get_provider(provider).declaration.credential_fields
    return frozenset(field.name for field in fields if field.secret or field.kind == "password")
