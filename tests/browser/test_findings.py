"""The desk keeps the checklists and what was found: by hand, by keyboard, with a photo that only members see."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.demo_process import Demo
from tests.browser.walking import go_to, sign_in
from tests.browser.watching import PHONE, sticking_out
from tests.cleaning.pictures import telling_picture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_damage_is_reported_with_a_photo_seen_on_the_first_page_and_settled(demo: Demo, visitor):
    context, watch = visitor()
    page = context.new_page()
    sign_in(page, demo)
    findings = f"{demo.address}/h/paradise/cleaning/findings/"
    page.goto(findings)
    expect(page.get_by_role("heading", name="Nothing is open")).to_be_visible()
    watch.look_at(page, "61-no-findings")

    page.get_by_label("Room", exact=True).select_option(label="105 · Hotel Paradise")
    page.get_by_label("In a few words", exact=True).fill("The lamp beside the bed is broken")
    photo = {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": telling_picture((2400, 1800))}
    page.get_by_label("Photo").set_input_files([photo])
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_role("heading", name="105 · The lamp beside the bed is broken")).to_be_visible()
    picture = page.get_by_role("img", name="Photo 1 of: The lamp beside the bed is broken")
    expect(picture).to_have_js_property("naturalWidth", 1600)
    watch.look_at(page, "62-finding")

    address = picture.get_attribute("src")
    stranger, _nobody = visitor()
    assert stranger.request.get(f"{demo.address}{address}", max_redirects=0).status == 302

    go_to(page, "Today")
    page.get_by_role("link", name="1 damage or lost thing waits to be settled").click()
    expect(page).to_have_url(findings)
    page.get_by_label("What became of it: The lamp").fill("Repaired")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing is open")).to_be_visible()
    assert watch.faults == []


def test_a_checklist_is_ordered_by_keyboard_and_fits_a_telephone(demo: Demo, visitor):
    context, watch = visitor(PHONE)
    page = context.new_page()
    sign_in(page, demo)
    page.goto(f"{demo.address}/h/paradise/cleaning/checklists/")
    region = page.get_by_role("region", name="Linen change")
    region.get_by_role("button", name="Start with a proposal").press("Enter")
    expect(lines(page)).to_have_count(4)
    first = lines(page).first.inner_text()
    page.get_by_role("button", name=re.compile("^Move down")).first.press("Enter")
    expect(lines(page).nth(1)).to_have_text(first)
    page.get_by_label("English").fill("Water the plants")
    page.get_by_role("button", name="Add the line").press("Enter")
    expect(lines(page)).to_have_count(5)
    expect(page.get_by_text("ES: not translated")).to_be_visible()
    assert sticking_out(page) == []
    watch.look_at(page, "63-checklist-phone")
    assert watch.faults == []


def lines(page: Page) -> Locator:
    """The texts of the lines in use."""
    return page.locator(".checklist-lines .line-main > span:first-child")
