"""What the Booking.com sandbox knows: properties, room types, rates, reservations and their messages.

Nothing here speaks HTTP or XML. Stay dates are the property's local dates, amounts are major units as Decimal,
instants are UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

NEW, MODIFY = "new", "modify"
QUEUES = (NEW, MODIFY)
ONE_DAY = timedelta(days=1)


class RefusedError(ValueError):
    """An action that the sandbox's own rules do not allow; the message is a plain sentence."""


@dataclass(frozen=True)
class Rate:
    """A rate plan as one room type is sold at; the id belongs to the property, so rooms share it."""

    id: int
    name: str
    price: Decimal
    refundable: bool = True


@dataclass(frozen=True)
class RoomType:
    """A category with a count, not a door."""

    id: int
    property: int
    name: str
    quantity: int
    max_persons: int
    max_children: int
    meal_plan: str
    rates: tuple[Rate, ...]

    def rate(self, number: int) -> Rate | None:
        return next((rate for rate in self.rates if rate.id == number), None)


@dataclass(frozen=True)
class Hotel:
    """One property; `taxed` says whether its prices are given with VAT and taxes."""

    id: int
    name: str
    currency: str
    time_zone: str
    taxed: bool = True

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True)
class Account:
    """A machine account of the software provider, with the properties that are connected to it."""

    client_id: str
    client_secret: str
    properties: tuple[int, ...]


@dataclass(frozen=True)
class Night:
    day: date
    rate: int
    price: Decimal


@dataclass(frozen=True)
class Extra:
    """An add-on that the guest booked; `code` and `pricing` are numbers of Booking.com's lists."""

    code: int
    price: Decimal
    nights: int = 1
    pricing: int = 0


@dataclass
class BookedRoom:
    """One room of a reservation. `index` names it in every message of that reservation."""

    index: int
    room_type: int
    nights: list[Night]
    guest: str
    adults: int = 1
    child_ages: tuple[int, ...] = ()
    comment: str = ""
    request: str = ""
    extras: tuple[Extra, ...] = ()

    @property
    def arrival(self) -> date:
        return self.nights[0].day

    @property
    def departure(self) -> date:
        return self.nights[-1].day + ONE_DAY

    @property
    def total(self) -> Decimal:
        return sum((night.price for night in self.nights), Decimal(0))


@dataclass(frozen=True)
class Booker:
    given: str
    family: str
    telephone: str = "+49 30 5550100"
    city: str = "Berlin"
    country: str = "DE"


@dataclass
class Message:
    """The latest message of a reservation. `text` is filled when it is served for the first time."""

    queue: str
    at: datetime
    acknowledged: bool = False
    served: bool = False
    refused: str = ""
    mailed: bool = False
    text: tuple[str, str] | None = None


@dataclass
class RoomList:
    """The rooms of one booking and what they make together."""

    rooms: list[BookedRoom]

    @property
    def arrival(self) -> date:
        return min(room.arrival for room in self.rooms)

    @property
    def departure(self) -> date:
        return max(room.departure for room in self.rooms)

    @property
    def total(self) -> Decimal:
        return sum((room.total for room in self.rooms), Decimal(0))


@dataclass
class Reservation(RoomList):
    """One booking with one or more rooms. `card` is "", "card" or "virtual", and "" again once it was sent."""

    id: str
    property: int
    created: datetime
    currency: str
    booker: Booker
    message: Message
    remarks: str = ""
    flags: tuple[str, ...] = ()
    card: str = ""
    virtual: bool = False
    accepted: bool = False
    cancelled: bool = False


@dataclass(frozen=True)
class Answered:
    """What the other side said about one message; `reason` is empty for an acknowledgement."""

    at: datetime
    reservation: str
    queue: str
    reason: str = ""


@dataclass(frozen=True)
class FallbackMail:
    """The e-mail that a property gets when nobody acknowledged a message in time."""

    at: datetime
    reservation: str
    queue: str
    property: int


@dataclass
class World:
    """Everything that `reset` brings back to its beginning."""

    hotels: dict[int, Hotel] = field(default_factory=dict)
    room_types: dict[int, RoomType] = field(default_factory=dict)
    reservations: dict[str, Reservation] = field(default_factory=dict)
    queues: dict[str, dict[str, Reservation]] = field(default_factory=lambda: {name: {} for name in QUEUES})
    answers: list[Answered] = field(default_factory=list)
    mails: list[FallbackMail] = field(default_factory=list)
    last_index: int = 7700
    last_id: int = 0

    def rooms_of(self, number: int) -> list[RoomType]:
        return [room for room in self.room_types.values() if room.property == number]

    def next_index(self) -> int:
        self.last_index += 1
        return self.last_index

    def next_id(self, now: datetime) -> str:
        """Return a new reservation id of ten digits; it grows with the clock, so a restart repeats none."""
        self.last_id = max(self.last_id + 1, 6_100_000_000 + int(now.timestamp()) % 800_000_000)
        return str(self.last_id)

    def add(self, reservation: Reservation) -> None:
        self.reservations[reservation.id] = reservation
        if not reservation.message.acknowledged:
            self.queues[reservation.message.queue][reservation.id] = reservation

    def tell(self, reservation: Reservation, now: datetime) -> None:
        """Queue the reservation's present state as its only message.

        Until the first acknowledgement the state comes as new, except that a cancelled booking always comes
        as a modification.
        """
        queue = MODIFY if reservation.accepted or reservation.cancelled else NEW
        for waiting in self.queues.values():
            waiting.pop(reservation.id, None)
        reservation.message = Message(queue, now)
        self.queues[queue][reservation.id] = reservation

    def settle(self, reservation: Reservation, now: datetime) -> None:
        """Take the message out of its queue because the other side has it."""
        message = reservation.message
        if message.acknowledged:
            return
        message.acknowledged, reservation.accepted = True, True
        self.queues[message.queue].pop(reservation.id, None)
        self.answers.append(Answered(now, reservation.id, message.queue))

    def refuse(self, reservation: Reservation, reason: str, now: datetime) -> None:
        """Remember a refusal; the message stays where it is."""
        reservation.message.refused = reason
        self.answers.append(Answered(now, reservation.id, reservation.message.queue, reason))

    def send_mails(self, now: datetime, patience: timedelta, *, drop: bool) -> None:
        """Write down the fallback e-mails that are due; `drop` takes their messages out of the queue."""
        for queue, waiting in self.queues.items():
            due = [r for r in waiting.values() if not r.message.mailed and r.message.at + patience <= now]
            for reservation in due:
                reservation.message.mailed = True
                at = reservation.message.at + patience
                self.mails.append(FallbackMail(at, reservation.id, queue, reservation.property))
                if drop:
                    del waiting[reservation.id]


def nights_between(first: date, last: date) -> Iterable[date]:
    """Every night from `first` to the day before `last`."""
    return (first + timedelta(days=n) for n in range((last - first).days))
