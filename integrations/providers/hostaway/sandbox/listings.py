"""Listings, units and calendars of the Hostaway sandbox: the routes below /v1/listings and /v1/listingUnits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from integrations.providers.hostaway.sandbox.core import HostawayCore
from integrations.providers.hostaway.sandbox.values import (
    json_body,
    json_object,
    read_amount,
    read_date,
    read_flag,
    read_text,
    read_whole,
)
from integrations.providers.hostaway.sandbox.wire import (
    ApiProblemError,
    day_row,
    listing_row,
    reservation_row,
    unit_row,
)
from integrations.providers.hostaway.sandbox.world import Listing, nights
from integrations.sandbox import Request, Response, route

MOST_INTERVALS = 200
LONGEST_CALENDAR_DAYS = 1100
DEFAULT_PAGE = 100  # GUESS: the default of this list is not documented.
SORT_ORDERS = ("", "name", "nameReversed", "order", "orderReversed", "latestActivity", "latestActivityDesc")


class ListingRoutes(HostawayCore):
    @route("GET", "/v1/listings")
    def list_listings(self, request: Request) -> Response:
        account = self.authenticate(request)
        found = self.world.listings_of(account)
        order, match = request.argument("sortOrder"), request.argument("match").lower()
        if order not in SORT_ORDERS:
            raise ApiProblemError(400, "sortOrder is not valid")
        if order.startswith("name"):
            found.sort(key=lambda listing: listing.name, reverse=order == "nameReversed")
        found = [listing for listing in found if match in listing.name.lower()]
        limit, offset = self.page_of(request)
        resources = request.argument("includeResources") == "1"
        rows = [listing_row(listing, resources=resources) for listing in found[offset : offset + limit]]
        return self.listed(rows, total=len(found), limit=limit, offset=offset)

    @route("GET", "/v1/listings/{listing}")
    def get_listing(self, request: Request) -> Response:
        account = self.authenticate(request)
        listing = self.own_listing(account, request.parameters["listing"])
        return self.success(listing_row(listing, resources=request.argument("includeResources") == "1"))

    @route("GET", "/v1/listingUnits/{listing}")
    def list_units(self, request: Request) -> Response:
        account = self.authenticate(request)
        listing = self.own_listing(account, request.parameters["listing"])
        return self.success([unit_row(unit) for unit in listing.units])

    # -- calendar ------------------------------------------------------------------------------------------

    @route("GET", "/v1/listings/{listing}/calendar")
    def get_calendar(self, request: Request) -> Response:
        account = self.authenticate(request)
        listing = self.own_listing(account, request.parameters["listing"])
        first, last = _span({name: request.argument(name) for name in ("startDate", "endDate")})
        resources = request.argument("includeResources") == "1"
        return self.success(self.calendar(listing.id, first, last, reservations=resources))

    @route("PUT", "/v1/listings/{listing}/calendar")
    def put_calendar(self, request: Request) -> Response:
        account = self.authenticate(request)
        listing = self.own_listing(account, request.parameters["listing"])
        interval = json_object(request)
        self._write([(listing, *_span(interval), _settings(interval))])
        return self.success(self.calendar(listing.id, *_span(interval)))

    @route("PUT", "/v1/listings/{listing}/calendarIntervals")
    def put_intervals(self, request: Request) -> Response:
        """Write all intervals or none, the later ones over the earlier ones; an empty answer."""
        account = self.authenticate(request)
        listing = self.own_listing(account, request.parameters["listing"])
        intervals = json_body(request)
        if not isinstance(intervals, list) or not all(isinstance(interval, dict) for interval in intervals):
            raise ApiProblemError(400, "The body must be an array of intervals")
        if len(intervals) > MOST_INTERVALS:
            raise ApiProblemError(400, f"No more than {MOST_INTERVALS} intervals are allowed")
        self._write([(listing, *_span(interval), _settings(interval)) for interval in intervals])
        return self.success([])

    def _write(self, parts: list[tuple[Listing, date, date, dict[str, Any]]]) -> None:
        for listing, first, last, values in parts:
            if listing.archived:
                raise ApiProblemError(400, "The listing is archived")
            for night in _days(first, last):
                self.write_night(listing, night, values)

    def write_night(self, listing: Listing, night: date, values: dict[str, Any]) -> None:
        """Put what an interval says into one night.

        `units` is how many shall be on sale: what is left of the free ones is blocked, and stays blocked when a
        booking comes. `Day` ignores the other kind of listing's way to close.
        """
        chosen = {name: value for name, value in values.items() if name != "units"}
        if "units" in values:
            day = self.world.day(listing, night)
            chosen["blocked_units"] = max(0, day.total - day.reserved - day.pending - values["units"])
        self.world.write_day(listing, night, **chosen)

    def calendar(
        self, listing: int, first: date, last: date, *, reservations: bool = False
    ) -> list[dict[str, Any]]:
        """Return the nights of a listing from `first` to `last`, both included, as the API shows them."""
        with self.lock:
            known = self.world.listing(listing)
            rows = []
            for night in _days(first, last):
                inside = []
                if reservations:
                    numbers: dict[int, None] = {}
                    for place in self.world.places(known):
                        numbers.update({held.id: None for held in self.world.holders(place, night)})
                    # A unit sold as a listing of its own is taken here too, but its booking stands over there.
                    held = [self.world.reservations[number] for number in numbers]
                    inside = [reservation_row(self.world, one) for one in held if one.listing == listing]
                rows.append(day_row(self.world.day(known, night), inside))
            return rows

    # -- lists ---------------------------------------------------------------------------------------------

    def page_of(self, request: Request, default: int = DEFAULT_PAGE) -> tuple[int, int]:
        """Return (limit, offset); a limit above the maximum is cut to it, as the answer then shows."""
        limit = read_whole(request.argument("limit", str(default)), "limit", least=1)
        return min(limit, self.maximum_limit), read_whole(request.argument("offset", "0"), "offset")

    def listed(self, rows: list[dict[str, Any]], *, total: int, limit: int, offset: int | None) -> Response:
        """Answer one page of a list; with a cursor there is no offset and no page number."""
        return self.success(
            rows,
            limit=limit,
            offset=offset,
            count=total,
            page=None if offset is None else offset // limit + 1,
            totalPages=-(-total // limit),
        )


def _days(first: date, last: date) -> Iterator[date]:
    return nights(first, last + timedelta(days=1))


def _span(values: dict[str, Any]) -> tuple[date, date]:
    """Return the first and the last night, both included."""
    # GUESS: that endDate is included is not written anywhere; the examples read so.
    first = read_date(values.get("startDate"), "startDate")
    last = read_date(values.get("endDate"), "endDate")
    if last < first:
        raise ApiProblemError(400, "endDate must not be before startDate")
    if (last - first).days > LONGEST_CALENDAR_DAYS:
        raise ApiProblemError(400, "The interval is too long")
    return first, last


def _settings(interval: dict[str, Any]) -> dict[str, Any]:
    """Return what an interval changes: names of `DaySettings`, and `units` and `closed` for the two ways to close."""
    # GUESS: null goes back to the listing's own value.
    read: dict[str, Any] = {}
    if interval.get("isAvailable") is not None:
        read["closed"] = not read_flag(interval["isAvailable"], "isAvailable")
    if interval.get("desiredUnitsToSell") is not None:
        read["units"] = read_whole(interval["desiredUnitsToSell"], "desiredUnitsToSell")
    if "price" in interval:
        read["price"] = _or_none(interval["price"], lambda value: read_amount(value, "price"))
    for name, field in (("minimumStay", "minimum_stay"), ("maximumStay", "maximum_stay")):
        if name in interval:
            read[field] = _or_none(interval[name], lambda value, name=name: read_whole(value, name, least=1))
    for name, field in (
        ("closedOnArrival", "closed_on_arrival"),
        ("closedOnDeparture", "closed_on_departure"),
    ):
        if name in interval:
            read[field] = _or_none(interval[name], lambda value, name=name: read_flag(value, name))
    if "note" in interval:
        read["note"] = _or_none(interval["note"], lambda value: read_text(value, "note"))
    return read


def _or_none(value: object, read: Any) -> Any:
    return None if value is None else read(value)
