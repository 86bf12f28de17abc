"""Reading and writing reservations through the Octorate sandbox's API."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.providers.octorate.sandbox.actions import BookingActions
from integrations.providers.octorate.sandbox.calendar import CalendarRoutes
from integrations.providers.octorate.sandbox.identity import V1
from integrations.providers.octorate.sandbox.search import search
from integrations.providers.octorate.sandbox.wire import (
    missing,
    not_valid,
    page_links,
    project,
    read_date,
    read_instant,
    read_number,
)
from integrations.providers.octorate.sandbox.world import CANCELLED, Booking, RefusedError
from integrations.sandbox import Request, Response, json_response, route

RESERVATION = f"{V1}/reservation/{{accommodation}}"
ROWS_PER_PAGE = 100
STATUSES = ("CONFIRMED", "WAITING", CANCELLED)
REQUIRED = (
    "channelId", "checkin", "checkout", "createTime", "updateTime", "guests", "product", "refer", "roomGross",
    "totalGuest", "totalChildren", "totalInfants", "status",
)  # fmt: skip
TEXTS = {
    "channelNotes": "channel_notes",
    "privateNotes": "private_notes",
    "housekeepingNotes": "housekeeping_notes",
    "arrivalTime": "arrival_time",
    "channelRefer": "channel_refer",
}


class ReservationRoutes(CalendarRoutes, BookingActions):
    @route("GET", RESERVATION)
    def find_reservations(self, request: Request) -> Response:
        number = request.parameters["accommodation"]
        self.authorize(request, number)
        size = min(
            ROWS_PER_PAGE, read_number(request.argument("size") or "20", "size", 1, 200, "errPageSize")
        )
        page = read_number(request.argument("page") or "0", "page", 0, 1000, "errPageNumber")
        found = search(self.world, number, request, stay_lists_cancelled=self.stay_lists_cancelled)
        groups: dict[str, list[Booking]] = {}
        if request.argument("groupResults").lower() == "true":
            for booking in found:
                groups.setdefault(booking.refer, []).append(booking)
            found = [members[0] for members in groups.values()]
        rows = []
        for booking in found[page * size : (page + 1) * size]:
            row = self.row(booking)
            if members := groups.get(booking.refer):
                row.update(grouped=len(members) > 1, rooms=len(members))
                row["statusDisagree"] = len({member.status for member in members}) > 1
            rows.append(project(row, request.argument("fields")))
        last_page = max(0, len(found) - 1) // size
        return json_response(
            {"data": rows, "page": page_links(request.base_url + request.path, page, last_page)}
        )

    def _booking(self, request: Request, *, write: str = "") -> Booking:
        number = request.parameters["accommodation"]
        self.authorize(request, number, write=write)
        text = request.parameters["id"]
        booking = (
            self.world.bookings.get(int(text))
            if text.isascii() and text.isdigit() and len(text) < 16
            else None
        )
        if booking is None or booking.accommodation != number:
            raise missing("Reservation")
        return booking

    @route("GET", f"{RESERVATION}/{{id}}")
    def read_reservation(self, request: Request) -> Response:
        return json_response(self.row(self._booking(request)))

    @route("POST", RESERVATION)
    def create_reservation(self, request: Request) -> Response:
        number = request.parameters["accommodation"]
        self.authorize(request, number, write="reservation")
        body = self.read_object(request)
        self._require_fields(body)
        refer = str(body["refer"])
        if len(refer) > 25 or refer in self.world.by_refer:
            raise not_valid("refer must be unique and at most 25 characters long", "refer")
        values = self._read_values(number, body)
        now = self.world.tick()
        booking = Booking(
            id=self.world.next_id(),
            accommodation=number,
            refer=refer,
            created=now,
            updated=now,
            nightly=Decimal(0),
            holds_calendar=request.argument("availability").lower() != "false",
            **{"room": 0, "channel_refer": refer, **values},
        )
        # The channel manager itself accepts what its calendar says is full: that is how overbookings arrive.
        self.world.require_space(booking, overbook=True)
        self.world.insert(booking)
        self.changed(booking, "RESERVATION_CREATED")
        return json_response(self.row(booking))

    @route("PATCH", f"{RESERVATION}/{{id}}")
    def patch_reservation(self, request: Request) -> Response:
        booking = self._booking(request, write="reservation")
        values = self._read_values(booking.accommodation, self.read_object(request))
        if booking.status == "CONFIRMED" and values.get("status") == CANCELLED:
            raise not_valid("A confirmed reservation cannot be cancelled this way", "status")
        return json_response(self._apply(booking, values))

    @route("PUT", f"{RESERVATION}/{{id}}")
    def put_reservation(self, request: Request) -> Response:
        booking = self._booking(request, write="reservation")
        body = self.read_object(request)
        self._require_fields(body)
        return json_response(self._apply(booking, self._read_values(booking.accommodation, body)))

    def _apply(self, booking: Booking, values: dict[str, Any]) -> dict[str, Any]:
        event = "RESERVATION_CHANGE"
        status = values.get("status", booking.status)
        if status == CANCELLED and booking.status != CANCELLED:
            values.update(cancelled_at=self.world.now(), cancelled_by="accommodation")
            event = "RESERVATION_CANCELLED"
        elif status == "CONFIRMED" and booking.status == "WAITING":
            event = "RESERVATION_CONFIRMED"
        try:
            self.world.update(booking, overbook=True, **values)
        except RefusedError as refusal:
            raise not_valid(str(refusal)) from None
        self.changed(booking, event)
        return self.row(booking)

    @route("DELETE", f"{RESERVATION}/{{id}}")
    def delete_reservation(self, request: Request) -> Response:
        booking = self._booking(request, write="reservation")
        if booking.status != CANCELLED:
            self.cancel(booking.id, by="accommodation")
        return json_response(self.row(booking))

    @route("DELETE", f"{RESERVATION}/group/{{refer}}")
    def delete_group(self, request: Request) -> Response:
        number = request.parameters["accommodation"]
        self.authorize(request, number, write="reservation")
        ids = self.world.by_refer.get(request.parameters["refer"], [])
        members = [self.world.bookings[n] for n in ids if self.world.bookings[n].accommodation == number]
        if not members:
            raise missing("Reservation")
        for booking in members:
            if booking.status != CANCELLED:
                self.cancel(booking.id, by="accommodation")
        return json_response([self.row(booking) for booking in members])

    @route("POST", f"{RESERVATION}/{{id}}/split")
    def split_reservation(self, request: Request) -> Response:
        booking = self._booking(request, write="reservation")
        body = self.read_object(request)
        target = body.get("splitRoom")
        room = target.get("id") if isinstance(target, dict) else None
        start = read_date(str(body.get("splitStart")), "splitStart")
        try:
            return json_response(self.split(booking.id, room if isinstance(room, int) else 0, start))
        except RefusedError as refusal:
            raise not_valid(str(refusal)) from None

    @route("PUT", f"{V1}/checkin/{{accommodation}}/{{id}}")
    def write_checkin(self, request: Request) -> Response:
        booking = self._booking(request, write="reservation")
        actions = {"CHECKIN_END": self.check_in, "CHECKOUT_END": self.check_out, "NO_SHOW": self.mark_no_show}
        if request.argument("status") not in actions:
            raise not_valid("status must be CHECKIN_END, CHECKOUT_END or NO_SHOW", "status")
        try:
            actions[request.argument("status")](booking.id)
        except RefusedError as refusal:
            raise not_valid(str(refusal)) from None
        return Response(200)

    # -- reading a body ------------------------------------------------------------------------------------

    def _require_fields(self, body: dict[str, Any]) -> None:
        absent = [name for name in REQUIRED if body.get(name) is None]
        if absent:
            nested = [
                {"type": "ApiValidationFailed", "message": "errRequired", "element": name} for name in absent
            ]
            raise not_valid("errRequired", absent[0], nested)

    def _read_values(self, accommodation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the Booking fields that the body names; raises ApiProblemError for the first bad one."""
        values: dict[str, Any] = {}
        for name, field in {"checkin": "checkin", "checkout": "checkout"}.items():
            if name in body:
                values[field] = read_instant(body[name], name)
        if len(values) == 2 and not 0 < (values["checkout"] - values["checkin"]).days + 1 <= 800:
            raise not_valid("checkout must be after checkin", "checkout")
        if "status" in body:
            if body["status"] not in STATUSES:
                raise not_valid("status is not valid", "status")
            values["status"] = body["status"]
        if "product" in body:
            product = body["product"] if isinstance(body["product"], int) else 0
            if product not in {known.id for known in self.world.products_of(accommodation)}:
                raise not_valid("The product does not belong to this property", "product")
            values["product"] = product
        if "pmsProduct" in body:
            room = body["pmsProduct"] if isinstance(body["pmsProduct"], int) else -1
            if room and room not in {known.id for known in self.world.rooms_of(accommodation)}:
                raise not_valid("The room does not belong to this property", "pmsProduct")
            values["room"] = room
        if "guests" in body:
            values["guests"] = _read_guests(body["guests"])
        if "channelId" in body:
            values["channel_id"] = _whole(body, "channelId")
        if "roomGross" in body:
            values["gross"] = _amount(body["roomGross"])
        values.update({TEXTS[name]: str(body[name])[:5000] for name in TEXTS if body.get(name) is not None})
        values.update(_read_people(body))
        return values


