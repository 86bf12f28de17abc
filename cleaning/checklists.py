"""Which list belongs to a task, what of it is done, and ticking it off."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from cleaning.choices import FINISHED_STATES, TaskState
from cleaning.models import ChecklistItem, ChecklistTick, CleaningTask, Photo
from cleaning.refusals import TaskRefused, why_over


def items_of(task: CleaningTask) -> list[ChecklistItem]:
    """The items of the task's list in order: the list that its rule names, else the hotel's usual one of its kind.

    One query. Items that were taken out of the list are there only when the task has them ticked.
    """
    which = Q(checklist_id=task.checklist_id)
    if task.checklist_id is None:
        which = Q(checklist__kind=task.kind, checklist__is_default=True)
    ticked = ChecklistTick.objects.filter(task_id=task.pk).values("item_id")
    items = ChecklistItem.objects.filter(which, hotel_id=task.hotel_id)
    return list(items.filter(Q(is_active=True) | Q(pk__in=ticked)).order_by("position", "pk"))


def missing_items(task: CleaningTask) -> list[ChecklistItem]:
    """What still stands between the task and its end: required items that are open, photos that are not taken.

    One query without a list, else three. Items that were taken out of the list ask for nothing.
    """
    items = [item for item in items_of(task) if item.is_active]
    if not items:
        return []
    ticked = set(ChecklistTick.objects.filter(task_id=task.pk).values_list("item_id", flat=True))
    pictured = set(Photo.objects.filter(task_id=task.pk).values_list("item_id", flat=True))
    return [
        item
        for item in items
        if (item.is_required and item.pk not in ticked) or (item.needs_photo and item.pk not in pictured)
    ]


@transaction.atomic
def tick_item(
    *, hotel_id: int, task_id: int, item_id: int, done: bool, user_id: int, now: datetime
) -> ChecklistTick | None:
    """The item of the task's list, ticked by ``user_id`` at ``now`` (aware), or with ``done`` false not ticked (None).

    Ticking again keeps the first time and person. Raises ``TaskRefused`` when the task is over or the item is not in
    its list, and ``CleaningTask.DoesNotExist`` for a task of another hotel. Callers check the permission.
    """
    tasks = CleaningTask.objects.select_for_update(of=("self",))
    task = tasks.get(hotel_id=hotel_id, pk=task_id)
    if task.state in (*FINISHED_STATES, TaskState.CANCELLED):
        raise TaskRefused(why_over(task))
    if item_id not in {item.pk for item in items_of(task)}:
        raise TaskRefused(_("This line is not in the task's checklist any more."))
    if not done:
        ChecklistTick.objects.filter(task=task, item_id=item_id).delete()
        return None
    tick, _new = ChecklistTick.objects.get_or_create(
        task=task,
        item_id=item_id,
        defaults={"hotel_id": hotel_id, "done_by_id": user_id, "done_at": now},
    )
    return tick
