"""The list of reservations in the Hostaway sandbox: filters, orders and the cursor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from integrations.providers.hostaway.sandbox.listings import ListingRoutes
from integrations.providers.hostaway.sandbox.values import read_date, read_instant, read_whole
from integrations.providers.hostaway.sandbox.wire import ApiProblemError, reservation_row
from integrations.providers.hostaway.sandbox.world import ONE_DAY, ONE_SECOND, Reservation
from integrations.sandbox import Request, Response, route

#: (what is compared, whether the largest comes first). Equal rows stand in the order of their ids, likewise.
ORDERS: dict[str, tuple[Callable[[Reservation], Any], bool]] = {
    "": (lambda row: row.updated, True),
    "updatedOn": (lambda row: row.updated, False),
    "latestActivity": (lambda row: row.latest_activity, False),
    "latestActivityDesc": (lambda row: row.latest_activity, True),
    # The sandbox keeps no messages beside the moment of the last one.
    "lastConversationMessageSent": (lambda row: row.latest_activity, False),
    "lastConversationMessageSentDesc": (lambda row: row.latest_activity, True),
    "lastConversationMessageReceived": (lambda row: row.latest_activity, False),
    "lastConversationMessageReceivedDesc": (lambda row: row.latest_activity, True),
    "arrivalDate": (lambda row: row.arrival, False),
    "arrivalDateDesc": (lambda row: row.arrival, True),
}


class SearchRoutes(ListingRoutes):
    @route("GET", "/v1/reservations")
    def list_reservations(self, request: Request) -> Response:
        account = self.authenticate(request)
        tests = _filters(request)
        everything = self.ordered(account, request.argument("sortOrder"))
        found = [row for row in everything if all(test(row) for test in tests)]
        limit, offset = self.page_of(request)
        cursor = request.argument("afterId")
        start = _position_after(found, read_whole(cursor, "afterId")) if cursor else offset
        rows = [
            reservation_row(
                self.world,
                row,
                resources=request.argument("includeResources") == "1",
                policy=request.argument("includeCancellationPolicy") == "1",
            )
            for row in found[start : start + limit]
        ]
        return self.listed(rows, total=len(found), limit=limit, offset=None if cursor else offset)

    def ordered(self, account: int, order: str = "") -> list[Reservation]:
        """Return the account's reservations; the order nobody asks for is newest version first."""
        if order not in ORDERS:
            raise ApiProblemError(400, "sortOrder is not valid")
        compared, newest_first = ORDERS[order]
        own = {listing.id for listing in self.world.listings_of(account)}
        rows = [row for row in self.world.reservations.values() if row.listing in own]
        return sorted(rows, key=lambda row: (compared(row), row.id), reverse=newest_first)

    def rows(self, account: int = 10001) -> list[dict[str, Any]]:
        """Return every reservation of an account in the default order, with everything the API can show."""
        with self.lock:
            return [self.row(reservation) for reservation in self.ordered(account)]


def _position_after(found: list[Reservation], cursor: int) -> int:
    for position, row in enumerate(found):
        if row.id == cursor:
            return position + 1
    # GUESS: what the real service answers for an id that is not in the list is not documented.
    raise ApiProblemError(400, "afterId names no reservation of this list")


def _filters(request: Request) -> list[Callable[[Reservation], bool]]:
    """Return the tests that the query asks for; an empty value asks for nothing."""
    given = {name: value for name, value in reversed(request.query) if value}
    tests: list[Callable[[Reservation], bool]] = []
    if "listingId" in given:
        listing = read_whole(given["listingId"], "listingId")
        tests.append(lambda row: row.listing == listing)
    if "channelId" in given:
        channel = read_whole(given["channelId"], "channelId")
        tests.append(lambda row: row.channel == channel)
    if "match" in given:
        tests.append(lambda row: given["match"].lower() in row.guest.lower())
    if "guestEmail" in given:
        tests.append(lambda row: row.email.lower() == given["guestEmail"].lower())
    days: dict[str, Callable[[Reservation], date]] = {
        "arrival": lambda row: row.arrival,
        "departure": lambda row: row.departure,
    }
    for name, day in days.items():
        if first := given.get(f"{name}StartDate"):
            tests.append(_not_before(day, read_date(first, f"{name}StartDate")))
        if last := given.get(f"{name}EndDate"):
            tests.append(_not_after(day, read_date(last, f"{name}EndDate")))
    if start := given.get("latestActivityStart"):
        tests.append(_not_before(_activity, read_instant(start, "latestActivityStart")))
    if end := given.get("latestActivityEnd"):
        latest = read_instant(end, "latestActivityEnd")
        # A plain date includes its whole day.
        latest += ONE_DAY - ONE_SECOND if len(end) == len("2031-05-04") else timedelta()
        tests.append(_not_after(_activity, latest))
    return tests


def _activity(row: Reservation) -> datetime:
    return row.latest_activity


def _not_before(value: Callable[[Reservation], Any], first: Any) -> Callable[[Reservation], bool]:
    return lambda row: bool(value(row) >= first)


def _not_after(value: Callable[[Reservation], Any], last: Any) -> Callable[[Reservation], bool]:
    return lambda row: bool(value(row) <= last)
