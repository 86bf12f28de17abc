"""The pages of reservations and the first page: who may open them, what they show, and that they stay fast."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django.utils.html import escape

from integrations.models import Alert, Connection
from reservations import panels
from reservations.choices import Role, StayStatus
from reservations.live import live_token
from reservations.models import Hotel, Membership, Reservation, Stay
from reservations.records import PersonRecord
from reservations.wording import age_text, dates_text, money_text
from tests.people import make_hotel, make_person
from tests.reservations.records import FIRST, Desk, booking, stay

LIST = "/h/paradise/reservations/"


@pytest.fixture
def desk(hotel: Hotel) -> Desk:
    return Desk(hotel)


@pytest.fixture
def reservation(desk: Desk) -> Reservation:
    desk.take(booking(channel="booking_com", channel_ref="4400123456", notes="Late train"))
    return Reservation.objects.get()


@pytest.fixture
def front_desk(client: Client, receptionist: Any) -> Client:
    client.force_login(receptionist)
    return client


def many(desk: Desk, count: int) -> None:
    desk.take(*(booking(f"many-{n}", name=f"Guest {n}", stays=(stay(arrival=3 * n),)) for n in range(count)))


def text_of(response: Any) -> str:
    """What a reader sees: no tags, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def page_of(reservation: Reservation) -> str:
    return f"{LIST}{reservation.pk}/"


class TestAccess:
    @pytest.mark.parametrize("tail", ["", "reservations/", "reservations/{pk}/"])
    def test_nobody_reads_without_signing_in(
        self, client: Client, reservation: Reservation, tail: str
    ) -> None:
        response = client.get(f"/h/paradise/{tail.format(pk=reservation.pk)}")
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")

    @pytest.mark.parametrize("tail", ["", "reservations/", "reservations/{pk}/"])
    def test_a_stranger_finds_nothing(
        self, client: Client, stranger: Any, reservation: Reservation, tail: str
    ) -> None:
        client.force_login(stranger)
        assert client.get(f"/h/paradise/{tail.format(pk=reservation.pk)}").status_code == 404

    def test_a_stranger_finds_nothing_below_their_own_hotel_either(
        self, client: Client, stranger: Any, reservation: Reservation
    ) -> None:
        client.force_login(stranger)
        assert client.get(f"/h/mirador/reservations/{reservation.pk}/").status_code == 404

    @pytest.mark.parametrize("tail", ["", "{pk}/"])
    def test_a_cleaner_does_not_read_reservations(
        self, client: Client, cleaner: Any, reservation: Reservation, tail: str
    ) -> None:
        client.force_login(cleaner)
        assert client.get(LIST + tail.format(pk=reservation.pk)).status_code == 403

    def test_a_cleaner_sees_no_guest_on_the_first_page(
        self, client: Client, cleaner: Any, desk: Desk
    ) -> None:
        arrive_today(desk)
        client.force_login(cleaner)
        response = client.get("/h/paradise/")
        assert response.status_code == 200
        assert "Mara Quill" not in response.content.decode()

    def test_an_operator_without_membership_reads_no_bookings(
        self, client: Client, operator: Any, reservation: Reservation
    ) -> None:
        client.force_login(operator)
        assert client.get(LIST).status_code == 404

    def test_the_list_shows_bookings_of_this_hotel_only(
        self, front_desk: Client, reservation: Reservation, other_hotel: Hotel, receptionist: Any
    ) -> None:
        Membership.objects.create(user=receptionist, hotel=other_hotel, role=Role.RECEPTIONIST)
        Desk(other_hotel, connection_id=2).take(booking("B", name="Somebody Else", stays=(stay(room="1"),)))
        assert "Somebody Else" not in front_desk.get(LIST).content.decode()
        assert "Mara Quill" not in front_desk.get("/h/mirador/reservations/").content.decode()


