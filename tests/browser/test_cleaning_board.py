"""The planner's day: work is given by mouse and by keyboard, the other open page follows, and a telephone shows it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.demo_process import Demo
from tests.browser.test_phone_offline import in_the_house
from tests.browser.test_small_screens import choose_language
from tests.browser.walking import HOTEL, go_to
from tests.browser.watching import PHONE, sticking_out

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CLEANER = "Ilie Munteanu"

#: A departure of yesterday in 101, which may wait until today.
A_TASK_THAT_WAITS = """
from datetime import datetime, time, timedelta
from django.utils import timezone
from cleaning.choices import TaskKind
from cleaning.decisions import add_task
from cleaning.models import CleaningTask
from reservations.models import Hotel, Room

now = timezone.now()
hotel = Hotel.objects.get(slug="paradise")
room = Room.objects.select_related("property").get(hotel=hotel, name="101")
today = room.property.today(now)
task = add_task(
    hotel=hotel, property_id=room.property_id, room_id=room.pk, day=today, minutes=40, note="",
    kind=TaskKind.DEPARTURE, user_id=None, now=now,
)
said = CleaningTask.objects.filter(pk=task.pk).update(
    date=today - timedelta(days=1),
    window_end=datetime.combine(today + timedelta(days=2), time(23, 30), room.property.zone),
)
"""


def test_work_is_given_by_mouse_and_keyboard_and_the_other_page_follows(demo: Demo, visitor):
    context, watch = visitor()
    page = context.new_page()
    sign_in_as(page, demo, "Manager")
    go_to(page, "Cleaning")
    open_a_day(page)
    add_task(page, "Windows in the hall")
    add_task(page, "Sofa bed")
    by_person(page)
    watch.look_at(page, "51-board")

    other_context, other_watch = visitor()
    other = other_context.new_page()
    sign_in_as(other, demo, "Manager")
    other.goto(page.url)
    page.bring_to_front()

    drag(page, card(page, "Windows in the hall"), CLEANER)
    told(page, f"is given to {CLEANER}")
    expect(in_column(page, CLEANER, "Windows in the hall")).to_be_visible()
    other.bring_to_front()
    expect(in_column(other, CLEANER, "Windows in the hall")).to_be_visible()
    page.bring_to_front()

    give_by_keyboard(page, "Sofa bed", CLEANER)
    told(page, f"is given to {CLEANER}")
    expect(in_column(page, CLEANER, "Sofa bed")).to_be_visible()
    expect(card(page, "Sofa bed").get_by_role("combobox")).to_have_value(re.compile(r"\d+"))

    page.locator("#board-note").get_by_role("button", name="Undo").click()
    expect(in_column(page, "Nobody", "Sofa bed")).to_be_visible()
    other.bring_to_front()
    expect(in_column(other, "Nobody", "Sofa bed")).to_be_visible()
    assert watch.faults == []
    assert other_watch.faults == []


def test_the_pages_of_the_planner_on_a_telephone(demo: Demo, visitor):
    context, watch = visitor(PHONE)
    page = context.new_page()
    sign_in_as(page, demo, "Manager")
    go_to(page, "Cleaning")
    open_a_day(page)
    add_task(page, "Windows in the hall")
    by_person(page)
    expect(card(page, "Windows in the hall")).to_be_visible()
    assert sticking_out(page) == []
    watch.look_at(page, "52-board-on-a-telephone")
    for step, tab in enumerate(("Day", "Week", "Rooms", "Measured"), start=53):
        tabs(page).get_by_role("link", name=tab, exact=True).click()
        expect(tabs(page).get_by_role("link", name=tab, exact=True)).to_have_attribute("aria-current", "page")
        assert sticking_out(page) == [], tab
        expect(tabs(page).get_by_role("link", name=tab, exact=True)).to_be_in_viewport(ratio=0.9)
        watch.look_at(page, f"{step}-{tab.lower()}-on-a-telephone")
    assert watch.faults == []


def test_a_task_that_may_wait_fits_on_a_telephone_in_every_language(demo: Demo, visitor):
    in_the_house(demo, A_TASK_THAT_WAITS)
    context, watch = visitor(PHONE)
    page = context.new_page()
    sign_in_as(page, demo, "Manager")
    page.goto(f"{demo.address}/h/paradise/cleaning/")
    for language in ("es", "fr", "en"):
        choose_language(page, language)
        expect(page.locator("#cleaning-tasks")).to_contain_text("23:30")
        assert sticking_out(page) == [], language
    assert watch.faults == []


# --- the steps -------------------------------------------------------------------------------------------------------


def sign_in_as(page: Page, demo: Demo, role: str) -> None:
    email, password = demo.sign_in_of(role, HOTEL)
    page.goto(demo.address)
    page.locator("input[name=login]").fill(email)
    page.locator("input[type=password]").fill(password)
    page.locator("main button[type=submit]").click()
    expect(page).to_have_url(f"{demo.address}/h/paradise/")


def tabs(page: Page) -> Locator:
    return page.locator("nav.tabs")


def open_a_day(page: Page) -> None:
    """Tomorrow, so that nobody's hours are over."""
    page.get_by_role("navigation", name="Days").get_by_role("link", name="Tomorrow").click()
    expect(page).to_have_url(re.compile(r"day=\d{4}-\d\d-\d\d"))


def add_task(page: Page, what: str) -> None:
    page.get_by_role("link", name="Add a task").click()
    page.get_by_label("What is to be done").fill(what)
    page.get_by_role("button", name="Add a task").click()
    expect(page.get_by_text(what)).to_be_visible()


def by_person(page: Page) -> None:
    page.get_by_role("link", name="By person").click()
    expect(page.locator(".board")).to_be_visible()


def card(page: Page, what: str) -> Locator:
    return page.locator(".board-card", has_text=what)


def in_column(page: Page, name: str, what: str) -> Locator:
    return page.locator(f'.board-column[data-name="{name}"] .board-card', has_text=what)


def drag(page: Page, dragged: Locator, name: str) -> None:
    dragged.drag_to(page.locator(f'.board-column[data-name="{name}"] .board-head'))


def give_by_keyboard(page: Page, what: str, name: str) -> None:
    select = card(page, what).get_by_role("combobox")
    select.focus()
    page.keyboard.type(name[:4])
    expect(select.locator("option:checked")).to_have_text(name)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def told(page: Page, text: str) -> None:
    expect(page.locator("#board-note")).to_contain_text(text)
