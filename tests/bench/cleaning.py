"""Planning a large house from scratch, following one changed stay, and showing a full day."""

from __future__ import annotations

import time
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cleaning.choices import TaskKind
from cleaning.horizon import replan_property
from cleaning.models import CleaningRule, CleaningTask, CleaningTeam
from cleaning.replanning import replan
from cleaning.rule_book import Rule
from cleaning.rule_preview import preview
from cleaning.selectors import tasks_of_day
from config.accounts.models import User
from reservations.choices import Role
from reservations.models import Hotel, Membership, Property, RoomType, Stay
from tests.bench import report
from tests.bench.availability import full_house

ROOMS, STAYS, DAYS = 500, 7_000, 60
#: Tasks on the board; its statements must be the same at each size.
BOARDS = (50, 500)
DAY = timedelta(days=1)


def run() -> None:
    first = date.today() - timedelta(days=3)
    place = full_house(first=first, rooms=ROOMS, stays=STAYS)
    report.heading(
        f"Cleaning on {database.vendor}: {ROOMS} rooms, {STAYS:,} stays, {DAYS} days, rules as they come"
    )
    _from_scratch(place)
    _one_change(place, "as they come")
    _rules_worth_planning(place.hotel)
    report.heading("The same house with linen, inspections, deep cleaning, and everything given to somebody")
    _from_scratch(place)
    _given(place.hotel)
    _one_change(place, "with deep cleaning and assigned tasks")
    _look_ahead(place)
    _board(place)


def _from_scratch(place: Property) -> None:
    seconds = []
    for _ in range(report.ROUNDS):
        CleaningTask.objects.all()._raw_delete(database.alias)
        started = time.perf_counter()
        replan_property(property_id=place.pk, now=timezone.now())
        seconds.append(time.perf_counter() - started)
    number = CleaningTask.objects.count()
    report.line(
        f"{DAYS} days planned from scratch ({number:,} tasks)", seconds, "s", wanted="wanted: below 5"
    )
    started = time.perf_counter()
    replan_property(property_id=place.pk, now=timezone.now())
    report.line("planned once more, nothing to write", [time.perf_counter() - started], "s")


def _rules_worth_planning(hotel: Hotel) -> None:
    today = date.today()
    dearest = RoomType.objects.filter(hotel=hotel).order_by("-pk")[0]
    for kind, values in (
        (TaskKind.LINEN, {"minutes": 30, "every_days": 4}),
        (TaskKind.DEPARTURE, {"minutes": 45, "slip_days": 2}),
        (TaskKind.DEPARTURE, {"minutes": 60, "is_inspected": True, "room_type": dearest}),
        (TaskKind.DEEP, {"minutes": 120, "every_departures": 5, "counts_from": today - timedelta(days=90)}),
    ):
        CleaningRule.objects.create(hotel=hotel, kind=kind, **values)


def _given(hotel: Hotel) -> None:
    """Every task belongs to a person or a team."""
    User.objects.filter(email__endswith="@bench.example.org").delete()
    people = [User.objects.create_user(f"c{n}@bench.example.org", None, name=f"C {n}") for n in range(4)]
    for person in people:
        Membership.objects.create(user=person, hotel=hotel, role=Role.CLEANER)
    team = CleaningTeam.objects.create(hotel=hotel, name="Floor")
    team.members.set(people[:2])
    tasks = list(CleaningTask.objects.all())
    for number, task in enumerate(tasks):
        chosen = {"team": team.pk} if number % 5 == 0 else {"assignee": people[number % 4].pk}
        task.overrides, task.state = chosen, "assigned"
        task.team_id, task.assignee_id = chosen.get("team"), chosen.get("assignee")
    CleaningTask.objects.bulk_update(tasks, ["overrides", "state", "team", "assignee"], batch_size=500)


