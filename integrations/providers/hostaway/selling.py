"""What is on sale, night by night: our offers into Hostaway's calendar, and its calendar into offers.

A listing has one price and one number of units per night; the offers of the room and of its rate meet there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from integrations.contracts import Offer, Receipt, Refusal
from integrations.errors import Missing, Rejected
from integrations.offers import rooms_of
from integrations.providers.hostaway.client import HostawayClient
from integrations.providers.hostaway.item import is_set
from integrations.values import OddValue, count, local_date
from reservations.money import read_amount

#: The documented maximum of one call.
MOST_INTERVALS = 200
#: GUESS: what lifts a longest stay; nights without one are read with a number like it.
NO_LONGEST_STAY = 1125
#: So many calls may be spent on finding the intervals that are the reason of a refusal.
CALLS_TO_FIND_FAULTS = 20

_NO_RIGHT = frozenset({401, 403, 404})

ANOTHER_RATE = "A listing of Hostaway has one price, and this is another rate."
ANOTHER_CURRENCY = "The listing's prices are in {currency}."
NOT_FOUND = "The listing is not in the list of rooms. Read the rooms of this connection again."


@dataclass(frozen=True, slots=True)
class Listing:
    """What discovery found of a listing and the calendar must know."""

    is_multi_unit: bool
    currency: str | None


@dataclass(frozen=True, slots=True)
class Interval:
    """Consecutive nights that get the same values, and the offers that ask for them. No value: nothing to write."""

    first: date
    last: date
    values: Mapping[str, Any]
    offers: tuple[Offer, ...] = field(repr=False)

    def body(self) -> dict[str, Any]:
        # GUESS: endDate is the last night; both examples of the documentation read so.
        return {"startDate": self.first.isoformat(), "endDate": self.last.isoformat(), **self.values}


def listings_of(catalogue: Mapping[str, Any]) -> dict[str, Listing]:
    """The listings of a connection's stored catalogue, by their number."""
    found: dict[str, Listing] = {}
    for place in catalogue.get("properties", ()):
        has_units = any(room["kind"] == "room" for room in place["rooms"])
        for room in place["rooms"]:
            if room["kind"] == "room_type":
                several = has_units or (room["quantity"] or 1) > 1
                found[room["ref"]] = Listing(several, place["currency"])
    return found


def push(
    client: HostawayClient, listings: Mapping[str, Listing], offers: Sequence[Offer]
) -> Iterator[Receipt]:
    """Write ``offers``, listing by listing, at most 200 intervals in a call; a receipt for each call.

    What a listing refuses as a whole (archived, no right to it, gone) is refused with Hostaway's sentence; when only
    some intervals are the reason, the others are written.
    """
    for ref in rooms_of(offers):
        own = [offer for offer in offers if offer.room_ref == ref]
        listing = listings.get(ref)
        if listing is None:
            yield _refused(own, NOT_FOUND)
            continue
        fit = [offer for offer in own if not _misfit(offer, listing)]
        if unfit := [Refusal(o, said) for o in own if (said := _misfit(o, listing))]:
            yield Receipt((), tuple(unfit))
        found = intervals_of(fit, listing)
        if idle := tuple(offer for one in found if not one.values for offer in one.offers):
            yield Receipt(idle)
        yield from _write(client, ref, [one for one in found if one.values])


def intervals_of(offers: Sequence[Offer], listing: Listing) -> list[Interval]:
    """The offers of one listing as intervals, in the order of their nights."""
    by_night: dict[date, list[Offer]] = {}
    for offer in offers:
        by_night.setdefault(offer.date, []).append(offer)
    found: list[Interval] = []
    for night, asked in sorted(by_night.items()):
        values = _values(asked, listing)
        before = found[-1] if found else None
        if before and before.last + timedelta(days=1) == night and before.values == values:
            found[-1] = Interval(before.first, night, values, (*before.offers, *asked))
        else:
            found.append(Interval(night, night, values, tuple(asked)))
    return found


