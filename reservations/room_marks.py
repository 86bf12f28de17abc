"""What other apps show beside a room on one day, without this app knowing them: whether a guest may go in.

An app registers its marks in ``AppConfig.ready``; front desk and planning board ask each in turn, once per page.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class RoomMark:
    """One word beside a room: ``label`` in the active language, ``ready`` whether a guest may go in."""

    label: str
    tone: Literal["ok", "info", "warn", "bad", "quiet"]
    ready: bool = True


#: Called with hotel id, room ids and a day of the property: marks by room id.
RoomMarks = Callable[[int, Collection[int], date], dict[int, list[RoomMark]]]

_sources: list[RoomMarks] = []


def register_room_marks(source: RoomMarks) -> None:
    """Have ``source`` asked for every page that shows rooms; registering twice changes nothing."""
    if source not in _sources:
        _sources.append(source)


def room_marks(hotel_id: int, room_ids: Collection[int], day: date) -> dict[int, list[RoomMark]]:
    """The marks of all sources for these rooms on ``day``, in the order of their registration."""
    found: dict[int, list[RoomMark]] = {}
    for source in _sources:
        for room_id, marks in source(hotel_id, room_ids, day).items():
            found.setdefault(room_id, []).extend(marks)
    return found
