"""Connections with a catalogue, and a provider that is connected by typing a key in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import integrations.providers
from integrations.catalogue import store_catalogue
from integrations.contracts import ExternalProperty, ExternalRoom
from integrations.mappings import Target, save_mappings
from integrations.models import Connection, ConnectionStatus, PropertyMapping, RoomMapping
from integrations.registry import all_providers, get_provider
from integrations.sending import send_waiting
from reservations.models import Hotel
from tests.reservations.records import Desk

EXAMPLES = str(Path(__file__).parent / "example_providers")


@pytest.fixture
def keybox(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The slug of a provider with typed-in credentials, found by the registry like any other folder."""
    monkeypatch.setattr(integrations.providers, "__path__", [*integrations.providers.__path__, EXAMPLES])
    all_providers.cache_clear()
    yield "keybox"
    all_providers.cache_clear()


def make_connection(hotel: Hotel, **fields: object) -> Connection:
    """A connected account at Octorate whose tokens nobody has used yet."""
    values: dict[str, object] = {
        "provider": "octorate",
        "name": "Octorate",
        "status": ConnectionStatus.CONNECTED,
        "status_since": timezone.now(),
        "credentials": {"access_token": "an-access-token", "refresh_token": "a-refresh-token"},
    }
    return Connection.objects.create(hotel=hotel, **{**values, **fields})


def queries_of(client: Client, url: str) -> int:
    """How many queries a page takes; it is asked for once before, so that nothing is counted that is cached."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(database) as queries:
        client.get(url)
    return len(queries)


def paradise_there(**changes: object) -> ExternalProperty:
    """The other side's view of Hotel Paradise: three types, twelve numbered rooms, names in other languages."""
    rooms = [
        ExternalRoom("s", "Single room", "room_type", quantity=4, capacity=1),
        ExternalRoom("d", "Habitación Doble", "room_type", quantity=6, capacity=2),
        ExternalRoom("x", "Penthouse", "room_type", quantity=2, capacity=3),
    ]
    for parent, numbers in (("s", range(101, 105)), ("d", range(105, 111)), ("x", range(111, 113))):
        rooms += [ExternalRoom(f"r{n}", f"Room {n}", "room", parent_ref=parent) for n in numbers]
    values: dict[str, object] = {
        "ref": "900",
        "name": "HOTEL PARADISE",
        "timezone": "Europe/Madrid",
        "currency": "EUR",
        "check_in": "14:00",
        "check_out": "12:00",
        "rooms": tuple(rooms),
    }
    return ExternalProperty(**{**values, **changes})


@pytest.fixture
def connection(hotel: Hotel) -> Connection:
    """A connection that has read what the other side has; nothing is mapped."""
    connection = make_connection(hotel)
    store_catalogue(connection, [paradise_there()])
    return connection


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(integrations.providers, "__path__", [*integrations.providers.__path__, EXAMPLES])
    all_providers.cache_clear()
    module = sys.modules[type(get_provider("noticeboard")).__module__]
    module.BOARD = module.Board()
    yield module.BOARD
    all_providers.cache_clear()


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def channel(hotel, manager, board) -> Connection:
    """A connected board: doubles and suites are mapped, the first import is done, the first numbers are sent."""
    connection = make_connection(hotel, provider="noticeboard", name="Board")
    store_catalogue(connection, get_provider("noticeboard").discover(None))
    connection.cursor = {"properties": {"p1": timezone.now().isoformat()}}
    connection.save()
    house = hotel.properties.get()
    types = {row.name: row.pk for row in house.room_types.all()}
    rooms = {row.external_ref: row.pk for row in RoomMapping.objects.filter(connection=connection)}
    place = PropertyMapping.objects.get(connection=connection)
    save_mappings(
        connection=connection,
        user=manager,
        properties={place.pk: house.pk},
        rooms={
            rooms["double"]: Target(room_type=types["Doble"]),
            rooms["suite"]: Target(room_type=types["Suite"]),
        },
    )
    send_waiting(connection.pk)
    board.calls.clear()
    return connection


@pytest.fixture
def desk(hotel) -> Desk:
    return Desk(hotel)
