"""What can be connected only once is not connected twice: two readers of one queue would each get some bookings."""

from __future__ import annotations

import pytest
from django.urls import reverse

from integrations.accounts import account_key, is_taken
from integrations.models import ConnectionStatus
from integrations.registry import all_providers
from tests.integrations.conftest import make_connection

pytestmark = pytest.mark.django_db

QUEUE = {"client_id": "partner", "client_secret": "s3cret", "property_id": "4400123"}


@pytest.fixture
def declaration():
    return all_providers()["booking_com"].declaration


@pytest.fixture
def connected(other_hotel, declaration):
    return make_connection(
        other_hotel,
        provider="booking_com",
        name="Booking.com",
        credentials=QUEUE,
        account_key=account_key(declaration, QUEUE),
    )


@pytest.mark.parametrize(
    ("changed", "taken"),
    [
        ({}, True),
        ({"client_secret": "a newer one"}, True),
        ({"property_id": " 4400123 "}, True),
        ({"property_id": "4400999"}, False),
        ({"client_id": "another partner"}, False),
    ],
)
def test_a_queue_is_read_by_one_connection(connected, declaration, changed, taken):
    assert is_taken(declaration, QUEUE | changed, besides=None) is taken


def test_the_connection_itself_and_one_that_was_ended_do_not_count(connected, declaration):
    assert not is_taken(declaration, QUEUE, besides=connected.pk)
    connected.status = ConnectionStatus.DISCONNECTED
    connected.save()
    assert not is_taken(declaration, QUEUE, besides=None)


def test_the_wizard_says_so_and_names_nobody(client, manager, hotel, connected):
    client.force_login(manager)
    typed = {f"account-{name}": value for name, value in QUEUE.items()}

    answer = client.post(reverse("connection_connect", args=[hotel.slug, "booking_com"]), typed)

    page = answer.content.decode()
    assert answer.status_code == 400
    assert "a second connection would take bookings away from the first" in page
    assert connected.hotel.name not in page
    assert "s3cret" not in page
