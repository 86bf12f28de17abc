"""The further facts of a booking in templates, sorted by what they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template

from reservations.choices import DetailKind

register = template.Library()


@dataclass(frozen=True, slots=True)
class Fact:
    """The channel's words and the amount beside them; ``currency`` is empty where it is the booking's."""

    text: str
    amount: Decimal | None
    currency: str


@dataclass(slots=True)
class FactGroup:
    label: str
    facts: list[Fact] = field(default_factory=list)


@register.filter
def by_kind(details: Iterable[Mapping[str, Any]] | None) -> list[FactGroup]:
    """Stored details grouped by their kind, in the order of the kinds; a kind that is no longer known comes last."""
    groups = {str(kind): FactGroup(str(kind.label)) for kind in DetailKind}
    for one in details or ():
        kind = str(one.get("kind", ""))
        group = groups.setdefault(kind, FactGroup(kind))
        group.facts.append(
            Fact(str(one.get("text", "")), _amount(one.get("amount")), str(one.get("currency") or ""))
        )
    return [group for group in groups.values() if group.facts]


def _amount(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
