"""Rooms that people of the hotel take off sale on the planning board, and give back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reservations.choices import ClosureKind, PlanningEditKind
from reservations.closures import close_room, reopen
from reservations.locks import lock_hotel
from reservations.models import Hotel, PlanningEdit, Room, RoomClosure, Stay
from reservations.planning_checks import RoomTaken, in_the_way, today_at
from reservations.planning_edits import closure_place, places_before, record_edit
from reservations.planning_wording import told_closure
from reservations.rearranging import Rearranged
from reservations.stay_layout import guest_of


class NeedsConfirming(ValidationError):
    """What was asked leaves guests in a closed room or without one; it is done when the user says so again."""


@transaction.atomic
def block_room(
    *,
    hotel: Hotel,
    user: Any,
    room_id: int,
    first: date,
    last: date,
    kind: ClosureKind = ClosureKind.OUT_OF_ORDER,
    note: str = "",
    confirmed: bool = False,
) -> PlanningEdit:
    """Close a room from ``first`` up to ``last`` (half-open); stays that nobody promised it go to other rooms.

    Raises ``Room.DoesNotExist``, ``ValidationError`` for impossible dates, and :class:`NeedsConfirming`, unless
    ``confirmed``, when guests would stay in the closed room or lose theirs.
    """
    lock_hotel(hotel.pk)
    room = Room.objects.of(hotel).select_related("property").get(pk=room_id)
    closure = RoomClosure(hotel=hotel, room=room, first=first, last=last, kind=kind, note=note)
    done = close_room(closure, user_id=user.pk)
    if not confirmed and (sentences := _left_behind(hotel, closure, done)):
        raise NeedsConfirming(" ".join(sentences), code="confirm")
    return _record(hotel, user, PlanningEditKind.BLOCK, closure, done, {str(closure.pk): None})


@transaction.atomic
def unblock_room(*, hotel: Hotel, user: Any, closure_id: int) -> PlanningEdit:
    """Give a closed room back. Raises ``RoomClosure.DoesNotExist``, and ``ValidationError`` for a feed's block."""
    lock_hotel(hotel.pk)
    closures = RoomClosure.objects.of(hotel).select_related("room__property")
    closure = closures.get(pk=closure_id)
    if closure.kind == ClosureKind.FEED_BLOCK:
        raise ValidationError(
            _("This block comes from a calendar feed. It ends when the feed no longer has it.")
        )
    before = {str(closure.pk): closure_place(closure)}
    done = reopen([closure], user_id=user.pk)
    return _record(hotel, user, PlanningEditKind.UNBLOCK, closure, done, before)


def _record(
    hotel: Hotel, user: Any, kind: PlanningEditKind, closure: RoomClosure, done: Rearranged, before: Any
) -> PlanningEdit:
    return record_edit(
        hotel=hotel,
        property_id=closure.room.property_id,
        user=user,
        kind=kind,
        told=told_closure(closure, len(done.moved)),
        stays=places_before([], [], done),
        closures=before,
    )


def _left_behind(hotel: Hotel, closure: RoomClosure, done: Rearranged) -> list[str]:
    """Sentences about guests who stay in the closed room all the same, or have no room now."""
    wish = (closure.room, max(closure.first, today_at(closure.room.property)), closure.last)
    staying = [(room, one) for room, one in in_the_way(hotel, [wish], without=()) if one.stay_id is not None]
    sentences = list(RoomTaken(staying).messages) if staying else []
    homeless = {pk for pk, flag in done.flipped.items() if flag}
    homeless |= {move.stay_id for move in done.moved if move.new_room_id is None}
    for stay in Stay.objects.filter(pk__in=homeless).select_related("reservation__booker"):
        sentences.append(_("%(guest)s would have no room.") % {"guest": guest_of(stay)})
    return sentences
