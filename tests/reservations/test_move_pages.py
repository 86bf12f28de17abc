"""The card of a stay, the form that blocks a room, the list of changes: who may, what is shown, what is answered."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.accounts.models import User
from reservations.choices import RoomChoice, StayState
from reservations.models import Hotel, PlanningEdit, Room, RoomClosure, Stay
from tests.reservations.planning import Planner, day

pytestmark = pytest.mark.django_db

PLANNING = "/h/paradise/planning/"
SCRIPT = {"headers": {"Accept": "application/json"}}


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2031, 6, 1, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def plan(hotel: Hotel, receptionist: User) -> Planner:
    return Planner(hotel, receptionist)


@pytest.fixture
def front(client: Client, receptionist: User) -> Client:
    """The receptionist's browser."""
    client.force_login(receptionist)
    return client


def card(stay: Stay, action: str = "") -> str:
    return f"{PLANNING}stays/{stay.pk}/{action}"


def text_of(response: Any) -> str:
    """What a reader hears: no tags, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def options_of(response: Any, name: str) -> dict[str, bool]:
    """The texts of a select and whether each can be chosen."""
    found = re.search(rf'<select name="{name}".*?</select>', response.content.decode(), re.DOTALL)
    assert found, f"no select {name}"
    rows = re.findall(r"<option([^>]*)>(.*?)</option>", found[0])
    return {text: "disabled" not in attributes for attributes, text in rows}


class TestAccess:
    def test_nobody_reads_without_signing_in(self, client, plan):
        assert client.get(card(plan.book("Mara")))["Location"].startswith("/accounts/login/")

    def test_a_stranger_finds_nothing(self, client, stranger, plan):
        stay = plan.book("Mara", "Doble 105")
        edit = plan.move("Mara", "106")
        plan.block("107", 0, 2)
        closure = RoomClosure.objects.get()
        client.force_login(stranger)

        assert client.get(card(stay)).status_code == 404
        for slug in ("paradise", "mirador"):
            base = f"/h/{slug}/planning/"
            own_room = Room.objects.filter(hotel__slug="mirador")[0]
            assert client.get(f"{base}stays/{stay.pk}/").status_code == 404
            for action in ("move", "pin", "unpin", "join", "swap"):
                answer = client.post(
                    f"{base}stays/{stay.pk}/{action}/", {"room": own_room.pk, "other": stay.pk}
                )
                assert answer.status_code == 404, (slug, action)
            assert client.post(f"{base}stays/{stay.pk}/split/", {}).status_code == 404
            assert client.post(f"{base}undo/{edit.pk}/").status_code == 404
            assert client.post(f"{base}unblock/{closure.pk}/").status_code == 404
        assert plan.rooms("Mara") == [("106", 0, 2)]
        assert RoomClosure.objects.exists()

    def test_another_hotels_room_cannot_be_named(self, client, front, plan, other_hotel):
        stay = plan.book("Mara")
        foreign = Room.objects.filter(hotel=other_hotel)[0]

        assert front.post(card(stay, "move/"), {"room": foreign.pk}).status_code == 404
        answer = front.post(
            f"{PLANNING}block/",
            {"room": foreign.pk, "first": day(0), "last": day(1), "kind": "out_of_order"},
        )
        assert "Select a valid choice" in answer.content.decode()
        assert not RoomClosure.objects.exists()

    def test_who_only_looks_sees_the_card_without_forms(self, client, housekeeping_manager, plan):
        stay = plan.book("Mara", "Doble 105")
        edit = plan.move("Mara", "106")
        client.force_login(housekeeping_manager)
        page = client.get(card(stay))

        assert "Mara" in text_of(page)
        assert "/move/" not in page.content.decode()
        for action in ("move/", "swap/", "split/", "join/", "pin/", "unpin/"):
            assert client.post(card(stay, action), {"room": 1}).status_code == 403, action
        assert client.get(f"{PLANNING}block/").status_code == 403
        assert client.post(f"{PLANNING}undo/{edit.pk}/").status_code == 403

    def test_a_cleaner_sees_no_stays(self, client, cleaner, plan):
        client.force_login(cleaner)

        assert client.get(card(plan.book("Mara"))).status_code == 403


class TestCard:
    def test_it_says_who_when_and_where(self, front, plan):
        stay = plan.book("Mara", "Doble 105", nights=3)
        text = text_of(front.get(card(stay)))

        for words in ("Mara", "10–13 Jun 2031", "3 nights", "105", "Doble", "€160.00", "Expected"):
            assert words in text
        assert f"/h/paradise/reservations/{stay.reservation_id}/" in front.get(card(stay)).content.decode()

    def test_it_is_a_page_or_a_fragment_for_a_dialog(self, front, plan):
        stay = plan.book("Mara")
        page = front.get(card(stay)).content.decode()
        fragments = [
            front.get(card(stay), {"fragment": "1"}).content.decode(),
            front.get(card(stay), headers={"HX-Request": "true"}).content.decode(),
        ]

        assert "<html" in page
        for fragment in fragments:
            assert "<html" not in fragment
            assert "<h2>Mara</h2>" in fragment

    def test_rooms_are_offered_in_the_order_in_which_one_would_try_them(self, front, plan):
        plan.book("Ana", "Doble 106", nights=3)
        plan.block("107", 1, 4)
        stay = plan.book("Mara", "Doble 105")
        options = options_of(front.get(card(stay)), "room")

        assert list(options)[:3] == ["108", "109", "110"]
        assert options["111 · Suite"]
        assert not options["106 · Ana has it, 10–13 Jun 2031"]
        assert not options["107 · it is closed, 11–14 Jun 2031"]
        assert not any(text.startswith("105") for text in options)
        assert list(options).index("101 · Individual") < list(options).index(
            "107 · it is closed, 11–14 Jun 2031"
        )

    def test_only_guests_who_fit_are_offered_to_change_places(self, front, plan):
        plan.book("Fits", "Doble 106")
        plan.book("Short", "Doble 107", nights=1)
        plan.book("After", "Doble 105", arrival=2, nights=2)
        plan.book("Long", "Doble 108", nights=3)
        plan.book("One", "Doble 109", nights=1)
        plan.book("Two", "Doble 109", arrival=1, nights=1)
        stay = plan.book("Mara", "Doble 105")

        assert list(options_of(front.get(card(stay)), "other")) == [
            "106 · Fits, 10–12 Jun 2031",
            "107 · Short, 10–11 Jun 2031",
        ]

    def test_a_stay_whose_guest_has_left_has_no_forms_and_says_so(self, front, plan):
        stay = plan.book("Mara", "Doble 105", stay_state=StayState.DEPARTED)
        page = front.get(card(stay))

        assert "Mara has left already." in text_of(page)
        assert "/move/" not in page.content.decode()

    def test_the_parts_of_a_split_stay_lead_to_each_other(self, front, plan):
        stay = plan.book("Mara", "Doble 105", nights=4)
        plan.split("Mara", (0, 2, "105"), (2, 4, "106"))
        part = Stay.objects.get(part_of=stay)
        page = front.get(card(part))

        assert "Move part 2" in text_of(page)
        assert card(stay) in page.content.decode()
        assert "Put together again" in text_of(page)

    def test_a_stay_without_rooms_left_says_so(self, front, plan):
        for number in range(101, 113):
            kind = "Individual" if number < 105 else "Doble" if number < 111 else "Suite"
            plan.book(f"G{number}", f"{kind} {number}")
        stay = plan.book("Late")
        text = text_of(front.get(card(stay)))

        assert "No other room is free" in text
        assert "overbooked" in text

    def test_the_statements_do_not_grow_with_the_house(self, front, plan):
        stay = plan.book("Mara", "Doble 105")
        front.get(card(stay))
        with CaptureQueriesContext(connection) as few:
            front.get(card(stay))
        for number in range(106, 111):
            plan.book(f"G{number}", f"Doble {number}")
        with CaptureQueriesContext(connection) as many:
            front.get(card(stay))

        # The guests who could change places are read, and their further parts.
        assert len(many) <= len(few) + 5


class TestActions:
    def test_a_browser_goes_back_to_where_it_came_from(self, front, plan):
        stay = plan.book("Mara", "Doble 105")
        where = f"{PLANNING}?from=2031-06-01"
        answer = front.post(card(stay, "move/"), {"room": plan.room("110").pk, "next": where})

        assert (answer.status_code, answer["Location"]) == (303, where)
        assert plan.rooms("Mara") == [("110", 0, 2)]
        assert "room 105 to room 110" in text_of(front.get(where))

    @pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "/h/mirador/planning/", ""])
    def test_and_never_to_a_strangers_page(self, front, plan, where):
        stay = plan.book("Mara", "Doble 105")
        answer = front.post(card(stay, "move/"), {"room": plan.room("110").pk, "next": where})

        assert answer["Location"] == PLANNING

    def test_a_refusal_is_shown_on_the_card(self, front, plan):
        plan.book("Ana", "Doble 106")
        stay = plan.book("Mara", "Doble 105")
        answer = front.post(card(stay, "move/"), {"room": plan.room("106").pk}, follow=True)

        assert answer.redirect_chain[0][0].startswith(card(stay))
        assert "Ana has it" in text_of(answer)

    def test_a_script_hears_what_was_done(self, front, plan):
        stay = plan.book("Mara", "Doble 105")
        answer = front.post(card(stay, "move/"), {"room": plan.room("110").pk}, **SCRIPT)

        assert answer.json() == {
            "ok": True,
            "message": "Mara, 10–12 Jun 2031: room 105 to room 110.",
            "edit": PlanningEdit.objects.get().pk,
        }

    def test_and_why_it_was_not_and_who_could_swap(self, front, plan):
        other = plan.book("Ana", "Doble 106")
        stay = plan.book("Mara", "Doble 105")
        answer = front.post(card(stay, "move/"), {"room": plan.room("106").pk}, **SCRIPT)

        assert answer.status_code == 409
        assert answer.json() == {
            "ok": False,
            "message": "Room 106: Ana has it, 10–12 Jun 2031.",
            "swap": other.pk,
        }
        answer = front.post(card(stay, "swap/"), {"other": other.pk}, **SCRIPT)
        assert answer.json()["ok"]
        assert (plan.rooms("Mara"), plan.rooms("Ana")) == ([("106", 0, 2)], [("105", 0, 2)])

    def test_whoever_saw_an_older_board_is_told(self, front, plan):
        stay = plan.book("Mara", "Doble 105")
        plan.move("Mara", "106")
        data = {"room": plan.room("107").pk, "seen": plan.room("105").pk}

        assert "faster" in front.post(card(stay, "move/"), data, **SCRIPT).json()["message"]

    def test_a_stay_is_split_and_joined(self, front, plan):
        stay = plan.book("Mara", "Doble 105", nights=4)
        data = {"day": day(1), "first_room": plan.room("105").pk, "second_room": plan.room("109").pk}
        assert front.post(card(stay, "split/"), data).status_code == 303
        assert plan.rooms("Mara") == [("105", 0, 1), ("109", 1, 4)]

        assert front.post(card(stay, "join/"), {"room": plan.room("110").pk}).status_code == 303
        assert plan.rooms("Mara") == [("110", 0, 4)]

    def test_a_split_that_says_too_little_is_refused_with_the_field(self, front, plan):
        stay = plan.book("Mara", "Doble 105", nights=4)
        answer = front.post(card(stay, "split/"), {"day": "", "first_room": "x"}, **SCRIPT)

        assert answer.status_code == 409
        assert "Day of the move" in answer.json()["message"]

    def test_a_room_is_promised_and_released(self, front, plan):
        stay = plan.book("Mara", "Doble 105")
        assert "Promise room 105" in text_of(front.get(card(stay)))
        front.post(card(stay, "pin/"))
        assert plan.stay("Mara").room_choice == RoomChoice.PERSON

        assert "No longer promise room 105" in text_of(front.get(card(stay)))
        front.post(card(stay, "unpin/"))
        assert plan.stay("Mara").room_choice == RoomChoice.TOLD

    def test_what_names_no_room_is_not_found(self, front, plan):
        stay = plan.book("Mara")

        for room in ("", "abc", "9" * 30, "-1"):
            assert front.post(card(stay, "move/"), {"room": room}).status_code == 404
        assert front.get(card(stay, "move/")).status_code == 405


class TestUndo:
    def test_the_list_of_changes_undoes_what_is_as_it_was_left(self, front, plan):
        plan.book("Mara", "Doble 105")
        plan.book("Ana", "Doble 106")
        first = plan.move("Mara", "110")
        plan.move("Ana", "109")
        second = plan.move("Mara", "108")
        html = front.get(PLANNING).content.decode()

        assert f"{PLANNING}undo/{second.pk}/" in html
        assert f"{PLANNING}undo/{first.pk}/" not in html
        answer = front.post(f"{PLANNING}undo/{second.pk}/", **SCRIPT)
        assert answer.json() == {
            "ok": True,
            "message": "Undone: everything is where it was before.",
            "edit": None,
        }
        assert plan.rooms("Mara") == [("110", 0, 2)]
        assert front.post(f"{PLANNING}undo/{second.pk}/", **SCRIPT).status_code == 409

    def test_a_browser_sees_why_not(self, front, plan):
        plan.book("Mara", "Doble 105")
        first = plan.move("Mara", "110")
        plan.move("Mara", "108")
        answer = front.post(f"{PLANNING}undo/{first.pk}/", follow=True)

        assert "moved to room 108 since" in text_of(answer)


class TestBlock:
    def fields(self, plan, **rest: Any) -> dict[str, Any]:
        return {
            "room": plan.room("105").pk,
            "first": day(0),
            "last": day(2),
            "kind": "out_of_order",
            "note": "Painters",
            **rest,
        }

    def test_a_room_is_blocked(self, front, plan):
        page = front.get(f"{PLANNING}block/", {"room": plan.room("105").pk, "from": "2031-06-10"})
        assert 'value="2031-06-10"' in page.content.decode()
        answer = front.post(f"{PLANNING}block/", self.fields(plan))

        assert answer.status_code == 303
        closure = RoomClosure.objects.get()
        assert (closure.room.name, closure.first, closure.last, closure.note) == (
            "105",
            day(0),
            day(2),
            "Painters",
        )

    def test_a_guest_in_the_way_is_named_and_the_block_confirmed(self, front, plan):
        plan.book("Mara", "Doble 105")
        plan.pin("Mara")
        page = front.post(f"{PLANNING}block/", self.fields(plan))
        assert "Mara has it" in text_of(page)
        assert not RoomClosure.objects.exists()

        answer = front.post(f"{PLANNING}block/", self.fields(plan), **SCRIPT)
        assert (answer.status_code, "Mara" in answer.json()["message"]) == (409, True)
        assert front.post(f"{PLANNING}block/", self.fields(plan, confirmed="on")).status_code == 303
        assert RoomClosure.objects.exists()

    def test_impossible_dates_are_said_at_the_field(self, front, plan):
        page = front.post(f"{PLANNING}block/", self.fields(plan, last=day(0)))
        assert "later day" in text_of(page)
        answer = front.post(f"{PLANNING}block/", self.fields(plan, first="soon"), **SCRIPT)

        assert answer.json()["message"].startswith("From: ")
        assert not RoomClosure.objects.exists()

    def test_the_blocks_of_a_room_are_listed_and_removed(self, front, plan):
        plan.block("105", 0, 2)
        plan.block("105", -20, -12)
        closure = RoomClosure.objects.get(first=day(0))
        page = front.get(f"{PLANNING}block/", {"room": plan.room("105").pk, "fragment": "1"})
        assert page.content.decode().count("Remove the block") == 1

        answer = front.post(f"{PLANNING}unblock/{closure.pk}/", **SCRIPT)
        assert answer.json()["message"] == "Block of room 105 removed, 10–12 Jun 2031: Out of order."
        assert not RoomClosure.objects.filter(first=day(0)).exists()

    def test_a_hotel_without_rooms_has_an_empty_form(self, client, plan, front):
        Room.objects.update(is_active=False)

        assert front.get(f"{PLANNING}block/").status_code == 200
