"""What can happen to a booking in the Octorate sandbox, for tests and the control page alike.

Every method changes the world, raises the version of the booking, queues one webhook and returns the
reservation as the API shows it. `RefusedError` means that nothing happened; its message is for people.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from integrations.providers.octorate.sandbox.core import OctorateCore
from integrations.providers.octorate.sandbox.seed import HOTEL, PORTALS, add_many, make_guest
from integrations.providers.octorate.sandbox.world import (
    CANCELLED,
    CHANNELS,
    UNKNOWN_PRODUCT,
    Booking,
    RefusedError,
)

LONGEST_STAY_DAYS = 400


class BookingActions(OctorateCore):
    def book(
        self,
        *,
        accommodation: str = HOTEL,
        product: int | None = None,
        room: int | str | None = None,
        arrival: date | None = None,
        departure: date | None = None,
        guest: str = "Mara Quill",
        channel: int = 2,
        adults: int = 1,
        children: int = 0,
        infants: int = 0,
        status: str = "CONFIRMED",
        refer: str = "",
        notes: str = "",
        overbook: bool = False,
    ) -> dict[str, Any]:
        """Book one room for [arrival, departure), today for one night if not said.

        `room` is a physical room (id or name) or nothing (not assigned); `product` a room type or a rate,
        taken from the room if not said. A `refer` given again makes a multi-room booking. `overbook` allows
        a conflict.
        """
        with self.lock:
            world = self.world
            if accommodation not in world.places:
                raise RefusedError(f"There is no property {accommodation}.")
            if channel not in CHANNELS:
                raise RefusedError(f"There is no channel {channel}.")
            assigned = world.find_room(room, accommodation)
            sold = product or (
                world.rooms[assigned].parent if assigned else self._first_product(accommodation)
            )
            if sold in world.products and world.products[sold].accommodation != accommodation:
                raise RefusedError("The product belongs to another property.")
            if sold not in world.products and sold != UNKNOWN_PRODUCT:
                raise RefusedError(f"There is no product {sold}.")
            if assigned and world.rooms[assigned].parent != world.room_type(sold):
                raise RefusedError("The room is not of the type that this product sells.")
            arrival = arrival or world.today(accommodation)
            departure = departure or arrival + timedelta(days=1)
            self._require_dates(arrival, departure)
            number = world.next_id()
            checkin, checkout = world.stay_instants(accommodation, number, arrival, departure)
            given, _, family = guest.strip().partition(" ")
            siblings = [world.bookings[n] for n in world.by_refer.get(refer, [])]
            known = world.products.get(sold)
            now = world.tick()
            booking = Booking(
                id=number,
                accommodation=accommodation,
                product=sold,
                room=assigned,
                refer=refer or f"S{number}",
                channel_id=channel,
                channel_refer=siblings[0].channel_refer if siblings else str(number)[::-1],
                status=status,
                checkin=checkin,
                checkout=checkout,
                created=now,
                updated=now,
                guests=[
                    make_guest(given or "Guest", family, "FEMALE", "EN", "GB", "", channel, number % 10_000)
                ],
                adults=adults,
                children=children,
                infants=infants,
                nightly=known.price if known else Decimal(80),
                channel_notes=notes,
            )
            world.require_space(booking, overbook=overbook)
            return self._announce(world.insert(booking), "RESERVATION_CREATED")

    def book_group(self, rooms: list[int | str], **values: Any) -> list[dict[str, Any]]:
        """Book several physical rooms under one reference; all or none."""
        with self.lock:
            refer = values.pop("refer", "") or f"G{self.world.next_id()}"
            accommodation = values.get("accommodation", HOTEL)
            arrival = values.get("arrival") or self.world.today(accommodation)
            departure = values.get("departure") or arrival + timedelta(days=1)
            for room in rooms:
                number = self.world.find_room(room, accommodation)
                if not number or not self.world.room_is_free(number, arrival, departure):
                    raise RefusedError(f"Room {room} is not free for these nights.")
            return [self.book(room=room, refer=refer, **values) for room in rooms]

    def book_unknown_room(self, **values: Any) -> dict[str, Any]:
        """Book a product that no list of the API names, as happens after a room was deleted there."""
        return self.book(product=UNKNOWN_PRODUCT, **values)

    def change(
        self,
        number: int,
        *,
        arrival: date | None = None,
        departure: date | None = None,
        guest: str = "",
        adults: int | None = None,
        children: int | None = None,
        notes: str | None = None,
        overbook: bool = False,
    ) -> dict[str, Any]:
        """Change dates, guest or notes; a split that no longer lies inside the stay is dropped."""
        with self.lock:
            booking = self._active(number)
            world = self.world
            values: dict[str, Any] = {}
            if arrival or departure:
                first, last = (arrival or world.arrival(booking), departure or world.departure(booking))
                self._require_dates(first, last)
                values["checkin"], values["checkout"] = world.stay_instants(
                    booking.accommodation, booking.id, first, last
                )
                if booking.split_start and not first < booking.split_start < last:
                    values.update(split_start=None, split_room=0)
            if guest:
                given, _, family = guest.strip().partition(" ")
                values["guests"] = [{**booking.guests[0], "givenName": given, "familyName": family}]
            given_values = {"adults": adults, "children": children, "channel_notes": notes}
            values.update({name: value for name, value in given_values.items() if value is not None})
            return self._announce(world.update(booking, overbook=overbook, **values), "RESERVATION_CHANGE")

    def move_room(self, number: int, room: int | str | None, *, overbook: bool = False) -> dict[str, Any]:
        """Assign another physical room for the whole stay, or none; the product follows the room's type."""
        with self.lock:
            booking = self._active(number)
            target = self.world.find_room(room, booking.accommodation)
            product = booking.product
            if target and self.world.rooms[target].parent != self.world.room_type(product):
                product = self.world.rooms[target].parent
            values: dict[str, Any] = {
                "room": target,
                "product": product,
                "split_start": None,
                "split_room": 0,
            }
            return self._announce(
                self.world.update(booking, overbook=overbook, **values), "RESERVATION_CHANGE"
            )

    def split(self, number: int, room: int | str, start: date, *, overbook: bool = False) -> dict[str, Any]:
        """Let the guest sleep in another physical room from the night of `start` on; the product stays."""
        with self.lock:
            booking = self._active(number)
            target = self.world.find_room(room, booking.accommodation)
            if not self.world.arrival(booking) < start < self.world.departure(booking):
                raise RefusedError("The split must lie inside the stay.")
            if not booking.room:
                raise RefusedError("A stay without a room cannot be split.")
            if target in (0, booking.room):
                raise RefusedError("Choose another room for the second part.")
            values: dict[str, Any] = {"split_room": target, "split_start": start}
            return self._announce(
                self.world.update(booking, overbook=overbook, **values), "RESERVATION_CHANGE"
            )

    def cancel(self, number: int, *, by: str = "guest") -> dict[str, Any]:
        """Cancel; `by` is guest or accommodation."""
        with self.lock:
            booking = self._active(number)
            values: dict[str, Any] = {
                "status": CANCELLED,
                "cancelled_by": by,
                "cancelled_at": self.world.now(),
            }
            return self._announce(self.world.update(booking, **values), "RESERVATION_CANCELLED")

    def check_in(self, number: int) -> dict[str, Any]:
        with self.lock:
            booking = self._active(number)
            if booking.effective_checkin:
                raise RefusedError("The guest is already here.")
            changed = self.world.update(booking, effective_checkin=self.world.now())
            return self._announce(changed, "RESERVATION_CHANGE")

    def check_out(self, number: int) -> dict[str, Any]:
        with self.lock:
            booking = self._active(number)
            if booking.effective_checkout:
                raise RefusedError("The guest has already left.")
            now = self.world.now()
            values: dict[str, Any] = {
                "effective_checkin": booking.effective_checkin or now,
                "effective_checkout": now,
            }
            return self._announce(self.world.update(booking, **values), "RESERVATION_CHANGE")

    def mark_no_show(self, number: int) -> dict[str, Any]:
        with self.lock:
            changed = self.world.update(self._active(number), no_show=True)
            return self._announce(changed, "RESERVATION_CHANGE")

    def set_status(self, number: int, status: str, *, overbook: bool = False) -> dict[str, Any]:
        """Give any status, also words that nobody knows. The event follows from the step that is made."""
        with self.lock:
            booking = self.world.find(number)
            if status == CANCELLED:
                return self.cancel(number)
            confirms = booking.status == "WAITING" and status == "CONFIRMED"
            values: dict[str, Any] = {"status": status, "cancelled_at": None, "cancelled_by": ""}
            changed = self.world.update(booking, overbook=overbook, **values)
            # GUESS: confirming a waiting one sends RESERVATION_CONFIRMED instead of RESERVATION_CHANGE.
            return self._announce(changed, "RESERVATION_CONFIRMED" if confirms else "RESERVATION_CHANGE")

    def seed_many(self, n: int, start: date | None = None, *, notify: bool = False) -> list[int]:
        """Add `n` reservations in a large extra property, fast and without overlaps, and return their ids."""
        with self.lock:
            ids = add_many(self.world, n, start or self.world.today(HOTEL))
            if notify:
                for number in ids:
                    self.changed(self.world.bookings[number], "RESERVATION_CREATED")
            return ids

    # -- webhooks ------------------------------------------------------------------------------------------

    def send_duplicates(self, n: int = 3) -> int:
        """Deliver the last event `n` more times; return how many deliveries were queued."""
        return len(self.deliveries.send_duplicates(n))

    def hold(self) -> None:
        """Keep webhooks back until `release`."""
        self.deliveries.hold()

    def release(self, *, out_of_order: bool = False) -> int:
        """Deliver what was held back, newest first if `out_of_order`; return how many are queued."""
        return self.deliveries.release(out_of_order=out_of_order)

    # -- inside --------------------------------------------------------------------------------------------

    def _announce(self, booking: Booking, event: str) -> dict[str, Any]:
        self.changed(booking, event)
        return self.row(booking)

    def _active(self, number: int) -> Booking:
        booking = self.world.find(number)
        if booking.status == CANCELLED:
            raise RefusedError("The reservation is cancelled.")
        return booking

    def _require_dates(self, arrival: date, departure: date) -> None:
        if not 0 < (departure - arrival).days <= LONGEST_STAY_DAYS:
            raise RefusedError("The departure must be after the arrival.")

    def _first_product(self, accommodation: str) -> int:
        return min(product.id for product in self.world.products_of(accommodation))


CONTROL_CHANNELS = sorted(set(PORTALS))
