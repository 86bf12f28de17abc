"""OAuth 2 with a person: the round trip to the consent page and back.

Rules after RFC 6749 and RFC 9700: the state is random, single use, short-lived and bound to the session and the user;
the redirect address is fixed; codes are exchanged at once on the server.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

import structlog
from django.db.models import F
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations import journal
from integrations.access import stored_tokens
from integrations.applications import application_for, digest_of, missing_fields, redirect_uri
from integrations.contracts import Capability, ExternalProperty, Tokens
from integrations.errors import (
    IntegrationError,
    Misconfigured,
)
from integrations.http import ProviderSession
from integrations.models import Connection, ConnectionStatus, OAuthAttempt, PropertyMapping
from integrations.registry import can, get_provider, provider_name
from integrations.token_answers import explain_token_answer
from reservations.models import Hotel
from reservations.permissions import Permission, may

logger = structlog.get_logger(__name__)

ATTEMPT_LIFE = timedelta(minutes=10)
ATTEMPTS_KEPT = timedelta(days=1)


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
    session = ProviderSession(
        provider=attempt.provider,
        application=application,
        hotel_id=attempt.hotel_id,
        connection_id=attempt.connection_id,
        explain=explain_token_answer,
        for_token=True,
    )
    with session:
        tokens: Tokens = provider.exchange_code(
            session, application, code=code, redirect_uri=redirect_uri(attempt.provider)
        )
    credentials = stored_tokens(tokens, asked_at=asked_at)
    if attempt.connection is None:
        return _create(attempt, credentials, tokens)
    _refuse_other_account(attempt.connection, tokens)
    return _renew(attempt, attempt.connection, credentials, tokens)


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
