"""The rules, each by its name. No database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cleaning.choices import Priority
from cleaning.overrides import Computed, lay_over
from cleaning.plan_terms import DesiredTask, House, StayFacts
from cleaning.planner import plan
from reservations.choices import StayState, StayStatus
from tests.cleaning.houses import TODAY, days, facts, make_house, rule


def planned(*stays: StayFacts, house: House | None = None, closures=()) -> dict[str, DesiredTask]:
    return plan(stays, {1: house or make_house()}, closures)


def days_of(tasks: dict[str, DesiredTask], kind: str) -> list[date]:
    return sorted(task.day for task in tasks.values() if task.shape.kind == kind)


# --- departures -----------------------------------------------------------------------------------------------


def test_a_stay_is_cleaned_on_its_departure_day_and_not_on_its_last_night():
    tasks = planned(facts(1, days(1), days(3)))
    assert days_of(tasks, "departure") == [days(3)]


def test_a_departure_without_arrival_has_until_the_end_of_the_working_day():
    shape = planned(facts(1, days(1), days(3)))["departure:1"].shape
    assert (shape.start, shape.end, shape.turnover) == (time(11), time(18), False)


def test_a_late_check_in_hour_gives_a_departure_more_time_than_the_working_day():
    house = make_house(check_in=time(20))
    assert planned(facts(1, days(1), days(3)), house=house)["departure:1"].shape.end == time(20)


def test_same_day_arrival_turns_the_departure_into_a_turnover_with_a_deadline():
    tasks = planned(facts(1, days(1), days(3)), facts(2, days(3), days(5)))
    shape = tasks["departure:1"].shape
    assert (shape.start, shape.end, shape.turnover) == (time(11), time(15), True)


def test_a_turnover_is_one_task_and_not_a_departure_and_an_arrival():
    tasks = planned(facts(1, days(1), days(3)), facts(2, days(3), days(4)))
    assert [key for key, task in tasks.items() if task.day == days(3)] == ["departure:1"]


def test_an_arrival_on_the_same_day_in_another_room_is_no_turnover():
    tasks = planned(facts(1, days(1), days(3)), facts(2, days(3), days(5), room=102))
    assert not tasks["departure:1"].shape.turnover


def test_an_arrival_the_day_after_is_no_turnover():
    tasks = planned(facts(1, days(1), days(3)), facts(2, days(4), days(5)))
    assert not tasks["departure:1"].shape.turnover


@pytest.mark.parametrize("status", [StayStatus.CANCELLED, StayStatus.BLOCK, StayStatus.INQUIRY])
def test_only_a_guest_makes_a_turnover(status):
    tasks = planned(facts(1, days(1), days(3)), facts(2, days(3), days(5), status=status))
    assert not tasks["departure:1"].shape.turnover


def test_an_overbooked_arrival_makes_no_turnover_because_it_has_no_room():
    tasks = planned(facts(1, days(1), days(3)), facts(2, days(3), days(5), overbooked=True))
    assert not tasks["departure:1"].shape.turnover


def test_hours_that_overlap_leave_the_time_the_work_takes():
    house = make_house(check_in=time(10), check_out=time(12))
    shape = planned(facts(1, days(1), days(3)), facts(2, days(3), days(5)), house=house)["departure:1"].shape
    assert (shape.start, shape.end) == (time(12), time(12, 45))


def test_a_guest_who_left_early_keeps_the_departure_task_on_its_day():
    tasks = planned(facts(1, days(-3), days(2), state=StayState.DEPARTED))
    assert days_of(tasks, "departure") == [days(2)]


# --- who makes tasks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status", [StayStatus.CANCELLED, StayStatus.BLOCK, StayStatus.INQUIRY, StayStatus.NO_SHOW]
)
def test_a_stay_without_a_guest_makes_no_task(status):
    assert planned(facts(1, days(1), days(10), status=status)) == {}


@pytest.mark.parametrize("status", [StayStatus.CONFIRMED, StayStatus.PENDING, StayStatus.UNKNOWN])
def test_a_stay_that_may_bring_a_guest_makes_tasks(status):
    assert "departure:1" in planned(facts(1, days(1), days(2), status=status))


def test_a_stay_without_a_room_makes_tasks_without_a_room():
    tasks = planned(facts(1, days(1), days(8), room=None))
    assert {task.room_id for task in tasks.values()} == {None}
    assert days_of(tasks, "departure") == [days(8)]


def test_an_overbooked_stay_makes_marked_tasks_without_a_room():
    task = planned(facts(1, days(1), days(3), room=101, overbooked=True))["departure:1"]
    assert (task.room_id, task.overbooked) == (None, True)


def test_a_stay_of_a_property_nobody_knows_makes_no_task():
    assert planned(facts(1, days(1), days(3))._replace(property_id=7)) == {}


# --- stay-overs -----------------------------------------------------------------------------------------------


def test_a_stay_over_comes_every_n_days_counted_from_arrival():
    tasks = planned(facts(1, days(1), days(9)), house=make_house(rules=(rule("stay_over", every_days=3),)))
    assert days_of(tasks, "stay_over") == [days(4), days(7)]


def test_a_stay_over_never_falls_on_the_departure_day():
    tasks = planned(facts(1, days(1), days(7)), house=make_house(rules=(rule("stay_over", every_days=3),)))
    assert days_of(tasks, "stay_over") == [days(4)]


def test_every_day_means_every_day_between_arrival_and_departure():
    tasks = planned(facts(1, days(1), days(4)), house=make_house(rules=(rule("stay_over", every_days=1),)))
    assert days_of(tasks, "stay_over") == [days(2), days(3)]


def test_zero_days_means_no_stay_overs():
    assert (
        days_of(
            planned(facts(1, days(1), days(30)), house=make_house(rules=(rule("stay_over", every_days=0),))),
            "stay_over",
        )
        == []
    )


def test_the_count_starts_at_arrival_even_when_arrival_was_long_ago():
    tasks = planned(facts(1, days(-100), days(4)), house=make_house(rules=(rule("stay_over", every_days=3),)))
    assert days_of(tasks, "stay_over") == [days(2)]


def test_a_guest_who_left_early_gets_no_more_stay_overs():
    assert days_of(planned(facts(1, days(-1), days(20), state=StayState.DEPARTED)), "stay_over") == []


def test_the_count_goes_through_29_february():
    house = make_house(today=date(2032, 2, 20), rules=(rule("stay_over", every_days=1),))
    tasks = planned(facts(1, date(2032, 2, 27), date(2032, 3, 2)), house=house)
    assert days_of(tasks, "stay_over") == [date(2032, 2, 28), date(2032, 2, 29), date(2032, 3, 1)]


def test_the_count_goes_through_new_year():
    house = make_house(today=date(2031, 12, 20), rules=(rule("stay_over", every_days=2),))
    tasks = planned(facts(1, date(2031, 12, 30), date(2032, 1, 3)), house=house)
    assert days_of(tasks, "stay_over") == [date(2032, 1, 1)]
    assert days_of(tasks, "departure") == [date(2032, 1, 3)]


# --- arrival checks -------------------------------------------------------------------------------------------


def test_a_room_empty_for_n_days_is_checked_before_the_guest_comes():
    tasks = planned(facts(1, days(1), days(3)), facts(2, days(6), days(8)))
    assert tasks["arrival_check:2"].day == days(6)


def test_a_room_empty_for_fewer_days_is_not_checked():
    assert "arrival_check:2" not in planned(facts(1, days(1), days(3)), facts(2, days(5), days(8)))


def test_a_room_nobody_was_in_is_checked():
    assert "arrival_check:1" in planned(facts(1, days(1), days(3)))


def test_a_departure_of_the_same_day_covers_the_check():
    assert "arrival_check:2" not in planned(facts(1, days(1), days(3)), facts(2, days(3), days(5)))


def test_a_room_closed_since_the_last_departure_is_checked():
    stays = facts(1, days(1), days(3)), facts(2, days(5), days(8))
    assert "arrival_check:2" in planned(*stays, closures=[(101, days(4), days(5))])


def test_a_closure_before_the_last_departure_asks_for_no_check():
    stays = facts(1, days(1), days(3)), facts(2, days(5), days(8))
    assert "arrival_check:2" not in planned(
        *stays, closures=[(101, days(0), days(1)), (102, days(4), days(5))]
    )


def test_a_guest_who_is_in_already_needs_no_check():
    assert "arrival_check:1" not in planned(facts(1, TODAY, days(3), state=StayState.IN_HOUSE))


def test_zero_days_means_no_arrival_checks():
    house = make_house(rules=(rule("arrival_check", after_empty_days=0),))
    assert "arrival_check:1" not in planned(
        facts(1, days(1), days(3)), house=house, closures=[(101, days(0), days(1))]
    )


def test_the_check_ends_when_guests_may_come():
    shape = planned(facts(1, days(1), days(3)))["arrival_check:1"].shape
    assert (shape.start, shape.end) == (time(9), time(15))


# --- order ----------------------------------------------------------------------------------------------------


def test_a_guest_who_waits_comes_before_one_who_arrives_and_that_before_everything_else():
    tasks = planned(
        facts(1, days(-2), TODAY, state=StayState.IN_HOUSE),
        facts(2, TODAY, days(2), state=StayState.IN_HOUSE),
        facts(3, days(-2), TODAY, room=102),
        facts(4, TODAY, days(2), room=102),
        facts(5, TODAY, days(2), room=103),
        facts(6, days(-2), TODAY, room=104),
        facts(7, days(-3), days(2), room=105),
    )
    of_today = sorted((task.shape.priority, key) for key, task in tasks.items() if task.day == TODAY)
    assert of_today == [
        (Priority.GUEST_WAITING, "departure:1"),
        (Priority.GUEST_ARRIVES, "arrival_check:5"),
        (Priority.GUEST_ARRIVES, "departure:3"),
        (Priority.DEPARTURE, "departure:6"),
        (Priority.STAY_OVER, f"stay_over:7:{TODAY}"),
    ]


# --- today and the horizon ------------------------------------------------------------------------------------


def test_a_departure_of_today_is_planned_and_one_of_yesterday_is_not():
    tasks = planned(facts(1, days(-3), TODAY), facts(2, days(-3), days(-1), room=102))
    assert days_of(tasks, "departure") == [TODAY]


def test_the_last_day_of_the_horizon_is_planned_and_the_next_is_not():
    house = make_house(horizon=5)
    tasks = planned(facts(1, days(1), days(5)), facts(2, days(1), days(6), room=102), house=house)
    assert days_of(tasks, "departure") == [days(5)]


def test_a_long_stay_is_planned_as_far_as_the_horizon():
    tasks = planned(
        facts(1, days(1), days(400)), house=make_house(horizon=5, rules=(rule("stay_over", every_days=2),))
    )
    assert days_of(tasks, "stay_over") == [days(3), days(5)]


# --- clocks ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "begins"),
    [
        (date(2031, 3, 29), datetime(2031, 3, 29, 10, tzinfo=UTC)),
        (date(2031, 3, 30), datetime(2031, 3, 30, 9, tzinfo=UTC)),
        (date(2031, 10, 25), datetime(2031, 10, 25, 9, tzinfo=UTC)),
        (date(2031, 10, 26), datetime(2031, 10, 26, 10, tzinfo=UTC)),
    ],
)
def test_eleven_o_clock_is_eleven_o_clock_before_and_after_the_clocks_change(day, begins):
    shown = lay_over(Computed(day, time(11), time(15), 20, 45), {}, ZoneInfo("Europe/Madrid"))
    assert shown.window_start == begins
    assert shown.window_end - shown.window_start == timedelta(hours=4)


def test_a_window_in_the_hour_the_clock_skips_is_not_turned_inside_out():
    spring = date(2031, 3, 30)
    shown = lay_over(Computed(spring, time(2, 30), time(3), 20, 45), {}, ZoneInfo("Europe/Madrid"))
    assert shown.window_end >= shown.window_start
