"""What is free in a house whose apartments are also sold by the room: whoever takes one takes the other."""

from __future__ import annotations

import random
from collections.abc import Collection
from datetime import date, timedelta

import pytest
from django.utils import timezone

from reservations.availability import NightAvailability, availability, availability_of_types
from reservations.choices import StayStatus
from reservations.models import Hotel, Reservation, Room, RoomClosure, RoomType, Stay, StayNight
from tests.people import make_hotel
from tests.reservations.records import FIRST

pytestmark = pytest.mark.django_db

ROOMS = {
    ("Apartment", 6): ("A", "B"),
    ("Bedroom", 2): ("A1", "A2", "B1", "B2", "B3"),
    ("Single", 1): ("S",),
}


@pytest.fixture
def flats(db: None) -> Hotel:
    """Apartment A with the bedrooms A1 and A2, B with B1 to B3, and a single room of its own."""
    hotel = make_hotel("Flats", "flats", ROOMS)
    for name in "AB":
        apartment = Room.objects.get(hotel=hotel, name=name)
        Room.objects.filter(hotel=hotel, room_type__name="Bedroom", name__startswith=name).update(
            parent=apartment
        )
    return hotel


def sell(hotel: Hotel, name: str | None, kind: str = "", first: int = 0, last: int = 1, *, overbooked=False):
    """A stay in this room (None: in none, of the type ``kind``) on the nights ``first`` up to ``last``."""
    room = Room.objects.get(hotel=hotel, name=name) if name else None
    room_type = room.room_type if room else RoomType.objects.get(hotel=hotel, name=kind)
    now = timezone.now()
    reservation = Reservation.objects.create(
        hotel=hotel, booking_key=f"own:{Reservation.objects.count()}", created_at=now, changed_at=now
    )
    stay = Stay.objects.create(
        hotel=hotel,
        reservation=reservation,
        external_key="1",
        property=room_type.property,
        room_type=room_type,
        room=room,
        arrival=FIRST + timedelta(days=first),
        departure=FIRST + timedelta(days=last),
        status=StayStatus.CONFIRMED,
        overbooked=overbooked,
    )
    StayNight.objects.bulk_create(
        StayNight(
            hotel=hotel,
            stay=stay,
            date=FIRST + timedelta(days=day),
            room_type=room_type,
            room=room,
            overbooked=overbooked,
        )
        for day in range(first, last)
    )


def close(hotel: Hotel, name: str, first: int = 0, last: int = 1) -> None:
    RoomClosure.objects.create(
        hotel=hotel,
        room=Room.objects.get(hotel=hotel, name=name),
        first=FIRST + timedelta(days=first),
        last=FIRST + timedelta(days=last),
    )


def nights(hotel: Hotel, length: int = 1) -> dict[str, list[NightAvailability]]:
    names = dict(RoomType.objects.filter(hotel=hotel).values_list("pk", "name"))
    found = availability(
        property_id=hotel.properties.get().pk, first=FIRST, last=FIRST + timedelta(days=length)
    )
    return {names[pk]: of_type for pk, of_type in found.items()}


def free(hotel: Hotel) -> dict[str, int]:
    """Free rooms of each type on the first night."""
    return {name: of_type[0].free for name, of_type in nights(hotel).items()}


def test_an_empty_house_sells_apartments_and_bedrooms(flats):
    assert free(flats) == {"Apartment": 2, "Bedroom": 5, "Single": 1}


def test_a_sold_apartment_takes_its_bedrooms(flats):
    sell(flats, "B")

    assert free(flats) == {"Apartment": 1, "Bedroom": 2, "Single": 1}
    assert nights(flats)["Bedroom"] == [NightAvailability(FIRST, rooms=5, closed=0, sold=0, linked=3)]


def test_a_sold_bedroom_takes_its_apartment_and_no_other_bedroom(flats):
    sell(flats, "B1")

    assert free(flats) == {"Apartment": 1, "Bedroom": 4, "Single": 1}
    assert nights(flats)["Apartment"] == [NightAvailability(FIRST, rooms=2, closed=0, sold=0, linked=1)]


def test_an_apartment_is_taken_once_however_many_of_its_bedrooms_are(flats):
    sell(flats, "B1")
    sell(flats, "B2")
    close(flats, "B3")

    assert free(flats) == {"Apartment": 1, "Bedroom": 2, "Single": 1}


def test_a_closed_apartment_closes_its_bedrooms(flats):
    close(flats, "A")

    assert free(flats) == {"Apartment": 1, "Bedroom": 3, "Single": 1}
    assert nights(flats)["Apartment"] == [NightAvailability(FIRST, rooms=2, closed=1, sold=0)]


