"""A booking is committed on one channel: how soon do the others sell one room less?

One hotel is connected to the sandboxes of three channels, which run in a process of their own. A worker and a
scheduler of the product, processes too, do the work. For a while so many bookings a second are put into the inbox as
pages of Octorate. (Its webhooks ask for each booking to be fetched by a call, and it allows 100 calls in five
minutes: no hotel reads 50 bookings a second that way.) Every second a booking more takes the last or the last but one
room of a small type. Nothing is cancelled, so on each night the numbers only fall, and a channel knows of the n-th
booking of a night as soon as it sells n rooms less than there are, whichever message told it so.

A booking counts from ``processed_at`` of its message, which is written in the booking's transaction shortly before
its commit, to the answer of the last call that one of its nights needed, by the clock of the same machine. The budgets
of calls are in force, and what the filling of the calendars took from them is not given back.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from config.accounts.models import User
from config.demo import sandbox_environment
from config.processes import program_commands
from integrations import connections
from integrations.contracts import MessageKind
from integrations.inbox import receive
from integrations.models import (
    AvailabilityState,
    Connection,
    Exchange,
    InboxMessage,
    OutboxJob,
    PropertyMapping,
    RoomMapping,
)
from integrations.outbox import queue_everything
from reservations.availability import availability
from reservations.choices import Role
from reservations.locks import lock_hotel
from reservations.models import Hotel, Membership, Property, Room, RoomType, Stay
from tests.bench.hotel import empty_database
from tests.bench.other_side import CHANNELS, FEW, MANY, REFS, ROOMS, OtherSide, Told, running
from tests.providers.octorate import contract as octorate_contract

ROOT = Path(__file__).resolve().parents[2]
SECONDS, A_SECOND = 20, 50
NIGHTS, LONGEST_STAY = 300, 3
#: The teller itself is told too, but not counted among the others.
TELLER = "octorate"
CREDENTIALS = {
    "booking_com": {
        "client_id": "llavero-demo",
        "client_secret": "llavero-demo-secret",
        "property_id": REFS["booking_com", MANY][0],
    },
    "hostaway": {"account_id": "10001", "client_secret": "llavero-demo-secret"},
}


@dataclass(frozen=True, slots=True)
class Booking:
    kind: str
    arrival: date
    nights: int

    @property
    def dates(self) -> list[date]:
        return [self.arrival + timedelta(days=n) for n in range(self.nights)]


def run() -> None:
    empty_database()
    for message in (settings.INSTANCE_DIR / "spool" / "messages").iterdir():
        message.unlink()  # what other parts have told nobody
    first = timezone.localdate() + timedelta(days=1)
    with running(first, NIGHTS) as other_side:
        os.environ.update(sandbox_environment(other_side.url))
        house = connected_house(other_side)
        with _workers():
            fill(house)
            other_side.told()
            begun = timezone.now()
            late = feed(house, first)
            fed = time.monotonic()
            # A budget that is used up is free again after its period: five minutes at Octorate.
            _wait(_nothing_waits, 600)
            settled = time.monotonic() - fed
        told, wrong = other_side.told(), differences(house, other_side, first)
    taken, booked = Stay.objects.count(), SECONDS * (A_SECOND + 1)
    if wrong or taken != booked:
        raise AssertionError(f"{taken} of {booked} stays, {len(wrong)} nights are sold wrongly: {wrong[:3]}")
    _print(told, begun, late, settled)


# -- the house -------------------------------------------------------------------------------------------------


def connected_house(other_side: OtherSide) -> Hotel:
    """A hotel with a connection to each channel, both types mapped and no booking to be read anywhere."""
    hotel = Hotel.objects.create(name="Gran Hotel", slug="gran")
    place = Property.objects.create(hotel=hotel, name="Gran Hotel", timezone="Europe/Madrid", currency="EUR")
    for kind, count in ROOMS.items():
        room_type = RoomType.objects.create(hotel=hotel, property=place, name=kind)
        Room.objects.bulk_create(
            Room(hotel=hotel, property=place, room_type=room_type, name=f"{kind} {n}") for n in range(count)
        )
    user, _ = User.objects.get_or_create(email="bench@example.org")
    Membership.objects.create(user=user, hotel=hotel, role=Role.MANAGER)
    for channel in CHANNELS:
        connection = _connect(channel, hotel, user, other_side)
        found = connections.discover(connection=connection)
        if found.state != "done":
            raise AssertionError(f"{channel} was not read: {found.error_code} {found.error_detail}")
        for kind in ROOMS:
            property_ref, room_ref = REFS[channel, kind]
            own = {"connection": connection, "external_kind": "room_type", "external_ref": room_ref}
            RoomMapping.objects.filter(**own).update(room_type=place.room_types.get(name=kind))
            PropertyMapping.objects.filter(connection=connection, external_ref=property_ref).update(
                property=place
            )
        # What the end of a first import leaves: from here on numbers are sent.
        done: dict[str, dict[str, str]] = {REFS[channel, kind][0]: {} for kind in ROOMS}
        Connection.objects.filter(pk=connection.pk).update(cursor={"properties": done}, next_run_at=None)
    return hotel


def _connect(channel: str, hotel: Hotel, user: User, other_side: OtherSide) -> Connection:
    if channel == "octorate":
        return octorate_contract.connect(other_side, hotel, user)
    connection = connections.save_credentials(
        hotel_id=hotel.pk, provider=channel, name=channel, credentials=CREDENTIALS[channel], settings={}
    )
    connections.test_connection(connection=connection, user=user)
    return connection


@contextmanager
def _workers() -> Iterator[None]:
    """The product's workers and scheduler, as ``manage.py start`` runs them."""
    commands = program_commands(host="127.0.0.1", port=0, workers=0)
    # The worker warns when it is run by root, as it may be here.
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    running = [
        subprocess.Popen(
            [*commands[name], "--loglevel", "ERROR"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )
        for name in ("worker", "sender", "beat")
    ]
    try:
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=60)


