"""Hours agreed with guests: kept whatever the channel tells, told in the history, followed by cleaning."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from cleaning.models import CleaningTask
from reservations.choices import DeskState
from reservations.models import ReservationChange, Stay
from reservations.stay_hours import set_hours
from tests.cleaning.houses import book, days

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2031, 6, 2, 10, tzinfo=UTC), tick=False):
        yield


def test_cleaning_follows_both_guests_of_a_turnover(hotel, receptionist):
    leaving = book(hotel, "101", days(0), days(2), plan=True)
    coming = book(hotel, "101", days(2), days(4), plan=True)

    set_hours(hotel=hotel, user=receptionist, stay_id=leaving.pk, arrives_at=None, leaves_at=time(12, 30))
    set_hours(hotel=hotel, user=receptionist, stay_id=coming.pk, arrives_at=time(14), leaves_at=None)

    task = CleaningTask.objects.get(stay=leaving, kind="departure")
    assert task.window_start == datetime(2031, 6, 4, 10, 30, tzinfo=UTC)
    assert task.window_end == datetime(2031, 6, 4, 12, 0, tzinfo=UTC)
    told = ReservationChange.objects.get(stay=coming)
    assert (told.user, told.fields) == (receptionist, {"arrives_at": [None, "14:00"]})


def test_saying_it_again_writes_nothing(hotel, receptionist):
    stay = book(hotel, "101", days(0), days(2))
    hours = {"arrives_at": time(10), "leaves_at": None}
    for _ in range(2):
        set_hours(hotel=hotel, user=receptionist, stay_id=stay.pk, **hours)
    assert ReservationChange.objects.count() == 1


def test_a_guest_who_has_left_has_no_hours_to_come(hotel, receptionist):
    stay = book(hotel, "101", days(0), days(2), desk_state=DeskState.DEPARTED)
    with pytest.raises(ValidationError, match="has left"):
        set_hours(hotel=hotel, user=receptionist, stay_id=stay.pk, arrives_at=time(10), leaves_at=None)


def test_the_page_notes_them_and_the_booking_shows_them(client, hotel, receptionist):
    client.force_login(receptionist)
    stay = book(hotel, "101", days(0), days(2))
    page = reverse("stay_hours", args=[hotel.slug, stay.pk])
    assert "check-in from 15:00" in client.get(page).content.decode()

    back = client.post(page, {"arrives_at": "13:15", "leaves_at": ""}, follow=True)

    assert "arrives at 13:15" in back.content.decode()
    assert Stay.objects.get(pk=stay.pk).arrives_at == time(13, 15)


def test_a_stay_of_another_hotel_is_not_there(client, hotel, other_hotel, receptionist):
    client.force_login(receptionist)
    stay = book(other_hotel, None, days(0), days(2))
    address = reverse("stay_hours", args=[hotel.slug, stay.pk])
    assert client.get(address).status_code == 404
    assert client.post(address, {"arrives_at": "13:15"}).status_code == 404


def test_a_cleaner_may_not_write_them(client, hotel, cleaner):
    client.force_login(cleaner)
    stay = book(hotel, "101", days(0), days(2))
    assert client.get(reverse("stay_hours", args=[hotel.slug, stay.pk])).status_code == 403
