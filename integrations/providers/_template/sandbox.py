"""A local Template PMS: two properties, bookings, a calendar, subscriptions, and switches for every kind of trouble."""

from __future__ import annotations

import json
import threading
import urllib.request
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Any

from integrations.sandbox import (
    Request,
    Response,
    Sandbox,
    json_response,
    page_response,
    redirect_response,
    route,
)

API_KEY = "llavero-demo-secret"
PARADISE, APARTMENTS = "p-1", "p-2"
RATES = [{"id": "flexible", "name": "Flexible"}, {"id": "saver", "name": "Saver"}]
PROPERTIES: list[dict[str, Any]] = [
    {
        "id": PARADISE,
        "name": "Hotel Paradise",
        "timezone": "Europe/Madrid",
        "currency": "EUR",
        "room_types": [
            {"id": "double", "name": "Doble", "rates": RATES},
            {"id": "suite", "name": "Suite", "rates": RATES[:1]},
        ],
        "rooms": [
            *({"id": f"r-{n}", "name": str(n), "room_type": "double"} for n in range(105, 111)),
            *({"id": f"r-{n}", "name": str(n), "room_type": "suite"} for n in (111, 112)),
        ],
    },
    {
        "id": APARTMENTS,
        "name": "Paradise Apartments",
        "timezone": "Atlantic/Canary",
        "currency": "EUR",
        "room_types": [{"id": "sea", "name": "Sea view", "rates": RATES[:1]}],
        "rooms": [],
    },
]
FIRST_DAY = date(2031, 6, 1)
SEEDED = 60
#: What an item of the calendar may say of a room type, and of one of its rates.
OF_A_ROOM = frozenset({"units"})
OF_A_RATE = frozenset(
    {
        "price",
        "currency",
        "minimum_stay",
        "maximum_stay",
        "closed",
        "closed_to_arrival",
        "closed_to_departure",
    }
)
PLACE = frozenset({"room_type", "rate", "first", "last"})
#: What a rate has of its own before anything was written.
UNWRITTEN = {"minimum_stay": 1, "maximum_stay": 365, "closed": False} | dict.fromkeys(
    ("closed_to_arrival", "closed_to_departure"), False
)
LONGEST_READING = timedelta(days=800)


