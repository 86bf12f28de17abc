"""What is on sale as the parts of two OTA messages: availability with restrictions, and prices.

https://developers.booking.com/connectivity/docs/ota-hotelavailnotif and ota-rateamountnotif
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel.numbers import get_currency_precision
from lxml import etree

from integrations.contracts import Offer
from integrations.offers import intervals
from integrations.providers.booking_com.documents import child, ota_element, ota_root, written

#: More than this counts as this at Booking.com, and 255 would mean that there is no limit.
MOST_UNITS = 254
#: The version that clients write on these messages; the schema fixes none.
VERSION = "3.000"
#: Each kind of statement is a message of its own. The order matters: a closed room is opened before it gets a number.
FACETS = (
    ("closed",),
    ("closed_to_arrival",),
    ("closed_to_departure",),
    ("minimum_stay", "maximum_stay"),
    ("units",),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One ``…Message`` element, still without its number, and the offers that it tells of."""

    element: etree._Element
    offers: tuple[Offer, ...]


def availability(offers: Sequence[Offer]) -> list[Part]:
    """The parts for restrictions and numbers of rooms of ``offers``, which are of one property and month.

    A number of rooms is told alone and without a rate, because it holds for all rates of the room type.
    """
    return [
        Part(_status_message(first, last, sample), told)
        for names in FACETS
        for first, last, sample, told in _spans(offers, names)
        if names != ("units",) or sample.rate_ref is None
    ]


def prices(offers: Sequence[Offer], *, include_tax: bool) -> list[Part]:
    """The parts for the prices of ``offers``, which are of one property and month; each names a rate and a currency.

    ``include_tax`` must be as in the property's own settings at Booking.com.
    """
    parts = []
    for first, last, sample, told in _spans(offers, ("price", "currency")):
        if sample.price is None or sample.currency is None or sample.rate_ref is None:
            continue
        message = ota_element("RateAmountMessage")
        _control(message, first, last, sample)
        amounts = child(child(child(message, "Rates"), "Rate"), "BaseByGuestAmts")
        places = get_currency_precision(sample.currency)
        amount = {"AmountAfterTax" if include_tax else "AmountBeforeTax": minor_units(sample.price, places)}
        child(amounts, "BaseByGuestAmt", **amount, DecimalPlaces=places, CurrencyCode=sample.currency)
        parts.append(Part(message, told))
    return parts


def minor_units(amount: Decimal, places: int) -> int:
    """``amount`` in the smallest coin of a currency with so many decimals, halves rounded up."""
    return int(amount.scaleb(places).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def document(name: str, parts: Sequence[Part], *, at: datetime) -> bytes:
    """The message ``<name>RQ`` that holds ``parts``, numbered from 1: errors name the number as their record."""
    root = ota_root(f"{name}RQ", at=at, version=VERSION)
    messages = child(root, CONTAINERS[name])
    for number, part in enumerate(parts, start=1):
        part.element.set("LocatorID", str(number))
        messages.append(part.element)
    return written(root)


AVAILABILITY, PRICES = "OTA_HotelAvailNotif", "OTA_HotelRateAmountNotif"
CONTAINERS = {AVAILABILITY: "AvailStatusMessages", PRICES: "RateAmountMessages"}


def _status_message(first: date, last: date, sample: Offer) -> etree._Element:
    message = ota_element("AvailStatusMessage")
    _control(message, first, last, sample)
    if sample.units is not None:
        message.set("BookingLimit", str(min(max(sample.units, 0), MOST_UNITS)))
    if (sample.minimum_stay, sample.maximum_stay) != (None, None):
        lengths = child(message, "LengthsOfStay")
        # GUESS: a longest stay of 0, the lowest number that is allowed, lifts it.
        for kind, nights in (("SetMinLOS", sample.minimum_stay), ("SetMaxLOS", sample.maximum_stay)):
            if nights is not None:
                child(lengths, "LengthOfStay", MinMaxMessageType=kind, Time=nights)
    for restriction, is_closed in (
        (None, sample.closed),
        ("Arrival", sample.closed_to_arrival),
        ("Departure", sample.closed_to_departure),
    ):
        if is_closed is not None:
            status = "Close" if is_closed else "Open"
            child(message, "RestrictionStatus", Restriction=restriction, Status=status)
    return message


def _control(message: etree._Element, first: date, last: date, sample: Offer) -> None:
    """Which nights (the last one included), room type and rate a message speaks of; room types name their property."""
    child(
        message,
        "StatusApplicationControl",
        Start=first.isoformat(),
        End=last.isoformat(),
        InvTypeCode=sample.room_ref,
        RatePlanCode=sample.rate_ref,
    )


def _spans(
    offers: Sequence[Offer], names: tuple[str, ...]
) -> Iterator[tuple[date, date, Offer, tuple[Offer, ...]]]:
    """Nights in a row for which the values called ``names`` are equal, with the offers that they come from."""
    saying: dict[tuple[str, str | None, date], Offer] = {}
    for offer in offers:
        if any(getattr(offer, name) is not None for name in names):
            saying[offer.room_ref, offer.rate_ref, offer.date] = offer
    for first, last, sample in intervals(_only(offer, names) for offer in saying.values()):
        nights = range(first.toordinal(), last.toordinal() + 1)
        told = (saying[sample.room_ref, sample.rate_ref, date.fromordinal(night)] for night in nights)
        yield first, last, sample, tuple(told)


def _only(offer: Offer, names: tuple[str, ...]) -> Offer:
    said: dict[str, Any] = {name: getattr(offer, name) for name in names}
    return Offer(offer.property_ref, offer.room_ref, offer.date, offer.rate_ref, **said)
