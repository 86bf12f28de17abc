"""A running demo, a browser, and a watch over every page that is visited."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.demo_process import Demo, running_demo
from tests.browser.walking import PATIENCE
from tests.browser.watching import DESK, Watch
from tests.services import Missing, chromium


@pytest.fixture(scope="session", autouse=True)
def _a_browser() -> None:
    try:
        chromium()
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A demonstration of its own: started from an empty folder, stopped after the test."""
    with running_demo(tmp_path) as demo:
        yield demo


@pytest.fixture
def visitor(browser: Browser, demo: Demo) -> Iterator[Callable[..., tuple[BrowserContext, Watch]]]:
    """Opens a fresh browser (no cookies) whose pages are watched."""
    opened: list[BrowserContext] = []
    expect.set_options(timeout=PATIENCE)

    def open_browser(viewport: dict[str, int] = DESK) -> tuple[BrowserContext, Watch]:
        context = browser.new_context(viewport=viewport, locale="en-GB")  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        return context, Watch(context, (demo.address, demo.sandbox_address))

    yield open_browser
    for context in opened:
        context.close()
