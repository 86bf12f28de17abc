"""Access tokens: renewed by one worker at a time, a little before they end, and never asked for in vain.

A token comes from a refresh token (OAuth 2, RFC 6749) or straight from what the hotel typed in, as the provider
says. Connections of one account at the other side share its token. A dead grant is asked for again by a person.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone

from integrations import exchanges, journal
from integrations.accounts import same_account
from integrations.applications import application_for
from integrations.attempts import attempt
from integrations.contracts import Capability, Tokens
from integrations.errors import (
    IntegrationError,
    Misconfigured,
    Missing,
    NeedsReconnect,
    RateLimited,
    Unreachable,
)
from integrations.http import Explain, ProviderSession
from integrations.leases import LeaseTaken, lease
from integrations.models import Connection, ConnectionStatus
from integrations.registry import can, get_provider
from integrations.token_answers import explain_token_answer

logger = structlog.get_logger(__name__)

REFRESH_BEFORE = timedelta(seconds=300)
#: Spread, so that the workers of many connections do not all renew in the same second.
REFRESH_JITTER = timedelta(seconds=60)
#: Longer than a token call may last, see ``settings.OUTSIDE_TOTAL_SECONDS``.
TOKEN_LEASE_SECONDS = 120
TOKEN_WAIT_SECONDS = 70


def fresh_access_token(connection: Connection, *, reject: str | None = None) -> str:
    """An access token that is good for a call, renewed first when it is about to end or equals ``reject``.

    Of any number of workers one renews, the others wait and take its token. ``connection`` is brought up to date.
    Raises :class:`NeedsReconnect` when the grant is gone (the connection then says so, with one alert),
    :class:`Misconfigured` when the application is refused, :class:`RateLimited` and :class:`Unreachable` when trying
    later may help.
    """
    token = _usable(connection, reject)
    if token is not None:
        return token
    if connection._state.adding:
        return _first_token(connection)
    try:
        with lease(
            f"token:{connection.account_key or connection.pk}",
            seconds=TOKEN_LEASE_SECONDS,
            wait=TOKEN_WAIT_SECONDS,
        ):
            connection.refresh_from_db(fields=["credentials", "token_version", "token_expires_at", "status"])
            token = _usable(connection, reject)
            return token or _token_of_the_account(connection, reject) or _renew(connection)
    except LeaseTaken:
        raise Unreachable("another worker is still renewing the access") from None


def lose_grant(connection: Connection, *, detail: str = "") -> None:
    """Mark ``connection`` as needing a person, once, with one alert and one line of the log.

    Does nothing when the stored token is no longer the one ``connection`` holds: it was renewed meanwhile.
    """
    now = timezone.now()
    done = (
        Connection.objects.filter(pk=connection.pk, token_version=connection.token_version)
        .exclude(status__in=(ConnectionStatus.NEEDS_REAUTH, ConnectionStatus.DISCONNECTED))
        .update(
            status=ConnectionStatus.NEEDS_REAUTH,
            status_since=now,
            error_code=NeedsReconnect.code,
            error_detail=detail[:500],
        )
    )
    if not done:
        return
    connection.status, connection.status_since = ConnectionStatus.NEEDS_REAUTH, now
    connection.error_code, connection.error_detail = NeedsReconnect.code, detail[:500]
    journal.open_alert(hotel_id=connection.hotel_id, code="needs_reconnect", connection=connection)
    journal.write_log(
        hotel_id=connection.hotel_id, code="needs_reconnect", connection=connection, level="error"
    )


def revoke(connection: Connection) -> None:
    """Ask the other side to end the access of ``connection``, unless another connection uses it; a refusal is no
    matter."""
    if not can(connection.provider, Capability.REVOKE_TOKEN) or same_account(connection):
        return
    if connection.credentials.get("access_token"):
        attempt(lambda: _revoke(connection))


def _revoke(connection: Connection) -> None:
    with _token_session(connection) as session:
        get_provider(connection.provider).revoke_token(session)


def _usable(connection: Connection, reject: str | None) -> str | None:
    """The stored access token, unless it is absent, rejected or about to end."""
    token = connection.credentials.get("access_token")
    if not token or token == reject:
        return None
    if not is_renewable(connection.provider):
        return str(token)
    return None if _ends_soon(connection) else str(token)


def _ends_soon(connection: Connection) -> bool:
    ends = connection.token_expires_at
    if ends is None:
        return False
    margin = REFRESH_BEFORE - REFRESH_JITTER * random.random()  # noqa: S311 - spread, not secrecy
    try:
        obtained = datetime.fromisoformat(connection.credentials["obtained_at"])
    except (KeyError, TypeError, ValueError):
        pass
    else:
        # A token of a short life is used for half of it at least, not renewed before every call.
        margin = min(margin, (ends - obtained) / 2)
    return ends - timezone.now() < margin


def is_renewable(provider: str) -> bool:
    """Whether the provider's access can be renewed without a person."""
    return can(provider, Capability.REFRESH_TOKEN) or can(provider, Capability.ISSUE_TOKEN)


