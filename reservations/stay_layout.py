"""Where a guest sleeps night by night, and how a stay is laid out anew over rooms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from itertools import count

from django.utils.translation import gettext as _

from reservations.channels import channel_name
from reservations.choices import ChangeKind, RoomChoice, StayState, StayStatus
from reservations.models import Hotel, Stay
from reservations.rearranging import StayEdit
from reservations.visits import Visit, visits_of

_RELATED = ("property", "room", "room_type", "reservation__booker")


@dataclass(frozen=True, slots=True)
class Span:
    """Nights that follow each other in one room, or in none; half-open."""

    first: date
    last: date
    room_id: int | None
    choice: str
    overbooked: bool = False


class StayLayout:
    """A visit that is laid out anew over rooms. Its rows are changed in memory only."""

    def __init__(self, visit: Visit) -> None:
        self.rows = list(visit.parts)
        self.head = visit.head
        self.arrival, self.departure = visit.arrival, visit.departure
        self._before = {row.pk: copy(row) for row in self.rows}
        self._keys = {row.external_key for row in self.rows}
        self.removed: list[Stay] = []

    def row(self, stay_id: int) -> Stay:
        return next(row for row in self.rows if row.pk == stay_id)

    def spans(self) -> list[Span]:
        return [
            Span(row.arrival, row.departure, row.room_id, row.room_choice, row.overbooked)
            for row in self.rows
        ]

    def lay_out(self, spans: Sequence[Span]) -> None:
        """Have the stay sleep so; ``spans`` follow each other without a gap, the first one is the head's."""
        wanted = _merged(spans)
        by_first = {row.arrival: row for row in self.rows if row is not self.head}
        rows = [self.head, *(by_first.pop(span.first, None) for span in wanted[1:])]
        spare = list(by_first.values())
        self.rows = [row or (spare.pop(0) if spare else self._new_part()) for row in rows]
        self.removed = spare
        for row, span in zip(self.rows, wanted, strict=True):
            row.arrival, row.departure = span.first, span.last
            row.room_id, row.room_choice, row.overbooked = span.room_id, span.choice, span.overbooked

    def edits(self, kind: ChangeKind = ChangeKind.MOVED) -> list[StayEdit]:
        """What is different now, for :func:`reservations.rearranging.rearrange`."""
        pairs = [(row, self._before.get(row.pk)) for row in self.rows]
        return [StayEdit(row, before, kind) for row, before in pairs if _differs(row, before)]

    def _new_part(self) -> Stay:
        key = next(
            key
            for number in count(2)
            if (key := f"{self.head.external_key[:240]}#{number}") not in self._keys
        )
        self._keys.add(key)
        return further_part(self.head, key)


def further_part(head: Stay, key: str) -> Stay:
    """An unsaved part of a split stay, like its head in all but what sources and desk tell of the head only."""
    part = copy(head)
    for name in ("pk", "told_room_id", "total", "checked_in_at", "checked_out_at", "left_on", "arrives_at"):
        setattr(part, name, None)
    part.left_rooms = []
    part.details, part.desk_state, part.part_of_id, part.external_key = [], "", head.pk, key
    if head.state == StayState.IN_HOUSE:
        # As in :mod:`reservations.split_stays`: whoever sleeps in the first room is still to come into the next one.
        part.state = StayState.EXPECTED
    return part


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Neighbours in one room become one span."""
    found: list[Span] = []
    for span in spans:
        settled = span.room_id is not None and not span.overbooked
        if found and settled and found[-1].room_id == span.room_id:
            found[-1] = replace(span, first=found[-1].first)
        else:
            found.append(span)
    return found


def _differs(row: Stay, before: Stay | None) -> bool:
    names = ("arrival", "departure", "room_id", "room_choice", "overbooked", "property_id")
    return before is None or any(getattr(row, name) != getattr(before, name) for name in names)


def layouts_of(hotel: Hotel, stay_ids: Collection[int]) -> dict[int, StayLayout]:
    """The whole stay of each of these rows, by the row's id; none for what is not of ``hotel``. Three statements."""
    rows = Stay.objects.of(hotel).filter(pk__in=stay_ids).select_related(*_RELATED)
    found: dict[int, StayLayout] = {}
    for visit in visits_of(hotel, list(rows), *_RELATED):
        layout = StayLayout(visit)
        found.update(dict.fromkeys(visit.ids, layout))
    return found


def guest_of(stay: Stay) -> str:
    """Who sleeps there, for a sentence. Needs ``reservation__booker`` at hand."""
    booker = stay.reservation.booker
    if name := stay.guest_name or (booker.name if booker else ""):
        return name
    if stay.status == StayStatus.BLOCK:
        return _("a block of %(channel)s") % {"channel": channel_name(stay.reservation.channel)}
    return _("a guest of %(channel)s") % {"channel": channel_name(stay.reservation.channel)}


def released_choice(stay: Stay) -> RoomChoice:
    """Who has chosen the stay's room once nobody of the hotel has."""
    told = stay.told_room_id is not None and stay.told_room_id == stay.room_id
    return RoomChoice.TOLD if told else RoomChoice.AUTOMATIC
