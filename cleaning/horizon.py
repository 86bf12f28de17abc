"""Keeps whole houses planned up to the horizon: day after day, and again when rules or hours change."""

from __future__ import annotations

import itertools
from datetime import datetime

from django.db import transaction

from cleaning.choices import OPEN_STATES
from cleaning.models import CleaningTask, PlannedThrough
from cleaning.planner import ONE_DAY, House
from cleaning.replanning import load_houses, replan
from reservations.models import Property, Stay

#: Stays per transaction: on SQLite nobody else writes meanwhile.
BATCH = 1000


def extend_plans(*, now: datetime) -> int:
    """Plan the days that have come into reach since the last call, in every house; returns how many houses.

    A house whose last day is planned already costs nothing, so this may run as often as one likes.
    """
    properties = Property.objects.values_list("pk", "hotel_id", "cleaning_planned_through__day")
    extended = 0
    by_hotel = sorted(properties, key=lambda row: row[1])
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
    in_reach = Stay.objects.filter(
        hotel_id=hotel_id, departure__gte=house.first, arrival__lte=house.last
    ).values_list("pk", "property_id")
    # Stays that left the reach, but whose tasks are still there.
    with_tasks = CleaningTask.objects.filter(
        hotel_id=hotel_id,
        property_id=house.property_id,
        date__gte=house.first,
        state__in=OPEN_STATES,
        stay_id__isnull=False,
    ).values_list("stay_id", flat=True)
    ids = {pk for pk, place in in_reach if place in (house.property_id, None)}
    stay_ids = sorted(ids | set(with_tasks))
    for start in range(0, len(stay_ids) or 1, BATCH):
        with transaction.atomic():
            replan(
                hotel_id=hotel_id,
                stay_ids=stay_ids[start : start + BATCH],
                first=house.first,
                last=house.first + ONE_DAY,
                now=now,
            )
    PlannedThrough.objects.update_or_create(
        property_id=house.property_id, defaults={"hotel_id": hotel_id, "day": house.last}
    )
