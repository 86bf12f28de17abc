"""The control page of the Booking.com sandbox and the switches that make its answers go wrong."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest
import requests
from lxml import etree

from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import (
    DOUBLE,
    HOTEL,
    OTHER_HOTEL,
    SINGLE,
    STANDARD,
    SUITE,
)
from integrations.providers.booking_com.sandbox.selling import RoomWish
from tests.providers.booking_com.sandbox.conftest import MODIFY, NEW, Client, document, every

STAY = {"arrival": "2031-06-10", "departure": "2031-06-12"}


def press(mount: str, action: str, **form: object) -> str:
    """Send a form of the control page and return the page that follows."""
    answer = requests.post(f"{mount}/control/{action}", data=form, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.text


def show(mount: str, **query: str) -> str:
    answer = requests.get(mount + "/", params=query, timeout=10)
    assert answer.status_code == 200
    return answer.text


def said(page: str) -> str:
    found = re.search(r'role="status"[^>]*>([^<]*)<', page)
    return found[1] if found else ""


class Outline(HTMLParser):
    """Open tags without a close, labels without an input inside, table heads without a scope."""

    VOID = ("meta", "link", "input", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if tag in ("input", "select") and has.get("type") != "hidden" and "label" not in self.open:
            self.faults.append(f"{tag} {has.get('name')} has no label")
        if tag == "th" and not has.get("scope"):
            self.faults.append("th without scope")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


def test_the_page_is_sound_html_with_labels(mount: str, sandbox: BookingComSandbox) -> None:
    sandbox.cancel(sandbox.waiting()[0])
    sandbox.advance_clock(45)
    outline = Outline()
    outline.feed(show(mount))
    assert outline.faults == []
    assert outline.open == []


def test_the_page_tells_what_to_type_in(mount: str) -> None:
    page = show(mount)
    assert "<td>llavero-demo</td><td>llavero-demo-secret</td><td>4400123</td>" in page


def test_a_booking_can_be_made_changed_and_cancelled(
    mount: str, quiet: Client, sandbox: BookingComSandbox
) -> None:
    page = press(
        mount, "book", room=f"{DOUBLE}:{STANDARD}", guest="Ada Vance", count=2, adults=2, ages="4, 9", **STAY
    )
    found = re.fullmatch(r"Booked: (\d{10})", said(page))
    assert found
    number = found[1]
    booking = sandbox.reservation(number)
    assert [(room.adults, room.child_ages) for room in booking.rooms] == [(2, (4, 9))] * 2
    assert quiet.ids(NEW) == [number]
    quiet.acknowledge(NEW, number)
    press(mount, "change", id=number, index=0, room_type=0, arrival="2031-06-11", departure="2031-06-13")
    assert (booking.arrival, booking.departure) == (date(2031, 6, 11), date(2031, 6, 13))
    press(mount, "add_room", id=number, room_type=SINGLE)
    assert [room.room_type for room in booking.rooms] == [DOUBLE, DOUBLE, SINGLE]
    press(mount, "drop_room", id=number, index=booking.rooms[0].index)
    assert [room.room_type for room in booking.rooms] == [DOUBLE, SINGLE]
    press(mount, "change", id=number, index=booking.rooms[0].index, room_type=SUITE, **STAY)
    assert [room.room_type for room in booking.rooms] == [SUITE, SINGLE]
    press(mount, "cancel", id=number)
    (item,) = quiet.read(MODIFY)
    assert every(item, "RoomStay") == []


def test_what_is_sold_out_is_refused_in_words_unless_forced(mount: str, sandbox: BookingComSandbox) -> None:
    form = {"room": f"{SUITE}:{STANDARD}", **STAY}
    press(mount, "book", count=2, **form)
    before = sandbox.waiting()
    assert said(press(mount, "book", **form)) == "Suite is sold out on 2031-06-10."
    assert sandbox.waiting() == before
    assert said(press(mount, "book", force=1, **form)).startswith("Booked")


def test_the_calendar_shows_what_is_sold_now(mount: str, client: Client, sandbox: BookingComSandbox) -> None:
    page = show(mount, **{"from": "2031-06-20"})
    assert "Fri 20 Jun" in page
    assert "never" in page
    sandbox.stock.night(sandbox.room_type(DOUBLE), date(2031, 6, 20)).closed = True
    sandbox.book(RoomWish(SINGLE, date(2031, 6, 21), date(2031, 6, 22)))
    tree = etree.HTML(show(mount, **{"from": "2031-06-20"}))
    rows = {
        str(table.findtext("caption")): [
            [cell.text for cell in row.findall("td")] for row in table.findall("tbody/tr")
        ]
        for table in tree.findall(".//table")
    }
    assert rows[f"Double Room, {DOUBLE}"][0][:2] == ["Fri 20 Jun", "closed (6)"]
    assert [row[1] for row in rows[f"Single Room, {SINGLE}"][:3]] == ["4", "3", "4"]
    assert rows[f"Single Room, {SINGLE}"][0][2] == "72.50"
    assert "Calendar of Kumo Garden House" in show(mount, property=str(OTHER_HOTEL))


def test_acknowledgements_refusals_and_mails_are_listed(
    mount: str, client: Client, sandbox: BookingComSandbox
) -> None:
    first, second, _ = client.ids(NEW)
    client.acknowledge(NEW, first)
    client.refuse(NEW, second, "No such &lt;room&gt;")
    page = press(mount, "clock", minutes=31)
    assert "acknowledged (new)" in page
    assert "refused: No such &lt;room&gt;" in page
    assert "Fallback e-mails: 3" in page
    assert "31 minutes ahead" in page


def test_names_are_escaped_on_the_page(mount: str, sandbox: BookingComSandbox) -> None:
    page = press(mount, "book", room=f"{DOUBLE}:{STANDARD}", guest="<script>alert(1)</script>", **STAY)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_another_site_cannot_press_the_buttons(mount: str, sandbox: BookingComSandbox) -> None:
    before = sandbox.waiting()
    form, headers = {"room": f"{DOUBLE}:{STANDARD}", **STAY}, {"Origin": "https://evil.example.org"}
    answer = requests.post(f"{mount}/control/book", data=form, headers=headers, timeout=10)
    assert answer.status_code == 403
    assert sandbox.waiting() == before
    assert requests.post(f"{mount}/control/unknown", timeout=10).status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {"room": "1:2", **STAY},
        {"room": f"{DOUBLE}:9", **STAY},
        {"room": "", **STAY},
        {"room": f"{DOUBLE}:{STANDARD}"},
        {"room": f"{DOUBLE}:{STANDARD}", "arrival": "2031-06-12", "departure": "2031-06-12"},
        {"room": f"{DOUBLE}:{STANDARD}", "arrival": "2031-06-12", "departure": "9999-12-31"},
        {"room": f"{DOUBLE}:{STANDARD}", "arrival": "9999-12-30", "departure": "9999-12-31"},
    ],
)
def test_impossible_bookings_are_refused_in_words(
    mount: str, sandbox: BookingComSandbox, form: dict[str, str]
) -> None:
    before = sandbox.waiting()
    page = press(mount, "book", **form)
    assert 'class="notice bad"' in page
    assert said(page).endswith(".")
    assert sandbox.waiting() == before


def test_an_error_page_or_an_empty_answer_changes_nothing(client: Client, sandbox: BookingComSandbox) -> None:
    before = client.ids(NEW)
    sandbox.html_with_200()
    answer = client("GET", NEW)
    assert (answer.status_code, "<html>" in answer.text) == (200, True)
    sandbox.empty_body(path_part="OTA_HotelResNotif")
    assert client.ids(MODIFY) == []
    answer = client.acknowledge(NEW, *before)
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.ids(NEW) == before
    assert len(sandbox.requests("POST", "OTA_HotelResNotif")) == 1


def test_xml_can_be_cut_off(client: Client, sandbox: BookingComSandbox) -> None:
    sandbox.truncated_xml()
    answer = client("GET", NEW)
    assert answer.status_code == 200
    with pytest.raises(etree.XMLSyntaxError):
        document(answer)
    assert len(client.ids(NEW)) == 3


def test_an_acknowledgement_can_count_although_its_answer_is_lost(
    client: Client, sandbox: BookingComSandbox
) -> None:
    sandbox.lose_next_acknowledgement_answer()
    first, *others = client.ids(NEW)
    with pytest.raises(requests.ConnectionError):
        client.acknowledge(NEW, first)
    assert client.ids(NEW) == others
    assert client.acknowledge(NEW, first).status_code == 200
    assert [answer.reservation for answer in sandbox.acknowledged()] == [first]


def test_calls_can_fail_and_be_slow(client: Client, sandbox: BookingComSandbox) -> None:
    sandbox.fail_next(2, 500, path_part="OTA_HotelResNotif")
    assert client("GET", MODIFY).status_code == 200
    answers = [client("GET", NEW).status_code for _ in range(3)]
    assert answers == [500, 500, 200]
    sandbox.slow(0.3)
    assert client("GET", NEW).elapsed.total_seconds() >= 0.3


@pytest.mark.parametrize("action", ["html", "truncated", "empty", "lose", "fail"])
def test_the_page_sets_switches_and_takes_them_back(
    mount: str, client: Client, sandbox: BookingComSandbox, action: str
) -> None:
    page = press(mount, action, n=1, status=500)
    assert "Calls that will go wrong: 1" in page
    assert "No faults set" in press(mount, "clear")
    assert len(client.ids(NEW)) == 3


def test_tokens_end_and_a_reset_begins_again_from_the_page(
    mount: str, client: Client, sandbox: BookingComSandbox
) -> None:
    assert said(press(mount, "expire")) == "Tokens ended: 1"
    assert client("GET", NEW).status_code == 401
    press(mount, "drop")
    assert sandbox.timed_out_leaves_queue
    press(mount, "fill", count=12)
    assert len(sandbox.waiting()) == 16
    press(mount, "reset")
    assert len(sandbox.waiting()) == 4
    assert not sandbox.timed_out_leaves_queue


def test_the_calendar_api_is_for_rooms_of_that_property(sandbox: BookingComSandbox) -> None:
    with pytest.raises(ValueError, match="another property"):
        sandbox.calendar(OTHER_HOTEL, DOUBLE, date(2031, 6, 10), date(2031, 6, 11))
    night = sandbox.calendar(HOTEL, DOUBLE, date(2031, 6, 20), date(2031, 6, 21))[0]
    night.count = 0
    night.rates[STANDARD].closed = True
    again = sandbox.calendar(HOTEL, DOUBLE, date(2031, 6, 20), date(2031, 6, 21))[0]
    assert (again.count, again.rates[STANDARD].closed) == (6, False)
