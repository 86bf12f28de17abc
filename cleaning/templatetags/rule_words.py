"""Filters of the pages about rules."""

from __future__ import annotations

from babel.dates import format_time
from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cleaning.plan_terms import DesiredTask
from reservations.wording import active_locale, short_date_text

register = template.Library()


@register.filter
def minutes_more(minutes: int) -> str:
    """A difference: "+120 minutes", "−45 minutes"."""
    if not minutes:
        return _("the same time")
    sign = "+" if minutes > 0 else "−"
    words = ngettext("%(minutes)s minute", "%(minutes)s minutes", abs(minutes)) % {"minutes": abs(minutes)}
    return f"{sign}{words}"


@register.filter
def task_words(task: DesiredTask) -> str:
    """When and how long: "11:00–15:00, 45 minutes"."""
    start, end = (
        format_time(each, "short", locale=active_locale()) for each in (task.shape.start, task.shape.end)
    )
    until = f"{short_date_text(task.last_day)}, {end}" if task.last_day != task.day else end
    minutes = task.shape.minutes
    words = [
        f"{start}–{until}",
        ngettext("%(minutes)s minute", "%(minutes)s minutes", minutes) % {"minutes": minutes},
    ]
    if task.shape.is_inspected:
        words.append(_("inspected"))
    return ", ".join(words)
