"""Who gets which room: examples by hand, and what holds for any house."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reservations import assignment
from reservations.assignment import Bond, Claim, Move, Outcome, RoomFact, assign, split_ways, ways_to_place
from reservations.room_chains import DEPTH
from reservations.room_claims import natural_order

FIRST = date(2031, 6, 1)
DOUBLE, SUITE = 1, 2


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def rooms_named(*names: str, kind: int = DOUBLE) -> list[RoomFact]:
    """Rooms whose key is the number in their name."""
    return [RoomFact(int(name), kind, name) for name in names]


def stay(pk: int, arrival: int, departure: int, room: int | None = None, **other) -> Claim:
    """A stay for any double; ``wanted`` ties it to a room. The key is the rank."""
    wanted = other.pop("wanted", None)
    bond = other.pop("bond", Bond.FREE if wanted is None else Bond.FIXED)
    return Claim(
        pk=pk,
        room_type_id=other.pop("kind", DOUBLE),
        room_id=room,
        wanted_room_id=wanted,
        arrival=day(arrival),
        departure=day(departure),
        bond=bond,
        movable=other.pop("movable", bond is Bond.FREE),
        rank=other.pop("rank", (pk,)),
        **other,
    )


def given_rooms(rooms, claims) -> dict[int, int | None]:
    return {pk: outcome.room_id for pk, outcome in assign(rooms, claims).items()}


def overbooked(rooms, claims) -> set[int]:
    return {pk for pk, outcome in assign(rooms, claims).items() if outcome.overbooked}


def placed(rooms, claims) -> list[Claim]:
    """The claims as they are once the answer is stored."""
    outcomes = assign(rooms, claims)
    return [replace(claim, room_id=outcomes[claim.pk].room_id) for claim in claims]


class TestTied:
    def test_a_room_that_was_sold_goes_to_who_comes_first(self):
        claims = [stay(1, 0, 3, wanted=101), stay(2, 2, 4, wanted=101)]

        assert assign(rooms_named("101", "102"), claims) == {1: Outcome(101, False), 2: Outcome(101, True)}

    def test_a_closure_takes_nobody_out_of_a_room_that_was_sold(self):
        rooms = [RoomFact(101, DOUBLE, "101", closed=((day(0), day(9)),)), *rooms_named("102")]

        assert assign(rooms, [stay(1, 0, 3, wanted=101)]) == {1: Outcome(101, False)}

    @pytest.mark.parametrize(
        "hindrance", [(stay(1, 2, 4, wanted=101),), ()], ids=["taken by another", "closed"]
    )
    def test_a_room_that_was_only_told_is_replaced_by_another_of_the_type(self, hindrance):
        closed = () if hindrance else ((day(0), day(1)),)
        rooms = [RoomFact(101, DOUBLE, "101", closed=closed), *rooms_named("102")]
        told = stay(2, 0, 3, wanted=101, bond=Bond.TOLD)

        assert assign(rooms, [*hindrance, told])[2] == Outcome(102, False)

    def test_a_told_room_is_held_like_a_sold_one(self):
        claims = [stay(1, 0, 3, wanted=101, bond=Bond.TOLD), stay(2, 0, 3, 101), stay(3, 0, 3, wanted=101)]

        assert assign(rooms_named("101", "102"), claims) == {
            1: Outcome(101, False),
            2: Outcome(102, False),
            3: Outcome(101, True),
        }

    def test_two_stays_still_collide_in_a_room_that_is_not_in_use_any_more(self):
        claims = [stay(1, 0, 3, wanted=999), stay(2, 2, 4, wanted=999)]

        assert assign(rooms_named("101"), claims) == {1: Outcome(999, False), 2: Outcome(999, True)}

    def test_a_better_room_than_sold_counts_where_it_is(self):
        rooms = rooms_named("101") + rooms_named("201", kind=SUITE)
        claims = [stay(1, 0, 2, wanted=201), stay(2, 0, 2), stay(3, 0, 2, kind=SUITE)]

        assert assign(rooms, claims) == {
            1: Outcome(201, False),
            2: Outcome(101, False),
            3: Outcome(None, True),
        }


class TestCounting:
    def test_who_comes_last_is_overbooked_and_has_no_room(self):
        claims = [stay(1, 0, 2), stay(2, 1, 3), stay(3, 1, 2, 101)]

        outcomes = assign(rooms_named("101", "102"), claims)

        assert outcomes[3] == Outcome(None, True)
        assert {outcomes[1].room_id, outcomes[2].room_id} == {101, 102}

    def test_one_who_does_not_fit_takes_no_place_from_the_next(self):
        claims = [stay(1, 0, 2), stay(2, 1, 5), stay(3, 2, 5)]

        assert overbooked(rooms_named("101"), claims) == {2}

    @pytest.mark.parametrize(
        ("first", "between", "last"),
        [
            (date(2031, 12, 29), date(2032, 1, 1), date(2032, 1, 4)),
            (date(2032, 2, 27), date(2032, 2, 29), date(2032, 3, 1)),
            (date(2031, 10, 25), date(2031, 10, 26), date(2031, 10, 27)),
        ],
        ids=["New Year", "29 February", "change of the clocks"],
    )
    def test_a_guest_arrives_on_the_day_another_leaves(self, first, between, last):
        early = replace(stay(1, 0, 1), arrival=first, departure=between)
        late = replace(stay(2, 0, 1), arrival=between, departure=last)
        both = replace(
            stay(3, 0, 1), arrival=between - timedelta(days=1), departure=between + timedelta(days=1)
        )

        assert given_rooms(rooms_named("101"), [early, late]) == {1: 101, 2: 101}
        assert overbooked(rooms_named("101"), [early, late, both]) == {3}

    def test_a_room_closed_twice_or_held_while_closed_is_one_room_less(self):
        closed = ((day(0), day(3)), (day(1), day(2)))
        rooms = [RoomFact(101, DOUBLE, "101", closed=closed), *rooms_named("102")]
        claims = [stay(1, 0, 3, wanted=101), stay(2, 1, 2), stay(3, 1, 2)]

        assert overbooked(rooms, claims) == {3}

    def test_a_closure_for_ever_costs_no_time(self):
        rooms = [RoomFact(101, DOUBLE, "101", closed=((date.min, date.max),)), *rooms_named("102")]

        assert assign(rooms, [stay(1, 0, 2), stay(2, 2, 4), stay(3, 1, 3)]) == {
            1: Outcome(102, False),
            2: Outcome(102, False),
            3: Outcome(None, True),
        }

    @pytest.mark.parametrize("kind", [SUITE, None])
    def test_nothing_is_judged_where_the_rooms_are_not_known(self, kind):
        claims = [stay(1, 0, 2, kind=kind), stay(2, 0, 2, kind=kind)]

        assert assign(rooms_named("101"), claims) == {1: Outcome(None, False), 2: Outcome(None, False)}


class TestFamilies:
    """A flat (10) with the rooms 11 and 12, a flat (20) with the rooms 21 and 22, and a room (30) of its own."""

    FLAT, PART = 7, 8

    @pytest.fixture
    def rooms(self) -> list[RoomFact]:
        flats = [RoomFact(flat, self.FLAT, str(flat), frozenset({flat + 1, flat + 2})) for flat in (10, 20)]
        parts = [
            RoomFact(flat + n, self.PART, str(flat + n), frozenset({flat}))
            for flat in (10, 20)
            for n in (1, 2)
        ]
        return [*flats, *parts, RoomFact(30, self.PART, "30")]

    def test_a_flat_and_its_rooms_exclude_each_other_and_the_rooms_do_not(self, rooms):
        claims = [
            stay(1, 0, 2, wanted=11),
            stay(2, 0, 2, wanted=12),
            stay(3, 1, 3, wanted=10),
            stay(4, 2, 3, wanted=10),
        ]

        assert overbooked(rooms, claims) == {3}

    def test_a_flat_takes_its_rooms_along(self, rooms):
        claims = [stay(pk, 0, 2, kind=self.FLAT) for pk in (1, 2)]
        claims += [stay(3, 0, 2, kind=self.PART), stay(4, 1, 2, kind=self.PART)]

        assert assign(rooms, claims)[3] == Outcome(30, False)
        assert overbooked(rooms, claims) == {4}

    def test_rooms_are_thought_to_share_a_flat_before_they_cost_another(self, rooms):
        claims = [stay(pk, 0, 2, kind=self.PART) for pk in (1, 2, 3)]
        claims += [stay(4, 1, 2, kind=self.FLAT), stay(5, 1, 2, kind=self.FLAT)]

        assert overbooked(rooms, claims) == {5}

    def test_the_flat_with_the_fewest_rooms_is_thought_to_be_sold_as_a_whole(self, rooms):
        third = RoomFact(23, self.PART, "23", frozenset({20}))
        rooms = [replace(room, relatives=room.relatives | {23}) if room.pk == 20 else room for room in rooms]
        claims = [stay(pk, 0, 2, kind=self.PART) for pk in (1, 2, 3, 4)] + [stay(5, 0, 2, kind=self.FLAT)]

        assert overbooked([*rooms, third], claims) == set()

    def test_a_guest_moves_together_with_others_to_free_a_flat(self, rooms):
        claims = [stay(1, 0, 2, 11, kind=self.PART), stay(2, 0, 2, 21, kind=self.PART)]
        claims += [stay(3, 0, 2, wanted=30, kind=self.PART), stay(4, 1, 2, kind=self.FLAT)]

        assert given_rooms(rooms, claims) == {1: 22, 2: 21, 3: 30, 4: 10}


class TestGiving:
    def test_the_smallest_gap_decides_and_then_the_natural_order(self):
        rooms = rooms_named("10", "9", "101", "102")
        claims = [stay(1, 0, 2, wanted=101), stay(2, 0, 3, wanted=102)]

        assert given_rooms(rooms, [*claims, stay(3, 3, 5)])[3] == 102
        assert given_rooms(rooms, [*claims, stay(3, 40, 45)])[3] == 9

    def test_beyond_a_month_no_gap_is_longer_than_another(self):
        claims = [stay(1, 0, 2, wanted=1), stay(2, 47, 50, wanted=1)]
        claims += [stay(3, 0, 9, wanted=2), stay(4, 48, 50, wanted=2)]

        assert given_rooms(rooms_named("2", "1"), [*claims, stay(5, 40, 42)])[5] == 1

    def test_a_house_that_is_laid_out_at_once_uses_no_more_rooms_than_its_fullest_night_needs(self):
        claims = [stay(1, 0, 2), stay(2, 3, 5), stay(3, 1, 3), stay(4, 2, 4)]

        assert given_rooms(rooms_named("1", "2", "3"), claims) == {1: 1, 2: 2, 3: 2, 4: 1}

    def test_whoever_has_a_room_of_the_type_keeps_it(self):
        assert given_rooms(rooms_named("1", "2", "3"), [stay(1, 0, 2), stay(2, 0, 2, 3)]) == {1: 1, 2: 3}

    def test_a_room_of_another_type_is_left(self):
        rooms = rooms_named("101") + rooms_named("201", kind=SUITE)

        assert given_rooms(rooms, [stay(1, 0, 2, 201)]) == {1: 101}

    def test_a_room_that_is_closed_is_left_and_one_that_closes_later_is_not(self):
        rooms = [RoomFact(101, DOUBLE, "101", closed=((day(1), day(2)),)), *rooms_named("102")]

        assert given_rooms(rooms, [stay(1, 0, 2, 101)]) == {1: 102}
        assert given_rooms(rooms, [stay(1, 0, 1, 101)]) == {1: 101}

    def test_of_two_in_one_room_the_one_that_may_not_be_moved_stays(self):
        claims = [stay(1, 1, 3, 101), stay(2, 0, 2, 101, movable=False)]

        assert given_rooms(rooms_named("101", "102"), claims) == {1: 102, 2: 101}

    def test_a_guest_makes_room_when_the_free_nights_lie_in_two_rooms(self):
        rooms = rooms_named("101", "102")
        claims = [stay(1, 0, 2, 101), stay(2, 2, 4, 102), stay(3, 0, 4)]

        assert given_rooms(rooms, claims) in ({1: 101, 2: 101, 3: 102}, {1: 102, 2: 102, 3: 101})

    def test_who_may_not_be_moved_is_not_and_a_person_has_to_split_the_stay(self):
        rooms = rooms_named("101", "102")
        claims = [stay(1, 0, 2, 101, movable=False), stay(2, 2, 4, 102, movable=False), stay(3, 0, 4)]

        assert assign(rooms, claims)[3] == Outcome(None, False)
        assert split_ways(rooms, claims, 3, room_ids={101, 102}) == [
            ((day(0), day(2), 102), (day(2), day(4), 101))
        ]

    def test_a_chain_of_three(self):
        rooms, claims = stairs(3)

        outcomes = given_rooms(rooms, claims)

        assert [outcomes[pk] for pk in (1, 2, 3, 4)] == [2, 3, 4, 1]
        assert ways_to_place(rooms, claims, 4, room_ids={1}) == [
            (Move(3, 3, 4), Move(2, 2, 3), Move(1, 1, 2), Move(4, None, 1))
        ]

    def test_a_chain_of_five_is_too_long_so_that_later_stays_are_laid_out_anew(self):
        rooms, claims = stairs(5)

        assert ways_to_place(rooms, claims, 6, room_ids={room.pk for room in rooms}) == []
        outcomes = given_rooms(rooms, claims)
        assert [outcomes[pk] for pk in range(1, 7)] == [2, 3, 4, 5, 6, 1]

    def test_who_found_nothing_is_asked_again_when_others_have_moved(self):
        """Guest 1 needs five others to move, until guest 2 has made the first of them move."""
        holes = {1: (31, 54), 2: (31, 56), 3: (32, 58), 4: (32, 41), 5: (40, 42)}
        rooms = rooms_named(*map(str, holes))
        claims = [stay(1, 35, 58), stay(2, 40, 44), stay(3, 32, 56, 3), stay(4, 32, 41, 1)]
        claims += [stay(5, 31, 40, 2), stay(6, 40, 42, 2), stay(7, 44, 54, 2)]
        for room, (first, last) in holes.items():
            claims += [stay(10 + room, 0, first, wanted=room), stay(20 + room, last, 99, wanted=room)]

        outcomes = given_rooms(rooms, claims)

        assert [outcomes[pk] for pk in range(1, 8)] == [3, 1, 2, 4, 1, 5, 1]


def stairs(steps: int) -> tuple[list[RoomFact], list[Claim]]:
    """A house where the last of the movable claims needs room 1, whose guest fits only room 2, whose guest fits ...

    Guests who stay leave one hole of twenty nights in each room, two nights later than in the room before.
    """
    rooms = rooms_named(*(str(number) for number in range(1, steps + 2)))
    claims = [stay(number, 2 * number + 2, 2 * number + 20, number) for number in range(1, steps + 1)]
    claims.append(stay(steps + 1, 2, 22))
    for room in rooms:
        claims.append(stay(100 + room.pk, -5, 2 * room.pk, wanted=room.pk))
        claims.append(stay(200 + room.pk, 2 * room.pk + 20, 60, wanted=room.pk))
    return rooms, claims


class TestWays:
    def test_each_room_shows_its_shortest_way_first(self):
        rooms = rooms_named("101", "102", "103")
        claims = [
            stay(1, 0, 2, 101),
            stay(2, 2, 4, 101),
            stay(3, 0, 1, 102),
            stay(4, 3, 4, 103),
            stay(5, 0, 4),
        ]

        ways = ways_to_place(rooms, claims, 5, room_ids={101, 102, 103})

        assert ways[:2] == [(Move(3, 102, 103), Move(5, None, 102)), (Move(4, 103, 102), Move(5, None, 103))]
        assert [way[-1].to_room_id for way in ways[2:]] == [101]

    def test_a_guest_whose_room_was_sold_twice_may_get_it_or_a_better_one(self):
        rooms = rooms_named("101", "102") + rooms_named("201", kind=SUITE)
        claims = [
            stay(1, 0, 2, 101, wanted=101),
            stay(2, 1, 3, 101, wanted=101),
            stay(3, 0, 9, 201, kind=SUITE, movable=False),
        ]

        assert ways_to_place(rooms, claims, 2, room_ids={101, 102, 201}) == [(Move(2, None, 102),)]
        assert ways_to_place(rooms, claims, 2, room_ids={101, 201}) == []

    def test_a_free_room_is_one_move_and_the_present_one_none(self):
        rooms = rooms_named("101", "102")

        assert ways_to_place(rooms, [stay(1, 0, 2, 101)], 1, room_ids={101, 102}) == [(Move(1, 101, 102),)]

    def test_who_leaves_a_room_does_not_open_it(self):
        rooms = [RoomFact(101, DOUBLE, "101", closed=((day(3), day(4)),)), *rooms_named("102")]

        assert ways_to_place(rooms, [stay(1, 0, 2, 101), stay(2, 0, 4)], 2, room_ids={101}) == []

    def test_at_most_as_many_as_asked_for_and_as_deep(self):
        rooms, claims = stairs(4)

        assert len(ways_to_place(rooms, claims, 5, room_ids={1})) == 1
        assert ways_to_place(rooms, claims, 5, room_ids={1}, depth=3) == []
        free = rooms_named("101", "102", "103")
        assert len(ways_to_place(free, [stay(1, 0, 2)], 1, room_ids={101, 102, 103}, limit=2)) == 2


class TestSplits:
    def test_the_longest_first_part_comes_first(self):
        rooms = rooms_named("101", "102", "103")
        claims = [
            stay(1, 3, 6, wanted=101),
            stay(2, 2, 4, wanted=102),
            stay(3, 0, 2, wanted=103),
            stay(9, 0, 6, wanted=101),
        ]

        assert split_ways(rooms, claims, 9, room_ids={101, 102, 103}) == [
            ((day(0), day(3), 101), (day(3), day(6), 103)),
            ((day(0), day(2), 102), (day(2), day(6), 103)),
        ]

    def test_two_parts_are_better_than_three_and_three_must_be_allowed(self):
        rooms = rooms_named("101", "102")
        claims = [stay(1, 1, 2, wanted=101), stay(2, 2, 4, wanted=102), stay(9, 0, 4, wanted=101)]
        three = ((day(0), day(1), 101), (day(1), day(2), 102), (day(2), day(4), 101))

        assert split_ways(rooms, claims, 9, room_ids={101, 102}, parts=3) == [
            ((day(0), day(2), 102), (day(2), day(4), 101)),
            three,
        ]

    def test_closed_rooms_and_relatives_are_not_free(self):
        rooms = [
            RoomFact(1, DOUBLE, "1", closed=((day(2), day(3)),)),
            RoomFact(2, DOUBLE, "2", frozenset({3})),
            RoomFact(3, SUITE, "3", frozenset({2})),
        ]
        claims = [stay(1, 0, 2, wanted=3), stay(2, 3, 4, wanted=2), stay(9, 0, 4, bond=Bond.FREE)]

        assert split_ways(rooms, claims, 9, room_ids={1, 2}) == []
        assert split_ways(rooms, claims, 9, room_ids={1, 2}, parts=3) == [
            ((day(0), day(2), 1), (day(2), day(3), 2), (day(3), day(4), 1))
        ]


def test_names_are_in_natural_order():
    names = ["10", "A 10", "2", "a 9", "1b", "1a", "001", ""]

    assert sorted(names, key=natural_order) == ["", "001", "1a", "1b", "2", "10", "a 9", "A 10"]


# --- what holds for any house ---------------------------------------------------------------------------------

ANY_HOUSE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

LENGTH = 12
SPANS = st.tuples(st.integers(0, LENGTH - 2), st.integers(1, 5))
FLAT, PART, PLAIN = 1, 2, 3


@st.composite
def houses(draw) -> list[RoomFact]:
    """Rooms of three types: flats with up to three rooms inside, and others; some are closed for a while."""
    found: list[RoomFact] = []

    def add(kind: int, relatives: frozenset[int] = frozenset()) -> int:
        spans = draw(st.lists(SPANS, max_size=1)) if draw(st.integers(0, 3)) == 0 else []
        closed = tuple((day(first), day(first + length)) for first, length in spans)
        pk = len(found) + 1
        found.append(RoomFact(pk, kind, str(pk), relatives, closed))
        return pk

    for _ in range(draw(st.integers(0, 2))):
        flat = add(FLAT)
        parts = frozenset(add(PART, frozenset({flat})) for _ in range(draw(st.integers(0, 3))))
        found[flat - 1] = replace(found[flat - 1], relatives=parts)
    for kind in draw(st.lists(st.sampled_from([FLAT, PART, PLAIN, PLAIN]), min_size=1, max_size=4)):
        add(kind)
    return found


@st.composite
def crowds(draw, rooms: list[RoomFact]) -> list[Claim]:
    """Stays of every sort, wherever they were before; the guests of today and earlier may not be moved."""
    today = draw(st.integers(0, LENGTH // 2))
    ranks = iter(draw(st.permutations(range(16))))
    found = []
    ids = [room.pk for room in rooms]
    for pk in range(1, draw(st.integers(1, 16)) + 1):
        first, length = draw(SPANS)
        bond = draw(st.sampled_from([Bond.FREE, Bond.FREE, Bond.FREE, Bond.TOLD, Bond.FIXED]))
        found.append(
            stay(
                pk,
                first,
                first + length,
                draw(st.sampled_from([None, *ids])),
                kind=draw(st.sampled_from([FLAT, PART, PLAIN])),
                wanted=None if bond is Bond.FREE else draw(st.sampled_from(ids)),
                bond=bond,
                movable=bond is Bond.FREE and first > today,
                rank=(next(ranks),),
            )
        )
    return found


@st.composite
def situations(draw) -> tuple[list[RoomFact], list[Claim]]:
    rooms = draw(houses())
    return rooms, draw(crowds(rooms))


@st.composite
def plain_situations(draw) -> tuple[list[RoomFact], list[Claim]]:
    """One type, no closures, nobody tied to a room; who may not be moved is in the house tonight."""
    rooms = rooms_named(*(str(number) for number in range(1, draw(st.integers(1, 4)) + 1)))
    today = draw(st.integers(0, LENGTH // 2))
    ranks = iter(draw(st.permutations(range(20))))
    claims = []
    for pk in range(1, draw(st.integers(1, 20)) + 1):
        first, length = draw(SPANS)
        if first + length > today:
            room = draw(st.sampled_from([None, *(room.pk for room in rooms)]))
            claims.append(stay(pk, first, first + length, room, movable=first > today, rank=(next(ranks),)))
    return rooms, claims


def nights(claim: Claim) -> range:
    return range((claim.arrival - FIRST).days, (claim.departure - FIRST).days)


def collisions(rooms: list[RoomFact], held: list[tuple[int, Claim]]) -> list[tuple[int, int]]:
    """The room nights that are given twice, a relative's included."""
    relatives = {room.pk: room.relatives for room in rooms}
    given = Counter((room, night) for room, claim in held for night in nights(claim))
    return [
        (room, night)
        for (room, night), count in given.items()
        if count > 1 or any((relative, night) in given for relative in relatives[room])
    ]


