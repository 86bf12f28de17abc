"""Late work goes to the planners, then to the managers; each step once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cleaning.choices import Problem, TaskEventKind
from cleaning.decisions import override_task
from cleaning.messages import GATHERING, link_of, news_for, write_messages
from cleaning.models import CleaningCompany, CleaningTask, CompanyContract, CompanyMember, TaskEvent
from cleaning.overdue import PATIENCE, TOO_OLD, tell_overdue
from cleaning.work import finish_task, not_possible, start_task
from reservations.choices import Role
from reservations.models import Membership
from tests.cleaning.houses import NOW, TODAY, book, change, days, room_of, task_of
from tests.people import make_person

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def task(hotel):
    """A departure of today."""
    return task_of(book(hotel, "101", days(-2), TODAY, plan=True), "departure")


@pytest.fixture
def end(task):
    return task.window_end


def told():
    """Whom the lines of overdue work are for, in order, as (step, e-mail)."""
    events = TaskEvent.objects.filter(what=TaskEventKind.OVERDUE).order_by("at", "recipient__email")
    return [(event.data["step"], event.recipient and event.recipient.email) for event in events]


def test_nobody_is_told_before_the_window_is_over(end, housekeeping_manager):
    assert tell_overdue(end - SECOND) == 0
    assert tell_overdue(end) == 1


def test_first_the_planners_then_managers_and_owners_each_once(end, housekeeping_manager, manager, owner):
    tell_overdue(end)
    assert told() == [(1, housekeeping_manager.email)]
    tell_overdue(end + PATIENCE - SECOND)
    assert len(told()) == 1
    tell_overdue(end + PATIENCE)
    tell_overdue(end + PATIENCE * 2)
    assert told()[1:] == [(2, manager.email), (2, owner.email)]


def test_without_planners_the_managers_are_the_first(end, manager, owner):
    tell_overdue(end)
    assert told() == [(1, manager.email)]


def test_managers_wait_half_an_hour_even_when_nobody_could_be_told_in_time(
    end, housekeeping_manager, manager
):
    late = end + timedelta(hours=3)
    tell_overdue(late)
    tell_overdue(late + SECOND)
    assert told() == [(1, housekeeping_manager.email)]
    tell_overdue(late + PATIENCE)
    assert told()[-1] == (2, manager.email)


def test_a_moved_window_begins_anew(task, end, housekeeping_manager, manager):
    tell_overdue(end)
    override_task(
        hotel_id=task.hotel_id,
        task_id=task.pk,
        changes={"date": days(1)},
        user_id=housekeeping_manager.pk,
        now=end,
    )
    task.refresh_from_db()
    assert tell_overdue(end + PATIENCE) == 0
    tell_overdue(task.window_end)
    assert [step for step, _who in told()] == [1, 1]


def test_a_window_that_the_booking_moves_begins_anew_too(hotel, housekeeping_manager, manager):
    stay = book(hotel, "102", days(-2), TODAY, plan=True)
    task = task_of(stay, "departure")
    tell_overdue(task.window_end)
    change(stay, departure=days(1), now=task.window_end)
    task.refresh_from_db()
    assert task.overdue_step == 0


def test_another_decision_about_late_work_alerts_nobody_again(
    task, end, cleaner, housekeeping_manager, manager
):
    tell_overdue(end)
    for changes in ({"assignee": cleaner.pk}, {"note": "Cot"}, {"minutes": 50}):
        override_task(hotel_id=task.hotel_id, task_id=task.pk, changes=changes, now=end)
    tell_overdue(end + PATIENCE)
    assert told() == [(1, housekeeping_manager.email), (2, manager.email)]


def test_a_booking_that_leaves_the_hour_as_it_is_alerts_nobody_again(hotel, housekeeping_manager):
    stay = book(hotel, "102", days(-2), TODAY, plan=True)
    task = task_of(stay, "departure")
    tell_overdue(task.window_end)
    change(stay, room=room_of(hotel, "105"), now=task.window_end)
    tell_overdue(task.window_end)
    task.refresh_from_db()
    assert (task.room.name, told()) == ("105", [(1, housekeeping_manager.email)])


def test_finished_work_is_never_late(task, end, cleaner, housekeeping_manager):
    finish_task(hotel_id=task.hotel_id, task_id=task.pk, user_id=cleaner.pk, now=end)
    assert tell_overdue(end + PATIENCE) == 0


def test_work_that_somebody_is_at_is_late_all_the_same(task, end, cleaner, housekeeping_manager):
    start_task(hotel_id=task.hotel_id, task_id=task.pk, user_id=cleaner.pk, now=end - SECOND)
    assert tell_overdue(end) == 1


def test_a_guest_who_does_not_want_to_be_disturbed_is_no_delay(hotel, cleaner, housekeeping_manager):
    stay = book(hotel, "103", days(-1), days(9), plan=True)
    task = CleaningTask.objects.filter(stay=stay, kind="stay_over").first()
    not_possible(
        hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, problem=Problem.DO_NOT_DISTURB, now=NOW
    )
    assert tell_overdue(task.window_end) == 0


def test_a_departure_that_was_not_possible_is_late(task, end, cleaner, housekeeping_manager):
    not_possible(
        hotel_id=task.hotel_id, task_id=task.pk, user_id=cleaner.pk, problem=Problem.NO_ACCESS, now=NOW
    )
    assert tell_overdue(end) == 1


def test_days_that_are_long_past_wake_nobody(end, housekeeping_manager):
    assert tell_overdue(end + TOO_OLD) == 0


def test_nobody_of_another_hotel_is_told(end, housekeeping_manager, stranger):
    tell_overdue(end)
    assert stranger.email not in [who for _step, who in told()]


def test_it_is_told_with_room_time_and_who_has_it(task, end, cleaner, housekeeping_manager):
    override_task(hotel_id=task.hotel_id, task_id=task.pk, changes={"assignee": cleaner.pk}, now=NOW)
    tell_overdue(end)
    write_messages(end + GATHERING)
    (message,) = news_for(housekeeping_manager)
    assert message.subject == "1 late: Hotel Paradise"
    assert "101 · Departure" in message.text
    assert "Ilie Munteanu" in message.text
    assert "18:00" in message.text
    assert link_of(message).endswith(reverse("cleaning_day", args=[task.hotel.slug]))


def test_it_is_not_told_when_it_was_finished_meanwhile(task, end, cleaner, housekeeping_manager):
    tell_overdue(end)
    finish_task(hotel_id=task.hotel_id, task_id=task.pk, user_id=cleaner.pk, now=end + SECOND)
    write_messages(end + GATHERING)
    assert news_for(housekeeping_manager) == []


def test_ten_late_tasks_cost_no_more_statements_than_one(hotel, housekeeping_manager, manager):
    first = task_of(book(hotel, "101", days(-2), TODAY, plan=True), "departure")
    with CaptureQueriesContext(
        connection,
    ) as one:
        tell_overdue(first.window_end)
    for number in range(102, 112):
        book(hotel, str(number), days(-2), TODAY, plan=True)
    with CaptureQueriesContext(connection) as ten:
        assert tell_overdue(first.window_end) == 10
    assert len(ten) == len(one)


@pytest.fixture
def company(hotel):
    """A cleaning company that the hotel shares with: its planner and its cleaner."""
    firm = CleaningCompany.objects.create(name="Limpio", slug="limpio")
    people = []
    for role in ("planner", "cleaner"):
        person = make_person(f"{role}@example.com", name=role.title())
        CompanyMember.objects.create(company=firm, user=person, role=role)
        people.append(person)
    CompanyContract.objects.create(hotel=hotel, company=firm)
    return people


def test_the_planner_of_the_company_that_has_the_task_is_told_too(task, end, housekeeping_manager, company):
    planner, outside = company
    override_task(hotel_id=task.hotel_id, task_id=task.pk, changes={"assignee": outside.pk}, now=NOW)
    tell_overdue(end)
    assert told() == [(1, housekeeping_manager.email), (1, planner.email)]
    write_messages(end + GATHERING)
    (message,) = news_for(planner)
    assert message.subject == "1 late: Hotel Paradise"
    assert link_of(message).endswith(reverse("home"))


def test_the_planner_of_a_company_hears_nothing_of_the_hotels_own_people(
    task, end, cleaner, housekeeping_manager, company
):
    override_task(hotel_id=task.hotel_id, task_id=task.pk, changes={"assignee": cleaner.pk}, now=NOW)
    tell_overdue(end)
    assert told() == [(1, housekeeping_manager.email)]


def test_a_planner_who_left_is_not_told(end, housekeeping_manager, manager):
    Membership.objects.filter(role=Role.HOUSEKEEPING_MANAGER).delete()
    tell_overdue(end)
    assert told() == [(1, manager.email)]
