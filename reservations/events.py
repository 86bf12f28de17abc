"""What other parts hear of: signals sent inside the transaction that made the change. Receivers only write rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.dispatch import Signal


@dataclass(frozen=True, slots=True)
class StaysChanged:
    """Stays of one hotel that changed together: rooms left and entered, and the nights between ``first`` and
    ``last`` (local dates, half-open) that any of it touches."""

    hotel_id: int
    room_ids: frozenset[int]
    stay_ids: frozenset[int]
    first: date
    last: date
    #: (room, arrival, departure) of every stay before and after, so that receivers need not look at whole rooms.
    spans: frozenset[tuple[int, date, date]] = frozenset()
    #: (room type, arrival, departure), the same for the types that were sold.
    type_spans: frozenset[tuple[int, date, date]] = frozenset()


#: Sent once per batch with the keyword ``change`` (:class:`StaysChanged`).
stays_changed = Signal()


#: How far from today a change without an end reaches, such as a room that is taken out of use for good.
FAR = timedelta(days=800)


@dataclass(frozen=True, slots=True)
class RatesChanged:
    """Prices or restrictions of one hotel that changed together: ``cells`` are pairs (rate plan id, room type id),
    the nights lie between ``first`` and ``last`` (local dates, half-open)."""

    hotel_id: int
    cells: frozenset[tuple[int, int]]
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class RoomsChanged:
    """Room types of one hotel that have more or fewer rooms to sell: (room type id, first, last) with local dates,
    half-open. Rooms that came, went or moved for good reach from today to :data:`FAR` days later."""

    hotel_id: int
    spans: frozenset[tuple[int, date, date]]


#: Sent once per edit with the keyword ``change`` (:class:`RatesChanged`).
rates_changed = Signal()

#: Sent with the keyword ``change`` (:class:`RoomsChanged`) for closures, and for rooms added, removed, taken in or
#: out of use, or moved to another type.
rooms_changed = Signal()


@dataclass(frozen=True, slots=True)
class ConflictsChanged:
    """Conflicts of one hotel, by id, that were opened or closed together."""

    hotel_id: int
    opened: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()


#: Sent with the keyword ``change`` (:class:`ConflictsChanged`), after the rows are written.
conflicts_changed = Signal()
