"""The property at Booking.com with its room types and their rates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from integrations.contracts import ExternalProperty, ExternalRoom
from integrations.values import LONGEST_ID, clean, currency_code

if TYPE_CHECKING:
    from lxml import etree

    from integrations.providers.booking_com.client import BookingComClient

ROOM_TYPE, RATE = "room_type", "rate"


def properties(client: BookingComClient, property_id: str) -> list[ExternalProperty]:
    """The one property that the connection was made for.

    Neither its time zone nor the number of its rooms is told by these calls. A room type that has no rate cannot be
    sold; it is listed all the same, because older bookings may name it.
    """
    rooms = tuple(_rooms(client.room_rates(property_id)))
    facts = client.hotel_facts(property_id)
    return [
        ExternalProperty(
            ref=property_id,
            name=clean(facts.get("HotelName", "")) or f"Booking.com {property_id}",
            # GUESS: that the search names the currency here is not documented; without it we know none.
            currency=currency_code(facts.get("CurrencyCode")),
            rooms=rooms,
        )
    ]


def _rooms(root: etree._Element) -> Iterator[ExternalRoom]:
    """Room types, each followed by its rates; a rate's number may stand under several room types."""
    for room in root.iter("{*}room"):
        ref = _reference(room)
        if ref is None:
            continue
        rates = [rate for rate in room.iter("{*}rate") if _reference(rate)]
        persons = [count for rate in rates if (count := _count(rate.get("max_persons"))) is not None]
        yield ExternalRoom(
            ref=ref,
            name=clean(room.get("room_name") or "") or ref,
            kind=ROOM_TYPE,
            capacity=max(persons, default=None),
        )
        for rate in rates:
            number = _reference(rate) or ""
            name = clean(rate.get("rate_name") or "") or number
            yield ExternalRoom(ref=number, name=name, kind=RATE, parent_ref=ref)


def _reference(element: etree._Element) -> str | None:
    text = clean(element.get("id") or "")
    return text if 0 < len(text) <= LONGEST_ID else None


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 5 else None
