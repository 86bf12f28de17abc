"""What one connection knows of a booking, when a channel tells some of it only once."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest

from reservations.choices import DetailKind, StayStatus
from reservations.models import Reservation
from reservations.records import DetailRecord
from tests.reservations.records import Desk, booking, stay

pytestmark = pytest.mark.django_db

CARD = DetailRecord(DetailKind.PAYMENT, "virtual card, may be charged from 2031-06-10", Decimal("160.00"))
OTHER_CARD = DetailRecord(DetailKind.PAYMENT, "card (Visa)")
MARK = DetailRecord(DetailKind.FLAG, "booker_is_genius")


@pytest.fixture
def desk(hotel) -> Desk:
    return Desk(hotel)


def told() -> list[str]:
    return [detail["text"] for detail in Reservation.objects.get().details]


def test_a_change_without_the_card_keeps_what_is_known_of_it(desk):
    desk.take(booking(details=(MARK, CARD)))
    desk.take(booking(version=2, stays=(stay(nights=3),)))

    assert told() == [CARD.text]


def test_the_same_booking_read_again_without_the_card_changes_nothing(desk):
    desk.take(booking(details=(MARK, CARD)))

    result = desk.take(booking(details=(MARK,)))

    assert result.changes == []
    assert told() == [MARK.text, CARD.text]
    assert desk.take(booking(details=(MARK,))).unchanged == 1


def test_another_card_takes_the_place_of_the_first(desk):
    desk.take(booking(details=(CARD,)))
    desk.take(booking(version=2, details=(OTHER_CARD,)))
    desk.take(booking(version=3))

    assert told() == [OTHER_CARD.text]


def test_a_cancellation_leaves_card_and_marks(desk):
    fee = DetailRecord(DetailKind.FEE, "cancellation fee", Decimal("80.00"))
    desk.take(booking(details=(MARK, CARD)))
    desk.take(booking(version=2, status=StayStatus.CANCELLED, stays=(), details=(fee,)))

    assert sorted(told()) == sorted([MARK.text, fee.text, CARD.text])


def test_in_any_order_the_newest_card_is_the_one(desk):
    tellings = [
        booking(version=1, details=(MARK, CARD)),
        booking(version=2, details=(OTHER_CARD,), stays=()),
        booking(version=3, details=(MARK,), stays=(stay(nights=3),)),
        booking(version=4, status=StayStatus.CANCELLED, stays=()),
    ]
    seen = set()
    for order in permutations(tellings):
        for record in order:
            desk.take(record)
        seen.add(tuple(told()))
        Reservation.objects.all().delete()

    assert seen == {(MARK.text, OTHER_CARD.text)}


def test_a_card_told_with_a_cancellation_of_the_same_instant_is_kept(desk):
    desk.take(booking(status=StayStatus.CANCELLED, stays=()))
    desk.take(booking(details=(CARD,)))

    assert told() == [CARD.text]
