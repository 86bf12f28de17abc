"""One person's day as their phone shows it. Whatever the number of tasks, it takes the same few queries."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language

from cleaning.choices import (
    BEGUN_STATES,
    FINISHED_STATES,
    UNFINISHED,
    Priority,
    TaskKind,
    TaskState,
)
from cleaning.doors import door_codes
from cleaning.messages import news_for
from cleaning.models import ChecklistItem, ChecklistTick, CleaningTask, Photo
from cleaning.people import tasks_of_person
from cleaning.phone.wording import day_name, reasons, until_text
from cleaning.selectors import LEFT_OVER_DAYS, is_left_over, shown_on
from cleaning.wording import place_text, state_tone
from reservations.wording import short_date_text

#: So many days after today are shown, to know what comes.
DAYS_AHEAD = 6
NEWS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a task's checklist."""

    pk: int
    text: str
    is_required: bool
    needs_photo: bool
    is_done: bool
    photos: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PhoneTask:
    """One task in the words of the person who has it."""

    pk: int
    room: str
    area: str
    house: str
    kind: str
    is_inspection: bool
    date: date
    #: "today", "left_over" or "later", by the clock of the house.
    when: str
    day_text: str
    until: str
    reasons: tuple[str, ...]
    minutes: int
    state: str
    state_text: str
    tone: str
    is_urgent: bool
    problem: str
    remark: str
    note: str
    has_room: bool
    lines: tuple[Line, ...]
    photos: tuple[int, ...]
    #: The door's code, for today only, and until when it may be shown.
    code: str
    code_until: str

    @property
    def done_lines(self) -> int:
        return sum(line.is_done for line in self.lines)


@dataclass(frozen=True, slots=True)
class News:
    """A message that was not read yet."""

    pk: int
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class LaterDay:
    name: str
    tasks: tuple[PhoneTask, ...]


@dataclass(frozen=True, slots=True)
class PhoneDay:
    """Everything that a phone needs until it reaches the network again."""

    person: int
    name: str
    to_do: tuple[PhoneTask, ...]
    stuck: tuple[PhoneTask, ...]
    done: tuple[PhoneTask, ...]
    later: tuple[LaterDay, ...]
    #: Tasks of other days that were asked for by their number.
    further: tuple[PhoneTask, ...]
    news: tuple[News, ...]
    minutes: int
    several_houses: bool

    @property
    def tasks(self) -> list[PhoneTask]:
        """Every task of the page, each once."""
        ahead = [task for day in self.later for task in day.tasks]
        return [*self.to_do, *self.stuck, *self.done, *ahead, *self.further]

    @property
    def total(self) -> int:
        return len(self.to_do) + len(self.stuck) + len(self.done)

    def token(self, version: str) -> str:
        """Another text whenever anything of the day, the language or the page itself is another."""
        text = f"{version}\x1f{get_language()}\x1f{self!r}"
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def day_of(user: Any, now: datetime, also: int | None = None) -> PhoneDay:
    """The day of ``user`` at ``now`` in the active language; six queries, whatever the number of tasks.

    Today is what each house calls so. Unfinished work of the days before belongs to it. ``also`` adds the task of
    that number, whatever its day, when it is the person's.
    """
    first = (now - timedelta(days=LEFT_OVER_DAYS + 1)).date()
    last = (now + timedelta(days=DAYS_AHEAD + 1)).date()
    rows = list(
        tasks_of_person(user)
        .filter(Q(date__gte=first, date__lte=last) | shown_on(first, now) | Q(pk=also or 0))
        .exclude(state=TaskState.CANCELLED)
        .select_related("property", "room", "room_type", "stay")
    )
    places = {task.pk: _when(task, now) for task in rows}
    shown = [task for task in rows if places[task.pk] or task.pk == also]
    words = _words(shown, places, now)
    shown.sort(key=_first_things_first)
    today = [task for task in shown if places[task.pk] in ("today", "left_over")]
    to_do = [task for task in today if task.state not in (TaskState.NOT_POSSIBLE, *FINISHED_STATES)]
    return PhoneDay(
        person=user.pk,
        name=user.get_short_name(),
        to_do=_of(to_do, words),
        stuck=_of([task for task in today if task.state == TaskState.NOT_POSSIBLE], words),
        done=_of([task for task in today if task.state in FINISHED_STATES], words),
        later=_later([task for task in shown if places[task.pk] == "later"], words, now),
        further=_of([task for task in shown if not places[task.pk]], words),
        news=tuple(
            News(message.pk, message.subject, message.text)
            for message in news_for(user)
            if message.read_at is None
        )[:NEWS],
        minutes=sum(task.minutes for task in to_do),
        several_houses=len({task.property_id for task in shown}) > 1,
    )


