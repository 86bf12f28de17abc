"""The pages of a day: its tasks by room or by person, on paper, as a file, and a task that somebody wishes for."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cleaning import exports, selectors
from cleaning.board import by_person
from cleaning.capacity import DayLoad, PersonDay, houses_of, loads_from, person_days
from cleaning.choices import TO_DO
from cleaning.extra_tasks import wish_task
from cleaning.forms import DayFilter, ExtraTaskForm, who_select
from cleaning.models import CleaningTask
from cleaning.people import people_who_clean, teams_that_clean
from cleaning.who import choices
from cleaning.wording import place_text
from cleaning.work import TaskRefused
from reservations.hotel_pages import hotel_page
from reservations.live import live_response, live_token
from reservations.models import Hotel, Property, Room
from reservations.permissions import Permission
from reservations.wording import date_text, time_text

PAGE_SIZE = 200
#: Days farther away than this show today: nothing is planned or kept there.
FARTHEST_DAYS = 10_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What the address asks for."""

    hotel: Hotel
    properties: list[Property]
    people: list[Any]
    teams: list[Any]
    form: DayFilter
    day: date
    today: date
    now: datetime
    #: The page's own address, to come back to; without what only its live part asks with.
    address: str

    @property
    def waiting_at(self) -> datetime | None:
        """On today's list also stands what earlier days left and may still wait."""
        return self.now if self.day == self.today else None

    def loads(self) -> tuple[Mapping[tuple[int, date], PersonDay], DayLoad]:
        """What each person can do and was given on the day, and all of them together. Seven queries."""
        loads = person_days(self.hotel, self.people, [self.day], now=self.now)
        tasks = CleaningTask.objects.of(self.hotel)
        return loads, loads_from(tasks, self.properties, [self.day], loads.values(), now=self.now)[0]

    def tasks(self) -> QuerySet[CleaningTask]:
        return selectors.tasks_of_day(self.hotel, self.day, self.form.wanted, waiting_at=self.waiting_at)


