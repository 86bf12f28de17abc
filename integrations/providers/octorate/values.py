"""Single values of Octorate's objects: the shared readers, and those that know its own shapes."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.values import (
    OddValue,
    clean,
    count,
    country_code,
    identifier,
    instant,
    language_code,
    local_date,
    mapping_of,
    objects_of,
    shown,
    text_of,
    zone_named,
)
from integrations.values import currency_code as plain_currency_code

__all__ = [
    "OddValue",
    "clean",
    "count",
    "country_code",
    "currency_code",
    "identifier",
    "instant",
    "language_code",
    "local_date",
    "mapping_of",
    "objects_of",
    "reference",
    "shown",
    "text_of",
    "zone_name",
    "zone_named",
]


def reference(value: object, name: str) -> str | None:
    """The id of something that may be absent; 0 means absent. Raises :class:`OddValue`."""
    text = identifier(value, name)
    return None if text is None or text.startswith("-") or not text.strip("0") else text


def zone_name(value: object) -> str | None:
    """The IANA name in ``Europe/Rome`` or ``{"id": "Europe/Rome", "displayName": ...}``; None when there is none.

    The object is what the official schema shows, the text what its examples and the live service show.
    """
    candidates = (value.get("id"), value.get("displayName")) if isinstance(value, Mapping) else (value,)
    for candidate in candidates:
        if isinstance(candidate, str) and candidate and zone_named(candidate) is not None:
            return candidate
    return None


def currency_code(value: object) -> str | None:
    """An ISO 4217 code from ``"EUR"`` or ``{"currencyCode": "EUR"}``; None for anything else."""
    return plain_currency_code(value.get("currencyCode") if isinstance(value, Mapping) else value)
