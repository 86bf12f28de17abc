"""Minutes measured against minutes planned."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from cleaning.choices import TaskKind
from cleaning.measured import Measured, measure, measured_tasks
from cleaning.work import finish_task, start_task
from tests.cleaning.houses import NOW, TODAY, book, days, task_of


def one(minutes, *, planned=45, kind=TaskKind.DEPARTURE, room="101", room_type="Double", person="Ilie", pk=1):
    return Measured(pk, kind, TODAY, room, room_type, hash(room_type), person, planned, round(minutes * 60))


def rows(found):
    return {row.label: (row.count, row.planned, row.middle, row.suggested) for row in found}


def test_a_kind_that_takes_longer_gets_a_suggestion():
    report = measure([one(minutes) for minutes in (50, 52, 58, 61, 70)])
    assert rows(report.kinds) == {"Departure": (5, 45, 58, 60)}
    assert report.kinds[0].average == 58


def test_a_kind_that_is_quicker_gets_fewer_minutes():
    assert measure([one(minutes) for minutes in (20, 21, 22, 30, 31)]).kinds[0].suggested == 25


def test_nothing_is_suggested_when_it_fits_or_when_there_is_too_little():
    assert measure([one(minutes) for minutes in (42, 43, 44, 45, 45)]).kinds[0].suggested is None
    assert measure([one(90)] * 4).kinds[0].suggested is None
    assert measure([one(90, kind=TaskKind.EXTRA)] * 5).kinds[0].suggested is None  # no rule plans these


def test_the_median_is_not_moved_by_one_forgotten_clock():
    report = measure([one(minutes) for minutes in (44, 45, 46, 44, 150)])
    assert (report.kinds[0].middle, report.kinds[0].average) == (45, 66)


def test_a_clock_that_cannot_be_right_is_counted_and_left_out():
    report = measure([one(45), one(0.5), one(181)])
    assert (report.count, report.left_out) == (1, 2)


def test_room_types_are_told_apart_when_there_are_several():
    tasks = [one(45), one(90, room_type="Suite", room="111")]
    assert measure(tasks[:1]).types == ()
    assert set(rows(measure(tasks).types)) == {"Departure · Double", "Departure · Suite"}


def test_people_and_rooms_come_by_how_far_they_are_off():
    tasks = [one(45, person="Ana", room="102"), one(80), one(20, person="Bo", room="103")]
    report = measure(tasks)
    assert [row.label for row in report.people] == ["Ilie", "Bo", "Ana"]
    assert [row.label for row in report.rooms] == ["101", "103", "102"]
    assert [task.room for task in report.biggest] == ["101", "103", "102"]


def test_people_get_no_suggestions():
    assert all(row.suggested is None for row in measure([one(90)] * 9).people)


# --- with a database --------------------------------------------------------------------------------------------


@pytest.fixture
def done(hotel, cleaner):
    """A departure planned for 45 minutes that took 60."""
    task = task_of(book(hotel, "101", days(-2), TODAY, plan=True), "departure")
    start_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW - timedelta(hours=1))
    finish_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    return task


def page(client, person, hotel, **query):
    with time_machine.travel(NOW, tick=False):
        client.force_login(person)
        return client.get(reverse("cleaning_measured", args=[hotel.slug], query=query))


@pytest.mark.django_db
def test_finished_tasks_whose_clock_ran_are_measured(hotel, other_hotel, cleaner, done):
    quick = task_of(book(hotel, "102", days(-2), TODAY, plan=True), "departure")
    finish_task(hotel_id=hotel.pk, task_id=quick.pk, user_id=cleaner.pk, now=NOW)  # never started
    (task,) = measured_tasks(hotel, days(-27), TODAY)
    assert (task.pk, task.planned, task.minutes, task.person) == (done.pk, 45, 60, "Ilie Munteanu")
    assert measured_tasks(other_hotel, days(-27), TODAY) == []
    assert measured_tasks(hotel, days(1), days(5)) == []
    assert measured_tasks(hotel, TODAY, TODAY, house=0) == []


@pytest.mark.django_db
def test_the_page_shows_four_weeks_and_other_days_when_asked(client, hotel, done, housekeeping_manager):
    html = page(client, housekeeping_manager, hotel).content.decode()
    assert "1 task measured." in html
    assert "60 instead of 45 min" in html
    later = page(client, housekeeping_manager, hotel, first=days(1), last=days(5))
    assert "Nothing measured in these days" in later.content.decode()
    wrong = page(client, housekeeping_manager, hotel, first=days(5), last=days(1))
    assert wrong.context["first"] == days(-27)


@pytest.mark.django_db
def test_only_who_plans_sees_how_quick_people_are(client, hotel, done, cleaner, receptionist, stranger):
    assert [page(client, who, hotel).status_code for who in (cleaner, receptionist, stranger)] == [
        403,
        403,
        404,
    ]


@pytest.mark.django_db
def test_the_page_reads_all_tasks_in_one_query(hotel, done, django_assert_num_queries):
    with django_assert_num_queries(1):
        measured_tasks(hotel, days(-27), TODAY)
