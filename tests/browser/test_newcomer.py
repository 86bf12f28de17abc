"""The newcomer's walk: from the sign-in page of a fresh demo to bookings that follow the other side by themselves."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.demo_process import Demo, running_demo
from tests.browser.walking import (
    PATIENCE,
    Pressed,
    book,
    cancel,
    change_dates,
    choose_octorate,
    go_to,
    import_everything,
    move,
    open_control,
    press_connect,
    revoke_the_grant,
    save_the_mapping,
    sign_in,
)
from tests.browser.watching import Watch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

GUEST = "Ondina Velasco"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A newcomer starts the demo in an empty folder."""
    with running_demo(tmp_path) as demo:
        yield demo


def test_a_newcomer_connects_octorate_and_every_change_there_follows_in_the_open_pages(demo: Demo, visitor):
    context, watch = visitor()
    page = context.new_page()

    sign_in(page, demo)
    watch.look_at(page, "01-dashboard-of-a-new-hotel")
    connect_after_refusing_once(page, watch)
    map_what_the_grant_opens(page, watch)
    import_with_a_progress_bar(page, watch)
    find_reservations_guests_and_cleaning(page, watch)
    connection_address = open_the_connection(page, watch)
    follow_one_booking_through_its_life(context, demo, connection_address, watch)
    lose_the_grant_and_reconnect(context, demo, connection_address, watch)

    assert watch.faults == []


def connect_after_refusing_once(page: Page, watch: Watch) -> None:
    go_to(page, "Integrations")
    expect(page.get_by_role("heading", name="Nothing is connected yet")).to_be_visible()
    watch.look_at(page, "02-gallery")

    choose_octorate(page)
    steps = page.get_by_role("navigation", name="Steps")
    expect(steps.get_by_role("listitem")).to_have_count(4)
    watch.look_at(page, "03-wizard")
    steps.get_by_role("link", name="Registration").click()
    expect(page.get_by_text("present", exact=True)).to_have_count(2)
    expect(page.get_by_label("Redirect address to register there")).to_have_value(
        re.compile("/callback/octorate/$")
    )
    watch.look_at(page, "04-registration")
    page.get_by_role("link", name="Go on").click()

    press_connect(page)
    watch.look_at(page, "05-consent-page-of-the-sandbox")
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_role("heading", name="Octorate is not connected")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("not granted")
    watch.expected(r"^400: .*/callback/octorate/", r"^console error: .*400 .*/callback/octorate/")
    watch.look_at(page, "06-refused")

    page.get_by_role("link", name="Try again").click()
    press_connect(page)
    page.get_by_role("button", name="Allow").click()


def map_what_the_grant_opens(page: Page, watch: Watch) -> None:
    opened = page.get_by_role("region", name="What this account opens")
    expect(opened.get_by_text("Connected")).to_be_visible()
    expect(opened.get_by_role("listitem").filter(has_text="Hotel Paradise")).to_contain_text("12 rooms")
    expect(opened.get_by_role("listitem").filter(has_text="Paradise Apartments")).to_contain_text("3 rooms")
    watch.look_at(page, "07-connected")

    page.get_by_role("link", name="Map properties and rooms").click()
    expect(page.get_by_text("mapped 0 of 19").first).to_be_visible()
    for theirs, ours in (("Doble", "Habitación doble"), ("105", "105"), ("A1", "Apto. A1")):
        choice = page.get_by_label(re.compile(rf"^Our room( type)? for {theirs}$"))
        assert chosen(choice) == ours
    assert chosen(page.get_by_label("Our property for Paradise Apartments")) == "Apartamentos Paradise"
    lines = page.locator(".mapping-line")
    expect(lines).to_have_count(2 + 19)
    for reason in lines.locator(".reason").all():
        expect(reason).to_have_text(re.compile(r"suggestion\s+\S+"))
    watch.look_at(page, "08-mapping")
    save_the_mapping(page)
    expect(page.get_by_text("Saved: 19 of 19 mapped.")).to_be_visible()


def import_with_a_progress_bar(page: Page, watch: Watch) -> None:
    watch.look_at(page, "09-before-the-import")
    import_everything(page)
    bar = page.get_by_role("progressbar", name="Bookings read")
    expect(bar).to_have_js_property("position", 1)
    figures = page.locator("#import-progress .figure")
    expect(figures.filter(has_text="with a problem").locator(".figure-number")).to_have_text("0")
    expect(figures.filter(has_text="new").locator(".figure-number")).not_to_have_text("0")
    watch.look_at(page, "10-imported")


