"""Damages and things that guests left: reported by who cleans, settled by the desk. Callers check the permission."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cleaning.choices import FindingKind
from cleaning.models import CleaningTask, Finding
from reservations.models import Room

TEXT_LENGTH = 500
PLACE_LENGTH = 120
OUTCOME_LENGTH = 300


@transaction.atomic
def report_finding(
    *,
    hotel_id: int,
    kind: str,
    text: str,
    place: str = "",
    task_id: int | None = None,
    room_id: int | None = None,
    user_id: int,
    now: datetime,
) -> Finding:
    """A new finding, open: ``kind`` is a value of ``FindingKind``, ``place`` says where a thing is kept.

    It belongs to the room of ``task_id``, or to ``room_id``; one of the two is needed. ``now`` (aware) is when it was
    found. Raises ``ValidationError`` by field, and ``DoesNotExist`` for a task or a room of another hotel.
    """
    text, place = text.strip(), place.strip()
    problems = {}
    if kind not in FindingKind.values:
        problems["kind"] = _("Say whether it is a damage or a thing that a guest left.")
    if not text:
        problems["text"] = _("Say what it is.")
    elif len(text) > TEXT_LENGTH:
        problems["text"] = _("At most %(most)s characters.") % {"most": TEXT_LENGTH}
    if len(place) > PLACE_LENGTH:
        problems["place"] = _("At most %(most)s characters.") % {"most": PLACE_LENGTH}
    if problems:
        raise ValidationError(problems)
    task = CleaningTask.objects.get(hotel_id=hotel_id, pk=task_id) if task_id is not None else None
    if room_id is None and task is not None:
        room_id = task.room_id
    room = Room.objects.get(hotel_id=hotel_id, pk=room_id) if room_id is not None else None
    place_of_it = room or task
    if place_of_it is None:
        raise ValidationError({"room": _("Say in which room it is.")})
    return Finding.objects.create(
        hotel_id=hotel_id,
        property_id=place_of_it.property_id,
        room=room,
        task=task,
        kind=kind,
        text=text,
        place=place,
        reported_by_id=user_id,
        reported_at=now,
    )


@transaction.atomic
def settle_finding(*, hotel_id: int, finding_id: int, user_id: int, outcome: str, now: datetime) -> Finding:
    """The finding with what became of it. Settling again keeps the first time, person and words.

    Raises ``ValidationError`` without words, and ``Finding.DoesNotExist`` for another hotel's.
    """
    finding = Finding.objects.select_for_update().get(hotel_id=hotel_id, pk=finding_id)
    if finding.settled_at is not None:
        return finding
    outcome = outcome.strip()
    if not outcome:
        raise ValidationError({"outcome": _("Say in a few words what became of it.")})
    if len(outcome) > OUTCOME_LENGTH:
        raise ValidationError({"outcome": _("At most %(most)s characters.") % {"most": OUTCOME_LENGTH}})
    finding.settled_at, finding.settled_by_id, finding.outcome = now, user_id, outcome
    finding.save(update_fields=["settled_at", "settled_by", "outcome"])
    return finding


@transaction.atomic
def open_finding_again(*, hotel_id: int, finding_id: int) -> Finding:
    """The finding, open as before it was settled. Raises ``Finding.DoesNotExist`` for another hotel's."""
    finding = Finding.objects.select_for_update().get(hotel_id=hotel_id, pk=finding_id)
    finding.settled_at, finding.settled_by, finding.outcome = None, None, ""
    finding.save(update_fields=["settled_at", "settled_by", "outcome"])
    return finding
