"""The list on paper and as a file: what is in it, what a spreadsheet must not run, and who may have it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from cleaning.decisions import override_task
from cleaning.exports import MOST_DAYS, neutral_cell, span_wanted
from cleaning.models import CleaningTeam
from cleaning.work import finish_task, start_task
from reservations.models import Property
from tests.cleaning.houses import NOW, TODAY, book, days, task_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def task(hotel):
    return task_of(book(hotel, "101", days(-2), TODAY, guest_name="Mara Quill", plan=True), "departure")


def get(client, person, name, hotel, **query):
    client.force_login(person)
    return client.get(reverse(name, args=[hotel.slug], query=query))


def rows(response):
    """The lines of the file as dictionaries by heading."""
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


# --- the file ---------------------------------------------------------------------------------------------------


def test_a_day_as_a_file(client, hotel, task, cleaner):
    changes = {"assignee": cleaner.pk, "note": "Cot"}
    override_task(hotel_id=hotel.pk, task_id=task.pk, changes=changes, now=NOW)
    start_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    later = NOW + timedelta(minutes=50)
    finish_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=later)
    response = get(client, cleaner, "cleaning_export", hotel)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="paradise-cleaning-{TODAY}.csv"' in response["Content-Disposition"]
    (line,) = rows(response)
    assert line == {
        "Day": "2031-06-02",
        "Property": "Hotel Paradise",
        "Floor or area": "1",
        "Room": "101",
        "Room type": "Individual",
        "Work": "Departure",
        "State": "Done",
        "Priority": "Departure, nobody arrives",
        "From": "2031-06-02 11:00",
        "Until": "2031-06-02 18:00",
        "Minutes planned": "45",
        "Minutes measured": "50",
        "Assigned to": "Ilie Munteanu",
        "Team": "",
        "Started": "2031-06-02 12:00",
        "Finished": "2031-06-02 12:50",
        "Finished by": "Ilie Munteanu",
        "Remark": "",
        "Note": "Cot",
    }


def test_no_guest_is_in_the_file(client, hotel, task, manager):
    assert "Mara Quill" not in str(rows(get(client, manager, "cleaning_export", hotel)))


def test_several_days_in_their_order_and_narrowed(client, hotel, task, cleaner):
    book(hotel, "102", days(-2), days(2), plan=True)
    book(hotel, "103", days(-2), days(9), plan=True)
    query = {"first": TODAY, "last": days(6), "kind": "departure"}
    found = rows(get(client, cleaner, "cleaning_export", hotel, **query))
    assert [(line["Day"], line["Room"]) for line in found] == [("2031-06-02", "101"), ("2031-06-04", "102")]


@pytest.mark.parametrize(
    ("first", "last"), [("x", ""), (days(2), TODAY), (TODAY, TODAY + timedelta(days=MOST_DAYS))]
)
def test_days_that_make_no_sense_are_told(client, hotel, task, cleaner, first, last):
    response = get(client, cleaner, "cleaning_export", hotel, first=first, last=last)
    assert response.url == reverse("cleaning_day", args=[hotel.slug])
    assert span_wanted({}, TODAY) == (TODAY, TODAY)


@pytest.mark.parametrize(
    "dangerous", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1+1", "|x", "%x"]
)
def test_a_cell_is_never_a_formula(dangerous):
    assert neutral_cell(dangerous) == f"'{dangerous}"


@pytest.mark.parametrize("harmless", ["101", "Cot", "", None, 45, "a=b", "O'Hara", "12-14"])
def test_other_cells_stay_as_they_are(harmless):
    assert neutral_cell(harmless) == ("" if harmless is None else str(harmless))


def test_a_note_that_looks_like_a_formula_is_neutral_in_the_file(client, hotel, task, cleaner):
    note = '=HYPERLINK("https://example.org","x")'
    override_task(hotel_id=hotel.pk, task_id=task.pk, changes={"note": note}, now=NOW)
    assert rows(get(client, cleaner, "cleaning_export", hotel))[0]["Note"] == f"'{note}"


@pytest.mark.parametrize("name", ["cleaning_export", "cleaning_print"])
def test_a_stranger_finds_nothing_and_sees_nothing_of_others(
    client, hotel, other_hotel, task, stranger, name
):
    assert get(client, stranger, name, hotel).status_code == 404
    own = get(client, stranger, name, other_hotel)
    assert own.status_code == 200
    assert "101" not in str(own.getvalue() if own.streaming else own.content)


# --- paper ------------------------------------------------------------------------------------------------------


def test_the_list_on_paper_by_room(client, hotel, task, cleaner):
    override_task(hotel_id=hotel.pk, task_id=task.pk, changes={"note": "Cot"}, now=NOW)
    html = get(client, cleaner, "cleaning_print", hotel).content.decode()
    assert "Cot" in html
    assert "ready by" in html or "nobody arrives" in html
    assert "as of Mon 2 Jun 2031, 12:00<" in html


def test_one_sheet_for_each_person_and_team(client, hotel, task, cleaner):
    team = CleaningTeam.objects.create(hotel=hotel, name="Garden")
    second = task_of(book(hotel, "102", days(-2), TODAY, plan=True), "departure")
    override_task(hotel_id=hotel.pk, task_id=task.pk, changes={"assignee": cleaner.pk}, now=NOW)
    override_task(hotel_id=hotel.pk, task_id=second.pk, changes={"team": team.pk}, now=NOW)
    response = get(client, cleaner, "cleaning_print", hotel, by="person")
    sheets = {sheet.name: [task.room.name for task in sheet.tasks] for sheet in response.context["sheets"]}
    assert sheets == {"Ilie Munteanu": ["101"], "Garden": ["102"]}


def test_a_day_without_work_on_paper(client, hotel, cleaner):
    html = get(client, cleaner, "cleaning_print", hotel, day=days(3)).content.decode()
    assert "Nothing to clean on this day" in html


def test_the_paper_tells_the_time_of_where_the_work_is(client, hotel, task, cleaner):
    Property.objects.create(hotel=hotel, name="Apartamentos Atlántico", timezone="Atlantic/Canary")
    html = get(client, cleaner, "cleaning_print", hotel).content.decode()
    assert "as of Mon 2 Jun 2031, 12:00<" in html
