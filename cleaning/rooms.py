"""All rooms of a hotel as the desk wants to see them: how each stands, who is in, who comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Min

from cleaning.choices import TaskKind
from cleaning.room_marks import mark_of
from cleaning.room_status import RoomStatus, Standing, statuses
from reservations.choices import GUEST_STATUSES, StayState
from reservations.models import Hotel, Property, Room, Stay
from reservations.room_claims import natural_order
from reservations.stay_layout import guest_of

ONE_DAY = timedelta(days=1)
#: A guest who did not leave in time is still in.
_OVERSTAY_DAYS = 3


@dataclass(frozen=True, slots=True)
class RoomCard:
    """One room. ``inside`` is the stay whose guest is in or sleeps there next night, ``coming`` who arrives today."""

    room: Room
    standing: Standing
    word: str
    inside: Stay | None
    coming: Stay | None
    next_arrival: date | None
    today: date

    @property
    def leaves_today(self) -> bool:
        return self.inside is not None and self.inside.departure <= self.today

    @property
    def inside_name(self) -> str:
        return guest_of(self.inside) if self.inside else ""

    @property
    def coming_name(self) -> str:
        return guest_of(self.coming) if self.coming else ""


@dataclass(slots=True)
class Floor:
    """Rooms of one property and area, by number."""

    house: str
    area: str
    cards: list[RoomCard] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RoomsPage:
    floors: Sequence[Floor]
    counts: Mapping[str, int]

    @property
    def figures(self) -> list[tuple[str, str, int]]:
        """By status: its word, its value and how many rooms there are in it."""
        return [(str(status.label), status.value, self.counts.get(status, 0)) for status in RoomStatus]

    @property
    def token(self) -> str:
        """Another text whenever anything on the page is another one."""
        shown: list[object] = []
        for floor in self.floors:
            for card in floor.cards:
                shown.append((card.room.pk, card.room.name, card.standing.status, card.word))
                shown.append((card.inside_name, card.leaves_today, card.coming_name, card.next_arrival))
        return repr(shown)


def rooms_page(
    hotel: Hotel, houses: Sequence[Property], now: datetime, *, status: str = "", house: int | None = None
) -> RoomsPage:
    """The rooms in use by property and area, each on the day of its house. ``status`` and ``house`` narrow.

    One query, and five more for each date that it is in the houses (rarely more than one).
    """
    rooms = [
        room
        for room in Room.objects.of(hotel).filter(is_active=True).select_related("property", "room_type")
        if house is None or room.property_id == house
    ]
    today = {each.pk: each.today(now) for each in houses}
    standing: dict[int, Standing] = {}
    people: dict[int, list[Stay]] = {}
    arrivals: dict[int, date] = {}
    for day in sorted(set(today.values())):
        ids = [room.pk for room in rooms if today.get(room.property_id) == day]
        if ids:
            standing |= statuses(hotel.pk, ids, day)
            people |= _people(hotel, ids, day)
            arrivals |= _next_arrivals(hotel, ids, day)
    cards = [
        _card(
            room, standing[room.pk], people.get(room.pk, ()), arrivals.get(room.pk), today[room.property_id]
        )
        for room in sorted(rooms, key=_order)
        if room.pk in standing
    ]
    counts: dict[str, int] = {}
    for card in cards:
        counts[card.standing.status] = counts.get(card.standing.status, 0) + 1
    floors: dict[tuple[int, str], Floor] = {}
    for card in cards:
        if not status or card.standing.status == status:
            key = (card.room.property_id, card.room.area)
            name = card.room.property.name if len(houses) > 1 else ""
            floors.setdefault(key, Floor(name, card.room.area)).cards.append(card)
    return RoomsPage(list(floors.values()), counts)


def _order(room: Room) -> tuple[object, ...]:
    return room.property.name, room.property_id, natural_order(room.area), natural_order(room.name)


def _card(
    room: Room, standing: Standing, stays: Sequence[Stay], next_arrival: date | None, today: date
) -> RoomCard:
    mark = mark_of(standing, today)
    inside = next(
        (stay for stay in stays if _is_inside(stay, today) and not _is_cleaned_after(stay, standing)), None
    )
    coming = next((stay for stay in stays if stay.arrival == today and stay is not inside), None)
    return RoomCard(room, standing, mark.label if mark else "", inside, coming, next_arrival, today)


def _is_inside(stay: Stay, today: date) -> bool:
    """Whether the guest is in the room: seen by the desk, or since an earlier day and not seen to leave."""
    if StayState.DEPARTED in (stay.state, stay.desk_state):
        return False
    return StayState.IN_HOUSE in (stay.state, stay.desk_state) or stay.arrival < today <= stay.departure


def _is_cleaned_after(stay: Stay, standing: Standing) -> bool:
    """Whether the room was cleaned for good after the guest, who must have left then."""
    task = standing.task
    return (
        standing.is_ready and task is not None and task.kind == TaskKind.DEPARTURE and task.stay_id == stay.pk
    )


def _people(hotel: Hotel, room_ids: Sequence[int], day: date) -> dict[int, list[Stay]]:
    """Stays of ``day`` and of guests who should have left shortly before, by room. One query."""
    stays = Stay.objects.of(hotel).filter(
        room_id__in=room_ids,
        status__in=[*GUEST_STATUSES],
        overbooked=False,
        arrival__lte=day,
        departure__gte=day - timedelta(days=_OVERSTAY_DAYS),
    )
    found: dict[int, list[Stay]] = {}
    for stay in stays.select_related("reservation__booker").order_by("arrival", "pk"):
        if stay.departure >= day or StayState.IN_HOUSE in (stay.state, stay.desk_state):
            found.setdefault(stay.room_id or 0, []).append(stay)
    return found


def _next_arrivals(hotel: Hotel, room_ids: Sequence[int], day: date) -> dict[int, date]:
    """The first day after ``day`` on which a guest comes, by room. One query."""
    stays = Stay.objects.of(hotel).filter(
        room_id__in=room_ids, arrival__gt=day, status__in=[*GUEST_STATUSES], overbooked=False
    )
    rows = stays.order_by().values("room_id").annotate(first=Min("arrival")).values_list("room_id", "first")
    return {room_id: first for room_id, first in rows if room_id is not None}
