"""What the suite puts on sale: nights of rooms and rates that were discovered, and what is then sold there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from integrations.contracts import Capability, ExternalProperty, Offer, Receipt
from integrations.http import ProviderSession
from integrations.offers import rooms_of, values_of
from integrations.sandbox import Sandbox
from tests.contract.cases import Case

#: Nights that no booking of a sandbox reaches.
FIRST = date.today() + timedelta(days=120)
#: More than a calendar month, so that what is cut at months shows its seams.
NIGHTS = 40

#: Room, rate (none: the room itself) and night.
Place = tuple[str, str, str | None, date]


@dataclass(frozen=True)
class Shelf:
    """A room type that can be sold, with what carries its prices."""

    property: ExternalProperty
    room_ref: str
    rate_refs: tuple[str, ...]

    def offers(self, *, turn: int = 0, first: date = FIRST, nights: int = NIGHTS) -> list[Offer]:
        """Rooms left, prices and restrictions of each night, in stretches of equal nights; another ``turn`` says
        something else of every one of them."""
        return [offer for n in range(nights) for offer in self._night(first + timedelta(days=n), n, turn)]

    def _night(self, day: date, number: int, turn: int) -> Iterator[Offer]:
        ref = self.property.ref
        yield Offer(ref, self.room_ref, day, units=(number // 5 + turn) % 2)
        for rate_ref in self.rate_refs:
            yield Offer(
                ref,
                self.room_ref,
                day,
                rate_ref=rate_ref,
                price=Decimal(110 + 10 * (number // 4 % 3) + turn),
                currency=self.property.currency or "EUR",
                minimum_stay=1 + (number // 6 + turn) % 3,
                maximum_stay=7 + turn,
                closed=False,
                closed_to_arrival=(number // 7 + turn) % 2 == 1,
                closed_to_departure=(number // 8 + turn) % 2 == 1,
            )


def shelves_of(properties: Sequence[ExternalProperty]) -> list[Shelf]:
    """Up to three room types: one of each property first, those with the most rates first."""
    found = [_shelves(place) for place in properties]
    turns = max((len(shelves) for shelves in found), default=0)
    return [shelves[turn] for turn in range(turns) for shelves in found if turn < len(shelves)][:3]


def _shelves(place: ExternalProperty) -> list[Shelf]:
    shelves = [
        Shelf(
            place,
            room.ref,
            (
                *((room.ref,) if room.priced else ()),
                *(rate.ref for rate in place.rooms if rate.kind == "rate" and rate.parent_ref == room.ref),
            ),
        )
        for room in place.rooms
        if room.kind == "room_type"
    ]
    return sorted(shelves, key=lambda shelf: -len(shelf.rate_refs))


def where(offer: Offer) -> Place:
    return (offer.property_ref, offer.room_ref, offer.rate_ref, offer.date)


def push(case: Case, session: ProviderSession, offers: Sequence[Offer]) -> list[Receipt]:
    return list(case.provider.push_offers(session, offers))


def accepted(receipts: Sequence[Receipt]) -> list[Offer]:
    return [offer for receipt in receipts for offer in receipt.accepted]


def refused(receipts: Sequence[Receipt]) -> dict[Offer, str]:
    return {refusal.offer: refusal.message for receipt in receipts for refusal in receipt.refused}


def receipted(receipts: Sequence[Receipt]) -> Counter[Offer]:
    """Every offer of the receipts, accepted or not, and how often."""
    return Counter([*accepted(receipts), *(one.offer for receipt in receipts for one in receipt.refused)])


def on_sale(
    case: Case, session: ProviderSession, sandbox: Sandbox, offers: Sequence[Offer]
) -> dict[Place, dict[str, Any]]:
    """What the other side sells where ``offers`` speak of: as it tells, or, where it cannot be asked, as its sandbox
    shows. Values that are not told are left out."""
    if case.can(Capability.READ_OFFERS):
        told = [found for place in _places(offers) for found in case.provider.read_offers(session, *place)]
    else:
        told = [case.hook.on_sale(sandbox, offer) for offer in offers]
    wanted = {where(offer) for offer in offers}
    return {where(found): values_of(found) for found in told if where(found) in wanted}


def _places(offers: Sequence[Offer]) -> Iterator[tuple[str, list[str], date, date]]:
    """Whom to ask for what: property, rooms, and the half-open nights of ``offers``."""
    for ref in dict.fromkeys(offer.property_ref for offer in offers):
        own = [offer for offer in offers if offer.property_ref == ref]
        days = [offer.date for offer in own]
        yield ref, rooms_of(own), min(days), max(days) + timedelta(days=1)


def misread(offers: Sequence[Offer], found: dict[Place, dict[str, Any]]) -> list[str]:
    """What the other side sells otherwise than ``offers`` say, in everything that it tells of their nights."""
    return [
        f"{where(offer)}: {name} is {value}, not {told[name]}"
        for offer in offers
        for told in [values_of(offer)]
        for name, value in found.get(where(offer), {}).items()
        if name in told and told[name] != value
    ]
