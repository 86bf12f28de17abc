"""What pages show of cleaning. Every function says how many queries it takes, whatever the number of tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, F, Max, QuerySet, Sum

from cleaning.choices import TaskKind, TaskState
from cleaning.models import CleaningRules, CleaningTask
from cleaning.planner import Rules
from reservations.models import Hotel, Membership, Property
from reservations.permissions import ROLE_PERMISSIONS, Permission

#: Unfinished work of so many past days is shown as left over.
LEFT_OVER_DAYS = 7
TO_DO = (TaskState.PLANNED, TaskState.IN_PROGRESS)


def rules_of(property: Property) -> Rules:
    """The rules of a house, the defaults when nobody saved any. One query; writes nothing."""
    names = tuple(Rules.__dataclass_fields__)
    row = CleaningRules.objects.filter(property=property).values_list(*names).first()
    return Rules(*row) if row else Rules()


def local_today(properties: list[Property], now: datetime) -> date:
    """Today in the first of ``properties``, in UTC when there is none. No query."""
    return (now.astimezone(properties[0].zone) if properties else now).date()


@dataclass(frozen=True, slots=True)
class DaySummary:
    """A day in numbers. ``token`` is another text whenever any task of the day is another one."""

    token: str
    by_state: dict[str, int] = field(default_factory=dict)
    by_kind: dict[str, int] = field(default_factory=dict)
    minutes_to_do: int = 0

    @property
    def total(self) -> int:
        return sum(self.by_state.values())


def summary_of_day(hotel: Hotel, day: date) -> DaySummary:
    """How much there is to do on ``day``, cancelled tasks counted by state only. One query."""
    rows = list(
        CleaningTask.objects.of(hotel)
        .filter(date=day)
        .order_by("kind", "state")
        .values_list("kind", "state")
        .annotate(number=Count("pk"), minutes=Sum("minutes"), latest=Max("changed_at"))
    )
    by_state = dict.fromkeys(TaskState.values, 0)
    by_kind = dict.fromkeys(TaskKind.values, 0)
    minutes_to_do = 0
    for kind, state, number, minutes, _latest in rows:
        by_state[state] += number
        if state != TaskState.CANCELLED:
            by_kind[kind] += number
        if state in TO_DO:
            minutes_to_do += minutes
    return DaySummary(repr(rows), by_state, by_kind, minutes_to_do)


def tasks_of_day(hotel: Hotel, day: date, wanted: Mapping[str, Any] | None = None) -> QuerySet[CleaningTask]:
    """The tasks of ``day`` by property, area and urgency; one query when read.

    ``wanted`` narrows: ``house`` (Property), ``kind``, ``state``, ``assignee`` (user id, or 0 for nobody).
    """
    tasks = CleaningTask.objects.of(hotel).filter(date=day)
    wanted = wanted or {}
    if "house" in wanted:
        tasks = tasks.filter(property=wanted["house"])
    if "kind" in wanted:
        tasks = tasks.filter(kind=wanted["kind"])
    if "state" in wanted:
        tasks = tasks.filter(state=wanted["state"])
    if "assignee" in wanted:
        tasks = tasks.filter(assignee_id=wanted["assignee"] or None)
    return tasks.select_related("property", "room", "room_type", "assignee").order_by(
        "property__name",
        "property_id",
        F("room__area").asc(nulls_last=True),
        "priority",
        "window_end",
        F("room__name").asc(nulls_last=True),
        "pk",
    )


def left_over(hotel: Hotel, today: date) -> list[tuple[date, int]]:
    """Days before ``today`` with work that nobody finished, latest first, with how many tasks. One query."""
    return list(
        CleaningTask.objects.of(hotel)
        .filter(date__lt=today, date__gte=today - timedelta(days=LEFT_OVER_DAYS), state__in=TO_DO)
        .order_by("-date")
        .values_list("date")
        .annotate(number=Count("pk"))
    )


def people_who_clean(hotel: Hotel) -> QuerySet[Any]:
    """The hotel's members whose role lets them do cleaning, by name; one query when read."""
    roles = [role for role, held in ROLE_PERMISSIONS.items() if Permission.DO_CLEANING in held]
    members = Membership.objects.of(hotel).filter(role__in=roles)
    people = get_user_model().objects
    return people.filter(pk__in=members.values("user_id"), is_active=True).order_by("name", "pk")


def tasks_of_reservation(reservation_id: int) -> QuerySet[CleaningTask]:
    """What a booking makes to clean, by day; one query when read."""
    return (
        CleaningTask.objects.filter(stay__reservation_id=reservation_id)
        .select_related("property", "room", "room_type", "assignee")
        .order_by("date", "priority", "pk")
    )
