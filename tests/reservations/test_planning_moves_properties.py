"""Whatever is booked, changed, cancelled, closed and moved, in any order: the house stays in order, and undo undoes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reservations.choices import StayStatus
from reservations.models import PlanningEdit, Room, RoomClosure, Stay
from tests.examples import examples
from tests.people import make_hotel, make_person
from tests.reservations.planning import Planner, check_house, picture

pytestmark = pytest.mark.django_db

DOUBLES, SUITES = ("1", "2", "3"), ("S1",)
ROOMS = (*DOUBLES, *SUITES)
NAMES = tuple("ABCDE")
SOME = settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

_numbers = count()


@contextmanager
def fresh_house(bookings: Sequence[tuple[str, int, int]] = (), *, family: bool = False) -> Iterator[Planner]:
    """Three rooms and a suite with ``bookings``; all that happens in it is taken back.

    With ``family`` the suite is an apartment that rooms 1 and 2 are part of.
    """
    noon = time_machine.travel(datetime(2031, 6, 1, 12, tzinfo=UTC), tick=False)
    with noon, transaction.atomic():
        number = next(_numbers)
        hotel = make_hotel(
            f"House {number}", f"house-{number}", {("Doble", 2): DOUBLES, ("Suite", 4): SUITES}
        )
        if family:
            suite = Room.objects.get(hotel=hotel, name="S1")
            Room.objects.filter(hotel=hotel, name__in=("1", "2")).update(parent=suite)
        plan = Planner(hotel, make_person(f"desk-{number}@example.org"))
        for name, (kind, arrival, length) in zip(NAMES, bookings, strict=False):
            plan.book(name, kind, arrival=arrival, nights=length)
        yield plan
        transaction.set_rollback(True)


names = st.sampled_from(NAMES)
rooms = st.sampled_from(ROOMS)
arrivals = st.integers(0, 8)
close_by = st.integers(0, 4)
lengths = st.integers(1, 4)
kinds = st.sampled_from(("Doble", "Doble", "Doble", "Suite", "Doble 1", "Doble 2"))

#: The bookings with which a house begins, one for each name: type or room, arrival, nights.
beginnings = st.tuples(*[st.tuples(kinds, arrivals, st.integers(2, 4))] * len(NAMES))

_ARGUMENTS = {
    "book": st.tuples(names, kinds, arrivals, lengths),
    "cancel": st.tuples(names),
    "move": st.tuples(st.integers(0, 9), rooms),
    "swap": st.tuples(names, names),
    "split": st.tuples(names, st.integers(1, 2), rooms, rooms),
    "join": st.tuples(st.integers(0, 9), rooms),
    "pin": st.tuples(names),
    "unpin": st.tuples(names),
    "block": st.tuples(rooms, arrivals, lengths, st.booleans()),
    "unblock": st.tuples(st.integers(0, 3)),
}


@st.composite
def actions(draw: st.DrawFn) -> tuple[str, tuple[Any, ...]]:
    """One thing that somebody does, as a name and its arguments, so that a failure is told in a readable way."""
    what = draw(st.sampled_from(sorted(_ARGUMENTS)))
    return what, draw(_ARGUMENTS[what])


def act(plan: Planner, what: str, args: tuple[Any, ...]) -> PlanningEdit | None:
    """Do it; a refusal changes nothing and is no failure. Returns what could be undone."""
    known = {stay.guest_name for stay in Stay.objects.filter(hotel=plan.hotel)}
    if args[0] in NAMES and args[0] not in known and what != "book":
        return None
    try:
        with transaction.atomic():
            return _act(plan, what, args)
    except ValidationError:
        return None


def _act(plan: Planner, what: str, args: tuple[Any, ...]) -> PlanningEdit | None:
    if what == "book":
        name, kind, arrival, nights = args
        plan.book(name, kind, arrival=arrival, nights=nights)
    elif what == "shift":
        return plan.move(*args, pin=False)
    elif what == "cancel":
        plan.cancel(*args)
    elif what == "swap":
        one, other = args
        if one != other and Stay.objects.filter(hotel=plan.hotel, guest_name=other).exists():
            here, there = plan.stay(one).room, plan.stay(other).room
            if here and there:
                return plan.move_all({one: there.name, other: here.name})
    elif what == "split":
        name, cut, first, second = args
        begin, *_rest, end = _ends(plan, name)
        return plan.split(name, (begin, begin + cut, first), (begin + cut, end, second))
    elif what == "block":
        room, first, length, confirmed = args
        return plan.block(room, first, first + length, confirmed=confirmed)
    elif what == "move":
        rows = Stay.objects.filter(hotel=plan.hotel).order_by("pk")
        return plan.move(rows[args[0] % len(rows)].pk, args[1]) if rows else None
    elif what == "join":
        split = Stay.objects.filter(hotel=plan.hotel, part_of__isnull=False).order_by("pk")
        return plan.join(split[args[0] % len(split)].guest_name, args[1]) if split else None
    elif what == "unblock":
        closures = list(RoomClosure.objects.filter(hotel=plan.hotel).order_by("pk"))
        return plan.unblock(closures[args[0] % len(closures)]) if closures else None
    else:
        found: PlanningEdit = getattr(plan, what)(*args)
        return found
    return None


def _ends(plan: Planner, name: str) -> tuple[int, int]:
    spans = plan.rooms(name)
    return spans[0][1], spans[-1][2]


MIXED = st.one_of(
    st.tuples(st.just("book"), st.tuples(names, st.just("Doble"), close_by, lengths)),
    st.tuples(st.just("book"), st.tuples(names, st.just("Doble"), close_by, lengths)),
    st.tuples(st.just("cancel"), st.tuples(names)),
    st.tuples(st.just("shift"), st.tuples(names, st.sampled_from(DOUBLES))),
    st.tuples(st.just("block"), st.tuples(st.sampled_from(DOUBLES), close_by, lengths, st.just(True))),
    st.tuples(st.just("unblock"), st.tuples(st.integers(0, 3))),
)


class TestAnySequence:
    @SOME
    @given(beginnings, st.lists(actions(), min_size=6, max_size=14), st.booleans())
    @example(
        # Reopening the room moves a guest whom the block had left alone.
        (("Doble", 0, 3), ("Doble", 6, 2), ("Suite", 0, 4), ("Doble", 0, 2), ("Doble 1", 0, 2)),
        [("book", ("A", "Doble", 8, 1)), ("block", ("1", 0, 1, False))],
        True,
    )
    def test_the_house_is_in_order_after_every_step_and_every_edit_can_be_undone_at_once(
        self, db, bookings, steps, family
    ):
        with fresh_house(bookings, family=family) as plan:
            for what, args in steps:
                before = picture(plan.hotel)
                edit = act(plan, what, args)
                check_house(plan.hotel)
                if edit is None:
                    continue
                after = picture(plan.hotel)
                plan.undo(edit)
                assert picture(plan.hotel) == before, what
                assert act(plan, what, args) is not None
                assert without_ids(picture(plan.hotel)) == without_ids(after)

    @SOME
    @given(beginnings, st.lists(actions(), min_size=6, max_size=14), st.booleans())
    def test_a_row_of_edits_is_undone_backwards(self, db, bookings, steps, family):
        with fresh_house(bookings, family=family) as plan:
            done: list[tuple[PlanningEdit, Any]] = []
            for what, args in steps:
                before = picture(plan.hotel)
                edit = act(plan, what, args)
                if edit is not None:
                    done.append((edit, before))
                elif picture(plan.hotel) != before:
                    done.clear()  # what a channel told is not undone
            for edit, before in reversed(done):
                plan.undo(edit)
                assert picture(plan.hotel) == before, edit.kind

    @SOME
    @given(st.lists(MIXED, min_size=4, max_size=20))
    def test_a_stay_is_overbooked_exactly_when_there_are_more_stays_than_rooms(self, db, steps):
        with fresh_house() as plan:
            for what, args in steps:
                act(plan, what, args)
                stays = Stay.objects.filter(hotel=plan.hotel)
                assert {stay.guest_name for stay in stays if stay.overbooked} == too_many(plan)


def too_many(plan: Planner) -> set[str]:
    """The guests who do not fit by counting, whoever booked first before whoever booked later."""
    closed = Counter(
        (night, closure.room_id)
        for closure in RoomClosure.objects.filter(hotel=plan.hotel)
        for night in nights(closure.first, closure.last)
    )
    taken = Counter(night for night, _room in closed)
    over = set()
    held = Stay.objects.filter(hotel=plan.hotel, status=StayStatus.CONFIRMED).order_by("booked_at", "pk")
    for stay in held:
        own = nights(stay.arrival, stay.departure)
        if all(taken[night] < len(DOUBLES) for night in own):
            taken.update(own)
        else:
            over.add(stay.guest_name)
    return over


def nights(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days)]


def without_ids(found: dict[str, Any]) -> Any:
    """Parts and closures that are made again have new ids."""
    return [
        sorted((row[2:] for row in found["stays"]), key=str),
        sorted((row[1:] for row in found["nights"]), key=str),
        sorted((row[1:] for row in found["closures"]), key=str),
    ]
