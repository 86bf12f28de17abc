"""Which row becomes which stay that the sources tell of, so that a room keeps its row, its guest and its history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from reservations.merge import DesiredBooking, DesiredStay
from reservations.models import Stay
from reservations.places import Place


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A stay as its row has it; one that is split has the dates of all its parts."""

    row: Stay
    departure: date

    @property
    def arrival(self) -> date:
        return self.row.arrival


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """A stay as it is told, with its place here."""

    wish: DesiredStay
    place: Place
    guest: str

    @property
    def arrival(self) -> date:
        return self.wish.record.arrival

    @property
    def departure(self) -> date:
        return self.wish.record.departure


def pair(
    present: Sequence[Stay],
    parts: Mapping[int, Sequence[Stay]],
    booking: DesiredBooking,
    places: Sequence[Place],
) -> tuple[list[tuple[Stay | None, DesiredStay]], list[Stay]]:
    """Every stay of ``booking`` with the row that becomes it, if any, and the rows that nothing claims.

    By key, else by what is alike: a source may name its rooms otherwise than before, and another source may lead.
    ``places`` are those of the booking's stays, ``parts`` the further rooms of split stays by their first part.
    """
    by_key = {stay.external_key: stay for stay in present}
    claimed = {wish.key: by_key[wish.key] for wish in booking.stays if wish.key in by_key}
    names_are_new = not claimed
    free = [
        _Known(stay, max(part.departure for part in (stay, *parts.get(stay.pk, ()))))
        for stay in present
        if stay.external_key not in claimed
    ]
    if not free:
        return [(claimed.get(wish.key), wish) for wish in booking.stays], []
    booker = booking.booker.name or ""
    told = [
        _Told(wish, place, (wish.record.guest_name or booker)[:200])
        for wish, place in zip(booking.stays, places, strict=True)
        if wish.key not in claimed
    ]
    for alike in _LIKENESS:
        _claim(free, told, alike, claimed)
    if names_are_new and len(free) == len(told) == 1:
        # Every room has another name now, so the last one is the one that was left.
        claimed[told[0].wish.key] = free.pop().row
    return [(claimed.get(wish.key), wish) for wish in booking.stays], [known.row for known in free]


def _claim(
    free: list[_Known],
    told: list[_Told],
    alike: Callable[[_Known, _Told], bool],
    claimed: dict[str, Stay],
) -> None:
    """Pair what is ``alike`` and take it out of both lists. The earliest departures come first: of stays that overlap,
    this pairs as many as can be, so that one with a single partner never loses it to one with several."""
    for one in sorted(told, key=lambda one: (one.departure, one.arrival)):
        fitting = [known for known in free if alike(known, one)]
        if fitting:
            found = min(fitting, key=lambda known: (known.departure, known.arrival, known.row.pk))
            claimed[one.wish.key] = found.row
            free.remove(found)
            told.remove(one)


def _same_dates(known: _Known, one: _Told) -> bool:
    return (known.arrival, known.departure) == (one.arrival, one.departure)


def _same_guest(known: _Known, one: _Told) -> bool:
    return known.row.guest_name == one.guest


def _same_kind(known: _Known, one: _Told) -> bool:
    """Whether it was sold as the same kind of room: here, or in the words of the other side."""
    record, kind = one.wish.record, one.place.room_type_id
    return (kind is not None and known.row.room_type_id == kind) or (
        known.row.room_ref in (record.room_ref, record.room_type_ref)
    )


def _overlap_in_kind(known: _Known, one: _Told) -> bool:
    overlap = known.arrival < one.departure and one.arrival < known.departure
    return overlap and _same_kind(known, one)


#: The surest first.
_LIKENESS: tuple[Callable[[_Known, _Told], bool], ...] = (
    lambda known, one: _same_dates(known, one) and _same_kind(known, one) and _same_guest(known, one),
    lambda known, one: _overlap_in_kind(known, one) and _same_guest(known, one),
    lambda known, one: _same_dates(known, one) and _same_kind(known, one),
    _overlap_in_kind,
    _same_dates,
)
