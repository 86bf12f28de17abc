"""Making and changing checklists. Callers check the permission (PLAN_CLEANING).

Each service is one transaction. ``DoesNotExist`` is raised for a list or a line of another hotel.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from cleaning.checklist_proposals import PROPOSALS
from cleaning.choices import TaskKind
from cleaning.models import Checklist, ChecklistItem, ChecklistTick, CleaningRule
from reservations.locks import lock_hotel

NAME_LENGTH = 80
TEXT_LENGTH = 200
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


@transaction.atomic
def start_with_proposal(*, hotel_id: int, kind: str) -> Checklist:
    """The hotel's usual list of ``kind``; when there is none yet, a new one with the lines that we propose."""
    lock_hotel(hotel_id)
    usual = Checklist.objects.filter(hotel_id=hotel_id, kind=kind, is_default=True).first()
    if usual is not None:
        return usual
    checklist = add_list(hotel_id=hotel_id, kind=kind, name=str(TaskKind(kind).label))
    ChecklistItem.objects.bulk_create(
        ChecklistItem(
            hotel_id=hotel_id,
            checklist=checklist,
            position=position,
            texts=item.texts,
            is_required=item.is_required,
            needs_photo=item.needs_photo,
        )
        for position, item in enumerate(PROPOSALS[TaskKind(kind)])
    )
    return checklist


@transaction.atomic
def add_list(*, hotel_id: int, kind: str, name: str) -> Checklist:
    """A new list without lines; the first of its kind is the usual one. Raises ``ValidationError`` by field."""
    lock_hotel(hotel_id)
    if kind not in TaskKind.values:
        raise ValidationError({"kind": _("Choose the kind of work.")})
    is_first = not Checklist.objects.filter(hotel_id=hotel_id, kind=kind, is_default=True).exists()
    return Checklist.objects.create(
        hotel_id=hotel_id, kind=kind, name=_name(hotel_id, kind, name), is_default=is_first
    )


@transaction.atomic
def rename_list(*, hotel_id: int, checklist_id: int, name: str) -> Checklist:
    """The list with another name. Raises ``ValidationError`` by field."""
    checklist = Checklist.objects.select_for_update().get(hotel_id=hotel_id, pk=checklist_id)
    checklist.name = _name(hotel_id, checklist.kind, name, besides=checklist.pk)
    checklist.save(update_fields=["name"])
    return checklist


@transaction.atomic
def make_usual(*, hotel_id: int, checklist_id: int) -> Checklist:
    """The list, now the one that is used of its kind unless a rule names another."""
    lock_hotel(hotel_id)
    checklist = Checklist.objects.get(hotel_id=hotel_id, pk=checklist_id)
    Checklist.objects.filter(hotel_id=hotel_id, kind=checklist.kind).update(is_default=False)
    checklist.is_default = True
    checklist.save(update_fields=["is_default"])
    return checklist


@transaction.atomic
def remove_list(*, hotel_id: int, checklist_id: int) -> None:
    """Remove a list that nobody has worked with. Raises ``ValidationError`` with a sentence for any other."""
    lock_hotel(hotel_id)
    checklist = Checklist.objects.get(hotel_id=hotel_id, pk=checklist_id)
    if CleaningRule.objects.filter(checklist=checklist).exists():
        raise ValidationError(_("A rule uses this list. Change the rule first."))
    if ChecklistTick.objects.filter(item__checklist=checklist).exists():
        raise ValidationError(_("People have worked with this list. Take its lines out of use instead."))
    checklist.delete()


@transaction.atomic
def save_item(
    *,
    hotel_id: int,
    checklist_id: int,
    item_id: int | None = None,
    texts: Mapping[str, str],
    is_required: bool,
    needs_photo: bool,
) -> ChecklistItem:
    """The line with these ``texts`` by language, of which one is enough; a new one comes last.

    Raises ``ValidationError`` by field.
    """
    checklist = Checklist.objects.select_for_update().get(hotel_id=hotel_id, pk=checklist_id)
    said = {code: text for code in LANGUAGES if (text := " ".join(texts.get(code, "").split()))}
    if not said:
        raise ValidationError({"text": _("Write what is to be done, in one language at least.")})
    if any(len(text) > TEXT_LENGTH for text in said.values()):
        raise ValidationError({"text": _("At most %(most)s characters.") % {"most": TEXT_LENGTH}})
    if item_id is None:
        last = checklist.items.aggregate(last=Max("position"))["last"]
        item = ChecklistItem(hotel_id=hotel_id, checklist=checklist, position=0 if last is None else last + 1)
    else:
        item = checklist.items.get(pk=item_id)
    item.texts, item.is_required, item.needs_photo = said, is_required, needs_photo
    item.save()
    return item


@transaction.atomic
def move_item(*, hotel_id: int, item_id: int, up: bool) -> ChecklistItem:
    """The line, one place higher or lower among those in use; the first and the last stay where they are."""
    item = ChecklistItem.objects.get(hotel_id=hotel_id, pk=item_id)
    Checklist.objects.select_for_update().get(pk=item.checklist_id)
    lines = list(ChecklistItem.objects.filter(checklist_id=item.checklist_id).order_by("position", "pk"))
    shown = [line.pk for line in lines if line.is_active]
    if item.pk in shown:
        here = shown.index(item.pk)
        there = here - 1 if up else here + 1
        if 0 <= there < len(shown):
            shown[here], shown[there] = shown[there], shown[here]
    order = {
        pk: place for place, pk in enumerate([*shown, *(line.pk for line in lines if not line.is_active)])
    }
    for line in lines:
        line.position = order[line.pk]
    ChecklistItem.objects.bulk_update(lines, ["position"])
    return next(line for line in lines if line.pk == item.pk)


@transaction.atomic
def use_item(*, hotel_id: int, item_id: int, is_used: bool) -> ChecklistItem:
    """The line, in use or not. Tasks that have it ticked keep it; a line that comes back comes last."""
    item = ChecklistItem.objects.select_for_update().get(hotel_id=hotel_id, pk=item_id)
    if item.is_active == is_used:
        return item
    item.is_active = is_used
    if is_used:
        last = ChecklistItem.objects.filter(checklist_id=item.checklist_id).aggregate(last=Max("position"))
        item.position = (last["last"] or 0) + 1
    item.save(update_fields=["is_active", "position"])
    return item


def add_demo_lists(hotel_id: int) -> None:
    """The proposed lists for the kinds that a hotel has most of; those that are there stay as they are."""
    with translation.override("es"):
        for kind in (TaskKind.DEPARTURE, TaskKind.STAY_OVER, TaskKind.ARRIVAL_CHECK, TaskKind.DEEP):
            start_with_proposal(hotel_id=hotel_id, kind=kind)


def _name(hotel_id: int, kind: str, name: str, besides: int | None = None) -> str:
    name = " ".join(name.split())
    if not name:
        raise ValidationError({"name": _("Give the list a name.")})
    if len(name) > NAME_LENGTH:
        raise ValidationError({"name": _("At most %(most)s characters.") % {"most": NAME_LENGTH}})
    others = Checklist.objects.filter(hotel_id=hotel_id, kind=kind, name__iexact=name)
    if others.exclude(pk=besides or 0).exists():
        raise ValidationError({"name": _("Another list of this kind has this name.")})
    return name
