"""Which rule holds where: the closest one, as a whole. Pure: no database, no clock.

A rule may name a rate plan, a channel, a room type and a property. The more of these it names the closer it is, and
they weigh in that order: a rule for a rate wins over one for a channel, that over one for a room type, and so on
(the order of RMS Cloud, whose tasks of a property are overridden by category and then by rate:
https://helpcentre.rmscloud.com). Where no rule of a kind fits, :data:`DEFAULT_RULES` holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import NamedTuple

from cleaning.choices import TaskKind


class Scope(NamedTuple):
    """What decides which rules fit a stay or a room."""

    property_id: int | None
    room_type_id: int | None
    rate_plan_id: int | None = None
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What one kind of work means; the columns of :class:`cleaning.models.CleaningRule` without its hotel."""

    kind: TaskKind
    minutes: int
    is_wanted: bool = True
    #: Stay-over and linen: days between two times. Deep cleaning: days after the last one. 0: not by days.
    every_days: int = 0
    #: Days from arrival to the first time; 0: as many as between two times.
    first_day: int = 0
    shortest_stay: int = 0
    every_departures: int = 0
    counts_from: date | None = None
    after_empty_days: int = 0
    slip_days: int = 0
    starts_at: time | None = None
    ends_at: time | None = None
    is_inspected: bool = False
    checklist_id: int | None = None
    property_id: int | None = None
    room_type_id: int | None = None
    rate_plan_id: int | None = None
    channel: str = ""
    pk: int = 0

    @property
    def closeness(self) -> int:
        """How much the rule names; the higher number wins."""
        return (
            8 * (self.rate_plan_id is not None)
            + 4 * bool(self.channel)
            + 2 * (self.room_type_id is not None)
            + (self.property_id is not None)
        )

    def fits(self, scope: Scope) -> bool:
        return (
            self.property_id in (None, scope.property_id)
            and self.room_type_id in (None, scope.room_type_id)
            and self.rate_plan_id in (None, scope.rate_plan_id)
            and self.channel in ("", scope.channel)
        )


DEFAULT_RULES: Mapping[TaskKind, Rule] = {
    rule.kind: rule
    for rule in (
        Rule(TaskKind.DEPARTURE, minutes=45),
        Rule(TaskKind.STAY_OVER, minutes=20, every_days=3),
        Rule(TaskKind.LINEN, minutes=30, every_days=7, is_wanted=False),
        Rule(TaskKind.ARRIVAL_CHECK, minutes=10, after_empty_days=3),
        Rule(TaskKind.DEEP, minutes=120, every_departures=20, is_wanted=False),
    )
}


@dataclass(slots=True)
class RuleBook:
    """The rules of one hotel. Asking twice for the same scope costs a look into a dictionary."""

    rules: Iterable[Rule] = ()
    _by_kind: dict[TaskKind, list[Rule]] = field(default_factory=dict)
    _found: dict[tuple[TaskKind, Scope], Rule] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rules = tuple(self.rules)
        for rule in sorted(self.rules, key=lambda rule: (-rule.closeness, rule.pk)):
            self._by_kind.setdefault(rule.kind, []).append(rule)

    def rule(self, kind: TaskKind, scope: Scope) -> Rule:
        """The closest rule of ``kind`` that fits; the default when none does."""
        key = (kind, scope)
        if (found := self._found.get(key)) is None:
            fitting = (rule for rule in self._by_kind.get(kind, ()) if rule.fits(scope))
            found = self._found[key] = next(fitting, DEFAULT_RULES[kind])
        return found

    def of_kind(self, kind: TaskKind) -> list[Rule]:
        """The hotel's own rules of ``kind``, the closest first."""
        return list(self._by_kind.get(kind, ()))

    def wanted(self, kind: TaskKind) -> list[Rule]:
        """Every rule of ``kind`` that asks for work somewhere, the default included."""
        return [rule for rule in (*self._by_kind.get(kind, ()), DEFAULT_RULES[kind]) if rule.is_wanted]

    @property
    def longest_gap(self) -> int:
        """Days without a guest after which some room is checked: so far does a departure reach."""
        return max((rule.after_empty_days for rule in self.wanted(TaskKind.ARRIVAL_CHECK)), default=0)

    @property
    def longest_slip(self) -> int:
        """Days that some departure may wait: so far back does an arrival reach."""
        return max((rule.slip_days for rule in self.wanted(TaskKind.DEPARTURE)), default=0)

    @property
    def has_deep_cleaning(self) -> bool:
        return bool(self.wanted(TaskKind.DEEP))