def is_closed(room: RoomFact, claim: Claim) -> bool:
    return any(first < claim.departure and claim.arrival < last for first, last in room.closed)


def verdicts(rooms, claims) -> dict[int, bool]:
    return {pk: outcome.overbooked for pk, outcome in assign(rooms, claims).items()}


@ANY_HOUSE
@given(situations())
def test_no_room_is_given_twice_for_a_night_nor_together_with_a_relative(situation):
    rooms, claims = situation
    outcomes = assign(rooms, claims)
    held = [
        (outcomes[claim.pk].room_id, claim)
        for claim in claims
        if outcomes[claim.pk].room_id and not outcomes[claim.pk].overbooked
    ]
    facts = {room.pk: room for room in rooms}

    assert outcomes.keys() == {claim.pk for claim in claims}
    assert collisions(rooms, held) == []
    for room, claim in held:
        tied = room == claim.wanted_room_id
        assert tied or facts[room].room_type_id == claim.room_type_id
        assert claim.bond is Bond.FIXED or not is_closed(facts[room], claim)


@ANY_HOUSE
@given(plain_situations())
def test_exactly_those_are_overbooked_whom_the_count_leaves_over_and_all_others_have_a_room(situation):
    rooms, claims = situation
    sold: Counter[int] = Counter()
    too_many = set()
    for claim in sorted(claims, key=lambda claim: claim.rank):
        if all(sold[night] < len(rooms) for night in nights(claim)):
            sold.update(nights(claim))
        else:
            too_many.add(claim.pk)

    outcomes = assign(rooms, claims)

    assert {pk for pk, outcome in outcomes.items() if outcome.overbooked} == too_many
    assert {pk for pk, outcome in outcomes.items() if outcome.room_id is None} == too_many


