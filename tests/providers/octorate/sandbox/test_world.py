"""The demo data of the Octorate sandbox, and what holds after any run of operations."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest

from integrations.providers.octorate.sandbox import OctorateSandbox
from integrations.providers.octorate.sandbox.webhooks import EVENTS
from integrations.providers.octorate.sandbox.world import Booking, RefusedError, World
from tests.providers.octorate.sandbox.conftest import Clock

OPERATIONS = 1000


def overlaps(world: World) -> Iterable[tuple[Booking, Booking]]:
    """Yield every two bookings that hold one physical room in one night."""
    rooms: dict[int, list[tuple[date, date, Booking]]] = defaultdict(list)
    for booking in world.bookings.values():
        if booking.holds_room:
            for room, start, end in world.segments(booking):
                rooms[room].append((start, end, booking))
    for spans in rooms.values():
        for (start, end, first), (other_start, other_end, second) in combinations(spans, 2):
            if start < other_end and other_start < end:
                yield first, second


def calendar_errors(world: World) -> list[tuple[int, date]]:
    """Return the days whose availability is not the number of rooms less the bookings that hold one."""
    held: Counter[tuple[int, date]] = Counter()
    for booking in world.bookings.values():
        room_type = world.room_type(booking.product)
        if booking.holds_room and booking.holds_calendar and room_type in world.products:
            length = (world.departure(booking) - world.arrival(booking)).days
            held.update((room_type, world.arrival(booking) + timedelta(days=n)) for n in range(length))
    return [
        key
        for key, day in world.calendar.items()
        if day.availability != world.products[key[0]].quantity - held[key]
    ]


@pytest.mark.parametrize(
    "now",
    [
        datetime(2031, 7, 10, 10, 0, tzinfo=UTC),
        datetime(2031, 3, 29, 22, 59, tzinfo=UTC),
        datetime(2030, 12, 31, 23, 30, tzinfo=UTC),
        datetime(2032, 2, 27, 0, 0, tzinfo=UTC),
    ],
)
def test_the_demo_hotel_has_the_scenes_that_people_look_for(now: datetime) -> None:
    world = OctorateSandbox(clock=Clock(now)).world
    bookings = list(world.bookings.values())
    today = world.today("910001")
    arrivals = {(b.room, world.arrival(b)) for b in bookings}
    turnovers = {world.departure(b) for b in bookings if b.room and (b.room, world.departure(b)) in arrivals}
    assert 38 <= len(bookings) <= 45
    assert {today, today + timedelta(days=1)} <= turnovers
    assert Counter(b.status for b in bookings)["WAITING"] == 1
    assert Counter(b.status for b in bookings)["CANCELLED"] == 1
    assert [len(ids) for ids in world.by_refer.values() if len(ids) > 1] == [3, 2]
    assert sum(b.split_start is not None for b in bookings) == 1
    assert any(b.effective_checkin and not b.effective_checkout for b in bookings)
    assert sum(b.room == 0 for b in bookings) >= 3
    assert {2, 274, 4, 233} <= {b.channel_id for b in bookings}
    assert min(map(world.arrival, bookings)) >= today - timedelta(days=5)
    assert max(map(world.departure, bookings)) <= today + timedelta(days=60)
    assert len({b.guests[0]["nationality"] for b in bookings}) >= 8
    assert all(
        b.guests[0]["email"] == "" or str(b.guests[0]["email"]).endswith("example.org") for b in bookings
    )
    assert all(b.created <= b.updated <= now for b in bookings)


def test_the_demo_data_puts_no_two_stays_in_one_room() -> None:
    for seed in range(30):
        world = OctorateSandbox(seed=seed).world
        assert list(overlaps(world)) == []
        assert all(day.availability >= 0 for day in world.calendar.values())


def test_the_same_day_and_seed_give_the_same_data(clock: Clock) -> None:
    first = OctorateSandbox(clock=clock)
    clock.advance(hours=5)
    second = OctorateSandbox(clock=clock)
    assert first.world.bookings == second.world.bookings
    assert OctorateSandbox(clock=clock, seed=8).world.bookings != first.world.bookings


def test_seed_many_spreads_stays_over_rooms_without_overlaps(sandbox: OctorateSandbox, clock: Clock) -> None:
    ids = sandbox.seed_many(900, date(2031, 8, 1)) + sandbox.seed_many(100, date(2031, 8, 1))
    added = [sandbox.world.bookings[number] for number in ids]
    assert len(set(ids)) == 1000
    assert len({booking.room for booking in added}) == 50
    assert list(overlaps(sandbox.world)) == []
    assert len({booking.updated for booking in added}) >= 900
    assert all(booking.updated < clock() for booking in added)


def act_at_random(sandbox: OctorateSandbox, rng: random.Random) -> dict[str, Any]:
    """Do one thing that a hotel or a channel may do; RefusedError when the rules forbid it."""
    world = sandbox.world
    number = rng.choice(list(world.bookings))
    place = world.bookings[number].accommodation
    room = rng.choice([*(known.id for known in world.rooms_of(place)), 0])
    arrival = world.today(place) + timedelta(days=rng.randint(-3, 40))
    span = {"arrival": arrival, "departure": arrival + timedelta(days=rng.randint(-1, 6))}
    overbook = rng.random() < 0.05
    kind = rng.choice(
        (
            "book",
            "book",
            "book",
            "change",
            "change",
            "move",
            "split",
            "cancel",
            "in",
            "out",
            "no show",
            "status",
        )
    )
    if kind == "book":
        return sandbox.book(
            accommodation=place, room=room, channel=rng.choice((2, 4, 274)), overbook=overbook, **span
        )
    if kind == "change":
        return sandbox.change(number, notes=str(rng.random()), overbook=overbook, **span)
    if kind == "move":
        return sandbox.move_room(number, room, overbook=overbook)
    if kind == "split":
        return sandbox.split(number, room, arrival)
    if kind == "status":
        word = rng.choice(("CONFIRMED", "WAITING", "CANCELLED", "PENDING_MAGIC"))
        return sandbox.set_status(number, word, overbook=overbook)
    actions = {
        "cancel": sandbox.cancel,
        "in": sandbox.check_in,
        "out": sandbox.check_out,
        "no show": sandbox.mark_no_show,
    }
    return actions[kind](number)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_thousand_random_operations_keep_the_rules(
    sandbox: OctorateSandbox, clock: Clock, seed: int
) -> None:
    rng, world = random.Random(seed), sandbox.world
    for event in EVENTS:
        sandbox.deliveries.subscribe(event, "https://hotel.example.org/")
    done = 0
    for _ in range(OPERATIONS):
        clock.advance(milliseconds=rng.choice((0, 0, 1, 60_000)))
        versions = {number: booking.updated for number, booking in world.bookings.items()}
        before = len(sandbox.deliveries.envelopes)
        try:
            row = act_at_random(sandbox, rng)
        except RefusedError:
            assert {n: b.updated for n, b in world.bookings.items()} == versions
            assert len(sandbox.deliveries.envelopes) == before
            continue
        done += 1
        (envelope,) = list(sandbox.deliveries.envelopes)[before:]
        assert envelope.reference == str(row["id"])
        assert world.bookings[row["id"]].updated > max(versions.values())
        assert {n: b.updated for n, b in world.bookings.items() if n != row["id"]} == {
            n: updated for n, updated in versions.items() if n != row["id"]
        }
    assert done > OPERATIONS / 5
    for first, second in overlaps(world):
        assert first.overbooked or second.overbooked
    assert any(booking.overbooked for booking in world.bookings.values())
    assert calendar_errors(world) == []
