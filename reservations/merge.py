"""What all sources together say of one booking. Pure: the same sources in any order give the same answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from reservations.choices import StayStatus
from reservations.records import JsonObject, PersonRecord, ReservationRecord, StayRecord, details_content

#: Channels whose booking codes are unique in the world, so that two connections that tell of the same code tell
#: of the same booking. Codes of direct or unnamed channels are only unique inside their own source.
CHANNELS_WITH_GLOBAL_CODES = frozenset(
    {
        "booking_com",
        "airbnb",
        "expedia",
        "agoda",
        "vrbo",
        "hostelworld",
        "lastminute",
        "trip_com",
        "hotelbeds",
    }
)

Told = TypeVar("Told", ReservationRecord, StayRecord)

#: The first of these that any stay has is the status of the whole booking.
_STRONGEST_FIRST = (
    StayStatus.CONFIRMED,
    StayStatus.PENDING,
    StayStatus.UNKNOWN,
    StayStatus.BLOCK,
    StayStatus.INQUIRY,
    StayStatus.NO_SHOW,
    StayStatus.CANCELLED,
)

#: What does not count beside a room that is booked: the question that came before the booking is not paid besides it
#: (a channel may tell both under one code), while a guest who did not come owes the room.
_BOOKS_NOTHING = {StayStatus.INQUIRY: 1, StayStatus.CANCELLED: 2}


@dataclass(frozen=True, slots=True)
class Telling:
    """The latest content of one source; ``record`` already carries the last status that was understood."""

    connection_id: int
    rank: int
    record: ReservationRecord


@dataclass(frozen=True, slots=True)
class DesiredStay:
    key: str
    connection_id: int
    property_ref: str | None
    booked_at: datetime | None
    record: StayRecord


@dataclass(frozen=True, slots=True)
class DesiredBooking:
    channel: str
    channel_ref: str
    status: StayStatus
    booker: PersonRecord
    total: Decimal | None
    currency: str
    commission: Decimal | None
    notes: str
    booked_at: datetime | None
    cancelled_at: datetime | None
    arrival: date | None
    departure: date | None
    stays: tuple[DesiredStay, ...]
    details: list[JsonObject]


def booking_key(connection_id: int, record: ReservationRecord) -> str:
    """What ``record`` shares with every other telling of the same booking, at most 200 characters."""
    if record.channel in CHANNELS_WITH_GLOBAL_CODES and record.channel_ref:
        return f"{record.channel}:{record.channel_ref}"[:200]
    if record.group_ref:
        return f"group:{connection_id}:{record.group_ref}"[:200]
    return f"own:{connection_id}:{record.external_id}"[:200]


def merge(tellings: Sequence[Telling]) -> DesiredBooking:
    """One booking out of every source that tells of it.

    The sources of the best-ranked connection say how things are (a channel manager tells each room of a booking as
    a source of its own); the others only fill what those leave empty.
    """
    ordered: Sequence[Telling] = tellings
    leaders: Sequence[Telling] = tellings
    if len(tellings) > 1:
        ordered = sorted(tellings, key=lambda t: (t.rank, t.connection_id, t.record.external_id))
        leaders = [t for t in ordered if t.connection_id == ordered[0].connection_id]
    records = [t.record for t in leaders]
    if len(ordered) > 1:
        # Within the leading connection a cancelled room says least about the booking as a whole.
        records.sort(key=lambda r: _BOOKS_NOTHING.get(r.status, 0))
        everyone = records + [t.record for t in ordered[len(leaders) :]]
    else:
        everyone = records

    stays = tuple(
        DesiredStay(
            key=f"{t.record.external_id}/{stay.external_id}"[:250],
            connection_id=t.connection_id,
            property_ref=t.record.property_ref,
            booked_at=t.record.booked_at,
            record=stay,
        )
        for t in leaders
        for stay in t.record.stays
    )
    present = {stay.record.status for stay in stays} or {record.status for record in records}
    status = next(status for status in _STRONGEST_FIRST if status in present)
    kept = _booked([stay.record for stay in stays])
    return DesiredBooking(
        channel=_first(everyone, "channel") or "",
        channel_ref=_first(everyone, "channel_ref") or "",
        status=status,
        booker=_booker(everyone),
        total=_sum(records, "total"),
        currency=_first(everyone, "currency") or "",
        commission=_sum(records, "commission"),
        notes="\n".join(dict.fromkeys(r.notes for r in records if r.notes))
        or _first(everyone, "notes")
        or "",
        booked_at=_first(everyone, "booked_at"),
        cancelled_at=_first(everyone, "cancelled_at") if status == StayStatus.CANCELLED else None,
        arrival=min((s.arrival for s in kept), default=None),
        departure=max((s.departure for s in kept), default=None),
        stays=stays,
        details=details_content(dict.fromkeys(detail for record in records for detail in record.details)),
    )


def _booked(told: Sequence[Told]) -> list[Told]:
    """Those that count for the booking as a whole: what is booked, else what was asked for, else what was cancelled."""
    least = min((_BOOKS_NOTHING.get(one.status, 0) for one in told), default=0)
    return [one for one in told if _BOOKS_NOTHING.get(one.status, 0) == least]


def _first(records: Sequence[ReservationRecord], name: str) -> Any:
    return next((value for record in records if (value := getattr(record, name)) not in (None, "")), None)


def _booker(records: Sequence[ReservationRecord]) -> PersonRecord:
    person = records[0].booker
    for record in records[1:]:
        missing = {
            name: value
            for name in PersonRecord.__slots__
            if not getattr(person, name) and (value := getattr(record.booker, name))
        }
        if missing:
            person = replace(person, **missing)
    return person


def _sum(records: Sequence[ReservationRecord], name: str) -> Decimal | None:
    """The amount of the whole booking; a room that nobody booked counts only when nothing else is left."""
    if len(records) == 1:
        only: Decimal | None = getattr(records[0], name)
        return only
    counted = _booked(records)
    amounts = [amount for r in counted if (amount := getattr(r, name)) is not None]
    if not amounts or len({r.currency for r in counted if r.currency}) > 1:
        return None
    return sum(amounts, Decimal(0))
