"""The mapping page's rates: what the other side calls them, which rate plan of ours each sells, and what it may be.

Rates of one name in a property are one line as long as they are chosen alike, however many rooms have them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from integrations.contracts import Capability
from integrations.mapping_table import Option
from integrations.models import Connection, PropertyMapping, RateMapping, RoomMapping
from integrations.rate_mappings import NOT_SENT
from integrations.registry import can
from integrations.suggestions import Reason, normalise
from reservations.models import RatePlan
from reservations.room_claims import natural_order

#: The prefix of the inputs; the keys of the rates of a line follow, joined by dots.
PREFIX = "rate-"
_SIMILAR_ENOUGH = 0.72
_ROOMS_NAMED = 4


@dataclass(frozen=True, slots=True)
class RateLine:
    """Rates that are chosen together. ``value`` is what the form shows chosen, ``saved`` whether it is stored."""

    input: str
    name: str
    rooms: str
    count: int
    value: str
    saved: bool
    suggestion: str


@dataclass(frozen=True, slots=True)
class RateGroup:
    """The rates of one property. Without ``options`` it has no rate plan to choose yet."""

    name: str
    property_id: int
    options: Sequence[Option]
    lines: Sequence[RateLine]


@dataclass(frozen=True, slots=True)
class RateTable:
    groups: Sequence[RateGroup] = field(default_factory=list)
    #: Whether lines stand for several rates, so that looking at each makes a difference.
    joined: bool = False


@dataclass(frozen=True, slots=True)
class _Rate:
    row: RateMapping
    name: str
    room: str
    value: str
    suggestion: str


def rate_table(connection: Connection, *, each: bool = False) -> RateTable:
    """The rates of mapped room types; one line for each rate with ``each``. Four queries."""
    if not can(connection.provider, Capability.PUSH_OFFERS):
        return RateTable()
    places = list(
        PropertyMapping.objects.filter(connection=connection, property__isnull=False)
        .select_related("property")
        .order_by("external_name", "pk")
    )
    rooms = {
        (room.property_ref, room.external_ref): str(room)
        for room in RoomMapping.objects.filter(connection=connection, external_kind="room_type").exclude(
            room_type=None, room=None
        )
    }
    rows: dict[str, list[RateMapping]] = {}
    for row in RateMapping.objects.filter(connection=connection):
        if (row.property_ref, row.room_ref) in rooms:
            rows.setdefault(row.property_ref, []).append(row)
    plans: dict[int, list[RatePlan]] = {}
    for plan in RatePlan.objects.filter(hotel_id=connection.hotel_id):
        plans.setdefault(plan.property_id, []).append(plan)
    groups = []
    for place in places:
        if place.external_ref not in rows or place.property is None:
            continue
        theirs, mine = rows[place.external_ref], plans.get(place.property.pk, [])
        guesses = _guesses(theirs, mine)
        rates = [_rate(row, rooms[row.property_ref, row.room_ref], guesses) for row in theirs]
        used = {row.rate_plan_id for row in theirs}
        options = [Option(str(plan.pk), plan.name) for plan in mine if plan.is_active or plan.pk in used]
        groups.append(RateGroup(str(place), place.property.pk, options, _lines(rates, each)))
    return RateTable(groups, any(line.count > 1 for group in groups for line in group.lines))


def _name_of(row: RateMapping) -> str:
    """What a rate is called; a price that the room itself has is not called like the room."""
    if row.external_ref == row.room_ref:
        return _("Price of the room itself")
    return str(row)


def _guesses(rows: Iterable[RateMapping], plans: Sequence[RatePlan]) -> dict[str, tuple[str, str]]:
    """By the rate's name: the plan it probably is, as an input's value, and the reason."""
    active = [plan for plan in plans if plan.is_active]
    names = {_name_of(row) for row in rows}
    found: dict[str, tuple[str, str]] = {}
    for name in names:
        plan, reason = _best(name, active)
        if plan is None and len(plans) == len(active) == len(names) == 1:
            plan, reason = active[0], Reason.ONLY_ONE
        if plan is not None and reason is not None:
            found[name] = (str(plan.pk), str(reason.label))
    return found


def _best(name: str, plans: Iterable[RatePlan]) -> tuple[RatePlan | None, Reason | None]:
    likeness = [
        (SequenceMatcher(None, normalise(name), normalise(plan.name)).ratio(), -plan.pk, plan)
        for plan in plans
    ]
    if not likeness:
        return None, None
    ratio, _key, plan = max(likeness, key=lambda one: one[:2])
    if ratio < _SIMILAR_ENOUGH:
        return None, None
    return plan, Reason.SAME_NAME if name.casefold() == plan.name.casefold() else Reason.SIMILAR_NAME


def _rate(row: RateMapping, room: str, guesses: Mapping[str, tuple[str, str]]) -> _Rate:
    name = _name_of(row)
    if row.rate_plan_id:
        return _Rate(row, name, room, str(row.rate_plan_id), "")
    if row.ignored:
        return _Rate(row, name, room, str(NOT_SENT), "")
    value, reason = guesses.get(name, ("", ""))
    return _Rate(row, name, room, value, reason)


def _lines(rates: Iterable[_Rate], each: bool) -> list[RateLine]:
    named: dict[str, list[_Rate]] = {}
    for rate in sorted(rates, key=lambda one: (one.name, natural_order(one.room), one.row.pk)):
        named.setdefault(rate.name, []).append(rate)
    lines = []
    for alike in named.values():
        together = not each and len({(rate.value, bool(rate.suggestion)) for rate in alike}) == 1
        lines += [_line(part) for part in ([alike] if together else [[rate] for rate in alike])]
    return lines


def _line(rates: Sequence[_Rate]) -> RateLine:
    first = rates[0]
    rooms = [rate.room for rate in rates]
    text = ", ".join(rooms[:_ROOMS_NAMED])
    if len(rooms) > _ROOMS_NAMED:
        text = _("%(rooms)s and %(count)s more") % {"rooms": text, "count": len(rooms) - _ROOMS_NAMED}
    return RateLine(
        input=PREFIX + ".".join(str(rate.row.pk) for rate in rates),
        name=first.name,
        rooms=text,
        count=len(rates),
        value=first.value,
        saved=bool(first.row.rate_plan_id or first.row.ignored),
        suggestion=first.suggestion,
    )


def read_rates(posted: Mapping[str, str]) -> dict[int, int | None]:
    """The choices of the form by key of the rate: a rate plan, ``NOT_SENT``, or None for not chosen yet.

    Raises ``ValueError`` for anything that no form of ours sends.
    """
    choices: dict[int, int | None] = {}
    for name, value in posted.items():
        if not name.startswith(PREFIX):
            continue
        chosen = _number(value) if value else None
        choices.update((_number(key), chosen) for key in name.removeprefix(PREFIX).split("."))
    return choices


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise ValueError(text[:40])
    return int(text)
