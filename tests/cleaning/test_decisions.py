"""What people decide survives whatever the bookings do, and the rules stay visible beside it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError

from cleaning.choices import Priority, TaskEventKind, TaskOrigin, TaskState
from cleaning.decisions import assign_tasks, drop_override, override_task
from cleaning.models import CleaningTask, TaskEvent
from cleaning.staffing import unassign
from cleaning.work import TaskRefused, finish_task, start_task
from reservations.choices import StayStatus
from tests.cleaning.houses import NOW, TODAY, book, change, days, lines, plan_again, room_of, task_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def stay(hotel):
    return book(hotel, "101", TODAY, days(3), plan=True)


def decide(task, *, drop=(), **changes):
    return override_task(hotel_id=task.hotel_id, task_id=task.pk, changes=changes, drop=drop, now=NOW)


def window_of(day):
    """What the rules say of the whole window of a departure, kept as soon as a person decided a part of it."""
    return {"date": day.isoformat(), "start": "11:00", "end": "18:00", "last_day": day.isoformat()}


def test_a_decision_is_shown_with_what_the_rules_say(stay):
    task = decide(task_of(stay, "departure"), date=days(4), priority=Priority.WHEN_TIME_IS_LEFT, minutes=80)
    assert (task.date, task.priority, task.minutes) == (days(4), 50, 80)
    assert task.planned == window_of(days(3)) | {"priority": 30, "minutes": 45}


def test_a_task_moved_to_another_day_keeps_its_hours(stay):
    task = decide(task_of(stay, "departure"), date=days(4))
    assert task.window_start == datetime.combine(days(4), time(9), UTC)
    assert task.window_end == datetime.combine(days(4), time(16), UTC)


def test_decisions_survive_a_change_of_the_stay(stay, cleaner):
    task = decide(
        task_of(stay, "departure"), date=days(8), minutes=80, assignee=cleaner.pk, note="Cot in the wardrobe"
    )
    change(stay, departure=days(7), room=room_of(stay.hotel, "105"))
    task.refresh_from_db()
    assert (task.room.name, task.date, task.minutes, task.assignee) == ("105", days(8), 80, cleaner)
    assert task.overrides["note"] == "Cot in the wardrobe"
    assert task.planned == window_of(days(7)) | {"minutes": 45}


def test_planning_twice_over_decisions_changes_nothing(stay, cleaner):
    decide(task_of(stay, "departure"), date=days(5), assignee=cleaner.pk)
    before = list(CleaningTask.objects.values())
    plan_again(stay, now=NOW + timedelta(minutes=1))
    assert list(CleaningTask.objects.values()) == before


def test_a_skipped_task_stays_skipped(stay):
    task = override_task(
        hotel_id=stay.hotel_id, task_id=task_of(stay, "departure").pk, changes={"skip": True}, now=NOW
    )
    assert task.state == TaskState.CANCELLED
    change(stay, departure=days(5))
    task.refresh_from_db()
    assert (task.state, task.date) == (TaskState.CANCELLED, days(5))
    assert CleaningTask.objects.filter(stay=stay, kind="departure").count() == 1


def test_a_skip_can_be_taken_back(stay):
    task = override_task(
        hotel_id=stay.hotel_id, task_id=task_of(stay, "departure").pk, changes={"skip": True}, now=NOW
    )
    task = drop_override(hotel_id=stay.hotel_id, task_id=task.pk, fields=["skip"], now=NOW)
    assert (task.state, task.overrides) == (TaskState.PLANNED, {})


def test_a_dropped_decision_gives_the_field_back_to_the_rules(stay):
    task = decide(task_of(stay, "departure"), date=days(4), minutes=80)
    change(stay, departure=days(6))
    task = decide(task, drop=["date", "minutes"])
    assert (task.date, task.minutes, task.planned) == (days(6), 45, {})
    assert task.window_start == datetime.combine(days(6), time(9), UTC)


def test_a_decision_outlives_a_cancelled_stay_and_the_same_row_comes_back(stay):
    task = decide(task_of(stay, "departure"), note="Mind the cat")
    change(stay, status=StayStatus.CANCELLED)
    assert lines(stay.hotel) == [f"101 {days(3)} departure cancelled"]
    change(stay, status=StayStatus.CONFIRMED)
    revived = task_of(stay, "departure")
    assert (revived.pk, revived.state, revived.overrides) == (
        task.pk,
        TaskState.PLANNED,
        {"note": "Mind the cat"},
    )


def test_a_skipped_task_of_a_stay_that_comes_back_is_still_skipped(stay):
    task = override_task(
        hotel_id=stay.hotel_id, task_id=task_of(stay, "departure").pk, changes={"skip": True}, now=NOW
    )
    change(stay, status=StayStatus.CANCELLED)
    change(stay, status=StayStatus.CONFIRMED)
    task.refresh_from_db()
    assert task.state == TaskState.CANCELLED
    assert (
        drop_override(hotel_id=stay.hotel_id, task_id=task.pk, fields=["skip"], now=NOW).state
        == TaskState.PLANNED
    )


def test_a_task_that_no_stay_asks_for_goes_with_its_last_decision(stay):
    task = decide(task_of(stay, "departure"), note="Mind the cat")
    change(stay, status=StayStatus.CANCELLED)
    assert decide(task, drop=["note"]).pk is None
    assert lines(stay.hotel) == []


def test_a_task_that_no_stay_asks_for_stays_cancelled_when_a_skip_is_dropped(stay):
    task = decide(task_of(stay, "departure"), note="Mind the cat", skip=True)
    change(stay, status=StayStatus.CANCELLED)
    assert decide(task, drop=["skip"]).state == TaskState.CANCELLED


def test_deciding_the_same_again_writes_nothing(stay, django_assert_max_num_queries):
    task = decide(task_of(stay, "departure"), minutes=80)
    again = override_task(
        hotel_id=task.hotel_id, task_id=task.pk, changes={"minutes": 80}, now=NOW + timedelta(1)
    )
    assert again.changed_at == NOW


def test_a_task_assigned_to_someone_who_left_is_planned_on(stay, cleaner):
    task = decide(task_of(stay, "departure"), assignee=cleaner.pk)
    cleaner.delete()
    change(stay, departure=days(5))
    task.refresh_from_db()
    assert (task.assignee, task.date) == (None, days(5))


def test_work_in_progress_may_get_another_person_but_no_other_day(stay, cleaner, housekeeping_manager):
    task = task_of(stay, "departure")
    start_task(hotel_id=stay.hotel_id, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    assert decide(task, assignee=housekeeping_manager.pk).assignee == housekeeping_manager
    with pytest.raises(TaskRefused):
        decide(task, date=days(5))


def test_finished_work_is_not_decided_about(stay, cleaner):
    task = task_of(stay, "departure")
    finish_task(hotel_id=stay.hotel_id, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    with pytest.raises(TaskRefused):
        decide(task, minutes=80)


@pytest.mark.parametrize(
    "changes",
    [{"minutes": 0}, {"minutes": 601}, {"priority": 7}, {"note": "x" * 501}, {"date": days(-1)}],
)
def test_a_value_out_of_range_is_refused(stay, changes):
    with pytest.raises(ValidationError) as refusal:
        decide(task_of(stay, "departure"), **changes)
    assert set(refusal.value.error_dict) == set(changes)


def test_only_people_of_the_hotel_are_assigned(stay, stranger):
    with pytest.raises(ValidationError):
        decide(task_of(stay, "departure"), assignee=stranger.pk)


def test_a_task_of_another_hotel_is_not_found(stay, other_hotel):
    with pytest.raises(CleaningTask.DoesNotExist):
        override_task(
            hotel_id=other_hotel.pk, task_id=task_of(stay, "departure").pk, changes={"minutes": 5}, now=NOW
        )


class TestManyAtOnce:
    """A company that leaves, or a proposal that is taken, is one short transaction."""

    @pytest.fixture
    def tasks(self, hotel):
        def made(number):
            rows = CleaningTask.objects.bulk_create(
                CleaningTask(
                    hotel=hotel,
                    property=hotel.properties.first(),
                    kind="extra",
                    origin=TaskOrigin.PERSON,
                    key=f"extra:{n}",
                    open_key=f"extra:{n}",
                    date=TODAY,
                    window_start=NOW,
                    window_end=NOW + timedelta(hours=4),
                    priority=Priority.DEPARTURE,
                    minutes=30,
                    state=TaskState.PLANNED,
                    changed_at=NOW,
                )
                for n in range(number)
            )
            return [row.pk for row in rows]

        return made

    @pytest.mark.parametrize("number", [3, 100])
    def test_the_statements_do_not_grow_with_the_tasks(
        self, hotel, cleaner, tasks, number, django_assert_max_num_queries
    ):
        given = dict.fromkeys(tasks(number), (cleaner.pk, None))
        with django_assert_max_num_queries(12):
            assert assign_tasks(hotel_id=hotel.pk, given=given, user_id=None, now=NOW) == number
        assert CleaningTask.objects.filter(assignee=cleaner).count() == number
        with django_assert_max_num_queries(12):
            unassign(CleaningTask.objects.filter(assignee=cleaner), user_id=None, now=NOW)
        assert not CleaningTask.objects.filter(assignee=cleaner).exists()
        told = TaskEvent.objects.filter(what=TaskEventKind.ASSIGNED)
        assert told.values("task").distinct().count() == number

    def test_a_task_that_is_over_stays_and_the_others_are_given(self, hotel, cleaner, tasks):
        first, second = tasks(2)
        CleaningTask.objects.filter(pk=first).update(state=TaskState.DONE, open_key=None)

        given = dict.fromkeys((first, second, 10**9), (cleaner.pk, None))
        assert assign_tasks(hotel_id=hotel.pk, given=given, user_id=None, now=NOW) == 1

        assert list(CleaningTask.objects.filter(assignee=cleaner).values_list("pk", flat=True)) == [second]

    def test_who_does_not_clean_there_gets_nothing(self, hotel, stranger, tasks):
        with pytest.raises(ValidationError):
            assign_tasks(
                hotel_id=hotel.pk, given=dict.fromkeys(tasks(2), (stranger.pk, None)), user_id=None, now=NOW
            )
        assert not CleaningTask.objects.exclude(assignee=None).exists()
