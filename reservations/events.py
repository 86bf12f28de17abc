"""What other parts hear of: signals sent inside the transaction that made the change. Receivers only write rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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


#: Sent once per batch with the keyword ``change`` (:class:`StaysChanged`).
stays_changed = Signal()
