"""Giving several tasks to people at once, as they were shown. Callers check the permission.

What changed between the showing and the giving is left as it is and counted, so that nobody overwrites what they did
not see.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from cleaning.choices import TO_DO
from cleaning.decisions import assign_tasks
from cleaning.models import CleaningTask
from reservations.locks import lock_hotel

#: So many tasks are given in one transaction.
BATCH = 40


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is to have a task (a person, a team, or nobody), and how the task looked: see :func:`seen`."""

    task_id: int
    user_id: int | None
    team_id: int | None
    seen: str


class Given(NamedTuple):
    """How many tasks another person or team has now, and which were left because they had changed."""

    number: int
    changed: tuple[int, ...]


def seen(task: CleaningTask) -> str:
    """A short text that is another one as soon as anything about the work is, or who has it."""
    parts = (
        task.changed_at,
        task.date,
        task.window_start,
        task.window_end,
        task.room_id,
        task.kind,
        task.priority,
        task.minutes,
        task.state,
        task.assignee_id,
        task.team_id,
    )
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def give_tasks(
    *, tasks: QuerySet[CleaningTask], wishes: Iterable[Wish], user_id: int | None, now: datetime
) -> Given:
    """Give the tasks of ``wishes`` that are among ``tasks`` (what the giver may give) and still look as they did.

    They are given in batches, so that no transaction lasts long. Raises ``ValidationError`` when somebody may not be
    given one of them; then nothing of its batch and of those after it is given. People are told as by every decision.
    Giving again what is so already writes nothing.
    """
    wanted = sorted(wishes, key=lambda wish: wish.task_id)
    number, found = 0, set()
    for start in range(0, len(wanted), BATCH):
        batch = {wish.task_id: wish for wish in wanted[start : start + BATCH]}
        given, same = _give(tasks, batch, user_id, now)
        number += given
        found |= same
    return Given(number, tuple(sorted({wish.task_id for wish in wanted} - found)))


@transaction.atomic
def _give(
    tasks: QuerySet[CleaningTask], wishes: Mapping[int, Wish], user_id: int | None, now: datetime
) -> tuple[int, set[int]]:
    """How many of ``wishes`` another person has now, and which of the tasks looked as they did."""
    hotels = tasks.filter(pk__in=wishes).order_by().values_list("hotel_id", flat=True)
    for hotel_id in sorted(set(hotels)):
        lock_hotel(hotel_id)
    fresh: dict[int, dict[int, tuple[int | None, int | None]]] = {}
    same = set()
    for task in tasks.filter(pk__in=wishes, state__in=TO_DO).order_by("pk"):
        wish = wishes[task.pk]
        if wish.seen == seen(task):
            same.add(task.pk)
            if (task.assignee_id, task.team_id) != (wish.user_id, wish.team_id):
                fresh.setdefault(task.hotel_id, {})[task.pk] = (wish.user_id, wish.team_id)
    number = sum(
        assign_tasks(hotel_id=hotel_id, given=given, user_id=user_id, now=now)
        for hotel_id, given in sorted(fresh.items())
    )
    return number, same
