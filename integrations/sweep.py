"""Every minute: what is due? The rows say so, the broker is only told."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from integrations.access import is_renewable
from integrations.contracts import Capability
from integrations.inbox import PROCESS_TASK, connections_waiting
from integrations.journal import open_alert, resolve_alerts
from integrations.models import Connection, ConnectionStatus, SyncRun
from integrations.nudges import send
from integrations.outbox import SEND_TASK, ahead, connections_with_jobs, queue_everything
from integrations.registry import all_providers, can
from integrations.subscriptions import subscribing, to_ask_again
from integrations.sync import RUN_TASK, close_abandoned, request_due_runs
from reservations.locks import lock_hotel

REFRESH_TASK = "integrations.tasks.refresh_token"
#: Access that ends within this time is renewed now, spread by chance so that not all hotels come at once.
REFRESH_BEFORE = timedelta(minutes=10)
#: A run that waits for longer than this has lost its message.
WAITED = timedelta(seconds=30)
#: So much of the calendar's end is looked at again every day.
REACH = timedelta(days=7)
LIVE = (ConnectionStatus.CONNECTED, ConnectionStatus.ERROR)
COMPARE_TASK = "integrations.tasks.compare_offers"
SUBSCRIBE_TASK = "integrations.tasks.subscribe"
VANISHED_TASK = "integrations.tasks.look_for_vanished"


def sweep(now: datetime) -> None:
    """Close dead runs and put one message into the broker for each piece of work found. Safe to repeat."""
    close_abandoned()
    hand_out(now)
    waiting = SyncRun.objects.filter(state=SyncRun.State.QUEUED, queued_at__lt=now - WAITED)
    for run_id in waiting.values_list("pk", flat=True):
        send(RUN_TASK, run_id)
    tell_silence(now)
    for connection_id in connections_waiting(now):
        send(PROCESS_TASK, connection_id)
    for connection_id in tokens_near_expiry(now):
        send(REFRESH_TASK, connection_id)
    for connection_id in to_ask_again(now):
        send(SUBSCRIBE_TASK, connection_id)


def hand_out(now: datetime) -> None:
    """Hand the workers what is due: connections to be read, and changes to be sent. Safe to repeat."""
    for run_id in request_due_runs(now):
        send(RUN_TASK, run_id)
    for connection_id in connections_with_jobs(now):
        send(SEND_TASK, connection_id)


def tell_silence(now: datetime) -> None:
    """Open or close the alert about connections whose bookings could not be read for longer than is safe."""
    for slug, provider in all_providers().items():
        limit = provider.declaration.silence_limit
        if limit is None:
            continue
        live = Connection.objects.filter(
            provider=slug, status__in=(*LIVE, ConnectionStatus.NEEDS_REAUTH), last_success_at__isnull=False
        ).defer("credentials", "catalogue", "webhook_token")
        for connection in live:
            silence = now - (connection.last_success_at or now)
            if silence > limit:
                minutes = int(silence.total_seconds() // 60)
                open_alert(
                    hotel_id=connection.hotel_id,
                    code="bookings_silent",
                    connection=connection,
                    minutes=minutes,
                )
            else:
                resolve_alerts(hotel_id=connection.hotel_id, code="bookings_silent", connection=connection)


def extend_calendars() -> None:
    """Mark the nights that came into reach as waiting, and have what can be read back compared."""
    today = timezone.localdate()
    for connection in Connection.objects.filter(status__in=LIVE).defer("credentials", "webhook_token"):
        if not can(connection.provider, Capability.PUSH_OFFERS):
            continue
        with transaction.atomic():
            lock_hotel(connection.hotel_id)
            queue_everything(connection, first=today + ahead() - REACH)
        if can(connection.provider, Capability.READ_OFFERS):
            send(COMPARE_TASK, connection.pk)


def keep_subscribed() -> None:
    """Have every subscription asked for again: the other side may have switched it off or lost it without a word."""
    for connection_id in subscribing():
        send(SUBSCRIBE_TASK, connection_id)


def look_for_vanished() -> None:
    """Have the bookings that are known here looked for at the other sides that can list theirs."""
    able = [slug for slug in all_providers() if can(slug, Capability.LIST_DEPARTURES)]
    live = Connection.objects.filter(status__in=LIVE, provider__in=able)
    for connection_id in live.values_list("pk", flat=True):
        send(VANISHED_TASK, connection_id)


def tokens_near_expiry(now: datetime) -> list[int]:
    """Live connections whose access ends soon and can be renewed without a person."""
    renewable = [slug for slug in all_providers() if is_renewable(slug)]
    before = now + REFRESH_BEFORE * random.uniform(0.7, 1)  # noqa: S311 - spreads load
    return list(
        Connection.objects.filter(
            provider__in=renewable,
            status__in=LIVE,
            token_expires_at__lt=before,
        ).values_list("pk", flat=True)
    )
