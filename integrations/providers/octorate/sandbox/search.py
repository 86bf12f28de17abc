"""The reservation search of the Octorate sandbox: which bookings a query names, in which order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from integrations.providers.octorate.sandbox.wire import ROME, bad_parameter, read_date, rome_midnight
from integrations.providers.octorate.sandbox.world import CANCELLED, CHANNELS, Booking, World
from integrations.sandbox import Request

FAR_PAST = datetime(1970, 1, 1, tzinfo=ROME)
FAR_FUTURE = datetime(2200, 1, 1, tzinfo=ROME)
STATUSES = (
    "CANCELLED", "WAITING", "CONFIRMED", "ACTIVE", "NOROOM", "COMPLETED", "NOCOMPLETED", "NEWMESSAGE",
    "EXPIREDMESSAGE", "PROPOSAL", "PROPOSAL_EXPIRED", "NOT_INVOICED", "DEPOSIT_NOT_MANAGED",
    "DEPOSIT_IN_WAITING", "TO_REVIEW",
)  # fmt: skip
# Searches by a date of the record itself list cancelled bookings too; searches by the stay do not.
RECORD_SEARCHES = ("CREATETIME", "MODIFIED", "MODIFIED_BETWEEN", "NEWLY", "CANCELLATION")
SORT_KEYS: dict[str, Callable[[Booking], object]] = {
    "id": lambda booking: booking.id,
    "refer": lambda booking: booking.refer,
    "status": lambda booking: booking.status,
    "checkin": lambda booking: booking.checkin,
    "checkout": lambda booking: booking.checkout,
    "createTime": lambda booking: booking.created,
    "updateTime": lambda booking: booking.updated,
}
Test = Callable[[Booking], bool]


def search(
    world: World, accommodation: str, request: Request, *, stay_lists_cancelled: bool
) -> list[Booking]:
    """Return the bookings that the query names, sorted. Parameters that are not known are ignored.

    `ids[]` and `refer` exclude every other filter (`refer` unless `referIsExclusive=false`).
    """
    mine = [booking for booking in world.bookings.values() if booking.accommodation == accommodation]
    order = _order(request.argument("sortBy"))
    if ids := set(request.arguments("ids[]")):
        return order([booking for booking in mine if str(booking.id) in ids])
    refer = request.argument("refer")
    if refer and request.argument("referIsExclusive").lower() != "false":
        return order([booking for booking in mine if booking.refer == refer])
    tests = [_date_test(world, request), *_field_tests(request)]
    if refer:
        tests.append(lambda booking: booking.refer == refer)
    if status := request.argument("status"):
        tests.append(_status_test(status))
    elif request.argument("type") not in RECORD_SEARCHES and not stay_lists_cancelled:
        tests.append(lambda booking: booking.status != CANCELLED)
    return order([booking for booking in mine if all(test(booking) for test in tests)])


def _order(text: str) -> Callable[[list[Booking]], list[Booking]]:
    # GUESS: the default order, and that a field which cannot be sorted by is ignored.
    name, _, direction = text.partition(".") if text else ("checkin", ".", "asc")
    if direction not in ("asc", "desc"):
        raise bad_parameter("errSortBy", "sortBy")
    key = SORT_KEYS.get(name, SORT_KEYS["id"])
    return lambda found: sorted(found, key=lambda b: (key(b), b.id), reverse=direction == "desc")


def _interval(request: Request) -> tuple[datetime, datetime]:
    """Return [first midnight, midnight after the last day) in Rome, whatever the property's zone."""
    # GUESS: endDate is inclusive.
    first, last = request.argument("startDate"), request.argument("endDate")
    start = rome_midnight(read_date(first, "startDate")) if first else FAR_PAST
    end = rome_midnight(read_date(last, "endDate") + timedelta(days=1)) if last else FAR_FUTURE
    return start, end


def _rome_days(world: World, first: int, last: int) -> tuple[datetime, datetime]:
    today: date = world.clock().astimezone(ROME).date()
    return rome_midnight(today + timedelta(days=first)), rome_midnight(today + timedelta(days=last + 1))


def _date_test(world: World, request: Request) -> Test:
    kind = request.argument("type") or "STAY"
    start, end = _interval(request)
    recent = world.clock() - timedelta(days=3)
    arrivals = {
        "TODAYARRIVALS": (0, 0),
        "TOMORROWARRIVALS": (1, 1),
        "NEXT3ARRIVALS": (0, 3),
        "NEXT7ARRIVALS": (0, 7),
    }
    if kind in arrivals:
        start, end = _rome_days(world, *arrivals[kind])
        kind = "CHECKIN"
    elif kind == "TODAYDEPARTURES":
        start, end = _rome_days(world, 0, 0)
        kind = "CHECKOUT"
    tests: dict[str, Test] = {
        "STAY": lambda b: b.checkin < end and b.checkout > start,
        "ACTIVE": lambda b: b.status != CANCELLED and b.checkin < end and b.checkout > start,
        "CHECKIN": lambda b: start <= b.checkin < end,
        "CHECKOUT": lambda b: start <= b.checkout < end,
        "CREATETIME": lambda b: start <= b.created < end,
        "MODIFIED_BETWEEN": lambda b: start <= b.updated < end,
        "CANCELLATION": lambda b: b.cancelled_at is not None and start <= b.cancelled_at < end,
        "IN_HOUSE": lambda b: b.effective_checkin is not None and b.effective_checkout is None,
        "NO_CHECKOUT": lambda b: b.checkout < world.clock() and b.effective_checkout is None,
        "MODIFIED": lambda b: b.updated >= recent,
        "NEWLY": lambda b: b.created >= recent,
    }
    if kind not in tests:
        raise bad_parameter("errType", "type")
    return tests[kind]


def _status_test(status: str) -> Test:
    if status not in STATUSES:
        raise bad_parameter("errStatus", "status")
    if status in ("ACTIVE", "NOCOMPLETED"):
        return lambda booking: booking.status in ("CONFIRMED", "WAITING")
    if status == "NOROOM":
        return lambda booking: booking.status != CANCELLED and not booking.room
    return lambda booking: booking.status == status


def _field_tests(request: Request) -> list[Test]:
    tests: list[Test] = []
    products = {*request.arguments("product"), *request.arguments("products[]")}
    if products:
        tests.append(lambda booking: str(booking.product) in products)
    if room := request.argument("pmsProduct"):
        tests.append(lambda booking: str(booking.room) == room)
    if source := request.argument("source"):
        tests.append(lambda booking: source.lower() in _portal_words(booking))
    if excluded := {word.strip().lower() for word in request.argument("excludedSources").split(",")} - {""}:
        tests.append(lambda booking: not excluded & _portal_words(booking))
    if arrived := request.argument("effectiveCheckedIn").lower():
        tests.append(lambda booking: (booking.effective_checkin is not None) == (arrived == "true"))
    if left := request.argument("effectiveCheckedOut").lower():
        tests.append(lambda booking: (booking.effective_checkout is not None) == (left == "true"))
    return tests


def _portal_words(booking: Booking) -> set[str]:
    return {str(booking.channel_id), CHANNELS.get(booking.channel_id, "").lower()}
