"""Doing the work: start, finish, and take it back. Callers check the permission (DO_CLEANING)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cleaning.choices import FROZEN_STATES, TaskState
from cleaning.models import CleaningTask
from cleaning.replanning import replan
from reservations.locks import lock_hotel


class TaskRefused(Exception):
    """A task cannot do what was asked; the text says why, for the person who asked."""


def start_task(*, hotel_id: int, task_id: int, user_id: int, now: datetime) -> CleaningTask:
    """The task, in progress. Starting it again changes nothing; raises ``TaskRefused`` when it is over.

    From here on no change of bookings moves or removes it.
    """
    CleaningTask.objects.filter(hotel_id=hotel_id, pk=task_id, state=TaskState.PLANNED).update(
        state=TaskState.IN_PROGRESS, open_key=None, started_at=now, started_by_id=user_id, changed_at=now
    )
    task = CleaningTask.objects.get(hotel_id=hotel_id, pk=task_id)
    if task.state != TaskState.IN_PROGRESS:
        raise TaskRefused(_why_over(task))
    return task


def finish_task(*, hotel_id: int, task_id: int, user_id: int, now: datetime) -> CleaningTask:
    """The task, done, whether it was started before or not. Finishing again keeps the first time and person."""
    CleaningTask.objects.filter(
        hotel_id=hotel_id, pk=task_id, state__in=(TaskState.PLANNED, TaskState.IN_PROGRESS)
    ).update(state=TaskState.DONE, open_key=None, finished_at=now, finished_by_id=user_id, changed_at=now)
    task = CleaningTask.objects.get(hotel_id=hotel_id, pk=task_id)
    if task.state != TaskState.DONE:
        raise TaskRefused(_why_over(task))
    return task


def reopen_task(*, hotel_id: int, task_id: int, now: datetime) -> CleaningTask | None:
    """The task as if nobody had started it, following its stay again.

    None when its stay asks for nothing of the kind any more, so that the task went. Raises ``TaskRefused`` when
    another task has taken its place meanwhile. A task that is open already is returned as it is.
    """
    with transaction.atomic():
        lock_hotel(hotel_id)
        task = CleaningTask.objects.select_for_update(of=("self",)).get(hotel_id=hotel_id, pk=task_id)
        if task.state not in FROZEN_STATES:
            return task
        if CleaningTask.objects.filter(open_key=task.key).exists():
            raise TaskRefused(_("The booking has changed since; another task stands in its place."))
        CleaningTask.objects.filter(pk=task_id).update(
            state=TaskState.PLANNED,
            open_key=F("key"),
            started_at=None,
            started_by=None,
            finished_at=None,
            finished_by=None,
            changed_at=now,
        )
        follow_stay(task=task, now=now)
        return CleaningTask.objects.filter(pk=task_id).first()


def follow_stay(*, task: CleaningTask, now: datetime) -> None:
    """Plan the task's stay again, whose present dates say which days that concerns."""
    if task.stay_id is not None:
        replan(hotel_id=task.hotel_id, stay_ids=[task.stay_id], first=date.max, last=date.min, now=now)


def _why_over(task: CleaningTask) -> str:
    if task.state == TaskState.DONE:
        return _("This task is done already.")
    return _("This task was cancelled.")
