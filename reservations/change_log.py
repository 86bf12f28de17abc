"""The history of bookings: what became different, in words that last longer than the rows they speak of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from reservations.choices import ChangeKind, StayStatus
from reservations.merge import DesiredBooking
from reservations.models import Reservation, ReservationChange, Room, RoomType, Stay
from reservations.rooming import Settled

#: What the history tells of; the rest changes silently with it.
_TOLD_OF_RESERVATION = ("status", "total", "currency", "notes", "channel_ref")
_TOLD_OF_STAY = (
    "arrival",
    "departure",
    "room_type_id",
    "room_id",
    "state",
    "adults",
    "children",
    "guest_name",
)
_TOLD_OF_GUEST = ("name", "email", "phone")


@dataclass(frozen=True, slots=True)
class Cause:
    """Who or what made the change, for the history."""

    at: datetime
    user_id: int | None = None
    connection_id: int | None = None
    provider: str = ""
    message_id: int | None = None


@dataclass(slots=True)
class Change:
    """What became of one booking in this batch."""

    reservation: Reservation
    kind: ChangeKind
    guest: str
    #: Names of what changed, for the log line; empty for a new booking.
    fields: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Written:
    """One booking of a batch and what writing it made different."""

    reservation: Reservation
    desired: DesiredBooking
    is_new: bool
    renamed: bool = False
    old: dict[str, Any] = field(default_factory=dict)
    guest_old: dict[str, Any] = field(default_factory=dict)
    #: (stay, or None for the booking itself; {field: [old, new]})
    lines: list[tuple[Stay | None, dict[str, list[Any]]]] = field(default_factory=list)


def write_history(
    *, hotel_id: int, cause: Cause, bookings: Sequence[Written], settled: Settled
) -> list[Change]:
    """Store what became different; returns one entry per booking that is new or changed."""
    changes: list[Change] = []
    rows: list[ReservationChange] = []
    names = _names(bookings)
    for booking in bookings:
        guest = booking.reservation.booker
        guest_name = guest.name if guest else ""
        if booking.is_new:
            kind = (
                ChangeKind.CANCELLED if booking.desired.status == StayStatus.CANCELLED else ChangeKind.CREATED
            )
            rows.append(history_line(hotel_id, cause, booking.reservation.pk, None, kind, {}))
            changes.append(Change(booking.reservation, kind, guest_name))
            continue
        lines = _told(booking)
        if not lines:
            continue
        kind = _kind(booking, lines)
        for stay, fields in lines:
            told = {name.removesuffix("_id"): _pair_text(name, pair, names) for name, pair in fields.items()}
            rows.append(
                history_line(hotel_id, cause, booking.reservation.pk, stay.pk if stay else None, kind, told)
            )
        field_names = list(dict.fromkeys(n.removesuffix("_id") for _, f in lines for n in f))
        changes.append(Change(booking.reservation, kind, guest_name, field_names))
    new = {booking.reservation.pk for booking in bookings if booking.is_new}
    rows += settled_lines(hotel_id=hotel_id, cause=cause, settled=settled, without=new)
    ReservationChange.objects.bulk_create(rows)
    return changes


def settled_lines(
    *, hotel_id: int, cause: Cause, settled: Settled, without: Collection[int] = ()
) -> list[ReservationChange]:
    """Unsaved lines for what giving rooms did to stays: moved, overbooked, settled.

    Bookings in ``without`` are new: that they got a room is no news.
    """
    ids = settled.flipped.keys() | {move.stay_id for move in settled.moved}
    booking_of = dict(Stay.objects.filter(pk__in=ids).values_list("pk", "reservation_id")) if ids else {}
    rooms = {pk for move in settled.moved for pk in (move.old_room_id, move.new_room_id) if pk}
    names = dict(Room.objects.filter(pk__in=rooms).values_list("pk", "name")) if rooms else {}
    rows = [
        history_line(
            hotel_id,
            cause,
            booking_of[move.stay_id],
            move.stay_id,
            ChangeKind.MOVED if move.old_room_id and move.new_room_id else ChangeKind.PLACED,
            {"room": [names.get(move.old_room_id or 0), names.get(move.new_room_id or 0)]},
        )
        for move in settled.moved
        if booking_of.get(move.stay_id) and booking_of[move.stay_id] not in without
    ]
    rows += [
        history_line(
            hotel_id,
            cause,
            booking_of[pk],
            pk,
            ChangeKind.OVERBOOKED if flag else ChangeKind.SETTLED,
            {},
        )
        for pk, flag in settled.flipped.items()
        if booking_of.get(pk)
    ]
    return rows


def history_line(
    hotel_id: int,
    cause: Cause,
    reservation_id: int,
    stay_id: int | None,
    kind: ChangeKind,
    fields: dict[str, list[str | None]],
) -> ReservationChange:
    """One unsaved line; ``fields`` are pairs of old and new as text."""
    return ReservationChange(
        hotel_id=hotel_id,
        reservation_id=reservation_id,
        stay_id=stay_id,
        at=cause.at,
        kind=kind,
        user_id=cause.user_id,
        connection_id=cause.connection_id,
        provider=cause.provider,
        message_id=cause.message_id,
        fields=fields,
    )


def _names(bookings: Sequence[Written]) -> dict[tuple[str, int], str]:
    """Names of every room and type the history is about to speak of: two statements at most."""
    ids: dict[str, set[int]] = {"room_id": set(), "room_type_id": set()}
    for booking in bookings:
        for _, fields in booking.lines:
            for name in ids.keys() & fields.keys():
                ids[name].update(pk for pk in fields[name] if pk)
    found: dict[tuple[str, int], str] = {}
    for name, model in (("room_id", Room), ("room_type_id", RoomType)):
        if ids[name]:
            rows = model._default_manager.filter(pk__in=ids[name]).values_list("pk", "name")
            found.update({(name, pk): text for pk, text in rows})
    return found


def _told(booking: Written) -> list[tuple[Stay | None, dict[str, list[Any]]]]:
    own: dict[str, list[Any]] = {}
    for name in _TOLD_OF_RESERVATION:
        if name in booking.old:
            own[name] = [booking.old[name], getattr(booking.reservation, name)]
    for name in _TOLD_OF_GUEST:
        if name in booking.guest_old:
            own[f"guest_{name}"] = [booking.guest_old[name], getattr(booking.reservation.booker, name)]
    kept = (*_TOLD_OF_STAY, "room_added", "room_dropped")
    lines = [
        (stay, told)
        for stay, fields in booking.lines
        if (told := {name: fields[name] for name in kept if name in fields})
    ]
    if own and len(lines) == 1:
        stay, fields = lines[0]
        return [(stay, {**own, **fields})]
    return [(None, own), *lines] if own else lines


def _kind(booking: Written, lines: Sequence[tuple[Stay | None, dict[str, list[Any]]]]) -> ChangeKind:
    before = booking.old.get("status")
    if before is not None and booking.desired.status == StayStatus.CANCELLED:
        return ChangeKind.CANCELLED
    if before == StayStatus.CANCELLED:
        return ChangeKind.RESTORED
    # A room is given to whoever had none; from one room to another is a change.
    if all(
        fields.keys() <= {"room_id", "room_type_id"} and fields.get("room_id", [0])[0] is None
        for _, fields in lines
    ):
        return ChangeKind.PLACED
    return ChangeKind.CHANGED


def _pair_text(name: str, pair: list[Any], names: dict[tuple[str, int], str]) -> list[str | None]:
    if name in ("room_id", "room_type_id"):
        return [names.get((name, pk)) if pk else None for pk in pair]
    return [_text(value) for value in pair]


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)[:300]
