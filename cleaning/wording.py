"""A task in words that a person on the corridor understands, in the active language and the house's own hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_time
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cleaning.choices import FINISHED_STATES, TO_DO, UNFINISHED, Priority, Problem, TaskKind, TaskState
from cleaning.models import CleaningTask
from reservations.wording import active_locale, date_text, short_date_text

_TONES = {
    TaskState.PLANNED: "quiet",
    TaskState.ASSIGNED: "info",
    TaskState.ACCEPTED: "info",
    TaskState.IN_PROGRESS: "warn",
    TaskState.PAUSED: "warn",
    TaskState.NOT_POSSIBLE: "bad",
    TaskState.DONE: "ok",
    TaskState.INSPECTED: "ok",
    TaskState.CANCELLED: "quiet",
}
_WITH_GUEST = (TaskKind.STAY_OVER, TaskKind.LINEN)


@dataclass(frozen=True, slots=True)
class Mark:
    """A word beside a task that says why it needs a second look."""

    label: str
    tone: str


def clock_text(task: CleaningTask, moment: datetime) -> str:
    """The time of day at the task's house: "15:00"."""
    local = timezone.localtime(moment, task.property.zone)
    return format_time(local.time(), "short", locale=active_locale())


def until_text(task: CleaningTask) -> str:
    """Until when the room must be ready and why: "ready by 15:00 · guest arrives"."""
    words = {
        "start": clock_text(task, task.window_start),
        "end": clock_text(task, task.window_end),
        "day": short_date_text(_last_day(task)),
    }
    if task.priority == Priority.GUEST_WAITING and task.state in UNFINISHED:
        return _("at once · guest is waiting")
    if task.turnover or task.kind == TaskKind.ARRIVAL_CHECK:
        return _("ready by %(end)s · guest arrives") % words
    if _last_day(task) != task.date:
        return _("until %(day)s, %(end)s · may wait") % words
    if task.kind in _WITH_GUEST:
        return _("%(start)s to %(end)s · guest stays") % words
    if task.kind == TaskKind.DEPARTURE:
        return _("%(start)s to %(end)s · nobody arrives") % words
    return _("%(start)s to %(end)s") % words


def deadline_text(task: CleaningTask) -> str:
    """Until when, as short as it goes: "15:00", "5 Jun, 15:00" when that is another day."""
    end = clock_text(task, task.window_end)
    if _last_day(task) == task.date:
        return end
    return _("%(day)s, %(time)s") % {"day": short_date_text(_last_day(task)), "time": end}


def since_text(task: CleaningTask, day: date) -> str:
    """For a task of an earlier day that may still wait: "since Mon 2 Jun, until 5 Jun, 15:00"; else nothing."""
    if task.date >= day:
        return ""
    words = {"since": date_text(task.date), "until": deadline_text(task)}
    return _("since %(since)s, until %(until)s") % words


def marks_of(task: CleaningTask) -> list[Mark]:
    """What is unusual about a task, the worst first."""
    marks: list[Mark] = []
    if task.overbooked:
        marks.append(Mark(_("overbooked"), "bad"))
    if task.doubtful and task.state in UNFINISHED:
        marks.append(Mark(_("stay may be cancelled"), "warn"))
    if task.room_id is None:
        marks.append(Mark(_("no room yet"), "warn"))
    if task.state in TO_DO:
        marks.extend(_time_marks(task))
    if task.state in UNFINISHED and task.overdue_step:
        marks.append(Mark(_("overdue"), "bad"))
    if task.state in TO_DO and task.vacated_at:
        marks.append(Mark(_("guest left at %(time)s") % {"time": clock_text(task, task.vacated_at)}, "ok"))
    if task.overrides.get("skip"):
        marks.append(Mark(_("skipped"), "quiet"))
    elif task.state == TaskState.CANCELLED:
        marks.append(Mark(_("no stay asks for it"), "quiet"))
    return marks


def state_tone(state: str) -> str:
    """The badge's tone for a state."""
    return _TONES[TaskState(state)]


def place_text(task: CleaningTask) -> str:
    """The room, else its type, else a dash."""
    if task.room:
        return task.room.name
    return task.room_type.name if task.room_type else "—"


def who_text(task: CleaningTask) -> str:
    """The person or the team that has the task; empty when nobody has."""
    return str(task.assignee or task.team or "")


def remark_text(task: CleaningTask) -> str:
    """Why it was not possible or was sent back, and the reason of a skip: "Do not disturb · come at 16:00"."""
    parts = []
    if task.state == TaskState.NOT_POSSIBLE and task.problem:
        parts.append(str(Problem(task.problem).label))
    if task.remark:
        parts.append(task.remark)
    if task.state == TaskState.CANCELLED and task.overrides.get("reason"):
        parts.append(task.overrides["reason"])
    return " · ".join(parts)


def worked_seconds(task: CleaningTask, now: datetime) -> int:
    """How long people worked on the task so far, what runs at ``now`` included."""
    running = (now - task.working_since).total_seconds() if task.working_since else 0
    return task.worked_seconds + max(0, round(running))


def worked_text(task: CleaningTask) -> str:
    """Text such as "27 of 45 minutes"; empty when no clock has run."""
    minutes = round(worked_seconds(task, timezone.now()) / 60)
    if not minutes and task.state not in FINISHED_STATES:
        return ""
    if not minutes:
        return _("not measured")
    return ngettext("%(worked)s of %(planned)s minute", "%(worked)s of %(planned)s minutes", task.minutes) % {
        "worked": minutes,
        "planned": task.minutes,
    }


def minutes_text(minutes: int) -> str:
    """Text such as "45 min", "7 h 05 min"."""
    hours, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else ""
    if not hours:
        return _("%(minutes)s min") % {"minutes": f"{sign}{rest}"}
    return _("%(hours)s h %(minutes)s min") % {"hours": f"{sign}{hours}", "minutes": f"{rest:02}"}


def _last_day(task: CleaningTask) -> date:
    return timezone.localtime(task.window_end, task.property.zone).date()


def has_too_little_time(task: CleaningTask) -> bool:
    """Whether the window is shorter than the work."""
    return (task.window_end - task.window_start).total_seconds() < task.minutes * 60


def _time_marks(task: CleaningTask) -> list[Mark]:
    marks = []
    if has_too_little_time(task):
        marks.append(Mark(_("too little time"), "bad"))
    computed = task.planned.get("date")
    if computed and computed != task.date.isoformat():
        day = short_date_text(date.fromisoformat(computed))
        if task.kind == TaskKind.DEPARTURE and task.date.isoformat() < computed:
            marks.append(Mark(_("guest leaves only on %(day)s") % {"day": day}, "bad"))
        else:
            marks.append(Mark(_("planned for %(day)s") % {"day": day}, "info"))
    return marks
