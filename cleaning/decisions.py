"""What people decide about a task against the rules, and tasks that people wish for. Callers check the permission
(PLAN_CLEANING).

A decision stays whatever the bookings do; what the rules say is kept beside it and shown with it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cleaning import story
from cleaning.choices import (
    BEGUN_STATES,
    FINISHED_STATES,
    FROZEN_STATES,
    Priority,
    TaskEventKind,
    TaskKind,
    TaskOrigin,
    TaskState,
)
from cleaning.models import CleaningTask
from cleaning.overrides import FIELDS, Computed, lay_over
from cleaning.people import may_be_given_work, team_may_be_given_work
from cleaning.work import TaskRefused
from reservations.locks import lock_hotel
from reservations.models import Hotel, Property, Room

NOTE_LENGTH = 500
MOST_MINUTES = 600
#: A task that is being worked on may still get these.
_WHILE_WORKING = frozenset({"assignee", "team", "priority", "minutes", "note"})
#: Whoever gets the task is asked anew.
_GIVEN = frozenset({"assignee", "team"})


def override_task(
    *,
    hotel_id: int,
    task_id: int,
    changes: Mapping[str, Any],
    drop: Collection[str] = (),
    user_id: int | None = None,
    now: datetime,
) -> CleaningTask:
    """The task with ``changes`` decided by a person: ``date`` (date), ``start`` and ``end`` (times of the house),
    ``priority``, ``minutes``, ``assignee`` (user id), ``team`` (team id), ``skip`` (true), ``reason`` and ``note``
    (texts). For the fields in ``drop`` the rules decide again.

    Whoever has the task, had it or gets it is told, but not ``user_id``, who decides.
    Raises ``ValidationError`` by field for values out of range and ``TaskRefused`` when the task is over.
    Deciding the same again writes nothing. A task that only its decisions kept alive goes with the last of them, unless
    somebody still has to hear of it; it comes back unsaved (``pk`` None).
    """
    return _decide(hotel_id, task_id, _checked(hotel_id, changes, task_id), set(drop), user_id, now)


def drop_override(
    *, hotel_id: int, task_id: int, fields: Collection[str], user_id: int | None = None, now: datetime
) -> CleaningTask:
    """The task with what the rules say of ``fields`` again; see :func:`override_task`."""
    return override_task(
        hotel_id=hotel_id, task_id=task_id, changes={}, drop=fields, user_id=user_id, now=now
    )


@transaction.atomic
def assign_tasks(
    *, hotel_id: int, given: Mapping[int, tuple[int | None, int | None]], user_id: int | None, now: datetime
) -> int:
    """Give several tasks at once: by task id the user id and the team id (one of the two, or neither for nobody).

    Returns how many tasks another person has now. Tasks that are over, or gone, stay as they are. The number of
    statements grows with the people and houses, not with the tasks. Raises ``ValidationError`` for who does not clean
    there.
    """
    lock_hotel(hotel_id)
    tasks = _locked(hotel_id, given)
    for (assignee, team), house in {(given[task.pk], task.property_id) for task in tasks}:
        if problems := _problems_of_given(hotel_id, assignee, team, house):
            raise ValidationError(problems)
    changed, decided = 0, []
    for task in tasks:
        assignee, team = given[task.pk]
        values = {name: value for name, value in (("assignee", assignee), ("team", team)) if value}
        before = (task.assignee_id, task.team_id)
        try:
            decided.append(_decided(task, values, _GIVEN - values.keys(), user_id, now))
        except TaskRefused:
            continue
        changed += before != (assignee, team)
    _store(hotel_id, decided, now)
    return changed


@transaction.atomic
def add_task(
    *,
    hotel: Hotel,
    property_id: int,
    room_id: int | None,
    day: date,
    minutes: int,
    note: str,
    start: time | None = None,
    end: time | None = None,
    kind: TaskKind = TaskKind.EXTRA,
    priority: Priority = Priority.DEPARTURE,
    user_id: int | None,
    now: datetime,
) -> CleaningTask:
    """A task that a person wants beside what the rules ask for; nothing but a person changes it.

    Raises ``ValidationError`` by field, and ``DoesNotExist`` for a house or a room of another hotel.
    """
    house = Property.objects.of(hotel).get(pk=property_id)
    room = Room.objects.of(hotel).get(pk=room_id, property=house) if room_id else None
    values = _checked(hotel.pk, {"minutes": minutes, "note": note})
    if day < house.today(now):
        raise ValidationError({"date": _("This day is over.")})
    if start and end and end <= start:
        raise ValidationError({"end": _("Cleaning must end later than it starts.")})
    hours = getattr(house, "cleaning_hours", None)
    computed = Computed(
        day,
        start or (hours.starts_at if hours else time(9)),
        end or (hours.ends_at if hours else time(18)),
        priority,
        minutes,
    )
    overrides = {"note": values["note"]} if values["note"] else {}
    shown = lay_over(computed, overrides, house.zone)
    key = f"extra:{uuid.uuid4().hex}"
    task = CleaningTask.objects.create(
        hotel=hotel,
        property=house,
        room=room,
        room_type_id=room.room_type_id if room else None,
        kind=kind,
        origin=TaskOrigin.PERSON,
        key=key,
        open_key=key,
        date=shown.date,
        window_start=shown.window_start,
        window_end=shown.window_end,
        priority=shown.priority,
        minutes=shown.minutes,
        state=shown.state,
        overrides=overrides,
        planned=shown.planned,
        changed_at=now,
    )
    story.write(hotel_id=hotel.pk, lines=[story.Line(task.pk, TaskEventKind.DECIDED, user_id)], now=now)
    return task


def computed_values(task: CleaningTask) -> Computed:
    """What the rules say of a task, under whatever people decided."""
    zone = task.property.zone
    said = task.planned
    begins, ends = (timezone.localtime(moment, zone) for moment in (task.window_start, task.window_end))
    return Computed(
        date=date.fromisoformat(said["date"]) if "date" in said else task.date,
        start=time.fromisoformat(said["start"]) if "start" in said else begins.time(),
        end=time.fromisoformat(said["end"]) if "end" in said else ends.time(),
        priority=said.get("priority", task.priority),
        minutes=said.get("minutes", task.minutes),
        last_day=date.fromisoformat(said["last_day"]) if "last_day" in said else ends.date(),
    )


@transaction.atomic
def _decide(
    hotel_id: int,
    task_id: int,
    values: Mapping[str, Any],
    dropped: set[str],
    user_id: int | None,
    now: datetime,
) -> CleaningTask:
    lock_hotel(hotel_id)
    tasks = _locked(hotel_id, [task_id])
    if not tasks:
        raise CleaningTask.DoesNotExist
    decided = _decided(tasks[0], values, dropped, user_id, now)
    _store(hotel_id, [decided], now)
    return decided.task


def _locked(hotel_id: int, task_ids: Collection[int]) -> list[CleaningTask]:
    """The tasks, by id, to be changed by nobody else until the end of the transaction. One query."""
    tasks = CleaningTask.objects.select_related("property").select_for_update(of=("self",))
    found = tasks.filter(hotel_id=hotel_id, pk__in=task_ids).annotate(is_untold=story.is_untold())
    return list(found.order_by("pk"))


@dataclass(slots=True)
class _Decided:
    """A task as somebody decided it, not stored yet: what to tell of it, and whether anything still keeps it."""

    task: CleaningTask
    lines: list[story.Line] = field(default_factory=list)
    is_kept: bool = True


def _decided(
    task: CleaningTask,
    values: Mapping[str, Any],
    dropped: Collection[str],
    user_id: int | None,
    now: datetime,
) -> _Decided:
    """``task``, which is changed by this. No line when it is what it was. Raises as :func:`override_task`."""
    dropped = set(dropped)
    if "assignee" in values:
        dropped = {*dropped, "team"} - {"assignee"}
    elif "team" in values:
        dropped = {*dropped, "assignee"} - {"team"}
    if "skip" in dropped:
        dropped = {*dropped, "reason"}
    overrides = {name: value for name, value in {**task.overrides, **values}.items() if name not in dropped}
    if any(overrides.get(name) != task.overrides.get(name) for name in _GIVEN):
        overrides.pop("accepted", None)
    if overrides == task.overrides:
        return _Decided(task)
    if "date" in values and values["date"] < task.property.today(now).isoformat():
        raise ValidationError({"date": _("This day is over.")})
    _refuse_when_over(task, {*values, *(name for name in dropped if name in task.overrides)})
    before = _copy(task)
    is_kept = bool(overrides or task.fingerprint) or task.origin != TaskOrigin.RULES
    if not is_kept and not task.is_untold:  # type: ignore[attr-defined]
        return _Decided(task, is_kept=False)
    shown = lay_over(computed_values(task), overrides, task.property.zone)
    if shown.window_end <= shown.window_start:
        raise ValidationError({"end": _("Cleaning must end later than it starts.")})
    task.overrides, task.planned = overrides, shown.planned
    task.priority, task.minutes = shown.priority, shown.minutes
    task.assignee_id, task.team_id = overrides.get("assignee"), overrides.get("team")
    if task.state not in FROZEN_STATES:
        task.date, task.window_start, task.window_end = shown.date, shown.window_start, shown.window_end
        # Without a fingerprint no stay wants it: only the decision keeps it in sight.
        is_wanted = bool(task.fingerprint) or task.origin != TaskOrigin.RULES
        task.state = shown.state if is_wanted else TaskState.CANCELLED
    if task.window_end != before.window_end:
        # Who was told that it is late hears of it again only when the hour is another one.
        task.overdue_step = 0
    task.changed_at = now
    return _Decided(task, _lines(before, task, user_id))


#: What a decision may change of a task's row.
_WRITTEN = (
    *("overrides", "planned", "priority", "minutes", "assignee", "team"),
    *("date", "window_start", "window_end", "state", "overdue_step", "changed_at"),
)


def _store(hotel_id: int, decided: Collection[_Decided], now: datetime) -> None:
    """Write what became different, in a number of statements that does not grow with the tasks."""
    going = [one.task for one in decided if not one.is_kept]
    if going:
        CleaningTask.objects.filter(pk__in=[task.pk for task in going]).delete()
        for task in going:
            task.pk = None
    changed = [one.task for one in decided if one.lines]
    CleaningTask.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["id"], update_fields=_WRITTEN
    )
    story.write(hotel_id=hotel_id, lines=[line for one in decided for line in one.lines], now=now)


def _copy(task: CleaningTask) -> CleaningTask:
    return CleaningTask(
        **{field.attname: getattr(task, field.attname) for field in task._meta.concrete_fields}
    )


def _lines(before: CleaningTask, task: CleaningTask, user_id: int | None) -> list[story.Line]:
    """What to tell, and whom: who had the task, who has it now."""

    def line(what: TaskEventKind, who: CleaningTask | None, data: dict[str, Any] | None = None) -> story.Line:
        assignee, team = (who.assignee_id, who.team_id) if who else (None, None)
        return story.Line(task.pk, what, user_id, data or {}, assignee, team)

    lines = []
    had, has = (before.assignee_id, before.team_id), (task.assignee_id, task.team_id)
    if had != has and any(had):
        lines.append(line(TaskEventKind.TAKEN_AWAY, before))
    if task.state == TaskState.CANCELLED and before.state != TaskState.CANCELLED:
        data = {"remark": task.overrides["reason"]} if task.overrides.get("reason") else {}
        lines.append(line(TaskEventKind.CANCELLED, task, data))
    elif had != has and any(has):
        lines.append(line(TaskEventKind.ASSIGNED, task))
    elif before.state == TaskState.CANCELLED != task.state:
        lines.append(line(TaskEventKind.RESTORED, task))
    elif different := story.difference(before, task):
        lines.append(line(TaskEventKind.CHANGED, task, different))
    return lines or [line(TaskEventKind.DECIDED, None)]


def _refuse_when_over(task: CleaningTask, fields: set[str]) -> None:
    if task.state in FINISHED_STATES and fields - {"note"}:
        raise TaskRefused(_("This task is done already."))
    if task.state in BEGUN_STATES and fields - _WHILE_WORKING:
        raise TaskRefused(_("Somebody is working on this task."))


def _checked(hotel_id: int, changes: Mapping[str, Any], task_id: int | None = None) -> dict[str, Any]:
    """``changes`` as the JSON values that are kept."""
    unknown = changes.keys() - (set(FIELDS) - {"accepted"})
    if unknown:
        raise ValueError(f"not a field that people decide: {', '.join(sorted(unknown))}")
    values: dict[str, Any] = dict(changes)
    problems: dict[str, str] = {}
    if "date" in values:
        values["date"] = values["date"].isoformat()
    for name in ("start", "end"):
        if name in values:
            values[name] = f"{values[name]:%H:%M}"
    if "priority" in values:
        if values["priority"] not in Priority.values:
            problems["priority"] = _("Choose one of the priorities.")
        else:
            values["priority"] = int(values["priority"])
    if "minutes" in values and not 1 <= values["minutes"] <= MOST_MINUTES:
        problems["minutes"] = _("Between 1 and %(most)s minutes.") % {"most": MOST_MINUTES}
    assignee, team = values.get("assignee"), values.get("team")
    if assignee is not None or team is not None:
        tasks = CleaningTask.objects.filter(hotel_id=hotel_id, pk=task_id or 0)
        house = tasks.values_list("property_id", flat=True).first()
        problems |= _problems_of_given(hotel_id, assignee, team, house)
    if not values.get("skip", True):
        raise ValueError("drop 'skip' instead of setting it to false")
    for name in ("note", "reason"):
        if len(values.get(name) or "") > NOTE_LENGTH:
            problems[name] = _("At most %(most)s characters.") % {"most": NOTE_LENGTH}
    if problems:
        raise ValidationError(problems)
    return values


def _problems_of_given(
    hotel_id: int, assignee: int | None, team: int | None, property_id: int | None
) -> dict[str, str]:
    """Why the person or the team cannot have work in that house, by field; empty when they can. One query each."""
    problems: dict[str, str] = {}
    if assignee is not None and not may_be_given_work(hotel_id, assignee, property_id):
        problems["assignee"] = _("This person does not clean here.")
    if team is not None and not team_may_be_given_work(hotel_id, team, property_id):
        problems["team"] = _("This team does not clean here.")
    return problems
