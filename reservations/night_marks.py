"""What other apps show on the nights of a room type, without this app knowing them.

An app registers its marks in ``AppConfig.ready``; the grid of rates asks each in turn, once per page.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class NightMark:
    """One dot on a night: ``label`` says in the active language what it is about, ``url`` leads to more."""

    label: str
    state: Literal["accepted", "waiting", "failed"]
    url: str = ""


Night = tuple[int, date]
#: Called with hotel id, room type ids and the first and last day (half-open): marks by (room type id, night).
NightMarks = Callable[[int, Collection[int], date, date], dict[Night, list[NightMark]]]

_sources: list[NightMarks] = []


def register_night_marks(source: NightMarks) -> None:
    """Have ``source`` asked for every grid of rates; registering twice changes nothing."""
    if source not in _sources:
        _sources.append(source)


def night_marks(
    hotel_id: int, room_type_ids: Collection[int], first: date, last: date
) -> dict[Night, list[NightMark]]:
    """The marks of all sources, in the order of their registration; ``first`` up to ``last`` (half-open)."""
    found: dict[Night, list[NightMark]] = {}
    for source in _sources:
        for night, marks in source(hotel_id, room_type_ids, first, last).items():
            found.setdefault(night, []).extend(marks)
    return found
