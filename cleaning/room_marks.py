"""Whether rooms are clean, for pages that show rooms: one mark per room, in the house's own hours."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from babel.dates import format_time
from django.utils import timezone
from django.utils.translation import gettext as _

from cleaning.choices import Priority, TaskKind, TaskState
from cleaning.models import CleaningTask
from cleaning.selectors import LEFT_OVER_DAYS, TO_DO
from reservations.models import Property, Room
from reservations.room_marks import RoomMark
from reservations.wording import active_locale, short_date_text


def cleaning_marks(hotel_id: int, room_ids: Collection[int], day: date) -> dict[int, list[RoomMark]]:
    """What cleaning says of these rooms on ``day``. Three queries.

    A room without work is clean today; of other days nothing is said of it.
    """
    tasks: dict[int, list[CleaningTask]] = {}
    rows = CleaningTask.objects.filter(
        hotel_id=hotel_id,
        room_id__in=room_ids,
        date__lte=day,
        date__gte=day - timedelta(days=LEFT_OVER_DAYS),
        state__in=[*TO_DO, TaskState.DONE],
    )
    for task in rows.select_related("property").order_by("date", "window_end", "pk"):
        tasks.setdefault(task.room_id or 0, []).append(task)
    today = _rooms_where_it_is(day, hotel_id, room_ids)
    found: dict[int, list[RoomMark]] = {}
    for room_id in room_ids:
        mark = _mark(tasks.get(room_id, ()), day)
        if mark is None and room_id in today:
            mark = RoomMark(_("clean"), "ok")
        if mark is not None:
            found[room_id] = [mark]
    return found


def _rooms_where_it_is(day: date, hotel_id: int, room_ids: Collection[int]) -> set[int]:
    now = timezone.now()
    houses = [
        house.pk
        for house in Property.objects.filter(hotel_id=hotel_id)
        if timezone.localtime(now, house.zone).date() == day
    ]
    rooms = Room.objects.filter(pk__in=room_ids, property_id__in=houses)
    return set(rooms.order_by().values_list("pk", flat=True))


def _mark(tasks: Sequence[CleaningTask], day: date) -> RoomMark | None:
    """The one word that matters most; ``tasks`` of one room in the order in which they are due."""
    own = [task for task in tasks if task.date == day]
    if any(task.state == TaskState.IN_PROGRESS for task in own):
        return RoomMark(_("being cleaned"), "info", ready=False)
    if waiting := [task for task in own if task.state == TaskState.PLANNED]:
        return _waiting_mark(waiting[0])
    if own:
        latest = max(own, key=lambda task: task.finished_at or task.window_end)
        at = _clock(latest, latest.finished_at or latest.window_end)
        return RoomMark(_("cleaned at %(time)s") % {"time": at}, "ok")
    # A guest who stays over is cleaned for again another day; a room that was left is not clean by waiting.
    left = [task for task in tasks if task.kind == TaskKind.DEPARTURE]
    if left and left[-1].state in TO_DO:
        return RoomMark(
            _("not cleaned since %(day)s") % {"day": short_date_text(left[-1].date)}, "bad", ready=False
        )
    return None


def _waiting_mark(task: CleaningTask) -> RoomMark:
    if task.priority == Priority.GUEST_WAITING:
        return RoomMark(_("to clean at once"), "bad", ready=False)
    until = {"time": _clock(task, task.window_end)}
    if task.kind == TaskKind.ARRIVAL_CHECK:
        return RoomMark(_("to check until %(time)s") % until, "info", ready=False)
    return RoomMark(_("to clean until %(time)s") % until, "warn", ready=False)


def _clock(task: CleaningTask, moment: datetime) -> str:
    """The time of day at the task's house."""
    local = timezone.localtime(moment, task.property.zone)
    return format_time(local.time(), "short", locale=active_locale())
