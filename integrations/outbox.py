"""Writes down what must be sent, in the transaction of the change that asks for it.

A change touches nights of room types. For every connection that sells them and can be told, the nights are marked as
waiting and one job per room says that there is work. What is sent is worked out when it is sent, from the state of
then, so however many changes come together, the last one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import connection as database
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from integrations.contracts import Capability
from integrations.models import (
    AvailabilityState,
    Connection,
    ConnectionStatus,
    OutboxJob,
    RateMapping,
    RoomMapping,
)
from integrations.nudges import nudge
from integrations.registry import all_providers
from reservations.events import (
    RatesChanged,
    RoomsChanged,
    StaysChanged,
    rates_changed,
    rooms_changed,
    stays_changed,
)

SEND_TASK = "integrations.tasks.send_offers"
#: The setting of a connection that a person may switch off.
SEND_AVAILABILITY, SEND_RATES = "send_availability", "send_rates"
BATCH = 2000

State, Kind = AvailabilityState.State, OutboxJob.Kind
#: States in which a change is waiting already.
WAITING = (State.QUEUED, State.SENT)


@dataclass(frozen=True, slots=True)
class Span:
    """Nights from ``first`` up to ``last`` (half-open) of a room, or of a rate of it, at one connection."""

    mapping: RoomMapping
    first: date
    last: date
    rate_mapping_id: int | None = None


def ahead() -> timedelta:
    """How far ahead of today the other side is kept up to date."""
    return timedelta(days=settings.ON_SALE_DAYS)


def connect() -> None:
    """Start listening; called once when the program starts. Connecting again changes nothing."""
    stays_changed.connect(on_stays_changed, dispatch_uid="outbox.stays_changed")
    rooms_changed.connect(on_rooms_changed, dispatch_uid="outbox.rooms_changed")
    rates_changed.connect(on_rates_changed, dispatch_uid="outbox.rates_changed")


def on_stays_changed(*, change: StaysChanged, **_: object) -> None:
    queue_types(change.hotel_id, change.type_spans)


def on_rooms_changed(*, change: RoomsChanged, **_: object) -> None:
    queue_types(change.hotel_id, change.spans)


def on_rates_changed(*, change: RatesChanged, **_: object) -> None:
    queue_rates(change.hotel_id, change.cells, change.first, change.last)


def queue_types(hotel_id: int, spans: Iterable[tuple[int, date, date]]) -> None:
    """Have the rooms left of these types (type id, first, last; half-open) sent to every connection that sells them.

    A constant number of statements. The connection that told of a booking gets the new number too: it may have
    counted otherwise.
    """
    by_type: dict[int, list[tuple[date, date]]] = {}
    for type_id, first, last in spans:
        by_type.setdefault(type_id, []).append((first, last))
    if not by_type:
        return
    sold = Q(room_type_id__in=by_type) | Q(room__room_type_id__in=by_type)
    queue(
        Span(mapping, first, last)
        for mapping in sellable_rooms(hotel_id).filter(sold)
        if is_sent(mapping.connection, mapping.property_ref, SEND_AVAILABILITY)
        for first, last in _joined(by_type[mapping.sold_type_id])  # type: ignore[attr-defined]
    )


def queue_rates(hotel_id: int, cells: Iterable[tuple[int, int]], first: date, last: date) -> None:
    """Have prices of (rate plan, room type) pairs sent to every connection that sells them under a rate of its own."""
    wanted = set(cells)
    plans = RateMapping.objects.filter(hotel_id=hotel_id, rate_plan_id__in={plan for plan, _ in wanted})
    rates: dict[tuple[int, str, str], list[RateMapping]] = {}
    for rate in plans:
        rates.setdefault((rate.connection_id, rate.property_ref, rate.room_ref), []).append(rate)
    if not rates:
        return
    spans: list[Span] = []
    for mapping in sellable_rooms(hotel_id):
        for rate in rates.get((mapping.connection_id, mapping.property_ref, mapping.external_ref), ()):
            if (rate.rate_plan_id or 0, mapping.sold_type_id) not in wanted:  # type: ignore[attr-defined]
                continue
            if is_sent(mapping.connection, mapping.property_ref, SEND_RATES):
                spans.append(Span(mapping, first, last, rate.pk))
            if rate.is_the_room and is_sent(mapping.connection, mapping.property_ref, SEND_AVAILABILITY):
                # Closing its only price takes the room itself off sale.
                spans.append(Span(mapping, first, last))
    queue(spans)


def queue_everything(
    connection: Connection,
    *,
    property_refs: Iterable[str] | None = None,
    mapping_ids: Iterable[int] | None = None,
    first: date | None = None,
) -> int:
    """Have all nights of the next :func:`ahead` sent for the connection, or for these of its properties or rooms, or
    only those from ``first`` on; how many rooms. Nights whose value the other side has are not sent again.

    Inside the caller's transaction, which has locked the hotel.
    """
    today = timezone.localdate()
    # Yesterday may still be today where the property is.
    first, last = first or today - timedelta(days=1), today + ahead()
    rooms = sellable_rooms(connection.hotel_id).filter(connection=connection)
    if property_refs is not None:
        rooms = rooms.filter(property_ref__in=list(property_refs))
    if mapping_ids is not None:
        rooms = rooms.filter(pk__in=list(mapping_ids))
    found = list(rooms)
    rates: dict[tuple[str, str], list[int]] = {}
    for pk, property_ref, room_ref in RateMapping.objects.filter(
        connection=connection, rate_plan__isnull=False
    ).values_list("pk", "property_ref", "room_ref"):
        rates.setdefault((property_ref, room_ref), []).append(pk)
    spans: list[Span] = []
    for mapping in found:
        if is_sent(connection, mapping.property_ref, SEND_AVAILABILITY):
            spans.append(Span(mapping, first, last))
        if is_sent(connection, mapping.property_ref, SEND_RATES):
            spans += [
                Span(mapping, first, last, rate)
                for rate in rates.get((mapping.property_ref, mapping.external_ref), ())
            ]
    queue(spans)
    return len(found)


def sellable_rooms(hotel_id: int) -> QuerySet[RoomMapping]:
    """Mapped external rooms at connections that can be told what is on sale, with ``sold_type_id``, our type."""
    pushing = [
        slug
        for slug, provider in all_providers().items()
        if Capability.PUSH_OFFERS in provider.declaration.capabilities
    ]
    return (
        RoomMapping.objects.filter(
            Q(room_type__isnull=False) | Q(room__isnull=False),
            hotel_id=hotel_id,
            external_kind="room_type",
            connection__provider__in=pushing,
        )
        .exclude(connection__status=ConnectionStatus.DISCONNECTED)
        .annotate(sold_type_id=Coalesce("room_type_id", "room__room_type_id"))
        .select_related("connection")
        .defer("connection__credentials", "connection__catalogue", "connection__webhook_token")
    )


def is_sent(connection: Connection, property_ref: str, what: str) -> bool:
    """Whether ``what`` is sent for a property: not before its bookings were read for the first time, because until
    then every room would look free."""
    return (
        property_ref in connection.cursor.get("properties", {}) and connection.settings.get(what) is not False
    )


def queue(spans: Iterable[Span]) -> None:
    """Mark the nights as waiting and write the jobs. Inside the caller's transaction, which has locked the hotel."""
    today = timezone.localdate()
    earliest, latest = today - timedelta(days=1), today + ahead()
    cut = [
        Span(span.mapping, max(span.first, earliest), min(span.last, latest), span.rate_mapping_id)
        for span in spans
        if span.first < latest and span.last > earliest
    ]
    if not cut:
        return
    now = timezone.now()
    _mark_nights(cut, now)
    _write_jobs(cut, now)
    for connection_id in {span.mapping.connection_id for span in cut}:
        nudge(SEND_TASK, connection_id)


