"""Doing the work: accept, start, pause, finish, and take it back. Callers check the permission (DO_CLEANING).

``now`` is when it happened (aware): a phone without a network reports later what was done earlier. Each service is one
transaction, leaves a line in the task's story, and may be called again: what is so already stays as it is.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cleaning import story
from cleaning.checklists import missing_items
from cleaning.choices import (
    BEGUN_STATES,
    FINISHED_STATES,
    FROZEN_STATES,
    Problem,
    TaskEventKind,
    TaskKind,
    TaskState,
)
from cleaning.desk_news import guest_is_expected
from cleaning.inspections import inspection_of
from cleaning.models import CleaningTask
from cleaning.overrides import state_of
from cleaning.planners import planners_of
from cleaning.refusals import TaskRefused as TaskRefused
from cleaning.refusals import why_over as why_over
from cleaning.replanning import replan
from reservations.locks import lock_hotel

REMARK_LENGTH = 300
#: Kinds after which a room is ready for the next guest.
_MAKES_READY = (TaskKind.DEPARTURE, TaskKind.ARRIVAL_CHECK)


@transaction.atomic
def accept_task(*, hotel_id: int, task_id: int, user_id: int, now: datetime) -> CleaningTask:
    """The task, accepted by the person who has it for the day it is planned for.

    Raises ``TaskRefused`` when it was given to somebody else meanwhile or is over.
    """
    task = _task(hotel_id, task_id)
    if task.state == TaskState.ACCEPTED or task.state in BEGUN_STATES:
        return task
    if task.state != TaskState.ASSIGNED:
        raise TaskRefused(why_over(task))
    mine = task.assignee_id == user_id or (
        task.team is not None and task.team.members.filter(pk=user_id).exists()
    )
    if not mine:
        raise TaskRefused(_("This task was given to somebody else."))
    task.overrides = {**task.overrides, "accepted": task.date.isoformat()}
    task.state = TaskState.ACCEPTED
    return _store(task, TaskEventKind.ACCEPTED, user_id, now)


@transaction.atomic
def start_task(*, hotel_id: int, task_id: int, user_id: int, now: datetime) -> CleaningTask:
    """The task, in progress: for the first time, after a pause, or once more after it was not possible.

    Raises ``TaskRefused`` when it is over. From here on no change of bookings moves or removes it.
    """
    task = _task(hotel_id, task_id)
    if task.state == TaskState.IN_PROGRESS:
        return task
    if task.state in (*FINISHED_STATES, TaskState.CANCELLED):
        raise TaskRefused(why_over(task))
    what = TaskEventKind.RESUMED if task.state == TaskState.PAUSED else TaskEventKind.STARTED
    task.state, task.open_key, task.problem = TaskState.IN_PROGRESS, None, ""
    task.working_since = now
    if task.started_at is None:
        task.started_at, task.started_by_id = now, user_id
    return _store(task, what, user_id, now)


@transaction.atomic
def pause_task(*, hotel_id: int, task_id: int, user_id: int, now: datetime) -> CleaningTask:
    """The task, begun but resting. Raises ``TaskRefused`` unless somebody works on it."""
    task = _task(hotel_id, task_id)
    if task.state == TaskState.PAUSED:
        return task
    if task.state != TaskState.IN_PROGRESS:
        raise TaskRefused(_("Nobody is working on this task."))
    _stop_the_clock(task, now)
    task.state = TaskState.PAUSED
    return _store(task, TaskEventKind.PAUSED, user_id, now)


@transaction.atomic
def finish_task(
    *, hotel_id: int, task_id: int, user_id: int, now: datetime, incomplete: bool = False
) -> CleaningTask:
    """The task, done, whether it was started before or not. Finishing again keeps the first time and person.

    Raises ``TaskRefused`` when it was cancelled, or while required items of its checklist are open, unless
    ``incomplete`` says that a planner takes it as it is. A task whose rule wants it is followed by an inspection.
    """
    task = _task(hotel_id, task_id)
    if task.state in FINISHED_STATES:
        return task
    if task.state == TaskState.CANCELLED:
        raise TaskRefused(why_over(task))
    if task.kind == TaskKind.INSPECTION:
        raise TaskRefused(_("Say whether the room passes the inspection or goes back."))
    if not incomplete and (missing := missing_items(task)):
        words = {"items": ", ".join(item.text for item in missing)}
        raise TaskRefused(_("Still open: %(items)s") % words)
    _finish(task, user_id, now)
    _store(task, TaskEventKind.FINISHED, user_id, now)
    if task.is_inspected:
        _ask_for_inspection(task, now)
    else:
        _tell_the_desk(task, user_id, now)
    if task.kind == TaskKind.DEEP and task.room_id is not None:
        # The next one is counted from here.
        replan(hotel_id=hotel_id, room_ids=[task.room_id], first=task.date, last=date.max, now=now)
    return task


@transaction.atomic
def not_possible(
    *, hotel_id: int, task_id: int, user_id: int, problem: Problem, remark: str = "", now: datetime
) -> CleaningTask:
    """The task, waiting for a second try, with the reason. Raises ``TaskRefused`` when it is over.

    Whoever plans it is told, once: saying the same again changes nothing.
    """
    task = _task(hotel_id, task_id)
    if task.state in (*FINISHED_STATES, TaskState.CANCELLED):
        raise TaskRefused(why_over(task))
    said = {"problem": Problem(problem), "remark": remark[:REMARK_LENGTH]}
    if task.state == TaskState.NOT_POSSIBLE and said == {"problem": task.problem, "remark": task.remark}:
        return task
    _stop_the_clock(task, now)
    task.state, task.open_key = TaskState.NOT_POSSIBLE, None
    task.problem, task.remark = said["problem"], said["remark"]
    tell = tuple(planners_of([task])[task.pk])
    return _store(task, TaskEventKind.NOT_POSSIBLE, user_id, now, said, tell=tell)


@transaction.atomic
def reopen_task(
    *, hotel_id: int, task_id: int, user_id: int | None = None, now: datetime
) -> CleaningTask | None:
    """The task as if nobody had started it, following its stay again; an inspection of it goes.

    None when its stay asks for nothing of the kind any more, so that the task went. Raises ``TaskRefused`` when
    another task has taken its place meanwhile. A task that is open already is returned as it is.
    """
    lock_hotel(hotel_id)
    task = _task(hotel_id, task_id)
    if task.state not in FROZEN_STATES:
        return task
    if CleaningTask.objects.filter(open_key=task.key).exists():
        raise TaskRefused(_("The booking has changed since; another task stands in its place."))
    CleaningTask.objects.filter(inspects=task).delete()
    was_deep = task.kind == TaskKind.DEEP and task.state in FINISHED_STATES
    task.state, task.open_key = state_of(task.overrides, task.date), task.key
    task.started_at = task.started_by = task.finished_at = task.finished_by = task.working_since = None
    task.worked_seconds, task.problem, task.remark = 0, "", ""
    _store(task, TaskEventKind.REOPENED, user_id, now)
    if was_deep and task.room_id is not None:
        replan(hotel_id=hotel_id, room_ids=[task.room_id], first=task.date, last=date.max, now=now)
    follow_stay(task=task, now=now)
    return CleaningTask.objects.filter(pk=task_id).first()


@transaction.atomic
def pass_inspection(*, hotel_id: int, task_id: int, user_id: int, now: datetime) -> CleaningTask:
    """The inspection, done, and the task it looked at, inspected. Raises ``TaskRefused`` when it is over."""
    inspection = _inspection(hotel_id, task_id)
    if inspection.state in FINISHED_STATES:
        return inspection
    _finish(inspection, user_id, now)
    _store(inspection, TaskEventKind.FINISHED, user_id, now)
    if inspection.inspects_id is not None:
        task = _task(hotel_id, inspection.inspects_id)
        if task.state == TaskState.DONE:
            task.state = TaskState.INSPECTED
            _store(task, TaskEventKind.INSPECTED, user_id, now)
            _tell_the_desk(task, user_id, now)
    return inspection


@transaction.atomic
def send_back(*, hotel_id: int, task_id: int, user_id: int, reason: str, now: datetime) -> CleaningTask:
    """The inspection, done, and the task it looked at, to be taken up again by who did it, with the reason.

    Raises ``TaskRefused`` without a reason, or when the inspection is over.
    """
    inspection = _inspection(hotel_id, task_id)
    if inspection.state in FINISHED_STATES:
        raise TaskRefused(why_over(inspection))
    reason = reason.strip()[:REMARK_LENGTH]
    if not reason:
        raise TaskRefused(_("Say what is to be done better."))
    inspection.remark = reason
    _finish(inspection, user_id, now)
    _store(inspection, TaskEventKind.FINISHED, user_id, now)
    if inspection.inspects_id is not None:
        task = _task(hotel_id, inspection.inspects_id)
        if task.state == TaskState.DONE:
            finished_by = task.finished_by_id
            task.state, task.remark = TaskState.PAUSED, reason
            task.finished_at = task.finished_by = None
            _store(
                task,
                TaskEventKind.SENT_BACK,
                user_id,
                now,
                {"remark": reason},
                tell=(finished_by,) if finished_by else (),
            )
    return inspection


def follow_stay(*, task: CleaningTask, now: datetime) -> None:
    """Plan the task's stay again, whose present dates say which days that concerns."""
    if task.stay_id is not None:
        replan(hotel_id=task.hotel_id, stay_ids=[task.stay_id], first=date.max, last=date.min, now=now)


