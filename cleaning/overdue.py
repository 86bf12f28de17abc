"""Work that is late: the planners hear of it when its window ends, the managers half an hour after them.

Planners are those of the hotel, and those of the cleaning company whose people have the task.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from cleaning import story
from cleaning.choices import UNFINISHED, CompanyRole, TaskEventKind, TaskKind, TaskState
from cleaning.models import CleaningTask, CompanyContract, TaskEvent
from reservations.choices import Role
from reservations.models import Membership

#: So long after the planners the managers are told.
PATIENCE = timedelta(minutes=30)
#: What was late longer ago is history; it stays on the board and wakes nobody.
TOO_OLD = timedelta(days=1)
#: A guest who is in and does not want it is no delay.
_OF_GUESTS_IN_HOUSE = (TaskKind.STAY_OVER, TaskKind.LINEN)
MOST_AT_ONCE = 1000


def tell_overdue(now: datetime) -> int:
    """Write down who has to hear of unfinished tasks whose window is over at ``now`` (aware); how many tasks.

    Each step is told once per task; a task whose window moves begins anew. A constant number of statements, and one
    per hotel concerned. The people are told by :mod:`cleaning.messages`.
    """
    return _second_step(now) + _first_step(now)


@transaction.atomic
def _first_step(now: datetime) -> int:
    tasks = list(_late(now).filter(overdue_step=0, window_end__lte=now)[:MOST_AT_ONCE])
    planners = _people(tasks, (Role.HOUSEKEEPING_MANAGER,), (Role.MANAGER,), (Role.OWNER,))
    return _tell(tasks, planners, _company_planners(tasks), 1, now)


@transaction.atomic
def _second_step(now: datetime) -> int:
    lately = TaskEvent.objects.filter(
        task_id=OuterRef("pk"), what=TaskEventKind.OVERDUE, at__gt=now - PATIENCE
    )
    late = _late(now).filter(overdue_step=1, window_end__lte=now - PATIENCE)
    tasks = list(late.exclude(Exists(lately))[:MOST_AT_ONCE])
    return _tell(tasks, _people(tasks, (Role.MANAGER, Role.OWNER)), {}, 2, now)


def _late(now: datetime) -> QuerySet[CleaningTask]:
    return (
        CleaningTask.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state__in=UNFINISHED, window_end__gt=now - TOO_OLD)
        .exclude(state=TaskState.NOT_POSSIBLE, kind__in=_OF_GUESTS_IN_HOUSE)
        .annotate(team_company=F("team__company_id"))
        .only("pk", "hotel_id", "assignee_id")
        .order_by("window_end", "pk")
    )


def _people(tasks: Collection[CleaningTask], *choices: tuple[Role, ...]) -> dict[int, list[int]]:
    """By hotel the people who have the first of the choices of roles that anybody has there. One query."""
    rows = Membership.objects.filter(
        hotel_id__in={task.hotel_id for task in tasks},
        role__in=[role for roles in choices for role in roles],
        user__is_active=True,
    )
    found: dict[int, dict[int, list[int]]] = {}
    for hotel_id, user_id, role in rows.values_list("hotel_id", "user_id", "role"):
        place = next(number for number, roles in enumerate(choices) if role in roles)
        found.setdefault(hotel_id, {}).setdefault(place, []).append(user_id)
    return {hotel_id: by_place[min(by_place)] for hotel_id, by_place in found.items()}


def _company_planners(tasks: Collection[CleaningTask]) -> dict[int, set[int]]:
    """By task the planners of the company that has it, while the hotel shares with that company. One query."""
    contracts = CompanyContract.objects.filter(hotel_id__in={task.hotel_id for task in tasks})
    rows = contracts.filter(company__members__user__is_active=True).values_list(
        "hotel_id", "company_id", "company__members__user_id", "company__members__role"
    )
    members: dict[tuple[int, int], dict[int, str]] = {}
    for hotel_id, company_id, user_id, role in rows:
        members.setdefault((hotel_id, company_id), {})[user_id] = role
    found: dict[int, set[int]] = {}
    for task in tasks:
        for (hotel_id, company_id), people in members.items():
            is_theirs = task.assignee_id in people or getattr(task, "team_company", None) == company_id
            if hotel_id == task.hotel_id and is_theirs:
                planners = {user_id for user_id, role in people.items() if role == CompanyRole.PLANNER}
                found.setdefault(task.pk, set()).update(planners)
    return found


def _tell(
    tasks: Collection[CleaningTask],
    people: dict[int, list[int]],
    of_task: dict[int, set[int]],
    step: int,
    now: datetime,
) -> int:
    if not tasks:
        return 0
    CleaningTask.objects.filter(pk__in=[task.pk for task in tasks]).update(overdue_step=step)
    by_hotel: dict[int, list[story.Line]] = {}
    for task in tasks:
        told = {*people.get(task.hotel_id, ()), *of_task.get(task.pk, ())}
        line = story.Line(task.pk, TaskEventKind.OVERDUE, data={"step": step}, recipients=told)
        by_hotel.setdefault(task.hotel_id, []).append(line)
    for hotel_id, lines in by_hotel.items():
        story.write(hotel_id=hotel_id, lines=lines, now=now)
    return len(tasks)
