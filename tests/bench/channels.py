"""Channels: reading a queue of bookings, and how soon every channel hears of each of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import requests
from django.db import connection as database
from django.utils import timezone
from lxml import etree

from integrations import sweep
from integrations.contracts import Page, ReadContext
from integrations.leases import lease
from integrations.models import (
    Connection,
    ConnectionStatus,
    PropertyMapping,
    RoomMapping,
    SyncRun,
)
from integrations.providers.booking_com import cards, ota_xml, push_answers, reading
from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.pulling import Position, read_pages
from integrations.sandbox import SandboxServer
from reservations.models import Hotel, Property, RoomType
from tests.bench import report
from tests.bench.hotel import Source, connected_hotel, empty_database, read

QUEUE = 5_000
PAGE = 200
HOTEL = "4400123"


def run() -> None:
    reading_the_queue(queue_pages(QUEUE))
    sweeping()


def ota() -> None:
    """Only the reading of one full page; no database has a part in it."""
    parsing(queue_pages(PAGE)[0])


def queue_pages(count: int) -> list[bytes]:
    """The pages that Booking.com's sandbox serves of a queue of so many bookings."""
    sandbox = BookingComSandbox()
    sandbox.reset()
    sandbox.fill_queue(count)
    sandbox.calls_per_minute = 10**6
    pages: list[bytes] = []
    with SandboxServer([sandbox], "127.0.0.1", 0) as server:
        base = f"{server.url}/booking_com"
        account = {"client_id": "llavero-demo", "client_secret": "llavero-demo-secret"}
        answer = requests.post(f"{base}/auth/token-based-authentication/exchange", json=account, timeout=10)
        head = {"Authorization": f"Bearer {answer.json()['jwt']}", "Content-Type": "application/xml"}
        address = f"{base}/secure/hotels/ota/OTA_HotelResNotif"
        while True:
            page = requests.get(
                address, params={"limit": 200, "hotel_ids": HOTEL}, headers=head, timeout=30
            ).content
            ids = reading.ids(page)
            if not ids:
                return pages
            pages.append(page)
            said = push_answers.acknowledgement("new", ids, at=datetime.now(UTC))
            requests.post(address, data=said, headers=head, timeout=30).raise_for_status()


def parsing(page: bytes) -> None:
    """Reading a page of bookings against the bare parse of the same bytes."""
    report.heading(f"A page of {len(reading.ids(page))} bookings ({len(page) // 1024} KiB of XML)")
    ours, safe, bare = [], [], []
    for _ in range(4 * report.ROUNDS):
        ours.append(_seconds(lambda: reading.read(page, ReadContext())))
        safe.append(_seconds(lambda: ota_xml.parse(page)))
        bare.append(_seconds(lambda: etree.fromstring(page)))
    report.line("read into records", [1000 * s for s in ours], "ms")
    report.line("safe parse", [1000 * s for s in safe], "ms")
    report.line("bare parse", [1000 * s for s in bare], "ms")
    report.line("safe parse / bare parse", [s / b for s, b in zip(safe, bare, strict=True)], "times")
    report.line(
        "read / bare parse",
        [o / b for o, b in zip(ours, bare, strict=True)],
        "times",
        wanted="wanted: 3 or less",
    )


def reading_the_queue(bodies: list[bytes]) -> None:
    """Storing the queue, cards cut out and each page by itself as it must be, against the plain intake."""
    report.heading(f"A queue of {QUEUE} bookings on {database.vendor}, {report.ROUNDS} rounds in turn")
    source = Source(QUEUE)
    queue, intake = [], []
    for _ in range(report.ROUNDS):
        empty_database()
        connection = channel_hotel()
        queue.append(_seconds(lambda c=connection: _read_queue(c, bodies)))
        empty_database()
        connection = connected_hotel(source)
        intake.append(_seconds(lambda c=connection: read(c, source.pages)))
    report.line("queue", [QUEUE / s for s in queue], "bookings/s")
    report.line("intake", [QUEUE / s for s in intake], "bookings/s")
    ratios = [i / q for q, i in zip(queue, intake, strict=True)]
    report.line("queue's rate / intake's rate", ratios, "times", wanted="wanted: 0.5 or more")


def _read_queue(connection: Connection, bodies: list[bytes]) -> None:
    def pages() -> Iterator[Page]:
        for number, body in enumerate(bodies):
            yield Page(
                cards.without_card_data(body),
                200,
                HOTEL,
                number=number,
                key=reading.page_key(body),
                queue="new",
            )

    now = timezone.now()
    run = SyncRun.objects.create(
        hotel_id=connection.hotel_id,
        connection=connection,
        kind=SyncRun.Kind.IMPORT,
        trigger=SyncRun.Trigger.PERSON,
        queued_at=now,
        state=SyncRun.State.RUNNING,
        started_at=now,
    )
    acknowledged: list[str] = []
    with lease(f"run:{connection.pk}", seconds=120) as held:
        read_pages(run, held, pages(), Position(), lambda taken: acknowledged.extend(taken.stored))
    if len(acknowledged) < QUEUE:
        raise AssertionError(f"{len(acknowledged)} of {QUEUE} bookings were stored")


def channel_hotel() -> Connection:
    """A hotel whose Booking.com connection maps the sandbox's three room types."""
    hotel = Hotel.objects.create(name="Gran Hotel", slug="gran")
    place = Property.objects.create(hotel=hotel, name="Gran Hotel", timezone="Europe/Madrid")
    connection = Connection.objects.create(
        hotel=hotel,
        provider="booking_com",
        name="Booking.com",
        status=ConnectionStatus.CONNECTED,
        status_since=timezone.now(),
    )
    PropertyMapping.objects.create(
        hotel=hotel, connection=connection, provider="booking_com", external_ref=HOTEL, property=place
    )
    for number, ref in enumerate(("440012301", "440012302", "440012303")):
        room_type = RoomType.objects.create(hotel=hotel, property=place, name=f"Type {number}")
        RoomMapping.objects.create(
            hotel=hotel,
            connection=connection,
            property_ref=HOTEL,
            external_ref=ref,
            external_kind="room_type",
            room_type=room_type,
        )
    return connection


def sweeping() -> None:
    """1,000 connections that are due at once."""
    empty_database()
    hotel = Hotel.objects.create(name="Gran Hotel", slug="gran")
    now = timezone.now()
    Connection.objects.bulk_create(
        Connection(
            hotel=hotel,
            provider="octorate",
            name=f"Connection {number}",
            status=ConnectionStatus.CONNECTED,
            status_since=now,
            next_run_at=now,
        )
        for number in range(1_000)
    )
    report.heading(f"1,000 connections due at once on {database.vendor}")
    times = []
    for _ in range(report.ROUNDS):
        SyncRun.objects.all().delete()
        times.append(_seconds(lambda: sweep.hand_out(timezone.now())))
        sweep.hand_out(timezone.now())
        runs = SyncRun.objects.count()
        if runs != 1_000:
            raise AssertionError(f"{runs} runs for 1,000 connections")
    report.line("one sweep hands them out", times, "s", wanted="wanted: below 1, none twice")


def _seconds(work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
