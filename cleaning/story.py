"""The story of tasks: one line for whatever happened, and who is to be told of it.

Writing a line is all that happens in the transaction of the change; :mod:`cleaning.messages` tells people later, once
for everything that came together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from cleaning.choices import TaskEventKind
from cleaning.models import CleaningTask, CleaningTeam, TaskEvent

#: What a person who has a task wants to hear of when it becomes different.
_TOLD_FIELDS = ("date", "window_start", "window_end", "room_id", "priority", "kind")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened to a task. Whoever has the task is told, unless they did it themselves."""

    task_id: int
    what: TaskEventKind
    user_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    assignee_id: int | None = None
    team_id: int | None = None
    #: Further people to tell.
    recipients: Collection[int] = ()


def is_untold() -> Exists:
    """Whether somebody still has to be told something about a task; a condition for queries of tasks.

    Such a task is not deleted when nothing asks for it any more, only cancelled: what is to be told goes with its row.
    """
    waiting = TaskEvent.objects.filter(task=OuterRef("pk"), recipient__isnull=False, message__isnull=True)
    return Exists(waiting.order_by())


def difference(old: CleaningTask, new: CleaningTask) -> dict[str, Any]:
    """The values before of what concerns the work and is another one now, as JSON; empty when nothing is."""
    return {
        name: _json(getattr(old, name)) for name in _TOLD_FIELDS if getattr(old, name) != getattr(new, name)
    }


def write(*, hotel_id: int, lines: Iterable[Line], now: datetime) -> None:
    """Store the lines, one row for each person to tell and at least one each. One statement, two with teams."""
    lines = list(lines)
    if not lines:
        return
    teams = _members({line.team_id for line in lines if line.team_id})
    rows = []
    for line in lines:
        told = {*line.recipients, *teams.get(line.team_id or 0, ())}
        if line.assignee_id:
            told.add(line.assignee_id)
        told.discard(line.user_id or 0)
        rows += [
            TaskEvent(
                hotel_id=hotel_id,
                task_id=line.task_id,
                at=now,
                what=line.what,
                user_id=line.user_id,
                data=line.data,
                recipient_id=recipient_id,
            )
            for recipient_id in sorted(told) or [None]
        ]
    TaskEvent.objects.bulk_create(rows)


def _members(team_ids: Collection[int]) -> dict[int, list[int]]:
    """People by team. One query, none without teams."""
    found: dict[int, list[int]] = {}
    if team_ids:
        members = CleaningTeam.members.through.objects.filter(cleaningteam_id__in=team_ids)
        for team_id, user_id in members.values_list("cleaningteam_id", "user_id"):
            found.setdefault(team_id, []).append(user_id)
    return found


def _json(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
