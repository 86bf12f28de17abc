"""A planner adds a rule: sees what it would do, saves it, and takes it back; at a desk and on a telephone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.demo_process import Demo
from tests.browser.walking import sign_in
from tests.browser.watching import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desk", "telephone"])
def test_a_rule_is_looked_at_saved_and_taken_back(demo: Demo, visitor, viewport):
    context, watch = visitor(*([viewport] if viewport else []))
    page = context.new_page()
    sign_in(page, demo)
    rules = f"{demo.address}/h/paradise/cleaning/rules/"
    page.goto(rules)
    expect(page.get_by_role("region", name="Departure")).to_contain_text("60 minutes, inspected")
    watch.look_at(page, "65-rules")

    page.get_by_role("link", name=re.compile("^Add a rule .*Arrival check")).press("Enter")
    page.get_by_label("Room type", exact=True).select_option(label="Suite (Hotel Paradise)")
    page.get_by_label("When empty for … days").fill("1")
    watch.look_at(page, "66-rule")
    page.get_by_role("checkbox", name="Is done").uncheck()
    expect(page.get_by_label("Minutes", exact=True)).to_be_hidden()
    page.get_by_role("checkbox", name="Is done").check()
    page.get_by_role("button", name="Show the next 60 days").press("Enter")
    expect(page.get_by_role("heading", name="The next 60 days")).to_be_visible()
    expect(page.get_by_text("Suite (Hotel Paradise): when the room was empty for 1 day")).to_be_visible()
    watch.look_at(page, "67-rule-effect")

    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("When empty for … days")).to_have_value("1")
    page.get_by_role("button", name="Show the next 60 days").click()
    page.get_by_role("button", name="Save").last.click()
    expect(page).to_have_url(rules)
    checks = page.get_by_role("region", name="Arrival check")
    expect(checks).to_contain_text("when the room was empty for 1 day")

    page.get_by_role("button", name=re.compile("^Undo .*Arrival check, Suite")).press("Enter")
    expect(page.get_by_text("Undone: the rules are as they were before.")).to_be_visible()
    expect(checks).not_to_contain_text("when the room was empty for 1 day")
    hours = page.get_by_role("region", name="Cleaning hours")
    hours.get_by_role("link", name=re.compile("^Change .*Hotel Paradise$")).click()
    expect(page.get_by_label("Cleaning starts at")).to_have_value("09:00")
    watch.look_at(page, "68-hours")
    assert watch.faults == []
