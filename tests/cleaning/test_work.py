"""Start, finish, take back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cleaning.choices import TaskState
from cleaning.decisions import skip_task
from cleaning.models import CleaningTask
from cleaning.work import TaskRefused, finish_task, reopen_task, start_task
from reservations.choices import StayStatus
from tests.cleaning.houses import NOW, TODAY, book, change, days, task_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def stay(hotel):
    return book(hotel, "101", days(-2), TODAY, plan=True)


@pytest.fixture
def who(stay, cleaner):
    return {"hotel_id": stay.hotel_id, "task_id": task_of(stay, "departure").pk, "user_id": cleaner.pk}


def test_a_task_is_started_and_finished_by_somebody_at_some_time(who, cleaner):
    start_task(**who, now=NOW)
    task = finish_task(**who, now=LATER)
    assert (task.state, task.started_by, task.started_at) == (TaskState.DONE, cleaner, NOW)
    assert (task.finished_by, task.finished_at) == (cleaner, LATER)


def test_a_task_may_be_finished_without_having_been_started(who):
    assert finish_task(**who, now=NOW).started_at is None


def test_pressing_twice_keeps_the_first_time_and_person(who, housekeeping_manager):
    start_task(**who, now=NOW)
    start_task(**{**who, "user_id": housekeeping_manager.pk}, now=LATER)
    finish_task(**who, now=NOW)
    task = finish_task(**{**who, "user_id": housekeeping_manager.pk}, now=LATER)
    assert (task.started_at, task.finished_at, task.finished_by_id) == (NOW, NOW, who["user_id"])


def test_a_task_that_is_done_cannot_be_started(who):
    finish_task(**who, now=NOW)
    with pytest.raises(TaskRefused):
        start_task(**who, now=LATER)


def test_a_skipped_task_cannot_be_started_or_finished(who):
    skip_task(hotel_id=who["hotel_id"], task_id=who["task_id"], now=NOW)
    for act in (start_task, finish_task):
        with pytest.raises(TaskRefused):
            act(**who, now=LATER)


def test_a_task_taken_back_is_open_again_and_follows_its_stay(who, stay):
    finish_task(**who, now=NOW)
    task = reopen_task(hotel_id=who["hotel_id"], task_id=who["task_id"], now=LATER)
    assert (task.state, task.finished_at, task.finished_by, task.open_key) == (
        TaskState.PLANNED,
        None,
        None,
        task.key,
    )
    change(stay, departure=days(2))
    task.refresh_from_db()
    assert task.date == days(2)


def test_taking_back_is_refused_when_another_task_stands_in_its_place(who, stay):
    start_task(**who, now=NOW)
    change(stay, departure=days(2))
    with pytest.raises(TaskRefused):
        reopen_task(hotel_id=who["hotel_id"], task_id=who["task_id"], now=LATER)
    assert CleaningTask.objects.get(pk=who["task_id"]).state == TaskState.IN_PROGRESS


def test_a_task_taken_back_goes_when_its_stay_was_cancelled_meanwhile(who, stay):
    start_task(**who, now=NOW)
    change(stay, status=StayStatus.CANCELLED)
    assert reopen_task(hotel_id=who["hotel_id"], task_id=who["task_id"], now=NOW) is None
    assert not CleaningTask.objects.exists()


def test_nobody_works_on_a_task_of_another_hotel(who, other_hotel):
    for act in (start_task, finish_task):
        with pytest.raises(CleaningTask.DoesNotExist):
            act(**{**who, "hotel_id": other_hotel.pk}, now=NOW)
    assert CleaningTask.objects.get(pk=who["task_id"]).state == TaskState.PLANNED
