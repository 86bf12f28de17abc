"""Whether rooms are clean, for pages that show rooms: one mark per room, in the house's own hours."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from cleaning.choices import Priority, Problem, TaskKind, TaskState
from cleaning.models import CleaningTask
from cleaning.room_status import RoomFacts, RoomStatus, Standing, facts_of, status_of
from cleaning.wording import clock_text
from reservations.days import business_day
from reservations.room_marks import RoomMark
from reservations.wording import short_date_text


def cleaning_marks(hotel_id: int, room_ids: Collection[int], day: date) -> dict[int, list[RoomMark]]:
    """What cleaning says of these rooms on ``day``. Three queries.

    A room without work is clean today; of other days nothing is said of it, and only their own work counts.
    """
    facts = facts_of(hotel_id, room_ids, day)
    now = timezone.now()
    clocks = {known.clock for known in facts.values()}
    today = {clock: business_day(now, ZoneInfo(clock[0]), clock[1]) for clock in clocks}
    found: dict[int, list[RoomMark]] = {}
    for room_id, known in facts.items():
        is_today = today[known.clock] == day
        if not is_today:
            own = [task for task in known.tasks if task.date == day]
            known = RoomFacts(own, is_out_of_order=known.is_out_of_order)
        mark = mark_of(status_of(known, day), day, is_today=is_today)
        if mark is not None:
            found[room_id] = [mark]
    return found


def mark_of(standing: Standing, day: date, *, is_today: bool = True) -> RoomMark | None:
    """The one word that matters most; None for a room of which nothing is known on another day than today."""
    task = standing.task
    if standing.status == RoomStatus.OUT_OF_ORDER:
        return RoomMark(_("out of order"), "quiet", ready=False)
    if standing.status == RoomStatus.BEING_CLEANED:
        return RoomMark(_("being cleaned"), "info", ready=False)
    if standing.status in (RoomStatus.DIRTY, RoomStatus.TO_INSPECT):
        return _waiting_mark(task, day) if task else RoomMark(_("not cleaned"), "bad", ready=False)
    if task is not None and task.date == day:
        at = {"time": clock_text(task, task.finished_at or task.window_end)}
        words = _("inspected, cleaned at %(time)s") if _is_inspected(standing) else _("cleaned at %(time)s")
        return RoomMark(words % at, "ok")
    if not is_today:
        return None
    return RoomMark(_("inspected") if _is_inspected(standing) else _("clean"), "ok")


def _is_inspected(standing: Standing) -> bool:
    return standing.status == RoomStatus.INSPECTED


def _waiting_mark(task: CleaningTask, day: date) -> RoomMark:
    if task.state == TaskState.NOT_POSSIBLE:
        words = {"problem": Problem(task.problem).label if task.problem else task.get_state_display()}
        return RoomMark(_("not cleaned: %(problem)s") % words, "bad", ready=False)
    if task.date < day:
        since = {"day": short_date_text(task.date)}
        return RoomMark(_("not cleaned since %(day)s") % since, "bad", ready=False)
    if task.priority == Priority.GUEST_WAITING:
        return RoomMark(_("to clean at once"), "bad", ready=False)
    until = {"time": clock_text(task, task.window_end)}
    if task.kind == TaskKind.ARRIVAL_CHECK:
        return RoomMark(_("to check until %(time)s") % until, "info", ready=False)
    if task.kind == TaskKind.INSPECTION:
        return RoomMark(_("to inspect until %(time)s") % until, "info", ready=False)
    return RoomMark(_("to clean until %(time)s") % until, "warn", ready=False)
