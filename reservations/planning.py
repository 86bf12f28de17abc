"""Who sleeps where, as people of the hotel decide it: moves, chains of moves, splits, promises.

Every service is one transaction that has locked the hotel. It refuses with a sentence what cannot be, has
:mod:`reservations.rearranging` do the rest, and leaves a :class:`~reservations.models.PlanningEdit` that can be undone
(:mod:`reservations.planning_undo`). Blocks are in :mod:`reservations.room_blocks`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reservations.change_log import Cause
from reservations.choices import PlanningEditKind, RoomChoice
from reservations.locks import lock_hotel
from reservations.models import Hotel, PlanningEdit, Room, Stay
from reservations.planning_checks import (
    Part,
    RoomTaken,
    check_can_move,
    check_parts,
    check_room,
    in_the_way,
    nights_to_move,
    today_at,
    why_it_stays,
)
from reservations.planning_edits import places_before, record_edit
from reservations.planning_wording import room_names, told_move, told_parts, told_stay
from reservations.rearranging import Rearranged, StayEdit, rearrange
from reservations.stay_layout import Span, StayLayout, guest_of, layouts_of, released_choice


@dataclass(slots=True)
class _Move:
    """One row of a stay on its way to ``room`` with the nights that go along."""

    layout: StayLayout
    row: Stay
    room: Room
    first: date
    last: date
    #: Told in the history of edits; the row itself is about to change.
    old_room: str


@transaction.atomic
def move_stay(
    *, hotel: Hotel, user: Any, stay_id: int, room_id: int, pin: bool = True, seen: int | None = None
) -> PlanningEdit:
    """Give a stay, or one part of a split one, another room of its property for the nights still to come.

    Nights that were slept already stay where they were: the stay is then split today. ``pin`` promises the room to
    the guest; a room of another type always is. ``seen`` is the room in which the user saw the stay (0: in none).
    Raises ``Stay.DoesNotExist``, ``Room.DoesNotExist``, and ``ValidationError`` that says why not, as
    :class:`~reservations.planning_checks.RoomTaken` when the room is not free.
    """
    lock_hotel(hotel.pk)
    row = _layout(hotel, stay_id).row(stay_id)
    if seen is not None and seen != (row.room_id or 0):
        words = {"guest": guest_of(row), "room": row.room.name if row.room else _("none")}
        raise ValidationError(_("Somebody was faster: the room of %(guest)s is now %(room)s.") % words)
    return move_stays(hotel=hotel, user=user, moves=[(stay_id, room_id)], pin=pin)


@transaction.atomic
def move_stays(
    *,
    hotel: Hotel,
    user: Any,
    moves: Sequence[tuple[int, int]],
    kind: PlanningEditKind = PlanningEditKind.MOVE,
    pin: bool = True,
    other_property: bool = False,
) -> PlanningEdit:
    """Move several stays at once, (stay id, room id) each, judged by where everybody is in the end: a swap, a chain.

    With ``other_property`` a room may be of another property of the hotel. Raises as :func:`move_stay`.
    """
    lock_hotel(hotel.pk)
    wanted = _wanted(hotel, moves, other_property=other_property)
    wishes = [(move.room, move.first, move.last) for move in wanted]
    if found := in_the_way(hotel, wishes, without=[move.row.pk for move in wanted]):
        # Only a stay that is alone in the way can change places.
        stay_ids = {one.stay_id for _room, one in found}
        swap = (
            _who_could_swap(hotel, wanted[0], stay_ids.pop()) if len(wanted) == len(stay_ids) == 1 else None
        )
        raise RoomTaken(found, swap)
    told = [
        told_move(guest_of(move.row), (move.first, move.last), move.old_room, move.room.name)
        for move in wanted
    ]
    for move in wanted:
        _lay_out(move, pin=pin)
    layouts = list({id(move.layout): move.layout for move in wanted}.values())
    return _carry_out(hotel, user, layouts, kind, wanted[0].room.property_id, {"moves": told})


@transaction.atomic
def split_stay(
    *,
    hotel: Hotel,
    user: Any,
    stay_id: int,
    parts: Sequence[Part],
    kind: PlanningEditKind = PlanningEditKind.SPLIT,
) -> PlanningEdit:
    """Spread a stay over rooms: ``parts`` follow each other and cover it exactly. Raises as :func:`move_stay`."""
    lock_hotel(hotel.pk)
    layout = _layout(hotel, stay_id)
    check_can_move(layout, layout.rows[-1])
    check_parts(layout, parts)
    rooms = _rooms(hotel, [room_id for *_nights, room_id in parts])
    for room in rooms.values():
        check_room(layout.head, room)
    today = today_at(layout.head.property)
    wishes = [(rooms[room_id], max(first, today), last) for first, last, room_id in parts]
    if found := in_the_way(hotel, wishes, without=[row.pk for row in layout.rows]):
        raise RoomTaken(found)
    layout.lay_out([Span(first, last, room_id, RoomChoice.PERSON) for first, last, room_id in parts])
    return _carry_out(hotel, user, [layout], kind, wishes[0][0].property_id)


@transaction.atomic
def join_stay(*, hotel: Hotel, user: Any, stay_id: int, room_id: int) -> PlanningEdit:
    """Put a split stay together again in one room, for the nights still to come. Raises as :func:`move_stay`."""
    lock_hotel(hotel.pk)
    layout = _layout(hotel, stay_id)
    if len(layout.rows) == 1:
        raise ValidationError(_("This stay is not split."), code="nothing")
    check_can_move(layout, layout.rows[-1])
    room = _rooms(hotel, [room_id])[room_id]
    check_room(layout.head, room)
    begin = max(layout.arrival, today_at(layout.head.property))
    if found := in_the_way(hotel, [(room, begin, layout.departure)], without=[row.pk for row in layout.rows]):
        raise RoomTaken(found)
    slept = [replace(span, last=min(span.last, begin)) for span in layout.spans() if span.first < begin]
    layout.lay_out([*slept, Span(begin, layout.departure, room_id, RoomChoice.PERSON)])
    return _carry_out(hotel, user, [layout], PlanningEditKind.JOIN, room.property_id)


@transaction.atomic
def pin_stay(*, hotel: Hotel, user: Any, stay_id: int) -> PlanningEdit:
    """Promise a stay the room it has: nobody but a person moves it from now on."""
    lock_hotel(hotel.pk)
    layout = _layout(hotel, stay_id)
    row = layout.row(stay_id)
    if row.room is None or row.overbooked:
        raise ValidationError(_("This stay has no room of its own that could be promised."))
    if row.room_choice == RoomChoice.PERSON:
        raise ValidationError(_("This room is promised already."), code="nothing")
    if row.room_choice == RoomChoice.SOLD:
        raise ValidationError(_("This very room was sold: the stay keeps it anyway."), code="nothing")
    told = told_stay(row)
    row.room_choice = RoomChoice.PERSON
    return _carry_out(hotel, user, [layout], PlanningEditKind.PIN, row.room.property_id, told)


@transaction.atomic
def unpin_stay(*, hotel: Hotel, user: Any, stay_id: int) -> PlanningEdit:
    """Take the promise back: Llavero may give the stay another room of its type."""
    lock_hotel(hotel.pk)
    layout = _layout(hotel, stay_id)
    row = layout.row(stay_id)
    if row.room is None or row.room_choice != RoomChoice.PERSON:
        raise ValidationError(_("This room is not promised."), code="nothing")
    if row.room.room_type_id != row.room_type_id:
        words = {"room": row.room.name}
        raise ValidationError(
            _("Room %(room)s is of another type than was booked. Move the stay to a room of its type first.")
            % words
        )
    told = told_stay(row)
    row.room_choice = released_choice(row)
    return _carry_out(hotel, user, [layout], PlanningEditKind.UNPIN, row.room.property_id, told)


def carry_out_edits(
    *,
    hotel: Hotel,
    user: Any,
    edits: Sequence[StayEdit],
    removed: Sequence[Stay] = (),
    may_wait: Collection[int] = (),
) -> Rearranged:
    """Have the stays rearranged; refuses when one does not get the room it was given, or another loses its own.

    Stays in ``may_wait`` had no room before and may be without one again.
    """
    wanted = [
        (edit.stay, edit.stay.room_id) for edit in edits if edit.stay.room_id and not edit.stay.overbooked
    ]
    cause = Cause(timezone.now(), user.pk)
    done = rearrange(hotel_id=hotel.pk, cause=cause, edits=edits, removed=removed)
    if lost := [(stay, room_id) for stay, room_id in wanted if stay.room_id != room_id or stay.overbooked]:
        rooms = _rooms(hotel, [room_id for _stay, room_id in lost])
        wishes = [(rooms[room_id], stay.arrival, stay.departure) for stay, room_id in lost]
        if found := in_the_way(hotel, wishes, without=[stay.pk for stay, _room_id in lost]):
            raise RoomTaken(found)
        raise ValidationError(_("There is no room for %(guests)s then.") % {"guests": guest_of(lost[0][0])})
    homeless = {pk for pk, flag in done.flipped.items() if flag}
    homeless |= {move.stay_id for move in done.moved if move.new_room_id is None}
    if homeless := homeless - set(may_wait):
        rows = Stay.objects.filter(pk__in=homeless).select_related("reservation__booker")
        names = ", ".join(guest_of(stay) for stay in rows)
        raise ValidationError(_("There is no room for %(guests)s then.") % {"guests": names})
    return done


def _carry_out(
    hotel: Hotel,
    user: Any,
    layouts: Sequence[StayLayout],
    kind: PlanningEditKind,
    property_id: int,
    told: Mapping[str, Any] | None = None,
) -> PlanningEdit:
    """Write what was laid out, and keep it as an edit."""
    edits = [edit for layout in layouts for edit in layout.edits()]
    removed = [row for layout in layouts for row in layout.removed]
    done = carry_out_edits(hotel=hotel, user=user, edits=edits, removed=removed)
    if told is None:
        rows = layouts[0].rows
        told = told_parts(rows, room_names(row.room_id for row in rows))
    return record_edit(
        hotel=hotel,
        property_id=property_id,
        user=user,
        kind=kind,
        told={**told, "others": len(done.moved)},
        stays=places_before(edits, removed, done),
    )


def _wanted(hotel: Hotel, moves: Sequence[tuple[int, int]], *, other_property: bool) -> list[_Move]:
    layouts = layouts_of(hotel, [stay_id for stay_id, _room_id in moves])
    rooms = _rooms(hotel, [room_id for _stay_id, room_id in moves])
    found = []
    for stay_id, room_id in moves:
        if stay_id not in layouts:
            raise Stay.DoesNotExist
        layout, room = layouts[stay_id], rooms[room_id]
        row = layout.row(stay_id)
        check_can_move(layout, row)
        check_room(row, room, other_property=other_property)
        has_room = row.room is not None and not row.overbooked
        if has_room and row.room_id == room_id:
            words = {"guest": guest_of(row), "room": room.name}
            raise ValidationError(_("%(guest)s has room %(room)s already.") % words, code="nothing")
        old_room = row.room.name if row.room is not None and not row.overbooked else ""
        found.append(_Move(layout, row, room, *nights_to_move(row), old_room))
    return found


def _who_could_swap(hotel: Hotel, move: _Move, stay_id: int | None) -> Stay | None:
    """The stay in the way, when it fits into the room that would become free."""
    if stay_id is None or move.row.room is None or move.row.overbooked:
        return None
    other = _layout(hotel, stay_id)
    row = other.row(stay_id)
    wishes = [(move.row.room, *nights_to_move(row)), (move.room, move.first, move.last)]
    if row.room_id != move.room.pk or why_it_stays(other, row):
        return None
    return None if in_the_way(hotel, wishes, without=[move.row.pk, row.pk]) else row


def _lay_out(move: _Move, *, pin: bool) -> None:
    promised = pin or move.room.room_type_id != move.row.room_type_id
    choice = RoomChoice.PERSON if promised else RoomChoice.AUTOMATIC
    spans: list[Span] = []
    for row, span in zip(move.layout.rows, move.layout.spans(), strict=True):
        if row is not move.row:
            spans.append(span)
            continue
        if span.first < move.first:
            spans.append(replace(span, last=move.first))
        spans.append(Span(move.first, move.last, move.room.pk, choice))
    move.layout.lay_out(spans)
    for row in move.layout.rows:
        if row.room_id == move.room.pk and row.arrival >= move.first:
            row.property_id = move.room.property_id


def _layout(hotel: Hotel, stay_id: int) -> StayLayout:
    found = layouts_of(hotel, [stay_id])
    if stay_id not in found:
        raise Stay.DoesNotExist
    return found[stay_id]


def _rooms(hotel: Hotel, room_ids: Collection[int]) -> dict[int, Room]:
    found = {room.pk: room for room in Room.objects.of(hotel).filter(pk__in=room_ids)}
    if not found.keys() >= set(room_ids):
        raise Room.DoesNotExist
    return found
