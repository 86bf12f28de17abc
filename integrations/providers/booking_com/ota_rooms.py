"""One ``RoomStay`` of OTA -> one stay. Pure.

Booking.com sends one ``RoomRate`` per night and no dates besides; other senders of OTA give a ``TimeSpan`` and rates
that may stand for several nights. Source of the names:
https://developers.booking.com/connectivity/docs/api-reference/roomstay
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from integrations.providers.booking_com import ota_details, ota_nights
from integrations.providers.booking_com.item import LONGEST_NOTE, Element, Item, by_tag
from integrations.providers.booking_com.ota_nights import (
    LONGEST_STAY_DAYS,
    ONE_DAY,
    rate_reference,
    read_span,
)
from integrations.providers.booking_com.tables import ADULT, AGE_CODES, CHILD, INFANT, NO_WORDS, status_of
from integrations.values import OddValue, count, identifier, shown
from reservations.choices import StayStatus
from reservations.records import DetailRecord, NightRecord, StayRecord

#: More rooms of one kind than anybody books at once.
MOST_UNITS = 50
#: A child is older than an infant and younger than this.
ADULT_AGE = 18


@dataclass(slots=True)
class Room:
    """A room on its way to a stay."""

    item: Item
    external_id: str | None = None
    room_type: str | None = None
    #: The rate that the whole room names; each night may name its own.
    rate: str | None = None
    span: tuple[date, date] | None = None
    nights: dict[date, tuple[Decimal | None, str | None]] = field(default_factory=dict)
    currency: str | None = None
    total: Decimal | None = None
    commission: tuple[Decimal, str | None] | None = None
    guests: dict[str, int] = field(default_factory=dict)
    uncoded_guests: int | None = None
    child_ages: list[int] = field(default_factory=list)
    guest_numbers: list[str] = field(default_factory=list)
    service_numbers: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    details: list[DetailRecord] = field(default_factory=list)
    units: int = 1


def read_room(element: Element, item: Item) -> Room:
    """What the room says. Raises :class:`OddValue` when it cannot be one."""
    room = Room(item, identifier(element.get("IndexNumber") or element.get("RPH"), "IndexNumber"))
    parts = _PARTS(item.message.namespace)
    for part in element[:]:
        handler = parts.get(part.tag)
        if handler is not None:
            handler(room, part)
    return room


def stays_of(
    room: Room, status: StayStatus, guest: str | None, extras: list[DetailRecord], number: int
) -> list[StayRecord]:
    """The stay of a room, or several where one room element stands for several rooms of a kind.

    Raises :class:`OddValue` without usable dates.
    """
    name = room.external_id or str(number)
    arrival, departure = _dates(room, name)
    nights = tuple(
        [
            NightRecord(day, amount, rate or room.rate)
            for day, (amount, rate) in _inside(room, arrival, departure)
        ]
    )
    adults, children, infants = _party(room)
    stay = StayRecord(
        name,
        arrival,
        departure,
        status,
        room.room_type,
        room.room_type,
        nights[0].rate_ref if nights else room.rate,
        None,
        adults,
        children,
        infants,
        tuple(room.child_ages),
        guest,
        room.total,
        nights,
        tuple(room.details + extras) if room.details or extras else (),
    )
    return [stay] if room.units == 1 else _several(stay, room)


# -- dates and prices ------------------------------------------------------------------------------------------


def _dates(room: Room, name: str) -> tuple[date, date]:
    if room.span is not None:
        arrival, departure = room.span
    elif room.nights:
        arrival, departure = min(room.nights), max(room.nights) + ONE_DAY
        if (departure - arrival).days != len(room.nights):
            room.item.warn(f"room {shown(name)} has no price for some of its nights")
    else:
        raise OddValue(f"room {shown(name)} names no dates")
    if departure <= arrival:
        raise OddValue(f"room {shown(name)}: the departure {departure} is not after the arrival {arrival}")
    if (departure - arrival).days > LONGEST_STAY_DAYS:
        raise OddValue(f"room {shown(name)}: a stay from {arrival} to {departure} is too long to be meant")
    return arrival, departure


def _inside(
    room: Room, arrival: date, departure: date
) -> list[tuple[date, tuple[Decimal | None, str | None]]]:
    nights = sorted(room.nights.items())
    if room.span is None:
        return nights
    if outside := [day for day, _ in nights if not arrival <= day < departure]:
        room.item.warn(f"the price of {outside[0]} is not for a night of this stay")
        nights = [night for night in nights if arrival <= night[0] < departure]
    return nights


def _read_total(room: Room, total: Element) -> None:
    room.total, currency = room.item.priced(total)
    room.currency = currency or room.currency


# -- guests ----------------------------------------------------------------------------------------------------


def _read_guests(room: Room, guests: Element) -> None:
    for guest in guests[:]:
        try:
            kind, number, age = _kind_of_guest(
                guest.get("Count"), guest.get("AgeQualifyingCode"), guest.get("Age")
            )
        except OddValue as odd:
            room.item.warn(str(odd))
            continue
        if kind is None:
            room.uncoded_guests = number + (room.uncoded_guests or 0)
            continue
        if kind not in _KINDS:
            room.item.warn(f"age code {shown(kind)} is not known; its guests count as adults")
            kind = ADULT
        room.guests[kind] = room.guests.get(kind, 0) + number
        if kind == CHILD and age is not None:
            room.child_ages += [age] * min(number, 50)


@functools.lru_cache(maxsize=1024)
def _kind_of_guest(
    number: str | None, code: str | None, age: str | None
) -> tuple[str | None, int, int | None]:
    """The kind of some guests (a code that is not known stays as it is), how many and how old they are.

    Raises :class:`OddValue`.
    """
    guests, years = count(number, "Count") or 0, count(age, "Age")
    if code:
        return AGE_CODES.get(code, code), guests, years
    if years is None:
        return None, guests, None
    return ADULT if years >= ADULT_AGE else CHILD, guests, years


def _party(room: Room) -> tuple[int | None, int | None, int | None]:
    """Adults, children, infants. A number of guests without their ages tells nothing of children."""
    if not room.guests:
        return room.uncoded_guests, None, None
    adults = room.guests.get(ADULT, 0) + (room.uncoded_guests or 0)
    return adults, room.guests.get(CHILD, 0), room.guests.get(INFANT, 0)


def _read_guest_numbers(room: Room, numbers: Element) -> None:
    for number in numbers[:]:
        if rph := number.get("RPH"):
            room.guest_numbers.append(rph)


def _read_service_numbers(room: Room, numbers: Element) -> None:
    room.service_numbers += [rph for number in numbers[:] if (rph := number.get("RPH"))]


# -- the rest --------------------------------------------------------------------------------------------------


def _read_types(room: Room, types: Element) -> None:
    namespace = room.item.message.namespace
    for kind in types[:]:
        if kind.tag != namespace + "RoomType":
            continue
        if room.room_type is None:
            room.room_type = identifier(kind.get("RoomTypeCode") or kind.get("InvBlockCode"), "RoomTypeCode")
        if units := kind.get("NumberOfUnits"):
            room.units = count(units, "NumberOfUnits") or 1
            if room.units > MOST_UNITS:
                raise OddValue(f"{room.units} rooms of one kind are too many to be meant")
        ota_details.read_room_type(room, kind)


def _read_plans(room: Room, plans: Element) -> None:
    if room.rate is None:
        for plan in plans[:]:
            room.rate = room.rate or rate_reference(plan.get("RatePlanCode"))
    for payable in plans.iter(room.item.message.namespace + "CommissionPayableAmount"):
        amount, currency = room.item.amount_of(payable)
        if amount is not None:
            room.commission = (amount, currency)


def _read_property(room: Room, place: Element) -> None:
    code = identifier(place.get("HotelCode"), "HotelCode")
    if room.item.property_ref is None:
        room.item.property_ref = code
    elif code is not None and code != room.item.property_ref:
        raise OddValue(f"the rooms of one booking are in two properties ({room.item.property_ref}, {code})")


def _read_comments(room: Room, comments: Element) -> None:
    room.comments += comments_of(room.item, comments)


def comments_of(item: Item, comments: Element) -> list[str]:
    """What people wrote into ``Comments``, without what only says that nobody wrote anything."""
    tags = _COMMENT_TAGS(item.message.namespace)
    found = []
    for comment in comments[:]:
        texts = [part for part in comment[:] if part.tag in tags] or [comment]
        for text in texts:
            words = item.words(text, LONGEST_NOTE)
            if words and words.lower() not in NO_WORDS:
                found.append(words)
    return found


def _read_time_span(room: Room, span: Element) -> None:
    room.span = read_span(span)


def _several(stay: StayRecord, room: Room) -> list[StayRecord]:
    """A stay for each of the rooms that one element stands for; what they cost together is not divided."""
    room.item.warn(f"one entry stands for {room.units} rooms; their prices are not told one by one")
    nights = tuple([NightRecord(night.date, None, night.rate_ref) for night in stay.nights])
    return [
        StayRecord(
            stay.external_id if unit == 1 else f"{stay.external_id}-{unit}",
            stay.arrival,
            stay.departure,
            stay.status,
            stay.room_ref,
            stay.room_type_ref,
            stay.rate_ref,
            guest_name=stay.guest_name if unit == 1 else None,
            nights=nights,
            details=stay.details,
        )
        for unit in range(1, room.units + 1)
    ]


def room_status(element: Element, status: StayStatus) -> StayStatus:
    """The status of a room: its own cancellation, else that of the whole booking."""
    word = element.get("RoomStayStatus")
    return StayStatus.CANCELLED if word and status_of(word) is StayStatus.CANCELLED else status


_KINDS = frozenset({ADULT, CHILD, INFANT})
_COMMENT_TAGS = by_tag({"Text": True, "ListItem": True})
_PARTS = by_tag(
    {
        "RoomTypes": _read_types,
        "RatePlans": _read_plans,
        "RoomRates": ota_nights.read_rates,
        "GuestCounts": _read_guests,
        "TimeSpan": _read_time_span,
        "Total": _read_total,
        "BasicPropertyInfo": _read_property,
        "ResGuestRPHs": _read_guest_numbers,
        "ServiceRPHs": _read_service_numbers,
        "Comments": _read_comments,
        **ota_details.ROOM_PARTS,
    }
)
