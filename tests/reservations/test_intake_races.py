"""Several workers at once, each with a database connection of its own."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from reservations.choices import StayStatus
from reservations.models import Reservation, Stay, StayNight
from tests.reservations.records import Desk, booking

pytestmark = pytest.mark.django_db(transaction=True)


def all_at_once(*jobs) -> list[BaseException]:
    """Run ``jobs`` in threads that start together; returns what they raised."""
    barrier = threading.Barrier(len(jobs))
    raised: list[BaseException] = []

    def run(job) -> None:
        try:
            barrier.wait(timeout=10)
            job()
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return raised


def test_ten_bookings_racing_for_one_room_are_all_stored_and_one_has_it(hotel):
    desk = Desk(hotel)
    records = [booking(f"R{n}", booked=n) for n in range(10)]

    assert all_at_once(*(lambda r=record: desk.take(r) for record in records)) == []

    assert Reservation.objects.count() == 10
    assert Stay.objects.filter(overbooked=False).get().external_key == "R0/1"
    assert Stay.objects.filter(overbooked=True).count() == 9
    assert StayNight.objects.filter(overbooked=False).count() == 2


def test_one_booking_told_ten_times_at_once_is_one_booking_in_its_last_version(hotel):
    desk = Desk(hotel)
    records = [booking("A", version=n) for n in range(1, 10)]
    records.append(booking("A", version=10, status=StayStatus.CANCELLED))

    assert all_at_once(*(lambda r=record: desk.take(r) for record in records)) == []

    assert Reservation.objects.get().status == StayStatus.CANCELLED
    assert Stay.objects.count() == 1
    assert not StayNight.objects.exists()


def test_two_connections_telling_of_one_booking_at_once_make_one(hotel):
    tellers = [Desk(hotel, connection_id=n, rank=10 * n) for n in (1, 2, 3)]
    record = booking("X", channel="airbnb", channel_ref="HM1")

    assert all_at_once(*(lambda t=teller: t.take(record) for teller in tellers)) == []

    assert Reservation.objects.get().sources.count() == 3
    assert Stay.objects.count() == 1
