"""What a person has to know after several things happened to tasks of theirs. Pure: rows go in, nothing is read.

What happened within one bundle and was taken back within it is not told: a task that was given and taken away again
is nothing, a task that was changed three times is one change, and a cancelled one is cancelled, whatever it was before.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cleaning.choices import FINISHED_STATES, UNFINISHED, TaskEventKind, TaskState
from cleaning.models import CleaningTask, TaskEvent
from cleaning.wording import remark_text

_GIVEN = frozenset({TaskEventKind.ASSIGNED, TaskEventKind.RESTORED})
_GONE = frozenset({TaskEventKind.TAKEN_AWAY, TaskEventKind.CANCELLED})
_MOMENTS = frozenset({"window_start", "window_end"})
#: These are told at once, whatever day they are about.
_PRESSING = frozenset({TaskEventKind.OVERDUE, TaskEventKind.NOT_POSSIBLE, TaskEventKind.SENT_BACK})


class Outcome(enum.StrEnum):
    """What a task has become for the person; in the order in which it is told."""

    OVERDUE = "overdue"
    NOT_POSSIBLE = "not_possible"
    SENT_BACK = "sent_back"
    NEW = "new"
    CHANGED = "changed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a message. ``before`` has the values that were others, as :func:`cleaning.story.difference` does."""

    outcome: Outcome
    task: CleaningTask
    before: dict[str, Any] = field(default_factory=dict)
    remark: str = ""
    #: The task is somebody else's now, not cancelled.
    is_given_away: bool = False


def entries_of(events: Sequence[TaskEvent], now: datetime) -> list[Entry]:
    """What ``events`` of one person (in order, with task, room and property) come to, most pressing first."""
    found: list[Entry] = []
    by_task: dict[int, list[TaskEvent]] = {}
    for event in events:
        by_task.setdefault(event.task_id, []).append(event)
    for own in by_task.values():
        found += _entries_of_task(own, now)
    order = list(Outcome)
    return sorted(found, key=lambda entry: (order.index(entry.outcome), entry.task.window_end, entry.task.pk))


def is_about_today(event: TaskEvent, now: datetime) -> bool:
    """Whether the person should hear of it within a minute: it concerns the present day of the house."""
    if event.what in _PRESSING:
        return True
    today = event.task.property.today(now)
    still_runs = event.task.date < today and event.task.window_end >= now
    return still_runs or today.isoformat() in (event.task.date.isoformat(), event.data.get("date"))


def _entries_of_task(events: list[TaskEvent], now: datetime) -> Iterable[Entry]:
    task = events[-1].task
    of_work = [event for event in events if event.what not in _PRESSING]
    yield from itertools.chain(_pressing(task, events), _work(task, of_work, now))


def _pressing(task: CleaningTask, events: list[TaskEvent]) -> Iterable[Entry]:
    """The last of each kind, as long as there is something to do about it."""
    if task.state not in UNFINISHED:
        return
    last = {TaskEventKind(event.what): event for event in events if event.what in _PRESSING}
    if TaskEventKind.OVERDUE in last:
        yield Entry(Outcome.OVERDUE, task)
    if TaskEventKind.NOT_POSSIBLE in last and task.state == TaskState.NOT_POSSIBLE:
        yield Entry(Outcome.NOT_POSSIBLE, task, remark=remark_text(task))
    if TaskEventKind.SENT_BACK in last:
        yield Entry(
            Outcome.SENT_BACK, task, remark=last[TaskEventKind.SENT_BACK].data.get("remark", task.remark)
        )


def _work(task: CleaningTask, events: list[TaskEvent], now: datetime) -> Iterable[Entry]:
    had: bool | None = None
    has, last = False, None
    before: dict[str, Any] = {}
    for event in events:
        what = TaskEventKind(event.what)
        if what not in _GIVEN and what not in _GONE and what != TaskEventKind.CHANGED:
            continue
        if had is None:
            had = what not in _GIVEN
        has, last = what not in _GONE, event
        for name, value in event.data.items():
            before.setdefault(name, value)
    if last is None or _is_history(task, before, now):
        return
    if not had and has and task.state not in FINISHED_STATES:
        yield Entry(Outcome.NEW, task)
    elif had and not has:
        yield Entry(
            Outcome.CANCELLED,
            task,
            remark=last.data.get("remark", ""),
            is_given_away=bool(task.assignee_id or task.team_id) and task.state != TaskState.CANCELLED,
        )
    elif had and has and task.state not in FINISHED_STATES:
        different = {name: value for name, value in before.items() if _is_other(task, name, value)}
        if different:
            yield Entry(Outcome.CHANGED, task, different)


def _is_history(task: CleaningTask, before: dict[str, Any], now: datetime) -> bool:
    """Nobody needs to hear today what became of yesterday's work."""
    today = task.property.today(now)
    earlier = date.fromisoformat(before["date"]) if "date" in before else task.date
    return max(earlier, task.date) < today and task.window_end < now


def _is_other(task: CleaningTask, name: str, value: Any) -> bool:
    if not hasattr(task, name):
        return False
    present = getattr(task, name)
    if name in _MOMENTS:
        return bool(present != datetime.fromisoformat(value))
    return bool((present.isoformat() if isinstance(present, date) else present) != value)