def read(
    client: HostawayClient, ref: str, listing: Listing | None, property_ref: str, first: date, last: date
) -> Iterator[Offer]:
    """The nights of one listing from ``first`` up to ``last`` (half-open): its units, and its price as a rate."""
    currency = listing.currency if listing else None
    for day in client.calendar(ref, first, last - timedelta(days=1)):
        night = local_date(day.get("date"))
        if night is None or not first <= night < last:
            continue
        yield Offer(property_ref, ref, night, units=_units(day))
        yield Offer(
            property_ref,
            ref,
            night,
            rate_ref=ref,
            price=_price(day.get("price"), currency),
            currency=currency,
            minimum_stay=_count(day.get("minimumStay")),
            maximum_stay=_count(day.get("maximumStay")),
            closed_to_arrival=is_set(day.get("closedOnArrival")),
            closed_to_departure=is_set(day.get("closedOnDeparture")),
        )


# --- writing --------------------------------------------------------------------------------------------------


def _misfit(offer: Offer, listing: Listing) -> str:
    """Why the calendar has no place for ``offer``; empty when it has."""
    if offer.rate_ref not in (None, offer.room_ref):
        return ANOTHER_RATE
    if offer.price is not None and offer.currency and listing.currency not in (None, offer.currency):
        return ANOTHER_CURRENCY.format(currency=listing.currency)
    return ""


def _values(asked: Sequence[Offer], listing: Listing) -> dict[str, Any]:
    """The fields of one night. Closed means that nothing is left to sell, whatever the number of units.

    An open rate alone writes no availability: whether a unit is free is told by the offer of the room.
    """
    values: dict[str, Any] = {}
    units: int | None = None
    closed = False
    for offer in asked:
        units = offer.units if offer.units is not None else units
        closed = closed or bool(offer.closed)
        told = {
            "price": float(offer.price) if offer.price is not None else None,
            "minimumStay": offer.minimum_stay,
            "maximumStay": NO_LONGEST_STAY if offer.maximum_stay == 0 else offer.maximum_stay,
            "closedOnArrival": _switch(offer.closed_to_arrival),
            "closedOnDeparture": _switch(offer.closed_to_departure),
        }
        values.update({name: value for name, value in told.items() if value is not None})
    if closed:
        units = 0
    if units is not None and listing.is_multi_unit:
        values["desiredUnitsToSell"] = units
    elif units is not None:
        values["isAvailable"] = 1 if units > 0 else 0
    return values


def _switch(value: bool | None) -> int | None:
    return None if value is None else int(value)


def _write(client: HostawayClient, ref: str, found: Sequence[Interval]) -> Iterator[Receipt]:
    """Send the intervals of one listing; halve what is refused until the reason is found or the tries are used up."""
    waiting = [found[start : start + MOST_INTERVALS] for start in range(0, len(found), MOST_INTERVALS)]
    tries = len(waiting) + CALLS_TO_FIND_FAULTS
    sentence = ""
    while waiting:
        part = waiting.pop(0)
        offers = [offer for one in part for offer in one.offers]
        if not tries:
            yield _refused(offers, sentence)
            continue
        tries -= 1
        try:
            client.write_calendar(ref, [one.body() for one in part])
        except (Rejected, Missing) as refused:
            sentence = refused.detail
            if refused.status in _NO_RIGHT:
                # It is the listing that is refused, so the rest would be as well, at the price of a new token each.
                tries = 0
            if tries and len(part) > 1:
                middle = len(part) // 2
                waiting[:0] = [part[:middle], part[middle:]]
            else:
                yield _refused(offers, sentence)
        else:
            yield Receipt(tuple(offers))


def _refused(offers: Sequence[Offer], sentence: str) -> Receipt:
    return Receipt((), tuple(Refusal(offer, sentence) for offer in offers))


# --- reading --------------------------------------------------------------------------------------------------


def _units(day: Mapping[str, Any]) -> int | None:
    """Units left to sell: told as a number for listings with several, as a yes or no for the others."""
    left = _count(day.get("availableUnitsToSell"))
    if left is not None:
        return left
    free = is_set(day.get("isAvailable"))
    return None if free is None else int(free)


def _price(value: Any, currency: str | None) -> Decimal | None:
    try:
        return read_amount(value, currency) if isinstance(value, int | str | Decimal) else None
    except ValueError:
        return None


def _count(value: Any) -> int | None:
    try:
        return count(value, "count")
    except OddValue:
        return None
