"""What the planning board reads: rooms, stays and closures of a property, and when any of it changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from reservations.choices import HOLDING_STATUSES
from reservations.models import Hotel, PlanningEdit, Property, Room, RoomClosure, RoomType, Stay
from reservations.night_marks import NightMark, night_marks
from reservations.planning_bars import ClosureFact, StayFact
from reservations.room_claims import natural_order
from reservations.room_marks import room_marks
from reservations.selectors import bookings_stamp

_HOLDING = [str(status) for status in HOLDING_STATUSES]


def board_stamp(hotel: Hotel, property: Property, *, first: date, days: int) -> str:
    """A text that becomes different whenever the board of these days does. Six cheap statements, and the marks."""
    last = first + timedelta(days=days)
    today = timezone.localtime(timezone.now(), property.zone).date()
    rooms = Room.objects.filter(property=property).order_by("pk")
    room_facts = list(rooms.values_list("pk", "name", "room_type_id", "parent_id", "is_active"))
    kinds = list(RoomType.objects.filter(property=property).order_by("pk").values_list("pk", "name"))
    closures = RoomClosure.objects.filter(room__property=property, first__lt=last, last__gte=first)
    edits = PlanningEdit.objects.filter(property=property).order_by("-pk").values_list("pk", "undone_at")
    parts = (
        bookings_stamp(hotel),
        today,
        room_facts,
        kinds,
        list(closures.order_by("pk").values_list("pk", "room_id", "first", "last", "kind", "note")),
        list(edits[:20]),
        sorted(room_marks(hotel.pk, [fact[0] for fact in room_facts], today).items()),
        sorted(unsettled_marks(hotel, [pk for pk, _name in kinds], first, last).items()),
    )
    return "\x1f".join(map(str, parts))


def rooms_of(property: Property) -> list[Room]:
    """The rooms of ``property``, also those out of use, in the order in which people count: 2 before 10."""
    rooms = Room.objects.filter(hotel_id=property.hotel_id, property=property)
    return sorted(rooms, key=lambda room: (natural_order(room.name), room.pk))


def stays_of(hotel: Hotel, property: Property, first: date, last: date) -> list[StayFact]:
    """Stays that hold a place on these days or leave on the first, of the property or not yet of any."""
    rows = _standing(hotel, property, first, last).order_by("arrival", "pk")
    return list(
        map(
            StayFact._make,
            rows.values_list(
                "pk",
                "room_id",
                "room_type_id",
                "arrival",
                "departure",
                "status",
                "state",
                "overbooked",
                "room_choice",
                "guest_name",
                "reservation__booker__name",
                "reservation__channel",
            ),
        )
    )


def parts_of(hotel: Hotel, property: Property, first: date, last: date) -> dict[int, tuple[int, int]]:
    """(part, of how many) of the stays of :func:`stays_of` that are spread over rooms, wherever the others are."""
    heads = _standing(hotel, property, first, last).order_by().values(head=Coalesce("part_of_id", "pk"))
    rest = Stay.objects.of(hotel).filter(part_of__in=heads).order_by("arrival", "pk")
    spread: dict[int, list[int]] = {}
    for pk, head in rest.values_list("pk", "part_of_id"):
        spread.setdefault(head, [head]).append(pk)
    return {pk: (number, len(parts)) for parts in spread.values() for number, pk in enumerate(parts, start=1)}


def _standing(hotel: Hotel, property: Property, first: date, last: date) -> QuerySet[Stay]:
    return (
        Stay.objects.of(hotel)
        .filter(Q(property=property) | Q(property=None))
        .filter(status__in=_HOLDING, departure__gte=first, arrival__lt=last)
    )


def closures_of(rooms: Sequence[Room], first: date, last: date) -> list[ClosureFact]:
    found = RoomClosure.objects.filter(
        room__in=[room.pk for room in rooms], first__lt=last, last__gte=first
    ).order_by("first", "pk")
    return [ClosureFact(*row) for row in found.values_list("pk", "room_id", "first", "last", "kind", "note")]


def unsettled_marks(
    hotel: Hotel, kind_ids: Collection[int], first: date, last: date
) -> dict[tuple[int, date], list[NightMark]]:
    """The marks of channels that have not taken the number of a night yet."""
    marks = night_marks(hotel.pk, kind_ids, first, last)
    found = {
        night: [mark for mark in row if mark.state in ("waiting", "failed")] for night, row in marks.items()
    }
    return {night: row for night, row in found.items() if row}
