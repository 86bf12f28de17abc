"""Messages to people who clean, in words of the active language. No guest is ever named in them."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from babel.dates import format_time
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cleaning.choices import Priority, TaskKind
from cleaning.message_bundles import Entry, Outcome
from cleaning.models import CleaningTask
from cleaning.wording import place_text, until_text
from reservations.wording import active_locale, date_text

SUBJECT_LENGTH = 200


def subject_text(entries: Sequence[Entry]) -> str:
    """Text such as "2 new, 1 changed, 1 cancelled: Hotel Paradise"."""
    counts = [
        _count_text(outcome, number)
        for outcome in Outcome
        if (number := sum(entry.outcome == outcome for entry in entries))
    ]
    houses = sorted({entry.task.property.name for entry in entries})
    where = ", ".join(houses) if len(houses) < 3 else _("%(count)s properties") % {"count": len(houses)}
    # One line, whatever people wrote into the name of a house.
    return " ".join(f"{', '.join(counts)}: {where}".split())[:SUBJECT_LENGTH]


def body_text(entries: Sequence[Entry], rooms: Mapping[int, str]) -> str:
    """The lines of a message by house and by what happened; ``rooms`` names the rooms that tasks were in before."""
    by_house = sorted(entries, key=lambda entry: (entry.task.property.name, entry.task.property_id))
    parts = []
    for _house, own in itertools.groupby(by_house, key=lambda entry: entry.task.property_id):
        lines = list(own)
        parts.append(lines[0].task.property.name)
        for outcome, same in itertools.groupby(lines, key=lambda entry: entry.outcome):
            parts.append("\n".join([_heading(outcome), *(f"• {line_text(entry, rooms)}" for entry in same)]))
    return "\n\n".join(parts)


def line_text(entry: Entry, rooms: Mapping[int, str]) -> str:
    """One task in a line: where, what, when, and what is different about it."""
    task = entry.task
    name = f"{place_text(task)} · {task.get_kind_display()}"
    if entry.outcome == Outcome.NEW:
        return f"{name} · {date_text(task.date)} · {until_text(task)}"
    if entry.outcome == Outcome.CHANGED:
        return f"{name} · {'; '.join(_differences(entry, rooms))}"
    if entry.outcome == Outcome.CANCELLED:
        words = [name, date_text(task.date)]
        if entry.is_given_away:
            words.append(_("somebody else does it now"))
        return " · ".join([*words, *([entry.remark] if entry.remark else [])])
    if entry.outcome == Outcome.SENT_BACK:
        return f"{name} · {entry.remark}"
    who = str(task.assignee or task.team or _("nobody"))
    if entry.outcome == Outcome.NOT_POSSIBLE:
        return f"{name} · {date_text(task.date)} · {until_text(task)} · {entry.remark} · {who}"
    late = _("was to be ready by %(time)s") % {"time": _time(task, task.window_end)}
    return f"{name} · {date_text(task.date)} · {late} · {task.get_state_display()} · {who}"


def rooms_before(entries: Collection[Entry]) -> set[int]:
    """The ids of the rooms that :func:`body_text` needs a name for."""
    return {entry.before["room_id"] for entry in entries if entry.before.get("room_id")}


def _count_text(outcome: Outcome, number: int) -> str:
    words = {
        Outcome.OVERDUE: ngettext("%(count)s late", "%(count)s late", number),
        Outcome.NOT_POSSIBLE: ngettext("%(count)s not possible", "%(count)s not possible", number),
        Outcome.SENT_BACK: ngettext("%(count)s sent back", "%(count)s sent back", number),
        Outcome.NEW: ngettext("%(count)s new", "%(count)s new", number),
        Outcome.CHANGED: ngettext("%(count)s changed", "%(count)s changed", number),
        Outcome.CANCELLED: ngettext("%(count)s cancelled", "%(count)s cancelled", number),
    }
    return words[outcome] % {"count": number}


def _heading(outcome: Outcome) -> str:
    return {
        Outcome.OVERDUE: _("Late"),
        Outcome.NOT_POSSIBLE: _("Not possible"),
        Outcome.SENT_BACK: _("To be done again"),
        Outcome.NEW: _("New for you"),
        Outcome.CHANGED: _("Changed"),
        Outcome.CANCELLED: _("Not yours any more"),
    }[outcome]


def _differences(entry: Entry, rooms: Mapping[int, str]) -> list[str]:
    task, before = entry.task, entry.before
    found = []
    if "room_id" in before:
        words = {"before": rooms.get(before["room_id"], "—"), "after": place_text(task)}
        found.append(_("room %(after)s instead of %(before)s") % words)
    if "kind" in before:
        words = {"before": _kind(before["kind"]), "after": task.get_kind_display()}
        found.append(_("%(after)s instead of %(before)s") % words)
    if before.keys() & {"date", "window_start", "window_end"}:
        words = {"before": _when_before(task, before), "after": _when(task)}
        found.append(_("was %(before)s, now %(after)s") % words)
    elif not found or ("priority" in before and task.priority <= Priority.GUEST_ARRIVES):
        found.append(f"{date_text(task.date)} · {until_text(task)}")
    return found


def _kind(value: str) -> str:
    return str(TaskKind(value).label) if value in TaskKind.values else "—"


def _when(task: CleaningTask) -> str:
    return _span(task, task.date, task.window_start, task.window_end)


def _when_before(task: CleaningTask, before: Mapping[str, Any]) -> str:
    def moment(name: str, present: datetime) -> datetime:
        return datetime.fromisoformat(before[name]) if name in before else present

    day = date.fromisoformat(before["date"]) if "date" in before else task.date
    return _span(task, day, moment("window_start", task.window_start), moment("window_end", task.window_end))


def _span(task: CleaningTask, day: date, start: datetime, end: datetime) -> str:
    words = {"day": date_text(day), "start": _time(task, start), "end": _time(task, end)}
    return _("%(day)s, %(start)s to %(end)s") % words


def _time(task: CleaningTask, moment: datetime) -> str:
    """The time of day on the house's clock."""
    return format_time(moment.astimezone(task.property.zone).time(), "short", locale=active_locale())
