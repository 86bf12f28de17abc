"""The words in which cleaning is planned: what is known of stays, rooms and houses, and what a wished task is. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cleaning.choices import Priority, TaskKind
from cleaning.rule_book import Rule, RuleBook, Scope
from reservations.choices import GUEST_STATUSES
from reservations.days import business_day

ONE_DAY = timedelta(days=1)
#: A room that is closed for longer is nobody's left-over work: its departure is history by then.
LONGEST_WAIT = timedelta(days=60)
_MINUTES_OF_A_DAY = 24 * 60


#: A room, the first day on which it is closed, and the first on which it is free again.
Closure = tuple[int, date, date]


@dataclass(frozen=True, slots=True)
class Hours:
    """When people clean in one house; the defaults hold until somebody saves others."""

    starts_at: time = time(9)
    ends_at: time = time(18)


class StayFacts(NamedTuple):
    """What the planner needs to know of one stay. Dates are local and half-open, hours local."""

    pk: int
    property_id: int | None
    room_id: int | None
    room_type_id: int | None
    arrival: date
    departure: date
    status: str
    state: str
    overbooked: bool
    channel: str = ""
    #: Hours agreed with the guest, other than those of the house.
    arrives_at: time | None = None
    leaves_at: time | None = None
    #: When the desk saw the guest leave (aware).
    left_at: datetime | None = None
    #: Its feed does not name it any more; nobody knows yet whether it is cancelled.
    doubtful: bool = False
    #: Rooms that the guest left in mid-stay, each with the moment as ISO text.
    left_rooms: tuple[tuple[int, str], ...] = ()
    rate_plan_id: int | None = None

    @property
    def has_guest(self) -> bool:
        return self.status in GUEST_STATUSES

    @property
    def scope(self) -> Scope:
        return Scope(self.property_id, self.room_type_id, self.rate_plan_id, self.channel)


class RoomFacts(NamedTuple):
    """What a deep cleaning depends on. ``left`` says how many guests left after ``last_deep`` (without one, after the
    day from which the rule counts) and before today."""

    pk: int
    property_id: int
    room_type_id: int
    last_deep: date | None = None
    left: int = 0


class Shape(NamedTuple):
    """What every task of one kind in one house has in common. ``mark`` tells two shapes apart."""

    kind: TaskKind
    turnover: bool
    priority: Priority
    minutes: int
    start: time
    end: time
    is_inspected: bool
    checklist_id: int | None
    mark: str


class DesiredTask(NamedTuple):
    """A task the stays ask for. ``key`` names it for ever: the same stay asks for the same key."""

    key: str
    house: House
    shape: Shape
    stay_id: int | None
    room_id: int | None
    room_type_id: int | None
    day: date
    #: The day on which the window ends; later than ``day`` when the task may wait.
    last_day: date
    overbooked: bool
    doubtful: bool = False
    vacated_at: datetime | None = None

    @property
    def place(self) -> str:
        """Where and when, as text: a started or finished task with the same place already serves this wish."""
        return f"{self.room_id or '-'}@{self.day.isoformat()}"

    @property
    def fingerprint(self) -> str:
        """All computed values as one text, so that an unchanged task is recognised without reading its row."""
        waits = f"+{(self.last_day - self.day).days}" if self.last_day != self.day else ""
        left = f" {self.vacated_at:%d%H%M%S}" if self.vacated_at else ""
        marks = f"{self.overbooked:d}{self.doubtful:d}{left}"
        house = self.house.property_id
        return f"{self.place}|{self.shape.mark}{waits}|{house}|{self.room_type_id or '-'}|{marks}"


def last_day_of(fingerprint: str) -> date | None:
    """The day up to which a fingerprint lets its task wait; None for the empty text of an unwanted task."""
    if not fingerprint:
        return None
    place, mark, *_rest = fingerprint.split("|")
    waits = mark.rpartition("+")[2]
    return date.fromisoformat(place.rpartition("@")[2]) + timedelta(days=int(waits) if waits.isdigit() else 0)


@dataclass(frozen=True, eq=False)
class House:
    """One property: its clock, hours and rules. ``first`` is today there, ``last`` the last day to plan."""

    property_id: int
    zone: ZoneInfo
    check_in: time
    check_out: time
    hours: Hours
    book: RuleBook
    first: date
    last: date
    day_begins_at: time = time(4)
    _shapes: dict[tuple[object, ...], Shape] = field(default_factory=dict)

    def shape(
        self, rule: Rule, priority: Priority, start: time, end: time | None, *, turnover: bool = False
    ) -> Shape:
        """The shape of a task of ``rule`` between two hours of one day; ``end`` None is the rule's own."""
        # By identity: a book keeps its rules, and hashing one costs more than all the rest.
        key = (id(rule), priority, start, end, turnover)
        if (found := self._shapes.get(key)) is None:
            found = self._shapes[key] = self._new_shape(rule, priority, start, end, turnover)
        return found

    def day_of(self, moment: datetime) -> date:
        """The day to which ``moment`` (aware) belongs here."""
        return business_day(moment, self.zone, self.day_begins_at)

    def starts(self, rule: Rule) -> time:
        return rule.starts_at or self.hours.starts_at

    def ends(self, rule: Rule) -> time:
        return rule.ends_at or self.hours.ends_at

    def _new_shape(
        self, rule: Rule, priority: Priority, start: time, end: time | None, turnover: bool
    ) -> Shape:
        end = end or self.ends(rule)
        if end <= start:
            # The next guest may come before the last one must leave: the best that can be promised is "at once".
            end = _later(start, rule.minutes)
        marks = f"{' turnover' * turnover}{' inspected' * rule.is_inspected}"
        if rule.checklist_id:
            marks += f" list{rule.checklist_id}"
        mark = f"{self.zone.key} {start:%H:%M}-{end:%H:%M} {priority:d} {rule.minutes}{marks}"
        return Shape(
            rule.kind,
            turnover,
            priority,
            rule.minutes,
            start,
            end,
            rule.is_inspected,
            rule.checklist_id,
            mark,
        )


def _later(clock: time, minutes: int) -> time:
    """``clock`` plus ``minutes``, at most one minute before midnight."""
    total = min(clock.hour * 60 + clock.minute + minutes, _MINUTES_OF_A_DAY - 1)
    return time(total // 60, total % 60)
