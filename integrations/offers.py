"""Cuts what is to be put on sale into the pieces that calendars of other systems take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from integrations.contracts import Offer

Interval = tuple[date, date, Offer]


def intervals(offers: Iterable[Offer]) -> list[Interval]:
    """Consecutive nights with equal values as one: (first night, last night included, an offer with the values).

    The result is ordered by room, rate and night, whatever the order of ``offers``.
    """
    joined: list[Interval] = []
    for offer in sorted(offers, key=_place):
        if joined:
            first, last, sample = joined[-1]
            if last + timedelta(days=1) == offer.date and replace(offer, date=sample.date) == sample:
                joined[-1] = (first, offer.date, sample)
                continue
        joined.append((offer.date, offer.date, offer))
    return joined


def by_month(offers: Iterable[Offer]) -> list[list[Offer]]:
    """The same offers cut at the ends of calendar months, the earliest month first."""
    months: dict[tuple[int, int], list[Offer]] = {}
    for offer in offers:
        months.setdefault((offer.date.year, offer.date.month), []).append(offer)
    return [months[month] for month in sorted(months)]


def values_of(offer: Offer) -> dict[str, str | int | bool]:
    """What ``offer`` says, without its place, as it is stored and compared; amounts as text."""
    named: dict[str, str | int | bool | None] = {
        "units": offer.units,
        "price": None if offer.price is None else format(offer.price.normalize(), "f"),
        "currency": offer.currency,
        "minimum_stay": offer.minimum_stay,
        "maximum_stay": offer.maximum_stay,
        "closed": offer.closed,
        "closed_to_arrival": offer.closed_to_arrival,
        "closed_to_departure": offer.closed_to_departure,
        "withdrawn": offer.withdrawn or None,
    }
    return {name: value for name, value in named.items() if value is not None}


def _place(offer: Offer) -> tuple[str, str, str, date]:
    return (offer.property_ref, offer.room_ref, offer.rate_ref or "", offer.date)


def rooms_of(offers: Sequence[Offer]) -> list[str]:
    """The rooms that ``offers`` speak of, each once, in their order."""
    return list(dict.fromkeys(offer.room_ref for offer in offers))
