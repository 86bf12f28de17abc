"""Whatever happens to stays, rooms and rules, and whatever people decide and do: the plan equals the rules plus the
decisions, work that was begun stays as it is, and planning again writes nothing.

Unlike :mod:`tests.cleaning.test_convergence`, rooms are closed, guests are moved in mid-stay, rules come and go, and
days pass.
"""

from __future__ import annotations

import contextlib
from datetime import time, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleaning.choices import FROZEN_STATES, OPEN_STATES, Problem, TaskOrigin
from cleaning.decisions import drop_override, override_task
from cleaning.horizon import extend_plans_of
from cleaning.models import CleaningRule, CleaningTask, PlannedThrough
from cleaning.overrides import Computed, lay_over
from cleaning.plan_facts import load_houses, load_rooms, load_stays
from cleaning.plan_terms import LONGEST_WAIT, last_day_of
from cleaning.planner import plan
from cleaning.rules import remove_rule, save_rule
from cleaning.work import TaskRefused, finish_task, not_possible, pause_task, reopen_task, start_task
from reservations.choices import ClosureKind, StayState, StayStatus
from reservations.models import Room, RoomClosure, RoomType, Stay
from tests.cleaning.houses import NOW, TODAY, book, change, days, room_of
from tests.examples import examples

ROOMS = ("101", "112")
room = st.sampled_from(ROOMS)
nth = st.integers(0, 5)
work = st.sampled_from(["start", "pause", "finish", "not possible", "reopen"])
decision = st.sampled_from(["date", "minutes", "skip", "assignee", "end"])
hour = st.sampled_from([None, time(12), time(17)])
booking = st.tuples(
    st.just("book"), st.sampled_from([*ROOMS, *ROOMS, None]), st.integers(-2, 4), st.integers(1, 4), hour
)
step = st.one_of(
    booking,
    booking,
    st.tuples(st.just("move out"), nth, room),
    st.tuples(st.just("move out"), nth, room),
    st.tuples(st.just("dates"), nth, st.integers(-2, 4), st.integers(1, 4)),
    st.tuples(st.just("room"), nth, st.sampled_from([*ROOMS, None])),
    st.tuples(st.just("status"), nth, st.sampled_from([StayStatus.CONFIRMED, StayStatus.CANCELLED])),
    st.tuples(st.just("state"), nth, st.sampled_from(StayState.values)),
    st.tuples(st.just("leaves"), nth, st.integers(-30, 30)),
    st.tuples(st.just("doubt"), nth, st.booleans()),
    st.tuples(st.just("close"), room, st.integers(-3, 8), st.integers(1, 6)),
    st.tuples(st.just("open"), nth),
    st.tuples(st.just("rule"), st.integers(0, 9)),
    st.tuples(st.just("no rule"), nth),
    st.tuples(st.just("decide"), nth, decision),
    st.tuples(st.just("drop"), nth, decision),
    st.tuples(st.just("work"), nth, work),
    st.tuples(st.just("wait"), st.integers(1, 50)),
)
RULES = (
    {"kind": "stay_over", "every_days": 1, "minutes": 20},
    {
        "kind": "stay_over",
        "every_days": 2,
        "first_day": 1,
        "shortest_stay": 3,
        "minutes": 25,
        "channel": "eco",
    },
    {"kind": "linen", "every_days": 2, "minutes": 30},
    {"kind": "departure", "slip_days": 3, "minutes": 50},
    {"kind": "departure", "minutes": 60, "is_inspected": True, "room_type": True},
    {"kind": "departure", "minutes": 45, "is_wanted": False, "room_type": True},
    {"kind": "arrival_check", "after_empty_days": 1, "minutes": 10},
    {"kind": "arrival_check", "after_empty_days": 6, "minutes": 15, "ends_at": time(13)},
    {"kind": "deep", "every_departures": 2, "minutes": 120, "counts_from": -9},
    {"kind": "deep", "every_days": 4, "minutes": 90, "counts_from": -2, "room_type": True},
)


