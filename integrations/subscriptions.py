"""Being called: where the other side sends what happens, and what its deliveries must carry.

A subscription may die over there without a word, so it is asked for again every night, which makes no second one.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from integrations import applications
from integrations.accounts import MADE_BY_US, WEBHOOK_LOGIN, WEBHOOK_PASSWORD
from integrations.applications import application_for
from integrations.attempts import attempt
from integrations.contracts import Capability
from integrations.errors import IntegrationError
from integrations.http import session_for
from integrations.journal import open_alert, resolve_alerts, write_log
from integrations.models import Connection, ConnectionStatus, LogEntry
from integrations.registry import all_providers, can, get_provider

#: The alert about a connection that should be told of changes and is not.
NOT_TOLD = "not_told"
#: So often a connection is read, at least, while it is not told of changes.
READ_UNTOLD = timedelta(minutes=15)
#: So often the other side is asked again while it refuses.
ASK_AGAIN = timedelta(hours=1)


def subscribe(*, connection: Connection) -> bool:
    """True when the other side now calls us as things happen; safe to repeat.

    A refusal is told in an alert, and bookings are read more often until it agrees.
    """
    make_webhook_login(connection)
    if not can(connection.provider, Capability.SUBSCRIBE_WEBHOOKS):
        return False
    result: dict[str, Any] = {}

    def call() -> None:
        with session_for(connection) as session:
            answer = get_provider(connection.provider).subscribe_webhooks(
                session, application_for(connection.provider), url=webhook_address(connection)
            )
        result.update(answer or {})

    now = timezone.now()
    was_agreed = bool(connection.subscription) and not is_untold(connection)
    error = attempt(call)
    if error is not None:
        _remember(connection, {"error_code": error.code, "error": error.detail, "at": now.isoformat()})
        _tell_refused(connection, error)
        soon = now + READ_UNTOLD
        Connection.objects.filter(pk=connection.pk, next_run_at__gt=soon).update(next_run_at=soon)
        return False
    _remember(connection, {**result, "at": now.isoformat()})
    resolve_alerts(hotel_id=connection.hotel_id, code=NOT_TOLD, connection=connection)
    if not was_agreed:
        write_log(hotel_id=connection.hotel_id, code="subscribed", connection=connection)
    return True


def is_untold(connection: Connection) -> bool:
    """Whether the other side refused to tell the connection of changes when it was asked last."""
    return bool(connection.subscription.get("error_code"))


def to_ask_again(now: datetime) -> list[int]:
    """Live connections that the other side refused to tell of changes, and that have not asked for an hour."""
    refused = Connection.objects.filter(
        status__in=(ConnectionStatus.CONNECTED, ConnectionStatus.ERROR), subscription__has_key="error_code"
    )
    asked = {
        pk: parse_datetime(str(told.get("at", ""))) for pk, told in refused.values_list("pk", "subscription")
    }
    return [pk for pk, at in asked.items() if at is None or now - at >= ASK_AGAIN]


def subscribing() -> list[int]:
    """Live connections whose provider can be asked to tell of changes."""
    able = [slug for slug in all_providers() if can(slug, Capability.SUBSCRIBE_WEBHOOKS)]
    live = Connection.objects.filter(
        status__in=(ConnectionStatus.CONNECTED, ConnectionStatus.ERROR), provider__in=able
    )
    return list(live.values_list("pk", flat=True))


def _tell_refused(connection: Connection, error: IntegrationError) -> None:
    params: dict[str, Any] = {"error_code": error.code, "error": error.detail}
    if open_alert(hotel_id=connection.hotel_id, code=NOT_TOLD, connection=connection, **params):
        write_log(
            hotel_id=connection.hotel_id,
            code="subscribe_failed",
            connection=connection,
            level=LogEntry.Level.WARNING,
            **params,
        )


def unsubscribe(*, connection: Connection) -> None:
    """Ask the other side to stop calling us, unless another connection shares the address; a refusal is no matter."""
    if _is_last_subscriber(connection):
        attempt(lambda: _unsubscribe(connection))


def _unsubscribe(connection: Connection) -> None:
    with session_for(connection) as session:
        get_provider(connection.provider).unsubscribe_webhooks(
            session, application_for(connection.provider), url=webhook_address(connection)
        )


def webhook_address(connection: Connection) -> str:
    """Where the other side calls us for ``connection``; unguessable, made on first need, then always the same."""
    if get_provider(connection.provider).declaration.application_webhook:
        return applications.webhook_url(connection.provider)
    if not connection.webhook_digest:
        token = applications.new_webhook_token()
        # Conditional, so that of two first needs at once one token stays.
        Connection.objects.filter(pk=connection.pk, webhook_digest="").update(
            webhook_token=token, webhook_digest=applications.digest_of(token)
        )
        connection.refresh_from_db(fields=("webhook_token", "webhook_digest"))
    return applications.hook_address(connection.provider, connection.webhook_token)


def make_webhook_login(connection: Connection, *, anew: bool = False, user: Any = None) -> None:
    """Make up the user name and password that deliveries must carry, where the provider's webhooks have them.

    They stay what they are once made, unless ``anew``: then the old ones are refused within a few seconds.
    """
    if not get_provider(connection.provider).declaration.webhook_login:
        return
    with transaction.atomic():
        row = Connection.objects.select_for_update().only("credentials").get(pk=connection.pk)
        if anew or not all(row.credentials.get(name) for name in MADE_BY_US):
            made = {WEBHOOK_LOGIN: f"llavero-{connection.pk}", WEBHOOK_PASSWORD: secrets.token_urlsafe(24)}
            connection.credentials.update({**row.credentials, **made})
            # A token that is renewed at this moment must not put the old credentials back.
            Connection.objects.filter(pk=connection.pk).update(
                credentials=connection.credentials, token_version=F("token_version") + 1
            )
            connection.refresh_from_db(fields=["token_version"])
        if anew:
            write_log(
                hotel_id=connection.hotel_id,
                code="webhook_login_made",
                connection=connection,
                user=str(user or ""),
            )


def _remember(connection: Connection, subscription: dict[str, Any]) -> None:
    connection.subscription = subscription
    Connection.objects.filter(pk=connection.pk).update(subscription=subscription)


def _is_last_subscriber(connection: Connection) -> bool:
    """Whether ending the subscription harms nobody: an application-wide address serves every hotel."""
    if not can(connection.provider, Capability.UNSUBSCRIBE_WEBHOOKS):
        return False
    if not get_provider(connection.provider).declaration.application_webhook:
        return True
    others = Connection.objects.filter(provider=connection.provider).exclude(pk=connection.pk)
    return not others.exclude(status=ConnectionStatus.DISCONNECTED).exists()
