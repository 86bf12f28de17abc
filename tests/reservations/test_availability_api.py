"""Availability for other programs: what it says, who may ask, and how it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reservations.models import Property, Room, RoomClosure, RoomType
from tests.people import make_person
from tests.reservations.records import FIRST, Desk, booking, stay

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/hotels/paradise/availability/"


@pytest.fixture
def ask(client, hotel):
    """Ask for two nights of the hotel's property, with other values where some are given; None leaves one out."""

    house = hotel.properties.get()

    def get(address: str = ADDRESS, **values):
        words = {
            "property": house.pk,
            "from": FIRST.isoformat(),
            "to": (FIRST + timedelta(days=2)).isoformat(),
            **values,
        }
        return client.get(address, {name: value for name, value in words.items() if value is not None})

    return get


@pytest.fixture
def signed_in(client, receptionist):
    client.force_login(receptionist)


@pytest.mark.usefixtures("signed_in")
def test_every_type_is_told_night_by_night(ask, hotel):
    Desk(hotel).take(booking(stays=(stay(room="105", nights=1),)))
    suite = Room.objects.get(hotel=hotel, name="111")
    RoomClosure.objects.create(hotel=hotel, room=suite, first=FIRST, last=FIRST + timedelta(days=1))
    Room.objects.filter(name="112").update(parent=suite)
    place = hotel.properties.get()

    response = ask()

    assert response.status_code == 200
    answer = response.json()
    assert answer["property"] == {"id": place.pk, "name": "Hotel Paradise"}
    assert (answer["from"], answer["to"]) == ("2031-06-10", "2031-06-12")
    assert [kind["name"] for kind in answer["types"]] == ["Doble", "Individual", "Suite"]
    double, single, suites = (kind["nights"] for kind in answer["types"])
    assert double == [
        {"date": "2031-06-10", "rooms": 6, "closed": 0, "sold": 1, "linked": 0, "free": 5},
        {"date": "2031-06-11", "rooms": 6, "closed": 0, "sold": 0, "linked": 0, "free": 6},
    ]
    assert [night["free"] for night in single] == [4, 4]
    assert suites[0] == {"date": "2031-06-10", "rooms": 2, "closed": 1, "sold": 0, "linked": 1, "free": 0}


@pytest.mark.usefixtures("signed_in")
def test_one_type_can_be_asked_for(ask, hotel):
    kind = RoomType.objects.get(hotel=hotel, name="Suite")

    types = ask(type=kind.pk).json()["types"]

    assert [(one["id"], one["name"], len(one["nights"])) for one in types] == [(kind.pk, "Suite", 2)]


@pytest.mark.usefixtures("signed_in")
def test_a_property_without_types_has_an_empty_list(ask, hotel):
    annex = Property.objects.create(hotel=hotel, name="Annex")

    assert ask(property=annex.pk).json()["types"] == []


@pytest.mark.usefixtures("signed_in")
def test_nobody_keeps_the_answer(ask):
    assert set(ask()["Cache-Control"].split(", ")) == {"private", "no-store"}
    assert set(ask(property="x")["Cache-Control"].split(", ")) == {"private", "no-store"}


@pytest.mark.usefixtures("signed_in")
def test_a_browser_gets_json_too(client, ask):
    client.defaults["HTTP_ACCEPT"] = "text/html,application/xhtml+xml,*/*;q=0.8"
    client.defaults["HTTP_HOST"] = "testserver"

    assert ask()["Content-Type"] == "application/json"
    assert ask(format="api")["Content-Type"] == "application/json"


@pytest.mark.usefixtures("signed_in")
def test_a_year_of_many_types_takes_as_many_queries_as_a_night(ask, hotel):
    def count(**values) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert ask(**values).status_code == 200
        return len(queries)

    night = count(to=(FIRST + timedelta(days=1)).isoformat())
    RoomType.objects.bulk_create(
        RoomType(hotel=hotel, property=hotel.properties.get(), name=f"Loft {n}") for n in range(20)
    )
    for number in range(5):
        Desk(hotel).take(booking(f"B{number}", stays=(stay(room=f"10{number + 1}", arrival=number * 9),)))

    # Session, user, hotel with role, property with types, availability.
    assert count(to=(FIRST + timedelta(days=365)).isoformat()) == night == 5


