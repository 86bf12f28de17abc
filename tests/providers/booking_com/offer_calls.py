"""What tests of sending do: make offers, push them, look at what is sold then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from lxml import etree

from integrations.contracts import Offer, Receipt
from integrations.http import ProviderSession
from integrations.providers.booking_com.provider import PROVIDER
from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import (
    DOUBLE,
    HOTEL,
)

AVAILABILITY, PRICES = "OTA_HotelAvailNotif", "OTA_HotelRateAmountNotif"
#: The first day of a month that is neither this one nor the next.
START = (date.today().replace(day=1) + timedelta(days=100)).replace(day=1)


def offers(
    room: int = DOUBLE,
    rate: int | None = None,
    *,
    nights: int = 1,
    first: date = START,
    hotel: int = HOTEL,
    **values: Any,
) -> list[Offer]:
    named = None if rate is None else str(rate)
    days = (first + timedelta(days=number) for number in range(nights))
    return [Offer(str(hotel), str(room), day, named, **values) for day in days]


def push(session: ProviderSession, told: Iterable[Offer]) -> list[Receipt]:
    return list(PROVIDER.push_offers(session, list(told)))


def night(sandbox: BookingComSandbox, room: int = DOUBLE, day: date = START, hotel: int = HOTEL) -> Any:
    (found,) = sandbox.calendar(hotel, room, day, day + timedelta(days=1))
    return found


def calls(sandbox: BookingComSandbox, name: str) -> list[etree._Element]:
    return [etree.fromstring(call.body.encode()) for call in sandbox.requests("POST", name)]


def spans(message: etree._Element) -> list[tuple[str | None, ...]]:
    controls = message.iter("{*}StatusApplicationControl")
    return [tuple(c.get(name) for name in ("Start", "End", "InvTypeCode", "RatePlanCode")) for c in controls]


def refusals(receipts: Iterable[Receipt]) -> dict[tuple[str, str | None, date], str]:
    return {
        (refusal.offer.room_ref, refusal.offer.rate_ref, refusal.offer.date): refusal.message
        for receipt in receipts
        for refusal in receipt.refused
    }
