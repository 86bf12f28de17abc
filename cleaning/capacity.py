"""How much each person can do on a day and how much they were given: before a day is too full, not after.

Minutes given are those of tasks that still have to be done. A team's tasks are shared evenly among its members who
work on that day; among all of them when nobody does, so that it shows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet

from cleaning.choices import UNFINISHED, CompanyRole
from cleaning.models import CleaningTask, CleaningTeam, CompanyMember, DayOff, WorkingHours
from cleaning.models.rules import DEFAULT_HOURS
from cleaning.people import people_who_clean
from reservations.choices import Role
from reservations.models import Hotel, Property

Span = tuple[time, time]


class PersonDay(NamedTuple):
    """One person's day: what their hours allow and what they were given, in minutes.

    ``hours`` is None on a day without work; ``is_off`` when that is a day off, with its ``reason`` as it was written.
    ``minutes_elsewhere`` is what other hotels gave them: a number, and nothing else of those hotels.
    """

    user_id: int
    day: date
    hours: Span | None
    minutes_available: int
    minutes_given: int
    minutes_elsewhere: int
    is_off: bool
    reason: str

    @property
    def minutes_free(self) -> int:
        """What may still be given here; below zero when it is too much already."""
        return self.minutes_available - self.minutes_given - self.minutes_elsewhere

    @property
    def is_too_much(self) -> bool:
        return self.minutes_free < 0 and self.minutes_given > 0


class DayLoad(NamedTuple):
    """One day in minutes; ``too_much`` is what all people together cannot do."""

    day: date
    minutes_planned: int
    minutes_available: int
    minutes_unassigned: int
    too_much: int


@dataclass(frozen=True, slots=True)
class _Clock:
    """The present moment in a house: its day, and the minute of that day."""

    now: datetime
    today: date
    minute: int

    @classmethod
    def of(cls, houses: Sequence[Property], now: datetime | None) -> _Clock | None:
        if now is None or not houses:
            return None
        local, today = now.astimezone(houses[0].zone), houses[0].today(now)
        return cls(now, today, 24 * 60 if local.date() > today else minute_of(local.time()))


@dataclass(frozen=True, slots=True)
class _Calendar:
    """When people work: by person and weekday, and the days on which they do not."""

    by_weekday: Mapping[int, Mapping[int, Span]]
    off: Mapping[int, Sequence[tuple[date, date, str]]]
    #: Who works in the hours of the house while nobody has set their own.
    in_house_hours: Collection[int]
    house: Span
    clock: _Clock | None

    def day_off(self, user_id: int, day: date) -> str | None:
        """Why the person is off on ``day`` (may be empty); None when they are not."""
        return next(
            (reason for first, last, reason in self.off.get(user_id, ()) if first <= day < last), None
        )

    def hours(self, user_id: int, day: date) -> Span | None:
        if self.day_off(user_id, day) is not None:
            return None
        own = self.by_weekday.get(user_id)
        if own is not None:
            return own.get(day.weekday())
        return self.house if user_id in self.in_house_hours else None

    def minutes(self, user_id: int, day: date) -> int:
        """The minutes of the person's hours; of today's, those that are left."""
        hours = self.hours(user_id, day)
        if hours is None or (self.clock and day < self.clock.today):
            return 0
        begins, ends = minute_of(hours[0]), minute_of(hours[1])
        if self.clock and day == self.clock.today:
            begins = max(begins, self.clock.minute)
        return max(0, ends - begins)


@dataclass(slots=True)
class _Given:
    """Minutes by person and day."""

    here: dict[tuple[int, date], int] = field(default_factory=dict)
    elsewhere: dict[tuple[int, date], int] = field(default_factory=dict)


def person_days(
    hotel: Hotel, people: Iterable[Any], days: Iterable[date], *, now: datetime | None = None
) -> dict[tuple[int, date], PersonDay]:
    """The days of ``people`` by user id and day. Six queries, whatever the number of people, days and tasks.

    A cleaner for whom nobody has set working hours works in the hours of the house (of several houses, from the
    earliest to the latest); planners and managers, who may clean too, do so only in hours that are set. With ``now``
    (aware), today counts only the minutes that are left of it, and what earlier days left over is today's too. Why
    somebody of a company is off is their company's business and not told.
    """
    return days_in_houses(houses_of(hotel), people, days, now=now, tell_reasons=False)


def days_in_houses(
    houses: Sequence[Property],
    people: Iterable[Any],
    days: Iterable[date],
    *,
    now: datetime | None = None,
    tell_reasons: bool = True,
) -> dict[tuple[int, date], PersonDay]:
    """As :func:`person_days`, where "here" means ``houses`` (with their ``cleaning_hours``). Five queries."""
    user_ids = {person.pk for person in people}
    wanted = sorted(set(days))
    if not user_ids or not wanted:
        return {}
    clock = _Clock.of(houses, now)
    teams = _teams_of(user_ids)
    everybody = user_ids.union(*teams.values())
    calendar = _calendar(houses, everybody, wanted, clock, tell_reasons)
    given = _given({house.pk for house in houses}, user_ids, teams, wanted, calendar)
    found = {}
    for user_id in sorted(user_ids):
        for day in wanted:
            reason = calendar.day_off(user_id, day)
            found[user_id, day] = PersonDay(
                user_id=user_id,
                day=day,
                hours=calendar.hours(user_id, day),
                minutes_available=calendar.minutes(user_id, day),
                minutes_given=given.here.get((user_id, day), 0),
                minutes_elsewhere=given.elsewhere.get((user_id, day), 0),
                is_off=reason is not None,
                reason=reason or "",
            )
    return found


def day_loads(hotel: Hotel, days: Iterable[date], *, now: datetime | None = None) -> list[DayLoad]:
    """What ``days`` ask of the hotel and what its people can do, by day. Eight queries.

    Minutes that people were given elsewhere are not available here. ``now`` as in :func:`person_days`.
    """
    wanted = sorted(set(days))
    houses = houses_of(hotel)
    known = days_in_houses(houses, people_who_clean(hotel), wanted, now=now)
    return loads_from(CleaningTask.objects.of(hotel), houses, wanted, known.values(), now=now)


def loads_from(
    tasks: QuerySet[CleaningTask],
    houses: Sequence[Property],
    days: Sequence[date],
    person_days: Iterable[PersonDay],
    *,
    now: datetime | None = None,
) -> list[DayLoad]:
    """As :func:`day_loads`, of ``tasks``, for a caller that knows everybody's days. One query."""
    clock = _Clock.of(houses, now)
    rows = tasks.filter(_to_be_done_on(days, clock)).order_by()
    planned, unassigned, available = (dict.fromkeys(days, 0) for _part in range(3))
    for day, assignee_id, team_id, minutes in rows.values_list("date", "assignee_id", "team_id", "minutes"):
        done_on = _day_of_work(day, days, clock)
        planned[done_on] += minutes
        if not assignee_id and not team_id:
            unassigned[done_on] += minutes
    for person_day in person_days:
        available[person_day.day] += max(0, person_day.minutes_available - person_day.minutes_elsewhere)
    return [
        DayLoad(day, planned[day], available[day], unassigned[day], max(0, planned[day] - available[day]))
        for day in days
    ]


