"""The account's list through shared code: one walk for all mapped listings, deliveries that lead to the API."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from integrations import connections, subscriptions
from integrations.held_nights import close_here
from integrations.inbox import connections_waiting
from integrations.mappings import CREATE, save_mappings
from integrations.models import (
    AvailabilityState,
    Connection,
    InboxMessage,
    LogEntry,
    PropertyMapping,
    RoomMapping,
    SyncRun,
)
from integrations.processing import process_waiting
from integrations.providers.hostaway.sandbox import HostawaySandbox
from integrations.providers.hostaway.sandbox.seed import A1, A2, DOUBLES
from integrations.sending import send_waiting
from integrations.sync import execute_run, request_run
from reservations.choices import StayStatus
from reservations.models import Reservation, Room, RoomType, Stay

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(connection: Connection, manager: Any) -> Connection:
    """The connection with three of its listings in use."""
    connections.discover(connection=connection)
    use(connection, manager, A1, A2, DOUBLES)
    return connection


def use(connection: Connection, user: Any, *listings: int) -> None:
    rows = PropertyMapping.objects.filter(connection=connection, external_ref__in=map(str, listings))
    choices: dict[int, int | None] = {row.pk: CREATE for row in rows}
    save_mappings(connection=connection, user=user, properties=choices, rooms={})


def read_all(connection: Connection) -> SyncRun:
    run = request_run(connection=connection, kind=SyncRun.Kind.PULL)
    execute_run(run.pk)
    run.refresh_from_db()
    connection.refresh_from_db()
    return run


def deliver(client: Client, connection: Connection, row: dict[str, Any], password: str = "") -> int:
    """What Hostaway would send about ``row``, and what a worker makes of it; the status of the answer."""
    login = connection.credentials["webhook_login"]
    password = password or connection.credentials["webhook_password"]
    pair = base64.b64encode(f"{login}:{password}".encode()).decode()
    body = {"object": "reservation", "event": "reservation.updated", "accountId": 10001, "data": row}
    address = urlsplit(subscriptions.webhook_address(connection)).path
    answer = client.post(
        address, json.dumps(body), content_type="application/json", headers={"Authorization": f"Basic {pair}"}
    )
    for waiting in connections_waiting(timezone.now()):
        process_waiting(waiting)
    return answer.status_code


def test_the_first_pull_has_the_mapped_listings_bookings_and_no_others(
    house: Connection, sandbox: HostawaySandbox
) -> None:
    run = read_all(house)
    assert (run.state, run.failed) == (SyncRun.State.DONE, 0)
    wanted = {
        str(row["id"])
        for row in sandbox.rows()
        if row["listingMapId"] in (A1, A2, DOUBLES) and not row["isDatesUnspecified"]
    }
    told = {source.external_id for r in Reservation.objects.all() for source in r.sources.all()}
    assert told == wanted
    assert run.created == len(wanted)


def test_reading_again_changes_nothing(house: Connection) -> None:
    read_all(house)
    run = read_all(house)
    assert (run.created, run.changed, run.failed) == (0, 0, 0)


def test_a_listing_that_is_used_later_brings_its_bookings_then(
    house: Connection, sandbox: HostawaySandbox, manager: Any
) -> None:
    read_all(house)
    before = Reservation.objects.count()
    others = {row["listingMapId"] for row in sandbox.rows()} - {A1, A2, DOUBLES}
    use(house, manager, *others)
    read_all(house)
    assert Reservation.objects.count() > before
    assert {source.external_id for r in Reservation.objects.all() for source in r.sources.all()} == {
        str(row["id"]) for row in sandbox.rows() if not row["isDatesUnspecified"]
    }


def test_a_delivery_leads_to_the_booking_as_it_is_now(
    house: Connection, sandbox: HostawaySandbox, client: Client
) -> None:
    read_all(house)
    subscriptions.subscribe(connection=house)
    house.refresh_from_db()
    made = sandbox.book(DOUBLES, units=2, overbook=True)
    told = {"id": made["id"], "listingMapId": DOUBLES, "status": "new"}
    sandbox.cancel(made["id"])
    # The delivery still says new; the booking is read again and is cancelled.
    assert deliver(client, house, told) == 200
    stays = Stay.objects.filter(reservation__sources__external_id=str(made["id"]))
    assert [stay.status for stay in stays] == [StayStatus.CANCELLED] * 2
    assert deliver(client, house, told) == 200
    assert InboxMessage.objects.filter(event="reservation.updated").count() == 1


def test_a_cancelled_booking_that_comes_back_is_one_booking_again(
    house: Connection, sandbox: HostawaySandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sandbox.book(A1, overbook=True)
    sandbox.cancel(made["id"])
    read_all(house)
    # Versions count in seconds.
    now = sandbox.world.now
    monkeypatch.setattr(sandbox.world, "now", lambda: now() + timedelta(seconds=5))
    sandbox.set_status(made["id"], "modified", overbook=True)
    read_all(house)
    (reservation,) = Reservation.objects.filter(sources__external_id=str(made["id"]))
    assert reservation.status == StayStatus.CONFIRMED


def test_a_delivery_with_a_wrong_password_is_refused_and_not_stored(
    house: Connection, client: Client
) -> None:
    subscriptions.subscribe(connection=house)
    house.refresh_from_db()
    assert deliver(client, house, {"id": 1}, password="a-guess") == 401
    assert not InboxMessage.objects.filter(kind="webhook").exists()


@pytest.mark.usefixtures("year_on_sale")
def test_a_night_that_the_owner_blocked_in_the_calendar_is_not_opened(
    house: Connection, sandbox: HostawaySandbox, manager: Any
) -> None:
    listing = sandbox.world.listing(A1)
    night = timezone.localdate() + timedelta(days=300)
    sandbox.world.write_day(listing, night, closed=True)
    place = PropertyMapping.objects.get(connection=house, external_ref=str(A1)).property
    flat = RoomType.objects.create(hotel=house.hotel, property=place, name="Flat")
    Room.objects.create(hotel=house.hotel, property=place, room_type=flat, name="Flat")
    there = RoomMapping.objects.get(connection=house, property_ref=str(A1), external_kind="room_type")
    there.room_type = flat
    there.save()
    read_all(house)
    sandbox.clear_requests()
    send_waiting(house.pk)
    assert sandbox.world.day(listing, night).status == "blocked"
    assert sandbox.world.day(listing, night + timedelta(days=1)).status == "available"
    assert AvailabilityState.objects.get(room_mapping=there, date=night).state == "drifted"
    assert sandbox.requests("PUT", f"/listings/{A1}/")
    assert len(sandbox.requests("GET", f"/listings/{A1}/calendar")) == 1
    assert close_here(house, user=manager) == 1
    send_waiting(house.pk)
    assert AvailabilityState.objects.get(room_mapping=there, date=night).accepted == {"units": 0}


def test_the_door_code_is_in_no_log(house: Connection, sandbox: HostawaySandbox) -> None:
    sandbox.book(A1, overbook=True, door_code="7731#")
    sandbox.book_zero_nights(A1)
    read_all(house)
    assert "7731#" not in str(
        [*LogEntry.objects.values(), *InboxMessage.objects.values("problems", "counts")]
    )
