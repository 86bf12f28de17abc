"""OAuth 2 with people and without: the consent round trip, and access tokens that are renewed by one worker at a time.

Rules after RFC 6749 and RFC 9700: the state is random, single use, short-lived and bound to the session and the user;
the redirect address is fixed; codes are exchanged at once on the server; a dead grant is asked for again by a person.
"""

from __future__ import annotations

import hmac
import random
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import structlog
from django.db import DatabaseError
from django.db.models import F
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations import journal
from integrations.applications import application_for, digest_of, missing_fields, redirect_uri
from integrations.contracts import Capability, ExternalProperty, Tokens
from integrations.errors import (
    IntegrationError,
    Misconfigured,
    Missing,
    NeedsReconnect,
    RateLimited,
    Unreachable,
)
from integrations.http import ProviderSession
from integrations.leases import LeaseTaken, lease
from integrations.models import Connection, ConnectionStatus, OAuthAttempt, PropertyMapping
from integrations.registry import can, get_provider, provider_name
from integrations.token_answers import explain_token_answer
from reservations.models import Hotel
from reservations.permissions import Permission, may

logger = structlog.get_logger(__name__)

ATTEMPT_LIFE = timedelta(minutes=10)
ATTEMPTS_KEPT = timedelta(days=1)
REFRESH_BEFORE = timedelta(seconds=300)
#: Spread, so that the workers of many connections do not all renew in the same second.
REFRESH_JITTER = timedelta(seconds=60)
#: Longer than a token call may last, see ``settings.OUTSIDE_TOTAL_SECONDS``.
TOKEN_LEASE_SECONDS = 120
TOKEN_WAIT_SECONDS = 70


