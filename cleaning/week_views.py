"""The page of a week: where the work does not fit, before it hurts."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cleaning.selectors import local_today
from cleaning.week import DAYS, week_of
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel, Property
from reservations.permissions import Permission
from reservations.wording import span_text

#: Weeks farther away than this show the present one.
FARTHEST = timedelta(days=800)


@require_safe
@hotel_page(Permission.SEE_CLEANING)
def cleaning_week(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Seven days from ``day`` on (from today without it) in minutes."""
    now = timezone.now()
    today = local_today(list(Property.objects.of(hotel)), now)
    first = _day(request.GET.get("day", ""), today)
    week = week_of(hotel, first, now=now)
    last = first + timedelta(days=DAYS - 1)
    context = {
        "title": _("Cleaning by week"),
        "subtitle": span_text(first, last),
        "week": week,
        "first": first,
        "last": last,
        "today": today,
        "before": first - timedelta(days=DAYS),
        "after": first + timedelta(days=DAYS),
        "further": [today + timedelta(days=DAYS * number) for number in range(5)],
    }
    return render(request, "cleaning/week.html", context)


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if abs(day - today) <= FARTHEST else today