class TemplateSandbox(Sandbox):
    """Speaks the protocol of README.md. Tests call the same methods as the forms of the control page."""

    slug = "_template"
    title = "Template PMS"

    def __init__(self, *, public_url: str = "") -> None:
        super().__init__(public_url=public_url)
        self._fill()

    def reset(self) -> None:
        with self.lock:
            super().reset()
            self._fill()

    def _fill(self) -> None:
        self.api_key = API_KEY
        self.calls_left = 10_000
        self.bookings: dict[str, dict[str, Any]] = {}
        #: What was written, by property, room type, rate (none: the room type itself) and night.
        self.calendar: dict[tuple[str, str, str | None, str], dict[str, Any]] = {}
        self.calls_written = 0
        self.subscriptions: dict[str, str] = {}
        self._subscribed = 0
        self._senders: list[threading.Thread] = []
        self._clock = datetime(2031, 3, 1, 9, tzinfo=UTC)
        for number in range(SEEDED):
            self.book(room=f"r-{105 + number % 6}", arrival=FIRST_DAY + timedelta(days=number // 6 * 2))

    # -- what can happen -----------------------------------------------------------------------------------

    def book(self, *, room: str, arrival: date, nights: int = 2) -> dict[str, Any]:
        """A new booking of a room of Hotel Paradise."""
        with self.lock:
            number, now = 1001 + len(self.bookings), self._now()
            stay = {"id": "1", "room_type": "double", "room": room, "adults": 2, "children": 0}
            stay |= {"arrival": str(arrival), "departure": str(arrival + timedelta(days=nights))}
            booking = self.bookings[f"b-{number}"] = {
                "id": f"b-{number}",
                "property": PARADISE,
                "status": "booked",
                "channel": "booking.com",
                "channel_code": str(4_400_000_000 + number),
                "created_at": now,
                "changed_at": now,
                "guest": {
                    "first_name": "Mara",
                    "last_name": "Quill",
                    "email": "mara@example.org",
                    "country": "ES",
                },
                "total": f"{90 * nights}.00",
                "currency": "EUR",
                "rooms": [stay],
            }
            self._tell("booking.created", booking)
            return booking

    def cancel(self, booking_id: str) -> None:
        """Cancel a booking; one that does not exist, or is cancelled already, is left as it is."""
        with self.lock:
            booking = self.bookings.get(booking_id)
            if booking and booking["status"] != "cancelled":
                now = self._now()
                booking |= {"status": "cancelled", "cancelled_at": now, "changed_at": now}
                self._tell("booking.cancelled", booking)

    def use_up_quota(self) -> None:
        self.calls_left = 0

    def wait_for_deliveries(self) -> None:
        """Return when everything that happened so far was told to the subscriptions."""
        for sender in list(self._senders):
            sender.join(5)

    def _tell(self, event: str, booking: dict[str, Any]) -> None:
        """Send the event to every subscription, in a thread: who is told may call back before it has answered."""
        told = {"event": event, "delivery": 1, "sent_at": booking["changed_at"], "booking": booking}
        for url in self.subscriptions.values():
            sender = threading.Thread(target=_send, args=(url, json.dumps(told).encode()), daemon=True)
            self._senders.append(sender)
            sender.start()

    def failure_body(self, status: int) -> tuple[str, str]:
        return "application/json", '{"error": {"code": "told", "message": "The sandbox was told to fail"}}'

    def _now(self) -> str:
        self._clock += timedelta(minutes=1)
        return self._clock.isoformat().replace("+00:00", "Z")

    # -- the API -------------------------------------------------------------------------------------------

    @route("GET", "/api/properties")
    def list_properties(self, request: Request) -> Response:
        return self._refusal(request) or json_response({"properties": PROPERTIES})

    @route("GET", "/api/bookings")
    def list_bookings(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        place, ids, since = (
            request.argument("property"),
            request.arguments("id"),
            request.argument("changed_since"),
        )
        try:
            page, size = int(request.argument("page", "0")), int(request.argument("size", "50"))
            after = datetime.fromisoformat(since) if since else None
        except ValueError:
            return _error(400, "parameters", "page, size or changed_since cannot be read")
        rows = [
            row
            for row in sorted(self.bookings.values(), key=lambda row: (row["changed_at"], row["id"]))
            if (row["id"] in ids if ids else row["property"] == place)
            and (after is None or datetime.fromisoformat(row["changed_at"]) >= after)
        ]
        return json_response({"bookings": rows[page * size : (page + 1) * size], "total": len(rows)})

    @route("GET", "/api/calendar")
    def show_calendar(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        place, room_type = request.argument("property"), request.argument("room_type")
        rates = _rates(place, room_type)
        try:
            first = date.fromisoformat(request.argument("first"))
            length = date.fromisoformat(request.argument("last")) - first
        except ValueError:
            return _error(400, "parameters", "first or last is not a date")
        if rates is None or length > LONGEST_READING:
            return _error(404, "room", "There is no such room type, or these are too many nights")
        nights = [str(first + timedelta(days=n)) for n in range(length.days + 1)]
        rows = [
            {
                "date": night,
                **self.calendar.get((place, room_type, None, night), {}),
                "rates": [
                    {"rate": rate, **UNWRITTEN, **self.calendar.get((place, room_type, rate, night), {})}
                    for rate in rates
                ],
            }
            for night in nights
        ]
        return json_response({"nights": rows})

    @route("PUT", "/api/calendar")
    def write_calendar(self, request: Request) -> Response:
        """Takes the good items and names the others; one call carries one calendar month."""
        if refusal := self._refusal(request):
            return refusal
        try:
            body = request.json()
            place, items = str(body["property"]), list(body["items"])
            months = {str(item[side])[:7] for item in items for side in ("first", "last")}
        except (ValueError, KeyError, TypeError):
            return _error(400, "body", "property and items, each with first and last, are wanted")
        if len(months) > 1:
            return _error(400, "month", "One call carries one calendar month")
        objections = ((number, self._write(place, item)) for number, item in enumerate(items))
        refused = [{"item": number, "message": said} for number, said in objections if said]
        self.calls_written += 1
        return json_response({"call": f"c-{self.calls_written}", "refused": refused})

    def _write(self, place: str, item: dict[str, Any]) -> str:
        """Why the item cannot be taken; empty when it is written."""
        room_type, rate = str(item.get("room_type")), item.get("rate")
        rates = _rates(place, room_type)
        if rates is None or rate not in (None, *rates):
            return "There is no such room type or rate."
        values = {name: value for name, value in item.items() if name not in PLACE}
        if not values.keys() <= (OF_A_ROOM if rate is None else OF_A_RATE):
            return "Units are for a room type, everything else is for a rate."
        try:
            first, last = date.fromisoformat(item["first"]), date.fromisoformat(item["last"])
        except (ValueError, TypeError):
            return "first and last are dates."
        for n in range((last - first).days + 1):
            key = (place, room_type, rate, str(first + timedelta(days=n)))
            self.calendar[key] = self.calendar.get(key, {}) | values
        return ""

    @route("GET", "/api/subscriptions")
    def list_subscriptions(self, request: Request) -> Response:
        rows = [{"id": number, "url": url} for number, url in self.subscriptions.items()]
        return self._refusal(request) or json_response({"subscriptions": rows})

    @route("POST", "/api/subscriptions")
    def subscribe(self, request: Request) -> Response:
        """One more subscription, also to an address that has one: then it is told everything twice."""
        if refusal := self._refusal(request):
            return refusal
        try:
            url = str(request.json()["url"])
        except (ValueError, KeyError, TypeError):
            return _error(400, "body", "url is wanted")
        if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            return _error(400, "url", "url must be an https address")
        self._subscribed += 1
        number = f"s-{self._subscribed}"
        self.subscriptions[number] = url
        return json_response({"id": number, "url": url})

    @route("DELETE", "/api/subscriptions/{number}")
    def unsubscribe(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        if self.subscriptions.pop(request.parameters["number"], None) is None:
            return _error(404, "subscription", "There is no such subscription")
        return json_response({})

    def _refusal(self, request: Request) -> Response | None:
        if request.header("x-api-key") != self.api_key:
            return _error(401, "key", "This key opens nothing")
        if self.calls_left <= 0:
            return _error(403, "quota", "No calls are left")
        self.calls_left -= 1
        return None

    # -- the control page ----------------------------------------------------------------------------------

    @route("GET", "/", "control")
    def show_control(self, request: Request) -> Response:
        rows = "".join(
            f"<li>{escape(row['id'])} {escape(row['status'])} {escape(row['rooms'][0]['arrival'])}"
            f'<form method="post" action="control/cancel"><input type="hidden" name="id" value="{escape(row["id"])}">'
            "<button>Cancel</button></form></li>"
            for row in list(self.bookings.values())[-20:]
        )
        sold = "".join(
            f"<li>{escape(night)} {escape(room)} {escape(rate or '')} {escape(json.dumps(values))}</li>"
            for (_, room, rate, night), values in sorted(self.calendar.items(), key=str)[:50]
        )
        return page_response(
            f"<!doctype html><html lang=en><title>{self.title}</title><h1>{self.title}</h1>"
            '<form method="post" action="control/book"><input name="arrival" type="date" value="2031-07-01">'
            "<button>Book room 105</button></form>"
            '<form method="post" action="control/fail"><button>Fail the next call</button></form>'
            f'<form method="post" action="control/reset"><button>Start again</button></form><ul>{rows}</ul>'
            f"<h2>What is on sale</h2><ul>{sold}</ul>"
        )

    @route("POST", "/control/{action}", "control")
    def act(self, request: Request) -> Response:
        form = request.form()
        match request.parameters["action"]:
            case "book":
                try:
                    self.book(room="r-105", arrival=date.fromisoformat(form.get("arrival", "")))
                except (ValueError, OverflowError):
                    return _error(400, "date", "Give the date as year-month-day.")
            case "cancel":
                self.cancel(form.get("id", ""))
            case "fail":
                self.fail_next()
            case "reset":
                self.reset()
            case _:
                return self.not_found(request)
        return redirect_response("../")


def _rates(place: str, room_type: str) -> list[str] | None:
    """The rates of a room type; None when there is no such room type."""
    for known in PROPERTIES:
        for row in known["room_types"]:
            if (known["id"], row["id"]) == (place, room_type):
                return [rate["id"] for rate in row["rates"]]
    return None


def _send(url: str, body: bytes) -> None:
    call = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
    with suppress(OSError):
        urllib.request.urlopen(call, timeout=5).close()  # noqa: S310


def _error(status: int, code: str, message: str) -> Response:
    return json_response({"error": {"code": code, "message": message}}, status)


SANDBOX = TemplateSandbox
