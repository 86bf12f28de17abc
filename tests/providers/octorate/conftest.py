"""A sandbox, and a hotel connected to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations import http
from integrations.http import ProviderSession, application_session, session_for
from integrations.models import Connection, ConnectionStatus
from integrations.providers.octorate.sandbox import OctorateSandbox
from reservations.models import Hotel
from tests.providers.octorate.calls import HOTEL, exchange


@pytest.fixture
def impatient(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTSIDE_READ_SECONDS = 5
    monkeypatch.setattr(http, "RETRY_WAITS", (0.01, 0.02))


@pytest.fixture
def anonymous(octorate_sandbox: OctorateSandbox) -> Iterator[ProviderSession]:
    with application_session("octorate") as session:
        yield session


@pytest.fixture
def connection(hotel: Hotel, anonymous: ProviderSession, octorate_sandbox: OctorateSandbox) -> Connection:
    tokens = exchange(anonymous, octorate_sandbox)
    octorate_sandbox.clear_requests()
    return Connection.objects.create(
        hotel=hotel,
        provider="octorate",
        name="Octorate",
        status=ConnectionStatus.CONNECTED,
        status_since=timezone.now(),
        credentials={"access_token": tokens.access_token, "refresh_token": tokens.refresh_token},
        token_expires_at=tokens.expires_at,
    )


@pytest.fixture
def session(connection: Connection) -> Iterator[ProviderSession]:
    with session_for(connection) as session:
        yield session


@pytest.fixture
def first(octorate_sandbox: OctorateSandbox) -> date:
    """A night that no booking of the demo reaches."""
    return octorate_sandbox.world.today(HOTEL) + timedelta(days=100)
