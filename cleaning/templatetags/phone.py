"""What of a task is shown in which state; the page's script reads the same from ``data-in``."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def only_in(state: str, states: str) -> SafeString:
    """``<p {% only_in task.state "done inspected" %}>``: attributes of what is there in these states only."""
    hidden = "" if state in states.split() else " hidden"
    return format_html('data-in="{}"{}', states, hidden)
