"""How many rooms of each type are free on each night: always computed from rooms, closures and sold nights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import repeat

from django.db import connection


@dataclass(frozen=True, slots=True)
class NightAvailability:
    """One room type on one night. ``free`` below zero means that more is sold than there is."""

    date: date
    rooms: int
    closed: int
    sold: int
    #: Rooms that are neither sold nor closed themselves, but belong together with one that is.
    linked: int = 0

    @property
    def free(self) -> int:
        return self.rooms - self.closed - self.sold - self.linked


def availability(*, property_id: int, first: date, last: date) -> dict[int, list[NightAvailability]]:
    """Per room type of the property, every night from ``first`` up to ``last`` (local dates, half-open).

    One statement, whatever the span; see :func:`availability_of_types`.
    """
    return _read("property_id = %(property)s", {"property": property_id}, first, last)


def availability_of_types(
    room_type_ids: Collection[int], *, first: date, last: date
) -> dict[int, list[NightAvailability]]:
    """Per room type, of any properties, every night from ``first`` up to ``last`` (local dates, half-open).

    A night counts for the type of the room it holds, else for the type that was booked; an overbooked or unassigned
    stay counts like any other. A type without rooms has zero of them.

    An apartment is free while it and all its rooms are, one of its rooms while it and the apartment are. A stay
    without a room counts for its own type only: which relatives it will take is not decided.

    One statement, whatever the span.
    """
    if not room_type_ids:
        return {}
    values = {f"kind{n}": kind for n, kind in enumerate(room_type_ids)}
    marks = ", ".join(f"%({name})s" for name in values)
    found = _read(f"id IN ({marks})", values, first, last)
    return {kind: found[kind] for kind in room_type_ids if kind in found}


#: Written out, not built by the ORM: building it would take as long as a month takes the database. Rooms are found by
#: type, nights by room and date, closures by room; nothing else is looked at.
#: ``kin`` are pairs of rooms of which only one can be sold: ``linked`` are nights on which the other one is.
_STATEMENT = """
WITH RECURSIVE
kind AS (SELECT id FROM reservations_roomtype WHERE {scope}),
room AS (
    SELECT id, room_type_id, parent_id FROM reservations_room
    WHERE is_active AND room_type_id IN (SELECT id FROM kind)
),
kin AS (
    SELECT id, room_type_id, parent_id AS relative_id FROM room WHERE parent_id IS NOT NULL
    UNION ALL
    SELECT room.id, room.room_type_id, child.id FROM room JOIN reservations_room child ON child.parent_id = room.id
),
closure AS (
    SELECT room_id, CASE WHEN first < %(first)s THEN %(first)s ELSE first END AS date, last
    FROM reservations_roomclosure
    WHERE room_id IN (SELECT id FROM room UNION SELECT relative_id FROM kin)
    AND first < %(last)s AND last > %(first)s
    UNION
    SELECT room_id, {next_day}, last FROM closure WHERE {next_day} < last AND {next_day} < %(last)s
),
closed AS (
    SELECT DISTINCT room_type_id, id, date FROM room JOIN closure ON room_id = id
),
linked AS (
    SELECT kin.room_type_id, kin.id, date FROM kin JOIN reservations_staynight ON room_id = relative_id
    WHERE date >= %(first)s AND date < %(last)s
    UNION
    SELECT room_type_id, id, date FROM kin JOIN closure ON room_id = relative_id
    EXCEPT
    SELECT kin.room_type_id, kin.id, date FROM kin JOIN reservations_staynight ON room_id = kin.id
    WHERE date >= %(first)s AND date < %(last)s
    EXCEPT
    SELECT room_type_id, id, date FROM closed
)
SELECT 'rooms', kind.id, NULL, COUNT(room.id) FROM kind LEFT JOIN room ON room_type_id = kind.id GROUP BY kind.id
UNION ALL
SELECT 'closed', room_type_id, date, COUNT(*) FROM closed GROUP BY room_type_id, date
UNION ALL
SELECT 'sold', held.room_type_id, date, COUNT(*)
FROM reservations_room held JOIN reservations_staynight ON room_id = held.id
WHERE held.room_type_id IN (SELECT id FROM kind) AND date >= %(first)s AND date < %(last)s
GROUP BY held.room_type_id, date
UNION ALL
SELECT 'sold', room_type_id, date, COUNT(*) FROM reservations_staynight
WHERE room_id IS NULL AND room_type_id IN (SELECT id FROM kind) AND date >= %(first)s AND date < %(last)s
GROUP BY room_type_id, date
UNION ALL
SELECT 'linked', room_type_id, date, COUNT(*) FROM linked GROUP BY room_type_id, date
"""
_NEXT_DAY = {"postgresql": "date + 1", "sqlite": "date(date, '+1 day')"}


def _read(
    scope: str, scope_values: Mapping[str, int], first: date, last: date
) -> dict[int, list[NightAvailability]]:
    days = [first + timedelta(days=n) for n in range((last - first).days)]
    at: dict[date | str, int] = {}
    for n, day in enumerate(days):
        at[day] = at[day.isoformat()] = n  # as one or the other database says it
    statement = _STATEMENT.format(scope=scope, next_day=_NEXT_DAY[connection.vendor])
    with connection.cursor() as cursor:
        cursor.execute(statement, {**scope_values, "first": first, "last": last})
        rows = cursor.fetchall()
    rooms: dict[int, int] = {}
    counts: defaultdict[tuple[str, int], list[int]] = defaultdict(lambda: [0] * len(days))
    for what, kind, day, count in rows:
        if day is None:
            rooms[kind] = count
        else:
            counts[what, kind][at[day]] += count
    return {
        kind: [
            NightAvailability(*night)
            for night in zip(
                days,
                repeat(number, len(days)),
                counts["closed", kind],
                counts["sold", kind],
                counts["linked", kind],
                strict=True,
            )
        ]
        for kind, number in rooms.items()
    }
