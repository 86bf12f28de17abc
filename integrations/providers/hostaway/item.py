"""One raw reservation on its way to a record, with the warnings it raises; and single values in Hostaway's shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from integrations.contracts import ReadContext
from integrations.values import OddValue, identifier
from reservations.money import read_amount

Value = TypeVar("Value")

_SWITCH: Mapping[bool | int | str, bool] = {0: False, 1: True, "0": False, "1": True}


@dataclass(slots=True)
class Item:
    """One raw reservation and the warnings that reading it has raised so far."""

    raw: Mapping[str, Any]
    context: ReadContext
    warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def tolerate(
        self, read: Callable[[Any, str], Value | None], name: str, holder: Any = None
    ) -> Value | None:
        """``name`` of ``holder`` (else of the reservation); an odd value becomes a warning and None."""
        value = (self.raw if holder is None else holder).get(name)
        try:
            return read(value, name)
        except OddValue as odd:
            self.warn(str(odd))
            return None

    def amount(self, name: str, currency: str | None, holder: Any = None) -> Decimal | None:
        """An amount in major units; what is no amount becomes a warning and None."""
        value = (self.raw if holder is None else holder).get(name)
        if value is None or value == "":
            return None
        try:
            if isinstance(value, (str, int, Decimal)) and len(text := str(value)) <= 64:
                return read_amount(value if isinstance(value, bool) else text, currency)
        except (ValueError, ArithmeticError):
            pass
        self.warn(f"{name} is not an amount")
        return None


def reference(value: object, name: str) -> str | None:
    """The id of something that may be absent; 0 means absent. Raises :class:`OddValue`."""
    text = identifier(value, name)
    return None if text is None or text.startswith("-") or not text.strip("0") else text


def is_set(value: object) -> bool | None:
    """A yes or no that Hostaway writes as 1 and 0, in a few fields as true and false; None for anything else."""
    return _SWITCH.get(value) if isinstance(value, (bool, int, str)) else None
