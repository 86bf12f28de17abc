"""When a room is booked and what each night costs, as OTA tells it.

Booking.com sends one ``RoomRate`` per night and no dates besides; other senders give a ``TimeSpan`` and rates that may
stand for several nights.
"""

from __future__ import annotations

import functools
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from integrations.providers.booking_com import ota_details
from integrations.providers.booking_com.item import NOTHING, Element, Item
from integrations.values import OddValue, count, identifier, local_date, shown

if TYPE_CHECKING:
    from integrations.providers.booking_com.ota_rooms import Room

#: A stay beyond this is a mistyped year, and would write a row for each of its nights.
LONGEST_STAY_DAYS = 1_100
ONE_DAY = timedelta(days=1)
NO_PRICE = "a room has no price for some of its nights"

_DURATION = re.compile(r"P([0-9]{1,4})[DN]", re.IGNORECASE)


@functools.lru_cache(maxsize=4096)
def rate_reference(code: str | None) -> str | None:
    """The id of a rate. Of a booking that is paid by virtual card it ends in the letters VCC, which are no part of it.

    Remembered, because a page names the same few rates for all its nights. Raises :class:`OddValue`.
    """
    if code is not None and code[-3:].upper() == "VCC" and code[:-3].rstrip("_- ").isdigit():
        code = code[:-3].rstrip("_- ")
    return identifier(code, "RatePlanCode")


def read_rates(room: Room, rates: Element) -> None:
    """Put every night that ``rates`` names into ``room``. Raises :class:`OddValue`.

    A night without a price is a night all the same: the stay would be shorter without its first or last one.
    """
    namespace = room.item.message.namespace
    room_rate_tag, rate_tag = namespace + "RoomRate", namespace + "Rate"
    bare: list[tuple[Element, str | None]] = []
    for room_rate in rates[:]:
        if room_rate.tag != room_rate_tag:
            ota_details.read_booking_condition(room, room_rate)
            continue
        code = rate_reference(room_rate.get("RatePlanCode"))
        if room.rate is None:
            room.rate = code
        if room.room_type is None:
            room.room_type = identifier(room_rate.get("RoomTypeCode"), "RoomTypeCode")
        has_rate = False
        for held in room_rate[:]:
            for rate in held[:]:
                if rate.tag == rate_tag:
                    _read_rate(room, room_rate, rate, code)
                    has_rate = True
        if not has_rate:
            bare.append((room_rate, code))
    for room_rate, code in bare:
        _read_bare_night(room, room_rate, code)


def _read_bare_night(room: Room, room_rate: Element, code: str | None) -> None:
    start = room_rate.get("EffectiveDate")
    if start is None:
        return
    day = _day(start, "EffectiveDate")
    for _ in range(_nights_of(room_rate, room_rate, start)):
        if day not in room.nights:
            room.nights[day] = (None, code)
            room.item.warn(NO_PRICE)
        day += ONE_DAY


def _read_rate(room: Room, room_rate: Element, rate: Element, code: str | None) -> None:
    start, nights = room_rate.get("EffectiveDate"), 1
    if rate.keys() or room_rate.get("ExpireDate"):
        # Booking.com's own rates are for one night and say nothing of themselves.
        start = rate.get("EffectiveDate") or start
        nights = _nights_of(rate, room_rate, start)
    if start is None:
        return
    amount, currency = _price(room.item, rate, nights)
    if currency is not None and currency != room.currency:
        if room.currency is not None:
            raise OddValue(f"the prices of one room are in {room.currency} and in {currency}")
        room.currency = currency
    day = _day(start, "EffectiveDate")
    for _ in range(nights):
        if day in room.nights:
            raise OddValue(f"the night of {day} is told twice")
        room.nights[day] = (amount, code)
        day += ONE_DAY


def _price(item: Item, rate: Element, nights: int) -> tuple[Decimal | None, str | None]:
    """The price of one night. What several nights cost together says nothing of each; ``Base`` is the price of one."""
    namespace = item.message.namespace
    base = None
    for price in rate[:]:
        tag = price.tag
        if nights == 1 and tag == namespace + "Total":
            return item.priced(price)
        if base is None and tag == namespace + "Base":
            base = price
    return NOTHING if base is None else item.priced(base)


def _nights_of(rate: Element, room_rate: Element, start: str | None) -> int:
    """How many nights a rate is for. GUESS: ``ExpireDate`` is the day after the last one."""
    nights: int | None = 1
    if units := rate.get("UnitMultiplier"):
        nights = count(units, "UnitMultiplier")
    elif start and (end := rate.get("ExpireDate") or room_rate.get("ExpireDate")):
        nights = (_day(end, "ExpireDate") - _day(start, "EffectiveDate")).days or 1
    if not nights or not 0 < nights <= LONGEST_STAY_DAYS:
        raise OddValue(f"a rate from {shown(start)} is for no night or too many")
    return nights


def read_span(span: Element) -> tuple[date, date] | None:
    """Arrival and departure of a ``TimeSpan``: two dates, or the first and a number of nights. None when it says
    neither. Raises :class:`OddValue`."""
    start, end, duration = span.get("Start"), span.get("End"), span.get("Duration")
    if not start or not (end or duration):
        return None
    arrival = _day(start, "Start")
    if end:
        return arrival, _day(end, "End")
    match = _DURATION.fullmatch((duration or "").strip())
    if match is None or int(match[1]) > LONGEST_STAY_DAYS:
        raise OddValue(f"Duration is not a number of nights: {shown(duration)}")
    return arrival, arrival + int(match[1]) * ONE_DAY


@functools.lru_cache(maxsize=4096)
def _day(value: str | None, name: str) -> date:
    # A time of day behind the date is when the guest comes, in the property's own clock.
    day = local_date(value[:10] if value and value[10:11] in ("T", " ", "") else value)
    if day is None or not 2000 <= day.year <= 2200:
        raise OddValue(f"{name} is not a date: {shown(value)}")
    return day
