"""Sends what waits for one connection: the last rooms first, then the other numbers, then prices.

One worker at a time sends for a connection, a place after another: a property, or a month of one where that is what a
call carries. The place whose oldest change waits longest goes first, and everything that waits for it goes along.
Each call carries what is true at that moment, and its answer is stored night by night before the next call, so a
worker that dies in between only repeats absolute values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

import structlog
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from integrations.connections import mark_failed, mark_reached
from integrations.contracts import Offer, Receipt, Refusal
from integrations.errors import IntegrationError, ProtocolBroken, RateLimited, meaning_of, retry_delay
from integrations.exchanges import await_budget, spread
from integrations.first_look import look, rooms_to_look_at
from integrations.held_nights import is_closed_there, is_in_question, tell_held
from integrations.http import ProviderSession, session_for
from integrations.journal import open_alert, resolve_alerts, write_log
from integrations.leases import Held, LeaseTaken, lease
from integrations.models import AvailabilityState, Connection, ConnectionStatus, LogEntry, OutboxJob
from integrations.offers import values_of
from integrations.outbox import WAITING, due_jobs
from integrations.pieces import Night, earliest, next_piece, settle, take_up, writing
from integrations.registry import get_provider
from integrations.wrong_numbers import count_corrected

log = structlog.get_logger(__name__)

State, Kind = AvailabilityState.State, OutboxJob.Kind

LEASE_SECONDS = 120
REFUSED_ALERT = "offers_refused"
#: About as long as until what is due is handed out next.
MOMENT = timedelta(seconds=5)


def send_waiting(connection_id: int) -> int:
    """How many nights were told to the other side; ends when nothing is due any more.

    A change that comes while the last piece is on its way is seen by looking once more after the lease was given
    back: whoever was turned away by the lease had committed before.
    """
    told = 0
    while due_jobs(timezone.now()).filter(connection=connection_id).exists():
        try:
            with lease(f"send:{connection_id}", seconds=LEASE_SECONDS) as held:
                told += _send_all(Connection.objects.get(pk=connection_id), held)
        except LeaseTaken:
            break
    return told


def _send_all(connection: Connection, held: Held) -> int:
    told, jumped = 0, False
    with session_for(connection) as session:
        while connection.is_live:
            full = _await_budget(connection)
            jobs = list(due_jobs(timezone.now()).filter(connection=connection))
            if full is not None:
                _postpone(connection, jobs, full)
                break
            later = spread(connection, get_provider(connection.provider).declaration.rate_limit)
            piece = next_piece(connection, jobs, oldest_first=jumped and later is None)
            if piece is None:
                _finish(jobs)
                break
            if later is not None and not piece.has_last_rooms:
                _unchanged(jobs).update(not_before=later)
                break
            held.keep()
            if unseen := rooms_to_look_at(connection, [night.row for night in piece.nights]):
                error = look(connection, session, unseen)
                if error is not None:
                    _postpone_rooms(connection, jobs, {str(room.pk) for room in unseen}, error)
                    break
                continue
            error = _deliver(connection, session, held, piece.nights)
            if error is not None:
                _postpone(connection, jobs, error)
                break
            told += len(piece.nights)
            jumped = piece.jumped
            _finish(jobs)
            connection.refresh_from_db(fields=["status"])
            if connection.status == ConnectionStatus.ERROR:
                mark_reached(connection=connection)
    return told


def _await_budget(connection: Connection) -> RateLimited | None:
    """Wait here and not in the call, so that what is sent is what is true then; the refusal when it takes too long."""
    declaration = get_provider(connection.provider).declaration
    try:
        await_budget(
            provider=connection.provider,
            connection_id=connection.pk,
            limit=declaration.rate_limit,
            shared_limit=declaration.shared_rate_limit,
        )
    except RateLimited as full:
        return full
    return None


def _deliver(
    connection: Connection, session: ProviderSession, held: Held, piece: Sequence[Night]
) -> IntegrationError | None:
    """The error that ended the piece, if any; what was answered before is stored.

    A piece may take several calls. When other numbers change meanwhile, the rest of it waits: one of them may be a
    last room.
    """
    rows = [night.row for night in piece]
    with writing(rows) as nights:
        offers = take_up(nights, rows)
        waiting = {o: row for row in rows if (o := offers[row.pk]) and not is_in_question(row, o)}
        _write_values(nights, waiting)
    numbers = _waiting_numbers(connection)
    try:
        for receipt in get_provider(connection.provider).push_offers(session, list(waiting)):
            _store_receipt(connection, receipt, waiting)
            held.keep()
            if waiting and _waiting_numbers(connection) != numbers:
                return None
    except IntegrationError as error:
        return error
    except LeaseTaken:
        raise
    except Exception as fault:  # a fault of the provider's code must not stop the other connections
        log.exception("sending failed", provider=connection.provider)
        return ProtocolBroken(type(fault).__name__)
    if waiting:
        return ProtocolBroken(f"{len(waiting)} nights were sent and not answered")
    return None


def _waiting_numbers(connection: Connection) -> list[tuple[int, int]]:
    """The jobs that ask for numbers and how often each was widened: another answer means that something changed."""
    jobs = OutboxJob.objects.filter(connection=connection, kind=Kind.AVAILABILITY)
    return sorted(jobs.values_list("pk", "version"))


def _write_values(nights: QuerySet[AvailabilityState], waiting: Mapping[Offer, AvailabilityState]) -> None:
    """Note what is sent. Many nights say the same, and one value for many rows is a tenth of the work of one each."""
    alike: dict[str, list[AvailabilityState]] = {}
    for offer, row in waiting.items():
        row.value = values_of(offer)
        alike.setdefault(repr(row.value), []).append(row)
    for rows in alike.values():
        nights.filter(pk__in=[row.pk for row in rows]).update(value=rows[0].value)


def _store_receipt(connection: Connection, receipt: Receipt, waiting: dict[Offer, AvailabilityState]) -> None:
    """Write down what became of the offers that ``receipt`` names, and take them out of ``waiting``.

    A night that changed again while the call was under way goes on waiting, whatever the answer is.
    """
    taken = [row for offer in receipt.accepted if (row := waiting.pop(offer, None))]
    refused = {row: refusal for refusal in receipt.refused if (row := waiting.pop(refusal.offer, None))}
    with writing([*taken, *refused]):
        _store_accepted(connection, taken, receipt.request_id)
        marked = _store_refused(refused, receipt.request_id)
        if marked:
            _tell_refused(connection, receipt.refused[0].message, marked)
        elif taken:
            _settle_refused(connection)
        if any(is_closed_there(row) for row in taken):
            tell_held(connection)


def _store_accepted(connection: Connection, taken: Sequence[AvailabilityState], request_id: str) -> None:
    now = timezone.now()
    count_corrected(connection, taken, now)
    rows = AvailabilityState.objects.filter(pk__in=[row.pk for row in taken])
    # What the other side has now was true when it was sent: a night that waits again has been wrong only since then.
    rows.update(accepted=F("value"), accepted_at=now, request_id=request_id[:80], queued_at=F("sent_at"))
    settle(taken)


def _store_refused(refused: Mapping[AvailabilityState, Refusal], request_id: str) -> int:
    """How many nights were refused whose number is still the one that was sent."""
    for row, refusal in refused.items():
        row.state, row.error, row.request_id = State.REFUSED, refusal.message[:300], request_id[:80]
    still = AvailabilityState.objects.filter(state=State.SENT)
    return still.bulk_update(refused, ["state", "error", "request_id"], batch_size=500)


def _tell_refused(connection: Connection, sentence: str, nights: int) -> None:
    params: dict[str, Any] = {"error": sentence[:300], "nights": nights}
    if open_alert(hotel_id=connection.hotel_id, code=REFUSED_ALERT, connection=connection, **params):
        write_log(
            hotel_id=connection.hotel_id,
            code=REFUSED_ALERT,
            connection=connection,
            level=LogEntry.Level.ERROR,
            **params,
        )


def _settle_refused(connection: Connection) -> None:
    refused = AvailabilityState.objects.filter(
        connection=connection, state=State.REFUSED, date__gte=timezone.localdate()
    )
    if not refused.exists():
        resolve_alerts(hotel_id=connection.hotel_id, code=REFUSED_ALERT, connection=connection)


def _finish(jobs: Sequence[OutboxJob]) -> None:
    """Delete the jobs of whose nights none waits any more and which nobody has widened meanwhile."""
    if not jobs:
        return
    waiting = AvailabilityState.objects.filter(
        connection=jobs[0].connection_id, state__in=WAITING, date__gte=earliest()
    )
    busy = {
        (str(room), Kind.RATES if rate else Kind.AVAILABILITY)
        for room, rate in waiting.values_list("room_mapping_id", "rate_mapping_id").distinct()
    }
    _unchanged(job for job in jobs if (job.subject, job.kind) not in busy).delete()


def _postpone_rooms(
    connection: Connection, jobs: Sequence[OutboxJob], rooms: Collection[str], error: IntegrationError
) -> None:
    """Try these rooms again later. The others go on in a moment: whether it is their trouble, too, they will see."""
    _postpone(connection, [job for job in jobs if job.subject in rooms], error)
    others = _unchanged(job for job in jobs if job.subject not in rooms)
    others.update(not_before=timezone.now() + MOMENT)


def _unchanged(jobs: Iterable[OutboxJob]) -> QuerySet[OutboxJob]:
    """Those of ``jobs`` that no change has widened since they were read."""
    same = [Q(pk=job.pk, version=job.version) for job in jobs]
    return OutboxJob.objects.filter(reduce(or_, same)) if same else OutboxJob.objects.none()


def _postpone(connection: Connection, jobs: Sequence[OutboxJob], error: IntegrationError) -> None:
    """Try again later, however often: an absolute number is worth sending until it is taken.

    What changed meanwhile is not put off: a change is a reason to try again at once.
    """
    if not jobs:
        return
    mark_failed(connection=connection, error=error)
    until: datetime | None = getattr(error, "until", None)
    attempts = max(job.attempts for job in jobs) + 1
    if until is None:
        until = timezone.now() + retry_delay(attempts if meaning_of(error).retry else 5)
    _unchanged(jobs).update(
        attempts=F("attempts") + 1, not_before=until, error_code=error.code, error=error.detail
    )
