"""How many rooms of each type are free on each night: always computed from rooms, closures and sold nights."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from reservations.models import Room, RoomClosure, RoomType, StayNight


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

    Four statements, whatever the span; see :func:`availability_of_types`.
    """
    kinds = RoomType.objects.filter(property_id=property_id).order_by().values_list("pk", flat=True)
    return availability_of_types(list(kinds), first=first, last=last)


def availability_of_types(
    room_type_ids: Collection[int], *, first: date, last: date
) -> dict[int, list[NightAvailability]]:
    """Per room type, of any properties, every night from ``first`` up to ``last`` (local dates, half-open).

    A night counts for the type of the room it holds, else for the type that was booked; an overbooked or unassigned
    stay counts like any other. A type without rooms has zero of them. Three statements, whatever the span.
    """
    type_of: dict[int, int] = dict(
        Room.objects.filter(room_type_id__in=room_type_ids, is_active=True).values_list("pk", "room_type_id")
    )
    rooms = Counter(type_of.values())
    closed = _closed_rooms(type_of, room_type_ids, first, last)
    sold = _sold_nights(room_type_ids, first, last)
    return {
        kind: [
            NightAvailability(day, rooms[kind], len(closed[kind, day]), sold.get((kind, day), 0))
            for day in _days(first, last)
        ]
        for kind in room_type_ids
    }


def _closed_rooms(
    type_of: dict[int, int], room_type_ids: Collection[int], first: date, last: date
) -> dict[tuple[int, date], set[int]]:
    """The rooms in use that are closed on each night: one that two closures close is closed once."""
    closed: dict[tuple[int, date], set[int]] = defaultdict(set)
    closures = RoomClosure.objects.filter(
        room__room_type_id__in=room_type_ids, first__lt=last, last__gt=first
    ).values_list("room_id", "first", "last")
    for room_id, starts, ends in closures:
        if room_id in type_of:
            for day in _days(max(starts, first), min(ends, last)):
                closed[type_of[room_id], day].add(room_id)
    return closed


def _sold_nights(room_type_ids: Collection[int], first: date, last: date) -> dict[tuple[int, date], int]:
    """How many nights are sold. Two ranges that indexes know are joined; the type is judged after."""
    booked = Q(room_type_id__in=room_type_ids, date__gte=first, date__lt=last)
    placed = Q(
        room_id__in=Room.objects.filter(room_type_id__in=room_type_ids).values("pk"),
        date__gte=first,
        date__lt=last,
    )
    rows = (
        StayNight.objects.filter(booked | placed)
        .annotate(held_type=Coalesce("room__room_type_id", "room_type_id"))
        .filter(held_type__in=room_type_ids)
        .values_list("held_type", "date")
        .annotate(count=Count("pk"))
        .order_by()
    )
    return {(kind, day): count for kind, day, count in rows}


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days))
