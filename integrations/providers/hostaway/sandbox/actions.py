"""What can happen to a reservation in the Hostaway sandbox, for tests, the control page and the API alike.

Every method that a real event stands behind raises the version, queues a webhook and returns the reservation as the
API shows it. `RefusedError` means that nothing happened; its message is for people.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from integrations.providers.hostaway.sandbox.search import SearchRoutes
from integrations.providers.hostaway.sandbox.seed import (
    A1,
    add_many,
    channel_codes,
    guest_address,
    price_of,
)
from integrations.providers.hostaway.sandbox.wire import write_time
from integrations.providers.hostaway.sandbox.world import (
    AIRBNB,
    BOOKINGCOM,
    ICAL_CHANNELS,
    NOT_HOLDING,
    ONE_DAY,
    Listing,
    RefusedError,
    Reservation,
    nights,
    require_dates,
)

CREATED, UPDATED = "reservation.created", "reservation.updated"


class BookingActions(SearchRoutes):
    def book(
        self,
        listing: int = A1,
        *,
        arrival: date | None = None,
        departure: date | None = None,
        guest: str = "Mara Quill",
        channel: int = AIRBNB,
        status: str = "new",
        adults: int | None = 2,
        children: int | None = None,
        units: int = 1,
        total: Decimal | None = None,
        note: str = "",
        dates_unspecified: bool = False,
        overbook: bool = False,
        **more: Any,
    ) -> dict[str, Any]:
        """Book [arrival, departure) as a channel does; the next single night on sale if not said.

        The calendar must sell it unless `overbook`. `units` books several units of a multi-unit listing at once.
        `dates_unspecified` puts both dates on yesterday. A channel that is an iCal feed tells no price and no date of
        booking. `more` are fields of `Reservation`.
        """
        with self.lock:
            known = self.world.listing(listing)
            today = self.world.today(listing)
            arrival = arrival or self.next_on_sale(known, units)
            departure = departure or arrival + ONE_DAY
            if dates_unspecified:
                arrival = departure = today - ONE_DAY
            else:
                require_dates(arrival, departure)
            if not 1 <= units <= max(1, len(known.units)):
                raise RefusedError(f"{known.name} has no {units} units.")
            if status not in NOT_HOLDING and not dates_unspecified and not overbook:
                self.require_space(known, arrival, departure, units=units)
                if reason := self.world.restriction(known, arrival, departure):
                    raise RefusedError(reason)
            values = {"total": total, "dates_unspecified": dates_unspecified, "comment": note, **more}
            reservation = self.create(
                known, arrival, departure, guest=guest, channel=channel, status=status, adults=adults,
                children=children, units=units, **{key: value for key, value in values.items() if value is not None},
            )  # fmt: skip
            return self.row(reservation)

    def next_on_sale(self, listing: Listing, units: int = 1) -> date:
        """Return the first night from today on that can be booked alone; today when there is none in a year."""
        today = self.world.today(listing.id)
        coming = nights(today, today + timedelta(days=365))
        free = (
            night
            for night in coming
            if not self.world.lack_of_space(listing, night, night + ONE_DAY, units=units)
            and not self.world.restriction(listing, night, night + ONE_DAY)
        )
        return next(free, today)

    def require_space(
        self, listing: Listing, arrival: date, departure: date, *, units: int = 1, ignore: int = 0
    ) -> None:
        if reason := self.world.lack_of_space(listing, arrival, departure, units=units, ignore=ignore):
            raise RefusedError(reason)

    def create(
        self,
        listing: Listing,
        arrival: date,
        departure: date,
        *,
        guest: str,
        channel: int,
        status: str,
        units: int = 1,
        **values: Any,
    ) -> Reservation:
        """Insert a reservation without asking for space, and announce it."""
        if listing.archived:
            raise RefusedError(f"The listing {listing.name} is archived.")
        world = self.world
        number, now = world.next_id(), world.now()
        values = {
            "total": price_of(listing, channel, (departure - arrival).days, units),
            "email": guest_address(guest, channel, number),
            **channel_codes(channel, number),
            **values,
        }
        reservation = Reservation(
            id=number,
            listing=listing.id,
            places=world.assign(listing, arrival, departure, units=units),
            channel=channel,
            status=status,
            arrival=arrival,
            departure=departure,
            inserted=now,
            updated=now,
            latest_activity=now,
            reservation_date=None if channel in ICAL_CHANNELS else now,
            guest=guest,
            **values,
        )
        world.insert(reservation)
        self.announce(reservation, CREATED)
        return reservation

    def book_inquiry(self, number: int) -> dict[str, Any]:
        """Book what was asked for: a second row with an id of its own beside the inquiry, which stays."""
        with self.lock:
            inquiry = self.world.find(number)
            if not inquiry.status.startswith("inquiry") or inquiry.dates_unspecified:
                raise RefusedError("Only an inquiry with dates can be booked.")
            return self.book(
                inquiry.listing,
                arrival=inquiry.arrival,
                departure=inquiry.departure,
                guest=inquiry.guest,
                channel=inquiry.channel,
            )

    def book_zero_nights(self, listing: int = A1) -> dict[str, Any]:
        """Add a row whose departure is its arrival, as real accounts have some."""
        with self.lock:
            known, today = self.world.listing(listing), self.world.today(listing)
            return self.row(self.create(known, today, today, guest="Zora Null", channel=AIRBNB, status="new"))

    def change(
        self,
        number: int,
        *,
        arrival: date | None = None,
        departure: date | None = None,
        overbook: bool = False,
        **values: Any,
    ) -> dict[str, Any]:
        """Change dates or any field of `Reservation`; a `new` one becomes `modified`."""
        with self.lock:
            reservation = self._active(number)
            first, last = arrival or reservation.arrival, departure or reservation.departure
            if (first, last) != (reservation.arrival, reservation.departure):
                values |= self.moved(reservation, first, last, overbook=overbook)
            if reservation.status == "new":
                values.setdefault("status", "modified")
            return self._update(reservation, **values)

    def moved(
        self, reservation: Reservation, arrival: date, departure: date, *, overbook: bool
    ) -> dict[str, Any]:
        """Return the fields of a change of dates; RefusedError when the nights are not free."""
        require_dates(arrival, departure)
        listing, units = self.world.listings[reservation.listing], len(reservation.places)
        if reservation.holds and not overbook:
            self.require_space(listing, arrival, departure, units=units, ignore=reservation.id)
        free = self.world.free_places(listing, arrival, departure, reservation.id)
        stays = all(place in free for place in reservation.places)
        assigned = self.world.assign(listing, arrival, departure, units=units, ignore=reservation.id)
        return {
            "arrival": arrival,
            "departure": departure,
            "previous_arrival": reservation.arrival,
            "previous_departure": reservation.departure,
            "places": reservation.places if stays else assigned,
            "dates_unspecified": False,
        }

    def move_unit(self, number: int, unit: int) -> dict[str, Any]:
        """Put a booking of one unit into another unit of its listing."""
        with self.lock:
            reservation = self._active(number)
            listing = self.world.listings[reservation.listing]
            if len(reservation.places) != 1 or unit not in {known.id for known in listing.units}:
                raise RefusedError("Only a booking of one unit can move to another unit of its listing.")
            if unit not in self.world.free_places(
                listing, reservation.arrival, reservation.departure, reservation.id
            ):
                raise RefusedError("That unit is taken.")
            # GUESS: how a change of the unit shows up is not documented; here as any other update.
            return self._update(reservation, places=(unit,))

    def cancel(self, number: int, *, by: str = "guest") -> dict[str, Any]:
        """Cancel; `by` is guest or host. There is no event of its own for it."""
        with self.lock:
            reservation = self._active(number)
            return self._update(
                reservation, status="cancelled", cancelled_at=self.world.now(), cancelled_by=by
            )

    def set_status(self, number: int, status: str, *, overbook: bool = False) -> dict[str, Any]:
        """Give any status, also words nobody knows and also to a cancelled reservation, which comes back."""
        with self.lock:
            if status == "cancelled":
                return self.cancel(number)
            reservation = self.world.find(number)
            if not reservation.holds and status not in NOT_HOLDING and not overbook:
                listing = self.world.listings[reservation.listing]
                self.require_space(
                    listing, reservation.arrival, reservation.departure, units=len(reservation.places)
                )
            return self._update(reservation, status=status, cancelled_at=None, cancelled_by="")

    def mark_no_show(self, number: int) -> dict[str, Any]:
        """Report that the guest of a Booking.com reservation did not come; the status stays."""
        with self.lock:
            reservation = self._active(number)
            if reservation.channel != BOOKINGCOM:
                raise RefusedError("Only Booking.com takes reports of guests who did not come.")
            return self._update(reservation, no_show_at=self.world.now())

    def touch(self, number: int, *, note: str = "", at: datetime | None = None) -> dict[str, Any]:
        """Raise `updatedOn` alone, as notes and payments do: no activity, no webhook. `at` sets it to that instant."""
        with self.lock:
            reservation = self.world.find(number)
            self.world.update(reservation, activity=False, host_note=note or reservation.host_note)
            if at is not None:
                reservation.updated = at
            return self.row(reservation)

    def message(self, number: int, text: str = "Can we arrive earlier?") -> None:
        """Let the guest write: activity, a new version and an event of another kind, none of `reservation`."""
        with self.lock:
            # GUESS: the version rises too, as no real row had an activity newer than its version.
            reservation = self.world.update(self.world.find(number))
            account = self.world.listings[reservation.listing].account
            identifier = reservation.id * 10
            data = {
                "id": identifier,
                "conversationId": reservation.id,
                "reservationId": reservation.id,
                "listingMapId": reservation.listing,
                "body": text,
                "isIncoming": 1,
                "insertedOn": write_time(self.world.now()),
            }
            self.sender.emit(
                account, "message.received", "conversationMessage", identifier, reservation.listing, data
            )

    def delete(self, number: int) -> None:
        """Remove the row for good, without an event."""
        with self.lock:
            self.world.delete(self.world.find(number))

    def fill(self, count: int) -> list[int]:
        """Add `count` reservations in a large extra listing of account 10001, fast, and return their ids."""
        with self.lock:
            return add_many(self.world, count)

    # -- inside --------------------------------------------------------------------------------------------

    def _active(self, number: int) -> Reservation:
        reservation = self.world.find(number)
        if reservation.status == "cancelled":
            raise RefusedError("The reservation is cancelled.")
        return reservation

    def _update(self, reservation: Reservation, **values: Any) -> dict[str, Any]:
        self.world.update(reservation, **values)
        self.announce(reservation, UPDATED)
        return self.row(reservation)
