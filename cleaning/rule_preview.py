"""What changed rules would do to the next days: both plans are made in memory and compared. Writes nothing, locks
nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from cleaning.capacity import day_loads
from cleaning.choices import RULED_KINDS, TaskKind
from cleaning.plan_facts import load_houses, load_rooms, load_rules, load_stays
from cleaning.plan_terms import LONGEST_WAIT, DesiredTask, House
from cleaning.planner import plan
from cleaning.rule_book import Rule
from reservations.choices import GUEST_STATUSES
from reservations.models import Hotel, Room, RoomType

DAYS = 60
EXAMPLES = 12
#: Days that are shown because they ask for more than the people can do.
TOO_FULL = 10


@dataclass(slots=True)
class Sum:
    """Tasks and minutes under the present and the changed rules."""

    tasks_before: int = 0
    tasks_after: int = 0
    minutes_before: int = 0
    minutes_after: int = 0

    @property
    def minutes_more(self) -> int:
        return self.minutes_after - self.minutes_before

    def add(self, before: DesiredTask | None, after: DesiredTask | None) -> None:
        if before is not None:
            self.tasks_before += 1
            self.minutes_before += before.shape.minutes
        if after is not None:
            self.tasks_after += 1
            self.minutes_after += after.shape.minutes


@dataclass(frozen=True, slots=True)
class Example:
    """One task that would come, go or become another one; ``before`` or ``after`` may be None."""

    kind: TaskKind
    day: date
    room: str
    before: DesiredTask | None
    after: DesiredTask | None

    @property
    def what(self) -> str:
        if self.before is None:
            return "new"
        return "gone" if self.after is None else "changed"


@dataclass(frozen=True, slots=True)
class FullDay:
    """A day that would ask for more minutes than the people have; ``before`` is what it asks for now."""

    day: date
    before: int
    after: int
    available: int


@dataclass(slots=True)
class Preview:
    """The next days under changed rules."""

    first: date
    last: date
    total: Sum = field(default_factory=Sum)
    by_kind: dict[TaskKind, Sum] = field(default_factory=dict)
    #: By the Monday of the week.
    by_week: dict[date, Sum] = field(default_factory=dict)
    new: int = 0
    gone: int = 0
    changed: int = 0
    examples: Sequence[Example] = ()
    full_days: Sequence[FullDay] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.gone or self.changed)

    @property
    def kinds(self) -> list[tuple[TaskKind, Sum]]:
        return [(kind, self.by_kind[kind]) for kind in RULED_KINDS if kind in self.by_kind]

    @property
    def weeks(self) -> list[tuple[date, Sum]]:
        return sorted(self.by_week.items())


def changed_rules(rules: Iterable[Rule], *, saved: Rule | None = None, removed: int = 0) -> list[Rule]:
    """``rules`` with one of them ``saved`` (a new one has no number) or ``removed``."""
    kept = [rule for rule in rules if rule.pk not in (removed, saved.pk if saved else 0)]
    return [*kept, saved] if saved else kept


def preview(hotel: Hotel, *, saved: Rule | None = None, removed: int = 0, now: datetime) -> Preview:
    """The next 60 days of ``hotel`` with one rule saved or removed, against the same days as they are.

    A number of queries that does not grow with stays, rooms or rules (about a dozen). What people decided about
    single tasks stays as it is whatever the rules say, and is not looked at here.
    """
    present = load_rules(hotel.pk)
    rules = changed_rules(present, saved=saved, removed=removed)
    houses = load_houses(hotel.pk, now, present)
    if not houses:
        return Preview(now.date(), now.date())
    first = min(house.first for house in houses.values())
    last = first + timedelta(days=DAYS)
    since = first - LONGEST_WAIT
    stays = load_stays(
        Q(hotel_id=hotel.pk, departure__gte=since, arrival__lte=last, status__in=GUEST_STATUSES)
    )
    rooms = Room.objects.of(hotel).order_by().values("pk")
    plans = []
    for book in (present, rules):
        there = _until(last, houses if book is present else load_houses(hotel.pk, now, book))
        read = load_rooms(rooms, there, since, hotel_id=hotel.pk)
        plans.append(plan(stays, there, read.closures, read.for_deep))
    found = _compared(*plans, first=first, last=last, hotel=hotel)
    found.full_days = _full_days(hotel, plans, first, now)
    return found


def _until(last: date, houses: Mapping[int | None, House]) -> dict[int | None, House]:
    return {pk: replace(house, last=last, _shapes={}) for pk, house in houses.items()}


def _compared(
    before: Mapping[str, DesiredTask],
    after: Mapping[str, DesiredTask],
    *,
    first: date,
    last: date,
    hotel: Hotel,
) -> Preview:
    """Two queries."""
    found = Preview(first, last)
    different: list[tuple[DesiredTask, DesiredTask | None, DesiredTask | None]] = []
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        for task, pair in ((old, (old, None)), (new, (None, new))):
            if task is not None:
                found.total.add(*pair)
                found.by_kind.setdefault(task.shape.kind, Sum()).add(*pair)
                week = task.day - timedelta(days=task.day.weekday())
                found.by_week.setdefault(week, Sum()).add(*pair)
        if old and new and old.fingerprint == new.fingerprint:
            continue
        found.new += old is None
        found.gone += new is None
        found.changed += old is not None and new is not None
        shown = new or old
        if shown is not None:
            different.append((shown, old, new))
    different.sort(key=lambda row: (row[0].day, row[0].room_id or 0, row[0].key))
    different = different[:EXAMPLES]
    rooms = _names(Room.objects.of(hotel), [shown.room_id for shown, *_ in different])
    types = _names(RoomType.objects.of(hotel), [shown.room_type_id for shown, *_ in different])
    found.examples = [
        Example(
            shown.shape.kind,
            shown.day,
            rooms.get(shown.room_id or 0) or types.get(shown.room_type_id or 0, "—"),
            old,
            new,
        )
        for shown, old, new in different
    ]
    return found


def _names(rows: QuerySet[Any], ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {pk for pk in ids if pk is not None}
    return dict(rows.filter(pk__in=wanted).values_list("pk", "name"))


def _full_days(
    hotel: Hotel, plans: Sequence[Mapping[str, DesiredTask]], first: date, now: datetime
) -> list[FullDay]:
    """Days that would be fuller than now and ask for more than the people can do."""
    minutes = []
    for tasks in plans:
        per_day: Counter[date] = Counter()
        for task in tasks.values():
            per_day[task.day] += task.shape.minutes
        minutes.append(per_day)
    fuller = sorted(day for day, number in minutes[1].items() if day >= first and number > minutes[0][day])
    if not fuller:
        return []
    loads = {load.day: load for load in day_loads(hotel, fuller, now=now)}
    found = []
    if not any(load.minutes_available for load in loads.values()):
        return []  # nobody has entered who cleans
    for day in fuller:
        load = loads[day]
        # Extra tasks and what people decided are in the day's load, not in the plans.
        after = load.minutes_planned + minutes[1][day] - minutes[0][day]
        if after > load.minutes_available:
            found.append(FullDay(day, load.minutes_planned, after, load.minutes_available))
    return found[:TOO_FULL]
