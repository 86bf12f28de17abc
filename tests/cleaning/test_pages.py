"""The list of a day and one task: who sees what, who may do what, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cleaning.choices import TaskState
from cleaning.decisions import assign_tasks, override_task
from cleaning.models import Checklist, ChecklistItem, CleaningTask
from cleaning.work import finish_task
from reservations.choices import Role
from reservations.models import Membership, Room
from tests.cleaning.houses import NOW, TODAY, book, change, days, plan_again, room_of, task_of
from tests.people import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stay(hotel):
    return book(hotel, "101", days(-2), TODAY, plan=True)


@pytest.fixture
def task(stay):
    return task_of(stay, "departure")


def day_url(hotel, **query):
    return reverse("cleaning_day", args=[hotel.slug], query=query)


def page(client, person, url):
    client.force_login(person)
    response = client.get(url)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


# --- the list of a day ----------------------------------------------------------------------------------------


def test_the_list_opens_on_today_and_says_until_when_and_why(client, hotel, stay, cleaner):
    book(hotel, "101", TODAY, days(2), plan=True)
    html = page(client, cleaner, day_url(hotel))
    assert "101" in html
    assert "ready by 15:00 · guest arrives" in html


def test_today_is_the_property_s_today_and_begins_at_its_night_audit(client, hotel, task, cleaner):
    with time_machine.travel(NOW.replace(hour=22, minute=30), tick=False):  # half past midnight in Madrid
        assert f'id="task-{task.pk}"' in page(client, cleaner, day_url(hotel))
    with time_machine.travel(NOW + timedelta(hours=16, minutes=30), tick=False):  # half past four
        html = page(client, cleaner, day_url(hotel))
    assert f"task-{task.pk}" not in html
    assert "Tue 3 Jun 2031" in html


def test_unfinished_work_of_earlier_days_is_pointed_at(client, hotel, task, cleaner):
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        html = page(client, cleaner, day_url(hotel))
    assert "Not finished on earlier days" in html
    assert f"?day={TODAY}" in html


def test_another_day_is_one_press_away(client, hotel, cleaner):
    html = page(client, cleaner, day_url(hotel))
    assert f"day={days(1)}" in html
    assert f"day={days(-1)}" in html


def test_a_day_without_work_says_where_tasks_come_from(client, hotel, cleaner):
    assert "Tasks come by themselves from the stays" in page(client, cleaner, day_url(hotel))


@pytest.mark.parametrize(
    "query", [{"day": "yesterday"}, {"day": "9999-12-31"}, {"house": "x"}, {"assignee": "'"}]
)
def test_a_filter_that_makes_no_sense_is_not_applied(client, hotel, task, cleaner, query):
    assert f"task-{task.pk}" in page(client, cleaner, day_url(hotel, **query))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"kind": "departure"}, {"101"}),
        ({"kind": "arrival_check"}, {"105"}),
        ({"stage": "done"}, set()),
        ({"assignee": "0"}, {"101"}),
        ({"assignee": "me"}, {"105"}),
    ],
)
def test_the_filters_narrow(client, hotel, task, cleaner, query, shown):
    arriving = book(hotel, "105", TODAY, days(2), plan=True)
    check = task_of(arriving, "arrival_check")
    override_task(hotel_id=hotel.pk, task_id=check.pk, changes={"assignee": cleaner.pk}, now=NOW)
    if query.get("assignee") == "me":
        query = {"assignee": cleaner.pk}
    html = page(client, cleaner, day_url(hotel, **query))
    found = {room for room, pk in (("101", task.pk), ("105", check.pk)) if f'id="task-{pk}"' in html}
    assert found == shown


def test_tasks_are_grouped_by_area(client, hotel, stay, cleaner):
    Room.objects.filter(hotel=hotel, name="105").update(area="Garden")
    book(hotel, "105", days(-2), TODAY, plan=True)
    html = page(client, cleaner, day_url(hotel))
    assert html.index("<h2>Area 1</h2>") < html.index("<h2>Area Garden</h2>")


def test_a_stay_without_room_and_an_overbooked_one_are_marked(client, hotel, cleaner):
    book(hotel, None, days(-2), TODAY, plan=True)
    book(hotel, "105", days(-2), TODAY, overbooked=True, plan=True)
    html = page(client, cleaner, day_url(hotel))
    assert "no room yet" in html
    assert "overbooked" in html


def test_the_list_keeps_still_while_nothing_changes(client, hotel, stay, cleaner):
    client.force_login(cleaner)
    url = client.get(day_url(hotel)).context["live_url"]
    assert client.get(url, headers={"HX-Request": "true"}).status_code == 204
    change(stay, room=room_of(hotel, "105"), now=NOW + timedelta(seconds=1))
    fresh = client.get(url, headers={"HX-Request": "true"})
    assert fresh.status_code == 200
    assert "105" in fresh.content.decode()
    assert "<html" not in fresh.content.decode()


def test_the_list_costs_the_same_for_two_and_for_two_hundred_tasks(client, hotel, cleaner):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(day_url(hotel))
        return len(captured)

    client.force_login(cleaner)
    book(hotel, "101", days(-2), TODAY, plan=True)
    book(hotel, "102", days(-2), TODAY, plan=True)
    client.get(day_url(hotel))
    few = queries()
    plan_again(*(book(hotel, f"{101 + number % 12}", days(-2), TODAY) for number in range(200)))
    assert few == queries() <= 20


# --- doing the work -------------------------------------------------------------------------------------------


def press(client, person, task, action, **data):
    client.force_login(person)
    return client.post(reverse(f"cleaning_{action}", args=[task.hotel.slug, task.pk]), data)


def test_what_is_refused_is_read_at_the_top_of_the_page(client, hotel, task, cleaner):
    checklist = Checklist.objects.create(hotel=hotel, name="Salida", kind="departure")
    ChecklistItem.objects.create(hotel=hotel, checklist=checklist, texts={"en": "Bath"})
    back = day_url(hotel, day=TODAY)
    # A place within the page would be jumped to, past the message.
    response = press(client, cleaner, task, "finish", next=back)
    assert response.url == back
    assert "Still open: Bath" in client.get(back).content.decode()


def test_a_cleaner_starts_and_finishes_and_comes_back_to_the_same_list(client, hotel, task, cleaner):
    back = day_url(hotel, day=TODAY, kind="departure")
    response = press(client, cleaner, task, "start", next=back)
    assert response.url == f"{back}#task-{task.pk}"
    press(client, cleaner, task, "finish")
    task.refresh_from_db()
    assert (task.state, task.finished_by) == (TaskState.DONE, cleaner)
    press(client, cleaner, task, "reopen")
    task.refresh_from_db()
    assert task.state == TaskState.PLANNED


def test_a_press_too_late_is_told_in_a_sentence(client, hotel, task, cleaner):
    finish_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    client.force_login(cleaner)
    response = client.post(reverse("cleaning_start", args=[hotel.slug, task.pk]), follow=True)
    assert "This task is done already." in response.content.decode()


def test_a_task_that_somebody_else_has_is_left_alone(client, hotel, task, cleaner, housekeeping_manager):
    other = make_person("other.cleaner@example.org", name="Ana Pop")
    Membership.objects.create(hotel=hotel, user=other, role=Role.CLEANER)
    assign_tasks(hotel_id=hotel.pk, given={task.pk: (other.pk, None)}, user_id=None, now=NOW)
    start = reverse("cleaning_start", args=[hotel.slug, task.pk])
    client.force_login(cleaner)
    assert start not in client.get(day_url(hotel, day=TODAY)).content.decode()
    for action in ("start", "finish", "not_possible", "reopen"):
        answer = client.post(
            reverse(f"cleaning_{action}", args=[hotel.slug, task.pk]), {"problem": "no_access"}, follow=True
        )
        assert "Ana Pop has this task" in answer.content.decode(), action
        task.refresh_from_db()
        assert task.state == TaskState.ASSIGNED
    press(client, housekeeping_manager, task, "start")  # who plans may
    task.refresh_from_db()
    assert task.state == TaskState.IN_PROGRESS


def test_nobody_is_sent_away_to_another_site(client, hotel, task, cleaner):
    response = press(client, cleaner, task, "start", next="https://example.org/h/paradise/cleaning/")
    assert response.url.startswith(day_url(hotel))


@pytest.mark.parametrize("action", ["start", "finish", "reopen"])
def test_work_is_never_done_by_following_a_link(client, hotel, task, cleaner, action):
    client.force_login(cleaner)
    assert client.get(reverse(f"cleaning_{action}", args=[hotel.slug, task.pk])).status_code == 405


@pytest.mark.parametrize("action", ["start", "finish", "reopen"])
def test_a_receptionist_sees_the_list_but_does_not_do_the_work(client, hotel, task, receptionist, action):
    html = page(client, receptionist, day_url(hotel))
    assert reverse("cleaning_start", args=[hotel.slug, task.pk]) not in html
    assert press(client, receptionist, task, action).status_code == 403


# --- deciding otherwise ---------------------------------------------------------------------------------------


def decision(task, **changes):
    values = {
        "date": task.date,
        "priority": task.priority,
        "minutes": task.minutes,
        "assignee": "",
        "note": "",
    }
    return {**values, **changes}


def task_url(task, **query):
    return reverse("cleaning_task", args=[task.hotel.slug, task.pk], query=query)


def test_the_housekeeping_manager_decides_and_sees_what_the_rules_say(
    client, hotel, task, cleaner, housekeeping_manager
):
    client.force_login(housekeeping_manager)
    answer = client.post(task_url(task), decision(task, minutes=80, assignee=cleaner.pk, note="Cot"))
    assert answer.status_code == 302
    task.refresh_from_db()
    assert task.overrides == {"minutes": 80, "assignee": cleaner.pk, "note": "Cot"}
    assert "The rules say: 45" in page(client, housekeeping_manager, task_url(task))


def test_the_value_of_the_rules_ends_a_decision(client, hotel, task, housekeeping_manager):
    override_task(hotel_id=hotel.pk, task_id=task.pk, changes={"minutes": 80, "skip": True}, now=NOW)
    client.force_login(housekeeping_manager)
    client.post(task_url(task), decision(task, minutes=45))
    task.refresh_from_db()
    assert (task.overrides, task.state) == ({}, TaskState.PLANNED)


@pytest.mark.parametrize(
    "wrong", [{"minutes": 0}, {"minutes": 9999}, {"date": days(-1)}, {"assignee": 999999}]
)
def test_a_decision_out_of_range_is_told_at_its_field(client, hotel, task, housekeeping_manager, wrong):
    client.force_login(housekeeping_manager)
    answer = client.post(task_url(task), decision(task, **wrong))
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == set(wrong)
    task.refresh_from_db()
    assert task.overrides == {}


def test_a_cleaner_sees_a_task_but_does_not_plan(client, hotel, task, cleaner):
    assert 'name="minutes"' not in page(client, cleaner, task_url(task))
    assert client.post(task_url(task), decision(task, minutes=80)).status_code == 403


# --- strangers ------------------------------------------------------------------------------------------------


def test_a_stranger_finds_nothing(client, hotel, task, stranger):
    client.force_login(stranger)
    assert client.get(day_url(hotel)).status_code == 404
    assert client.get(task_url(task)).status_code == 404
    for action in ("start", "finish", "reopen"):
        assert press(client, stranger, task, action).status_code == 404


def test_a_task_of_another_hotel_is_not_found_under_one_s_own_address(client, other_hotel, task, stranger):
    client.force_login(stranger)
    for name in ("cleaning_task", "cleaning_start"):
        address = reverse(name, args=[other_hotel.slug, task.pk])
        assert client.post(address, {}).status_code == 404
    assert CleaningTask.objects.get(pk=task.pk).state == TaskState.PLANNED


# --- the booking's own page and the admin -----------------------------------------------------------------------


def test_a_reservation_shows_its_cleaning(client, hotel, stay, receptionist):
    html = page(client, receptionist, reverse("reservation_detail", args=[hotel.slug, stay.reservation_id]))
    assert 'id="cleaning-heading"' in html


def test_the_admin_lists_the_days_of_one_s_own_hotels_only(client, hotel, other_hotel, task, manager):
    other = task_of(book(other_hotel, "1", days(-2), TODAY, plan=True), "departure")
    url = reverse("admin:cleaning_cleaningtask_changelist")
    html = page(client, manager, url)
    assert f"/{task.pk}/change/" in html
    assert f"/{other.pk}/change/" not in html
    client.force_login(manager)
    other_page = client.get(reverse("admin:cleaning_cleaningtask_change", args=[other.pk]))
    assert other_page.status_code in (302, 404)
