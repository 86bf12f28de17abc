"""How many rooms of each type are free on each night: always computed from rooms, closures and sold nights."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from reservations.models import Room, RoomClosure, StayNight


@dataclass(frozen=True, slots=True)
class NightAvailability:
    """One room type on one night. ``free`` below zero means that more is sold than there is."""

    date: date
    rooms: int
    closed: int
    sold: int

    @property
    def free(self) -> int:
        return self.rooms - self.closed - self.sold


def availability(*, property_id: int, first: date, last: date) -> dict[int, list[NightAvailability]]:
    """Per room type of the property, every night from ``first`` up to ``last`` (local dates, half-open).

    An overbooked or unassigned stay counts like any other. Three statements, whatever the span.
    """
    rooms_by_type: Counter[int] = Counter()
    type_of: dict[int, int] = {}
    for room_id, type_id in Room.objects.filter(property_id=property_id, is_active=True).values_list(
        "pk", "room_type_id"
    ):
        rooms_by_type[type_id] += 1
        type_of[room_id] = type_id

    closed_rooms: dict[tuple[int, date], set[int]] = defaultdict(set)
    closures = RoomClosure.objects.filter(room__property_id=property_id, first__lt=last, last__gt=first)
    for room_id, starts, ends in closures.values_list("room_id", "first", "last"):
        if room_id in type_of:
            for day in _days(max(starts, first), min(ends, last)):
                closed_rooms[type_of[room_id], day].add(room_id)

    sold = {
        (type_id, day): count
        for type_id, day, count in StayNight.objects.filter(
            room_type__property_id=property_id, date__gte=first, date__lt=last
        )
        .values_list("room_type_id", "date")
        .annotate(count=Count("id"))
        .order_by()
    }
    return {
        type_id: [
            NightAvailability(day, total, len(closed_rooms[type_id, day]), sold.get((type_id, day), 0))
            for day in _days(first, last)
        ]
        for type_id, total in rooms_by_type.items()
    }


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days))
