"""Thin doors for the workers. Arguments are row ids, never data; every task may run twice or not at all."""

from __future__ import annotations

from datetime import timedelta

import structlog
from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

log = structlog.get_logger(__name__)

#: Processed messages and calls are kept this long; failed ones until somebody has dealt with them.
KEEP_MESSAGES = timedelta(days=60)
KEEP_EXCHANGES = timedelta(days=14)
KEEP_RUNS = timedelta(days=90)
KEEP_LOG = timedelta(days=365)


@shared_task
def process_messages(connection_id: int) -> None:
    """Read what waits in the inbox of one connection."""
    from integrations.processing import process_waiting

    process_waiting(connection_id)


@shared_task
def run_sync(run_id: int) -> None:
    """Do a queued run."""
    from integrations.sync import execute_run

    execute_run(run_id)


@shared_task
def send_offers(connection_id: int) -> None:
    """Tell one connection what is on sale."""
    from integrations.sending import send_waiting

    send_waiting(connection_id)


@shared_task
def compare_offers(connection_id: int) -> None:
    """Read back what one connection sells and compare it."""
    from integrations.drift import compare
    from integrations.models import Connection

    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is not None and connection.is_live:
        compare(connection)


@shared_task
def refresh_token(connection_id: int) -> None:
    """Renew a connection's access before it ends."""
    from integrations.access import fresh_access_token
    from integrations.errors import IntegrationError
    from integrations.models import Connection

    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is None or not connection.is_live:
        return
    try:
        fresh_access_token(connection)
    except (
        IntegrationError
    ) as error:  # noted on the connection already; the sweep tries again while it is live
        log.warning("token not renewed", connection_id=connection_id, error=error.code)


@shared_task
def subscribe(connection_id: int) -> None:
    """Ask the other side of a connection to tell us of changes; asking again is harmless."""
    from integrations.models import Connection
    from integrations.subscriptions import subscribe as ask

    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is not None and connection.is_live:
        ask(connection=connection)


@shared_task
def look_for_vanished(connection_id: int) -> None:
    """Tell of bookings that the other side of a connection has no more."""
    from integrations.models import Connection
    from integrations.vanished import look_for_vanished as look

    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is not None and connection.is_live:
        look(connection)


@shared_task
def place_again(connection_id: int) -> None:
    """Place the bookings of a connection with today's mapping of rooms."""
    from integrations.models import Connection
    from integrations.placements import reapply

    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is not None:
        reapply(connection)


@shared_task
def sweep() -> None:
    """Find everything that is to be done and hand it to the workers; finds what a lost nudge left behind."""
    from integrations.sweep import sweep as find_work

    find_work(timezone.now())
    cache.set("beat:last", timezone.now().isoformat(), None)


@shared_task
def sweep_often() -> None:
    """Hand out what is due within seconds: readings, and what was to be sent later."""
    from integrations.sweep import hand_out

    hand_out(timezone.now())


@shared_task
def extend_calendars() -> None:
    """Once a day: send the nights that came into reach, compare what the other side sells where it can be read, ask
    again to be told of changes, and look for bookings that were deleted there."""
    from integrations import sweep

    sweep.extend_calendars()
    sweep.keep_subscribed()
    sweep.look_for_vanished()


@shared_task
def forget_old_rows() -> None:
    """Delete what nobody needs any more."""
    from integrations.retention import forget

    forget(
        timezone.now(),
        messages=KEEP_MESSAGES,
        exchanges=KEEP_EXCHANGES,
        runs=KEEP_RUNS,
        log_lines=KEEP_LOG,
    )
