"""A task that may wait until a later day: on that day it is work as any other, for everybody who looks."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.urls import reverse

from cleaning.decisions import assign_tasks, override_task
from cleaning.doors import door_codes, keep_codes, make_tokens
from cleaning.forms import DecisionForm
from cleaning.models import CleaningRule, CleaningTask, DoorAccess
from cleaning.phone.day import day_of
from cleaning.work import finish_task
from tests.cleaning.houses import NOW, TODAY, book, days, room_of, task_of

pytestmark = pytest.mark.django_db

TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def waiting(hotel, cleaner):
    """The guest of 101 leaves today; the room may wait until tomorrow, 18:00, and is Ilie's."""
    CleaningRule.objects.create(hotel=hotel, kind="departure", minutes=45, slip_days=1)
    keep_codes(hotel_id=hotel.pk, codes={room_of(hotel, "101").pk: "4711"})
    make_tokens(hotel_id=hotel.pk)
    task = task_of(book(hotel, "101", days(-2), TODAY, plan=True), "departure")
    assign_tasks(hotel_id=hotel.pk, given={task.pk: (cleaner.pk, None)}, user_id=None, now=NOW)
    task.refresh_from_db()
    assert task.window_end == datetime.combine(days(1), time(16), UTC)
    return task


@pytest.fixture
def square(waiting):
    return f"/q/{DoorAccess.objects.get(hotel=waiting.hotel, room=waiting.room).token}/"


class TestTheDoor:
    def test_its_code_is_shown_on_every_day_of_its_window_and_until_it_is_done(self, hotel, cleaner, waiting):
        at = [NOW - timedelta(days=1), NOW, TOMORROW, TOMORROW + timedelta(days=1)]
        assert [bool(door_codes([waiting], now)) for now in at] == [False, True, True, False]
        done = finish_task(hotel_id=hotel.pk, task_id=waiting.pk, user_id=cleaner.pk, now=TOMORROW)
        assert door_codes([done], TOMORROW) == {}

    def test_the_phone_may_keep_the_code_until_that_day_is_over(self, client, cleaner, waiting):
        with time_machine.travel(TOMORROW, tick=False):
            client.force_login(cleaner)
            body = client.get("/my/day.json").json()
        # The night audit is at four, in Madrid.
        assert body["codes"] == [{"task": waiting.pk, "code": "4711", "until": "2031-06-04T02:00:00Z"}]

    def test_its_square_opens_it(self, client, cleaner, waiting, square):
        with time_machine.travel(TOMORROW, tick=False):
            client.force_login(cleaner)
            assert client.get(square)["Location"] == f"/my/tasks/{waiting.pk}/"

    def test_its_square_opens_what_is_late_too_as_the_persons_page_does(
        self, client, cleaner, waiting, square
    ):
        late = NOW + timedelta(days=3)
        with time_machine.travel(late, tick=False):
            client.force_login(cleaner)
            assert [task.pk for task in day_of(cleaner, late).to_do] == [waiting.pk]
            assert client.get(square)["Location"] == f"/my/tasks/{waiting.pk}/"

    def test_the_square_shows_it_to_the_desk(self, client, receptionist, waiting, square):
        with time_machine.travel(TOMORROW, tick=False):
            client.force_login(receptionist)
            page = client.get(square).content.decode()
        assert "Departure" in page
        assert "Nothing is planned" not in page


def test_what_waits_longer_than_a_week_is_still_on_the_phone(hotel, cleaner, waiting):
    CleaningTask.objects.filter(pk=waiting.pk).update(window_end=NOW + timedelta(days=12))
    assert [task.when for task in day_of(cleaner, NOW + timedelta(days=10)).to_do] == ["left_over"]
    assert day_of(cleaner, NOW + timedelta(days=13)).to_do == ()


class TestTheWordsOnThePhone:
    def test_the_day_of_the_deadline_is_named(self, cleaner, waiting):
        for now in (NOW, TOMORROW):
            (shown,) = day_of(cleaner, now).to_do
            assert shown.until == "until 3 Jun, 18:00"

    def test_a_guest_who_left_is_not_leaving_and_on_the_last_day_somebody_may_come(self, cleaner, waiting):
        assert day_of(cleaner, NOW).to_do[0].reasons == ("The guest leaves by 11:00", "Nobody arrives today")
        assert day_of(cleaner, TOMORROW).to_do[0].reasons == ()


class TestAnotherHour:
    def decide(self, task, **changes):
        return override_task(hotel_id=task.hotel_id, task_id=task.pk, changes=changes, now=NOW)

    def test_another_hour_of_its_end_stays_on_its_last_day(self, waiting):
        task = self.decide(waiting, end=time(20))
        assert task.window_end == datetime.combine(days(1), time(18), UTC)
        task = self.decide(task, minutes=50)
        assert task.window_end == datetime.combine(days(1), time(18), UTC)

    def test_moved_to_another_day_it_ends_on_that_day(self, waiting):
        task = self.decide(waiting, end=time(20), date=days(2))
        assert task.window_end == datetime.combine(days(2), time(18), UTC)

    def test_the_form_names_the_day_beside_the_hour(self, waiting):
        form = DecisionForm(task=waiting, people=[])
        assert form.fields["end"].help_text == "On 3 Jun, as long as it waits."
        task = self.decide(waiting, end=time(20))
        said = "On 3 Jun, as long as it waits. The rules say: 3 Jun, 18:00"
        assert DecisionForm(task=task, people=[]).fields["end"].help_text == said

    def test_a_task_of_one_day_needs_no_day(self, hotel):
        task = task_of(book(hotel, "102", days(-2), TODAY, plan=True), "departure")
        assert DecisionForm(task=task, people=[]).fields["end"].help_text == ""


class TestTheFile:
    def rooms(self, client, hotel, **query):
        answer = client.get(reverse("cleaning_export", args=[hotel.slug], query=query))
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return [line["Room"] for line in csv.DictReader(io.StringIO(text))]

    def test_of_today_has_what_waits_since_yesterday(self, client, hotel, housekeeping_manager, waiting):
        with time_machine.travel(TOMORROW, tick=False):
            client.force_login(housekeeping_manager)
            assert self.rooms(client, hotel) == ["101"]
            assert self.rooms(client, hotel, day=TODAY) == ["101"]
            assert self.rooms(client, hotel, first=days(1), last=days(4)) == []
            assert self.rooms(client, hotel, first=TODAY, last=days(1)) == ["101"]
