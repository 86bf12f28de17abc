"""Doors: the code that opens a room, and the square on the door that opens its task on a phone."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from cleaning.choices import FINISHED_STATES, UNFINISHED, TaskState
from cleaning.models import CleaningTask, DoorAccess
from cleaning.models.access import new_token
from cleaning.selectors import is_left_over
from reservations.locks import lock_hotel
from reservations.models import Hotel, Room

CODE_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Door:
    """A room's door on the page: whether it has a code, never the code itself."""

    room: Room
    has_code: bool
    token: str

    @property
    def address(self) -> str:
        """The whole address in the square on the door; empty before one was made."""
        return settings.PUBLIC_BASE_URL + reverse("door", args=[self.token]) if self.token else ""


def doors_of(hotel: Hotel) -> list[Door]:
    """Every room of the hotel with its door, by property and room. Two queries."""
    known = {door.room_id: door for door in DoorAccess.objects.of(hotel)}
    rooms = Room.objects.of(hotel).select_related("property").order_by("property__name", "area", "name", "pk")
    return [
        Door(room, bool(door and door.code), door.token if door else "")
        for room in rooms
        for door in [known.get(room.pk)]
    ]


@transaction.atomic
def keep_codes(*, hotel_id: int, codes: Mapping[int, str]) -> int:
    """Keep the door codes by room id; an empty text takes a code away. Returns how many are others now.

    Raises ``ValidationError`` by room id (as text) for a code that is too long, ``Room.DoesNotExist`` for a room of
    another hotel. Repeating it changes nothing.
    """
    cleaned = {room_id: code.strip() for room_id, code in codes.items()}
    too_long = {
        str(room_id): _("At most %(most)s characters.") % {"most": CODE_LENGTH}
        for room_id, code in cleaned.items()
        if len(code) > CODE_LENGTH
    }
    if too_long:
        raise ValidationError(too_long)
    lock_hotel(hotel_id)
    if Room.objects.filter(hotel_id=hotel_id, pk__in=cleaned).count() != len(cleaned):
        raise Room.DoesNotExist
    known = {door.room_id: door for door in DoorAccess.objects.filter(hotel_id=hotel_id, room_id__in=cleaned)}
    changed = 0
    for room_id, code in cleaned.items():
        door = known.get(room_id) or DoorAccess(hotel_id=hotel_id, room_id=room_id)
        if door.code != code:
            door.code = code  # type: ignore[assignment]
            door.save()
            changed += 1
    return changed


@transaction.atomic
def make_tokens(*, hotel_id: int) -> None:
    """Give each room without one the token of its square. Tokens stay, so that what hangs on a door stays right."""
    lock_hotel(hotel_id)
    bare = Room.objects.filter(hotel_id=hotel_id, door_access=None).values_list("pk", flat=True)
    DoorAccess.objects.bulk_create(DoorAccess(hotel_id=hotel_id, room_id=room_id) for room_id in bare)


@transaction.atomic
def renew_token(*, hotel_id: int, room_id: int) -> DoorAccess:
    """The room's door with another token: the printed square stops working. Raises ``DoesNotExist``."""
    lock_hotel(hotel_id)
    door = DoorAccess.objects.get(hotel_id=hotel_id, room_id=room_id)
    door.token = new_token()
    door.save(update_fields=["token"])
    return door


def code_is_for(task: CleaningTask, now: datetime) -> bool:
    """Whether whoever has the task may see the door's code at ``now``: on each day of its window until it is done.

    The caller has found the task in the person's own scope (:func:`cleaning.people.tasks_of_person`).
    """
    house = task.property
    last = max(task.date, task.window_end.astimezone(house.zone).date())
    return task.room_id is not None and task.state in UNFINISHED and task.date <= house.today(now) <= last


def door_codes(tasks: Iterable[CleaningTask], now: datetime) -> dict[int, str]:
    """Codes by task id, for the tasks of one person that may be done today at their house. One query, or none."""
    rooms = {task.pk: task.room_id or 0 for task in tasks if code_is_for(task, now)}
    if not rooms:
        return {}
    doors = DoorAccess.objects.filter(room_id__in=set(rooms.values()))
    codes = {door.room_id: door.code for door in doors if door.code}
    return {task_id: codes[room_id] for task_id, room_id in rooms.items() if room_id in codes}


def task_behind(tasks: Any, door: DoorAccess, now: datetime) -> CleaningTask | None:
    """The most urgent of ``tasks`` (one person's) in the door's room today, unfinished before finished. One query.

    What earlier days left to do belongs to today, as on the person's own page.
    """
    rows = tasks.filter(room_id=door.room_id).exclude(state=TaskState.CANCELLED).select_related("property")
    own = [task for task in rows if task.date == task.property.today(now) or is_left_over(task, now)]
    return min(
        own,
        key=lambda task: (task.state in FINISHED_STATES, task.priority, task.window_end, task.pk),
        default=None,
    )


def square(address: str, *, scale: int = 4) -> SafeString:
    """The address as a QR code: an SVG element without style, script or colours of its own."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out,
        kind="svg",
        scale=scale,
        border=4,
        xmldecl=False,
        svgns=True,
        omitsize=True,
        svgclass="qr",
        lineclass=None,
        light="#fff",
    )
    return mark_safe(out.getvalue().decode("ascii"))  # noqa: S308 - made by segno from an address of ours
