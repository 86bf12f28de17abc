"""The calendar of one person, for whoever has its address."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from icalendar import Calendar

from cleaning.choices import LinkPurpose
from cleaning.decisions import assign_tasks, override_task
from cleaning.doors import keep_codes
from cleaning.links import make_link, revoke_link
from cleaning.models import CleaningTask
from cleaning.work import finish_task
from reservations.models import Guest, Membership
from tests.cleaning.houses import NOW, TODAY, book, change, days, room_of, task_of

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def address(cleaner, housekeeping_manager):
    _link, address = make_link(
        user=cleaner, purpose=LinkPurpose.CALENDAR, made_by=housekeeping_manager, now=NOW
    )
    return address.removeprefix("http://testserver")


@pytest.fixture
def departure(hotel, cleaner):
    task = task_of(book(hotel, "101", days(-2), days(1), plan=True), "departure")
    assign_tasks(hotel_id=hotel.pk, given={task.pk: (cleaner.pk, None)}, user_id=None, now=NOW)
    return CleaningTask.objects.get(pk=task.pk)


def events(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_a_task_is_an_event_in_utc(client, address, departure):
    (event,) = events(client, address)

    assert event["SUMMARY"] == "101 · Departure"
    assert event["LOCATION"] == "Hotel Paradise"
    assert event["STATUS"] == "CONFIRMED"
    assert event.decoded("DTSTART") == departure.window_start
    assert event.decoded("DTEND") == departure.window_end
    assert b"DTSTART:20310603T090000Z" in client.get(address).content.replace(b"\r\n", b"\n")


def test_a_changed_task_keeps_its_name_and_counts_up(client, address, departure):
    (before,) = events(client, address)
    change(departure.stay, departure=days(3), now=NOW + timedelta(minutes=5))
    (after,) = [event for event in events(client, address) if event["UID"] == before["UID"]]

    assert after.decoded("DTSTART") == before.decoded("DTSTART") + timedelta(days=2)
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_a_cancelled_task_says_so(client, hotel, address, departure):
    override_task(hotel_id=hotel.pk, task_id=departure.pk, changes={"skip": True}, now=NOW)

    (event,) = events(client, address)
    assert event["STATUS"] == "CANCELLED"


def test_a_finished_task_is_marked(client, hotel, cleaner, address, departure):
    finish_task(hotel_id=hotel.pk, task_id=departure.pk, user_id=cleaner.pk, now=NOW)

    (event,) = events(client, address)
    assert event["SUMMARY"] == "✓ 101 · Departure"


def test_neither_names_of_guests_nor_codes_of_doors(client, hotel, address, departure):
    reservation = departure.stay.reservation
    reservation.booker = Guest.objects.create(hotel=hotel, name="Ondina Velasco")
    reservation.save()
    departure.stay.guest_name = "Ondina Velasco"
    departure.stay.save()
    keep_codes(hotel_id=hotel.pk, codes={room_of(hotel, "101").pk: "4711-0815"})

    text = client.get(address).content.decode()

    assert "101 · Departure" in text
    assert "Ondina" not in text
    assert "4711" not in text


def test_only_the_persons_own_tasks_of_the_last_week_and_the_next_thirty_days(
    client, hotel, cleaner, receptionist, address
):
    book(hotel, "102", TODAY, days(3), plan=True)  # nobody's
    wanted = set()
    for room, day, is_shown in (("103", 1, True), ("104", 30, True), ("105", 40, False)):
        task = task_of(book(hotel, room, days(day - 1), days(day), plan=True), "departure")
        assign_tasks(hotel_id=hotel.pk, given={task.pk: (cleaner.pk, None)}, user_id=None, now=NOW)
        wanted |= {f"{room} · Departure"} if is_shown else set()

    assert {str(event["SUMMARY"]) for event in events(client, address)} == wanted


def test_nothing_changed_is_a_304(client, address, departure):
    first = client.get(address)

    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
    change(departure.stay, departure=days(2), now=NOW + timedelta(minutes=1))
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_no_session_is_needed_and_none_is_begun(client, address, departure):
    answer = client.get(address)

    assert answer.status_code == 200
    assert not answer.cookies


def test_a_withdrawn_link_is_gone(client, cleaner, address):
    revoke_link(user=cleaner, purpose=LinkPurpose.CALENDAR, now=NOW)

    assert client.get(address).status_code == 404
    assert client.get("/my/calendar/nothing.ics").status_code == 404


def test_who_left_the_hotel_has_no_calendar_of_it(client, cleaner, address, departure):
    Membership.objects.filter(user=cleaner).delete()

    assert client.get(address).status_code == 404


def test_words_in_the_persons_language(client, cleaner, address, departure):
    cleaner.language = "es"
    cleaner.save()

    (event,) = events(client, address)
    assert event["SUMMARY"] == "101 · Salida"


def test_the_number_of_queries_does_not_grow(client, hotel, cleaner, address, django_assert_max_num_queries):
    for room in ("103", "104", "105", "106"):
        task = task_of(book(hotel, room, TODAY, days(2), plan=True), "departure")
        assign_tasks(hotel_id=hotel.pk, given={task.pk: (cleaner.pk, None)}, user_id=None, now=NOW)
    with django_assert_max_num_queries(8):
        client.get(address)
