"""The Booking.com sandbox's beginning: two properties of two accounts and a handful of bookings, relative to today.

All people are invented. The same day always gives the same data.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from integrations.providers.booking_com.sandbox.calendar import Calendar
from integrations.providers.booking_com.sandbox.world import (
    NEW,
    Account,
    BookedRoom,
    Booker,
    Extra,
    Hotel,
    Message,
    Night,
    Rate,
    Reservation,
    RoomType,
    World,
    nights_between,
)

HOTEL, OTHER_HOTEL = 4400123, 4400999
SINGLE, DOUBLE, SUITE, GARDEN_ROOM = 440012301, 440012302, 440012303, 440099901
STANDARD, NON_REFUNDABLE, OTHER_STANDARD = 55501, 55502, 66601
FIRST_SEEDED_ID = 6_001_000_001
BREAKFAST = 1

ACCOUNTS = (
    Account("llavero-demo", "llavero-demo-secret", (HOTEL,)),
    Account("llavero-other", "llavero-other-secret", (OTHER_HOTEL,)),
)


def _rates(standard: str, non_refundable: str) -> tuple[Rate, ...]:
    return (
        Rate(STANDARD, "Standard Rate", Decimal(standard)),
        Rate(NON_REFUNDABLE, "Non-refundable", Decimal(non_refundable), refundable=False),
    )


BREAKFAST_INCLUDED = "Breakfast is included in the room rate."
HOTELS = (
    Hotel(HOTEL, "Hotel Paradise", "EUR", "Europe/Madrid"),
    Hotel(OTHER_HOTEL, "Kumo Garden House", "JPY", "Asia/Tokyo", taxed=False),
)
ROOM_TYPES = (
    RoomType(SINGLE, HOTEL, "Single Room", 4, 1, 0, "No meal is included.", _rates("72.50", "65.00")),
    RoomType(DOUBLE, HOTEL, "Double Room", 6, 2, 1, BREAKFAST_INCLUDED, _rates("120.00", "108.00")),
    RoomType(SUITE, HOTEL, "Suite", 2, 3, 2, BREAKFAST_INCLUDED, _rates("210.00", "189.00")),
    RoomType(
        GARDEN_ROOM,
        OTHER_HOTEL,
        "Garden Room",
        3,
        2,
        1,
        "No meal is included.",
        (Rate(OTHER_STANDARD, "Standard Rate", Decimal(18000)),),
    ),
)


def fill(world: World, calendar: Calendar, now: datetime) -> None:
    """Add the properties and the bookings that every fresh start has."""
    world.hotels.update({hotel.id: hotel for hotel in HOTELS})
    world.room_types.update({room.id: room for room in ROOM_TYPES})
    seeder = _Seeder(world, calendar, now)
    # Long known to the property: only the summary has these.
    seeder.add([(SINGLE, 2, 4)], Booker("Iker", "Landaluz", "+34 600 000 201", "Bilbao", "ES"), old=True)
    seeder.add(
        [(DOUBLE, 6, 9), (DOUBLE, 6, 9)], Booker("Élodie", "Vasseur", city="Lyon", country="FR"), old=True
    )
    seeder.add([(SUITE, 14, 17)], Booker("Chiara", "Monfalco", city="Turin", country="IT"), old=True)
    # Just booked: these wait in the queue.
    seeder.add(
        [(DOUBLE, 3, 6)],
        Booker("Jonas", "Brandt", "+49 171 3920012"),
        flags=("booker_is_genius",),
        card="card",
        remarks="Arrival after 22:00.",
    )
    seeder.add(
        [(SINGLE, 8, 10), (DOUBLE, 9, 12)], Booker("Saskia", "van der Meer", city="Delft", country="NL")
    )
    seeder.add([(SUITE, 20, 24)], Booker("Haruka", "Minami", "", "Kobe", "JP"), card="virtual", ages=(4, 9))
    seeder.add([(GARDEN_ROOM, 5, 7)], Booker("Callum", "O'Rourke", city="Cork", country="IE"))


class _Seeder:
    def __init__(self, world: World, calendar: Calendar, now: datetime) -> None:
        self.world, self.calendar, self.now = world, calendar, now
        self.number = FIRST_SEEDED_ID - 1

    def add(
        self,
        stays: list[tuple[int, int, int]],
        booker: Booker,
        *,
        old: bool = False,
        card: str = "",
        flags: tuple[str, ...] = (),
        remarks: str = "",
        ages: tuple[int, ...] = (),
    ) -> None:
        """Add one booking; a stay is (room type, first day, last day), the days counted from today."""
        self.number += 1
        hotel = self.world.hotels[self.world.room_types[stays[0][0]].property]
        today = self.now.astimezone(hotel.zone).date()
        rooms = [self._room(number, today, first, last, booker, ages) for number, first, last in stays]
        created = self.now - timedelta(days=40, minutes=self.number % 60) if old else self.now
        self.world.add(
            Reservation(
                id=str(self.number),
                property=hotel.id,
                created=created,
                currency=hotel.currency,
                booker=booker,
                rooms=rooms,
                message=Message(NEW, created, acknowledged=old, served=old),
                remarks=remarks,
                flags=flags,
                card=card,
                virtual=card == "virtual",
                accepted=old,
            )
        )

    def _room(
        self, number: int, today: date, first: int, last: int, booker: Booker, ages: tuple[int, ...]
    ) -> BookedRoom:
        room = self.world.room_types[number]
        days = list(nights_between(today + timedelta(days=first), today + timedelta(days=last)))
        self.calendar.sell(room, days)
        plan = room.rates[0]
        extras = (Extra(BREAKFAST, Decimal(36), len(days)),) if number == DOUBLE else ()
        return BookedRoom(
            index=self.world.next_index(),
            room_type=number,
            nights=[Night(day, plan.id, plan.price) for day in days],
            guest=f"{booker.given} {booker.family}",
            adults=min(2, room.max_persons),
            child_ages=ages,
            request="Non-Smoking" if number == SUITE else "",
            extras=extras,
        )
