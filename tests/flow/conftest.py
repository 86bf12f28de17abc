"""A hotel that is connected to the running Octorate sandbox, with every room mapped."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict
from django.utils import timezone

from integrations import connections, oauth, subscriptions
from integrations.applications import redirect_uri
from integrations.inbox import connections_waiting
from integrations.models import Connection, PropertyMapping, RoomMapping, SyncRun
from integrations.processing import process_waiting
from integrations.providers.octorate.sandbox import OctorateSandbox
from integrations.sync import execute_run, request_run
from reservations.models import Hotel, Room

PARADISE, APARTMENTS = "910001", "910002"


@dataclass
class House:
    """The connected hotel and what its workers would do, done here and now."""

    hotel: Hotel
    connection: Connection
    sandbox: OctorateSandbox

    def read_all(self, kind: str = SyncRun.Kind.PULL) -> SyncRun:
        """One whole run."""
        run = request_run(connection=self.connection, kind=kind)
        execute_run(run.pk)
        run.refresh_from_db()
        self.connection.refresh_from_db()
        return run

    def work(self) -> None:
        """Wait until the sandbox has delivered everything, then do what waits in the inbox."""
        self.sandbox.deliveries.wait_until_idle()
        for connection_id in connections_waiting(timezone.now()):
            process_waiting(connection_id)
        self.connection.refresh_from_db()


def connect(hotel: Hotel, user, sandbox: OctorateSandbox, connection: Connection | None = None) -> Connection:
    """The connection after a consent that was given."""
    address = oauth.begin(
        hotel=hotel, user=user, session_key="s1", provider_slug="octorate", connection=connection
    )
    state = parse_qs(urlsplit(address).query)["state"][0]
    code = sandbox.issue_code(redirect_uri("octorate"))
    answer = QueryDict(mutable=True)
    answer.update({"code": code, "state": state})
    return oauth.finish(provider_slug="octorate", user=user, session_key="s1", params=answer)


def map_rooms(connection: Connection) -> None:
    """Map the sandbox's Hotel Paradise to ours: types by order, rooms by number."""
    place = connection.hotel.properties.get()
    PropertyMapping.objects.filter(connection=connection, external_ref=PARADISE).update(property=place)
    names = {"501001": "Individual", "501002": "Doble", "501003": "Suite"}
    rooms = {room.name: room for room in Room.objects.filter(hotel=connection.hotel)}
    types = {t.name: t for t in place.room_types.all()}
    for row in RoomMapping.objects.filter(connection=connection, property_ref=PARADISE):
        if row.external_kind == "room_type":
            row.room_type = types[names[row.external_ref]]
        else:
            row.room = rooms[row.external_name]
        row.save()


@pytest.fixture
def house(
    transactional_db: None, hotel: Hotel, manager, octorate_sandbox: OctorateSandbox, live_server, settings
) -> House:
    """Connected, subscribed and mapped; nothing has been read yet. Webhooks reach a real server."""
    settings.PUBLIC_BASE_URL = live_server.url
    connection = connect(hotel, manager, octorate_sandbox)
    connections.discover(connection=connection)
    subscriptions.subscribe(connection=connection)
    map_rooms(connection)
    return House(hotel, connection, octorate_sandbox)
