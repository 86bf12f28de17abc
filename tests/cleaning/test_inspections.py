"""The look at a room after the work: it passes, or it goes back with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cleaning.choices import TaskEventKind, TaskKind, TaskState
from cleaning.messages import news_for, write_messages
from cleaning.models import CleaningRule, CleaningTask, TaskEvent
from cleaning.work import TaskRefused, finish_task, pass_inspection, reopen_task, send_back, start_task
from tests.cleaning.houses import NOW, TODAY, book, days, plan_again, task_of

pytestmark = pytest.mark.django_db


def after(minutes):
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def stay(hotel):
    CleaningRule.objects.create(hotel=hotel, kind="departure", minutes=45, is_inspected=True)
    leaving = book(hotel, "101", days(-2), TODAY, plan=True)
    book(hotel, "101", TODAY, days(2), plan=True)
    plan_again(leaving)
    return leaving


@pytest.fixture
def task(stay):
    return task_of(stay, "departure")


@pytest.fixture
def done(task, cleaner):
    def finish(now=NOW):
        return finish_task(hotel_id=task.hotel_id, task_id=task.pk, user_id=cleaner.pk, now=now)

    finish()
    return finish


@pytest.fixture
def judge(task, housekeeping_manager):
    """Passes the open inspection, or sends it back when a reason is given."""

    def act(reason=None, now=None):
        who = {
            "hotel_id": task.hotel_id,
            "task_id": inspection(task).pk,
            "user_id": housekeeping_manager.pk,
            "now": now or after(10),
        }
        return pass_inspection(**who) if reason is None else send_back(**who, reason=reason)

    return act


def inspection(task):
    """The latest inspection of the task."""
    return task.inspections.latest("pk")


def told_ready(task):
    return TaskEvent.objects.filter(task=task, what=TaskEventKind.READY).exists()


def test_a_finished_task_whose_rule_wants_it_is_followed_by_an_inspection(task, done):
    look = task.inspections.get()
    assert (look.kind, look.state, look.room, look.date) == (
        TaskKind.INSPECTION,
        TaskState.PLANNED,
        task.room,
        TODAY,
    )
    task.refresh_from_db()
    assert (look.window_start, look.window_end) == (NOW, task.window_end)
    assert task.state == TaskState.DONE


def test_without_the_rule_nobody_looks(hotel, cleaner):
    other = task_of(book(hotel, "102", days(-2), TODAY, plan=True), "departure")
    finish_task(hotel_id=hotel.pk, task_id=other.pk, user_id=cleaner.pk, now=NOW)
    assert not CleaningTask.objects.filter(kind="inspection").exists()


def test_finishing_twice_asks_for_one_inspection(task, done):
    done(after(5))
    assert task.inspections.count() == 1


def test_planning_again_leaves_the_inspection(task, stay, done):
    plan_again(stay, now=after(5))
    assert inspection(task).state == TaskState.PLANNED


def test_a_room_that_passes_is_inspected_and_told_to_the_desk_only_then(
    task, done, judge, housekeeping_manager
):
    assert not told_ready(task)
    look = judge()
    task.refresh_from_db()
    assert (look.state, look.finished_by) == (TaskState.DONE, housekeeping_manager)
    assert task.state == TaskState.INSPECTED
    assert told_ready(task)


def test_passing_twice_is_passing_once(task, done, judge):
    judge()
    judge()
    assert TaskEvent.objects.filter(task=task, what=TaskEventKind.INSPECTED).count() == 1


def test_what_is_sent_back_is_to_be_done_again_by_the_same_person_who_is_told_why(task, done, judge, cleaner):
    judge("Hair in the shower")
    task.refresh_from_db()
    assert (task.state, task.remark) == (TaskState.PAUSED, "Hair in the shower")
    assert (task.finished_at, task.finished_by) == (None, None)
    assert not told_ready(task)
    write_messages(after(11))
    (message,) = news_for(cleaner)
    assert message.subject == "1 sent back: Hotel Paradise"
    assert "Hair in the shower" in message.text


def test_sending_back_needs_a_reason(task, done, judge):
    with pytest.raises(TaskRefused):
        judge("  ")
    assert inspection(task).state == TaskState.PLANNED


def test_the_second_time_it_is_inspected_again(task, done, judge, cleaner):
    judge("Hair in the shower")
    start_task(hotel_id=task.hotel_id, task_id=task.pk, user_id=cleaner.pk, now=after(20))
    done(after(30))
    assert task.inspections.count() == 2
    judge(now=after(40))
    task.refresh_from_db()
    assert task.state == TaskState.INSPECTED
    assert told_ready(task)


def test_the_minutes_of_both_rounds_are_measured(task, cleaner, judge):
    who = {"hotel_id": task.hotel_id, "task_id": task.pk, "user_id": cleaner.pk}
    start_task(**who, now=NOW)
    finish_task(**who, now=after(20))
    judge("Hair in the shower", now=after(25))
    start_task(**who, now=after(30))
    assert finish_task(**who, now=after(35)).worked_seconds == 25 * 60


def test_an_inspection_that_is_over_is_not_judged_again(done, judge):
    judge()
    with pytest.raises(TaskRefused, match="done already"):
        judge("Too late")


def test_taking_the_work_back_takes_the_inspection_away(task, done, cleaner):
    reopen_task(hotel_id=task.hotel_id, task_id=task.pk, user_id=cleaner.pk, now=after(5))
    assert not task.inspections.exists()


def test_taking_a_passed_room_back_takes_its_inspection_away(task, done, judge, cleaner):
    judge()
    again = reopen_task(hotel_id=task.hotel_id, task_id=task.pk, user_id=cleaner.pk, now=after(15))
    assert again.state == TaskState.PLANNED
    assert not task.inspections.exists()


def test_an_inspection_is_not_simply_finished(task, done, cleaner):
    look = inspection(task)
    with pytest.raises(TaskRefused, match="passes the inspection"):
        finish_task(hotel_id=look.hotel_id, task_id=look.pk, user_id=cleaner.pk, now=NOW)


def test_only_inspections_are_judged(task, done, housekeeping_manager):
    who = {"hotel_id": task.hotel_id, "task_id": task.pk, "user_id": housekeeping_manager.pk, "now": NOW}
    with pytest.raises(TaskRefused, match="no inspection"):
        pass_inspection(**who)
    with pytest.raises(TaskRefused, match="no inspection"):
        send_back(**who, reason="Dust")


def test_nobody_judges_an_inspection_of_another_hotel(task, done, other_hotel, stranger):
    with pytest.raises(CleaningTask.DoesNotExist):
        pass_inspection(hotel_id=other_hotel.pk, task_id=inspection(task).pk, user_id=stranger.pk, now=NOW)
    assert inspection(task).state == TaskState.PLANNED
