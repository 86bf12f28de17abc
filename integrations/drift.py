"""Reads back what the other side sells and compares it with what it was told; one press repairs the difference."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from integrations.attempts import attempt
from integrations.connections import finished_run, mark_failed
from integrations.contracts import Capability, Offer
from integrations.held_nights import HELD, is_closed_there, tell_held
from integrations.http import session_for
from integrations.journal import open_alert, resolve_alerts, write_log
from integrations.models import AvailabilityState, Connection, LogEntry, RateMapping, RoomMapping, SyncRun
from integrations.offers import values_of
from integrations.outbox import Span, ahead, lock_nights, queue, queue_everything, sellable_rooms
from integrations.registry import can, get_provider
from reservations.locks import lock_hotel

State = AvailabilityState.State
DRIFT_ALERT = "offers_drifted"
#: States whose value the other side has taken, so that it can be compared.
SETTLED = (State.ACCEPTED, State.READ_BACK, State.DRIFTED)
#: A longest stay of so many nights or more is none.
NO_LONGEST_STAY = 90
#: Nights marked in one transaction, so that none lasts longer than a second.
BATCH = 1000


def compare(connection: Connection, *, user: Any = None) -> SyncRun | None:
    """The finished run that compared every settled night; None for a provider that cannot be read.

    Nights that differ are marked and told in one alert; nothing is sent. Nights with a change on its way are left
    alone. A failure is marked, logged and kept on the run; it raises nothing.
    """
    if not can(connection.provider, Capability.READ_OFFERS):
        return None
    started, first = timezone.now(), timezone.localdate()
    found: list[Offer] = []
    error = attempt(lambda: found.extend(_read(connection, first, first + ahead())))
    drifted = 0 if error else _mark(connection, found, first, started)
    run = finished_run(
        connection,
        SyncRun.Kind.COMPARE,
        started=started,
        user=user,
        error=error,
        seen=len(found),
        failed=drifted,
    )
    if error is not None:
        mark_failed(connection=connection, error=error)
        return run
    write_log(
        hotel_id=connection.hotel_id,
        code="offers_compared",
        connection=connection,
        run=run,
        level=LogEntry.Level.WARNING if drifted else LogEntry.Level.INFO,
        nights=len(found),
        drifted=drifted,
    )
    tell_drift(connection)
    return run


def repair(connection: Connection, *, user: Any = None) -> int:
    """How many nights are sent again because the other side sells something else there."""
    return _send_again(connection, (State.DRIFTED, State.REFUSED), "offers_repaired", user)


def send_everything(connection: Connection, *, user: Any = None) -> int:
    """How many rooms are sent again from scratch, whatever the other side took before."""
    with transaction.atomic():
        lock_hotel(connection.hotel_id)
        nights = AvailabilityState.objects.filter(connection=connection, date__gte=timezone.localdate())
        lock_nights(nights)
        # Held nights, too: a person asked for all of them.
        nights.update(accepted={}, read_value={})
        rooms = queue_everything(connection)
        write_log(
            hotel_id=connection.hotel_id,
            code="offers_sent_again",
            connection=connection,
            user=str(user or ""),
        )
    return rooms


def tell_drift(connection: Connection) -> None:
    """Open, refresh or close the alert that says how many nights differ, and the one about held nights."""
    drifted = AvailabilityState.objects.filter(
        connection=connection, state=State.DRIFTED, date__gte=timezone.localdate()
    )
    nights = drifted.exclude(HELD).count()
    tell_held(connection)
    if nights:
        open_alert(hotel_id=connection.hotel_id, code=DRIFT_ALERT, connection=connection, nights=nights)
    else:
        resolve_alerts(hotel_id=connection.hotel_id, code=DRIFT_ALERT, connection=connection)


def _send_again(connection: Connection, states: Iterable[str], code: str, user: Any) -> int:
    with transaction.atomic():
        lock_hotel(connection.hotel_id)
        rows = list(
            AvailabilityState.objects.filter(
                connection=connection, state__in=states, date__gte=timezone.localdate()
            )
        )
        if not rows:
            return 0
        # Whatever it took before, it has something else now; and what it has does not hold ours back any more.
        AvailabilityState.objects.filter(pk__in=[row.pk for row in rows]).update(accepted={}, read_value={})
        _queue_again(rows)
        write_log(
            hotel_id=connection.hotel_id,
            code=code,
            connection=connection,
            nights=len(rows),
            user=str(user or ""),
        )
    tell_drift(connection)
    return len(rows)


def _queue_again(rows: Iterable[AvailabilityState]) -> None:
    chosen = list(rows)
    mappings = RoomMapping.objects.in_bulk({row.room_mapping_id for row in chosen})
    queue(
        Span(mappings[row.room_mapping_id], row.date, row.date + timedelta(days=1), row.rate_mapping_id)
        for row in chosen
    )


def _read(connection: Connection, first: date, last: date) -> Iterable[Offer]:
    rooms: dict[str, list[str]] = {}
    for mapping in sellable_rooms(connection.hotel_id).filter(connection=connection):
        rooms.setdefault(mapping.property_ref, []).append(mapping.external_ref)
    with session_for(connection) as session:
        for property_ref, refs in rooms.items():
            yield from get_provider(connection.provider).read_offers(session, property_ref, refs, first, last)


def _mark(connection: Connection, offers: Iterable[Offer], first: date, started: datetime) -> int:
    """How many settled nights the other side sells differently. A held night that it opened since waits again."""
    read = _by_night(connection, offers, first)
    nights = list(read)
    drifted = 0
    for start in range(0, len(nights), BATCH):
        with transaction.atomic():
            # A change comes before this, and its nights wait, or after it.
            lock_hotel(connection.hotel_id)
            rows = list(_comparable(connection, started).filter(pk__in=nights[start : start + BATCH]))
            opened: list[AvailabilityState] = []
            for row in rows:
                row.read_value, row.read_at = values_of(read[row.pk]), timezone.now()
                if row.state != State.DRIFTED or row.accepted_at:
                    row.state = State.READ_BACK if _agrees(row) else State.DRIFTED
                elif not is_closed_there(row):
                    opened.append(row)
                drifted += row.state == State.DRIFTED
            AvailabilityState.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=("id",),
                update_fields=("read_value", "read_at", "state"),
            )
            drifted -= len(opened)
            _queue_again(opened)
    return drifted


def _comparable(connection: Connection, started: datetime) -> QuerySet[AvailabilityState]:
    """Settled nights, without those that the other side took after the reading had begun: it may have read the value
    before."""
    return AvailabilityState.objects.filter(connection=connection, state__in=SETTLED).exclude(
        accepted_at__gte=started
    )


def _by_night(connection: Connection, offers: Iterable[Offer], first: date) -> dict[int, Offer]:
    """What was read, by the id of our night; what we do not sell there is left out. Three statements."""
    rooms = {
        (ref, room): pk
        for pk, ref, room in RoomMapping.objects.filter(
            connection=connection, external_kind="room_type"
        ).values_list("pk", "property_ref", "external_ref")
    }
    rates = {
        (ref, room, rate): pk
        for pk, ref, room, rate in RateMapping.objects.filter(connection=connection).values_list(
            "pk", "property_ref", "room_ref", "external_ref"
        )
    }
    nights: dict[tuple[int, int | None, date], int] = {
        (room, rate, day): pk
        for pk, room, rate, day in AvailabilityState.objects.filter(
            connection=connection, date__gte=first
        ).values_list("pk", "room_mapping_id", "rate_mapping_id", "date")
    }
    found: dict[int, Offer] = {}
    for offer in offers:
        room = rooms.get((offer.property_ref, offer.room_ref))
        rate = rates.get((offer.property_ref, offer.room_ref, offer.rate_ref)) if offer.rate_ref else None
        if room is None or (offer.rate_ref and rate is None):
            continue
        night = nights.get((room, rate, offer.date))
        if night is not None:
            found[night] = offer
    return found


def _agrees(row: AvailabilityState) -> bool:
    """Whether the other side has what it took, in everything that it tells."""
    return all(_same(name, row.accepted.get(name, value), value) for name, value in row.read_value.items())


def _same(name: str, told: Any, read: Any) -> bool:
    if name == "maximum_stay" and told == 0:
        # Lifted. Each system has a high number of its own for that.
        return not read or read >= NO_LONGEST_STAY
    return bool(told == read)
