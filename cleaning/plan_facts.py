"""Reads what the planner decides by: houses with their rules, stays, rooms with their closures. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import (
    Case,
    Count,
    DateField,
    FilteredRelation,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from cleaning.choices import FINISHED_STATES, TaskKind
from cleaning.models import CleaningRule, CleaningTask
from cleaning.plan_terms import Closure, Hours, House, RoomFacts, StayFacts
from cleaning.rule_book import Rule, RuleBook, Scope
from reservations.choices import GUEST_STATUSES, ClosureKind
from reservations.days import business_day
from reservations.models import Property, Room, Stay

_RULE_FIELDS = tuple(name for name in Rule.__dataclass_fields__ if name != "pk")
_HOUSE_COLUMNS = (
    "pk",
    "timezone",
    "check_in_from",
    "check_out_until",
    "day_begins_at",
    "cleaning_hours__starts_at",
    "cleaning_hours__ends_at",
)
#: Closures after which a room needs a look; a feed's block is mostly a booking seen from elsewhere.
CLOSURES_THAT_LEAVE_TRACES = (ClosureKind.OUT_OF_ORDER, ClosureKind.OWNER_BLOCK)


def load_houses(hotel_id: int, now: datetime, rules: Iterable[Rule] | None = None) -> dict[int | None, House]:
    """The hotel's properties with their clocks, hours and rules, by id; with ``rules`` instead of its own if given.

    In a hotel of one property the key ``None`` is there too: a stay whose property is not known yet can only be in it.
    One query: rules are few, so each house comes with all of them.
    """
    columns = list(_HOUSE_COLUMNS)
    if rules is None:
        columns += [f"hotel__cleaning_rules__{name}" for name in ("pk", *_RULE_FIELDS)]
    rows = list(Property.objects.filter(hotel_id=hotel_id).values_list(*columns))
    if rules is None:
        found = {pk: _rule(pk, values) for pk, *values in (row[len(_HOUSE_COLUMNS) :] for row in rows) if pk}
        rules = [found[pk] for pk in sorted(found)]
    book = RuleBook(rules)
    houses: dict[int | None, House] = {}
    for pk, timezone, check_in, check_out, day_begins_at, starts_at, ends_at, *_rule_values in rows:
        if pk in houses:
            continue
        zone = ZoneInfo(timezone)
        today = business_day(now, zone, day_begins_at)
        hours = Hours(starts_at, ends_at) if starts_at else Hours()
        last = today + timedelta(days=settings.CLEANING_HORIZON_DAYS)
        houses[pk] = House(pk, zone, check_in, check_out, hours, book, today, last, day_begins_at)
    if len(houses) == 1:
        houses[None] = next(iter(houses.values()))
    return houses


def load_rules(hotel_id: int) -> list[Rule]:
    """The hotel's rules. One query."""
    rows = CleaningRule.objects.filter(hotel_id=hotel_id).order_by("pk").values_list("pk", *_RULE_FIELDS)
    return [_rule(pk, values) for pk, *values in rows]


def _rule(pk: int, values: Iterable[Any]) -> Rule:
    named = dict(zip(_RULE_FIELDS, values, strict=True))
    return Rule(**{**named, "kind": TaskKind(named["kind"]), "pk": pk})


def load_stays(condition: Q) -> list[StayFacts]:
    """The stays that meet ``condition``, in no order. One query."""
    columns = (
        "pk",
        "property_id",
        "room_id",
        "room_type_id",
        "arrival",
        "departure",
        "status",
        "state",
        "overbooked",
        "reservation__channel",
        "arrives_at",
        "leaves_at",
        Coalesce("checked_out_at", "part_of__checked_out_at"),
        "missing_since",
        "left_rooms",
        "rate_plan_id",
    )
    rows: Iterable[tuple[Any, ...]] = Stay.objects.filter(condition).order_by().values_list(*columns)
    return [
        StayFacts._make(
            (*known, missing_since is not None, tuple((room, at) for room, at in left_rooms), rate_plan_id)
        )
        for *known, missing_since, left_rooms, rate_plan_id in rows
    ]


@dataclass(slots=True)
class RoomsRead:
    """What was read of some rooms: their closures, and what the next deep cleaning depends on where one is wanted."""

    closures: list[Closure] = field(default_factory=list)
    for_deep: list[RoomFacts] = field(default_factory=list)


def load_rooms(
    room_ids: Collection[int] | QuerySet[Any],
    houses: Mapping[int | None, House],
    since: date,
    *,
    hotel_id: int,
) -> RoomsRead:
    """The rooms' closures that end on ``since`` or later, and the facts for deep cleaning. One query."""
    rows: QuerySet[Any] = (
        Room.objects.filter(pk__in=room_ids, hotel_id=hotel_id)
        .order_by("pk")
        .annotate(
            closed=FilteredRelation(
                "closures",
                condition=Q(closures__last__gte=since, closures__kind__in=CLOSURES_THAT_LEAVE_TRACES),
            )
        )
    )
    columns = ["pk", "property_id", "room_type_id", "is_active", "closed__first", "closed__last"]
    book = next(iter(houses.values())).book
    if book.has_deep_cleaning:
        rows = _with_history(rows, houses)
        columns += ["last_deep", "left"]
    found = RoomsRead()
    seen: set[int] = set()
    for pk, property_id, room_type_id, is_active, first, last, *history in rows.values_list(*columns):
        if first is not None:
            found.closures.append((pk, first, last))
        house = houses.get(property_id)
        if not history or pk in seen or not is_active or house is None:
            continue
        seen.add(pk)
        if house.book.rule(TaskKind.DEEP, Scope(property_id, room_type_id)).is_wanted:
            found.for_deep.append(RoomFacts(pk, property_id, room_type_id, history[0], history[1]))
    return found


def _with_history(rooms: QuerySet[Any], houses: Mapping[int | None, House]) -> QuerySet[Any]:
    """``rooms`` with the day of their last deep cleaning and how many guests left between it and today."""
    book = next(iter(houses.values())).book
    deep = CleaningTask.objects.filter(
        room=OuterRef("pk"), kind=TaskKind.DEEP, state__in=FINISHED_STATES
    ).order_by()
    last_deep = deep.values("room").annotate(latest=Max("date")).values("latest")
    # The rules in their order, as the book asks them.
    starts = [
        When(
            **{
                name: value
                for name, value in (
                    ("property_id", rule.property_id),
                    ("room_type_id", rule.room_type_id),
                )
                if value is not None
            }
            or {"pk__gt": 0},
            then=Value(rule.counts_from, DateField()),
        )
        for rule in book.of_kind(TaskKind.DEEP)
        if rule.rate_plan_id is None and not rule.channel
    ]
    today = [
        When(property_id=pk, then=Value(house.first, DateField()))
        for pk, house in houses.items()
        if pk is not None
    ]
    left = Stay.objects.filter(
        room=OuterRef("pk"),
        departure__gt=OuterRef("since"),
        departure__lt=OuterRef("today"),
        status__in=GUEST_STATUSES,
        overbooked=False,
    ).order_by()
    annotated: QuerySet[Any] = rooms.annotate(
        last_deep=Subquery(last_deep, output_field=DateField()),
        since=Coalesce("last_deep", Case(*starts, default=None, output_field=DateField())),
        today=Case(*today, default=None, output_field=DateField()),
        left=Coalesce(
            Subquery(
                left.values("room").annotate(number=Count("pk")).values("number"), output_field=IntegerField()
            ),
            0,
        ),
    )
    return annotated
