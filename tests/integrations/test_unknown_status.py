"""The alert about a status that nobody understands: opened for known bookings, too, closed by the next one."""

from __future__ import annotations

import pytest

from integrations.models import Alert
from integrations.telling import tell_changes
from reservations.choices import StayStatus
from reservations.models import Reservation
from tests.integrations.conftest import make_connection
from tests.reservations.records import Desk, booking, stay

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard(hotel):
    """What a connection tells of bookings, taken in and told to the staff."""
    connection = make_connection(hotel)
    desk = Desk(hotel, connection_id=connection.pk)

    def hear(*records: object) -> list[Alert]:
        tell_changes(connection, desk.take(*records), None)
        return list(Alert.objects.filter(code="unknown_status", resolved_at=None))

    return hear


def test_a_known_booking_with_an_unknown_status_is_told_once_a_version(heard):
    assert heard(booking(version=1)) == []
    (alert,) = heard(booking(version=2, status=StayStatus.UNKNOWN))

    assert alert.params["ref"] == "A"
    assert Reservation.objects.get().status == StayStatus.CONFIRMED
    (again,) = heard(booking(version=2, status=StayStatus.UNKNOWN))
    assert again.count == 1
    (later,) = heard(booking(version=3, status=StayStatus.UNKNOWN))
    assert later.count == 2


def test_it_stays_open_until_that_booking_has_a_status_again(heard):
    heard(booking(version=1))
    heard(booking(version=2, status=StayStatus.UNKNOWN))

    assert len(heard(booking("B", stays=(stay(room="102"),)))) == 1
    assert heard(booking(version=3)) == []
