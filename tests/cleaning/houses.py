"""Stays and houses for the tests of cleaning: a stay in a line, its tasks in a line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cleaning.choices import TaskKind
from cleaning.models import CleaningTask
from cleaning.plan_terms import Hours, House, StayFacts
from cleaning.replanning import ReplanResult, replan
from cleaning.rule_book import DEFAULT_RULES, Rule, RuleBook
from reservations.choices import StayState, StayStatus
from reservations.models import Hotel, Property, Reservation, Room, RoomType, Stay

#: A Monday; noon in Madrid.
TODAY = date(2031, 6, 2)
NOW = datetime(2031, 6, 2, 10, tzinfo=UTC)


def days(count: int) -> date:
    """The day that many days after today."""
    return TODAY + timedelta(days=count)


def make_house(
    zone: str = "Europe/Madrid",
    *,
    check_in: time = time(15),
    check_out: time = time(11),
    today: date = TODAY,
    horizon: int = 60,
    hours: Hours | None = None,
    rules: tuple[Rule, ...] = (),
) -> House:
    last = today + timedelta(days=horizon)
    book = RuleBook(rules)
    return House(1, ZoneInfo(zone), check_in, check_out, hours or Hours(), book, today, last)


def rule(kind: str, **values: Any) -> Rule:
    """The usual rule of that kind with other values, and wanted."""
    return replace(DEFAULT_RULES[TaskKind(kind)], **{"is_wanted": True, **values})


def facts(
    pk: int,
    arrival: date,
    departure: date,
    *,
    room: int | None = 101,
    status: str = StayStatus.CONFIRMED,
    state: str = StayState.EXPECTED,
    overbooked: bool = False,
    **further: Any,
) -> StayFacts:
    return StayFacts(pk, 1, room, 1, arrival, departure, status, state, overbooked, **further)


def book(
    hotel: Hotel, room: str | None, arrival: date, departure: date, *, plan: bool = False, **fields: Any
) -> Stay:
    """A saved stay in the room of that name (None: none yet), and its tasks when ``plan`` is true."""
    house = Property.objects.filter(hotel=hotel).first()
    door = Room.objects.select_related("room_type").get(hotel=hotel, name=room) if room else None
    room_type = door.room_type if door else RoomType.objects.filter(hotel=hotel).first()
    fields.setdefault("status", StayStatus.CONFIRMED)
    number = Reservation.objects.count() + 1
    reservation = Reservation.objects.create(
        hotel=hotel, property=house, booking_key=f"test:{number}", created_at=NOW, changed_at=NOW
    )
    stay = Stay.objects.create(
        hotel=hotel,
        reservation=reservation,
        external_key=f"{number}/1",
        property=house,
        room_type=room_type,
        room=door,
        arrival=arrival,
        departure=departure,
        **fields,
    )
    if plan:
        plan_again(stay)
    return stay


def change(stay: Stay, *, now: datetime = NOW, exact: bool = True, **fields: Any) -> Stay:
    """The stay with other values, and its tasks planned as they are after intake.

    ``exact`` says to the planner where the stay was and is; without it, only which rooms and days are concerned.
    """
    rooms = {stay.room_id}
    spans = {(stay.room_id, stay.arrival, stay.departure)}
    first, last = stay.arrival, stay.departure
    for name, value in fields.items():
        setattr(stay, name, value)
    stay.save()
    rooms.add(stay.room_id)
    spans.add((stay.room_id, stay.arrival, stay.departure))
    replan(
        hotel_id=stay.hotel_id,
        room_ids=rooms - {None},
        stay_ids=[stay.pk],
        first=min(first, stay.arrival),
        last=max(last, stay.departure),
        spans={span for span in spans if span[0]} if exact else (),
        now=now,
    )
    return stay


def plan_again(*stays: Stay, now: datetime = NOW) -> ReplanResult:
    return replan(
        hotel_id=stays[0].hotel_id,
        room_ids={stay.room_id for stay in stays if stay.room_id},
        stay_ids=[stay.pk for stay in stays],
        first=min(stay.arrival for stay in stays),
        last=max(stay.departure for stay in stays),
        now=now,
    )


def room_of(hotel: Hotel, name: str) -> Room:
    return Room.objects.get(hotel=hotel, name=name)


def task_of(stay: Stay, kind: str, **conditions: Any) -> CleaningTask:
    return CleaningTask.objects.get(stay=stay, kind=kind, **conditions)


def lines(hotel: Hotel) -> list[str]:
    """Every task as a text such as ``101 2031-06-05 departure planned``, by day, room and kind."""
    rows = CleaningTask.objects.filter(hotel=hotel).order_by("date", "room__name", "kind", "state", "pk")
    return [
        f"{room or '-'} {day} {kind} {state}"
        for room, day, kind, state in rows.values_list("room__name", "date", "kind", "state")
    ]
