"""One reservation object of Octorate -> one neutral record. Pure: no database, no network, no clock.

Octorate keeps one object per booked room; the objects of one booking share ``refer``. Sources of every rule are in
README.md of this folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from integrations.contracts import ReadContext
from integrations.providers.octorate import people, prices, stays
from integrations.providers.octorate.item import Item
from integrations.providers.octorate.tables import channel_of, status_of
from integrations.providers.octorate.values import (
    OddValue,
    count,
    currency_code,
    identifier,
    instant,
    local_date,
    mapping_of,
    reference,
    shown,
    text_of,
    zone_name,
    zone_named,
)
from reservations.choices import StayState, StayStatus
from reservations.records import ReservationRecord, StayRecord

LONGEST_NOTE = 5_000
#: A stay beyond this is a mistyped year, and would write a row for each of its nights.
LONGEST_STAY_DAYS = 1_100
_NOTE_FIELDS = ("channelNotes", "privateNotes", "housekeepingNotes", "houseKeepingNotes")
_STATES_WITH_GUEST = frozenset({StayStatus.CONFIRMED, StayStatus.PENDING, StayStatus.UNKNOWN})


def map_reservation(raw: Mapping[str, Any], context: ReadContext) -> ReservationRecord:
    """The neutral record of one reservation object.

    Dates are local dates of the property, from its zone name and never from ``timeZoneOffset``, which ignores summer
    time. Raises :class:`OddValue` when the object has no usable id or dates, or an id wider than our columns.
    """
    item = Item(raw, context)
    external_id = reference(raw.get("id"), "id")
    if external_id is None:
        raise OddValue("id is missing")
    property_ref = property_of(raw)
    status = _status(item)
    booker, guest_name = people.read_people(item)
    arrival, departure = _dates(item, property_ref)
    currency = _currency(item, property_ref)
    money = prices.read_prices(item, arrival, departure, currency, property_zone(raw, context, property_ref))
    product = reference(raw.get("product"), "product")
    adults, children, infants = _party(item)
    whole = StayRecord(
        external_id=external_id,
        arrival=arrival,
        departure=departure,
        status=status,
        room_ref=reference(raw.get("pmsProduct"), "pmsProduct") or product,
        room_type_ref=product,
        rate_ref=money.rate_ref,
        stay_state=_stay_state(item, status),
        adults=adults,
        children=children,
        infants=infants,
        guest_name=guest_name,
        total=money.room_total,
        nights=money.nights,
    )
    if raw.get("statusDisagree") is True:
        item.warn("the rooms of this group have different statuses")
    return ReservationRecord(
        external_id=external_id,
        status=status,
        stays=stays.split(item, whole, property_ref),
        channel=_channel(item),
        channel_ref=identifier(raw.get("channelRefer"), "channelRefer"),
        group_ref=identifier(raw.get("refer"), "refer"),
        property_ref=property_ref,
        booked_at=item.tolerate(instant, "createTime"),
        updated_at=item.tolerate(instant, "updateTime"),
        cancelled_at=item.tolerate(instant, "cancelledTime") if status is StayStatus.CANCELLED else None,
        booker=booker,
        total=money.total,
        currency=currency,
        commission=money.commission,
        notes=_notes(item),
        warnings=tuple(item.warnings),
    )


def property_of(raw: Mapping[str, Any]) -> str | None:
    """The id of the property that the object names, or None. Raises :class:`OddValue`."""
    place = raw.get("accommodation")
    if isinstance(place, dict):
        place = place.get("id")
    return reference(place, "accommodation.id")


def property_zone(raw: Mapping[str, Any], context: ReadContext, property_ref: str | None) -> ZoneInfo | None:
    """The property's time zone: as the payload names it, else as discovery found it, else as the caller says."""
    named = zone_name(mapping_of(raw.get("accommodation")).get("timeZone"))
    for name in (named, context.timezones.get(property_ref or ""), context.timezone):
        if name and (zone := zone_named(name)):
            return zone
    return None


