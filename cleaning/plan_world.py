"""What a plan of some stays and rooms has to look at: how far a change reaches, and everything within that reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q

from cleaning.plan_facts import RoomsRead, load_rooms, load_stays
from cleaning.plan_terms import LONGEST_WAIT, Closure, House, StayFacts
from reservations.choices import GUEST_STATUSES, StayState

#: A room and the local days (both included) on which something about it changed.
Span = tuple[int, date, date]
Days = tuple[date, date]


@dataclass(slots=True)
class World:
    """What was read to decide: the named stays, and everything around the days in ``reach`` of each room."""

    named: list[StayFacts] = field(default_factory=list)
    #: Stays in rooms in reach, the named ones among them.
    around: list[StayFacts] = field(default_factory=list)
    #: Stays that were moved out of a room in mid-stay.
    moved: list[StayFacts] = field(default_factory=list)
    rooms: RoomsRead = field(default_factory=RoomsRead)
    reach: dict[int, list[Days]] = field(default_factory=dict)

    @property
    def named_ids(self) -> set[int]:
        return {stay.pk for stay in self.named}

    @property
    def everybody(self) -> list[StayFacts]:
        """Each stay once."""
        return list({stay.pk: stay for stay in (*self.named, *self.around, *self.moved)}.values())

    def is_touched(self, room_id: int | None, day: date) -> bool:
        """Whether ``day`` lies within reach in that room."""
        return any(begin <= day <= end for begin, end in self.reach.get(room_id or 0, ()))


def load_world(
    *, hotel_id: int, houses: Mapping[int | None, House], stay_ids: set[int], spans: list[Span]
) -> World:
    """Two queries; one more when the caller does not say where the named stays were, and two more when one of them
    was moved out of a room that nobody named."""
    named: list[StayFacts] = []
    if not spans and stay_ids:
        named = load_stays(Q(hotel_id=hotel_id, pk__in=stay_ids))
        spans = _spans_of(named)
    world = _look(hotel_id, houses, stay_ids, spans, named)
    left = [span for span in _spans_of(world.named) if span[0] not in world.reach]
    if left and (further := [span for span in left if _counts(span, houses)]):
        world = _look(hotel_id, houses, stay_ids, [*spans, *further], world.named)
    return world


def _spans_of(stays: Iterable[StayFacts]) -> list[Span]:
    return [
        (room_id, stay.arrival, stay.departure)
        for stay in stays
        for room_id in (stay.room_id, *(room_id for room_id, _ in stay.left_rooms))
        if room_id is not None
    ]


def _counts(span: Span, houses: Mapping[int | None, House]) -> bool:
    """Whether days of a room can still decide about a task."""
    house = next(iter(houses.values()))
    _room_id, begin, end = span
    today = min(each.first for each in houses.values())
    horizon = max(each.last for each in houses.values())
    return begin <= horizon and (end >= today - LONGEST_WAIT or house.book.has_deep_cleaning)


def _look(
    hotel_id: int,
    houses: Mapping[int | None, House],
    stay_ids: set[int],
    spans: list[Span],
    named: list[StayFacts],
) -> World:
    book = next(iter(houses.values())).book
    today = min(house.first for house in houses.values())
    horizon = max(house.last for house in houses.values())
    # A departure decides whether the next arrival within so many days needs a look at the room, and an arrival how
    # long the departures before it may wait.
    forward, back = timedelta(days=book.longest_gap), timedelta(days=book.longest_slip)
    reach: dict[int, list[Days]] = {}
    for span in spans:
        if _counts(span, houses):
            room_id, begin, end = span
            days = (max(begin, today) - back, min(end, horizon) + forward)
            reach.setdefault(room_id, []).append(days)
    if not reach:
        wanted = Q(hotel_id=hotel_id, pk__in=stay_ids)
        return World(named=named or load_stays(wanted) if stay_ids else [])
    since = min(begin for touched in reach.values() for begin, _ in touched) - forward
    rooms = load_rooms(list(reach), houses, since, hotel_id=hotel_id)
    _stretch(reach, rooms.closures)
    first = min(begin for touched in reach.values() for begin, _ in touched) - forward
    last = max(end for touched in reach.values() for _, end in touched) + back
    if book.has_deep_cleaning:
        first, last = min(first, today), max(last, horizon)
    in_rooms = Q(
        hotel_id=hotel_id,
        room_id__in=list(reach),
        departure__gte=first,
        arrival__lte=last,
        status__in=GUEST_STATUSES,
        overbooked=False,
    )
    # Only guests who slept here were moved out of a room, and there are few of them.
    moved_out = Q(
        hotel_id=hotel_id,
        departure__gte=first,
        arrival__lte=max(house.first for house in houses.values()),
        state__in=(StayState.IN_HOUSE, StayState.DEPARTED),
        status__in=GUEST_STATUSES,
    ) & ~Q(left_rooms=[])
    found = load_stays(in_rooms | moved_out | Q(hotel_id=hotel_id, pk__in=stay_ids))
    return World(
        named=[stay for stay in found if stay.pk in stay_ids],
        around=[
            stay
            for stay in found
            if stay.room_id in reach
            and stay.has_guest
            and not stay.overbooked
            and stay.departure >= first
            and stay.arrival <= last
        ],
        moved=[stay for stay in found if stay.left_rooms and stay.has_guest],
        rooms=rooms,
        reach=reach,
    )


def _stretch(reach: dict[int, list[Days]], closures: Iterable[Closure]) -> None:
    """A room that is closed on a day in reach makes the departure before it wait for the day it comes back: all of
    the closure is within reach."""
    by_room: dict[int, list[Days]] = {}
    for room_id, first, free_again in closures:
        by_room.setdefault(room_id, []).append((first, free_again))
    for room_id, closed in by_room.items():
        for index, (begin, end) in enumerate(reach[room_id]):
            grown = True
            while grown:
                grown = False
                for first, free_again in closed:
                    if first <= end and free_again >= begin and (first < begin or free_again > end):
                        begin, end, grown = min(begin, first), max(end, free_again), True
            reach[room_id][index] = (begin, end)