def _one_change(place: Property, name: str) -> None:
    """One stay a day longer, the next one a day shorter, one cancelled, one in another room: as intake tells it."""
    seconds, statements = [], []
    stays = Stay.objects.filter(hotel=place.hotel, arrival__gt=date.today() + DAY).order_by("pk")
    for number, stay in enumerate(stays[: report.ROUNDS * 8]):
        spans = {(stay.room_id, stay.arrival, stay.departure)}
        if number % 4 == 0:
            stay.departure += DAY
        elif number % 4 == 1 and (stay.departure - stay.arrival).days > 1:
            stay.departure -= DAY
        elif number % 4 == 2:
            stay.status = "cancelled"
        else:
            other = Stay.objects.filter(room_type_id=stay.room_type_id).exclude(room_id=stay.room_id)
            stay.room_id = other.order_by("pk").values_list("room_id", flat=True)[number]
        stay.save()
        spans.add((stay.room_id, stay.arrival, stay.departure))
        told: dict[str, Any] = {
            "hotel_id": place.hotel_id,
            "stay_ids": [stay.pk],
            "first": min(span[1] for span in spans),
            "last": max(span[2] for span in spans),
            "spans": spans,
            "now": timezone.now(),
        }
        with CaptureQueriesContext(database) as queries:
            started = time.perf_counter()
            replan(**told)
            seconds.append((time.perf_counter() - started) * 1000)
        own = [query for query in queries if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVE", "RELE"))]
        statements.append(float(len(own)))
    report.line(f"one changed stay followed, {name}", seconds, "ms")
    report.line("  its statements", statements, "statements", wanted="wanted: fewer than 10")


def _look_ahead(place: Property) -> None:
    seconds = []
    for _ in range(report.ROUNDS):
        started = time.perf_counter()
        preview(place.hotel, saved=Rule(TaskKind.STAY_OVER, 25, every_days=1), now=timezone.now())
        seconds.append(time.perf_counter() - started)
    report.line(f"what a changed rule does to {DAYS} days", seconds, "s")


def _board(place: Property) -> None:
    hotel = place.hotel
    user = User.objects.create_user("planner@bench.example.org", None, name="Planner", language="en")
    Membership.objects.create(user=user, hotel=hotel, role=Role.MANAGER)
    client = Client()
    client.force_login(user)
    day = date.today() + timedelta(days=5)
    counts: dict[str, list[int]] = {}
    for size in BOARDS:
        _fill_day(hotel, day, size)
        report.heading(f"A day of {size} tasks on {database.vendor}")
        address = reverse("cleaning_day", args=[hotel.slug]) + f"?day={day.isoformat()}"
        ways = {
            "tasks_of_day()": lambda: list(tasks_of_day(hotel, day)),
            "the day by room": partial(client.get, address),
            "the day by person": partial(client.get, f"{address}&by=person"),
        }
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for look in ways.values():
            look()
        for _ in range(report.ROUNDS):
            for name, look in ways.items():
                with CaptureQueriesContext(database) as queries:
                    started = time.perf_counter()
                    look()
                    seconds[name].append((time.perf_counter() - started) * 1000)
                counts.setdefault(name, []).append(len(queries))
        for name, found in seconds.items():
            report.line(f"{name}  ({counts[name][-1]} statements)", found, "ms")
    for name, found in counts.items():
        same = "the same at every size" if len(set(found)) == 1 else f"DIFFERENT: {sorted(set(found))}"
        print(f"{name:<40} {max(found)} statements, {same}")


def _fill_day(hotel: Hotel, day: date, size: int) -> None:
    """Exactly ``size`` tasks on ``day``."""
    CleaningTask.objects.filter(hotel=hotel, date=day).update(date=day + timedelta(days=400))
    moved = list(CleaningTask.objects.filter(hotel=hotel, date__gt=day).order_by("pk")[:size])
    if len(moved) < size:
        raise AssertionError("there are not enough tasks")
    for task in moved:
        task.date = day
        task.window_start = task.window_start.replace(year=day.year, month=day.month, day=day.day)
        task.window_end = task.window_start + timedelta(hours=4)
    CleaningTask.objects.bulk_update(moved, ["date", "window_start", "window_end"], batch_size=250)
