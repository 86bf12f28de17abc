"""What is free of every room type: our function against its own statement run bare, and over HTTP."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.test import Client
from django.utils import timezone

from config.accounts.models import User
from config.processes import web_command
from reservations.availability import availability
from reservations.choices import ClosureKind, Role, StayStatus
from reservations.models import (
    Hotel,
    Membership,
    Property,
    Reservation,
    Room,
    RoomClosure,
    RoomType,
    Stay,
    StayNight,
)
from tests.bench import report
from tests.bench.hotel import empty_database

ROOT = Path(__file__).resolve().parents[2]
TYPES, ROOMS, STAYS, CLOSURES = 8, 250, 20_000, 100
CLIENTS, PROCESSES = 4, 2
#: Nights asked for, answers of a round, answers a second that are wanted.
LOADS = ((30, 400, 150), (365, 80, 30))


def run() -> None:
    first = date.today()
    for families in (False, True):
        place = full_house(first=first, families=families)
        about = "80 of them tied in apartments" if families else f"{TYPES} types"
        report.heading(f"Availability on {database.vendor}: {STAYS:,} stays, {ROOMS} rooms, {about}")
        for nights, _answers, _wanted in LOADS:
            _against_bare(place, first, nights)
        if not families:
            _over_http(place, first)


def full_house(
    *,
    first: date,
    families: bool = False,
    types: int = TYPES,
    rooms: int = ROOMS,
    stays: int = STAYS,
    lengths: Sequence[int] = (1, 2, 3, 3, 4, 5),
) -> Property:
    """The only hotel of the database: ``stays`` that follow each other in every room, from ``first`` on."""
    empty_database()
    choose = random.Random(20_000)
    hotel = Hotel.objects.create(name="Gran Hotel", slug="gran")
    place = Property.objects.create(hotel=hotel, name="Gran Hotel")
    kinds = RoomType.objects.bulk_create(
        RoomType(hotel=hotel, property=place, name=f"Type {n}") for n in range(types)
    )
    doors = Room.objects.bulk_create(
        Room(hotel=hotel, property=place, room_type=kinds[n * types // rooms], name=f"{100 + n}")
        for n in range(rooms)
    )
    if families:
        for number, door in enumerate(doors[-60:]):
            door.parent = doors[number // 3]
        Room.objects.bulk_update(doors[-60:], ["parent"])
    spans: list[tuple[Room, date, date]] = []
    free_from = dict.fromkeys(doors, first)
    for door, _number in zip(cycle(doors), range(stays), strict=False):
        arrival = free_from[door] + timedelta(days=choose.choice((0, 1, 1, 2, 3)))
        free_from[door] = arrival + timedelta(days=choose.choice(lengths))
        spans.append((door, arrival, free_from[door]))
    with transaction.atomic():
        _book(place, spans)
        RoomClosure.objects.bulk_create(
            RoomClosure(
                hotel=hotel,
                room=choose.choice(doors),
                first=(begins := first + timedelta(days=choose.randrange(380))),
                last=begins + timedelta(days=choose.randrange(1, 20)),
                kind=ClosureKind.OUT_OF_ORDER,
            )
            for _ in range(CLOSURES)
        )
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # what autovacuum does after a while
    return place


def _book(place: Property, spans: list[tuple[Room, date, date]]) -> None:
    now, hotel_id = timezone.now(), place.hotel_id
    reservations = Reservation.objects.bulk_create(
        Reservation(
            hotel_id=hotel_id,
            property=place,
            booking_key=f"own:1:{n}",
            channel="booking_com",
            channel_ref=f"BC{n}",
            arrival=arrival,
            departure=departure,
            created_at=now,
            changed_at=now,
        )
        for n, (_door, arrival, departure) in enumerate(spans)
    )
    stays = Stay.objects.bulk_create(
        Stay(
            hotel_id=hotel_id,
            reservation=reservation,
            external_key="1",
            property=place,
            room_type_id=door.room_type_id,
            room=door,
            arrival=arrival,
            departure=departure,
            status=StayStatus.CONFIRMED,
            guest_name=f"Mara Quill {reservation.pk}",
            booked_at=now,
        )
        for reservation, (door, arrival, departure) in zip(reservations, spans, strict=True)
    )
    StayNight.objects.bulk_create(
        StayNight(
            hotel_id=hotel_id,
            stay=stay,
            date=stay.arrival + timedelta(days=n),
            room_type_id=stay.room_type_id,
            room_id=stay.room_id,
        )
        for stay in stays
        for n in range((stay.departure - stay.arrival).days)
    )


def _against_bare(place: Property, first: date, nights: int) -> None:
    asked = {"property_id": place.pk, "first": first, "last": first + timedelta(days=nights)}
    statements: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with database.execute_wrapper(note):
        availability(**asked)
    [(sql, params)] = statements
    ours, bare = [], []
    for _ in range(report.ROUNDS * 4):
        started = time.perf_counter()
        availability(**asked)
        between = time.perf_counter()
        with database.cursor() as cursor:
            cursor.execute(sql, params)
            cursor.fetchall()
        ours.append((between - started) * 1000)
        bare.append((time.perf_counter() - between) * 1000)
    report.line(f"{nights} nights: availability(), {len(statements)} statement", ours, "ms")
    report.line(f"{nights} nights: the statement run bare, all rows fetched", bare, "ms")
    pairs = [o / b for o, b in zip(ours, bare, strict=True)]
    report.line(f"{nights} nights: ours / bare", pairs, "times", wanted="wanted: at most 2")


def _over_http(place: Property, first: date) -> None:
    User.objects.filter(email="bench@example.org").delete()
    user = User.objects.create_user("bench@example.org", None, name="Bench", language="en")
    Membership.objects.create(user=user, hotel_id=place.hotel_id, role=Role.RECEPTIONIST)
    browser = Client()
    browser.force_login(user)
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    requests = {
        nights: (
            f"GET /api/v1/hotels/gran/availability/?property={place.pk}&from={first}"
            f"&to={first + timedelta(days=nights)} HTTP/1.1\r\n"
            f"Host: 127.0.0.1\r\nCookie: {settings.SESSION_COOKIE_NAME}={cookie}\r\n\r\n"
        ).encode()
        for nights, _answers, _wanted in LOADS
    }
    rates: dict[int, list[float]] = {nights: [] for nights in requests}
    with _server() as port:
        for request in requests.values():
            _load(port, request, CLIENTS * 5)
        for _ in range(report.ROUNDS):
            for nights, answers, _wanted in LOADS:
                rates[nights].append(answers / _load(port, requests[nights], answers))
    for nights, _answers, wanted in LOADS:
        name = f"{nights} nights over HTTP, {CLIENTS} clients, {PROCESSES} processes"
        report.line(name, rates[nights], "answers/s", wanted=f"wanted: {wanted} or more")


def _load(port: int, request: bytes, answers: int) -> float:
    """Seconds until the clients have had ``answers`` answers together."""
    failed: list[object] = []

    def ask() -> None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
                for _ in range(answers // CLIENTS):
                    line.sendall(request)
                    if (status := _answer(line)) != b"200":
                        failed.append(status)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    if failed:
        raise SystemExit(f"availability answered {failed[:5]}")
    return seconds


def _answer(line: socket.socket) -> bytes:
    """Read one answer to its end; its status. Hardly any work, since the clients share the machine."""
    read = _some(line)
    while b"\r\n\r\n" not in read:
        read += _some(line)
    head, _, body = read.partition(b"\r\n\r\n")
    left = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]) - len(body)
    while left:
        left -= len(_some(line))
    return head.split(b" ", 2)[1]


def _some(line: socket.socket) -> bytes:
    read = line.recv(262_144)
    if not read:
        raise ConnectionError("the server hung up")
    return read


@contextmanager
def _server() -> Iterator[int]:
    """The product's web server as ``manage.py start`` runs it; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*web_command(host="127.0.0.1", port=port, workers=PROCESSES), "--log-level", "error"]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
