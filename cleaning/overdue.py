"""Work that is late: the planners hear of it when its window ends, the managers half an hour after them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from cleaning import story
from cleaning.choices import UNFINISHED, TaskEventKind, TaskKind, TaskState
from cleaning.models import CleaningTask, TaskEvent
from cleaning.planners import managers_of, planners_of

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
    return _tell(tasks, planners_of(tasks), 1, now)


@transaction.atomic
def _second_step(now: datetime) -> int:
    lately = TaskEvent.objects.filter(
        task_id=OuterRef("pk"), what=TaskEventKind.OVERDUE, at__gt=now - PATIENCE
    )
    late = _late(now).filter(overdue_step=1, window_end__lte=now - PATIENCE)
    tasks = list(late.exclude(Exists(lately))[:MOST_AT_ONCE])
    return _tell(tasks, managers_of(tasks), 2, now)


def _late(now: datetime) -> QuerySet[CleaningTask]:
    return (
        CleaningTask.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state__in=UNFINISHED, window_end__gt=now - TOO_OLD)
        .exclude(state=TaskState.NOT_POSSIBLE, kind__in=_OF_GUESTS_IN_HOUSE)
        .annotate(team_company=F("team__company_id"))
        .only("pk", "hotel_id", "assignee_id")
        .order_by("window_end", "pk")
    )


def _tell(tasks: Collection[CleaningTask], people: dict[int, set[int]], step: int, now: datetime) -> int:
    if not tasks:
        return 0
    CleaningTask.objects.filter(pk__in=[task.pk for task in tasks]).update(overdue_step=step)
    by_hotel: dict[int, list[story.Line]] = {}
    for task in tasks:
        told = people[task.pk]
        line = story.Line(task.pk, TaskEventKind.OVERDUE, data={"step": step}, recipients=told)
        by_hotel.setdefault(task.hotel_id, []).append(line)
    for hotel_id, lines in by_hotel.items():
        story.write(hotel_id=hotel_id, lines=lines, now=now)
    return len(tasks)
