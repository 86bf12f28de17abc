"""Fixtures for every test: one hotel, its people, a stranger, and the outside world as a local sandbox."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import TransactionTestCase

from reservations.choices import Role
from tests.emptying import empty_database
from tests.people import make_hotel, make_person

if TYPE_CHECKING:
    from config.accounts.models import User
    from integrations.providers.octorate.sandbox import OctorateSandbox
    from reservations.models import Hotel


TESTS = Path(__file__).parent
ON_POSTGRESQL = ("reservations", "integrations", "cleaning", "flow")

TransactionTestCase._fixture_teardown = empty_database


def pytest_unconfigure(config: pytest.Config) -> None:
    if settings.configured:
        shutil.rmtree(settings.INSTANCE_DIR, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is to be seen on PostgreSQL, and which of it is not to be seen on SQLite besides: what asks for a page.

    Rows and rules are tried on both databases. A page is a reader of them, and PostgreSQL is the stricter one.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.path.relative_to(TESTS).parts[0] not in ON_POSTGRESQL:
            continue
        if fixtures & {"db", "transactional_db"} or item.get_closest_marker("django_db"):
            item.add_marker("database")
            if "client" in fixtures:
                item.add_marker("page")


@pytest.fixture(autouse=True)
def _nothing_left_over() -> Iterator[None]:
    """Every test finds an empty cache (so no failed sign-ins are counted) and an empty queue."""
    yield
    cache.clear()  # on Redis this empties the runner's own database, queues included
    for message in (settings.INSTANCE_DIR / "spool").glob("*/*"):
        if message.is_file():
            message.unlink(missing_ok=True)


@pytest.fixture
def hotel(db: None) -> Hotel:
    """Hotel Paradise: one property in Madrid, twelve rooms 101 to 112 of three types."""
    return make_hotel("Hotel Paradise", "paradise")


@pytest.fixture
def other_hotel(db: None) -> Hotel:
    return make_hotel("Hostal Mirador", "mirador", {("Doble", 2): ("1", "2")})


@pytest.fixture
def owner(hotel: Hotel) -> User:
    return make_person("owner@example.org", hotel, Role.OWNER, name="Amaro Quintela")


@pytest.fixture
def manager(hotel: Hotel) -> User:
    return make_person("manager@example.org", hotel, Role.MANAGER, name="Nadia Ferrol")


@pytest.fixture
def receptionist(hotel: Hotel) -> User:
    return make_person("reception@example.org", hotel, Role.RECEPTIONIST, name="Blanche Arnoux")


@pytest.fixture
def housekeeping_manager(hotel: Hotel) -> User:
    return make_person("housekeeping@example.org", hotel, Role.HOUSEKEEPING_MANAGER, name="Rosa Villalba")


@pytest.fixture
def cleaner(hotel: Hotel) -> User:
    return make_person("cleaner@example.org", hotel, Role.CLEANER, name="Ilie Munteanu")


@pytest.fixture
def stranger(other_hotel: Hotel) -> User:
    """The manager of another hotel."""
    return make_person("stranger@example.org", other_hotel, Role.MANAGER, name="Berta Llopis")


@pytest.fixture
def operator(db: None) -> User:
    """Runs the installation, belongs to no hotel."""
    person = make_person("operator@example.org", name="Olaf Reinholt")
    person.is_superuser = True
    person.save()
    return person


@pytest.fixture
def year_on_sale(settings: Any) -> None:
    """As many nights as an installation tells channels of; all other tests do with a quarter of them."""
    settings.ON_SALE_DAYS = 400


@pytest.fixture
def octorate_sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[OctorateSandbox]:
    """A running Octorate sandbox, which the provider takes for the real system; ``sandbox.url`` is its address."""
    from integrations.providers.octorate.sandbox import OctorateSandbox
    from integrations.sandbox import SandboxServer

    sandbox = OctorateSandbox()
    with SandboxServer([sandbox], "127.0.0.1", 0) as server:
        sandbox.url = base = f"{server.url}/octorate"
        monkeypatch.setenv("OCTORATE_CLIENT_ID", "llavero-demo")
        monkeypatch.setenv("OCTORATE_CLIENT_SECRET", "llavero-demo-secret")
        monkeypatch.setenv("OCTORATE_AUTHORIZE_URL", f"{base}/octobook/identity/oauth.xhtml")
        monkeypatch.setenv("OCTORATE_API_URL", f"{base}/connect")
        yield sandbox


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The Chromium that the system has; Playwright's own is not downloaded."""
    return {
        **browser_type_launch_args,
        "executable_path": shutil.which("chromium") or shutil.which("chromium-browser"),
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }
