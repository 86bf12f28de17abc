"""The key pages on a telephone, in every language: nothing sticks out, and axe finds no serious fault."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.demo_process import Demo
from tests.browser.walking import connect_and_import, go_to, sign_in
from tests.browser.watching import DESK, PHONE, sticking_out, take_pictures

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LANGUAGES = ("es", "fr", "en")


def test_no_key_page_is_cut_off_on_a_telephone_or_in_a_longer_language(demo: Demo, visitor):
    context, watch = visitor()
    page = context.new_page()
    page.goto(demo.address)
    found = []
    for language in LANGUAGES:
        choose_language(page, language)
        found += cut_off(page, f"{language}-sign-in")
    watch.look_at(page, "phone-sign-in")

    page.set_viewport_size(DESK)
    sign_in(page, demo)
    go_to(page, "Integrations")
    connect_and_import(page)
    pages = key_pages(page, demo)
    for language in LANGUAGES:
        choose_language(page, language)
        for name, address in pages.items():
            page.goto(address)
            expect(page.locator("html")).to_have_attribute("lang", language)
            found += cut_off(page, f"{language}-{name}")
            if language == "en":
                watch.look_at(page, f"phone-{name}")
            else:
                take_pictures(page, f"{language}-{name}")
    found += out_of_reach(page)

    assert found == []
    assert watch.faults == []


def key_pages(page: Page, demo: Demo) -> dict[str, str]:
    """Names and addresses, found by walking as far as needed."""
    hotel = f"{demo.address}/h/paradise"
    page.goto(f"{hotel}/integrations/")
    page.get_by_role("region", name="Your connections").get_by_role(
        "link", name="Octorate", exact=True
    ).click()
    expect(page).to_have_url(re.compile(r"/integrations/\d+/$"))
    connection = page.url
    page.goto(f"{hotel}/reservations/")
    # Three rooms in one booking: the widest of them.
    page.locator("#reservation-rows tbody tr").filter(has_text="108").filter(has_text="110").get_by_role(
        "link"
    ).click()
    expect(page).to_have_url(re.compile(r"/reservations/\d+/$"))
    reservation = page.url
    page.goto(connection)
    return {
        "dashboard": f"{hotel}/",
        "gallery": f"{hotel}/integrations/",
        "wizard": f"{hotel}/integrations/add/octorate/?step=1",
        "mapping": f"{connection}rooms/",
        "connection": connection,
        "messages": f"{connection}messages/",
        "reservations": f"{hotel}/reservations/",
        "reservation": reservation,
        "cleaning": f"{hotel}/cleaning/",
        "lists": f"{demo.address}/admin/",
    }


def choose_language(page: Page, language: str) -> None:
    button = page.locator(f".languages button[value={language}]")
    if not button.is_visible():
        page.locator("#user-tools summary").last.click()
    button.click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def out_of_reach(page: Page) -> list[str]:
    """Items of the main navigation that a thumb cannot get at on a telephone."""
    page.set_viewport_size(DESK)
    links = page.get_by_role("navigation", name="Main").get_by_role("link")
    wanted = {link.inner_text() for link in links.all()}
    page.set_viewport_size(PHONE)
    page.locator(".main-nav summary").click()
    seen = set()
    for link in links.all():
        box = link.bounding_box()
        if box and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]:
            seen.add(link.inner_text())
    return [f"{name} is not in the navigation of a telephone" for name in sorted(wanted - seen)]


def cut_off(page: Page, name: str) -> list[str]:
    """What sticks out on a telephone and at a desk."""
    found = []
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        found += [f"{name} at {size['width']}: {what}" for what in sticking_out(page)]
    return found
