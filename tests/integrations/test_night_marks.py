"""The marks on the grid of rates: whether every connection that sells a room type has taken its night."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from integrations.models import Connection, ConnectionStatus
from integrations.sending import send_waiting
from reservations.models import RoomType
from reservations.night_marks import night_marks
from tests.integrations.test_outbox import book


@pytest.fixture
def marks(hotel, channel, today):
    """A function from days ahead to the states of the double's marks on that night."""
    double = RoomType.objects.get(hotel=hotel, name="Doble")

    def states(ahead: int) -> list[str]:
        day = today + timedelta(days=ahead)
        found = night_marks(hotel.pk, [double.pk], day, day + timedelta(days=1))
        return [mark.state for mark in found.get((double.pk, day), [])]

    return states


def test_one_mark_for_each_connection_that_leads_to_its_page(hotel, channel, today):
    double = RoomType.objects.get(hotel=hotel, name="Doble")

    found = night_marks(hotel.pk, [double.pk], today, today + timedelta(days=2))

    assert set(found) == {(double.pk, today), (double.pk, today + timedelta(days=1))}
    (mark,) = found[double.pk, today]
    assert mark.label == "Board has taken it"
    assert mark.url.startswith(reverse("connection_on_sale", args=[hotel.slug, channel.pk]))


def test_a_mark_follows_the_night(marks, channel, board, desk, today):
    assert marks(3) == ["accepted"]
    book(desk, today + timedelta(days=3))
    assert marks(3) == ["waiting"]
    board.refuse = lambda offer: "no"
    send_waiting(channel.pk)
    assert marks(3) == ["failed"]
    assert marks(4) == ["accepted"]


def test_a_disconnected_account_has_no_mark(marks, channel):
    Connection.objects.update(status=ConnectionStatus.DISCONNECTED)

    assert marks(3) == []


@pytest.mark.usefixtures("year_on_sale")
def test_the_marks_of_a_year_take_two_queries(hotel, channel, today):
    kinds = list(RoomType.objects.filter(hotel=hotel).values_list("pk", flat=True))

    with CaptureQueriesContext(database) as queries:
        found = night_marks(hotel.pk, kinds, today, today + timedelta(days=365))

    assert len(found) == 2 * 365
    assert len(queries) == 2
