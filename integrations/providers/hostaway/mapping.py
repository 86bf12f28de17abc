"""One reservation of Hostaway -> one neutral record. Pure: no database, no network, no clock.

Sources of every rule are in README.md of this folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.contracts import ReadContext
from integrations.providers.hostaway.details import details_of
from integrations.providers.hostaway.item import Item, Value, is_set, reference
from integrations.providers.hostaway.people import booker_of, guest_name_of
from integrations.providers.hostaway.tables import (
    AIRBNB,
    BOOKING_COM,
    FEED_CHANNELS,
    channel_of,
    status_of,
)
from integrations.values import (
    OddValue,
    count,
    currency_code,
    identifier,
    instant,
    local_date,
    objects_of,
    shown,
    text_of,
)
from reservations.choices import StayStatus
from reservations.records import PersonRecord, ReservationRecord, StayRecord

LONGEST_NOTE = 5_000
#: A stay beyond this is a mistyped year, and would write a row for each of its nights.
LONGEST_STAY_DAYS = 1_100
MOST_UNITS = 200

_BOOKING_COM_NUMBER = re.compile(r"([0-9]{6,14})(?:-.*)?")


def external_id_of(raw: Mapping[str, Any]) -> str | None:
    """Hostaway's own number of the reservation, or None. Raises :class:`OddValue`."""
    return reference(raw.get("id"), "id") or reference(
        raw.get("hostawayReservationId"), "hostawayReservationId"
    )


def is_undated(raw: Mapping[str, Any]) -> bool:
    """Whether the channel gave no dates: then both are a placeholder (yesterday) and mean nothing."""
    return is_set(raw.get("isDatesUnspecified")) is True


def map_reservation(raw: Mapping[str, Any], context: ReadContext) -> ReservationRecord:
    """The neutral record of one reservation: one stay per booked unit, or one for the whole listing.

    Dates are taken as they are: Hostaway's are local. Instants are UTC without saying so. Raises :class:`OddValue`
    when there is no usable id or no night, or an id is wider than our columns.
    """
    item = Item(raw, context)
    external_id = external_id_of(raw)
    if external_id is None:
        raise OddValue("id is missing")
    listing = reference(raw.get("listingMapId"), "listingMapId")
    channel_id = item.tolerate(identifier, "channelId")
    status = _status(item)
    arrival, departure = _dates(raw)
    currency = _currency(item, listing)
    total = _total(item, raw, status, channel_id, currency)
    booker = booker_of(item)
    whole = StayRecord(
        external_id=external_id,
        arrival=arrival,
        departure=departure,
        status=status,
        room_ref=listing,
        room_type_ref=listing,
        adults=_adults(item, raw),
        children=item.tolerate(count, "children"),
        infants=item.tolerate(count, "infants"),
        guest_name=booker.name,
        total=total,
    )
    return ReservationRecord(
        external_id=external_id,
        status=status,
        stays=_stays(item, whole, booker, channel_id, currency),
        channel=_channel(item, channel_id),
        channel_ref=_channel_ref(item, channel_id, listing),
        property_ref=listing,
        booked_at=item.tolerate(instant, "reservationDate") or item.tolerate(instant, "insertedOn"),
        updated_at=item.tolerate(instant, "updatedOn"),
        cancelled_at=item.tolerate(instant, "cancellationDate") if status is StayStatus.CANCELLED else None,
        booker=booker,
        total=total,
        currency=currency,
        commission=item.amount("channelCommissionAmount", currency),
        notes=_notes(item),
        details=details_of(item, currency),
        # Last, because every reader above may add to them.
        warnings=tuple(item.warnings),
    )


def _status(item: Item) -> StayStatus:
    word = item.raw.get("status")
    if not isinstance(word, str) or not word.strip():
        item.warn("status is missing" if word in (None, "") else f"status is not a word: {shown(word)}")
        return StayStatus.UNKNOWN
    status = status_of(word)
    if status is StayStatus.UNKNOWN:
        item.warn(f"status {shown(word)} is not known")
    elif status is StayStatus.CONFIRMED and text_of(item.raw.get("bookingcomNoShowReportedAt")):
        # GUESS: a reported no-show has no status of its own, only this date.
        status = StayStatus.NO_SHOW
    if status is not StayStatus.CANCELLED and text_of(item.raw.get("cancellationDate")):
        # A cancelled booking may come back under the same id, so the status is believed and a person is told.
        item.warn(f"the status is {shown(word)}, but cancellationDate is set")
    return status


def _dates(raw: Mapping[str, Any]) -> tuple[date, date]:
    arrival, departure = _day(raw, "arrivalDate"), _day(raw, "departureDate")
    if departure <= arrival:
        raise OddValue(f"departureDate {departure} is not after arrivalDate {arrival}")
    if (departure - arrival).days > LONGEST_STAY_DAYS:
        raise OddValue(f"a stay from {arrival} to {departure} is too long to be meant")
    return arrival, departure