def find_reservations_guests_and_cleaning(page: Page, watch: Watch) -> None:
    imported = page.url
    page.get_by_role("link", name="See the reservations").click()
    expect(page.get_by_text(re.compile(r"^\d\d reservations$"))).to_be_visible()
    watch.look_at(page, "11-reservations")

    page.get_by_label("Search").fill("monfalco")
    page.get_by_role("button", name="Show").click()
    found = page.locator("#reservation-rows tbody tr")
    expect(found).to_have_count(2)
    found.filter(has_text="107").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Chiara Monfalco")).to_be_visible()
    expect(page.get_by_role("region", name="Guest")).to_contain_text("Italian")
    expect(nights(page)).to_have_count(3)
    expect(page.get_by_role("region", name="History").get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_role("region", name="Cleaning")).to_contain_text("107 · Departure")
    watch.look_at(page, "12-reservation")

    page.goto(imported)
    page.get_by_role("link", name="Cleaning of tomorrow").click()
    expect(page.get_by_role("heading", name="Cleaning", level=1)).to_be_visible()
    expect(page.locator("#cleaning-tasks tbody tr").first).to_be_visible()
    watch.look_at(page, "13-cleaning-of-tomorrow")


def open_the_connection(page: Page, watch: Watch) -> str:
    go_to(page, "Integrations")
    page.get_by_role("region", name="Your connections").get_by_role(
        "link", name="Octorate", exact=True
    ).click()
    expect(page.get_by_text("19 of 19", exact=True)).to_be_visible()
    expect(log_of(page).first).to_contain_text("with a problem")
    watch.look_at(page, "14-connection")
    return page.url


def follow_one_booking_through_its_life(
    context: BrowserContext, demo: Demo, connection_address: str, watch: Watch
) -> None:
    control, bookings, cleaning, connection = (context.new_page() for _ in range(4))
    today = open_control(control, demo)
    tomorrow, day_after = today + timedelta(days=1), today + timedelta(days=2)
    watch.look_at(control, "15-control-page-of-the-sandbox")
    bookings.goto(f"{demo.address}/h/paradise/reservations/")
    cleaning.goto(cleaning_address(demo, tomorrow))
    connection.goto(connection_address)
    for page in (bookings, cleaning, connection):
        mark_as_open(page)
    log = log_of(connection)

    pressed = book(control, room="Doble 108", arrival=today, departure=tomorrow, guest=GUEST)
    seen(pressed, "the list shows the booking", bookings.get_by_role("link", name=GUEST))
    seen(pressed, "cleaning has the departure", task(cleaning, "108", "Departure"))
    seen(pressed, "the log tells of it", log.filter(has_text=f"{GUEST}, {long(today)} to {long(tomorrow)}."))
    still_open(bookings)
    bookings.get_by_role("link", name=GUEST).click()
    mark_as_open(bookings)
    expect(nights(bookings)).to_have_text(["108"])
    watch.look_at(bookings, "16-booked")

    pressed = change_dates(control, demo, guest=GUEST, arrival=today, departure=day_after)
    seen(pressed, "the tape of nights is longer", nights(bookings), ["108", "108"])
    seen(pressed, "its cleaning task moved on", cleaning_lines(bookings), re.compile(long(day_after)))
    gone(pressed, "cleaning of tomorrow has lost it", task(cleaning, "108", "Departure"))
    seen(pressed, "the history tells of it", bookings.get_by_role("region", name="History"), re.compile("→"))
    seen(pressed, "the log tells of it", log.filter(has_text=re.compile(f"{GUEST} changed: .*departure")))
    watch.look_at(bookings, "17-changed")
    still_open(cleaning)
    cleaning.goto(cleaning_address(demo, day_after))
    mark_as_open(cleaning)
    expect(task(cleaning, "108", "Departure")).to_be_visible()

    pressed = move(control, demo, guest=GUEST, room="109")
    seen(pressed, "the tape of nights is in the other room", nights(bookings), ["109", "109"])
    seen(pressed, "its cleaning task moved along", cleaning_lines(bookings), re.compile("109 · Departure"))
    seen(pressed, "cleaning has it in the other room", task(cleaning, "109", "Departure"))
    gone(pressed, "and no more in the first", task(cleaning, "108", "Departure"))
    seen(pressed, "the log tells of it", log.filter(has_text=f"{GUEST} changed: room."))
    watch.look_at(bookings, "18-moved")

    pressed = cancel(control, demo, guest=GUEST)
    booking = bookings.get_by_role("region", name="Booking")
    seen(pressed, "the booking is cancelled", booking.locator(".card-head .badge"), re.compile("^Cancelled$"))
    gone(pressed, "its nights are free", nights(bookings))
    gone(pressed, "the cleaning task is gone", task(cleaning, "109", "Departure"))
    seen(pressed, "the log tells of it", log.filter(has_text=f"{GUEST} was cancelled."))
    watch.look_at(bookings, "19-cancelled")
    watch.look_at(cleaning, "20-cleaning-afterwards")
    watch.look_at(connection, "21-connection-afterwards")
    for page in (bookings, cleaning, connection):
        still_open(page)
        page.close()
    control.close()


