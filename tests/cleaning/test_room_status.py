"""How rooms stand: the pure rules one by one, the page of all rooms, and what each page may show to whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cleaning.choices import Problem, TaskKind
from cleaning.decisions import add_task, override_task
from cleaning.models import CleaningRule, CleaningTask
from cleaning.room_marks import cleaning_marks
from cleaning.room_status import RoomFacts, RoomStatus, status_of, statuses
from cleaning.work import finish_task, not_possible, pass_inspection, start_task
from reservations.choices import ClosureKind
from reservations.models import RoomClosure, StayNight
from tests.cleaning.houses import NOW, TODAY, book, days, room_of, task_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


def stay_in(hotel, room, arrival, departure, **fields):
    """A planned stay with its nights."""
    stay = book(hotel, room, arrival, departure, plan=True, **fields)
    for offset in range((departure - arrival).days):
        StayNight.objects.create(
            hotel=hotel,
            stay=stay,
            room=stay.room,
            room_type=stay.room_type,
            date=arrival + timedelta(days=offset),
        )
    return stay


def status(hotel, room="101", day=TODAY):
    pk = room_of(hotel, room).pk
    return statuses(hotel.pk, [pk], day)[pk].status


def mark(hotel, room="101", day=TODAY):
    pk = room_of(hotel, room).pk
    return [one.label for one in cleaning_marks(hotel.pk, [pk], day).get(pk, [])]


def finish(task, user, now=NOW):
    return finish_task(hotel_id=task.hotel_id, task_id=task.pk, user_id=user.pk, now=now)


# --- the rules --------------------------------------------------------------------------------------------------


def test_a_room_without_anything_is_clean(hotel):
    assert status(hotel) == RoomStatus.CLEAN
    assert status_of(RoomFacts(), TODAY).is_ready


def test_a_room_that_a_guest_leaves_is_dirty_then_being_cleaned_then_clean(hotel, cleaner):
    task = task_of(stay_in(hotel, "101", days(-2), TODAY), "departure")
    assert (status(hotel), mark(hotel)) == (RoomStatus.DIRTY, ["to clean until 18:00"])
    start_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    assert (status(hotel), mark(hotel)) == (RoomStatus.BEING_CLEANED, ["being cleaned"])
    finish(task, cleaner)
    assert (status(hotel), mark(hotel)) == (RoomStatus.CLEAN, ["cleaned at 12:00"])


def test_a_room_that_nobody_cleaned_stays_dirty_on_the_next_days(hotel):
    stay_in(hotel, "101", days(-2), TODAY)
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        assert status(hotel, day=days(2)) == RoomStatus.DIRTY
        assert mark(hotel, day=days(2)) == ["not cleaned since 2 Jun"]


def test_a_stay_over_that_was_left_out_is_over_the_next_day(hotel):
    CleaningRule.objects.create(hotel=hotel, kind=TaskKind.STAY_OVER, minutes=20, every_days=3)
    stay_in(hotel, "101", days(-3), days(2))
    assert status(hotel) == RoomStatus.DIRTY
    assert status(hotel, day=days(1)) == RoomStatus.CLEAN


def test_do_not_disturb_leaves_the_room_dirty_and_says_so(hotel, cleaner):
    task = task_of(stay_in(hotel, "101", days(-2), TODAY), "departure")
    not_possible(
        hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, problem=Problem.DO_NOT_DISTURB, now=NOW
    )
    assert (status(hotel), mark(hotel)) == (RoomStatus.DIRTY, ["not cleaned: Do not disturb"])


def test_an_arrival_check_is_a_look_at_a_clean_room(hotel):
    stay_in(hotel, "101", TODAY, days(2))
    assert (status(hotel), mark(hotel)) == (RoomStatus.TO_INSPECT, ["to check until 15:00"])


def test_an_inspected_room_waits_for_its_inspection_and_then_is_inspected(
    hotel, cleaner, housekeeping_manager
):
    CleaningRule.objects.create(hotel=hotel, kind=TaskKind.DEPARTURE, minutes=45, is_inspected=True)
    task = task_of(stay_in(hotel, "101", days(-2), TODAY), "departure")
    finish(task, cleaner)
    assert (status(hotel), mark(hotel)) == (RoomStatus.TO_INSPECT, ["to inspect until 18:00"])
    look = CleaningTask.objects.get(inspects=task)
    pass_inspection(hotel_id=hotel.pk, task_id=look.pk, user_id=housekeeping_manager.pk, now=NOW)
    assert (status(hotel), mark(hotel)) == (RoomStatus.INSPECTED, ["inspected, cleaned at 12:00"])
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert (status(hotel, day=days(1)), mark(hotel, day=days(1))) == (RoomStatus.INSPECTED, ["inspected"])
        stay_in(hotel, "101", days(1), days(3))
    assert status(hotel, day=days(2)) == RoomStatus.CLEAN  # somebody has slept there


def test_an_inspection_that_nobody_did_is_still_missing_the_next_day(hotel, cleaner):
    CleaningRule.objects.create(hotel=hotel, kind=TaskKind.DEPARTURE, minutes=45, is_inspected=True)
    finish(task_of(stay_in(hotel, "101", days(-2), TODAY), "departure"), cleaner)
    assert status(hotel, day=days(1)) == RoomStatus.TO_INSPECT


def test_a_room_under_repair_is_out_of_order_and_an_owner_s_block_is_not(hotel):
    room = room_of(hotel, "101")
    closure = RoomClosure.objects.create(hotel=hotel, room=room, first=days(-1), last=days(1))
    assert (status(hotel), mark(hotel)) == (RoomStatus.OUT_OF_ORDER, ["out of order"])
    assert status(hotel, day=days(1)) == RoomStatus.CLEAN  # half-open
    closure.kind = ClosureKind.OWNER_BLOCK
    closure.save()
    assert status(hotel) == RoomStatus.CLEAN


def test_without_a_departure_rule_a_room_is_dirty_on_the_day_the_guest_leaves(hotel, cleaner):
    CleaningRule.objects.create(hotel=hotel, kind=TaskKind.DEPARTURE, minutes=45, is_wanted=False)
    stay_in(hotel, "101", days(-2), TODAY)
    assert (status(hotel), mark(hotel)) == (RoomStatus.DIRTY, ["not cleaned"])
    extra = add_task(
        hotel=hotel,
        property_id=hotel.properties.get().pk,
        room_id=room_of(hotel, "101").pk,
        day=TODAY,
        minutes=30,
        note="By hand",
        user_id=None,
        now=NOW,
    )
    finish(extra, cleaner)
    assert status(hotel) == RoomStatus.CLEAN


def test_who_skips_a_departure_says_that_the_room_is_fine(hotel):
    task = task_of(stay_in(hotel, "101", days(-2), TODAY), "departure")
    override_task(hotel_id=hotel.pk, task_id=task.pk, changes={"skip": True}, now=NOW)
    assert status(hotel) == RoomStatus.CLEAN


def test_a_deep_cleaning_to_come_makes_no_room_dirty(hotel):
    task = task_of(stay_in(hotel, "101", days(-2), TODAY), "departure")
    CleaningTask.objects.filter(pk=task.pk).update(kind=TaskKind.DEEP)
    StayNight.objects.all().delete()
    assert status(hotel) == RoomStatus.CLEAN


def test_of_another_day_only_its_own_work_is_said(hotel):
    stay_in(hotel, "101", days(-2), TODAY)
    stay_in(hotel, "102", days(1), days(3))
    assert mark(hotel, day=days(3)) == []
    assert mark(hotel, "102", day=days(3)) == ["to clean until 18:00"]


# --- the page ---------------------------------------------------------------------------------------------------


def url(hotel, **query):
    return reverse("cleaning_rooms", args=[hotel.slug], query=query)


def page(client, person, hotel, **query):
    client.force_login(person)
    response = client.get(url(hotel, **query))
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_shows_every_room_who_is_in_and_who_comes(client, hotel, receptionist):
    stay_in(hotel, "101", days(-2), TODAY, guest_name="Mara Quill")
    stay_in(hotel, "101", TODAY, days(2), guest_name="Otto Brand")
    stay_in(hotel, "102", days(3), days(4))
    html = page(client, receptionist, hotel)
    assert html.count('class="room-card') == 12
    assert "Mara Quill · leaves today" in html
    assert "Otto Brand arrives today" in html
    assert "next arrival 5 Jun" in html
    assert html.count(">Dirty<") == 1


def test_a_cleaner_sees_no_guest_s_name(client, hotel, cleaner):
    stay_in(hotel, "101", days(-2), TODAY, guest_name="Mara Quill")
    stay_in(hotel, "101", TODAY, days(2), guest_name="Otto Brand")
    html = page(client, cleaner, hotel)
    assert "Mara Quill" not in html
    assert "Otto Brand" not in html
    assert "leaves today" in html


def test_a_room_that_was_cleaned_for_good_holds_nobody(client, hotel, cleaner, receptionist):
    finish(task_of(stay_in(hotel, "101", days(-2), TODAY, guest_name="Mara Quill"), "departure"), cleaner)
    assert "Mara Quill" not in page(client, receptionist, hotel)


def test_the_rooms_are_narrowed_to_one_state(client, hotel, receptionist):
    stay_in(hotel, "101", days(-2), TODAY)
    assert page(client, receptionist, hotel, status="dirty").count('class="room-card') == 1
    assert page(client, receptionist, hotel, status="nonsense").count('class="room-card') == 12
    assert "No room is in this state" in page(client, receptionist, hotel, status="inspected")


def test_the_open_page_sees_a_room_turn_clean(client, hotel, cleaner, receptionist):
    task = task_of(stay_in(hotel, "101", days(-2), TODAY), "departure")
    client.force_login(receptionist)
    live = client.get(url(hotel)).context["live_url"]
    assert client.get(live, headers={"HX-Request": "true"}).status_code == 204
    finish(task, cleaner)
    fresh = client.get(live, headers={"HX-Request": "true"})
    assert "cleaned at 12:00" in fresh.content.decode()


def test_a_hotel_without_rooms_says_what_to_do(client, hotel, receptionist):
    hotel.properties.get().rooms.update(is_active=False)
    assert "No rooms yet" in page(client, receptionist, hotel)


def test_rooms_of_another_hotel_are_not_found(client, hotel, stranger):
    client.force_login(stranger)
    assert client.get(url(hotel)).status_code == 404


def test_the_page_costs_the_same_for_one_and_for_many_stays(client, hotel, receptionist):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(url(hotel))
        return len(captured)

    client.force_login(receptionist)
    stay_in(hotel, "101", days(-2), TODAY)
    client.get(url(hotel))
    few = queries()
    for number in range(1, 12):
        stay_in(hotel, f"{101 + number}", days(-2), TODAY)
    assert few == queries() <= 13
