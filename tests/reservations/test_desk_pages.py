"""The pages of the front desk: who may look and act, what the lists show, and that they stay fast and fresh."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cleaning.choices import TaskState
from cleaning.models import CleaningTask
from reservations.choices import DeskState, LedgerKind, StayState, StayStatus
from reservations.front_desk import check_in, check_out, no_show
from reservations.ledger import add_entry
from reservations.ledger_choices import PaymentMethod
from reservations.models import Hotel, Property, Room, RoomType, Stay
from tests.reservations.records import FIRST, Desk, booking, stay
from tests.reservations.test_front_desk import Clock, TypeDesk, room, split, the_stay

pytestmark = pytest.mark.django_db

DESK = "/h/paradise/desk/"


@pytest.fixture
def clock():
    """Four in the afternoon in Madrid, on the day on which most guests of the tests arrive."""
    with time_machine.travel(datetime(2031, 6, 10, 14, tzinfo=UTC), tick=False) as traveller:
        yield Clock(traveller)


@pytest.fixture
def desk(hotel: Hotel, clock: Clock) -> TypeDesk:
    return TypeDesk(hotel)


@pytest.fixture
def reception(client: Client, receptionist: Any, clock: Clock) -> Client:
    client.force_login(receptionist)
    return client


def words(response: Any, section: str = "") -> str:
    """What a reader sees, in one of the lists: no tags, single spaces."""
    text = response.content.decode()
    if section:
        found = re.search(rf'<section[^>]*id="{section}".*?</section>', text, re.DOTALL)
        text = found[0] if found else ""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text)))


def figures(response: Any) -> list[int]:
    """Expected, to leave, in house."""
    return [int(n) for n in re.findall(r'class="figure-number">(\d+)<', response.content.decode())]


def url(row: Stay, act: str) -> str:
    return f"{DESK}{row.pk}/{act}/"


class TestAccess:
    def test_nobody_looks_without_signing_in(self, client, hotel):
        for address in (DESK, f"{DESK}list/"):
            assert client.get(address)["Location"].startswith("/accounts/login/")

    def test_a_stranger_finds_nothing_and_does_nothing(self, client, desk, stranger):
        desk.take(booking())
        client.force_login(stranger)
        assert client.get(DESK).status_code == 404
        assert client.get(f"{DESK}list/").status_code == 404
        for act in ("check-in", "check-out", "no-show", "take-back"):
            assert client.post(url(the_stay(), act)).status_code == 404
            assert client.post(url(the_stay(), act).replace("paradise", "mirador")).status_code == 404

        assert the_stay().desk_state == ""

    def test_a_cleaner_sees_no_guests(self, client, cleaner, desk):
        client.force_login(cleaner)

        assert client.get(DESK).status_code == 403
        assert client.get(f"{DESK}list/").status_code == 403

    def test_who_may_not_change_bookings_looks_and_does_nothing(self, client, housekeeping_manager, desk):
        desk.take(booking())
        client.force_login(housekeeping_manager)
        page = client.get(DESK)

        assert "Mara Quill" in words(page)
        assert "desk-act" not in page.content.decode()
        assert client.get(url(the_stay(), "check-in")).status_code == 403
        for act in ("check-in", "check-out", "no-show", "take-back"):
            assert client.post(url(the_stay(), act)).status_code == 403

    def test_acting_needs_a_post(self, reception, desk):
        desk.take(booking())

        assert reception.get(url(the_stay(), "check-out")).status_code == 405
        assert the_stay().desk_state == ""

    def test_another_hotels_guests_are_not_on_the_list(self, reception, desk, other_hotel):
        Desk(other_hotel, connection_id=2).take(booking("B", name="Somebody Else", stays=(stay(room="1"),)))

        assert "Somebody Else" not in words(reception.get(DESK))


class TestLists:
    def test_guests_are_where_they_belong(self, reception, desk):
        desk.take(
            booking("arrives", name="Ada Arrives"),
            booking("leaves", name="Lea Leaves", stays=(stay(arrival=-2, room="102"),)),
            booking("sleeps", name="Sam Sleeps", stays=(stay(arrival=-1, nights=4, room="103"),)),
            booking("later", name="Lara Later", stays=(stay(arrival=1, room="104"),)),
            booking("gone", name="Gus Gone", stays=(stay(arrival=-3, room="105"),)),
            booking("off", name="Olaf Off", status=StayStatus.CANCELLED),
        )
        Stay.objects.filter(guest_name="Sam Sleeps").update(state=StayState.IN_HOUSE)
        page = reception.get(DESK)

        assert "Ada Arrives" in words(page, "arrivals")
        assert "Lea Leaves" in words(page, "departures")
        assert "Sam Sleeps" in words(page, "in-house")
        assert figures(page) == [1, 1, 1]
        for name in ("Lara Later", "Gus Gone", "Olaf Off"):
            assert name not in words(page)

    def test_who_came_and_who_left_is_counted(self, reception, desk, hotel, receptionist):
        desk.take(booking(), booking("B", stays=(stay(arrival=-2, room="102"),)))
        check_in(hotel=hotel, user=receptionist, stay_id=the_stay().pk)
        check_out(hotel=hotel, user=receptionist, stay_id=the_stay("B").pk)
        page = reception.get(DESK)

        assert figures(page) == [0, 0, 1]
        assert "came 16:00" in words(page, "arrivals")
        assert "left 16:00" in words(page, "departures")
        assert "Mara Quill" in words(page, "in-house")

    def test_who_has_not_come_is_still_expected_the_day_after(self, reception, clock, desk):
        desk.take(booking())
        clock.at(1)
        page = reception.get(DESK)

        assert "expected since 10 Jun" in words(page, "arrivals")
        assert "Mara Quill" not in words(page, "in-house")

    def test_who_came_a_day_late_has_come_today(self, reception, clock, desk, hotel, receptionist):
        desk.take(booking())
        clock.at(1)
        check_in(hotel=hotel, user=receptionist, stay_id=the_stay().pk)

        assert "came 12:00" in words(reception.get(DESK), "arrivals")
        clock.at(2, hour=1)
        # Three in the morning: before the night audit it is still the day before.
        assert "came 12:00" in words(reception.get(DESK), "arrivals")
        clock.at(2, hour=3)
        assert "Mara Quill" not in words(reception.get(DESK), "arrivals")

    def test_who_did_not_come_stays_on_the_list_and_can_be_taken_back(
        self, reception, desk, hotel, receptionist
    ):
        desk.take(booking())
        no_show(hotel=hotel, user=receptionist, stay_id=the_stay().pk)
        page = reception.get(DESK)

        assert "did not come" in words(page, "arrivals")
        assert "Take the no-show back" in words(page, "arrivals")
        assert figures(page) == [0, 0, 0]

    def test_who_should_have_left_is_shown_and_can_leave(self, reception, clock, desk, hotel, receptionist):
        desk.take(booking())
        check_in(hotel=hotel, user=receptionist, stay_id=the_stay().pk)
        clock.at(3)
        page = reception.get(DESK)
        assert "should have left on 12 Jun" in words(page, "in-house")

        reception.post(url(the_stay(), "check-out"))
        assert "Mara Quill" not in words(reception.get(DESK), "in-house")

    def test_who_was_let_in_early_is_in_house(self, reception, clock, desk, hotel, receptionist):
        desk.take(booking())
        clock.at(-1, hour=21)
        check_in(hotel=hotel, user=receptionist, stay_id=the_stay().pk, force=True)

        assert "Mara Quill" in words(reception.get(DESK), "in-house")

    def test_a_guest_whose_booking_is_cancelled_does_not_vanish(self, reception, desk, hotel, receptionist):
        desk.take(booking(version=1))
        check_in(hotel=hotel, user=receptionist, stay_id=the_stay().pk)
        desk.take(booking(version=2, status=StayStatus.CANCELLED))
        page = reception.get(DESK)

        assert "booking cancelled" in words(page, "in-house")
        assert "Check out Mara Quill" in words(page, "in-house")

    def test_a_move_is_announced_on_its_day(self, reception, clock, desk, hotel):
        desk.take(booking(stays=(stay(nights=4),)))
        split(the_stay(), (0, 2, "101"), (2, 4, "103"))
        Stay.objects.update(state=StayState.IN_HOUSE)
        assert "moves" not in words(reception.get(DESK))
        clock.at(2)
        page = reception.get(DESK)

        assert "moves from 101 to 103" in words(page, "in-house")
        assert words(page, "in-house").count("Open the booking") == 1
        assert "Mara Quill" not in words(page, "departures")

    def test_a_split_stay_leaves_at_the_end_of_its_last_part(self, reception, clock, desk):
        desk.take(booking(stays=(stay(nights=4),)))
        split(the_stay(), (0, 2, "101"), (2, 4, "103"))
        clock.at(4)
        page = reception.get(DESK)

        assert re.search(r"103 .* Mara Quill 4 nights, since 10 Jun", words(page, "departures"))

    def test_notes_guests_and_channel_are_beside_the_name(self, reception, desk):
        desk.take(booking(channel="booking_com", notes="Late train"))

        assert "2 nights, until 12 Jun · 2 adults · Booking.com" in words(reception.get(DESK), "arrivals")
        assert "Late train" in words(reception.get(DESK), "arrivals")

    def test_what_a_guest_writes_is_text(self, reception, desk):
        desk.take(booking(name="<b>Mara</b>", notes="<script>go()</script>"))
        page = reception.get(DESK).content.decode()

        assert "<b>Mara" not in page
        assert "<script>go" not in page

    def test_another_day_is_shown(self, reception, desk):
        desk.take(booking())
        page = reception.get(f"{DESK}?day=2031-06-09")
        assert "Mara Quill" not in words(page)
        tomorrow = reception.get(f"{DESK}?day=2031-06-11")

        assert "Sleeping here" in words(tomorrow, "in-house")
        assert "Mara Quill" in words(tomorrow, "in-house")
        assert ">Check in<" not in tomorrow.content.decode()

    def test_tomorrows_guest_can_only_come_a_day_early(self, reception, desk):
        desk.take(booking(stays=(stay(arrival=1),)))
        page = words(reception.get(f"{DESK}?day=2031-06-11"), "arrivals")

        assert "Comes a day early" in page
        assert "Check in Mara Quill" not in page
        assert "Did not come" not in page

    @pytest.mark.parametrize("day", ["yesterday", "0001-01-01", "9999-12-31", "2031-02-30"])
    def test_a_day_that_makes_no_sense_is_today(self, reception, desk, day):
        desk.take(booking())

        assert "Mara Quill" in words(reception.get(f"{DESK}?day={day}"))

    @pytest.mark.parametrize(("text", "found"), [("quill", True), ("101", True), ("Brook", False)])
    def test_a_guest_is_found_by_name_or_room(self, reception, desk, text, found):
        desk.take(booking())
        page = words(reception.get(f"{DESK}?q={text}"))

        assert ("Mara Quill" in page) is found
        assert ("Nothing found" in page) is not found

    def test_an_empty_day_teaches(self, reception, desk):
        assert "Nobody comes, goes or sleeps here on this day" in words(reception.get(DESK))

    def test_a_hotel_without_a_property_is_told_what_to_do(self, reception, desk, hotel):
        Room.objects.filter(hotel=hotel).delete()
        RoomType.objects.filter(hotel=hotel).delete()
        Property.objects.filter(hotel=hotel).delete()

        assert "No property yet" in words(reception.get(DESK))
        assert reception.get(f"{DESK}list/").status_code == 200

    def test_a_stay_whose_property_is_not_known_is_shown(self, reception, desk, hotel):
        desk.take(booking())
        Stay.objects.update(property=None, room=None, room_type=None, unmapped=True)

        assert "not mapped" in words(reception.get(DESK), "arrivals")
        assert "Nobody has said yet which of your rooms" in words(reception.get(url(the_stay(), "check-in")))


class TestSeveralHouses:
    @pytest.fixture
    def auckland(self, hotel) -> Property:
        """Half a day ahead of Madrid."""
        house = Property.objects.create(hotel=hotel, name="Akarana", timezone="Pacific/Auckland")
        kind = RoomType.objects.create(hotel=hotel, property=house, name="Whare")
        Room.objects.create(hotel=hotel, property=house, room_type=kind, name="W1")
        return house

    def test_each_house_has_its_own_day(self, reception, clock, desk, auckland):
        desk.take(
            booking(name="Ada Madrid"),
            booking("B", name="Kiri Auckland", stays=(stay(arrival=1, room="W1"),)),
        )
        clock.at(0, hour=17)
        page = words(reception.get(DESK), "arrivals")
        assert "Akarana" in page
        assert "Ada Madrid" in page
        assert "Kiri Auckland" in page  # five in the morning of the 11th there
        assert "expected since" not in page
        clock.at(0, hour=10)

        assert "Kiri Auckland" not in words(reception.get(DESK), "arrivals")

    def test_one_house_can_be_chosen(self, reception, clock, desk, auckland):
        desk.take(
            booking(name="Ada Madrid"),
            booking("B", name="Kiri Auckland", stays=(stay(arrival=1, room="W1"),)),
        )
        clock.at(0, hour=17)
        page = words(reception.get(f"{DESK}?house={auckland.pk}"))

        assert "Kiri Auckland" in page
        assert "Ada Madrid" not in page

    def test_another_hotels_house_is_not_shown(self, reception, desk, other_hotel):
        Desk(other_hotel, connection_id=2).take(booking("B", name="Somebody Else", stays=(stay(room="1"),)))
        house = other_hotel.properties.get()

        assert "Somebody Else" not in words(reception.get(f"{DESK}?house={house.pk}"))


class TestActing:
    def test_a_guest_is_checked_in_with_one_press(self, reception, desk):
        desk.take(booking())
        page = reception.get(DESK)
        assert f'action="{url(the_stay(), "check-in")}"' in page.content.decode()
        response = reception.post(
            url(the_stay(), "check-in"), {"next": f"{DESK}?house=1#arrivals"}, follow=True
        )

        assert response.redirect_chain == [(f"{DESK}?house=1#arrivals", 302)]
        assert "Mara Quill has checked in." in words(response)
        assert the_stay().state == StayState.IN_HOUSE

    def test_a_second_press_does_nothing_more(self, reception, desk):
        desk.take(booking())
        reception.post(url(the_stay(), "check-in"))
        before = the_stay().checked_in_at
        reception.post(url(the_stay(), "check-in"))

        assert the_stay().checked_in_at == before

    @pytest.mark.parametrize(
        "elsewhere", ["//example.org/h/paradise/", "https://example.org/", "/h/mirador/desk/"]
    )
    def test_nobody_is_led_elsewhere(self, reception, desk, elsewhere):
        desk.take(booking())

        assert reception.post(url(the_stay(), "check-in"), {"next": elsewhere})["Location"] == DESK

    def test_out_back_and_away(self, reception, desk):
        desk.take(booking())
        for act, state in (
            ("no-show", DeskState.NO_SHOW),
            ("take-back", ""),
            ("check-in", DeskState.IN_HOUSE),
            ("check-out", DeskState.DEPARTED),
            ("take-back", DeskState.IN_HOUSE),
        ):
            assert reception.post(url(the_stay(), act)).status_code == 302
            assert the_stay().desk_state == state

    def test_a_refusal_is_said_on_the_page(self, reception, clock, desk):
        desk.take(booking())
        clock.at(-1)
        response = reception.post(url(the_stay(), "no-show"), follow=True)

        assert "The guest may still come: the stay begins only on Tue 10 Jun 2031." in words(response)

    def test_without_a_room_the_free_ones_are_offered(self, reception, desk, hotel):
        desk.take(booking(stays=(stay(room="nowhere"),)), booking("B", stays=(stay(room="102"),)))
        kind = RoomType.objects.get(hotel=hotel, name="Doble")
        Stay.objects.filter(pk=the_stay().pk).update(room_type=kind)
        assert "Give a room Mara Quill" in words(reception.get(DESK), "arrivals")
        response = reception.post(url(the_stay(), "check-in"), follow=True)

        assert "Mara Quill has no room yet. Choose one." in words(response)
        offered = [offer.room.name for offer in response.context["offers"]]
        assert offered[0] == "105"  # of the type that was sold
        assert "101" in offered
        assert "102" not in offered
        reception.post(url(the_stay(), "check-in"), {"room": room(hotel, "106").pk})
        assert (the_stay().room.name, the_stay().state) == ("106", StayState.IN_HOUSE)

    def test_a_room_that_somebody_is_still_in_is_not_offered_to_others(
        self, reception, clock, desk, hotel, receptionist
    ):
        desk.take(booking(), booking("B", stays=(stay(arrival=3, room="102"),)))
        check_in(hotel=hotel, user=receptionist, stay_id=the_stay().pk)
        clock.at(3)
        page = reception.get(url(the_stay("B"), "check-in"))

        assert "101" not in [offer.room.name for offer in page.context["offers"]]

    @pytest.mark.parametrize("text", ["-1", "x", "9" * 30, "99999"])
    def test_a_room_that_makes_no_sense_is_not_given(self, reception, desk, text):
        desk.take(booking(stays=(stay(room="nowhere"),)))

        assert reception.post(url(the_stay(), "check-in"), {"room": text}).status_code == 302
        assert the_stay().desk_state == ""

    def test_who_is_overbooked_is_led_to_the_ways_out(self, reception, desk):
        desk.take(*(booking(f"S{n}", booked=n, stays=(stay(room="Suite"),)) for n in range(3)))
        row = Stay.objects.get(overbooked=True)
        page = reception.get(DESK)

        assert "1 guest of this day has no room." in words(page)
        assert "overbooked" in words(page, "arrivals")
        response = reception.post(url(row, "check-in"), follow=True)
        assert "has no room: another guest holds it" in words(response)
        assert Stay.objects.get(pk=row.pk).desk_state == ""

    def test_who_is_overbooked_is_not_shown_in_the_room_of_another(self, client, reception, desk):
        desk.take(booking("A", booked=1), booking("B", booked=2, name="Ada Brook"))
        row = Stay.objects.get(overbooked=True)
        CleaningTask.objects.all().delete()
        page = reception.get(DESK)

        line = re.search(rf'id="arrivals-{row.pk}".*?</li>', page.content.decode(), re.DOTALL)[0]
        assert "<strong>101</strong>" not in line
        assert "sold as 101" in line
        assert ">clean<" not in line
        assert "sold as 101" in words(reception.get(f"{DESK}list/"))
        today = reception.get("/h/paradise/").content.decode()
        assert today.count("<strong>101</strong>") == 1
        assert "sold as 101" in today

    def test_who_is_in_house_by_the_channel_is_named_to_the_next_guest(self, reception, clock, desk):
        told = stay(stay_state=StayState.IN_HOUSE)
        desk.take(booking(stays=(told,)), booking("B", name="Ada Brook", stays=(stay(arrival=2),)))
        clock.at(2)

        assert "Mara Quill has not left yet" in words(reception.get(DESK), "arrivals")

    def test_who_has_not_left_the_room_is_named_and_can_be_passed_over(
        self, reception, clock, desk, hotel, receptionist
    ):
        desk.take(booking(), booking("B", name="Ada Brook", stays=(stay(arrival=2),)))
        check_in(hotel=hotel, user=receptionist, stay_id=the_stay().pk)
        clock.at(2)
        assert "Mara Quill has not left yet" in words(reception.get(DESK), "arrivals")
        page = reception.get(url(the_stay("B"), "check-in"))
        assert "Mara Quill has not checked out of 101 yet." in words(page)
        assert the_stay("B").room in [offer.room for offer in page.context["offers"]]
        reception.post(url(the_stay("B"), "check-in"), {"room": the_stay("B").room_id, "force": "1"})

        assert the_stay("B").desk_state == DeskState.IN_HOUSE

    def test_the_page_of_a_guest_who_is_there_offers_nothing(self, reception, desk):
        desk.take(booking())
        reception.post(url(the_stay(), "check-in"))

        assert "This guest cannot be checked in now." in words(reception.get(url(the_stay(), "check-in")))


class TestCleaning:
    def test_the_room_says_whether_it_is_clean(self, reception, desk):
        desk.take(booking(), booking("B", stays=(stay(arrival=-2),)))
        page = reception.get(DESK)
        assert "to clean until 15:00" in words(page, "arrivals")
        assert "Room 101 is not ready: to clean until 15:00." in page.content.decode()
        task = CleaningTask.objects.get(stay=the_stay("B"), kind="departure")
        CleaningTask.objects.filter(pk=task.pk).update(state=TaskState.IN_PROGRESS, open_key=None)
        assert "being cleaned" in words(reception.get(DESK), "arrivals")
        CleaningTask.objects.filter(pk=task.pk).update(
            state=TaskState.DONE, finished_at=datetime(2031, 6, 10, 10, 40, tzinfo=UTC)
        )
        page = reception.get(DESK)

        assert "cleaned at 12:40" in words(page, "arrivals")
        assert "is not ready" not in page.content.decode()

    def test_a_room_that_nobody_cleaned_yesterday_is_not_clean(self, reception, desk):
        desk.take(booking("B", stays=(stay(arrival=-2, nights=1),)))
        with time_machine.travel(datetime(2031, 6, 8, 12, tzinfo=UTC)):
            desk.take(booking("C", stays=(stay(arrival=-2, nights=1, room="102"),)))
        desk.take(booking(stays=(stay(room="102"),)))

        assert "not cleaned since 9 Jun" in words(reception.get(DESK), "arrivals")

    def test_a_room_without_work_is_clean(self, reception, desk):
        desk.take(booking())
        CleaningTask.objects.all().delete()

        assert "clean" in words(reception.get(DESK), "arrivals")


class TestMoney:
    def test_who_leaves_with_an_open_account_is_seen(self, reception, desk, hotel, manager):
        desk.take(booking(stays=(stay(arrival=-2),)), booking("B", stays=(stay(arrival=-2, room="102"),)))
        account = {"hotel": hotel, "user": manager, "reservation_id": the_stay().reservation_id}
        add_entry(**account, kind=LedgerKind.CHARGE, amount=Decimal("500.50"))
        before = reception.get(DESK)
        add_entry(**account, kind=LedgerKind.PAYMENT, amount=Decimal("100"), method=PaymentMethod.CASH)
        after = reception.get(DESK)
        add_entry(**account, kind=LedgerKind.PAYMENT, amount=Decimal("400.50"), method=PaymentMethod.CASH)

        assert "€500.50 to pay" in words(before, "departures")
        assert words(after, "departures").count("€400.50 to pay") == 1
        assert "to pay" not in words(reception.get(DESK), "departures")

    def test_a_payment_is_seen_without_asking_for_the_page(self, reception, desk, hotel, manager):
        desk.take(booking(stays=(stay(arrival=-2),)))
        asked = html.unescape(re.search(r'hx-get="([^"]*)"', reception.get(DESK).content.decode())[1])
        add_entry(
            hotel=hotel,
            user=manager,
            reservation_id=the_stay().reservation_id,
            kind=LedgerKind.CHARGE,
            amount=Decimal("9"),
        )

        assert reception.get(asked, headers={"HX-Request": "true"}).status_code == 200


class TestFresh:
    def token(self, page: Any) -> str:
        found = re.search(r'hx-get="([^"]*)"', page.content.decode())
        assert found
        return html.unescape(found[1])

    def test_the_same_state_is_not_sent_again(self, reception, desk):
        desk.take(booking())
        asked = self.token(reception.get(DESK))

        assert reception.get(asked, headers={"HX-Request": "true"}).status_code == 204

    def test_what_a_colleague_does_is_seen(self, reception, desk, hotel, manager):
        desk.take(booking())
        asked = self.token(reception.get(f"{DESK}?q=Quill"))
        check_in(hotel=hotel, user=manager, stay_id=the_stay().pk)
        fragment = reception.get(asked, headers={"HX-Request": "true"})

        assert fragment.status_code == 200
        assert "came 16:00" in words(fragment, "arrivals")
        assert "<html" not in fragment.content.decode()
        forms = re.findall(r'name="next" value="([^"]*)"', fragment.content.decode())
        assert {address.partition("#")[0] for address in forms} == {f"{DESK}?q=Quill"}

    def test_a_room_that_was_cleaned_is_seen(self, reception, desk):
        desk.take(booking(), booking("B", stays=(stay(arrival=-2),)))
        asked = self.token(reception.get(DESK))
        CleaningTask.objects.update(state=TaskState.IN_PROGRESS, open_key=None)

        assert reception.get(asked, headers={"HX-Request": "true"}).status_code == 200


class TestPaper:
    def test_the_list_of_the_day(self, reception, desk):
        desk.take(booking(notes="Late train"), booking("B", name="Ada Brook", stays=(stay(arrival=-2),)))
        page = words(reception.get(f"{DESK}list/"))

        for text in (
            "Arrivals (1)",
            "Departures (1)",
            "In house (0)",
            "Mara Quill",
            "Late train",
            "Ada Brook",
        ):
            assert text in page

    def test_it_is_of_the_day_and_the_house_that_were_looked_at(self, reception, desk):
        desk.take(booking())

        assert "Mara Quill" not in words(reception.get(f"{DESK}list/?day=2031-06-09"))


@pytest.mark.parametrize("address", [DESK, f"{DESK}list/"])
def test_the_number_of_queries_does_not_grow(reception, desk, hotel, address):
    house = hotel.properties.get()
    kind = RoomType.objects.get(hotel=hotel, name="Doble")
    Room.objects.bulk_create(
        Room(hotel=hotel, property=house, room_type=kind, name=f"9{n:02}") for n in range(50)
    )
    rooms = list(Room.objects.filter(hotel=hotel, name__startswith="9").order_by("name"))
    counted = []
    for first, last in ((0, 5), (5, 50)):
        desk.take(
            *(
                booking(f"N{n}", name=f"Guest {n}", stays=(stay(arrival=-(n % 3), room=rooms[n].name),))
                for n in range(first, last)
            )
        )
        Stay.objects.filter(arrival=FIRST - timedelta(days=1)).update(state=StayState.IN_HOUSE)
        with CaptureQueriesContext(connection) as queries:
            page = reception.get(address)
        assert words(page).count("Guest ") >= last
        counted.append(len(queries))

    assert counted[0] == counted[1]
    assert counted[0] <= 20


def test_asking_again_is_cheap(reception, desk):
    desk.take(booking())
    asked = html.unescape(re.search(r'hx-get="([^"]*)"', reception.get(DESK).content.decode())[1])
    with CaptureQueriesContext(connection) as queries:
        reception.get(asked, headers={"HX-Request": "true"})

    assert len(queries) <= 12
