"""A room keeps its row, its guest and its history, whatever its sources call it."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reservations.choices import DeskState, RoomChoice, StayState
from reservations.models import Room, RoomType, Stay
from reservations.places import Place
from reservations.planning import split_stay
from tests.examples import examples
from tests.people import make_hotel
from tests.reservations.records import FIRST, Desk, booking, stay

pytestmark = pytest.mark.django_db


class TypeDesk(Desk):
    """A hotel whose rooms are sold by type, so that people here choose the rooms."""

    def place(self, connection_id, property_ref, record):
        kind = RoomType.objects.filter(hotel=self.hotel, name=record.room_ref or "").first()
        if kind is None:
            return Place(self.hotel.properties.get().pk)
        return Place(kind.property_id, kind.pk, mapped=True)

    def check_in(self, row: Stay, room: str) -> Stay:
        """What the desk writes down of a guest who came, and what was agreed with them."""
        row.room = Room.objects.get(hotel=self.hotel, name=room)
        row.room_choice = RoomChoice.PERSON
        row.desk_state, row.state = DeskState.IN_HOUSE, StayState.IN_HOUSE
        row.leaves_at = time(14)
        row.save()
        row.nights.update(room=row.room)
        return row


@pytest.fixture
def desk(hotel) -> TypeDesk:
    return TypeDesk(hotel)


def double(name: str, arrival: int = 0, nights: int = 2, **rest):
    return stay(name, arrival=arrival, nights=nights, room=rest.pop("room", "Doble"), **rest)


def test_a_guest_in_the_house_stays_so_when_a_longer_stay_has_another_name(desk):
    desk.take(booking(stays=(double("880010"),)))
    before = desk.check_in(Stay.objects.get(), "106")

    desk.take(booking(version=2, stays=(double("7701", nights=3),)))

    after = Stay.objects.get()
    assert (after.pk, after.external_key, after.departure) == (before.pk, "A/7701", FIRST + timedelta(3))
    assert (after.room.name, after.desk_state, after.leaves_at) == ("106", DeskState.IN_HOUSE, time(14))
    assert after.state == StayState.IN_HOUSE
    assert set(after.nights.values_list("room__name", flat=True)) == {"106"}


def test_a_stay_that_moves_to_other_days_under_another_name_is_still_the_one(desk):
    desk.take(booking(stays=(double("880010"),)))
    before = Stay.objects.get()

    desk.take(booking(version=2, stays=(double("7701", arrival=20, room="Suite"),)))

    assert Stay.objects.get().pk == before.pk


def test_rooms_of_different_kinds_are_not_exchanged_because_of_equal_dates(desk):
    kinds = list(RoomType.objects.values_list("name", flat=True))[:2]
    desk.take(booking(stays=(double("1", nights=2, room=kinds[0]), double("2", nights=3, room=kinds[1]))))
    before = dict(Stay.objects.values_list("room_type__name", "pk"))

    desk.take(
        booking(version=2, stays=(double("8", nights=4, room=kinds[1]), double("9", nights=3, room=kinds[0])))
    )

    assert dict(Stay.objects.values_list("room_type__name", "pk")) == before


def test_each_guest_keeps_their_own_room(desk):
    two = (double("1", guest_name="Mara Quill"), double("2", nights=3, guest_name="Ada Sample"))
    desk.take(booking(stays=two))
    before = dict(Stay.objects.values_list("guest_name", "pk"))

    later = (
        double("8", nights=4, guest_name="Ada Sample"),
        double("9", nights=3, guest_name="Mara Quill"),
    )
    desk.take(booking(version=2, stays=later))

    assert dict(Stay.objects.values_list("guest_name", "pk")) == before


def test_a_stay_with_one_possible_partner_does_not_lose_it_to_one_with_several(desk):
    desk.take(booking(stays=(double("1", 0, 1), double("2", 1, 3))))
    before = list(Stay.objects.order_by("arrival").values_list("pk", flat=True))

    desk.take(booking(version=2, stays=(double("8", 3, 2), double("9", 0, 4))))

    assert list(Stay.objects.order_by("arrival").values_list("pk", flat=True)) == before


def test_beside_rooms_with_known_names_another_name_on_other_days_is_another_room(desk):
    desk.take(booking(stays=(double("7701"), double("7702"))))
    kept = Stay.objects.get(external_key="A/7701").pk
    gone = desk.check_in(Stay.objects.get(external_key="A/7702"), "106").pk

    desk.take(booking(version=2, stays=(double("7701"), double("7703", arrival=30))))

    assert Stay.objects.get(external_key="A/7701").pk == kept
    new = Stay.objects.get(external_key="A/7703")
    assert (new.pk != gone, new.desk_state) == (True, "")


def test_a_stay_in_two_rooms_is_known_by_all_its_days(desk, manager):
    desk.take(booking(stays=(double("1", nights=4),)))
    row = Stay.objects.get()
    middle, end = FIRST + timedelta(2), FIRST + timedelta(4)
    other = Room.objects.filter(room_type=row.room_type).exclude(pk=row.room_id).order_by("name")[0]
    parts = [(FIRST, middle, row.room_id), (middle, end, other.pk)]
    split_stay(hotel=desk.hotel, user=manager, stay_id=row.pk, parts=parts)

    desk.take(booking(version=2, stays=(double("8", arrival=3, nights=3),)))

    assert Stay.objects.get(part_of=None).pk == row.pk


def test_many_rooms_that_all_have_other_names_take_no_more_statements(desk):
    def statements(name: str, rooms: int) -> int:
        desk.take(booking(name, stays=tuple(double(f"{n}", nights=1, room="?") for n in range(rooms))))
        renamed = tuple(double(f"x{n}", nights=2, room="?") for n in range(rooms))
        with CaptureQueriesContext(connection) as queries:
            desk.take(booking(name, version=2, stays=renamed))
        # The test's own placer asks for each room.
        return sum(1 for q in queries if '"name" =' not in q["sql"] and "_property" not in q["sql"])

    assert statements("A", 2) == statements("B", 40)


@st.composite
def retellings(draw):
    """Versions of a booking of one room that always has the third night, each under one of several names."""
    told = []
    for version in range(2, draw(st.integers(2, 5)) + 1):
        arrival = draw(st.integers(0, 2))
        nights = draw(st.integers(3 - arrival, 6))
        told.append(
            booking(
                version=version,
                stays=(double(draw(st.sampled_from(["1", "880010", "7701"])), arrival, nights),),
            )
        )
    repeated = told + draw(st.lists(st.sampled_from(told), max_size=3))
    return draw(st.permutations(repeated))


@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(order=retellings())
def test_a_guest_in_the_house_stays_so_whatever_is_told_in_whatever_order(order, db):
    with transaction.atomic():
        desk = TypeDesk(make_hotel("Hotel Paradise", "paradise"))
        desk.take(booking(stays=(double("1", 0, 3),)))
        before = desk.check_in(Stay.objects.get(), "106")
        for record in order:
            desk.take(record)
        after = Stay.objects.get()
        newest = max(order, key=lambda record: record.version).stays[0]
        assert (after.pk, after.room_id, after.desk_state) == (before.pk, before.room_id, DeskState.IN_HOUSE)
        assert (after.arrival, after.departure) == (newest.arrival, newest.departure)
        transaction.set_rollback(True)
