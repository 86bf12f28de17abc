"""What should be on sale now, night by night, worked out from rooms, closures and stays; prices are worked out in
:mod:`integrations.desired_prices`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from django.db.models import Q

from integrations.contracts import Offer
from integrations.desired_prices import Sold, nights_without_price, rate_offers
from integrations.models import AvailabilityState, RoomMapping
from reservations.availability import availability_of_types
from reservations.models import Room, RoomClosure, RoomType, StayNight


def desired_offers(rows: Sequence[AvailabilityState]) -> dict[int, Offer | None]:
    """The offer for each of these nights by the row's id; None where there is nothing to say (no price is set).

    A number of statements that does not grow with the nights.
    """
    if not rows:
        return {}
    mappings = RoomMapping.objects.in_bulk({row.room_mapping_id for row in rows})
    sold = _what_is_sold(mappings.values())
    units = _units([row for row in rows if row.rate_mapping_id is None], sold)
    units |= dict.fromkeys(nights_without_price(mappings, sold, units), 0)
    rates = rate_offers([row for row in rows if row.rate_mapping_id is not None], mappings, sold)
    return {
        row.pk: _room_offer(row, mappings[row.room_mapping_id], units)
        if row.rate_mapping_id is None
        else rates.get(row.pk)
        for row in rows
    }


def _what_is_sold(mappings: Iterable[RoomMapping]) -> dict[int, Sold]:
    chosen = list(mappings)
    rooms = {
        pk: (type_id, currency)
        for pk, type_id, currency in Room.objects.filter(
            pk__in={m.room_id for m in chosen if m.room_id}
        ).values_list("pk", "room_type_id", "property__currency")
    }
    types = dict(
        RoomType.objects.filter(pk__in={m.room_type_id for m in chosen if m.room_type_id}).values_list(
            "pk", "property__currency"
        )
    )
    found: dict[int, Sold] = {}
    for mapping in chosen:
        if mapping.room_id in rooms:
            type_id, currency = rooms[mapping.room_id]
            found[mapping.pk] = Sold(type_id, mapping.room_id, currency)
        elif mapping.room_type_id in types:
            found[mapping.pk] = Sold(mapping.room_type_id, None, types[mapping.room_type_id])
    return found


def _units(rows: Sequence[AvailabilityState], sold: Mapping[int, Sold]) -> dict[tuple[int, date], int]:
    """Rooms left by (room mapping, night); 0 for a mapping that was let go meanwhile."""
    if not rows:
        return {}
    first, last = min(row.date for row in rows), max(row.date for row in rows) + timedelta(days=1)
    free: dict[tuple[int, date], int] = {}
    types = {place.room_type_id for place in sold.values()}
    for type_id, nights in availability_of_types(types, first=first, last=last).items():
        free.update({(type_id, night.date): max(night.free, 0) for night in nights})
    taken = _taken({place.room_id for place in sold.values() if place.room_id}, first, last)
    units: dict[tuple[int, date], int] = {}
    for row in rows:
        place = sold.get(row.room_mapping_id)
        left = free.get((place.room_type_id, row.date), 0) if place else 0
        if place and place.room_id:
            # A stay of the type that has no room yet will need one, perhaps this one.
            left = 0 if (place.room_id, row.date) in taken else min(left, 1)
        units[row.room_mapping_id, row.date] = left
    return units


def _taken(room_ids: set[int], first: date, last: date) -> set[tuple[int, date]]:
    """Nights on which these rooms, or rooms that are sold together with them, are sold or closed; all nights of those
    that are out of use."""
    if not room_ids:
        return set()
    #: By each room that may be taken: those of ``room_ids`` that then cannot be sold.
    lost: dict[int, set[int]] = {}
    spans: list[tuple[int, date, date]] = []
    for pk, parent_id, is_active in Room.objects.filter(
        Q(pk__in=room_ids) | Q(parent__in=room_ids)
    ).values_list("pk", "parent_id", "is_active"):
        for door, room in ((pk, pk), (pk, parent_id), (parent_id, pk)):
            if door and room in room_ids:
                lost.setdefault(door, set()).add(room)
        if pk in room_ids and not is_active:
            spans.append((pk, first, last))
    nights = StayNight.objects.filter(room_id__in=lost, date__gte=first, date__lt=last)
    taken = {(room, day) for door, day in nights.values_list("room_id", "date") for room in lost[door or 0]}
    closures = RoomClosure.objects.filter(room_id__in=lost, first__lt=last, last__gt=first)
    for door, begins, ends in closures.values_list("room_id", "first", "last"):
        spans += [(room, begins, ends) for room in lost[door]]
    for room, begins, ends in spans:
        begins, ends = max(begins, first), min(ends, last)
        taken.update((room, begins + timedelta(days=n)) for n in range((ends - begins).days))
    return taken


def _room_offer(row: AvailabilityState, mapping: RoomMapping, units: Mapping[tuple[int, date], int]) -> Offer:
    return Offer(
        property_ref=mapping.property_ref,
        room_ref=mapping.external_ref,
        date=row.date,
        units=units[row.room_mapping_id, row.date],
    )
