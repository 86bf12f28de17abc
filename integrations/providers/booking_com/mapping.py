"""One ``HotelReservation`` or ``HotelResModify`` of OTA -> one neutral record. Pure: no database, no network, no clock.

Reads the dialect of Booking.com, which names neither a status nor dates of stay, and plain OTA, which does. Sources are
in README.md of this folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from integrations.contracts import MessageKind
from integrations.providers.booking_com import ota_details, people
from integrations.providers.booking_com.item import LONGEST_NOTE, Element, Item, Message, by_tag
from integrations.providers.booking_com.moments import instant_there, sane_instant
from integrations.providers.booking_com.ota_nights import read_span
from integrations.providers.booking_com.ota_rooms import (
    Room,
    comments_of,
    read_room,
    room_status,
    stays_of,
)
from integrations.providers.booking_com.tables import CHANNEL, channel_of, status_of, stay_state_of
from integrations.values import OddValue, identifier, shown
from reservations.choices import StayStatus
from reservations.records import DetailRecord, PersonRecord, ReservationRecord, StayRecord

#: ``UniqueID/@Type`` and ``ResID_Type`` of the OTA code list UIT: a reservation, and a reference.
RESERVATION_ID, REFERENCE_ID = "14", "16"


@dataclass(slots=True)
class Booking:
    """A reservation on its way to a record."""

    item: Item
    element: Element
    external_id: str = ""
    rooms: list[Element] = field(default_factory=list)
    #: Numbers of the reservation by their OTA type; "" for one without a type.
    ids: dict[str, str] = field(default_factory=dict)
    booked_at: str | None = None
    sender: str | None = None
    is_generic: bool = False
    span: Element | None = None
    total: Decimal | None = None
    commission: tuple[Decimal, str | None] | None = None
    booker: PersonRecord = people.NOBODY
    comments: list[str] = field(default_factory=list)
    guests: dict[str | None, str | None] = field(default_factory=dict)
    extras: list[tuple[str | None, DetailRecord]] = field(default_factory=list)
    details: list[DetailRecord] = field(default_factory=list)


def open_booking(element: Element, message: Message) -> Booking:
    """What the reservation says of itself, its rooms not read yet. Raises :class:`OddValue` without a usable id."""
    booking = Booking(Item(message, element), element)
    parts = _PARTS(message.namespace)
    for part in element[:]:
        handler = parts.get(part.tag)
        if handler is not None:
            handler(booking, part)
    ids = booking.ids
    wanted = ids.get(RESERVATION_ID) or ids.get("") or ids.get(REFERENCE_ID) or message.external_id
    external_id = identifier(wanted, "the reservation id")
    if external_id is None:
        raise OddValue("the reservation has no id")
    booking.external_id = external_id
    return booking


def record_of(booking: Booking) -> ReservationRecord:
    """The neutral record of one reservation.

    A change carries the whole booking: its stays are all the rooms that are left. Dates are local dates of the
    property. Raises :class:`OddValue` when a room cannot be read: what is not understood is never a cancellation.
    """
    item, element = booking.item, booking.element
    word = element.get("ResStatus") or item.message.status
    status = _status(item, booking, word)
    try:
        rooms, stays = _stays(booking, status)
    except OddValue as odd:
        if status is not StayStatus.CANCELLED:
            raise
        # Its rooms matter no more; those that were told before are set free.
        item.warn(str(odd))
        rooms, stays = [], []
    if word and (state := stay_state_of(word)):
        stays = [replace(stay, stay_state=state) for stay in stays]
    is_own = _is_own_dialect(booking, bool(word))
    channel = _channel(booking, is_own)
    booked_at = _booked_at(booking, is_own)
    return ReservationRecord(
        booking.external_id,
        status,
        tuple(stays),
        channel,
        booking.external_id if channel is not None else None,
        None,
        item.property_ref,
        booked_at,
        _updated_at(item, element, word, booked_at),
        None,
        booking.booker,
        booking.total if booking.total is not None else _sum_of_totals(rooms),
        item.currency,
        _commission(booking, rooms),
        _notes(booking, rooms),
        tuple(item.warnings),
        tuple(booking.details),
    )


# -- status and rooms ------------------------------------------------------------------------------------------


def _status(item: Item, booking: Booking, word: str | None) -> StayStatus:
    if word:
        status = status_of(word)
        if status is StayStatus.UNKNOWN:
            item.warn(f"status {shown(word)} is not known")
        return status
    # A cancellation of the dialect is a change without any room.
    return StayStatus.CANCELLED if item.message.modified and not booking.rooms else StayStatus.CONFIRMED


def _stays(booking: Booking, status: StayStatus) -> tuple[list[Room], list[StayRecord]]:
    namespace = booking.item.message.namespace
    rooms: list[Room] = []
    stays: list[StayRecord] = []
    for number, element in enumerate(booking.rooms, start=1):
        if element.tag != namespace + "RoomStay":
            raise OddValue("RoomStays holds something that is no RoomStay")
        room = read_room(element, booking.item)
        if room.span is None and booking.span is not None:
            room.span = read_span(booking.span)
        _settle_currency(booking.item, room)
        stays += stays_of(
            room, room_status(element, status), _guest(booking, room), _extras(booking, room), number
        )
        rooms.append(room)
    names = {stay.external_id for stay in stays}
    if len(names) != len(stays):
        raise OddValue("two rooms have the same number")
    if not stays and status is not StayStatus.CANCELLED:
        raise OddValue("the booking names no room")
    if booking.extras:
        taken = {number for room in rooms for number in room.service_numbers}
        booking.details += [detail for number, detail in booking.extras if number not in taken]
    return rooms, stays


def _settle_currency(item: Item, room: Room) -> None:
    if room.currency is None:
        return
    if item.currency is None:
        item.currency = room.currency
    elif room.currency != item.currency:
        raise OddValue(f"the booking is in {item.currency} and one of its rooms in {room.currency}")


def _guest(booking: Booking, room: Room) -> str | None:
    """Who sleeps in the room. Its number may point nowhere; without one, the only guest of the only room it is."""
    for number in room.guest_numbers:
        if name := booking.guests.get(number):
            return name
    if not room.guest_numbers and len(booking.guests) == len(booking.rooms) == 1:
        return next(iter(booking.guests.values()))
    return None


def _extras(booking: Booking, room: Room) -> list[DetailRecord]:
    if not booking.extras or not room.service_numbers:
        return []
    return [detail for number, detail in booking.extras if number in room.service_numbers]


# -- the whole booking -----------------------------------------------------------------------------------------


def _is_own_dialect(booking: Booking, has_status: bool) -> bool:
    """Whether this is Booking.com's own message: all that its queues hold is, whatever else a booking names."""
    message = booking.item.message
    if message.context.kind == MessageKind.POLL:
        return True
    return not (message.generic or booking.is_generic or has_status)


