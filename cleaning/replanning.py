"""Makes the tasks in the database equal to what the rules say of the present stays, plus what people decided.

:func:`replan` works on sets: the number of SQL statements is the same for one stay and for thousands. It takes the
hotel's lock, so two plans of one hotel never interleave. Started and finished tasks are read, never written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from cleaning.choices import OPEN_STATES, TaskState
from cleaning.models import CleaningTask
from cleaning.overrides import Computed, lay_over
from cleaning.planner import (
    DesiredTask,
    House,
    RoomCalendar,
    Rules,
    StayFacts,
    arrival_check_key,
    day_of,
    departure_key,
    plan_arrival_check,
    plan_departure,
    plan_stay,
)
from reservations.choices import GUEST_STATUSES, ClosureKind
from reservations.locks import lock_hotel
from reservations.models import Property, RoomClosure, Stay

_RULE_FIELDS = tuple(Rules.__dataclass_fields__)
#: Closures after which a room needs a look; a feed's block is mostly a booking seen from elsewhere.
_CLOSURES_THAT_LEAVE_TRACES = (ClosureKind.OUT_OF_ORDER, ClosureKind.OWNER_BLOCK)
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
    "priority",
    "minutes",
    "state",
    "planned",
    "fingerprint",
    "changed_at",
)
_OPEN = frozenset(OPEN_STATES)
#: A room and the local days (both included) on which something about it changed.
Span = tuple[int, date, date]


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
    change: dict[int, DesiredTask] = field(default_factory=dict)
    unwanted: list[int] = field(default_factory=list)


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
        named = _load_stays(Q(pk__in=stay_ids)) if stay_ids else []
        # A departure decides whether the next arrival within so many days needs a look at the room.
        look_back = timedelta(
            days=max(house.rules.arrival_check_after_empty_days for house in houses.values())
        )
        reach = _reach(
            [*(list(spans) or [(room_id, first, last) for room_id in room_ids]), *_places(named)],
            today=min(house.first for house in houses.values()),
            horizon=max(house.last for house in houses.values()),
            look_back=look_back,
        )
        around, closures = _load_rooms(reach, look_back)
        desired, neighbours = _wishes(named, around, closures, houses, reach)
        difference = _compare(desired, neighbours, {stay.pk for stay in named}, hotel_id, houses)
        return _write(difference, hotel_id, houses, now)


def load_houses(hotel_id: int, now: datetime) -> dict[int | None, House]:
    """The hotel's properties with their clocks and rules, by id. One query.

    In a hotel of one property the key ``None`` is there too: a stay whose property is not known yet can only be in it.
    """
    rows = Property.objects.filter(hotel_id=hotel_id).values_list(
        "pk",
        "timezone",
        "check_in_from",
        "check_out_until",
        *(f"cleaning_rules__{name}" for name in _RULE_FIELDS),
    )
    houses: dict[int | None, House] = {}
    for pk, timezone, check_in, check_out, *wanted in rows:
        zone = ZoneInfo(timezone)
        today = now.astimezone(zone).date()
        saved = wanted[0] is not None
        rules = Rules(**dict(zip(_RULE_FIELDS, wanted, strict=True))) if saved else Rules()
        last = today + timedelta(days=settings.CLEANING_HORIZON_DAYS)
        houses[pk] = House(pk, zone, check_in, check_out, rules, today, last)
    if len(houses) == 1:
        houses[None] = next(iter(houses.values()))
    return houses


def _load_stays(condition: Q) -> list[StayFacts]:
    rows = Stay.objects.filter(condition).values_list(
        "pk",
        "property_id",
        "room_id",
        "room_type_id",
        "arrival",
        "departure",
        "status",
        "state",
        "overbooked",
    )
    return [StayFacts(*row) for row in rows]


def _places(stays: Iterable[StayFacts]) -> Iterable[Span]:
    return [(stay.room_id, stay.arrival, stay.departure) for stay in stays if stay.room_id is not None]


def _reach(
    spans: Iterable[Span], *, today: date, horizon: date, look_back: timedelta
) -> dict[int, list[tuple[date, date]]]:
    """By room the days (both included) whose tasks the ``spans`` may decide, between today and the horizon."""
    reach: dict[int, list[tuple[date, date]]] = {}
    for room_id, begin, end in spans:
        if begin <= horizon and end >= today - look_back:
            days = (max(begin, today), min(end, horizon) + look_back)
            reach.setdefault(room_id, []).append(days)
    return reach


def _load_rooms(
    reach: Mapping[int, list[tuple[date, date]]], look_back: timedelta
) -> tuple[list[StayFacts], list[tuple[int, date]]]:
    """The guests and the closures around the days of ``reach``. Two queries, none when nothing is in reach."""
    if not reach:
        return [], []
    first = min(begin for touched in reach.values() for begin, _ in touched) - look_back
    last = max(end for touched in reach.values() for _, end in touched)
    stays = _load_stays(
        Q(
            room_id__in=list(reach),
            departure__gte=first,
            arrival__lte=last,
            status__in=GUEST_STATUSES,
            overbooked=False,
        )
    )
    closures = RoomClosure.objects.filter(
        room_id__in=list(reach), last__gte=first, last__lte=last, kind__in=_CLOSURES_THAT_LEAVE_TRACES
    ).values_list("room_id", "last")
    return stays, list(closures)


def _wishes(
    named: list[StayFacts],
    around: list[StayFacts],
    closures: Iterable[tuple[int, date]],
    houses: Mapping[int | None, House],
    reach: Mapping[int, list[tuple[date, date]]],
) -> tuple[dict[str, DesiredTask], dict[int, tuple[str, ...]]]:
    """All wishes of the named stays, and those of their neighbours that the days in ``reach`` decide.

    The second value says which keys of each neighbour were looked at; its other tasks are left alone.
    """
    calendar = RoomCalendar.of(around, closures)
    desired: dict[str, DesiredTask] = {}
    named_ids = {stay.pk for stay in named}
    neighbours: dict[int, tuple[str, ...]] = {}
    for stay in named:
        house = houses.get(stay.property_id)
        if house is not None:
            desired.update((task.key, task) for task in plan_stay(stay, house, calendar))
    for stay in around:
        house = houses.get(stay.property_id)
        if stay.pk in named_ids or house is None or stay.room_id is None:
            continue
        keys: tuple[str, ...] = ()
        touched = reach[stay.room_id]
        if any(begin <= stay.departure <= end for begin, end in touched):
            keys = (departure_key(stay.pk),)
            desired.update((task.key, task) for task in plan_departure(stay, house, calendar))
        if any(begin <= stay.arrival <= end for begin, end in touched):
            keys = (*keys, arrival_check_key(stay.pk))
            desired.update((task.key, task) for task in plan_arrival_check(stay, house, calendar))
        if keys:
            neighbours[stay.pk] = keys
    return desired, neighbours


def _compare(
    desired: dict[str, DesiredTask],
    neighbours: Mapping[int, tuple[str, ...]],
    named: Collection[int],
    hotel_id: int,
    houses: Mapping[int | None, House],
) -> _Difference:
    """Read the tasks these stays have and set them against the wishes. One query.

    Tasks of past days that nobody started are history: they stay as they are, unless their stay asks for them anew.
    """
    rows = CleaningTask.objects.filter(
        Q(stay_id__in=[*named, *neighbours]) | Q(stay_id__isnull=True, state__in=OPEN_STATES),
        hotel_id=hotel_id,
    ).values_list("pk", "key", "state", "fingerprint", "stay_id", "property_id")
    difference = _Difference()
    open_rows = []
    for pk, key, state, fingerprint, stay_id, property_id in rows:
        if stay_id not in named and stay_id is not None and key not in neighbours[stay_id]:
            continue
        if state in _OPEN:
            open_rows.append((pk, key, fingerprint, property_id))
            continue
        wish = desired.get(key)
        if wish is not None and fingerprint.startswith(f"{wish.place}|"):
            # Somebody is at it or has done it: the wish is served.
            del desired[key]
    today = {pk: house.first.isoformat() for pk, house in houses.items()}
    for pk, key, fingerprint, property_id in open_rows:
        wish = desired.pop(key, None)
        if wish is None:
            if fingerprint and day_of(fingerprint) >= today[property_id]:
                difference.unwanted.append(pk)
        elif fingerprint != wish.fingerprint:
            difference.change[pk] = wish
    difference.create = list(desired.values())
    return difference


def _write(
    difference: _Difference, hotel_id: int, houses: Mapping[int | None, House], now: datetime
) -> ReplanResult:
    """Five statements at most: lock, one upsert, one delete, one cancel."""
    changing = [*difference.change, *difference.unwanted]
    decided: dict[int, dict[str, Any]] = {}
    if changing:
        # What people did since the rows were read counts: one who started takes the task out of the plan's hands.
        decided = dict(
            CleaningTask.objects.select_for_update(of=("self",))
            .filter(pk__in=changing, state__in=OPEN_STATES)
            .values_list("pk", "overrides")
        )
    rows = [_row(wish, {}, hotel_id, now) for wish in difference.create]
    changed = [
        _row(wish, decided[pk], hotel_id, now) for pk, wish in difference.change.items() if pk in decided
    ]
    if rows or changed:
        # `open_key` finds the row that is there; everything else of it is people's and is not named here.
        CleaningTask.objects.bulk_create(
            [*rows, *changed],
            update_conflicts=True,
            unique_fields=("open_key",),
            update_fields=_PLANNED_FIELDS,
        )
    removed = [pk for pk in difference.unwanted if pk in decided and not decided[pk]]
    cancelled = [pk for pk in difference.unwanted if decided.get(pk)]
    if removed:
        CleaningTask.objects.filter(pk__in=removed).delete()
    if cancelled:
        CleaningTask.objects.filter(pk__in=cancelled).update(
            state=TaskState.CANCELLED, fingerprint="", changed_at=now
        )
    return ReplanResult(len(rows), len(changed), len(removed), len(cancelled))


def _row(wish: DesiredTask, overrides: Mapping[str, Any], hotel_id: int, now: datetime) -> CleaningTask:
    shape = wish.shape
    computed = Computed(wish.day, shape.start, shape.end, shape.priority, shape.minutes)
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
        priority=shown.priority,
        minutes=shown.minutes,
        state=shown.state,
        planned=shown.planned,
        fingerprint=wish.fingerprint,
        changed_at=now,
        # Said although empty: asking a foreign key for its default costs more than all the rest of a row.
        assignee_id=None,
        started_by_id=None,
        finished_by_id=None,
    )