class OAuthFailed(Exception):
    """The round trip did not end in a connection. ``reason`` is a code, ``sentence`` what the page says."""

    SENTENCES: ClassVar[dict[str, str | Promise]] = {
        "refused": _("The access was not granted at the other side."),
        "wrong_session": _(
            "This was started in another browser or by another person. Please start it here again."
        ),
        "used": _("This answer was already used. If the connection is not there, please start again."),
        "expired": _("That took longer than ten minutes. Please start again."),
        "invalid": _("This answer does not belong to anything that was started here. Please start again."),
        "exchange_failed": _("The other side did not complete the connection. Please start again."),
        "other_account": _(
            "You signed in to another account than before. Sign in to the same one, or make a new connection."
        ),
    }

    def __init__(self, reason: str, error: IntegrationError | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error

    @property
    def sentence(self) -> str | Promise:
        return self.SENTENCES[self.reason]


# --- the consent round trip -----------------------------------------------------------------------------------


def begin(
    *, hotel: Hotel, user: Any, session_key: str, provider_slug: str, connection: Connection | None = None
) -> str:
    """The address of the consent page to send ``user`` to; ``connection`` when it is to be renewed.

    The caller has checked that the user may manage the hotel's connections. Raises :class:`Misconfigured` while the
    operator's registration is incomplete, ``ValueError`` for a connection of another hotel or provider.
    """
    if not session_key:
        raise ValueError("an attempt is bound to a session; there is none")
    if connection is not None and (connection.hotel_id, connection.provider) != (hotel.pk, provider_slug):
        raise ValueError("the connection is not of this hotel and provider")
    if missing_fields(provider_slug):
        raise Misconfigured("the registration at the provider is incomplete")
    now = timezone.now()
    OAuthAttempt.objects.filter(expires_at__lt=now - ATTEMPTS_KEPT).delete()
    state = secrets.token_urlsafe(32)
    OAuthAttempt.objects.create(
        hotel=hotel,
        provider=provider_slug,
        user=user,
        connection=connection,
        state_digest=digest_of(state),
        session_digest=digest_of(session_key),
        expires_at=now + ATTEMPT_LIFE,
    )
    address: str = get_provider(provider_slug).authorize(
        application_for(provider_slug), state=state, redirect_uri=redirect_uri(provider_slug)
    )
    return address


def finish(*, provider_slug: str, user: Any, session_key: str, params: QueryDict) -> Connection:
    """The connection made or renewed by the answer of the consent page.

    Nothing happens before the answer is proven to belong to this session, user and provider; then the attempt is
    used up, whatever follows. Raises :class:`OAuthFailed`. Call it with no transaction open.
    """
    attempt = _attempt_of(provider_slug=provider_slug, user=user, session_key=session_key, params=params)
    code = _single(params, "code")
    error = _single(params, "error")
    if (code is None) == (error is None):
        raise OAuthFailed("invalid")
    if not may(user, attempt.hotel, Permission.MANAGE_CONNECTIONS):
        raise OAuthFailed("invalid")
    now = timezone.now()
    unused = OAuthAttempt.objects.filter(pk=attempt.pk, used_at=None, expires_at__gt=now)
    if not unused.update(used_at=now):
        raise OAuthFailed("used")
    if code is None:
        if error in ("access_denied", "user_denied", "consent_required"):
            raise OAuthFailed("refused")
        raise OAuthFailed("exchange_failed", Misconfigured(f"the consent page answered {(error or '')[:80]}"))
    try:
        return _connect(attempt, code)
    except IntegrationError as failure:
        raise OAuthFailed("exchange_failed", failure) from failure


def _attempt_of(*, provider_slug: str, user: Any, session_key: str, params: QueryDict) -> OAuthAttempt:
    """The live attempt that ``params`` answer. Raises :class:`OAuthFailed`."""
    state = _single(params, "state")
    if state is None:
        raise OAuthFailed("invalid")
    attempts = OAuthAttempt.objects.select_related("hotel", "connection")
    attempt = attempts.filter(state_digest=digest_of(state)).first()
    if attempt is None or attempt.provider != provider_slug:
        raise OAuthFailed("invalid")
    same_session = hmac.compare_digest(attempt.session_digest, digest_of(session_key or ""))
    same_user = hmac.compare_digest(str(attempt.user_id), str(user.pk))
    if not (same_session and same_user):
        raise OAuthFailed("wrong_session")
    if attempt.used_at is not None:
        raise OAuthFailed("used")
    if attempt.expires_at <= timezone.now():
        raise OAuthFailed("expired")
    return attempt


def _single(params: QueryDict, name: str) -> str | None:
    """The value of a parameter that is absent or given once. Raises :class:`OAuthFailed` for anything else."""
    values = params.getlist(name)
    if not values:
        return None
    if len(values) > 1 or not 0 < len(values[0]) <= 4000:
        raise OAuthFailed("invalid")
    return values[0]


def _connect(attempt: OAuthAttempt, code: str) -> Connection:
    provider, application = get_provider(attempt.provider), application_for(attempt.provider)
    asked_at = timezone.now()
    with _token_session(attempt.provider, attempt.hotel_id, attempt.connection_id) as session:
        tokens: Tokens = provider.exchange_code(
            session, application, code=code, redirect_uri=redirect_uri(attempt.provider)
        )
    credentials = _credentials(tokens, asked_at=asked_at)
    if attempt.connection is None:
        return _create(attempt, credentials, tokens)
    _refuse_other_account(attempt.connection, tokens)
    return _renew(attempt, attempt.connection, credentials, tokens)


def _credentials(
    tokens: Tokens, *, asked_at: datetime, before: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What is stored of ``tokens``: an answer without a refresh token leaves the one ``before`` valid."""
    stored = {**(before or {}), "access_token": tokens.access_token, "obtained_at": asked_at.isoformat()}
    if tokens.refresh_token:
        stored["refresh_token"] = tokens.refresh_token
    return stored


def _create(attempt: OAuthAttempt, credentials: dict[str, Any], tokens: Tokens) -> Connection:
    name = provider_name(attempt.provider)
    others = Connection.objects.filter(hotel=attempt.hotel, provider=attempt.provider).count()
    fields = get_provider(attempt.provider).declaration.settings_fields
    connection = Connection.objects.create(
        hotel=attempt.hotel,
        provider=attempt.provider,
        name=f"{name} {others + 1}" if others else name,
        status=ConnectionStatus.CONNECTED,
        status_since=timezone.now(),
        credentials=credentials,
        token_expires_at=tokens.expires_at,
        token_version=1,
        settings={field.name: field.default for field in fields if field.default is not None},
    )
    journal.write_log(hotel_id=connection.hotel_id, code="connected", connection=connection)
    return connection


def _refuse_other_account(connection: Connection, tokens: Tokens) -> None:
    """Return when the new grant opens a property that is mapped; else the rooms would belong to strangers."""
    mappings = PropertyMapping.objects.filter(connection=connection, property__isnull=False)
    mapped = set(mappings.values_list("external_ref", flat=True))
    if not mapped or not can(connection.provider, Capability.DISCOVER):
        return
    session = ProviderSession(
        provider=connection.provider,
        application=application_for(connection.provider),
        connection=connection,
        access_token=tokens.access_token,
    )
    with session:
        found: Sequence[ExternalProperty] = get_provider(connection.provider).discover(session)
    if mapped.isdisjoint(place.ref for place in found):
        raise OAuthFailed("other_account")


def _renew(
    attempt: OAuthAttempt, connection: Connection, credentials: dict[str, Any], tokens: Tokens
) -> Connection:
    # No lease: the version rises with the grant, and a refresh of the old grant under way stores nothing over it.
    Connection.objects.filter(pk=connection.pk).update(
        credentials=credentials,
        token_expires_at=tokens.expires_at,
        token_version=F("token_version") + 1,
        status=ConnectionStatus.CONNECTED,
        status_since=timezone.now(),
        error_code="",
        error_detail="",
        failures=0,
    )
    connection.refresh_from_db()
    journal.resolve_alerts(hotel_id=attempt.hotel_id, code="needs_reconnect", connection=connection)
    journal.write_log(hotel_id=attempt.hotel_id, code="reconnected", connection=connection)
    return connection


# --- access tokens --------------------------------------------------------------------------------------------


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
    try:
        with lease(f"token:{connection.pk}", seconds=TOKEN_LEASE_SECONDS, wait=TOKEN_WAIT_SECONDS):
            connection.refresh_from_db(fields=["credentials", "token_version", "token_expires_at", "status"])
            token = _usable(connection, reject)
            return token if token is not None else _refresh(connection)
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


def _usable(connection: Connection, reject: str | None) -> str | None:
    """The stored access token, unless it is absent, rejected or about to end."""
    token = connection.credentials.get("access_token")
    if not token or token == reject:
        return None
    if Capability.REFRESH_TOKEN not in get_provider(connection.provider).declaration.capabilities:
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


def _refresh(connection: Connection) -> str:
    """A new access token from the provider, stored before it is used. The caller holds the lease."""
    if connection.status in (ConnectionStatus.NEEDS_REAUTH, ConnectionStatus.DISCONNECTED):
        raise NeedsReconnect("the access has ended")
    refresh_token = connection.credentials.get("refresh_token")
    if not refresh_token or not can(connection.provider, Capability.REFRESH_TOKEN):
        lose_grant(connection)
        raise NeedsReconnect("there is nothing to renew the access with")
    asked_at = timezone.now()
    try:
        with _token_session(connection.provider, connection.hotel_id, connection.pk) as session:
            session.hide(*connection.credentials.values())
            tokens: Tokens = get_provider(connection.provider).refresh_token(
                session, session.application, refresh_token=refresh_token
            )
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


def _store(connection: Connection, tokens: Tokens, asked_at: datetime) -> str:
    credentials = _credentials(tokens, asked_at=asked_at, before=connection.credentials)
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


def _token_session(slug: str, hotel_id: int, connection_id: int | None) -> ProviderSession:
    """A session for the token endpoint: without an access token of its own, recorded with its connection."""
    return ProviderSession(
        provider=slug,
        application=application_for(slug),
        hotel_id=hotel_id,
        connection_id=connection_id,
        explain=explain_token_answer,
    )
