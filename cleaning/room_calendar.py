"""Who arrives in and leaves each room when, and when it is closed. Pure."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from cleaning.plan_terms import ONE_DAY, Closure, House, StayFacts


@dataclass(slots=True)
class RoomCalendar:
    """Who arrives in and leaves each room when, and when it was closed."""

    #: By room: the days of arrival in order, and who arrives on them.
    arrivals: dict[int, list[date]] = field(default_factory=dict)
    arriving: dict[tuple[int, date], list[StayFacts]] = field(default_factory=dict)
    departures: dict[int, list[date]] = field(default_factory=dict)
    #: By room: (first day on which it is free again, first day on which it was closed), in order.
    closures: dict[int, list[tuple[date, date]]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        stays: Iterable[StayFacts],
        closures: Iterable[Closure] = (),
        houses: Mapping[int | None, House] | None = None,
    ) -> RoomCalendar:
        """A calendar of ``stays`` and ``closures``; ``houses`` say on which day a guest left a room in mid-stay."""
        calendar = cls()
        for stay in stays:
            if not stay.has_guest:
                continue
            house = (houses or {}).get(stay.property_id)
            if house is not None:
                for room_id, moment in stay.left_rooms:
                    day = house.day_of(datetime.fromisoformat(moment))
                    calendar.departures.setdefault(room_id, []).append(day)
            if stay.room_id is None or stay.overbooked:
                continue
            calendar.arrivals.setdefault(stay.room_id, []).append(stay.arrival)
            calendar.arriving.setdefault((stay.room_id, stay.arrival), []).append(stay)
            calendar.departures.setdefault(stay.room_id, []).append(stay.departure)
        for days in (*calendar.departures.values(), *calendar.arrivals.values()):
            days.sort()
        for room_id, first, free_again in closures:
            insort(calendar.closures.setdefault(room_id, []), (free_again, first))
        return calendar

    def last_departure(self, room_id: int, until: date) -> date | None:
        """The latest day up to and including ``until`` on which a guest left the room."""
        days = self.departures.get(room_id, [])
        index = bisect_left(days, until + ONE_DAY)
        return days[index - 1] if index else None

    def last_closure(self, room_id: int, until: date) -> date | None:
        """The latest day up to and including ``until`` on which the room was free again."""
        spans = self.closures.get(room_id, [])
        index = bisect_left(spans, (until + ONE_DAY, date.min))
        return spans[index - 1][0] if index else None

    def closed_until(self, room_id: int, day: date) -> date | None:
        """The first day on which a room that is closed on ``day`` is free again."""
        spans = self.closures.get(room_id, [])
        found = None
        for free_again, first in spans[bisect_left(spans, (day + ONE_DAY, date.min)) :]:
            if first <= (found or day):
                found = max(free_again, found or free_again)
        return found

    def next_arrival(self, room_id: int, day: date) -> date | None:
        """The first day from ``day`` on, that one included, on which a guest arrives."""
        days = self.arrivals.get(room_id, [])
        index = bisect_left(days, day)
        return days[index] if index < len(days) else None