@ANY_HOUSE
@given(plain_situations())
def test_everybody_who_fits_has_a_room_without_any_search_for_chains(situation):
    rooms, claims = situation
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignment, "STEPS", 0)
        outcomes = assign(rooms, claims)

    assert all(outcome.overbooked == (outcome.room_id is None) for outcome in outcomes.values())


@ANY_HOUSE
@given(situations(), st.data())
def test_who_is_overbooked_depends_neither_on_the_order_nor_on_where_anybody_is(situation, data):
    rooms, claims = situation
    places = st.sampled_from([None, *(room.pk for room in rooms)])
    elsewhere = [replace(claim, room_id=data.draw(places)) for claim in claims]

    expected = verdicts(rooms, claims)

    assert verdicts(data.draw(st.permutations(rooms)), data.draw(st.permutations(claims))) == expected
    assert verdicts(rooms, elsewhere) == expected
    assert assign(rooms[::-1], claims[::-1]) == assign(rooms, claims)


@ANY_HOUSE
@given(situations())
def test_asked_about_its_own_answer_it_changes_nothing(situation):
    rooms, claims = situation
    outcomes = assign(rooms, claims)

    assert assign(rooms, placed(rooms, claims)) == outcomes


@ANY_HOUSE
@given(situations(), st.data())
def test_new_guests_move_nobody_who_is_tied_or_may_not_be_moved(situation, data):
    rooms, claims = situation
    before = placed(rooms, claims)
    newcomers = [
        replace(claim, pk=claim.pk + 100, rank=(claim.rank[0] + 100,), bond=Bond.FREE, wanted_room_id=None)
        for claim in data.draw(crowds(rooms))
    ]

    outcomes = assign(rooms, [*before, *newcomers])

    for claim in before:
        if claim.bond is Bond.FIXED:
            assert outcomes[claim.pk].room_id == claim.wanted_room_id
        if not claim.movable and claim.room_id is not None:
            assert outcomes[claim.pk].room_id == claim.room_id