def _channel(booking: Booking, is_own: bool) -> str | None:
    """Booking.com for its own messages; for other OTA messages whoever they name as the seller, else None."""
    message = booking.item.message
    if message.context.kind == MessageKind.POLL:
        return CHANNEL
    return channel_of(booking.sender) or message.channel or (CHANNEL if is_own else None)


def _booked_at(booking: Booking, is_own: bool) -> datetime | None:
    read = instant_there if is_own else sane_instant
    value = booking.booked_at or booking.element.get("CreateDateTime")
    moment: datetime | None = booking.item.tolerate(read, value, "ResID_Date") if value else None
    return moment


def _updated_at(
    item: Item, element: Element, word: str | None, booked_at: datetime | None
) -> datetime | None:
    """When the booking was changed: its own word, else when the message that tells of the change was sent.

    A new booking has none: it comes again and again with a later time of sending and the same content. A change is
    never older than the booking itself, however the two clocks differ: as the older telling it would be lost.
    """
    message = item.message
    is_change = message.modified or bool(word and word.lower().startswith(("cancel", "modif")))
    moment: datetime | None = message.sent_at if is_change else None
    if said := element.get("LastModifyDateTime"):
        moment = item.tolerate(sane_instant, said, "LastModifyDateTime")
    return max(moment, booked_at) if is_change and moment and booked_at else moment


