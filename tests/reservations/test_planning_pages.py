"""The page of the planning: who may see it, what its address asks for, and how it keeps itself fresh."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.accounts.models import User
from reservations.choices import Role
from reservations.models import Hotel, Property, Reservation, Room, RoomType
from tests.people import make_person
from tests.reservations.records import Desk, booking, stay
from tests.reservations.test_planning_board import sleep

pytestmark = pytest.mark.django_db

PLANNING = "/h/paradise/planning/"
GRID = "/h/paradise/planning/grid/"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2031, 6, 10, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def reception(client: Client, receptionist: User) -> Client:
    """The receptionist's browser."""
    client.force_login(receptionist)
    return client


def bar(response: Any, guest: str) -> str:
    """The bar of ``guest`` as HTML."""
    found = re.search(rf'<a class="bar[^>]*aria-label="{guest},[^>]*>.*?</a>', response.content.decode())
    assert found, guest
    return found[0]


def days_of(response: Any) -> list[int]:
    head = re.search(r"<thead>.*?</thead>", response.content.decode(), re.DOTALL)
    assert head
    return [int(number) for number in re.findall(r"</span> (\d+)</th>", head[0])]


# --- who -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.OWNER, 200),
        (Role.RECEPTIONIST, 200),
        (Role.HOUSEKEEPING_MANAGER, 200),
        (Role.CLEANER, 403),
    ],
)
@pytest.mark.parametrize("address", [PLANNING, GRID])
def test_who_may_see_reservations_sees_the_planning(client, hotel, role, status, address):
    client.force_login(make_person("somebody@example.org", hotel, role))

    assert client.get(address).status_code == status


@pytest.mark.parametrize("address", [PLANNING, GRID])
def test_the_planning_of_another_hotel_is_not_there(client, hotel, stranger, address):
    client.force_login(stranger)

    assert client.get(address).status_code == 404


def test_who_may_only_look_gets_nothing_to_act_with(client, hotel, housekeeping_manager):
    sleep(hotel, "101")
    client.force_login(housekeeping_manager)

    page = client.get(PLANNING).content.decode()

    assert "Mara Quill" in page
    assert "data-move-url" not in page
    assert "a.room-name" not in page
    assert 'class="room-name" href' not in page


def test_another_hotels_property_and_type_are_not_taken_from_the_address(reception, hotel, other_hotel):
    theirs = other_hotel.properties.get()
    kind = RoomType.objects.get(hotel=other_hotel)

    page = reception.get(PLANNING, {"property": theirs.pk, "type": kind.pk})

    assert page.context["shown"].house.hotel == hotel
    assert page.context["shown"].kind is None


# --- what the address asks for ---------------------------------------------------------------------------------------


def test_without_a_wish_it_begins_today_and_goes_on_for_thirty_days(reception, hotel):
    days = days_of(reception.get(PLANNING))

    assert (days[0], len(days)) == (10, 30)


@pytest.mark.parametrize(
    ("asked", "first", "length"),
    [
        ({"from": "2031-07-05", "days": "14"}, 5, 14),
        ({"from": "2031-07-05", "days": "60"}, 5, 60),
        ({"from": "2031-07-01"}, 1, 31),
        ({"from": "2032-02-01"}, 1, 29),
        ({"from": "2031-02-01", "days": "30"}, 1, 28),
        ({"from": "the day after", "days": "7000"}, 10, 30),
        ({"from": "0001-01-01"}, 10, 30),
        ({"from": "9999-12-31", "days": "60"}, 10, 60),
    ],
)
def test_the_address_says_which_days(reception, hotel, asked, first, length):
    days = days_of(reception.get(PLANNING, asked))

    assert (days[0], len(days)) == (first, length)


@pytest.mark.parametrize(
    ("asked", "earlier", "later"),
    [
        ({"from": "2031-07-01"}, "2031-06-01", "2031-08-01"),
        ({"from": "2031-12-01"}, "2031-11-01", "2032-01-01"),
        ({"from": "2031-07-10", "days": "14"}, "2031-06-26", "2031-07-24"),
        ({"from": "2031-07-01", "days": "60"}, "2031-05-02", "2031-08-30"),
    ],
)
def test_earlier_and_later_go_by_the_months_or_by_the_days_shown(reception, hotel, asked, earlier, later):
    page = reception.get(PLANNING, asked).content.decode()

    assert re.search(rf'rel="prev" href="\?[^"]*from={earlier}', page)
    assert re.search(rf'rel="next" href="\?[^"]*from={later}', page)


def test_the_filters_are_kept_on_the_way(reception, hotel):
    sleep(hotel, "105", channel="airbnb")
    sleep(hotel, "106", guest="Otis", channel="expedia")
    double = RoomType.objects.get(name="Doble")

    page = reception.get(PLANNING, {"type": double.pk, "channel": "airbnb", "days": "14"})

    assert (
        f"type={double.pk}&amp;channel=airbnb"
        in re.search(r'rel="next" href="([^"]*)"', page.content.decode())[1]
    )
    assert "other" not in bar(page, "Mara Quill")
    assert "other" in bar(page, "Otis")
    assert "Individual</th>" not in page.content.decode()


def test_several_properties_are_chosen_among(reception, hotel):
    second = Property.objects.create(hotel=hotel, name="Annexe", timezone="Europe/Madrid")
    kind = RoomType.objects.create(hotel=hotel, property=second, name="Loft")
    Room.objects.create(hotel=hotel, property=second, room_type=kind, name="L1")

    first = hotel.properties.get(name="Hotel Paradise")

    assert 'data-name="L1"' in reception.get(PLANNING, {"property": second.pk}).content.decode()
    assert 'data-name="L1"' not in reception.get(PLANNING, {"property": first.pk}).content.decode()


