"""Short ways to make a booking at the desk in tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from reservations.booking_search import Asked, TypeOffer, search
from reservations.desk_bookings import Wish, book, cancel_booking, change_booking, direct_booking
from reservations.models import Hotel, Property, Reservation, Room, RoomType, Stay
from reservations.records import PersonRecord
from tests.reservations.rates import MONDAY
from tests.reservations.rates import Desk as Rates


@dataclass(frozen=True)
class Office:
    """A receptionist of a hotel with one property; days count from :data:`MONDAY`."""

    hotel: Hotel
    user: Any

    @property
    def house(self) -> Property:
        return self.hotel.properties.order_by("pk")[0]

    @property
    def rates(self) -> Rates:
        return Rates(self.hotel, self.user)

    def kind(self, name: str = "Doble") -> RoomType:
        return RoomType.objects.get(hotel=self.hotel, name=name)

    def room(self, name: str) -> Room:
        return Room.objects.get(hotel=self.hotel, name=name)

    def asked(self, arrival: int = 0, nights: int = 2, *, adults: int = 2, children: int = 0) -> Asked:
        first = MONDAY + timedelta(days=arrival)
        return Asked(self.house, first, first + timedelta(days=nights), adults, children)

    def offer(self, kind: str = "Doble", *args: Any, **rest: Any) -> TypeOffer:
        return next(offer for offer in search(self.asked(*args, **rest)) if offer.kind.name == kind)

    def wish(
        self, arrival: int = 0, nights: int = 2, *, kind: str = "Doble", room: str = "", **rest: Any
    ) -> Wish:
        """Mara Quill for 160 by hand, unless ``rest`` says otherwise."""
        values: dict[str, Any] = {
            "guest": PersonRecord(name="Mara Quill", email="mara@example.org"),
            "room": self.room(room) if room else None,
            **rest,
        }
        if not {"plan", "agreed"} & rest.keys():
            values |= {"agreed": Decimal("160.00"), "reason": "regular guest"}
        return Wish(asked=self.asked(arrival, nights), kind=self.kind(kind), **values)

    def book(
        self,
        arrival: int = 0,
        nights: int = 2,
        *,
        token: str = "",
        anyway: bool = False,
        **rest: Any,
    ) -> Reservation:
        return book(
            hotel=self.hotel,
            user=self.user,
            token=token or uuid4().hex,
            wish=self.wish(arrival, nights, **rest),
            anyway=anyway,
        )

    def change(self, made: Reservation, wish: Wish, **rest: Any) -> Reservation:
        seen = rest.pop("seen", None) or direct_booking(self.hotel, made.pk).version
        return change_booking(
            hotel=self.hotel, user=self.user, reservation_id=made.pk, wish=wish, seen=seen, **rest
        )

    def cancel(self, made: Reservation, **rest: Any) -> Reservation:
        values: dict[str, Any] = {"reason": "ill", **rest}
        values.setdefault("seen", direct_booking(self.hotel, made.pk).version)
        return cancel_booking(hotel=self.hotel, user=self.user, reservation_id=made.pk, **values)


def stay_of(made: Reservation) -> Stay:
    return Stay.objects.select_related("room", "room_type").get(reservation=made, part_of=None)


def day(count: int) -> date:
    return MONDAY + timedelta(days=count)
