"""The pages of bookings made at the desk, and of accounts: who may open them, what they show and do."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from reservations.choices import LedgerKind, StayStatus
from reservations.ledger import account_of, add_entry
from reservations.models import Guest, LedgerEntry, Property, Reservation, Stay
from tests.reservations.front_office import Office, day, stay_of
from tests.reservations.records import Desk, booking

pytestmark = pytest.mark.django_db

SEARCH = "/h/paradise/bookings/"
NEW = f"{SEARCH}new/"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2031, 3, 1, 12, tzinfo=UTC)):
        yield


@pytest.fixture
def office(hotel, receptionist) -> Office:
    return Office(hotel, receptionist)


@pytest.fixture
def front_desk(client: Client, receptionist) -> Client:
    client.force_login(receptionist)
    return client


@pytest.fixture
def told(hotel) -> Reservation:
    """A booking that a channel told."""
    Desk(hotel).take(booking(channel="booking_com", channel_ref="4400123456"))
    return Reservation.objects.get()


def text_of(response: Any) -> str:
    """What a reader sees: no tags, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def hidden(response: Any, name: str) -> str:
    field = re.search(rf'<input type="hidden" name="{name}"[^>]*value="([^"]*)"', response.content.decode())
    return field[1] if field else ""


def dates(first: int = 0, last: int = 2, **more: Any) -> dict[str, Any]:
    return {"arrival": day(first).isoformat(), "departure": day(last).isoformat(), "adults": 2, **more}


def address(office: Office, kind: str = "Doble", *, plan: Any = None, **more: Any) -> str:
    query = dates(type=office.kind(kind).pk, **more)
    if plan:
        query["plan"] = plan.pk
    return NEW + "?" + "&".join(f"{name}={value}" for name, value in query.items())


def filled(page: Any, **more: Any) -> dict[str, Any]:
    """What a browser sends for the form of ``page``."""
    return {
        "token": hidden(page, "token"),
        "quoted": hidden(page, "quoted"),
        "name": "Mara Quill",
        "email": "mara@example.org",
        "phone": "600 000 000",
        "channel": "phone",
        **more,
    }


def changed(page: Any, made: Reservation, **more: Any) -> dict[str, Any]:
    row = stay_of(made)
    return {
        "seen": hidden(page, "seen"),
        "quoted": "",
        "arrival": row.arrival.isoformat(),
        "departure": row.departure.isoformat(),
        "adults": 2,
        "children": 0,
        "room_type": row.room_type_id,
        "price": "keep",
        "name": "Mara Quill",
        "channel": "direct",
        "action": "save",
        **more,
    }


def every_page(made: Reservation) -> list[str]:
    entry = LedgerEntry.objects.filter(reservation=made).latest("pk")
    own = f"/h/{made.hotel.slug}/bookings/{made.pk}/"
    return [
        f"{own}change/",
        f"{own}cancel/",
        f"{own}account/?kind=payment",
        f"/h/{made.hotel.slug}/account/{entry.pk}/reverse/",
    ]


class TestAccess:
    def test_nobody_reads_without_signing_in(self, client, office):
        for url in (SEARCH, address(office), *every_page(office.book())):
            assert client.get(url)["Location"].startswith("/accounts/login/")

    @pytest.mark.parametrize("who", ["cleaner", "housekeeping_manager"])
    def test_who_cleans_books_nothing(self, client, office, request, who):
        urls = (SEARCH, address(office), *every_page(office.book()))
        client.force_login(request.getfixturevalue(who))
        before = LedgerEntry.objects.count()

        for url in urls:
            assert client.get(url).status_code == 403
            assert client.post(url, {"amount": "1", "method": "cash", "seen": "0"}).status_code in (403, 405)
        assert LedgerEntry.objects.count() == before
        assert Reservation.objects.get().status == StayStatus.CONFIRMED

    def test_a_stranger_finds_nothing(self, client, office, stranger, other_hotel):
        urls = every_page(office.book())
        client.force_login(stranger)

        for url in (SEARCH, address(office), *urls):
            assert client.get(url).status_code == 404
        for url in urls:
            assert client.get(url.replace("paradise", "mirador")).status_code == 404
            assert client.post(url.replace("paradise", "mirador"), {"reason": "x"}).status_code == 404

    def test_another_hotels_types_and_guests_cannot_be_named(self, client, office, stranger, other_hotel):
        office.book()
        client.force_login(stranger)
        theirs = Office(other_hotel, stranger)

        assert client.get(address(office).replace("paradise", "mirador")).status_code == 404
        guest = Guest.objects.get(hotel=office.hotel)
        page = client.get(address(theirs).replace("paradise", "mirador") + f"&guest={guest.pk}&find=Mara")
        assert page.status_code == 200
        assert "Mara Quill" not in page.content.decode()
        house = Property.objects.get(hotel=office.hotel)
        page = client.get(f"/h/mirador/bookings/?arrival=2031-03-03&nights=1&adults=2&property={house.pk}")
        assert "Individual" not in page.content.decode()

    def test_who_may_only_look_sees_the_account_without_buttons(self, client, office, housekeeping_manager):
        made = office.book()
        client.force_login(housekeeping_manager)
        page = client.get(f"/h/paradise/reservations/{made.pk}/").content.decode()

        assert "account-heading" in page
        assert "/account/" not in page
        assert f"{SEARCH}{made.pk}/" not in page


