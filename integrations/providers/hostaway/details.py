"""What a reservation says beside who, when and where: fees, taxes, payment, hours and notes for staff."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.providers.hostaway.item import Item, is_set
from integrations.values import count, currency_code, objects_of, text_of
from reservations.choices import DetailKind
from reservations.records import DetailRecord

LONGEST_TEXT = 500
MOST_FEES = 50


def details_of(item: Item, currency: str | None) -> tuple[DetailRecord, ...]:
    """The further facts, in the order in which staff need them. The door code is left out: it opens a door."""
    return (*_stay(item), *_costs(item, currency), *_payment(item, currency))


def _stay(item: Item) -> Iterator[DetailRecord]:
    for name, words in (("checkInTime", "Check-in"), ("checkOutTime", "Check-out")):
        hour = item.tolerate(count, name)
        if hour is not None and hour < 24:
            yield DetailRecord(DetailKind.REQUEST, f"{words} {hour:02d}:00")
    if pets := item.tolerate(count, "pets"):
        yield DetailRecord(DetailKind.REQUEST, f"Pets: {pets}")
    # Written by the hotel's own people at Hostaway, so it is no word of the guest's.
    if note := text_of(item.raw.get("hostNote")):
        yield DetailRecord(DetailKind.FLAG, note[:LONGEST_TEXT].rstrip())


def _costs(item: Item, currency: str | None) -> Iterator[DetailRecord]:
    fees = objects_of(item.raw.get("reservationFees"))[:MOST_FEES]
    names = [(text_of(fee.get("name")) or "Fee")[:LONGEST_TEXT] for fee in fees]
    # The cleaning fee has a field of its own and, where fees are listed, may be among them as well.
    if not any("clean" in name.lower() for name in names) and (
        cleaning := item.amount("cleaningFee", currency)
    ):
        yield DetailRecord(DetailKind.FEE, "Cleaning fee", cleaning)
    for name, fee in zip(names, fees, strict=True):
        own = currency_code(fee.get("currency"))
        if amount := item.amount("amount", own or currency, fee):
            yield DetailRecord(DetailKind.FEE, name, amount, own)
    if tax := item.amount("taxAmount", currency):
        yield DetailRecord(DetailKind.TAX, "Tax", tax)


def _payment(item: Item, currency: str | None) -> Iterator[DetailRecord]:
    status = text_of(item.raw.get("paymentStatus"))
    if status is not None and status.lower() != "unknown":
        yield DetailRecord(DetailKind.PAYMENT, status[:LONGEST_TEXT])
    elif status is None and is_set(item.raw.get("isPaid")):
        yield DetailRecord(DetailKind.PAYMENT, "Paid")
    if balance := item.amount("remainingBalance", currency):
        yield DetailRecord(DetailKind.PAYMENT, "Remaining balance", balance)