def fill(hotel: Hotel) -> None:
    """Have every channel know the whole calendar."""
    for connection in Connection.objects.filter(hotel=hotel):
        with transaction.atomic():
            lock_hotel(hotel.pk)
            queue_everything(connection)
    _wait(_nothing_waits, 300)


def _nothing_waits() -> bool:
    if InboxMessage.objects.filter(state__in=("received", "failed")).exists() or OutboxJob.objects.exists():
        return False
    return not AvailabilityState.objects.exclude(state="accepted").exists()


def _wait(true: Any, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            states = AvailabilityState.objects.values_list("connection__provider", "state").distinct()
            raise AssertionError(f"not done after {seconds:g} s: {list(states.order_by())}")
        time.sleep(0.2)


# -- the bookings ----------------------------------------------------------------------------------------------


def feed(hotel: Hotel, first: date) -> float:
    """Put the bookings into the inbox at their moments; by how many seconds the latest was late."""
    teller = Connection.objects.get(hotel=hotel, provider=TELLER)
    started, latest = time.monotonic(), 0.0
    for number, (moment, booking) in enumerate(_plan(first)):
        wait = started + moment - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        latest = max(latest, -wait)
        receive(
            provider=TELLER,
            kind=MessageKind.POLL,
            body=_page(number, booking),
            dedupe_key=f"bench {number}",
            connection_id=teller.pk,
            hotel_id=hotel.pk,
            property_ref=REFS[TELLER, MANY][0],
            external_id=f"{booking.kind} {booking.arrival} {booking.nights}",
        )
    return latest


def _plan(first: date) -> Iterator[tuple[float, Booking]]:
    """Moments from the start on, in seconds, and what is booked then."""
    for second in range(SECONDS):
        for number in range(A_SECOND):
            count = second * A_SECOND + number
            # Steps that visit every night before one again, far from each other.
            offset = count * 127 % (NIGHTS - LONGEST_STAY)
            stay = Booking(MANY, first + timedelta(days=offset), 1 + count % LONGEST_STAY)
            yield second + number / A_SECOND, stay
        # Two of each night: the last but one, then the last.
        yield second + 1, Booking(FEW, first + timedelta(days=second // 2 * 29), 1)


def _page(number: int, booking: Booking) -> bytes:
    """A page of Octorate's with one booking."""
    property_ref, room_ref = REFS[TELLER, booking.kind]
    departure = booking.arrival + timedelta(days=booking.nights)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ[UTC]")
    row = {
        "id": 5_000_000 + number,
        "refer": f"B{number}",
        "channelId": 2,
        "channelName": "Booking.com",
        "channelRefer": str(4_000_000_000 + number),
        "status": "CONFIRMED",
        "checkin": f"{booking.arrival}T14:00:00Z[UTC]",
        "checkout": f"{departure}T10:00:00Z[UTC]",
        "createTime": now,
        "updateTime": now,
        "guests": [{"type": "BOOKER", "givenName": "Mara", "familyName": f"Quill {number}"}],
        "product": int(room_ref),
        "totalGuest": 2,
        "roomGross": 94.0 * booking.nights,
        "totalGross": 94.0 * booking.nights,
        "currency": "EUR",
        "accommodation": {"id": property_ref, "currency": "EUR", "timeZone": "Europe/Madrid"},
    }
    return json.dumps({"data": [row], "page": {"page": 0}}).encode()


# -- what came of it -------------------------------------------------------------------------------------------


def differences(hotel: Hotel, other_side: OtherSide, first: date) -> list[str]:
    """Nights on which a channel sells something else than is left in the books."""
    numbers = other_side.numbers()
    place = hotel.properties.get()
    kinds = dict(place.room_types.values_list("pk", "name"))
    left = {
        (kinds[type_id], night.date): max(night.free, 0)
        for type_id, nights in availability(
            property_id=place.pk, first=first, last=first + timedelta(days=NIGHTS)
        ).items()
        for night in nights
    }
    return [
        f"{channel} sells {number} of {kind} on {night}, the books say {left[kind, night]}"
        for (channel, kind, night), number in numbers.items()
        if number != left[kind, night]
    ]


def _delays(told: Sequence[Told]) -> dict[tuple[str, str], list[float]]:
    """Seconds from commit to the last night's new number by (channel, type), one for each booking."""
    #: When a channel first sold so few: a lower number says what the higher ones would have said.
    heard: dict[tuple[str, str, date, int], float] = {}
    for one in reversed(told):
        for number in range(one.number, ROOMS[one.kind]):
            heard[one.channel, one.kind, one.night, number] = one.at
    left = {(kind, one.night): rooms for kind, rooms in ROOMS.items() for one in told}
    delays: dict[tuple[str, str], list[float]] = {}
    for message in InboxMessage.objects.exclude(processed_at=None).order_by("processed_at", "pk"):
        committed = message.processed_at or message.received_at
        kind, arrival, length = message.external_id.split()
        nights = Booking(kind, date.fromisoformat(arrival), int(length)).dates
        for night in nights:
            left[kind, night] -= 1
        for channel in CHANNELS:
            last = max(heard[channel, kind, night, left[kind, night]] for night in nights)
            delays.setdefault((channel, kind), []).append(last - committed.timestamp())
    return delays


def _print(told: Sequence[Told], begun: datetime, late: float, settled: float) -> None:
    delays = _delays(told)
    print(f"\n{A_SECOND} bookings a second for {SECONDS} s, on {database.vendor}: until the others are told")
    print(f"{'':<64} {'p50':>9} {'p99':>9} {'max':>9}")
    for kind, wanted in ((MANY, "wanted: p99 below 5"), (FEW, "wanted: below 2")):
        others = [s for channel in CHANNELS if channel != TELLER for s in delays[channel, kind]]
        name = "an ordinary night" if kind == MANY else "a last room"
        _line(f"{name}: commit to every other channel", others, wanted)
        for channel in CHANNELS:
            note = "the teller itself" if channel == TELLER else ""
            _line(f"  {channel}", delays[channel, kind], note)
    taken = InboxMessage.objects.values_list("received_at", "processed_at")
    waits = [(end - came).total_seconds() for came, end in taken if end]
    _line("arrival to commit", waits, f"the feeder was late by {late:.2f} s at most")
    for channel in CHANNELS:
        calls = Exchange.objects.filter(provider=channel, at__gte=begun).order_by("at")
        moments = [at.timestamp() for at in calls.values_list("at", flat=True)]
        pauses = [b - a for a, b in pairwise(moments)] or [0.0]
        refused = calls.filter(status__gte=400).count()
        _line(f"{channel}: {len(moments)} calls, time between two", pauses, f"{refused} were refused")
    print(
        f"everything was told {settled:.1f} s after the last booking; every channel sells what the books say"
    )
    sys.stdout.flush()


def _line(name: str, seconds: Sequence[float], note: str) -> None:
    high = statistics.quantiles(seconds, n=100, method="inclusive")[98] if len(seconds) > 1 else seconds[0]
    print(f"{name:<64} {statistics.median(seconds):>9.2f} {high:>9.2f} {max(seconds):>9.2f} {'s':<12} {note}")
