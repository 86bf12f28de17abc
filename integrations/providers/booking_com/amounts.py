"""Amounts as OTA and B.XML write them, in major units.

OTA counts the smallest unit and says in ``DecimalPlaces`` how small that is: 12000 with 2 is 120.00. An amount with a
decimal point is in major units already.
"""

from __future__ import annotations

import functools
from decimal import Decimal

from integrations.values import OddValue, currency_code
from reservations.money import minor_digits, read_amount

MINOR, MAJOR = "minor", "major"
MOST_PLACES = 4
LONGEST_AMOUNT = 20


@functools.lru_cache(maxsize=4096)
def read_money(
    text: str, places: str | None, code: str | None, fallback: str | None, units: str | None
) -> tuple[Decimal, str | None, bool]:
    """The amount in major units, its currency, and whether the number of decimals had to be guessed.

    ``places`` and ``code`` are what stands beside the amount, ``fallback`` is the currency when none does, ``units``
    the caller's own word ("minor" or "major"), which wins. Remembered, because a page holds the same few prices many
    times. Raises :class:`OddValue`.
    """
    currency = currency_code(code) or fallback
    guessed = False
    text = text.strip()
    if len(text) > LONGEST_AMOUNT or not text.isascii():
        raise OddValue("an amount is too long to be one")
    try:
        amount = Decimal(text)
        if units == MAJOR or (units != MINOR and "." in text):
            digits = 0
        elif places is not None and places.strip().isdecimal() and int(places) <= MOST_PLACES:
            digits = int(places)
        elif places:
            raise OddValue("a number of decimal places is not one")
        else:
            # GUESS: without a number of decimals the amount counts the currency's own smallest unit.
            digits, guessed = minor_digits(currency), units is None
        read = read_amount(amount.scaleb(-digits), currency)
    except (ValueError, ArithmeticError) as error:
        if isinstance(error, OddValue):
            raise
        raise OddValue("an amount is not a number") from None
    if read is None:
        raise OddValue("an amount is not a number")
    return read, currency, guessed
