"""Why and until when, in the few words that fit on a phone, in the active language and the house's own hours."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel.dates import format_skeleton, format_time
from django.utils.translation import gettext as _

from cleaning.choices import FINISHED_STATES, Priority, TaskKind
from cleaning.models import CleaningTask
from reservations.wording import active_locale


def clock(task: CleaningTask, moment: datetime) -> str:
    """The time of day at the task's house, such as "15:00"."""
    return format_time(moment.astimezone(task.property.zone).time(), "short", locale=active_locale())


def until_text(task: CleaningTask) -> str:
    """Until when: "at once", "until 15:00", for a finished task "done at 12:40"."""
    if task.state in FINISHED_STATES and task.finished_at:
        return _("done at %(time)s") % {"time": clock(task, task.finished_at)}
    if task.priority == Priority.GUEST_WAITING:
        return _("at once")
    return _("until %(time)s") % {"time": clock(task, task.window_end)}


def reasons(task: CleaningTask) -> list[str]:
    """What is known of the guests, a sentence each: who left when, who comes when."""
    said = []
    if task.vacated_at:
        said.append(_("The guest left at %(time)s") % {"time": clock(task, task.vacated_at)})
    elif task.kind == TaskKind.DEPARTURE and task.state not in FINISHED_STATES:
        said.append(_("The guest leaves by %(time)s") % {"time": clock(task, task.window_start)})
    if task.priority == Priority.GUEST_WAITING:
        said.append(_("A guest is waiting for this room"))
    elif task.turnover or task.kind == TaskKind.ARRIVAL_CHECK:
        said.append(_("A guest arrives at %(time)s") % {"time": clock(task, task.window_end)})
    elif task.kind == TaskKind.DEPARTURE:
        said.append(_("Nobody arrives today"))
    elif task.kind in (TaskKind.STAY_OVER, TaskKind.LINEN):
        said.append(_("The guest stays: knock first"))
    if task.doubtful:
        said.append(_("The booking may be cancelled: ask before you start"))
    return said


def day_name(day: date, today: date) -> str:
    """ "Tomorrow", or such as "Wednesday 4 June"."""
    if day == today + timedelta(days=1):
        return _("Tomorrow")
    text: str = format_skeleton("MMMMEEEEd", day, locale=active_locale())
    return text[:1].upper() + text[1:]
