"""Split stays: a guest who changes rooms in the middle of one booking.

Octorate keeps the booking on its first room and tells in ``split`` where the guest sleeps from ``splitStart`` on;
cleaning and the tape of nights must follow the guest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.providers.octorate.item import Item
from integrations.providers.octorate.values import OddValue, local_date, mapping_of, reference
from reservations.records import NightRecord, StayRecord


def split(item: Item, whole: StayRecord, property_ref: str | None) -> tuple[StayRecord, ...]:
    """One stay, or two when the guest moves within the dates: ``<id>`` first, then ``<id>-split``.

    A move that lies outside the dates, or that names no room or no day, changes nothing and leaves a warning.
    """
    # GUESS: the specification gives both objects one shape. ``split`` is read as where the guest goes;
    # ``splitOriginal`` alone is read the same way, beside ``split`` it names the room that the guest left.
    target, origin = mapping_of(item.raw.get("split")), mapping_of(item.raw.get("splitOriginal"))
    move = target or origin
    if not move:
        return (whole,)
    room_ref = _room(item, move)
    start = local_date(move.get("splitStart")) or _day_of_instant(move.get("splitStart"))
    if room_ref is None or start is None:
        item.warn("a change of room names no room or no day")
        return (whole,)
    if not whole.arrival <= start < whole.departure:
        item.warn(f"the change of room on {start} is outside the stay")
        return (whole,)
    _warn_of_other_property(item, move, property_ref)
    first_room = whole.room_ref
    if room_ref == first_room:
        # The reservation may already carry the new room; then only the original tells of the old one.
        first_room = (_room(item, origin) if target else None) or first_room
    if room_ref == first_room:
        return (whole,)
    if start == whole.arrival:
        if not target:
            item.warn("the booking was moved on the day of arrival; the assigned room counts")
            return (whole,)
        item.warn("the guest changes rooms on the day of arrival: the whole stay is in the second room")
        return (replace(whole, room_ref=room_ref),)
    before = tuple(night for night in whole.nights if night.date < start)
    after = tuple(night for night in whole.nights if night.date >= start)
    days, first_days = (whole.departure - whole.arrival).days, (start - whole.arrival).days
    return (
        replace(whole, room_ref=first_room, departure=start, nights=before, total=_sum(before, first_days)),
        replace(
            whole,
            external_id=f"{whole.external_id}-split",
            room_ref=room_ref,
            arrival=start,
            nights=after,
            total=_sum(after, days - first_days),
        ),
    )


def _room(item: Item, move: Mapping[str, Any]) -> str | None:
    room = move.get("splitRoom")
    try:
        return reference(room.get("id") if isinstance(room, dict) else room, "splitRoom.id")
    except OddValue as odd:
        item.warn(str(odd))
        return None


def _day_of_instant(value: object) -> date | None:
    # Declared as a plain date; a midnight written behind it is the same day whatever the zone.
    return local_date(value[:10]) if isinstance(value, str) and len(value) > 10 else None


def _warn_of_other_property(item: Item, move: Mapping[str, Any], property_ref: str | None) -> None:
    try:
        other = reference(mapping_of(move.get("splitAccommodation")).get("id"), "splitAccommodation.id")
    except OddValue:
        return
    if other is not None and property_ref is not None and other != property_ref:
        item.warn(f"the guest moves to another property ({other})")


def _sum(nights: tuple[NightRecord, ...], days: int) -> Decimal | None:
    """What the nights cost together; None unless each of them has a price."""
    amounts = [night.amount for night in nights if night.amount is not None]
    return sum(amounts, Decimal(0)) if len(amounts) == days else None
