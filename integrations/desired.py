"""What should be on sale now, night by night, worked out from rooms, closures, stays and rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q

from integrations.contracts import Offer
from integrations.models import AvailabilityState, RateMapping, RoomMapping
from reservations.availability import availability_of_types
from reservations.models import DailyRate, Room, RoomClosure, RoomType, StayNight


@dataclass(frozen=True, slots=True)
class _Sold:
    """What of ours an external room sells: a type, or one room of it."""

    room_type_id: int
    room_id: int | None
    currency: str


def desired_offers(rows: Sequence[AvailabilityState]) -> dict[int, Offer | None]:
    """The offer for each of these nights by the row's id; None where there is nothing to say (no price is set).

    A number of statements that does not grow with the nights.
    """
    if not rows:
        return {}
    mappings = RoomMapping.objects.in_bulk({row.room_mapping_id for row in rows})
    sold = _what_is_sold(mappings.values())
    units = _units([row for row in rows if row.rate_mapping_id is None], sold)
    units |= dict.fromkeys(_closed(mappings, sold, units), 0)
    rates = _rates([row for row in rows if row.rate_mapping_id is not None], mappings, sold)
    return {
        row.pk: _room_offer(row, mappings[row.room_mapping_id], units)
        if row.rate_mapping_id is None
        else rates.get(row.pk)
        for row in rows
    }


def _what_is_sold(mappings: Iterable[RoomMapping]) -> dict[int, _Sold]:
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
    found: dict[int, _Sold] = {}
    for mapping in chosen:
        if mapping.room_id in rooms:
            type_id, currency = rooms[mapping.room_id]
            found[mapping.pk] = _Sold(type_id, mapping.room_id, currency)
        elif mapping.room_type_id in types:
            found[mapping.pk] = _Sold(mapping.room_type_id, None, types[mapping.room_type_id])
    return found


def _units(rows: Sequence[AvailabilityState], sold: Mapping[int, _Sold]) -> dict[tuple[int, date], int]:
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


def _closed(
    mappings: Mapping[int, RoomMapping], sold: Mapping[int, _Sold], units: Mapping[tuple[int, date], int]
) -> list[tuple[int, date]]:
    """Nights of rooms with one price of their own on which that price is closed: nothing of them is on sale."""
    if not units:
        return []
    plans: dict[tuple[int, int], list[int]] = {}
    own = RateMapping.objects.filter(
        connection__in={mapping.connection_id for mapping in mappings.values()},
        rate_plan__isnull=False,
        external_ref=F("room_ref"),
    )
    plan_of = {(rate.connection_id, rate.property_ref, rate.room_ref): rate.rate_plan_id for rate in own}
    for pk, mapping in mappings.items():
        plan = plan_of.get((mapping.connection_id, mapping.property_ref, mapping.external_ref))
        if plan is not None and pk in sold:
            plans.setdefault((plan, sold[pk].room_type_id), []).append(pk)
    if not plans:
        return []
    closed = DailyRate.objects.filter(
        closed=True,
        rate_plan_id__in={plan for plan, _ in plans},
        room_type_id__in={room_type for _, room_type in plans},
        date__gte=min(day for _, day in units),
        date__lte=max(day for _, day in units),
    ).values_list("rate_plan_id", "room_type_id", "date")
    return [
        (pk, day) for plan, kind, day in closed for pk in plans.get((plan, kind), ()) if (pk, day) in units
    ]


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


def _rates(
    rows: Sequence[AvailabilityState], mappings: Mapping[int, RoomMapping], sold: Mapping[int, _Sold]
) -> dict[int, Offer]:
    if not rows:
        return {}
    rates = RateMapping.objects.in_bulk({row.rate_mapping_id for row in rows})
    prices = {
        (rate.rate_plan_id, rate.room_type_id, rate.date): rate
        for rate in DailyRate.objects.filter(
            rate_plan_id__in={rate.rate_plan_id for rate in rates.values() if rate.rate_plan_id},
            room_type_id__in={place.room_type_id for place in sold.values()},
            date__gte=min(row.date for row in rows),
            date__lte=max(row.date for row in rows),
        )
    }
    offers: dict[int, Offer] = {}
    for row in rows:
        rate, place = rates[row.rate_mapping_id or 0], sold.get(row.room_mapping_id)
        night = prices.get((rate.rate_plan_id or 0, place.room_type_id, row.date)) if place else None
        if night is None or place is None:
            continue
        mapping = mappings[row.room_mapping_id]
        offers[row.pk] = Offer(
            property_ref=mapping.property_ref,
            room_ref=mapping.external_ref,
            date=row.date,
            rate_ref=rate.external_ref,
            price=night.price,
            currency=place.currency if night.price is not None else None,
            minimum_stay=night.minimum_stay,
            maximum_stay=night.maximum_stay,
            closed=night.closed,
            closed_to_arrival=night.closed_to_arrival,
            closed_to_departure=night.closed_to_departure,
        )
    return offers
