"""A task in words that a person on the corridor understands, in the active language and the house's own hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from babel.dates import format_time
from django.utils.translation import gettext as _

from cleaning.choices import Priority, TaskKind, TaskState
from cleaning.models import CleaningTask
from reservations.wording import active_locale, short_date_text

_TONES = {
    TaskState.PLANNED: "info",
    TaskState.IN_PROGRESS: "warn",
    TaskState.DONE: "ok",
    TaskState.CANCELLED: "quiet",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A word beside a task that says why it needs a second look."""

    label: str
    tone: str


def until_text(task: CleaningTask) -> str:
    """Until when the room must be ready and why: "ready by 15:00 · guest arrives"."""
    zone = task.property.zone
    start = format_time(task.window_start.astimezone(zone).time(), "short", locale=active_locale())
    end = format_time(task.window_end.astimezone(zone).time(), "short", locale=active_locale())
    if task.priority == Priority.GUEST_WAITING:
        return _("at once · guest is waiting")
    if task.turnover or task.kind == TaskKind.ARRIVAL_CHECK:
        return _("ready by %(end)s · guest arrives") % {"end": end}
    if task.kind == TaskKind.STAY_OVER:
        return _("%(start)s to %(end)s · guest stays") % {"start": start, "end": end}
    return _("%(start)s to %(end)s · nobody arrives") % {"start": start, "end": end}


def marks_of(task: CleaningTask) -> list[Mark]:
    """What is unusual about a task, the worst first."""
    marks: list[Mark] = []
    if task.overbooked:
        marks.append(Mark(_("overbooked"), "bad"))
    if task.room_id is None:
        marks.append(Mark(_("no room yet"), "warn"))
    if task.state in (TaskState.PLANNED, TaskState.IN_PROGRESS):
        marks.extend(_time_marks(task))
    if task.overrides.get("skip"):
        marks.append(Mark(_("skipped"), "quiet"))
    elif task.state == TaskState.CANCELLED:
        marks.append(Mark(_("no stay asks for it"), "quiet"))
    return marks


def _time_marks(task: CleaningTask) -> list[Mark]:
    marks = []
    if (task.window_end - task.window_start).total_seconds() < task.minutes * 60:
        marks.append(Mark(_("too little time"), "bad"))
    computed = task.planned.get("date")
    if computed and computed != task.date.isoformat():
        day = short_date_text(date.fromisoformat(computed))
        if task.kind == TaskKind.DEPARTURE and task.date.isoformat() < computed:
            marks.append(Mark(_("guest leaves only on %(day)s") % {"day": day}, "bad"))
        else:
            marks.append(Mark(_("planned for %(day)s") % {"day": day}, "info"))
    return marks


def state_tone(state: str) -> str:
    """The badge's tone for a state."""
    return _TONES[TaskState(state)]


def place_text(task: CleaningTask) -> str:
    """The room, else its type, else a dash."""
    if task.room:
        return task.room.name
    return task.room_type.name if task.room_type else "—"
