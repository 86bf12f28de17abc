"""The control page of the Booking.com sandbox: plain forms that call the methods tests call."""

from __future__ import annotations

import re
from datetime import date, timedelta
from urllib.parse import urlencode, urlsplit

from integrations.providers.booking_com.sandbox.actions import BookingActions
from integrations.providers.booking_com.sandbox.html import notice, page
from integrations.providers.booking_com.sandbox.pages import (
    SHOWN,
    book_card,
    bookings_card,
    calendar_card,
    connect_card,
    queues_card,
    switches_card,
)
from integrations.providers.booking_com.sandbox.seed import HOTEL
from integrations.providers.booking_com.sandbox.selling import RoomWish
from integrations.providers.booking_com.sandbox.world import MODIFY, NEW, RefusedError
from integrations.sandbox import Request, Response, page_response, redirect_response, route, text_response

SHOWN_NIGHTS = 14
LONGEST_JUMP = 24 * 60


class ControlRoutes(BookingActions):
    @route("GET", "/", "control")
    def show_control(self, request: Request) -> Response:
        world = self.world
        hotel = world.hotels.get(_number(request.argument("property")), world.hotels[HOTEL])
        today = self.today(hotel.id)
        first = _day_or(request.argument("from"), today)
        nights = [
            (room, self.stock.nights(room, first, first + timedelta(days=SHOWN_NIGHTS)))
            for room in world.rooms_of(hotel.id)
        ]
        left = [
            book_card(world, today, today + timedelta(days=1)),
            calendar_card(world.hotels.values(), hotel, nights, first),
            bookings_card(world),
        ]
        right = [
            connect_card(self.accounts.values()),
            queues_card(world, world.answers[: -SHOWN - 1 : -1], world.mails[: -SHOWN - 1 : -1]),
            switches_card(int(self._ahead.total_seconds() // 60), self.timed_out_leaves_queue),
        ]
        lead = "Play the guests: what you do here waits in the queues until the hotel's software takes it."
        note = notice(request.argument("notice"), failed=request.argument("failed") == "1")
        columns = ("".join(left), "".join(right))
        return page_response(page("Booking.com sandbox", lead, self._chips(), note, columns))

    def _chips(self) -> list[tuple[str, bool]]:
        new, changes, mails = len(self.waiting(NEW)), len(self.waiting(MODIFY)), len(self.world.mails)
        faults = self.failures_left + self.spoilings_left
        return [
            (f"New waiting: {new}", new > 0),
            (f"Changes waiting: {changes}", changes > 0),
            (f"Fallback e-mails: {mails}", mails > 0),
            (f"Tokens: {len(self.tokens)}", not self.tokens),
            (
                f"Slow: {self.slow_seconds:g} s" if self.slow_seconds else "Normal speed",
                self.slow_seconds > 0,
            ),
            (f"Calls that will go wrong: {faults}" if faults else "No faults set", faults > 0),
        ]

    @route("POST", "/control/{action}", "control")
    def act(self, request: Request) -> Response:
        origin = request.header("origin")
        if origin and urlsplit(origin).netloc != request.header("host"):
            return text_response("Only the control page itself may send this form.\n", 403)
        action = getattr(self, f"_do_{request.parameters['action']}", None)
        if action is None:
            return text_response("Not found\n", 404)
        try:
            said, failed = action(request.form()), "0"
        except RefusedError as refusal:
            said, failed = str(refusal), "1"
        return redirect_response("../?" + urlencode({"notice": said, "failed": failed}))

    # -- guests --------------------------------------------------------------------------------------------

    def _do_book(self, form: dict[str, str]) -> str:
        room, _, rate = form.get("room", "").partition(":")
        wish = RoomWish(
            room_type=_number(room),
            rate=_number(rate),
            arrival=_day(form, "arrival"),
            departure=_day(form, "departure"),
            adults=_between(form.get("adults", "1"), 1, 9),
            child_ages=tuple(min(17, int(age)) for age in re.findall("[0-9]{1,2}", form.get("ages", ""))[:6]),
        )
        card = form.get("card", "card")
        number = self.book(
            *[wish] * _between(form.get("count", "1"), 1, 4),
            guest=_words(form.get("guest", ""), 100) or "Mara Quill",
            remarks=_words(form.get("remarks", ""), 200),
            card=card if card in ("card", "virtual") else "",
            force=form.get("force") == "1",
        )
        return f"Booked: {number}"

    def _do_fill(self, form: dict[str, str]) -> str:
        return (
            f"{len(self.fill_queue(_between(form.get('count', '25'), 1, 5000)))} bookings wait in the queue"
        )

    def _do_change(self, form: dict[str, str]) -> str:
        arrival, departure = _day(form, "arrival"), _day(form, "departure")
        self.modify(
            form.get("id", ""),
            room=_number(form.get("index", "0")),
            arrival=arrival,
            departure=departure,
            room_type=_number(form.get("room_type", "0")),
            force=form.get("force") == "1",
        )
        return f"Changed to {arrival} to {departure}"

    def _do_add_room(self, form: dict[str, str]) -> str:
        reservation = self.reservation(form.get("id", ""))
        wish = RoomWish(_number(form.get("room_type", "")), reservation.arrival, reservation.departure)
        room = reservation.rooms[0]
        self.modify(reservation.id, room=room.index, add=wish)
        return "One room was added"

    def _do_drop_room(self, form: dict[str, str]) -> str:
        self.remove_room(form.get("id", ""), _number(form.get("index", "")))
        return "One room was dropped"

    def _do_cancel(self, form: dict[str, str]) -> str:
        self.cancel(form.get("id", ""))
        return f"Cancelled {form.get('id', '')}"

    # -- faults and time -----------------------------------------------------------------------------------

    def _do_fail(self, form: dict[str, str]) -> str:
        status = _number(form.get("status", "500"))
        if status and not 400 <= status <= 599:
            raise RefusedError("Choose an error status.")
        calls = _between(form.get("n", "1"), 1, 1000)
        self.fail_next(calls, status, path_part=form.get("path_part", "")[:100])
        return f"Calls that will go wrong: {calls}"

    def _do_slow(self, form: dict[str, str]) -> str:
        self.slow(_between(form.get("seconds", "0"), 0, 120))
        return f"Every call waits {self.slow_seconds:g} seconds"

    def _do_html(self, form: dict[str, str]) -> str:
        self.html_with_200()
        return "The next call gets an HTML page"

    def _do_truncated(self, form: dict[str, str]) -> str:
        self.truncated_xml()
        return "The next answer is cut off"

    def _do_empty(self, form: dict[str, str]) -> str:
        self.empty_body()
        return "The next answer is empty"

    def _do_lose(self, form: dict[str, str]) -> str:
        self.lose_next_acknowledgement_answer()
        return "The next acknowledgement counts, but its answer is lost"

    def _do_system(self, form: dict[str, str]) -> str:
        self.system_errors()
        return "One part of the next update meets a system error"

    def _do_clear(self, form: dict[str, str]) -> str:
        self.clear_switches()
        return "No faults are set"

    def _do_expire(self, form: dict[str, str]) -> str:
        return f"Tokens ended: {self.expire_tokens()}"

    def _do_clock(self, form: dict[str, str]) -> str:
        minutes = _between(form.get("minutes", "30"), 0, LONGEST_JUMP)
        self.advance_clock(minutes)
        return f"The clock went {minutes} minutes forward"

    def _do_drop(self, form: dict[str, str]) -> str:
        self.timed_out_leaves_queue = not self.timed_out_leaves_queue
        return (
            "Messages leave with the e-mail" if self.timed_out_leaves_queue else "Messages stay in the queue"
        )

    def _do_reset(self, form: dict[str, str]) -> str:
        self.reset()
        return "Everything is as on the first start"


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else 0


def _between(text: str, lowest: int, highest: int) -> int:
    return max(lowest, min(highest, _number(text)))


def _words(text: str, length: int) -> str:
    return "".join(sign for sign in text if sign.isprintable())[:length].strip()


def _day(form: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(form.get(name, ""))
    except ValueError:
        raise RefusedError("Give the date as year-month-day.") from None


def _day_or(text: str, other: date) -> date:
    """The day that the text names if it is within reach of `other`, else `other`."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return other
    return day if abs((day - other).days) < 1000 else other
