"""The week: planned against available, who has too much, what has too little time."""

from __future__ import annotations

from datetime import time

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cleaning.decisions import override_task
from cleaning.models import CleaningTask, DayOff, WorkingHours
from cleaning.week import week_of
from cleaning.work import finish_task
from tests.cleaning.houses import NOW, TODAY, book, days, plan_again, task_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


def url(hotel, **query):
    return reverse("cleaning_week", args=[hotel.slug], query=query)


def page(client, person, hotel, **query):
    client.force_login(person)
    response = client.get(url(hotel, **query))
    assert response.status_code == 200
    return response.content.decode()


def works(person, weekday, minutes):
    end = time(10 + minutes // 60, minutes % 60)
    WorkingHours.objects.create(user=person, weekday=weekday, starts_at=time(10), ends_at=end)


def test_each_day_is_planned_against_what_people_can_do(hotel, cleaner):
    works(cleaner, 1, 60)
    for room in ("101", "102"):
        book(hotel, room, days(-2), days(1), plan=True)
    week = week_of(hotel, TODAY)
    tuesday = week.columns[1]
    assert (tuesday.load.minutes_planned, tuesday.load.minutes_available) == (90, 60)
    assert (tuesday.load.too_much, tuesday.tasks, tuesday.done) == (30, 2, 0)
    assert week.days_too_full == [days(1)]
    assert week.minutes_unassigned == 90


def test_a_person_has_one_line_with_every_day(hotel, cleaner):
    works(cleaner, 1, 60)
    DayOff.objects.create(user=cleaner, first=days(2), last=days(3))
    task = task_of(book(hotel, "101", days(-2), days(1), plan=True), "departure")
    override_task(hotel_id=hotel.pk, task_id=task.pk, changes={"assignee": cleaner.pk}, now=NOW)
    (row,) = [row for row in week_of(hotel, TODAY).people if row.user_id == cleaner.pk]
    assert [(cell.minutes_given, cell.minutes_available) for cell in row.cells][:2] == [(0, 0), (45, 60)]
    assert row.cells[2].is_off
    assert (row.minutes_given, row.minutes_available) == (45, 60)


def test_managers_who_do_not_clean_have_no_line(hotel, cleaner, manager):
    assert [row.name for row in week_of(hotel, TODAY).people] == ["Ilie Munteanu"]


def test_kinds_are_counted_without_what_was_cancelled(hotel):
    kept, skipped = (
        task_of(book(hotel, room, days(-2), days(1), plan=True), "departure") for room in ("101", "102")
    )
    override_task(hotel_id=hotel.pk, task_id=skipped.pk, changes={"skip": True}, now=NOW)
    (row,) = week_of(hotel, TODAY).kinds
    assert row.cells[1] == (days(1), 1, kept.minutes)


def test_a_turnover_with_too_little_time_is_named(client, hotel, cleaner, housekeeping_manager):
    leaving = book(hotel, "101", days(-2), days(1), leaves_at=time(14, 30), plan=True)
    book(hotel, "101", days(1), days(3), plan=True)
    book(hotel, "102", days(-2), days(1), plan=True)
    book(hotel, "102", days(1), days(3), plan=True)
    week = week_of(hotel, TODAY)
    assert [task.stay_id for task in week.tight] == [leaving.pk]
    assert (week.columns[1].turnovers, week.columns[1].tight) == (2, 1)
    html = page(client, housekeeping_manager, hotel)
    assert "Turnovers with too little time" in html
    finish_task(hotel_id=hotel.pk, task_id=week.tight[0].pk, user_id=cleaner.pk, now=NOW)
    assert week_of(hotel, TODAY).tight == []


def test_a_full_day_stands_out_and_leads_to_its_board(client, hotel, cleaner, housekeeping_manager):
    works(cleaner, 1, 30)
    book(hotel, "101", days(-2), days(1), plan=True)
    html = page(client, housekeeping_manager, hotel)
    assert "More work than people can do:" in html
    assert f"?by=person&amp;day={days(1)}" in html
    assert "15 min too much" in html


@pytest.mark.parametrize("day", ["", "someday", "9999-12-31"])
def test_a_day_that_makes_no_sense_shows_the_week_from_today(client, hotel, cleaner, day):
    client.force_login(cleaner)
    assert client.get(url(hotel, day=day)).context["first"] == TODAY


def test_the_next_week_is_one_press_away(client, hotel, cleaner):
    assert f"?day={days(7)}" in page(client, cleaner, hotel)
    assert client.get(url(hotel, day=days(7))).context["last"] == days(13)


def test_a_week_without_work_says_where_tasks_come_from(client, hotel, cleaner):
    assert "Nothing to clean in these days" in page(client, cleaner, hotel)


def test_a_stranger_finds_nothing(client, hotel, stranger):
    client.force_login(stranger)
    assert client.get(url(hotel)).status_code == 404


def test_the_week_costs_the_same_for_one_and_for_two_hundred_tasks(client, hotel, cleaner):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(url(hotel))
        return len(captured)

    client.force_login(cleaner)
    book(hotel, "101", days(-2), TODAY, plan=True)
    client.get(url(hotel))
    few = queries()
    plan_again(*(book(hotel, f"{101 + n % 12}", days(-2), days(n % 7)) for n in range(200)))
    assert CleaningTask.objects.count() > 100
    assert few == queries() <= 18
