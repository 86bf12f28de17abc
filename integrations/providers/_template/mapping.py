"""Pure functions and literal tables: the words of Template PMS on one side, neutral records on the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from integrations.contracts import (
    ExternalProperty,
    ExternalRoom,
    Hint,
    Problem,
    ReadContext,
    ReadResult,
    UnreadablePayload,
)
from integrations.payloads import digest, load_json
from integrations.values import (
    OddValue,
    count,
    country_code,
    currency_code,
    identifier,
    instant,
    language_code,
    local_date,
    mapping_of,
    objects_of,
    shown,
    text_of,
)
from reservations.choices import StayStatus
from reservations.money import read_amount
from reservations.records import PersonRecord, ReservationRecord, StayRecord

EVENTS = ("booking.created", "booking.modified", "booking.cancelled")

#: A word that is not in a table is unknown, never a guess: what was known is kept and the word goes to the warnings.
STATUSES: Mapping[str, StayStatus] = MappingProxyType(
    {
        "booked": StayStatus.CONFIRMED,
        # GUESS: whether a provisional booking holds its room is not documented; holding it is the safe side.
        "provisional": StayStatus.PENDING,
        "cancelled": StayStatus.CANCELLED,
    }
)
CHANNELS: Mapping[str, str] = MappingProxyType({"booking.com": "booking_com", "own website": "website"})

#: A longer stay is a mistyped year, and would write a row for each of its nights.
LONGEST_STAY_DAYS = 1_100


def read(body: bytes, context: ReadContext) -> ReadResult:
    """Records of a webhook, a page or an error body; pure and repeatable, one bad item never hides the others.

    Raises :class:`UnreadablePayload` when the payload as a whole is nothing of theirs.
    """
    if not body.strip():
        return ReadResult()
    value = load_json(body)
    result = ReadResult()
    if isinstance(value, dict) and isinstance(value.get("error"), dict):
        sentence = text_of(value["error"].get("message")) or "an error without a word"
        result.errors.append(Problem("answer", sentence[:300]))
    elif isinstance(value, dict) and isinstance(value.get("bookings"), list):
        _read_items(value["bookings"], context, result)
    elif isinstance(value, dict) and isinstance(value.get("event"), str):
        _read_event(value, context, result)
    else:
        raise UnreadablePayload("The payload is neither a page of bookings nor a webhook.")
    return result


def booking_ids(item: Mapping[str, Any]) -> tuple[str, str | None]:
    """The booking's own id and its property's. Raises :class:`OddValue` without an id."""
    external_id = identifier(item.get("id"), "id")
    if external_id is None:
        raise OddValue("id is missing")
    return external_id, identifier(item.get("property"), "property")


def external_property(row: Mapping[str, Any]) -> ExternalProperty:
    """One property of the account with everything that can be mapped in it."""
    rooms: list[ExternalRoom] = []
    for room in objects_of(row.get("room_types")):
        rooms.append(_external_room(room, "room_type"))
        # A rate has no reference of its own for each room type: it is named with the type that it sells.
        rates = [{**rate, "room_type": room.get("id")} for rate in objects_of(room.get("rates"))]
        rooms += [_external_room(rate, "rate") for rate in rates]
    rooms += [_external_room(room, "room") for room in objects_of(row.get("rooms"))]
    return ExternalProperty(
        ref=text_of(row.get("id")) or "",
        name=text_of(row.get("name")) or "",
        timezone=text_of(row.get("timezone")),
        currency=currency_code(row.get("currency")),
        rooms=tuple(rooms),
    )


def _external_room(row: Mapping[str, Any], kind: str) -> ExternalRoom:
    ref, parent_ref = text_of(row.get("id")) or "", text_of(row.get("room_type"))
    return ExternalRoom(ref, text_of(row.get("name")) or ref, kind, parent_ref)


def _read_event(value: Mapping[str, Any], context: ReadContext, result: ReadResult) -> None:
    if value["event"] not in EVENTS:
        result.ignored.append(f"event type {shown(value['event'])} is not used")
        return
    _read_items([value.get("booking")], context, result)
    # Deliveries may be late or forged: the booking is also read again from the API, and a newer version wins.
    result.fetch = [Hint("reservation", record.external_id, record.property_ref) for record in result.records]


def _read_items(items: Sequence[Any], context: ReadContext, result: ReadResult) -> None:
    found: dict[str, Mapping[str, Any]] = {}
    for number, item in enumerate(items, start=1):
        try:
            found[booking_ids(mapping_of(item))[0]] = item
        except OddValue as odd:
            result.errors.append(Problem(f"item {number}", str(odd)))
    known = context.known(list(found)) if found else {}
    for external_id, item in found.items():
        mark = digest(item)
        if known.get(external_id) == mark:
            result.unchanged += 1
        else:
            try:
                result.records.append(map_booking(item, context))
            except OddValue as odd:
                result.errors.append(Problem(f"booking {external_id}", str(odd)))
                continue
        result.digests[external_id] = mark


def map_booking(item: Mapping[str, Any], context: ReadContext) -> ReservationRecord:
    """The neutral record of one booking. Raises :class:`OddValue` when it cannot be one."""
    warnings: list[str] = []
    external_id, property_ref = booking_ids(item)
    word = text_of(item.get("status")) or ""
    status = STATUSES.get(word, StayStatus.UNKNOWN)
    if status == StayStatus.UNKNOWN:
        warnings.append(f"status {shown(word)} is not known")
    channel_word = text_of(item.get("channel"))
    channel = CHANNELS.get(channel_word or "")
    if channel_word and channel is None:
        warnings.append(f"channel {shown(channel_word)} is not known")
    currency = (
        currency_code(item.get("currency")) or context.currencies.get(property_ref or "") or context.currency
    )
    guest = mapping_of(item.get("guest"))
    stays = tuple(_stay(room, status) for room in objects_of(item.get("rooms")))
    if not stays:
        raise OddValue("the booking has no rooms")
    if len({stay.external_id for stay in stays}) < len(stays):
        raise OddValue("two rooms of the booking have the same id")
    return ReservationRecord(
        external_id=external_id,
        status=status,
        stays=stays,
        channel=channel,
        channel_ref=identifier(item.get("channel_code"), "channel_code"),
        property_ref=property_ref,
        booked_at=instant(item.get("created_at"), "created_at"),
        updated_at=instant(item.get("changed_at"), "changed_at"),
        cancelled_at=instant(item.get("cancelled_at"), "cancelled_at"),
        booker=_person(guest),
        total=_amount(item.get("total"), currency, warnings),
        currency=currency,
        notes=text_of(item.get("notes")),
        warnings=tuple(warnings),
    )


def _stay(room: Mapping[str, Any], status: StayStatus) -> StayRecord:
    arrival, departure = local_date(room.get("arrival")), local_date(room.get("departure"))
    if arrival is None or departure is None:
        raise OddValue("arrival or departure is not a date")
    if not 0 < (departure - arrival).days <= LONGEST_STAY_DAYS:
        raise OddValue(f"a stay from {arrival} to {departure} is not possible")
    room_type = identifier(room.get("room_type"), "room_type")
    return StayRecord(
        external_id=identifier(room.get("id"), "id of a room") or "1",
        arrival=arrival,
        departure=departure,
        status=status,
        room_ref=identifier(room.get("room"), "room") or room_type,
        room_type_ref=room_type,
        adults=count(room.get("adults"), "adults"),
        children=count(room.get("children"), "children"),
    )


def _person(guest: Mapping[str, Any]) -> PersonRecord:
    first, last = text_of(guest.get("first_name")), text_of(guest.get("last_name"))
    return PersonRecord(
        name=" ".join(part for part in (first, last) if part) or None,
        first_name=first,
        last_name=last,
        email=text_of(guest.get("email")),
        phone=text_of(guest.get("phone")),
        language=language_code(guest.get("language")),
        country=country_code(guest.get("country")),
    )


def _amount(value: object, currency: str | None, warnings: list[str]) -> Decimal | None:
    try:
        return read_amount(value, currency)
    except ValueError:
        warnings.append("the total is not an amount")
        return None
