"""The pull engine: one run at a time per connection reads pages, stores them in the inbox and takes them in.

What a run has to do is in the database, so it can be killed anywhere: its lease runs out, the sweep closes it, and
the next run starts from the old cursor. Reading the same page twice changes nothing.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from integrations.connections import mark_failed, mark_succeeded
from integrations.errors import IntegrationError, NeedsReconnect, ProtocolBroken, meaning_of, retry_delay
from integrations.journal import write_log
from integrations.leases import Held, LeaseTaken, lease
from integrations.models import (
    Connection,
    ConnectionStatus,
    Lease,
    LogEntry,
    SyncRun,
)
from integrations.nudges import nudge
from integrations.pulling import read_everything
from integrations.registry import get_provider
from integrations.subscriptions import READ_UNTOLD, is_untold

log = structlog.get_logger(__name__)

RUN_TASK = "integrations.tasks.run_sync"
#: A run that has not renewed its lease for this long was killed.
LEASE_SECONDS = 120
#: Connections that are read more often than this leave no trace of readings that found nothing.
ROUTINE_BELOW = timedelta(minutes=2)

Kind, Trigger, State = SyncRun.Kind, SyncRun.Trigger, SyncRun.State


def request_run(
    *, connection: Connection, kind: str = Kind.PULL, trigger: str = Trigger.PERSON, user: Any = None
) -> SyncRun:
    """The run that will read the connection's bookings soon: one that waits already, else a new one."""
    with transaction.atomic():
        # One waiting run per connection: of two requests at once the constraint lets one through.
        run, _ = SyncRun.objects.get_or_create(
            connection=connection,
            state=State.QUEUED,
            defaults={
                "hotel_id": connection.hotel_id,
                "kind": kind,
                "trigger": trigger,
                "user": user,
                "queued_at": timezone.now(),
            },
        )
        nudge(RUN_TASK, run.pk)
    return run


def wake(connection_id: int) -> None:
    """Read the connection's bookings now, because the other side says that there is something new."""
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is not None and connection.is_live:
        request_run(connection=connection, kind=Kind.PULL, trigger=Trigger.WEBHOOK)


def request_due_runs(now: datetime) -> list[int]:
    """Queue a run for every connection whose time has come; returns the ids. A constant number of statements.

    Two sweeps at once queue one run: the second one's row meets the constraint and is left out.
    """
    due = (
        Connection.objects.filter(
            status__in=(ConnectionStatus.CONNECTED, ConnectionStatus.ERROR), next_run_at__lte=now
        )
        .exclude(runs__state__in=(State.QUEUED, State.RUNNING))
        .values_list("pk", "hotel_id")
    )
    SyncRun.objects.bulk_create(
        (
            SyncRun(
                hotel_id=hotel_id,
                connection_id=pk,
                kind=Kind.PULL,
                trigger=Trigger.SCHEDULE,
                queued_at=now,
            )
            for pk, hotel_id in due
        ),
        ignore_conflicts=True,
    )
    queued = SyncRun.objects.filter(state=State.QUEUED, queued_at=now, trigger=Trigger.SCHEDULE)
    return list(queued.values_list("pk", flat=True))


def execute_run(run_id: int) -> bool:
    """Whether this call did the run; False when it is done, gone or another worker is at the connection."""
    run = SyncRun.objects.select_related("connection").filter(pk=run_id, state=State.QUEUED).first()
    if run is None:
        return False
    if not run.connection.is_live:
        _finish(run, State.FAILED, error=IntegrationError("not connected"))
        return False
    try:
        with lease(f"run:{run.connection_id}", seconds=LEASE_SECONDS) as held:
            close_abandoned(connection_id=run.connection_id)
            if not _start(run):
                return False
            _pull(run, held)
    except LeaseTaken:
        return False
    return True


def close_abandoned(*, connection_id: int | None = None) -> int:
    """How many runs were closed because their worker died; the next run does their work again.

    Called by the holder of the connection's lease for its own connection, and by the sweep for connections whose
    lease has run out.
    """
    running = SyncRun.objects.filter(state=State.RUNNING)
    if connection_id is not None:
        running = running.filter(connection_id=connection_id)
    held = set(
        Lease.objects.filter(until__gt=timezone.now(), name__startswith="run:").values_list("name", flat=True)
    )
    closed = 0
    for run in running.select_related("connection"):
        if connection_id is None and f"run:{run.connection_id}" in held:
            continue
        _finish(run, State.FAILED, error=IntegrationError("stopped without an end"))
        Connection.objects.filter(pk=run.connection_id).update(next_run_at=timezone.now())
        write_log(
            hotel_id=run.hotel_id,
            code="run_cut_short",
            connection=run.connection,
            run=run,
            level=LogEntry.Level.WARNING,
        )
        closed += 1
    return closed


