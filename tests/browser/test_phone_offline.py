"""A cleaner's day on a phone: opened by a link, worked through without a network, sent once and in order."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.demo_process import KEPT, ROOT, Demo
from tests.browser.walking import PATIENCE
from tests.browser.watching import PHONE, Watch, serious_faults, sticking_out, take_pictures

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: A departure in 101 with a list of two lines, one of which needs a photo; another in 102; a code on the door of 101.
A_DAY = """
from datetime import time
from django.utils import timezone
from cleaning.choices import LinkPurpose, TaskKind
from cleaning.decisions import add_task, assign_tasks
from cleaning.doors import keep_codes
from cleaning.links import make_link
from cleaning.models import Checklist, ChecklistItem
from config.accounts.models import User
from reservations.models import Hotel, Room

now = timezone.now()
hotel = Hotel.objects.get(slug="paradise")
cleaner = User.objects.get(email="cleaner@example.org")
planner = User.objects.get(email="housekeeping@example.org")
Checklist.objects.filter(hotel=hotel, kind="departure").delete()
checklist = Checklist.objects.create(hotel=hotel, name="Salida", kind="departure")
for position, (text, needs_photo) in enumerate((("Hacer la cama", False), ("Limpiar el baño", True))):
    ChecklistItem.objects.create(
        hotel=hotel, checklist=checklist, texts={"es": text}, needs_photo=needs_photo, position=position
    )
tasks = {}
for room in Room.objects.of(hotel).filter(name__in=("101", "102")).select_related("property"):
    task = add_task(
        hotel=hotel, property_id=room.property_id, room_id=room.pk, day=room.property.today(now), minutes=40,
        note="", start=time(4), end=time(23, 59), kind=TaskKind.DEPARTURE, user_id=planner.pk, now=now,
    )
    tasks[room.name] = task.pk
    keep_codes(hotel_id=hotel.pk, codes={room.pk: "4711-" + room.name})
