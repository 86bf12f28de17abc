"""The calendar of the Octorate sandbox: reading it page by page, writing it in bulk, and what a person sees of it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from integrations.providers.octorate.sandbox.identity import V1
from integrations.providers.octorate.sandbox.pages import SaleLine
from integrations.providers.octorate.sandbox.properties import PropertyRoutes
from integrations.providers.octorate.sandbox.wire import (
    ApiProblemError,
    bad_parameter,
    money,
    not_valid,
    page_links,
    read_date,
    read_number,
)
from integrations.providers.octorate.sandbox.world import CalendarDay, Product, RefusedError, nights
from integrations.sandbox import Request, Response, json_response, route

PERMISSIONS = ("NONE", "READONLY", "READWRITE")
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


class CalendarRoutes(PropertyRoutes):
    _processes = 483_000_000

    def permit(self, subject: str, permission: str) -> None:
        """Change what the contract of the application allows, for example the calendar (`accommodation`)."""
        if subject not in self.permissions or permission not in PERMISSIONS:
            raise RefusedError("Choose a permission.")
        with self.lock:
            self.permissions[subject] = permission

    def on_sale(self, accommodation: str, first: date, days: int) -> list[SaleLine]:
        """Return what is on sale as the control page shows it: room types, each followed by its rates."""
        with self.lock:
            products = sorted(
                self.world.products_of(accommodation),
                key=lambda p: (p.parent or p.id, p.parent is not None, p.id),
            )
            return [self._sale_line(product, first, days) for product in products]

    def _sale_line(self, product: Product, first: date, days: int) -> SaleLine:
        rows = [self._day_row(product, night) for night in nights(first, first + timedelta(days=days))]
        written = self.world.written.get(product.id)
        return SaleLine(
            name=product.name,
            is_rate=product.parent is not None,
            cells=[
                "closed" if row["stopSells"] else f"{row['availability']} at {row['price']:g}" for row in rows
            ],
            written=f"{written:%d %b %H:%M:%S}" if written else "never",
        )

    # -- the API -------------------------------------------------------------------------------------------

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
        # What a linked rate was written for availability counts for nothing.
        left = shared.availability if product.linked else own.availability
        return {
            "date": night.isoformat(),
            "availability": left,
            "price": money(self._price(product, own, shared)),
            "minStay": own.min_stay,
            "maxStay": own.max_stay,
            "closeToArrival": own.close_to_arrival,
            "closeToDeparture": own.close_to_departure,
            "stopSells": stop,
            "cutOffDays": own.cut_off_days,
            "bookable": left > 0 and not stop,
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
            # The sentence was seen in live use; GUESS: the shape around it.
            raise ApiProblemError(403, "ApiSecurityException", "Caller not in requested role")
        opened = self.opened_places(token.grant)
        changes = [self._calendar_change(item, opened) for item in items]
        extra = sum(len(days) for _, days, _ in changes) // ROOM_DAYS_PER_CALL
        self.take_quota(extra)
        for product, days, values in changes:
            for night in days:
                day = self.world.day(product.id, night)
                for name, value in values.items():
                    setattr(day, name, value)
            self.world.written[product.id] = self.clock()
        # Not documented; this shape was seen in live use.
        self._processes += 1
        response = json_response({"process": [self._processes], "success": True})
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
