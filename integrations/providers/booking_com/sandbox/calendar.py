"""What the Booking.com sandbox sells: rooms, prices and restrictions for each room type, rate and night."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from integrations.providers.booking_com.sandbox.world import RoomType, nights_between

NO_LIMIT = 255


@dataclass
class RateNight:
    """One rate of one room type on one night. A stay length of 0 means no rule."""

    price: Decimal
    closed: bool = False
    closed_to_arrival: bool = False
    closed_to_departure: bool = False
    minimum: int = 0
    maximum: int = 0
    minimum_from_arrival: int = 0
    maximum_from_arrival: int = 0


@dataclass
class RoomNight:
    """One room type on one night; `updated` is the instant of the last value from outside, None before it."""

    day: date
    count: int
    closed: bool = False
    updated: datetime | None = None
    rates: dict[int, RateNight] = field(default_factory=dict)

    @property
    def is_sold_out(self) -> bool:
        return self.count <= 0


class Calendar:
    """Nights spring into being with the room type's own numbers when they are first looked at."""

    def __init__(self) -> None:
        self._nights: dict[tuple[int, date], RoomNight] = {}

    def night(self, room: RoomType, day: date) -> RoomNight:
        found = self._nights.get((room.id, day))
        if found is None:
            rates = {rate.id: RateNight(rate.price) for rate in room.rates}
            found = self._nights[room.id, day] = RoomNight(day, room.quantity, rates=rates)
        return found

    def nights(self, room: RoomType, first: date, last: date) -> list[RoomNight]:
        """Every night of [first, last)."""
        return [self.night(room, day) for day in nights_between(first, last)]

    def price(self, room: RoomType, rate: int, day: date) -> Decimal:
        return self.night(room, day).rates[rate].price

    def shortage(self, room: RoomType, rate: int, days: Iterable[date]) -> str:
        """Return why a guest cannot have these nights, or nothing when they can."""
        for night in (self.night(room, day) for day in days):
            if night.closed or night.rates[rate].closed:
                return f"{room.name} is closed on {night.day}."
            if night.is_sold_out:
                return f"{room.name} is sold out on {night.day}."
        return ""

    def broken_rule(self, room: RoomType, rate: int, arrival: date, departure: date) -> str:
        """Return the restriction that forbids a new booking for [arrival, departure), or nothing."""
        length = (departure - arrival).days
        first = self.night(room, arrival).rates[rate]
        if first.closed_to_arrival:
            return f"No arrival is possible on {arrival}."
        if self.night(room, departure).rates[rate].closed_to_departure:
            return f"No departure is possible on {departure}."
        limits = [(first.minimum_from_arrival, first.maximum_from_arrival)]
        limits += [
            (rule.minimum, rule.maximum)
            for rule in (night.rates[rate] for night in self.nights(room, arrival, departure))
        ]
        for shortest, longest in limits:
            if length < shortest:
                return f"A stay from {arrival} on has at least {shortest} nights."
            if longest and length > longest:
                return f"A stay from {arrival} on has at most {longest} nights."
        return ""

    def sell(self, room: RoomType, days: Iterable[date]) -> None:
        """Lower the count of these nights by one, as Booking.com does when it sells a room."""
        for day in days:
            night = self.night(room, day)
            if night.count != NO_LIMIT:
                night.count = max(0, night.count - 1)