def _day(raw: Mapping[str, Any], name: str) -> date:
    value = raw.get(name)
    day = local_date(value)
    if day is None:
        raise OddValue(
            f"{name} is missing" if value in (None, "") else f"{name} is not a date: {shown(value)}"
        )
    return day


def _currency(item: Item, listing: str | None) -> str | None:
    said = item.raw.get("currency")
    code = currency_code(said)
    if code is None and said not in (None, ""):
        item.warn("currency is not an ISO code")
    return (
        code
        or currency_code(item.context.currencies.get(listing or ""))
        or currency_code(item.context.currency)
    )


def _total(
    item: Item,
    holder: Mapping[str, Any],
    status: StayStatus,
    channel_id: str | None,
    currency: str | None,
) -> Decimal | None:
    """The price of the booking or of one unit; 0 says nothing on cancelled bookings and those of calendar feeds."""
    total = item.amount("totalPrice", currency, holder)
    # GUESS: that 0 stands for "not told" there; nearly all of them are 0 in a live account.
    if total == 0 and (status is StayStatus.CANCELLED or channel_id in FEED_CHANNELS):
        return None
    return total


def _adults(item: Item, holder: Mapping[str, Any]) -> int | None:
    """Adults; where none are told, everybody without the children that are. At least one sleeps there."""
    adults = item.tolerate(count, "adults", holder)
    if adults:
        return adults
    guests = item.tolerate(count, "numberOfGuests", holder)
    if guests is None:
        return adults
    children = (item.tolerate(count, "children", holder) or 0) + (
        item.tolerate(count, "infants", holder) or 0
    )
    return max(1, guests - children)


def _stays(
    item: Item, whole: StayRecord, booker: PersonRecord, channel_id: str | None, currency: str | None
) -> tuple[StayRecord, ...]:
    """One stay per booked unit of a multi-unit listing; without units the listing is the room."""
    units = objects_of(item.raw.get("reservationUnit"))
    if len(units) > MOST_UNITS:
        item.warn(f"of {len(units)} booked units only the first {MOST_UNITS} were read")
        units = units[:MOST_UNITS]
    # What several units do not tell of themselves, the booking as a whole does not tell of each of them either.
    shared = (
        whole if len(units) == 1 else replace(whole, adults=None, children=None, infants=None, total=None)
    )
    stays: dict[str, StayRecord] = {}
    for number, unit in enumerate(units, start=1):
        ref = item.tolerate(reference, "id", unit) or f"{whole.external_id}-{number}"
        stays[ref] = replace(
            shared,
            external_id=ref,
            room_ref=item.tolerate(reference, "listingUnitId", unit) or whole.room_type_ref,
            adults=_adults(item, unit) or shared.adults,
            children=_or(item.tolerate(count, "children", unit), shared.children),
            infants=_or(item.tolerate(count, "infants", unit), shared.infants),
            guest_name=guest_name_of(item, unit, booker),
            total=_or(_total(item, unit, whole.status, channel_id, currency), shared.total),
        )
    return tuple(stays.values()) or (whole,)


def _or(told: Value | None, otherwise: Value | None) -> Value | None:
    return otherwise if told is None else told


def _channel(item: Item, channel_id: str | None) -> str | None:
    channel = channel_of(channel_id, text_of(item.raw.get("channelName")))
    if channel is None and channel_id is not None:
        item.warn(f"channel {shown(channel_id)} is not known")
    return channel


def _channel_ref(item: Item, channel_id: str | None, listing: str | None) -> str | None:
    """The booking's code at the channel: Airbnb's confirmation code, Booking.com's number, else what is told."""
    told = item.tolerate(identifier, "channelReservationId") or item.tolerate(identifier, "reservationId")
    if channel_id == AIRBNB:
        return item.tolerate(identifier, "confirmationCode") or told
    if channel_id == BOOKING_COM and told:
        return _booking_com_number(told, listing)
    return told


def _booking_com_number(told: str, listing: str | None) -> str:
    """Booking.com's own number in what Hostaway writes, so that both tell of one booking under one code.

    GUESS: plain digits, ``<number>-<more>``, or behind account and listing as in ``<account>-<listing>-<number>``, the
    shape of the documentation's example. Anything else is left as it is.
    """
    parts = told.split("-", 2)
    own = parts[2] if len(parts) == 3 and parts[1] == listing else told
    match = _BOOKING_COM_NUMBER.fullmatch(own)
    return match[1] if match else told


def _notes(item: Item) -> str | None:
    """The guest's note and the comment of the booking, one under the other, each once."""
    texts = (text_of(item.raw.get(name)) for name in ("guestNote", "comment"))
    joined = "\n".join(dict.fromkeys(text for text in texts if text))
    if len(joined) > LONGEST_NOTE:
        item.warn(f"the notes were cut to {LONGEST_NOTE} characters")
        joined = joined[:LONGEST_NOTE].rstrip()
    return joined or None