@st.composite
def small_situations(draw) -> tuple[list[RoomFact], list[Claim]]:
    """A house that is settled but for the last claim, small enough to try everything."""
    rooms, kinds = rooms_named("1", "2", "3", "4", kind=PART), [PART]
    if draw(st.booleans()):
        rooms, kinds = rooms_named("7", kind=PART), [PART, PART, PART, FLAT]
        for flat, parts in ((3, {1, 2}), (6, {4, 5})):
            rooms += [RoomFact(part, PART, str(part), frozenset({flat})) for part in parts]
            rooms.append(RoomFact(flat, FLAT, str(flat), frozenset(parts)))
    ids = [room.pk for room in rooms]
    claims = []
    for pk in range(1, draw(st.integers(3, 12)) + 1):
        first, length = draw(st.integers(0, 6)), draw(st.integers(1, 3))
        kind, movable = draw(st.sampled_from(kinds)), draw(st.integers(0, 9)) > 0
        claims.append(stay(pk, first, first + length, draw(st.sampled_from(ids)), kind=kind, movable=movable))
    before = [claim for claim in placed(rooms, claims) if claim.room_id]
    kind = draw(st.sampled_from(kinds))
    news = [stay(99, first, first + length, kind=kind) for first in range(6) for length in range(6, 1, -1)]
    fitting = [new for new in news if not assign(rooms, [*before, new])[99].overbooked]
    return rooms, [*before, draw(st.sampled_from(fitting or news))]