class House:
    """One history: a hotel, a person, and the hour."""

    def __init__(self, hotel, person, exact):
        self.hotel, self.person, self.exact, self.now = hotel, person, exact, NOW

    def pick(self, rows, number):
        found = list(rows.order_by("pk"))
        return found[number % len(found)] if found else None

    def perform(self, step):
        name, *values = step
        with time_machine.travel(self.now, tick=False), contextlib.suppress(TaskRefused, ValidationError):
            getattr(self, f"do_{name.replace(' ', '_')}")(*values)
            self.catch_up()

    def catch_up(self):
        """What happens after a commit, and every half hour."""
        extend_plans_of(hotel_id=self.hotel.pk, now=self.now)

    def change(self, stay, **fields):
        change(stay, now=self.now, exact=self.exact, **fields)

    def do_book(self, where, arrival, length, arrives_at):
        stay = book(self.hotel, where, days(arrival), days(arrival + length), arrives_at=arrives_at)
        self.change(stay)

    def do_move_out(self, number, where):
        """A guest who is in the house is given another room."""
        here = Stay.objects.filter(status=StayStatus.CONFIRMED, room__isnull=False, arrival__lte=TODAY)
        if stay := self.pick(here, number):
            self.change(stay, state=StayState.IN_HOUSE)
            self.do_room(list(Stay.objects.order_by("pk")).index(stay), where)

    def do_dates(self, number, arrival, length):
        if stay := self.pick(Stay.objects, number):
            self.change(stay, arrival=days(arrival), departure=days(arrival + length))

    def do_room(self, number, where):
        """As intake does it: a guest who slept in a room leaves it to be cleaned."""
        if stay := self.pick(Stay.objects, number):
            left = stay.left_rooms
            target = room_of(self.hotel, where) if where else None
            if stay.state == StayState.IN_HOUSE and stay.room_id and stay.room_id != (target and target.pk):
                left = [*left, [stay.room_id, self.now.isoformat()]]
            self.change(stay, room=target, left_rooms=left)

    def do_status(self, number, status):
        if stay := self.pick(Stay.objects, number):
            self.change(stay, status=status)

    def do_state(self, number, state):
        if stay := self.pick(Stay.objects, number):
            self.change(stay, state=state)

    def do_leaves(self, number, hours):
        if stay := self.pick(Stay.objects, number):
            self.change(
                stay,
                state=StayState.DEPARTED,
                checked_out_at=self.now + timedelta(hours=hours),
                leaves_at=time(13),
            )

    def do_doubt(self, number, doubtful):
        if stay := self.pick(Stay.objects, number):
            self.change(stay, missing_since=self.now if doubtful else None)

    def do_close(self, where, first, length):
        RoomClosure.objects.create(
            hotel=self.hotel,
            room=room_of(self.hotel, where),
            first=days(first),
            last=days(first + length),
            kind=ClosureKind.OUT_OF_ORDER,
        )

    def do_open(self, number):
        if closure := self.pick(RoomClosure.objects, number):
            closure.delete()

    def do_rule(self, number):
        values = dict(RULES[number])
        if values.pop("room_type", False):
            values["room_type"] = room_of(self.hotel, ROOMS[0]).room_type
        if "counts_from" in values:
            values["counts_from"] = days(values["counts_from"])
        rule = CleaningRule(hotel=self.hotel, **values)
        save_rule(hotel=self.hotel, rule=rule, user_id=None, now=self.now)

    def do_no_rule(self, number):
        if rule := self.pick(CleaningRule.objects, number):
            remove_rule(hotel=self.hotel, rule_id=rule.pk, user_id=None, now=self.now)

    def do_decide(self, number, field):
        if task := self.pick(CleaningTask.objects, number):
            value = {
                "date": days(12),
                "minutes": 77,
                "skip": True,
                "assignee": self.person.pk,
                "end": time(20),
            }[field]
            override_task(hotel_id=self.hotel.pk, task_id=task.pk, changes={field: value}, now=self.now)

    def do_drop(self, number, field):
        if task := self.pick(CleaningTask.objects, number):
            drop_override(hotel_id=self.hotel.pk, task_id=task.pk, fields=[field], now=self.now)

    def do_work(self, number, act):
        task = self.pick(CleaningTask.objects, number)
        if task is None:
            return
        given = {"hotel_id": self.hotel.pk, "task_id": task.pk, "user_id": self.person.pk, "now": self.now}
        if act == "not possible":
            not_possible(**given, problem=Problem.REFUSED)
        else:
            services = {
                "start": start_task,
                "pause": pause_task,
                "finish": finish_task,
                "reopen": reopen_task,
            }
            services[act](**given)

    def do_wait(self, hours):
        self.now += timedelta(hours=hours)

    # --- what must be there -----------------------------------------------------------------------------------

    def expected(self):
        """What the rules say, less what was begun, with the decisions over it: straight from the pure functions."""
        houses = load_houses(self.hotel.pk, self.now)
        rooms = Room.objects.filter(hotel=self.hotel).values("pk")
        first = min(house.first for house in houses.values())
        read = load_rooms(rooms, houses, first - LONGEST_WAIT - timedelta(days=60), hotel_id=self.hotel.pk)
        wishes = plan(load_stays(Q(hotel=self.hotel)), houses, read.closures, read.for_deep)
        frozen = CleaningTask.objects.filter(origin=TaskOrigin.RULES, state__in=FROZEN_STATES)
        served = {(row.key, row.fingerprint.partition("|")[0]) for row in frozen}
        deep = {row.key for row in frozen if row.kind == "deep"}
        open_tasks = CleaningTask.objects.filter(origin=TaskOrigin.RULES, state__in=OPEN_STATES)
        decided = {row.open_key: row.overrides for row in open_tasks}
        found = {}
        for key, wish in wishes.items():
            if (key, wish.place) in served or key in deep:
                continue
            shape = wish.shape
            computed = Computed(
                wish.day, shape.start, shape.end, shape.priority, shape.minutes, wish.last_day
            )
            shown = lay_over(computed, decided.get(key, {}), wish.house.zone)
            found[key] = (
                wish.room_id,
                wish.stay_id,
                shown.date,
                shown.window_start,
                shown.window_end,
                shown.minutes,
                shown.priority,
                str(shown.state),
                shape.turnover,
                wish.doubtful,
                wish.vacated_at,
                shape.is_inspected,
            )
        return found

    def actual(self):
        """Open tasks of days that are not over; older ones are history, which the plan leaves as it is."""
        first = min(house.first for house in load_houses(self.hotel.pk, self.now).values())
        rows = CleaningTask.objects.filter(origin=TaskOrigin.RULES, state__in=OPEN_STATES).exclude(
            fingerprint=""
        )
        return {
            row.open_key: (
                row.room_id,
                row.stay_id,
                row.date,
                row.window_start,
                row.window_end,
                row.minutes,
                row.priority,
                row.state,
                row.turnover,
                row.doubtful,
                row.vacated_at,
                row.is_inspected,
            )
            for row in rows
            if last_day_of(row.fingerprint) >= first
        }

    def begun(self):
        """Work that was begun, without what people themselves change of it."""
        rows = CleaningTask.objects.filter(origin=TaskOrigin.RULES, state__in=FROZEN_STATES).values(
            "pk", "room_id", "date", "window_start", "window_end", "kind", "key", "turnover", "fingerprint"
        )
        return {row["pk"]: row for row in rows}


