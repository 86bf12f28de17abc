"""What people decide about a task against the rules. Callers check the permission (PLAN_CLEANING).

A decision stays whatever the bookings do; what the rules say is kept beside it and shown with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cleaning.choices import FROZEN_STATES, Priority, TaskState
from cleaning.models import CleaningTask
from cleaning.overrides import FIELDS, Computed, lay_over
from cleaning.work import TaskRefused
from reservations.locks import lock_hotel
from reservations.models import Membership

NOTE_LENGTH = 500
MOST_MINUTES = 600
#: A task that is being worked on may still get these.
_WHILE_WORKING = frozenset({"assignee", "priority", "minutes", "note"})


def override_task(
    *,
    hotel_id: int,
    task_id: int,
    changes: Mapping[str, Any],
    drop: Collection[str] = (),
    now: datetime,
) -> CleaningTask:
    """The task with ``changes`` decided by a person: ``date`` (date), ``priority``, ``minutes``, ``assignee`` (user
    id), ``skip`` (true), ``note`` (text). For the fields in ``drop`` the rules decide again.

    Raises ``ValidationError`` by field for values out of range and ``TaskRefused`` when the task is over.
    Deciding the same again writes nothing. A task that only its decisions kept alive goes with the last of them; it
    comes back unsaved (``pk`` None).
    """
    return _decide(hotel_id, task_id, _checked(hotel_id, changes), drop, now)


def drop_override(*, hotel_id: int, task_id: int, fields: Collection[str], now: datetime) -> CleaningTask:
    """The task with what the rules say of ``fields`` again; see :func:`override_task`."""
    return override_task(hotel_id=hotel_id, task_id=task_id, changes={}, drop=fields, now=now)


def skip_task(*, hotel_id: int, task_id: int, now: datetime) -> CleaningTask:
    """The task, cancelled by a person: the rules plan it again only after the decision is dropped."""
    return override_task(hotel_id=hotel_id, task_id=task_id, changes={"skip": True}, now=now)


def computed_values(task: CleaningTask) -> Computed:
    """What the rules say of a task, under whatever people decided."""
    zone = task.property.zone
    said = task.planned
    return Computed(
        date=date.fromisoformat(said["date"]) if "date" in said else task.date,
        start=task.window_start.astimezone(zone).time(),
        end=task.window_end.astimezone(zone).time(),
        priority=said.get("priority", task.priority),
        minutes=said.get("minutes", task.minutes),
    )


@transaction.atomic
def _decide(
    hotel_id: int, task_id: int, values: Mapping[str, Any], dropped: Collection[str], now: datetime
) -> CleaningTask:
    lock_hotel(hotel_id)
    task = (
        CleaningTask.objects.select_related("property")
        .select_for_update(of=("self",))
        .get(hotel_id=hotel_id, pk=task_id)
    )
    overrides = {
        field: value for field, value in {**task.overrides, **values}.items() if field not in dropped
    }
    if overrides == task.overrides:
        return task
    today = now.astimezone(task.property.zone).date().isoformat()
    if values.get("date", today) < today:
        raise ValidationError({"date": _("This day is over.")})
    _refuse_when_over(task, {*values, *dropped})
    if not overrides and not task.fingerprint:
        task.delete()
        return task
    shown = lay_over(computed_values(task), overrides, task.property.zone)
    task.overrides, task.planned = overrides, shown.planned
    task.priority, task.minutes = shown.priority, shown.minutes
    task.assignee_id = overrides.get("assignee")
    if task.state not in FROZEN_STATES:
        task.date, task.window_start, task.window_end = shown.date, shown.window_start, shown.window_end
        # Without a fingerprint no stay wants it: only the decision keeps it in sight.
        task.state = shown.state if task.fingerprint else TaskState.CANCELLED
    task.changed_at = now
    task.save()
    return task


def _refuse_when_over(task: CleaningTask, fields: set[str]) -> None:
    if task.state == TaskState.DONE and fields - {"note"}:
        raise TaskRefused(_("This task is done already."))
    if task.state == TaskState.IN_PROGRESS and fields - _WHILE_WORKING:
        raise TaskRefused(_("Somebody is working on this task."))


def _checked(hotel_id: int, changes: Mapping[str, Any]) -> dict[str, Any]:
    """``changes`` as the JSON values that are kept."""
    unknown = changes.keys() - set(FIELDS)
    if unknown:
        raise ValueError(f"not a field that people decide: {', '.join(sorted(unknown))}")
    values: dict[str, Any] = dict(changes)
    problems: dict[str, str] = {}
    if "date" in values:
        values["date"] = values["date"].isoformat()
    if "priority" in values:
        if values["priority"] not in Priority.values:
            problems["priority"] = _("Choose one of the priorities.")
        else:
            values["priority"] = int(values["priority"])
    if "minutes" in values and not 1 <= values["minutes"] <= MOST_MINUTES:
        problems["minutes"] = _("Between 1 and %(most)s minutes.") % {"most": MOST_MINUTES}
    if values.get("assignee") is not None and not (
        Membership.objects.filter(
            hotel_id=hotel_id, user_id=values["assignee"], user__is_active=True
        ).exists()
    ):
        problems["assignee"] = _("This person does not belong to the hotel.")
    if not values.get("skip", True):
        raise ValueError("drop 'skip' instead of setting it to false")
    if len(values.get("note") or "") > NOTE_LENGTH:
        problems["note"] = _("At most %(most)s characters.") % {"most": NOTE_LENGTH}
    if problems:
        raise ValidationError(problems)
    return values
