"""What the Octorate sandbox knows: properties, products, rooms, bookings and the calendar, in memory.

Nothing here speaks HTTP. Dates of stays are the property's local dates, half-open; instants are UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

CHANNELS = {
    2: "Booking.com",
    142: "Booking",
    274: "Airbnb",
    4: "Expedia",
    271: "Agoda",
    235: "Vrbo",
    16: "lastminute",
    157: "Hostelworld",
    22: "Google Calendar",
    233: "Octorate",
    270: "Direct",
    272: "WebBooking",
    288: "Test portal",
}
DIRECT_CHANNELS = (22, 233, 270, 272, 288)
UNKNOWN_PRODUCT = 999999
CANCELLED = "CANCELLED"
SPACE_FIELDS = {"checkin", "checkout", "room", "product", "split_room", "split_start", "status", "no_show"}
ONE_DAY = timedelta(days=1)


class RefusedError(ValueError):
    """An action that the sandbox's business rules do not allow; the message is a plain sentence."""


@dataclass(frozen=True)
class Place:
    """One property ("accommodation"); its id is a string of digits on the wire."""

    id: str
    name: str
    time_zone: str
    standard_offset: str
    city: str
    zip_code: str
    address: str
    latitude: float
    longitude: float
    checkin_start: int
    checkin_end: int
    checkout: int
    currency: str = "EUR"
    cleaning_fee: Decimal = Decimal(0)
    owner_email: str = "owner@paradise.example.org"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True)
class Product:
    """A room type (no parent) or a rate derived from one (parent set): both share one list on the wire."""

    id: int
    accommodation: str
    name: str
    adults: int
    children: int
    quantity: int
    category: str
    price: Decimal
    parent: int | None = None
    price_rule: str = "CALENDAR"
    price_value: Decimal = Decimal(0)
    #: A rate that takes its availability from its room type.
    linked: bool = False


@dataclass(frozen=True)
class PhysicalRoom:
    id: int
    parent: int
    name: str
    accommodation: str
    clean: bool | None = None


@dataclass
class Booking:
    """One room reservation. Rooms booked together share `refer`."""

    id: int
    accommodation: str
    product: int
    room: int
    refer: str
    channel_id: int
    channel_refer: str
    status: str
    checkin: datetime
    checkout: datetime
    created: datetime
    updated: datetime
    guests: list[dict[str, object]]
    adults: int
    nightly: Decimal
    children: int = 0
    infants: int = 0
    gross: Decimal | None = None
    paid: Decimal = Decimal(0)
    effective_checkin: datetime | None = None
    effective_checkout: datetime | None = None
    cancelled_at: datetime | None = None
    cancelled_by: str = ""
    split_room: int = 0
    split_start: date | None = None
    no_show: bool = False
    arrival_time: str = ""
    channel_notes: str = ""
    private_notes: str = ""
    housekeeping_notes: str = ""
    overbooked: bool = False
    holds_calendar: bool = True

    @property
    def holds_room(self) -> bool:
        return self.status != CANCELLED and not self.no_show


@dataclass
class CalendarDay:
    availability: int
    price: Decimal | None = None
    min_stay: int = 1
    max_stay: int = 99
    stop_sells: bool = False
    close_to_arrival: bool = False
    close_to_departure: bool = False
    cut_off_days: int = 0


