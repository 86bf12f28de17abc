"""The summary and the queues number the rooms of a booking otherwise, and tell of a card only once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from integrations.connections import discover
from integrations.models import Connection, PropertyMapping, RoomMapping, SyncRun
from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.sync import execute_run, request_run
from reservations.choices import DeskState, DetailKind
from reservations.front_desk import check_in
from reservations.models import Hotel, Reservation, Room, RoomType, Stay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kind(connection: Connection, sandbox: BookingComSandbox, hotel: Hotel) -> RoomType:
    """The double room of ours, as which every room of theirs is sold."""
    discover(connection=connection)
    PropertyMapping.objects.filter(connection=connection).update(property=hotel.properties.get())
    found = RoomType.objects.get(hotel=hotel, name="Doble")
    RoomMapping.objects.filter(connection=connection).update(room_type=found)
    return found


def run(connection: Connection, kind: str = SyncRun.Kind.PULL) -> None:
    made = request_run(connection=connection, kind=kind)
    execute_run(made.pk)
    made.refresh_from_db()
    connection.refresh_from_db()
    assert made.state == SyncRun.State.DONE


def test_a_guest_in_the_house_stays_longer_after_an_import_by_the_summary(
    connection: Connection, sandbox: BookingComSandbox, hotel: Hotel, kind: RoomType, receptionist: Any
) -> None:
    made = sandbox.book()
    with sandbox.lock:
        sandbox.world.settle(sandbox.reservation(made), sandbox.now())
    run(connection, SyncRun.Kind.IMPORT)
    stay = Stay.objects.get(reservation__sources__external_id=made)
    room = Room.objects.filter(room_type=kind).exclude(nights__stay__isnull=False).order_by("-name")[0]
    check_in(hotel=hotel, user=receptionist, stay_id=stay.pk, room_id=room.pk, force=True)

    sandbox.advance_clock(1)
    longer = stay.departure + timedelta(days=1)
    sandbox.modify(made, arrival=stay.arrival, departure=longer)
    run(connection)

    after = Stay.objects.get(reservation__sources__external_id=made, part_of=None)
    assert (after.pk, after.room_id, after.desk_state) == (stay.pk, room.pk, DeskState.IN_HOUSE)
    assert after.departure == longer
    assert after.external_key != stay.external_key


def test_a_change_keeps_what_is_known_of_the_card(
    connection: Connection, sandbox: BookingComSandbox, kind: RoomType
) -> None:
    run(connection, SyncRun.Kind.IMPORT)
    made = sandbox.book(card="virtual")
    run(connection)
    before = _payment(made)

    sandbox.advance_clock(1)
    sandbox.modify(made, adults=2)
    run(connection)

    assert before
    assert _payment(made) == before


def _payment(made: str) -> list[Any]:
    details = Reservation.objects.get(sources__external_id=made).details
    return [detail for detail in details if detail["kind"] == DetailKind.PAYMENT]


def test_a_long_telephone_number_arrives_whole(
    connection: Connection, sandbox: BookingComSandbox, kind: RoomType
) -> None:
    run(connection, SyncRun.Kind.IMPORT)
    made = sandbox.book(telephone="+5511994674498")
    run(connection)

    booker = Reservation.objects.get(sources__external_id=made).booker
    assert booker is not None
    assert booker.phone == "+5511994674498"