@settings(ANY_HOUSE, max_examples=150)
@given(small_situations())
def test_a_new_guest_moves_the_fewest(situation):
    rooms, claims = situation
    new = claims[-1]
    outcomes = assign(rooms, claims)
    if outcomes[new.pk].overbooked:
        return

    fewest = fewest_moves(rooms, claims, [room.pk for room in rooms if room.room_type_id == new.room_type_id])

    if fewest is not None:
        assert outcomes[new.pk].room_id is not None
        assert sum(outcomes[claim.pk].room_id != claim.room_id for claim in claims[:-1]) == fewest


@settings(ANY_HOUSE, max_examples=150)
@given(small_situations(), st.sets(st.integers(1, 7)), st.integers(0, 4))
def test_ways_hold_when_they_are_gone_and_the_first_is_the_shortest(situation, room_ids, depth):
    rooms, claims = situation
    new = claims[-1]
    facts = {room.pk: room for room in rooms}
    by_key = {claim.pk: claim for claim in claims}
    targets = sorted(room_ids & facts.keys())

    ways = ways_to_place(rooms, claims, new.pk, room_ids=room_ids, depth=depth)

    fewest = fewest_moves(rooms, claims, targets)
    assert bool(ways) == (fewest is not None and fewest <= depth)
    assert [len(way) for way in ways] == sorted(len(way) for way in ways)
    assert len(set(ways)) == len(ways) <= 5
    for way in ways:
        assert way[-1] == Move(new.pk, None, way[-1].to_room_id)
        assert way[-1].to_room_id in targets
        after = {claim.pk: claim.room_id for claim in claims}
        for move in way:
            assert after[move.stay_id] == move.from_room_id
            after[move.stay_id] = move.to_room_id
        for move in way[:-1]:
            assert by_key[move.stay_id].movable
            assert facts[move.to_room_id].room_type_id == by_key[move.stay_id].room_type_id
        assert collisions(rooms, [(after[claim.pk], claim) for claim in claims]) == []
    if ways:
        assert len(ways[0]) - 1 == fewest


