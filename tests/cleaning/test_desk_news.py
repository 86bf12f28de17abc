"""The desk hears of rooms that became ready for today's guests, and of what was found."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from cleaning.desk_news import cleaning_news
from cleaning.findings import report_finding
from cleaning.messages import write_messages
from cleaning.models import CleanerMessage, TaskEvent
from cleaning.overdue import tell_overdue
from cleaning.work import finish_task, pass_inspection, reopen_task
from reservations.choices import StayStatus
from reservations.front_desk import check_in
from reservations.permissions import Permission
from tests.cleaning.houses import NOW, TODAY, book, change, days, plan_again, task_of

pytestmark = pytest.mark.django_db
#: 13:20 in Madrid.
READY = NOW.replace(hour=11, minute=20)
ALL = frozenset(Permission)


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(READY, tick=False):
        yield


@pytest.fixture
def leaving(hotel):
    return book(hotel, "102", days(-2), TODAY, plan=True)


@pytest.fixture
def coming(hotel, leaving):
    return book(hotel, "102", TODAY, days(2), guest_name="Mara Quill", plan=True)


@pytest.fixture
def clean(hotel, leaving, coming, cleaner):
    """Finishes the departure in the room of today's guest."""

    def act(now=READY):
        task = task_of(leaving, "departure")
        return finish_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=now)

    return act


def news(hotel, held=ALL, now=READY):
    return [line.text for line in cleaning_news(hotel, held, now)]


def test_a_room_that_is_ready_for_a_guest_of_today_is_told_with_the_time_of_the_house(hotel, clean):
    assert news(hotel) == []
    clean()
    assert news(hotel) == ["Room 102 is ready since 13:20"]


def test_a_room_that_nobody_waits_for_is_not_told(hotel, leaving, cleaner):
    task = task_of(leaving, "departure")
    finish_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=READY)
    assert news(hotel) == []
    assert not TaskEvent.objects.filter(what="ready").exists()


def test_a_departure_of_yesterday_that_was_left_for_today_is_told_too(hotel, cleaner):
    stay = book(hotel, "103", days(-3), days(-1))
    plan_again(stay, now=NOW - timedelta(days=1))
    left = task_of(stay, "departure")
    book(hotel, "103", TODAY, days(1), plan=True)
    finish_task(hotel_id=hotel.pk, task_id=left.pk, user_id=cleaner.pk, now=READY)
    assert news(hotel) == ["Room 103 is ready since 13:20"]


def test_it_is_no_news_any_more_when_the_guest_is_in(hotel, clean, coming, receptionist):
    clean()
    check_in(hotel=hotel, user=receptionist, stay_id=coming.pk, force=True)
    assert news(hotel) == []


def test_it_is_no_news_any_more_when_the_guest_does_not_come(hotel, clean, coming):
    clean()
    change(coming, status=StayStatus.CANCELLED)
    assert news(hotel) == []


def test_it_is_no_news_any_more_when_the_end_was_taken_back(hotel, clean, cleaner):
    task = clean()
    reopen_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=READY)
    assert news(hotel) == []


def test_yesterday_is_no_news(hotel, clean):
    clean()
    assert news(hotel, now=READY + timedelta(days=1)) == []


def test_a_room_with_an_inspection_is_told_when_it_has_passed(hotel, clean, leaving, housekeeping_manager):
    task = task_of(leaving, "departure")
    task.is_inspected = True
    task.save()
    clean()
    assert news(hotel) == []
    inspection = task.inspections.get()
    pass_inspection(
        hotel_id=hotel.pk,
        task_id=inspection.pk,
        user_id=housekeeping_manager.pk,
        now=READY + timedelta(minutes=10),
    )
    assert news(hotel) == ["Room 102 is ready since 13:30"]


def test_open_findings_are_counted(hotel, leaving, cleaner):
    for text in ("Lamp", "Scarf"):
        task = task_of(leaving, "departure")
        report_finding(
            hotel_id=hotel.pk, kind="damage", text=text, task_id=task.pk, user_id=cleaner.pk, now=READY
        )
    assert news(hotel) == ["2 damages and lost things wait to be settled"]


def test_who_does_not_see_reservations_hears_nothing(hotel, clean):
    clean()
    assert news(hotel, held={Permission.SEE_CLEANING}) == []


def test_another_hotel_hears_nothing(other_hotel, clean):
    clean()
    assert news(other_hotel) == []


def test_it_costs_three_queries_for_any_number_of_rooms(hotel, cleaner, django_assert_num_queries):
    for number in range(101, 109):
        leaving = book(hotel, str(number), days(-2), TODAY, plan=True)
        book(hotel, str(number), TODAY, days(2), plan=True)
        finish_task(
            hotel_id=hotel.pk,
            task_id=task_of(leaving, "departure").pk,
            user_id=cleaner.pk,
            now=READY,
        )
    with django_assert_num_queries(3):
        assert len(news(hotel)) == 8


# --- where it is shown --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["desk", "hotel_home"])
def test_the_pages_of_the_desk_show_it_and_turn_when_it_comes(client, hotel, receptionist, clean, page):
    client.force_login(receptionist)
    address = reverse(page, args=[hotel.slug])
    context = client.get(address).context
    live = context["live_url"]
    assert client.get(live, headers={"HX-Request": "true"}).status_code == 204
    clean()
    response = client.get(live, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "Room 102 is ready since 13:20" in response.content.decode()


def test_the_desk_shows_it_on_the_present_day_only(client, hotel, receptionist, clean):
    clean()
    client.force_login(receptionist)
    tomorrow = reverse("desk", args=[hotel.slug], query={"day": days(1)})
    assert "is ready since" not in client.get(tomorrow).content.decode()


# --- told to you --------------------------------------------------------------------------------------------------


def test_late_work_is_on_the_first_page_of_who_was_told_until_it_is_read(
    client, hotel, leaving, housekeeping_manager, receptionist
):
    end = task_of(leaving, "departure").window_end
    tell_overdue(end)
    write_messages(end + timedelta(minutes=1))
    address = reverse("hotel_home", args=[hotel.slug])
    client.force_login(receptionist)
    assert "1 late" not in client.get(address).content.decode()
    client.force_login(housekeeping_manager)
    assert "1 late: Hotel Paradise" in client.get(address).content.decode()
    message = CleanerMessage.objects.get()
    response = client.post(reverse("news_read"), {"message": [message.pk], "next": address})
    assert response.url == address
    assert "1 late" not in client.get(address).content.decode()


def test_nobody_reads_the_messages_of_others(client, hotel, leaving, housekeeping_manager, stranger):
    end = task_of(leaving, "departure").window_end
    tell_overdue(end)
    write_messages(end + timedelta(minutes=1))
    client.force_login(stranger)
    client.post(reverse("news_read"), {"message": [CleanerMessage.objects.get().pk]})
    assert CleanerMessage.objects.get().read_at is None


@pytest.mark.parametrize("wanted", ["https://example.org/", "//example.org/", "javascript:alert(1)", ""])
def test_reading_leads_to_a_page_of_ours_only(client, receptionist, wanted):
    client.force_login(receptionist)
    assert client.post(reverse("news_read"), {"next": wanted}).url == reverse("home")
