"""The planning board under the hand of a receptionist: mouse, keyboard, undo, news without reloading, a telephone."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.demo_process import Demo
from tests.browser.walking import book, connect_and_import, go_to, open_control, sign_in
from tests.browser.watching import PHONE, Watch, sticking_out

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

GUEST = "Wilma Marsh"
#: Rooms of the demonstration's doubles.
DOUBLES = ("105", "106", "107", "108", "109", "110")


def test_a_stay_is_moved_by_mouse_and_keyboard_and_put_back(demo: Demo, visitor):
    context, watch = visitor()
    page = context.new_page()
    sign_in(page, demo)
    go_to(page, "Integrations")
    connect_and_import(page)
    go_to(page, "Planning")
    page.get_by_label("Property").select_option(label="Hotel Paradise")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"[?&]property=\d+"))
    expect(page.locator("#planning-grid[data-ready]")).to_be_visible()
    mark_as_open(page)

    first = a_booking_appears(page, demo, context.new_page())
    watch.look_at(page, "41-planning")
    second = drag_to_a_free_room(page, first)
    undo_by_key(page, first, second)
    third = move_by_keyboard(page, first)
    undo_in_the_message(page, first, third)
    a_refusal_is_said(page, watch, first)
    leave_it_where_it_was(page, first)
    open_the_card(page, watch)
    block_the_room(page, watch, third)
    still_open(page)
    assert watch.faults == []


def test_the_planning_on_a_telephone(demo: Demo, visitor):
    context, watch = visitor(PHONE)
    page = context.new_page()
    sign_in(page, demo)
    go_to(page, "Planning")
    expect(page.locator("#planning-grid[data-ready]")).to_be_visible()
    for days in ("14", "60"):
        page.get_by_label("Days").select_option(days)
        page.get_by_role("button", name="Show").click()
        expect(page.locator(f".days-{days}")).to_be_visible()
        assert sticking_out(page) == []
        names = page.locator("tr.room th").first
        page.locator(".planning-scroll").evaluate("(box) => box.scrollTo(400, 0)")
        expect(names).to_be_in_viewport()
    watch.look_at(page, "42-planning-on-a-telephone")
    assert watch.faults == []


# --- the steps -------------------------------------------------------------------------------------------------------


def a_booking_appears(page: Page, demo: Demo, other_side: Page) -> str:
    """A guest books in the channel's own room 108; the open board shows it. Returns the room it got."""
    today = open_control(other_side, demo)
    arrival = quiet_week(page, today)
    book(other_side, room="Doble 108", arrival=arrival, departure=arrival + timedelta(days=2), guest=GUEST)
    page.bring_to_front()
    expect(the_bar(page)).to_be_visible()
    still_open(page)
    return room_of(page)


def drag_to_a_free_room(page: Page, room: str) -> str:
    target = free_rooms(page)[0]
    bar = the_bar(page)
    bar.scroll_into_view_if_needed()
    here, there = bar.bounding_box(), row(page, target).bounding_box()
    assert here
    assert there
    x = here["x"] + min(12, here["width"] / 2)
    page.mouse.move(x, here["y"] + here["height"] / 2)
    page.mouse.down()
    page.mouse.move(x + 3, there["y"] + there["height"] / 2, steps=8)
    expect(row(page, target)).to_have_class(re.compile("is-free"))
    page.mouse.up()
    expect(row(page, target).locator("a.booked", has_text=GUEST)).to_be_visible()
    expect(row(page, room).locator("a.booked", has_text=GUEST)).to_have_count(0)
    expect(the_bar(page)).to_have_accessible_name(re.compile(rf"{GUEST}, room {target}, .*promised"))
    assert not page.locator("#planning-dialog").is_visible()
    return target


def undo_by_key(page: Page, before: str, after: str) -> None:
    the_bar(page).focus()
    page.keyboard.press("z")
    expect(row(page, before).locator("a.booked", has_text=GUEST)).to_be_visible()
    expect(row(page, after).locator("a.booked", has_text=GUEST)).to_have_count(0)
    expect(the_bar(page)).to_be_focused()


def move_by_keyboard(page: Page, room: str) -> str:
    """Pick the stay up and carry it to the next room that is said to be free."""
    says = page.locator("#planning-says")
    the_bar(page).focus()
    page.keyboard.press("m")
    expect(says).to_contain_text(f"{GUEST} picked up")
    key = "ArrowUp" if room == DOUBLES[-1] else "ArrowDown"
    for _ in DOUBLES:
        page.keyboard.press(key)
        expect(says).to_contain_text(re.compile(r"^Room \d+"))
        if said := re.match(r"Room (\d+): free", says.inner_text()):
            break
    assert said
    page.keyboard.press("Enter")
    expect(row(page, said[1]).locator("a.booked", has_text=GUEST)).to_be_visible()
    expect(the_bar(page)).to_be_focused()
    return said[1]


