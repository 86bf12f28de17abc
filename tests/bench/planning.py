"""The planning board's data, and giving a whole room type its rooms anew."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reservations.change_log import Cause
from reservations.locks import lock_hotel
from reservations.models import Property, Room, RoomClosure, Stay, StayNight
from reservations.planning_board import board
from reservations.rearranging import resettle
from tests.bench import report
from tests.bench.availability import full_house

DAYS = 60
#: Rooms and stays; the last is what is asked of the board.
BOARDS = ((20, 400), (200, 4_000))
ROOMS, STAYS = 100, 2_000


def run() -> None:
    _board()
    _replanning()


def _board() -> None:
    counts = []
    report.heading(f"Planning board on {database.vendor}")
    for rooms, stays in BOARDS:
        first = date.today() - timedelta(days=3)
        place = full_house(first=first, rooms=rooms, stays=stays, lengths=(1, 1, 2, 2))
        asked = {"property": place, "first": first, "days": DAYS}
        board(place.hotel, **asked)
        seconds = []
        for _ in range(report.ROUNDS):
            with CaptureQueriesContext(database) as queries:
                board(place.hotel, **asked)
            counts.append(len(queries))
            started = time.perf_counter()
            board(place.hotel, **asked)
            seconds.append((time.perf_counter() - started) * 1000)
        wanted = "wanted: below 150" if rooms == BOARDS[-1][0] else ""
        report.line(f"board(): {rooms} rooms x {DAYS} days, {stays:,} stays", seconds, "ms", wanted=wanted)
    same = "the same at every size" if len(set(counts)) == 1 else f"DIFFERENT: {counts}"
    print(f"{max(counts)} statements, {same}")


def _replanning() -> None:
    first = date.today() + timedelta(days=1)
    place = full_house(first=first, types=1, rooms=ROOMS, stays=STAYS)
    RoomClosure.objects.all().delete()
    report.heading(f"Giving rooms on {database.vendor}: one type, {ROOMS} rooms, {STAYS:,} future stays")
    seconds: dict[str, list[float]] = {"nobody has a room yet": [], "everybody keeps the room": []}
    for _ in range(report.ROUNDS):
        Stay.objects.update(room=None)
        StayNight.objects.update(room=None)
        for found in seconds.values():
            found.append(_resettle(place, first))
        if Stay.objects.filter(room=None).exists():
            raise AssertionError("somebody has no room")
    for name, found in seconds.items():
        report.line(f"re-planning: {name}", found, "s", wanted="wanted: below 1")
    closures = [_closing(place, room, first) for room in Room.objects.all()[: report.ROUNDS]]
    report.line("re-planning: one room closed for good", closures, "s", wanted="wanted: below 1")


def _resettle(place: Property, first: date) -> float:
    last = Stay.objects.order_by("-departure").values_list("departure", flat=True)[0]
    [kind] = place.room_types.values_list("pk", flat=True)
    return _timed(
        hotel_id=place.hotel_id, cause=Cause(timezone.now()), spans=[(kind, first, last + timedelta(days=1))]
    )


def _closing(place: Property, room: Room, first: date) -> float:
    RoomClosure.objects.create(hotel=place.hotel, room=room, first=first, last=first + timedelta(days=800))
    return _resettle(place, first)


def _timed(**asked: Any) -> float:
    started = time.perf_counter()
    with transaction.atomic():
        lock_hotel(asked["hotel_id"])
        resettle(**asked)
    return time.perf_counter() - started
