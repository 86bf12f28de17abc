"""Cleaning rules of the demonstration that are worth seeing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from cleaning.choices import TaskKind
from cleaning.models import CleaningRule
from cleaning.rules import save_rule
from reservations.models import Hotel, Property, RatePlan, RoomType


def add_demo_rules(hotel: Hotel) -> None:
    """A few rules for a hotel that has none; running it again changes nothing."""
    if CleaningRule.objects.of(hotel).exists():
        return
    now = timezone.now()
    house = Property.objects.of(hotel).order_by("pk").first()
    if house is None:
        return
    wanted: list[tuple[TaskKind, dict[str, Any]]] = [
        (TaskKind.LINEN, {"minutes": 30, "every_days": 7}),
        (
            TaskKind.DEEP,
            {"minutes": 120, "every_departures": 20, "counts_from": house.today(now) - timedelta(days=60)},
        ),
        (TaskKind.DEPARTURE, {"minutes": 45, "slip_days": 1}),
    ]
    suites = RoomType.objects.filter(property=house).order_by("-capacity", "pk").first()
    if suites is not None:
        wanted.append((TaskKind.DEPARTURE, {"minutes": 60, "room_type": suites, "is_inspected": True}))
    saver = RatePlan.objects.filter(property=house).order_by("-position", "pk").first()
    if saver is not None:
        # Who pays less goes without daily service.
        wanted.append((TaskKind.STAY_OVER, {"minutes": 20, "rate_plan": saver, "is_wanted": False}))
    for kind, values in wanted:
        save_rule(hotel=hotel, rule=CleaningRule(hotel=hotel, kind=kind, **values), user_id=None, now=now)
