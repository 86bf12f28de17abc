"""What Hostaway's other side holds: its listings, each with its price, and the units of those that have several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from integrations.contracts import ExternalProperty, ExternalRoom
from integrations.providers.hostaway.client import HostawayClient, ref_of
from integrations.providers.hostaway.item import reference
from integrations.values import OddValue, count, currency_code, objects_of, text_of, zone_named

#: The special status of a listing that is out of use: it keeps its old bookings and takes no values any more.
ARCHIVED = "archived"


def properties(client: HostawayClient) -> list[ExternalProperty]:
    """Every listing of the account as a property of its own with one room type, archived ones included: old bookings
    name them."""
    return [_listing(client, row) for row in client.listings()]


def _listing(client: HostawayClient, row: dict[str, Any]) -> ExternalProperty:
    ref = ref_of(row)
    name = text_of(row.get("internalListingName")) or text_of(row.get("name")) or ref
    if text_of(row.get("specialStatus")) == ARCHIVED:
        name = f"{name} [{ARCHIVED}]"
    zone = text_of(row.get("timeZoneName"))
    # The list itself tells the units; an answer that does not know the field is asked for them.
    units = objects_of(row["listingUnits"]) if "listingUnits" in row else client.units(ref)
    listing = ExternalRoom(
        ref=ref,
        name=name,
        kind="room_type",
        quantity=max(1, len(units)),
        capacity=_count(row.get("personCapacity")),
        priced=True,
    )
    return ExternalProperty(
        ref=ref,
        name=name,
        timezone=zone if zone and zone_named(zone) else None,
        currency=currency_code(row.get("currencyCode")),
        check_in=_hour(row.get("checkInTimeStart")),
        check_out=_hour(row.get("checkOutTime")),
        city=text_of(row.get("city")),
        rooms=(listing, *_units(ref, units)),
    )


def _units(listing: str, rows: Sequence[dict[str, Any]]) -> Iterator[ExternalRoom]:
    """The units that are no listings of their own: those are there already, as listings."""
    seen: set[str] = set()
    for row in rows:
        try:
            ref, own = (
                reference(row.get("id"), "id"),
                reference(row.get("listingMapIdUnit"), "listingMapIdUnit"),
            )
        except OddValue:
            continue
        if ref is not None and own is None and ref not in seen:
            seen.add(ref)
            yield ExternalRoom(ref=ref, name=_unit_name(row) or ref, kind="room", parent_ref=listing)


def _unit_name(row: dict[str, Any]) -> str:
    name, number = text_of(row.get("name")) or "", text_of(row.get("unitNumber")) or ""
    return name if number in name else f"{name} {number}".strip()


def _count(value: Any) -> int | None:
    try:
        return count(value, "count")
    except OddValue:
        return None


def _hour(value: Any) -> str | None:
    hour = _count(value)
    return f"{hour:02d}:00" if hour is not None and hour < 24 else None
