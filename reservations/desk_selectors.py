"""Who comes, who goes and who is in house on one day, as the front desk works through it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from reservations.choices import GUEST_STATUSES, DeskState, StayState, StayStatus
from reservations.desk_lines import ONE_DAY, DeskDay, Line, Marks
from reservations.free_rooms import LONGEST_OVERSTAY, obstacles, still_inside
from reservations.ledger import balances_of
from reservations.models import Hotel, Property, Room, Stay
from reservations.room_claims import natural_order
from reservations.room_marks import RoomMark, room_marks
from reservations.stay_layout import guest_of
from reservations.visits import Visit, visits_of
from reservations.wording import money_text

_GUESTS = [str(status) for status in GUEST_STATUSES]
_RELATED = ("property", "room", "room_type", "reservation__booker")


@dataclass(frozen=True, slots=True)
class Days:
    """For each property the day that is shown and the date it has now; a stay of an unknown one follows the first."""

    shown: Mapping[int, date]
    today: Mapping[int, date]

    @classmethod
    def of(cls, houses: Iterable[Property], day: date | None, now: datetime | None = None) -> Days:
        """``day`` in every one of ``houses``; without it, each one's own today. No query."""
        now = now or timezone.now()
        today = {house.pk: house.today(now) for house in houses}
        return cls({pk: day or here for pk, here in today.items()}, today)

    def shown_at(self, house_id: int | None) -> date:
        return self.shown.get(house_id or 0) or next(iter(self.shown.values()))

    def today_at(self, house_id: int | None) -> date:
        return self.today.get(house_id or 0) or next(iter(self.today.values()))


def marks_of_day(hotel: Hotel, days: Days) -> dict[int, list[RoomMark]]:
    """What is said of the rooms of the properties on the shown day: one query, and those of each date's marks."""
    rooms: dict[date, list[int]] = {}
    houses = Room.objects.of(hotel).filter(property_id__in=list(days.shown), is_active=True)
    for room_id, house_id in houses.order_by("pk").values_list("pk", "property_id"):
        rooms.setdefault(days.shown_at(house_id), []).append(room_id)
    found: dict[int, list[RoomMark]] = {}
    for day, room_ids in rooms.items():
        found.update(room_marks(hotel.pk, room_ids, day))
    return found


def desk_day(hotel: Hotel, days: Days, marks: Marks, *, text: str = "", everywhere: bool = True) -> DeskDay:
    """The three lists of the properties in ``days``, narrowed to guests and rooms that contain ``text``.

    Stays of an unknown property belong to them unless ``everywhere`` is false. Five queries at most.
    """
    found = DeskDay()
    if not days.shown:
        return found
    visits = visits_of(hotel, _stays(hotel, days, everywhere=everywhere), *_RELATED)
    inside = _who_is_in(visits, days)
    owed = _to_pay(visits, days)
    for visit in visits:
        house = visit.head.property_id
        day, today = days.shown_at(house), days.today_at(house)
        part = visit.part_on(day)
        room_id = 0 if part.overbooked else part.room_id or 0
        others = [who for pk, who in inside.get(room_id, ()) if pk != visit.head.pk]
        still_there = others[0] if others else ""
        line = Line(
            visit, day, today, marks.get(room_id, ()), still_there, owed.get(visit.head.reservation_id, "")
        )
        if text.casefold() not in line.search_text.casefold():
            continue
        for chosen, wanted in zip(
            (found.arrivals, found.departures, found.in_house), _places(line), strict=True
        ):
            if wanted:
                chosen.lines.append(line)
    for each in (found.arrivals, found.departures, found.in_house):
        each.lines.sort(key=_order)
    return found


@dataclass(frozen=True, slots=True)
class RoomOffer:
    """A room that is free for all nights; ``still_there`` names who has not left it yet."""

    room: Room
    marks: Sequence[RoomMark]
    is_sold_type: bool
    still_there: str


