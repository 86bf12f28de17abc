"""A cleaner's phone with a network: what is refused stays until it is read, and one failure keeps nothing else back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.demo_process import Demo
from tests.browser.test_phone_offline import (
    A_DAY,
    WHAT_CAME,
    in_the_house,
    open_my_day,
    open_task,
    press,
    press_value,
    report,
    waiting,
)
from tests.browser.watching import PHONE, serious_faults, sticking_out, take_pictures

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_refusal_stays_until_it_is_read(demo: Demo, visitor):
    day = in_the_house(demo, A_DAY)
    context, watch = visitor(PHONE)
    page = open_my_day(context, day["address"], watch)
    open_task(page, "101")
    press(page, "Empezar|Start")
    expect(waiting(page)).to_be_hidden()

    press_value(page, "finish")
    expect(notices(page)).to_contain_text("Limpiar el baño")
    # Whatever is sent and drawn meanwhile.
    press_value(page, "pause")
    expect(page.locator("article:visible [data-badge]")).to_have_text("En pausa")
    expect(waiting(page)).to_be_hidden()
    come_to_the_network(page)
    expect(notices(page)).to_contain_text("Limpiar el baño")
    page.locator("#notices [data-dismiss]").click()
    expect(page.locator("#notices .notice")).to_have_count(0)
    assert watch.faults == []


def test_what_the_server_fails_at_is_set_aside_and_the_others_pass(demo: Demo, visitor):
    day = in_the_house(demo, A_DAY)
    context, watch = visitor(PHONE)
    page = open_my_day(context, day["address"], watch)
    watch.listening = False
    context.route("**/my/actions/", fail_at_reports)

    open_task(page, "101")
    report(page, "La lámpara no funciona")
    press(page, "Empezar|Start")
    aside = page.locator("#aside .notice")
    for _try in range(10):
        if aside.count():
            break
        come_to_the_network(page)
    expect(aside).to_have_count(1)
    expect(aside).to_contain_text("101")
    expect(aside).to_contain_text("La lámpara no funciona")
    expect(waiting(page)).to_be_hidden()
    came = in_the_house(demo, WHAT_CAME)
    assert (came["actions"], came["photos"]) == (["start"], 0)
    assert sticking_out(page) == []
    assert serious_faults(page) == []
    take_pictures(page, "45-set-aside")

    # It outlives a new opening of the page, and fails once more without keeping the others.
    page.reload()
    expect(aside).to_have_count(1)

    context.unroute("**/my/actions/")
    aside.get_by_role("button").click()
    expect(aside).to_have_count(0)
    expect(waiting(page)).to_be_hidden()
    came = in_the_house(demo, WHAT_CAME)
    assert came["findings"] == ["La lámpara no funciona"]
    assert (came["actions"], came["photos"]) == (["start", "finding", "photo"], 1)


# --- moves ------------------------------------------------------------------------------------------------------


def notices(page: Page):
    return page.locator("#notices")


def come_to_the_network(page: Page) -> None:
    """The browser says that there is a network (again): the queue is tried at once."""
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_timeout(500)


def fail_at_reports(route: Route) -> None:
    if '"finding"' in (route.request.post_data or ""):
        route.fulfill(status=500)
    else:
        route.continue_()
