"""Being called: where the other side sends what happens, and what its deliveries must carry."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from integrations import applications
from integrations.accounts import MADE_BY_US, WEBHOOK_LOGIN, WEBHOOK_PASSWORD
from integrations.applications import application_for
from integrations.attempts import attempt
from integrations.contracts import Capability
from integrations.http import session_for
from integrations.journal import write_log
from integrations.models import Connection, ConnectionStatus, LogEntry
from integrations.registry import can, get_provider


def subscribe(*, connection: Connection) -> bool:
    """True when the other side now calls us as things happen; a refusal is only logged: we poll anyway."""
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

    error = attempt(call)
    if error is not None:
        _remember(connection, {"error_code": error.code, "error": error.detail})
        write_log(
            hotel_id=connection.hotel_id,
            code="subscribe_failed",
            connection=connection,
            level=LogEntry.Level.WARNING,
            error_code=error.code,
            error=error.detail,
        )
        return False
    _remember(connection, {**result, "at": timezone.now().isoformat()})
    write_log(hotel_id=connection.hotel_id, code="subscribed", connection=connection)
    return True


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
