"""A running sandbox, a hotel connected to it, and a session with a token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from integrations import http
from integrations.http import ProviderSession, session_for
from integrations.models import Connection
from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.sandbox import SandboxServer
from reservations.models import Hotel
from tests.providers.booking_com import contract


@pytest.fixture
def impatient(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTSIDE_READ_SECONDS = 5
    settings.OUTSIDE_PACE = 0.0
    monkeypatch.setattr(http, "RETRY_WAITS", (0.01, 0.02))


@pytest.fixture
def sandbox(impatient: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[BookingComSandbox]:
    """A running Booking.com sandbox, which the provider takes for the real system."""
    sandbox = BookingComSandbox()
    with SandboxServer([sandbox], "127.0.0.1", 0) as server:
        for name, value in contract.environment(f"{server.url}/booking_com").items():
            monkeypatch.setenv(name, value)
        yield sandbox


@pytest.fixture
def connection(hotel: Hotel, sandbox: BookingComSandbox) -> Connection:
    return contract.connect(sandbox, hotel, None)


@pytest.fixture
def session(connection: Connection) -> Iterator[ProviderSession]:
    with session_for(connection) as session:
        yield session


@pytest.fixture
def queue(sandbox: BookingComSandbox) -> BookingComSandbox:
    """The sandbox with nothing waiting."""
    with sandbox.lock:
        for waiting in sandbox.world.queues.values():
            for reservation in list(waiting.values()):
                sandbox.world.settle(reservation, sandbox.now())
        sandbox.world.answers.clear()
    return sandbox
