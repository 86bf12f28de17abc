"""Amounts as channels write them, turned into exact decimals of the right number of places."""

from __future__ import annotations

import functools
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.numbers import get_currency_precision

_TOO_MUCH = Decimal(10) ** 11
_PLACES = tuple(Decimal(1).scaleb(-digits) for digits in range(9))


@functools.lru_cache(maxsize=512)
def minor_digits(currency: str | None) -> int:
    """How many decimal places ``currency`` (ISO 4217) uses: 2 for EUR, 0 for JPY, 3 for KWD; 2 when unknown."""
    return get_currency_precision(currency) if currency else 2


def read_amount(value: object, currency: str | None, *, minor: bool = False) -> Decimal | None:
    """An exact amount in major units, rounded to the currency's places.

    ``value`` is what the wire held (number or text); ``None`` and empty text mean "not said" and give ``None``.
    With ``minor`` the value counts the currency's smallest unit. Raises ``ValueError`` for anything that is no
    finite number.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise ValueError(f"{value!r} is not an amount")
    return _read_text(str(value), currency, minor)


@functools.lru_cache(maxsize=4096)
def _read_text(value: str, currency: str | None, minor: bool) -> Decimal:
    """Remembered, because a page of bookings holds the same few prices many times."""
    try:
        amount = Decimal(value.strip())
    except InvalidOperation:
        raise ValueError(f"{value!r} is not an amount") from None
    if not amount.is_finite() or abs(amount) >= _TOO_MUCH:
        raise ValueError(f"{value!r} is not an amount")
    digits = minor_digits(currency)
    if minor:
        amount = amount.scaleb(-digits)
    return amount.quantize(_PLACES[digits], rounding=ROUND_HALF_UP)
