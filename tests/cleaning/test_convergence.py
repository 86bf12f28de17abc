"""Whatever happens to the stays and whatever people decide: the plan equals the rules plus the decisions."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleaning.choices import FROZEN_STATES, OPEN_STATES, TaskState
from cleaning.decisions import drop_override, override_task
from cleaning.models import CleaningTask
from cleaning.overrides import Computed, lay_over
from cleaning.plan_facts import load_houses, load_stays
from cleaning.planner import plan
from cleaning.work import TaskRefused, finish_task, start_task
from reservations.choices import StayState, StayStatus
from reservations.models import Stay
from tests.cleaning.houses import NOW, book, change, days, plan_again, room_of
from tests.examples import examples

ROOMS = ("101", "102")
room = st.sampled_from([*ROOMS, None])
nth = st.integers(0, 5)
step = st.one_of(
    st.tuples(st.just("book"), room, st.integers(-3, 9), st.integers(1, 7)),
    st.tuples(st.just("dates"), nth, st.integers(-3, 9), st.integers(1, 7)),
    st.tuples(st.just("room"), nth, room),
    st.tuples(st.just("status"), nth, st.sampled_from([StayStatus.CONFIRMED, StayStatus.CANCELLED])),
    st.tuples(st.just("state"), nth, st.sampled_from(StayState.values)),
    st.tuples(st.just("overbooked"), nth, st.booleans()),
    st.tuples(st.just("delete"), nth),
    st.tuples(st.just("decide"), nth, st.sampled_from(["date", "minutes", "skip"])),
    st.tuples(st.just("drop"), nth, st.sampled_from(["date", "minutes", "skip"])),
    st.tuples(st.just("work"), nth, st.sampled_from([start_task, finish_task])),
)
DECISIONS = {"date": days(5), "minutes": 77, "skip": True}


def perform(hotel, person, step, exact):
    name, *values = step
    if name == "book":
        where, arrival, length = values
        book(hotel, where, days(arrival), days(arrival + length), plan=True)
        return
    rows = (
        Stay.objects
        if name in ("dates", "room", "status", "state", "overbooked", "delete")
        else CleaningTask.objects
    )
    found = list(rows.filter(hotel=hotel).order_by("pk"))
    if not found:
        return
    row = found[values[0] % len(found)]
    if name == "dates":
        change(row, arrival=days(values[1]), departure=days(values[1] + values[2]), exact=exact)
    elif name == "room":
        change(row, room=room_of(hotel, values[1]) if values[1] else None, exact=exact)
    elif name in ("status", "state", "overbooked"):
        change(row, **{name: values[1]}, exact=exact)
    elif name == "delete":
        # As intake does it: the stay holds nothing any more, then it goes.
        change(row, status=StayStatus.CANCELLED, exact=exact)
        row.delete()
    elif name == "work":
        try_to(lambda: values[1](hotel_id=hotel.pk, task_id=row.pk, user_id=person.pk, now=NOW))
    elif name == "decide":
        chosen = {values[1]: DECISIONS[values[1]]}
        try_to(lambda: override_task(hotel_id=hotel.pk, task_id=row.pk, changes=chosen, now=NOW))
    elif name == "drop":
        try_to(lambda: drop_override(hotel_id=hotel.pk, task_id=row.pk, fields=[values[1]], now=NOW))


def try_to(act):
    with contextlib.suppress(TaskRefused):
        act()


def frozen_rows(hotel):
    return {
        row["id"]: {name: value for name, value in row.items() if name not in _PEOPLES_OWN}
        for row in CleaningTask.objects.filter(hotel=hotel, state__in=FROZEN_STATES).values()
    }


#: What people, or the end of a booking, may still change of work that was begun.
_PEOPLES_OWN = {
    "state",
    "overrides",
    "planned",
    "minutes",
    "changed_at",
    "finished_at",
    "finished_by_id",
    "working_since",
    "worked_seconds",
    "stay_id",
}


def expected_open_tasks(hotel):
    """What the rules say, less what was begun, with the decisions laid over it: straight from the pure functions."""
    houses = load_houses(hotel.pk, NOW)
    wishes = plan(load_stays(Q(hotel=hotel)), houses)
    served = {
        (row.key, row.fingerprint.partition("|")[0])
        for row in CleaningTask.objects.filter(hotel=hotel, state__in=FROZEN_STATES)
    }
    decided = {
        row.open_key: row.overrides for row in CleaningTask.objects.filter(hotel=hotel, state__in=OPEN_STATES)
    }
    expected = {}
    for key, wish in wishes.items():
        if (key, wish.place) in served:
            continue
        shape = wish.shape
        computed = Computed(wish.day, shape.start, shape.end, shape.priority, shape.minutes)
        shown = lay_over(computed, decided.get(key, {}), wish.house.zone)
        expected[key] = (
            wish.room_id,
            shown.date,
            shown.window_start,
            shown.window_end,
            shown.minutes,
            shown.priority,
            str(shown.state),
            shape.turnover,
            wish.overbooked,
        )
    return expected


def actual_open_tasks(hotel):
    rows = CleaningTask.objects.filter(hotel=hotel, state__in=OPEN_STATES).exclude(fingerprint="")
    return {
        row.open_key: (
            row.room_id,
            row.date,
            row.window_start,
            row.window_end,
            row.minutes,
            row.priority,
            row.state,
            row.turnover,
            row.overbooked,
        )
        for row in rows
    }


@pytest.mark.django_db
@settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(step, min_size=1, max_size=14), exact=st.booleans())
def test_the_plan_equals_the_rules_plus_the_decisions_after_any_history(hotel, cleaner, steps, exact):
    CleaningTask.objects.all().delete()
    Stay.objects.all().delete()
    frozen = {}
    for each in steps:
        perform(hotel, cleaner, each, exact)
        now_frozen = frozen_rows(hotel)
        assert {pk: now_frozen[pk] for pk in frozen} == frozen
        frozen = now_frozen
        assert actual_open_tasks(hotel) == expected_open_tasks(hotel)
    # Rows that no stay asks for are there only for the sake of somebody's decision.
    for row in CleaningTask.objects.filter(fingerprint=""):
        assert row.overrides
        assert row.state == TaskState.CANCELLED
    stays = list(Stay.objects.filter(hotel=hotel))
    if stays:
        before = list(CleaningTask.objects.order_by("pk").values())
        plan_again(*stays, now=NOW + timedelta(minutes=1))
        assert list(CleaningTask.objects.order_by("pk").values()) == before
