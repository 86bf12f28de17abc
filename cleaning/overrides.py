"""What people decide about a task, and how it lies over what the rules say. Pure.

A decision is kept by field in ``CleaningTask.overrides`` as JSON values: ``date`` (ISO text), ``start`` and ``end``
(``HH:MM``), ``priority``, ``minutes``, ``assignee`` and ``team`` (numbers), ``skip`` (true) with its ``reason``, and
``note`` (texts). ``accepted`` is the assignee's word, given for one day (ISO text): a task that moves to another day
is asked about anew. What the rules say for the computed fields is kept beside it in ``CleaningTask.planned``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cleaning.choices import TaskState

#: Fields that a person may decide.
FIELDS = (
    "date",
    "start",
    "end",
    "priority",
    "assignee",
    "team",
    "minutes",
    "skip",
    "reason",
    "note",
    "accepted",
)
#: Those of them that the rules compute.
COMPUTED_FIELDS = ("date", "start", "end", "priority", "minutes")


class Computed(NamedTuple):
    """What the rules say of one task; ``start`` (on ``date``) and ``end`` (on ``last_day``) are hours of the house."""

    date: date
    start: time
    end: time
    priority: int
    minutes: int
    last_day: date | None = None


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
    """``computed`` with ``overrides`` over it. A task moved to another day keeps its hours on that day.

    Another hour of its end is one of the day on which it ends: a task that may wait goes on waiting.
    """
    day = date.fromisoformat(overrides["date"]) if "date" in overrides else computed.date
    last_day = computed.last_day or computed.date
    if "date" in overrides:
        last_day = day
    begins = _at(day, _clock(overrides, "start", computed.start), zone)
    ends = _at(last_day, _clock(overrides, "end", computed.end), zone)
    said = {
        "date": computed.date.isoformat(),
        "start": f"{computed.start:%H:%M}",
        "end": f"{computed.end:%H:%M}",
        "last_day": (computed.last_day or computed.date).isoformat(),
        "priority": int(computed.priority),
        "minutes": computed.minutes,
    }
    kept = {field for field in COMPUTED_FIELDS if field in overrides}
    if kept & {"date", "start", "end"}:
        # The window is one thing: who changes a part of it must find all of it again.
        kept |= {"date", "start", "end", "last_day"}
    return Shown(
        date=day,
        window_start=begins,
        # Hours that the clock skips in spring must not turn a window inside out.
        window_end=max(begins, ends),
        priority=overrides.get("priority", int(computed.priority)),
        minutes=overrides.get("minutes", computed.minutes),
        state=state_of(overrides, day),
        planned={field: said[field] for field in said if field in kept},
    )


def state_of(overrides: Mapping[str, Any], day: date) -> TaskState:
    """The state of a task on ``day`` that nobody has begun."""
    if overrides.get("skip"):
        return TaskState.CANCELLED
    if not overrides.get("assignee") and not overrides.get("team"):
        return TaskState.PLANNED
    accepted = overrides.get("accepted") == day.isoformat()
    return TaskState.ACCEPTED if accepted else TaskState.ASSIGNED


def _clock(overrides: Mapping[str, Any], field: str, computed: time) -> time:
    return time.fromisoformat(overrides[field]) if field in overrides else computed


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)
