"""Octorate's calendar: what is to be on sale as items of a bulk write, and what a reading of it says. Pure.

A product is a room type or a rate; both have a calendar. Facts and their sources are in README.md of this folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from integrations.contracts import Offer
from integrations.offers import intervals
from integrations.providers.octorate.values import (
    OddValue,
    local_date,
    mapping_of,
    objects_of,
    reference,
    text_of,
)
from reservations.money import read_amount
from reservations.records import JsonObject

#: A bulk write costs one unit of the quota, and one more for every so many room-days in it.
ROOM_DAYS_PER_UNIT = 15
#: What one call carries at most: 20 units' worth, so that one call never eats the quota that reading needs.
ROOM_DAYS_PER_CALL = 20 * ROOM_DAYS_PER_UNIT - 1

#: GUESS: what lifts a longest stay.
NO_LONGEST_STAY = 99

_OWN_PRICE = "CALENDAR"
_LARGEST_WHOLE = 32_767


@dataclass(frozen=True, slots=True)
class Product:
    """What the calendar has to know of a room type (``room`` is its own ``ref``) or of a rate of the type ``room``.

    A rate that is linked takes its availability from its room type; ``own_price`` is False when Octorate works the
    price out from another product's.
    """

    ref: str
    name: str
    room: str
    linked: bool = False
    own_price: bool = True

    @property
    def is_rate(self) -> bool:
        return self.ref != self.room


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive nights with equal values: the offers they stand for, and the items that write them.

    ``remark`` says what of the offers Octorate cannot take, though the rest is written.
    """

    offers: tuple[Offer, ...]
    items: tuple[JsonObject, ...]
    remark: str = ""

    @property
    def room_days(self) -> int:
        return len(self.offers) * len(self.items)


def products_of(rows: Iterable[Mapping[str, object]]) -> dict[str, Product]:
    """The products of a property by reference; rows without a usable id are left out.

    A rate may be derived from a rate: ``room`` is the room type at the root.
    """
    named: dict[str, tuple[Mapping[str, object], Mapping[str, object]]] = {}
    parents: dict[str, str] = {}
    for row in rows:
        rule = mapping_of(row.get("derivedRule"))
        try:
            ref, parent = reference(row.get("id"), "id"), reference(rule.get("parent"), "parent")
        except OddValue:
            continue
        if ref is not None and ref.isascii() and ref.isdigit():
            named[ref] = (row, rule)
            if parent is not None:
                parents[ref] = parent
    return {
        ref: Product(
            ref=ref,
            name=text_of(row.get("name")) or ref,
            room=_root(ref, parents),
            linked=ref in parents and rule.get("availability") is True,
            # GUESS: a price that follows another product's (INCREMENT, PERCENT) cannot be written; not said at all
            # it is taken for a price of its own.
            own_price=ref not in parents or rule.get("price") in (None, _OWN_PRICE),
        )
        for ref, (row, rule) in named.items()
    }


def _root(ref: str, parents: Mapping[str, str]) -> str:
    seen = {ref}
    while (parent := parents.get(ref)) is not None and parent not in seen:
        seen.add(parent)
        ref = parent
    return ref


# --- writing --------------------------------------------------------------------------------------------------


def objection(offer: Offer, products: Mapping[str, Product], currency: str | None) -> str | None:
    """Why Octorate's calendar has no place for ``offer``, as a sentence; None when it has one.

    ``currency`` is what the property sells in; None skips the comparison.
    """
    room = products.get(offer.room_ref)
    if room is None:
        return f"Octorate lists no room type {offer.room_ref} in this property."
    if room.is_rate:
        return f"{room.name} is a rate at Octorate, not a room type: its room type is {room.room}."
    if offer.rate_ref is not None:
        rate = products.get(offer.rate_ref)
        if rate is None or rate.room != room.ref:
            return f"Octorate lists no rate {offer.rate_ref} of {room.name}."
    if offer.price is not None and currency and offer.currency and offer.currency != currency:
        return f"Octorate sells this property in {currency}, not in {offer.currency}."
    return None


