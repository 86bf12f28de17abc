"""Sends offers to Octorate's calendar within its quota, and reads them back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from integrations.contracts import Offer, RateLimit, Receipt, Refusal
from integrations.errors import Missing, PropertyClosed, RateLimited
from integrations.providers.octorate import calendar
from integrations.providers.octorate.calendar import Product, Span
from integrations.providers.octorate.client import OctorateClient
from integrations.providers.octorate.values import currency_code

#: Units of the quota that pushing leaves alone, so that bookings can always be read.
KEPT_FOR_READING = 40

_CLOSED = "Octorate no longer opens this property: allow it there, or stop using it here."
_READ_ONLY = (
    "Octorate does not let this application write the calendar of the property. Ask Octorate for write access to "
    "availability and prices."
)


def read(
    client: OctorateClient, property_ref: str, room_refs: Sequence[str], first: date, last: date
) -> Iterator[Offer]:
    """What Octorate sells in the rooms on the nights [first, last), the rates of the rooms included."""
    products = calendar.products_of(client.products(property_ref))
    wanted = [ref for ref, product in products.items() if product.room in room_refs]
    currency = _currency(client, property_ref)
    for ref, row in client.calendar(property_ref, wanted, first, last):
        yield from calendar.offers_of(row, products[ref], property_ref, currency, first, last)


@dataclass
class Push:
    """One push. ``left`` counts the units of the quota that it may still use up."""

    client: OctorateClient
    limit: RateLimit
    left: int = 0

    def run(self, offers: Sequence[Offer]) -> Iterator[Receipt]:
        """A receipt for each call, property after property; offers of a property that is closed or gone are refused.

        Raises :class:`RateLimited` when the rest of the quota is to be kept for reading.
        """
        used = sum(units for _, units in self.client.units_used(self.limit.period))
        self.left = self.limit.calls - KEPT_FOR_READING - used
        for place in dict.fromkeys(offer.property_ref for offer in offers):
            waiting = dict.fromkeys(offer for offer in offers if offer.property_ref == place)
            try:
                for receipt in self._property(place, list(waiting)):
                    for offer in (*receipt.accepted, *(refusal.offer for refusal in receipt.refused)):
                        waiting.pop(offer, None)
                    yield receipt
            except (PropertyClosed, Missing) as closed:
                sentence = f"{_CLOSED} ({closed.detail})"
                yield Receipt((), tuple(Refusal(offer, sentence) for offer in waiting))

    def _property(self, place: str, offers: Sequence[Offer]) -> Iterator[Receipt]:
        known = self.client.known_products(place)
        products = calendar.products_of(self.client.products(place) if known is None else known)
        priced = any(offer.price is not None for offer in offers)
        currency = _currency(self.client, place) if priced else None
        fitting, unfitting = _sorted_out(offers, products, currency)
        if unfitting and known is not None:
            # It may be there since the products were read last.
            products = calendar.products_of(self.client.products(place))
            fitting, unfitting = _sorted_out(offers, products, currency)
        if unfitting:
            yield Receipt((), tuple(unfitting))
        spans = calendar.spans(fitting, products)
        empty = [span for span in spans if not span.items]
        if empty:
            yield _receipt(empty)
        for receipt in self._calls(list(calendar.calls(span for span in spans if span.items))):
            if receipt.refused:
                # Perhaps because the products are others by now.
                self.client.forget_products(place)
            yield receipt

    def _calls(self, calls: list[list[Span]]) -> Iterator[Receipt]:
        while calls:
            spans = calls.pop(0)
            units = calendar.cost(spans)
            if units > self.left:
                raise RateLimited(
                    "the calls that are left are kept for reading bookings", until=self._until()
                )
            answer = self.client.write_calendar([item for span in spans for item in span.items])
            self._count(units, answer.left)
            if answer.forbidden:
                rest = [*spans, *(span for later in calls for span in later)]
                yield _receipt(rest, f"{_READ_ONLY} ({answer.refusal})", answer.request_id)
                return
            if answer.refusal and len(spans) > 1:
                # Nothing says which item was refused, nor whether the others were taken: each half is tried alone.
                middle = len(spans) // 2
                calls[:0] = [spans[:middle], spans[middle:]]
                continue
            yield _receipt(spans, answer.refusal, answer.request_id)

    def _count(self, units: int, told: int | None) -> None:
        """Note what a write used up, for this push and those soon after; what Octorate tells to be left wins."""
        if told is None:
            self.left -= units
            self.client.note_units(units, self.limit.period)
        else:
            self.left = told - KEPT_FOR_READING
            self.client.forget_units()

    def _until(self) -> datetime:
        """When the oldest of the writes that were counted counts no more."""
        used = self.client.units_used(self.limit.period)
        return (used[0][0] if used else timezone.now()) + self.limit.period


def _sorted_out(
    offers: Sequence[Offer], products: Mapping[str, Product], currency: str | None
) -> tuple[list[Offer], list[Refusal]]:
    fitting: list[Offer] = []
    unfitting: list[Refusal] = []
    for offer in offers:
        sentence = calendar.objection(offer, products, currency)
        if sentence is None:
            fitting.append(offer)
        else:
            unfitting.append(Refusal(offer, sentence))
    return fitting, unfitting


def _receipt(spans: Sequence[Span], refusal: str = "", request_id: str = "") -> Receipt:
    """Accepted is what was neither refused nor written in part only."""
    accepted = [offer for span in spans if not (refusal or span.remark) for offer in span.offers]
    refused = [
        Refusal(offer, refusal or span.remark)
        for span in spans
        if refusal or span.remark
        for offer in span.offers
    ]
    return Receipt(tuple(accepted), tuple(refused), request_id)


def _currency(client: OctorateClient, property_ref: str) -> str | None:
    return currency_code(client.accommodation(property_ref).get("currency"))
