"""The look at a room after the work: a task of its own that follows a finished one."""

from __future__ import annotations

from datetime import datetime, timedelta

from cleaning.choices import TaskKind, TaskOrigin, TaskState
from cleaning.models import CleaningTask

MINUTES = 10


def inspection_of(task: CleaningTask, key: str, now: datetime) -> CleaningTask:
    """An unsaved inspection of ``task``, from ``now`` until the room is needed."""
    return CleaningTask(
        hotel_id=task.hotel_id,
        property_id=task.property_id,
        room_id=task.room_id,
        room_type_id=task.room_type_id,
        stay_id=task.stay_id,
        kind=TaskKind.INSPECTION,
        origin=TaskOrigin.FOLLOW_UP,
        inspects=task,
        key=key,
        open_key=key,
        date=task.property.today(now),
        window_start=now,
        window_end=max(task.window_end, now + timedelta(minutes=MINUTES)),
        turnover=task.turnover,
        priority=task.priority,
        minutes=MINUTES,
        state=TaskState.PLANNED,
        changed_at=now,
    )
