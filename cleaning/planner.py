"""Which cleaning tasks the stays of a house ask for. Pure: no database, no clock.

The rules, in the order in which they are tested:

* Only stays with a guest count; blocks, inquiries, cancelled stays and no-shows make no task.
* A stay has one departure task, on its departure day. When another guest arrives in that room on the same day it is
  a turnover: the same task with a deadline (check-in time). Else there is time until the end of the working day.
* A guest who stays is cleaned for every N days counted from arrival, never on the departure day.
* A room that was empty for N days, or closed since the last departure, is checked before the guest arrives, unless
  a departure task of that day covers it or the guest is already in.
* An overbooked stay has no room yet, so its tasks have none; it never makes another stay's departure a turnover.
* Nothing is planned for days before today or beyond the horizon, both in the local time of the house.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cleaning.choices import Priority, TaskKind
from reservations.choices import GUEST_STATUSES, StayState

ONE_DAY = timedelta(days=1)
_MINUTES_OF_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Rules:
    """What one house wants; the defaults hold until somebody saves rules for it."""

    departure_minutes: int = 45
    stay_over_minutes: int = 20
    arrival_check_minutes: int = 10
    #: A guest who stays is cleaned for every so many days; 0 = never.
    stay_over_every_days: int = 3
    #: A room empty for so many days is checked before the next guest; 0 = never.
    arrival_check_after_empty_days: int = 3
    day_starts_at: time = time(9)
    day_ends_at: time = time(18)


class StayFacts(NamedTuple):
    """What the planner needs to know of one stay. Dates are local and half-open."""

    pk: int
    property_id: int | None
    room_id: int | None
    room_type_id: int | None
    arrival: date
    departure: date
    status: str
    state: str
    overbooked: bool

    @property
    def has_guest(self) -> bool:
        return self.status in GUEST_STATUSES


class Shape(NamedTuple):
    """What every task of one kind in one house has in common. ``mark`` tells two shapes apart."""

    kind: TaskKind
    turnover: bool
    priority: Priority
    minutes: int
    start: time
    end: time
    mark: str


class DesiredTask(NamedTuple):
    """A task the stays ask for. ``key`` names it for ever: the same stay asks for the same key."""

    key: str
    house: House
    shape: Shape
    stay_id: int
    room_id: int | None
    room_type_id: int | None
    day: date
    overbooked: bool

    @property
    def place(self) -> str:
        """Where and when, as text: a started or finished task with the same place already serves this wish."""
        return f"{self.room_id or '-'}@{self.day.isoformat()}"

    @property
    def fingerprint(self) -> str:
        """All computed values as one text, so that an unchanged task is recognised without reading its row."""
        house = self.house.property_id
        return f"{self.place}|{self.shape.mark}|{house}|{self.room_type_id or '-'}|{self.overbooked:d}"


def day_of(fingerprint: str) -> str:
    """The ISO date in a fingerprint; the empty text of an unwanted task gives an empty text."""
    return fingerprint.partition("|")[0].rpartition("@")[2]


@dataclass(frozen=True, eq=False)
class House:
    """One property: its clock, hours and rules. ``first`` is today there, ``last`` the last day to plan."""

    property_id: int
    zone: ZoneInfo
    check_in: time
    check_out: time
    rules: Rules
    first: date
    last: date

    @cached_property
    def turnover(self) -> Shape:
        return self._departure(Priority.GUEST_ARRIVES, self.check_in, turnover=True)

    @cached_property
    def waiting_turnover(self) -> Shape:
        return self._departure(Priority.GUEST_WAITING, self.check_in, turnover=True)

    @cached_property
    def departure(self) -> Shape:
        return self._departure(Priority.DEPARTURE, max(self.rules.day_ends_at, self.check_in))

    @cached_property
    def stay_over(self) -> Shape:
        rules = self.rules
        return self._shape(
            TaskKind.STAY_OVER,
            Priority.STAY_OVER,
            rules.stay_over_minutes,
            rules.day_starts_at,
            rules.day_ends_at,
        )

    @cached_property
    def arrival_check(self) -> Shape:
        rules = self.rules
        return self._shape(
            TaskKind.ARRIVAL_CHECK,
            Priority.GUEST_ARRIVES,
            rules.arrival_check_minutes,
            min(rules.day_starts_at, self.check_in),
            self.check_in,
        )

    def _departure(self, priority: Priority, end: time, *, turnover: bool = False) -> Shape:
        minutes = self.rules.departure_minutes
        return self._shape(TaskKind.DEPARTURE, priority, minutes, self.check_out, end, turnover=turnover)

    def _shape(
        self,
        kind: TaskKind,
        priority: Priority,
        minutes: int,
        start: time,
        end: time,
        *,
        turnover: bool = False,
    ) -> Shape:
        if end <= start:
            # The next guest may come before the last one must leave: the best that can be promised is "at once".
            end = _later(start, minutes)
        mark = f"{self.zone.key} {start:%H:%M}-{end:%H:%M} {priority:d} {minutes}{' turnover' * turnover}"
        return Shape(kind, turnover, priority, minutes, start, end, mark)


def _later(clock: time, minutes: int) -> time:
    """``clock`` plus ``minutes``, at most one minute before midnight."""
    total = min(clock.hour * 60 + clock.minute + minutes, _MINUTES_OF_A_DAY - 1)
    return time(total // 60, total % 60)


@dataclass(slots=True)
class RoomCalendar:
    """Who arrives in and leaves each room when, and when it was closed."""

    arrivals: dict[tuple[int, date], list[StayFacts]] = field(default_factory=dict)
    departures: dict[int, list[date]] = field(default_factory=dict)
    closures: dict[int, list[date]] = field(default_factory=dict)

    @classmethod
    def of(cls, stays: Iterable[StayFacts], closures: Iterable[tuple[int, date]] = ()) -> RoomCalendar:
        """A calendar of ``stays`` and of ``closures`` (room, first day on which it is free again)."""
        calendar = cls()
        for stay in stays:
            if stay.room_id is None or stay.overbooked or not stay.has_guest:
                continue
            calendar.arrivals.setdefault((stay.room_id, stay.arrival), []).append(stay)
            calendar.departures.setdefault(stay.room_id, []).append(stay.departure)
        for days in calendar.departures.values():
            days.sort()
        for room_id, free_again in closures:
            insort(calendar.closures.setdefault(room_id, []), free_again)
        return calendar

    def last_departure(self, room_id: int, until: date) -> date | None:
        """The latest day up to and including ``until`` on which a guest left the room."""
        return _last_until(self.departures.get(room_id, []), until)

    def last_closure(self, room_id: int, until: date) -> date | None:
        return _last_until(self.closures.get(room_id, []), until)


def _last_until(days: list[date], until: date) -> date | None:
    index = bisect_left(days, until + ONE_DAY)
    return days[index - 1] if index else None


def departure_key(stay_id: int) -> str:
    return f"departure:{stay_id}"


def arrival_check_key(stay_id: int) -> str:
    return f"arrival_check:{stay_id}"


def stay_over_key(stay_id: int, day: date) -> str:
    return f"stay_over:{stay_id}:{day.isoformat()}"


def plan_stay(stay: StayFacts, house: House, calendar: RoomCalendar) -> Iterator[DesiredTask]:
    """Every task that ``stay`` asks for between the first and the last day of ``house``."""
    if not stay.has_guest or stay.departure < house.first or stay.arrival > house.last:
        return
    yield from plan_departure(stay, house, calendar)
    yield from plan_arrival_check(stay, house, calendar)
    yield from plan_stay_overs(stay, house)


def plan_departure(stay: StayFacts, house: House, calendar: RoomCalendar) -> Iterator[DesiredTask]:
    if not stay.has_guest or not house.first <= stay.departure <= house.last:
        return
    shape = house.departure
    if stay.room_id is not None and not stay.overbooked:
        arriving = calendar.arrivals.get((stay.room_id, stay.departure))
        if arriving:
            waiting = any(other.state == StayState.IN_HOUSE for other in arriving)
            shape = house.waiting_turnover if waiting else house.turnover
    yield _task(departure_key(stay.pk), house, shape, stay, stay.departure)


def plan_arrival_check(stay: StayFacts, house: House, calendar: RoomCalendar) -> Iterator[DesiredTask]:
    empty_days = house.rules.arrival_check_after_empty_days
    room_id = stay.room_id
    if not empty_days or room_id is None or stay.overbooked or not stay.has_guest:
        return
    if stay.state != StayState.EXPECTED or not house.first <= stay.arrival <= house.last:
        return
    left = calendar.last_departure(room_id, stay.arrival)
    if left is not None and (stay.arrival - left).days < empty_days:
        if left == stay.arrival:
            return
        closed = calendar.last_closure(room_id, stay.arrival)
        if closed is None or closed <= left:
            return
    yield _task(arrival_check_key(stay.pk), house, house.arrival_check, stay, stay.arrival)


def plan_stay_overs(stay: StayFacts, house: House) -> Iterator[DesiredTask]:
    every = house.rules.stay_over_every_days
    if not every or not stay.has_guest or stay.state == StayState.DEPARTED:
        return
    # The first multiple of `every` nights after arrival that is not in the past.
    turn = max(1, -((stay.arrival - house.first).days // every))
    day = stay.arrival + timedelta(days=turn * every)
    last = min(stay.departure - ONE_DAY, house.last)
    while day <= last:
        yield _task(stay_over_key(stay.pk, day), house, house.stay_over, stay, day)
        day += timedelta(days=every)


def plan(
    stays: Iterable[StayFacts],
    houses: Mapping[int | None, House],
    closures: Iterable[tuple[int, date]] = (),
) -> dict[str, DesiredTask]:
    """Every task that ``stays`` ask for, by key. A stay of an unknown property makes none."""
    stays = list(stays)
    calendar = RoomCalendar.of(stays, closures)
    desired: dict[str, DesiredTask] = {}
    for stay in stays:
        house = houses.get(stay.property_id)
        if house is not None:
            desired.update((task.key, task) for task in plan_stay(stay, house, calendar))
    return desired


def _task(key: str, house: House, shape: Shape, stay: StayFacts, day: date) -> DesiredTask:
    room_id = None if stay.overbooked else stay.room_id
    return DesiredTask(key, house, shape, stay.pk, room_id, stay.room_type_id, day, stay.overbooked)
