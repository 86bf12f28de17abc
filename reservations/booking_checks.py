"""What a booking of the desk must be like, and why it is refused; every refusal is a sentence."""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from reservations.booking_search import Asked
from reservations.card_numbers import refuse_card_number
from reservations.choices import ConflictKind, StayState, StayStatus
from reservations.desk_source import DESK_CONNECTION
from reservations.free_rooms import obstacles
from reservations.intake import IntakeResult
from reservations.models import (
    Conflict,
    Hotel,
    Property,
    RatePlan,
    ReservationSource,
    Room,
    RoomType,
    Stay,
)
from reservations.records import StayRecord
from reservations.wording import span_text

#: A guest who comes after midnight is booked for the night that has begun.
BACK = timedelta(days=1)
FARTHEST = timedelta(days=3 * 366)
LONGEST = 365

_TOKEN = re.compile(r"[0-9a-f]{32}")


class NoRoomLeft(ValidationError):
    """Somebody would be left without a room."""


def check_token(token: str) -> None:
    """Refuse a form without the number that makes it one of its kind."""
    if not _TOKEN.fullmatch(token):
        raise ValidationError(_("This form is not complete. Open the page again."))


def check_scope(
    hotel: Hotel, house: Property, kind: RoomType, plan: RatePlan | None, room: Room | None
) -> None:
    """Refuse rows of another hotel or property."""
    rows = [row for row in (kind, plan, room) if row is not None]
    if house.hotel_id != hotel.pk or any(row.property_id != house.pk for row in rows):
        raise ValidationError(_("This belongs to another hotel."))


def check_dates(asked: Asked, *, as_before: StayRecord | None = None) -> None:
    """Refuse nights that are over, too far away or too many; ``as_before`` is the stay that is being changed."""
    today = timezone.localtime(timezone.now(), asked.house.zone).date()
    if asked.departure <= asked.arrival:
        raise ValidationError({"departure": _("The departure must be after the arrival.")})
    if (asked.departure - asked.arrival).days > LONGEST:
        raise ValidationError({"departure": _("At most a year at once.")})
    kept = as_before is not None and as_before.arrival == asked.arrival
    if asked.arrival < today - BACK and not kept:
        raise ValidationError({"arrival": _("This day is over.")})
    if asked.departure < today:
        raise ValidationError({"departure": _("This day is over.")})
    if asked.arrival > today + FARTHEST:
        raise ValidationError({"arrival": _("At most three years ahead.")})


def check_changeable(stay: Stay, *, to_cancel: bool = False) -> None:
    """Refuse bookings that are over."""
    if stay.status == StayStatus.CANCELLED:
        raise ValidationError(_("This booking is cancelled. Make a new one."))
    if not to_cancel:
        return
    if stay.status == StayStatus.NO_SHOW:
        raise ValidationError(_("The guest did not come: there is nothing left to cancel."))
    if stay.state != StayState.EXPECTED:
        raise ValidationError(_("The guest has come. Check the guest out instead."))


def check_moved(stay: Stay, told: StayRecord, asked: Asked, *, retyped: bool) -> None:
    """Refuse other nights or another type when the guest has come, left or stayed away."""
    if stay.status == StayStatus.NO_SHOW:
        raise ValidationError(
            _("The guest did not come. Take that back at the desk before you change the nights.")
        )
    if stay.state == StayState.DEPARTED:
        raise ValidationError(
            _("The guest has left. Take that back at the desk before you change the nights.")
        )
    if stay.state == StayState.IN_HOUSE and asked.arrival != told.arrival:
        raise ValidationError({"arrival": _("The guest is in the house: the arrival stays as it is.")})
    if stay.state == StayState.IN_HOUSE and retyped:
        raise ValidationError(
            {"room_type": _("The guest is in the house. Move the stay to another room in the planning.")}
        )


def check_room(room: Room, kind: RoomType, asked: Asked, *, anyway: bool) -> None:
    """Refuse a room of another type, and one that somebody has on any of the nights unless that is wanted."""
    if room.room_type_id != kind.pk or not room.is_active:
        raise ValidationError({"room": _("This is not a room of the type.")})
    held = obstacles(
        hotel_id=room.hotel_id, room_ids=[room.pk], first=asked.arrival, last=asked.departure
    ).get(room.pk)
    if held and not anyway:
        text = _("Room %(room)s is not free: %(reason)s.")
        raise NoRoomLeft({"room": text % {"room": room.name, "reason": held[0].sentence}})


def check_text(name: str, text: str) -> None:
    """Refuse card numbers in a field."""
    try:
        refuse_card_number(text)
    except ValidationError as problem:
        raise ValidationError({name: problem}) from None


def refuse_trouble(result: IntakeResult, external_id: str) -> None:
    """Raise :class:`NoRoomLeft` when what was taken in leaves anybody without a room; the caller rolls back."""
    losers = {pk for pk, lost in result.overbooked.items() if lost}
    if not losers and not result.conflicts:
        return
    rows = Conflict.objects.filter(pk__in=result.conflicts).select_related("stay", "room", "room_type")
    source = ReservationSource.objects.get(external_id=external_id, connection_id=DESK_CONNECTION)
    sentences = [_sentence(row, row.stay.reservation_id == source.reservation_id) for row in rows]
    raise NoRoomLeft(sentences or [_("No room of this type is left on these nights.")])


def _sentence(conflict: Conflict, is_own: bool) -> str:
    stay = conflict.stay
    words = {
        "guest": stay.guest_name or _("Guest without a name"),
        "dates": span_text(stay.arrival, stay.departure),
        "type": conflict.room_type.name if conflict.room_type else "",
        "room": conflict.room.name if conflict.room else "",
        "nights": _nights(conflict.first, conflict.last),
    }
    if not is_own:
        return _("%(guest)s, %(dates)s, would be left without a room.") % words
    if conflict.kind == ConflictKind.ROOM_TAKEN:
        return _("Room %(room)s is taken on %(nights)s.") % words
    if conflict.kind == ConflictKind.ROOM_CLOSED:
        return _("Room %(room)s is closed on %(nights)s.") % words
    if conflict.kind == ConflictKind.NO_WHOLE_ROOM:
        return (
            _("No single room of %(type)s is free for the whole stay: the guest would change rooms.") % words
        )
    return _("The last room of %(type)s is gone on %(nights)s.") % words


def _nights(first: date, last: date) -> str:
    """The nights of a half-open span as dates."""
    return span_text(first, last - timedelta(days=1))
