"""The rules by which the Booking.com sandbox sells rooms: what a guest may have, at which price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from integrations.providers.booking_com.sandbox.core import BookingCore
from integrations.providers.booking_com.sandbox.seed import DOUBLE
from integrations.providers.booking_com.sandbox.wire import DECIMAL_PLACES
from integrations.providers.booking_com.sandbox.world import (
    BookedRoom,
    Extra,
    Night,
    RefusedError,
    Reservation,
    RoomType,
    nights_between,
)

LONGEST_STAY = 90
FURTHEST_DAYS = 1000


@dataclass(frozen=True)
class RoomWish:
    """One room as a guest asks for it; without dates it is tonight. Without `rate` the first one is taken."""

    room_type: int = DOUBLE
    arrival: date | None = None
    departure: date | None = None
    rate: int = 0
    guest: str = ""
    adults: int = 1
    child_ages: tuple[int, ...] = ()
    comment: str = ""
    request: str = ""
    extras: tuple[Extra, ...] = ()
    price: Decimal | None = None


@dataclass(frozen=True)
class Sale:
    """A room about to be sold: `taken` are the nights that it takes from the count."""

    sold: RoomType
    room: BookedRoom
    taken: list[date]
    is_change: bool = False


class Selling(BookingCore):
    def room_type(self, number: int) -> RoomType:
        room = self.world.room_types.get(number)
        if room is None:
            raise RefusedError("There is no such room type.")
        return room

    def new_room(self, wish: RoomWish, guest: str, currency: str) -> Sale:
        """Return the room with a number of its own and a price for every night."""
        room = self._priced(wish, guest, currency, self.world.next_index())
        return Sale(self.room_type(wish.room_type), room, [night.day for night in room.nights])

    def changed_room(self, before: BookedRoom, wish: RoomWish, reservation: Reservation) -> Sale:
        """Return the room as it will be, under its old number; only its new nights are taken."""
        sold = self.room_type(wish.room_type)
        if sold.property != reservation.property:
            raise RefusedError("All rooms of a booking belong to one property.")
        after = self._priced(wish, before.guest, reservation.currency, before.index)
        held = {night.day: night for night in before.nights} if before.room_type == sold.id else {}
        taken = [night.day for night in after.nights if night.day not in held]
        # A night that stays keeps its price, unless the guest takes another rate.
        after.nights = [
            held[night.day] if night.day in held and held[night.day].rate == night.rate else night
            for night in after.nights
        ]
        return Sale(sold, after, taken, is_change=True)

    def sell(self, sales: list[Sale], *, force: bool) -> None:
        """Take the nights of all sales from the calendar, or of none; `force` asks for no free room."""
        if not force:
            self._require_space(sales)
        for sale in sales:
            self.stock.sell(sale.sold, sale.taken)

    def _require_space(self, sales: list[Sale]) -> None:
        wanted: dict[tuple[int, date], int] = {}
        for sale in sales:
            rate = sale.room.nights[0].rate
            objection = self.stock.shortage(sale.sold, rate, sale.taken)
            if not objection and not sale.is_change:
                objection = self.stock.broken_rule(sale.sold, rate, sale.room.arrival, sale.room.departure)
            if objection:
                raise RefusedError(objection)
            for day in sale.taken:
                key = (sale.sold.id, day)
                wanted[key] = wanted.get(key, 0) + 1
                if wanted[key] > self.stock.night(sale.sold, day).count:
                    raise RefusedError(f"{sale.sold.name} is sold out on {day}.")

    def _priced(self, wish: RoomWish, guest: str, currency: str, index: int) -> BookedRoom:
        sold = self.room_type(wish.room_type)
        plan = sold.rate(wish.rate) if wish.rate else sold.rates[0]
        if plan is None:
            raise RefusedError("This room is not sold at that rate.")
        today = self.today(sold.property)
        arrival = wish.arrival or today
        departure = wish.departure or arrival + timedelta(days=1)
        if not 0 < (departure - arrival).days <= LONGEST_STAY:
            raise RefusedError(f"A stay has 1 to {LONGEST_STAY} nights.")
        if not -LONGEST_STAY <= (arrival - today).days <= FURTHEST_DAYS:
            raise RefusedError("The arrival is too far away.")
        step = Decimal(1).scaleb(-DECIMAL_PLACES.get(currency, 2))
        nights = [
            Night(day, plan.id, (wish.price or self.stock.price(sold, plan.id, day)).quantize(step))
            for day in nights_between(arrival, departure)
        ]
        return BookedRoom(
            index=index,
            room_type=sold.id,
            nights=nights,
            guest=wish.guest or guest,
            adults=wish.adults,
            child_ages=wish.child_ages,
            comment=wish.comment,
            request=wish.request,
            extras=wish.extras,
        )
