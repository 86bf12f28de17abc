"""Closures and rooms: what is stored, and that no door forgets to say which nights are for sale now."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import ProtectedError
from django.test import Client

from reservations.closures import change_closure, close_room, remove_rooms, reopen, save_room
from reservations.events import FAR, RoomsChanged, rooms_changed
from reservations.models import Hotel, RatePlan, Room, RoomClosure, RoomType
from tests.reservations.rates import Desk as RateDesk
from tests.reservations.records import Desk, booking

pytestmark = pytest.mark.django_db

TODAY = date(2031, 3, 1)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2031, 3, 1, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def heard():
    """The changes of rooms that others hear of."""
    changes: list[RoomsChanged] = []

    def hear(*, change: RoomsChanged, **_: Any) -> None:
        assert connection.in_atomic_block
        changes.append(change)

    rooms_changed.connect(hear)
    yield changes
    rooms_changed.disconnect(hear)


@pytest.fixture
def as_manager(client: Client, manager: Any) -> Client:
    client.force_login(manager)
    return client


def room(hotel: Hotel, name: str = "101") -> Room:
    return Room.objects.get(hotel=hotel, name=name)


def closure(hotel: Hotel, name: str = "101", first: int = 10, last: int = 12) -> RoomClosure:
    """Not stored yet."""
    return RoomClosure(
        hotel=hotel, room=room(hotel, name), first=date(2031, 3, first), last=date(2031, 3, last)
    )


def spans(*rows: tuple[Room, int, int]) -> frozenset[tuple[int, date, date]]:
    return frozenset((row.room_type_id, date(2031, 3, a), date(2031, 3, b)) for row, a, b in rows)


class TestServices:
    def test_a_closure_is_heard_for_its_type_and_nights(self, hotel, heard):
        row = closure(hotel)
        close_room(row)

        assert RoomClosure.objects.get() == row
        assert heard == [RoomsChanged(hotel.pk, spans((room(hotel), 10, 12)))]

    def test_a_closure_that_moves_is_heard_for_both_places(self, hotel, heard):
        row = closure(hotel)
        close_room(row)
        row.room, row.first, row.last = room(hotel, "111"), date(2031, 3, 20), date(2031, 3, 21)
        change_closure(row)

        assert heard[1].spans == spans((room(hotel), 10, 12), (room(hotel, "111"), 20, 21))

    def test_a_new_note_changes_no_night(self, hotel, heard):
        row = closure(hotel)
        close_room(row)
        row.note = "paint"
        change_closure(row)

        assert len(heard) == 1
        assert RoomClosure.objects.get().note == "paint"

    def test_several_are_reopened_together(self, hotel, heard):
        close_room(closure(hotel))
        close_room(closure(hotel, "111", 20, 25))
        reopen(RoomClosure.objects.all())

        assert not RoomClosure.objects.exists()
        assert heard[2].spans == spans((room(hotel), 10, 12), (room(hotel, "111"), 20, 25))

    def test_a_closure_ends_after_it_begins(self, hotel, heard):
        with pytest.raises(ValidationError, match="later day"):
            close_room(closure(hotel, first=12, last=12))

        assert heard == []

    def test_another_hotels_room_is_refused(self, hotel, other_hotel, heard):
        row = closure(other_hotel, "1")
        row.hotel = hotel
        with pytest.raises(ValidationError, match="another hotel"):
            close_room(row)

    def test_a_room_out_of_use_is_heard_from_today_on(self, hotel, heard):
        row = room(hotel)
        row.is_active = False
        save_room(row)

        assert heard[0].spans == {(row.room_type_id, TODAY, TODAY + FAR)}

    def test_a_room_of_another_type_is_heard_for_both(self, hotel, heard):
        row = room(hotel)
        old, suite = row.room_type_id, RoomType.objects.get(hotel=hotel, name="Suite")
        row.room_type = suite
        save_room(row)

        assert {kind for kind, _first, _last in heard[0].spans} == {old, suite.pk}

    def test_a_new_name_is_not_heard(self, hotel, heard):
        row = room(hotel)
        row.name = "101 bis"
        save_room(row)

        assert heard == []

    def test_a_room_with_a_stay_is_not_removed(self, hotel, heard):
        Desk(hotel).take(booking())
        with pytest.raises(ProtectedError):
            remove_rooms([room(hotel)])

        assert heard == []


class TestAdmin:
    """The lists of the set-up go through the services."""

    def fields(self, row: RoomClosure, **rest: Any) -> dict[str, Any]:
        return {
            "hotel": row.hotel_id,
            "room": row.room_id,
            "first": row.first,
            "last": row.last,
            "kind": "out_of_order",
            "note": "",
            **rest,
        }

    def test_a_closure_is_added_changed_and_deleted_aloud(self, as_manager, hotel, heard):
        base = "/admin/reservations/roomclosure/"
        as_manager.post(f"{base}add/", self.fields(closure(hotel)))
        row = RoomClosure.objects.get()
        as_manager.post(f"{base}{row.pk}/change/", self.fields(row, last="2031-03-14"))
        as_manager.post(f"{base}{row.pk}/delete/", {"post": "yes"})

        assert not RoomClosure.objects.exists()
        assert [change.spans for change in heard] == [
            spans((room(hotel), 10, 12)),
            spans((room(hotel), 10, 12), (room(hotel), 10, 14)),
            spans((room(hotel), 10, 14)),
        ]

    def test_closures_deleted_together_are_heard(self, as_manager, hotel, heard):
        rows = [closure(hotel, first=day, last=day + 1) for day in (10, 20)]
        for row in rows:
            close_room(row)
        heard.clear()
        as_manager.post(
            "/admin/reservations/roomclosure/",
            {"action": "delete_selected", "_selected_action": [row.pk for row in rows], "post": "yes"},
        )

        assert not RoomClosure.objects.exists()
        assert heard[0].spans == spans((room(hotel), 10, 11), (room(hotel), 20, 21))

    def test_a_room_is_added_changed_and_deleted_aloud(self, as_manager, hotel, heard):
        base = "/admin/reservations/room/"
        old = room(hotel)
        fields = {
            "hotel": hotel.pk,
            "property": old.property_id,
            "room_type": old.room_type_id,
            "name": "199",
            "area": "",
            "is_active": "on",
        }
        as_manager.post(f"{base}add/", fields)
        row = room(hotel, "199")
        as_manager.post(f"{base}{row.pk}/change/", {**fields, "is_active": ""})
        as_manager.post(f"{base}{row.pk}/change/", fields)
        as_manager.post(f"{base}{row.pk}/delete/", {"post": "yes"})

        assert not Room.objects.filter(name="199").exists()
        assert len(heard) == 4

    def test_rooms_deleted_together_are_heard(self, as_manager, hotel, heard):
        as_manager.post(
            "/admin/reservations/room/",
            {"action": "delete_selected", "_selected_action": [room(hotel).pk], "post": "yes"},
        )

        assert len(heard) == 1

    def test_a_plan_with_prices_is_taken_out_of_use_and_not_deleted(self, as_manager, hotel, manager):
        desk = RateDesk(hotel, manager)
        desk.set("90")
        base = f"/admin/reservations/rateplan/{desk.plan().pk}/"
        assert as_manager.post(f"{base}delete/", {"post": "yes"}).status_code == 403

        as_manager.post(
            f"{base}change/", {"name": "Standard", "meal_plan": "breakfast", "is_active": "", "position": 0}
        )

        assert RatePlan.objects.get().is_active is False

    def test_a_receptionist_looks_at_plans_only(self, client, receptionist, hotel, manager):
        plan = RateDesk(hotel, manager).plan()
        client.force_login(receptionist)

        assert client.get(f"/admin/reservations/rateplan/{plan.pk}/change/").status_code == 200
        assert (
            client.post(f"/admin/reservations/rateplan/{plan.pk}/change/", {"name": "X"}).status_code == 403
        )
