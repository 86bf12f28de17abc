"""Sends what waits for one connection: the last rooms first, then the other numbers, then prices.

One worker at a time sends for a connection. Each call carries what is true at that moment, and its answer is stored
night by night before the next call, so a worker that dies in between only repeats absolute values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from integrations.connections import mark_failed, mark_reached
from integrations.contracts import Offer, Receipt
from integrations.desired import desired_offers
from integrations.errors import IntegrationError, ProtocolBroken, meaning_of, retry_delay
from integrations.http import ProviderSession, session_for
from integrations.journal import open_alert, resolve_alerts, write_log
from integrations.leases import Held, LeaseTaken, lease
from integrations.models import AvailabilityState, Connection, ConnectionStatus, LogEntry, OutboxJob
from integrations.offers import values_of
from integrations.outbox import WAITING, due_jobs
from integrations.registry import get_provider
from integrations.wrong_numbers import count_corrected

log = structlog.get_logger(__name__)

State, Kind = AvailabilityState.State, OutboxJob.Kind

LEASE_SECONDS = 120
#: From so few rooms left on, a night goes before everything else.
LAST_ROOMS = 1
#: Nights in one piece of work, after which newer changes are looked for.
PIECE = 1000
REFUSED_ALERT = "offers_refused"


@dataclass(frozen=True, slots=True)
class _Night:
    row: AvailabilityState
    offer: Offer


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
    told = 0
    with session_for(connection) as session:
        while connection.is_live:
            jobs = list(due_jobs(timezone.now()).filter(connection=connection))
            piece = _next_piece(jobs)
            if not piece:
                _finish(jobs)
                break
            held.renew()
            error = _deliver(connection, session, piece)
            if error is not None:
                _postpone(connection, jobs, error)
                break
            told += len(piece)
            _finish(jobs)
            connection.refresh_from_db(fields=["status"])
            if connection.status == ConnectionStatus.ERROR:
                mark_reached(connection=connection)
    return told


def _next_piece(jobs: Sequence[OutboxJob]) -> list[_Night]:
    """The nights to send next, the earliest first; nights that are right already are settled on the way."""
    for kind in (Kind.AVAILABILITY, Kind.RATES):
        nights = _differing(_waiting(job for job in jobs if job.kind == kind))
        if not nights:
            continue
        urgent = [night for night in nights if _is_urgent(night)]
        return (urgent or nights)[:PIECE]
    return []


def _is_urgent(night: _Night) -> bool:
    """The last rooms: where a wrong number sells a room that is not there. The first filling of a calendar is not."""
    return night.offer.units is not None and night.offer.units <= LAST_ROOMS and bool(night.row.accepted)


def _waiting(jobs: Iterable[OutboxJob]) -> list[AvailabilityState]:
    spans = [
        Q(
            room_mapping=int(job.subject),
            rate_mapping__isnull=job.kind == Kind.AVAILABILITY,
            date__gte=job.first,
            date__lt=job.last,
        )
        for job in jobs
    ]
    if not spans:
        return []
    wanted = reduce(or_, spans)
    rows = AvailabilityState.objects.filter(wanted, state__in=WAITING, date__gte=_earliest())
    return list(rows.order_by("date", "pk"))


def _earliest() -> date:
    """Yesterday can still be today somewhere; what lies before nobody can sell any more."""
    return timezone.localdate() - timedelta(days=1)


def _differing(rows: Sequence[AvailabilityState]) -> list[_Night]:
    """Nights whose right value is not the one that the other side took last; the others are settled."""
    offers = desired_offers(rows)
    differing: list[_Night] = []
    right: list[AvailabilityState] = []
    for row in rows:
        offer = offers[row.pk]
        if offer is not None and (row.state == State.SENT or values_of(offer) != row.accepted):
            differing.append(_Night(row, offer))
        else:
            right.append(row)
    if right:
        _take_up(right)
        fresh = desired_offers(right)
        still = [r.pk for r in right if (offer := fresh[r.pk]) is None or values_of(offer) == r.accepted]
        _settle(still)
    return differing


def _take_up(rows: Sequence[AvailabilityState]) -> None:
    """Mark the nights as being sent. What is true is read only afterwards: a change that this reading misses puts the
    night back to waiting, and nothing that follows here moves a waiting night on."""
    nights = AvailabilityState.objects.filter(pk__in=[row.pk for row in rows])
    nights.update(state=State.SENT, sent_at=timezone.now())


def _settle(pks: Sequence[int]) -> None:
    done = AvailabilityState.objects.filter(pk__in=pks, state=State.SENT)
    done.update(state=State.ACCEPTED, queued_at=None, error="")


def _deliver(
    connection: Connection, session: ProviderSession, piece: Sequence[_Night]
) -> IntegrationError | None:
    """The error that ended the piece, if any; what was answered before is stored.

    A piece may take several calls. When other numbers change meanwhile, the rest of it waits: one of them may be a
    last room.
    """
    rows = [night.row for night in piece]
    _take_up(rows)
    offers = desired_offers(rows)
    waiting = {offer: row for row in rows if (offer := offers[row.pk])}
    _write_values(waiting)
    numbers = _waiting_numbers(connection)
    try:
        for receipt in get_provider(connection.provider).push_offers(session, list(waiting)):
            _store_receipt(connection, receipt, waiting)
            if waiting and _waiting_numbers(connection) != numbers:
                return None
    except IntegrationError as error:
        return error
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


def _write_values(waiting: Mapping[Offer, AvailabilityState]) -> None:
    for offer, row in waiting.items():
        row.value = values_of(offer)
    AvailabilityState.objects.bulk_create(
        waiting.values(), update_conflicts=True, unique_fields=("id",), update_fields=("value",)
    )


@transaction.atomic
def _store_receipt(connection: Connection, receipt: Receipt, waiting: dict[Offer, AvailabilityState]) -> None:
    now = timezone.now()
    taken = [row for offer in receipt.accepted if (row := waiting.pop(offer, None))]
    rows = AvailabilityState.objects.filter(pk__in=[row.pk for row in taken])
    count_corrected(connection, taken, now)
    rows.update(accepted=F("value"), accepted_at=now, request_id=receipt.request_id[:80])
    # A night that changed again while the call was under way waits again.
    _settle([row.pk for row in taken])
    refused = [(row, refusal) for refusal in receipt.refused if (row := waiting.pop(refusal.offer, None))]
    for row, refusal in refused:
        row.state, row.error, row.request_id = State.REFUSED, refusal.message[:300], receipt.request_id[:80]
    if refused:
        AvailabilityState.objects.bulk_update(
            [row for row, _ in refused], ["state", "error", "request_id"], batch_size=500
        )
        _tell_refused(connection, refused[0][1].message, len(refused))
    elif taken:
        _settle_refused(connection)


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
        connection=jobs[0].connection_id, state__in=WAITING, date__gte=_earliest()
    )
    busy = {
        (str(room), Kind.RATES if rate else Kind.AVAILABILITY)
        for room, rate in waiting.values_list("room_mapping_id", "rate_mapping_id").distinct()
    }
    done = [Q(pk=job.pk, version=job.version) for job in jobs if (job.subject, job.kind) not in busy]
    if done:
        OutboxJob.objects.filter(reduce(or_, done)).delete()


def _postpone(connection: Connection, jobs: Sequence[OutboxJob], error: IntegrationError) -> None:
    """Try again later, however often: an absolute number is worth sending until it is taken."""
    mark_failed(connection=connection, error=error)
    until: datetime | None = getattr(error, "until", None)
    attempts = max(job.attempts for job in jobs) + 1
    if until is None:
        until = timezone.now() + retry_delay(attempts if meaning_of(error).retry else 5)
    OutboxJob.objects.filter(pk__in=[job.pk for job in jobs]).update(
        attempts=F("attempts") + 1, not_before=until, error_code=error.code, error=error.detail
    )