def _mark_nights(spans: Sequence[Span], now: datetime) -> None:
    rows: dict[tuple[int, int | None, date], AvailabilityState] = {}
    for span in spans:
        for offset in range((span.last - span.first).days):
            day = span.first + timedelta(days=offset)
            rows[span.mapping.pk, span.rate_mapping_id, day] = AvailabilityState(
                hotel_id=span.mapping.hotel_id,
                connection_id=span.mapping.connection_id,
                room_mapping_id=span.mapping.pk,
                rate_mapping_id=span.rate_mapping_id,
                date=day,
                queued_at=now,
            )
    parts = [
        AvailabilityState.objects.filter(reduce(or_, map(_nights, spans[start : start + 100])))
        for start in range(0, len(spans), 100)
    ]
    for part in parts:
        lock_nights(part)
    AvailabilityState.objects.bulk_create(list(rows.values()), batch_size=BATCH, ignore_conflicts=True)
    for part in parts:
        part.update(
            state=State.QUEUED,
            # Of several changes the oldest says since when the other side may be wrong.
            queued_at=Case(When(state__in=WAITING, then=F("queued_at")), default=Value(now)),
        )


def lock_nights(nights: QuerySet[AvailabilityState]) -> None:
    """Lock these until the end of the transaction, in the one order: a change and a sending that lock the same nights
    in different orders would wait for each other."""
    if database.features.has_select_for_update:
        list(nights.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _nights(span: Span) -> Q:
    return Q(
        room_mapping=span.mapping.pk,
        rate_mapping=span.rate_mapping_id,
        date__gte=span.first,
        date__lt=span.last,
    )


def _write_jobs(spans: Sequence[Span], now: datetime) -> None:
    """One job per room and kind; the span of one that waits already grows."""
    wanted: dict[tuple[int, str, str], OutboxJob] = {}
    for span in spans:
        kind = Kind.AVAILABILITY if span.rate_mapping_id is None else Kind.RATES
        key = (span.mapping.connection_id, str(kind), str(span.mapping.pk))
        job = wanted.setdefault(
            key,
            OutboxJob(
                hotel_id=span.mapping.hotel_id,
                connection_id=span.mapping.connection_id,
                kind=kind,
                subject=str(span.mapping.pk),
                first=span.first,
                last=span.last,
                changed_at=now,
            ),
        )
        job.first, job.last = min(job.first, span.first), max(job.last, span.last)
    present = OutboxJob.objects.filter(
        connection__in={key[0] for key in wanted}, subject__in={key[2] for key in wanted}
    )
    for row in present:
        wider = wanted.get((row.connection_id, row.kind, row.subject))
        if wider is not None:
            wider.first, wider.last = min(wider.first, row.first), max(wider.last, row.last)
            wider.changed_at, wider.version = row.changed_at, row.version + 1
    OutboxJob.objects.bulk_create(
        wanted.values(),
        update_conflicts=True,
        unique_fields=("connection", "kind", "subject"),
        # A change is a reason to try again at once what was refused or put off.
        update_fields=("first", "last", "changed_at", "version", "not_before", "attempts"),
    )


def _joined(spans: Sequence[tuple[date, date]]) -> list[tuple[date, date]]:
    """``spans`` (half-open) without overlaps."""
    joined: list[tuple[date, date]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def connections_with_jobs(now: datetime) -> list[int]:
    """Live connections for which something is to be sent now."""
    return list(due_jobs(now).values_list("connection_id", flat=True).distinct())


def due_jobs(now: datetime) -> QuerySet[OutboxJob]:
    return OutboxJob.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now),
        connection__status__in=(ConnectionStatus.CONNECTED, ConnectionStatus.ERROR),
    )
