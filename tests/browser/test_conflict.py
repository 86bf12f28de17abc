"""More suites are sold than there are: the guest without a room is seen at once, and one press gives her one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.demo_process import Demo
from tests.browser.walking import book, connect_and_import, go_to, open_control, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

GUEST = "Nora Thistle"


def test_a_guest_without_a_room_is_seen_explained_and_given_one(demo: Demo, visitor):
    context, watch = visitor()
    page, other_side = context.new_page(), context.new_page()
    sign_in(page, demo)
    go_to(page, "Integrations")
    connect_and_import(page)
    page.goto(f"{demo.address}/h/paradise/conflicts/")
    before = page.locator("#conflict-rows li").count()

    arrival = open_control(other_side, demo) + timedelta(days=150)
    stay = {"arrival": arrival, "departure": arrival + timedelta(days=2)}
    book(other_side, room="Suite 111", guest="Ada Reed", **stay)
    book(other_side, room="Suite 112", guest="Bo Lark", **stay)
    other_side.get_by_label("Overbook on purpose").check()
    book(other_side, room="Suite 111", guest=GUEST, **stay)

    # The open list shows her by itself.
    page.bring_to_front()
    line = page.get_by_role("link", name=f"{GUEST} has no room")
    expect(line).to_be_visible(timeout=20_000)
    assert page.locator("#conflict-rows li").count() == before + 1
    watch.look_at(page, "51-conflicts")
    go_to(page, "Today")
    expect(page.get_by_text(f"{GUEST} has no room")).to_be_visible()
    page.get_by_role("link", name=f"{GUEST} has no room").click()

    expect(page.get_by_role("heading", name="What happened when")).to_be_visible()
    watch.look_at(page, "52-conflict")
    page.get_by_role("button", name="Do this").first.click()
    expect(page.get_by_text("Done. Channels and cleaning hear of it now.")).to_be_visible()
    expect(page.get_by_text("Solved by a person").first).to_be_visible()
    watch.look_at(page, "53-conflict-solved")
    go_to(page, "Today")
    expect(page.get_by_text(f"{GUEST} has no room")).to_have_count(0)
    assert watch.faults == []
