"""The words of a cleaning task in templates."""

from __future__ import annotations

from django import template

from cleaning import wording

register = template.Library()
register.filter("until", wording.until_text)
register.filter("marks", wording.marks_of)
register.filter("task_tone", wording.state_tone)
register.filter("place", wording.place_text)
