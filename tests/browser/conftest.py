"""A running demo, a browser, and a watch over every page that is visited."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.demo_process import Demo, begin_again, prepare_demo, running_demo
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
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a demonstration makes at its first start, made once."""
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


@pytest.fixture(scope="session")
def _standing_demo(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demonstration for the tests of a runner: starting its six processes takes longer than most tests."""
    with running_demo(tmp_path_factory.mktemp("demo"), prepared) as demo:
        yield demo


@pytest.fixture
def demo(_standing_demo: Demo, prepared: Path) -> Demo:
    """A running demonstration as it is after its first start, whatever other tests have done in it."""
    begin_again(_standing_demo, prepared)
    return _standing_demo


@pytest.fixture
def visitor(browser: Browser, demo: Demo) -> Iterator[Callable[..., tuple[BrowserContext, Watch]]]:
    """Opens a fresh browser (no cookies) whose pages are watched."""
    opened: list[BrowserContext] = []
    expect.set_options(timeout=PATIENCE)

    def open_browser(viewport: dict[str, int] = DESK) -> tuple[BrowserContext, Watch]:
        context = browser.new_context(viewport=viewport, locale="en-GB")
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        return context, Watch(context, (demo.address, demo.sandbox_address))

    yield open_browser
    for context in opened:
        context.close()