def spans(offers: Iterable[Offer], products: Mapping[str, Product]) -> list[Span]:
    """``offers`` without an objection, joined where nights are consecutive and equal, none too long for a call.

    An offer that holds nothing to write is accepted as it is: its span has no items.
    """
    found: list[Span] = []
    for first, last, sample in intervals(offers):
        remark, writes = _writes(sample, products)
        nights = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        length = max(1, ROOM_DAYS_PER_CALL // max(1, len(writes)))
        for start in range(0, len(nights), length):
            part = nights[start : start + length]
            found.append(
                Span(
                    offers=tuple(replace(sample, date=night) for night in part),
                    items=tuple(_item(ref, part[0], part[-1], values) for ref, values in writes),
                    remark=remark,
                )
            )
    return found


def calls(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """``spans`` in order, as many at a time as one call carries."""
    batch: list[Span] = []
    carried = 0
    for span in spans:
        if batch and carried + span.room_days > ROOM_DAYS_PER_CALL:
            yield batch
            batch, carried = [], 0
        batch.append(span)
        carried += span.room_days
    if batch:
        yield batch


def cost(spans: Iterable[Span]) -> int:
    """How many units of the quota a call with ``spans`` uses up."""
    return 1 + sum(span.room_days for span in spans) // ROOM_DAYS_PER_UNIT


def _item(ref: str, first: date, last: date, values: JsonObject) -> JsonObject:
    # Both dates are inclusive: the night before the departure is the last.
    return {"room": int(ref), "dateFrom": first.isoformat(), "dateTo": last.isoformat(), "values": values}


def _writes(offer: Offer, products: Mapping[str, Product]) -> tuple[str, list[tuple[str, JsonObject]]]:
    """A remark about what must be left out, and the values for each product that ``offer`` concerns."""
    product = products[offer.rate_ref or offer.room_ref]
    remark = ""
    price = offer.price
    if price is not None and not product.own_price:
        remark, price = f"Octorate works out the price of {product.name} from another product's.", None
    writes = [(product.ref, _values(offer, price))]
    if offer.rate_ref is None and offer.units is not None:
        # A rate that counts its rooms itself would go on selling them; one that is linked follows by itself.
        own = [rate.ref for rate in products.values() if rate.room == product.ref and not rate.linked]
        writes += [(ref, {"availability": offer.units}) for ref in own if ref != product.ref]
    return remark, [(ref, values) for ref, values in writes if values]


def _values(offer: Offer, price: Decimal | None) -> JsonObject:
    """The values in the words of a write, which are not those of a reading (``minstay``, ``minStay``)."""
    values: dict[str, object | None] = {
        "availability": offer.units if offer.rate_ref is None else None,
        # JSON numbers of this size keep their decimals as floats: 94.1 is written 94.1.
        "price": None if price is None else float(price),
        "minstay": offer.minimum_stay,
        "maxstay": NO_LONGEST_STAY if offer.maximum_stay == 0 else offer.maximum_stay,
        "stopSells": offer.closed,
        "closeToArrival": offer.closed_to_arrival,
        "closeToDeparture": offer.closed_to_departure,
    }
    return {name: value for name, value in values.items() if value is not None}


# --- reading --------------------------------------------------------------------------------------------------


def offers_of(
    row: Mapping[str, object],
    product: Product,
    property_ref: str,
    currency: str | None,
    first: date,
    last: date,
) -> Iterator[Offer]:
    """What one row of a reading says of the nights [first, last): of a room type its units and its own price, of a
    rate its price.

    A value that is missing or odd is None. Days outside are left out. ``currency`` is the property's: the calendar
    itself does not tell it.
    """
    days = row.get("days")
    # The official schema has one object where every answer has a list.
    for day in [days] if isinstance(days, dict) else objects_of(days):
        night = local_date(day.get("date"))
        if night is None or not first <= night < last:
            continue
        if not product.is_rate:
            yield Offer(property_ref, product.ref, night, units=_units(day.get("availability")))
        price = _price(day.get("price"), currency)
        yield Offer(
            property_ref,
            product.room,
            night,
            rate_ref=product.ref,
            price=price,
            currency=None if price is None else currency,
            minimum_stay=_whole(day.get("minStay")),
            maximum_stay=_whole(day.get("maxStay")),
            closed=_yes_or_no(day.get("stopSells")),
            closed_to_arrival=_yes_or_no(day.get("closeToArrival")),
            closed_to_departure=_yes_or_no(day.get("closeToDeparture")),
        )


def _whole(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_WHOLE:
        return value
    return None


def _units(value: object) -> int | None:
    # An overbooked night is below zero at Octorate: nothing is left to sell.
    if isinstance(value, int) and not isinstance(value, bool) and value < 0:
        return 0
    return _whole(value)


def _price(value: object, currency: str | None) -> Decimal | None:
    try:
        return read_amount(value, currency)
    except ValueError:
        return None


def _yes_or_no(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
