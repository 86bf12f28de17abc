"""Every value of a task that a person may decide, beside what the rules say of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cleaning.choices import Priority
from cleaning.decisions import computed_values
from cleaning.models import CleaningTask
from cleaning.overrides import Computed
from cleaning.wording import minutes_text, who_text
from reservations.wording import date_text, short_date_text


@dataclass(frozen=True, slots=True)
class Value:
    """One line: what the rules say and, where a person decided otherwise, what they said. ``field`` drops that."""

    field: str
    label: str
    rules: str
    decided: str


def values_of(task: CleaningTask) -> list[Value]:
    """The lines of the task in the order of its form. No query when property, assignee and team are at hand."""
    rules = computed_values(task)
    decided = task.overrides
    zone = task.property.zone
    begins, ends = (timezone.localtime(moment, zone) for moment in (task.window_start, task.window_end))
    shown = Computed(
        task.date, begins.time(), ends.time(), task.priority, task.minutes, max(ends.date(), task.date)
    )
    lines = [
        Value(
            "date",
            _("Day"),
            date_text(rules.date),
            date_text(shown.date) if "date" in decided else "",
        ),
        Value(
            "start",
            pgettext("time", "From"),
            f"{rules.start:%H:%M}",
            f"{shown.start:%H:%M}" if "start" in decided else "",
        ),
        Value(
            "end",
            pgettext("time", "Until"),
            end_text(rules),
            end_text(shown) if "end" in decided else "",
        ),
        Value(
            "minutes",
            _("Minutes"),
            minutes_text(rules.minutes),
            minutes_text(shown.minutes) if "minutes" in decided else "",
        ),
        Value(
            "priority",
            _("Priority"),
            str(Priority(rules.priority).label),
            str(Priority(shown.priority).label) if "priority" in decided else "",
        ),
        Value(
            "team" if decided.get("team") else "assignee",
            _("Assigned to"),
            _("nobody"),
            who_text(task) if decided.get("assignee") or decided.get("team") else "",
        ),
        Value("note", _("Note"), "—", decided.get("note", "")),
    ]
    if decided.get("skip"):
        said = decided.get("reason") or _("no reason given")
        lines.append(Value("skip", _("Skipped"), pgettext("skipped", "no"), said))
    return lines


def end_text(values: Computed) -> str:
    """The end of a window, with its day when it is another one than that of the task."""
    end = f"{values.end:%H:%M}"
    if values.last_day is None or values.last_day <= values.date:
        return end
    return _("%(day)s, %(time)s") % {"day": short_date_text(values.last_day), "time": end}
