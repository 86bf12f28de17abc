"""What guests do at the Booking.com sandbox: book, change, cancel. Tests and the control page call the same.

Every method changes the world and leaves the reservation's latest state as its one waiting message.
RefusedError means that nothing happened; its message is for people.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from integrations.providers.booking_com.sandbox.calendar import RoomNight
from integrations.providers.booking_com.sandbox.seed import HOTEL
from integrations.providers.booking_com.sandbox.selling import RoomWish, Sale, Selling
from integrations.providers.booking_com.sandbox.world import (
    NEW,
    QUEUES,
    Answered,
    BookedRoom,
    Booker,
    Message,
    Night,
    RefusedError,
    Reservation,
)


class BookingActions(Selling):
    def book(
        self,
        *rooms: RoomWish,
        guest: str = "Mara Quill",
        telephone: str = "+49 30 5550100",
        city: str = "Berlin",
        country: str = "DE",
        remarks: str = "",
        flags: tuple[str, ...] = (),
        card: str = "card",
        currency: str = "",
        force: bool = False,
    ) -> str:
        """Book these rooms of one property (a double room for tonight if none is named) and return the id.

        `card` is "card", "virtual" or "". `force` books what is closed or sold out, as when the guest was
        seconds faster than the close.
        """
        with self.lock:
            wishes = rooms or (RoomWish(),)
            hotels = {self.room_type(wish.room_type).property for wish in wishes}
            if len(hotels) > 1:
                raise RefusedError("All rooms of a booking belong to one property.")
            hotel = self.world.hotels[hotels.pop()]
            name = guest.strip() or "Guest"
            sales = [self.new_room(wish, name, currency or hotel.currency) for wish in wishes]
            self.sell(sales, force=force)
            given, _, family = name.partition(" ")
            now = self.now()
            reservation = Reservation(
                id=self.world.next_id(now),
                property=hotel.id,
                created=now,
                currency=currency or hotel.currency,
                booker=Booker(given, family or given, telephone, city, country),
                rooms=[sale.room for sale in sales],
                message=Message(NEW, now),
                remarks=remarks,
                flags=flags,
                card=card,
                virtual=card == "virtual",
            )
            self.world.add(reservation)
            return reservation.id

    def modify(
        self,
        number: str,
        *,
        room: int = 0,
        arrival: date | None = None,
        departure: date | None = None,
        room_type: int = 0,
        rate: int = 0,
        guest: str = "",
        adults: int = 0,
        child_ages: tuple[int, ...] | None = None,
        remarks: str | None = None,
        add: RoomWish | None = None,
        force: bool = False,
    ) -> None:
        """Change one room (`room` is its IndexNumber) or all of them; `add` books one more room."""
        with self.lock:
            reservation = self._active(number)
            if room and room not in [booked.index for booked in reservation.rooms]:
                raise RefusedError("This booking has no such room.")
            changes = [
                self.changed_room(
                    before,
                    RoomWish(
                        room_type=room_type or before.room_type,
                        arrival=arrival or before.arrival,
                        departure=departure or before.departure,
                        rate=rate or before.nights[0].rate,
                        guest=guest or before.guest,
                        adults=adults or before.adults,
                        child_ages=before.child_ages if child_ages is None else child_ages,
                        comment=before.comment,
                        request=before.request,
                        extras=before.extras,
                    ),
                    reservation,
                )
                for before in reservation.rooms
                if room in (0, before.index)
            ]
            added = [] if add is None else [self._added_room(add, reservation)]
            self.sell(changes + added, force=force)
            changed = {sale.room.index: sale.room for sale in changes}
            kept = [changed.get(before.index, before) for before in reservation.rooms]
            reservation.rooms = kept + [sale.room for sale in added]
            if remarks is not None:
                reservation.remarks = remarks
            self.world.tell(reservation, self.now())

    def _added_room(self, wish: RoomWish, reservation: Reservation) -> Sale:
        if self.room_type(wish.room_type).property != reservation.property:
            raise RefusedError("All rooms of a booking belong to one property.")
        name = f"{reservation.booker.given} {reservation.booker.family}"
        return self.new_room(wish, name, reservation.currency)

    def remove_room(self, number: str, room: int) -> None:
        """Take one room out of a booking of several; the message simply no longer has it."""
        with self.lock:
            reservation = self._active(number)
            left = [r for r in reservation.rooms if r.index != room]
            if len(left) == len(reservation.rooms):
                raise RefusedError("This booking has no such room.")
            if not left:
                raise RefusedError("This is the only room: cancel the booking instead.")
            reservation.rooms = left
            self.world.tell(reservation, self.now())

    def cancel(self, number: str) -> None:
        """Cancel the whole booking. The count of its nights stays as it is until someone sends a new one."""
        # GUESS: a property can let Booking.com put cancelled rooms back on sale itself; here it does not.
        with self.lock:
            reservation = self._active(number)
            reservation.cancelled = True
            reservation.card = ""
            self.world.tell(reservation, self.now())

    def fill_queue(self, count: int, *, property: int = HOTEL, start: date | None = None) -> list[str]:
        """Put that many new one-room bookings into the queue, without touching the calendar; for benches."""
        with self.lock:
            now = self.now()
            first = start or self.today(property)
            types = self.world.rooms_of(property)
            currency = self.world.hotels[property].currency
            numbers = []
            for position in range(count):
                room = types[position % len(types)]
                plan = room.rates[position % len(room.rates)]
                arrival = first + timedelta(days=position % 300)
                nights = [
                    Night(arrival + timedelta(days=n), plan.id, plan.price) for n in range(1 + position % 4)
                ]
                booker = Booker("Bench", f"Guest {position + 1}")
                reservation = Reservation(
                    id=self.world.next_id(now),
                    property=property,
                    created=now,
                    currency=currency,
                    booker=booker,
                    rooms=[
                        BookedRoom(self.world.next_index(), room.id, nights, f"Bench Guest {position + 1}")
                    ],
                    message=Message(NEW, now),
                )
                self.world.add(reservation)
                numbers.append(reservation.id)
            return numbers

    # -- looking -------------------------------------------------------------------------------------------

    def waiting(self, queue: str = "") -> list[str]:
        """Return the ids that wait in "new" or "modify", or in both, in the order they are served."""
        with self.lock:
            return [number for name in QUEUES if queue in ("", name) for number in self.world.queues[name]]

    def acknowledged(self) -> list[Answered]:
        """Return every acknowledgement since the start, oldest first."""
        with self.lock:
            return [answer for answer in self.world.answers if not answer.reason]

    def refused(self) -> list[Answered]:
        """Return every refusal since the start with its reason, oldest first."""
        with self.lock:
            return [answer for answer in self.world.answers if answer.reason]

    def reservation(self, number: str) -> Reservation:
        """Return the booking itself; RefusedError when there is none."""
        with self.lock:
            found = self.world.reservations.get(number)
            if found is None:
                raise RefusedError("There is no such booking.")
            return found

    def calendar(self, property: int, room: int, first: date, last: date) -> list[RoomNight]:
        """Return what is sold of one room type on every night of [first, last), as copies."""
        with self.lock:
            sold = self.room_type(room)
            if sold.property != property:
                raise RefusedError("This room type belongs to another property.")
            return [
                replace(night, rates={number: replace(rate) for number, rate in night.rates.items()})
                for night in self.stock.nights(sold, first, last)
            ]

    def _active(self, number: str) -> Reservation:
        found = self.reservation(number)
        if found.cancelled:
            raise RefusedError("This booking is cancelled.")
        return found
