"""Changes of stays that people of the hotel make: another room, a split, a check-in.

Everything that must follow such a change follows here: nights and their prices, rooms for those who waited, conflicts,
history, and the news for cleaning and channels.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q

from reservations import nights
from reservations.bookings import STAY_FIELDS, Touched
from reservations.change_log import Cause, history_line, settled_lines
from reservations.choices import HOLDING_STATUSES, ChangeKind, StayStatus
from reservations.following import tell_stays_changed
from reservations.models import ReservationChange, Room, RoomType, Stay, StayNight
from reservations.rooming import RoomMove

_TOLD = ("room_id", "room_type_id", "arrival", "departure", "state", "status")
HOLDING = [str(status) for status in HOLDING_STATUSES]
_DESK_FIELDS = ("desk_state", "checked_in_at", "checked_out_at", "left_on")


@dataclass(slots=True)
class StayEdit:
    """One stay with new values, unsaved, and a copy of it as it was (None for a further part of a split stay)."""

    stay: Stay
    before: Stay | None
    kind: ChangeKind


@dataclass(slots=True)
class Rearranged:
    """What followed: stays whose flag changed, and stays that Llavero moved by itself."""

    flipped: dict[int, bool] = field(default_factory=dict)
    moved: list[RoomMove] = field(default_factory=list)

    def add(self, other: Rearranged) -> None:
        """Take over what followed another change."""
        self.flipped |= other.flipped
        self.moved += other.moved


def rearrange(
    *, hotel_id: int, cause: Cause, edits: Sequence[StayEdit], removed: Sequence[Stay] = ()
) -> Rearranged:
    """Save the stays and bring everything in line that depends on them. A number of statements that does not grow.

    The caller is inside a transaction that has locked the hotel, and has checked what the user may do and whether the
    rooms are free: of two stays in one room the one that came first keeps it, and the other is flagged. ``removed``
    are further parts of split stays that are not needed any more.
    """
    touched, prices = Touched(), _prices(edits, removed)
    for edit in edits:
        if edit.before is not None:
            touched.old_ids.add(edit.stay.pk)
            touched.span(edit.before)
    _save(edits)
    for stay in removed:
        touched.span(stay)
        touched.old_ids.add(stay.pk)
        stay.status = StayStatus.CANCELLED
    if removed:
        Stay.objects.filter(pk__in=[stay.pk for stay in removed]).update(status=StayStatus.CANCELLED)
    for edit in edits:
        touched.span(edit.stay)
    touched.stay_ids = {edit.stay.pk for edit in edits} | {stay.pk for stay in removed}
    settled = nights.place(
        hotel_id=hotel_id,
        stays=[edit.stay for edit in edits],
        dropped=removed,
        old_ids=touched.old_ids,
        prices={id(edit.stay): prices[_head(edit.stay)] for edit in edits},
        touched=touched,
        now=cause.at,
    )
    own = {edit.stay.pk for edit in edits}
    for edit in edits:
        was, stay = edit.before is not None and edit.before.overbooked, edit.stay
        touched.span(stay)  # its room may have been chosen only now
        settled.flipped.pop(stay.pk, None)
        if was != stay.overbooked:
            settled.flipped[stay.pk] = stay.overbooked
    _write_history(hotel_id, cause, edits, settled)
    tell_stays_changed(hotel_id=hotel_id, touched=touched, settled=settled, cause=cause)
    if removed:
        Stay.objects.filter(pk__in=[stay.pk for stay in removed]).delete()
    return Rearranged(settled.flipped, [move for move in settled.moved if move.stay_id not in own])


def resettle(*, hotel_id: int, cause: Cause, spans: Sequence[tuple[int, date, date]]) -> Rearranged:
    """Give rooms anew where there are more or fewer of them: ``spans`` are (room type, first, last), half-open.

    Inside a transaction that has locked the hotel. Stays that nobody pinned leave closed rooms, and who had no room
    gets one that was opened.
    """
    touched = Touched()
    kinds = {kind for kind, _first, _last in spans}
    touched.first, touched.last = min(first for _, first, _ in spans), max(last for *_, last in spans)
    settled = nights.place(
        hotel_id=hotel_id,
        stays=(),
        old_ids=(),
        prices={},
        touched=touched,
        now=cause.at,
        room_type_ids=kinds,
    )
    ReservationChange.objects.bulk_create(settled_lines(hotel_id=hotel_id, cause=cause, settled=settled))
    # Those that stay in a room that is closed now have to be judged too.
    in_trouble = (
        Q(room__closures__last__gt=F("arrival"), room__closures__first__lt=F("departure"))
        | Q(room__is_active=False)
        | Q(conflicts__isnull=False, conflicts__closed_at__isnull=True)
    )
    near = Stay.objects.filter(
        Q(room__room_type_id__in=kinds) | Q(room_type_id__in=kinds),
        hotel_id=hotel_id,
        status__in=HOLDING,
        arrival__lt=touched.last,
        departure__gt=touched.first,
    )
    touched.stay_ids = set(near.filter(in_trouble).values_list("pk", flat=True))
    tell_stays_changed(hotel_id=hotel_id, touched=touched, settled=settled, cause=cause)
    return Rearranged(settled.flipped, settled.moved)


def _head(stay: Stay) -> int:
    return stay.part_of_id or stay.pk


def _prices(edits: Sequence[StayEdit], removed: Collection[Stay]) -> dict[int, dict[date, Decimal | None]]:
    """What each night costs, by the first part of the stay: a night that moves to another part keeps its price."""
    heads = {_head(edit.stay) for edit in edits} | {_head(stay) for stay in removed}
    found: dict[int, dict[date, Decimal | None]] = {head: {} for head in heads}
    own = StayNight.objects.filter(stay_id__in=heads) | StayNight.objects.filter(stay__part_of_id__in=heads)
    for stay_id, head, day, price in own.values_list("stay_id", "stay__part_of_id", "date", "price"):
        found[head or stay_id][day] = price
    return found


def _save(edits: Sequence[StayEdit]) -> None:
    columns = [name.removesuffix("_id") for name in (*STAY_FIELDS, *_DESK_FIELDS, "overbooked")]
    changed = [edit.stay for edit in edits if edit.stay.pk is not None]
    Stay.objects.bulk_create([edit.stay for edit in edits if edit.stay.pk is None])
    if changed:
        Stay.objects.bulk_create(changed, update_conflicts=True, unique_fields=("id",), update_fields=columns)


def _write_history(hotel_id: int, cause: Cause, edits: Sequence[StayEdit], settled: Any) -> None:
    names = _names(edits)
    rows: list[ReservationChange] = []
    for edit in edits:
        fields = {
            name.removesuffix("_id"): [_text(names, name, edit.before), _text(names, name, edit.stay)]
            for name in _TOLD
            if edit.before is None or getattr(edit.before, name) != getattr(edit.stay, name)
        }
        rows.append(history_line(hotel_id, cause, edit.stay.reservation_id, edit.stay.pk, edit.kind, fields))
    told = {edit.stay.pk for edit in edits}
    settled_rows = settled_lines(hotel_id=hotel_id, cause=cause, settled=settled)
    rows += [row for row in settled_rows if row.stay_id not in told or not row.fields]
    ReservationChange.objects.bulk_create(rows)


def _names(edits: Sequence[StayEdit]) -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], str] = {}
    for name, model in (("room_id", Room), ("room_type_id", RoomType)):
        ids = {getattr(row, name) for edit in edits for row in (edit.stay, edit.before) if row is not None}
        rows = model._default_manager.filter(pk__in=ids - {None}).values_list("pk", "name")
        found.update({(name, pk): text for pk, text in rows})
    return found


def _text(names: dict[tuple[str, int], str], name: str, stay: Stay | None) -> str | None:
    value = getattr(stay, name) if stay is not None else None
    if value is None:
        return None
    return names.get((name, value)) if name in ("room_id", "room_type_id") else str(value)
