"""The pages of cleaning: the list of a day, and one task."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cleaning import selectors
from cleaning.decisions import override_task
from cleaning.forms import DayFilter, DecisionForm
from cleaning.models import CleaningTask
from cleaning.wording import place_text
from cleaning.work import TaskRefused, finish_task, reopen_task, start_task
from reservations.hotel_pages import hotel_page
from reservations.live import live_response, live_token
from reservations.models import Hotel, Property
from reservations.permissions import Permission
from reservations.wording import date_text

PAGE_SIZE = 200
#: Days farther away than this show today: nothing is planned or kept there.
FARTHEST_DAYS = 10_000


@require_safe
@hotel_page(Permission.SEE_CLEANING)
def cleaning_day(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """The tasks of one day by property and area; it keeps itself fresh."""
    properties = list(Property.objects.of(hotel))
    people = list(selectors.people_who_clean(hotel))
    form = DayFilter(request.GET, properties=properties, people=people, user=request.user)
    chosen = [house for house in properties if house.pk == form.wanted.get("house")]
    today = selectors.local_today(chosen or properties, timezone.now())
    day = form.day_wanted or today
    if abs((day - today).days) > FARTHEST_DAYS:
        day = today
    summary = selectors.summary_of_day(hotel, day)
    left_over = selectors.left_over(hotel, today) if day == today else []

    def context() -> dict[str, Any]:
        tasks = selectors.tasks_of_day(hotel, day, form.wanted)
        page = Paginator(tasks, PAGE_SIZE).get_page(request.GET.get("page"))
        return {
            "title": _("Cleaning"),
            "subtitle": date_text(day),
            "form": form,
            "day": day,
            "today": today,
            "yesterday": day - timedelta(days=1),
            "tomorrow": day + timedelta(days=1),
            "days": _days_around(day, today),
            "summary": summary,
            "left_over": left_over,
            "page": page,
            "groups": _by_place(page.object_list, several_houses=len(properties) > 1),
        }

    token = live_token(day, today, summary.token, left_over)
    return live_response(request, "cleaning/day_list.html", context, token, page="cleaning/day.html")


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.SEE_CLEANING)
def cleaning_task(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """One task with what the rules say and what people decided; those who plan may decide here."""
    tasks = CleaningTask.objects.of(hotel).select_related(
        "property", "room", "room_type", "assignee", "started_by", "finished_by", "stay"
    )
    task = get_object_or_404(tasks, pk=pk)
    may_plan = Permission.PLAN_CLEANING in request.hotel_permissions  # type: ignore[attr-defined]
    if request.method == "POST" and not may_plan:
        raise PermissionDenied
    people = list(selectors.people_who_clean(hotel))
    form = DecisionForm(request.POST if request.method == "POST" else None, task=task, people=people)
    back = _back(request, hotel, f"?day={task.date.isoformat()}")
    if request.method == "POST" and form.is_valid():
        changes, drop = form.decided
        try:
            override_task(hotel_id=hotel.pk, task_id=pk, changes=changes, drop=drop, now=timezone.now())
        except TaskRefused as refusal:
            form.add_error(None, str(refusal))
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            return redirect(f"{back}#task-{pk}")
    context = {
        "title": f"{place_text(task)} · {task.get_kind_display()}",
        "task": task,
        "form": form,
        "back": back,
        "may_plan": may_plan,
    }
    return render(request, "cleaning/task.html", context)


@require_POST
@hotel_page(Permission.DO_CLEANING)
def cleaning_start(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Start a task and go back to the list."""
    return _work(
        request,
        hotel,
        pk,
        lambda: start_task(hotel_id=hotel.pk, task_id=pk, user_id=request.user.pk, now=timezone.now()),
    )


@require_POST
@hotel_page(Permission.DO_CLEANING)
def cleaning_finish(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Finish a task and go back to the list."""
    return _work(
        request,
        hotel,
        pk,
        lambda: finish_task(hotel_id=hotel.pk, task_id=pk, user_id=request.user.pk, now=timezone.now()),
    )


@require_POST
@hotel_page(Permission.DO_CLEANING)
def cleaning_reopen(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Take a start or an end back and go back to the list."""
    return _work(request, hotel, pk, lambda: reopen_task(hotel_id=hotel.pk, task_id=pk, now=timezone.now()))


def _work(request: HttpRequest, hotel: Hotel, pk: int, act: Callable[[], object]) -> HttpResponse:
    get_object_or_404(CleaningTask.objects.of(hotel), pk=pk)
    try:
        act()
    except TaskRefused as refusal:
        messages.warning(request, str(refusal))
    return redirect(f"{_back(request, hotel, '')}#task-{pk}")


def _back(request: HttpRequest, hotel: Hotel, query: str) -> str:
    """The list the person came from, filters included; only ever an address of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    cleaning = reverse("cleaning_day", args=[hotel.slug])
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(cleaning)
    return wanted if own else cleaning + query


def _by_place(tasks: Any, *, several_houses: bool) -> list[dict[str, Any]]:
    """Tasks in groups of one property and area, in the order they come in."""

    def place(task: CleaningTask) -> tuple[str, str]:
        return (task.property.name if several_houses else "", task.room.area if task.room else "")

    groups = []
    for (house, area), members in itertools.groupby(tasks, key=place):
        lines = list(members)
        groups.append(
            {
                "house": house,
                "area": area,
                "no_room": lines[0].room is None,
                "tasks": lines,
                "minutes": sum(line.minutes for line in lines if line.state in selectors.TO_DO),
            }
        )
    return groups


def _days_around(day: Any, today: Any) -> list[dict[str, Any]]:
    """Today and the six days after it, and the chosen day when it is another: one press each."""
    days = [today + timedelta(days=offset) for offset in range(7)]
    names = {today: _("Today"), today + timedelta(days=1): _("Tomorrow")}
    if day not in days:
        days = sorted([*days, day])
    return [{"day": each, "name": names.get(each, ""), "current": each == day} for each in days]
