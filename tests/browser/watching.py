"""What every visited page is held against: a quiet console, no failed or foreign request, axe, nothing cut off."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

#: Where pictures of every step go, for people who want to look at them; without it none are taken.
PICTURES = os.environ.get("BROWSER_PICTURES", "")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}

#: Elements that stick out of the page, or whose text sticks out of their box where nothing scrolls or hides it.
_STICKING_OUT = """
() => {
  const wide = document.documentElement.clientWidth;
  const name = (e) => `<${e.tagName.toLowerCase()} class="${e.getAttribute("class") || ""}"> `
    + (e.innerText || e.value || "").trim().slice(0, 60);
  const contained = (e) => {
    for (let above = e.parentElement; above; above = above.parentElement) {
      if (getComputedStyle(above).overflowX !== "visible" && above !== document.body
          && above !== document.documentElement) return true;
    }
    return false;
  };
  const hasText = (e) => [...e.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  const found = [];
  const needed = document.documentElement.scrollWidth;
  if (needed > wide) found.push(`the page needs ${needed} pixels`);
  for (const e of document.querySelectorAll("body *")) {
    if (e.closest("svg, .visually-hidden, dialog:not([open]), option")) continue;
    const box = e.getBoundingClientRect();
    const style = getComputedStyle(e);
    if (!box.width || !box.height || style.visibility === "hidden" || style.position === "fixed") continue;
    if ((box.right > wide + 1 || box.left < -1) && !contained(e)) found.push("out of the page: " + name(e));
    else if (hasText(e) && e.scrollWidth > e.clientWidth + 2 && e.clientWidth && style.display !== "inline"
             && style.overflowX === "visible" && !contained(e)) found.push("text out of its box: " + name(e));
  }
  return found;
}
"""


@dataclass
class Watch:
    """Listens to all pages of a browser context; ``hosts`` are the only addresses that may be asked."""

    context: BrowserContext
    hosts: tuple[str, ...]
    faults: list[str] = field(default_factory=list)
    listening: bool = True

    def __post_init__(self) -> None:
        self.context.on("console", self._console)
        self.context.on("request", self._request)
        self.context.on("requestfailed", self._failed)
        self.context.on("response", self._response)
        self.context.on("weberror", lambda error: self._note(f"script error: {error.error}"))

    def _note(self, fault: str) -> None:
        if self.listening:
            self.faults.append(fault)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._note(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((*self.hosts, "data:")):
            self._note(f"third-party request: {request.url}")

    def _failed(self, request: Request) -> None:
        # A page that is left takes its open questions along.
        if request.failure != "net::ERR_ABORTED":
            self._note(f"failed request: {request.url} ({request.failure})")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f"{response.status}: {response.url}")

    def expected(self, *patterns: str) -> None:
        """Each of ``patterns`` was noted, and belongs there: it is taken off the list."""
        for pattern in patterns:
            hits = [fault for fault in self.faults if re.search(pattern, fault)]
            assert hits, f"{pattern} was expected among {self.faults}"
            self.faults = [fault for fault in self.faults if fault not in hits]

    def look_at(self, page: Page, step: str) -> None:
        """Take pictures of ``page``; axe finds no serious or critical fault, and nothing was noted so far."""
        take_pictures(page, step)
        assert self.faults == [], f"{step}: {self.faults}"
        # Axe itself asks for things that a strict policy forbids; what the console says of that is not the page's.
        self.listening = False
        try:
            found = serious_faults(page)
        finally:
            self.listening = True
        assert found == [], f"{step}: {found}"


def serious_faults(page: Page) -> list[str]:
    """What axe calls serious or critical, with the element."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def sticking_out(page: Page) -> list[str]:
    """Elements wider than the page or than their own box."""
    found: list[str] = page.evaluate(_STICKING_OUT)
    return found


def take_pictures(page: Page, step: str) -> None:
    """Pictures at the width of a desk and of a phone, if somebody asked for them."""
    if not PICTURES:
        return
    before = page.viewport_size
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        page.screenshot(path=Path(PICTURES) / f"{step}-{size['width']}.png", full_page=True)
    if before:
        page.set_viewport_size(before)
