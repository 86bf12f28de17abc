"""People's hours, minutes and the reasons of proposals in words, in the active language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, time, timedelta

from babel.dates import format_time
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cleaning.capacity import Span
from cleaning.proposal_facts import Reason, ReasonKind
from cleaning.wording import minutes_text
from reservations.wording import active_locale, date_text, span_text, weekday_text

#: Any Monday: only its weekday is shown.
_MONDAY = date(2001, 1, 1)

_REASONS: dict[ReasonKind, Callable[[int], str]] = {
    ReasonKind.KEPT: lambda _value: _("has it already"),
    ReasonKind.TEAM: lambda _value: _("a team has it"),
    ReasonKind.KNOWN_ROOM: lambda _value: _("had this room yesterday"),
    ReasonKind.KNOWN_FLOOR: lambda _value: _("was on this floor yesterday"),
    ReasonKind.OWN_AREA: lambda _value: _("usually cleans here"),
    ReasonKind.SAME_FLOOR: lambda count: (
        ngettext("%(count)s task on this floor", "%(count)s tasks on this floor", count) % {"count": count}
    ),
    ReasonKind.MOST_TIME: lambda _value: _("has time"),
    ReasonKind.OUTSIDE: lambda _value: _("usually cleans elsewhere, but nobody from here has time"),
    ReasonKind.SHORT_WINDOW: lambda minutes: (
        ngettext("only %(count)s minute for it", "only %(count)s minutes for it", minutes)
        % {"count": minutes}
    ),
    ReasonKind.NOBODY_HERE: lambda _value: _("Nobody cleans in this house."),
    ReasonKind.NOBODY_AT_WORK: lambda _value: _("Nobody works on this day."),
    ReasonKind.DAY_IS_OVER: lambda _value: _("The working day is over."),
    ReasonKind.NOBODY_AT_THAT_TIME: lambda _value: _("Nobody works at that time."),
    ReasonKind.FULL: lambda minutes: (
        ngettext(
            "Does not fit: nobody has more than %(count)s minute left.",
            "Does not fit: nobody has more than %(count)s minutes left.",
            minutes,
        )
        % {"count": minutes}
        if minutes
        else _("Does not fit: everybody's day is full.")
    ),
    ReasonKind.NOT_IN_TIME: lambda _value: _("Does not fit: nobody would be done with it in time."),
}


def reason_text(reason: Reason) -> str:
    """A reason of a proposal in a few words."""
    return _REASONS[reason.kind](reason.value)


def reasons_text(reasons: Sequence[Reason]) -> str:
    """Text such as "had this room yesterday · usually cleans here"."""
    return " · ".join(reason_text(reason) for reason in reasons)


def hours_text(hours: Span | None) -> str:
    """Text such as "09:00–15:00"; a dash for a day without work."""
    return f"{clock_text(hours[0])}–{clock_text(hours[1])}" if hours else "—"


def clock_text(clock: time) -> str:
    """Text such as "09:00"."""
    return format_time(clock, "short", locale=active_locale())


def weekday_name(weekday: int) -> str:
    """Text such as "Mon" for 0."""
    return weekday_text(_MONDAY + timedelta(days=weekday))


def week_text(hours: Mapping[int, Span]) -> str:
    """Text such as "Mon–Fri 09:00–15:00 · Sat 10:00–14:00"; "hours of the house" when none are set."""
    if not hours:
        return _("hours of the house")
    parts: list[tuple[int, int, Span]] = []
    for weekday in sorted(hours):
        if parts and parts[-1][1] == weekday - 1 and parts[-1][2] == hours[weekday]:
            parts[-1] = (parts[-1][0], weekday, hours[weekday])
        else:
            parts.append((weekday, weekday, hours[weekday]))
    return " · ".join(f"{_weekdays(first, last)} {hours_text(span)}" for first, last, span in parts)


def days_off_text(first: date, last: date) -> str:
    """The days from ``first`` to the one before ``last``, as people count them: "12–15 Mar 2027"."""
    end = last - timedelta(days=1)
    return date_text(first) if end <= first else span_text(first, end)


def not_fitting_text(tasks: int, minutes: int) -> str:
    """Text such as "12 tasks, 5 h 40 min, do not fit."."""
    words = {"tasks": tasks, "minutes": minutes_text(minutes)}
    return (
        ngettext(
            "%(tasks)s task, %(minutes)s, does not fit.",
            "%(tasks)s tasks, %(minutes)s, do not fit.",
            tasks,
        )
        % words
    )


def _weekdays(first: int, last: int) -> str:
    return weekday_name(first) if first == last else f"{weekday_name(first)}–{weekday_name(last)}"
