"""The nights that stays hold: one row for each, in the room that the stay sleeps in.

The database allows one sold night per room and date, and one taker per door of an apartment. Who gets a room that
several want is decided by :mod:`reservations.rooming` before the nights are written; a stay that lost keeps its booking
and its nights, flagged overbooked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery

from reservations import linked_rooms
from reservations.bookings import Touched
from reservations.choices import HOLDING_STATUSES, RoomChoice
from reservations.linked_rooms import Families
from reservations.models import Room, Stay, StayNight
from reservations.rooming import Settled, settle

_HOLDING = [str(status) for status in HOLDING_STATUSES]

#: Prices of a stay's nights by date.
Prices = Mapping[date, Decimal | None]


def write(*, hotel_id: int, touched: Touched, now: datetime) -> Settled:
    """Bring the nights of the touched stays to what they hold now, and give rooms to those that need one.

    Says which other stays moved or were flagged; their nights are in line too. The caller is inside the transaction
    that changed the stays and has locked the hotel.
    """
    prices = {
        id(stay): {night.date: night.amount for night in desired.record.nights}
        for stay, desired in touched.stays
    }
    return place(
        hotel_id=hotel_id,
        stays=[stay for stay, _ in touched.stays],
        dropped=touched.dropped,
        old_ids=touched.old_ids,
        prices=prices,
        touched=touched,
        now=now,
    )


def place(
    *,
    hotel_id: int,
    stays: Collection[Stay],
    dropped: Collection[Stay] = (),
    old_ids: Collection[int],
    prices: Mapping[int, Prices],
    touched: Touched,
    now: datetime,
    room_type_ids: Collection[int] = (),
) -> Settled:
    """Write the nights of ``stays`` anew (``prices`` by the row's ``id()``), with the rooms that everybody gets.

    Rooms of the types ``room_type_ids`` are given anew whatever the stays are.
    """
    known = linked_rooms.families(hotel_id)
    if old_ids:
        StayNight.objects.filter(stay_id__in=old_ids).delete()
        if known:
            linked_rooms.let_go(old_ids)
    holding = [stay for stay in stays if stay.status in HOLDING_STATUSES]
    settled = Settled()
    _end_old_flags([*stays, *dropped], settled)
    kinds = _types_to_settle(hotel_id, holding, old_ids, touched, known) | set(room_type_ids)
    if kinds:
        _decide(hotel_id, kinds, touched, now, settled, holding)
    rows = _rows(holding, prices)
    # A night that is taken is left out here and found again by counting: on the common path nobody collides.
    StayNight.objects.bulk_create(rows, ignore_conflicts=True)
    contested = _incomplete({stay.pk: (stay.departure - stay.arrival).days for stay in holding})
    if contested:
        rooms = {stay.room_id for stay in holding if stay.pk in contested and stay.room_id}
        _decide(hotel_id, _types_of_rooms(rooms), touched, now, settled, holding)
        StayNight.objects.filter(stay_id__in=contested).delete()
        # Now that everybody has an own place, every night finds its own; a real fault raises here.
        StayNight.objects.bulk_create(_rows([s for s in holding if s.pk in contested], prices))
    _follow(settled)
    if known:
        moved = {stay.pk for stay in holding} | settled.stays.keys()
        linked_rooms.let_go(moved)
        linked_rooms.hold(known, moved)
    return settled


def _decide(
    hotel_id: int,
    kinds: Collection[int],
    touched: Touched,
    now: datetime,
    settled: Settled,
    holding: Iterable[Stay],
) -> None:
    """Have rooms given, and take the answer over into the rows at hand."""
    found = settle(hotel_id=hotel_id, room_type_ids=kinds, first=touched.first, last=touched.last, now=now)
    settled.flipped |= found.flipped
    settled.moved += found.moved
    settled.stays |= found.stays
    for stay in holding:
        if (now_at := found.stays.get(stay.pk)) is not None:
            stay.room_id, stay.overbooked = now_at.room_id, now_at.overbooked
            stay.room_choice = now_at.room_choice
    # Everybody whose place changed leaves it before anybody enters: no two meet at a door.
    if found.stays:
        StayNight.objects.filter(stay_id__in=list(found.stays)).update(room=None)


def _types_to_settle(
    hotel_id: int, holding: Collection[Stay], old_ids: Collection[int], touched: Touched, known: Families
) -> set[int]:
    """Room types in which somebody needs a room, or may get one that was freed."""
    kinds = {
        stay.room_type_id
        for stay in holding
        if stay.room_type_id and (stay.room_choice == RoomChoice.AUTOMATIC or stay.overbooked)
    }
    named = [stay for stay in holding if stay.room_id and stay.room_choice != RoomChoice.AUTOMATIC]
    kinds |= {known.type_of[stay.room_id or 0] for stay in named if stay.room_id in known}
    told = [stay.pk for stay in named if stay.room_choice == RoomChoice.TOLD]
    if told:
        away = Q(room__is_active=False) | Q(
            room__closures__first__lt=touched.last, room__closures__last__gt=touched.first
        )
        kinds |= set(Stay.objects.filter(away, pk__in=told).values_list("room__room_type_id", flat=True))
    if old_ids:
        kinds |= _types_with_waiting(hotel_id, touched, known)
    return {kind for kind in kinds if kind}


def _types_with_waiting(hotel_id: int, touched: Touched, known: Families) -> set[int]:
    """Where a stay left, one without a room may have one now."""
    freed = known.types_with(kind for kind, _first, _last in touched.type_spans)
    freed |= _types_of_rooms(touched.room_ids)
    waiting = Stay.objects.filter(
        Q(overbooked=True) | Q(room__isnull=True),
        Q(room_type_id__in=freed) | Q(room__room_type_id__in=freed),
        hotel_id=hotel_id,
        status__in=_HOLDING,
        arrival__lt=touched.last,
        departure__gt=touched.first,
    )
    pairs = waiting.values_list("room_type_id", "room__room_type_id").order_by().distinct()
    return {kind for pair in pairs for kind in pair if kind}


def _types_of_rooms(room_ids: Collection[int]) -> set[int]:
    return set(Room.objects.filter(pk__in=room_ids).order_by().values_list("room_type_id", flat=True))


def _rows(stays: Iterable[Stay], prices: Mapping[int, Prices]) -> list[StayNight]:
    rows: list[StayNight] = []
    for stay in stays:
        known: Any = prices.get(id(stay), {})
        for offset in range((stay.departure - stay.arrival).days):
            day = stay.arrival + timedelta(days=offset)
            rows.append(
                StayNight(
                    hotel_id=stay.hotel_id,
                    stay_id=stay.pk,
                    date=day,
                    room_type_id=stay.room_type_id,
                    room_id=stay.room_id,
                    price=known.get(day),
                    overbooked=stay.overbooked,
                )
            )
    return rows


def _incomplete(expected: dict[int, int]) -> set[int]:
    if not expected:
        return set()
    counted = dict(
        StayNight.objects.filter(stay_id__in=list(expected))
        .values_list("stay_id")
        .annotate(nights=Count("id"))
        .order_by()
    )
    return {pk for pk, length in expected.items() if counted.get(pk, 0) != length}


def _follow(settled: Settled) -> None:
    if not settled.stays:
        return
    own = Stay.objects.filter(pk=OuterRef("stay_id"))
    StayNight.objects.filter(stay_id__in=list(settled.stays)).update(
        room_id=Subquery(own.values("room_id")[:1]), overbooked=Subquery(own.values("overbooked")[:1])
    )


def _end_old_flags(stays: Iterable[Stay], settled: Settled) -> None:
    """A flagged stay that holds nothing any more, or wants no room that we know of, is not overbooked."""
    over = [
        stay
        for stay in stays
        if stay.overbooked
        and (stay.status not in HOLDING_STATUSES or (stay.room_id is None and stay.room_type_id is None))
    ]
    for stay in over:
        stay.overbooked = False
        settled.flipped[stay.pk] = False
    if over:
        Stay.objects.filter(pk__in=[stay.pk for stay in over]).update(overbooked=False)