def _renew(connection: Connection) -> str:
    """A new access token from the provider, stored before it is used. The caller holds the lease."""
    if connection.status in (ConnectionStatus.NEEDS_REAUTH, ConnectionStatus.DISCONNECTED):
        raise NeedsReconnect("the access has ended")
    asked_at = timezone.now()
    try:
        tokens = _ask(connection)
    except NeedsReconnect as gone:
        lose_grant(connection, detail=gone.detail)
        raise
    except (Misconfigured, Missing) as wrong:
        journal.open_alert(
            hotel_id=connection.hotel_id, code="misconfigured", connection=connection, error=wrong.detail
        )
        raise Misconfigured(wrong.detail, status=wrong.status) from None
    except (RateLimited, Unreachable):
        raise
    except IntegrationError as unclear:
        raise Unreachable(unclear.detail, status=unclear.status) from None
    return _store(connection, tokens, asked_at)


def _ask(connection: Connection) -> Tokens:
    provider = get_provider(connection.provider)
    tokens: Tokens
    if can(connection.provider, Capability.ISSUE_TOKEN):
        exchanges.require_token_budget(connection, provider.declaration.token_limit)
        with _token_session(connection) as session:
            tokens = provider.issue_token(session)
        return tokens
    refresh_token = connection.credentials.get("refresh_token")
    if not refresh_token or not can(connection.provider, Capability.REFRESH_TOKEN):
        raise NeedsReconnect("there is nothing to renew the access with")
    with _token_session(connection, explain_token_answer) as session:
        tokens = provider.refresh_token(session, session.application, refresh_token=refresh_token)
    return tokens


def _first_token(connection: Connection) -> str:
    """A token for credentials that are still being tried out; kept in the object only."""
    if not can(connection.provider, Capability.ISSUE_TOKEN):
        raise NeedsReconnect("there is no access yet")
    asked_at = timezone.now()
    tokens = _ask(connection)
    connection.credentials.update(stored_tokens(tokens, asked_at=asked_at))
    connection.token_expires_at = tokens.expires_at
    return tokens.access_token


def _token_of_the_account(connection: Connection, reject: str | None) -> str | None:
    """The token that another connection of the same account has, taken over; None when none is good for a call."""
    for other in same_account(connection):
        token = _usable(other, reject)
        if token is not None and other.token_expires_at is not None:
            asked_at = datetime.fromisoformat(other.credentials["obtained_at"])
            return _store(connection, Tokens(token, other.token_expires_at), asked_at)
    return None


def _store(connection: Connection, tokens: Tokens, asked_at: datetime) -> str:
    credentials = stored_tokens(tokens, asked_at=asked_at, before=connection.credentials)
    unchanged = Connection.objects.filter(pk=connection.pk, token_version=connection.token_version)
    try:
        stored = unchanged.update(
            credentials=credentials,
            token_expires_at=tokens.expires_at,
            token_version=F("token_version") + 1,
        )
    except DatabaseError:
        # The provider may have ended the old token already: then only a person can help.
        logger.error("renewed_access_not_stored", connection_id=connection.pk)
        raise
    connection.refresh_from_db(fields=["credentials", "token_version", "token_expires_at", "status"])
    if not stored and not connection.credentials.get("access_token"):
        raise NeedsReconnect("disconnected meanwhile")
    return str(connection.credentials["access_token"])


def stored_tokens(
    tokens: Tokens, *, asked_at: datetime, before: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What is stored of ``tokens``: an answer without a refresh token leaves the one ``before`` valid."""
    stored = {**(before or {}), "access_token": tokens.access_token, "obtained_at": asked_at.isoformat()}
    if tokens.refresh_token:
        stored["refresh_token"] = tokens.refresh_token
    return stored


def _token_session(connection: Connection, explain: Explain | None = None) -> ProviderSession:
    """A session for the token endpoint: recorded with its connection, its calls marked as asking for a token."""
    session = ProviderSession(
        provider=connection.provider,
        application=application_for(connection.provider),
        connection=connection,
        explain=explain,
        for_token=True,
    )
    session.hide(*connection.credentials.values())
    return session
