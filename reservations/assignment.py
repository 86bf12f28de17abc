"""Which stay gets which room. Pure: no database, no clock; the same claims get the same answer.

1. Stays that are tied to a room take it, whoever comes first.
2. The others are counted: who fits a type on every night, who is overbooked (:mod:`reservations.room_counts`).
3. Who fits keeps the room it has. Who has none gets the free one that leaves the smallest gap; else the fewest others
   that can be moved give way (:mod:`reservations.room_chains`); else those who come later are laid out anew.

Whoever need not move does not. Asked again about its own answer, the planner changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any

from reservations.occupancy import Occupancy
from reservations.room_chains import DEPTH, STEPS, ChainSearch, Way
from reservations.room_claims import Bond, Claim, Move, Outcome, RoomFact, in_order
from reservations.room_counts import fitting

__all__ = ["Bond", "Claim", "Move", "Outcome", "RoomFact", "assign", "split_ways", "ways_to_place"]

#: The work of one round over all stays that find no free room; what is not tried is left to a person.
STEPS_OF_A_ROUND = 30_000

#: A part of a stay: its first night, the day after its last, and the room.
Part = tuple[date, date, int]


def assign(rooms: Sequence[RoomFact], claims: Sequence[Claim]) -> dict[int, Outcome]:
    """The outcome of every claim, by its key."""
    plan = _Plan(rooms, claims)
    plan.house_the_rest()
    return {claim.pk: plan.outcome(claim) for claim in claims}


def ways_to_place(
    rooms: Sequence[RoomFact],
    claims: Sequence[Claim],
    pk: int,
    *,
    room_ids: Collection[int],
    depth: int = DEPTH,
    limit: int = 5,
) -> list[Way]:
    """Chains of moves after which claim ``pk`` has one of ``room_ids`` for its whole stay, the fewest moves first.

    At most ``depth`` other stays move, each to a room of its type. The last move is the claim's own. The moves of a
    chain belong together: on the way, a room may be given before it is free.
    """
    plan = _Plan(rooms, claims)
    wanted = [room.pk for room in plan.rooms if room.pk in room_ids]
    return ChainSearch(plan.board, plan.rooms_for).ways(plan.claims[pk], wanted, depth=depth, limit=limit)


def split_ways(
    rooms: Sequence[RoomFact],
    claims: Sequence[Claim],
    pk: int,
    *,
    room_ids: Collection[int],
    parts: int = 2,
    limit: int = 3,
) -> list[tuple[Part, ...]]:
    """How claim ``pk`` can be spread over free rooms of ``room_ids``: the fewest parts first, then the longest first.

    Each part has its first night, the day after its last, and its room. One part: a room is free all the time.
    """
    plan = _Plan(rooms, claims)
    claim = plan.claims[pk]
    if plan.board.room_of(claim) is not None:
        plan.board.take_out(claim)
    wanted = [room.pk for room in plan.rooms if room.pk in room_ids]

    @cache
    def spread(first: date, count: int) -> list[tuple[Part, ...]]:
        """With exactly so many parts. Each ends when its room is taken: to leave earlier never helps."""
        ends = [(plan.board.free_until(room_id, first, claim.departure), room_id) for room_id in wanted]
        ways: list[tuple[Part, ...]] = []
        for end, room_id in sorted(ends, key=lambda one: one[0], reverse=True):
            if end > first and (end == claim.departure) == (count == 1):
                part = (first, end, room_id)
                ways += [(part, *rest) for rest in (spread(end, count - 1) if count > 1 else [()])]
        return ways[:limit]

    return [way for count in range(1, parts + 1) for way in spread(claim.arrival, count)][:limit]


class _Plan:
    """The rooms of a house as they fill: first those who are tied to a room, then those who keep theirs."""

    def __init__(self, rooms: Sequence[RoomFact], claims: Sequence[Claim]) -> None:
        self.rooms = in_order(rooms)
        self.claims = {claim.pk: claim for claim in claims}
        self.board = Occupancy(self.rooms)
        self._rooms_of: defaultdict[int, list[int]] = defaultdict(list)
        for room in self.rooms:
            self._rooms_of[room.room_type_id].append(room.pk)
        self._kind_of_room = {room.pk: room.room_type_id for room in self.rooms}
        #: For each stay that gets any room of its type, those rooms.
        self.rooms_for: dict[int, list[int]] = {}
        self._overbooked: dict[int, Outcome] = {}

        by_rank = sorted(claims, key=lambda claim: claim.rank)
        self._hold_tied(by_rank)
        self._count([claim for claim in by_rank if not self._is_decided(claim)])
        self._keep()

    def outcome(self, claim: Claim) -> Outcome:
        return self._overbooked.get(claim.pk) or Outcome(self.board.room_of(claim), overbooked=False)

    def _is_decided(self, claim: Claim) -> bool:
        return claim.pk in self._overbooked or self.board.room_of(claim) is not None

    def _hold_tied(self, by_rank: Iterable[Claim]) -> None:
        for claim in by_rank:
            room_id = claim.wanted_room_id
            if claim.bond is Bond.FREE or room_id is None:
                continue
            span = (claim.arrival, claim.departure)
            if claim.bond is Bond.TOLD and (
                room_id not in self._kind_of_room or self.board.is_closed(room_id, *span)
            ):
                continue
            if not self.board.holders(room_id, *span):
                self.board.put(claim, room_id)
            elif claim.bond is Bond.FIXED:
                self._overbooked[claim.pk] = Outcome(room_id, overbooked=True)

    def _count(self, by_rank: Iterable[Claim]) -> None:
        asking = [
            (claim, kind) for claim in by_rank if (kind := self._kind(claim)) and kind in self._rooms_of
        ]
        fits = fitting(self.rooms, self.board, asking)
        for claim, kind in asking:
            if claim.pk in fits:
                self.rooms_for[claim.pk] = self._rooms_of[kind]
            else:
                self._overbooked[claim.pk] = Outcome(None, overbooked=True)

    def _kind(self, claim: Claim) -> int | None:
        """The type that was sold; where nobody said, the type of the room that was told."""
        if claim.room_type_id is None and claim.wanted_room_id is not None:
            return self._kind_of_room.get(claim.wanted_room_id)
        return claim.room_type_id

    def _keep(self) -> None:
        # Who may not be moved comes before who can, then the better rank.
        for claim in sorted((self.claims[pk] for pk in self.rooms_for), key=lambda claim: claim.movable):
            if claim.room_id in self.rooms_for[claim.pk] and self._is_free(claim.room_id, claim):
                self.board.put(claim, claim.room_id)

    def _is_free(self, room_id: int, claim: Claim) -> bool:
        return self.board.gap(room_id, claim.arrival, claim.departure) is not None

    def house_the_rest(self) -> None:
        """Find rooms for all who fit and have none, until another round would change nothing."""
        waiting = [self.claims[pk] for pk in self.rooms_for if not self._is_decided(self.claims[pk])]
        waiting.sort(key=_by_arrival)  # the order that needs the fewest rooms
        while waiting:
            steps = STEPS_OF_A_ROUND
            left: list[Claim] = []
            for claim in waiting:
                if self._give_free_room(claim):
                    continue
                if steps > 0:
                    search = ChainSearch(self.board, self.rooms_for, steps=min(STEPS, steps))
                    steps -= search.steps
                    ways = search.ways(claim, self.rooms_for[claim.pk], depth=DEPTH, limit=1)
                    steps += search.steps
                    if ways:
                        self._apply(ways[0])
                        continue
                    steps -= len(self.rooms_for)
                    if self._lay_out_anew(claim):
                        continue
                left.append(claim)
            if len(left) == len(waiting):
                return
            waiting = left

    def _give_free_room(self, claim: Claim) -> bool:
        room_id = self.board.best(self.rooms_for[claim.pk], claim.arrival, claim.departure)
        if room_id is not None:
            self.board.put(claim, room_id)
        return room_id is not None

    def _apply(self, way: Way) -> None:
        for move in way:
            if move.from_room_id is not None:
                self.board.take_out(self.claims[move.stay_id])
        for move in way:
            self.board.put(self.claims[move.stay_id], move.to_room_id)

    def _lay_out_anew(self, claim: Claim) -> bool:
        """Give rooms to this stay and all of its type that come later and can be moved, in order of arrival.

        Those who come earlier would keep their rooms in any case. Without stays that are tied to rooms this always
        succeeds: on the night of an arrival, fewer rooms than there are have a guest.
        """
        later = [
            other
            for other in map(self.claims.__getitem__, self.rooms_for)
            if other.movable
            and self._kind(other) == self._kind(claim)
            and _by_arrival(other) > _by_arrival(claim)
            and self.board.room_of(other) is not None
        ]
        rooms_before = {other.pk: self.board.take_out(other) for other in later}
        waiting = Occupancy(())
        for other in later:
            waiting.put(other, rooms_before[other.pk])
        housed: list[Claim] = []
        for one in (claim, *sorted(later, key=_by_arrival)):
            room_id = rooms_before.get(one.pk)
            if room_id is not None:
                waiting.take_out(one)
            if room_id is None or not self._is_free(room_id, one):
                room_id = self._least_disturbing(one, waiting)
            if room_id is None:
                break
            self.board.put(one, room_id)
            housed.append(one)
        else:
            return True
        for one in housed:
            self.board.take_out(one)
        for one in later:
            self.board.put(one, rooms_before[one.pk])
        return False

    def _least_disturbing(self, claim: Claim, waiting: Occupancy) -> int | None:
        """The free room that takes the old room from the fewest of those who wait to be laid out."""
        span = (claim.arrival, claim.departure)
        free = [
            (len(waiting.holders(room_id, *span)), gap, place)
            for place, room_id in enumerate(self.rooms_for[claim.pk])
            if (gap := self.board.gap(room_id, *span)) is not None
        ]
        return self.rooms_for[claim.pk][min(free)[2]] if free else None


def _by_arrival(claim: Claim) -> tuple[date, tuple[Any, ...]]:
    return claim.arrival, claim.rank
