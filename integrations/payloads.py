"""JSON from outside, read without trust: size, encoding, nesting and absurd numbers are all bounded."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal, DecimalException
from typing import Any

from integrations.contracts import UnreadablePayload

MAXIMUM_BYTES = 20 * 1024 * 1024
MAXIMUM_DEPTH = 64
#: More digits than any identifier or amount has; such a number is kept as text and refused where it is used.
LONGEST_NUMBER = 1_000

_CONTAINERS = frozenset({dict, list})
_canonical = json.JSONEncoder(sort_keys=True, default=str, separators=(",", ":"), check_circular=False)


def load_json(raw: bytes | str) -> Any:
    """The parsed value; numbers with a point are ``Decimal``, NaN, Infinity and absurdly long numbers are text.

    Raises :class:`UnreadablePayload` with a plain sentence for everything that is not JSON of a sane size and depth.
    """
    if len(raw) > MAXIMUM_BYTES:
        raise UnreadablePayload(f"The payload is larger than {MAXIMUM_BYTES // 1024 // 1024} MB.")
    text = _decode(raw) if isinstance(raw, bytes) else raw
    try:
        value = _parse(text)
    except RecursionError:
        raise _too_deep() from None
    if _is_too_deep(value):
        raise _too_deep()
    return value


def digest(item: Any) -> str:
    """32 hex digits that are equal for equal JSON values, whatever the order of keys."""
    return hashlib.blake2b(_canonical.encode(item).encode(), digest_size=16).hexdigest()


def canonical_text(value: Any) -> str:
    """One text for equal JSON values: sorted keys, no blanks, ASCII."""
    return _canonical.encode(value)


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadablePayload("The payload is not UTF-8 text.") from None


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=str)
    except json.JSONDecodeError as error:
        raise UnreadablePayload(_what_is_wrong(text, error)) from None
    except (ValueError, DecimalException):
        # A number that Python refuses to convert (thousands of digits, an exponent without bounds).
        return json.loads(text, parse_float=_bounded_decimal, parse_int=_bounded_int, parse_constant=str)


def _bounded_decimal(text: str) -> Decimal | str:
    try:
        return Decimal(text) if len(text) <= LONGEST_NUMBER else text[:LONGEST_NUMBER]
    except DecimalException:
        return text


def _bounded_int(text: str) -> int | str:
    return int(text) if len(text) <= LONGEST_NUMBER else text[:LONGEST_NUMBER]


def _what_is_wrong(text: str, error: json.JSONDecodeError) -> str:
    if text.lstrip()[:1] == "<":
        return "The payload is a web page or XML, not JSON."
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return "The payload is JSON that breaks off before its end."
    return f"The payload is not JSON (line {error.lineno}, column {error.colno})."


def _too_deep() -> UnreadablePayload:
    return UnreadablePayload(f"The payload is nested more than {MAXIMUM_DEPTH} levels deep.")


def _is_too_deep(value: Any) -> bool:
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(MAXIMUM_DEPTH):
        if not level:
            return False
        level = [
            child
            for container in level
            for child in (container.values() if type(container) is dict else container)
            if type(child) in _CONTAINERS
        ]
    return bool(level)