def test_a_closed_bedroom_closes_its_apartment(flats):
    close(flats, "A1")

    assert free(flats) == {"Apartment": 1, "Bedroom": 4, "Single": 1}


def test_a_sold_bedroom_of_a_closed_apartment_is_counted_once(flats):
    sell(flats, "A1")
    close(flats, "A")

    assert nights(flats)["Bedroom"] == [NightAvailability(FIRST, rooms=5, closed=0, sold=1, linked=1)]
    assert nights(flats)["Apartment"] == [NightAvailability(FIRST, rooms=2, closed=1, sold=0)]


def test_a_closed_bedroom_of_a_sold_apartment_is_counted_once(flats):
    sell(flats, "A")
    close(flats, "A1")

    assert nights(flats)["Bedroom"] == [NightAvailability(FIRST, rooms=5, closed=1, sold=0, linked=1)]
    assert nights(flats)["Apartment"] == [NightAvailability(FIRST, rooms=2, closed=0, sold=1)]


def test_nights_are_half_open_for_relatives_too(flats):
    sell(flats, "A", first=1, last=3)
    close(flats, "B1", 2, 4)

    found = nights(flats, 5)

    assert [night.linked for night in found["Bedroom"]] == [0, 2, 2, 0, 0]
    assert [night.linked for night in found["Apartment"]] == [0, 0, 1, 1, 0]


def test_an_overbooked_stay_takes_the_relatives_of_the_room_it_wants(flats):
    sell(flats, "A1")
    sell(flats, "A", overbooked=True)

    assert nights(flats)["Apartment"] == [NightAvailability(FIRST, rooms=2, closed=0, sold=1)]
    assert nights(flats)["Bedroom"] == [NightAvailability(FIRST, rooms=5, closed=0, sold=1, linked=1)]


def test_a_stay_without_a_room_counts_for_its_own_type_only(flats):
    sell(flats, None, "Apartment")

    assert free(flats) == {"Apartment": 1, "Bedroom": 5, "Single": 1}


def test_more_apartments_sold_than_whole_shows_below_zero(flats):
    sell(flats, "A1")
    sell(flats, "B1")
    sell(flats, None, "Apartment")

    assert free(flats)["Apartment"] == -1


def test_a_bedroom_out_of_use_leaves_the_apartment_alone_until_somebody_sleeps_there(flats):
    Room.objects.filter(name="A1").update(is_active=False)
    assert free(flats) == {"Apartment": 2, "Bedroom": 4, "Single": 1}

    sell(flats, "A1")
    assert free(flats)["Apartment"] == 1


def test_an_apartment_out_of_use_leaves_its_bedrooms_alone(flats):
    Room.objects.filter(name="A").update(is_active=False)

    assert free(flats) == {"Apartment": 1, "Bedroom": 5, "Single": 1}


def test_a_type_asked_for_alone_knows_of_its_relatives(flats):
    sell(flats, "B")
    bedroom = RoomType.objects.get(name="Bedroom")

    [night] = availability_of_types([bedroom.pk], first=FIRST, last=FIRST + timedelta(days=1))[bedroom.pk]

    assert night.free == 2


@pytest.mark.parametrize("seed", range(6))
def test_the_numbers_are_those_of_looking_at_every_room(flats, seed):
    choose = random.Random(seed)
    names = [name for of_type in ROOMS.values() for name in of_type]
    for _ in range(12):
        name, first = choose.choice(names), choose.randrange(-2, 10)
        last = first + choose.randrange(1, 5)
        if choose.random() < 0.4:
            close(flats, name, first, last)
        else:
            sell(flats, name, first=first, last=last, overbooked=True)

    found = nights(flats, 10)

    for day in range(10):
        for (kind, _capacity), of_type in ROOMS.items():
            night = found[kind][day]
            assert (night.closed, night.sold, night.linked) == _looked_at(of_type, night.date), (kind, day)


def _looked_at(names: Collection[str], day: date) -> tuple[int, int, int]:
    """Closed rooms, sold nights and rooms taken by a relative, one room after the other."""
    closed = sold = linked = 0
    for room in Room.objects.filter(name__in=names).prefetch_related("children"):
        relatives = [*room.children.all(), *filter(None, [room.parent])]
        closed += _is_closed(room, day)
        sold += _times_sold(room, day)
        if not _is_closed(room, day) and not _times_sold(room, day):
            linked += any(_is_closed(other, day) or _times_sold(other, day) for other in relatives)
    return closed, sold, linked


def _is_closed(room: Room, day: date) -> bool:
    return room.closures.filter(first__lte=day, last__gt=day).exists()


def _times_sold(room: Room, day: date) -> int:
    return room.nights.filter(date=day).count()
