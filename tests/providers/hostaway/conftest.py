"""A sandbox, and sessions of accounts that are connected to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from integrations import http
from integrations.applications import application_for
from integrations.catalogue import store_catalogue
from integrations.http import ProviderSession, session_for
from integrations.models import Connection
from integrations.providers.hostaway.provider import PROVIDER
from integrations.providers.hostaway.sandbox import HostawaySandbox
from integrations.sandbox import SandboxServer
from reservations.models import Hotel
from tests.budgets import lift_budgets
from tests.providers.hostaway import contract


@pytest.fixture
def impatient(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTSIDE_READ_SECONDS = 5
    monkeypatch.setattr(http, "RETRY_WAITS", (0.01, 0.02))


@pytest.fixture
def sandbox(impatient: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostawaySandbox]:
    """A running sandbox, which the provider takes for the real system."""
    sandbox = HostawaySandbox()
    lift_budgets(monkeypatch, sandbox.slug)
    with SandboxServer([sandbox], "127.0.0.1", 0) as server:
        for name, value in contract.environment(f"{server.url}/hostaway").items():
            monkeypatch.setenv(name, value)
        contract.hasten(sandbox)
        yield sandbox


@pytest.fixture
def connection(sandbox: HostawaySandbox, hotel: Hotel) -> Connection:
    connection = contract.connect(sandbox, hotel, None)
    sandbox.clear_requests()
    return connection


@pytest.fixture
def session(connection: Connection) -> Iterator[ProviderSession]:
    with session_for(connection) as session:
        yield session


@pytest.fixture
def mapped(connection: Connection, session: ProviderSession, sandbox: HostawaySandbox) -> Connection:
    """The connection with the catalogue that its own discovery found."""
    store_catalogue(connection, PROVIDER.discover(session))
    sandbox.clear_requests()
    return connection


@pytest.fixture
def newcomer(sandbox: HostawaySandbox, hotel: Hotel) -> Iterator[ProviderSession]:
    """A session with credentials and no access token yet; a test may change what was typed in."""
    typed_in = Connection(hotel=hotel, provider="hostaway", credentials=dict(contract.CREDENTIALS))
    with ProviderSession(
        provider="hostaway", application=application_for("hostaway"), connection=typed_in
    ) as session:
        yield session