def undo_in_the_message(page: Page, before: str, after: str) -> None:
    page.locator("#planning-note").get_by_role("button", name="Undo").click()
    expect(row(page, before).locator("a.booked", has_text=GUEST)).to_be_visible()
    expect(row(page, after).locator("a.booked", has_text=GUEST)).to_have_count(0)


def a_refusal_is_said(page: Page, watch: Watch, room: str) -> None:
    """A room that is taken keeps its guest, and the page says who is there."""
    taken = [name for name in DOUBLES if name != room and name not in free_rooms(page)]
    if not taken:
        return
    the_bar(page).focus()
    page.keyboard.press("m")
    steps = DOUBLES.index(taken[0]) - DOUBLES.index(room)
    for _ in range(abs(steps)):
        page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")
    expect(page.locator("#planning-says")).to_contain_text(f"Room {taken[0]}: not free.")
    page.keyboard.press("Enter")
    expect(page.locator("#planning-note.bad")).to_be_visible()
    expect(page.locator("#planning-note").get_by_role("button", name="Undo")).to_be_hidden()
    expect(row(page, room).locator("a.booked", has_text=GUEST)).to_be_visible()
    watch.expected("409")


def leave_it_where_it_was(page: Page, room: str) -> None:
    the_bar(page).focus()
    page.keyboard.press("m")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator("#planning-says")).to_have_text("Left where it was.")
    expect(page.locator(".ghost")).to_have_count(0)
    assert room_of(page) == room


def open_the_card(page: Page, watch: Watch) -> None:
    the_bar(page).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(GUEST)
    watch.look_at(page, "43-card-of-a-stay")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(the_bar(page)).to_be_focused()


def block_the_room(page: Page, watch: Watch, room: str) -> None:
    row(page, room).locator("a.room-name").focus()
    page.keyboard.press("b")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(room)
    watch.look_at(page, "44-block-a-room")
    page.keyboard.press("Escape")
    expect(row(page, room).locator("a.room-name")).to_be_focused()


# --- small words -----------------------------------------------------------------------------------------------------


def the_bar(page: Page) -> Locator:
    return page.locator("a.booked").filter(has_text=GUEST)


def row(page: Page, room: str) -> Locator:
    return page.locator(f"tr.room[data-name='{room}']")


def room_of(page: Page) -> str:
    # Asked in one step: between two, the grid may refresh itself and leave the first answer outside of the page.
    return str(page.locator("tr.room", has=the_bar(page)).get_attribute("data-name"))


def free_rooms(page: Page) -> list[str]:
    """The doubles with nothing drawn where the guest's bar would stand.

    Bar and rows are looked up in one step: a bar that was found before may have been replaced since, and what is no
    longer on the page stands nowhere, so that every room would look free.
    """
    expect(the_bar(page)).to_be_visible()
    found: list[str] = page.evaluate(
        """([guest, names]) => {
            const bar = [...document.querySelectorAll("a.booked")].find((one) => one.textContent.includes(guest));
            const wide = (one) => one.getBoundingClientRect();
            return names.filter((name) => {
                const row = document.querySelector(`tr.room[data-name='${name}']`);
                return row !== bar.closest("tr") && [...row.querySelectorAll(".bar")].every(
                    (one) => wide(one).right <= wide(bar).left || wide(one).left >= wide(bar).right);
            });
        }""",
        [GUEST, list(DOUBLES)],
    )
    return found


def quiet_week(page: Page, today: date) -> date:
    """A day within the board on which at least three doubles are free for two nights."""
    free: list[int] = (
        page.locator("tr.type", has_text="Habitación doble")
        .locator("td > span:first-child")
        .evaluate_all("(cells) => cells.map((cell) => Number(cell.textContent))")
    )
    ahead = next(n for n in range(3, 25) if min(free[n : n + 2]) >= 3)
    return today + timedelta(days=ahead)


def mark_as_open(page: Page) -> None:
    page.evaluate("document.body.dataset.stillOpen = 'yes'")


def still_open(page: Page) -> None:
    assert page.evaluate("document.body.dataset.stillOpen") == "yes"
