"""An apartment that is also sold by the room: taking one takes the other, whoever comes first."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from reservations.choices import ConflictKind, StayStatus
from reservations.closures import save_room
from reservations.models import Conflict, LinkedNight, Room, Stay
from tests.people import make_hotel
from tests.reservations.records import FIRST, Desk, booking, stay


@pytest.fixture
def house(db):
    """Flat F with its rooms 1 and 2, each sold as itself."""
    hotel = make_hotel("Casa Tres", "tres", {("Flat", 4): ("F",), ("Room", 2): ("1", "2")})
    flat = Room.objects.get(hotel=hotel, name="F")
    for room in Room.objects.filter(hotel=hotel, name__in=("1", "2")):
        room.parent = flat
        save_room(room)
    return Desk(hotel)


def book(desk, name, room, *, arrival=0, nights=2, booked=0):
    desk.take(booking(name, booked=booked, stays=(stay(room=room, arrival=arrival, nights=nights),)))
    return Stay.objects.get(external_key=f"{name}/1")


def cancel(desk, name, room):
    gone = stay(room=room, status=StayStatus.CANCELLED)
    desk.take(booking(name, version=2, status=StayStatus.CANCELLED, stays=(gone,)))


def test_both_rooms_can_be_sold_side_by_side(house):
    assert not book(house, "A", "1").overbooked
    assert not book(house, "B", "2", booked=1).overbooked
    assert LinkedNight.objects.count() == 4


def test_the_flat_takes_both_rooms(house):
    book(house, "A", "F")

    assert book(house, "B", "1", booked=1).overbooked
    assert book(house, "C", "2", booked=2).overbooked
    assert {c.kind for c in Conflict.objects.all()} == {ConflictKind.ROOM_TAKEN}


def test_a_room_takes_the_flat_until_it_is_cancelled(house):
    book(house, "A", "1")
    flat = book(house, "B", "F", booked=1)
    assert flat.overbooked

    cancel(house, "A", "1")

    flat.refresh_from_db()
    assert not flat.overbooked
    assert not Conflict.objects.filter(closed_at=None).exists()
    assert LinkedNight.objects.filter(stay=flat).count() == 4


def test_a_departure_and_an_arrival_share_a_day(house):
    assert not book(house, "A", "1").overbooked
    assert not book(house, "B", "F", arrival=2, booked=1).overbooked


def test_the_database_keeps_flat_and_room_apart(house):
    row = book(house, "A", "F")
    other = book(house, "B", "2", arrival=9, booked=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        LinkedNight.objects.create(hotel=row.hotel, room=Room.objects.get(name="1"), date=FIRST, stay=other)


def test_rooms_that_become_part_of_a_flat_hold_its_nights(db, time_machine):
    time_machine.move_to(datetime(2031, 6, 1, 12, tzinfo=UTC))
    hotel = make_hotel("Casa Tres", "tres", {("Flat", 4): ("F",), ("Room", 2): ("1", "2")})
    desk = Desk(hotel)
    flat, room = book(desk, "A", "F"), book(desk, "B", "1", booked=1)
    assert not room.overbooked
    one = room.room
    one.parent = flat.room

    save_room(one)

    room.refresh_from_db()
    assert room.overbooked
    assert set(LinkedNight.objects.values_list("stay_id", flat=True)) == {flat.pk}
    one.parent = None
    save_room(one)
    room.refresh_from_db()
    assert not room.overbooked
    assert not LinkedNight.objects.exists()
