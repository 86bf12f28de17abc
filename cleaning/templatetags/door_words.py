"""What the page of the doors says of one room."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def of(problems: Mapping[int, str], room_id: int) -> str:
    """What is wrong with that room's code; empty when nothing is."""
    return problems.get(room_id, "")