class TestFirstPage:
    def test_the_member_of_one_hotel_is_led_to_it(self, front_desk: Client) -> None:
        assert front_desk.get("/")["Location"] == "/h/paradise/"

    def test_the_member_of_several_hotels_chooses(
        self, front_desk: Client, receptionist: Any, other_hotel: Hotel
    ) -> None:
        Membership.objects.create(user=receptionist, hotel=other_hotel, role=Role.CLEANER)
        page = front_desk.get("/").content.decode()
        assert 'href="/h/paradise/"' in page
        assert 'href="/h/mirador/"' in page

    def test_a_person_without_hotel_reads_what_to_do(self, client: Client, db: None) -> None:
        client.force_login(make_person("alone@example.org"))
        assert "Ask the owner or the manager" in client.get("/").content.decode()

    def test_today_follows_the_clock_of_the_property(self, client: Client, db: None) -> None:
        far = make_hotel("Hotel Lejano", "lejano", timezone="Pacific/Kiritimati")
        client.force_login(make_person("far@example.org", far, Role.MANAGER))
        arrive_today(Desk(far, connection_id=9))
        assert "1 arrival" in text_of(client.get("/h/lejano/"))

    def test_arrivals_and_departures_are_counted_without_cancelled_ones(
        self, front_desk: Client, desk: Desk
    ) -> None:
        arrive_today(desk)
        arrive_today(desk, "C", room="102", status=StayStatus.CANCELLED)
        arrive_today(desk, "D", room="103", days_ago=2)
        text = text_of(front_desk.get("/h/paradise/"))
        assert "1 arrival " in text
        assert "1 departure " in text
        assert "1 sleeps here tonight" in text

    def test_an_open_alert_is_said_in_words(self, client: Client, manager: Any, hotel: Hotel) -> None:
        now = timezone.now()
        connection = Connection.objects.create(
            hotel=hotel, provider="octorate", name="Octorate", status_since=now
        )
        Alert.objects.create(
            hotel=hotel,
            connection=connection,
            code="needs_reconnect",
            opened_at=now,
            last_at=now,
        )
        client.force_login(manager)
        assert "Octorate needs reconnecting" in client.get("/h/paradise/").content.decode()

    def test_a_resolved_alert_is_silent(self, client: Client, manager: Any, hotel: Hotel) -> None:
        now = timezone.now()
        params = {"connection": "Octorate"}
        Alert.objects.create(
            hotel=hotel, code="needs_reconnect", params=params, opened_at=now, last_at=now, resolved_at=now
        )
        client.force_login(manager)
        assert "needs reconnecting" not in client.get("/h/paradise/").content.decode()


def arrive_today(
    desk: Desk,
    external_id: str = "A",
    *,
    room: str | None = None,
    days_ago: int = 0,
    status: StayStatus = StayStatus.CONFIRMED,
) -> None:
    house = desk.hotel.properties.get()
    offset = (house.today(timezone.now()) - FIRST).days - days_ago
    rooms = room or house.rooms.order_by("name").first().name
    desk.take(booking(external_id, status=status, stays=(stay(arrival=offset, room=rooms, status=status),)))


