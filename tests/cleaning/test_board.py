"""The day by person: who has what, how full each one is, and giving work by hand."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cleaning.board import by_person
from cleaning.capacity import PersonDay
from cleaning.choices import Problem, TaskState
from cleaning.decisions import override_task
from cleaning.models import CleaningTask, CleaningTeam, DayOff, WorkingHours
from cleaning.selectors import tasks_of_day
from cleaning.work import finish_task, not_possible, pause_task, start_task
from reservations.choices import Role
from tests.cleaning.houses import NOW, TODAY, book, days, plan_again, task_of
from tests.people import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def task(hotel):
    return task_of(book(hotel, "101", days(-2), TODAY, plan=True), "departure")


@pytest.fixture
def team(hotel, cleaner):
    team = CleaningTeam.objects.create(hotel=hotel, name="Garden")
    team.members.add(cleaner)
    return team


def give(task, *, assignee=None, team=None):
    changes = {"assignee": assignee.pk} if assignee else {"team": team.pk}
    return override_task(hotel_id=task.hotel_id, task_id=task.pk, changes=changes, now=NOW)


def board_url(hotel, **query):
    return reverse("cleaning_day", args=[hotel.slug], query={"by": "person", **query})


def board_of(client, person, hotel, **query):
    client.force_login(person)
    response = client.get(board_url(hotel, **query))
    assert response.status_code == 200
    return response.context["board"]


def columns(board):
    """What each column holds: ``{"Nobody": ["101"], ...}``."""
    return {column.name or "Nobody": [task.room.name for task in column.tasks] for column in board.columns}


def post(client, person, task, to, **headers):
    client.force_login(person)
    url = reverse("cleaning_assign_one", args=[task.hotel.slug, task.pk])
    return client.post(url, {"to": to}, **headers)


JSON = {"headers": {"Accept": "application/json"}}


# --- who has what -----------------------------------------------------------------------------------------------


def test_every_task_stands_in_the_column_of_who_has_it(
    client, hotel, task, cleaner, team, housekeeping_manager
):
    second = task_of(book(hotel, "102", days(-2), TODAY, plan=True), "departure")
    third = task_of(book(hotel, "103", days(-2), TODAY, plan=True), "departure")
    give(second, assignee=cleaner)
    give(third, team=team)
    found = columns(board_of(client, housekeeping_manager, hotel))
    assert found["Nobody"] == [task.room.name]
    assert found["Ilie Munteanu"] == ["102"]
    assert found["Garden"] == ["103"]


def test_who_left_the_hotel_keeps_a_column_as_long_as_work_is_theirs(
    client, hotel, task, cleaner, housekeeping_manager
):
    give(task, assignee=cleaner)
    finish_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    cleaner.memberships.all().delete()
    assert columns(board_of(client, housekeeping_manager, hotel))["Ilie Munteanu"] == ["101"]


def test_somebody_off_without_work_has_no_column_but_is_named(
    client, hotel, task, cleaner, housekeeping_manager
):
    DayOff.objects.create(user=cleaner, first=TODAY, last=days(1))
    board = board_of(client, housekeeping_manager, hotel)
    assert "Ilie Munteanu" not in columns(board)
    assert "Ilie Munteanu" in board.away


def test_work_given_to_somebody_who_is_off_stands_out(client, hotel, task, cleaner, housekeeping_manager):
    give(task, assignee=cleaner)
    DayOff.objects.create(user=cleaner, first=TODAY, last=days(1))
    client.force_login(housekeeping_manager)
    html = client.get(board_url(hotel)).content.decode()
    assert '<span class="badge bad">day off</span>' in html


def test_minutes_that_do_not_fit_are_told(client, hotel, task, cleaner, housekeeping_manager):
    WorkingHours.objects.create(
        user=cleaner, weekday=TODAY.weekday(), starts_at=time(12), ends_at=time(12, 30)
    )
    give(task, assignee=cleaner)
    board = board_of(client, housekeeping_manager, hotel)
    column = next(each for each in board.columns if each.name == "Ilie Munteanu")
    assert (column.minutes_given, column.minutes_available, column.too_much) == (45, 30, 15)
    assert "15 min too much" in client.get(board_url(hotel)).content.decode()


def test_a_day_with_more_work_than_people_can_do_says_so(client, hotel, task, cleaner, housekeeping_manager):
    WorkingHours.objects.create(
        user=cleaner, weekday=TODAY.weekday(), starts_at=time(12), ends_at=time(12, 30)
    )
    client.force_login(housekeeping_manager)
    for address in (board_url(hotel), reverse("cleaning_day", args=[hotel.slug])):
        assert "15 min do not fit into this day" in client.get(address).content.decode()


def test_what_is_urgent_comes_first_then_what_was_not_possible_then_what_is_over(hotel, cleaner):
    rooms = ("101", "102", "103", "104")
    tasks = {room: task_of(book(hotel, room, days(-2), TODAY, plan=True), "departure") for room in rooms}
    book(hotel, "104", TODAY, days(2), plan=True)  # a guest comes: that one is urgent
    values = {"hotel_id": hotel.pk, "user_id": cleaner.pk, "now": NOW}
    finish_task(task_id=tasks["101"].pk, **values)
    not_possible(task_id=tasks["102"].pk, problem=Problem.DO_NOT_DISTURB, **values)
    board = by_person(tasks_of_day(hotel, TODAY), [], [], {}, TODAY)
    assert [task.room.name for task in board.columns[0].tasks] == ["104", "103", "102", "101"]


def test_a_cancelled_task_of_nobody_is_not_on_the_board(hotel, task):
    override_task(hotel_id=hotel.pk, task_id=task.pk, changes={"skip": True}, now=NOW)
    assert by_person(tasks_of_day(hotel, TODAY), [], [], {}, TODAY).columns[0].tasks == []


def test_a_team_s_share_is_told_apart_from_a_person_s_own_tasks(hotel, task, cleaner):
    give(task, assignee=cleaner)
    load = PersonDay(cleaner.pk, TODAY, (time(9), time(18)), 540, 65, 0, False, "")
    board = by_person(tasks_of_day(hotel, TODAY), [cleaner], [], {(cleaner.pk, TODAY): load}, TODAY)
    own = board.columns[1]
    assert (own.minutes, own.minutes_given, own.from_team) == (45, 65, 20)


# --- what earlier days left and may still wait ------------------------------------------------------------------


def wait_until(task, day):
    """Give the task a window until 18:00 of ``day``, as a rule that lets it wait does."""
    end = datetime.combine(day, time(18), ZoneInfo("Europe/Madrid"))
    CleaningTask.objects.filter(pk=task.pk).update(window_end=end)


@pytest.mark.parametrize("by", ["", "person"])
def test_a_task_that_may_wait_stands_on_the_list_of_every_day_until_then(client, hotel, task, cleaner, by):
    wait_until(task, days(2))
    client.force_login(cleaner)
    address = reverse("cleaning_day", args=[hotel.slug], query={"by": by})
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        html = client.get(address).content.decode()
        assert f'id="task-{task.pk}"' in html
        assert "since Mon 2 Jun 2031, until 4 Jun, 18:00" in html
        assert "Not finished on earlier days" not in html
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        html = client.get(address).content.decode()
        assert f'id="task-{task.pk}"' not in html
        assert "Not finished on earlier days" in html


def test_what_was_done_in_time_does_not_come_back_the_next_day(client, hotel, task, cleaner):
    wait_until(task, days(2))
    finish_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    client.force_login(cleaner)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert f'id="task-{task.pk}"' not in client.get(board_url(hotel)).content.decode()


# --- giving -----------------------------------------------------------------------------------------------------


def test_a_card_is_given_to_a_person_to_a_team_and_to_nobody(
    client, hotel, task, cleaner, team, housekeeping_manager
):
    answer = post(client, housekeeping_manager, task, str(cleaner.pk), **JSON)
    assert answer.json() == {
        "ok": True,
        "message": "101 · Departure is given to Ilie Munteanu.",
        "undo": "0",
    }
    answer = post(client, housekeeping_manager, task, f"team-{team.pk}", **JSON)
    assert answer.json()["undo"] == str(cleaner.pk)
    task.refresh_from_db()
    assert (task.assignee, task.team, task.state) == (None, team, TaskState.ASSIGNED)
    post(client, housekeeping_manager, task, "0", **JSON)
    task.refresh_from_db()
    assert (task.assignee, task.team, task.state) == (None, None, TaskState.PLANNED)


def test_without_a_script_the_form_comes_back_to_the_board(
    client, hotel, task, cleaner, housekeeping_manager
):
    answer = post(client, housekeeping_manager, task, str(cleaner.pk))
    assert answer.url == board_url(hotel)
    task.refresh_from_db()
    assert task.assignee == cleaner


@pytest.mark.parametrize("to", ["999999", "team-999999", "everybody", "team-", "-5", "9" * 30])
def test_nobody_else_is_given_work(client, hotel, task, housekeeping_manager, to):
    answer = post(client, housekeeping_manager, task, to, **JSON)
    assert answer.status_code == 200
    assert answer.json()["ok"] is False
    task.refresh_from_db()
    assert (task.assignee_id, task.team_id) == (None, None)


def test_people_and_teams_of_another_hotel_are_given_nothing(
    client, hotel, other_hotel, task, housekeeping_manager
):
    other = make_person("other@example.org", other_hotel, Role.CLEANER)
    other_team = CleaningTeam.objects.create(hotel=other_hotel, name="Other")
    for to in (str(other.pk), f"team-{other_team.pk}"):
        assert post(client, housekeeping_manager, task, to, **JSON).json()["ok"] is False


def test_a_finished_task_is_not_given_away_and_the_answer_says_why(
    client, hotel, task, cleaner, housekeeping_manager
):
    finish_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    answer = post(client, housekeeping_manager, task, str(cleaner.pk), **JSON)
    assert answer.json() == {"ok": False, "message": "This task is done already.", "undo": None}


def test_only_who_plans_gives_work(client, hotel, other_hotel, task, cleaner, receptionist, stranger):
    for person in (cleaner, receptionist):
        assert post(client, person, task, str(cleaner.pk)).status_code == 403
    assert post(client, stranger, task, str(cleaner.pk)).status_code == 404
    client.force_login(stranger)
    own = reverse("cleaning_assign_one", args=[other_hotel.slug, task.pk])
    assert client.post(own, {"to": "0"}).status_code == 404
    assert 'draggable="true"' not in client.get(board_url(other_hotel)).content.decode()


def test_a_card_leads_to_its_task_and_from_there_back_to_the_same_board(client, hotel, task, manager):
    client.force_login(manager)
    html = client.get(board_url(hotel, day=TODAY)).content.decode()
    link = re.search(rf'href="({reverse("cleaning_task", args=[hotel.slug, task.pk])}[^"]*)"', html)
    back = client.get(unescape(link[1])).context["back"]
    assert back == board_url(hotel, day=TODAY)


# --- staying fresh, and the price -------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["give", "start", "pause", "offline", "note"])
def test_the_board_hears_of_every_change(client, hotel, task, cleaner, housekeeping_manager, what):
    other = task_of(book(hotel, "102", days(-2), TODAY, plan=True), "departure")
    work = {"hotel_id": hotel.pk, "task_id": task.pk, "user_id": cleaner.pk}
    start_task(hotel_id=hotel.pk, task_id=other.pk, user_id=cleaner.pk, now=NOW)
    if what in ("pause", "offline"):
        start_task(**work, now=NOW - timedelta(hours=1))
    client.force_login(housekeeping_manager)
    url = client.get(board_url(hotel)).context["live_url"]
    assert client.get(url, headers={"HX-Request": "true"}).status_code == 204
    if what == "give":
        give(task, assignee=cleaner)
    elif what == "start":
        start_task(**work, now=NOW)
    elif what == "pause":
        pause_task(**work, now=NOW)
    elif what == "offline":  # a telephone tells now what happened before the latest change
        finish_task(**work, now=NOW - timedelta(minutes=20))
    else:
        override_task(
            hotel_id=hotel.pk, task_id=task.pk, changes={"note": "Cot"}, now=NOW + timedelta(seconds=1)
        )
    assert client.get(url, headers={"HX-Request": "true"}).status_code == 200


def test_the_board_costs_the_same_for_two_and_for_five_hundred_tasks(
    client, hotel, cleaner, team, housekeeping_manager
):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(board_url(hotel)).status_code == 200
        return len(captured)

    client.force_login(housekeeping_manager)
    book(hotel, "101", days(-2), TODAY, plan=True)
    client.get(board_url(hotel))
    few = queries()
    plan_again(*(book(hotel, f"{101 + number % 12}", days(-2), TODAY) for number in range(499)))
    CleaningTask.objects.filter(pk__in=list(CleaningTask.objects.values_list("pk", flat=True)[::2])).update(
        assignee=cleaner
    )
    assert CleaningTask.objects.filter(date=TODAY).count() == 500
    assert few == queries() <= 20
