"""The words of people's hours in templates."""

from __future__ import annotations

from django import template

from cleaning import people_wording

register = template.Library()
register.filter("hours", people_wording.hours_text)
register.filter("week_hours", people_wording.week_text)


@register.filter
def off_days(day_off) -> str:
    """The days of a row of days off as people count them."""
    return people_wording.days_off_text(day_off.first, day_off.last)
