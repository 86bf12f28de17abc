"""How a room stands on one day: clean, dirty, being cleaned, to be inspected, inspected, out of order.

:func:`status_of` is pure; :func:`statuses` reads what it needs with a constant number of queries.

In the order in which it is tested: a closure for repair puts a room out of order; who works in it makes it being
cleaned; what has to be done in it makes it dirty, or to be inspected when only a look is missing; what was left undone
after a departure stays dirty on the days after; a guest who left today without anybody asking for a cleaning leaves it
dirty; else it is clean, and inspected as long as nobody has slept there since the inspection.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cleaning.choices import BEGUN_STATES, FINISHED_STATES, UNFINISHED, TaskKind, TaskState
from cleaning.models import CleaningTask
from cleaning.selectors import LEFT_OVER_DAYS, LONGEST_WAIT_DAYS
from reservations.choices import ClosureKind
from reservations.models import Room, RoomClosure, StayNight

ONE_DAY = timedelta(days=1)
#: What makes a room fit for the next guest.
_CLEANS = (TaskKind.DEPARTURE, TaskKind.STAY_OVER, TaskKind.LINEN, TaskKind.DEEP, TaskKind.EXTRA)
#: What is only a look at a clean room.
_LOOKS = (TaskKind.ARRIVAL_CHECK, TaskKind.INSPECTION)
#: What can be done in a room that is clean.
_IN_CLEAN_ROOMS = (TaskKind.DEEP, TaskKind.EXTRA)


class RoomStatus(models.TextChoices):
    CLEAN = "clean", pgettext_lazy("room", "Clean")
    DIRTY = "dirty", pgettext_lazy("room", "Dirty")
    BEING_CLEANED = "being_cleaned", pgettext_lazy("room", "Being cleaned")
    TO_INSPECT = "to_inspect", _("To inspect")
    INSPECTED = "inspected", pgettext_lazy("room", "Inspected")
    OUT_OF_ORDER = "out_of_order", _("Out of order")


#: A guest may go in.
READY = (RoomStatus.CLEAN, RoomStatus.INSPECTED)
TONES = {
    RoomStatus.CLEAN: "ok",
    RoomStatus.DIRTY: "bad",
    RoomStatus.BEING_CLEANED: "warn",
    RoomStatus.TO_INSPECT: "info",
    RoomStatus.INSPECTED: "ok",
    RoomStatus.OUT_OF_ORDER: "quiet",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A room's status and the task that says so: the one at work, the next one to do, or the last one done."""

    status: RoomStatus
    task: CleaningTask | None = None

    @property
    def tone(self) -> str:
        return TONES[self.status]

    @property
    def is_ready(self) -> bool:
        return self.status in READY


@dataclass(slots=True)
class RoomFacts:
    """What is known of one room: its tasks up to the day in the order in which they are due, and nights slept in."""

    tasks: list[CleaningTask] = field(default_factory=list)
    nights: set[date] = field(default_factory=set)
    is_out_of_order: bool = False
    #: A guest has the room in the night before the day and in the night of the day: nobody left.
    guest_stays: bool = False
    #: The house's time zone and the hour at which its day begins.
    clock: tuple[str, time] = ("UTC", time(0))


def status_of(facts: RoomFacts, day: date) -> Standing:
    """How the room stands on ``day``."""
    own = [task for task in facts.tasks if task.date == day]
    left = [task for task in facts.tasks if task.date < day and task.state in UNFINISHED]
    at_work = next((task for task in (*own, *left) if task.state in BEGUN_STATES), None)
    if facts.is_out_of_order:
        return Standing(RoomStatus.OUT_OF_ORDER, at_work)
    if at_work is not None:
        return Standing(RoomStatus.BEING_CLEANED, at_work)
    # A guest who stays over is cleaned for again another day; a room that was left is not clean by waiting.
    waiting = [task for task in own if task.state in UNFINISHED]
    undone = [task for task in left if task.kind == TaskKind.DEPARTURE and not _cleaned_after(facts, task)]
    dirty = [*undone, *(task for task in waiting if task.kind not in (*_LOOKS, *_IN_CLEAN_ROOMS))]
    if dirty:
        return Standing(RoomStatus.DIRTY, dirty[0])
    to_see = [task for task in left if task.kind == TaskKind.INSPECTION]
    looks = [*to_see, *(task for task in waiting if task.kind in _LOOKS)]
    if looks:
        return Standing(RoomStatus.TO_INSPECT, looks[0])
    cleaned, done = _latest_done(facts, _CLEANS), _latest_done(facts, (*_CLEANS, TaskKind.ARRIVAL_CHECK))
    if _was_left_uncleaned(facts, own, done, day):
        return Standing(RoomStatus.DIRTY)
    if (
        cleaned is not None
        and cleaned.state == TaskState.INSPECTED
        and not _slept_since(facts, cleaned.date, day)
    ):
        return Standing(RoomStatus.INSPECTED, cleaned)
    return Standing(RoomStatus.CLEAN, done if done is not None and done.date == day else None)


