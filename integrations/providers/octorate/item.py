"""One raw reservation on its way to a record, with the warnings it raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.contracts import ReadContext
from integrations.providers.octorate.values import OddValue


@dataclass(slots=True)
class Item:
    """One raw reservation and the warnings that reading it has raised so far."""

    raw: Mapping[str, Any]
    context: ReadContext
    warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def tolerate(self, read: Any, *names: str) -> Any:
        """The value of the first name that is said; an odd value becomes a warning and None."""
        for name in names:
            value = self.raw.get(name)
            if value is not None and value != "":
                try:
                    return read(value, name)
                except OddValue as odd:
                    self.warn(str(odd))
                    return None
        return None