@dataclass
class World:
    """All state of one hotel user's account, with the rules that keep it consistent."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    places: dict[str, Place] = field(default_factory=dict)
    products: dict[int, Product] = field(default_factory=dict)
    rooms: dict[int, PhysicalRoom] = field(default_factory=dict)
    bookings: dict[int, Booking] = field(default_factory=dict)
    calendar: dict[tuple[int, date], CalendarDay] = field(default_factory=dict)
    #: When the calendar of a product was last written from outside.
    written: dict[int, datetime] = field(default_factory=dict)
    by_refer: dict[str, list[int]] = field(default_factory=dict)
    by_room: dict[int, set[int]] = field(default_factory=dict)
    by_type: dict[int, set[int]] = field(default_factory=dict)
    last_tick: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    last_id: int = 0

    # -- time ----------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return this instant, cut to the millisecond."""
        now = self.clock()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def tick(self) -> datetime:
        """Return an instant later than every one returned before, so that versions have an order."""
        self.last_tick = max(self.now(), self.last_tick + timedelta(milliseconds=1))
        return self.last_tick

    def today(self, accommodation: str) -> date:
        return self.clock().astimezone(self.places[accommodation].zone).date()

    def next_id(self) -> int:
        """Return a new booking id. It grows with the clock, so no restart gives an id a second time."""
        self.last_id = max(self.last_id + 1, 900_000_000 + int(self.clock().timestamp()) % 1_000_000_000)
        return self.last_id

    def instant(self, accommodation: str, day: date, hour: int) -> datetime:
        """Return the UTC instant of that local hour (0 is local midnight)."""
        return datetime.combine(day, time(hour), self.places[accommodation].zone).astimezone(UTC)

    def local_date(self, booking: Booking, instant: datetime) -> date:
        return instant.astimezone(self.places[booking.accommodation].zone).date()

    def arrival(self, booking: Booking) -> date:
        return self.local_date(booking, booking.checkin)

    def departure(self, booking: Booking) -> date:
        return self.local_date(booking, booking.checkout)

    def stay_instants(
        self, accommodation: str, number: int, arrival: date, departure: date
    ) -> tuple[datetime, datetime]:
        """Return check-in and check-out as Octorate writes them: some at local midnight, some at the hour."""
        place = self.places[accommodation]
        arrival_hour = 0 if number % 3 == 0 else place.checkin_start
        departure_hour = 0 if number % 2 == 0 else place.checkout
        return self.instant(accommodation, arrival, arrival_hour), self.instant(
            accommodation, departure, departure_hour
        )

    # -- rooms and nights ----------------------------------------------------------------------------------

    def room_type(self, product: int) -> int:
        """Return the room type of a product: its parent, or itself; an unknown one unchanged."""
        known = self.products.get(product)
        return known.parent if known and known.parent else product

    def rooms_of(self, accommodation: str) -> list[PhysicalRoom]:
        return [room for room in self.rooms.values() if room.accommodation == accommodation]

    def products_of(self, accommodation: str) -> list[Product]:
        return [product for product in self.products.values() if product.accommodation == accommodation]

    def segments(self, booking: Booking) -> Iterator[tuple[int, date, date]]:
        """Yield (physical room, first night, day after the last night); a split stay yields two."""
        arrival, departure = self.arrival(booking), self.departure(booking)
        if booking.split_start and arrival < booking.split_start < departure:
            if booking.room:
                yield booking.room, arrival, booking.split_start
            yield booking.split_room, booking.split_start, departure
        elif booking.room:
            yield booking.room, arrival, departure

    def room_is_free(self, room: int, arrival: date, departure: date, ignore: int = 0) -> bool:
        for number in self.by_room.get(room, ()):
            other = self.bookings[number]
            if number == ignore or not other.holds_room:
                continue
            for used, start, end in self.segments(other):
                if used == room and start < departure and arrival < end:
                    return False
        return True

    def type_has_space(self, product: int, arrival: date, departure: date, ignore: int = 0) -> bool:
        """Return whether fewer bookings than rooms hold that room type in every night asked for."""
        room_type = self.room_type(product)
        if room_type not in self.products:
            return True
        used: dict[date, int] = {}
        for number in self.by_type.get(room_type, ()):
            other = self.bookings[number]
            if number == ignore or not other.holds_room:
                continue
            for night in nights(max(self.arrival(other), arrival), min(self.departure(other), departure)):
                used[night] = used.get(night, 0) + 1
        return max(used.values(), default=0) < self.products[room_type].quantity

    def free_rooms(self, room_type: int, arrival: date, departure: date) -> list[PhysicalRoom]:
        rooms = (room for room in self.rooms.values() if room.parent == room_type)
        return [room for room in rooms if self.room_is_free(room.id, arrival, departure)]

    def require_space(self, booking: Booking, *, overbook: bool = False) -> None:
        """Raise RefusedError when the booking would share a room; with `overbook` mark it instead."""
        reason = self._lack_of_space(booking) if booking.holds_room else ""
        if reason and not overbook:
            raise RefusedError(reason)
        booking.overbooked = booking.overbooked or bool(reason)

    def _lack_of_space(self, booking: Booking) -> str:
        for room, start, end in self.segments(booking):
            if not self.room_is_free(room, start, end, ignore=booking.id):
                return f"Room {self.rooms[room].name} is taken between {start} and {end}."
        arrival, departure = self.arrival(booking), self.departure(booking)
        if not self.type_has_space(booking.product, arrival, departure, ignore=booking.id):
            return "No room of this type is left for these nights."
        return ""

    # -- calendar ------------------------------------------------------------------------------------------

    def day(self, product: int, night: date) -> CalendarDay:
        key = (product, night)
        if key not in self.calendar:
            self.calendar[key] = CalendarDay(self.products[product].quantity)
        return self.calendar[key]

    def _count_in_calendar(self, booking: Booking, step: int) -> None:
        room_type = self.room_type(booking.product)
        if booking.holds_room and booking.holds_calendar and room_type in self.products:
            for night in nights(self.arrival(booking), self.departure(booking)):
                self.day(room_type, night).availability += step

    # -- writing -------------------------------------------------------------------------------------------

    def _index(self, booking: Booking) -> None:
        for room in (booking.room, booking.split_room):
            if room:
                self.by_room.setdefault(room, set()).add(booking.id)
        self.by_type.setdefault(self.room_type(booking.product), set()).add(booking.id)

    def _unindex(self, booking: Booking) -> None:
        for room in (booking.room, booking.split_room):
            self.by_room.get(room, set()).discard(booking.id)
        self.by_type.get(self.room_type(booking.product), set()).discard(booking.id)

    def insert(self, booking: Booking) -> Booking:
        self.bookings[booking.id] = booking
        self.by_refer.setdefault(booking.refer, []).append(booking.id)
        self._index(booking)
        self._count_in_calendar(booking, -1)
        return booking

    def update(self, booking: Booking, *, overbook: bool = False, **values: object) -> Booking:
        """Change the booking, its version and the calendar together; RefusedError changes nothing."""
        before = {name: getattr(booking, name) for name in values}
        self._count_in_calendar(booking, +1)
        self._unindex(booking)
        try:
            for name, value in values.items():
                setattr(booking, name, value)
            if booking.checkin >= booking.checkout or self.arrival(booking) >= self.departure(booking):
                raise RefusedError("The departure must be after the arrival.")
            if SPACE_FIELDS & set(values):
                self.require_space(booking, overbook=overbook)
        except RefusedError:
            for name, value in before.items():
                setattr(booking, name, value)
            raise
        else:
            booking.updated = self.tick()
        finally:
            self._index(booking)
            self._count_in_calendar(booking, -1)
        return booking

    def find(self, number: int) -> Booking:
        if number not in self.bookings:
            raise RefusedError(f"There is no reservation {number}.")
        return self.bookings[number]

    def find_room(self, room: int | str | None, accommodation: str) -> int:
        """Return a physical room's id from its id, its name in that property, or nothing (0)."""
        if room in (None, "", 0, "0"):
            return 0
        for known in self.rooms_of(accommodation):
            if room in (known.id, known.name, str(known.id)):
                return known.id
        raise RefusedError(f"There is no room {room} in this property.")


def nights(arrival: date, departure: date) -> Iterable[date]:
    return (arrival + timedelta(days=n) for n in range((departure - arrival).days))
