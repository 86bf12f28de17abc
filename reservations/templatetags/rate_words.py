"""The words of rates in templates."""

from __future__ import annotations

from django import template

from reservations import rate_wording
from reservations.models import RateEdit

register = template.Library()


@register.filter
def edit_words(edit: RateEdit, currency: str) -> str:
    """Text such as "Standard · Suite · 1–31 Dec 2026 · price +10%"."""
    return rate_wording.edit_text(edit, currency)