def houses_of(hotel: Hotel) -> list[Property]:
    """The hotel's houses with their hours of cleaning. One query."""
    return list(Property.objects.of(hotel).select_related("cleaning_hours"))


def minute_of(clock: time) -> int:
    """How many minutes of the day are over at ``clock``."""
    return clock.hour * 60 + clock.minute


def left_from_earlier_days(today: date, now: datetime) -> Q:
    """Tasks that were planned for a day before ``today`` and may still be done; to be narrowed to unfinished ones."""
    return Q(date__lt=today, window_end__gte=now)


def _to_be_done_on(days: Sequence[date], clock: _Clock | None) -> Q:
    wanted = Q(date__in=days)
    if clock and clock.today in days:
        wanted |= left_from_earlier_days(clock.today, clock.now)
    return wanted & Q(state__in=UNFINISHED)


def _day_of_work(day: date, days: Collection[date], clock: _Clock | None) -> date:
    """``day`` itself, or today for what earlier days left over."""
    return day if day in days or clock is None else clock.today


def _teams_of(user_ids: Collection[int]) -> dict[int, set[int]]:
    """Everybody in the teams of ``user_ids``, by team. One query."""
    members = CleaningTeam.members.through.objects
    teams = members.filter(user_id__in=user_ids).values("cleaningteam_id")
    found: dict[int, set[int]] = {}
    rows = members.filter(cleaningteam_id__in=teams, user__is_active=True)
    for team_id, user_id in rows.values_list("cleaningteam_id", "user_id"):
        found.setdefault(team_id, set()).add(user_id)
    return found


