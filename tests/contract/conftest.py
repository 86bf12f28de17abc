"""A running sandbox of the provider under test, and a hotel that is connected to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from integrations import http
from integrations.http import ProviderSession, session_for
from integrations.models import Connection
from integrations.sandbox import Sandbox, SandboxServer
from reservations.models import Hotel
from tests.budgets import lift_budgets
from tests.contract.cases import Case


@pytest.fixture
def case() -> Case:
    """The provider under test; each test is parametrised with it."""
    raise AssertionError("decorate the test with for_providers")


@pytest.fixture
def impatient(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that are minutes in earnest are milliseconds here; how often is tried stays the same."""
    settings.OUTSIDE_READ_SECONDS = 5
    monkeypatch.setattr(http, "RETRY_WAITS", tuple(0.001 for _ in http.RETRY_WAITS))


@pytest.fixture
def sandbox(case: Case, impatient: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The provider's own sandbox on a free port; the provider takes it for the real system."""
    sandbox = case.new_sandbox()
    lift_budgets(monkeypatch, sandbox.slug)
    with SandboxServer([sandbox], "127.0.0.1", 0) as server:
        for name, value in case.hook.environment(f"{server.url}/{sandbox.slug}").items():
            monkeypatch.setenv(name, value)
        yield sandbox


@pytest.fixture
def connection(case: Case, sandbox: Sandbox, hotel: Hotel, manager: Any) -> Connection:
    connection: Connection = case.hook.connect(sandbox, hotel, manager)
    sandbox.clear_requests()
    return connection


@pytest.fixture
def session(connection: Connection) -> Iterator[ProviderSession]:
    with session_for(connection) as session:
        yield session
