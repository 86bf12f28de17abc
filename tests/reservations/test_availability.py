"""What is free: computed from rooms, closures and stays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reservations.availability import NightAvailability, availability, availability_of_types
from reservations.choices import StayStatus
from reservations.models import Room, RoomClosure, RoomType, Stay, StayNight
from tests.people import make_hotel
from tests.reservations.records import FIRST, Desk, booking, stay

pytestmark = pytest.mark.django_db


def night(hotel, kind: str, day: int = 0) -> NightAvailability:
    """One night, ``day`` days after :data:`FIRST`."""
    first = FIRST + timedelta(days=day)
    row = RoomType.objects.get(hotel=hotel, name=kind)
    [found] = availability(property_id=row.property_id, first=first, last=first + timedelta(days=1))[row.pk]
    return found


def close(hotel, name: str, first: int, last: int) -> None:
    RoomClosure.objects.create(
        hotel=hotel,
        room=Room.objects.get(hotel=hotel, name=name),
        first=FIRST + timedelta(days=first),
        last=FIRST + timedelta(days=last),
    )


def test_an_empty_house_is_free(hotel):
    assert night(hotel, "Doble") == NightAvailability(FIRST, rooms=6, closed=0, sold=0)


def test_a_stay_takes_its_nights_and_not_the_day_of_departure(hotel):
    Desk(hotel).take(booking(stays=(stay(nights=2),)))

    assert [night(hotel, "Individual", day).free for day in (-1, 0, 1, 2)] == [4, 3, 3, 4]


def test_a_cancelled_stay_gives_its_room_back(hotel):
    desk = Desk(hotel)
    desk.take(booking(version=1))
    desk.take(booking(version=2, status=StayStatus.CANCELLED))

    assert night(hotel, "Individual").free == 4


def test_a_closure_counts_its_nights_half_open_and_once_per_room(hotel):
    close(hotel, "111", 0, 2)
    close(hotel, "111", 1, 3)

    assert [night(hotel, "Suite", day).closed for day in (-1, 0, 1, 2, 3)] == [0, 1, 1, 1, 0]


def test_a_room_out_of_use_is_not_counted_nor_closed(hotel):
    close(hotel, "111", 0, 2)
    Room.objects.filter(name="111").update(is_active=False)

    assert night(hotel, "Suite") == NightAvailability(FIRST, rooms=1, closed=0, sold=0)


def test_more_sold_than_there_is_shows_below_zero(hotel):
    desk = Desk(hotel)
    for number in range(3):
        desk.take(booking(f"S{number}", stays=(stay(room="111"),)))

    assert night(hotel, "Suite").free == -1


def test_a_stay_without_a_room_counts_for_its_type(hotel):
    Desk(hotel).take(booking())
    StayNight.objects.update(room=None)
    Stay.objects.update(room=None)

    assert night(hotel, "Individual").free == 3


def test_a_guest_in_a_better_room_takes_that_room(hotel):
    Desk(hotel).take(booking())
    StayNight.objects.update(room=Room.objects.get(name="112"))

    assert night(hotel, "Individual").free == 4
    assert night(hotel, "Suite").free == 1


def test_a_room_that_moved_to_another_type_takes_its_stays_along(hotel):
    Desk(hotel).take(booking())
    Room.objects.filter(name="101").update(room_type=RoomType.objects.get(name="Suite"))

    assert night(hotel, "Individual") == NightAvailability(FIRST, rooms=3, closed=0, sold=0)
    assert night(hotel, "Suite") == NightAvailability(FIRST, rooms=3, closed=0, sold=1)


def test_a_type_without_rooms_has_none(hotel):
    house = hotel.properties.get()
    RoomType.objects.create(hotel=hotel, property=house, name="Loft")

    assert night(hotel, "Loft") == NightAvailability(FIRST, rooms=0, closed=0, sold=0)


def test_other_houses_do_not_count(hotel, other_hotel):
    Desk(other_hotel, connection_id=2).take(booking(stays=(stay(room="1"),)))

    assert night(hotel, "Doble").sold == 0
    assert night(other_hotel, "Doble").free == 1


@pytest.mark.parametrize(
    ("first", "length"), [(date(2032, 2, 28), 2), (date(2031, 12, 31), 2), (date(2031, 10, 25), 3)]
)
def test_every_night_is_there_once(hotel, first, length):
    kind = RoomType.objects.get(hotel=hotel, name="Suite")
    found = availability_of_types([kind.pk], first=first, last=first + timedelta(days=length))

    assert [row.date for row in found[kind.pk]] == [first + timedelta(days=n) for n in range(length)]


def test_all_that_has_nothing_to_do_with_the_span_is_left_out(hotel):
    desk = Desk(hotel)
    desk.take(booking("before", stays=(stay(arrival=-3, nights=3),)))
    desk.take(booking("after", stays=(stay(arrival=2, nights=3),)))
    close(hotel, "102", -3, 0)
    close(hotel, "102", 2, 5)
    kind = RoomType.objects.get(hotel=hotel, name="Individual")

    found = availability_of_types([kind.pk], first=FIRST, last=FIRST + timedelta(days=2))

    assert [(row.closed, row.sold) for row in found[kind.pk]] == [(0, 0), (0, 0)]


def test_what_reaches_into_the_span_counts_on_the_nights_inside(hotel):
    Desk(hotel).take(booking(stays=(stay(arrival=-2, nights=3),)))
    close(hotel, "102", 1, 9)
    kind = RoomType.objects.get(hotel=hotel, name="Individual")

    found = availability_of_types([kind.pk], first=FIRST, last=FIRST + timedelta(days=2))

    assert [(row.closed, row.sold) for row in found[kind.pk]] == [(0, 1), (1, 0)]


def test_a_property_has_its_own_types_only(hotel, other_hotel):
    place = hotel.properties.get()

    found = availability(property_id=place.pk, first=FIRST, last=FIRST + timedelta(days=1))

    assert found.keys() == set(RoomType.objects.filter(property=place).values_list("pk", flat=True))


def test_nothing_is_asked_for_no_types(hotel):
    assert availability_of_types([], first=FIRST, last=FIRST + timedelta(days=1)) == {}


def test_several_houses_are_read_in_one_statement_however_long(hotel):
    make_hotel("Annex", "annex")
    for number in range(5):
        Desk(hotel).take(booking(f"B{number}", stays=(stay(room=f"10{number + 1}", arrival=number * 9),)))
        close(hotel, "112", number * 5, number * 5 + 2)
    kinds = list(RoomType.objects.values_list("pk", flat=True))
    for length in (1, 400):
        with CaptureQueriesContext(connection) as queries:
            found = availability_of_types(kinds, first=FIRST, last=FIRST + timedelta(days=length))
        assert len(queries) == 1
        assert found.keys() == set(kinds)


def test_a_whole_house_is_read_in_one_statement(hotel):
    Desk(hotel).take(booking())
    place = hotel.properties.get()

    with CaptureQueriesContext(connection) as queries:
        found = availability(property_id=place.pk, first=FIRST, last=FIRST + timedelta(days=400))

    assert len(queries) == 1
    assert sum(night.sold for nights in found.values() for night in nights) == 2
