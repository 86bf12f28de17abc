"""What the Hostaway sandbox knows: accounts, listings, units, reservations and calendars, in memory.

Nothing here speaks HTTP. Dates of stays are the listing's local dates, half-open; instants are UTC and whole seconds.
A "place" is what a guest sleeps in: a unit of a multi-unit listing, or a single listing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
ONE_SECOND = timedelta(seconds=1)

CHANNELS = {
    2000: "direct",
    2001: "airbnb",  # only in the documentation's example of a reservation
    2002: "homeaway",
    2005: "bookingcom",
    2007: "expedia",
    2009: "homeawayical",
    2010: "vrboical",
    2013: "bookingengine",
    2015: "customIcal",
    2016: "tripadvisorical",
    2017: "wordpress",
    2018: "airbnbOfficial",
    2019: "marriott",
    2020: "partner",
    2021: "gds",
    2022: "google",
}
DIRECT, BOOKINGCOM, AIRBNB = 2000, 2005, 2018
ICAL_CHANNELS = (2009, 2010, 2015, 2016)

CONFIRMED = ("new", "modified", "ownerStay")
# GUESS: requests that wait for an answer keep the nights; only the two "awaiting" ones are documented to.
PENDING = ("pending", "unconfirmed", "awaitingPayment", "awaitingGuestVerification")
NOT_HOLDING = (
    "cancelled",
    "declined",
    "expired",
    "inquiry",
    "inquiryPreapproved",
    "inquiryDenied",
    "inquiryTimedout",
    "inquiryNotPossible",
    "unknown",
)
STATUSES = (*CONFIRMED, *PENDING, *NOT_HOLDING)
LONGEST_STAY_DAYS = 400


class RefusedError(ValueError):
    """What the sandbox's own rules do not allow; the message is a plain sentence."""


@dataclass
class Account:
    """One customer of Hostaway; its id is the `client_id` of the token call and the `accountId` of webhooks."""

    id: int
    name: str
    secret: str


@dataclass(frozen=True)
class Unit:
    """One room of a multi-unit listing; `own_listing` when it is sold as a listing of its own too."""

    id: int
    name: str
    number: str
    own_listing: int | None = None


@dataclass(frozen=True)
class Listing:
    id: int
    account: int
    name: str
    time_zone: str
    city: str
    address: str
    zip_code: str
    latitude: float
    longitude: float
    capacity: int
    bedrooms: int
    price: Decimal
    check_in_from: int
    check_in_until: int
    check_out: int
    minimum_stay: int = 1
    cleaning_fee: Decimal = Decimal(0)
    currency: str = "EUR"
    units: tuple[Unit, ...] = ()
    archived: bool = False


@dataclass
class Reservation:
    """One row of the reservations list; `places` has one entry for each booked unit."""

    id: int
    listing: int
    places: tuple[int, ...]
    channel: int
    status: str
    arrival: date
    departure: date
    inserted: datetime
    updated: datetime
    latest_activity: datetime
    reservation_date: datetime | None
    guest: str
    email: str = ""
    phone: str = ""
    country: str = ""
    language: str = ""
    adults: int | None = 2
    children: int | None = None
    infants: int | None = None
    pets: int | None = None
    total: Decimal = Decimal(0)
    channel_reference: str = ""
    confirmation_code: str = ""
    source: str = ""
    dates_unspecified: bool = False
    previous_arrival: date | None = None
    previous_departure: date | None = None
    check_in_time: int | None = None
    check_out_time: int | None = None
    cancelled_at: datetime | None = None
    cancelled_by: str = ""
    no_show_at: datetime | None = None
    is_paid: bool = False
    host_note: str = ""
    guest_note: str = ""
    comment: str = ""
    door_code: str = ""
    custom_fields: list[dict[str, object]] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether the nights are taken; words nobody knows hold them too, as the calendar would say reserved."""
        return self.status not in NOT_HOLDING

    @property
    def nights(self) -> int:
        return (self.departure - self.arrival).days


@dataclass
class DaySettings:
    """What was written into one night; None means the listing's own value."""

    closed: bool = False
    blocked_units: int = 0
    price: Decimal | None = None
    minimum_stay: int | None = None
    maximum_stay: int | None = None
    closed_on_arrival: bool | None = None
    closed_on_departure: bool | None = None
    note: str | None = None
    updated: datetime | None = None