class TestList:
    @pytest.fixture
    def two(self, desk: Desk) -> None:
        desk.take(
            booking("A", channel="booking_com", channel_ref="4400123456", stays=(stay(room="101"),)),
            booking(
                "B",
                name="Tobias Fennimore",
                channel="airbnb",
                channel_ref="HMQ7",
                status=StayStatus.PENDING,
                stays=(stay(room="102", arrival=20, status=StayStatus.PENDING),),
            ),
        )
        b = Reservation.objects.get(channel_ref="HMQ7").booker
        b.email = "tobias@example.org"
        b.save()

    @pytest.mark.parametrize(
        "query",
        [
            "q=fennimore",
            "q=HMQ",
            "q=tobias@example",
            "q=102",
            "status=pending",
            "channel=airbnb",
            "arrival_from=2031-06-11",
            "q=Tobias&status=pending&channel=airbnb",
        ],
    )
    def test_search_and_filters_find_the_one(self, front_desk: Client, two: None, query: str) -> None:
        page = front_desk.get(f"{LIST}?{query}").content.decode()
        assert "Tobias Fennimore" in page
        assert "Mara Quill" not in page

    def test_arrival_to_keeps_the_earlier_one(self, front_desk: Client, two: None) -> None:
        page = front_desk.get(f"{LIST}?arrival_to=2031-06-10").content.decode()
        assert "Mara Quill" in page
        assert "Tobias Fennimore" not in page

    def test_a_filter_that_makes_no_sense_is_not_applied(self, front_desk: Client, two: None) -> None:
        response = front_desk.get(f"{LIST}?status=nonsense&arrival_from=tomorrow&property=x&page=minus")
        assert response.status_code == 200
        assert "Mara Quill" in response.content.decode()

    def test_sorted_by_arrival_the_earliest_is_first(self, front_desk: Client, two: None) -> None:
        page = front_desk.get(f"{LIST}?sort=arrival").content.decode()
        assert page.index("Mara Quill") < page.index("Tobias Fennimore")

    def test_sorted_by_change_the_latest_is_first(self, front_desk: Client, two: None) -> None:
        Reservation.objects.filter(channel_ref="HMQ7").update(
            changed_at=timezone.now() + timedelta(seconds=5)
        )
        page = front_desk.get(LIST).content.decode()
        assert page.index("Tobias Fennimore") < page.index("Mara Quill")

    @pytest.mark.parametrize("trouble", ["unmapped", "overbooked", "unknown"])
    def test_needs_attention_finds_every_kind_of_trouble(
        self, front_desk: Client, two: None, desk: Desk, trouble: str
    ) -> None:
        status = StayStatus.UNKNOWN if trouble == "unknown" else StayStatus.CONFIRMED
        room = {"unmapped": "GARDEN-2", "overbooked": "101", "unknown": "105"}[trouble]
        desk.take(
            booking(
                "T", name="Odile Trouble", status=status, booked=5, stays=(stay(room=room, status=status),)
            )
        )
        page = front_desk.get(f"{LIST}?attention=on").content.decode()
        assert "Odile Trouble" in page
        assert "Mara Quill" not in page

    def test_a_guest_name_is_text_and_never_markup(self, front_desk: Client, desk: Desk) -> None:
        desk.take(booking(name="<script>alert(1)</script>"))
        page = front_desk.get(LIST).content.decode()
        assert "<script>alert(1)" not in page
        assert escape("<script>alert(1)</script>") in page

    def test_an_empty_list_teaches_how_to_begin(self, client: Client, manager: Any) -> None:
        client.force_login(manager)
        assert "No reservations yet" in client.get(LIST).content.decode()

    def test_nothing_found_leads_back_to_everything(self, front_desk: Client, two: None) -> None:
        page = front_desk.get(f"{LIST}?q=nobody").content.decode()
        assert "Nothing found" in page
        assert f'href="{LIST}"' in page

    def test_the_second_page_shows_the_rest_and_keeps_the_filter(
        self, front_desk: Client, desk: Desk
    ) -> None:
        many(desk, 60)
        page = front_desk.get(f"{LIST}?q=Guest&sort=arrival&page=2").content.decode()
        assert page.count('id="reservation-') - page.count('id="reservation-rows') == 10
        assert "?q=Guest&amp;sort=arrival&amp;page=1" in page


class TestSpeed:
    @pytest.mark.parametrize(
        ("address", "most"), [(LIST, 15), (f"{LIST}?attention=on", 15), ("/h/paradise/", 20)]
    )
    def test_queries_do_not_grow_with_the_rows(
        self, front_desk: Client, desk: Desk, address: str, most: int
    ) -> None:
        many(desk, 10)
        arrive_today(desk)
        few = queries(front_desk, address)
        many(desk, 200)
        arrive_today(desk, "B", room="102")
        assert queries(front_desk, address) == few
        assert few <= most

    def test_queries_of_one_reservation_do_not_grow_with_its_rooms(
        self, front_desk: Client, desk: Desk
    ) -> None:
        desk.take(
            booking("one"), booking("many", stays=tuple(stay(str(n), room=str(102 + n)) for n in range(8)))
        )
        one, big = Reservation.objects.order_by("pk")
        assert queries(front_desk, page_of(one)) == queries(front_desk, page_of(big))


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


