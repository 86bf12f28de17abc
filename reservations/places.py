"""Where stays belong in the hotel, as whoever knows the mapping of rooms says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reservations.choices import RoomChoice
from reservations.records import StayRecord


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stay belongs in the hotel; ``mapped`` is False when its room is still to be mapped by a person."""

    property_id: int | None = None
    room_type_id: int | None = None
    room_id: int | None = None
    mapped: bool = False
    #: Who chose that room: the channel gave it, or it was itself sold (a listing of one apartment), or a person.
    room_choice: RoomChoice = RoomChoice.TOLD
    #: What it was sold as, where that is known.
    rate_plan_id: int | None = None


#: Says where a stay belongs: (connection id, external property, stay) -> place.
Placer = Callable[[int, str | None, StayRecord], Place]
