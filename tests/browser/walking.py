"""The newcomer's moves, in plain words: signing in, connecting, and playing the other side in the sandbox."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qs, quote, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.demo_process import Demo

HOTEL = "Hotel Paradise"
PATIENCE = 30_000  # milliseconds, for a busy machine
IMPORT_PATIENCE = 60_000


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of the other side and the moment its form was sent (monotonic seconds)."""

    what: str
    at: float


def sign_in(page: Page, demo: Demo) -> None:
    email, password = demo.sign_in_of("Manager", HOTEL)
    page.goto(demo.address)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{demo.address}/h/paradise/")


def go_to(page: Page, item: str) -> None:
    """Follow ``item`` of the main navigation."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name=item).click()


def choose_octorate(page: Page) -> None:
    card = page.get_by_role("article", name="Octorate")
    card.get_by_role("link", name="Connect").click()


def press_connect(page: Page) -> None:
    page.get_by_role("button", name="Connect Octorate").click()
    expect(page.get_by_role("heading", name="Allow access to your properties?")).to_be_visible()


def save_the_mapping(page: Page) -> None:
    page.get_by_role("button", name="Save and go on").click()


def import_everything(page: Page) -> None:
    """Start the first import and wait for its end."""
    page.get_by_role("button", name="Start the first import").click()
    expect(page.get_by_text("From now on new bookings")).to_be_visible(timeout=IMPORT_PATIENCE)


def connect_and_import(page: Page) -> None:
    """From the gallery to the end of the first import, taking every suggestion."""
    choose_octorate(page)
    press_connect(page)
    page.get_by_role("button", name="Allow").click()
    page.get_by_role("link", name="Map properties and rooms").click()
    save_the_mapping(page)
    import_everything(page)


# --- the other side ---------------------------------------------------------------------------------------------


def open_control(page: Page, demo: Demo) -> date:
    """Open the sandbox's control page; returns the day that it calls today."""
    page.goto(f"{demo.sandbox_address}/octorate/")
    return date.fromisoformat(_form(page, "book").get_by_label("Arrival").input_value())


def book(page: Page, *, room: str, arrival: date, departure: date, guest: str) -> Pressed:
    form = _form(page, "book")
    form.get_by_role("combobox", name="Room", exact=True).select_option(label=room)
    form.get_by_label("Guest").fill(guest)
    form.get_by_label("Arrival").fill(arrival.isoformat())
    form.get_by_label("Departure").fill(departure.isoformat())
    return _press(form, "Book", "Booked")


def change_dates(page: Page, demo: Demo, *, guest: str, arrival: date, departure: date) -> Pressed:
    form = _open_booking(page, demo, guest).locator("form[action='control/change']")
    form.get_by_label("Arrival").fill(arrival.isoformat())
    form.get_by_label("Departure").fill(departure.isoformat())
    return _press(form, "Change dates", "Changed to")


def move(page: Page, demo: Demo, *, guest: str, room: str) -> Pressed:
    form = _open_booking(page, demo, guest).locator("form[action='control/move']")
    form.get_by_role("combobox", name="Move to").select_option(label=room)
    return _press(form, "Move", f"Moved to room {room}")


def cancel(page: Page, demo: Demo, *, guest: str) -> Pressed:
    return _press(
        _open_booking(page, demo, guest).locator("form[action='control/cancel']"), "Cancel", "Cancelled"
    )


def revoke_the_grant(page: Page, demo: Demo) -> Pressed:
    open_control(page, demo)
    return _press(_form(page, "revoke"), "Revoke the grant", "grants were taken back")


def _form(page: Page, action: str) -> Locator:
    page.bring_to_front()
    return page.locator(f"form[action='control/{action}']")


def _open_booking(page: Page, demo: Demo, guest: str) -> Locator:
    page.bring_to_front()
    page.goto(f"{demo.sandbox_address}/octorate/?q={quote(guest)}")
    booking = page.locator("details").filter(has_text=guest)
    expect(booking).to_have_count(1)
    booking.locator("summary").click()
    return booking


def _press(form: Locator, button: str, answer: str) -> Pressed:
    """Press ``button``; the control page agrees with ``answer``. Does not wait until all of the page is drawn."""
    page = form.page
    sent: list[float] = []
    # The clock starts when the form is sent: a click waits for its button to stand still first.
    page.once("request", lambda request: sent.append(time.monotonic()))
    with page.expect_navigation(url=re.compile(r"[?&]failed="), wait_until="commit"):
        form.get_by_role("button", name=button).click(no_wait_after=True)
    said = parse_qs(urlsplit(page.url).query)
    assert said["failed"] == ["0"], said
    assert answer in said["notice"][0]
    return Pressed(button, sent[0])