class TestLive:
    @pytest.fixture
    def asked(self, front_desk: Client, reservation: Reservation) -> Any:
        """Ask as the fragment does; gives the answer and the address it would ask next."""

        def ask(address: str) -> tuple[Any, str]:
            response = front_desk.get(address, headers={"HX-Request": "true"})
            found = re.search(r'hx-get="([^"]+)"', response.content.decode())
            return response, found.group(1).replace("&amp;", "&") if found else ""

        return ask

    @pytest.fixture(autouse=True)
    def _within_one_minute(self, time_machine: Any) -> None:
        time_machine.move_to("2031-05-01T10:00:05Z", tick=False)

    @pytest.mark.parametrize("which", ["list", "detail", "today"])
    def test_the_same_state_is_answered_with_nothing(
        self, asked: Any, reservation: Reservation, which: str
    ) -> None:
        address = {"list": LIST, "detail": page_of(reservation), "today": "/h/paradise/"}[which]
        _, again = asked(address)
        response, _ = asked(again)
        assert response.status_code == 204

    @pytest.mark.parametrize("which", ["list", "detail"])
    def test_a_change_is_answered_with_the_fragment_alone(
        self, asked: Any, desk: Desk, reservation: Reservation, which: str
    ) -> None:
        _, again = asked({"list": LIST, "detail": page_of(reservation)}[which])
        desk.take(
            booking(version=2, channel="booking_com", channel_ref="4400123456", stays=(stay(room="107"),))
        )
        response, _ = asked(again)
        assert response.status_code == 200
        assert "107" in response.content.decode()
        assert "<html" not in response.content.decode()

    def test_ages_on_the_page_grow_though_nothing_happens(self, asked: Any, time_machine: Any) -> None:
        _, again = asked(LIST)
        time_machine.move_to("2031-05-01T10:01:05Z", tick=False)
        response, _ = asked(again)
        assert response.status_code == 200

    def test_the_address_with_a_token_opened_by_hand_is_a_whole_page(
        self, asked: Any, front_desk: Client
    ) -> None:
        _, again = asked(LIST)
        assert "<html" in front_desk.get(again).content.decode()

    def test_the_token_changes_with_the_language(self) -> None:
        with translation.override("es"):
            spanish = live_token("x")
        with translation.override("fr"):
            assert live_token("x") != spanish


class TestDetail:
    def test_it_shows_guest_channel_amount_and_source(
        self, front_desk: Client, reservation: Reservation
    ) -> None:
        text = text_of(front_desk.get(page_of(reservation)))
        for words in (
            "Mara Quill",
            "mara@ example.org",
            "Booking.com",
            "4400123456",
            "€160.00",
            "Late train",
        ):
            assert words in text

    def test_the_tape_has_a_cell_for_every_night(self, front_desk: Client, reservation: Reservation) -> None:
        page = front_desk.get(page_of(reservation)).content.decode()
        tape = page[page.index('class="tape"') : page.index("</table>")]
        assert tape.count('scope="col"') == 2
        assert tape.count("€80.00") == 2
        assert len(re.findall(r"<td[^>]*>101", tape)) == 2

    def test_the_history_says_old_and_new_in_words(
        self, front_desk: Client, desk: Desk, reservation: Reservation
    ) -> None:
        desk.take(
            booking(
                version=2,
                channel="booking_com",
                channel_ref="4400123456",
                status=StayStatus.CANCELLED,
                stays=(stay(room="107", nights=3, status=StayStatus.CANCELLED),),
            )
        )
        text = text_of(front_desk.get(page_of(reservation)))
        assert "Status: Confirmed → Cancelled" in text
        assert "Room: 101 → 107" in text
        assert "Departure: Thu 12 Jun 2031 → Fri 13 Jun 2031" in text

    def test_the_latest_change_comes_first(
        self, front_desk: Client, desk: Desk, reservation: Reservation
    ) -> None:
        desk.take(
            booking(version=2, channel="booking_com", channel_ref="4400123456", stays=(stay(room="107"),))
        )
        text = text_of(front_desk.get(page_of(reservation)))
        assert text.index("Room: 101 → 107") < text.index("Booked", text.index("History"))

    def test_an_overbooked_stay_is_explained(self, front_desk: Client, desk: Desk) -> None:
        desk.take(booking("first"), booking("second", booked=9, name="Late Comer"))
        late = Stay.objects.get(overbooked=True).reservation
        shown = text_of(front_desk.get(page_of(late)))
        assert "Late Comer has no room: room 101 is sold twice." in shown
        assert "What happened, and what can be done" in shown

    def test_only_who_may_map_rooms_is_led_there(
        self, client: Client, manager: Any, receptionist: Any, desk: Desk
    ) -> None:
        desk.take(booking(stays=(stay(room="GARDEN-2"),)))
        page = page_of(Reservation.objects.get())
        client.force_login(receptionist)
        told = client.get(page).content.decode()
        assert "GARDEN-2" in told
        assert "/rooms/" not in told
        client.force_login(manager)
        assert "/h/paradise/integrations/1/rooms/" in client.get(page).content.decode()

    def test_an_address_made_by_a_channel_is_marked(
        self, front_desk: Client, reservation: Reservation
    ) -> None:
        guest = reservation.booker
        guest.email_is_relay = True
        guest.save()
        assert "An address made by the channel" in front_desk.get(page_of(reservation)).content.decode()

    def test_a_booking_that_says_almost_nothing_is_shown(self, front_desk: Client, desk: Desk) -> None:
        bare = replace(booking(stays=()), booker=PersonRecord(), total=None, currency=None)
        desk.take(bare)
        response = front_desk.get(page_of(Reservation.objects.get()))
        assert response.status_code == 200
        assert "has not told who comes" in response.content.decode()

    def test_another_app_can_add_a_panel(
        self, front_desk: Client, reservation: Reservation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(panels, "_panels", [])
        panels.register_panel(lambda request, shown: f"panel of {shown.channel_ref}")
        panels.register_panel(lambda request, shown: None)
        assert "panel of 4400123456" in front_desk.get(page_of(reservation)).content.decode()


class TestEveryPage:
    @pytest.mark.parametrize("which", ["today", "list", "detail", "admin", "sign-in"])
    def test_nothing_is_inline_and_nothing_comes_from_outside(
        self, client: Client, manager: Any, reservation: Reservation, which: str
    ) -> None:
        if which != "sign-in":
            client.force_login(manager)
        page = client.get(
            {
                "today": "/h/paradise/",
                "list": LIST,
                "detail": page_of(reservation),
                "admin": "/admin/reservations/room/",
                "sign-in": "/accounts/login/",
            }[which]
        ).content.decode()
        assert "<html" in page
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=", page)
        assert not re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page)
        assert not re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?//', page)

    def test_admin_and_staff_pages_share_the_navigation(
        self, client: Client, manager: Any, reservation: Reservation
    ) -> None:
        client.force_login(manager)
        for address in (LIST, "/admin/"):
            page = client.get(address).content.decode()
            menu = page[page.index('class="main-nav"') : page.index("</nav>")]
            assert LIST in menu
            assert 'href="/admin/"' in menu

    def test_what_does_not_fit_on_a_telephone_is_behind_more(
        self, client: Client, manager: Any, housekeeping_manager: Any
    ) -> None:
        def menu(person: Any) -> str:
            client.force_login(person)
            page = client.get("/h/paradise/").content.decode()
            return page[page.index('class="main-nav"') : page.index("</nav>")]

        bar, _more, behind = menu(manager).partition('class="more"')
        shown = re.findall(r'<li><a href="([^"]*)"', bar)
        hidden = re.findall(r'<li class="further"><a href="([^"]*)"', bar)

        assert len(shown) == 4
        assert re.findall(r'<li><a href="([^"]*)"', behind) == hidden
        assert LIST in hidden
        assert "/admin/" in hidden
        assert 'class="more"' not in menu(housekeeping_manager)

    def test_the_navigation_offers_only_what_the_role_may_open(self, client: Client, cleaner: Any) -> None:
        client.force_login(cleaner)
        page = client.get("/h/paradise/").content.decode()
        menu = page[page.index('class="main-nav"') : page.index("</nav>")]
        assert LIST not in menu
        assert 'href="/admin/"' not in menu


