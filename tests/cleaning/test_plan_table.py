"""The rules for cleaning, row by row: the eight of the house's list, and what other systems do that we do too.

Each test names its row. Pure where the rules decide alone, with the database where tasks must follow.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from cleaning.choices import Priority, Problem, TaskKind, TaskState
from cleaning.models import CleaningRule, CleaningTask
from cleaning.plan_terms import DesiredTask, House, RoomFacts, StayFacts
from cleaning.planner import plan
from cleaning.work import finish_task, not_possible, start_task
from reservations.choices import ClosureKind, StayState, StayStatus
from reservations.models import RoomClosure
from tests.cleaning.houses import (
    NOW,
    TODAY,
    book,
    change,
    days,
    facts,
    lines,
    make_house,
    plan_again,
    room_of,
    rule,
    task_of,
)


def planned(*stays: StayFacts, house: House | None = None, closures=(), rooms=()) -> dict[str, DesiredTask]:
    return plan(stays, {1: house or make_house()}, closures, rooms)


def days_of(tasks: dict[str, DesiredTask], kind: str) -> list[date]:
    return sorted(task.day for task in tasks.values() if task.shape.kind == kind)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant that is that hour in Madrid in summer."""
    return datetime.combine(day, time(hour, minute), UTC) - timedelta(hours=2)


@pytest.fixture
def horizon(settings):
    settings.CLEANING_HORIZON_DAYS = 60


pytestmark = pytest.mark.usefixtures("horizon")

# --- 1. a key for ever: creates, moves, cancels, never doubles ------------------------------------------------


