"""Short ways to say a booking in tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from reservations.choices import RoomChoice, StayStatus
from reservations.intake import IntakeResult, take_in
from reservations.models import Hotel, Reservation, ReservationSource, Room, Stay, StayNight
from reservations.places import Place
from reservations.records import NightRecord, PersonRecord, ReservationRecord, StayRecord
from reservations.sources import SourceRef

EPOCH = datetime(2031, 3, 1, 9, tzinfo=UTC)
FIRST = date(2031, 6, 10)


def stay(
    external_id: str = "1",
    *,
    arrival: int = 0,
    nights: int = 2,
    room: str | None = "101",
    status: StayStatus = StayStatus.CONFIRMED,
    **rest: Any,
) -> StayRecord:
    """A stay that arrives ``arrival`` days after :data:`FIRST`."""
    first = FIRST + timedelta(days=arrival)
    return StayRecord(
        external_id=external_id,
        arrival=first,
        departure=first + timedelta(days=nights),
        status=status,
        room_ref=room,
        adults=2,
        nights=tuple(NightRecord(first + timedelta(days=n), Decimal("80.00")) for n in range(nights)),
        **rest,
    )


def booking(
    external_id: str = "A",
    *,
    version: int = 1,
    status: StayStatus = StayStatus.CONFIRMED,
    stays: tuple[StayRecord, ...] | None = None,
    booked: int = 0,
    name: str = "Mara Quill",
    **rest: Any,
) -> ReservationRecord:
    """A booking whose ``version`` is minutes after :data:`EPOCH`; ``booked`` too."""
    if stays is None:
        stays = (stay(status=status),)
    return ReservationRecord(
        external_id=external_id,
        status=status,
        stays=stays,
        property_ref="P",
        booked_at=EPOCH + timedelta(minutes=booked),
        updated_at=EPOCH + timedelta(minutes=version),
        cancelled_at=EPOCH + timedelta(minutes=version) if status == StayStatus.CANCELLED else None,
        booker=PersonRecord(name=name, email="mara@example.org"),
        total=Decimal("160.00"),
        currency="EUR",
        **rest,
    )


@dataclass(frozen=True)
class Desk:
    """A hotel's intake with its rooms sold one by one, under their own names."""

    hotel: Hotel
    connection_id: int = 1
    rank: int = 20

    def take(self, *records: ReservationRecord, digests: dict[str, str] | None = None) -> IntakeResult:
        return take_in(
            hotel_id=self.hotel.pk,
            source=SourceRef(self.connection_id, "test", self.rank),
            records=list(records),
            place=self.place,
            now=timezone.now(),
            digests=digests,
        )

    def place(self, connection_id: int, property_ref: str | None, record: StayRecord) -> Place:
        room = Room.objects.filter(hotel=self.hotel, name=record.room_ref or "").first()
        if room is None:
            return Place(self.hotel.properties.get().pk)
        return Place(room.property_id, room.room_type_id, room.pk, mapped=True, room_choice=RoomChoice.SOLD)


def picture(hotel: Hotel) -> dict[str, Any]:
    """Everything the intake answers for, without row ids and times of writing."""
    return {
        "reservations": sorted(
            (
                r.booking_key,
                r.status,
                r.channel_ref,
                str(r.arrival),
                str(r.departure),
                str(r.total),
                r.notes,
                r.booker.name if r.booker else "",
            )
            for r in Reservation.objects.filter(hotel=hotel).select_related("booker")
        ),
        "stays": sorted(
            (
                s.reservation.booking_key,
                s.external_key,
                str(s.arrival),
                str(s.departure),
                s.room.name if s.room else "",
                s.status,
                s.overbooked,
                s.unmapped,
            )
            for s in Stay.objects.filter(hotel=hotel).select_related("reservation", "room")
        ),
        "nights": sorted(
            (
                n.stay.reservation.booking_key,
                str(n.date),
                n.room.name if n.room else "",
                n.overbooked,
                str(n.price),
            )
            for n in StayNight.objects.filter(hotel=hotel).select_related("stay__reservation", "room")
        ),
        "sources": sorted(
            (s.external_id, s.version, s.known_status, json.dumps(s.content, sort_keys=True))
            for s in ReservationSource.objects.filter(hotel=hotel)
        ),
    }