assign_tasks(
    hotel_id=hotel.pk, given={pk: (cleaner.pk, None) for pk in tasks.values()}, user_id=planner.pk, now=now
)
_link, address = make_link(user=cleaner, purpose=LinkPurpose.SIGN_IN, made_by=planner, now=now)
said = {"address": address, "tasks": tasks}
"""

WHAT_CAME = """
from cleaning.models import ChecklistTick, CleaningTask, Finding, PhoneAction, Photo
said = {
    "actions": list(PhoneAction.objects.order_by("received_at").values_list("kind", flat=True)),
    "in_order": list(PhoneAction.objects.order_by("received_at").values_list("pk", flat=True))
        == list(PhoneAction.objects.order_by("done_at").values_list("pk", flat=True)),
    "ticks": ChecklistTick.objects.count(),
    "photos": Photo.objects.count(),
    "findings": list(Finding.objects.values_list("text", flat=True)),
    "states": dict(CleaningTask.objects.filter(room__name__in=("101", "102")).values_list("room__name", "state")),
    "minutes_apart": [
        (each.received_at - each.done_at).total_seconds() >= 0 for each in PhoneAction.objects.all()
    ],
}
"""

TAKE_AWAY = """
from django.utils import timezone
from cleaning.decisions import assign_tasks
from cleaning.models import CleaningTask
task = CleaningTask.objects.get(room__name="102")
said = assign_tasks(hotel_id=task.hotel_id, given={task.pk: (None, None)}, user_id=None, now=timezone.now())
"""


def test_a_morning_without_a_network_arrives_once_and_in_order(demo: Demo, visitor):
    day = in_the_house(demo, A_DAY)
    context, watch = visitor(PHONE)
    page = open_my_day(context, day["address"], watch)
    watch.look_at(page, "40-my-day")
    assert sticking_out(page) == []

    open_task(page, "101")
    expect(page.locator("article:visible [data-code-text]")).to_have_text("4711-101")
    watch.look_at(page, "41-my-task")
    assert sticking_out(page) == []
    let_the_worker_keep_the_day(page)

    watch.listening = False  # what fails from here on fails because there is no network
    context.set_offline(True)
    press(page, "Empezar|Start")
    tick(page, "Hacer la cama")
    tick(page, "Limpiar el baño")
    expect(waiting(page)).to_contain_text("3")
    report(page, "La lámpara no funciona")
    # Done is not taken as long as the photo is missing, which the phone knows by itself.
    page.locator("article:visible button[value=finish]").click()
    expect(page.locator("#notices")).to_contain_text("Limpiar el baño")
    page.locator("#notices [data-dismiss]").last.click()
    page.locator("article:visible [data-line] input[type=file]").set_input_files(picture())
    expect(page.locator("article:visible [data-line][data-pictured]")).to_have_count(1)
    press_value(page, "finish")
    expect(page.locator("[data-list=done] [data-row]")).to_have_count(1)

    # The phone was put away and the page is opened anew: all of it is still there, the door's code too.
    page.reload()
    expect(waiting(page)).to_contain_text("7")
    expect(page.locator("[data-list=done] [data-row]")).to_have_count(1)
    page.goto(f"{demo.address}/my/tasks/{day['tasks']['102']}/")
    expect(page.get_by_role("heading", level=1).filter(has_text="102")).to_be_visible()
    expect(page.locator("article:visible [data-code-text]")).to_have_text("4711-102")
    assert serious_faults(page) == []
    take_pictures(page, "42-my-task-offline")
    assert in_the_house(demo, WHAT_CAME)["actions"] == []

    # Back in the corridor. The first answer is lost on the way after the server has done its part.
    lost: list[str] = []
    context.route("**/my/actions/", lambda route: lose_the_first_answer(route, lost))
    context.route("**/my/photos/", lambda route: lose_the_first_answer(route, lost))
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(waiting(page)).to_be_hidden()

    came = in_the_house(demo, WHAT_CAME)
    assert lost == ["/my/actions/", "/my/photos/"]
    assert came["actions"] == ["start", "tick", "tick", "finding", "photo", "photo", "finish"]
    assert came["in_order"]
    assert (came["ticks"], came["photos"]) == (2, 2)
    assert came["findings"] == ["La lámpara no funciona"]
    assert came["states"] == {"101": "done", "102": "assigned"}


def test_what_cannot_be_done_any_more_is_said_and_the_rest_goes_on(demo: Demo, visitor):
    day = in_the_house(demo, A_DAY)
    context, watch = visitor(PHONE)
    page = open_my_day(context, day["address"], watch)
    let_the_worker_keep_the_day(page)
    watch.listening = False

    context.set_offline(True)
    open_task(page, "102")
    press(page, "Empezar|Start")
    page.locator("article:visible .back").click()
    open_task(page, "101")
    press(page, "Empezar|Start")
    assert in_the_house(demo, TAKE_AWAY) == 1
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")

    expect(waiting(page)).to_be_hidden()
    expect(page.locator("#notices .notice")).to_have_count(1)
    expect(page.locator("[data-row]").filter(has_text="102")).to_have_count(0)
    assert in_the_house(demo, WHAT_CAME)["states"] == {"101": "in_progress", "102": "planned"}
    assert serious_faults(page) == []


def test_a_queue_outlives_the_session_and_codes_do_not(demo: Demo, visitor):
    day = in_the_house(demo, A_DAY)
    context, watch = visitor(PHONE)
    page = open_my_day(context, day["address"], watch)
    let_the_worker_keep_the_day(page)
    assert "4711-101" in kept_by_the_phone(page)
    watch.listening = False

    context.set_offline(True)
    open_task(page, "101")
    press(page, "Empezar|Start")
    context.clear_cookies()
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#signed-out")).to_be_visible()
    expect(page.locator("article:visible [data-code]")).to_be_hidden()
    assert "4711" not in kept_by_the_phone(page)
    expect(waiting(page)).to_contain_text("1")

    page.goto(day["address"])
    page.locator("form:not(.languages) button.primary").click()
    expect(page).to_have_url(f"{demo.address}/my/")
    expect(page.locator("[data-row]").first).to_be_visible()
    expect(waiting(page)).to_be_hidden()
    assert in_the_house(demo, WHAT_CAME)["states"]["101"] == "in_progress"

    # Signing out on the page leaves nothing of the day on the phone.
    let_the_worker_keep_the_day(page)
    page.locator(".who summary").click()
    page.locator("form[data-leave] button").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    assert kept_by_the_phone(page) == ""


def test_codes_of_yesterday_are_wiped_out(demo: Demo, visitor):
    day = in_the_house(demo, A_DAY)
    context, watch = visitor(PHONE)
    page = open_my_day(context, day["address"], watch)
    let_the_worker_keep_the_day(page)
    watch.listening = False
    context.set_offline(True)
    # The day that is kept is made one of yesterday, as it is when the phone lay in a drawer.
    page.evaluate(
        """async () => {
          const cache = await caches.open("llavero-my-data");
          const body = await (await cache.match("/my/day.json")).json();
          for (const code of body.codes) code.until = "2020-01-01T02:00:00Z";
          await cache.put("/my/day.json", new Response(JSON.stringify(body)));
        }"""
    )

    page.reload()
    open_task(page, "101")

    expect(page.locator("article:visible [data-code]")).to_be_hidden()
    assert "4711" not in kept_by_the_phone(page)


def test_dark_and_in_every_language(demo: Demo, visitor):
    day = in_the_house(demo, A_DAY)
    context, watch = visitor(PHONE)
    page = open_my_day(context, day["address"], watch)
    page.emulate_media(color_scheme="dark")
    for language in ("es", "fr", "en"):
        page.goto(f"{demo.address}/my/")
        page.locator(".who summary").click()
        page.locator(f".who button[value={language}]").click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert sticking_out(page) == []
        watch.look_at(page, f"43-my-day-dark-{language}")
        open_task(page, "101")
        for fold in page.locator("article:visible details.fold summary").all():
            fold.click()
        assert sticking_out(page) == []
        watch.look_at(page, f"44-my-task-dark-{language}")


BOTH_ARE_KEPT = """async () => {
  const cache = await caches.open("llavero-my-data");
  return Boolean(await cache.match("/my/") && await cache.match("/my/day.json"));
}"""

# --- moves ------------------------------------------------------------------------------------------------------


def open_my_day(context: BrowserContext, address: str, watch: Watch) -> Page:
    page = context.new_page()
    page.goto(address)
    watch.look_at(page, "39-personal-link")
    page.locator("form:not(.languages) button.primary").click()
    expect(page.locator("[data-list=to_do] [data-row]")).to_have_count(2)
    return page


def open_task(page: Page, room: str) -> None:
    page.locator("[data-row]").filter(has_text=room).locator("a").click()
    expect(page.locator("article:visible h1")).to_contain_text(room)


def press(page: Page, name: str) -> None:
    page.locator("article:visible .bar").get_by_role("button", name=re.compile(name)).click()


def press_value(page: Page, value: str) -> None:
    page.locator(f"article:visible button[value={value}]").click()


def tick(page: Page, text: str) -> None:
    box = page.locator("article:visible").get_by_role("checkbox", name=text)
    box.click()
    expect(box).to_have_attribute("aria-checked", "true")


def report(page: Page, text: str) -> None:
    fold = page.locator("article:visible details.fold").filter(has=page.locator("[name=finding]"))
    fold.locator("summary").click()
    fold.locator("[value=damage]").check()
    fold.locator("[name=text]").fill(text)
    fold.locator("input[type=file]").set_input_files(picture())
    fold.locator("button[value=finding]").click()
    expect(page.locator("#notices .notice")).to_have_count(1)
    page.locator("#notices [data-dismiss]").click()


def waiting(page: Page) -> Any:
    return page.locator("#waiting")


def let_the_worker_keep_the_day(page: Page) -> None:
    """As it is when the page was opened in the morning: the worker rules, and it has seen the page and the day."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    here = page.url
    page.goto(re.sub(r"/my/.*$", "/my/", here))
    expect(page.locator("[data-list]").first).to_be_attached()
    for _try in range(PATIENCE // 100):
        if page.evaluate(BOTH_ARE_KEPT):
            break
        page.wait_for_timeout(100)
    assert page.evaluate(BOTH_ARE_KEPT)
    if here != page.url:
        page.goto(here)
        expect(page.locator("article:visible")).to_have_count(1)
    # An answer that is still on its way would be kept after what a test changes in what is kept.
    page.wait_for_load_state("networkidle")


def kept_by_the_phone(page: Page) -> str:
    """All that the phone keeps of the day, as one text."""
    kept: str = page.evaluate(
        """async () => {
          if (!(await caches.has("llavero-my-data"))) return "";
          const cache = await caches.open("llavero-my-data");
          const texts = (await cache.keys()).map(async (key) => (await cache.match(key)).text());
          return (await Promise.all(texts)).join();
        }"""
    )
    return kept


def lose_the_first_answer(route: Route, lost: list[str]) -> None:
    """The request reaches the server, whose answer never arrives; later ones pass."""
    path = "/my/" + route.request.url.split("/my/")[1]
    if path in lost:
        route.continue_()
        return
    route.fetch()
    lost.append(path)
    route.abort()


def picture() -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGB", (2400, 1800), "teal").save(out, "JPEG")
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def in_the_house(demo: Demo, script: str) -> Any:
    """Run ``script`` beside the demonstration; gives the ``said`` that it sets."""
    environment = {name: value for name, value in os.environ.items() if name in KEPT}
    environment |= {
        "INSTANCE_DIR": str(demo.folder / "instance"),
        "ENV_FILE": os.devnull,
        "PUBLIC_BASE_URL": demo.address,
    }
    command = f"{script}\nimport json\nprint('SAID ' + json.dumps(said, default=str))"
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "shell", "--no-imports", "-c", command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    found = re.search(r"^SAID (.*)$", done.stdout, re.MULTILINE)
    assert found, done.stdout + done.stderr
    return json.loads(found[1])