def _whole(body: dict[str, Any], name: str) -> int:
    value = body[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10**9:
        raise not_valid("A whole number was expected", name)
    return value


def _amount(value: object) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise not_valid("An amount was expected", "roomGross") from None
    if not amount.is_finite() or not 0 <= amount <= 10**7:
        raise not_valid("An amount was expected", "roomGross")
    return amount


def _read_people(body: dict[str, Any]) -> dict[str, int]:
    """Return adults, children, infants; `totalGuest` counts all of them."""
    names = {"totalChildren": "children", "totalInfants": "infants"}
    people = {field: _whole(body, name) for name, field in names.items() if name in body}
    if "totalGuest" in body:
        others = people.get("children", 0) + people.get("infants", 0)
        people["adults"] = max(0, _whole(body, "totalGuest") - others)
    return people


def _read_guests(guests: object) -> list[dict[str, object]]:
    if not isinstance(guests, list) or not 0 < len(guests) <= 100:
        raise not_valid("At least one guest is needed", "guests")
    read: list[dict[str, object]] = []
    for guest in guests:
        if not isinstance(guest, dict):
            raise not_valid("A guest must be an object", "guests")
        for name in ("type", "givenName", "familyName", "checkin", "checkout", "sex"):
            if not isinstance(guest.get(name), str):
                raise not_valid("errRequired", name)
        if guest["type"] not in ("BOOKER", "GUEST"):
            raise not_valid("type must be BOOKER or GUEST", "type")
        if guest["sex"] not in ("MALE", "FEMALE"):
            raise not_valid("sex must be MALE or FEMALE", "sex")
        for name in ("checkin", "checkout"):
            read_date(guest[name], name)
        read.append({key: value for key, value in guest.items() if key not in ("checkin", "checkout")})
        read[-1]["source"] = "API"
    return read
