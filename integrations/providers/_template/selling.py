"""What is on sale: our nights as items of their calendar, and their calendar as nights of ours.

A provider that cannot be told what is on sale needs nothing of this: see `integrations/README.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from integrations.contracts import Offer, Receipt, Refusal
from integrations.errors import Missing, Rejected
from integrations.offers import Interval, by_month, intervals
from integrations.providers._template.client import TemplateClient
from integrations.values import OddValue, count, currency_code, local_date, objects_of, text_of
from reservations.money import read_amount

#: GUESS: what lifts a longest stay that was told before.
NO_LONGEST_STAY = 365


def push(client: TemplateClient, offers: Sequence[Offer]) -> Iterator[Receipt]:
    """A call, and a receipt, for each property and month. Every offer is in one receipt, accepted or refused.

    They take the good items of a call and name the bad ones by their number. Where one bad item makes the whole call
    fail, send it again without that item or, when the answer does not name it, in halves.
    """
    for place in dict.fromkeys(offer.property_ref for offer in offers):
        for month in by_month(offer for offer in offers if offer.property_ref == place):
            yield _call(client, place, intervals(month))


def _call(client: TemplateClient, place: str, spans: Sequence[Interval]) -> Receipt:
    try:
        answer = client.write_calendar(place, [_item(*span) for span in spans])
    except (Rejected, Missing) as refused:
        said = {str(number): refused.detail for number in range(len(spans))}
        call = ""
    else:
        said = {str(row.get("item")): text_of(row.get("message")) or "Refused." for row in answer.refused}
        call = answer.number
    # A refusal that names none of our items may be about any of them.
    unclear = next((said[item] for item in said if item not in map(str, range(len(spans)))), "")
    accepted: list[Offer] = []
    refusals: list[Refusal] = []
    for number, span in enumerate(spans):
        if sentence := said.get(str(number), unclear):
            refusals += [Refusal(offer, sentence) for offer in _nights(*span)]
        else:
            accepted += _nights(*span)
    return Receipt(tuple(accepted), tuple(refusals), call)


def _nights(first: date, last: date, sample: Offer) -> list[Offer]:
    return [replace(sample, date=first + timedelta(days=n)) for n in range((last - first).days + 1)]


def _item(first: date, last: date, offer: Offer) -> dict[str, Any]:
    """Equal nights from ``first`` to ``last``, both included. What an offer does not say is left out: it stays."""
    values = {
        "room_type": offer.room_ref,
        "rate": offer.rate_ref,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "units": offer.units,
        "price": None if offer.price is None else str(offer.price),
        "currency": offer.currency,
        "minimum_stay": offer.minimum_stay,
        "maximum_stay": NO_LONGEST_STAY if offer.maximum_stay == 0 else offer.maximum_stay,
        "closed": offer.closed,
        "closed_to_arrival": offer.closed_to_arrival,
        "closed_to_departure": offer.closed_to_departure,
    }
    return {name: value for name, value in values.items() if value is not None}


def read(
    client: TemplateClient, place: str, room_refs: Sequence[str], first: date, last: date
) -> Iterator[Offer]:
    """The nights of these room types from ``first`` up to ``last`` (half-open): units, then each rate."""
    for ref in room_refs:
        for day in client.calendar(place, ref, first, last - timedelta(days=1)):
            night = local_date(day.get("date"))
            if night is None or not first <= night < last:
                continue
            yield Offer(place, ref, night, units=_count(day.get("units")))
            for row in objects_of(day.get("rates")):
                if rate_ref := text_of(row.get("rate")):
                    yield _rate(place, ref, night, rate_ref, row)


def _rate(place: str, room_ref: str, night: date, rate_ref: str, row: Mapping[str, Any]) -> Offer:
    currency = currency_code(row.get("currency"))
    return Offer(
        place,
        room_ref,
        night,
        rate_ref=rate_ref,
        price=_price(row.get("price"), currency),
        currency=currency,
        minimum_stay=_count(row.get("minimum_stay")),
        maximum_stay=_count(row.get("maximum_stay")),
        closed=_yes_or_no(row.get("closed")),
        closed_to_arrival=_yes_or_no(row.get("closed_to_arrival")),
        closed_to_departure=_yes_or_no(row.get("closed_to_departure")),
    )


def _count(value: object) -> int | None:
    try:
        return count(value, "count")
    except OddValue:
        return None


def _price(value: object, currency: str | None) -> Decimal | None:
    try:
        return read_amount(value, currency)
    except ValueError:
        return None


def _yes_or_no(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
