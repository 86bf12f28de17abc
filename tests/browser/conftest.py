"""A running demo, a browser, and a watch over every page that is visited."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.demo_process import Demo, prepare_demo, running_demo
from tests.browser.walking import PATIENCE
from tests.browser.watching import DESK, Watch
from tests.services import Missing, chromium


@pytest.fixture(scope="session", autouse=True)
def _a_browser() -> None:
    try:
        chromium()
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """What a demonstration makes at its first start, made once; a module that wants to see that start gives None."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return prepare_demo(tmp_path_factory.mktemp("prepared"))
    # Whoever of the parallel runners comes first makes it for all.
    shared = tmp_path_factory.getbasetemp().parent
    with (shared / "prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "prepared.done").exists():
            prepare_demo(shared / "prepared")
            (shared / "prepared.done").touch()
    return shared / "prepared"


@pytest.fixture
def demo(tmp_path: Path, prepared: Path | None) -> Iterator[Demo]:
    """A demonstration of its own, stopped after the test."""
    with running_demo(tmp_path, prepared) as demo:
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
