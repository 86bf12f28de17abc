"""What several tellings of one booking say together."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from reservations.choices import StayStatus
from reservations.merge import DesiredBooking, Telling, merge
from tests.reservations.records import FIRST, booking, stay


def together(*records) -> DesiredBooking:
    found = [merge([Telling(1, 20, record) for record in order]) for order in permutations(records)]
    assert all(one == found[0] for one in found), "the order of the tellings must not matter"
    return found[0]


@pytest.mark.parametrize("booked", [StayStatus.CONFIRMED, StayStatus.PENDING, StayStatus.UNKNOWN])
def test_an_inquiry_before_the_booking_is_not_paid_besides_it(booked):
    question = booking(
        "1",
        status=StayStatus.INQUIRY,
        stays=(stay(arrival=5, status=StayStatus.INQUIRY),),
        commission=Decimal("24.00"),
        name="Mara",
    )
    made = booking("2", version=2, status=booked, stays=(stay(status=booked),), commission=Decimal("24.00"))

    both = together(question, made)

    assert (both.status, both.total, both.commission) == (booked, Decimal("160.00"), Decimal("24.00"))
    assert (both.arrival, both.departure) == (FIRST, FIRST + timedelta(2))
    assert both.booker.name == "Mara Quill"
    assert len(both.stays) == 2


def test_an_inquiry_counts_while_there_is_nothing_else():
    asked = booking("1", status=StayStatus.INQUIRY)
    withdrawn = booking("2", status=StayStatus.CANCELLED)

    assert together(asked, withdrawn).total == Decimal("160.00")
    assert together(asked, withdrawn).status == StayStatus.INQUIRY


def test_rooms_that_are_booked_are_added_up_a_guest_who_did_not_come_included():
    rooms = [
        booking("1"),
        booking("2", stays=(stay("2", room="102"),)),
        booking("3", status=StayStatus.NO_SHOW, stays=(stay("3", room="103", status=StayStatus.NO_SHOW),)),
        booking("4", status=StayStatus.CANCELLED),
    ]

    assert together(*rooms).total == Decimal("480.00")