def _task(hotel_id: int, task_id: int) -> CleaningTask:
    tasks = CleaningTask.objects.select_for_update(of=("self",)).select_related("property", "team")
    return tasks.get(hotel_id=hotel_id, pk=task_id)


def _inspection(hotel_id: int, task_id: int) -> CleaningTask:
    inspection = _task(hotel_id, task_id)
    if inspection.kind != TaskKind.INSPECTION:
        raise TaskRefused(_("This task is no inspection."))
    if inspection.state == TaskState.CANCELLED:
        raise TaskRefused(why_over(inspection))
    return inspection


def _stop_the_clock(task: CleaningTask, now: datetime) -> None:
    if task.working_since is not None:
        task.worked_seconds += max(0, round((now - task.working_since).total_seconds()))
        task.working_since = None


def _finish(task: CleaningTask, user_id: int, now: datetime) -> None:
    _stop_the_clock(task, now)
    task.state, task.open_key, task.problem = TaskState.DONE, None, ""
    task.finished_at, task.finished_by_id = now, user_id


def _store(
    task: CleaningTask,
    what: TaskEventKind,
    user_id: int | None,
    now: datetime,
    data: dict[str, str] | None = None,
    tell: tuple[int, ...] = (),
) -> CleaningTask:
    task.changed_at = now
    task.save()
    line = story.Line(task.pk, what, user_id, data or {}, recipients=tell)
    story.write(hotel_id=task.hotel_id, lines=[line], now=now)
    return task


def _ask_for_inspection(task: CleaningTask, now: datetime) -> None:
    """One open inspection per finished task, to be done before the room is needed."""
    number = CleaningTask.objects.filter(inspects=task).count() + 1
    key = f"inspection:{task.pk}:{number}"
    inspection_of(task, key, now).save()


def _tell_the_desk(task: CleaningTask, user_id: int, now: datetime) -> None:
    """A line that the desk reads, when a guest who comes today waits for this room."""
    if task.kind in _MAKES_READY and guest_is_expected(task, now):
        line = story.Line(task.pk, TaskEventKind.READY, user_id)
        story.write(hotel_id=task.hotel_id, lines=[line], now=now)
