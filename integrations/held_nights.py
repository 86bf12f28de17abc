"""Nights that the other side had closed before it was told of them, and that we would open.

Somebody closed them there by hand, which no booking tells. They wait for a person: open them there, or close them here.
A night is held only as long as the other side never took a number of ours for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from integrations.contracts import Offer
from integrations.journal import open_alert, resolve_alerts, write_log
from integrations.models import AvailabilityState, Connection, LogEntry, RoomMapping
from reservations.choices import ClosureKind
from reservations.closures import close_room
from reservations.locks import lock_hotel
from reservations.models import Room, RoomClosure

State = AvailabilityState.State

HELD_ALERT = "offers_held"
#: What was taken once and differs is drift; what was never taken and differs is held.
HELD = Q(state=State.DRIFTED, accepted_at=None)


def is_closed_there(row: AvailabilityState) -> bool:
    """Whether nothing was on sale there on a night of which the other side never took a number of ours."""
    return row.accepted_at is None and row.read_value.get("units") == 0


def is_in_question(row: AvailabilityState, offer: Offer | None) -> bool:
    """Whether sending ``offer`` would open a night that somebody closed over there."""
    return offer is not None and bool(offer.units) and is_closed_there(row)


def hold(rows: Sequence[AvailabilityState]) -> None:
    """Let these waiting nights wait for a person, and tell of them. Inside the caller's transaction."""
    AvailabilityState.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=State.DRIFTED, queued_at=None, error=""
    )
    connection = rows[0].connection
    if tell_held(connection):
        write_log(
            hotel_id=connection.hotel_id,
            code="offers_held",
            connection=connection,
            level=LogEntry.Level.WARNING,
            nights=len(rows),
            date=str(min(row.date for row in rows)),
        )


def held_nights(connection: Connection) -> QuerySet[AvailabilityState]:
    """The connection's held nights from today on."""
    return AvailabilityState.objects.filter(HELD, connection=connection, date__gte=timezone.localdate())


def tell_held(connection: Connection) -> bool:
    """Open, refresh or close the alert about held nights; True when it is new."""
    nights = held_nights(connection)
    first = nights.aggregate(first=Min("date"))["first"]
    if first is None:
        resolve_alerts(hotel_id=connection.hotel_id, code=HELD_ALERT, connection=connection)
        return False
    return open_alert(
        hotel_id=connection.hotel_id,
        code=HELD_ALERT,
        connection=connection,
        nights=nights.count(),
        date=str(first),
    )


def closable_nights(connection: Connection) -> int:
    """How many held nights :func:`close_here` would close here. Two queries."""
    return sum(len(days) for days in _by_room(connection).values())


def close_here(connection: Connection, *, user: Any) -> int:
    """How many held nights are closed here now as they are there: those whose room there is one room of ours."""
    with transaction.atomic():
        lock_hotel(connection.hotel_id)
        chosen = _by_room(connection)
        nights = sum(len(days) for days in chosen.values())
        if not nights:
            return 0
        for room, days in chosen.items():
            for first, last in _spans(days):
                closure = RoomClosure(
                    hotel_id=connection.hotel_id,
                    room=room,
                    first=first,
                    last=last,
                    kind=ClosureKind.OWNER_BLOCK,
                    note=connection.name,
                )
                close_room(closure, user_id=user.pk)
        write_log(
            hotel_id=connection.hotel_id,
            code="offers_closed_here",
            connection=connection,
            nights=nights,
            user=str(user),
        )
        tell_held(connection)
    return nights


def _by_room(connection: Connection) -> dict[Room, list[date]]:
    """The held nights by the one room of ours that is sold there; a type of several rooms names none of them."""
    held = held_nights(connection).values_list("room_mapping_id", "date").order_by("date")
    nights: dict[int, list[date]] = {}
    for mapping_id, day in held:
        nights.setdefault(mapping_id, []).append(day)
    if not nights:
        return {}
    mappings = RoomMapping.objects.filter(pk__in=nights)
    sold = Q(pk__in=mappings.values("room_id")) | Q(room_type_id__in=mappings.values("room_type_id"))
    of_type: dict[int, list[Room]] = {}
    by_id: dict[int, Room] = {}
    for room in Room.objects.filter(sold, is_active=True):
        by_id[room.pk] = room
        of_type.setdefault(room.room_type_id, []).append(room)
    found: dict[Room, set[date]] = {}
    for mapping in mappings:
        rooms = (
            [by_id.get(mapping.room_id)] if mapping.room_id else of_type.get(mapping.room_type_id or 0, [])
        )
        if len(rooms) == 1 and rooms[0] is not None:
            found.setdefault(rooms[0], set()).update(nights[mapping.pk])
    return {room: sorted(days) for room, days in found.items()}


def _spans(days: Sequence[date]) -> list[tuple[date, date]]:
    """Ordered ``days`` as half-open spans of consecutive ones."""
    spans: list[tuple[date, date]] = []
    for day in days:
        if spans and spans[-1][1] == day:
            spans[-1] = (spans[-1][0], day + timedelta(days=1))
        else:
            spans.append((day, day + timedelta(days=1)))
    return spans
