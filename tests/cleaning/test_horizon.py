"""Houses are planned day after day, and anew when their rules or hours change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cleaning.horizon import extend_plans, replan_property
from cleaning.models import CleaningRule, CleaningTask, PlannedThrough
from cleaning.tasks import extend_plans as extend_plans_task
from cleaning.work import finish_task
from reservations.models import Property, Stay
from tests.cleaning.houses import NOW, TODAY, book, days, lines, task_of
from tests.people import make_hotel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ten_days(settings):
    settings.CLEANING_HORIZON_DAYS = 10


def test_a_day_that_comes_into_reach_is_planned(hotel):
    book(hotel, "101", days(8), days(11), plan=True)
    assert lines(hotel) == [f"101 {days(8)} arrival_check planned"]
    extend_plans(now=NOW + timedelta(days=1))
    assert f"101 {days(11)} departure planned" in lines(hotel)


def test_stays_without_a_room_come_into_reach_too(hotel):
    book(hotel, None, days(8), days(11), plan=True)
    extend_plans(now=NOW + timedelta(days=1))
    assert lines(hotel) == [f"- {days(11)} departure planned"]


def test_days_missed_while_nothing_ran_are_caught_up(hotel):
    book(hotel, "101", days(1), days(14), plan=True)
    extend_plans(now=NOW + timedelta(days=6))
    assert f"101 {days(14)} departure planned" in lines(hotel)


def test_a_second_call_on_the_same_day_does_nothing(hotel):
    book(hotel, "101", days(1), days(3))
    assert extend_plans(now=NOW) == 1
    with CaptureQueriesContext(connection) as queries:
        assert extend_plans(now=NOW + timedelta(hours=1)) == 0
    # The houses of every hotel, and of this one the clocks with the rules.
    assert len(queries) == 2


def test_each_house_has_its_own_night_audit(hotel):
    """At 15:30 UTC it is 03:30 in Auckland, half an hour before the day begins there."""
    east = make_hotel("Vista", "vista", timezone="Pacific/Auckland")
    extend_plans(now=NOW)
    assert extend_plans(now=NOW + timedelta(hours=5, minutes=30)) == 0
    assert extend_plans(now=NOW + timedelta(hours=6)) == 1
    through = PlannedThrough.objects.get(property__hotel=east).day
    assert through == days(11)


def test_work_that_was_finished_is_not_touched(hotel, cleaner):
    stay = book(hotel, "101", days(-2), TODAY, plan=True)
    task = finish_task(hotel_id=hotel.pk, task_id=task_of(stay, "departure").pk, user_id=cleaner.pk, now=NOW)
    before = CleaningTask.objects.values().get(pk=task.pk)
    extend_plans(now=NOW + timedelta(days=1))
    assert CleaningTask.objects.values().get(pk=task.pk) == before


def test_tasks_of_a_stay_that_slipped_away_unseen_are_found(hotel):
    stay = book(hotel, "101", days(1), days(3), plan=True)
    Stay.objects.filter(pk=stay.pk).update(arrival=days(30), departure=days(33))
    extend_plans(now=NOW)
    assert lines(hotel) == []


def test_a_house_is_planned_in_several_transactions_when_it_is_large(hotel, monkeypatch):
    monkeypatch.setattr("cleaning.horizon.BATCH", 2)
    for number in range(101, 106):
        book(hotel, str(number), TODAY, days(3))
    extend_plans(now=NOW)
    assert CleaningTask.objects.filter(kind="departure").count() == 5


def test_the_scheduled_task_plans_with_the_present_time(hotel):
    book(hotel, "101", days(1), days(3))
    with time_machine.travel(NOW, tick=False):
        extend_plans_task()
    assert f"101 {days(3)} departure planned" in lines(hotel)


def test_other_rules_plan_the_house_anew(hotel):
    house = Property.objects.get(hotel=hotel)
    book(hotel, "101", days(1), days(4), plan=True)
    CleaningRule.objects.create(hotel=hotel, property=house, kind="stay_over", minutes=20, every_days=1)
    replan_property(property_id=house.pk, now=NOW)
    assert f"101 {days(2)} stay_over planned" in lines(hotel)


def test_planning_a_house_without_rules_writes_none(hotel):
    book(hotel, "101", days(1), days(5))
    extend_plans(now=NOW)
    assert f"101 {days(4)} stay_over planned" in lines(hotel)
    assert not CleaningRule.objects.exists()


def test_other_hours_of_a_house_move_its_windows(hotel, django_capture_on_commit_callbacks):
    stay = book(hotel, "101", days(1), days(4), plan=True)
    house = Property.objects.get(hotel=hotel)
    house.check_out_until = time(12)
    with time_machine.travel(NOW, tick=False), django_capture_on_commit_callbacks(execute=True):
        house.save()
    assert task_of(stay, "departure").window_start == datetime.combine(days(4), time(10), UTC)


def test_work_that_may_wait_is_planned_again_although_its_day_is_over(hotel):
    house = Property.objects.get(hotel=hotel)
    stay = book(hotel, "101", days(-3), days(-1))
    CleaningRule.objects.create(hotel=hotel, property=house, kind="departure", minutes=45, slip_days=2)
    replan_property(property_id=house.pk, now=NOW)
    task = task_of(stay, "departure")
    assert (task.date, task.window_end) == (days(-1), datetime.combine(days(1), time(16), UTC))


def test_deep_cleanings_go_when_no_rule_asks_for_them_any_more(hotel):
    house = Property.objects.get(hotel=hotel)
    rule = CleaningRule.objects.create(
        hotel=hotel, kind="deep", minutes=120, every_days=10, counts_from=days(-10)
    )
    replan_property(property_id=house.pk, now=NOW)
    assert CleaningTask.objects.filter(kind="deep").count() == 12
    rule.delete()
    replan_property(property_id=house.pk, now=NOW)
    assert not CleaningTask.objects.filter(kind="deep").exists()
