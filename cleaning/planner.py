"""Which cleaning tasks the stays of a house ask for. Pure: no database, no clock.

What the rules may say is in :mod:`cleaning.rule_book`, the words for it all in :mod:`cleaning.plan_terms`. How tasks
follow from it, in the order in which it is tested:

* Only stays with a guest count; blocks, inquiries, cancelled stays and no-shows make no task.
* A stay has one departure task, on its departure day. When another guest arrives in that room on the same day it is
  a turnover: the same task with a deadline (when that guest comes). Else there is time until the end of the working
  day, or for as many days as the rule lets it wait, but never longer than until the next guest comes.
* A departure begins when the guest was seen to leave, else at the hour agreed with the guest, else at check-out time.
* A guest who was given another room in mid-stay leaves a departure task in the old one.
* A room that is out of order can wait until it comes back.
* A guest who stays is cleaned for every N days from day M on, never on the departure day. A linen change of the same
  day covers that.
* A room that was empty for N days, or closed since the last departure, is checked before the guest arrives, unless
  a departure task of that day covers it or the guest is already in.
* A deep cleaning is due so many days or departures after the last one, on the next night that nobody sleeps there.
* An overbooked stay has no room yet, so its tasks have none; it never makes another stay's departure a turnover.
* Nothing is planned for days before today or beyond the horizon, both in the local time of the house, whose day
  begins at its night audit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta

from cleaning.choices import Priority, TaskKind
from cleaning.plan_terms import (
    LONGEST_WAIT,
    ONE_DAY,
    Closure,
    DesiredTask,
    House,
    RoomFacts,
    Shape,
    StayFacts,
)
from cleaning.room_calendar import RoomCalendar
from cleaning.rule_book import Rule, Scope
from reservations.choices import StayState


def departure_key(stay_id: int) -> str:
    return f"departure:{stay_id}"


def left_room_key(stay_id: int, room_id: int) -> str:
    return f"{departure_key(stay_id)}:{room_id}"


def arrival_check_key(stay_id: int) -> str:
    return f"arrival_check:{stay_id}"


def plan_stay(stay: StayFacts, house: House, calendar: RoomCalendar) -> Iterator[DesiredTask]:
    """Every task that ``stay`` asks for between the first and the last day of ``house``."""
    if not stay.has_guest or stay.arrival > house.last:
        return
    yield from plan_departure(stay, house, calendar)
    yield from plan_left_rooms(stay, house, calendar)
    if stay.departure >= house.first:
        yield from plan_arrival_check(stay, house, calendar)
        yield from plan_during_stay(stay, house)


def plan_departure(stay: StayFacts, house: House, calendar: RoomCalendar) -> Iterator[DesiredTask]:
    """The task in the room that the guest leaves for good; of a day that is over only while it may still wait."""
    rule = house.book.rule(TaskKind.DEPARTURE, stay.scope)
    if not rule.is_wanted or not stay.has_guest or stay.departure > house.last:
        return
    room_id = None if stay.overbooked else stay.room_id
    if not _may_wait(rule, room_id, stay.departure, house, calendar):
        return
    begins, vacated_at = stay.leaves_at or house.check_out, None
    if stay.left_at is not None and stay.state == StayState.DEPARTED:
        local = stay.left_at.astimezone(house.zone)
        # After midnight it is still the evening of the departure day.
        if stay.departure <= local.date() <= stay.departure + ONE_DAY:
            vacated_at = stay.left_at
        if local.date() == stay.departure:
            begins = local.time().replace(second=0, microsecond=0)
    task = _departure(
        departure_key(stay.pk), rule, stay, room_id, stay.departure, begins, house, calendar, vacated_at
    )
    if task.last_day >= house.first:
        yield task


def plan_left_rooms(stay: StayFacts, house: House, calendar: RoomCalendar) -> Iterator[DesiredTask]:
    """A task for every room that the guest was moved out of in mid-stay, unless they came back to it."""
    rule = house.book.rule(TaskKind.DEPARTURE, stay.scope)
    if not rule.is_wanted or not stay.has_guest:
        return
    for room_id, moment in dict(stay.left_rooms).items():
        left_at = datetime.fromisoformat(moment)
        day = house.day_of(left_at)
        if room_id == stay.room_id or day > house.last:
            continue
        if not _may_wait(rule, room_id, day, house, calendar):
            continue
        local = left_at.astimezone(house.zone)
        # After midnight it is still the evening of the day before.
        begins = local.time().replace(second=0, microsecond=0) if local.date() == day else house.check_out
        task = _departure(
            left_room_key(stay.pk, room_id), rule, stay, room_id, day, begins, house, calendar, left_at
        )
        if task.last_day >= house.first:
            yield task


def _may_wait(rule: Rule, room_id: int | None, day: date, house: House, calendar: RoomCalendar) -> bool:
    """Whether a departure of ``day`` can still be work: not over, or allowed to wait, or in a closed room."""
    return day >= house.first - timedelta(days=rule.slip_days) or (
        room_id is not None
        and day >= house.first - LONGEST_WAIT
        and bool(calendar.closed_until(room_id, day))
    )


def _departure(
    key: str,
    rule: Rule,
    stay: StayFacts,
    room_id: int | None,
    day: date,
    begins: time,
    house: House,
    calendar: RoomCalendar,
    vacated_at: datetime | None,
) -> DesiredTask:
    start = max(begins, rule.starts_at or begins)
    priority, turnover, last_day = Priority.DEPARTURE, False, day
    end: time | None = max(house.ends(rule), house.check_in)
    next_day = calendar.next_arrival(room_id, day) if room_id is not None else None
    back_on = calendar.closed_until(room_id, day) if room_id is not None else None
    if next_day == day and room_id is not None:
        arriving = calendar.arriving[room_id, day]
        waiting = any(other.state == StayState.IN_HOUSE for other in arriving)
        priority = Priority.GUEST_WAITING if waiting else Priority.GUEST_ARRIVES
        turnover, end = True, _comes_at(arriving, house)
    else:
        last_day = day + timedelta(days=rule.slip_days)
        if back_on is not None:
            back_on = min(back_on, day + LONGEST_WAIT)
            priority, last_day = Priority.WHEN_TIME_IS_LEFT, max(last_day, back_on)
        if next_day is not None and next_day <= last_day and room_id is not None:
            last_day, end = next_day, _comes_at(calendar.arriving[room_id, next_day], house)
        elif last_day != day:
            end = house.check_in if last_day == back_on else house.ends(rule)
    shape = house.shape(rule, priority, start, end, turnover=turnover)
    if last_day != day:
        # Days later, the hour of the end may well be earlier than that of the beginning.
        shape = shape._replace(end=end or shape.end, mark=f"{shape.mark} until {end:%H:%M}")
    return _task(key, house, shape, stay, day, last_day=last_day, room_id=room_id, vacated_at=vacated_at)


def _comes_at(arriving: Iterable[StayFacts], house: House) -> time:
    """The hour at which the first of them comes."""
    return min(stay.arrives_at or house.check_in for stay in arriving)


def plan_arrival_check(stay: StayFacts, house: House, calendar: RoomCalendar) -> Iterator[DesiredTask]:
    rule = house.book.rule(TaskKind.ARRIVAL_CHECK, stay.scope)
    room_id = stay.room_id
    if not rule.is_wanted or not rule.after_empty_days or room_id is None:
        return
    if stay.overbooked or not stay.has_guest:
        return
    if stay.state != StayState.EXPECTED or not house.first <= stay.arrival <= house.last:
        return
    left = calendar.last_departure(room_id, stay.arrival)
    if left is not None and (stay.arrival - left).days < rule.after_empty_days:
        if left == stay.arrival:
            return
        closed = calendar.last_closure(room_id, stay.arrival)
        if closed is None or closed <= left:
            return
    end = stay.arrives_at or rule.ends_at or house.check_in
    shape = house.shape(rule, Priority.GUEST_ARRIVES, min(house.starts(rule), end), end)
    yield _task(arrival_check_key(stay.pk), house, shape, stay, stay.arrival)


def plan_during_stay(stay: StayFacts, house: House) -> Iterator[DesiredTask]:
    """Linen changes and stay-overs; a linen change covers the stay-over of its day."""
    if not stay.has_guest or stay.state == StayState.DEPARTED:
        return
    covered: set[date] = set()
    for kind in (TaskKind.LINEN, TaskKind.STAY_OVER):
        rule = house.book.rule(kind, stay.scope)
        if not rule.is_wanted or not rule.every_days:
            continue
        if (stay.departure - stay.arrival).days < rule.shortest_stay:
            continue
        shape = house.shape(rule, Priority.STAY_OVER, house.starts(rule), None)
        for day in _turns(stay, rule, house):
            if day not in covered:
                yield _task(f"{kind}:{stay.pk}:{day.isoformat()}", house, shape, stay, day)
                covered.add(day)


def _turns(stay: StayFacts, rule: Rule, house: House) -> Iterator[date]:
    """The days of a cycle that are not in the past, before the departure and within the horizon."""
    day = stay.arrival + timedelta(days=rule.first_day or rule.every_days)
    if day < house.first:
        missed = -((day - house.first).days // rule.every_days)
        day += timedelta(days=missed * rule.every_days)
    last = min(stay.departure - ONE_DAY, house.last)
    while day <= last:
        yield day
        day += timedelta(days=rule.every_days)


def plan_deep(room: RoomFacts, house: House, stays: Iterable[StayFacts]) -> Iterator[DesiredTask]:
    """The next deep cleaning of a room; ``stays`` are the guests in it from today to the horizon."""
    rule = house.book.rule(TaskKind.DEEP, Scope(room.property_id, room.room_type_id))
    counted_from = room.last_deep or rule.counts_from
    if not rule.is_wanted or counted_from is None:
        return
    sleeping = sorted(
        (stay.arrival, stay.departure)
        for stay in stays
        if stay.has_guest and not stay.overbooked and stay.departure >= house.first
    )
    later = sorted(last for _first, last in sleeping if last > counted_from)
    due = _deep_due(rule, counted_from, room.left, later, house.first)
    if due is None:
        return
    day = max(due, house.first)
    for first, last in sleeping:
        if first <= day < last:
            day = last
    if day <= house.last:
        key = f"deep:{room.pk}:{counted_from.isoformat()}"
        shape = house.shape(rule, Priority.WHEN_TIME_IS_LEFT, house.starts(rule), None)
        yield DesiredTask(key, house, shape, None, room.pk, room.room_type_id, day, day, False)


def _deep_due(rule: Rule, counted_from: date, left: int, later: list[date], today: date) -> date | None:
    """``left`` guests are gone already, ``later`` are the days of the others in order."""
    days = []
    if rule.every_days:
        days.append(counted_from + timedelta(days=rule.every_days))
    if rule.every_departures and left >= rule.every_departures:
        days.append(today)
    elif rule.every_departures:
        missing = rule.every_departures - left
        days += later[missing - 1 : missing]
    return min(days, default=None)


def plan(
    stays: Iterable[StayFacts],
    houses: Mapping[int | None, House],
    closures: Iterable[Closure] = (),
    rooms: Iterable[RoomFacts] = (),
) -> dict[str, DesiredTask]:
    """Every task that ``stays`` and ``rooms`` ask for, by key. A stay of an unknown property makes none."""
    stays = list(stays)
    calendar = RoomCalendar.of(stays, closures, houses)
    inside: dict[int | None, list[StayFacts]] = {}
    for stay in stays:
        inside.setdefault(stay.room_id, []).append(stay)
    desired: dict[str, DesiredTask] = {}
    for stay in stays:
        house = houses.get(stay.property_id)
        if house is not None:
            desired.update((task.key, task) for task in plan_stay(stay, house, calendar))
    for room in rooms:
        house = houses.get(room.property_id)
        if house is not None:
            guests = inside.get(room.pk, ())
            desired.update((task.key, task) for task in plan_deep(room, house, guests))
    return desired


def _task(
    key: str,
    house: House,
    shape: Shape,
    stay: StayFacts,
    day: date,
    *,
    last_day: date | None = None,
    room_id: int | None = None,
    vacated_at: datetime | None = None,
) -> DesiredTask:
    if room_id is None and not stay.overbooked:
        room_id = stay.room_id
    return DesiredTask(
        key,
        house,
        shape,
        stay.pk,
        room_id,
        stay.room_type_id,
        day,
        last_day or day,
        stay.overbooked,
        stay.doubtful,
        vacated_at,
    )