def _calendar(
    houses: Iterable[Property],
    user_ids: Collection[int],
    days: Sequence[date],
    clock: _Clock | None,
    tell_reasons: bool,
) -> _Calendar:
    """Three queries."""
    by_weekday: dict[int, dict[int, Span]] = {}
    for row in WorkingHours.objects.filter(user_id__in=user_ids):
        by_weekday.setdefault(row.user_id, {})[row.weekday] = (row.starts_at, row.ends_at)
    off: dict[int, list[tuple[date, date, str]]] = {}
    in_company = Exists(CompanyMember.objects.filter(user_id=OuterRef("user_id")))
    absences = DayOff.objects.filter(user_id__in=user_ids, first__lte=days[-1], last__gt=days[0])
    for day_off in absences.annotate(in_company=in_company):
        reason = day_off.reason if tell_reasons or not day_off.in_company else ""
        off.setdefault(day_off.user_id, []).append((day_off.first, day_off.last, reason))
    cleaners = (
        get_user_model()
        .objects.filter(pk__in=user_ids)
        .filter(Q(memberships__role=Role.CLEANER) | Q(cleaning_companies__role=CompanyRole.CLEANER))
    )
    in_house_hours = set(cleaners.values_list("pk", flat=True))
    return _Calendar(by_weekday, off, in_house_hours, _hours_of(houses), clock)


def _hours_of(houses: Iterable[Property]) -> Span:
    """From the earliest to the latest hour in which any of ``houses`` is cleaned."""
    spans = []
    for house in houses:
        own = getattr(house, "cleaning_hours", None) or DEFAULT_HOURS
        spans.append((own.starts_at, own.ends_at))
    if not spans:
        return DEFAULT_HOURS.starts_at, DEFAULT_HOURS.ends_at
    return min(start for start, _end in spans), max(end for _start, end in spans)


def _given(
    house_ids: Collection[int],
    user_ids: Collection[int],
    teams: Mapping[int, Collection[int]],
    days: Sequence[date],
    calendar: _Calendar,
) -> _Given:
    """One query."""
    rows = (
        CleaningTask.objects.filter(_to_be_done_on(days, calendar.clock))
        .filter(Q(assignee_id__in=user_ids) | Q(team_id__in=teams))
        .order_by("pk")
        .values_list("property_id", "date", "assignee_id", "team_id", "minutes")
    )
    teamwork: dict[tuple[bool, date, int], int] = {}
    given = _Given()
    for house_id, day, assignee_id, team_id, minutes in rows:
        is_here, done_on = house_id in house_ids, _day_of_work(day, days, calendar.clock)
        if not assignee_id:
            together = (is_here, done_on, team_id)
            teamwork[together] = teamwork.get(together, 0) + minutes
        else:
            part = given.here if is_here else given.elsewhere
            part[assignee_id, done_on] = part.get((assignee_id, done_on), 0) + minutes
    for (is_here, day, team_id), minutes in sorted(teamwork.items()):
        part = given.here if is_here else given.elsewhere
        for user_id, share in _shares(day, teams.get(team_id, ()), minutes, calendar):
            part[user_id, day] = part.get((user_id, day), 0) + share
    return given


def _shares(day: date, members: Iterable[int], minutes: int, calendar: _Calendar) -> list[tuple[int, int]]:
    """Who bears how many of a team's ``minutes``; together exactly all of them."""
    everybody = sorted(members)
    at_work = [user_id for user_id in everybody if calendar.hours(user_id, day)] or everybody
    if not at_work:
        return []
    each, rest = divmod(minutes, len(at_work))
    return [(user_id, each + (place < rest)) for place, user_id in enumerate(at_work)]
