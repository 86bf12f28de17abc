"""The page that proposes who does what on a day, for a hotel and for a cleaning company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from cleaning.giving import Given, Wish, give_tasks
from cleaning.people_wording import not_fitting_text
from cleaning.proposal_forms import lines_of, people_lines, ticked, wishes_from
from cleaning.proposal_source import Scope, Table, scope_of_hotel, table_of
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel
from reservations.permissions import Permission
from reservations.wording import date_text

#: Days farther away than this show today: nothing is planned there.
FARTHEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the page stands: its address, its template, and what that one needs besides."""

    url: str
    template: str
    context: dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_assign(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Proposals for a day of the hotel, with reasons; what is ticked is given out."""
    place = Place(reverse("cleaning_assign", args=[hotel.slug]), "cleaning/proposals.html", {})
    return proposal_page(request, scope_of_hotel(hotel), place)


def proposal_page(request: HttpRequest, scope: Scope, place: Place) -> HttpResponse:
    """Show the proposals of ``scope``, or give what was posted. About twenty queries, whatever the number of tasks.

    Posted minutes beyond somebody's day are shown first, and given only when the person insists.
    """
    now = timezone.now()
    day, today = day_wanted(request, scope, now)
    start_over = request.GET.get("anew") == "1"
    posted: list[Wish] | None = None
    if request.method == "POST":
        try:
            tasks = {task.pk: task for task in scope.tasks.filter(pk__in=ticked(request.POST))}
            posted = wishes_from(request.POST, scope.staff, tasks)
            table = table_of(scope, day, now=now, start_over=start_over)
            too_much = [line for line in people_lines(table, posted) if line.is_too_much and _adds(line)]
            if not too_much or request.POST.get("insist") == "1":
                given = give_tasks(tasks=scope.tasks, wishes=posted, user_id=request.user.pk, now=now)
                say_given(request, given)
                return redirect(f"{place.url}?{urlencode({'day': day.isoformat()})}")
        except ValidationError as problem:
            messages.warning(request, " ".join(problem.messages))
            posted = None
    table = table_of(scope, day, now=now, start_over=start_over)
    context = _context(table, today, posted) | {"url": place.url, "start_over": start_over} | place.context
    return render(request, place.template, context)


def day_wanted(request: HttpRequest, scope: Scope, now: datetime) -> tuple[date, date]:
    """The day that the address asks for, and today in the first of the houses."""
    today = scope.houses[0].today(now) if scope.houses else now.date()
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        day = today
    return (day if abs(day - today) <= FARTHEST else today), today


def say_given(request: HttpRequest, given: Given) -> None:
    """Tell the person how many tasks were given, and how many had changed meanwhile."""
    if given.number:
        done = ngettext("%(count)s task was given.", "%(count)s tasks were given.", given.number)
        messages.success(request, done % {"count": given.number})
    if given.changed:
        left = ngettext(
            "%(count)s task changed in the meantime and was left as it is. Look at it again.",
            "%(count)s tasks changed in the meantime and were left as they are. Look at them again.",
            len(given.changed),
        )
        messages.warning(request, left % {"count": len(given.changed)})
    if not given.number and not given.changed:
        messages.info(request, _("Nothing was to be changed."))


def _adds(line: Any) -> bool:
    return line.minutes_proposed > 0


def _context(table: Table, today: date, posted: Sequence[Wish] | None) -> dict[str, Any]:
    people = people_lines(table, posted)
    too_much = [line for line in people if line.is_too_much and _adds(line)] if posted is not None else []
    left = table.left
    return {
        "title": _("Who does what"),
        "subtitle": date_text(table.day),
        "table": table,
        "day": table.day,
        "today": today,
        "is_today": table.day == today,
        "lines": lines_of(table, posted),
        "several_houses": len(table.scope.houses) > 1,
        "has_people": bool(people),
        "people": people,
        "too_much": too_much,
        "left": not_fitting_text(len(left), sum(task.minutes for task in left)) if left else "",
        "week": table.week,
    }