@pytest.mark.django_db
def test_row_1_generation_may_run_any_number_of_times(hotel):
    stay = book(hotel, "101", days(1), days(8), plan=True)
    before = list(CleaningTask.objects.order_by("pk").values())
    for minute in range(3):
        plan_again(stay, now=NOW + timedelta(minutes=minute))
    assert list(CleaningTask.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_row_1_a_task_moves_with_its_stay_and_stays_the_same_row(hotel):
    stay = book(hotel, "101", days(1), days(3), plan=True)
    task = task_of(stay, "departure")
    change(stay, departure=days(5), room=room_of(hotel, "105"))
    moved = task_of(stay, "departure")
    assert (moved.pk, moved.room.name, moved.date) == (task.pk, "105", days(5))


@pytest.mark.django_db
def test_row_1_one_task_per_unit_date_and_type_even_for_two_sources_of_one_day(hotel):
    """HAIP: no second task for the same room, date and type."""
    book(hotel, "101", days(1), days(3), plan=True)
    book(hotel, "101", days(3), days(5), plan=True)
    keys = CleaningTask.objects.values_list("open_key", flat=True)
    assert len(keys) == len(set(keys))
    assert CleaningTask.objects.filter(room__name="101", date=days(3), kind="departure").count() == 1


# --- 2. kinds ---------------------------------------------------------------------------------------------------


def test_row_2_departure():
    assert days_of(planned(facts(1, days(1), days(3))), "departure") == [days(3)]


def test_row_2_turnover_is_a_departure_with_a_deadline_so_no_cleaning_is_lost():
    """The trap of Breezeway: with a separate turn event and no rule for it, nobody cleans."""
    tasks = planned(facts(1, days(1), days(3)), facts(2, days(3), days(5)))
    on_the_day = [task for task in tasks.values() if task.day == days(3)]
    assert [(task.shape.kind, task.shape.turnover, task.shape.end) for task in on_the_day] == [
        (TaskKind.DEPARTURE, True, time(15))
    ]


def test_row_2_stay_over_every_n_days_from_day_m():
    house = make_house(rules=(rule("stay_over", every_days=3, first_day=2),))
    assert days_of(planned(facts(1, days(1), days(10)), house=house), "stay_over") == [
        days(3),
        days(6),
        days(9),
    ]


def test_row_2_stay_over_only_for_stays_that_are_long_enough():
    house = make_house(rules=(rule("stay_over", every_days=1, shortest_stay=4),))
    tasks = planned(facts(1, days(1), days(4)), facts(2, days(1), days(5), room=102), house=house)
    assert {task.stay_id for task in tasks.values() if task.shape.kind == "stay_over"} == {2}


def test_row_2_linen_every_n_days_covers_the_stay_over_of_its_day():
    house = make_house(rules=(rule("linen", every_days=4), rule("stay_over", every_days=2)))
    tasks = planned(facts(1, days(0), days(9)), house=house)
    assert days_of(tasks, "linen") == [days(4), days(8)]
    assert days_of(tasks, "stay_over") == [days(2), days(6)]


def test_row_2_linen_cycle_per_room_type():
    """Flexkeeping: the cycle of linen belongs to the type of space."""
    house = make_house(rules=(rule("linen", every_days=2, room_type_id=7),))
    suite = facts(2, days(1), days(6), room=102)._replace(room_type_id=7)
    tasks = planned(facts(1, days(1), days(6)), suite, house=house)
    assert {task.stay_id for task in tasks.values() if task.shape.kind == "linen"} == {2}


def test_row_2_arrival_check_when_the_room_was_empty_for_n_days():
    tasks = planned(facts(1, days(1), days(3)), facts(2, days(6), days(8)), facts(3, days(9), days(10)))
    assert "arrival_check:2" in tasks
    assert "arrival_check:3" not in tasks


def test_row_2_deep_cleaning_after_n_days_waits_for_an_empty_night():
    house = make_house(rules=(rule("deep", every_days=30, every_departures=0, counts_from=days(-28)),))
    room = RoomFacts(101, 1, 1)
    assert days_of(planned(house=house, rooms=[room]), "deep") == [days(2)]
    sleeping = (facts(1, days(1), days(4)), facts(2, days(4), days(6)))
    assert days_of(planned(*sleeping, house=house, rooms=[room]), "deep") == [days(6)]


def test_row_2_deep_cleaning_after_n_departures_counts_those_before_today():
    house = make_house(rules=(rule("deep", every_departures=5, counts_from=days(-40)),))
    stays = (facts(1, days(0), days(2)), facts(2, days(3), days(5)), facts(3, days(6), days(8)))
    assert days_of(planned(*stays, house=house, rooms=[RoomFacts(101, 1, 1, None, 3)]), "deep") == [days(5)]
    assert days_of(planned(*stays, house=house, rooms=[RoomFacts(101, 1, 1, None, 9)]), "deep") == [days(2)]
    assert days_of(planned(*stays, house=house, rooms=[RoomFacts(101, 1, 1, None, 1)]), "deep") == []


def test_row_2_deep_cleaning_begins_anew_after_the_last_one():
    house = make_house(rules=(rule("deep", every_days=30, every_departures=0, counts_from=days(-400)),))
    tasks = planned(house=house, rooms=[RoomFacts(101, 1, 1, last_deep=days(-10))])
    assert days_of(tasks, "deep") == [days(20)]


@pytest.mark.django_db
def test_row_2_a_finished_deep_cleaning_asks_for_the_next_one(hotel, cleaner):
    CleaningRule.objects.create(
        hotel=hotel, kind="deep", minutes=120, every_days=20, counts_from=days(-20), room_type=None
    )
    plan_again(book(hotel, "101", days(3), days(5)))
    deep = CleaningTask.objects.get(kind="deep", room__name="101")
    assert deep.date == TODAY
    finish_task(hotel_id=hotel.pk, task_id=deep.pk, user_id=cleaner.pk, now=NOW)
    again = CleaningTask.objects.get(kind="deep", room__name="101", state=TaskState.PLANNED)
    assert again.date == days(20)


@pytest.mark.django_db
def test_row_2_departures_of_the_past_are_counted_for_the_deep_cleaning(hotel):
    CleaningRule.objects.create(
        hotel=hotel, kind="deep", minutes=120, every_departures=3, counts_from=days(-30)
    )
    book(hotel, "101", days(-20), days(-18))
    book(hotel, "101", days(-10), days(-8))
    book(hotel, "101", days(-40), days(-35))
    stay = book(hotel, "101", days(1), days(4), plan=True)
    assert CleaningTask.objects.get(kind="deep").date == days(4)
    change(stay, departure=days(6))
    assert CleaningTask.objects.get(kind="deep").date == days(6)
    change(stay, status=StayStatus.CANCELLED)
    assert not CleaningTask.objects.filter(kind="deep").exists()


@pytest.mark.django_db
def test_row_2_inspection_follows_the_finished_task(hotel, cleaner):
    CleaningRule.objects.create(hotel=hotel, kind="departure", minutes=45, is_inspected=True)
    task = task_of(book(hotel, "101", days(-2), TODAY, plan=True), "departure")
    assert not CleaningTask.objects.filter(kind="inspection").exists()
    finish_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    inspection = CleaningTask.objects.get(kind="inspection")
    assert (inspection.inspects, inspection.date, inspection.room) == (task, TODAY, task.room)


@pytest.mark.django_db
def test_row_2_an_inspection_is_not_the_plans_to_take_away(hotel, cleaner):
    CleaningRule.objects.create(hotel=hotel, kind="departure", minutes=45, is_inspected=True)
    stay = book(hotel, "101", days(-2), TODAY, plan=True)
    finish_task(hotel_id=hotel.pk, task_id=task_of(stay, "departure").pk, user_id=cleaner.pk, now=NOW)
    change(stay, status=StayStatus.CANCELLED)
    assert CleaningTask.objects.filter(kind="inspection", state=TaskState.PLANNED).exists()


# --- 3. window --------------------------------------------------------------------------------------------------


def test_row_3_from_check_out_to_check_in():
    shape = planned(facts(1, days(1), days(3)), facts(2, days(3), days(5)))["departure:1"].shape
    assert (shape.start, shape.end) == (time(11), time(15))


def test_row_3_late_check_out_and_early_arrival_are_the_hours_of_the_window():
    leaving, coming = (
        facts(1, days(1), days(3), leaves_at=time(13)),
        facts(2, days(3), days(5), arrives_at=time(14)),
    )
    shape = planned(leaving, coming)["departure:1"].shape
    assert (shape.start, shape.end) == (time(13), time(14))


def test_row_3_a_guest_who_comes_late_gives_time():
    tasks = planned(facts(1, days(1), days(3)), facts(2, days(3), days(5), arrives_at=time(20)))
    assert tasks["departure:1"].shape.end == time(20)


def test_row_3_the_real_check_out_opens_the_window():
    left = at(TODAY, 9, 12)
    leaving = facts(1, days(-2), TODAY, state=StayState.DEPARTED, left_at=left)
    task = planned(leaving)["departure:1"]
    assert (task.shape.start, task.vacated_at) == (time(9, 12), left)


def test_row_3_a_check_out_after_midnight_stays_in_the_list_of_the_day():
    """Optii: who leaves at one in the night left on the day before."""
    left = at(days(1), 1)
    leaving = facts(1, days(-2), TODAY, state=StayState.DEPARTED, left_at=left)
    task = planned(leaving)["departure:1"]
    assert (task.day, task.shape.start, task.vacated_at) == (TODAY, time(11), left)


def test_row_3_without_arrival_the_end_slips_at_most_n_days():
    house = make_house(rules=(rule("departure", slip_days=3),))
    task = planned(facts(1, days(1), days(3)), house=house)["departure:1"]
    assert (task.day, task.last_day, task.shape.end) == (days(3), days(6), time(18))


def test_row_3_the_end_slips_only_to_the_next_arrival():
    """Turno: the flexible window is shortened when a stay comes in sooner."""
    house = make_house(rules=(rule("departure", slip_days=8),))
    stays = (facts(1, days(1), days(3)), facts(2, days(5), days(7), arrives_at=time(16)))
    task = planned(*stays, house=house)["departure:1"]
    assert (task.last_day, task.shape.end, task.shape.turnover) == (days(5), time(16), False)


@pytest.mark.django_db
def test_row_3_a_new_arrival_shortens_the_window_of_a_task_that_may_wait(hotel):
    CleaningRule.objects.create(hotel=hotel, kind="departure", minutes=45, slip_days=4)
    leaving = book(hotel, "101", TODAY, days(3), plan=True)
    assert task_of(leaving, "departure").window_end == at(days(7), 18)
    arriving = book(hotel, "101", days(5), days(6), plan=True)
    assert task_of(leaving, "departure").window_end == at(days(5), 15)
    change(arriving, status=StayStatus.CANCELLED)
    assert task_of(leaving, "departure").window_end == at(days(7), 18)


@pytest.mark.django_db
def test_row_3_a_task_that_may_wait_is_still_the_plans_on_the_days_after(hotel):
    CleaningRule.objects.create(hotel=hotel, kind="departure", minutes=45, slip_days=4)
    leaving = book(hotel, "101", days(-2), TODAY, plan=True)
    later = NOW + timedelta(days=2)
    plan_again(book(hotel, "101", days(3), days(5)), now=later)
    assert task_of(leaving, "departure").window_end == at(days(3), 15)
    change(leaving, status=StayStatus.CANCELLED, now=later)
    assert not CleaningTask.objects.filter(stay=leaving).exists()


# --- 4. priority --------------------------------------------------------------------------------------------------


def test_row_4_guest_waiting_then_arrival_then_departure_then_stay_over_then_deep():
    house = make_house(
        rules=(
            rule("stay_over", every_days=1),
            rule("deep", every_days=1, every_departures=0, counts_from=days(-9)),
        )
    )
    tasks = planned(
        facts(1, days(-2), TODAY),
        facts(2, TODAY, days(2), state=StayState.IN_HOUSE),
        facts(3, days(-2), TODAY, room=102),
        facts(4, TODAY, days(2), room=102),
        facts(5, days(-2), TODAY, room=103),
        facts(6, days(-2), days(2), room=104),
        house=house,
        rooms=[RoomFacts(105, 1, 1)],
    )
    of_today = sorted(
        (task.shape.priority, key.split(":")[0]) for key, task in tasks.items() if task.day == TODAY
    )
    assert of_today == [
        (Priority.GUEST_WAITING, "departure"),
        (Priority.GUEST_ARRIVES, "departure"),
        (Priority.DEPARTURE, "departure"),
        (Priority.STAY_OVER, "stay_over"),
        (Priority.WHEN_TIME_IS_LEFT, "deep"),
    ]


def test_row_4_of_two_who_arrive_the_earliest_hour_counts():
    tasks = planned(
        facts(1, days(1), days(3)),
        facts(2, days(3), days(5), arrives_at=time(17)),
        facts(3, days(3), days(4), arrives_at=time(14)),
    )
    assert tasks["departure:1"].shape.end == time(14)


@pytest.mark.django_db
def test_row_4_what_was_refused_waits_for_a_second_try_and_no_plan_touches_it(hotel, cleaner):
    stay = book(hotel, "101", days(-2), TODAY, plan=True)
    task = task_of(stay, "departure")
    not_possible(
        hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, problem=Problem.DO_NOT_DISTURB, now=NOW
    )
    plan_again(stay)
    assert lines(hotel) == [f"101 {TODAY} departure not_possible"]


# --- 5. work that was begun -------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("act", [start_task, finish_task])
def test_row_5_a_started_or_finished_task_is_not_moved_and_a_new_one_is_opened(hotel, cleaner, act):
    stay = book(hotel, "101", days(-2), TODAY, plan=True)
    task = task_of(stay, "departure")
    act(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    before = CleaningTask.objects.values().get(pk=task.pk)
    change(stay, departure=days(2))
    assert CleaningTask.objects.values().get(pk=task.pk) == before
    assert CleaningTask.objects.get(stay=stay, kind="departure", state="planned").date == days(2)


# --- 6. what changes --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_row_6_next_stay_cancelled_widens_the_window_and_lowers_the_priority(hotel):
    leaving = book(hotel, "101", days(-2), TODAY, plan=True)
    arriving = book(hotel, "101", TODAY, days(2), plan=True)
    assert (task_of(leaving, "departure").window_end, task_of(leaving, "departure").priority) == (
        at(TODAY, 15),
        Priority.GUEST_ARRIVES,
    )
    change(arriving, status=StayStatus.CANCELLED)
    assert (task_of(leaving, "departure").window_end, task_of(leaving, "departure").priority) == (
        at(TODAY, 18),
        Priority.DEPARTURE,
    )


@pytest.mark.django_db
def test_row_6_an_extension_turns_the_departure_into_a_stay_over(hotel):
    stay = book(hotel, "101", days(1), days(4), plan=True)
    change(stay, departure=days(6))
    assert [line for line in lines(hotel) if str(days(4)) in line] == [f"101 {days(4)} stay_over planned"]
    assert f"101 {days(6)} departure planned" in lines(hotel)


@pytest.mark.django_db
def test_row_6_an_early_departure_turns_the_stay_over_into_a_departure(hotel):
    stay = book(hotel, "101", days(-3), days(4), plan=True, state=StayState.IN_HOUSE)
    assert f"101 {TODAY} stay_over planned" in lines(hotel)
    change(stay, departure=TODAY, state=StayState.DEPARTED)
    assert lines(hotel) == [f"101 {TODAY} departure planned"]


@pytest.mark.django_db
def test_row_6_a_room_change_in_mid_stay_leaves_a_departure_in_the_old_room(hotel):
    stay = book(hotel, "101", days(-2), days(4), plan=True, state=StayState.IN_HOUSE)
    moment = NOW.isoformat()
    change(stay, room=room_of(hotel, "105"), left_rooms=[[room_of(hotel, "101").pk, moment]])
    old_room = CleaningTask.objects.get(room__name="101", kind="departure")
    assert (old_room.date, old_room.vacated_at, old_room.assignee) == (TODAY, NOW, None)
    assert CleaningTask.objects.get(room__name="105", kind="departure").date == days(4)


@pytest.mark.django_db
def test_row_6_the_old_room_is_a_turnover_when_somebody_comes_into_it_that_day(hotel):
    stay = book(hotel, "101", days(-2), days(4), plan=True, state=StayState.IN_HOUSE)
    change(stay, room=room_of(hotel, "105"), left_rooms=[[room_of(hotel, "101").pk, NOW.isoformat()]])
    left = CleaningTask.objects.get(room__name="101", kind="departure")
    assert not left.turnover
    arriving = book(hotel, "101", TODAY, days(2), plan=True)
    left.refresh_from_db()
    assert (left.turnover, left.window_end) == (True, at(TODAY, 15))
    change(arriving, status=StayStatus.CANCELLED)
    left.refresh_from_db()
    assert not left.turnover


@pytest.mark.django_db
def test_row_6_the_old_room_counts_as_left_for_the_next_arrival_check(hotel):
    stay = book(hotel, "101", days(-5), days(4), plan=True, state=StayState.IN_HOUSE)
    change(stay, room=room_of(hotel, "105"), left_rooms=[[room_of(hotel, "101").pk, NOW.isoformat()]])
    book(hotel, "101", days(2), days(4), plan=True)
    assert not CleaningTask.objects.filter(room__name="101", kind="arrival_check").exists()


def test_row_6_who_comes_back_to_the_room_leaves_nothing_to_clean_there():
    stay = facts(1, days(-2), days(4), room=101, state=StayState.IN_HOUSE)
    stay = stay._replace(left_rooms=((101, NOW.isoformat()), (105, NOW.isoformat())))
    left = [task.room_id for key, task in planned(stay).items() if key.startswith("departure:1:")]
    assert left == [105]


def test_row_6_who_is_moved_after_midnight_left_the_room_on_the_day_before():
    moment = at(days(1), 1).isoformat()
    stay = facts(1, days(-2), days(4), room=105, state=StayState.IN_HOUSE)
    task = planned(stay._replace(left_rooms=((101, moment),)))["departure:1:101"]
    assert (task.day, task.shape.start) == (TODAY, time(11))


def test_row_6_a_room_that_is_out_of_order_can_wait_until_it_comes_back():
    task = planned(facts(1, days(-2), TODAY), closures=[(101, TODAY, days(9))])["departure:1"]
    assert (task.shape.priority, task.last_day, task.shape.end) == (
        Priority.WHEN_TIME_IS_LEFT,
        days(9),
        time(15),
    )


def test_row_6_closures_that_follow_each_other_are_one():
    task = planned(facts(1, days(-2), TODAY), closures=[(101, TODAY, days(4)), (101, days(4), days(9))])
    assert task["departure:1"].last_day == days(9)


def test_row_6_a_guest_who_arrives_all_the_same_ends_the_waiting():
    stays = (facts(1, days(-2), TODAY), facts(2, days(3), days(5)))
    assert planned(*stays, closures=[(101, TODAY, days(9))])["departure:1"].last_day == days(3)


@pytest.mark.django_db
def test_row_6_work_in_a_closed_room_is_not_forgotten_while_it_waits(hotel):
    stay = book(hotel, "101", days(-2), TODAY, plan=True)
    RoomClosure.objects.create(
        hotel=hotel, room=room_of(hotel, "101"), first=TODAY, last=days(9), kind=ClosureKind.OUT_OF_ORDER
    )
    later = NOW + timedelta(days=4)
    plan_again(stay, now=NOW)
    plan_again(stay, now=later)
    assert task_of(stay, "departure").window_end == at(days(9), 15)
    arriving = book(hotel, "101", days(6), days(8))
    change(arriving, now=later)
    assert task_of(stay, "departure").window_end == at(days(6), 15)


# --- 7. feeds ---------------------------------------------------------------------------------------------------


def test_row_7_a_block_of_a_feed_makes_no_task():
    assert planned(facts(1, days(1), days(5), status=StayStatus.BLOCK)) == {}


@pytest.mark.django_db
def test_row_7_a_stay_that_its_feed_does_not_name_keeps_its_task_marked(hotel):
    stay = book(hotel, "101", days(1), days(3), plan=True)
    change(stay, missing_since=NOW)
    task = task_of(stay, "departure")
    assert (task.doubtful, task.state) == (True, TaskState.PLANNED)
    change(stay, missing_since=None)
    assert not task_of(stay, "departure").doubtful


# --- 8. days of the house ---------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("hour", "there"), [(3, True), (4, False)])
def test_row_8_the_night_audit_decides_what_today_is(hotel, hour, there):
    """At three in the night the departure of the evening before is still work of today."""
    now = at(days(1), hour)
    plan_again(book(hotel, "101", days(-2), TODAY), now=now)
    assert CleaningTask.objects.filter(kind="departure", date=TODAY).exists() is there


@pytest.mark.parametrize(
    ("day", "begins"),
    [
        (date(2031, 3, 29), datetime(2031, 3, 29, 10, tzinfo=UTC)),
        (date(2031, 3, 30), datetime(2031, 3, 30, 9, tzinfo=UTC)),
        (date(2031, 10, 26), datetime(2031, 10, 26, 10, tzinfo=UTC)),
    ],
)
@pytest.mark.django_db
def test_row_8_check_out_is_at_eleven_on_both_sides_of_a_clock_change(hotel, day, begins):
    now = datetime.combine(day - timedelta(days=3), time(10), UTC)
    stay = book(hotel, "101", day - timedelta(days=2), day)
    plan_again(stay, now=now)
    task = task_of(stay, "departure")
    assert (task.date, task.window_start) == (day, begins)


def test_row_8_cycles_go_through_29_february_and_new_year():
    house = make_house(today=date(2031, 12, 1), horizon=120, rules=(rule("linen", every_days=30),))
    tasks = planned(facts(1, date(2031, 12, 2), date(2032, 3, 10)), house=house)
    assert days_of(tasks, "linen") == [date(2032, 1, 1), date(2032, 1, 31), date(2032, 3, 1)]
    house = make_house(today=date(2032, 2, 20), rules=(rule("stay_over", every_days=1),))
    tasks = planned(facts(1, date(2032, 2, 27), date(2032, 3, 2)), house=house)
    assert date(2032, 2, 29) in days_of(tasks, "stay_over")


# --- whose rule -------------------------------------------------------------------------------------------------


def test_rate_wins_over_channel_and_that_over_room_type_and_that_over_property():
    """RMS: tasks of a property, overridden by category, then by rate type."""
    rules = (
        rule("departure", minutes=10, pk=1),
        rule("departure", minutes=20, property_id=1, pk=2),
        rule("departure", minutes=30, room_type_id=1, pk=3),
        rule("departure", minutes=40, channel="airbnb", pk=4),
        rule("departure", minutes=50, rate_plan_id=5, pk=5),
    )
    stay = facts(1, days(1), days(3), channel="airbnb", rate_plan_id=5)
    for taken in range(5, 0, -1):
        house = make_house(rules=rules[:taken])
        assert planned(stay, house=house)["departure:1"].shape.minutes == taken * 10


def test_an_eco_rate_has_no_daily_service():
    house = make_house(
        rules=(
            rule("stay_over", every_days=1, pk=1),
            rule("stay_over", rate_plan_id=5, is_wanted=False, pk=2),
        )
    )
    tasks = planned(
        facts(1, days(1), days(4), rate_plan_id=5), facts(2, days(1), days(4), room=102), house=house
    )
    assert {task.stay_id for task in tasks.values() if task.shape.kind == "stay_over"} == {2}


def test_hours_minutes_checklist_and_inspection_come_from_the_rule():
    house = make_house(
        rules=(
            rule(
                "departure",
                minutes=70,
                starts_at=time(12),
                ends_at=time(17),
                is_inspected=True,
                checklist_id=9,
            ),
        )
    )
    shape = planned(facts(1, days(1), days(3)), house=house)["departure:1"].shape
    assert (shape.minutes, shape.start, shape.end, shape.is_inspected, shape.checklist_id) == (
        70,
        time(12),
        time(17),
        True,
        9,
    )
