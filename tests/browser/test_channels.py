"""Two channels beside each other: a booking in one lowers what the other sells, and the pages show that it was told."""

from __future__ import annotations

import re
import time
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.demo_process import Demo
from tests.browser.walking import (
    PATIENCE,
    connect_and_import,
    go_to,
    import_everything,
    save_the_mapping,
    sign_in,
)
from tests.browser.watching import Watch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: Twenty seconds between two readings of Booking.com, and a busy machine.
FOLLOWS_WITHIN = 90


def test_a_booking_at_booking_com_lowers_what_octorate_sells(demo: Demo, visitor):
    context, watch = visitor()
    page = context.new_page()
    sign_in(page, demo)
    go_to(page, "Integrations")
    connect_and_import(page)
    connect_booking_com(page, watch)

    other_side = context.new_page()
    day = date.today() + timedelta(days=12)
    wait_until(lambda: last_update_at_booking(other_side, demo) != "never")
    before = doubles_at_octorate(other_side, demo, day)
    book_a_double(other_side, demo, day)
    wait_until(lambda: doubles_at_octorate(other_side, demo, day) == before - 1)

    see_what_is_on_sale(page, watch)
    change_a_price(page, watch)
    assert watch.faults == []


def connect_booking_com(page: Page, watch: Watch) -> None:
    go_to(page, "Integrations")
    page.get_by_role("article", name="Booking.com").get_by_role("link", name="Connect").click()
    page.get_by_label("Client id").fill("llavero-demo")
    page.get_by_label("Client secret").fill("not-the-secret")
    page.get_by_label("Property id").fill("4400123")
    page.get_by_role("button", name="Connect Booking.com").click()
    expect(page.get_by_text("The other side does not accept this.")).to_be_visible()
    watch.expected("400")
    page.get_by_label("Client secret").fill("llavero-demo-secret")
    page.get_by_role("button", name="Connect Booking.com").click()
    page.get_by_role("link", name="Map properties and rooms").click()
    watch.look_at(page, "31-mapping-of-booking-com")
    save_the_mapping(page)
    import_everything(page)
    page.get_by_role("link", name="Open the connection").click()
    watch.look_at(page, "32-connection-of-booking-com")


def see_what_is_on_sale(page: Page, watch: Watch) -> None:
    page.get_by_role("link", name=re.compile("On sale")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("On sale")
    expect(page.get_by_text(re.compile("was accepted")).first).to_be_visible()
    watch.look_at(page, "33-on-sale")


def change_a_price(page: Page, watch: Watch) -> None:
    go_to(page, "Rates")
    page.get_by_label("Property").select_option(label="Hotel Paradise")
    page.get_by_role("button", name="Show").click()
    watch.look_at(page, "34-rates")
    form = page.locator("form").filter(has=page.get_by_label("First night")).first
    day = date.today() + timedelta(days=3)
    form.get_by_label("First night").fill(day.isoformat())
    form.get_by_label("Last night").fill(day.isoformat())
    form.get_by_label("Standard").check()
    form.get_by_label("Habitación doble").check()
    form.get_by_label("Amount").fill("123.45")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("123.45").first).to_be_visible()
    watch.look_at(page, "35-rates-changed")


# --- the other sides --------------------------------------------------------------------------------------------


def book_a_double(page: Page, demo: Demo, day: date) -> None:
    page.goto(f"{demo.sandbox_address}/booking_com/")
    form = page.locator("form[action='control/book']")
    form.get_by_label("Room and rate").select_option(label="Hotel Paradise: Double Room, Standard Rate")
    form.get_by_label("Arrival").fill(day.isoformat())
    form.get_by_label("Departure").fill((day + timedelta(days=1)).isoformat())
    form.get_by_label("Guest").fill("Ondina Velasco")
    form.get_by_role("button", name="Book").click()


def last_update_at_booking(page: Page, demo: Demo) -> str:
    """When the hotel's software last told the number of doubles; "never" before it did."""
    page.goto(f"{demo.sandbox_address}/booking_com/")
    table = page.locator("table").filter(has=page.locator("caption", has_text="Double Room"))
    return cell(table.locator("tbody tr").first, -1)


def doubles_at_octorate(page: Page, demo: Demo, day: date) -> int:
    """How many doubles Octorate sells on that night."""
    page.goto(f"{demo.sandbox_address}/octorate/")
    table = (
        page.locator("section").filter(has=page.get_by_role("heading", name="On sale")).locator("table").first
    )
    heads = [text.strip() for text in table.locator("thead th").all_inner_texts()]
    place = next(
        n for n, text in enumerate(heads) if text.endswith(day.strftime("%d %b")) or day.isoformat() in text
    )
    row = table.locator("tbody tr").filter(has_text="Doble").filter(has_not_text="↳").first
    return int(re.match(r"\s*(-?\d+)", cell(row, place))[1])


def cell(row: Locator, place: int) -> str:
    texts = row.locator("th, td").all_inner_texts()
    return texts[place].strip() if texts else ""


def wait_until(holds) -> None:
    deadline = time.monotonic() + FOLLOWS_WITHIN
    while not holds():
        assert time.monotonic() < deadline, "it did not follow"
        time.sleep(PATIENCE / 30_000)
