"""A week by load: what is planned against what people can do, by day, person and kind, and what has too little time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Sum

from cleaning.capacity import DayLoad, PersonDay, houses_of, loads_from, person_days
from cleaning.choices import TO_DO, UNFINISHED, TaskKind, TaskState
from cleaning.models import CleaningTask
from cleaning.people import people_who_clean
from cleaning.wording import has_too_little_time
from reservations.models import Hotel

DAYS = 7
#: Of turnovers with too little time so many are named; their number is always told.
NAMED = 20


@dataclass(frozen=True, slots=True)
class DayColumn:
    """One day in numbers. ``tasks`` and ``turnovers`` count what is not cancelled, done or not."""

    load: DayLoad
    tasks: int
    done: int
    turnovers: int
    tight: int

    @property
    def day(self) -> date:
        return self.load.day

    @property
    def is_too_full(self) -> bool:
        return self.load.too_much > 0


@dataclass(frozen=True, slots=True)
class KindRow:
    label: str
    value: str
    #: Tasks and minutes by day.
    cells: Sequence[tuple[date, int, int]]
    minutes: int


@dataclass(frozen=True, slots=True)
class PersonRow:
    name: str
    user_id: int
    cells: Sequence[PersonDay]

    @property
    def minutes_given(self) -> int:
        return sum(cell.minutes_given for cell in self.cells)

    @property
    def minutes_available(self) -> int:
        return sum(cell.minutes_available for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Week:
    columns: Sequence[DayColumn]
    people: Sequence[PersonRow]
    kinds: Sequence[KindRow]
    #: Unfinished turnovers whose window is shorter than the work, the first ones.
    tight: Sequence[CleaningTask] = ()
    tight_number: int = 0

    @property
    def minutes_planned(self) -> int:
        return sum(column.load.minutes_planned for column in self.columns)

    @property
    def minutes_available(self) -> int:
        return sum(column.load.minutes_available for column in self.columns)

    @property
    def minutes_unassigned(self) -> int:
        return sum(column.load.minutes_unassigned for column in self.columns)

    @property
    def days_too_full(self) -> list[date]:
        return [column.day for column in self.columns if column.is_too_full]

    @property
    def is_empty(self) -> bool:
        return not any(column.tasks for column in self.columns)


@dataclass(slots=True)
class _Counted:
    tasks: dict[date, int] = field(default_factory=dict)
    done: dict[date, int] = field(default_factory=dict)
    turnovers: dict[date, int] = field(default_factory=dict)
    #: Tasks and minutes by kind and day.
    by_kind: dict[tuple[str, date], tuple[int, int]] = field(default_factory=dict)


def week_of(hotel: Hotel, first: date, *, now: datetime | None = None) -> Week:
    """The seven days from ``first`` on. Eleven queries, whatever the number of tasks and people.

    Minutes planned are those still to do; ``now`` (aware) counts only the minutes that are left of today.
    """
    days = [first + timedelta(days=offset) for offset in range(DAYS)]
    people = list(people_who_clean(hotel))
    of_person = person_days(hotel, people, days, now=now)
    loads = loads_from(CleaningTask.objects.of(hotel), houses_of(hotel), days, of_person.values(), now=now)
    counted = _counted(hotel, days)
    tight = _tight(hotel, days)
    return Week(
        columns=[
            DayColumn(
                load,
                counted.tasks.get(load.day, 0),
                counted.done.get(load.day, 0),
                counted.turnovers.get(load.day, 0),
                sum(task.date == load.day for task in tight),
            )
            for load in loads
        ],
        people=_person_rows(people, of_person, days),
        kinds=_kind_rows(counted, days),
        tight=tight[:NAMED],
        tight_number=len(tight),
    )


def _counted(hotel: Hotel, days: Sequence[date]) -> _Counted:
    """One query."""
    rows = (
        CleaningTask.objects.of(hotel)
        .filter(date__range=(days[0], days[-1]))
        .exclude(state=TaskState.CANCELLED)
        .order_by()
        .values_list("date", "kind", "state", "turnover")
        .annotate(number=Count("pk"), minutes=Sum("minutes"))
    )
    found = _Counted()
    for day, kind, state, turnover, number, minutes in rows:
        found.tasks[day] = found.tasks.get(day, 0) + number
        if state not in UNFINISHED:
            found.done[day] = found.done.get(day, 0) + number
        if turnover and kind == TaskKind.DEPARTURE:
            found.turnovers[day] = found.turnovers.get(day, 0) + number
        tasks, total = found.by_kind.get((kind, day), (0, 0))
        found.by_kind[kind, day] = (tasks + number, total + minutes)
    return found


def _tight(hotel: Hotel, days: Sequence[date]) -> list[CleaningTask]:
    """Turnovers that nobody can finish in their window. One query, whose rows are those with a guest to come."""
    tasks = (
        CleaningTask.objects.of(hotel)
        .filter(date__range=(days[0], days[-1]), turnover=True, state__in=TO_DO)
        .select_related("property", "room", "room_type", "assignee", "team")
        .order_by("date", "window_end", "pk")
    )
    return [task for task in tasks if has_too_little_time(task)]


def _person_rows(
    people: Sequence[Any], of_person: Mapping[tuple[int, date], PersonDay], days: Sequence[date]
) -> list[PersonRow]:
    """Everybody who works, is off or has work in these days."""
    rows = [
        PersonRow(str(person), person.pk, [of_person[person.pk, day] for day in days]) for person in people
    ]
    return [row for row in rows if any(cell.hours or cell.is_off or cell.minutes_given for cell in row.cells)]


def _kind_rows(counted: _Counted, days: Sequence[date]) -> list[KindRow]:
    rows = []
    for kind in TaskKind:
        cells = [(day, *counted.by_kind.get((kind, day), (0, 0))) for day in days]
        if any(number for _day, number, _minutes in cells):
            rows.append(KindRow(str(kind.label), kind.value, cells, sum(cell[2] for cell in cells)))
    return rows