@pytest.mark.django_db
@settings(
    max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    bookings=st.lists(booking, min_size=2, max_size=5),
    steps=st.lists(step, min_size=3, max_size=10),
    exact=st.booleans(),
)
def test_the_plan_equals_the_rules_plus_the_decisions_after_any_history(
    hotel, cleaner, bookings, steps, exact
):
    for model in (CleaningTask, Stay, RoomClosure, CleaningRule, PlannedThrough):
        model.objects.all().delete()
    house = House(hotel, cleaner, exact)
    begun = {}
    for each in (*bookings, *steps):
        house.perform(each)
        now_begun = house.begun()
        if each[0] != "work":
            assert now_begun.keys() >= begun.keys()
        assert {pk: now_begun[pk] for pk in begun if pk in now_begun} == {
            pk: row for pk, row in begun.items() if pk in now_begun
        }
        begun = now_begun
        assert house.actual() == house.expected(), each
    before = list(CleaningTask.objects.order_by("pk").values())
    PlannedThrough.objects.all().delete()
    extend_plans_of(hotel_id=hotel.pk, now=house.now)
    assert list(CleaningTask.objects.order_by("pk").values()) == before


def test_the_histories_reach_rooms_of_two_types(hotel):
    """Else the rules for a room type would never lose against others."""
    kinds = {room_of(hotel, name).room_type_id for name in ROOMS}
    assert len(kinds) == 2
    assert RoomType.objects.filter(hotel=hotel).count() >= 2
