"""The work of a day by who does it: a column for nobody, for each person and for each team. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cleaning.capacity import PersonDay
from cleaning.choices import UNFINISHED, TaskState
from cleaning.models import CleaningTask
from cleaning.who import NOBODY, value_of, value_of_task


@dataclass(slots=True)
class Column:
    """Who has which tasks. ``to`` is the value that gives a task to them; ``load`` is None for nobody and teams."""

    to: str
    name: str
    is_team: bool = False
    load: PersonDay | None = None
    tasks: list[CleaningTask] = field(default_factory=list)

    @property
    def is_nobody(self) -> bool:
        return self.to == NOBODY

    @property
    def minutes(self) -> int:
        """Minutes of the unfinished tasks in the column."""
        return sum(task.minutes for task in self.tasks if task.state in UNFINISHED)

    @property
    def minutes_given(self) -> int:
        """Minutes that the person was given on the day, their share of a team's tasks included."""
        return self.load.minutes_given if self.load else self.minutes

    @property
    def minutes_available(self) -> int:
        return self.load.minutes_available if self.load else 0

    @property
    def too_much(self) -> int:
        """Minutes that do not fit into the person's day; zero when all do."""
        if self.load is None or not self.load.is_too_much:
            return 0
        return -self.load.minutes_free

    @property
    def from_team(self) -> int:
        """Minutes of ``minutes_given`` that are a share of a team's tasks, where all tasks of the day are shown."""
        if self.load is None:
            return 0
        return max(0, self.load.minutes_given - self.minutes)

    @property
    def is_away(self) -> bool:
        """Whether the person does not work on that day."""
        return self.load is not None and self.load.hours is None


@dataclass(frozen=True, slots=True)
class Board:
    columns: Sequence[Column]
    #: Who does not work on that day and has nothing to do.
    away: Sequence[str] = ()


def by_person(
    tasks: Iterable[CleaningTask],
    people: Iterable[Any],
    teams: Iterable[Any],
    loads: Mapping[tuple[int, date], PersonDay],
    day: date,
) -> Board:
    """``tasks`` (in the order of work) in columns: nobody first, then people, then teams, each by name.

    Whoever has a task has a column, also without working on that day or for the hotel any more. Cancelled tasks of
    nobody are left out; what was not possible is the last in its column, and after it what is over.
    """
    columns = {NOBODY: Column(NOBODY, "")}
    for person in people:
        to = value_of(person.pk, None)
        columns[to] = Column(to, str(person), load=loads.get((person.pk, day)))
    for team in teams:
        to = value_of(None, team.pk)
        columns[to] = Column(to, str(team), is_team=True)
    for task in tasks:
        to = value_of_task(task)
        if to not in columns:
            columns[to] = Column(to, str(task.assignee or task.team), is_team=task.assignee is None)
        if to != NOBODY or task.state != TaskState.CANCELLED:
            columns[to].tasks.append(task)
    for column in columns.values():
        column.tasks.sort(key=_order)
    shown = [each for each in columns.values() if each.tasks or each.is_nobody or not each.is_away]
    away = [each.name for each in columns.values() if each not in shown]
    return Board(shown, away)


def _order(task: CleaningTask) -> tuple[object, ...]:
    return (
        task.state not in UNFINISHED,
        task.state == TaskState.NOT_POSSIBLE,
        task.priority,
        task.window_end,
        task.room.name if task.room else "",
        task.pk,
    )
