"""The control page of the Hostaway sandbox: every form does what its button says, and nothing breaks out of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import requests

from integrations.providers.hostaway.sandbox import HostawaySandbox
from integrations.sandbox import find_sandbox_classes
from tests.providers.hostaway.sandbox.conftest import TODAY, Client, Receiver, day

FREE = TODAY + timedelta(days=40)


def press(mount: str, action: str, **form: object) -> str:
    """Send a form of the control page and return the page that follows."""
    response = requests.post(f"{mount}/control/{action}", data=form, timeout=10)
    assert response.status_code == 200, response.text
    return response.text


def look(mount: str, **query: str) -> str:
    response = requests.get(mount + "/", params=query, timeout=10)
    assert response.status_code == 200
    return response.text


def test_the_class_is_found_by_its_folder() -> None:
    assert HostawaySandbox in find_sandbox_classes()


def test_the_page_shows_what_to_type_in(sandbox: HostawaySandbox, mount: str) -> None:
    page = look(mount)
    assert "<code>10001</code>" in page
    assert "<code>llavero-demo-secret</code>" in page
    assert 'lang="en"' in page
    assert "width=device-width" in page


def test_the_form_offers_a_night_that_is_on_sale(sandbox: HostawaySandbox, mount: str) -> None:
    arrival = re.search(r'name="arrival" value="([\d-]+)"', look(mount))[1]
    assert arrival == day(2)
    assert "Booked" in press(mount, "book", listing=50001, arrival=arrival, departure=day(3), units=1)


def test_a_booking_lives_its_life_on_the_page(sandbox: HostawaySandbox, mount: str) -> None:
    page = press(
        mount, "book", listing=50010, arrival=day(40), departure=day(43), guest="Ada Vance", channel=2005,
        status="new", units=1, adults=2, children=1, note="Late",
    )  # fmt: skip
    number = int(re.search(r"Booked: (\d+)", page)[1])
    booked = sandbox.world.reservations[number]
    assert (booked.channel, booked.adults, booked.children, booked.comment) == (2005, 2, 1, "Late")
    press(mount, "change", id=number, arrival=day(41), departure=day(45))
    assert (booked.arrival.isoformat(), booked.status) == (day(41), "modified")
    press(mount, "move", id=number, unit=71002)
    assert booked.places == (71002,)
    before = booked.updated
    press(mount, "touch", id=number, note="Paid")
    assert (booked.host_note, booked.updated > before) == ("Paid", True)
    press(mount, "no_show", id=number)
    assert booked.no_show_at
    press(mount, "status", id=number, status="checkedInByRobot")
    assert booked.status == "checkedInByRobot"
    press(mount, "cancel", id=number, by="host")
    assert (booked.status, booked.cancelled_by) == ("cancelled", "host")
    press(mount, "delete", id=number)
    assert number not in sandbox.world.reservations


def test_inquiries_zero_nights_and_missing_dates(sandbox: HostawaySandbox, mount: str) -> None:
    asked = sandbox.book(arrival=FREE, status="inquiry")["id"]
    page = press(mount, "book_inquiry", id=asked)
    booked = int(re.search(r"row of its own: (\d+)", page)[1])
    assert sandbox.world.reservations[booked].status == "new"
    page = press(mount, "zero_nights")
    zero = int(re.search(r"zero nights: (\d+)", page)[1])
    assert sandbox.world.reservations[zero].nights == 0
    stay = {"arrival": day(50), "departure": day(51), "listing": 50001, "units": 1}
    page = press(mount, "book", status="inquiry", unspecified=1, **stay)
    number = int(re.search(r"Booked: (\d+)", page)[1])
    assert sandbox.world.reservations[number].dates_unspecified


def test_a_taken_flat_is_refused_with_a_sentence_unless_overbooked_on_purpose(
    sandbox: HostawaySandbox, mount: str
) -> None:
    form = {"listing": 50001, "arrival": day(0), "departure": day(1), "guest": "Ada Vance", "units": 1}
    count = len(sandbox.rows())
    assert "Apartamento A1 is not available in the night of" in press(mount, "book", **form)
    assert len(sandbox.rows()) == count
    press(mount, "book", **form, overbook="1")
    assert len(sandbox.rows()) == count + 1


def test_the_calendar_shows_what_is_sold_and_when_it_was_written(
    sandbox: HostawaySandbox, mount: str, api: Client
) -> None:
    assert "3 of 3 · 86.00 EUR · min 1" in look(mount, **{"from": day(40)})
    written = {"price": 99.5, "minimumStay": 2, "desiredUnitsToSell": 1, "closedOnArrival": 1}
    api.put("/listings/50010/calendar", {"startDate": day(41), "endDate": day(41), **written})
    page = look(mount, **{"from": day(40)})
    assert "1 of 3 · 99.50 EUR · min 2 · no arrival</small><small>10 Jul 10:00:00" in page
    api.put("/listings/50001/calendar", {"startDate": day(53), "endDate": day(54), "isAvailable": 0})
    assert look(mount, **{"from": day(40)}).count('<td class="blocked">') == 1
    assert '<th scope="row">' in page


def test_a_booking_changes_the_calendar_on_the_page(sandbox: HostawaySandbox, mount: str) -> None:
    assert '<td class="reserved">' not in look(mount, **{"from": day(40)})
    sandbox.book(50002, arrival=FREE)
    assert look(mount, **{"from": day(40)}).count('<td class="reserved">') == 1


def test_the_list_can_be_searched(mount: str) -> None:
    page = look(mount, q="ownerStay")
    assert page.count("<details>") == 1
    assert "Amaro Quintela" in page
    assert "No reservation matches" in look(mount, q="nobody at all")


def test_the_buttons_for_faults_reach_the_switches(
    sandbox: HostawaySandbox, mount: str, api: Client, anonymous: Client
) -> None:
    press(mount, "fail", n="1", status="503", path_part="/listings")
    assert [api("GET", "/listings").status_code for _ in range(2)] == [503, 200]
    press(mount, "exhaust")
    assert api("GET", "/listings").status_code == 429
    press(mount, "clear")
    press(mount, "slow", seconds="0")
    press(mount, "expire")
    assert api("GET", "/listings").status_code == 403
    assert "another one" in press(mount, "secret", secret="another one")
    assert sandbox.world.accounts[10001].secret == "another one"
    press(mount, "reset")
    assert sandbox.world.accounts[10001].secret == "llavero-demo-secret"


def test_the_buttons_for_webhooks_reach_the_switches(
    sandbox: HostawaySandbox, mount: str, api: Client, receiver: Receiver
) -> None:
    token = "d" * 30
    body = {"url": f"{receiver.url}/{token}", "login": "desk-login", "password": "pa55word"}
    api.envelope("POST", "/webhooks/unifiedWebhooks", json=body)
    for action in ("duplicates", "shuffle", "partial"):
        press(mount, action)
    assert (sandbox.duplicate_webhooks, sandbox.shuffle_webhooks, sandbox.partial_webhooks) == (True,) * 3
    for action in ("duplicates", "shuffle", "partial"):
        press(mount, action)
    assert (sandbox.duplicate_webhooks, sandbox.shuffle_webhooks, sandbox.partial_webhooks) == (False,) * 3
    number = sandbox.book()["id"]
    press(mount, "message", id=number)
    press(mount, "again")
    assert sandbox.wait_for_deliveries()
    page = look(mount)
    assert len(receiver.events) == 3
    assert "reservation.created" in page
    assert "delivered" in page
    assert not re.search(f"{token}|pa55word|desk-login", page)
    assert "1 webhooks were disabled" in press(mount, "disable")


@pytest.mark.parametrize(
    "action",
    ["book", "book_inquiry", "change", "move", "status", "cancel", "touch", "message", "no_show", "delete", "fail",
     "secret"],
)  # fmt: skip
def test_empty_forms_are_answered_with_a_sentence(sandbox: HostawaySandbox, mount: str, action: str) -> None:
    count = len(sandbox.rows())
    assert 'role="status"' in press(mount, action)
    assert len(sandbox.rows()) == count


def test_nothing_that_was_typed_or_sent_becomes_markup(
    sandbox: HostawaySandbox, mount: str, api: Client
) -> None:
    evil = "<script>alert(1)</script>\"'"
    sandbox.book(guest=evil, source=evil)
    sandbox.set_status(sandbox.book()["id"], evil)
    sandbox.change_secret(10001, evil)
    hook = {"url": "https://h.example.org/?<script>", "login": "<b>x"}
    Client(mount, sandbox.new_token(10001).value).envelope("POST", "/webhooks/unifiedWebhooks", json=hook)
    page = look(mount, q=evil, notice=evil, **{"from": evil}) + look(mount)
    assert "<script" not in page
    assert "<b>" not in page


def test_other_sites_cannot_press_buttons(sandbox: HostawaySandbox, mount: str) -> None:
    count = len(sandbox.rows())
    answer = requests.post(
        f"{mount}/control/zero_nights", headers={"Origin": "https://elsewhere.example.org"}, timeout=10
    )
    assert answer.status_code == 403
    assert len(sandbox.rows()) == count
    assert requests.post(f"{mount}/control/no_such_thing", timeout=10).status_code == 404


def test_every_field_has_a_label(mount: str) -> None:
    page = look(mount)
    unlabelled = [
        match
        for match in re.finditer(r"<(input|select)(?![^>]*hidden)[^>]*>", page)
        if page.rfind("<label", 0, match.start()) < page.rfind("</label>", 0, match.start())
    ]
    assert unlabelled == []