class TestSearch:
    def test_it_begins_with_a_question(self, front_desk, hotel):
        page = front_desk.get(SEARCH)

        assert "When does the guest come?" in text_of(page)
        assert 'value="2031-03-01"' in page.content.decode()

    def test_it_shows_every_type_with_rooms_prices_and_reasons(self, front_desk, office):
        office.rates.set("90")
        office.rates.set("70", room_types=[office.kind("Suite")], closed=True)
        office.book(kind="Individual")
        text = text_of(front_desk.get(SEARCH, dates()))

        assert "3–5 Mar 2031 · 2 nights" in text
        assert "6 rooms free" in text
        assert "€180.00" in text
        assert "Closed on 3 Mar, 4 Mar" in text
        assert "For 1 guest at most" in text

    def test_nights_stand_in_for_the_departure(self, front_desk, hotel):
        page = front_desk.get(SEARCH, {"arrival": "2031-03-03", "nights": 3, "adults": 1})

        assert "3–6 Mar 2031" in text_of(page)

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ({"arrival": "2031-03-03", "departure": "2031-03-03"}, "after the arrival"),
            ({"arrival": "2031-03-03", "departure": "2031-03-05", "nights": 3}, "another number of nights"),
            ({"arrival": "2031-03-03", "departure": "2035-03-05"}, "At most a year"),
            ({"arrival": "yesterday", "nights": 2}, "Enter a valid date"),
            ({"arrival": "9999-12-31", "nights": 2}, "after the arrival"),
            ({"arrival": "2031-03-03", "nights": 2, "property": "x"}, "Select a valid choice"),
        ],
    )
    def test_dates_that_make_no_sense_are_said_at_their_field(self, front_desk, hotel, query, said):
        other = Property.objects.create(hotel=hotel, name="Annex")
        page = front_desk.get(SEARCH, {"adults": 2, **query})

        assert page.status_code == 200
        assert said in text_of(page)
        assert other.name in text_of(page)

    def test_every_property_has_its_own_rooms(self, front_desk, hotel):
        annex = Property.objects.create(hotel=hotel, name="Annex")
        page = front_desk.get(SEARCH, dates(property=annex.pk))

        assert "No rooms yet" in text_of(page)
        page = front_desk.get(SEARCH, dates(property=Office(hotel, None).house.pk))
        assert "6 rooms free" in text_of(page)

    def test_the_list_of_reservations_leads_there(self, front_desk, hotel):
        assert f'href="{SEARCH}"' in front_desk.get("/h/paradise/reservations/").content.decode()

    def test_the_number_of_queries_does_not_grow(self, front_desk, office):
        office.rates.set("90")
        front_desk.get(SEARCH, dates())
        with CaptureQueriesContext(connection) as few:
            front_desk.get(SEARCH, dates(0, 1))
        for n in range(5):
            office.book(n, 1)
        with CaptureQueriesContext(connection) as many:
            front_desk.get(SEARCH, dates(0, 30))

        assert len(few) == len(many)


