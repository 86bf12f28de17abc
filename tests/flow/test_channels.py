"""Booking.com, Hostaway and one hotel: every booking is stored, and every channel hears of it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connections as databases
from django.utils import timezone

from integrations import connections, subscriptions
from integrations.accounts import webhook_login_of
from integrations.inbox import body_of, connections_waiting
from integrations.models import (
    Alert,
    AvailabilityState,
    Connection,
    Exchange,
    InboxMessage,
    PropertyMapping,
    RateMapping,
    RoomMapping,
    SyncRun,
)
from integrations.outbox import connections_with_jobs
from integrations.processing import process_waiting
from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.selling import RoomWish
from integrations.providers.hostaway.sandbox import HostawaySandbox
from integrations.rate_mappings import save_rate_mappings
from integrations.sandbox import SandboxServer
from integrations.sending import send_waiting
from integrations.sweep import tell_silence
from integrations.sync import execute_run, request_due_runs, request_run
from reservations import rates
from reservations.choices import StayStatus
from reservations.models import RatePlan, Reservation, Room, Stay, StayNight
from reservations.rate_changes import RateChange
from tests.providers.booking_com import contract as booking_contract
from tests.providers.hostaway import contract as hostaway_contract

BOOKING_PROPERTY, BOOKING_DOUBLE = 4400123, 440012302
DOUBLES = 50010

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Channels:
    """The hotel with both channels, and what its workers would do, done here and now."""

    hotel: object
    booking: Connection
    hostaway: Connection
    booking_sandbox: BookingComSandbox
    hostaway_sandbox: HostawaySandbox

    def read(self, connection: Connection, kind: str = SyncRun.Kind.PULL) -> SyncRun | None:
        """One whole run; None when it found nothing and left no row."""
        run = request_run(connection=connection, kind=kind)
        execute_run(run.pk)
        connection.refresh_from_db()
        return SyncRun.objects.filter(pk=run.pk).first()

    def work(self) -> None:
        """Take in what was delivered and send what waits, until nothing is left to do."""
        self.hostaway_sandbox.wait_for_deliveries()
        for connection_id in connections_waiting(timezone.now()):
            process_waiting(connection_id)
        for connection_id in connections_with_jobs(timezone.now()):
            send_waiting(connection_id)

    def waiting(self) -> list[str]:
        """What waits at Booking.com for this hotel; one booking of a stranger's property always does."""
        return [n for n in self.booking_sandbox.waiting() if n != "6001000007"]

    def left_at_booking(self, day: date) -> int:
        night = self.booking_sandbox.calendar(BOOKING_PROPERTY, BOOKING_DOUBLE, day, day + timedelta(days=1))[
            0
        ]
        return night.count


@pytest.fixture
def channels(hotel, manager, live_server, settings, monkeypatch) -> Iterator[Channels]:
    settings.PUBLIC_BASE_URL = live_server.url
    settings.OUTSIDE_PACE = 0.01
    booking_sandbox, hostaway_sandbox = BookingComSandbox(), HostawaySandbox()
    with SandboxServer([booking_sandbox, hostaway_sandbox], "127.0.0.1", 0) as server:
        addresses = {
            **booking_contract.environment(f"{server.url}/booking_com"),
            **hostaway_contract.environment(f"{server.url}/hostaway"),
        }
        for name, value in addresses.items():
            monkeypatch.setenv(name, value)
        booking = booking_contract.connect(booking_sandbox, hotel, manager)
        hostaway = hostaway_contract.connect(hostaway_sandbox, hotel, manager)
        for connection in (booking, hostaway):
            assert connections.discover(connection=connection).state == "done"
            subscriptions.subscribe(connection=connection)
        map_types(
            booking,
            str(BOOKING_PROPERTY),
            {"440012302": "Doble", "440012303": "Suite", "440012301": "Individual"},
        )
        map_types(hostaway, str(DOUBLES), {str(DOUBLES): "Doble"})
        yield Channels(hotel, booking, hostaway, booking_sandbox, hostaway_sandbox)


