"""What follows a change of stays: conflicts are judged, and other parts hear of it."""

from __future__ import annotations

from reservations.bookings import Touched
from reservations.change_log import Cause
from reservations.conflicts import judge
from reservations.events import StaysChanged, stays_changed
from reservations.linked_rooms import Families, families
from reservations.models import Room
from reservations.rooming import Settled


def tell_stays_changed(*, hotel_id: int, touched: Touched, settled: Settled, cause: Cause) -> tuple[int, ...]:
    """Judge conflicts and send ``stays_changed`` once for all that a change did; the ids of conflicts it opened.

    Conflicts come first: they keep what channels had been told before the change makes their numbers wait again.
    """
    if not touched.stay_ids and not settled.stays:
        return ()
    for stay, _ in touched.stays:
        touched.span(stay)  # its room is known only now
    old_rooms = {move.stay_id: move.old_room_id for move in settled.moved}
    for stay in settled.stays.values():
        touched.span(stay)
        if old := old_rooms.get(stay.pk):
            touched.room_ids.add(old)
            touched.spans.add((old, stay.arrival, stay.departure))
    _span_types(touched, families(hotel_id))
    stay_ids = frozenset(touched.stay_ids | settled.stays.keys() | settled.flipped.keys())
    opened = judge(hotel_id=hotel_id, stay_ids=stay_ids, now=cause.at, user_id=cause.user_id)
    stays_changed.send(
        sender=None,
        change=StaysChanged(
            hotel_id=hotel_id,
            room_ids=frozenset(touched.room_ids),
            stay_ids=stay_ids,
            first=touched.first,
            last=touched.last,
            spans=frozenset(touched.spans),
            type_spans=frozenset(touched.type_spans),
        ),
    )
    return opened


def _span_types(touched: Touched, known: Families) -> None:
    """Note the types of the rooms themselves, which may be others than were sold (an upgrade), and those of their
    relatives: whoever takes a room takes the apartment around it, and the other way round."""
    doors = {room_id for room_id, _first, _last in touched.spans}
    kinds = dict(Room.objects.filter(pk__in=doors).values_list("pk", "room_type_id"))
    for room_id, first, last in touched.spans:
        touched.type_spans.add((kinds[room_id], first, last))
        for pk in known.relatives(room_id):
            touched.type_spans.add((known.type_of[pk], first, last))
