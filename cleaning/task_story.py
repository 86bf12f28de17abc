"""What happened to a task, in words: who did what when, and what a value was before and became."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cleaning.choices import Priority, Problem, TaskEventKind, TaskKind
from cleaning.models import CleaningTask, TaskEvent
from cleaning.wording import clock_text
from reservations.models import Room
from reservations.wording import date_text, short_date_text

#: Tones of the lines that say more than that work went on.
_TONES = {
    TaskEventKind.CANCELLED: "quiet",
    TaskEventKind.NOT_POSSIBLE: "bad",
    TaskEventKind.SENT_BACK: "bad",
    TaskEventKind.OVERDUE: "bad",
    TaskEventKind.FINISHED: "ok",
    TaskEventKind.INSPECTED: "ok",
    TaskEventKind.READY: "ok",
}


@dataclass(frozen=True, slots=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(slots=True)
class Happening:
    """One line of the story. ``told`` are the people who were told or will be."""

    at: datetime
    what: str
    tone: str
    who: str
    remark: str
    changes: list[Change] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def story_of(task: CleaningTask) -> list[Happening]:
    """The task's story, the latest first. Two queries."""
    events = list(
        TaskEvent.objects.filter(task_id=task.pk).select_related("user", "recipient").order_by("at", "pk")
    )
    rooms = _rooms(task, events)
    values: dict[str, Any] = {name: _plain(getattr(task, name)) for name in _LABELS}
    found: list[Happening] = []
    seen: dict[tuple[Any, ...], Happening] = {}
    for event in reversed(events):
        key = (event.at, event.what, event.user_id, repr(event.data))
        line = seen.get(key)
        if line is None:
            line = seen[key] = _happening(event)
            for name in _LABELS:
                if name in event.data:
                    before = _text(task, name, event.data[name], rooms)
                    after = _text(task, name, values[name], rooms)
                    line.changes.append(Change(str(_LABELS[name]()), before, after))
                    values[name] = event.data[name]
            found.append(line)
        if event.recipient is not None:
            line.told.insert(0, str(event.recipient))
    return found


def _happening(event: TaskEvent) -> Happening:
    remark = str(event.data.get("remark") or "")
    if problem := event.data.get("problem"):
        remark = " · ".join(filter(None, [str(Problem(problem).label), remark]))
    return Happening(
        at=event.at,
        what=event.get_what_display(),
        tone=_TONES.get(TaskEventKind(event.what), "info"),
        who=str(event.user or ""),
        remark=remark,
    )


_LABELS = {
    "date": lambda: _("Day"),
    "window_start": lambda: pgettext("time", "From"),
    "window_end": lambda: pgettext("time", "Until"),
    "room_id": lambda: _("Room"),
    "priority": lambda: _("Priority"),
    "kind": lambda: _("Work"),
}


def _rooms(task: CleaningTask, events: Iterable[TaskEvent]) -> Mapping[int, str]:
    """The names of the rooms that the story speaks of. One query."""
    ids: set[int] = {event.data["room_id"] for event in events if event.data.get("room_id")}
    rooms = Room.objects.filter(hotel_id=task.hotel_id, pk__in=ids | {task.room_id or 0})
    return dict(rooms.order_by().values_list("pk", "name"))


def _text(task: CleaningTask, name: str, value: Any, rooms: Mapping[int, str]) -> str:
    """``value``, as JSON keeps it, in words."""
    if value is None:
        return "—"
    if name == "date":
        return date_text(date.fromisoformat(value))
    if name in ("window_start", "window_end"):
        moment = datetime.fromisoformat(value)
        day = timezone.localtime(moment, task.property.zone).date()
        return f"{short_date_text(day)}, {clock_text(task, moment)}"
    if name == "room_id":
        return rooms.get(value, "—")
    if name == "priority":
        return str(Priority(value).label)
    return str(TaskKind(value).label)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
