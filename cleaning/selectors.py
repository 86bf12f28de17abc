"""What pages show of cleaning. Every function says how many queries it takes, whatever the number of tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Max, Q, QuerySet, Sum, Value, When

from cleaning.choices import (
    BEGUN_STATES,
    FINISHED_STATES,
    TO_DO,
    UNFINISHED,
    WAITING_STATES,
    TaskKind,
    TaskState,
)
from cleaning.models import CleaningTask
from reservations.models import Hotel, Property, Room

#: Unfinished work of so many past days is shown as left over.
LEFT_OVER_DAYS = 7
#: Work may wait at most so long: rules let it wait a fortnight, a room that is out of order longer.
LONGEST_WAIT_DAYS = 60
SHOWN_WITH_TASK = ("property", "room", "room_type", "assignee", "team")


def local_today(properties: list[Property], now: datetime) -> date:
    """Today in the first of ``properties``, in UTC when there is none. No query."""
    return properties[0].today(now) if properties else now.date()


def shown_on(day: date, waiting_at: datetime | None = None) -> Q:
    """Tasks of ``day``; with ``waiting_at`` (aware) also unfinished ones of earlier days that may wait until later."""
    own = Q(date=day)
    if waiting_at is None:
        return own
    return own | Q(
        date__lt=day,
        date__gte=day - timedelta(days=LONGEST_WAIT_DAYS),
        window_end__gte=waiting_at,
        state__in=UNFINISHED,
    )


def is_left_over(task: CleaningTask, now: datetime) -> bool:
    """Whether an earlier day of the house left the task to do: it may wait until later, or is late since a few days."""
    today = task.property.today(now)
    recent = task.date >= today - timedelta(days=LEFT_OVER_DAYS)
    return task.date < today and task.state in UNFINISHED and (recent or task.window_end >= now)


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

    @property
    def waiting(self) -> int:
        return sum(self.by_state[state] for state in WAITING_STATES)

    @property
    def begun(self) -> int:
        return sum(self.by_state[state] for state in BEGUN_STATES)

    @property
    def finished(self) -> int:
        return sum(self.by_state[state] for state in FINISHED_STATES)

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """Kinds that there is work of, with how many tasks."""
        return [(str(TaskKind(kind).label), number) for kind, number in self.by_kind.items() if number]


def summary_of_day(hotel: Hotel, day: date, *, waiting_at: datetime | None = None) -> DaySummary:
    """How much there is to do on ``day``, cancelled tasks counted by state only. One query.

    The token counts and sums, because a phone without a network tells later what happened earlier: the time of the
    latest change alone would miss that.
    """
    rows = list(
        CleaningTask.objects.of(hotel)
        .filter(shown_on(day, waiting_at))
        .order_by("kind", "state")
        .values_list("kind", "state")
        .annotate(
            number=Count("pk"),
            minutes=Sum("minutes"),
            latest=Max("changed_at"),
            people=Sum("assignee_id"),
            teams=Sum("team_id"),
            worked=Sum("worked_seconds"),
        )
    )
    by_state = dict.fromkeys(TaskState.values, 0)
    by_kind = dict.fromkeys(TaskKind.values, 0)
    minutes_to_do = 0
    for kind, state, number, minutes, *_changes in rows:
        by_state[state] += number
        if state != TaskState.CANCELLED:
            by_kind[kind] += number
        if state in TO_DO:
            minutes_to_do += minutes
    return DaySummary(repr(rows), by_state, by_kind, minutes_to_do)


def tasks_of_day(
    hotel: Hotel,
    day: date,
    wanted: Mapping[str, Any] | None = None,
    *,
    waiting_at: datetime | None = None,
) -> QuerySet[CleaningTask]:
    """The tasks of ``day`` by property, area and urgency, what was not possible last; one query when read.

    ``wanted`` narrows: ``house`` (property id), ``area``, ``kind``, ``stage`` (a state), and ``given`` (user id and
    team id; neither of them is nobody). ``waiting_at`` as in :func:`shown_on`.
    """
    tasks = CleaningTask.objects.of(hotel).filter(shown_on(day, waiting_at), _narrowed(wanted or {}))
    return in_order_of_work(tasks.select_related(*SHOWN_WITH_TASK))


def tasks_between(
    hotel: Hotel,
    first: date,
    last: date,
    wanted: Mapping[str, Any] | None = None,
    *,
    waiting_at: datetime | None = None,
) -> QuerySet[CleaningTask]:
    """The tasks of all days from ``first`` to ``last``, day after day as :func:`tasks_of_day`; one query when read.

    With ``waiting_at`` also what may wait since days before ``first``, see :func:`shown_on`.
    """
    days = Q(date__range=(first, last)) | shown_on(first, waiting_at)
    tasks = CleaningTask.objects.of(hotel).filter(days, _narrowed(wanted or {}))
    ordered = in_order_of_work(tasks.select_related(*SHOWN_WITH_TASK, "started_by", "finished_by"))
    return ordered.order_by("date", *ordered.query.order_by)


def in_order_of_work(tasks: QuerySet[CleaningTask]) -> QuerySet[CleaningTask]:
    """By property and area; in each what is urgent first and what was not possible last."""
    last = Case(
        When(state=TaskState.NOT_POSSIBLE, then=Value(1)), default=Value(0), output_field=IntegerField()
    )
    return tasks.order_by(
        "property__name",
        "property_id",
        F("room__area").asc(nulls_last=True),
        last,
        "priority",
        "window_end",
        F("room__name").asc(nulls_last=True),
        "pk",
    )


def _narrowed(wanted: Mapping[str, Any]) -> Q:
    narrowed = Q()
    if "house" in wanted:
        narrowed &= Q(property=wanted["house"])
    if "area" in wanted:
        narrowed &= Q(room__area=wanted["area"])
    if "kind" in wanted:
        narrowed &= Q(kind=wanted["kind"])
    if "stage" in wanted:
        narrowed &= Q(state=wanted["stage"])
    if "given" in wanted:
        user_id, team_id = wanted["given"]
        narrowed &= Q(assignee_id=user_id, team_id=team_id)
    return narrowed


def areas_of(hotel: Hotel) -> list[str]:
    """Floors and areas of the hotel's rooms, by name. One query."""
    rooms = Room.objects.of(hotel).filter(is_active=True).exclude(area="")
    return list(rooms.order_by("area").values_list("area", flat=True).distinct())


def left_over(hotel: Hotel, today: date, now: datetime) -> list[tuple[date, int]]:
    """Days before ``today`` with work that nobody finished in time, latest first, with how many tasks. One query."""
    return list(
        CleaningTask.objects.of(hotel)
        .filter(
            date__lt=today,
            date__gte=today - timedelta(days=LEFT_OVER_DAYS),
            window_end__lt=now,
            state__in=UNFINISHED,
        )
        .order_by("-date")
        .values_list("date")
        .annotate(number=Count("pk"))
    )


def tasks_of_reservation(reservation_id: int) -> QuerySet[CleaningTask]:
    """What a booking makes to clean, by day; one query when read."""
    return (
        CleaningTask.objects.filter(stay__reservation_id=reservation_id)
        .select_related(*SHOWN_WITH_TASK)
        .order_by("date", "priority", "pk")
    )