@dataclass(frozen=True)
class Day:
    """One night of one listing as it stands: settings and bookings together."""

    listing: Listing
    night: date
    settings: DaySettings
    total: int
    reserved: int
    pending: int

    @property
    def blocked(self) -> int:
        wanted = self.settings.blocked_units if self.listing.units else int(self.settings.closed)
        return min(wanted, self.total - min(self.total, self.reserved + self.pending))

    @property
    def available(self) -> int:
        return max(0, self.total - self.reserved - self.pending - self.blocked)

    @property
    def status(self) -> str:
        if self.available:
            return "available"
        if self.blocked:
            return "blocked"
        return "reserved" if self.reserved else "pending"

    @property
    def price(self) -> Decimal:
        return self.listing.price if self.settings.price is None else self.settings.price

    @property
    def minimum_stay(self) -> int:
        return self.settings.minimum_stay or self.listing.minimum_stay


@dataclass
class World:
    """All accounts with what they own, and the rules that keep reservations and calendars consistent."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    accounts: dict[int, Account] = field(default_factory=dict)
    listings: dict[int, Listing] = field(default_factory=dict)
    reservations: dict[int, Reservation] = field(default_factory=dict)
    settings: dict[tuple[int, date], DaySettings] = field(default_factory=dict)
    taken: dict[tuple[int, date], set[int]] = field(default_factory=dict)
    last_id: int = 0

    # -- time and numbers ----------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.clock().replace(microsecond=0)

    def today(self, listing: int) -> date:
        return self.clock().astimezone(ZoneInfo(self.listings[listing].time_zone)).date()

    def next_id(self) -> int:
        """Return a new reservation id. It grows with the clock, so no restart gives an id a second time."""
        self.last_id = max(self.last_id + 1, 40_000_000 + int(self.clock().timestamp()) % 1_000_000_000)
        return self.last_id

    # -- listings and places -------------------------------------------------------------------------------

    def listings_of(self, account: int) -> list[Listing]:
        return [listing for listing in self.listings.values() if listing.account == account]

    def listing(self, number: int) -> Listing:
        if number not in self.listings:
            raise RefusedError(f"There is no listing {number}.")
        return self.listings[number]

    def places(self, listing: Listing) -> tuple[int, ...]:
        """Return the ids of what is sold; a listing that is a unit of another one sells that unit."""
        if listing.units:
            return tuple(unit.id for unit in listing.units)
        shared = (
            unit.id
            for other in self.listings_of(listing.account)
            for unit in other.units
            if unit.own_listing == listing.id
        )
        return (next(shared, listing.id),)

    def holders(self, place: int, night: date) -> list[Reservation]:
        return [self.reservations[number] for number in self.taken.get((place, night), ())]

    def free_places(self, listing: Listing, arrival: date, departure: date, ignore: int = 0) -> list[int]:
        """Return the places that nobody holds in any night of [arrival, departure)."""
        return [
            place
            for place in self.places(listing)
            if not any(
                self.taken.get((place, night), set()) - {ignore} for night in nights(arrival, departure)
            )
        ]

    # -- calendar ------------------------------------------------------------------------------------------

    def day(self, listing: Listing, night: date, ignore: int = 0) -> Day:
        """Return one night as it stands; the reservation `ignore` counts as if it were not there."""
        reserved = pending = 0
        places = self.places(listing)
        for place in places:
            holders = [held for held in self.holders(place, night) if held.id != ignore]
            if any(held.status not in PENDING for held in holders):
                reserved += 1
            elif holders:
                pending += 1
        settings = self.settings.get((listing.id, night)) or DaySettings()
        return Day(listing, night, settings, len(places), reserved, pending)

    def write_day(self, listing: Listing, night: date, **values: object) -> None:
        """Put values of `DaySettings` into one night; what is not named stays."""
        known = self.settings.get((listing.id, night)) or DaySettings()
        self.settings[listing.id, night] = replace(known, **values, updated=self.now())  # type: ignore[arg-type]

    def lack_of_space(
        self, listing: Listing, arrival: date, departure: date, *, units: int = 1, ignore: int = 0
    ) -> str:
        """Return why so many units cannot be sold for [arrival, departure), or an empty text."""
        if listing.archived:
            return f"The listing {listing.name} is archived."
        for night in nights(arrival, departure):
            if self.day(listing, night, ignore).available < units:
                return f"{listing.name} is not available in the night of {night}."
        if len(self.free_places(listing, arrival, departure, ignore)) < units:
            return f"No unit of {listing.name} is free for all these nights."
        return ""

    def restriction(self, listing: Listing, arrival: date, departure: date) -> str:
        """Return the rule of the calendar that forbids a channel to sell this stay, or an empty text."""
        first = self.day(listing, arrival)
        length = (departure - arrival).days
        if length < first.minimum_stay:
            return f"{listing.name} is sold for at least {first.minimum_stay} nights from {arrival}."
        if first.settings.maximum_stay and length > first.settings.maximum_stay:
            return f"{listing.name} is sold for at most {first.settings.maximum_stay} nights from {arrival}."
        if first.settings.closed_on_arrival:
            return f"Nobody can arrive at {listing.name} on {arrival}."
        if self.day(listing, departure).settings.closed_on_departure:
            return f"Nobody can leave {listing.name} on {departure}."
        return ""

    # -- writing -------------------------------------------------------------------------------------------

    def assign(
        self, listing: Listing, arrival: date, departure: date, *, units: int = 1, ignore: int = 0
    ) -> tuple[int, ...]:
        """Return so many places: free ones first, then taken ones (an overbooking doubles them up)."""
        free = self.free_places(listing, arrival, departure, ignore)
        rest = [place for place in self.places(listing) if place not in free]
        return tuple((free + rest)[:units])

    def insert(self, reservation: Reservation) -> Reservation:
        self.reservations[reservation.id] = reservation
        self._hold(reservation)
        return reservation

    def update(self, reservation: Reservation, *, activity: bool = True, **values: object) -> Reservation:
        """Change fields and the version together; without `activity` only `updatedOn` moves.

        A version of one reservation is always later than the one before, by a second at least: the API writes whole
        seconds, and tests act faster than that.
        """
        self._release(reservation)
        for name, value in values.items():
            setattr(reservation, name, value)
        reservation.updated = max(self.now(), reservation.updated + ONE_SECOND)
        if activity:
            reservation.latest_activity = reservation.updated
        self._hold(reservation)
        return reservation

    def delete(self, reservation: Reservation) -> None:
        self._release(reservation)
        del self.reservations[reservation.id]

    def find(self, number: int) -> Reservation:
        if number not in self.reservations:
            raise RefusedError(f"There is no reservation {number}.")
        return self.reservations[number]

    def _hold(self, reservation: Reservation) -> None:
        if reservation.holds:
            for place in reservation.places:
                for night in nights(reservation.arrival, reservation.departure):
                    self.taken.setdefault((place, night), set()).add(reservation.id)

    def _release(self, reservation: Reservation) -> None:
        for place in reservation.places:
            for night in nights(reservation.arrival, reservation.departure):
                self.taken.get((place, night), set()).discard(reservation.id)


def nights(arrival: date, departure: date) -> Iterator[date]:
    return (arrival + timedelta(days=number) for number in range((departure - arrival).days))


def require_dates(arrival: date, departure: date) -> None:
    """Raise RefusedError unless the stay has at least one night and a sane length."""
    if not 0 < (departure - arrival).days <= LONGEST_STAY_DAYS:
        raise RefusedError("The departure must be after the arrival.")
