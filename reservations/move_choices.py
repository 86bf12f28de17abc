"""Where a stay could go: every room of its property, and the guests with whom it could change places."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from reservations.free_rooms import Obstacle, obstacles
from reservations.models import Hotel, Room, Stay
from reservations.planning_checks import nights_to_move, today_at, why_it_stays
from reservations.room_claims import natural_order
from reservations.stay_layout import layouts_of


@dataclass(frozen=True, slots=True)
class RoomOption:
    """A room and what keeps the stay out of it, if anything."""

    room: Room
    is_booked_type: bool
    obstacles: Sequence[Obstacle] = ()

    @property
    def reason(self) -> str:
        """Why it is not free, such as "Mara Quill has it, 10–12 Jun 2031"; empty when it is."""
        return self.obstacles[0].sentence if self.obstacles else ""


@dataclass(frozen=True, slots=True)
class SwapOption:
    """A guest who could change places with the stay."""

    stay: Stay
    room: Room


def room_options(
    hotel: Hotel, row: Stay, *, span: tuple[date, date] | None = None, without: Collection[int] = ()
) -> list[RoomOption]:
    """The rooms of the property other than the stay's own, for the nights still to come: the free ones of the booked
    type first, then other free ones, then the others.

    With ``span`` the rooms for those nights, the own one too; stays in ``without`` do not count. Four statements.
    """
    first, last = span or nights_to_move(row)
    first = max(first, today_at(row.property)) if span else first
    if row.property_id is None or first >= last:
        return []
    rooms = list(
        Room.objects.of(hotel).filter(property_id=row.property_id, is_active=True).select_related("room_type")
    )
    found = obstacles(
        hotel_id=hotel.pk,
        room_ids=[room.pk for room in rooms],
        first=first,
        last=last,
        without=[row.pk, *without],
    )
    own = None if span or row.overbooked else row.room_id
    options = [
        RoomOption(room, room.room_type_id == row.room_type_id, found.get(room.pk, ()))
        for room in rooms
        if room.pk != own
    ]
    return sorted(
        options,
        key=lambda option: (
            bool(option.obstacles),
            not option.is_booked_type,
            natural_order(option.room.name),
        ),
    )


def swap_options(hotel: Hotel, row: Stay, options: Sequence[RoomOption]) -> list[SwapOption]:
    """The guests, each alone in the way in one of ``options``, who fit into the stay's own room. Six statements."""
    if row.room is None or row.overbooked:
        return []
    alone = {
        one.stay_id: option.room
        for option in options
        if len(option.obstacles) == 1 and (one := option.obstacles[0]).stay_id is not None
    }
    layouts = layouts_of(hotel, [pk for pk in alone if pk is not None])
    others = [
        other
        for pk, layout in layouts.items()
        if pk in alone and not why_it_stays(layout, other := layout.row(pk)) and other.room_id == alone[pk].pk
    ]
    if not others:
        return []
    spans = {other.pk: nights_to_move(other) for other in others}
    standing = obstacles(
        hotel_id=hotel.pk,
        room_ids=[row.room.pk],
        first=min(first for first, _last in spans.values()),
        last=max(last for _first, last in spans.values()),
        without=[row.pk],
    ).get(row.room.pk, [])
    return [
        SwapOption(other, alone[other.pk])
        for other in others
        if not any(
            one.stay_id != other.pk and one.first < spans[other.pk][1] and spans[other.pk][0] < one.last
            for one in standing
        )
    ]