class TestBooking:
    def test_the_receptionist_books(self, front_desk, office):
        office.rates.set("90")
        url = address(office, plan=office.rates.plan())
        page = front_desk.get(url)
        assert "Book for €180.00" in text_of(page)
        answer = front_desk.post(url, filled(page))
        made = Reservation.objects.get()

        assert answer["Location"] == f"/h/paradise/reservations/{made.pk}/"
        assert (made.booker.phone, made.channel, made.total) == ("+34600000000", "phone", 180)
        text = text_of(front_desk.get(answer["Location"]))
        assert f"Booked. The code is {made.channel_ref}" in text
        assert "Not paid" in text

    def test_the_same_form_sent_twice_is_one_booking(self, front_desk, office):
        office.rates.set("90")
        url = address(office, plan=office.rates.plan())
        form = filled(front_desk.get(url))

        assert front_desk.post(url, form)["Location"] == front_desk.post(url, form)["Location"]
        assert Reservation.objects.count() == 1

    def test_without_a_price_one_is_typed_in_with_a_reason(self, front_desk, office):
        url = address(office)
        page = front_desk.get(url)
        assert "say what you agreed" in text_of(page)
        assert "This field is required" in text_of(front_desk.post(url, filled(page)))
        front_desk.post(url, filled(page, agreed="99.50", reason="regular guest"))

        assert Reservation.objects.get().total == Decimal("99.50")

    def test_the_button_names_the_price_of_the_rate_only_while_it_is_the_price(self, front_desk, office):
        office.rates.set("90")
        page = front_desk.get(address(office, plan=office.rates.plan()))
        again = front_desk.post(address(office, plan=office.rates.plan()), filled(page, name="", agreed="40"))

        assert "Book for €180.00" in text_of(page)
        assert "Book for" not in text_of(again)
        assert 'data-priced="Book for €180.00"' in again.content.decode()

    def test_a_price_by_hand_is_told_in_the_language_of_the_reader(self, front_desk, office):
        with translation.override("es"):
            made = office.book(agreed=Decimal(50), reason="cliente fijo")

        page = front_desk.get(f"/h/paradise/reservations/{made.pk}/")

        assert "Price by hand cliente fijo" in text_of(page)
        assert "manual" not in text_of(page)

    def test_nights_that_are_over_are_not_offered(self, front_desk, office):
        office.rates.set("90")
        over = front_desk.get(SEARCH, {"arrival": "2031-02-08", "departure": "2031-02-10", "adults": 2})
        since_midnight = {"arrival": "2031-02-28", "departure": "2031-03-02", "adults": 2}

        assert "This day is over." in text_of(over)
        assert not over.context["offers"]
        assert front_desk.get(SEARCH, since_midnight).context["offers"]

    def test_a_rate_that_may_not_be_sold_is_not_booked_by_its_address(self, front_desk, office):
        office.rates.set("90", minimum_stay=5)
        url = address(office, plan=office.rates.plan())

        assert "say what you agreed" in text_of(front_desk.get(url))

    def test_a_price_that_changed_is_shown_before_anything_is_booked(self, front_desk, office):
        office.rates.set("90")
        url = address(office, plan=office.rates.plan())
        form = filled(front_desk.get(url))
        office.rates.set("100")
        page = front_desk.post(url, form)

        assert "The price is €200.00 now; it was €180.00" in text_of(page)
        assert not Reservation.objects.exists()
        assert hidden(page, "quoted") == "200.000"
        front_desk.post(url, filled(page))
        assert Reservation.objects.get().total == 200

    def test_a_free_room_is_chosen(self, front_desk, office):
        office.book(room="105")
        url = address(office)
        page = front_desk.get(url)
        assert ">105<" not in page.content.decode()
        front_desk.post(url, filled(page, agreed="9", reason="x", room=office.room("108").pk))

        assert Stay.objects.latest("pk").room.name == "108"

    def test_a_room_that_somebody_took_since_is_refused_by_name(self, front_desk, office):
        url = address(office)
        page = front_desk.get(url)
        office.book(room="108")
        answer = front_desk.post(url, filled(page, agreed="9", reason="x", room=office.room("108").pk))

        assert "Room 108 is not free: Mara Quill has it" in text_of(answer)
        assert Reservation.objects.count() == 1

    def test_who_comes_second_sees_what_is_left(self, front_desk, office):
        office.rates.set("90", room_types=[office.kind("Doble"), office.kind("Suite")])
        url = address(office, "Suite", plan=office.rates.plan())
        page = front_desk.get(url)
        office.book(kind="Suite")
        office.book(kind="Suite")
        answer = front_desk.post(url, filled(page))
        text = text_of(answer)

        assert "Nothing is booked yet" in text
        assert "Doble · from €180.00 · 6 rooms free" in text
        assert "Book anyway" in text
        assert Reservation.objects.count() == 2
        front_desk.post(url, filled(answer, anyway="1"))
        assert Stay.objects.latest("pk").overbooked

    def test_a_known_guest_is_found_and_filled_in(self, front_desk, office):
        office.book()
        office.book()
        url = address(office)
        page = front_desk.get(f"{url}&find=MARA@")
        links = re.findall(r'href="(\?[^"]*guest=\d+[^"]*)"', page.content.decode())

        assert len(links) == 1
        page = front_desk.get(NEW + links[0].replace("&amp;", "&"))
        assert 'value="mara@example.org"' in page.content.decode()
        assert "Nobody found" in text_of(front_desk.get(f"{url}&find=nobody"))

    def test_an_address_that_channels_made_is_not_filled_in(self, front_desk, office):
        Guest.objects.create(
            hotel=office.hotel, name="Odo Vance", email="x@guest.booking.com", email_is_relay=True
        )
        page = front_desk.get(f"{address(office)}&guest={Guest.objects.get().pk}")

        assert 'value="Odo Vance"' in page.content.decode()
        assert "guest.booking.com" not in page.content.decode()

    def test_an_address_without_dates_leads_to_the_search(self, front_desk, hotel):
        assert front_desk.get(NEW)["Location"] == SEARCH
        assert front_desk.get(f"{NEW}?arrival=2031-03-03&nights=1&adults=2&type=x").status_code == 404


