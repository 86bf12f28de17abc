"""What Octorate's other side holds: properties, room types with their rates, physical rooms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from integrations.contracts import ExternalProperty, ExternalRoom
from integrations.providers.octorate.calendar import products_of
from integrations.providers.octorate.client import OctorateClient
from integrations.providers.octorate.values import (
    OddValue,
    count,
    currency_code,
    mapping_of,
    reference,
    text_of,
    zone_name,
)

#: A rate belongs to its room type (``parent_ref``), also when it is derived from another rate: bookings name the rate
#: that was sold, rooms belong to the type.
ROOM_TYPE, ROOM, RATE = "room_type", "room", "rate"


def properties(client: OctorateClient) -> list[ExternalProperty]:
    """Every property the grant opens; rows of lists that name no usable id are left out."""
    return [_property(client, row) for row in client.accommodations()]


def _property(client: OctorateClient, row: dict[str, Any]) -> ExternalProperty:
    ref = reference(row.get("id"), "id") or ""
    if (
        zone_name(row.get("timeZone")) is None
        or row.get("checkinStart") is None
        or row.get("checkout") is None
    ):
        row = {**row, **client.accommodation(ref)}
    return ExternalProperty(
        ref=ref,
        name=text_of(row.get("name")) or ref,
        timezone=zone_name(row.get("timeZone")),
        currency=currency_code(row.get("currency")),
        check_in=_hour(row.get("checkinStart")),
        check_out=_hour(row.get("checkout")),
        city=text_of(row.get("city")) or text_of(mapping_of(row.get("location")).get("city")),
        rooms=(*_products(client.products(ref)), *_rooms(client.rooms(ref))),
    )


def _products(rows: Sequence[dict[str, Any]]) -> Iterator[ExternalRoom]:
    known = products_of(rows)
    for row in rows:
        try:
            product = known.get(reference(row.get("id"), "id") or "")
        except OddValue:
            continue
        if product is not None:
            yield ExternalRoom(
                ref=product.ref,
                name=product.name,
                kind=RATE if product.is_rate else ROOM_TYPE,
                parent_ref=product.room if product.is_rate else None,
                quantity=None if product.is_rate else _count(row.get("quantity")),
                capacity=_capacity(row),
                # Every room type has a price calendar of its own, beside those of the rates derived from it.
                priced=not product.is_rate,
            )


def _rooms(rows: Sequence[dict[str, Any]]) -> Iterator[ExternalRoom]:
    for row in rows:
        try:
            ref, parent = reference(row.get("id"), "id"), reference(row.get("parentId"), "parentId")
        except OddValue:
            continue
        if ref is not None:
            yield ExternalRoom(ref=ref, name=text_of(row.get("name")) or ref, kind=ROOM, parent_ref=parent)


def _capacity(row: dict[str, Any]) -> int | None:
    adults = _count(row.get("adults"))
    return None if adults is None else adults + (_count(row.get("children")) or 0)


def _count(value: Any) -> int | None:
    try:
        return count(value, "count")
    except OddValue:
        return None


def _hour(value: Any) -> str | None:
    hour = _count(value)
    return f"{hour:02d}:00" if hour is not None and hour < 24 else None
