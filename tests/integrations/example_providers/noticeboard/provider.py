"""A channel whose calendar is a board in memory: what is pushed stands on it, and it can be told to misbehave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from integrations.contracts import (
    Capability,
    Category,
    Declaration,
    ExternalProperty,
    ExternalRoom,
    Offer,
    Receipt,
    Refusal,
)
from integrations.errors import IntegrationError
from integrations.http import ProviderSession

Key = tuple[str, str | None, date]


@dataclass
class Board:
    """What is on sale there, the calls that came, and how the next ones end."""

    offers: dict[Key, Offer] = field(default_factory=dict)
    calls: list[list[Offer]] = field(default_factory=list)
    error: IntegrationError | None = None
    unreadable: IntegrationError | None = None
    refuse: Callable[[Offer], str | None] = lambda offer: None
    during: Callable[[], None] | None = None
    split: int = 1000

    def units(self, room: str, day: date) -> int | None:
        offer = self.offers.get((room, None, day))
        return offer.units if offer else None


BOARD = Board()


class Noticeboard:
    declaration = Declaration(
        slug="noticeboard",
        name="Noticeboard",
        category=Category.CHANNEL,
        summary="A provider of the tests.",
        capabilities=frozenset({Capability.DISCOVER, Capability.PUSH_OFFERS, Capability.READ_OFFERS}),
    )

    def discover(self, session: ProviderSession) -> Sequence[ExternalProperty]:
        rooms = (
            ExternalRoom("double", "Double", "room_type", quantity=6),
            ExternalRoom("suite", "Suite", "room_type", quantity=2),
            ExternalRoom("flex", "Flexible", "rate", parent_ref="double"),
        )
        return [ExternalProperty("p1", "Paradise", timezone="Europe/Madrid", currency="EUR", rooms=rooms)]

    def push_offers(self, session: ProviderSession, offers: Sequence[Offer]) -> Iterator[Receipt]:
        for start in range(0, len(offers), BOARD.split):
            part = list(offers[start : start + BOARD.split])
            if BOARD.error is not None:
                raise BOARD.error
            BOARD.calls.append(part)
            refused = tuple(Refusal(o, said) for o in part if (said := BOARD.refuse(o)))
            accepted = tuple(o for o in part if not BOARD.refuse(o))
            BOARD.offers.update({(o.room_ref, o.rate_ref, o.date): o for o in accepted})
            if BOARD.during is not None:
                during, BOARD.during = BOARD.during, None
                during()
            yield Receipt(accepted, refused, request_id=f"call-{len(BOARD.calls)}")

    def read_offers(
        self, session: ProviderSession, property_ref: str, room_refs: Sequence[str], first: date, last: date
    ) -> Iterator[Offer]:
        if BOARD.unreadable is not None:
            raise BOARD.unreadable
        for (room, _rate, day), offer in sorted(BOARD.offers.items(), key=str):
            if room in room_refs and first <= day < last:
                yield offer


PROVIDER = Noticeboard()
