"""Rooms that cannot be sold for a while, and rooms that come, go or change their type.

Whoever changes a closure or a room does it here, so that everybody who offers rooms hears of it. Every function is one
transaction that has locked the hotel.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reservations import linked_rooms
from reservations.change_log import Cause
from reservations.events import FAR, RoomsChanged, rooms_changed
from reservations.linked_rooms import families
from reservations.locks import lock_hotel
from reservations.models import Room, RoomClosure
from reservations.rearranging import Rearranged, resettle

Span = tuple[int, date, date]
Row = TypeVar("Row", Room, RoomClosure)


@transaction.atomic
def close_room(closure: RoomClosure, *, user_id: int | None = None) -> Rearranged:
    """Store a new closure: its room cannot be sold from ``first`` up to ``last`` (half-open). Stays that nobody pinned
    go to other rooms; says which.

    Raises ``ValidationError`` when it ends before it begins or names another hotel's room.
    """
    lock_hotel(closure.hotel_id)
    _check(closure)
    closure.save(force_insert=True)
    return _tell(closure.hotel_id, [_span(closure)], user_id)


@transaction.atomic
def change_closure(closure: RoomClosure, *, user_id: int | None = None) -> Rearranged:
    """Store a closure whose room, dates or reason were changed. Raises ``ValidationError`` as :func:`close_room`."""
    lock_hotel(closure.hotel_id)
    _check(closure)
    before = _span(RoomClosure.objects.select_related("room").get(pk=closure.pk))
    closure.save(force_update=True)
    after = _span(closure)
    return _tell(closure.hotel_id, [before, after], user_id) if after != before else Rearranged()


@transaction.atomic
def reopen(closures: Iterable[RoomClosure], *, user_id: int | None = None) -> Rearranged:
    """Remove these closures: their rooms can be sold again. Says which stays got another room by that."""
    rearranged = Rearranged()
    for hotel_id, rows in _by_hotel(closures).items():
        lock_hotel(hotel_id)
        found = RoomClosure.objects.filter(pk__in=[row.pk for row in rows]).select_related("room")
        spans = [_span(row) for row in found]
        found.delete()
        rearranged.add(_tell(hotel_id, spans, user_id))
    return rearranged


@transaction.atomic
def save_room(room: Room) -> Room:
    """Store a new or changed room; who adds it, takes it in or out of use, moves it to another type or makes it part of
    an apartment is heard."""
    lock_hotel(room.hotel_id)
    before = _offered(room) if room.pk else None
    room.save()
    after = _offered(room)
    if before != after:
        kinds = {kind for kind, is_active, _parent, _kind in filter(None, (before, after)) if is_active}
        kinds |= {kind for *_, kind in filter(None, (before, after)) if kind}
        _tell(room.hotel_id, _for_good(room, kinds))
        linked_rooms.rebuild(room.hotel_id)
    return room


@transaction.atomic
def remove_rooms(rooms: Iterable[Room]) -> None:
    """Delete these rooms with their closures. Raises ``ProtectedError`` when a stay holds one of them."""
    for hotel_id, rows in _by_hotel(rooms).items():
        lock_hotel(hotel_id)
        spans = [span for room in rows if room.is_active for span in _for_good(room, {room.room_type_id})]
        spans = _with_relatives(hotel_id, spans)
        Room.objects.filter(pk__in=[room.pk for room in rows]).delete()
        _tell(hotel_id, spans)


def _offered(room: Room) -> tuple[int, bool, int | None, int | None] | None:
    """What the offers depend on: type, use, apartment and its type, as stored."""
    stored = Room.objects.filter(pk=room.pk)
    return stored.values_list("room_type_id", "is_active", "parent_id", "parent__room_type_id").first()


def _with_relatives(hotel_id: int, spans: Iterable[Span]) -> list[Span]:
    """The spans, and the same for types whose rooms are sold together with theirs."""
    known = families(hotel_id)
    return [(kind, first, last) for own, first, last in spans for kind in known.types_with({own})]


def _check(closure: RoomClosure) -> None:
    if closure.last <= closure.first:
        raise ValidationError({"last": _("The room must be free again on a later day than it is closed.")})
    if closure.room.hotel_id != closure.hotel_id:
        raise ValidationError({"room": _("This belongs to another hotel.")})


def _span(closure: RoomClosure) -> Span:
    return closure.room.room_type_id, closure.first, closure.last


def _for_good(room: Room, kinds: Iterable[int]) -> list[Span]:
    today = timezone.localtime(timezone.now(), room.property.zone).date()
    return [(kind, today, today + FAR) for kind in kinds]


def _by_hotel(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.hotel_id, []).append(row)
    return found


def _tell(hotel_id: int, spans: Iterable[Span], user_id: int | None = None) -> Rearranged:
    found = frozenset(_with_relatives(hotel_id, spans))
    if not found:
        return Rearranged()
    rearranged = resettle(hotel_id=hotel_id, cause=Cause(timezone.now(), user_id), spans=sorted(found))
    rooms_changed.send(sender=None, change=RoomsChanged(hotel_id, found))
    return rearranged
