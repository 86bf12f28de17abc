"""A channel that sells an apartment and one that sells its rooms: what is taken here is off sale there."""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from integrations.models import RoomMapping
from integrations.outbox import queue_everything
from integrations.sending import send_waiting
from reservations.change_log import Cause
from reservations.choices import ChangeKind, RoomChoice, StayStatus
from reservations.closures import close_room, remove_rooms, reopen, save_room
from reservations.locks import lock_hotel
from reservations.models import Room, RoomClosure, Stay
from reservations.rearranging import StayEdit, rearrange
from tests.reservations.records import FIRST, booking, stay


@pytest.fixture
def flat(channel, hotel):
    """Suite 111, whose rooms 105 and 106 are sold as doubles; the channel knows."""
    suite = Room.objects.get(hotel=hotel, name="111")
    for door in Room.objects.filter(hotel=hotel, name__in=("105", "106")):
        door.parent = suite
        save_room(door)
    send_waiting(channel.pk)
    return suite


@pytest.fixture
def night(today):
    return today + timedelta(days=10)


def take(desk, night, room: str, status: StayStatus = StayStatus.CONFIRMED) -> None:
    cancelled = status == StayStatus.CANCELLED
    held = stay(arrival=(night - FIRST).days, nights=1, room=room, status=status)
    desk.take(booking(version=1 + cancelled, status=status, stays=(held,)))


@pytest.mark.usefixtures("flat")
def test_a_sold_room_takes_the_apartment_off_sale_until_it_is_cancelled(channel, board, desk, night):
    take(desk, night, "105")
    send_waiting(channel.pk)
    assert (board.units("double", night), board.units("suite", night)) == (5, 1)

    take(desk, night, "105", StayStatus.CANCELLED)
    send_waiting(channel.pk)
    assert (board.units("double", night), board.units("suite", night)) == (6, 2)


@pytest.mark.usefixtures("flat")
def test_a_sold_apartment_takes_its_rooms_off_sale(channel, board, desk, night):
    take(desk, night, "111")
    send_waiting(channel.pk)

    assert (board.units("double", night), board.units("suite", night)) == (4, 1)


def test_a_closed_apartment_takes_its_rooms_off_sale_until_it_opens(channel, board, flat, night):
    closure = RoomClosure(hotel=flat.hotel, room=flat, first=night, last=night + timedelta(days=1))
    close_room(closure)
    send_waiting(channel.pk)
    assert (board.units("double", night), board.units("suite", night)) == (4, 1)

    reopen([closure])
    send_waiting(channel.pk)
    assert (board.units("double", night), board.units("suite", night)) == (6, 2)


def test_a_closed_room_takes_the_apartment_off_sale(channel, board, flat, night):
    room = Room.objects.get(hotel=flat.hotel, name="105")
    close_room(RoomClosure(hotel=flat.hotel, room=room, first=night, last=night + timedelta(days=1)))
    send_waiting(channel.pk)

    assert (board.units("double", night), board.units("suite", night)) == (5, 1)


@pytest.mark.usefixtures("flat")
def test_a_room_that_leaves_the_apartment_gives_it_back(channel, board, desk, night):
    take(desk, night, "105")
    send_waiting(channel.pk)
    room = Room.objects.get(name="105")
    room.parent = None
    save_room(room)
    send_waiting(channel.pk)

    assert (board.units("double", night), board.units("suite", night)) == (5, 2)


def test_a_closed_apartment_that_is_removed_gives_its_rooms_back(channel, board, flat, night):
    close_room(RoomClosure(hotel=flat.hotel, room=flat, first=night, last=night + timedelta(days=1)))
    send_waiting(channel.pk)
    remove_rooms([flat])
    send_waiting(channel.pk)

    assert (board.units("double", night), board.units("suite", night)) == (6, 1)


def test_a_room_that_is_sold_by_itself_is_off_sale_with_its_apartment(channel, board, desk, flat, night):
    row = RoomMapping.objects.get(connection=channel, external_ref="double")
    row.room_type, row.room = None, Room.objects.get(hotel=flat.hotel, name="105")
    row.save()
    queue_everything(channel)
    take(desk, night, "111")
    send_waiting(channel.pk)

    assert board.units("double", night) == 0
    assert board.units("double", night + timedelta(days=1)) == 1


def test_an_apartment_that_is_sold_by_itself_is_off_sale_with_one_of_its_rooms(
    channel, board, desk, flat, night
):
    row = RoomMapping.objects.get(connection=channel, external_ref="suite")
    row.room_type, row.room = None, flat
    row.save()
    queue_everything(channel)
    take(desk, night, "106")
    send_waiting(channel.pk)

    assert board.units("suite", night) == 0
    assert board.units("suite", night + timedelta(days=1)) == 1


@pytest.mark.usefixtures("flat")
def test_a_guest_in_a_better_room_takes_that_type_off_sale(channel, board, desk, hotel, night):
    take(desk, night, "107")
    send_waiting(channel.pk)
    stay_row = Stay.objects.get(hotel=hotel)
    before = copy.copy(stay_row)
    stay_row.room, stay_row.room_choice = Room.objects.get(hotel=hotel, name="112"), RoomChoice.PERSON
    with transaction.atomic():
        lock_hotel(hotel.pk)
        rearrange(
            hotel_id=hotel.pk,
            cause=Cause(timezone.now()),
            edits=[StayEdit(stay_row, before, ChangeKind.MOVED)],
        )
    send_waiting(channel.pk)

    assert (board.units("double", night), board.units("suite", night)) == (6, 1)
