"""Damages and lost things: reported by who cleans, seen and settled by the desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from cleaning.choices import FindingKind
from cleaning.finding_selectors import findings_of, with_guests
from cleaning.findings import open_finding_again, report_finding, settle_finding
from cleaning.models import CleaningTask, Finding, Photo
from reservations.models import Room
from tests.cleaning.houses import NOW, TODAY, book, days, room_of, task_of
from tests.cleaning.pictures import upload
from tests.cleaning.test_photos import folder  # noqa: F401 - the files of a test go to a folder of its own

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stay(hotel):
    return book(hotel, "101", days(-2), TODAY, guest_name="Mara Quill", plan=True)


@pytest.fixture
def task(stay):
    return task_of(stay, "departure")


@pytest.fixture
def report(hotel, task, cleaner):
    def act(**values):
        values = {
            "hotel_id": hotel.pk,
            "kind": FindingKind.LOST_ITEM,
            "text": "A red scarf",
            "task_id": task.pk,
            "user_id": cleaner.pk,
            "now": NOW,
            **values,
        }
        return report_finding(**values)

    return act


def page_url(hotel, **query):
    return reverse("cleaning_findings", args=[hotel.slug], query=query)


def page(client, person, hotel, **query):
    client.force_login(person)
    response = client.get(page_url(hotel, **query))
    assert response.status_code == 200
    return response.content.decode()


# --- reporting and settling ---------------------------------------------------------------------------------------


def test_a_finding_belongs_to_the_room_of_its_task(report, task, cleaner):
    finding = report(place="Shelf 3")
    assert (finding.room, finding.property, finding.task) == (task.room, task.property, task)
    assert (finding.reported_by_id, finding.reported_at, finding.place) == (cleaner.pk, NOW, "Shelf 3")
    assert finding.settled_at is None


def test_a_finding_may_be_reported_for_a_room_without_a_task(hotel, report):
    finding = report(task_id=None, room_id=room_of(hotel, "105").pk, kind="damage", text="Broken lamp")
    assert (finding.room.name, finding.task) == ("105", None)


@pytest.mark.parametrize(
    "values",
    [
        {"text": "  "},
        {"text": "x" * 501},
        {"place": "x" * 121},
        {"kind": "treasure"},
        {"task_id": None, "room_id": None},
    ],
)
def test_what_makes_no_sense_is_refused_by_field(report, values):
    with pytest.raises(ValidationError) as refusal:
        report(**values)
    assert refusal.value.message_dict
    assert not Finding.objects.exists()


def test_a_finding_of_a_task_without_a_room_belongs_to_the_house(hotel, report):
    roomless = task_of(book(hotel, None, days(-1), TODAY, plan=True), "departure")
    finding = report(task_id=roomless.pk)
    assert (finding.room, finding.property) == (None, roomless.property)


def test_rooms_and_tasks_of_another_hotel_are_not_there(report, other_hotel):
    foreign = Room.objects.filter(hotel=other_hotel).first()
    with pytest.raises(Room.DoesNotExist):
        report(task_id=None, room_id=foreign.pk)
    with pytest.raises(CleaningTask.DoesNotExist):
        report(hotel_id=other_hotel.pk)


def test_settling_keeps_the_first_words_time_and_person(hotel, report, receptionist, manager):
    finding = report()
    what = {"hotel_id": hotel.pk, "finding_id": finding.pk}
    settle_finding(**what, user_id=receptionist.pk, outcome="Sent to the guest", now=LATER)
    again = settle_finding(**what, user_id=manager.pk, outcome="Thrown away", now=LATER + timedelta(days=1))
    assert (again.outcome, again.settled_by_id, again.settled_at) == (
        "Sent to the guest",
        receptionist.pk,
        LATER,
    )


@pytest.mark.parametrize("outcome", ["", "  ", "x" * 301])
def test_settling_needs_a_few_words(hotel, report, receptionist, outcome):
    finding = report()
    with pytest.raises(ValidationError):
        settle_finding(
            hotel_id=hotel.pk, finding_id=finding.pk, user_id=receptionist.pk, outcome=outcome, now=LATER
        )


def test_a_finding_can_be_opened_again(hotel, report, receptionist):
    finding = report()
    settle_finding(
        hotel_id=hotel.pk, finding_id=finding.pk, user_id=receptionist.pk, outcome="Sent", now=LATER
    )
    assert open_finding_again(hotel_id=hotel.pk, finding_id=finding.pk).settled_at is None


def test_another_hotels_finding_is_not_settled(report, other_hotel, stranger):
    finding = report()
    with pytest.raises(Finding.DoesNotExist):
        settle_finding(
            hotel_id=other_hotel.pk, finding_id=finding.pk, user_id=stranger.pk, outcome="Mine", now=LATER
        )


# --- whose it is --------------------------------------------------------------------------------------------------


def guests(hotel):
    return [line.guest for line in with_guests(hotel, list(findings_of(hotel)))]


def test_a_lost_thing_is_of_the_guest_of_the_departure(hotel, report):
    report()
    assert guests(hotel) == ["Mara Quill"]


def test_before_an_arrival_it_is_of_who_left_last_not_of_who_comes(hotel, report):
    book(hotel, "105", days(-20), days(-12), guest_name="Long Gone")
    book(hotel, "105", days(-9), days(-6), guest_name="Oda Brink")
    coming = book(hotel, "105", TODAY, days(2), guest_name="Not Yet Here", plan=True)
    report(task_id=task_of(coming, "arrival_check").pk)
    assert guests(hotel) == ["Oda Brink"]


def test_without_a_guest_before_nobody_is_named(hotel, report):
    report(task_id=None, room_id=room_of(hotel, "106").pk)
    assert guests(hotel) == [""]


def test_a_damage_names_nobody(hotel, report):
    report(kind="damage")
    assert guests(hotel) == [""]


# --- the page -----------------------------------------------------------------------------------------------------


def test_the_desk_sees_room_who_found_it_and_the_guest(client, hotel, report, receptionist):
    report(place="Shelf 3")
    html = page(client, receptionist, hotel)
    for words in ("101", "A red scarf", "Ilie Munteanu", "Shelf 3", "Mara Quill"):
        assert words in html


def test_who_cleans_sees_the_finding_and_no_guest(client, hotel, report, cleaner):
    report()
    html = page(client, cleaner, hotel)
    assert "A red scarf" in html
    assert "Mara Quill" not in html
    assert "What became of it" not in html


def test_a_damage_offers_to_block_the_room_to_who_may(client, hotel, task, report, receptionist, cleaner):
    report(kind="damage", text="Broken window")
    address = f"{reverse('planning_block', args=[hotel.slug])}?room={task.room_id}"
    assert address in page(client, receptionist, hotel)
    assert address not in page(client, cleaner, hotel)


def test_the_desk_settles_and_finds_it_again(client, hotel, report, receptionist):
    finding = report()
    client.force_login(receptionist)
    settle = reverse("cleaning_finding_settle", args=[hotel.slug, finding.pk])
    client.post(settle, {"outcome": "Sent to the guest"})
    assert "A red scarf" not in page(client, receptionist, hotel)
    html = page(client, receptionist, hotel, state="settled")
    assert "Sent to the guest" in html
    client.post(settle, {"again": "1"})
    assert "A red scarf" in page(client, receptionist, hotel)


def test_settling_without_words_is_refused_with_a_sentence(client, hotel, report, receptionist):
    finding = report()
    client.force_login(receptionist)
    address = reverse("cleaning_finding_settle", args=[hotel.slug, finding.pk])
    assert "Say in a few words" in client.post(address, {"outcome": " "}, follow=True).content.decode()


def test_planners_settle_and_cleaners_do_not(client, hotel, report, housekeeping_manager, cleaner):
    finding = report()
    address = reverse("cleaning_finding_settle", args=[hotel.slug, finding.pk])
    client.force_login(cleaner)
    assert client.post(address, {"outcome": "Mine"}).status_code == 403
    client.force_login(housekeeping_manager)
    client.post(address, {"outcome": "Given back"})
    finding.refresh_from_db()
    assert finding.outcome == "Given back"


def test_another_hotels_finding_is_not_there(client, hotel, other_hotel, report, stranger):
    finding = report()
    client.force_login(stranger)
    for slug in (hotel.slug, other_hotel.slug):
        address = reverse("cleaning_finding_settle", args=[slug, finding.pk])
        assert client.post(address, {"outcome": "Mine"}).status_code == 404
    assert client.get(page_url(hotel)).status_code == 404
    assert "A red scarf" not in client.get(page_url(other_hotel)).content.decode()


def test_the_page_reports_with_a_photo(client, hotel, receptionist):
    client.force_login(receptionist)
    values = {
        "kind": "damage",
        "room": room_of(hotel, "105").pk,
        "text": "Broken lamp",
        "photo": upload(),
    }
    assert client.post(page_url(hotel), values).status_code == 302
    photo = Photo.objects.get()
    assert photo.finding.text == "Broken lamp"
    address = reverse("cleaning_photo", args=[hotel.slug, photo.pk])
    assert address in page(client, receptionist, hotel)


def test_a_photo_that_cannot_be_read_reports_nothing(client, hotel, receptionist):
    client.force_login(receptionist)
    values = {
        "kind": "damage",
        "room": room_of(hotel, "105").pk,
        "text": "Lamp",
        "photo": upload(b"no picture"),
    }
    assert "This is no photo" in client.post(page_url(hotel), values).content.decode()
    assert not Finding.objects.exists()


def test_the_room_of_another_hotel_cannot_be_reported(client, hotel, other_hotel, receptionist):
    client.force_login(receptionist)
    foreign = Room.objects.filter(hotel=other_hotel).first()
    client.post(page_url(hotel), {"kind": "damage", "room": foreign.pk, "text": "Lamp"})
    assert not Finding.objects.exists()


def test_filters_narrow_by_kind(client, hotel, report, receptionist):
    report()
    report(kind="damage", text="Broken lamp")
    html = page(client, receptionist, hotel, kind="damage")
    assert "Broken lamp" in html
    assert "A red scarf" not in html


def test_the_page_costs_the_same_for_many_findings(
    client, hotel, report, receptionist, django_assert_max_num_queries
):
    for number in range(12):
        finding = report(text=f"Thing {number}")
        Photo.objects.create(
            hotel=hotel, finding=finding, task=finding.task, image="x.jpg", width=1, height=1, taken_at=NOW
        )
    client.force_login(receptionist)
    client.get(page_url(hotel))
    with django_assert_max_num_queries(14):
        client.get(page_url(hotel))
