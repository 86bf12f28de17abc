"""Cleaning tasks as a file for spreadsheets. No guest, no door code: what is on the list and nothing else."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cleaning.models import CleaningTask
from cleaning.wording import place_text, remark_text

#: A spreadsheet takes a cell that begins with one of these for a formula and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
MOST_DAYS = 400
_ROWS_AT_ONCE = 500


def neutral_cell(value: object) -> str:
    """``value`` as text that no spreadsheet takes for a formula: a quote stands before what could be one."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def span_wanted(query: Mapping[str, str], day: date) -> tuple[date, date]:
    """The first and the last day that an address asks for; ``day`` where it names none.

    Raises ``ValueError`` with a sentence for days in the wrong order, no days, or more than a year of them.
    """
    try:
        first = date.fromisoformat(query["first"]) if query.get("first") else day
        last = date.fromisoformat(query["last"]) if query.get("last") else first
    except ValueError:
        raise ValueError(_("These are no days.")) from None
    if last < first:
        raise ValueError(_("The last day comes before the first."))
    if (last - first).days >= MOST_DAYS:
        raise ValueError(_("At most %(most)s days at once.") % {"most": MOST_DAYS})
    return first, last


class _Line:
    """What the csv writer writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line


def csv_lines(tasks: Any) -> Iterator[str]:
    """The file line by line, in UTF-8 with a mark that spreadsheets look for; times are those of each house.

    ``tasks`` is a queryset of :func:`cleaning.selectors.tasks_between`, read in pieces.
    """
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(_headings())
    for task in tasks.iterator(chunk_size=_ROWS_AT_ONCE):
        yield writer.writerow([neutral_cell(value) for value in _values(task)])


def _headings() -> list[str]:
    return [
        _("Day"),
        _("Property"),
        _("Floor or area"),
        _("Room"),
        _("Room type"),
        _("Work"),
        _("State"),
        _("Priority"),
        pgettext("time", "From"),
        pgettext("time", "Until"),
        _("Minutes planned"),
        _("Minutes measured"),
        _("Assigned to"),
        _("Team"),
        _("Started"),
        _("Finished"),
        _("Finished by"),
        _("Remark"),
        _("Note"),
    ]


def _values(task: CleaningTask) -> Iterable[object]:
    return (
        task.date.isoformat(),
        task.property.name,
        task.room.area if task.room else "",
        place_text(task),
        task.room_type.name if task.room_type else "",
        task.get_kind_display(),
        task.get_state_display(),
        task.get_priority_display(),
        _moment(task, task.window_start),
        _moment(task, task.window_end),
        task.minutes,
        round(task.worked_seconds / 60) if task.worked_seconds else "",
        task.assignee or "",
        task.team or "",
        _moment(task, task.started_at),
        _moment(task, task.finished_at),
        task.finished_by or "",
        remark_text(task),
        task.overrides.get("note", ""),
    )


def _moment(task: CleaningTask, moment: datetime | None) -> str:
    return f"{timezone.localtime(moment, task.property.zone):%Y-%m-%d %H:%M}" if moment else ""
