"""Numbers of payment cards have no place in a hotel's notes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

#: Digits in groups, such as a card number with its expiry date behind it.
_GROUPS = re.compile(r"\d+(?:[ .-]\d+)*")
_CARD = re.compile(r"[2-6]\d{12,18}")


def refuse_card_number(text: str) -> None:
    """Raise ``ValidationError`` when ``text`` holds what may be the number of a payment card."""
    if any(_CARD.fullmatch(number) and _has_check_digit(number) for number in _numbers(text)):
        raise ValidationError(
            _("This looks like the number of a payment card. Card numbers are not kept here: take it out."),
            code="card_number",
        )


def _numbers(text: str) -> Iterator[str]:
    """Every number that neighbouring groups of digits make together."""
    for found in _GROUPS.finditer(text):
        groups = re.split(r"\D", found.group())
        for first in range(len(groups)):
            number = ""
            for group in groups[first : first + 19]:
                number += group
                yield number


def _has_check_digit(digits: str) -> bool:
    """Whether ``digits`` end in the check digit that payment cards carry (ISO/IEC 7812-1)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
