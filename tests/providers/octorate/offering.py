"""Offers for the sandbox's rooms, and what became of them, shared by the tests of the calendar."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from integrations.contracts import Offer, Receipt
from integrations.http import ProviderSession
from integrations.providers.octorate.provider import PROVIDER
from integrations.providers.octorate.sandbox import OctorateSandbox
from tests.providers.octorate.calls import HOTEL

SINGLE, DOUBLE, APARTMENT = "501001", "501002", "502001"
#: Rates of the double room: one takes its price from the room type, one has prices of its own.
CHEAPER, BREAKFAST = "501021", "501022"
BULK = "/calendar/bulk"


def units(first: date, count: int, *, room: str = DOUBLE, left: int = 2, place: str = HOTEL) -> list[Offer]:
    return [Offer(place, room, first + timedelta(days=n), units=left) for n in range(count)]


def price(night: date, rate: str = DOUBLE, **changes: Any) -> Offer:
    values = {
        "price": Decimal("101.50"),
        "currency": "EUR",
        "minimum_stay": 2,
        "maximum_stay": 21,
        "closed": False,
        "closed_to_arrival": True,
        "closed_to_departure": False,
        **changes,
    }
    return Offer(HOTEL, DOUBLE, night, rate_ref=rate, **values)


def push(session: ProviderSession, *offers: Offer) -> list[Receipt]:
    return list(PROVIDER.push_offers(session, offers))


def accepted(receipts: list[Receipt]) -> list[Offer]:
    return [offer for receipt in receipts for offer in receipt.accepted]


def refused(receipts: list[Receipt]) -> dict[Offer, str]:
    return {refusal.offer: refusal.message for receipt in receipts for refusal in receipt.refused}


def read(session: ProviderSession, first: date, nights: int, *rooms: str, place: str = HOTEL) -> list[Offer]:
    last = first + timedelta(days=nights)
    return list(PROVIDER.read_offers(session, place, rooms or (DOUBLE,), first, last))


def sent(sandbox: OctorateSandbox) -> list[list[dict[str, Any]]]:
    """The items of each bulk write that reached the sandbox."""
    return [json.loads(call.body) for call in sandbox.requests("POST", BULK)]


def until_error(receipts: Iterator[Receipt], error: type[Exception]) -> list[Receipt]:
    """The receipts that came before ``error``, which must come."""
    got: list[Receipt] = []
    try:
        for receipt in receipts:
            got.append(receipt)
    except error:
        return got
    raise AssertionError(f"no {error.__name__} was raised")
