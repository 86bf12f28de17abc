"""Makes the tasks in the database equal to what the rules say of the present stays, plus what people decided.

:func:`replan` works on sets: the number of SQL statements is the same for one stay and for thousands. It takes the
hotel's lock, so two plans of one hotel never interleave. Started and finished tasks are read, never written. Whoever
has a task that becomes another one is told (:mod:`cleaning.story`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, ForeignObjectRel, OuterRef, Q

from cleaning import story
from cleaning.choices import OPEN_STATES, TaskEventKind, TaskKind, TaskOrigin, TaskState
from cleaning.models import CleaningTask
from cleaning.overrides import Computed, lay_over
from cleaning.plan_facts import load_houses
from cleaning.plan_terms import DesiredTask, House, StayFacts, last_day_of
from cleaning.plan_world import Span, World, load_world
from cleaning.planner import (
    arrival_check_key,
    departure_key,
    left_room_key,
    plan_arrival_check,
    plan_deep,
    plan_departure,
    plan_left_rooms,
    plan_stay,
)
from cleaning.room_calendar import RoomCalendar
from reservations.locks import lock_hotel

#: What the planner writes. Not the assignee, the decisions and the work itself: those are people's.
_PLANNED_FIELDS = (
    "property",
    "room",
    "room_type",
    "stay",
    "date",
    "window_start",
    "window_end",
    "turnover",
    "overbooked",
    "doubtful",
    "vacated_at",
    "is_inspected",
    "checklist",
    "priority",
    "minutes",
    "state",
    "planned",
    "fingerprint",
    "overdue_step",
    "changed_at",
)
_OPEN = frozenset(OPEN_STATES)


@dataclass(frozen=True, slots=True)
class ReplanResult:
    """How many tasks a plan made, changed, removed, and cancelled because a person had decided about them."""

    created: int = 0
    changed: int = 0
    removed: int = 0
    cancelled: int = 0


@dataclass(slots=True)
class _Difference:
    """What must be done so that the rows equal the wishes."""

    create: list[DesiredTask] = field(default_factory=list)
    change: list[tuple[CleaningTask, DesiredTask]] = field(default_factory=list)
    unwanted: list[CleaningTask] = field(default_factory=list)


def replan(
    *,
    hotel_id: int,
    room_ids: Collection[int] = (),
    stay_ids: Collection[int] = (),
    first: date,
    last: date,
    spans: Iterable[Span] = (),
    now: datetime,
) -> ReplanResult:
    """Plan every task of the named stays, and whatever the days ``first`` to ``last`` of the rooms decide.

    ``first`` and ``last`` are local dates (half-open) and cover where the stays were and where they are now; tasks of
    other stays in these rooms follow when their deadline or their arrival check depends on those days. ``spans``
    (room, first, last), when given, say more exactly where the stays were, so that fewer neighbours are looked at.
    ``now`` is aware; each house takes its own today from it. Idempotent: a second call writes nothing.
    """
    with transaction.atomic(savepoint=False):
        lock_hotel(hotel_id)
        houses = load_houses(hotel_id, now)
        if not houses:
            return ReplanResult()
        world = load_world(
            hotel_id=hotel_id,
            houses=houses,
            stay_ids=set(stay_ids),
            spans=list(spans) or [(room_id, first, last) for room_id in room_ids],
        )
        desired, neighbours = _wishes(world, houses)
        difference = _compare(desired, neighbours, world, hotel_id, houses)
        return _write(difference, hotel_id, houses, now)


def _wishes(
    world: World, houses: Mapping[int | None, House]
) -> tuple[dict[str, DesiredTask], dict[int, tuple[str, ...]]]:
    """All wishes of the named stays, and those of their neighbours that the days in reach decide.

    The second value says which keys of each neighbour were looked at; its other tasks are left alone.
    """
    calendar = RoomCalendar.of(world.everybody, world.rooms.closures, houses)
    desired: dict[str, DesiredTask] = {}
    named_ids = world.named_ids
    neighbours: dict[int, tuple[str, ...]] = {}
    for stay in world.named:
        house = houses.get(stay.property_id)
        if house is not None:
            desired.update((task.key, task) for task in plan_stay(stay, house, calendar))
    for stay in world.around:
        house = houses.get(stay.property_id)
        if stay.pk in named_ids or house is None:
            continue
        if world.is_touched(stay.room_id, stay.departure):
            neighbours[stay.pk] = (departure_key(stay.pk),)
            desired.update((task.key, task) for task in plan_departure(stay, house, calendar))
        if world.is_touched(stay.room_id, stay.arrival):
            neighbours[stay.pk] = (*neighbours.get(stay.pk, ()), arrival_check_key(stay.pk))
            desired.update((task.key, task) for task in plan_arrival_check(stay, house, calendar))
    for stay in world.moved:
        house = houses.get(stay.property_id)
        if stay.pk in named_ids or house is None:
            continue
        keys = {
            left_room_key(stay.pk, room_id)
            for room_id, moment in stay.left_rooms
            if world.is_touched(room_id, house.day_of(datetime.fromisoformat(moment)))
        }
        if keys:
            neighbours[stay.pk] = (*neighbours.get(stay.pk, ()), *sorted(keys))
            left = plan_left_rooms(stay, house, calendar)
            desired.update((task.key, task) for task in left if task.key in keys)
    inside: dict[int | None, list[StayFacts]] = {}
    for stay in world.around:
        inside.setdefault(stay.room_id, []).append(stay)
    for room in world.rooms.for_deep:
        deep = plan_deep(room, houses[room.property_id], inside.get(room.pk, ()))
        desired.update((task.key, task) for task in deep)
    return desired, neighbours


def _compare(
    desired: dict[str, DesiredTask],
    neighbours: Mapping[int, tuple[str, ...]],
    world: World,
    hotel_id: int,
    houses: Mapping[int | None, House],
) -> _Difference:
    """Read the tasks these stays and rooms have and set them against the wishes. One query, which locks the rows:
    somebody who starts a task meanwhile takes it out of the plan's hands before or after, never in between.

    Tasks of past days that nobody started are history: they stay as they are, unless their stay asks for them anew.
    """
    named = world.named_ids
    rows = CleaningTask.objects.select_for_update(of=("self",)).filter(
        Q(stay_id__in=[*named, *neighbours])
        | Q(stay_id__isnull=True, kind=TaskKind.DEEP, room_id__in=list(world.reach))
        | Q(stay_id__isnull=True, state__in=OPEN_STATES) & ~Q(kind=TaskKind.DEEP),
        hotel_id=hotel_id,
        origin=TaskOrigin.RULES,
    )
    difference = _Difference()
    open_rows = []
    for row in rows:
        if row.stay_id not in named and row.stay_id is not None and row.key not in neighbours[row.stay_id]:
            continue
        if row.state in _OPEN:
            open_rows.append(row)
            continue
        wish = desired.get(row.key)
        if wish is None:
            continue
        if row.kind == TaskKind.DEEP or row.fingerprint.startswith(f"{wish.place}|"):
            # Somebody is at it or has done it: the wish is served.
            del desired[row.key]
    for row in open_rows:
        wish = desired.pop(row.key, None)
        if wish is None:
            last_day = last_day_of(row.fingerprint)
            if last_day is not None and last_day >= houses[row.property_id].first:
                difference.unwanted.append(row)
        elif row.fingerprint != wish.fingerprint:
            difference.change.append((row, wish))
    difference.create = list(desired.values())
    return difference


def _write(
    difference: _Difference, hotel_id: int, houses: Mapping[int | None, House], now: datetime
) -> ReplanResult:
    """Four statements at most: one upsert, one delete, and the lines of the story of whoever has a task; more only
    when a task goes that has a story of its own."""
    removed = [row.pk for row in difference.unwanted if not row.overrides]
    cancelled = [row for row in difference.unwanted if row.overrides]
    was_cancelled = {row.pk for row in cancelled if row.state == TaskState.CANCELLED}
    for row in cancelled:
        row.state, row.fingerprint, row.changed_at = TaskState.CANCELLED, "", now
    rows = [_row(wish, {}, hotel_id, now) for wish in difference.create]
    changed = [_changed(row, wish, hotel_id, now) for row, wish in difference.change]
    if rows or changed or cancelled:
        # `open_key` finds the row that is there; everything else of it is people's and is not named here.
        CleaningTask.objects.bulk_create(
            [*rows, *changed, *(_same_again(row) for row in cancelled)],
            update_conflicts=True,
            unique_fields=("open_key",),
            update_fields=_PLANNED_FIELDS,
        )
    if removed:
        _remove(removed, now)
    lines = [
        story.Line(
            old.pk, kind, data=story.difference(old, new), assignee_id=old.assignee_id, team_id=old.team_id
        )
        for (old, _wish), new in zip(difference.change, changed, strict=True)
        if (kind := _what_happened(old, new)) is not None
    ]
    lines += [
        story.Line(row.pk, TaskEventKind.CANCELLED, assignee_id=row.assignee_id, team_id=row.team_id)
        for row in cancelled
        if row.pk not in was_cancelled and (row.assignee_id or row.team_id)
    ]
    story.write(hotel_id=hotel_id, lines=lines, now=now)
    return ReplanResult(len(rows), len(changed), len(removed), len(cancelled))


def _same_again(row: CleaningTask) -> CleaningTask:
    """A copy without its number, for an upsert by ``open_key``."""
    again = copy(row)
    again.pk = None
    return again


def _remove(task_ids: Collection[int], now: datetime) -> None:
    """Delete tasks: in one statement those to which nothing refers, which is nearly always all of them.

    Those of which somebody still has to hear are cancelled instead.
    """
    tasks = CleaningTask.objects.filter(pk__in=task_ids)
    alone = tasks.order_by()
    for relation in CleaningTask._meta.get_fields(include_hidden=True):
        # Hidden ones too: those whose other side has no name here refer all the same.
        if isinstance(relation, ForeignObjectRel):
            referring = relation.related_model._default_manager.filter(
                **{relation.field.name: OuterRef("pk")}
            )
            alone = alone.filter(~Exists(referring.order_by()))
    # Django's own delete() would first ask each of those tables in a statement of its own.
    if alone._raw_delete(alone.db) < len(task_ids):
        tasks.filter(story.is_untold()).update(state=TaskState.CANCELLED, fingerprint="", changed_at=now)
        tasks.exclude(state=TaskState.CANCELLED).delete()


def _what_happened(old: CleaningTask, new: CleaningTask) -> TaskEventKind | None:
    """What to tell the person who has the task; nothing when nobody has it, or nothing of it concerns the work."""
    if not old.assignee_id and not old.team_id:
        return None
    if old.state == TaskState.CANCELLED:
        return TaskEventKind.RESTORED if new.state != TaskState.CANCELLED else None
    return TaskEventKind.CHANGED if story.difference(old, new) else None


def _changed(old: CleaningTask, wish: DesiredTask, hotel_id: int, now: datetime) -> CleaningTask:
    """The row that takes the place of ``old``; who was told that it is late hears of it anew for another hour only."""
    new = _row(wish, old.overrides, hotel_id, now)
    if new.window_end == old.window_end:
        new.overdue_step = old.overdue_step
    return new


def _row(wish: DesiredTask, overrides: Mapping[str, Any], hotel_id: int, now: datetime) -> CleaningTask:
    shape = wish.shape
    computed = Computed(wish.day, shape.start, shape.end, shape.priority, shape.minutes, wish.last_day)
    shown = lay_over(computed, overrides, wish.house.zone)
    return CleaningTask(
        hotel_id=hotel_id,
        property_id=wish.house.property_id,
        room_id=wish.room_id,
        room_type_id=wish.room_type_id,
        stay_id=wish.stay_id,
        kind=shape.kind,
        key=wish.key,
        open_key=wish.key,
        date=shown.date,
        window_start=shown.window_start,
        window_end=shown.window_end,
        turnover=shape.turnover,
        overbooked=wish.overbooked,
        doubtful=wish.doubtful,
        vacated_at=wish.vacated_at,
        is_inspected=shape.is_inspected,
        checklist_id=shape.checklist_id,
        priority=shown.priority,
        minutes=shown.minutes,
        state=shown.state,
        planned=shown.planned,
        fingerprint=wish.fingerprint,
        overdue_step=0,
        changed_at=now,
        # Said although empty: asking a foreign key for its default costs more than all the rest of a row.
        assignee_id=None,
        team_id=None,
        inspects_id=None,
        started_by_id=None,
        finished_by_id=None,
    )
