"""The nights that stays hold, and who holds a room that two stays want.

The database allows one sold night per room and date. When several stays want it, the guest who is in the house comes
first, then whoever booked first; the others keep their booking, are flagged overbooked and hold no room. The answer
depends on the stays alone, so it is the same after any order of messages, and a conflict ends by itself when its
cause goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q

from reservations.bookings import Touched
from reservations.choices import HOLDING_STATUSES, StayState
from reservations.models import Stay, StayNight

#: A stay that wants a room: id, room, arrival, departure, state, booked at, overbooked, key of its booking.
Wanting = tuple[int, int, date, date, str, datetime | None, bool, str]

_LATE = datetime.max.replace(tzinfo=UTC)
_HOLDING = [str(status) for status in HOLDING_STATUSES]


def write(*, hotel_id: int, touched: Touched) -> dict[int, bool]:
    """Bring the nights of the touched stays to what they hold now.

    Returns the stays whose flag changed: True for newly overbooked, False for settled. The caller is inside the
    transaction that changed the stays and has locked the hotel.
    """
    if touched.old_ids:
        StayNight.objects.filter(stay_id__in=touched.old_ids).delete()
    rows: list[StayNight] = []
    price: Any
    expected: dict[int, int] = {}
    for stay, desired in touched.stays:
        if stay.status not in HOLDING_STATUSES:
            continue
        prices = {night.date: night.amount for night in desired.record.nights}
        length = (stay.departure - stay.arrival).days
        expected[stay.pk] = length
        for offset in range(length):
            day = stay.arrival + timedelta(days=offset)
            price = prices.get(day)
            rows.append(
                StayNight(
                    hotel_id=hotel_id,
                    stay_id=stay.pk,
                    date=day,
                    room_type_id=stay.room_type_id,
                    room_id=stay.room_id,
                    price=price,
                    overbooked=stay.overbooked,
                )
            )
    # A night that is taken is left out here and found again by counting: on the common path nobody collides.
    StayNight.objects.bulk_create(rows, ignore_conflicts=True)
    contested = _incomplete(expected)
    rooms = {stay.room_id for stay, _ in touched.stays if stay.pk in contested and stay.room_id}
    if touched.old_ids:
        # Where a stay left, one that was overbooked may have its room now.
        rooms.update(
            Stay.objects.filter(
                overbooked=True,
                room_id__in=touched.room_ids,
                arrival__lt=touched.last,
                departure__gt=touched.first,
            ).values_list("room_id", flat=True)
        )
        rooms.update(stay.room_id for stay, _ in touched.stays if stay.overbooked and stay.room_id)
    flipped = _settle(rooms, touched.first, touched.last) if rooms else {}
    written = [stay for stay, _ in touched.stays] + touched.dropped
    homeless = [s for s in written if s.overbooked and s.pk not in flipped and _is_free(s)]
    for stay in homeless:
        stay.overbooked = False
        flipped[stay.pk] = False
    if homeless:
        Stay.objects.filter(pk__in=[stay.pk for stay in homeless]).update(overbooked=False)
        StayNight.objects.filter(stay_id__in=[stay.pk for stay in homeless]).update(overbooked=False)
    for row in rows:
        row.overbooked = flipped.get(row.stay_id, row.overbooked)
    if contested:
        # Now that the losers are flagged, every night finds its place; a real fault raises here.
        missing = [row for row in rows if row.stay_id in contested]
        StayNight.objects.filter(stay_id__in=contested).delete()
        StayNight.objects.bulk_create(missing)
    return flipped


def _is_free(stay: Stay) -> bool:
    """A flagged stay that no longer holds or wants a room cannot be overbooked."""
    return stay.room_id is None or stay.status not in HOLDING_STATUSES


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


def _settle(room_ids: Iterable[int], first: date, last: date) -> dict[int, bool]:
    """Decide anew who holds the contested rooms; store the flags; return those that changed."""
    spans = dict.fromkeys(room_ids, (first, last))
    stays = _overlapping(spans)
    while True:
        # A stay that reaches out of the span may collide with others there, which decide over it too.
        wider = dict(spans)
        for _pk, room_id, arrival, departure, *_rest in stays:
            low, high = wider[room_id]
            wider[room_id] = (min(low, arrival), max(high, departure))
        if wider == spans:
            break
        spans, stays = wider, _overlapping(wider)

    held: dict[int, set[date]] = {room_id: set() for room_id in spans}
    flips: dict[int, bool] = {}
    for pk, room_id, arrival, departure, _state, _booked, overbooked, _key in sorted(stays, key=_rank):
        wanted = {arrival + timedelta(days=n) for n in range((departure - arrival).days)}
        loses = not held[room_id].isdisjoint(wanted)
        if not loses:
            held[room_id] |= wanted
        if loses != overbooked:
            flips[pk] = loses
    losers = [pk for pk, loses in flips.items() if loses]
    winners = [pk for pk, loses in flips.items() if not loses]
    # Losers first: a winner's night may only be sold once the loser's is not.
    for stay_ids, flag in ((losers, True), (winners, False)):
        if stay_ids:
            Stay.objects.filter(pk__in=stay_ids).update(overbooked=flag)
            StayNight.objects.filter(stay_id__in=stay_ids).update(overbooked=flag)
    return flips


def _rank(row: Wanting) -> tuple[bool, datetime, str, int]:
    pk, _room, _arrival, _departure, state, booked_at, _overbooked, key = row
    return (state != StayState.IN_HOUSE, booked_at or _LATE, key, pk)


def _overlapping(spans: dict[int, tuple[date, date]]) -> list[Wanting]:
    overlaps = reduce(
        or_,
        (
            Q(room_id=room_id, arrival__lt=last, departure__gt=first)
            for room_id, (first, last) in spans.items()
        ),
    )
    rows: list[Any] = list(
        Stay.objects.filter(overlaps, status__in=_HOLDING).values_list(
            "pk",
            "room_id",
            "arrival",
            "departure",
            "state",
            "booked_at",
            "overbooked",
            "reservation__booking_key",
        )
    )
    return rows