# --- what it shows ---------------------------------------------------------------------------------------------------


def test_a_bar_leads_to_its_stay_and_says_all_of_it(reception, hotel):
    mara = sleep(hotel, "101")

    found = bar(reception.get(PLANNING), "Mara Quill")

    assert f'href="{reverse("planning_stay", args=[hotel.slug, mara.pk])}"' in found
    assert 'aria-label="Mara Quill, room 101, 10 June to 12 June, expected, Booking.com"' in found
    assert "at-1 for-4" in found


def test_names_are_shown_as_text(reception, hotel):
    sleep(hotel, "101", guest='<b onclick="x">Mara</b>')

    page = reception.get(PLANNING).content.decode()

    assert "<b onclick" not in page
    assert "&lt;b onclick=&quot;x&quot;&gt;Mara&lt;/b&gt;" in page


def test_the_page_has_no_inline_style_or_script(reception, hotel):
    sleep(hotel, "101")

    page = reception.get(PLANNING).content.decode()

    assert not re.search(r"\sstyle=|\son\w+=|<style", page)
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)


def test_a_stay_without_a_room_is_counted(reception, hotel):
    sleep(hotel, None, overbooked=True)

    assert "1 stay has no room" in reception.get(PLANNING).content.decode()


def test_without_a_property_it_says_what_comes_first(client, db):
    hotel = Hotel.objects.create(name="Nuevo", slug="nuevo")
    client.force_login(make_person("boss@example.org", hotel, Role.OWNER))

    page = client.get("/h/nuevo/planning/").content.decode()

    assert "No property yet" in page
    assert client.get("/h/nuevo/planning/grid/").status_code == 404


def test_without_rooms_it_says_what_comes_first(reception, hotel):
    Room.objects.all().delete()

    assert "No rooms yet" in reception.get(PLANNING).content.decode()


def test_without_stays_the_rooms_are_there(reception, hotel):
    page = reception.get(PLANNING).content.decode()

    assert "No stays on these days." in page
    assert 'id="room-' in page


def test_the_number_of_queries_is_that_of_an_empty_house(reception, hotel):
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert reception.get(PLANNING, {"days": "60"}).status_code == 200
        return len(found)

    sleep(hotel, "101")
    queries()
    before = queries()
    for number in range(20):
        sleep(hotel, "102", number, 1)
        sleep(hotel, None, number, 2, overbooked=True)

    assert queries() == before


# --- staying fresh ---------------------------------------------------------------------------------------------------


def test_nothing_is_sent_while_nothing_changed(reception, hotel):
    sleep(hotel, "101")
    first = reception.get(GRID)
    again = reception.get(GRID, headers={"If-None-Match": first["ETag"]})

    assert first.status_code == 200
    assert again.status_code == 304
    assert again.content == b""
    assert again["ETag"] == first["ETag"]
    assert reception.get(GRID, headers={"If-None-Match": f"W/{first['ETag']}"}).status_code == 304


def test_the_page_knows_the_tag_of_its_grid(reception, hotel):
    page = reception.get(PLANNING)
    tag = page.context["tag"]

    assert reception.get(GRID, headers={"If-None-Match": tag}).status_code == 304


def test_a_new_booking_is_in_the_next_answer(reception, hotel):
    sleep(hotel, "101")
    tag = reception.get(GRID)["ETag"]

    Desk(hotel).take(booking("B", name="Otis Lindqvist", stays=(stay(room="105"),)))

    answer = reception.get(GRID, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert bar(answer, "Otis Lindqvist")
    assert "<html" not in answer.content.decode()


def test_asking_whether_anything_changed_draws_nothing(reception, hotel):
    sleep(hotel, "101")
    tag = reception.get(GRID)["ETag"]

    with CaptureQueriesContext(connection) as queries:
        reception.get(GRID, headers={"If-None-Match": tag})

    assert not any("guest_name" in query["sql"] for query in queries)
    assert len(queries) <= 22


@pytest.mark.parametrize("other", [{"days": "14"}, {"from": "2031-06-11"}, {"channel": "booking_com"}])
def test_each_view_has_a_tag_of_its_own(reception, hotel, other):
    sleep(hotel, "101")

    assert reception.get(GRID)["ETag"] != reception.get(GRID, other)["ETag"]


def test_the_tag_changes_with_what_the_person_may_do(client, hotel, receptionist, housekeeping_manager):
    client.force_login(receptionist)
    acts = client.get(GRID)["ETag"]
    client.force_login(housekeeping_manager)

    assert client.get(GRID)["ETag"] != acts


def test_a_big_board_is_sent_packed(reception, hotel):
    for number in range(12):
        sleep(hotel, "101", number, 1)

    packed = reception.get(GRID, headers={"Accept-Encoding": "gzip"})

    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(reception.get(GRID).content) / 3


def test_the_page_is_kept_nowhere(reception, hotel):
    assert reception.get(PLANNING)["Cache-Control"] == "no-store"
    assert reception.get(GRID)["Cache-Control"] == "no-store"


def test_the_navigation_leads_to_it(reception, hotel):
    page = reception.get("/h/paradise/").content.decode()

    assert f'href="{PLANNING}"' in page
    assert Reservation.objects.count() == 0