def statuses(hotel_id: int, room_ids: Collection[int], day: date) -> dict[int, Standing]:
    """How these rooms stand on ``day``, by room id. Three queries."""
    facts = facts_of(hotel_id, room_ids, day)
    return {room_id: status_of(facts[room_id], day) for room_id in room_ids}


def facts_of(hotel_id: int, room_ids: Collection[int], day: date) -> Mapping[int, RoomFacts]:
    """What :func:`status_of` needs, by room id. Three queries."""
    facts = {room_id: RoomFacts() for room_id in room_ids}
    tasks = CleaningTask.objects.filter(
        hotel_id=hotel_id, room_id__in=room_ids, date__lte=day, date__gte=day - timedelta(days=LEFT_OVER_DAYS)
    ) | CleaningTask.objects.filter(
        hotel_id=hotel_id,
        room_id__in=room_ids,
        date__lt=day,
        date__gte=day - timedelta(days=LONGEST_WAIT_DAYS),
        state__in=UNFINISHED,
    )
    for task in tasks.select_related("property").order_by("date", "window_end", "pk"):
        facts[task.room_id or 0].tasks.append(task)
    closed = RoomClosure.objects.filter(
        room=OuterRef("pk"), first__lte=day, last__gt=day, kind=ClosureKind.OUT_OF_ORDER
    )
    rooms = Room.objects.filter(pk__in=room_ids).order_by().annotate(is_closed=Exists(closed))
    for room_id, is_closed, zone, begins_at in rooms.values_list(
        "pk", "is_closed", "property__timezone", "property__day_begins_at"
    ):
        facts[room_id].is_out_of_order = is_closed
        facts[room_id].clock = (zone, begins_at)
    nights = StayNight.objects.filter(
        room_id__in=room_ids, date__gte=day - timedelta(days=LEFT_OVER_DAYS), date__lte=day
    )
    sleepers: dict[tuple[int, date], set[int]] = {}
    for room_id, night, stay_id in nights.order_by().values_list("room_id", "date", "stay_id"):
        facts[room_id].nights.add(night)
        sleepers.setdefault((room_id, night), set()).add(stay_id)
    for room_id, known in facts.items():
        before, after = sleepers.get((room_id, day - ONE_DAY), set()), sleepers.get((room_id, day), set())
        known.guest_stays = bool(before & after)
    return facts


def _was_left_uncleaned(
    facts: RoomFacts, own: Sequence[CleaningTask], done: CleaningTask | None, day: date
) -> bool:
    """Whether a guest left on ``day`` and nobody cleans after them, while nobody decided that this is right."""
    if day - ONE_DAY not in facts.nights or facts.guest_stays:
        return False
    if any(task.kind == TaskKind.DEPARTURE for task in own):
        return False
    return done is None or done.date < day


def _latest_done(facts: RoomFacts, kinds: Collection[TaskKind]) -> CleaningTask | None:
    done = [task for task in facts.tasks if task.state in FINISHED_STATES and task.kind in kinds]
    return max(done, key=lambda task: (task.finished_at or task.window_end, task.pk), default=None)


def _cleaned_after(facts: RoomFacts, task: CleaningTask) -> bool:
    """Whether a later task did what ``task`` should have done."""
    later: Iterable[CleaningTask] = (other for other in facts.tasks if other.date > task.date)
    return any(other.state in FINISHED_STATES and other.kind == TaskKind.DEPARTURE for other in later)


def _slept_since(facts: RoomFacts, since: date, day: date) -> bool:
    return any(since <= night < day for night in facts.nights)
