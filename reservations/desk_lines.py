"""The lists of the front desk in memory: one line per guest, and what may be done for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from babel.dates import format_time
from django.utils import timezone

from reservations.choices import GUEST_STATUSES, StayState, StayStatus
from reservations.models import Property, Room, Stay
from reservations.room_marks import RoomMark
from reservations.stay_layout import guest_of
from reservations.visits import Visit
from reservations.wording import active_locale

ONE_DAY = timedelta(days=1)

DeskWord = Literal["expected", "in_house", "departed", "no_show"]
#: What is said of rooms, by room id.
Marks = Mapping[int, Sequence[RoomMark]]


@dataclass(frozen=True, slots=True)
class Line:
    """One guest on the list of ``day``; ``today`` is the property's date."""

    visit: Visit
    day: date
    today: date
    marks: Sequence[RoomMark]
    #: Who has not left the room yet; empty when nobody is in it.
    still_there: str = ""
    #: What the account of the booking still asks for, such as "€400.50"; empty when it asks for nothing.
    to_pay: str = ""

    @property
    def head(self) -> Stay:
        return self.visit.head

    @property
    def part(self) -> Stay:
        """Where the guest sleeps tonight, or slept last."""
        return self.visit.part_on(self.day)

    @property
    def room(self) -> Room | None:
        """The room that the guest has; none while another guest holds the one that was sold."""
        return None if self.part.overbooked else self.part.room

    @property
    def guest(self) -> str:
        return guest_of(self.head)

    @property
    def search_text(self) -> str:
        """What people look for: names of the guest, the booker and the rooms, and the channel's code."""
        booking = self.head.reservation
        booker = booking.booker.name if booking.booker else ""
        rooms = [part.room.name for part in self.visit.parts if part.room]
        return " ".join(dict.fromkeys([self.guest, booker, *rooms, booking.channel_ref])).strip()

    @property
    def move(self) -> tuple[Stay, Stay] | None:
        """The rooms that the guest changes on this day."""
        return self.visit.move_on(self.day)

    @property
    def word(self) -> DeskWord:
        head = self.head
        if StayStatus.NO_SHOW in (head.status, head.desk_state):
            return "no_show"
        seen = head.desk_state or head.state
        if seen == StayState.DEPARTED:
            return "departed"
        return "in_house" if seen == StayState.IN_HOUSE else "expected"

    @property
    def is_due(self) -> bool:
        """Whether somebody still has to do something for this guest."""
        return self.word in ("expected", "in_house")

    @property
    def is_cancelled(self) -> bool:
        """The desk let the guest in, and the booking was cancelled since."""
        return self.word == "in_house" and self.head.status not in GUEST_STATUSES

    @property
    def is_late(self) -> bool:
        """Expected on an earlier day and not come yet."""
        return self.word == "expected" and self.visit.arrival < self.today

    @property
    def is_overstay(self) -> bool:
        return self.word == "in_house" and self.visit.departure < self.today

    @property
    def has_no_room(self) -> bool:
        return self.word == "expected" and self.room is None

    @property
    def not_ready(self) -> Sequence[RoomMark]:
        """Why a guest should not go into the room yet."""
        return [mark for mark in self.marks if not mark.ready]

    @property
    def may_check_in(self) -> bool:
        return self.word == "expected" and self.visit.arrival <= self.today < self.visit.departure

    @property
    def may_come_early(self) -> bool:
        return self.word == "expected" and self.today + ONE_DAY == self.visit.arrival

    @property
    def may_check_out(self) -> bool:
        if self.word == "in_house":
            return self.visit.arrival <= self.today
        return self.word == "expected" and self.visit.departure <= self.today

    @property
    def leaves_early(self) -> bool:
        return self.today < self.visit.departure

    @property
    def may_be_no_show(self) -> bool:
        return self.word == "expected" and self.visit.arrival <= self.today

    @property
    def may_take_back(self) -> bool:
        return bool(self.head.desk_state)

    @property
    def came_at(self) -> str:
        return self._clock(self.head.checked_in_at)

    @property
    def left_at(self) -> str:
        return self._clock(self.head.checked_out_at)

    @property
    def came_on(self) -> date | None:
        """The property's date on which the desk let the guest in."""
        came = self.head.checked_in_at
        return self._local(came).date() if came else None

    def _clock(self, when: datetime | None) -> str:
        return format_time(self._local(when).time(), "short", locale=active_locale()) if when else ""

    def _local(self, when: datetime) -> datetime:
        return timezone.localtime(when, self.head.property.zone if self.head.property else None)


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one property (None: not known yet)."""

    house: Property | None
    lines: Sequence[Line]


@dataclass(slots=True)
class DeskList:
    """One of the three lists: how many are still to be done, how many are done, and the lines by property."""

    lines: list[Line] = field(default_factory=list)

    @property
    def due(self) -> int:
        return sum(line.is_due for line in self.lines)

    @property
    def groups(self) -> list[Group]:
        houses: dict[int | None, list[Line]] = {}
        for line in self.lines:
            houses.setdefault(line.head.property_id, []).append(line)
        found = [Group(lines[0].head.property, lines) for lines in houses.values()]
        return sorted(found, key=lambda group: (group.house is None, group.house.name if group.house else ""))


@dataclass(slots=True)
class DeskDay:
    """A day at the front desk."""

    arrivals: DeskList = field(default_factory=DeskList)
    departures: DeskList = field(default_factory=DeskList)
    in_house: DeskList = field(default_factory=DeskList)

    @property
    def came(self) -> int:
        return sum(line.word in ("in_house", "departed") for line in self.arrivals.lines)

    @property
    def expected(self) -> int:
        return sum(line.word == "expected" for line in self.arrivals.lines)

    @property
    def left(self) -> int:
        return sum(line.word == "departed" for line in self.departures.lines)

    @property
    def still_here(self) -> int:
        return self.departures.due

    @property
    def without_room(self) -> int:
        return sum(line.has_no_room for line in self.arrivals.lines)

    @property
    def has_conflicts(self) -> bool:
        """Whether one of those without a room is a conflict; an unmapped stay only waits to be mapped."""
        return any(line.has_no_room and not line.head.unmapped for line in self.arrivals.lines)

    @property
    def is_empty(self) -> bool:
        return not (self.arrivals.lines or self.departures.lines or self.in_house.lines)
