"""What the planning board shows: every room and night of a property. A fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from reservations.availability import availability_of_types
from reservations.models import Hotel, Property, Room, RoomType
from reservations.planning_bars import Bar, BarWriter, ClosureFact, StayFact, Window
from reservations.planning_selectors import closures_of, parts_of, rooms_of, stays_of, unsettled_marks
from reservations.rate_grid import AvailabilityNight, Day
from reservations.room_marks import RoomMark, room_marks


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A door with everything that takes it, and what the cleaning says of it today."""

    room: Room
    bars: Sequence[Bar]
    marks: Sequence[RoomMark]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Stays of one type (None: not mapped) that have no room, or not the one they need; none of a lane overlap."""

    kind: RoomType | None
    lanes: Sequence[Sequence[Bar]]

    @property
    def count(self) -> int:
        return sum(map(len, self.lanes))


@dataclass(frozen=True, slots=True)
class TypeBlock:
    """A room type: how many rooms are left each night, and its rooms."""

    kind: RoomType
    nights: Sequence[AvailabilityNight]
    rows: Sequence[RoomRow]


@dataclass(frozen=True, slots=True)
class Board:
    house: Property
    window: Window
    today: date
    days: Sequence[Day]
    waiting: Sequence[Waiting]
    blocks: Sequence[TypeBlock]

    @property
    def has_rooms(self) -> bool:
        return any(block.rows for block in self.blocks)

    @property
    def has_stays(self) -> bool:
        rows = (row for block in self.blocks for row in block.rows)
        return bool(self.waiting) or any(bar.stay for row in rows for bar in row.bars)

    @property
    def waiting_count(self) -> int:
        return sum(waiting.count for waiting in self.waiting)

    @property
    def columns(self) -> list[str]:
        """The classes of the stripes behind the rows: weekends, and today."""
        first, days = self.window.first, self.days
        stripes = [
            f"weekend at-{2 * number} for-2" for number, day in enumerate(days) if day.date.weekday() >= 5
        ]
        if 0 <= (self.today - first).days < len(days):
            stripes.append(f"now at-{2 * (self.today - first).days} for-2")
        return stripes


def board(
    hotel: Hotel,
    *,
    property: Property,
    first: date,
    days: int,
    room_types: Collection[int] | None = None,
    channels: Collection[str] | None = None,
) -> Board:
    """``days`` days of ``property`` from ``first``; with ``room_types`` (ids) only these, and what waits for them.

    With ``channels`` (slugs) the stays of others stay where they are, marked ``other``: a taken room never looks
    free. Six statements, and one call of every registered source of marks.
    """
    window = Window(first, days)
    last = first + timedelta(days=days)
    today = timezone.localtime(timezone.now(), property.zone).date()
    kinds = [
        kind
        for kind in RoomType.objects.filter(hotel=hotel, property=property).order_by("name", "pk")
        if room_types is None or kind.pk in room_types
    ]
    rooms = rooms_of(property)
    stays = stays_of(hotel, property, first, last)
    house = _House(
        rooms=rooms,
        stays=stays,
        closures=closures_of(rooms, first, last),
        writer=BarWriter(window, channels=channels or (), parts=parts_of(hotel, property, first, last)),
    )
    shown_days = [_day(first + timedelta(days=number), today) for number in range(days)]
    return Board(
        house=property,
        window=window,
        today=today,
        days=shown_days,
        waiting=house.waiting(kinds, whole=room_types is None),
        blocks=_blocks(hotel, house, kinds, shown_days, today),
    )


@dataclass(frozen=True, slots=True)
class _House:
    """What was read, and how its rows are put together."""

    rooms: Sequence[Room]
    stays: Sequence[StayFact]
    closures: Sequence[ClosureFact]
    writer: BarWriter

    def waiting(self, kinds: Sequence[RoomType], *, whole: bool) -> list[Waiting]:
        """What has no place, type by type; with ``whole`` also what belongs to none of ``kinds``, at the end."""
        known = {room.pk for room in self.rooms}
        of_kind: dict[int | None, RoomType] = {kind.pk: kind for kind in kinds}
        found: dict[RoomType | None, list[StayFact]] = defaultdict(list)
        for fact in self.stays:
            if fact.overbooked or fact.room_id not in known:
                found[of_kind.get(fact.room_type_id)].append(fact)
        shown = [*kinds, None] if whole else kinds
        return [Waiting(kind, self._lanes(found[kind], kind)) for kind in shown if kind in found]

    def _lanes(self, facts: Iterable[StayFact], kind: RoomType | None) -> list[list[Bar]]:
        """As few lanes as hold the stays without overlap: each takes the first that is free again."""
        names: dict[int | None, str] = {room.pk: room.name for room in self.rooms}
        lanes: list[list[Bar]] = []
        ends: list[date] = []
        for fact in sorted(facts, key=lambda fact: (fact.arrival, fact.pk)):
            bar = self.writer.waiting(fact, kind.name if kind else "", names.get(fact.room_id, ""))
            number = next((n for n, end in enumerate(ends) if end <= fact.arrival), len(lanes))
            if number == len(lanes):
                lanes.append([])
                ends.append(fact.departure)
            lanes[number].append(bar)
            ends[number] = fact.departure
        return lanes

    def bars(self) -> dict[int, list[Bar]]:
        """What takes each room: closures below, the nights of relatives, and stays by their arrival."""
        held: dict[int, list[StayFact]] = defaultdict(list)
        for fact in self.stays:
            if fact.room_id and not fact.overbooked:
                held[fact.room_id].append(fact)
        names = {room.pk: room.name for room in self.rooms}
        relatives: dict[int, list[int]] = defaultdict(list)
        for room in self.rooms:
            if room.parent_id in names:
                relatives[room.pk].append(room.parent_id)
                relatives[room.parent_id].append(room.pk)
        found: dict[int, list[Bar]] = defaultdict(list)
        for closure in self.closures:
            found[closure.room_id].append(self.writer.closure(closure, names[closure.room_id]))
        for room_id, others in relatives.items():
            found[room_id] += [self.writer.shade(fact, names[pk]) for pk in others for fact in held[pk]]
        for room_id, facts in held.items():
            leaves = {fact.departure for fact in facts}
            found[room_id] += [
                self.writer.placed(fact, names.get(room_id, ""), turnover=fact.arrival in leaves)
                for fact in sorted(facts, key=lambda fact: fact.arrival)
            ]
        return found


def _blocks(
    hotel: Hotel, house: _House, kinds: Sequence[RoomType], days: Sequence[Day], today: date
) -> list[TypeBlock]:
    """The types with their rooms; a room out of use is shown as long as something takes it."""
    first, last = days[0].date, days[-1].date + timedelta(days=1)
    kind_ids = [kind.pk for kind in kinds]
    free = availability_of_types(kind_ids, first=first, last=last)
    unsettled = unsettled_marks(hotel, kind_ids, first, last)
    cleaning = room_marks(hotel.pk, [room.pk for room in house.rooms], today)
    bars = house.bars()
    rows: dict[int, list[RoomRow]] = defaultdict(list)
    for room in house.rooms:
        if room.is_active or any(bar.stay for bar in bars.get(room.pk, ())):
            rows[room.room_type_id].append(RoomRow(room, bars.get(room.pk, ()), cleaning.get(room.pk, ())))
    return [
        TypeBlock(
            kind,
            [
                AvailabilityNight(day, night, unsettled.get((kind.pk, day.date), ()))
                for day, night in zip(days, free[kind.pk], strict=True)
            ],
            rows[kind.pk],
        )
        for kind in kinds
    ]


def _day(day: date, today: date) -> Day:
    return Day(day, day == today, day < today, day.weekday() in (4, 5))