def map_types(connection: Connection, property_ref: str, names: dict[str, str]) -> None:
    house = connection.hotel.properties.get()
    PropertyMapping.objects.filter(connection=connection, external_ref=property_ref).update(property=house)
    for ref, name in names.items():
        RoomMapping.objects.filter(connection=connection, external_ref=ref, external_kind="room_type").update(
            room_type=house.room_types.get(name=name)
        )
    units = RoomMapping.objects.filter(connection=connection, property_ref=property_ref, external_kind="room")
    for unit, room in zip(units, Room.objects.filter(room_type__name="Doble").order_by("name"), strict=False):
        RoomMapping.objects.filter(pk=unit.pk).update(room=room)


def day_from_now(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


class TestBookingCom:
    def test_the_first_import_has_old_and_new_bookings_and_acknowledges_the_new(self, channels):
        run = channels.read(channels.booking, SyncRun.Kind.IMPORT)
        assert run.state == "done", run.error_detail
        assert run.failed == 0
        assert Reservation.objects.filter(channel="booking_com").count() == 6
        assert not channels.waiting()
        assert len(channels.booking_sandbox.acknowledged()) == 3

    def test_a_booking_is_stored_before_it_is_acknowledged_and_not_again(self, channels):
        channels.read(channels.booking, SyncRun.Kind.IMPORT)
        number = channels.booking_sandbox.book(
            RoomWish(BOOKING_DOUBLE, day_from_now(30), day_from_now(32), child_ages=(6,)), guest="Ada Sample"
        )
        channels.booking_sandbox.fail_next(1, 0, path_part="OTA_HotelResNotif")  # the first read is cut off
        channels.read(channels.booking)
        channels.read(channels.booking)
        stay = Stay.objects.get(reservation__channel_ref=number)
        assert (stay.arrival, stay.departure, stay.children) == (day_from_now(30), day_from_now(32), 1)
        assert stay.room_type.name == "Doble"
        assert number not in channels.booking_sandbox.waiting()
        before = InboxMessage.objects.count()
        channels.read(channels.booking)
        assert InboxMessage.objects.count() == before

    def test_an_acknowledgement_that_got_lost_is_said_again(self, channels):
        channels.read(channels.booking, SyncRun.Kind.IMPORT)
        number = channels.booking_sandbox.book(RoomWish(BOOKING_DOUBLE, day_from_now(30), day_from_now(31)))
        channels.booking_sandbox.fail_next(3, 500, path_part="OTA_HotelResNotif")
        channels.read(channels.booking)
        for _ in range(3):
            Connection.objects.update(status="connected")
            channels.booking.refresh_from_db()
            channels.read(channels.booking)
        assert Reservation.objects.filter(channel_ref=number).count() == 1
        assert not channels.waiting()

    def test_a_dropped_room_is_freed_and_the_other_stays(self, channels):
        channels.read(channels.booking, SyncRun.Kind.IMPORT)
        wish = RoomWish(BOOKING_DOUBLE, day_from_now(30), day_from_now(32))
        number = channels.booking_sandbox.book(wish, wish)
        channels.read(channels.booking)
        rooms = channels.booking_sandbox.reservation(number).rooms
        channels.booking_sandbox.remove_room(number, rooms[1].index)
        channels.read(channels.booking)
        reservation = Reservation.objects.get(channel_ref=number)
        assert reservation.stays.count() == 1
        assert StayNight.objects.filter(stay__reservation=reservation).count() == 2

    def test_a_cancellation_without_rooms_or_guest_keeps_what_is_known(self, channels):
        channels.read(channels.booking, SyncRun.Kind.IMPORT)
        number = channels.booking_sandbox.book(
            RoomWish(BOOKING_DOUBLE, day_from_now(30), day_from_now(32)), guest="Ada Sample"
        )
        channels.read(channels.booking)
        channels.booking_sandbox.cancel(number)
        channels.read(channels.booking)
        reservation = Reservation.objects.get(channel_ref=number)
        assert reservation.status == StayStatus.CANCELLED
        assert reservation.booker.name == "Ada Sample"
        assert reservation.property is not None
        assert not StayNight.objects.filter(stay__reservation=reservation).exists()
        assert not channels.waiting()

    def test_card_numbers_are_stored_nowhere(self, channels):
        channels.read(channels.booking, SyncRun.Kind.IMPORT)
        bodies = b"".join(body_of(message) for message in InboxMessage.objects.all())
        assert b"PaymentCard" in bodies
        for secret in (b"CardNumber", b"SeriesCode", b"ExpireDate"):
            assert secret not in bodies

    def test_the_numbers_of_calls_are_kept(self, channels):
        channels.read(channels.booking, SyncRun.Kind.IMPORT)
        assert (
            Exchange.objects.filter(provider="booking_com", request_id="").exclude(for_token=True).count()
            == 0
        )

    def test_a_quiet_reading_leaves_no_row(self, channels):
        channels.read(channels.booking, SyncRun.Kind.IMPORT)
        Connection.objects.filter(pk=channels.booking.pk).update(next_run_at=timezone.now())
        (run_id,) = request_due_runs(timezone.now())
        assert request_due_runs(timezone.now()) == []
        execute_run(run_id)
        assert not SyncRun.objects.filter(pk=run_id).exists()


class TestBothChannels:
    def test_a_booking_in_one_lowers_what_every_channel_sells(self, channels):
        for connection in (channels.booking, channels.hostaway):
            assert channels.read(connection, SyncRun.Kind.IMPORT).state == "done"
        channels.work()
        day = day_from_now(60)
        assert channels.left_at_booking(day) == 6
        channels.hostaway_sandbox.book(listing=DOUBLES, arrival=day, departure=day + timedelta(days=1))
        channels.work()
        assert channels.left_at_booking(day) == 5
        channels.booking_sandbox.book(RoomWish(BOOKING_DOUBLE, day, day + timedelta(days=1)))
        channels.read(channels.booking)
        channels.work()
        assert channels.left_at_booking(day) == 4
        hostaway_day = channels.hostaway_sandbox.calendar(DOUBLES, day, day)[0]
        assert hostaway_day["availableUnitsToSell"] == 2  # of its own three units one is sold
        unconfirmed = AvailabilityState.objects.exclude(state="accepted")
        assert not unconfirmed.exists()
        assert not Alert.objects.filter(resolved_at=None).exists()

    def test_prices_reach_both(self, channels, manager):
        for connection in (channels.booking, channels.hostaway):
            channels.read(connection, SyncRun.Kind.IMPORT)
        house = channels.hotel.properties.get()
        plan = RatePlan.objects.create(hotel=channels.hotel, property=house, name="Standard")
        for connection, room, rate in (
            (channels.booking, "440012302", "55501"),
            (channels.hostaway, str(DOUBLES), str(DOUBLES)),
        ):
            row = RateMapping.objects.get(connection=connection, room_ref=room, external_ref=rate)
            save_rate_mappings(connection=connection, user=manager, choices={row.pk: plan.pk})
        first, last = day_from_now(40), day_from_now(44)
        rates.change_rates(
            hotel=channels.hotel,
            user=manager,
            rate_plans=[plan],
            room_types=[house.room_types.get(name="Doble")],
            first=first,
            last=last,
            changes=RateChange(price=Decimal("133.50"), minimum_stay=2),
        )
        channels.work()
        night = channels.booking_sandbox.calendar(BOOKING_PROPERTY, BOOKING_DOUBLE, first, last)[0]
        assert night.rates[55501].price == Decimal("133.50")
        hostaway_day = channels.hostaway_sandbox.calendar(DOUBLES, first, first)[0]
        assert Decimal(str(hostaway_day["price"])) == Decimal("133.50")
        assert hostaway_day["minimumStay"] == 2


PUSHED = (
    Path(__file__).parents[1] / "providers/booking_com/fixtures/ota_hotelresnotif__one_room.xml"
).read_bytes()


class TestPushedToUs:
    def address(self, connection: Connection) -> str:
        return urlsplit(subscriptions.webhook_address(connection)).path

    def signed(self, connection: Connection) -> dict[str, str]:
        connection.refresh_from_db()
        pair = ":".join(webhook_login_of(connection)).encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    def test_a_pushed_message_is_stored_answered_in_ota_and_taken_in(self, channels, client):
        answer = client.post(
            self.address(channels.booking),
            data=PUSHED,
            content_type="application/xml",
            headers=self.signed(channels.booking),
        )
        assert answer.status_code == 200
        assert b"OTA_HotelResNotifRS" in answer.content
        assert b"<Success" in answer.content
        channels.work()
        assert Reservation.objects.get(channel="booking_com").stays.exists()

    def test_without_the_password_nothing_is_stored(self, channels, client):
        wrong = {"Authorization": "Basic " + base64.b64encode(b"llavero:guess").decode()}
        answer = client.post(
            self.address(channels.booking), data=PUSHED, content_type="application/xml", headers=wrong
        )
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Basic")
        assert b"Errors" in answer.content
        assert not InboxMessage.objects.exists()

    def test_an_alarm_starts_a_reading_and_is_not_stored(self, channels, client):
        number = channels.booking_sandbox.book(RoomWish(BOOKING_DOUBLE, day_from_now(30), day_from_now(31)))
        answer = client.post(self.address(channels.booking), data=b"{}", content_type="application/json")
        assert answer.status_code == 200
        run = SyncRun.objects.get(connection=channels.booking, state="queued")
        execute_run(run.pk)
        assert Reservation.objects.filter(channel_ref=number).exists()

    def test_alarms_that_storm_ask_for_one_reading(self, channels, client):
        for _ in range(5):
            client.post(self.address(channels.booking), data=b"{}", content_type="application/json")
        assert SyncRun.objects.filter(connection=channels.booking, state="queued").count() == 1


class TestTwoPollers:
    def test_one_reads_and_the_other_leaves(self, channels):
        channels.read(channels.booking, SyncRun.Kind.IMPORT)
        channels.booking_sandbox.book(RoomWish(BOOKING_DOUBLE, day_from_now(30), day_from_now(31)))
        channels.booking_sandbox.clear_requests()
        run = request_run(connection=channels.booking, trigger=SyncRun.Trigger.SCHEDULE)
        with ThreadPoolExecutor(4) as pool:
            did = list(pool.map(_execute, [run.pk] * 4))
        assert sum(did) == 1
        acknowledgements = [
            r for r in channels.booking_sandbox.requests("POST", "OTA_HotelResNotif") if "Success" in r.body
        ]
        assert len(acknowledgements) == 1


class TestSilence:
    def test_fifteen_minutes_without_a_good_reading_are_told_and_a_good_one_ends_it(self, channels):
        channels.read(channels.booking, SyncRun.Kind.IMPORT)
        now = timezone.now()
        tell_silence(now + timedelta(minutes=14))
        assert not Alert.objects.filter(code="bookings_silent").exists()
        tell_silence(now + timedelta(minutes=16))
        alert = Alert.objects.get(code="bookings_silent", resolved_at=None)
        assert "16" in str(alert)
        tell_silence(timezone.now())
        assert not Alert.objects.filter(code="bookings_silent", resolved_at=None).exists()


class TestUnknownThings:
    def test_a_room_type_that_nobody_mapped_is_stored_told_and_acknowledged(self, channels):
        channels.read(channels.booking, SyncRun.Kind.IMPORT)
        RoomMapping.objects.filter(connection=channels.booking, external_ref="440012302").update(
            room_type=None
        )
        number = channels.booking_sandbox.book(RoomWish(BOOKING_DOUBLE, day_from_now(30), day_from_now(31)))
        channels.read(channels.booking)
        assert Stay.objects.get(reservation__channel_ref=number).unmapped
        assert Alert.objects.filter(code="unmapped_rooms", resolved_at=None).exists()
        assert not channels.waiting()

    def test_a_booking_that_cannot_be_read_is_kept_refused_and_seen_once(self, channels):
        channels.read(channels.booking, SyncRun.Kind.IMPORT)
        day = day_from_now(30)
        number = channels.booking_sandbox.book(RoomWish(BOOKING_DOUBLE, day, day + timedelta(days=1)))
        good = channels.booking_sandbox.book(RoomWish(BOOKING_DOUBLE, day, day + timedelta(days=1)))
        spoil(channels.booking_sandbox, number)
        channels.read(channels.booking)
        assert Reservation.objects.filter(channel_ref=good).exists()
        assert channels.waiting() == [number]
        assert [answer.reason for answer in channels.booking_sandbox.refused()] != []
        stored = InboxMessage.objects.filter(state="dead")
        assert stored.count() == 1
        for _ in range(3):
            channels.read(channels.booking)
        assert stored.count() <= 2  # once beside the good one, once alone


def spoil(sandbox: BookingComSandbox, number: str) -> None:
    """Give the booking a room that is sold twice on one night, which cannot be read."""
    nights = sandbox.reservation(number).rooms[0].nights
    nights.append(nights[0])


def _execute(run_id: int) -> bool:
    try:
        return execute_run(run_id)
    finally:
        databases.close_all()