class TestChanging:
    def test_the_price_is_seen_before_it_is_charged(self, front_desk, office):
        office.rates.set("90")
        made = office.book()
        url = f"{SEARCH}{made.pk}/change/"
        wanted = {"departure": day(3).isoformat(), "price": office.rates.plan().pk}
        page = front_desk.post(url, changed(front_desk.get(url), made, **wanted))

        assert "Not saved yet: the stay would cost €270.00" in text_of(page)
        assert stay_of(made).departure == day(2)
        again = front_desk.post(url, changed(page, made, quoted=hidden(page, "quoted"), **wanted))
        assert again.status_code == 302
        assert stay_of(made).departure == day(3)
        assert account_of(made).charged == 270

    def test_checking_changes_nothing(self, front_desk, office):
        made = office.book()
        url = f"{SEARCH}{made.pk}/change/"
        page = front_desk.post(
            url, changed(front_desk.get(url), made, departure=day(4).isoformat(), action="check")
        )

        assert "What is possible on these dates" in text_of(page)
        assert stay_of(made).departure == day(2)

    def test_a_stay_that_does_not_fit_is_changed_only_knowingly(self, front_desk, office):
        made = office.book(0, 1, kind="Suite")
        office.book(1, 1, kind="Suite")
        office.book(1, 1, kind="Suite")
        url = f"{SEARCH}{made.pk}/change/"
        form = changed(
            front_desk.get(url),
            made,
            departure=day(2).isoformat(),
            price="hand",
            agreed="200",
            reason="agreed",
        )
        page = front_desk.post(url, form)

        assert "Nothing is changed yet" in text_of(page)
        assert stay_of(made).departure == day(1)
        del form["action"]
        assert front_desk.post(url, {**form, "anyway": "1"}).status_code == 302
        assert stay_of(made).departure == day(2)

    def test_a_second_person_is_told_that_somebody_changed_it(self, front_desk, office):
        made = office.book()
        url = f"{SEARCH}{made.pk}/change/"
        form = changed(front_desk.get(url), made)
        front_desk.post(url, {**form, "notes": "first"})

        assert "Somebody changed this booking" in text_of(front_desk.post(url, {**form, "notes": "second"}))

    def test_a_channels_booking_is_changed_at_the_channel(self, front_desk, told):
        page = front_desk.get(f"/h/paradise/reservations/{told.pk}/")
        assert "are changed where it was booked: Booking.com" in text_of(page)

        for what in ("change", "cancel"):
            answer = front_desk.get(f"{SEARCH}{told.pk}/{what}/", follow=True)
            assert "A channel told of this booking" in text_of(answer)

    def test_a_direct_booking_has_the_buttons(self, front_desk, office):
        made = office.book()
        page = front_desk.get(f"/h/paradise/reservations/{made.pk}/").content.decode()

        assert f"{SEARCH}{made.pk}/change/" in page
        assert f"{SEARCH}{made.pk}/cancel/" in page
        office.cancel(made)
        page = front_desk.get(f"/h/paradise/reservations/{made.pk}/").content.decode()
        assert f"{SEARCH}{made.pk}/change/" not in page


class TestCancelling:
    def test_it_asks_why_and_says_what_is_to_be_given_back(self, front_desk, office):
        made = office.book()
        add_entry(
            hotel=office.hotel,
            user=office.user,
            reservation_id=made.pk,
            kind=LedgerKind.PAYMENT,
            amount=Decimal(100),
            method="cash",
        )
        url = f"{SEARCH}{made.pk}/cancel/"
        page = front_desk.get(url)
        seen = hidden(page, "seen")
        assert "This field is required" in text_of(front_desk.post(url, {"seen": seen}))
        answer = front_desk.post(url, {"seen": seen, "reason": "ill", "fee": "40"}, follow=True)

        assert "€60.00 is to be given back" in text_of(answer)
        assert Reservation.objects.get().status == StayStatus.CANCELLED

    def test_who_is_in_the_house_is_not_cancelled(self, front_desk, office):
        made = office.book(-2, 3)
        Stay.objects.update(state="in_house")
        page = front_desk.get(f"{SEARCH}{made.pk}/cancel/")

        assert "Check the guest out instead" in text_of(page)
        assert "Cancel this booking" not in text_of(page)


