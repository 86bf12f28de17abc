"""Bookings made at the desk: what is offered, how they enter and change, and that nothing is sold twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.placements import Placements
from reservations.booking_checks import NoRoomLeft
from reservations.booking_prices import spread
from reservations.booking_search import free_rooms, search
from reservations.choices import ChangeKind, RoomChoice, StayState, StayStatus
from reservations.closures import close_room
from reservations.desk_bookings import book, direct_booking
from reservations.desk_source import DESK, DESK_CONNECTION, DeskPlaces, booking_code
from reservations.events import stays_changed
from reservations.intake import place_again
from reservations.ledger import account_of
from reservations.models import (
    Conflict,
    LedgerEntry,
    Reservation,
    ReservationChange,
    ReservationSource,
    RoomClosure,
    Stay,
    StayNight,
)
from reservations.planning import move_stay
from reservations.rate_choices import MealPlan
from reservations.records import PersonRecord
from tests.people import make_hotel
from tests.reservations.front_office import Office, day, stay_of
from tests.reservations.rates import MONDAY
from tests.reservations.records import Desk, booking, stay
from tests.reservations.test_intake_races import all_at_once

pytestmark = pytest.mark.django_db

TOKEN = "0" * 31 + "1"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2031, 3, 1, 12, tzinfo=UTC)):
        yield


@pytest.fixture
def office(hotel, receptionist) -> Office:
    return Office(hotel, receptionist)


def refused(call: Any, *, error: type[ValidationError] = ValidationError) -> str:
    with pytest.raises(error) as problem:
        call()
    return " ".join(problem.value.messages)


class TestSearch:
    def test_free_rooms_are_those_of_the_fullest_night(self, office):
        office.book(0, 1)
        office.book(1, 1)
        office.book(1, 1)

        assert office.offer(arrival=0, nights=2).free == 4
        assert office.offer(arrival=0, nights=1).free == 5
        assert office.offer(arrival=2, nights=3).free == 6

    def test_a_guest_who_leaves_makes_room_for_one_who_comes(self, office):
        office.book(0, 2, kind="Suite")
        office.book(0, 2, kind="Suite")

        assert office.offer("Suite", arrival=0, nights=2).free == 0
        assert office.offer("Suite", arrival=2, nights=1).free == 2

    def test_a_full_type_says_on_which_nights(self, office):
        office.book(1, 1, kind="Suite")
        office.book(1, 1, kind="Suite")
        offer = office.offer("Suite", arrival=0, nights=3)

        assert list(offer.obstacles) == ["full on 4 Mar"]
        assert not offer.has_room

    def test_a_closed_room_is_not_offered(self, office, hotel):
        for name in ("111", "112"):
            close_room(RoomClosure(hotel=hotel, room=office.room(name), first=day(0), last=day(1)))

        assert office.offer("Suite", arrival=0, nights=1).free == 0
        assert office.offer("Suite", arrival=1, nights=1).free == 2

    def test_a_type_that_is_too_small_says_so(self, office):
        assert list(office.offer("Individual", adults=1, children=1).obstacles) == ["for 1 guest at most"]
        assert not office.offer("Doble", adults=1, children=1).obstacles

    def test_the_price_is_the_sum_of_its_nights(self, office):
        office.rates.set("90", first=0, last=0)
        office.rates.set("110.5", first=1, last=1)
        (rate,) = office.offer(arrival=0, nights=2).rates

        assert rate.total == Decimal("200.50")
        assert list(rate.prices.values()) == [90, Decimal("110.5")]
        assert rate.is_for_sale

    @pytest.mark.parametrize(
        ("where", "rule", "said"),
        [
            (0, {"minimum_stay": 3}, "at least 3 nights"),
            (0, {"maximum_stay": 1}, "at most 1 night"),
            (1, {"closed": True}, "closed on 4 Mar"),
            (0, {"closed_to_arrival": True}, "no arrival on 3 Mar"),
            (2, {"closed_to_departure": True}, "no departure on 5 Mar"),
        ],
    )
    def test_a_rule_that_forbids_the_stay_is_named(self, office, where, rule, said):
        office.rates.set("90")
        office.rates.set(first=where, last=where, **rule)
        (rate,) = office.offer(arrival=0, nights=2).rates

        assert list(rate.obstacles) == [said]
        assert not rate.is_for_sale

    @pytest.mark.parametrize(
        ("where", "rule"),
        [
            (1, {"minimum_stay": 3}),
            (1, {"closed_to_arrival": True}),
            (1, {"closed_to_departure": True}),
            (2, {"closed": True}),
            (2, {"closed_to_arrival": True}),
        ],
    )
    def test_a_rule_of_another_night_does_not_forbid_it(self, office, where, rule):
        office.rates.set("90")
        office.rates.set(first=where, last=where, **rule)

        assert office.offer(arrival=0, nights=2).rates[0].is_for_sale

    def test_a_night_without_a_price_is_named(self, office):
        office.rates.set("90", first=0, last=0)
        (rate,) = office.offer(arrival=0, nights=6).rates

        assert list(rate.obstacles) == ["no price on 4 Mar, 5 Mar, 6 Mar and 2 more nights"]
        assert rate.total is None

    def test_what_can_be_sold_comes_first_and_the_cheapest_first(self, office):
        office.rates.set("90", room_types=[office.kind("Doble")])
        office.rates.set("70", room_types=[office.kind("Suite")])

        names = [offer.kind.name for offer in search(office.asked(adults=1))]
        assert names == ["Suite", "Doble", "Individual"]

    def test_only_plans_in_use_are_offered(self, office):
        plan = office.rates.plan("Old")
        plan.is_active = False
        plan.save()

        assert office.offer().rates == []

    def test_the_number_of_queries_grows_with_nothing(self, office, hotel):
        office.rates.set("90")
        with CaptureQueriesContext(connection) as few:
            search(office.asked(0, 1))
        office.rates.plan("Other")
        for n in range(4):
            office.book(n, 2)
        with CaptureQueriesContext(connection) as many:
            search(office.asked(0, 30))

        assert len(few) == len(many) <= 7

    def test_rooms_that_are_free_all_the_time_are_listed_in_their_order(self, office, hotel):
        office.book(0, 1, room="105")
        office.book(1, 1, room="107")
        close_room(RoomClosure(hotel=hotel, room=office.room("109"), first=day(1), last=day(2)))

        names = [room.name for room in free_rooms(office.kind(), day(0), day(2))]
        assert names == ["106", "108", "110"]
        assert next(room.name for room in free_rooms(office.kind(), day(2), day(3))) == "105"


class TestBooking:
    def test_it_is_a_booking_like_any_other(self, office, receptionist):
        made = office.book(notes="Late train", channel="phone")
        row = stay_of(made)

        assert (made.status, made.channel, made.total, made.currency) == ("confirmed", "phone", 160, "EUR")
        assert (made.booker.name, made.booker.email, made.notes) == (
            "Mara Quill",
            "mara@example.org",
            "Late train",
        )
        assert (row.room_type.name, row.arrival, row.departure) == ("Doble", day(0), day(2))
        assert row.room is not None
        assert row.room_choice == RoomChoice.AUTOMATIC
        assert not row.unmapped
        assert [night.price for night in row.nights.all()] == [80, 80]
        assert ReservationChange.objects.get().user == receptionist
        source = ReservationSource.objects.get()
        assert (source.connection_id, source.provider) == (DESK_CONNECTION, "desk")

    def test_its_code_can_be_read_out(self, office):
        made = office.book()

        assert made.channel_ref == booking_code(made.sources.get().external_id)
        assert len(made.channel_ref) == 9
        assert not set(made.channel_ref) & set("01OI")

    def test_everybody_hears_of_it(self, office):
        heard = []

        def hear(change: Any, **_: Any) -> None:
            heard.append(change)

        stays_changed.connect(hear)
        try:
            made = office.book()
        finally:
            stays_changed.disconnect(hear)

        (change,) = heard
        assert change.stay_ids == {stay_of(made).pk}
        assert (office.kind().pk, day(0), day(2)) in change.type_spans

    def test_it_is_charged(self, office, receptionist):
        (line,) = account_of(office.book()).lines

        assert (line.entry.amount, line.entry.purpose, line.entry.user) == (160, "stay", receptionist)

    def test_it_costs_what_the_rate_says(self, office):
        office.rates.set("90", first=0, last=0)
        office.rates.set("110", first=1, last=1)
        made = office.book(plan=office.rates.plan(), quoted=Decimal(200))

        assert made.total == 200
        assert [night.price for night in stay_of(made).nights.order_by("date")] == [90, 110]
        assert stay_of(made).details == [{"kind": "meal_plan", "text": "Standard · Room only"}]
        assert account_of(made).charged == 200

    def test_a_price_that_changed_since_the_page_was_opened_is_told_first(self, office):
        office.rates.set("100")
        quoted = {"plan": office.rates.plan(), "quoted": Decimal(180)}

        assert "€200.00 now" in refused(lambda: office.book(**quoted))
        assert not Reservation.objects.exists()

    def test_a_rate_that_may_not_be_sold_any_more_is_refused(self, office):
        office.rates.set("100", minimum_stay=3)

        assert "at least 3 nights" in refused(lambda: office.book(plan=office.rates.plan()))

    def test_a_price_by_hand_has_a_reason_and_is_spread_over_the_nights(self, office):
        made = office.book(0, 3, agreed=Decimal("100.00"), reason="regular guest")

        assert [str(night.price) for night in stay_of(made).nights.order_by("date")] == [
            "33.340",
            "33.330",
            "33.330",
        ]
        assert stay_of(made).details == [{"kind": "price_by_hand", "text": "regular guest"}]
        assert "why" in refused(lambda: office.book(agreed=Decimal(100), reason=" "))
        assert "decimals" in refused(lambda: office.book(agreed=Decimal("1.005"), reason="x"))
        assert "zero or more" in refused(lambda: office.book(agreed=Decimal(-1), reason="x"))

    def test_a_stay_for_nothing_charges_nothing(self, office):
        made = office.book(agreed=Decimal(0), reason="owner's sister")

        assert made.total == 0
        assert not LedgerEntry.objects.exists()

    def test_without_any_price_nothing_is_booked(self, office):
        assert "Choose a rate" in refused(lambda: office.book(agreed=None))

    def test_one_form_books_once(self, office):
        first = office.book(token=TOKEN)
        again = office.book(token=TOKEN)

        assert first == again
        assert Stay.objects.count() == 1
        assert LedgerEntry.objects.count() == 1

    def test_a_form_that_comes_again_later_undoes_nothing(self, office):
        made = office.book(token=TOKEN, notes="Late train")
        office.change(made, office.wish(notes="Early train"))
        office.book(token=TOKEN, notes="Late train")
        made.refresh_from_db()

        assert made.notes == "Early train"

    def test_the_same_form_in_another_hotel_is_another_booking(self, office, stranger, other_hotel):
        first = office.book(token=TOKEN)
        other = Office(other_hotel, stranger).book(token=TOKEN)

        assert first != other
        assert other.hotel == other_hotel
        first.refresh_from_db()
        assert first.hotel == office.hotel

    @pytest.mark.parametrize("token", ["", "x", "1:" + "0" * 30, "0" * 33])
    def test_a_form_that_was_tampered_with_is_refused(self, office, token):
        wish = office.wish()

        assert refused(lambda: book(hotel=office.hotel, user=office.user, token=token, wish=wish))

    def test_a_chosen_room_is_promised(self, office):
        made = office.book(room="107")

        assert stay_of(made).room.name == "107"
        assert stay_of(made).room_choice == RoomChoice.PERSON

    def test_a_room_that_is_taken_is_refused_by_name(self, office, hotel):
        office.book(0, 2, room="107")
        close_room(RoomClosure(hotel=hotel, room=office.room("108"), first=day(0), last=day(1)))

        said = refused(lambda: office.book(1, 2, room="107"), error=NoRoomLeft)
        assert "107 is not free: Mara Quill has it, 3–5 Mar 2031" in said
        assert "108" in refused(lambda: office.book(0, 1, room="108"), error=NoRoomLeft)
        assert "type" in refused(lambda: office.book(room="101"))
        assert office.book(2, 2, room="107").pk

    @pytest.mark.parametrize("name", ["house", "kind", "plan", "room"])
    def test_another_hotels_rows_are_refused(self, office, other_hotel, stranger, name):
        theirs = Office(other_hotel, stranger)
        wish = office.wish()
        if name == "house":
            wish = replace(wish, asked=replace(wish.asked, house=theirs.house))
        else:
            row = {"kind": theirs.kind(), "plan": theirs.rates.plan(), "room": theirs.room("1")}[name]
            wish = replace(wish, **{name: row})

        said = refused(lambda: book(hotel=office.hotel, user=office.user, token=TOKEN, wish=wish))
        assert "another hotel" in said

    def test_a_guest_has_a_name_and_no_card_number(self, office):
        assert "who comes" in refused(lambda: office.book(guest=PersonRecord(name=" ")))
        assert "payment card" in refused(lambda: office.book(notes="Visa 4111111111111111"))


class TestDates:
    def test_a_guest_who_comes_after_midnight_gets_the_night_that_has_begun(self, office):
        today = (date(2031, 3, 1) - MONDAY).days

        assert office.book(today - 1, 1).pk
        assert "over" in refused(lambda: office.book(today - 2, 1))
        assert "over" in refused(lambda: office.book(today - 2, 5))

    def test_today_is_the_propertys(self, db, receptionist):
        far = make_hotel("Far", "far", {("Doble", 2): ("1",)}, timezone="Pacific/Kiritimati")
        office = Office(far, receptionist)
        with time_machine.travel(datetime(2031, 3, 1, 11, tzinfo=UTC)):  # 1:00 on the 2nd there
            assert office.book((date(2031, 3, 1) - MONDAY).days, 1).pk
            assert "over" in refused(lambda: office.book((date(2031, 2, 28) - MONDAY).days, 3))

    @pytest.mark.parametrize(("nights", "said"), [(0, "after the arrival"), (-1, "after"), (366, "a year")])
    def test_a_stay_has_between_one_night_and_a_year(self, office, nights, said):
        assert said in refused(lambda: office.book(0, nights))

    def test_not_beyond_three_years(self, office):
        assert "three years" in refused(lambda: office.book(1200, 1))

    @pytest.mark.parametrize(
        ("arrival", "departure"),
        [
            (date(2031, 12, 30), date(2032, 1, 2)),
            (date(2032, 2, 28), date(2032, 3, 1)),
            (date(2031, 3, 29), date(2031, 3, 31)),
        ],
        ids=["new-year", "29-february", "clocks-change"],
    )
    def test_nights_are_dates(self, office, arrival, departure):
        made = office.book((arrival - MONDAY).days, (departure - arrival).days)
        dates = [night.date for night in stay_of(made).nights.order_by("date")]

        assert dates == [arrival + timedelta(days=n) for n in range((departure - arrival).days)]


class TestNoRoomLeft:
    @pytest.fixture
    def full(self, office) -> Office:
        """Both suites are booked for two nights."""
        office.book(0, 2, kind="Suite")
        office.book(0, 2, kind="Suite")
        return office

    def test_the_last_room_is_sold_once(self, full):
        refused(lambda: full.book(1, 1, kind="Suite"), error=NoRoomLeft)

        assert Reservation.objects.count() == 2
        assert LedgerEntry.objects.count() == 2
        assert ReservationChange.objects.filter(kind=ChangeKind.OVERBOOKED).count() == 0
        assert full.book(2, 1, kind="Suite").pk

    def test_who_wants_it_overbooks_knowingly(self, full):
        made = full.book(1, 1, kind="Suite", anyway=True)

        assert stay_of(made).overbooked
        assert not Stay.objects.exclude(reservation=made).filter(overbooked=True).exists()
        assert account_of(made).charged == 160

    def test_a_room_that_somebody_has_is_sold_again_knowingly(self, office):
        first = office.book(room="107")
        made = office.book(room="107", anyway=True)

        assert stay_of(made).overbooked
        assert not stay_of(first).overbooked

    def test_a_channels_booking_comes_before_the_desks(self, office, hotel):
        for n, room in enumerate(("111", "112")):
            Desk(hotel).take(booking(f"B{n}", stays=(stay(arrival=-99, nights=2, room=room),)))

        refused(lambda: office.book(0, 1, kind="Suite"), error=NoRoomLeft)

    def test_a_guest_who_would_have_to_change_rooms_is_not_booked_unasked(self, office):
        office.book(0, 1, kind="Suite", room="111")
        office.book(1, 1, kind="Suite", room="112")
        assert office.offer("Suite", arrival=0, nights=2).free == 1

        said = refused(lambda: office.book(0, 2, kind="Suite"), error=NoRoomLeft)
        assert said == "No single room of Suite is free for the whole stay: the guest would change rooms."
        made = office.book(0, 2, kind="Suite", anyway=True)
        assert Conflict.objects.get().stay == stay_of(made)

    def test_who_would_lose_a_room_is_named(self, office):
        """A guest in the house comes first: whoever booked the next night would have none."""
        here = office.book(-2, 2, kind="Suite", room="111")
        Stay.objects.update(state=StayState.IN_HOUSE, desk_state="in_house")
        office.book(0, 1, kind="Suite", room="111", guest=PersonRecord(name="Odo Vance"))

        said = refused(lambda: office.change(here, office.wish(-2, 3, kind="Suite")), error=NoRoomLeft)
        assert said == "Odo Vance, 3–4 Mar 2031, would be left without a room."
        assert not Conflict.objects.exists()

    def test_a_room_that_is_closed_on_the_new_nights_is_not_kept_unasked(self, office, hotel):
        made = office.book(0, 1, room="107")
        close_room(RoomClosure(hotel=hotel, room=office.room("107"), first=day(1), last=day(2)))

        said = refused(lambda: office.change(made, office.wish(0, 2)), error=NoRoomLeft)
        assert said == "Room 107 is closed on 4 Mar 2031."

    def test_the_sentence_says_what_is_full(self, full):
        said = refused(lambda: full.book(0, 2, kind="Suite"), error=NoRoomLeft)

        assert said == "The last room of Suite is gone on 3–4 Mar 2031."

    def test_guests_move_together_to_make_room(self, office):
        """Six doubles hold six guests for every night, whatever rooms they were given first."""
        rooms = office.kind().rooms.count()
        for n in range(rooms):
            office.book(n % 2, 1)
            office.book(2, 1)
        for n in range(rooms):
            office.book((n + 1) % 2, 1)

        assert not Stay.objects.filter(overbooked=True).exists()
        assert StayNight.objects.filter(overbooked=False, room__isnull=False).count() == 3 * rooms


class TestChanging:
    def test_other_dates_move_the_nights_and_the_charge(self, office, receptionist):
        made = office.book()
        office.change(made, office.wish(5, 3, agreed=Decimal(240), reason="three nights"))
        made.refresh_from_db()

        assert (made.arrival, made.departure, made.total) == (day(5), day(8), 240)
        assert StayNight.objects.count() == 3
        assert account_of(made).charged == 240
        assert [line.entry.kind for line in account_of(made).lines] == ["charge", "reversal", "charge"]
        line = made.changes.latest("pk")
        assert line.user == receptionist
        assert line.fields["arrival"] == [day(0).isoformat(), day(5).isoformat()]

    def test_another_guest_keeps_price_room_and_charge(self, office):
        made = office.book(room="107")
        office.change(made, office.wish(guest=PersonRecord(name="Odo Vance"), agreed=None, notes="Sea view"))
        made.refresh_from_db()

        assert (made.booker.name, made.booker.email, made.notes) == ("Odo Vance", "", "Sea view")
        assert (made.total, stay_of(made).room.name, stay_of(made).guest_name) == (160, "107", "Odo Vance")
        assert stay_of(made).room_choice == RoomChoice.PERSON
        assert LedgerEntry.objects.count() == 1

    def test_other_nights_need_another_price(self, office):
        made = office.book()

        assert "other ones now" in refused(lambda: office.change(made, office.wish(1, 2, agreed=None)))
        assert "other ones now" in refused(
            lambda: office.change(made, office.wish(kind="Suite", agreed=None))
        )

    def test_another_rate_is_charged(self, office):
        office.rates.plan(meal_plan=MealPlan.BREAKFAST)
        office.rates.set("95")
        made = office.book()
        office.change(made, office.wish(plan=office.rates.plan(), agreed=None))

        assert account_of(made).charged == 190
        assert stay_of(made).details == [{"kind": "meal_plan", "text": "Standard · Breakfast"}]

    def test_another_type_gives_another_room(self, office):
        made = office.book(room="107")
        office.change(made, office.wish(kind="Suite"))
        row = stay_of(made)

        assert row.room_type.name == "Suite"
        assert row.room.name in ("111", "112")
        assert row.room_choice == RoomChoice.AUTOMATIC

    def test_its_own_nights_are_free_for_it(self, office):
        made = office.book(0, 2, kind="Suite")
        office.book(0, 2, kind="Suite")
        asked = office.asked(1, 2)

        assert [o.free for o in search(asked, without=stay_of(made)) if o.kind.name == "Suite"] == [1]
        office.change(made, office.wish(1, 2, kind="Suite"))
        assert not stay_of(made).overbooked

    def test_a_longer_stay_that_does_not_fit_is_refused(self, office):
        made = office.book(0, 1, kind="Suite")
        for _ in range(2):
            office.book(1, 1, kind="Suite")

        refused(lambda: office.change(made, office.wish(0, 2, kind="Suite")), error=NoRoomLeft)
        assert stay_of(made).departure == day(1)
        office.change(made, office.wish(0, 2, kind="Suite"), anyway=True)
        assert Stay.objects.filter(overbooked=True).count() == 1

    def test_a_promised_room_that_is_not_free_on_the_new_nights_is_given_up_when_any_will_do(self, office):
        made = office.book(0, 1, room="107")
        office.book(1, 1, room="107")
        wish = office.wish(0, 2)

        refused(lambda: office.change(made, wish), error=NoRoomLeft)
        office.change(made, wish, any_room=True)
        row = stay_of(made)
        assert row.room.name != "107"
        assert (row.room_choice, row.overbooked) == (RoomChoice.AUTOMATIC, False)

    def test_a_room_that_was_given_on_the_board_stays(self, office, receptionist):
        made = office.book(room="107")
        move_stay(
            hotel=office.hotel, user=receptionist, stay_id=stay_of(made).pk, room_id=office.room("110").pk
        )
        office.change(made, office.wish(0, 3))

        assert stay_of(made).room.name == "110"

    def test_who_looked_at_an_older_version_looks_again(self, office):
        made = office.book()
        seen = direct_booking(office.hotel, made.pk).version
        office.change(made, office.wish(notes="first"), seen=seen)

        assert "Look at it again" in refused(lambda: office.change(made, office.wish(notes="x"), seen=seen))
        assert "Look at it again" in refused(lambda: office.cancel(made, seen=seen))

    def test_a_clock_that_went_back_loses_no_change(self, office):
        made = office.book()
        with time_machine.travel(datetime(2031, 3, 1, 9, tzinfo=UTC)):
            office.change(made, office.wish(notes="earlier by the clock"))
        made.refresh_from_db()

        assert made.notes == "earlier by the clock"

    def test_a_channels_booking_is_not_changed_here(self, office, hotel):
        Desk(hotel).take(booking())
        made = Reservation.objects.get()

        for call in (office.change, office.cancel):
            args = (office.wish(),) if call == office.change else ()
            assert "changed there" in refused(lambda call=call, args=args: call(made, *args, seen=1))

    def test_another_hotels_booking_is_not_found(self, office, other_hotel, stranger):
        made = office.book()
        theirs = Office(other_hotel, stranger)

        for call in (lambda: theirs.change(made, theirs.wish(), seen=1), lambda: theirs.cancel(made, seen=1)):
            with pytest.raises(Reservation.DoesNotExist):
                call()

    def test_a_guest_in_the_house_stays_longer_and_does_not_arrive_anew(self, office):
        made = office.book(-2, 3)
        Stay.objects.filter(reservation=made).update(state=StayState.IN_HOUSE, desk_state="in_house")

        assert "in the house" in refused(lambda: office.change(made, office.wish(-1, 2)))
        assert "planning" in refused(lambda: office.change(made, office.wish(-2, 3, kind="Suite")))
        office.change(made, office.wish(-2, 5))
        assert (stay_of(made).departure, stay_of(made).state) == (day(3), StayState.IN_HOUSE)

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"state": StayState.DEPARTED, "desk_state": "departed"}, "has left"),
            ({"status": StayStatus.NO_SHOW, "desk_state": "no_show"}, "did not come"),
        ],
    )
    def test_nights_that_are_over_stay_as_they_are(self, office, values, said):
        made = office.book(-2, 3)
        Stay.objects.filter(reservation=made).update(**values)

        assert said in refused(lambda: office.change(made, office.wish(-2, 4)))
        office.change(made, office.wish(-2, 3, agreed=None, notes="left a coat"))
        made.refresh_from_db()
        assert made.notes == "left a coat"

    def test_placing_it_again_changes_nothing(self, office, hotel):
        made = office.book(room="107")
        result = place_again(
            hotel_id=hotel.pk,
            reservation_ids=[made.pk],
            place=Placements(hotel.pk),
            now=datetime(2031, 3, 2, tzinfo=UTC),
        )

        assert result.changes == []
        assert stay_of(made).room.name == "107"


class TestCancelling:
    def test_the_room_is_free_and_the_charge_is_taken_back(self, office, receptionist):
        made = office.book(room="107")
        office.cancel(made, reason="ill")
        made.refresh_from_db()

        assert made.status == StayStatus.CANCELLED
        assert made.cancelled_at is not None
        assert not StayNight.objects.exists()
        assert account_of(made).charged == 0
        assert {"kind": "cancellation", "text": "ill"} in made.details
        line = made.changes.latest("pk")
        assert (line.kind, line.user) == (ChangeKind.CANCELLED, receptionist)
        assert office.book(room="107").pk

    def test_a_fee_is_charged_instead(self, office):
        made = office.book()
        office.cancel(made, fee=Decimal(40))
        account = account_of(made)

        assert account.charged == 40
        assert account.lines[-1].entry.purpose == "cancellation"

    def test_a_reason_is_given(self, office):
        made = office.book()

        assert "why" in refused(lambda: office.cancel(made, reason=" "))
        assert "payment card" in refused(lambda: office.cancel(made, reason="4111111111111111"))

    def test_what_is_cancelled_stays_cancelled(self, office):
        made = office.book()
        office.cancel(made)

        assert "cancelled" in refused(lambda: office.cancel(made))
        assert "cancelled" in refused(lambda: office.change(made, office.wish()))

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"state": StayState.IN_HOUSE}, "has come"),
            ({"state": StayState.DEPARTED}, "has come"),
            ({"status": StayStatus.NO_SHOW}, "did not come"),
        ],
    )
    def test_who_came_is_not_cancelled(self, office, values, said):
        made = office.book(-2, 3)
        Stay.objects.filter(reservation=made).update(**values)

        assert said in refused(lambda: office.cancel(made))

    def test_who_waited_gets_the_room(self, office):
        first = office.book(0, 1, kind="Suite")
        office.book(0, 1, kind="Suite")
        waiting = office.book(0, 1, kind="Suite", anyway=True)
        office.cancel(first)

        assert not stay_of(waiting).overbooked
        assert stay_of(waiting).room is not None


class TestPlaces:
    def test_rows_of_another_hotel_are_nowhere(self, office, other_hotel):
        record = direct_booking(office.hotel, office.book(room="107").pk).record
        ours, theirs = DeskPlaces(office.hotel.pk), DeskPlaces(other_hotel.pk)
        told = record.stays[0]

        assert ours(DESK.connection_id, record.property_ref, told).room_id == office.room("107").pk
        assert not theirs(DESK.connection_id, record.property_ref, told).mapped
        assert not ours(7, record.property_ref, told).mapped

    def test_the_mappings_of_channels_leave_the_desks_stays_to_it(self, office):
        record = direct_booking(office.hotel, office.book(room="107").pk).record
        place = Placements(office.hotel.pk)(DESK_CONNECTION, record.property_ref, record.stays[0])

        assert place.room_id == office.room("107").pk
        assert place.room_choice == RoomChoice.PERSON


@pytest.mark.parametrize(("total", "nights"), [("100.00", 3), ("0.01", 2), ("160", 2), ("99.99", 7)])
def test_a_price_is_spread_to_the_last_cent(total, nights):
    days = [MONDAY + timedelta(days=n) for n in range(nights)]

    assert sum(spread(Decimal(total), days, "EUR").values()) == Decimal(total)


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_the_last_room_goes_to_one_of_two_receptionists(self, hotel, receptionist):
        office = Office(hotel, receptionist)
        office.book(0, 2, kind="Suite")
        wishes = [office.wish(0, 2, kind="Suite", guest=PersonRecord(name=name)) for name in ("A", "B", "C")]

        raised = all_at_once(
            *(
                lambda wish=wish, n=n: book(hotel=hotel, user=receptionist, token=f"{n:032x}", wish=wish)
                for n, wish in enumerate(wishes)
            )
        )

        assert [type(error) for error in raised] == [NoRoomLeft, NoRoomLeft]
        assert Reservation.objects.count() == 2
        assert not Stay.objects.filter(overbooked=True).exists()

    def test_one_form_that_arrives_four_times_at_once_books_once(self, hotel, receptionist):
        office = Office(hotel, receptionist)
        wish = office.wish()

        raised = all_at_once(
            *(lambda: book(hotel=hotel, user=receptionist, token=TOKEN, wish=wish) for _ in range(4))
        )

        assert raised == []
        assert Reservation.objects.count() == 1
        assert LedgerEntry.objects.count() == 1

    def test_the_desk_and_a_channel_at_once_never_share_a_room(self, hotel, receptionist):
        office = Office(hotel, receptionist)
        wish = office.wish(0, 1, kind="Suite")
        told = [
            booking(f"B{n}", stays=(stay(arrival=(MONDAY - date(2031, 6, 10)).days, nights=1, room=room),))
            for n, room in enumerate(("111", "112"))
        ]

        raised = all_at_once(
            lambda: book(hotel=hotel, user=receptionist, token=TOKEN, wish=wish),
            *(lambda record=record: Desk(hotel).take(record) for record in told),
        )

        assert all(isinstance(error, NoRoomLeft) for error in raised)
        assert Stay.objects.filter(overbooked=False).count() == 2
        assert Stay.objects.filter(overbooked=True).count() == 1 - len(raised)
        assert StayNight.objects.filter(overbooked=False).values("room").distinct().count() == 2
