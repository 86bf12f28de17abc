"""What the planner of rooms reads and answers: rooms, the stays that claim them, and who gets what. Pure data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import Any

_DIGITS = re.compile(r"(\d+)")


class Bond(Enum):
    """How firmly a stay is tied to one room."""

    #: Any room of the type that was sold.
    FREE = auto()
    #: The channel named the room; another of the type when that one is taken.
    TOLD = auto()
    #: This very room was sold, or a person chose it, or the guest sleeps there.
    FIXED = auto()


@dataclass(frozen=True, slots=True)
class RoomFact:
    """A room that can be given. ``closed`` has half-open spans.

    ``relatives`` are the rooms that cannot be given on the same night: a child's parent, a parent's children.
    """

    pk: int
    room_type_id: int
    name: str
    relatives: frozenset[int] = frozenset()
    closed: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A stay that holds a room type's place, as the planner sees it. Dates are local and half-open.

    ``room_id`` is where it is now, ``wanted_room_id`` the room that is fixed or told. ``movable`` says whether others
    may push it to another room of its type. ``rank`` is unique; the smaller comes first.
    """

    pk: int
    room_type_id: int | None
    room_id: int | None
    wanted_room_id: int | None
    arrival: date
    departure: date
    bond: Bond
    movable: bool
    rank: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The room a stay gets. ``overbooked``: it does not fit; the room is then the one it keeps wanting, if any.

    Neither a room nor overbooked: it fits by count but no single room is free all the time, or nothing is known of
    its type. A person has to decide.
    """

    room_id: int | None
    overbooked: bool


@dataclass(frozen=True, slots=True)
class Move:
    """One stay goes to another room, or gets its first."""

    stay_id: int
    from_room_id: int | None
    to_room_id: int


def natural_order(name: str) -> tuple[str | int, ...]:
    """Sorts "2" before "10" and "A 9" before "A 10", small letters like capitals."""
    parts = _DIGITS.split(name.casefold())
    # Text and numbers take turns, so a number is never compared with a text.
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts))


def in_order(rooms: Iterable[RoomFact]) -> list[RoomFact]:
    """The order in which rooms are offered where nothing else decides."""
    return sorted(rooms, key=lambda room: (natural_order(room.name), room.pk))