def fewest_moves(rooms: list[RoomFact], claims: list[Claim], targets: list[int]) -> int | None:
    """How many others must move so that the last claim gets one of ``targets``; None when more than DEPTH."""
    *others, new = claims
    others.sort(key=lambda claim: claim.movable)
    excluded = {room.pk: {room.pk, *room.relatives} for room in rooms}
    by_type = {kind: [room.pk for room in rooms if room.room_type_id == kind] for kind in (FLAT, PART)}

    def fewest(held: list[tuple[int, Claim]], left: int) -> int | None:
        if len(held) > len(others):
            return 0
        claim = others[len(held) - 1]
        found = []
        for room in by_type[claim.room_type_id] if claim.movable and left else [claim.room_id]:
            moves = int(room != claim.room_id)
            if not any(other in excluded[room] and overlap(claim, one) for other, one in held):
                more = fewest([*held, (room, claim)], left - moves)
                found += [] if more is None else [moves + more]
        return min(found, default=None)

    ways = [fewest([(room, new)], DEPTH) for room in targets]
    return min((moves for moves in ways if moves is not None), default=None)


def overlap(one: Claim, other: Claim) -> bool:
    return one.arrival < other.departure and other.arrival < one.departure


@ANY_HOUSE
@given(situations(), st.sets(st.integers(1, 12)), st.integers(1, 3))
def test_a_stay_is_split_whenever_it_can_be_into_the_fewest_parts(situation, room_ids, parts):
    rooms, claims = situation
    *others, last = placed(rooms, claims)
    outcomes = assign(rooms, claims)
    held = [
        (outcomes[claim.pk].room_id, claim)
        for claim in others
        if outcomes[claim.pk].room_id and not outcomes[claim.pk].overbooked
    ]
    targets = [room for room in rooms if room.pk in room_ids]

    def is_free(room: RoomFact, first: int, end: int) -> bool:
        part = replace(last, arrival=day(first), departure=day(end))
        return not is_closed(room, part) and not collisions(rooms, [*held, (room.pk, part)])

    ways = split_ways(rooms, [*others, last], last.pk, room_ids=room_ids, parts=parts)

    first, end = nights(last).start, nights(last).stop
    fewest = next(
        (
            count
            for count in range(1, parts + 1)
            for cuts in combinations(range(first + 1, end), count - 1)
            if all(
                any(is_free(room, start, stop) for room in targets)
                for start, stop in pairwise([first, *cuts, end])
            )
        ),
        None,
    )
    assert (len(ways[0]) if ways else None) == fewest
    assert len(set(ways)) == len(ways) <= 3
    assert [(len(way), way[0][0] - way[0][1]) for way in ways] == sorted(
        (len(way), way[0][0] - way[0][1]) for way in ways
    )
    for way in ways:
        assert [part[0] for part in way[1:]] == [part[1] for part in way[:-1]]
        assert (way[0][0], way[-1][1]) == (last.arrival, last.departure)
        for begins, ends, room_id in way:
            assert is_free(rooms[room_id - 1], (begins - FIRST).days, (ends - FIRST).days)
            assert room_id in room_ids