class TestAccount:
    def url(self, made: Reservation, kind: str) -> str:
        return f"{SEARCH}{made.pk}/account/?kind={kind}"

    def test_a_payment_is_entered(self, front_desk, office):
        made = office.book()
        page = front_desk.get(self.url(made, "payment"))
        assert 'value="160.00"' in page.content.decode()
        sent = {"amount": "100", "method": "card", "note": "slip 7", "seen": hidden(page, "seen")}
        answer = front_desk.post(self.url(made, "payment"), sent, follow=True)

        text = text_of(answer)
        assert "Payment · Card at the desk" in text
        assert "Partly paid" in text
        assert "€60.00" in text
        assert "new line" in text_of(front_desk.post(self.url(made, "payment"), sent))
        assert account_of(made).paid == 100

    def test_a_channels_booking_is_charged_what_the_channel_told(self, front_desk, told):
        page = front_desk.get(f"/h/paradise/reservations/{told.pk}/")
        assert "The booking costs €160.00 by what the channel told" in text_of(page)
        page = front_desk.get(self.url(told, "charge"))

        assert 'value="160.00"' in page.content.decode()
        front_desk.post(self.url(told, "charge"), {"amount": "160", "purpose": "stay", "seen": "0"})
        assert account_of(told).charged == 160

    def test_what_the_service_refuses_stands_at_its_field(self, front_desk, office):
        made = office.book()
        seen = account_of(made).last_id
        sent = {"amount": "5", "method": "cash", "seen": seen}

        assert "Nothing has been paid" in text_of(front_desk.post(self.url(made, "refund"), sent))
        assert "above zero" in text_of(front_desk.post(self.url(made, "payment"), {**sent, "amount": "-5"}))
        card = {**sent, "note": "4111 1111 1111 1111"}
        assert "payment card" in text_of(front_desk.post(self.url(made, "payment"), card))
        assert front_desk.get(self.url(made, "reversal")).status_code == 404

    def test_a_line_is_taken_back(self, front_desk, office):
        made = office.book()
        url = f"/h/paradise/account/{LedgerEntry.objects.get().pk}/reverse/"
        assert front_desk.get(url).status_code == 200
        answer = front_desk.post(url, {"note": "wrong guest"}, follow=True)

        assert "Nothing charged" in text_of(answer)
        assert "already" in text_of(front_desk.post(url, {}))
        assert account_of(made).charged == 0

    def test_the_page_of_the_reservation_notices_a_payment(self, front_desk, office):
        made = office.book()
        url = f"/h/paradise/reservations/{made.pk}/"
        with time_machine.travel(datetime(2031, 3, 1, 12, 0, 30, tzinfo=UTC), tick=False):
            live = re.search(r'hx-get="([^"]*)"', front_desk.get(url).content.decode())
            assert live
            state = live[1].replace("&amp;", "&")
            assert front_desk.get(state, headers={"HX-Request": "true"}).status_code == 204
            add_entry(
                hotel=office.hotel,
                user=office.user,
                reservation_id=made.pk,
                kind=LedgerKind.PAYMENT,
                amount=Decimal(100),
                method="cash",
            )
            assert "Partly paid" in text_of(front_desk.get(state, headers={"HX-Request": "true"}))

    def test_the_list_of_accounts_is_to_look_at(self, client, office, manager):
        office.book()
        client.force_login(manager)
        page = client.get("/admin/reservations/ledgerentry/")

        assert "€160.00" in page.content.decode()
        assert client.get("/admin/reservations/ledgerentry/add/").status_code == 403
        own = f"/admin/reservations/ledgerentry/{LedgerEntry.objects.get().pk}"
        assert client.get(f"{own}/change/").status_code == 200
        assert client.post(f"{own}/change/", {"amount": "1"}).status_code == 403
        assert client.post(f"{own}/delete/", {"post": "yes"}).status_code == 403

    def test_another_hotels_accounts_are_not_in_it(self, client, office, stranger):
        office.book()
        client.force_login(stranger)

        assert "€160.00" not in client.get("/admin/reservations/ledgerentry/").content.decode()
