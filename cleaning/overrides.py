"""What people decide about a task, and how it lies over what the rules say. Pure.

A decision is kept by field in ``CleaningTask.overrides`` as JSON values: ``date`` (ISO text), ``priority``,
``minutes`` and ``assignee`` (numbers), ``skip`` (true), ``note`` (text). What the rules say for ``date``, ``priority``
and ``minutes`` is kept beside it in ``CleaningTask.planned``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cleaning.choices import TaskState

#: Fields that a person may decide.
FIELDS = ("date", "priority", "assignee", "minutes", "skip", "note")
#: Those of them that the rules compute.
COMPUTED_FIELDS = ("date", "priority", "minutes")


class Computed(NamedTuple):
    """What the rules say of one task; ``start`` and ``end`` are hours of the house."""

    date: date
    start: time
    end: time
    priority: int
    minutes: int


class Shown(NamedTuple):
    """The values a task's row has: the rules with the decisions over them."""

    date: date
    window_start: datetime
    window_end: datetime
    priority: int
    minutes: int
    state: TaskState
    planned: dict[str, Any]


def lay_over(computed: Computed, overrides: Mapping[str, Any], zone: ZoneInfo) -> Shown:
    """``computed`` with ``overrides`` over it. A task moved to another day keeps its hours on that day."""
    day = date.fromisoformat(overrides["date"]) if "date" in overrides else computed.date
    begins = datetime.combine(day, computed.start, zone).astimezone(UTC)
    ends = datetime.combine(day, computed.end, zone).astimezone(UTC)
    said = {"date": computed.date.isoformat(), "priority": computed.priority, "minutes": computed.minutes}
    return Shown(
        date=day,
        window_start=begins,
        # Hours that the clock skips in spring must not turn a window inside out.
        window_end=max(begins, ends),
        priority=overrides.get("priority", int(computed.priority)),
        minutes=overrides.get("minutes", computed.minutes),
        state=TaskState.CANCELLED if overrides.get("skip") else TaskState.PLANNED,
        planned={field: said[field] for field in COMPUTED_FIELDS if field in overrides},
    )
