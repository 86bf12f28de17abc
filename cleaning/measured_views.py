"""The page that holds the minutes of the rules against the clock."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cleaning.exports import span_wanted
from cleaning.measured import measure, measured_tasks
from cleaning.selectors import local_today
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel, Property
from reservations.permissions import Permission
from reservations.wording import span_text

USUAL_DAYS = 28
SPANS = (7, 28, 90, 365)


@require_safe
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_measured(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Minutes measured against minutes planned, from ``first`` to ``last``; without them the last four weeks."""
    houses = list(Property.objects.of(hotel))
    today = local_today(houses, timezone.now())
    usual = today - timedelta(days=USUAL_DAYS - 1), today
    first, last = usual
    if request.GET.get("first") or request.GET.get("last"):
        try:
            first, last = span_wanted(request.GET, today)
        except ValueError as refusal:
            messages.warning(request, str(refusal))
    house = next((each.pk for each in houses if str(each.pk) == request.GET.get("house")), None)
    context = {
        "title": _("Measured minutes"),
        "subtitle": span_text(first, last),
        "report": measure(measured_tasks(hotel, first, last, house=house)),
        "first": first,
        "last": last,
        "houses": houses,
        "house": house,
        "spans": [(days, today - timedelta(days=days - 1)) for days in SPANS],
        "today": today,
    }
    return render(request, "cleaning/measured.html", context)
