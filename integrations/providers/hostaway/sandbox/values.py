"""Reads the values of queries and JSON bodies that reach the Hostaway sandbox; 400 for what cannot be read."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from integrations.providers.hostaway.sandbox.wire import ApiProblemError
from integrations.sandbox import Request

LONGEST_TEXT = 2000


def json_body(request: Request) -> Any:
    """Return the JSON of the body, whatever it is."""
    try:
        return request.json()
    except ValueError:
        raise ApiProblemError(400, "The body is not valid JSON") from None


def json_object(request: Request) -> dict[str, Any]:
    found = json_body(request)
    if not isinstance(found, dict):
        raise ApiProblemError(400, "The body must be an object")
    return found


def read_date(value: object, name: str) -> date:
    try:
        day = datetime.strptime(str(value), "%Y-%m-%d").date()
    except ValueError:
        raise ApiProblemError(400, f"{name} must be a date like 2031-05-04") from None
    if not 2000 <= day.year <= 2200:
        raise ApiProblemError(400, f"{name} is out of range")
    return day


def read_instant(value: str, name: str) -> datetime:
    """Return a UTC instant from a date (its midnight) or a date and time."""
    for pattern in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
        try:
            return datetime.strptime(value, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ApiProblemError(400, f"{name} must be a date or a date and time")


def read_whole(value: object, name: str, *, least: int = 0) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ApiProblemError(400, f"{name} must be a whole number")
    if int(text) < least:
        raise ApiProblemError(400, f"{name} must be at least {least}")
    return int(text)


def read_amount(value: object, name: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ApiProblemError(400, f"{name} must be a number")
    if not 0 <= value < 10_000_000:
        raise ApiProblemError(400, f"{name} is out of range")
    return round(Decimal(str(value)), 2)


def read_flag(value: object, name: str) -> bool:
    """Return a boolean from 0, 1, false or true."""
    if value not in (0, 1):
        raise ApiProblemError(400, f"{name} must be 0 or 1")
    return bool(value)


def read_text(value: object, name: str) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ApiProblemError(400, f"{name} must be a text")
    return value
