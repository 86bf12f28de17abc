"""What nights should cost now, and the rules for booking them, rate by rate.

What was told once is never just forgotten: no channel takes a price back, so a night whose price was taken away here is
closed there, and a rule that was taken away is lifted there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q

from integrations.contracts import Offer
from integrations.models import AvailabilityState, RateMapping, RoomMapping
from reservations.models import DailyRate

_PRICE, _WITHDRAWN = "price", "withdrawn"
_TOLD_A_PRICE = Q(accepted__has_key=_PRICE) | Q(value__has_key=_PRICE) | Q(value__has_key=_WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Sold:
    """What of ours an external room sells: a type, or one room of it."""

    room_type_id: int
    room_id: int | None
    currency: str


def rate_offers(
    rows: Sequence[AvailabilityState], mappings: Mapping[int, RoomMapping], sold: Mapping[int, Sold]
) -> dict[int, Offer]:
    """The offer for each of these nights of rates by the row's id; those of which there is nothing to say are missing.

    Two statements.
    """
    if not rows:
        return {}
    rates = RateMapping.objects.in_bulk({row.rate_mapping_id for row in rows})
    nights = {
        (night.rate_plan_id, night.room_type_id, night.date): night
        for night in DailyRate.objects.filter(
            rate_plan_id__in={rate.rate_plan_id for rate in rates.values() if rate.rate_plan_id},
            room_type_id__in={place.room_type_id for place in sold.values()},
            date__gte=min(row.date for row in rows),
            date__lte=max(row.date for row in rows),
        )
    }
    offers: dict[int, Offer] = {}
    for row in rows:
        rate, place = rates[row.rate_mapping_id or 0], sold.get(row.room_mapping_id)
        if place is None or rate.rate_plan_id is None:
            continue
        night = nights.get((rate.rate_plan_id, place.room_type_id, row.date))
        # What is under way may have arrived without its answer.
        told = row.accepted | row.value
        if night is not None or told:
            offers[row.pk] = _offer(
                row, rate, mappings[row.room_mapping_id], place, night or DailyRate(), told
            )
    return offers


def _offer(
    row: AvailabilityState,
    rate: RateMapping,
    mapping: RoomMapping,
    place: Sold,
    night: DailyRate,
    told: Mapping[str, Any],
) -> Offer:
    withdrawn = night.price is None and (_PRICE in told or _WITHDRAWN in told)
    return Offer(
        property_ref=mapping.property_ref,
        room_ref=mapping.external_ref,
        date=row.date,
        rate_ref=rate.external_ref,
        price=night.price,
        currency=place.currency if night.price is not None else None,
        minimum_stay=night.minimum_stay or (1 if "minimum_stay" in told else None),
        maximum_stay=night.maximum_stay or (0 if "maximum_stay" in told else None),
        closed=night.closed or withdrawn,
        closed_to_arrival=night.closed_to_arrival,
        closed_to_departure=night.closed_to_departure,
        withdrawn=withdrawn,
    )


def nights_without_price(
    mappings: Mapping[int, RoomMapping], sold: Mapping[int, Sold], nights: Collection[tuple[int, date]]
) -> list[tuple[int, date]]:
    """Those of ``nights`` (room mapping, night) on which the only price of their room is closed or was taken away:
    nothing of it is on sale then. For rooms with one price of their own; at most three statements."""
    if not nights:
        return []
    own = {
        (rate.connection_id, rate.property_ref, rate.room_ref): rate
        for rate in RateMapping.objects.filter(
            connection__in={mapping.connection_id for mapping in mappings.values()},
            rate_plan__isnull=False,
            external_ref=F("room_ref"),
        )
    }
    rates = {
        pk: rate
        for pk, mapping in mappings.items()
        if pk in sold
        and (rate := own.get((mapping.connection_id, mapping.property_ref, mapping.external_ref)))
    }
    if not rates:
        return []
    first, last = min(day for _, day in nights), max(day for _, day in nights)
    said = {
        (plan, kind, day): (closed, price is not None)
        for plan, kind, day, closed, price in DailyRate.objects.filter(
            rate_plan_id__in={rate.rate_plan_id for rate in rates.values()},
            room_type_id__in={sold[pk].room_type_id for pk in rates},
            date__gte=first,
            date__lte=last,
        ).values_list("rate_plan_id", "room_type_id", "date", "closed", "price")
    }
    shut: list[tuple[int, date]] = []
    unpriced: list[tuple[int, date]] = []
    for pk, day in nights:
        if pk in rates:
            closed, priced = said.get(
                (rates[pk].rate_plan_id or 0, sold[pk].room_type_id, day), (False, False)
            )
            if closed:
                shut.append((pk, day))
            elif not priced:
                unpriced.append((pk, day))
    if unpriced:
        told = AvailabilityState.objects.filter(
            _TOLD_A_PRICE,
            rate_mapping__in={rates[pk].pk for pk, _ in unpriced},
            date__gte=first,
            date__lte=last,
        )
        withdrawn = set(told.values_list("rate_mapping_id", "date"))
        shut += [(pk, day) for pk, day in unpriced if (rates[pk].pk, day) in withdrawn]
    return shut
