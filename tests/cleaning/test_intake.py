"""A booking that comes in has its tasks in the same transaction, and none without it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction

from cleaning.models import CleaningTask
from reservations.choices import StayStatus
from reservations.models import Stay
from tests.cleaning.houses import NOW, lines
from tests.reservations.records import FIRST, Desk, booking, stay

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def on(count):
    return FIRST + timedelta(days=count)


def test_a_booking_that_comes_in_is_planned(hotel):
    Desk(hotel).take(booking(stays=(stay(nights=2),)))
    assert lines(hotel) == [f"101 {on(0)} arrival_check planned", f"101 {on(2)} departure planned"]


def test_a_change_of_room_and_a_cancellation_are_followed(hotel):
    desk = Desk(hotel)
    desk.take(booking(stays=(stay(nights=2),)))
    desk.take(booking(version=2, stays=(stay(nights=2, room="105"),)))
    assert lines(hotel)[-1] == f"105 {on(2)} departure planned"
    desk.take(booking(version=3, status=StayStatus.CANCELLED))
    assert lines(hotel) == []


def test_the_loser_of_a_room_has_a_task_without_room_until_the_winner_cancels(hotel):
    desk = Desk(hotel)
    desk.take(booking("A", booked=1), booking("B", booked=2))
    departures = CleaningTask.objects.filter(kind="departure").order_by("stay__booked_at")
    assert [(task.room_id is None, task.overbooked) for task in departures] == [(False, False), (True, True)]
    desk.take(booking("A", version=9, booked=1, status=StayStatus.CANCELLED))
    task = CleaningTask.objects.get(kind="departure")
    assert (task.room.name, task.overbooked) == ("101", False)


def test_a_batch_of_turnovers_is_planned_as_one(hotel):
    Desk(hotel).take(*(booking(f"{n}", stays=(stay(arrival=n * 2, nights=2),)) for n in range(4)))
    departures = CleaningTask.objects.filter(kind="departure").order_by("date")
    assert list(departures.values_list("turnover", flat=True)) == [True, True, True, False]


def test_a_batch_that_is_rolled_back_leaves_no_task(hotel):
    with transaction.atomic():
        Desk(hotel).take(booking())
        assert CleaningTask.objects.exists()
        transaction.set_rollback(True)
    assert not Stay.objects.exists()
    assert not CleaningTask.objects.exists()
