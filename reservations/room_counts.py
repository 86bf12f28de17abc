"""Which stays fit a room type: counted night by night, never tried room by room.

The verdict depends on rooms, closures, rooms that are held for good and the stays that ask; where a stay is now plays
no part. So it is the same after any order of messages.

Of a type whose rooms have no relatives, a night has as many places as rooms that are neither closed, nor held, nor
blocked by a relative that is held. As long as fewer stays want each night, a plan exists (interval partitioning).

Types that are tied by relatives, such as flats and their rooms, are counted together. A night fits when rooms for all
its stays can be picked for that night alone: the types with the largest rooms first, each taking the rooms that cost
the others least. So a flat is thought to be one whose rooms are taken anyway, before it costs anybody a room, and a
stay is called overbooked only when this night has no place for it. It is exact for one type of flat with one type of
room. A stay that fits may still find no single room (its outcome says so): calling it overbooked beside an empty room
would be the worse mistake, and no room is ever given twice either way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from reservations.occupancy import Occupancy, Span
from reservations.room_claims import Claim, RoomFact


def fitting(rooms: Sequence[RoomFact], held: Occupancy, claims: Iterable[tuple[Claim, int]]) -> set[int]:
    """The keys of the claims that fit. Each comes with its room type, which has rooms; the first come first.

    ``rooms`` are in order, ``held`` knows the stays that hold a room for good.
    """
    wanted = list(claims)
    taken = {room.pk: _taken_spans(room, held) for room in rooms}
    line = _Line(
        [(claim.arrival, claim.departure) for claim, _ in wanted]
        + [span for spans in taken.values() for span in spans]
    )
    busy = {
        room_id: {at for span in spans for at in line.stretches(*span)} for room_id, spans in taken.items()
    }
    counts: dict[int, _Count | _CountOfKin] = {}
    for kinds, members in _families(rooms):
        if any(room.relatives for room in members):
            counts.update(dict.fromkeys(kinds, _CountOfKin(members, busy, len(line))))
        else:
            counts.update((kind, _Count(members, busy, len(line))) for kind in kinds)
    fits = set()
    for claim, kind in wanted:
        if counts[kind].accept(kind, line.stretches(claim.arrival, claim.departure)):
            fits.add(claim.pk)
    return fits


def _taken_spans(room: RoomFact, held: Occupancy) -> list[Span]:
    own = [*room.closed, *held.spans_held(room.pk)]
    return own + [span for relative in sorted(room.relatives) for span in held.spans_held(relative)]


class _Line:
    """Time, cut wherever anything begins or ends: within a stretch every night is like the other."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._at = {day: at for at, day in enumerate(sorted({day for span in spans for day in span}))}

    def __len__(self) -> int:
        return len(self._at)

    def stretches(self, first: date, last: date) -> range:
        return range(self._at[first], self._at[last])


class _Count:
    """The places that are left of one type."""

    def __init__(self, rooms: Sequence[RoomFact], busy: Mapping[int, set[int]], length: int) -> None:
        self._left = [len(rooms)] * length
        for room in rooms:
            for at in busy[room.pk]:
                self._left[at] -= 1

    def accept(self, _kind: int, stretches: range) -> bool:
        left = self._left
        if min(left[stretches.start : stretches.stop]) <= 0:
            return False
        for at in stretches:
            left[at] -= 1
        return True


class _CountOfKin:
    """The stays of types that are tied by relatives, and whether each night has a plan for all of them."""

    def __init__(self, rooms: Sequence[RoomFact], busy: Mapping[int, set[int]], length: int) -> None:
        self._rooms: defaultdict[int, list[RoomFact]] = defaultdict(list)
        for room in rooms:
            self._rooms[room.room_type_id].append(room)
        self._kinds = sorted(
            self._rooms, key=lambda kind: (-max(len(room.relatives) for room in self._rooms[kind]), kind)
        )
        self._free = [frozenset(room.pk for room in rooms if at not in busy[room.pk]) for at in range(length)]
        self._sold = [(0,) * len(self._kinds)] * length
        self._known: dict[tuple[frozenset[int], tuple[int, ...]], bool] = {}

    def accept(self, kind: int, stretches: range) -> bool:
        place = self._kinds.index(kind)
        more: dict[int, tuple[int, ...]] = {}
        for at in stretches:
            sold = self._sold[at]
            more[at] = (*sold[:place], sold[place] + 1, *sold[place + 1 :])
            if not self._has_plan(self._free[at], more[at]):
                return False
        for at, sold in more.items():
            self._sold[at] = sold
        return True

    def _has_plan(self, free: frozenset[int], sold: tuple[int, ...]) -> bool:
        if (free, sold) not in self._known:
            self._known[free, sold] = self._pick(free, sold)
        return self._known[free, sold]

    def _pick(self, free: frozenset[int], sold: tuple[int, ...]) -> bool:
        for kind, count in zip(self._kinds, sold, strict=True):
            for _ in range(count):
                possible = [room for room in self._rooms[kind] if room.pk in free]
                if not possible:
                    return False
                room = min(possible, key=lambda room: len(room.relatives & free))
                free -= room.relatives | {room.pk}
        return True


def _families(rooms: Sequence[RoomFact]) -> list[tuple[set[int], list[RoomFact]]]:
    """The types that are tied by relatives, together with their rooms; most types are alone."""
    kind_of = {room.pk: room.room_type_id for room in rooms}
    families = {kind: {kind} for kind in kind_of.values()}
    for room in rooms:
        for relative in room.relatives & kind_of.keys():
            mine, other = families[room.room_type_id], families[kind_of[relative]]
            if mine is not other:
                mine |= other
                families.update(dict.fromkeys(other, mine))
    distinct = {id(kinds): kinds for kinds in families.values()}.values()
    return [(kinds, [room for room in rooms if room.room_type_id in kinds]) for kinds in distinct]
