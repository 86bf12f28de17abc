"""Why and until when, in the few words that fit on a phone, in the active language and the house's own hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from babel.dates import format_skeleton, format_time
from django.utils.translation import gettext as _

from cleaning.choices import FINISHED_STATES, Priority, TaskKind
from cleaning.decisions import computed_values
from cleaning.models import CleaningTask
from cleaning.wording import deadline_text
from reservations.wording import active_locale


def clock(task: CleaningTask, moment: datetime) -> str:
    """The time of day at the task's house, such as "15:00"."""
    return _hour(moment.astimezone(task.property.zone).time())


def until_text(task: CleaningTask) -> str:
    """Until when: "at once", "until 15:00", "until 5 Jun, 15:00" on a later day, for a finished one "done at 12:40"."""
    if task.state in FINISHED_STATES and task.finished_at:
        return _("done at %(time)s") % {"time": clock(task, task.finished_at)}
    if task.priority == Priority.GUEST_WAITING:
        return _("at once")
    return _("until %(time)s") % {"time": deadline_text(task)}


def reasons(task: CleaningTask, today: date) -> list[str]:
    """What is known of the guests, a sentence each: who left when, who comes when. ``today`` is the house's day.

    Their hours are those of their stays, whatever hours people decided for the work.
    """
    said = []
    leaves = _leaves_at(task, today)
    if task.vacated_at:
        said.append(_("The guest left at %(time)s") % {"time": clock(task, task.vacated_at)})
    elif leaves is not None and task.state not in FINISHED_STATES:
        said.append(_("The guest leaves by %(time)s") % {"time": _hour(leaves)})
    if task.priority == Priority.GUEST_WAITING:
        said.append(_("A guest is waiting for this room"))
    elif task.turnover or task.kind == TaskKind.ARRIVAL_CHECK:
        said.append(_("A guest arrives at %(time)s") % {"time": _hour(_arrives_at(task))})
    elif task.kind == TaskKind.DEPARTURE and (today <= task.date or today < _last_day(task)):
        # A room that may wait must be ready on its last day, often because somebody comes.
        said.append(_("Nobody arrives today"))
    elif task.kind in (TaskKind.STAY_OVER, TaskKind.LINEN):
        said.append(_("The guest stays: knock first"))
    if task.doubtful:
        said.append(_("The booking may be cancelled: ask before you start"))
    return said


def _leaves_at(task: CleaningTask, today: date) -> time | None:
    """The hour at which the guest of a departure goes; None for one who is gone for days or is not known."""
    stay = task.stay
    if task.kind != TaskKind.DEPARTURE or stay is None or stay.departure < today:
        return None
    return stay.leaves_at or task.property.check_out_until


def _arrives_at(task: CleaningTask) -> time:
    """The hour at which the next guest comes: that of a check's own stay, else what the rules made the deadline."""
    if task.kind == TaskKind.ARRIVAL_CHECK and task.stay is not None:
        return task.stay.arrives_at or task.property.check_in_from
    return computed_values(task).end


def _last_day(task: CleaningTask) -> date:
    return task.window_end.astimezone(task.property.zone).date()


def _hour(clock: time) -> str:
    return format_time(clock, "short", locale=active_locale())


def day_name(day: date, today: date) -> str:
    """ "Tomorrow", or such as "Wednesday 4 June"."""
    if day == today + timedelta(days=1):
        return _("Tomorrow")
    text: str = format_skeleton("MMMMEEEEd", day, locale=active_locale())
    return text[:1].upper() + text[1:]