def _when(task: CleaningTask, now: datetime) -> str:
    """Where the task stands on the page; empty: not at all."""
    today = task.property.today(now)
    if task.date == today:
        return "today"
    if task.date < today:
        return "left_over" if is_left_over(task, now) else ""
    return "later" if task.date <= today + timedelta(days=DAYS_AHEAD) else ""


def _first_things_first(task: CleaningTask) -> tuple[Any, ...]:
    begun = BEGUN_STATES.index(task.state) if task.state in BEGUN_STATES else len(BEGUN_STATES)
    room = task.room
    area, name = (room.area, room.name) if room else ("", "")
    return (begun, task.date, task.priority, task.window_end, area, name, task.pk)


def _of(tasks: Sequence[CleaningTask], words: dict[int, PhoneTask]) -> tuple[PhoneTask, ...]:
    return tuple(words[task.pk] for task in tasks)


def _later(tasks: Sequence[CleaningTask], words: dict[int, PhoneTask], now: datetime) -> tuple[LaterDay, ...]:
    days: dict[date, list[PhoneTask]] = {}
    names: dict[date, str] = {}
    for task in sorted(tasks, key=lambda task: task.date):
        days.setdefault(task.date, []).append(words[task.pk])
        names.setdefault(task.date, day_name(task.date, task.property.today(now)))
    return tuple(LaterDay(names[day], tuple(members)) for day, members in days.items())


def _words(tasks: Sequence[CleaningTask], places: dict[int, str], now: datetime) -> dict[int, PhoneTask]:
    lines, photos = _lines(tasks)
    codes = door_codes(tasks, now)
    return {
        task.pk: PhoneTask(
            pk=task.pk,
            room=place_text(task),
            area=task.room.area if task.room else "",
            house=task.property.name,
            kind=task.get_kind_display(),
            is_inspection=task.kind == TaskKind.INSPECTION,
            date=task.date,
            when=places[task.pk],
            day_text=short_date_text(task.date),
            until=until_text(task),
            reasons=tuple(reasons(task, task.property.today(now))),
            minutes=task.minutes,
            state=task.state,
            state_text=task.get_state_display(),
            tone=state_tone(task.state),
            is_urgent=task.priority <= Priority.GUEST_ARRIVES and task.state in UNFINISHED,
            problem=task.get_problem_display() if task.problem else "",
            remark=task.remark,
            note=task.overrides.get("note") or "",
            has_room=task.room_id is not None,
            lines=tuple(lines.get(task.pk, ())),
            photos=tuple(photos.get(task.pk, ())),
            code=codes.get(task.pk, ""),
            code_until=_code_until(task, now) if task.pk in codes else "",
        )
        for task in tasks
    }


def _code_until(task: CleaningTask, now: datetime) -> str:
    """The moment at which the house's present day ends, as text in UTC."""
    house = task.property
    end = datetime.combine(house.today(now) + timedelta(days=1), house.day_begins_at, house.zone)
    return end.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _lines(
    tasks: Sequence[CleaningTask],
) -> tuple[dict[int, list[Line]], dict[int, list[int]]]:
    """The checklists and the other photos by task. Three queries; see :func:`cleaning.checklists.items_of`."""
    numbers = [task.pk for task in tasks]
    ticked = set(ChecklistTick.objects.filter(task_id__in=numbers).values_list("task_id", "item_id"))
    pictured: dict[tuple[int, int | None], list[int]] = {}
    for task_id, item_id, photo_id in (
        Photo.objects.filter(task_id__in=numbers, finding=None)
        .order_by("taken_at", "pk")
        .values_list("task_id", "item_id", "pk")
    ):
        pictured.setdefault((task_id, item_id), []).append(photo_id)
    named: dict[int, list[ChecklistItem]] = {}
    usual: dict[tuple[int, str], list[ChecklistItem]] = {}
    items = ChecklistItem.objects.filter(
        Q(checklist_id__in={task.checklist_id for task in tasks if task.checklist_id})
        | Q(checklist__is_default=True, checklist__kind__in={task.kind for task in tasks}),
        hotel_id__in={task.hotel_id for task in tasks},
    )
    for item in items.select_related("checklist").order_by("position", "pk"):
        named.setdefault(item.checklist_id, []).append(item)
        if item.checklist.is_default:
            usual.setdefault((item.hotel_id, item.checklist.kind), []).append(item)
    found = {}
    for task in tasks:
        own = (
            named.get(task.checklist_id, [])
            if task.checklist_id
            else usual.get((task.hotel_id, task.kind), [])
        )
        found[task.pk] = [
            Line(
                pk=item.pk,
                text=item.text,
                is_required=item.is_required,
                needs_photo=item.needs_photo,
                is_done=(task.pk, item.pk) in ticked,
                photos=tuple(pictured.get((task.pk, item.pk), ())),
            )
            for item in own
            if item.is_active or (task.pk, item.pk) in ticked
        ]
    return found, {task.pk: pictured.get((task.pk, None), []) for task in tasks}
