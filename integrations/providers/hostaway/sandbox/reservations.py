"""Single reservations of the Hostaway sandbox: read, create, change, cancel, report and delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from integrations.providers.hostaway.sandbox.actions import UPDATED, BookingActions
from integrations.providers.hostaway.sandbox.values import (
    json_object,
    read_amount,
    read_date,
    read_flag,
    read_text,
    read_whole,
)
from integrations.providers.hostaway.sandbox.wire import ApiProblemError, reservation_row
from integrations.providers.hostaway.sandbox.world import DIRECT, STATUSES, Reservation, require_dates
from integrations.sandbox import Request, Response, route

#: Key of the body, field of `Reservation`, how it is read.
FIELDS: tuple[tuple[str, str, Callable[[object, str], object]], ...] = (
    ("guestName", "guest", read_text),
    ("guestEmail", "email", read_text),
    ("phone", "phone", read_text),
    ("guestCountry", "country", read_text),
    ("guestLocale", "language", read_text),
    ("adults", "adults", read_whole),
    ("children", "children", read_whole),
    ("infants", "infants", read_whole),
    ("pets", "pets", read_whole),
    ("totalPrice", "total", read_amount),
    ("checkInTime", "check_in_time", read_whole),
    ("checkOutTime", "check_out_time", read_whole),
    ("hostNote", "host_note", read_text),
    ("guestNote", "guest_note", read_text),
    ("comment", "comment", read_text),
    ("doorCode", "door_code", read_text),
    ("isPaid", "is_paid", read_flag),
)
#: Fields whose change fires the webhook, beside status and dates.
TELLING = ("total", "check_in_time", "check_out_time", "door_code", "custom_fields")


class ReservationRoutes(BookingActions):
    @route("GET", "/v1/reservations/{reservation}")
    def get_reservation(self, request: Request) -> Response:
        account = self.authenticate(request)
        reservation = self.own_reservation(account, request.parameters["reservation"])
        resources = request.argument("includeResources") == "1"
        # GUESS: the units of one reservation need includeResources as they do in the list.
        return self.success(reservation_row(self.world, reservation, resources=resources, policy=True))

    @route("POST", "/v1/reservations")
    def post_reservation(self, request: Request) -> Response:
        account = self.authenticate(request)
        body = json_object(request)
        listing = self.own_listing(account, str(body.get("listingMapId", "")))
        arrival = read_date(body.get("arrivalDate"), "arrivalDate")
        departure = read_date(body.get("departureDate"), "departureDate")
        require_dates(arrival, departure)
        values = {"guest": "", "status": _status(body), **_values(body)}
        wanted = body.get("reservationUnit")
        units = len(wanted) if isinstance(wanted, list) and wanted else 1
        if units > max(1, len(listing.units)):
            raise ApiProblemError(400, "The listing has fewer units")
        # GUESS: the code and the text of a refused overbooking are not documented.
        if request.argument("forceOverbooking") != "1":
            self.require_space(listing, arrival, departure, units=units)
        reservation = self.create(
            listing,
            arrival,
            departure,
            channel=read_whole(body.get("channelId", DIRECT), "channelId"),
            units=units,
            source=read_text(request.argument("provider"), "provider")[:65],
            **values,
        )
        return self._one(reservation)

    @route("PUT", "/v1/reservations/{reservation}")
    def put_reservation(self, request: Request) -> Response:
        account = self.authenticate(request)
        reservation = self.own_reservation(account, request.parameters["reservation"])
        self._require_writable(reservation)
        body = json_object(request)
        if str(body.get("listingMapId", reservation.listing)) != str(reservation.listing):
            raise ApiProblemError(400, "listingMapId cannot be changed")
        values = _values(body)
        arrival = read_date(body.get("arrivalDate", reservation.arrival), "arrivalDate")
        departure = read_date(body.get("departureDate", reservation.departure), "departureDate")
        if (arrival, departure) != (reservation.arrival, reservation.departure):
            force = request.argument("forceOverbooking") == "1"
            values |= self.moved(reservation, arrival, departure, overbook=force)
        values = {name: value for name, value in values.items() if getattr(reservation, name) != value}
        told = "arrival" in values or "departure" in values or any(name in values for name in TELLING)
        if values and reservation.status == "new" and (told or reservation.channel == DIRECT):
            # Any note that a tool writes turns a direct booking from new to modified.
            values["status"], told = "modified", True
        if values:
            self.world.update(reservation, activity=told, **values)
        if told:
            self.announce(reservation, UPDATED)
        return self._one(reservation)

    @route("PUT", "/v1/reservations/{reservation}/statuses/cancelled")
    def put_cancelled(self, request: Request) -> Response:
        account = self.authenticate(request)
        reservation = self.own_reservation(account, request.parameters["reservation"])
        self._require_writable(reservation)
        by = json_object(request).get("cancelledBy")
        if by not in ("host", "guest"):
            raise ApiProblemError(400, "cancelledBy must be host or guest")
        self.cancel(reservation.id, by=by)
        return self._one(reservation)

    @route("PUT", "/v1/reservations/{reservation}/statuses/noShow")
    def put_no_show(self, request: Request) -> Response:
        account = self.authenticate(request)
        reservation = self.own_reservation(account, request.parameters["reservation"])
        self._require_writable(reservation)
        self.mark_no_show(reservation.id)
        return self._one(reservation)

    @route("DELETE", "/v1/reservations/{reservation}")
    def delete_reservation(self, request: Request) -> Response:
        account = self.authenticate(request)
        reservation = self.own_reservation(account, request.parameters["reservation"])
        self._require_writable(reservation)
        self.delete(reservation.id)
        return self.success([])

    def _one(self, reservation: Reservation) -> Response:
        return self.success(reservation_row(self.world, reservation, policy=True))

    def _require_writable(self, reservation: Reservation) -> None:
        if self.world.listings[reservation.listing].archived:
            raise ApiProblemError(400, "The listing is archived")


def _values(body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that the body sets; null is left out, which keeps what is there."""
    values = {field: read(body[name], name) for name, field, read in FIELDS if body.get(name) is not None}
    names = [str(body.get(name) or "").strip() for name in ("guestFirstName", "guestLastName")]
    if "guest" not in values and any(names):
        values["guest"] = " ".join(filter(None, names))
    if isinstance(body.get("customFieldValues"), list):
        values["custom_fields"] = [row for row in body["customFieldValues"] if isinstance(row, dict)]
    return values


def _status(body: dict[str, Any]) -> str:
    """Return the status of a new reservation; a later one follows from what happens to it."""
    status: str = body.get("status") or "new"
    if status not in STATUSES:
        raise ApiProblemError(400, "status is not valid")
    return status
