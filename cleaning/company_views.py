"""The pages of a cleaning company's planner: all hotels that share, the company's own people, nothing else.

A company's cleaners reach nothing here; they have their own day. Of a hotel these pages show the work and its place,
never a guest.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Max, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cleaning.capacity import days_in_houses, loads_from
from cleaning.choices import TO_DO, UNFINISHED, TaskState
from cleaning.giving import give_tasks, seen
from cleaning.models import CleaningCompany, CleaningTask, CleaningTeam
from cleaning.people import company_of_planner, people_of_company
from cleaning.people_selectors import rows_of_company
from cleaning.person_page import Door, address_or_nothing, person_forms, team_page
from cleaning.proposal_facts import room_order
from cleaning.proposal_forms import Choice, choice_value, ticked, wishes_from
from cleaning.proposal_source import WEEK, Scope, scope_of_company
from cleaning.proposal_views import Place, day_wanted, proposal_page, say_given
from reservations.live import live_response, live_token
from reservations.wording import date_text

TABS = "cleaning/company_tabs.html"
View = Callable[..., HttpResponseBase]


def company_page(view: Callable[..., HttpResponse]) -> View:
    """Decorate ``view(request, company, ...)`` so that it is reached by the company's short name.

    For anybody but a planner of the company there is no such page (404).
    """

    @functools.wraps(view)
    def door(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        company = company_of_planner(request.user, slug)
        if company is None:
            raise Http404
        return view(request, company, *args, **kwargs)

    return door


@require_http_methods(["GET", "HEAD", "POST"])
@company_page
def company_home(request: HttpRequest, company: CleaningCompany) -> HttpResponse:
    """A day in all hotels that share, by hotel and house; who does what is chosen here. The page keeps itself fresh.

    About fifteen queries, about six while nothing is new.
    """
    now = timezone.now()
    scope = scope_of_company(request.user, company)
    day, today = day_wanted(request, scope, now)
    url = reverse("company_home", args=[company.slug])
    if request.method == "POST":
        _give_posted(request, scope)
        return redirect(f"{url}?day={day.isoformat()}")
    token = live_token(day, today, _state_of(scope, day, today))

    def context() -> dict[str, Any]:
        return _day_context(company, scope, day, today, now) | {"url": url}

    return live_response(request, "cleaning/company_day.html", context, token, page="cleaning/company.html")


def _state_of(scope: Scope, day: date, today: date) -> list[Any]:
    """Another list whenever any task of the day or of the week of loads is another one. One query."""
    days = Q(date=day) | Q(date__gte=today, date__lt=today + timedelta(days=WEEK)) | Q(state__in=UNFINISHED)
    rows = scope.tasks.filter(days).order_by("property_id", "state").values_list("property_id", "state")
    return list(
        rows.annotate(
            number=Count("pk"),
            minutes=Sum("minutes"),
            latest=Max("changed_at"),
            people=Sum("assignee_id"),
            teams=Sum("team_id"),
        )
    )


def _day_context(
    company: CleaningCompany, scope: Scope, day: date, today: date, now: datetime
) -> dict[str, Any]:
    tasks = sorted(
        scope.tasks.filter(date=day)
        .exclude(state=TaskState.CANCELLED)
        .select_related("hotel", "property", "room", "room_type", "assignee", "team"),
        key=_by_place,
    )
    days = [today + timedelta(days=offset) for offset in range(WEEK)]
    people = scope.staff.people
    person_days = days_in_houses(scope.houses, people, sorted({*days, day}), now=now)
    week = loads_from(
        scope.tasks, scope.houses, days, [row for row in person_days.values() if row.day in days], now=now
    )
    return {
        "title": company.name,
        "subtitle": date_text(day),
        "company": company,
        "day": day,
        "today": today,
        "yesterday": day - timedelta(days=1),
        "tomorrow": day + timedelta(days=1),
        "groups": _groups(tasks),
        "choices": [Choice(choice_value(person.pk, None), str(person)) for person in people],
        "teams": [Choice(choice_value(None, team.pk), team.name) for team in scope.staff.teams],
        "people": [(person, person_days[person.pk, day]) for person in people],
        "week": week,
        "has_hotels": bool(scope.houses),
        "left": sum(task.assignee_id is None and task.team_id is None for task in tasks),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@company_page
def company_assign(request: HttpRequest, company: CleaningCompany) -> HttpResponse:
    """Proposals for a day over all hotels that share."""
    url = reverse("company_assign", args=[company.slug])
    place = Place(url, "cleaning/proposals.html", {"company": company})
    return proposal_page(request, scope_of_company(request.user, company), place)


@require_safe
@company_page
def company_people(request: HttpRequest, company: CleaningCompany) -> HttpResponse:
    """The company's people and teams."""
    scope = scope_of_company(request.user, company)
    rows = rows_of_company(company.pk, scope.houses, timezone.now(), scope.staff.people)
    for row in rows:
        row.links_url = address_or_nothing("company_cleaner_links", company.slug, row.person.pk)
    context = {
        "title": _("People"),
        "company": company,
        "rows": rows,
        "teams": CleaningTeam.objects.filter(company=company).prefetch_related("members"),
    }
    return render(request, "cleaning/company_people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@company_page
def company_person(request: HttpRequest, company: CleaningCompany, user_id: int) -> HttpResponse:
    """One of the company's people: hours and days off."""
    person = get_object_or_404(people_of_company(company.pk), pk=user_id)
    scope = scope_of_company(request.user, company)
    row = rows_of_company(company.pk, scope.houses, timezone.now(), [person])[0]
    back = reverse("company_person", args=[company.slug, user_id])
    answer = person_forms(request, row, may_set=True, back=back)
    if isinstance(answer, HttpResponse):
        return answer
    context = answer | {
        "title": str(person),
        "subtitle": row.role,
        "back": reverse("company_people", args=[company.slug]),
        "row": row,
        "may_set": True,
        "company": company,
        "links_url": address_or_nothing("company_cleaner_links", company.slug, user_id),
        "tabs": TABS,
    }
    return render(request, "cleaning/people_person.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@company_page
def company_team_new(request: HttpRequest, company: CleaningCompany) -> HttpResponse:
    """A new team of the company."""
    return team_page(request, _door(company), None)


@require_http_methods(["GET", "HEAD", "POST"])
@company_page
def company_team(request: HttpRequest, company: CleaningCompany, pk: int) -> HttpResponse:
    """A team of the company: its name and people, or its end."""
    team = get_object_or_404(CleaningTeam.objects.filter(company=company), pk=pk)
    return team_page(request, _door(company), team)


def _door(company: CleaningCompany) -> Door:
    return Door(
        company=company,
        people=list(people_of_company(company.pk)),
        back=reverse("company_people", args=[company.slug]),
        tabs=TABS,
    )


def _give_posted(request: HttpRequest, scope: Scope) -> None:
    """Give every task for which another choice was made than it was shown with."""
    posted = request.POST.copy()
    shown = [text.rpartition(":") for text in posted.getlist("take")]
    touched = [take for take, _colon, was in shown if posted.get(f"who-{take.partition(':')[0]}", was) != was]
    posted.setlist("take", touched)
    try:
        tasks = {task.pk: task for task in scope.tasks.filter(pk__in=ticked(posted))}
        wishes = wishes_from(posted, scope.staff, tasks)
        given = give_tasks(tasks=scope.tasks, wishes=wishes, user_id=request.user.pk, now=timezone.now())
    except ValidationError as problem:
        messages.warning(request, " ".join(problem.messages))
    else:
        say_given(request, given)


def _by_place(task: CleaningTask) -> tuple[object, ...]:
    room = task.room
    place = (room is None, room_order(room.area), room_order(room.name)) if room else (True, (), ())
    return task.hotel.name, task.hotel_id, task.property.name, task.property_id, place, task.priority, task.pk


def _groups(tasks: Sequence[CleaningTask]) -> list[dict[str, Any]]:
    """Tasks by hotel and house, in the order they come in."""
    groups = []
    for _pk, members in itertools.groupby(tasks, key=lambda task: task.property_id):
        lines = list(members)
        groups.append(
            {
                "hotel": lines[0].hotel,
                "house": lines[0].property,
                "lines": [
                    {
                        "task": task,
                        "seen": seen(task),
                        "chosen": choice_value(task.assignee_id, task.team_id),
                        "may_give": task.state in TO_DO,
                    }
                    for task in lines
                ],
                "minutes": sum(task.minutes for task in lines if task.state in UNFINISHED),
            }
        )
    return groups
