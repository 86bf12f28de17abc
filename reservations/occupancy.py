"""Which stay holds which room when: spans in order per room, so that a question costs a bisection."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from reservations.room_claims import Claim, RoomFact

#: An empty stretch before or after a stay counts up to this many days: beyond it, none is a gap any more.
LONGEST_GAP = 30

Span = tuple[date, date]


class _Row:
    """One room. The spans it is held for never overlap, so beginnings and ends are both in order."""

    __slots__ = ("claims", "closed", "firsts", "lasts", "relatives")

    def __init__(self) -> None:
        self.firsts: list[date] = []
        self.lasts: list[date] = []
        self.claims: list[Claim] = []
        self.relatives: set[int] = set()
        self.closed: list[Span] = []

    def holders(self, first: date, last: date) -> list[Claim]:
        end = bisect_left(self.firsts, last)
        start = end
        while start and self.lasts[start - 1] > first:
            start -= 1
        return self.claims[start:end]


class Occupancy:
    """The rooms of a house and the stays in them. A room and its relatives are never held for the same night."""

    def __init__(self, rooms: Iterable[RoomFact]) -> None:
        # A room that is not in use any more can still be what a stay was promised, or a relative of one that is.
        self._rows: defaultdict[int, _Row] = defaultdict(_Row)
        for room in rooms:
            row = self._rows[room.pk]
            row.closed = sorted(room.closed)
            for relative in room.relatives:
                row.relatives.add(relative)
                self._rows[relative].relatives.add(room.pk)
        self._room_of: dict[int, int] = {}

    def room_of(self, claim: Claim) -> int | None:
        return self._room_of.get(claim.pk)

    def put(self, claim: Claim, room_id: int) -> None:
        """Give the room, which the caller knows to be free of holders, to a stay that holds none."""
        row = self._rows[room_id]
        place = bisect_left(row.firsts, claim.arrival)
        row.firsts.insert(place, claim.arrival)
        row.lasts.insert(place, claim.departure)
        row.claims.insert(place, claim)
        self._room_of[claim.pk] = room_id

    def take_out(self, claim: Claim) -> int:
        """Free the room that this stay holds; returns it."""
        room_id = self._room_of.pop(claim.pk)
        row = self._rows[room_id]
        place = bisect_left(row.firsts, claim.arrival)
        del row.firsts[place], row.lasts[place], row.claims[place]
        return room_id

    def holders(self, room_id: int, first: date, last: date) -> list[Claim]:
        """The stays that keep this room from being held in this span: its own and those in its relatives."""
        row = self._rows[room_id]
        found = row.holders(first, last)
        for relative in sorted(row.relatives):
            found += self._rows[relative].holders(first, last)
        return found

    def relatives(self, room_id: int) -> set[int]:
        return self._rows[room_id].relatives

    def spans_held(self, room_id: int) -> list[Span]:
        row = self._rows[room_id]
        return list(zip(row.firsts, row.lasts, strict=True))

    def is_closed(self, room_id: int, first: date, last: date) -> bool:
        return any(start < last and first < end for start, end in self._rows[room_id].closed)

    def gap(self, room_id: int, first: date, last: date) -> int | None:
        """The empty days that a stay in this span leaves before and after itself; None when the room is not free."""
        row = self._rows[room_id]
        place = bisect_left(row.firsts, last)
        before = row.lasts[place - 1] if place else None
        if before is not None and before > first:
            return None
        after = row.firsts[place] if place < len(row.firsts) else None
        for start, end in row.closed:
            if start >= last:
                after = start if after is None else min(after, start)
                break
            if end > first:
                return None
            before = end if before is None else max(before, end)
        for relative in row.relatives:
            if self._rows[relative].holders(first, last):
                return None
        return _days(before, first) + _days(last, after)

    def best(self, room_ids: Iterable[int], first: date, last: date) -> int | None:
        """Of these rooms the free one with the smallest gap, the first of several; None when none is free."""
        found, smallest = None, 2 * LONGEST_GAP + 1
        for room_id in room_ids:
            gap = self.gap(room_id, first, last)
            if gap is not None and gap < smallest:
                found, smallest = room_id, gap
                if not gap:
                    break
        return found

    def free_until(self, room_id: int, first: date, last: date) -> date:
        """The day up to which the room is free from ``first`` on, at most ``last``; ``first`` when it is not free."""
        row = self._rows[room_id]
        taken = [claim.arrival for claim in self.holders(room_id, first, last)]
        taken += [start for start, end in row.closed if start < last and first < end]
        return max(first, min(taken, default=last))


def _days(first: date | None, last: date | None) -> int:
    if first is None or last is None:
        return LONGEST_GAP
    return min((last - first).days, LONGEST_GAP)
