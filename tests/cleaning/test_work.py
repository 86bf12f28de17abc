"""Doing the work: accept, start, pause, go on, finish, not possible, take back; and what is measured."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cleaning.choices import Problem, TaskEventKind, TaskState
from cleaning.decisions import override_task
from cleaning.models import CleaningTask, CleaningTeam, TaskEvent
from cleaning.work import (
    TaskRefused,
    accept_task,
    finish_task,
    not_possible,
    pause_task,
    reopen_task,
    start_task,
)
from reservations.choices import Role, StayStatus
from tests.cleaning.houses import NOW, TODAY, book, change, days, plan_again, task_of
from tests.people import make_person

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=30)


def after(minutes):
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def stay(hotel):
    return book(hotel, "101", days(-2), TODAY, plan=True)


@pytest.fixture
def task(stay):
    return task_of(stay, "departure")


@pytest.fixture
def who(task, cleaner):
    return {"hotel_id": task.hotel_id, "task_id": task.pk, "user_id": cleaner.pk}


@pytest.fixture
def mine(task, cleaner):
    """The task is given to the cleaner."""
    override_task(hotel_id=task.hotel_id, task_id=task.pk, changes={"assignee": cleaner.pk}, now=NOW)


def again(who):
    return CleaningTask.objects.get(pk=who["task_id"])


def story(who):
    """What is told of the task, in order."""
    return list(TaskEvent.objects.filter(task_id=who["task_id"]).values_list("what", flat=True))


# --- accept -------------------------------------------------------------------------------------------------------


def test_who_has_a_task_accepts_it_once(who, mine):
    assert accept_task(**who, now=NOW).state == TaskState.ACCEPTED
    accept_task(**who, now=LATER)
    assert story(who).count(TaskEventKind.ACCEPTED) == 1


def test_everybody_of_the_team_may_accept(hotel, who, cleaner):
    team = CleaningTeam.objects.create(hotel=hotel, name="First floor")
    team.members.add(cleaner)
    override_task(hotel_id=hotel.pk, task_id=who["task_id"], changes={"team": team.pk}, now=NOW)
    assert accept_task(**who, now=NOW).state == TaskState.ACCEPTED


def test_nobody_accepts_what_was_given_to_somebody_else(hotel, who, mine):
    other = make_person("other@example.org", hotel, Role.CLEANER)
    override_task(hotel_id=hotel.pk, task_id=who["task_id"], changes={"assignee": other.pk}, now=NOW)
    with pytest.raises(TaskRefused, match="somebody else"):
        accept_task(**who, now=LATER)


def test_nobody_accepts_what_is_given_to_nobody(who):
    with pytest.raises(TaskRefused, match="not assigned"):
        accept_task(**who, now=NOW)


def test_accepting_a_task_that_was_begun_leaves_it_begun(who, mine):
    start_task(**who, now=NOW)
    assert accept_task(**who, now=LATER).state == TaskState.IN_PROGRESS


def test_an_accepted_task_stays_accepted_when_it_is_planned_again(who, stay, mine):
    accept_task(**who, now=NOW)
    plan_again(stay, now=LATER)
    assert again(who).state == TaskState.ACCEPTED


def test_a_task_that_moves_to_another_day_is_to_be_accepted_anew(who, stay, mine):
    accept_task(**who, now=NOW)
    change(stay, departure=days(2), now=LATER)
    assert again(who).state == TaskState.ASSIGNED


def test_a_task_given_to_another_person_is_to_be_accepted_anew(hotel, who, mine):
    accept_task(**who, now=NOW)
    other = make_person("other@example.org", hotel, Role.CLEANER)
    override_task(hotel_id=hotel.pk, task_id=who["task_id"], changes={"assignee": other.pk}, now=NOW)
    assert again(who).state == TaskState.ASSIGNED


# --- start and finish ---------------------------------------------------------------------------------------------


def test_a_task_is_started_and_finished_by_somebody_at_some_time(who, cleaner):
    start_task(**who, now=NOW)
    task = finish_task(**who, now=LATER)
    assert (task.state, task.started_by, task.started_at) == (TaskState.DONE, cleaner, NOW)
    assert (task.finished_by, task.finished_at) == (cleaner, LATER)
    assert story(who) == [TaskEventKind.STARTED, TaskEventKind.FINISHED]


def test_a_task_may_be_finished_without_having_been_started(who):
    task = finish_task(**who, now=NOW)
    assert (task.started_at, task.worked_seconds) == (None, 0)


def test_pressing_twice_keeps_the_first_time_and_person(who, housekeeping_manager):
    start_task(**who, now=NOW)
    start_task(**{**who, "user_id": housekeeping_manager.pk}, now=LATER)
    finish_task(**who, now=NOW)
    task = finish_task(**{**who, "user_id": housekeeping_manager.pk}, now=LATER)
    assert (task.started_at, task.finished_at, task.finished_by_id) == (NOW, NOW, who["user_id"])
    assert story(who) == [TaskEventKind.STARTED, TaskEventKind.FINISHED]


def test_a_task_that_is_done_cannot_be_started_paused_or_impossible(who):
    finish_task(**who, now=NOW)
    with pytest.raises(TaskRefused):
        start_task(**who, now=LATER)
    with pytest.raises(TaskRefused):
        pause_task(**who, now=LATER)
    with pytest.raises(TaskRefused):
        not_possible(**who, problem=Problem.OTHER, now=LATER)


def test_a_skipped_task_cannot_be_started_finished_or_impossible(who):
    override_task(hotel_id=who["hotel_id"], task_id=who["task_id"], changes={"skip": True}, now=NOW)
    for act in (start_task, finish_task, accept_task):
        with pytest.raises(TaskRefused, match="cancelled"):
            act(**who, now=LATER)
    with pytest.raises(TaskRefused, match="cancelled"):
        not_possible(**who, problem=Problem.OTHER, now=LATER)


def test_a_started_task_stays_when_its_booking_is_cancelled(who, stay):
    start_task(**who, now=NOW)
    change(stay, status=StayStatus.CANCELLED, now=LATER)
    assert finish_task(**who, now=LATER).state == TaskState.DONE


# --- pause and measure --------------------------------------------------------------------------------------------


def test_minutes_are_measured_without_the_pauses(who):
    start_task(**who, now=NOW)
    pause_task(**who, now=after(10))
    start_task(**who, now=after(25))
    task = finish_task(**who, now=after(32))
    assert task.worked_seconds == 17 * 60
    assert (task.started_at, task.working_since) == (NOW, None)
    assert story(who) == [
        TaskEventKind.STARTED,
        TaskEventKind.PAUSED,
        TaskEventKind.RESUMED,
        TaskEventKind.FINISHED,
    ]


def test_a_paused_task_may_be_finished_as_it_is(who):
    start_task(**who, now=NOW)
    pause_task(**who, now=after(10))
    assert finish_task(**who, now=after(60)).worked_seconds == 600


def test_pausing_twice_counts_once(who):
    start_task(**who, now=NOW)
    pause_task(**who, now=after(10))
    assert pause_task(**who, now=after(20)).worked_seconds == 600


def test_nobody_pauses_what_nobody_does(who):
    with pytest.raises(TaskRefused, match="Nobody is working"):
        pause_task(**who, now=NOW)


def test_what_a_phone_tells_later_counts_when_it_happened(who):
    start_task(**who, now=NOW - timedelta(hours=3))
    task = finish_task(**who, now=NOW - timedelta(hours=2, minutes=20))
    assert task.worked_seconds == 40 * 60
    assert task.finished_at == NOW - timedelta(hours=2, minutes=20)
    assert [event.at for event in TaskEvent.objects.filter(task=task)] == [task.started_at, task.finished_at]


def test_a_clock_that_runs_backwards_measures_nothing(who):
    start_task(**who, now=NOW)
    assert finish_task(**who, now=NOW - timedelta(minutes=5)).worked_seconds == 0


# --- not possible -------------------------------------------------------------------------------------------------


def test_a_task_that_is_not_possible_says_why_and_waits(who):
    task = not_possible(**who, problem=Problem.DO_NOT_DISTURB, remark="sign on the door", now=NOW)
    assert (task.state, task.problem, task.remark) == (
        TaskState.NOT_POSSIBLE,
        Problem.DO_NOT_DISTURB,
        "sign on the door",
    )
    event = TaskEvent.objects.get(task=task)
    assert event.data == {"problem": "do_not_disturb", "remark": "sign on the door"}


def test_it_is_tried_again_later(who):
    not_possible(**who, problem=Problem.DO_NOT_DISTURB, now=NOW)
    task = start_task(**who, now=LATER)
    assert (task.state, task.problem) == (TaskState.IN_PROGRESS, "")


def test_the_minutes_before_it_was_not_possible_are_counted(who):
    start_task(**who, now=NOW)
    not_possible(**who, problem=Problem.REFUSED, now=after(4))
    start_task(**who, now=after(60))
    assert finish_task(**who, now=after(80)).worked_seconds == 24 * 60


def test_no_booking_moves_a_task_that_was_not_possible(who, stay):
    not_possible(**who, problem=Problem.NO_ACCESS, now=NOW)
    change(stay, departure=days(2), now=LATER)
    task = again(who)
    assert (task.state, task.date) == (TaskState.NOT_POSSIBLE, TODAY)


def test_a_word_that_is_no_reason_is_an_error(who):
    with pytest.raises(ValueError, match="holiday"):
        not_possible(**who, problem="holiday", now=NOW)


# --- take back ----------------------------------------------------------------------------------------------------


def test_a_task_taken_back_is_open_again_and_follows_its_stay(who, stay):
    start_task(**who, now=NOW)
    finish_task(**who, now=LATER)
    task = reopen_task(**who, now=LATER)
    assert (task.state, task.finished_at, task.finished_by, task.open_key) == (
        TaskState.PLANNED,
        None,
        None,
        task.key,
    )
    assert (task.started_at, task.worked_seconds, task.working_since) == (None, 0, None)
    assert story(who)[-1] == TaskEventKind.REOPENED
    change(stay, departure=days(2))
    assert again(who).date == days(2)


def test_a_task_of_somebody_is_theirs_again(who, mine):
    finish_task(**who, now=NOW)
    assert reopen_task(**who, now=LATER).state == TaskState.ASSIGNED


def test_a_task_that_was_not_possible_can_be_taken_back(who):
    not_possible(**who, problem=Problem.OTHER, remark="wrong door", now=NOW)
    task = reopen_task(**who, now=LATER)
    assert (task.state, task.problem, task.remark) == (TaskState.PLANNED, "", "")


def test_taking_back_what_is_open_changes_nothing(who):
    assert reopen_task(**who, now=NOW).state == TaskState.PLANNED
    assert story(who) == []


def test_taking_back_is_refused_when_another_task_stands_in_its_place(who, stay):
    start_task(**who, now=NOW)
    change(stay, departure=days(2))
    with pytest.raises(TaskRefused):
        reopen_task(**who, now=LATER)
    assert again(who).state == TaskState.IN_PROGRESS


def test_a_task_taken_back_goes_when_its_stay_was_cancelled_meanwhile(who, stay):
    start_task(**who, now=NOW)
    change(stay, status=StayStatus.CANCELLED)
    assert reopen_task(**who, now=NOW) is None
    assert not CleaningTask.objects.exists()


# --- whose --------------------------------------------------------------------------------------------------------


def test_nobody_works_on_a_task_of_another_hotel(who, other_hotel):
    foreign = {**who, "hotel_id": other_hotel.pk}
    for act in (accept_task, start_task, pause_task, finish_task, reopen_task):
        with pytest.raises(CleaningTask.DoesNotExist):
            act(**foreign, now=NOW)
    with pytest.raises(CleaningTask.DoesNotExist):
        not_possible(**foreign, problem=Problem.OTHER, now=NOW)
    assert again(who).state == TaskState.PLANNED