def lose_the_grant_and_reconnect(
    context: BrowserContext, demo: Demo, connection_address: str, watch: Watch
) -> None:
    page, control = context.new_page(), context.new_page()
    dashboard = f"{demo.address}/h/paradise/"
    page.goto(connection_address)
    revoke_the_grant(control, demo)
    page.get_by_role("button", name="Sync now").click()
    expect(state_of(page)).to_have_text("Needs reconnecting")
    watch.look_at(page, "22-needs-reconnecting")

    page.goto(dashboard)
    alerts = page.get_by_role("region", name="Needs you").get_by_role("listitem")
    expect(alerts).to_have_count(1)
    expect(alerts).to_contain_text("needs reconnecting")
    watch.look_at(page, "23-one-alert")

    alerts.get_by_role("link").click()
    page.get_by_role("link", name="Reconnect").click()
    press_connect(page)
    page.get_by_role("button", name="Allow").click()
    expect(page).to_have_url(connection_address)
    expect(state_of(page)).to_have_text("Connected")
    newest_update = page.get_by_role("region", name="Runs").get_by_role("row").filter(has_text="Update").first
    expect(newest_update).to_contain_text("Done")
    watch.look_at(page, "24-reconnected")
    page.goto(dashboard)
    expect(page.get_by_role("region", name="Connections")).to_contain_text("Connected")
    expect(page.get_by_role("region", name="Needs you")).to_have_count(0)
    watch.look_at(page, "25-dashboard")


# --- what is looked at ------------------------------------------------------------------------------------------


def seen(
    pressed: Pressed, what: str, there: Locator, text: list[str] | re.Pattern[str] | None = None
) -> None:
    """Wait until ``there`` is visible, or shows ``text``; print how long after the press that was."""
    if text is None:
        look_often(lambda soon: expect(there).to_be_visible(timeout=soon))
    else:
        look_often(lambda soon: expect(there).to_have_text(text, timeout=soon))
    report(pressed, what)


def gone(pressed: Pressed, what: str, there: Locator) -> None:
    """Wait until ``there`` is no more; print how long after the press that was."""
    look_often(lambda soon: expect(there).to_have_count(0, timeout=soon))
    report(pressed, what)


def look_often(assertion: Callable[[float], None]) -> None:
    """Repeat ``assertion`` until it holds. By itself it looks but once a second in the end: too rarely to measure."""
    deadline = time.monotonic() + PATIENCE / 1000
    while True:
        try:
            return assertion(50)
        except AssertionError:
            if time.monotonic() > deadline:
                raise


def report(pressed: Pressed, what: str) -> None:
    """The aim is two seconds; a slow machine may take longer, so the number is shown and not judged."""
    print(f"{time.monotonic() - pressed.at:5.2f} s  {pressed.what}: {what}")


def nights(page: Page) -> Locator:
    """The rooms on the tape of nights, a cell for each night."""
    return page.locator(".tape tbody tr").filter(has=page.get_by_role("rowheader", name="Room")).locator("td")


def cleaning_lines(page: Page) -> Locator:
    """The departure among the cleaning tasks on the page of one reservation."""
    return page.get_by_role("region", name="Cleaning").get_by_role("listitem").filter(has_text="Departure")


def task(page: Page, room: str, kind: str) -> Locator:
    """The task of ``kind`` in ``room`` on a cleaning day; a task that was taken back does not count."""
    room_cell = page.get_by_role("rowheader", name=room, exact=True)
    return page.locator("#cleaning-tasks tr:not(.is-over)").filter(has=room_cell).filter(has_text=kind)


def log_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Log").get_by_role("listitem")


def state_of(page: Page) -> Locator:
    return page.locator("#state-heading .badge")


def chosen(select: Locator) -> str:
    """The visible text of the chosen option."""
    return str(select.evaluate("select => select.selectedOptions[0].textContent.trim()"))


def cleaning_address(demo: Demo, day: date) -> str:
    return f"{demo.address}/h/paradise/cleaning/?day={day.isoformat()}"


def long(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def mark_as_open(page: Page) -> None:
    page.evaluate("window.openSinceTheNewcomerCame = true")


def still_open(page: Page) -> None:
    """The page was never loaded again since it was marked: what it shows came by itself."""
    assert page.evaluate("window.openSinceTheNewcomerCame === true"), f"{page.url} was loaded again"
