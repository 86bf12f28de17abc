"""Stays that are spread over several rooms: the first part is the stay itself, the others follow it day by day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reservations.choices import StayState
from reservations.models import Stay

Values = dict[str, Any]


def cut(stay: Stay, parts: Sequence[Stay], values: Values) -> tuple[list[tuple[Stay, Values]], list[Stay]]:
    """``values`` of a whole stay cut where it changes rooms: those of each part that is left, and the parts that are
    not needed any more.

    The days on which the guest moves stay as they are; the first part begins and the last one ends with the stay.
    Another type or another room from the sources puts the stay together again.
    """
    if not parts:
        return [(stay, values)], []
    ordered = [stay, *sorted(parts, key=lambda part: part.arrival)]
    if values["told_room_id"] != stay.told_room_id or values["room_type_id"] != stay.room_type_id:
        return [(stay, values)], ordered[1:]
    arrival, departure = values["arrival"], values["departure"]
    begins = [part.arrival for part in ordered]
    ends = [*begins[1:], departure]
    used = [
        (part.room_id, part.room_choice, max(begin, arrival), min(end, departure))
        for part, begin, end in zip(ordered, begins, ends, strict=True)
        if begin < departure and end > arrival
    ]
    if not used:
        return [(stay, values)], ordered[1:]
    wanted: list[tuple[Stay, Values]] = []
    for number, (row, (room_id, choice, begin, end)) in enumerate(zip(ordered, used, strict=False)):
        own = {
            **values,
            "room_id": room_id,
            "room_choice": choice,
            "arrival": arrival if number == 0 else begin,
            "departure": departure if number == len(used) - 1 else end,
        }
        if number:
            # The guest who sleeps in the first room is still to come into the next one.
            in_house = values["state"] == StayState.IN_HOUSE
            own |= {
                "told_room_id": None,
                "total": None,
                "details": [],
                "state": str(StayState.EXPECTED) if in_house else values["state"],
            }
        wanted.append((row, own))
    return wanted, ordered[len(used) :]
