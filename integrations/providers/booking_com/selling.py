"""Sends what is on sale, in as few calls as the rules allow, and tells what became of each offer.

A call speaks of one property and one calendar month. Booking.com answers 200 when at least one part of a call worked,
with errors for the rest, and 400 when none did or when the call as a whole was not understood
(https://developers.booking.com/connectivity/docs/rates-availability-error-codes).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from integrations.contracts import Offer, Receipt, Refusal
from integrations.errors import Unreachable
from integrations.offers import by_month
from integrations.providers.booking_com import ari_messages
from integrations.providers.booking_com.ari_messages import AVAILABILITY, PRICES, Part
from integrations.providers.booking_com.moments import CENTRAL_EUROPE

if TYPE_CHECKING:
    from integrations.providers.booking_com.client import BookingComClient

#: Keeps a call below the size that their servers and ours take without complaint.
MOST_PARTS = 1000

Refused = dict[Offer, str]


def push(
    client: BookingComClient, offers: Sequence[Offer], *, now: datetime, prices_include_tax: bool
) -> Iterator[Receipt]:
    """One receipt for each call. An offer that needs two calls (restrictions and a price) is in the second's.

    Nights that are long over are not sent, for Booking.com refuses them; they count as accepted. Raises the errors of
    :mod:`integrations.errors` for a refused token, for waiting and for trouble at the other side. Offers that only met
    a failure of Booking.com's system are in no receipt: :class:`Unreachable` is raised for them at the end.
    """
    calls = _Calls(client, now, prices_include_tax)
    # Booking.com takes yesterday, and no night before it.
    oldest = now.astimezone(CENTRAL_EUROPE).date() - timedelta(days=1)
    if over := tuple(offer for offer in offers if offer.date < oldest):
        yield Receipt(over)
    for property_ref in dict.fromkeys(offer.property_ref for offer in offers):
        for month in by_month(o for o in offers if o.property_ref == property_ref and o.date >= oldest):
            yield from _month(calls, month)
    if calls.failed:
        raise Unreachable(next(iter(calls.failed.values())))


def _month(calls: _Calls, offers: Sequence[Offer]) -> Iterator[Receipt]:
    priced = [offer for offer in offers if offer.rate_ref is not None and offer.price is not None]
    others = [offer for offer in offers if offer.rate_ref is None or offer.price is None]
    # Without its currency a price cannot be written in the smallest coin: 100 yen would become 1.
    refused: Refused = {
        offer: "No currency is known for this price." for offer in priced if not offer.currency
    }
    told = calls.make(AVAILABILITY, [offer for offer in offers if offer not in refused])
    if others and (receipt := _receipt(calls, others, told.refused, told.request_id)):
        yield receipt
    if priced:
        refused |= told.refused
        told = calls.make(PRICES, [offer for offer in priced if offer.currency])
        if receipt := _receipt(calls, priced, told.refused | refused, told.request_id):
            yield receipt


def _receipt(calls: _Calls, offers: Sequence[Offer], refused: Refused, request_id: str) -> Receipt | None:
    """What became of ``offers`` as far as their system did not fail on them; None when it did on all."""
    answered = [offer for offer in offers if offer not in calls.failed]
    receipt = Receipt(
        accepted=tuple(offer for offer in answered if offer not in refused),
        refused=tuple(Refusal(offer, refused[offer]) for offer in answered if offer in refused),
        request_id=request_id,
    )
    return receipt if answered else None


@dataclass(frozen=True, slots=True)
class _Told:
    """What one call, or the pieces it had to be cut into, came to; ``request_id`` is the last piece's."""

    refused: Refused
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class _Calls:
    client: BookingComClient
    now: datetime
    prices_include_tax: bool
    #: Offers that are worth sending again, each with the sentence of the failure.
    failed: Refused = field(default_factory=dict)

    def make(self, name: str, offers: Sequence[Offer]) -> _Told:
        """Send ``offers`` with the message called ``name``, again without what makes it fail as a whole.

        A complaint that names a part is that part's. One that names none may be about any: then each half is sent
        again, down to a single room or rate, so that one bad room does not keep the others from being told.
        Everything is absolute, so what had worked is only said twice. Parts on which their system failed are noted in
        ``failed``; :class:`Unreachable` is raised when it failed on the whole call.
        """
        parts = self._parts(name, offers)
        if not parts:
            return _Told({})
        if len(parts) > MOST_PARTS and len(_places(offers)) > 1:
            return self._halves(name, offers)
        outcome = self.client.notify(name, ari_messages.document(name, parts, at=self.now))
        refused: Refused = {}
        unclear = ""
        for complaint in outcome.complaints:
            part = _part_named(complaint.record, parts)
            if part is None and complaint.is_passing:
                raise Unreachable(complaint.sentence, status=outcome.status)
            if part is None:
                unclear = unclear or complaint.sentence
                continue
            for offer in part.offers:
                (self.failed if complaint.is_passing else refused).setdefault(offer, complaint.sentence)
        told = {offer for part in parts for offer in part.offers}
        rest = [
            offer for offer in offers if offer in told and offer not in refused and offer not in self.failed
        ]
        if not rest or (outcome.status < 400 and not unclear):
            return _Told(refused, outcome.request_id)
        if len(rest) < len(told) and not unclear:
            # Refused as a whole because of the named parts: the others are sent without them.
            again = self.make(name, rest)
        elif outcome.status == 403 or len(_places(rest)) == 1:
            # 403: none of it was allowed, so no piece of it will be.
            again = _Told(dict.fromkeys(rest, unclear), outcome.request_id)
        else:
            again = self._halves(name, rest)
        return _Told(refused | again.refused, again.request_id)

    def _parts(self, name: str, offers: Sequence[Offer]) -> list[Part]:
        if name == AVAILABILITY:
            return ari_messages.availability(offers)
        return ari_messages.prices(offers, include_tax=self.prices_include_tax)

    def _halves(self, name: str, offers: Sequence[Offer]) -> _Told:
        places = _places(offers)
        first_half = set(places[: len(places) // 2])
        first = self.make(name, [offer for offer in offers if _place(offer) in first_half])
        second = self.make(name, [offer for offer in offers if _place(offer) not in first_half])
        return _Told(first.refused | second.refused, second.request_id or first.request_id)


def _place(offer: Offer) -> tuple[str, str | None]:
    return (offer.room_ref, offer.rate_ref)


def _places(offers: Sequence[Offer]) -> list[tuple[str, str | None]]:
    """The rooms and rates that ``offers`` speak of, each once."""
    return list(dict.fromkeys(_place(offer) for offer in offers))


def _part_named(record: str, parts: Sequence[Part]) -> Part | None:
    """The part whose number an error names."""
    known = record.isascii() and record.isdecimal() and len(record) < 9 and 1 <= int(record) <= len(parts)
    return parts[int(record) - 1] if known else None
