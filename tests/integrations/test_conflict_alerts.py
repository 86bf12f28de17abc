"""A conflict keeps what every channel had been told, and raises an alert that ends with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from integrations.evidence import channel_evidence
from integrations.models import Alert, AvailabilityState, ConnectionStatus
from integrations.sending import send_waiting
from integrations.words import say_alert
from reservations.choices import ConflictCause, StayStatus
from reservations.evidence import from_content
from reservations.models import Conflict, RoomType
from tests.integrations.test_outbox import book

SUITES = ("111", "112")


@pytest.fixture
def day(today):
    return today + timedelta(days=20)


@pytest.fixture
def sold_twice(channel, desk, day):
    """Room 111 is booked by A, then by B; the channel has been told of A."""
    book(desk, day, room="111", ref="A")
    send_waiting(channel.pk)
    book(desk, day, room="111", ref="B")
    return Conflict.objects.get()


def test_the_evidence_is_what_the_channel_had_taken_before(sold_twice, channel, day):
    (found,) = from_content(sold_twice.evidence)

    assert (found.connection_id, found.name, found.is_told, found.products) == (channel.pk, "Board", True, 1)
    (night,) = found.nights
    assert (night.date, night.units) == (day, 1)
    assert night.accepted_at <= sold_twice.opened_at


def test_a_channel_that_was_let_go_is_no_witness(sold_twice, channel, hotel, day):
    channel.status = ConnectionStatus.DISCONNECTED
    channel.save()
    suites = RoomType.objects.get(property__hotel=hotel, name="Suite")

    assert channel_evidence(hotel.pk, suites.pk, None, day, day + timedelta(days=1)) == []


def test_of_several_products_the_one_that_could_sell_most_speaks(channel, hotel, day):
    suites = RoomType.objects.get(property__hotel=hotel, name="Suite")
    channel.room_mappings.update(room_type=suites)
    nights = AvailabilityState.objects.filter(date=day, rate_mapping=None)
    nights.filter(room_mapping__external_ref="suite").update(accepted={"units": 0})

    (found,) = channel_evidence(hotel.pk, suites.pk, None, day, day + timedelta(days=1))

    assert found.products == channel.room_mappings.filter(external_kind="room_type").count()
    assert found.nights[0].units == 6


def test_the_alert_names_the_guest_and_leads_to_the_conflict(sold_twice, client, receptionist, hotel):
    alert = Alert.objects.get(code="overbooked")
    assert "room 111 is sold twice" in say_alert(alert)

    client.force_login(receptionist)
    page = client.get(reverse("hotel_home", args=[hotel.slug])).content.decode()
    assert reverse("conflict", args=[hotel.slug, sold_twice.pk]) in page


def test_the_alert_ends_with_the_conflict(sold_twice, desk, day):
    book(desk, day, room="111", ref="A", status=StayStatus.CANCELLED)

    assert not Alert.objects.filter(resolved_at=None).exists()


def test_two_bookings_within_a_minute_are_nobodys_fault(sold_twice):
    assert sold_twice.cause == ConflictCause.SECONDS_APART
