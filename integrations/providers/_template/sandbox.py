"""A local Template PMS with two properties, bookings that change, and switches for every kind of trouble."""

from __future__ import annotations

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
PROPERTIES: list[dict[str, Any]] = [
    {
        "id": PARADISE,
        "name": "Hotel Paradise",
        "timezone": "Europe/Madrid",
        "currency": "EUR",
        "room_types": [{"id": "double", "name": "Doble"}, {"id": "suite", "name": "Suite"}],
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
        "room_types": [{"id": "sea", "name": "Sea view"}],
        "rooms": [],
    },
]
FIRST_DAY = date(2031, 6, 1)
SEEDED = 60


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
            return booking

    def cancel(self, booking_id: str) -> None:
        """Cancel a booking; one that does not exist, or is cancelled already, is left as it is."""
        with self.lock:
            booking = self.bookings.get(booking_id)
            if booking and booking["status"] != "cancelled":
                now = self._now()
                booking |= {"status": "cancelled", "cancelled_at": now, "changed_at": now}

    def use_up_quota(self) -> None:
        self.calls_left = 0

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
        return page_response(
            f"<!doctype html><html lang=en><title>{self.title}</title><h1>{self.title}</h1>"
            '<form method="post" action="control/book"><input name="arrival" type="date" value="2031-07-01">'
            "<button>Book room 105</button></form>"
            '<form method="post" action="control/fail"><button>Fail the next call</button></form>'
            f'<form method="post" action="control/reset"><button>Start again</button></form><ul>{rows}</ul>'
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


def _error(status: int, code: str, message: str) -> Response:
    return json_response({"error": {"code": code, "message": message}}, status)


SANDBOX = TemplateSandbox
