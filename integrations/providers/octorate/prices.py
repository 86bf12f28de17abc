"""What a booking costs: Octorate's totals and its list of price parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from integrations.providers.octorate.item import Item
from integrations.providers.octorate.tables import ROOM_PRICE_PARTS
from integrations.providers.octorate.values import OddValue, instant, local_date, objects_of, reference, shown
from reservations.money import read_amount
from reservations.records import NightRecord


@dataclass(frozen=True, slots=True)
class Prices:
    """``total`` is all the guest pays, ``room_total`` the room alone (the sum of its nights)."""

    total: Decimal | None
    room_total: Decimal | None
    commission: Decimal | None
    rate_ref: str | None
    nights: tuple[NightRecord, ...]


def read_prices(
    item: Item, arrival: date, departure: date, currency: str | None, zone: ZoneInfo | None
) -> Prices:
    """Totals, commission and nights in major units; an amount that is none becomes a warning and None."""
    raw = item.raw
    room_total = _amount(item, raw.get("roomGross"), currency, "roomGross")
    total = _amount(item, raw.get("totalGross"), currency, "totalGross")
    rate_ref = item.tolerate(reference, "ratePlan")
    commission: Decimal | None = None
    extras = Decimal(0)
    prices: dict[date, Decimal | None] = {}
    for part in objects_of(raw.get("priceBreakdown")):
        kind = part.get("type")
        if not isinstance(kind, str):
            continue
        amount = _amount(item, part.get("price"), currency, f"the price of {shown(kind)}")
        if kind == "DAILY_ROOM_PRICE":
            _add_night(item, prices, part.get("day"), amount, arrival, departure, zone)
        elif amount is not None and kind == "COMMISSION":
            commission = amount + (commission or 0)
        elif amount is not None and kind not in ROOM_PRICE_PARTS and part.get("included") is True:
            extras += amount
    if total is None and room_total is not None:
        total = _amount(item, room_total + extras, currency, "the total")
    nights = tuple(NightRecord(day, prices[day], rate_ref) for day in sorted(prices))
    return Prices(total, total if room_total is None else room_total, commission, rate_ref, nights)


def _amount(item: Item, value: object, currency: str | None, name: str) -> Decimal | None:
    if value is None:
        return None
    try:
        if isinstance(value, (str, int, Decimal)) and len(text := str(value)) <= 64:
            return read_amount(text, currency)
    except (ValueError, ArithmeticError):
        pass
    item.warn(f"{name} is not an amount")
    return None


def _add_night(
    item: Item,
    prices: dict[date, Decimal | None],
    value: Any,
    amount: Decimal | None,
    arrival: date,
    departure: date,
    zone: ZoneInfo | None,
) -> None:
    day = _day(value, zone)
    if day is None:
        item.warn("a night's price names no day")
    elif not arrival <= day < departure:
        item.warn(f"the price of {day} is not for a night of this stay")
    elif prices.get(day) is not None and amount is not None:
        # Two parts for one night add up, as all parts of the list do.
        prices[day] = prices[day] + amount  # type: ignore[operator]
    else:
        prices[day] = amount if amount is not None else prices.get(day)


def _day(value: Any, zone: ZoneInfo | None) -> date | None:
    """``yyyy-MM-dd`` in every example; the schema says date-time, so an instant is understood as well."""
    if day := local_date(value):
        return day
    try:
        moment = instant(value, "day")
        return moment.astimezone(zone).date() if moment and zone else None
    except (OddValue, OverflowError):
        return None
