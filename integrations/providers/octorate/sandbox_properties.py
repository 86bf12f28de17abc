"""Properties, products, physical rooms and the calendar of the Octorate sandbox."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from integrations.providers.octorate.sandbox_identity import V1, IdentityRoutes
from integrations.providers.octorate.sandbox_wire import (
    DEFAULT_PLACE_FIELDS,
    ApiProblemError,
    bad_parameter,
    missing,
    money,
    not_valid,
    page_links,
    place_row,
    product_row,
    project,
    read_date,
    read_number,
    room_row,
)
from integrations.providers.octorate.sandbox_world import CalendarDay, Place, Product, nights
from integrations.sandbox import Request, Response, json_response, route

V3 = "/connect/rest/v3"
PLACES_PER_PAGE = 100
LONGEST_SPAN_DAYS = 800
ROOM_DAYS_PER_CALL = 15
# Written names on the left: reading gives minStay and maxStay, writing takes minstay and maxstay.
WRITABLE = {
    "availability": ("availability", int),
    "price": ("price", Decimal),
    "minstay": ("min_stay", int),
    "maxstay": ("max_stay", int),
    "stopSells": ("stop_sells", bool),
    "closeToArrival": ("close_to_arrival", bool),
    "closeToDeparture": ("close_to_departure", bool),
    "cutOffDays": ("cut_off_days", int),
}


class PropertyRoutes(IdentityRoutes):
    # -- properties ----------------------------------------------------------------------------------------

    def _visible_places(self, request: Request) -> list[Place]:
        token = self.authenticate(request)
        if token.grant is None:
            attached = {number for grant in self.grants for number in self.opened_places(grant)}
        elif token.grant.revoked:
            raise ApiProblemError(403, "ApiSecurityException", "The grant was taken back")
        else:
            attached = set(self.opened_places(token.grant))
        return [place for place in self.world.places.values() if place.id in attached]

    @route("GET", f"{V1}/accommodation")
    def list_places(self, request: Request) -> Response:
        name, mail = request.argument("name").lower(), request.argument("mail")
        page = read_number(request.argument("page") or "0", "page", 0, 1000)
        found = [
            place_row(place)
            for place in self._visible_places(request)
            if name in place.name.lower() and mail in ("", place.owner_email)
        ]
        return json_response(found[page * PLACES_PER_PAGE : (page + 1) * PLACES_PER_PAGE])

    @route("GET", f"{V1}/accommodation/{{accommodation}}")
    def read_place(self, request: Request) -> Response:
        number = request.parameters["accommodation"]
        self.authorize(request, number)
        fields = request.argument("fields") or DEFAULT_PLACE_FIELDS
        return json_response(project(place_row(self.world.places[number]), fields))

    # -- products and rooms --------------------------------------------------------------------------------

    @route("GET", f"{V3}/roomrates/{{accommodation}}")
    def list_products(self, request: Request) -> Response:
        number = request.parameters["accommodation"]
        self.authorize(request, number)
        wanted = set(request.arguments("ids[]"))
        rows = [
            project(product_row(product), request.argument("fields"))
            for product in sorted(self.world.products_of(number), key=lambda product: product.id)
            if not wanted or str(product.id) in wanted
        ]
        if request.argument("size"):
            size = read_number(request.argument("size"), "size", 1, 200, "errPageSize")
            page = read_number(request.argument("page") or "0", "page", 0, 1000)
            rows = rows[page * size : (page + 1) * size]
        return json_response(rows)

    @route("GET", f"{V1}/roomrates/{{accommodation}}/{{id}}")
    def read_product(self, request: Request) -> Response:
        number = request.parameters["accommodation"]
        self.authorize(request, number)
        return json_response(product_row(self._product(number, request.parameters["id"])))

    def _product(self, accommodation: str, text: str) -> Product:
        for product in self.world.products_of(accommodation):
            if str(product.id) == text:
                return product
        raise missing("Product")

    @route("GET", f"{V1}/pms/{{accommodation}}")
    def list_rooms(self, request: Request) -> Response:
        number = request.parameters["accommodation"]
        self.authorize(request, number)
        name, wanted = request.argument("name"), request.argument("id")
        rooms = [
            room_row(room, self.world.places[number])
            for room in self.world.rooms_of(number)
            if name in ("", room.name) and wanted in ("", str(room.id))
        ]
        return json_response({"data": rooms})

    @route("GET", f"{V1}/pms")
    def list_all_rooms(self, request: Request) -> Response:
        places = {place.id: place for place in self._visible_places(request)}
        rooms = [room for room in self.world.rooms.values() if room.accommodation in places]
        return json_response({"data": [room_row(room, places[room.accommodation]) for room in rooms]})

    # -- calendar ------------------------------------------------------------------------------------------

    @route("GET", f"{V1}/calendar/{{accommodation}}")
    def read_calendar(self, request: Request) -> Response:
        number = request.parameters["accommodation"]
        self.authorize(request, number)
        size = read_number(request.argument("size") or "5", "size", 1, 20, "errPageSize")
        page = read_number(request.argument("page") or "0", "page", 0, 1000)
        first, last = self._calendar_span(request, number)
        wanted = set(request.arguments("product[]"))
        products = [
            product
            for product in sorted(self.world.products_of(number), key=lambda product: product.id)
            if not wanted or str(product.id) in wanted
        ]
        rows = [
            {
                "id": product.id,
                "name": product.name,
                "days": [self._day_row(product, night) for night in nights(first, last + timedelta(days=1))],
            }
            for product in products[page * size : (page + 1) * size]
        ]
        last_page = max(0, len(products) - 1) // size
        return json_response(
            {"data": rows, "page": page_links(request.base_url + request.path, page, last_page)}
        )

    def _calendar_span(self, request: Request, accommodation: str) -> tuple[date, date]:
        """Return the first and the last day asked for; without them today and the 15 days after it."""
        today = self.world.today(accommodation)
        first_text, last_text = request.argument("dateFrom"), request.argument("dateTo")
        first = read_date(first_text, "dateFrom") if first_text else today
        last = read_date(last_text, "dateTo") if last_text else first + timedelta(days=15)
        if not 0 <= (last - first).days <= LONGEST_SPAN_DAYS:
            raise bad_parameter("errDateInterval", "dateTo")
        return first, last

    def _day_row(self, product: Product, night: date) -> dict[str, Any]:
        own, shared = (self.world.day(product.id, night), self.world.day(product.parent or product.id, night))
        stop = own.stop_sells or shared.stop_sells
        return {
            "date": night.isoformat(),
            "availability": shared.availability,
            "price": money(self._price(product, own, shared)),
            "minStay": own.min_stay,
            "maxStay": own.max_stay,
            "closeToArrival": own.close_to_arrival,
            "closeToDeparture": own.close_to_departure,
            "stopSells": stop,
            "cutOffDays": own.cut_off_days,
            "bookable": shared.availability > 0 and not stop,
        }

    def _price(self, product: Product, own: CalendarDay, shared: CalendarDay) -> Decimal:
        if not product.parent or product.price_rule == "CALENDAR":
            return product.price if own.price is None else own.price
        base = self.world.products[product.parent].price if shared.price is None else shared.price
        if product.price_rule == "PERCENT":
            return base * (100 + product.price_value) / 100
        return base + product.price_value

    @route("POST", f"{V1}/calendar/bulk")
    def write_calendar(self, request: Request) -> Response:
        """Both dates of an item are inclusive. Nothing is written when one item is wrong."""
        token = self.authenticate(request)
        try:
            items = request.json()
        except ValueError:
            raise ApiProblemError(400, "JsonParseExemption", "Invalid Json") from None
        if not isinstance(items, list):
            raise ApiProblemError(400, "JsonParseExemption", "An array was expected")
        if token.grant is None or self.permissions["accommodation"] != "READWRITE":
            raise ApiProblemError(403, "ApiSecurityException", "This token may not write the calendar")
        opened = self.opened_places(token.grant)
        changes = [self._calendar_change(item, opened) for item in items]
        extra = sum(len(days) for _, days, _ in changes) // ROOM_DAYS_PER_CALL
        self.take_quota(extra)
        for product, days, values in changes:
            for night in days:
                day = self.world.day(product.id, night)
                for name, value in values.items():
                    # A rate linked to its room type's availability has none of its own to write.
                    if not (product.parent and name == "availability"):
                        setattr(day, name, value)
        # GUESS: the body of the answer is not documented.
        response = json_response({})
        if extra:
            response.headers["X-RateLimit-Additional-Cost"] = str(extra)
        return response

    def _calendar_change(self, item: object, opened: list[str]) -> tuple[Product, list[date], dict[str, Any]]:
        if not isinstance(item, dict) or not isinstance(item.get("values"), dict):
            raise not_valid("Each item needs room, dateFrom, dateTo and values", "values")
        number = item.get("room")
        product = self.world.products.get(number) if isinstance(number, int) else None
        if product is None:
            raise not_valid("The room is not known", "room")
        if product.accommodation not in opened:
            raise ApiProblemError(403, "ApiSecurityException", "No grant on this property", "room")
        first = read_date(str(item.get("dateFrom")), "dateFrom")
        last = read_date(str(item.get("dateTo")), "dateTo")
        if not 0 <= (last - first).days <= LONGEST_SPAN_DAYS:
            raise not_valid("dateTo is before dateFrom, or the span is too long", "dateTo")
        values = {
            WRITABLE[name][0]: _calendar_value(name, value)
            for name, value in item["values"].items()
            if name in WRITABLE
        }
        return product, list(nights(first, last + timedelta(days=1))), values

    @route("GET", f"{V1}/calendar/{{accommodation}}/{{product}}/availabilityCheck")
    def check_availability(self, request: Request) -> Response:
        number = request.parameters["accommodation"]
        self.authorize(request, number)
        product = self._product(number, request.parameters["product"])
        first = read_date(request.argument("startDate"), "startDate")
        last = read_date(request.argument("endDate"), "endDate")
        if not 0 < (last - first).days <= LONGEST_SPAN_DAYS:
            raise bad_parameter("errDateInterval", "endDate")
        if all(self._day_row(product, night)["bookable"] for night in nights(first, last)):
            return Response(200)
        return Response(406)


def _calendar_value(name: str, value: object) -> int | bool | Decimal:
    kind = WRITABLE[name][1]
    if kind is bool:
        if isinstance(value, bool):
            return value
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 10_000_000:
        if kind is Decimal:
            return Decimal(str(value))
        if value == int(value):
            return int(value)
    raise not_valid("The value has the wrong type", name)