@ANY_HOUSE
@given(houses(), st.data())
def test_flats_and_their_rooms_are_overbooked_exactly_when_a_night_has_no_plan_for_all(rooms, data):
    claims = [
        replace(claim, bond=Bond.FREE, wanted_room_id=None) if claim.bond is Bond.TOLD else claim
        for claim in data.draw(crowds(rooms))
        if claim.room_type_id != PLAIN
    ]
    by_rank = sorted(claims, key=lambda claim: claim.rank)
    overbooked_ones = {pk for pk, verdict in verdicts(rooms, claims).items() if verdict}
    tied = [claim for claim in by_rank if claim.bond is Bond.FIXED and claim.pk not in overbooked_ones]
    kinds = {room.room_type_id for room in rooms}
    accepted: list[Claim] = []
    for claim in by_rank:
        if claim.bond is Bond.FREE and claim.room_type_id in kinds:
            fits = all(night_has_plan(rooms, tied, [*accepted, claim], night) for night in nights(claim))
            assert (claim.pk not in overbooked_ones) == fits
            if fits:
                accepted.append(claim)


def night_has_plan(rooms: list[RoomFact], tied: list[Claim], free: list[Claim], night: int) -> bool:
    """Whether rooms that exclude nobody can be picked for all who sleep here that night."""
    held = {claim.wanted_room_id for claim in tied if night in nights(claim)}
    open_rooms = [
        room
        for room in rooms
        if room.pk not in held
        and not room.relatives & held
        and not any(first <= day(night) < last for first, last in room.closed)
    ]
    wanted = Counter(claim.room_type_id for claim in free if night in nights(claim))
    flats = [room for room in open_rooms if room.room_type_id == FLAT]
    for taken in combinations(flats, wanted[FLAT]):
        lost = frozenset[int]().union(*(flat.relatives for flat in taken))
        left = [room for room in open_rooms if room.room_type_id == PART and room.pk not in lost]
        if len(left) >= wanted[PART]:
            return True
    return False