def next_run_after(connection: Connection, now: datetime) -> datetime:
    """When the connection is due again: its own rhythm or its provider's, give or take a tenth; more often while it
    should be told of changes and is not."""
    minutes = connection.settings.get("poll_minutes")
    every = (
        timedelta(minutes=int(minutes))
        if minutes
        else get_provider(connection.provider).declaration.poll_every
    )
    if is_untold(connection):
        every = min(every, READ_UNTOLD)
    return now + every * random.uniform(0.9, 1.1)  # noqa: S311 - spreads load


def is_routine(run: SyncRun) -> bool:
    """Whether the run is one of thousands a day, of which only those that find something are worth a line."""
    often = get_provider(run.connection.provider).declaration.poll_every < ROUTINE_BELOW
    return often and run.trigger == Trigger.SCHEDULE and run.kind == Kind.PULL


def _start(run: SyncRun) -> bool:
    now = timezone.now()
    try:
        with transaction.atomic():
            started = SyncRun.objects.filter(pk=run.pk, state=State.QUEUED).update(
                state=State.RUNNING, started_at=now
            )
    except IntegrityError:  # another run of the connection is running
        return False
    if started:
        run.state, run.started_at = State.RUNNING, now
    if started and not is_routine(run):
        write_log(
            hotel_id=run.hotel_id,
            code="run_started",
            connection=run.connection,
            run=run,
            trigger=run.trigger,
        )
    return bool(started)


def _pull(run: SyncRun, held: Held) -> None:
    connection = run.connection
    try:
        read_everything(run, held)
    except IntegrationError as error:
        _failed(run, error)
        return
    except LeaseTaken:
        raise
    except Exception as fault:  # a fault of ours must end the run as failed, not leave it running
        log.exception("run failed", run_id=run.pk, provider=connection.provider)
        _failed(run, ProtocolBroken(type(fault).__name__))
        return
    now = timezone.now()
    Connection.objects.filter(pk=connection.pk).update(next_run_at=next_run_after(connection, now))
    mark_succeeded(connection=connection)
    if is_routine(run) and not (run.created or run.changed or run.failed):
        # Nothing new, and the connection says when it was read last: no row and no line for each time.
        run.delete()
        return
    _finish(run, State.DONE)
    write_log(
        hotel_id=run.hotel_id,
        code="run_done",
        connection=connection,
        run=run,
        seen=run.seen,
        created=run.created,
        changed=run.changed,
        unchanged=run.unchanged,
        failed=run.failed,
    )


def _failed(run: SyncRun, error: IntegrationError) -> None:
    connection = run.connection
    mark_failed(connection=connection, error=error)
    meaning = meaning_of(error)
    now = timezone.now()
    if isinstance(error, NeedsReconnect):
        next_run = None
    elif meaning.retry:
        next_run = getattr(error, "until", None) or now + retry_delay(connection.failures)
    else:
        next_run = next_run_after(connection, now)
    Connection.objects.filter(pk=connection.pk).update(next_run_at=next_run)
    _finish(run, State.FAILED, error=error)
    write_log(
        hotel_id=run.hotel_id,
        code="run_failed",
        connection=connection,
        run=run,
        level=LogEntry.Level.ERROR,
        error_code=error.code,
        error=error.detail,
    )


def _finish(run: SyncRun, state: str, *, error: IntegrationError | None = None) -> None:
    run.state, run.finished_at = state, timezone.now()
    run.error_code = error.code if error else ""
    run.error_detail = error.detail if error else ""
    run.save(update_fields=["state", "finished_at", "error_code", "error_detail"])


def forget_old_runs(before: datetime) -> int:
    """How many finished runs older than ``before`` were deleted; the newest of each connection stay."""
    old = SyncRun.objects.filter(finished_at__lt=before).exclude(
        connection__last_success_at__lte=F("finished_at")
    )
    return old.delete()[0]
