"""The front desk as a source of bookings: what it tells enters by the same door as what channels tell."""

from __future__ import annotations

import hashlib
from functools import cached_property

from reservations.choices import RoomChoice
from reservations.models import Property, RatePlan, Reservation, Room, RoomType
from reservations.places import Place
from reservations.records import StayRecord
from reservations.sources import SourceRef

#: No connection has this number.
DESK_CONNECTION = 0
DESK = SourceRef(DESK_CONNECTION, "desk", rank=5)

#: Letters and digits that are not mistaken for each other when they are read out.
_CLEAR = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def desk_external_id(hotel_id: int, token: str) -> str:
    """The id of the booking that the form with ``token`` makes: every hotel has its own, whatever is sent."""
    return f"{hotel_id}:{token}"


def booking_code(external_id: str) -> str:
    """The short code that guest and hotel call a direct booking by, such as "7QK2-M9XA"."""
    digest = hashlib.blake2b(external_id.encode(), digest_size=8).digest()
    code = "".join(_CLEAR[byte % len(_CLEAR)] for byte in digest)
    return f"{code[:4]}-{code[4:]}"


def is_direct(reservation: Reservation) -> bool:
    """Whether the desk made the booking; no query when its sources are at hand."""
    return any(source.connection_id == DESK_CONNECTION for source in reservation.sources.all())


class DeskPlaces:
    """Where stays told by the desk belong: its records name the hotel's own rows by their ids, as text."""

    def __init__(self, hotel_id: int) -> None:
        self._hotel_id = hotel_id

    def __call__(self, connection_id: int, property_ref: str | None, stay: StayRecord) -> Place:
        """The place of ``stay``; a row that is not there any more leaves it to be placed by a person."""
        if connection_id != DESK_CONNECTION or property_ref not in self._properties:
            return Place()
        property_id = self._properties[property_ref]
        room_type_id = self._types.get((property_ref, stay.room_type_ref or ""))
        if room_type_id is None:
            return Place(property_id)
        room_id = self._rooms.get((property_ref, stay.room_ref or ""))
        return Place(
            property_id,
            room_type_id,
            room_id,
            mapped=True,
            room_choice=RoomChoice.PERSON,
            rate_plan_id=self._plans.get((property_ref, stay.rate_ref or "")),
        )

    @cached_property
    def _properties(self) -> dict[str, int]:
        rows = Property.objects.filter(hotel_id=self._hotel_id).order_by().values_list("pk", flat=True)
        return {str(pk): pk for pk in rows}

    @cached_property
    def _types(self) -> dict[tuple[str, str], int]:
        rows = RoomType.objects.filter(hotel_id=self._hotel_id).order_by().values_list("property_id", "pk")
        return {(str(house), str(pk)): pk for house, pk in rows}

    @cached_property
    def _plans(self) -> dict[tuple[str, str], int]:
        rows = RatePlan.objects.filter(hotel_id=self._hotel_id).order_by().values_list("property_id", "pk")
        return {(str(house), str(pk)): pk for house, pk in rows}

    @cached_property
    def _rooms(self) -> dict[tuple[str, str], int]:
        rows = Room.objects.filter(hotel_id=self._hotel_id).order_by().values_list("property_id", "pk")
        return {(str(house), str(pk)): pk for house, pk in rows}