def _status(item: Item) -> StayStatus:
    word = item.raw.get("status")
    if not isinstance(word, str) or not word.strip():
        item.warn("status is missing" if word in (None, "") else f"status is not a word: {shown(word)}")
        return StayStatus.UNKNOWN
    status = status_of(word.strip())
    if status is StayStatus.UNKNOWN:
        item.warn(f"status {shown(word)} is not known")
    elif status is not StayStatus.CANCELLED and item.raw.get("noShow") is True:
        return StayStatus.NO_SHOW
    return status


def _stay_state(item: Item, status: StayStatus) -> StayState | None:
    """Where the guest is, as far as staff recorded it; None when they recorded nothing."""
    if status not in _STATES_WITH_GUEST:
        return None
    if item.tolerate(instant, "effectiveCheckout"):
        return StayState.DEPARTED
    return StayState.IN_HOUSE if item.tolerate(instant, "effectiveCheckin") else None


def _dates(item: Item, property_ref: str | None) -> tuple[date, date]:
    zone = property_zone(item.raw, item.context, property_ref)
    booker = people.booker_of(item.raw)
    told = (local_date(booker.get("checkin")), local_date(booker.get("checkout")))
    arrival = _local_day(item, "checkin", zone, told[0])
    departure = _local_day(item, "checkout", zone, told[1])
    if departure <= arrival:
        raise OddValue(f"checkout {departure} is not after checkin {arrival}")
    if (departure - arrival).days > LONGEST_STAY_DAYS:
        raise OddValue(f"a stay from {arrival} to {departure} is too long to be meant")
    if (told[0] or arrival, told[1] or departure) != (arrival, departure):
        item.warn(
            f"the guest's own dates {told[0] or '?'} to {told[1] or '?'} differ from {arrival} to {departure}"
        )
    return arrival, departure


def _local_day(item: Item, name: str, zone: ZoneInfo | None, told: date | None) -> date:
    value = item.raw.get(name)
    if day := local_date(value):
        return day
    moment = instant(value, name)
    if moment is None:
        if told is None:
            raise OddValue(f"{name} is missing")
        item.warn(f"{name} is missing; the guest's own date is used")
        return told
    if zone is not None:
        try:
            return moment.astimezone(zone).date()
        except OverflowError:
            raise OddValue(f"{name} is not an instant: {shown(value)}") from None
    if told is None:
        raise OddValue(f"the time zone of the property is not known, so {name} has no local date")
    return told


def _currency(item: Item, property_ref: str | None) -> str | None:
    said = item.raw.get("currency")
    code = currency_code(said)
    if code is None and said not in (None, ""):
        item.warn("currency is not an ISO code")
    return (
        code
        or currency_code(mapping_of(item.raw.get("accommodation")).get("currency"))
        or currency_code(item.context.currencies.get(property_ref or ""))
        or currency_code(item.context.currency)
    )


def _party(item: Item) -> tuple[int | None, int | None, int | None]:
    """Adults, children, infants. ``totalGuest`` counts them all; a stay has at least one adult."""
    guests = item.tolerate(count, "totalGuest")
    children, infants = item.tolerate(count, "totalChildren"), item.tolerate(count, "totalInfants")
    adults = None if guests is None else max(1, guests - (children or 0) - (infants or 0))
    return adults, children, infants


def _channel(item: Item) -> str | None:
    channel_id = item.tolerate(identifier, "channelId")
    channel = channel_of(channel_id, text_of(item.raw.get("channelName")))
    if channel is None and channel_id is not None:
        item.warn(f"portal {shown(channel_id)} is not known")
    return channel


def _notes(item: Item) -> str | None:
    """The guest's, the staff's and the housekeeping notes, one under the other, each once."""
    notes: list[str] = []
    for name in _NOTE_FIELDS:
        text = text_of(item.raw.get(name))
        if text and text not in notes:
            notes.append(text)
    joined = "\n".join(notes)
    if len(joined) > LONGEST_NOTE:
        item.warn(f"the notes were cut to {LONGEST_NOTE} characters")
        joined = joined[:LONGEST_NOTE].rstrip()
    return joined or None
