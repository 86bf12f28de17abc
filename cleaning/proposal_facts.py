"""What decides who may do a task, and the answer: tasks, people, proposals and the reasons for them. Pure.

All clock times are minutes of the local day (0 to 1440).
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

Place = tuple[int, str]
MINUTES_OF_DAY = 24 * 60


class ReasonKind(enum.StrEnum):
    """Why somebody gets a task, or nobody does."""

    KEPT = "kept"
    TEAM = "team"
    KNOWN_ROOM = "known_room"
    KNOWN_FLOOR = "known_floor"
    OWN_AREA = "own_area"
    SAME_FLOOR = "same_floor"
    MOST_TIME = "most_time"
    OUTSIDE = "outside"
    SHORT_WINDOW = "short_window"
    NOBODY_HERE = "nobody_here"
    NOBODY_AT_WORK = "nobody_at_work"
    DAY_IS_OVER = "day_is_over"
    NOBODY_AT_THAT_TIME = "nobody_at_that_time"
    FULL = "full"
    NOT_IN_TIME = "not_in_time"


class Reason(NamedTuple):
    """``value`` is a number where the words need one."""

    kind: ReasonKind
    value: int = 0


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What decides who may do a task. ``starts`` and ``ends`` are its window on the day.

    ``is_pinned`` leaves the task with whoever has it; so does a task that somebody has, unless everything is planned
    anew. ``has_team`` says that a team has it; a team's minutes are not counted here but taken off its members' own.
    """

    pk: int
    property_id: int
    area: str
    room: str
    minutes: int
    starts: int
    ends: int
    priority: int
    room_id: int | None = None
    user_id: int | None = None
    has_team: bool = False
    is_pinned: bool = False

    @property
    def place(self) -> Place:
        return self.property_id, self.area

    @property
    def due(self) -> int:
        """When it must be done; a window that is too short for the work is stretched to it."""
        return max(self.ends, self.starts + self.minutes)


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What one person can do: ``minutes`` in all, between ``starts`` and ``ends``.

    ``houses`` None: everywhere. ``areas`` holds places; an empty area means the whole house, none at all everywhere.
    """

    user_id: int
    minutes: int
    starts: int
    ends: int
    houses: frozenset[int] | None = None
    areas: frozenset[Place] = frozenset()
    rooms_yesterday: frozenset[int] = frozenset()
    floors_yesterday: frozenset[Place] = frozenset()

    def cleans_in(self, task: TaskFacts) -> bool:
        return self.houses is None or task.property_id in self.houses

    def is_outside(self, task: TaskFacts) -> bool:
        return bool(self.areas) and not self.is_named(task)

    def is_named(self, task: TaskFacts) -> bool:
        return task.place in self.areas or (task.property_id, "") in self.areas


class Proposal(NamedTuple):
    """``user_id`` None: nobody, or the team that has the task; ``reasons`` say why, the strongest first."""

    task_id: int
    user_id: int | None
    reasons: tuple[Reason, ...]


def fits(person: PersonFacts, tasks: Collection[TaskFacts], pinned: Collection[TaskFacts] = ()) -> bool:
    """Whether the person can do all of ``tasks``, each within its window, beside ``pinned``: earliest due first.

    Whether the pinned ones are in time is not asked: a person decided so.
    """
    if sum(task.minutes for task in (*tasks, *pinned)) > person.minutes:
        return False
    fixed = {task.pk for task in pinned}
    clock = person.starts
    for task in sorted((*tasks, *pinned), key=lambda each: (each.due, each.starts, each.pk)):
        clock = max(clock, task.starts) + task.minutes
        if task.pk not in fixed and clock > min(task.due, person.ends):
            return False
    return True


def room_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts rooms as people count them: 9 before 10."""
    parts: list[tuple[int, int, str]] = []
    digits = ""
    for sign in f"{name}\0":
        if sign.isdecimal():
            digits += sign
            continue
        if digits:
            parts.append((0, int(digits), ""))
            digits = ""
        parts.append((1, 0, sign))
    return tuple(parts)