# -- who may ask -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["owner", "manager", "receptionist", "housekeeping_manager"])
def test_who_sees_reservations_or_rates_may_ask(person, client, ask, request):
    client.force_login(request.getfixturevalue(person))

    assert ask().status_code == 200


@pytest.mark.usefixtures("manager")
def test_a_cleaner_may_not(client, ask, cleaner):
    client.force_login(cleaner)

    response = ask()

    assert response.status_code == 403
    assert response.json() == {"detail": "Your role in this hotel does not allow this."}


def test_nobody_asks_without_signing_in(ask):
    response = ask()

    assert response.status_code == 403
    assert response.json() == {"detail": "Sign in first."}


def test_a_password_in_the_request_is_no_sign_in(client, ask, receptionist):
    client.defaults["HTTP_AUTHORIZATION"] = "Basic cmVjZXB0aW9uQGV4YW1wbGUub3JnOmNvcnJlY3QtaG9yc2UtMTAx"

    assert ask().status_code == 403


def test_a_hotel_of_others_is_not_there(client, ask, stranger):
    client.force_login(stranger)

    response = ask()

    assert response.status_code == 404
    assert response.json() == {"detail": "This hotel does not exist, or you do not belong to it."}
    assert ask("/api/v1/hotels/no-such-hotel/availability/").json() == response.json()


def test_a_person_who_runs_the_installation_sees_no_hotel(client, ask, operator):
    client.force_login(operator)

    assert ask().status_code == 404


def test_somebody_of_two_hotels_reaches_only_the_property_of_the_one_that_is_named(
    client, ask, hotel, other_hotel
):
    person = make_person("both@example.org", hotel, "manager")
    person.memberships.create(hotel=other_hotel, role="manager")
    client.force_login(person)
    theirs = other_hotel.properties.get()

    response = ask(property=theirs.pk)

    assert response.status_code == 404
    assert response.json() == {"detail": "The hotel has no property with this number."}
    kind = RoomType.objects.filter(hotel=other_hotel).first()
    assert ask(type=kind.pk).status_code == 400


# -- what cannot be answered -----------------------------------------------------------------------------------

DAY = "Give a day as YYYY-MM-DD, such as 2031-06-10."
NUMBER = "Give the number of one, such as 12."


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"from": None}, {"from": [DAY]}),
        ({"to": None}, {"to": [DAY]}),
        ({"from": "10/06/2031"}, {"from": [DAY]}),
        ({"from": "2031-02-29"}, {"from": [DAY]}),
        ({"to": "2031-06-10"}, {"to": ["This day must be later than the first night."]}),
        ({"to": "2031-06-09"}, {"to": ["This day must be later than the first night."]}),
        ({"to": "2032-07-15"}, {"to": ["Ask for 400 nights at most."]}),
        ({"property": None}, {"property": [NUMBER]}),
        ({"property": "paradise"}, {"property": [NUMBER]}),
        ({"property": "9" * 40}, {"property": [NUMBER]}),
        ({"type": "suite"}, {"type": [NUMBER]}),
        ({"type": "999999"}, {"type": ["The property has no room type with this number."]}),
    ],
)
def test_a_refusal_says_what_to_give(ask, values, problem):
    response = ask(**values)

    assert response.status_code == 400
    assert response.json() == problem


@pytest.mark.usefixtures("signed_in")
def test_four_hundred_nights_are_answered(ask):
    types = ask(to=(FIRST + timedelta(days=400)).isoformat()).json()["types"]

    assert {len(kind["nights"]) for kind in types} == {400}


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_it_is_only_for_reading(client, method):
    assert getattr(client, method)(ADDRESS).status_code == 405
