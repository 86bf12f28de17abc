"""Says where a stay belongs in the hotel, from the mappings that people saved."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from integrations.models import Connection, PropertyMapping, RateMapping, RoomMapping
from integrations.nudges import nudge
from integrations.unmapped import tell_unmapped
from reservations.choices import RoomChoice
from reservations.desk_source import DESK_CONNECTION, DeskPlaces
from reservations.intake import place_again
from reservations.models import ReservationSource
from reservations.places import Place
from reservations.records import StayRecord

#: Bookings placed again in one transaction.
BATCH = 200
PLACE_TASK = "integrations.tasks.place_again"


class Placements:
    """The mappings of every connection of one hotel, read once (four statements)."""

    def __init__(self, hotel_id: int) -> None:
        #: Bookings that the desk made name the hotel's own rows.
        self._desk = DeskPlaces(hotel_id)
        self._properties = {
            (connection_id, ref): property_id
            for connection_id, ref, property_id in PropertyMapping.objects.filter(
                hotel_id=hotel_id, property__isnull=False
            ).values_list("connection_id", "external_ref", "property_id")
        }
        self._rooms: dict[tuple[int, str, str, str], tuple[int | None, int | None, bool]] = {}
        rows = RoomMapping.objects.filter(hotel_id=hotel_id).values_list(
            "connection_id",
            "property_ref",
            "external_kind",
            "external_ref",
            "room_type_id",
            "room_id",
            "room__room_type_id",
            "ignored",
        )
        for connection_id, property_ref, kind, ref, type_id, room_id, type_of_room_id, ignored in rows:
            if type_id or room_id or ignored:
                self._rooms[connection_id, property_ref, kind, ref] = (
                    type_of_room_id or type_id,
                    room_id,
                    ignored,
                )

        #: Channels name a rate within a room type, or by itself: both ways lead to our plan.
        self._rates: dict[tuple[int, str, str, str], int] = {}
        rates = RateMapping.objects.filter(hotel_id=hotel_id, rate_plan__isnull=False).values_list(
            "connection_id", "property_ref", "room_ref", "external_ref", "rate_plan_id"
        )
        for connection_id, property_ref, room_ref, ref, plan_id in rates:
            self._rates[connection_id, property_ref, room_ref, ref] = plan_id
            self._rates.setdefault((connection_id, property_ref, "", ref), plan_id)

        #: Bookings name the rate they were sold at; its room type is what takes a room.
        self._type_of_rate = {
            (pk, place["ref"], room["ref"]): room["parent_ref"]
            for pk, catalogue in Connection.objects.filter(hotel_id=hotel_id).values_list("pk", "catalogue")
            for place in catalogue.get("properties", ())
            for room in place.get("rooms", ())
            if room["kind"] == "rate" and room.get("parent_ref")
        }

    def __call__(self, connection_id: int, property_ref: str | None, stay: StayRecord) -> Place:
        """The place of ``stay``: the assigned room where it is mapped, else the sold type, else nowhere yet."""
        if connection_id == DESK_CONNECTION:
            return self._desk(connection_id, property_ref, stay)
        property_ref = property_ref or ""
        property_id = self._properties.get((connection_id, property_ref))
        if property_id is None:
            return Place()
        room_ref, type_ref = (
            self._type_of_rate.get((connection_id, property_ref, ref or ""), ref)
            for ref in (stay.room_ref, stay.room_type_ref)
        )
        named = self._find(connection_id, property_ref, room_ref)
        sold = self._find(connection_id, property_ref, type_ref)
        found = named or sold
        if found is None:
            return Place(property_id)
        type_id, room_id, ignored = found
        # A physical room that nobody mapped still takes one of its type.
        a_room_is_missing = named is None and room_ref not in (None, type_ref)
        return Place(
            property_id,
            type_id,
            room_id,
            mapped=ignored or not a_room_is_missing,
            room_choice=RoomChoice.SOLD if room_id and sold and sold[1] == room_id else RoomChoice.TOLD,
            rate_plan_id=self._plan(connection_id, property_ref, stay),
        )

    def _plan(self, connection_id: int, property_ref: str, stay: StayRecord) -> int | None:
        """What the stay was sold as; of several rates that of the first night."""
        rate_ref = stay.rate_ref or next((night.rate_ref for night in stay.nights if night.rate_ref), None)
        if not self._rates or not rate_ref:
            return None
        rooms = (stay.room_type_ref, stay.room_ref, "")
        found = (self._rates.get((connection_id, property_ref, room or "", rate_ref)) for room in rooms)
        return next((plan_id for plan_id in found if plan_id), None)

    def _find(
        self, connection_id: int, property_ref: str, ref: str | None
    ) -> tuple[int | None, int | None, bool] | None:
        if not ref:
            return None
        return self._rooms.get((connection_id, property_ref, "room", ref)) or self._rooms.get(
            (connection_id, property_ref, "room_type", ref)
        )


def reapply(connection: Connection, *, user: Any = None) -> int:
    """How many bookings of ``connection`` changed when placed again with today's mappings.

    Goes over everything that the connection ever told, in batches of their own transactions; running it twice
    changes nothing the second time. The alert about unmapped rooms closes when it has no cause any more.
    """
    changed = 0
    last_id = 0
    while batch := _next_batch(connection, after=last_id):
        last_id = batch[-1]
        changed += _place(connection, batch, user)
    tell_unmapped(connection)
    return changed


def reapply_soon(connection: Connection, *, user: Any = None) -> int:
    """How many bookings were placed again here and now; a worker does the rest when there are many.

    For a page that somebody waits for: bookings that waited for a room come first.
    """
    told = ReservationSource.objects.filter(hotel_id=connection.hotel_id, connection_id=connection.pk)
    if told.count() <= BATCH:
        return reapply(connection, user=user)
    parked = told.filter(reservation__stays__unmapped=True).values_list("reservation_id", flat=True)
    changed = _place(connection, sorted(set(parked[:BATCH])), user)
    nudge(PLACE_TASK, connection.pk)
    return changed


def _next_batch(connection: Connection, *, after: int) -> list[int]:
    told = ReservationSource.objects.filter(
        hotel_id=connection.hotel_id, connection_id=connection.pk, reservation_id__gt=after
    )
    return list(told.order_by("reservation_id").values_list("reservation_id", flat=True).distinct()[:BATCH])


def _place(connection: Connection, reservation_ids: list[int], user: Any) -> int:
    if not reservation_ids:
        return 0
    result = place_again(
        hotel_id=connection.hotel_id,
        reservation_ids=reservation_ids,
        place=Placements(connection.hotel_id),
        now=timezone.now(),
        user_id=getattr(user, "pk", None),
    )
    return len(result.changes)