def _commission(booking: Booking, rooms: list[Room]) -> Decimal | None:
    """What the channel keeps, in the booking's currency: its own total, else the sum of the rooms."""
    told = (
        [booking.commission] if booking.commission else [room.commission for room in rooms if room.commission]
    )
    if not told:
        return None
    currencies = {currency for _, currency in told if currency}
    if currencies - {booking.item.currency}:
        said = ", ".join(f"{amount} {currency or ''}".strip() for amount, currency in told[:5])
        booking.item.warn(f"the commission is in another currency than the price: {said}")
        return None
    return sum((amount for amount, _ in told[1:]), told[0][0])


def _sum_of_totals(rooms: list[Room]) -> Decimal | None:
    totals = [room.total for room in rooms if room.total is not None]
    return sum(totals[1:], totals[0]) if totals and len(totals) == len(rooms) else None


def _notes(booking: Booking, rooms: list[Room]) -> str | None:
    told = booking.comments
    for room in rooms:
        told = told + room.comments
    if not told:
        return None
    joined = "\n".join(dict.fromkeys(told))
    return booking.item.cut(joined, LONGEST_NOTE)


# -- parts of a reservation ------------------------------------------------------------------------------------


def _take_rooms(booking: Booking, rooms: Element) -> None:
    booking.rooms += rooms[:]


def _take_unique_id(booking: Booking, unique: Element) -> None:
    booking.is_generic = True
    booking.sender = booking.sender or unique.get("ID_Context")
    if value := unique.get("ID"):
        booking.ids.setdefault(unique.get("Type") or "", value)


def _take_guests(booking: Booking, guests: Element) -> None:
    for guest in guests[:]:
        if name := people.full_name(guest, booking.item.message.namespace):
            booking.guests[guest.get("ResGuestRPH")] = name


def _take_services(booking: Booking, services: Element) -> None:
    booking.extras += ota_details.services_by_number(booking.item, services)


def _take_extensions(booking: Booking, extensions: Element) -> None:
    booking.details += ota_details.flags_of(extensions, booking.item.message.namespace)


def _take_info(booking: Booking, info: Element) -> None:
    parts = _INFO_PARTS(booking.item.message.namespace)
    for part in info[:]:
        handler = parts.get(part.tag)
        if handler is not None:
            handler(booking, part)


def _take_comments(booking: Booking, comments: Element) -> None:
    booking.comments += comments_of(booking.item, comments)


def _take_total(booking: Booking, total: Element) -> None:
    booking.total, currency = booking.item.priced(total)
    booking.item.currency = currency or booking.item.currency


def _take_ids(booking: Booking, numbers: Element) -> None:
    for number in numbers[:]:
        if value := number.get("ResID_Value"):
            booking.ids.setdefault(number.get("ResID_Type") or "", value)
        booking.booked_at = booking.booked_at or number.get("ResID_Date")
        booking.sender = booking.sender or number.get("ResID_Source")


def _take_profiles(booking: Booking, profiles: Element) -> None:
    booking.booker = people.booker_of(booking.item, profiles)


def _take_commission(booking: Booking, commissions: Element) -> None:
    for one in commissions.iter(booking.item.message.namespace + "CommissionPayableAmount"):
        amount, currency = booking.item.amount_of(one)
        if amount is not None and booking.commission is None:
            booking.commission = (amount, currency)


def _take_guarantee(booking: Booking, guarantee: Element) -> None:
    booking.details += ota_details.payment_of(booking.item, guarantee)


def _take_span(booking: Booking, span: Element) -> None:
    booking.span = span


def _take_property(booking: Booking, place: Element) -> None:
    booking.item.property_ref = booking.item.property_ref or identifier(place.get("HotelCode"), "HotelCode")


_PARTS = by_tag(
    {
        "RoomStays": _take_rooms,
        "UniqueID": _take_unique_id,
        "ResGuests": _take_guests,
        "Services": _take_services,
        "TPA_Extensions": _take_extensions,
        "ResGlobalInfo": _take_info,
    }
)
_INFO_PARTS = by_tag(
    {
        "Comments": _take_comments,
        "Total": _take_total,
        "HotelReservationIDs": _take_ids,
        "Profiles": _take_profiles,
        "TotalCommissions": _take_commission,
        "Guarantee": _take_guarantee,
        "DepositPayments": _take_guarantee,
        "TimeSpan": _take_span,
        "BasicPropertyInfo": _take_property,
    }
)
