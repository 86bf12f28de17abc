"""The page of rates: who may see and set, what it shows, what its forms do, and that it stays fast."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.accounts.models import User
from reservations import night_marks
from reservations.models import DailyRate, Hotel, Property, RateEdit, RatePlan, Room, RoomType
from reservations.night_marks import NightMark, register_night_marks
from tests.reservations.rates import MONDAY, Desk, days
from tests.reservations.records import Desk as BookingDesk
from tests.reservations.records import booking, stay

pytestmark = pytest.mark.django_db

RATES = "/h/paradise/rates/"
MARCH = f"{RATES}?month=2031-03"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2031, 3, 1, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def desk(hotel: Hotel, manager: User) -> Desk:
    desk = Desk(hotel, manager)
    desk.plan()
    return desk


@pytest.fixture
def office(client: Client, manager: User) -> Client:
    """The manager's browser."""
    client.force_login(manager)
    return client


def text_of(response: Any) -> str:
    """What a reader hears: no tags, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def cells_of(response: Any, plan: RatePlan, kind: RoomType) -> list[str]:
    """The cells of one row of the table, as HTML."""
    row = re.search(
        rf'<tr class="plan" data-plan="{plan.pk}" data-type="{kind.pk}">(.*?)</tr>',
        response.content.decode(),
        re.DOTALL,
    )
    assert row
    return re.findall(r"<td[^>]*>.*?</td>", row[1], re.DOTALL)


def change(desk: Desk, **rest: Any) -> dict[str, Any]:
    """What the browser sends for a price of 90 on a week of Standard Doble."""
    return {
        "what": "change",
        "action": "save",
        "first": days(0).isoformat(),
        "last": days(6).isoformat(),
        "weekdays": ["0", "1", "2", "3", "4", "5", "6"],
        "rate_plans": [desk.plan().pk],
        "room_types": [desk.kind().pk],
        "price_how": "set",
        "price": "90",
        **rest,
    }


class TestAccess:
    def test_nobody_reads_without_signing_in(self, client, hotel):
        assert client.get(RATES)["Location"].startswith("/accounts/login/")

    def test_a_stranger_finds_nothing(self, client, stranger, desk):
        edit = desk.set("90")
        client.force_login(stranger)

        assert client.get(RATES).status_code == 404
        assert client.post(RATES, change(desk)).status_code == 404
        assert client.post(f"/h/mirador/rates/undo/{edit.pk}/").status_code == 404
        assert desk.prices()[0] == Decimal(90)

    def test_another_hotels_plans_and_types_cannot_be_named(self, client, stranger, other_hotel, desk):
        Desk(other_hotel, stranger).plan()
        client.force_login(stranger)
        response = client.post("/h/mirador/rates/", change(desk))

        assert response.status_code == 200
        assert "Select a valid choice" in response.content.decode()
        assert not DailyRate.objects.exists()

    def test_another_hotels_property_is_not_shown(self, client, stranger, desk):
        client.force_login(stranger)

        assert "Hotel Paradise" not in text_of(client.get(f"/h/mirador/rates/?property={desk.house.pk}"))

    def test_a_receptionist_sees_and_does_not_set(self, client, receptionist, desk):
        edit = desk.set("90")
        client.force_login(receptionist)
        page = client.get(MARCH)

        assert "at least" not in text_of(page)
        assert "€90.00" in page.content.decode()
        assert "change-form" not in page.content.decode()
        assert ">Undo<" not in page.content.decode()
        assert client.post(RATES, change(desk)).status_code == 403
        assert client.post(f"{RATES}preview/", change(desk)).status_code == 403
        assert client.post(f"{RATES}undo/{edit.pk}/").status_code == 403

    @pytest.mark.parametrize("who", ["cleaner", "housekeeping_manager"])
    def test_who_cleans_does_not_see_prices(self, client, request, who, desk):
        client.force_login(request.getfixturevalue(who))

        assert client.get(RATES).status_code == 403
        assert RATES not in client.get("/h/paradise/").content.decode()

    def test_the_navigation_leads_there(self, office, hotel):
        assert f'href="{RATES}"' in office.get("/h/paradise/").content.decode()


class TestMonth:
    def test_prices_and_rules_stand_in_their_nights_with_words(self, office, desk):
        desk.set("90", first=0, last=0)
        desk.set("112.5", first=1, last=1, minimum_stay=2, maximum_stay=7)
        desk.set("80", first=2, last=2, closed=True, closed_to_arrival=True, closed_to_departure=True)
        cells = cells_of(office.get(MARCH), desk.plan(), desk.kind())

        assert len(cells) == 31
        assert "€90.00" in cells[2]
        assert "visually-hidden" not in cells[2]
        assert "112" in cells[3]
        assert 'hidden">, at least 2 nights, at most 7 nights</span>' in cells[3]
        assert "is-closed" in cells[4]
        assert 'hidden">, closed, no arrival, no departure</span>' in cells[4]
        assert "no price" in cells[5]

    def test_free_rooms_are_shown_and_an_overbooking_stands_out(self, office, hotel, desk):
        for number in range(3):
            record = stay(room="111", arrival=(date(2031, 3, 10) - date(2031, 6, 10)).days)
            BookingDesk(hotel).take(booking(f"S{number}", stays=(record,)))
        page = office.get(MARCH)

        assert "6 of 6 free" in text_of(page)
        assert "overbooked by 1" in text_of(page)

    def test_today_is_marked_and_the_nights_before_are_over(self, office, desk):
        with time_machine.travel(datetime(2031, 3, 5, 12, tzinfo=UTC)):
            page = office.get(RATES).content.decode()

        assert re.findall(r'data-date="([^"]*)" aria-current="date"', page) == ["2031-03-05"]
        assert re.findall(r'class="over[^"]*" data-date="([^"]*)"', page)[-1] == "2031-03-04"

    def test_today_follows_the_clock_of_the_property(self, office, desk):
        Property.objects.update(timezone="Pacific/Kiritimati")
        with time_machine.travel(datetime(2031, 3, 3, 12, tzinfo=UTC)):
            page = office.get(RATES).content.decode()

        assert 'data-date="2031-03-04" aria-current="date"' in page

    @pytest.mark.parametrize(
        ("month", "nights"), [("2032-02", 29), ("2031-02", 28), ("2031-12", 31), ("nonsense", 31)]
    )
    def test_every_month_has_its_nights(self, office, desk, month, nights):
        page = office.get(f"{RATES}?month={month}").content.decode()

        assert page.count("data-date=") == nights

    @pytest.mark.parametrize(
        "query", ["month=0000-01", "month=9999-12", "month=2031-13", "month=%00", "property=x", "edited=x"]
    )
    def test_an_odd_address_shows_something_sensible(self, office, desk, query):
        assert office.get(f"{RATES}?{query}").status_code == 200

    def test_another_property_is_chosen_by_the_address(self, office, hotel, desk):
        annex = Property.objects.create(hotel=hotel, name="Annex")
        RoomType.objects.create(hotel=hotel, property=annex, name="Studio")
        RatePlan.objects.create(hotel=hotel, property=annex, name="Weekly")
        page = text_of(office.get(f"{RATES}?property={annex.pk}"))

        assert "Studio" in page
        assert "Doble" not in page

    def test_the_property_that_was_looked_at_last_is_shown_again(self, office, hotel, desk):
        house = hotel.properties.get()
        annex = Property.objects.create(hotel=hotel, name="Annex")
        first = office.get(RATES).context["shown"].house
        office.get("/h/paradise/planning/", {"property": house.pk})
        office.get("/h/paradise/planning/grid/", {"property": annex.pk})

        assert first == annex
        assert office.get(RATES).context["shown"].house == house
        assert office.get("/h/paradise/planning/").context["shown"].house == house
        assert office.get("/h/paradise/bookings/").context["form"]["property"].value() == house.pk
        office.get("/h/paradise/bookings/", {"property": annex.pk})
        assert office.get(RATES).context["shown"].house == annex

    def test_a_plan_out_of_use_is_not_shown(self, office, desk):
        desk.plan("Old", is_active=False)

        assert "Old" not in text_of(office.get(MARCH))

    @pytest.mark.parametrize(
        ("language", "words"), [("es", "marzo de 2031"), ("fr", "mars 2031"), ("en", "March 2031")]
    )
    def test_it_speaks_the_readers_language(self, office, manager, desk, language, words):
        desk.set("1250.5", minimum_stay=2)
        desk.copy(percent=Decimal("-7.5"))
        manager.language = language
        manager.save()

        assert words in text_of(office.get(MARCH)).lower().replace("march", "March")

    def test_marks_of_other_apps_are_one_dot_with_words_like_the_worst_of_them(self, office, desk, hotel):
        asked: list[tuple[Any, ...]] = []

        def marks(hotel_id: int, kinds: Collection[int], first: date, last: date) -> dict[Any, Any]:
            asked.append((hotel_id, set(kinds), first, last))
            dots = [
                NightMark("Octopus: refused", "failed", "/why"),
                NightMark("Heron: sent", "waiting", "/on"),
            ]
            return {(desk.kind().pk, days(0)): dots}

        register_night_marks(marks)
        register_night_marks(marks)
        try:
            page = office.get(MARCH).content.decode()
        finally:
            night_marks._sources.remove(marks)

        assert re.search(r'<a class="mark failed" href="/why"[^>]*>.*?Octopus: refused, Heron: sent<', page)
        assert page.count("Heron: sent<") == 1
        assert "a channel does not know the number yet" in page
        assert "a channel does not know the number yet" not in office.get(MARCH).content.decode()
        kinds = set(RoomType.objects.filter(hotel=hotel).values_list("pk", flat=True))
        assert asked == [(hotel.pk, kinds, date(2031, 3, 1), date(2031, 4, 1))]


class TestFirstSteps:
    def test_without_a_property_it_says_what_to_do(self, office, hotel):
        Room.objects.all().delete()
        Property.objects.all().delete()

        assert "Add a property" in text_of(office.get(RATES))
        assert office.post(RATES, {"what": "plan"}).status_code == 200
        assert office.post(f"{RATES}preview/", {"what": "change"}).status_code == 404

    def test_without_a_plan_it_explains_and_adds_one(self, office, hotel):
        assert "A rate plan is" in text_of(office.get(RATES))
        response = office.post(
            RATES, {"what": "plan", "name": "Standard", "meal_plan": "breakfast"}, follow=True
        )

        plan = RatePlan.objects.get()
        assert (plan.hotel, plan.property, plan.name) == (hotel, hotel.properties.get(), "Standard")
        assert "A rate plan is" not in text_of(response)

    def test_the_same_name_twice_is_refused_and_kept(self, office, desk):
        response = office.post(RATES, {"what": "plan", "name": "Standard", "meal_plan": "breakfast"})

        assert "of that name already" in text_of(response)
        assert 'value="Standard"' in response.content.decode()
        assert RatePlan.objects.count() == 1


class TestChanging:
    def test_it_is_saved_and_can_be_undone_from_the_next_page(self, office, desk):
        page = office.post(MARCH, change(desk, weekdays=["4", "5"], minimum_stay="2"), follow=True)
        edit = RateEdit.objects.get()

        assert desk.prices() == {4: Decimal(90), 5: Decimal(90)}
        assert "2 nights changed" in text_of(page)
        assert f'action="{RATES}undo/{edit.pk}/' in page.content.decode()

        page = office.post(f"{RATES}undo/{edit.pk}/?month=2031-03", follow=True)

        assert desk.prices() == {}
        assert "Undone" in text_of(page)
        assert "March 2031" in text_of(page)

    def test_the_month_of_the_nights_is_shown_afterwards(self, office, desk):
        later = {"first": "2031-12-10", "last": "2031-12-12"}
        page = office.post(MARCH, change(desk, **later), follow=True)
        assert "December 2031" in text_of(page)
        assert "3 nights changed" in text_of(page)
        page = office.post(MARCH, change(desk, last="2031-12-12", price="91"), follow=True)

        assert "March 2031" in text_of(page)

    def test_a_preview_counts_and_saves_nothing(self, office, desk):
        response = office.post(MARCH, change(desk, action="preview"))

        assert "This changes 7 nights." in text_of(response)
        assert not DailyRate.objects.exists()
        assert 'value="90"' in response.content.decode()

    def test_pressing_enter_in_a_field_does_not_save(self, office, desk):
        page = office.get(MARCH).content.decode()
        form = page[page.index('id="change-form"') :]

        assert re.search(r'<button[^>]*type="submit"[^>]*value="(\w+)"', form)[1] == "preview"

    def test_the_fragment_counts_what_is_filled_in(self, office, desk):
        desk.set("90", first=0, last=1)
        response = office.post(
            f"{RATES}preview/?month=2031-03", change(desk, price_how="percent", price="10", last=days(3))
        )

        assert text_of(response).strip() == (
            "This changes 2 nights. 2 nights have no price and stay without."
        )
        assert text_of(office.post(f"{RATES}preview/", change(desk, price="x"))).strip() == ""
        assert text_of(office.post(f"{RATES}preview/", {"what": "plan"})).strip() == ""

    def test_a_comma_is_understood_where_people_write_one(self, office, manager, desk):
        manager.language = "es"
        manager.save()
        office.post(RATES, change(desk, price="95,50", last=days(0).isoformat()))

        assert desk.prices() == {0: Decimal("95.50")}

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"price": "0"}, "A price above zero."),
            ({"price": "ninety"}, "Enter a number."),
            ({"price": "1e400"}, "Ensure that there are no more than"),
            ({"price": ""}, "Say what is to change"),
            ({"price": "90.123"}, "EUR has 2 decimal places."),
            ({"first": "2031-02-20"}, "This night is over"),
            ({"last": "2031-03-01"}, "The last night is before the first."),
            ({"last": "31 March"}, "Enter a valid date."),
            ({"last": "9999-12-31"}, "two years"),
            ({"room_types": []}, "This field is required."),
            ({"weekdays": ["7"]}, "Select a valid choice"),
            ({"minimum_stay": "3", "maximum_stay": "2"}, "cannot be shorter"),
            ({"minimum_stay": "3", "minimum_stay_free": "on"}, "Either a number or no rule."),
            ({"price_how": "clear"}, "Leave this empty"),
            ({"price_how": "amount", "price": "-1"}, "Nothing would change"),
        ],
    )
    def test_what_cannot_be_is_said_and_what_was_typed_stays(self, office, desk, fields, message):
        response = office.post(MARCH, change(desk, **fields))

        assert response.status_code == 200
        assert message in text_of(response).replace("&#x27;", "'")
        shown = response.content.decode()
        assert f'value="{fields.get("last", days(6).isoformat())}"' in shown
        assert re.search(rf'name="rate_plans" value="{desk.plan().pk}"[^>]*checked', shown)
        assert not DailyRate.objects.exists()

    def test_rules_are_cleared_and_switched(self, office, desk):
        desk.set("90", last=6, minimum_stay=3, closed=True)
        office.post(
            RATES,
            change(desk, price="", minimum_stay_free="on", closed="no", closed_to_departure="yes"),
        )

        night = DailyRate.objects.first()
        assert (night.price, night.minimum_stay) == (Decimal(90), None)
        assert (night.closed, night.closed_to_departure) == (False, True)

    def test_an_edit_that_a_newer_one_covers_is_not_undone(self, office, desk):
        older = desk.set("90")
        desk.set("95", first=3, last=3)
        page = office.get(MARCH).content.decode()
        assert page.count(">Undo<") == 1

        response = office.post(f"{RATES}undo/{older.pk}/", follow=True)

        assert "Undo that change first" in text_of(response)
        assert desk.prices()[0] == Decimal(90)

    def test_undo_wants_a_post(self, office, desk):
        assert office.get(f"{RATES}undo/{desk.set('90').pk}/").status_code == 405


class TestCopying:
    def copy(self, desk: Desk, **rest: Any) -> dict[str, Any]:
        return {
            "what": "copy",
            "action": "save",
            "first": days(0).isoformat(),
            "last": days(6).isoformat(),
            "source": desk.plan().pk,
            "source_type": "",
            "target": desk.plan("Flexible").pk,
            "target_type": "",
            "target_first": days(0).isoformat(),
            "percent": "10",
            **rest,
        }

    def test_every_type_goes_to_the_other_plan(self, office, desk):
        desk.set("90", room_types=[desk.kind(), desk.kind("Suite")])
        response = office.post(MARCH, self.copy(desk), follow=True)

        assert desk.prices("Flexible", "Suite")[6] == desk.prices("Flexible")[0] == Decimal(99)
        assert "14 nights changed" in text_of(response)

    def test_one_type_goes_to_another(self, office, desk):
        desk.set("90")
        office.post(
            RATES, self.copy(desk, source_type=desk.kind().pk, target_type=desk.kind("Suite").pk, percent="")
        )

        assert desk.prices("Flexible", "Suite")[0] == Decimal(90)

    def test_a_target_type_without_a_source_type_is_refused(self, office, desk):
        desk.set("90")
        response = office.post(RATES, self.copy(desk, target_type=desk.kind().pk))

        assert "Choose which room type" in text_of(response)

    def test_a_preview_counts(self, office, desk):
        desk.set("90")
        response = office.post(RATES, self.copy(desk, action="preview"))

        assert "This changes 7 nights." in text_of(response)
        assert desk.prices("Flexible") == {}


class TestCost:
    def test_the_page_asks_no_more_for_a_large_house_than_for_a_small_one(self, office, hotel, desk):
        def queries() -> int:
            with CaptureQueriesContext(connection) as found:
                assert office.get(MARCH).status_code == 200
            return len(found)

        desk.set("90", last=0)
        office.get(MARCH)
        few = queries()
        for number in range(17):
            kind = RoomType.objects.create(hotel=hotel, property=desk.house, name=f"Type {number}")
            Room.objects.create(hotel=hotel, property=desk.house, room_type=kind, name=f"R{number}")
        for number in range(4):
            plan = desk.plan(f"Plan {number}")
            desk.set("90", last=27, rate_plans=[plan], room_types=list(RoomType.objects.filter(hotel=hotel)))
        BookingDesk(hotel).take(*(booking(f"B{n}", stays=(stay(arrival=n - 95),)) for n in range(20)))

        assert MONDAY + timedelta(days=27) < date(2031, 4, 1)
        assert queries() == few
        assert few <= 18