class TestWords:
    @pytest.mark.parametrize(
        ("language", "text"), [("en", "€1,234.50"), ("es", "1.234,50 €"), ("fr", "1 234,50 €")]
    )
    def test_money_is_written_as_the_language_does(self, language: str, text: str) -> None:
        with translation.override(language):
            assert re.sub(r"\s", " ", money_text(Decimal("1234.5"), "EUR")) == text

    def test_a_currency_without_cents_has_none(self) -> None:
        with translation.override("en"):
            assert money_text(Decimal("12000"), "JPY") == "JP¥12,000"

    def test_an_amount_without_currency_is_a_bare_number(self) -> None:
        with translation.override("en"):
            assert money_text(Decimal("80"), "") == "80.00"

    def test_dates_of_a_stay_are_a_span_and_its_nights(self) -> None:
        with translation.override("en"):
            assert (
                re.sub(r"\s", " ", dates_text(FIRST, FIRST + timedelta(days=3)))
                == "10–13 Jun 2031 · 3 nights"
            )
            assert dates_text(FIRST, FIRST + timedelta(days=1)).endswith("1 night")

    @pytest.mark.parametrize(
        ("language", "text"), [("en", "3 minutes ago"), ("es", "hace 3 minutos"), ("fr", "il y a 3 minutes")]
    )
    def test_ages_are_said_in_the_language(self, language: str, text: str) -> None:
        now = timezone.now()
        with translation.override(language):
            assert re.sub(r"\s", " ", age_text(now - timedelta(minutes=3), now)) == text
