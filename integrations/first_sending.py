"""What the end of a first import sends to the other side, told before somebody starts it."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.contracts import Capability
from integrations.models import Connection, PropertyMapping, RateMapping
from integrations.outbox import SEND_AVAILABILITY, SEND_RATES, ahead, sellable_rooms
from integrations.registry import can

#: So many rooms are named in the sentence.
NAMED = 6


@dataclass(frozen=True, slots=True)
class FirstSending:
    """The names of the other side's rooms whose numbers are replaced, and of how many of its rates the prices.

    ``asks`` where nights that were closed there by hand are looked at first and left for a person to decide.
    """

    rooms: list[str]
    rates: int
    nights: int
    asks: bool

    @property
    def named(self) -> str:
        """Text such as "Double, Suite"."""
        return ", ".join([*self.rooms[:NAMED], *(["…"] if len(self.rooms) > NAMED else [])])


def first_sending(connection: Connection) -> FirstSending | None:
    """What is sent for the properties whose bookings are read for the first time; None for nothing. Two queries."""
    known = connection.cursor.get("properties", {})
    places = PropertyMapping.objects.filter(connection=connection, property__isnull=False)
    fresh = places.exclude(external_ref__in=list(known)).values("external_ref")
    rooms = sellable_rooms(connection.hotel_id).filter(connection=connection, property_ref__in=fresh)
    found = {
        (room.property_ref, room.external_ref): str(room) for room in rooms.order_by("external_name", "pk")
    }
    rates = RateMapping.objects.filter(connection=connection, rate_plan__isnull=False)
    priced = [key for key in rates.values_list("property_ref", "room_ref") if key in found]
    sends = connection.settings.get
    asks = can(connection.provider, Capability.READ_OFFERS)
    names = list(found.values()) if sends(SEND_AVAILABILITY) is not False else []
    prices = len(priced) if sends(SEND_RATES) is not False else 0
    return FirstSending(names, prices, ahead().days, asks) if names or prices else None
