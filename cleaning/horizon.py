"""Keeps whole houses planned up to the horizon: day after day, and again when rules or hours change."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from cleaning.choices import OPEN_STATES, TaskKind, TaskOrigin
from cleaning.models import CleaningTask, PlannedThrough
from cleaning.plan_facts import CLOSURES_THAT_LEAVE_TRACES, load_houses, load_rules
from cleaning.plan_terms import LONGEST_WAIT, ONE_DAY, House
from cleaning.plan_world import Span
from cleaning.replanning import replan
from reservations.models import Property, Room, RoomClosure, Stay

#: Stays per transaction: on SQLite nobody else writes meanwhile.
BATCH = 1000
#: Rooms per transaction, with all the stays in them.
ROOMS = 100


def extend_plans(*, now: datetime) -> int:
    """Plan the days that have come into reach since the last call, in every house; returns how many houses.

    A house whose last day is planned already costs nothing, so this may run as often as one likes.
    """
    return _extend(Property.objects.all(), now)


def extend_plans_of(*, hotel_id: int, now: datetime) -> int:
    """As :func:`extend_plans`, for one hotel: what is not planned, or not any more."""
    return _extend(Property.objects.filter(hotel_id=hotel_id), now)


def _extend(properties: QuerySet[Property], now: datetime) -> int:
    columns = properties.order_by().values_list("pk", "hotel_id", "cleaning_planned_through__day")
    extended = 0
    by_hotel = sorted(columns, key=lambda row: row[1])
    for hotel_id, rows in itertools.groupby(by_hotel, key=lambda row: row[1]):
        houses = load_houses(hotel_id, now)
        for property_id, _, through in rows:
            house = houses.get(property_id)
            if house is not None and (through is None or through < house.last):
                _plan_house(hotel_id, house, now)
                extended += 1
    return extended


def replan_property(*, property_id: int, now: datetime) -> None:
    """Plan one house anew from today to the horizon, for rules or hours that changed. Idempotent."""
    hotel_id = Property.objects.values_list("hotel_id", flat=True).get(pk=property_id)
    _plan_house(hotel_id, load_houses(hotel_id, now)[property_id], now)


def _plan_house(hotel_id: int, house: House, now: datetime) -> None:
    for part in _parts(hotel_id, house, now):
        with transaction.atomic():
            replan(
                hotel_id=hotel_id,
                stay_ids=part.stay_ids,
                spans=part.spans,
                first=house.first,
                last=house.first + ONE_DAY,
                now=now,
            )
    if tuple(load_rules(hotel_id)) != house.book.rules:
        # Somebody changed the rules on the way: the next call plans the house by the new ones from the start.
        return
    PlannedThrough.objects.update_or_create(
        property_id=house.property_id, defaults={"hotel_id": hotel_id, "day": house.last}
    )


@dataclass(slots=True)
class _Part:
    """Some rooms with all the stays in them: nobody outside decides about their tasks."""

    stay_ids: list[int] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


def _parts(hotel_id: int, house: House, now: datetime) -> list[_Part]:
    """All of a house in parts of about :data:`BATCH` stays or :data:`ROOMS` rooms; at least one."""
    by_room: dict[int | None, list[tuple[int, date, date]]] = {}
    if _has_deep_cleaning(house):
        # Deep cleaning follows rooms, also those that no stay names.
        rooms = Room.objects.filter(property_id=house.property_id, is_active=True).order_by()
        by_room = {pk: [] for pk in rooms.values_list("pk", flat=True)}
    always = [(house.first, house.last)] if by_room else []
    for pk, room_id, arrival, departure in _stays_to_plan(hotel_id, house, now):
        by_room.setdefault(room_id, []).append((pk, arrival, departure))
    parts = [_Part()]
    for room_id in sorted(by_room, key=lambda pk: pk or 0):
        stays = by_room[room_id]
        if len(parts[-1].stay_ids) >= BATCH or len(parts[-1].spans) >= ROOMS:
            parts.append(_Part())
        if room_id is not None:
            days = [*always, *((arrival, departure) for _pk, arrival, departure in stays)]
            begin, end = min(first for first, _ in days), max(last for _, last in days)
            parts[-1].spans.append((room_id, begin, end))
            parts[-1].stay_ids += [pk for pk, *_ in stays]
        else:
            # They share nothing, so they may be cut anywhere.
            ids = [pk for pk, *_ in stays]
            parts += [_Part(ids[start : start + BATCH]) for start in range(0, len(ids), BATCH)]
    return parts


def _stays_to_plan(hotel_id: int, house: House, now: datetime) -> list[tuple[int, int | None, date, date]]:
    """The stays that may ask this house for work, and those that left the reach but whose tasks are still there."""
    back = timedelta(days=house.book.longest_slip)
    closures = RoomClosure.objects.filter(
        room__property_id=house.property_id, last__gte=house.first, kind__in=CLOSURES_THAT_LEAVE_TRACES
    )
    if closures.exists():
        # Whoever left a room that has been closed since is still cleaned up after.
        back = max(back, LONGEST_WAIT)
    with_tasks = CleaningTask.objects.filter(
        Q(date__gte=house.first) | Q(window_end__gte=now),
        property_id=house.property_id,
        state__in=OPEN_STATES,
        stay_id__isnull=False,
    ).order_by()
    known = set(with_tasks.values_list("stay_id", flat=True))
    columns = ("pk", "room_id", "arrival", "departure", "property_id")
    in_reach = Stay.objects.filter(
        hotel_id=hotel_id, departure__gte=house.first - back, arrival__lte=house.last
    ).order_by()
    found = {
        pk: (pk, room_id, arrival, departure)
        for pk, room_id, arrival, departure, place in in_reach.values_list(*columns)
        if place in (house.property_id, None) or pk in known
    }
    if missing := known - found.keys():
        rest = Stay.objects.filter(pk__in=missing).order_by().values_list(*columns[:4])
        found.update((row[0], row) for row in rest)
    return list(found.values())


def _has_deep_cleaning(house: House) -> bool:
    """Whether it is wanted, or was and has left tasks."""
    deep = CleaningTask.objects.filter(
        property_id=house.property_id, kind=TaskKind.DEEP, origin=TaskOrigin.RULES, state__in=OPEN_STATES
    )
    return house.book.has_deep_cleaning or deep.exists()
