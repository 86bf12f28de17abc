"""Ways out of a conflict: rooms that a stay could have instead, best first, and taking one of them.

Every way is found anew from the present state, so a way that is not there any more cannot be taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Min
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reservations.assignment import Move, split_ways, ways_to_place
from reservations.choices import PlanningEditKind
from reservations.free_rooms import obstacles
from reservations.locks import lock_hotel
from reservations.models import Conflict, DailyRate, Hotel, PlanningEdit, Room, Stay
from reservations.planning import move_stays, split_stay
from reservations.rooming import House, load_house
from reservations.stay_layout import guest_of

#: So many ways of one kind are offered; a person reads them.
OF_A_KIND = 3


class WayKind(models.TextChoices):
    """How a stay gets a room, in the order in which it should be tried."""

    MOVE = "move", gettext_lazy("Another room of the same type")
    CHAIN = "chain", gettext_lazy("Make room by moving other stays")
    UPGRADE = "upgrade", gettext_lazy("A room of another type")
    SPLIT = "split", gettext_lazy("Change rooms during the stay")
    SISTER = "sister", gettext_lazy("A room in another property")


@dataclass(frozen=True, slots=True)
class Step:
    """One stay that goes to another room, or gets its first one (``old_room`` empty), for some nights."""

    stay_id: int
    guest: str
    old_room: str
    room: Room
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class WayOut:
    """One way; the last step is that of the stay in conflict (a split has one step for each part)."""

    kind: WayKind
    steps: tuple[Step, ...]
    #: What the room costs more than the one that was sold, by the hotel's own prices; None when they do not say.
    difference: Decimal | None = None

    @property
    def key(self) -> str:
        """What names the way in a form: who goes where."""
        return f"{self.kind}:" + ",".join(
            f"{step.stay_id}-{step.room.pk}-{step.first.toordinal()}" for step in self.steps
        )


def ways_out(hotel: Hotel, conflict: Conflict) -> list[WayOut]:
    """What could be done, the best first: fewest people moved, the same type, the cheapest."""
    stay = Stay.objects.select_related("property", "room_type", "room", "reservation__booker").get(
        pk=conflict.stay_id
    )
    if stay.room_type is None or stay.property is None:
        return []
    rooms = {
        room.pk: room
        for room in Room.objects.of(hotel).filter(is_active=True).select_related("room_type", "property")
    }
    fitting = _fitting(stay, rooms.values())
    here = [room for room in fitting if room.property_id == stay.property_id]
    house = load_house(
        hotel_id=hotel.pk,
        room_type_ids={room.room_type_id for room in here} | {stay.room_type_id or 0},
        first=stay.arrival,
        last=stay.departure,
        whole=False,
    )
    same = [room.pk for room in here if room.room_type_id == stay.room_type_id]
    others = [room.pk for room in here if room.room_type_id != stay.room_type_id]
    found = [
        *_moves(stay, house, same, rooms, depth=4),
        *_moves(stay, house, others, rooms, depth=0),
        *_splits(stay, house, same, others, rooms),
        *_sisters(stay, [room for room in fitting if room.property_id != stay.property_id]),
    ]
    return _priced(stay, found)


@transaction.atomic
def take_way(*, hotel: Hotel, user: Any, conflict_id: int, key: str) -> PlanningEdit:
    """Solve the conflict in the way that ``key`` names. Raises ``Conflict.DoesNotExist``, and ``ValidationError`` when
    it is solved already or this way is not open any more."""
    lock_hotel(hotel.pk)
    conflict = Conflict.objects.of(hotel).get(pk=conflict_id)
    if conflict.closed_at is not None:
        raise ValidationError(_("This conflict is solved already."))
    way = next((way for way in ways_out(hotel, conflict) if way.key == key), None)
    if way is None:
        raise ValidationError(
            _("This way is not open any more: something changed since. Here is what can be done now.")
        )
    if way.kind == WayKind.SPLIT:
        return split_stay(
            hotel=hotel,
            user=user,
            stay_id=conflict.stay_id,
            parts=[(step.first, step.last, step.room.pk) for step in way.steps],
            kind=PlanningEditKind.SOLVE,
        )
    return move_stays(
        hotel=hotel,
        user=user,
        moves=[(step.stay_id, step.room.pk) for step in way.steps],
        kind=PlanningEditKind.SOLVE,
        other_property=way.kind == WayKind.SISTER,
    )


def _fitting(stay: Stay, rooms: Iterable[Room]) -> list[Room]:
    """Rooms with beds enough, or of the type that was sold; not the room in which the stay cannot be."""
    guests = (stay.adults or 0) + (stay.children or 0)
    return [
        room
        for room in rooms
        if room.room_type_id == stay.room_type_id or room.room_type.capacity >= max(guests, 1)
    ]


def _moves(
    stay: Stay, house: House, room_ids: Sequence[int], rooms: dict[int, Room], *, depth: int
) -> list[WayOut]:
    if not room_ids or stay.pk not in house.stays:
        return []
    ways = ways_to_place(house.rooms, house.claims, stay.pk, room_ids=room_ids, depth=depth, limit=OF_A_KIND)
    names = _guests([move.stay_id for way in ways for move in way])
    found: list[WayOut] = []
    for way in ways:
        steps = tuple(_step(house, move, rooms, names) for move in way)
        if steps[-1].room.room_type_id != stay.room_type_id:
            kind = WayKind.UPGRADE
        else:
            kind = WayKind.MOVE if len(steps) == 1 else WayKind.CHAIN
        found.append(WayOut(kind, steps))
    return found


def _step(house: House, move: Move, rooms: dict[int, Room], names: dict[int, str]) -> Step:
    row = house.stays[move.stay_id]
    old = rooms.get(move.from_room_id or 0) if not row.overbooked else None
    return Step(
        stay_id=move.stay_id,
        guest=names.get(move.stay_id, ""),
        old_room=old.name if old else "",
        room=rooms[move.to_room_id],
        first=row.arrival,
        last=row.departure,
    )


def _guests(stay_ids: Iterable[int]) -> dict[int, str]:
    rows = Stay.objects.filter(pk__in=set(stay_ids)).select_related("reservation__booker")
    return {stay.pk: guest_of(stay) for stay in rows}


def _splits(
    stay: Stay, house: House, same: Sequence[int], others: Sequence[int], rooms: dict[int, Room]
) -> list[WayOut]:
    if stay.pk not in house.stays or (stay.departure - stay.arrival).days < 2 or stay.part_of_id:
        return []
    found: list[WayOut] = []
    for room_ids in (same, [*same, *others]):
        ways = split_ways(house.rooms, house.claims, stay.pk, room_ids=room_ids, parts=3, limit=OF_A_KIND + 1)
        for way in ways:
            if len(way) < 2:
                continue  # a whole room is a move
            steps = tuple(
                Step(stay.pk, guest_of(stay), "", rooms[room_id], first, last) for first, last, room_id in way
            )
            found.append(WayOut(WayKind.SPLIT, steps))
        if found:
            break
    return found[:OF_A_KIND]


def _sisters(stay: Stay, rooms: Sequence[Room]) -> list[WayOut]:
    """The smallest fitting free room of every other property."""
    if not rooms:
        return []
    taken = obstacles(
        hotel_id=stay.hotel_id,
        room_ids=[room.pk for room in rooms],
        first=stay.arrival,
        last=stay.departure,
        without=[stay.pk],
    )
    best: dict[int, Room] = {}
    for room in sorted(rooms, key=lambda one: (one.room_type.capacity, one.name)):
        if room.pk not in taken:
            best.setdefault(room.property_id, room)
    return [
        WayOut(WayKind.SISTER, (Step(stay.pk, guest_of(stay), "", room, stay.arrival, stay.departure),))
        for room in best.values()
    ]


def _priced(stay: Stay, ways: Sequence[WayOut]) -> list[WayOut]:
    """In order of preference, with the difference of the hotel's own prices where they are known. One statement."""
    prices = DailyRate.objects.filter(
        room_type_id__in={step.room.room_type_id for way in ways for step in way.steps} | {stay.room_type_id},
        date__gte=stay.arrival,
        date__lt=stay.departure,
        price__isnull=False,
    )
    lowest = {
        (kind, day): price
        for kind, day, price in prices.values_list("room_type_id", "date")
        .annotate(lowest=Min("price"))
        .order_by()
    }
    priced = [WayOut(way.kind, way.steps, _difference(stay, way, lowest)) for way in ways]
    order = list(WayKind)
    return sorted(
        priced, key=lambda way: (order.index(way.kind), len(way.steps), way.difference or Decimal(0))
    )


def _difference(stay: Stay, way: WayOut, lowest: dict[tuple[int | None, date], Decimal]) -> Decimal | None:
    if way.kind in (WayKind.MOVE, WayKind.CHAIN):
        return None
    total = Decimal(0)
    for step in way.steps:
        if step.stay_id != stay.pk:
            continue
        for offset in range((step.last - step.first).days):
            day = step.first + timedelta(days=offset)
            new, old = lowest.get((step.room.room_type_id, day)), lowest.get((stay.room_type_id, day))
            if new is None or old is None:
                return None
            total += new - old
    return total
