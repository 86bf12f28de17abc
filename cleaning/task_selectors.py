"""All that the page of one task shows beside the task itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cleaning.checklists import items_of
from cleaning.choices import TaskKind
from cleaning.models import ChecklistItem, ChecklistTick, CleaningTask, Finding, Photo
from reservations.models import Hotel

RELATED = (
    "property",
    "room",
    "room_type",
    "assignee",
    "team",
    "started_by",
    "finished_by",
    "stay",
    "inspects",
    "inspects__room",
    "inspects__room_type",
    "inspects__property",
)


@dataclass(slots=True)
class ItemLine:
    """One item of the checklist: who did it, if anybody, and the photos of it."""

    item: ChecklistItem
    tick: ChecklistTick | None = None
    photos: list[Photo] = field(default_factory=list)

    @property
    def is_missing(self) -> bool:
        return (self.item.is_required and self.tick is None) or (self.item.needs_photo and not self.photos)


@dataclass(frozen=True, slots=True)
class Proof:
    """What was done in the room and found there."""

    items: Sequence[ItemLine]
    photos: Sequence[Photo]
    findings: Sequence[Any]
    inspections: Sequence[CleaningTask]

    @property
    def missing(self) -> list[ItemLine]:
        return [line for line in self.items if line.is_missing]


def task_with_everything(hotel: Hotel, pk: int) -> CleaningTask:
    """The task of ``hotel`` with what its page names. One query. Raises ``CleaningTask.DoesNotExist``."""
    return CleaningTask.objects.of(hotel).select_related(*RELATED).get(pk=pk)


def proof_of(task: CleaningTask) -> Proof:
    """Checklist, photos, findings and inspections of the task. Six queries at most."""
    lines = {item.pk: ItemLine(item) for item in items_of(task)}
    for tick in ChecklistTick.objects.filter(task_id=task.pk).select_related("done_by"):
        if tick.item_id in lines:
            lines[tick.item_id].tick = tick
    loose = []
    for photo in Photo.objects.filter(task_id=task.pk).order_by("taken_at", "pk"):
        if photo.item_id in lines:
            lines[photo.item_id].photos.append(photo)
        else:
            loose.append(photo)
    findings = (
        Finding.objects.filter(task_id=task.pk).select_related("reported_by").prefetch_related("photos")
    )
    inspections: list[CleaningTask] = []
    if task.kind != TaskKind.INSPECTION:
        inspections = list(
            CleaningTask.objects.filter(inspects_id=task.pk)
            .select_related("finished_by", "room", "property")
            .order_by("pk")
        )
    return Proof(list(lines.values()), loose, list(findings), inspections)
