"""The fewest moves that free a room: stays give way to each other in chains, searched from short to long.

The search is exact as long as its steps last, and tries the same things in the same order every time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from reservations.occupancy import Occupancy
from reservations.room_claims import Claim, Move

#: At most so many stays give way in one chain.
DEPTH = 4
#: A search looks at rooms at most so often: a large full house offers more than anybody can try.
STEPS = 10_000

Way = tuple[Move, ...]


class _Idea(NamedTuple):
    """A room that a stay could have, and who would have to leave it."""

    leaving: int
    gap: int
    room_id: int
    holders: tuple[Claim, ...]


def _order(idea: _Idea) -> tuple[int, int]:
    return idea.leaving, idea.gap


class ChainSearch:
    """One search in ``board``, which is left as it was found.

    ``rooms_for`` has the rooms that a stay may have; one that is not in it stays where it is. ``steps`` is the work
    that is still allowed.
    """

    def __init__(
        self, board: Occupancy, rooms_for: Mapping[int, Sequence[int]], *, steps: int = STEPS
    ) -> None:
        self.steps = steps
        self._board = board
        self._rooms_for = rooms_for
        #: Per stay, what it could have without the chain, and the rooms that could not be asked about that.
        self._known: dict[int, list[_Idea]] = {}
        self._missing: dict[int, set[int]] = {}
        self._chain: list[Move] = []
        #: The room that each stay of the chain had.
        self._left: dict[int, int | None] = {}
        #: Rooms where the chain has changed something.
        self._touched: list[int] = []
        self._found: list[Way] = []
        self._limit = 0

    def ways(self, claim: Claim, room_ids: Iterable[int], *, depth: int, limit: int) -> list[Way]:
        """Chains of moves that give ``claim`` one of the rooms, the fewest moves first, its own at the end.

        No way moves stays of which a part would do for the same room. Of ways that are equally long, every room shows
        its first before any shows its second.
        """
        origin = self._board.room_of(claim)
        if origin is not None:
            self._board.take_out(claim)
        self._left[claim.pk] = origin
        by_room: dict[int, list[Way]] = {room_id: [] for room_id in room_ids if room_id != origin}
        for leaving in range(depth + 1):
            self._search(claim, by_room, leaving, limit)
            if sum(map(len, by_room.values())) >= limit:
                break
        if origin is not None:
            self._board.put(claim, origin)
        ranked = [(len(way), nth, way) for ways in by_room.values() for nth, way in enumerate(ways)]
        return [way for *_, way in sorted(ranked, key=lambda one: one[:2])][:limit]

    def _search(self, claim: Claim, by_room: dict[int, list[Way]], leaving: int, limit: int) -> None:
        self._limit = limit
        for room_id, self._found in by_room.items():
            idea = self._idea(claim, room_id)
            if idea is not None and idea.leaving <= leaving:
                self._follow(claim, idea, [], leaving - idea.leaving)
                if limit == 1 and self._found:
                    return

    def _settle(self, waiting: list[Claim], leaving: int) -> bool:
        """Give rooms to those who wait; at most ``leaving`` more stays leave theirs. True when all is done."""
        if not waiting:
            return self._note()
        claim, rest = waiting[0], waiting[1:]
        for idea in self._ideas(claim, leaving):
            if self._follow(claim, idea, rest, leaving - idea.leaving):
                return True
            if not rest and not idea.leaving:
                break  # whatever else it takes, this room would have done
        return False

    def _follow(self, claim: Claim, idea: _Idea, rest: list[Claim], leaving: int) -> bool:
        if self.steps <= 0:
            return True
        if not self._board.relatives(idea.room_id) and any(
            not self._has_idea(holder, leaving) for holder in idea.holders
        ):
            # A room that a holder frees is now taken by somebody who stays while it does, unless it is a relative.
            return False
        mark = len(self._touched)
        origins = [self._board.take_out(holder) for holder in idea.holders]
        for holder, origin in zip(idea.holders, origins, strict=True):
            self._left[holder.pk] = origin
            self._touch(origin)
        self._board.put(claim, idea.room_id)
        self._touch(idea.room_id)
        self._chain.append(Move(claim.pk, self._left[claim.pk], idea.room_id))

        done = self._settle([*rest, *idea.holders], leaving)

        self._chain.pop()
        self._board.take_out(claim)
        for holder, origin in zip(idea.holders, origins, strict=True):
            del self._left[holder.pk]
            self._board.put(holder, origin)
        del self._touched[mark:]
        return done

    def _touch(self, room_id: int) -> None:
        self._touched += (room_id, *self._board.relatives(room_id))

    def _has_idea(self, claim: Claim, leaving: int) -> bool:
        return bool(self._known_ideas(claim, leaving)) or any(self._fresh_ideas(claim, leaving))

    def _ideas(self, claim: Claim, leaving: int) -> list[_Idea]:
        """What the stay could have now when at most ``leaving`` others leave, the best first."""
        ideas = self._known_ideas(claim, leaving)
        if fresh := list(self._fresh_ideas(claim, leaving)):
            ideas = sorted(ideas + fresh, key=_order)
        return ideas

    def _known_ideas(self, claim: Claim, leaving: int) -> list[_Idea]:
        """Those in rooms that the chain has left alone: worked out once."""
        if claim.pk not in self._known:
            own = self._board.room_of(claim)
            rooms = [room_id for room_id in self._rooms_for[claim.pk] if room_id != own]
            touched = set(self._touched)
            ideas = [self._idea(claim, room_id) for room_id in rooms if room_id not in touched]
            self._known[claim.pk] = sorted(filter(None, ideas), key=_order)
            self._missing[claim.pk] = touched
        known = takewhile(lambda idea: idea.leaving <= leaving, self._known[claim.pk])
        return [idea for idea in known if idea.room_id not in self._touched]

    def _fresh_ideas(self, claim: Claim, leaving: int) -> Iterator[_Idea]:
        """Those in rooms of which nothing is known yet, or something else than is true now."""
        changed = self._missing[claim.pk].union(self._touched)
        for room_id in self._rooms_for[claim.pk]:
            if room_id in changed and (idea := self._idea(claim, room_id)) and idea.leaving <= leaving:
                yield idea

    def _idea(self, claim: Claim, room_id: int) -> _Idea | None:
        """None when the room is closed or somebody in it has to stay there."""
        self.steps -= 1
        holders = self._board.holders(room_id, claim.arrival, claim.departure)
        if not holders:
            gap = self._board.gap(room_id, claim.arrival, claim.departure)
            return None if gap is None else _Idea(0, gap, room_id, ())
        for holder in holders:
            if not holder.movable or holder.pk in self._left or holder.pk not in self._rooms_for:
                return None
        if self._board.is_closed(room_id, claim.arrival, claim.departure):
            return None
        return _Idea(len(holders), 0, room_id, tuple(holders))

    def _note(self) -> bool:
        stays = {move.stay_id for move in self._chain[1:]}
        if any(stays.issuperset(move.stay_id for move in way[:-1]) for way in self._found):
            return False
        self._found.append(tuple(reversed(self._chain)))
        return len(self._found) >= self._limit
