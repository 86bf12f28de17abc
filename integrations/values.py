"""Single values from outside, read tolerantly: the right value, None, or :class:`OddValue`, nothing else."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

#: The width of our columns for identifiers (reservations.models.bookings, integrations.models.messages).
LONGEST_ID = 120

_ZONE_TAIL = re.compile(r"\[[A-Za-z0-9_+/:-]{0,64}\]$")
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z0-9]{1,8})*")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_COUNT = re.compile(r"[0-9]{1,5}")
#: Names that zone databases hold for the machine's own use.
_NO_PLACES = frozenset({"localtime", "posixrules", "Factory"})


class OddValue(ValueError):
    """A value of the wrong type or size. The text is a plain sentence about the value."""


def clean(text: str) -> str:
    """``text`` without what no database can hold (null characters, halves of surrogate pairs), stripped."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    if not text.isascii():
        text = text.encode("utf-8", "ignore").decode()
    return text.strip()


def shown(value: object) -> str:
    """``value`` short enough to quote in a sentence."""
    text = clean(value) if isinstance(value, str) else type(value).__name__
    return text if len(text) <= 40 else text[:39] + "…"


def text_of(value: object) -> str | None:
    """Clean text; None when it is empty or not said, or when the value is not text."""
    return (clean(value) or None) if isinstance(value, str) else None


def identifier(value: object, name: str) -> str | None:
    """An id as text, whether the wire wrote text or a bare number; None when not said.

    Raises :class:`OddValue` for anything else and for ids wider than our columns.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        text = clean(value)
    elif isinstance(value, int) and not isinstance(value, bool) and value.bit_length() < 1000:
        text = str(value)
    elif isinstance(value, Decimal) and value.is_finite() and abs(value) < 10**30 and value == int(value):
        text = str(int(value))
    else:
        raise OddValue(f"{name} is not an identifier")
    if len(text) > LONGEST_ID:
        raise OddValue(f"{name} is longer than {LONGEST_ID} characters")
    return text or None


def count(value: object, name: str) -> int | None:
    """A small non-negative whole number; None when not said. Raises :class:`OddValue`."""
    if value is None or value == "":
        return None
    number: int | None = None
    if isinstance(value, str):
        number = int(value) if _COUNT.fullmatch(value.strip()) else None
    elif isinstance(value, Decimal):
        number = int(value) if value.is_finite() and abs(value) < 100_000 and value == int(value) else None
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    if number is None or not 0 <= number <= 32_767:
        raise OddValue(f"{name} is not a number of people")
    return number


def instant(value: object, name: str) -> datetime | None:
    """An aware instant in UTC from ``2031-04-02T22:00:00.5Z[UTC]``; None when not said.

    The tail and the fraction may be missing. Without an offset the text counts as UTC: a source that means another
    zone adds it first. Raises :class:`OddValue`.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 64:
        raise OddValue(f"{name} is not an instant")
    text = value.strip()
    if text.endswith("]"):
        text = text[:-5] if text.endswith("[UTC]") else _ZONE_TAIL.sub("", text)
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise OddValue(f"{name} is not an instant: {shown(value)}") from None


def local_date(value: object) -> date | None:
    """A local date written ``yyyy-MM-dd``; None for anything else."""
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None


@functools.lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo | None:
    """The time zone of that IANA name, or None."""
    if name in _NO_PLACES or len(name) > 64:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def language_code(value: object) -> str | None:
    """ISO 639-1 in lower case from ``EN`` or ``en-GB``; None for anything else."""
    match = _LANGUAGE.fullmatch(value) if isinstance(value, str) else None
    return match[1].lower() if match else None


def country_code(value: object) -> str | None:
    """ISO 3166-1 alpha-2 in upper case; None for anything else."""
    return value.upper() if isinstance(value, str) and _COUNTRY.fullmatch(value) else None


def currency_code(value: object) -> str | None:
    """An ISO 4217 code in upper case; None for anything else."""
    return value.upper() if isinstance(value, str) and _CURRENCY.fullmatch(value) else None


def mapping_of(value: object) -> Mapping[str, Any]:
    """``value`` when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects_of(value: object) -> list[dict[str, Any]]:
    """The objects of a list; anything else in it, and anything that is no list, is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
