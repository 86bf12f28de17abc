"""Decides which room each stay sleeps in, and which stays have none: loads the house, asks
:mod:`reservations.assignment`, writes what became different.

A stay that nobody has given a room gets one of its type. Whoever holds a room keeps it while that is possible; the
answer to who is overbooked depends on the stays alone, so it is the same after any order of messages, and ends by
itself when its cause goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.db.models import Max, Min, Q
from django.utils import timezone

from reservations.assignment import Bond, Claim, Outcome, RoomFact, assign
from reservations.choices import HOLDING_STATUSES, RoomChoice, StayState
from reservations.linked_rooms import Families, families
from reservations.models import Property, Room, RoomClosure, Stay

_LATE = datetime.max.replace(tzinfo=UTC)
_HOLDING = [str(status) for status in HOLDING_STATUSES]
_ALWAYS = ((date.min, date.max),)


@dataclass(frozen=True, slots=True)
class RoomMove:
    """A stay that Llavero gave another room, or the first one (``old_room_id`` None)."""

    stay_id: int
    old_room_id: int | None
    new_room_id: int | None
    old_choice: str


@dataclass(slots=True)
class House:
    """Rooms that compete for the same stays, the claims on them, and the rows behind the claims."""

    rooms: list[RoomFact]
    claims: list[Claim]
    stays: dict[int, Stay]
    #: Stays that reach out of the span that was read; what lies behind its edges is not known.
    edges: frozenset[int] = frozenset()


@dataclass(slots=True)
class Settled:
    """What a decision changed: rows are saved, their nights are not yet."""

    flipped: dict[int, bool] = field(default_factory=dict)
    moved: list[RoomMove] = field(default_factory=list)
    #: Every stay with another room or flag than before.
    stays: dict[int, Stay] = field(default_factory=dict)


def settle(
    *, hotel_id: int, room_type_ids: Collection[int], first: date, last: date, now: datetime
) -> Settled:
    """Give every stay of these types between ``first`` and ``last`` (half-open) its room, and store it.

    The caller has locked the hotel and brings the nights of ``Settled.stays`` in line. Looks only at stays near the
    span while everybody has a room, and as far as stays touch each other as soon as somebody has none.
    """
    known = families(hotel_id)
    kinds = known.types_with(room_type_ids)
    house = load_house(hotel_id=hotel_id, room_type_ids=kinds, first=first, last=last, now=now, known=known)
    outcomes = assign(house.rooms, house.claims)
    if house.edges and _must_look_further(house, outcomes):
        house = load_house(
            hotel_id=hotel_id, room_type_ids=kinds, first=first, last=last, now=now, known=known, whole=True
        )
        outcomes = assign(house.rooms, house.claims)
    return _store(house, outcomes)


def load_house(
    *,
    hotel_id: int,
    room_type_ids: Collection[int],
    first: date,
    last: date,
    now: datetime | None = None,
    known: Families | None = None,
    whole: bool = False,
) -> House:
    """The rooms of these types and every stay that wants one of them near ``first`` up to ``last`` (half-open).

    With ``whole``, all stays that touch each other from there on are read, however far that reaches.
    """
    now = now or timezone.now()
    known = families(hotel_id) if known is None else known
    rooms = list(Room.objects.filter(hotel_id=hotel_id, room_type_id__in=room_type_ids))
    wanting = Stay.objects.filter(
        Q(room_type_id__in=room_type_ids, room__isnull=True) | Q(room_id__in=[room.pk for room in rooms]),
        hotel_id=hotel_id,
        status__in=_HOLDING,
    )
    low, high = _reach(wanting, first, last, whole)
    rows = wanting.filter(arrival__lt=high, departure__gt=low).select_related("reservation")
    stays = list(
        rows.only(
            *("room_type_id", "room_id", "room_choice", "told_room_id", "arrival", "departure", "state"),
            *("overbooked", "booked_at", "property_id", "reservation__booking_key", "hotel_id"),
        )
    )
    days = _days(hotel_id, now)
    edges = frozenset(stay.pk for stay in stays if stay.arrival < low or stay.departure > high)
    return House(
        rooms=_room_facts(rooms, known, low, high),
        claims=[_claim(stay, days, at_edge=stay.pk in edges) for stay in stays],
        stays={stay.pk: stay for stay in stays},
        edges=edges,
    )


def _reach(wanting: Iterable[Stay], first: date, last: date, whole: bool) -> tuple[date, date]:
    """The span within which stays are judged: that of all who touch ``first`` to ``last``, or of all who touch
    those, and so on."""
    low, high = first, last
    while True:
        span = wanting.filter(arrival__lt=high, departure__gt=low).aggregate(  # type: ignore[attr-defined]
            low=Min("arrival"), high=Max("departure")
        )
        wider = min(low, span["low"] or low), max(high, span["high"] or high)
        if wider == (low, high) or not whole:
            return wider
        low, high = wider


def _days(hotel_id: int, now: datetime) -> dict[int, date]:
    """Today in each property of the hotel."""
    return {
        place.pk: now.astimezone(place.zone).date() for place in Property.objects.filter(hotel_id=hotel_id)
    }


def _room_facts(rooms: Sequence[Room], known: Families, low: date, high: date) -> list[RoomFact]:
    closed: dict[int, list[tuple[date, date]]] = {}
    closures = RoomClosure.objects.filter(room__in=[room.pk for room in rooms], first__lt=high, last__gt=low)
    for room_id, begins, ends in closures.values_list("room_id", "first", "last"):
        # A closed room closes the apartment around it, and the other way round.
        for pk in (room_id, *known.relatives(room_id)):
            closed.setdefault(pk, []).append((begins, ends))
    return [
        RoomFact(
            pk=room.pk,
            room_type_id=room.room_type_id,
            name=room.name,
            relatives=known.relatives(room.pk),
            closed=tuple(closed.get(room.pk, ())) if room.is_active else _ALWAYS,
        )
        for room in rooms
    ]


def _claim(stay: Stay, days: dict[int, date], *, at_edge: bool) -> Claim:
    today = days.get(stay.property_id or 0, date.min)
    has_room = stay.room_id is not None and not stay.overbooked
    # Whoever has arrived sleeps in that room, whether the desk said so or not.
    arrived = has_room and (stay.state != StayState.EXPECTED or stay.arrival <= today)
    if stay.room_choice in (RoomChoice.PERSON, RoomChoice.SOLD) or arrived:
        bond, wanted = Bond.FIXED, stay.room_id
    elif stay.room_choice == RoomChoice.TOLD:
        bond, wanted = Bond.TOLD, stay.told_room_id
    else:
        bond, wanted = Bond.FREE, None
    if bond is Bond.FIXED and wanted is None:
        bond = Bond.FREE
    return Claim(
        pk=stay.pk,
        room_type_id=stay.room_type_id,
        room_id=stay.room_id,
        wanted_room_id=wanted,
        arrival=stay.arrival,
        departure=stay.departure,
        bond=bond,
        movable=bond is Bond.FREE and stay.arrival > today and not at_edge,
        rank=(
            stay.state != StayState.IN_HOUSE,
            # Whoever can go to another room of the type gives way to whoever cannot.
            bond is not Bond.FIXED,
            stay.booked_at or _LATE,
            stay.reservation.booking_key,
            stay.pk,
        ),
    )


def _must_look_further(house: House, outcomes: dict[int, Outcome]) -> bool:
    """Whether somebody has no room, or one would go where stays that were not read may be."""
    return any(
        outcome.room_id is None
        or outcome.overbooked
        or house.stays[pk].overbooked
        or (pk in house.edges and outcome.room_id != house.stays[pk].room_id)
        for pk, outcome in outcomes.items()
    )


def _store(house: House, outcomes: dict[int, Outcome]) -> Settled:
    settled = Settled()
    #: Stays that leave the room which the channel had named: from now on any of the type will do.
    freed: list[int] = []
    for pk, outcome in outcomes.items():
        stay = house.stays[pk]
        if (stay.room_id, stay.overbooked) == (outcome.room_id, outcome.overbooked):
            continue
        if stay.room_id != outcome.room_id:
            settled.moved.append(RoomMove(pk, stay.room_id, outcome.room_id, stay.room_choice))
        if stay.overbooked != outcome.overbooked:
            settled.flipped[pk] = outcome.overbooked
        stay.room_id, stay.overbooked = outcome.room_id, outcome.overbooked
        if stay.room_choice == RoomChoice.TOLD and stay.room_id not in (None, stay.told_room_id):
            stay.room_choice = RoomChoice.AUTOMATIC
            freed.append(pk)
        settled.stays[pk] = stay
    # One value for many rows is a tenth of the work of a value for each, so there is a statement per room entered.
    entering: dict[int | None, list[int]] = {}
    for move in settled.moved:
        entering.setdefault(move.new_room_id, []).append(move.stay_id)
    for room_id, pks in entering.items():
        Stay.objects.filter(pk__in=pks).update(room_id=room_id)
    for flag in (True, False):
        if pks := [pk for pk, now_flag in settled.flipped.items() if now_flag == flag]:
            Stay.objects.filter(pk__in=pks).update(overbooked=flag)
    if freed:
        Stay.objects.filter(pk__in=freed).update(room_choice=RoomChoice.AUTOMATIC)
    return settled
