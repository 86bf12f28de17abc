"""What a change of the planning must not do, each refused with a sentence that says why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from reservations.choices import HOLDING_STATUSES, StayState
from reservations.free_rooms import Obstacle, obstacles
from reservations.models import Hotel, Property, Room, Stay
from reservations.stay_layout import StayLayout, guest_of
from reservations.wording import date_text

#: A room and the nights that somebody wants it for, half-open.
Wish = tuple[Room, date, date]
#: A part of a split stay: its first night, the day after its last one, room id.
Part = tuple[date, date, int]
#: So many reasons are enough for one sentence to the user.
NAMED = 3


class RoomTaken(ValidationError):
    """A room cannot be had. ``swap`` is the stay that could change places with the one that was to be moved."""

    def __init__(self, found: Sequence[tuple[Room, Obstacle]], swap: Stay | None = None) -> None:
        reasons = {(room.name, one.sentence): None for room, one in found}
        sentences = [
            _("Room %(room)s: %(reason)s.") % {"room": name, "reason": reason} for name, reason in reasons
        ]
        super().__init__(" ".join(sentences[:NAMED]), code="taken")
        self.swap = swap


def in_the_way(
    hotel: Hotel, wishes: Sequence[Wish], *, without: Collection[int]
) -> list[tuple[Room, Obstacle]]:
    """Stays and closures that keep rooms from being free as wished; stays in ``without`` do not count."""
    wishes = [wish for wish in wishes if wish[1] < wish[2]]
    if not wishes:
        return []
    found = obstacles(
        hotel_id=hotel.pk,
        room_ids=[room.pk for room, _first, _last in wishes],
        first=min(first for _room, first, _last in wishes),
        last=max(last for *_rest, last in wishes),
        without=without,
    )
    return [
        (room, one)
        for room, first, last in wishes
        for one in found.get(room.pk, ())
        if one.first < last and first < one.last
    ]


def today_at(house: Property | None) -> date:
    """Today where the stay is; nights before it are over. Of an unknown property, none is."""
    return timezone.localtime(timezone.now(), house.zone).date() if house else date.min


def nights_to_move(row: Stay) -> tuple[date, date]:
    """The nights that go along to another room: whoever has slept in a room has slept there, but whoever had none
    takes the new one from the first night on."""
    has_slept = row.room_id is not None and not row.overbooked
    return (max(row.arrival, today_at(row.property)) if has_slept else row.arrival), row.departure


def why_it_stays(layout: StayLayout, row: Stay) -> str:
    """Why this row cannot be moved to another room, as a sentence; empty when it can."""
    words = {"guest": guest_of(row)}
    if row.status not in HOLDING_STATUSES:
        return _("The booking of %(guest)s holds no room.") % words
    if row.property is None:
        return _("Nobody has said yet in which property %(guest)s stays.") % words
    if StayState.DEPARTED in (row.state, layout.rows[-1].state):
        return _("%(guest)s has left already.") % words
    if row.departure <= today_at(row.property):
        return _("These nights of %(guest)s are over.") % words
    return ""


def check_can_move(layout: StayLayout, row: Stay) -> None:
    if sentence := why_it_stays(layout, row):
        raise ValidationError(sentence)


def check_room(row: Stay, room: Room, *, other_property: bool = False) -> None:
    words = {"room": room.name}
    if not room.is_active:
        raise ValidationError(_("Room %(room)s is not in use.") % words)
    if room.property_id != row.property_id and not other_property:
        raise ValidationError(_("Room %(room)s is in another property.") % words)


def check_parts(layout: StayLayout, parts: Sequence[Part]) -> None:
    """Refuse parts that do not follow each other through the whole stay, or change where somebody has slept."""
    if len(parts) < 2:
        raise ValidationError(_("A split stay has at least two parts."))
    if any(first >= last for first, last, _room in parts):
        raise ValidationError(_("Every part needs at least one night."))
    firsts, lasts = [first for first, *_rest in parts], [last for _first, last, _room in parts]
    if firsts != [layout.arrival, *lasts[:-1]] or lasts[-1] != layout.departure:
        raise ValidationError(
            _("The parts must follow each other from %(first)s to %(last)s.")
            % {"first": date_text(layout.arrival), "last": date_text(layout.departure)}
        )
    if any(one[2] == other[2] for one, other in pairwise(parts)):
        raise ValidationError(_("Choose another room for the second part."))
    today = today_at(layout.head.property)
    for row in layout.rows:
        for first, last, room_id in parts:
            was_slept = max(first, row.arrival) < min(last, row.departure, today)
            if was_slept and row.room_id not in (None, room_id) and not row.overbooked:
                raise ValidationError(_("Nights before today stay in the room in which the guest slept."))
