"""How long cleaning takes against how long it was planned, per kind, room type, person and room.

:func:`measure` is pure; :func:`measured_tasks` reads in one query. A clock that ran for less than a minute, or for more
than four times what was planned, says something about the clock and not about the work: such tasks are counted and
left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import mean, median
from typing import NamedTuple

from cleaning.choices import FINISHED_STATES, RULED_KINDS, TaskKind
from cleaning.models import CleaningTask
from reservations.models import Hotel

SHORTEST_SECONDS = 60
MOST_TIMES_PLANNED = 4
#: A suggestion needs so many tasks, and is made when the median is so many minutes away from the plan.
ENOUGH = 5
WORTH_MINUTES = 5
#: Suggested minutes are a multiple of this.
STEP = 5
BIGGEST = 10


class Measured(NamedTuple):
    """One finished task whose clock ran."""

    pk: int
    kind: str
    day: date
    room: str
    room_type: str
    room_type_id: int | None
    person: str
    planned: int
    seconds: int

    @property
    def minutes(self) -> float:
        return self.seconds / 60

    @property
    def difference(self) -> int:
        """Minutes longer than planned; below zero when it was quicker."""
        return round(self.minutes - self.planned)


@dataclass(frozen=True, slots=True)
class Row:
    """Several tasks together, in minutes. ``suggested`` is what the rule should say, or None when it is right."""

    label: str
    count: int
    planned: int
    average: int
    middle: int
    suggested: int | None = None

    @property
    def difference(self) -> int:
        return self.middle - self.planned

    @property
    def is_enough(self) -> bool:
        """Whether there are enough tasks to say anything of the rule."""
        return self.count >= ENOUGH


@dataclass(frozen=True, slots=True)
class Report:
    count: int = 0
    left_out: int = 0
    kinds: Sequence[Row] = ()
    #: By kind and room type, where there is more than one room type.
    types: Sequence[Row] = ()
    people: Sequence[Row] = ()
    rooms: Sequence[Row] = ()
    #: The tasks farthest away from their plan.
    biggest: Sequence[Measured] = field(default_factory=tuple)


def measured_tasks(hotel: Hotel, first: date, last: date, *, house: int | None = None) -> list[Measured]:
    """The finished tasks of the days from ``first`` to ``last`` whose clock ran at all. One query."""
    rows = (
        CleaningTask.objects.of(hotel)
        .filter(date__range=(first, last), state__in=FINISHED_STATES, worked_seconds__gt=0)
        .exclude(kind=TaskKind.INSPECTION)
        .select_related("room", "room_type", "finished_by")
        .order_by("date", "pk")
    )
    if house is not None:
        rows = rows.filter(property_id=house)
    return [
        Measured(
            task.pk,
            task.kind,
            task.date,
            task.room.name if task.room else "—",
            task.room_type.name if task.room_type else "—",
            task.room_type_id,
            str(task.finished_by or "—"),
            task.minutes,
            task.worked_seconds,
        )
        for task in rows
    ]


def measure(tasks: Iterable[Measured]) -> Report:
    """What ``tasks`` say together. Kinds and types come in the order of the rules, the rest by how far they are off."""
    everything = list(tasks)
    kept = [task for task in everything if _is_believable(task)]
    types = {task.room_type_id for task in kept}
    return Report(
        count=len(kept),
        left_out=len(everything) - len(kept),
        kinds=_rows(kept, lambda task: (_place(task.kind), str(TaskKind(task.kind).label)), in_order=True),
        types=_rows(
            kept,
            lambda task: (_place(task.kind), f"{TaskKind(task.kind).label} · {task.room_type}"),
            in_order=True,
        )
        if len(types) > 1
        else (),
        people=_rows(kept, lambda task: (0, task.person)),
        rooms=_rows(kept, lambda task: (0, task.room))[:BIGGEST],
        biggest=sorted(kept, key=lambda task: (-abs(task.difference), task.day, task.pk))[:BIGGEST],
    )


def _is_believable(task: Measured) -> bool:
    return SHORTEST_SECONDS <= task.seconds <= task.planned * 60 * MOST_TIMES_PLANNED


def _place(kind: str) -> int:
    return list(TaskKind.values).index(kind)


def _rows(
    tasks: Sequence[Measured], key: Callable[[Measured], tuple[int, str]], *, in_order: bool = False
) -> list[Row]:
    groups: dict[tuple[int, str], list[Measured]] = {}
    for task in tasks:
        groups.setdefault(key(task), []).append(task)
    rows = [_row(label, groups[place, label], suggests=in_order) for place, label in sorted(groups)]
    return rows if in_order else sorted(rows, key=lambda row: (-abs(row.difference), row.label))


def _row(label: str, tasks: Sequence[Measured], *, suggests: bool) -> Row:
    planned = round(mean(task.planned for task in tasks))
    middle = round(median(task.minutes for task in tasks))
    row = Row(label, len(tasks), planned, round(mean(task.minutes for task in tasks)), middle)
    ruled = all(task.kind in RULED_KINDS for task in tasks)
    better = max(STEP, -(-middle // STEP) * STEP)
    if not suggests or not ruled or len(tasks) < ENOUGH or abs(better - planned) < WORTH_MINUTES:
        return row
    return Row(row.label, row.count, row.planned, row.average, row.middle, better)
