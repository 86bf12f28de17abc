"""Any order and any number of deliveries end in the same rows."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reservations.choices import DetailKind, StayStatus
from reservations.models import Reservation, StayNight
from reservations.records import DetailRecord
from tests.examples import examples
from tests.people import make_hotel
from tests.reservations.records import Desk, booking, picture, stay

STATUSES = st.sampled_from(
    [StayStatus.CONFIRMED, StayStatus.CONFIRMED, StayStatus.CANCELLED, StayStatus.PENDING, StayStatus.UNKNOWN]
)
STAYS = st.builds(
    stay,
    arrival=st.integers(0, 4),
    nights=st.integers(1, 4),
    room=st.sampled_from(["101", "102", "nobody knows"]),
)
SECOND_ROOMS = st.sampled_from([None, None, "105", "103", "nobody knows"])
#: Sources name the same rooms in one way today and in another tomorrow.
NAMES = st.sampled_from([("1", "2"), ("1", "2"), ("880010", "880011"), ("2", "880010")])
#: What is told of payment, mostly only once.
CARDS = st.sampled_from([(), (), ("card (Visa)",), ("virtual card",)])


@st.composite
def stories(draw):
    """Versions of up to three bookings, and an order with repetitions in which they arrive."""
    told = []
    for name in draw(st.sampled_from([("A",), ("A", "B"), ("A", "B", "C")])):
        for version in range(1, draw(st.integers(1, 4)) + 1):
            status = draw(STATUSES)
            one = draw(STAYS)
            without_stays = status == StayStatus.CANCELLED and draw(st.booleans())
            stays = () if without_stays else (stay(**_with(one, status)),)
            told.append(booking(name, version=version, booked=ord(name), status=status, stays=stays))
    repeated = told + draw(st.lists(st.sampled_from(told), max_size=4))
    return told, draw(st.permutations(repeated)), draw(st.integers(1, 4))


@st.composite
def retellings(draw):
    """Versions of one booking of one or two rooms that are named otherwise from time to time, and an order of them."""
    told = []
    for version in range(1, draw(st.integers(2, 4)) + 1):
        status, one, second = draw(STATUSES), draw(STAYS), draw(SECOND_ROOMS)
        names = draw(NAMES)
        stays = [stay(names[0], **_with(one, status))]
        if second:
            stays.append(stay(names[1], room=second, status=status))
        if status == StayStatus.CANCELLED and draw(st.booleans()):
            stays.clear()
        details = tuple(DetailRecord(DetailKind.PAYMENT, card) for card in draw(CARDS))
        told.append(booking(version=version, status=status, stays=tuple(stays), details=details))
    return told, draw(st.permutations(told)), draw(st.integers(1, 3))


def _with(one, status):
    return {
        "arrival": (one.arrival - stay().arrival).days,
        "nights": (one.departure - one.arrival).days,
        "room": one.room_ref,
        "status": status,
    }


@pytest.mark.django_db
@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=stories())
def test_any_order_and_number_of_deliveries_converge(story, db):
    _check_converges(*story)


@pytest.mark.django_db
@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=retellings())
def test_rooms_that_change_their_names_and_cards_that_are_told_once_converge(story, db):
    _check_converges(*story)


def _check_converges(told, shuffled, batch):
    pictures = []
    for order, size in ((told, 1), (shuffled, 1), (shuffled, batch), (list(reversed(told)), len(told))):
        with transaction.atomic():
            desk = Desk(make_hotel("Hotel Paradise", "paradise"))
            for start in range(0, len(order), size):
                desk.take(*order[start : start + size])
            known = Reservation.objects.filter(hotel=desk.hotel).order_by("booking_key")
            pictures.append({**picture(desk.hotel), "details": [one.details for one in known]})
            _check_rules(desk.hotel)
            transaction.set_rollback(True)
    assert all(one == pictures[0] for one in pictures[1:])


def _check_rules(hotel):
    held = StayNight.objects.filter(hotel=hotel, room__isnull=False, overbooked=False)
    assert held.count() == held.values("room", "date").distinct().count()
    for reservation in Reservation.objects.filter(hotel=hotel).prefetch_related("stays__nights"):
        for row in reservation.stays.all():
            holding = row.status in (StayStatus.CONFIRMED, StayStatus.PENDING, StayStatus.UNKNOWN)
            assert len(row.nights.all()) == ((row.departure - row.arrival).days if holding else 0)