@require_safe
@hotel_page(Permission.SEE_CLEANING)
def cleaning_day(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """The tasks of one day by place or by person; the page keeps itself fresh."""
    shown = _shown(request, hotel)
    summary = selectors.summary_of_day(hotel, shown.day, waiting_at=shown.waiting_at)
    is_today = shown.day == shown.today
    left_over = selectors.left_over(hotel, shown.today, shown.now) if is_today else []

    def context() -> dict[str, Any]:
        loads, load = shown.loads()
        values = _head(shown) | {"summary": summary, "left_over": left_over, "load": load}
        if shown.form.by_person:
            return values | {
                "board": by_person(shown.tasks(), shown.people, shown.teams, loads, shown.day),
                "who_select": who_select(choices(shown.people, shown.teams)),
            }
        page = Paginator(shown.tasks(), PAGE_SIZE).get_page(request.GET.get("page"))
        return values | {
            "page": page,
            "groups": by_place(page.object_list, several_houses=len(shown.properties) > 1),
        }

    token = live_token(shown.day, shown.today, summary.token, left_over)
    fragment = "cleaning/day_board.html" if shown.form.by_person else "cleaning/day_list.html"
    return live_response(request, fragment, context, token, page="cleaning/day.html")


@require_safe
@hotel_page(Permission.SEE_CLEANING)
def cleaning_print(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """The same tasks for paper: by place, or one sheet for each person and team."""
    shown = _shown(request, hotel)
    tasks = list(shown.tasks())
    context = _head(shown) | {"title": _("Cleaning list"), "printed_at": _printed_at(tasks, shown)}
    if shown.form.by_person:
        loads, _load = shown.loads()
        board = by_person(tasks, shown.people, shown.teams, loads, shown.day)
        context["sheets"] = [column for column in board.columns if column.tasks]
    else:
        context["groups"] = by_place(tasks, several_houses=len(shown.properties) > 1)
    return render(request, "cleaning/day_print.html", context)


@require_safe
@hotel_page(Permission.SEE_CLEANING)
def cleaning_export(request: HttpRequest, hotel: Hotel) -> HttpResponseBase:
    """The tasks from ``first`` to ``last`` (without them: of ``day``) as a CSV file, narrowed as the page is."""
    shown = _shown(request, hotel)
    try:
        first, last = exports.span_wanted(request.GET, shown.day)
    except ValueError as refusal:
        messages.warning(request, str(refusal))
        return redirect(reverse("cleaning_day", args=[hotel.slug]))
    # A file of several days counts each task once; only today's alone is the list that the page shows.
    waiting_at = shown.now if first == last == shown.today else None
    tasks = selectors.tasks_between(hotel, first, last, shown.form.wanted, waiting_at=waiting_at)
    answer = StreamingHttpResponse(exports.csv_lines(tasks), content_type="text/csv; charset=utf-8")
    name = f"{hotel.slug}-cleaning-{first}" + (f"-{last}" if last != first else "")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_add(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """A task beside those that the rules ask for."""
    shown = _shown(request, hotel)
    back = f"{reverse('cleaning_day', args=[hotel.slug])}?day={shown.day.isoformat()}"
    if not shown.properties:
        messages.warning(request, _("Add a property and its rooms first."))
        return redirect(back)
    form = ExtraTaskForm(
        request.POST if request.method == "POST" else None,
        properties=shown.properties,
        rooms=Room.objects.of(hotel).filter(is_active=True),
        people=shown.people,
        teams=shown.teams,
        initial={"date": max(shown.day, shown.today)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            task = wish_task(hotel=hotel, user_id=request.user.pk, now=shown.now, **form.wish)
        except TaskRefused as refusal:
            form.add_error(None, str(refusal))
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            words = {"place": place_text(task), "day": date_text(task.date)}
            messages.success(request, _("Added: %(place)s on %(day)s.") % words)
            day_url = reverse("cleaning_day", args=[hotel.slug])
            return redirect(f"{day_url}?day={task.date.isoformat()}")
    return render(request, "cleaning/task_add.html", {"title": _("Add a task"), "form": form, "back": back})


def _shown(request: HttpRequest, hotel: Hotel) -> Shown:
    """Four queries."""
    properties = houses_of(hotel)
    people, teams = list(people_who_clean(hotel)), list(teams_that_clean(hotel))
    areas = selectors.areas_of(hotel)
    form = DayFilter(
        request.GET, properties=properties, people=people, teams=teams, areas=areas, user=request.user
    )
    chosen = [house for house in properties if house.pk == form.wanted.get("house")]
    now = timezone.now()
    today = selectors.local_today(chosen or properties, now)
    day = form.day_wanted or today
    if abs((day - today).days) > FARTHEST_DAYS:
        day = today
    return Shown(hotel, properties, people, teams, form, day, today, now, _address(request))


def _address(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("state", None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _head(shown: Shown) -> dict[str, Any]:
    """What every page of a day needs."""
    return {
        "title": _("Cleaning"),
        "subtitle": date_text(shown.day),
        "list_address": shown.address,
        "form": shown.form,
        "day": shown.day,
        "today": shown.today,
        "monday": shown.day - timedelta(days=shown.day.weekday()),
        "yesterday": shown.day - timedelta(days=1),
        "tomorrow": shown.day + timedelta(days=1),
        "days": _days_around(shown.day, shown.today),
    }


def _printed_at(tasks: Iterable[CleaningTask], shown: Shown) -> str:
    """Day and hour by the clock that most of ``tasks`` go by; without any, by that of the first house."""
    clocks = Counter(task.property.timezone for task in tasks)
    clocks.update(house.timezone for house in shown.properties[:1] if not clocks)
    zone = ZoneInfo(clocks.most_common(1)[0][0]) if clocks else None
    local = timezone.localtime(shown.now, zone)
    return _("%(day)s, %(time)s") % {"day": date_text(local.date()), "time": time_text(local.time())}


def by_place(tasks: Any, *, several_houses: bool) -> list[dict[str, Any]]:
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
                "minutes": sum(line.minutes for line in lines if line.state in TO_DO),
            }
        )
    return groups


def _days_around(day: date, today: date) -> list[dict[str, Any]]:
    """Today and the six days after it, and the chosen day when it is another: one press each."""
    days = [today + timedelta(days=offset) for offset in range(7)]
    names = {today: _("Today"), today + timedelta(days=1): _("Tomorrow")}
    if day not in days:
        days = sorted([*days, day])
    return [{"day": each, "name": names.get(each, ""), "current": each == day} for each in days]