def rooms_to_give(hotel: Hotel, visit: Visit, today: date) -> list[RoomOffer]:
    """Rooms for a guest who comes today: of the sold type first, ready ones first. Five queries, and the marks.

    Rooms that somebody is still in are left out, but not the one that the guest was given.
    """
    part = visit.part_on(today)
    if part.property is None:
        return []
    in_use = Room.objects.of(hotel).filter(property=part.property, is_active=True)
    rooms = {room.pk: room for room in in_use.select_related("room_type")}
    taken = obstacles(
        hotel_id=hotel.pk,
        room_ids=list(rooms),
        first=part.arrival,
        last=part.departure,
        without=visit.ids,
    )
    inside = still_inside(hotel_id=hotel.pk, room_ids=list(rooms), today=today, without=visit.ids)
    free = [pk for pk in rooms if pk not in taken and (pk not in inside or pk == part.room_id)]
    marks = room_marks(hotel.pk, free, today)
    offers = [
        RoomOffer(
            room=rooms[pk],
            marks=marks.get(pk, ()),
            is_sold_type=rooms[pk].room_type_id == part.room_type_id,
            still_there=inside.get(pk, ""),
        )
        for pk in free
    ]
    return sorted(offers, key=_preference)


def _preference(offer: RoomOffer) -> tuple[object, ...]:
    ready = not offer.still_there and all(mark.ready for mark in offer.marks)
    return not offer.is_sold_type, not ready, natural_order(offer.room.name)


def _stays(hotel: Hotel, days: Days, *, everywhere: bool) -> list[Stay]:
    """Every stay that any of the lists may need, and a few more: one query."""
    first, last = min(days.shown.values()), max(days.shown.values())
    here = Q(property_id__in=list(days.shown))
    near = Q(departure__gte=first, arrival__lte=last + ONE_DAY) & Q(status__in=[*_GUESTS, StayStatus.NO_SHOW])
    # Who was let in and never left, and whose booking was cancelled after that.
    inside = Q(
        desk_state=DeskState.IN_HOUSE, departure__gte=first - LONGEST_OVERSTAY, arrival__lte=last + ONE_DAY
    )
    rows = (
        Stay.objects.of(hotel).filter(here | Q(property=None) if everywhere else here).filter(near | inside)
    )
    return list(rows.select_related(*_RELATED).order_by("arrival", "pk"))


def _places(line: Line) -> tuple[bool, bool, bool]:
    """Whether the line belongs to arrivals, departures, guests in house."""
    visit, day, word = line.visit, line.day, line.word
    is_today = day == line.today
    sleeps = visit.arrival <= day < visit.departure
    if line.is_cancelled:
        return False, False, is_today
    comes_late = visit.arrival < day and ((is_today and line.is_late and sleeps) or line.came_on == day)
    arrives = visit.arrival == day or comes_late
    departs = visit.departure == day and word != "no_show"
    if is_today:
        came_early = visit.arrival == day + ONE_DAY
        inside = word == "in_house" and (sleeps or line.is_overstay or came_early)
    else:
        inside = sleeps and word not in ("no_show", "departed")
    return arrives, departs, inside


def _who_is_in(visits: Sequence[Visit], days: Days) -> dict[int, list[tuple[int, str]]]:
    """Guests who are in house and should be gone by the end of the day, by room: (stay, name).

    As in :func:`reservations.free_rooms.still_inside`, what only a channel tells counts until the day of departure.
    """
    found: dict[int, list[tuple[int, str]]] = {}
    for visit in visits:
        head, last = visit.head, visit.parts[-1]
        told = not head.desk_state and head.state == StayState.IN_HOUSE and head.status in GUEST_STATUSES
        told = told and last.departure >= days.today_at(head.property_id)
        inside = told or head.desk_state == DeskState.IN_HOUSE
        if inside and last.departure <= days.shown_at(head.property_id):
            found.setdefault(last.room_id or 0, []).append((head.pk, guest_of(head)))
    return found


def _to_pay(visits: Sequence[Visit], days: Days) -> dict[int, str]:
    """What bookings whose guests should be gone by the end of the day still have to pay, by reservation. One query."""
    leaving = {
        visit.head.reservation_id
        for visit in visits
        if visit.departure <= days.shown_at(visit.head.property_id)
    }
    return {
        pk: money_text(amount, currency)
        for pk, (amount, currency) in balances_of(leaving).items()
        if amount > 0
    }


def _order(line: Line) -> tuple[object, ...]:
    """What is to be done first: trouble, then the others by room."""
    room = line.part.room
    return (
        not line.is_due,
        not (line.has_no_room or line.is_overstay or line.is_cancelled),
        room is not None,
        natural_order(room.name) if room else (),
        line.head.pk,
    )
