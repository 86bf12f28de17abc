"""The control page of the Octorate sandbox: plain forms that call the methods tests call."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from integrations.providers.octorate.sandbox.actions import CONTROL_CHANNELS
from integrations.providers.octorate.sandbox.pages import (
    BookingLine,
    book_card,
    control_page,
    faults_card,
    log_card,
    reservations_card,
    sale_card,
    webhooks_card,
)
from integrations.providers.octorate.sandbox.reservations import ReservationRoutes
from integrations.providers.octorate.sandbox.seed import HOTEL
from integrations.providers.octorate.sandbox.world import CANCELLED, CHANNELS, Booking, RefusedError
from integrations.sandbox import Request, Response, page_response, redirect_response, route, text_response
from integrations.sandbox_forms import Choice

LISTED = 60
LISTED_ATTEMPTS = 40
NIGHTS_ON_SALE = 14
UNKNOWN_STATUS = "PENDING_MAGIC"
NOT_ASSIGNED = Choice("", "Not assigned")


class ControlRoutes(ReservationRoutes):
    @route("GET", "/", "control")
    def show_control(self, request: Request) -> Response:
        query = request.argument("q").strip()
        found = self._listed(query)
        rooms = {
            number: [
                NOT_ASSIGNED,
                *(Choice(str(room.id), room.name) for room in self.world.rooms_of(number)[:100]),
            ]
            for number in self.world.places
        }
        today = self.world.today(HOTEL)
        page = control_page(
            notice=request.argument("notice"),
            failed=request.argument("failed") == "1",
            chips=self._chips(),
            left=[
                book_card(
                    units=self._units(),
                    rates=[
                        Choice("0", "Standard"),
                        Choice("1", "Not refundable"),
                        Choice("2", "With breakfast"),
                    ],
                    channels=[Choice(str(number), CHANNELS[number]) for number in CONTROL_CHANNELS],
                    arrival=today.isoformat(),
                    departure=(today + timedelta(days=1)).isoformat(),
                ),
                self._sale(today),
                reservations_card(
                    [self._line(booking) for booking in found[:LISTED]],
                    total=len(self.world.bookings),
                    query=query,
                    rooms=rooms,
                ),
            ],
            right=[
                webhooks_card(
                    held=self.deliveries.held,
                    waiting=self.deliveries.pending,
                    subscriptions=[
                        (
                            s.event,
                            _without_secrets(s.endpoint),
                            f"{s.processed:%H:%M:%S}" if s.processed else "never",
                        )
                        for s in self.deliveries.subscriptions.values()
                    ],
                ),
                faults_card(),
                log_card(self._attempts()),
            ],
        )
        return page_response(page)

    def _sale(self, today: date) -> str:
        return sale_card(
            nights=[f"{today + timedelta(days=n):%d %b}" for n in range(NIGHTS_ON_SALE)],
            places={
                place.name: self.on_sale(number, today, NIGHTS_ON_SALE)
                for number, place in self.world.places.items()
            },
            permissions=[
                Choice("READWRITE", "read and write the calendar"),
                Choice("READONLY", "read the calendar only"),
            ],
        )

    def _listed(self, query: str) -> list[Booking]:
        words = query.lower().split()
        newest = sorted(self.world.bookings.values(), key=lambda b: (b.updated, b.id), reverse=True)
        if not words:
            return newest
        return [booking for booking in newest if all(word in self._text(booking) for word in words)]

    def _text(self, booking: Booking) -> str:
        line = self._line(booking)
        return f"{line.id} {line.title} {line.where} {line.detail} {line.status}".lower()

    def _line(self, booking: Booking) -> BookingLine:
        world, guest = self.world, booking.guests[0]
        product, room = (world.products.get(booking.product), world.rooms.get(booking.room))
        where = f"{world.places[booking.accommodation].name} · {product.name if product else 'unknown room'}"
        where += f" · {room.name}" if room else " · not assigned"
        if booking.split_start:
            where += f" → {world.rooms[booking.split_room].name} from {booking.split_start}"
        detail = [
            CHANNELS.get(booking.channel_id, str(booking.channel_id)),
            booking.refer,
            f"no. {booking.id}",
        ]
        if booking.no_show:
            detail.append("no show")
        elif booking.effective_checkout:
            detail.append("left")
        elif booking.effective_checkin:
            detail.append("in house")
        return BookingLine(
            id=booking.id,
            accommodation=booking.accommodation,
            title=f"{guest.get('givenName', '')} {guest.get('familyName', '')}".strip(),
            where=where,
            arrival=world.arrival(booking).isoformat(),
            departure=world.departure(booking).isoformat(),
            status=booking.status,
            detail=" · ".join(detail),
            is_active=booking.status != CANCELLED,
        )

    def _units(self) -> list[Choice]:
        choices = []
        for place in self.world.places.values():
            for product in self.world.products_of(place.id):
                if product.parent is None:
                    group = f"{place.name}, {product.name}"
                    choices.append(Choice(f"{product.id}:0", f"{product.name}, any room", group))
                    rooms = [room for room in self.world.rooms_of(place.id) if room.parent == product.id]
                    choices += [
                        Choice(f"{product.id}:{r.id}", f"{product.name} {r.name}", group) for r in rooms[:100]
                    ]
        return choices

    def _chips(self) -> list[tuple[str, bool]]:
        grants = sum(not grant.revoked for grant in self.grants)
        held, slow, failures, quota = (
            self.deliveries.held,
            self.slow_seconds,
            self.failures_left,
            self.quota_left(),
        )
        return [
            (f"{grants} grant{'' if grants == 1 else 's'}", grants == 0),
            (f"{len(self.deliveries.subscriptions)} subscriptions", not self.deliveries.subscriptions),
            ("Webhooks held" if held else "Webhooks flow", held),
            (f"{quota} calls left", quota == 0),
            *([("Calendar read-only", True)] if self.permissions["accommodation"] != "READWRITE" else []),
            (f"Slow: {slow:g} s" if slow else "Normal speed", slow > 0),
            (f"Next {failures} calls fail" if failures else "No faults set", failures > 0),
        ]

    def _attempts(self) -> list[tuple[str, ...]]:
        attempts = list(self.deliveries.log)[-LISTED_ATTEMPTS:]
        return [
            (
                f"{a.at:%H:%M:%S}",
                a.event.removeprefix("RESERVATION_"),
                a.reference,
                str(a.number),
                a.result,
                a.state,
            )
            for a in reversed(attempts)
        ]

    # -- forms ---------------------------------------------------------------------------------------------

    @route("POST", "/control/{action}", "control")
    def act(self, request: Request) -> Response:
        origin = request.header("origin")
        if origin and urlsplit(origin).netloc != request.header("host"):
            return text_response("Only the control page itself may send this form.\n", 403)
        action = getattr(self, f"_do_{request.parameters['action']}", None)
        if action is None:
            return text_response("Not found\n", 404)
        try:
            notice, failed = action(request.form()), "0"
        except RefusedError as refusal:
            notice, failed = str(refusal), "1"
        return redirect_response("../?" + urlencode({"notice": notice, "failed": failed}))

    def _do_book(self, form: dict[str, str]) -> str:
        product, _, room = form.get("unit", "").partition(":")
        base = self.world.products.get(_number(product))
        if base is None:
            raise RefusedError("Choose a room.")
        rates = sorted(p.id for p in self.world.products_of(base.accommodation) if p.parent == base.id)
        rate = _number(form.get("rate", "0"))
        if rate > len(rates):
            raise RefusedError("This room is not sold at that rate.")
        values: dict[str, Any] = {
            "accommodation": base.accommodation,
            "product": rates[rate - 1] if rate else base.id,
            "arrival": _day(form, "arrival"),
            "departure": _day(form, "departure"),
            "guest": form.get("guest", "")[:100] or "Mara Quill",
            "channel": _number(form.get("channel", "2")),
            "adults": max(1, min(9, _number(form.get("adults", "1")))),
            "notes": form.get("notes", "")[:200],
            "overbook": form.get("overbook") == "1",
        }
        count = max(1, min(4, _number(form.get("rooms", "1"))))
        if count == 1:
            made = [self.book(room=_number(room), **values)]
        else:
            arrival, departure = _day(form, "arrival"), _day(form, "departure")
            free = [r.id for r in self.world.free_rooms(base.id, arrival, departure)]
            wanted = [n for n in [_number(room)] if n in free]
            chosen = (wanted + [n for n in free if n not in wanted])[:count]
            if len(chosen) < count:
                raise RefusedError(f"Only {len(chosen)} rooms of this type are free for these nights.")
            made = self.book_group(list(chosen), **values)
        return f"Booked: {', '.join(str(row['id']) for row in made)}"

    def _do_unknown_room(self, form: dict[str, str]) -> str:
        return f"Booked in a room that no list names: {self.book_unknown_room()['id']}"

    def _do_change(self, form: dict[str, str]) -> str:
        arrival, departure = _day(form, "arrival"), _day(form, "departure")
        overbook = form.get("overbook") == "1"
        self.change(_number(form.get("id", "")), arrival=arrival, departure=departure, overbook=overbook)
        return f"Changed to {arrival} to {departure}"

    def _do_move(self, form: dict[str, str]) -> str:
        overbook = form.get("overbook") == "1"
        row = self.move_room(_number(form.get("id", "")), form.get("room", ""), overbook=overbook)
        return f"Moved to room {row['roomName']}" if row["roomName"] else "The room is not assigned any more"

    def _do_split(self, form: dict[str, str]) -> str:
        start = _day(form, "start")
        self.split(_number(form.get("id", "")), form.get("room", ""), start)
        return f"Split: another room from {start} on"

    def _do_cancel(self, form: dict[str, str]) -> str:
        return f"Cancelled {self.cancel(_number(form.get('id', '')))['id']}"

    def _do_check_in(self, form: dict[str, str]) -> str:
        return f"Checked in {self.check_in(_number(form.get('id', '')))['id']}"

    def _do_check_out(self, form: dict[str, str]) -> str:
        return f"Checked out {self.check_out(_number(form.get('id', '')))['id']}"

    def _do_no_show(self, form: dict[str, str]) -> str:
        return f"No show: {self.mark_no_show(_number(form.get('id', '')))['id']}"

    def _do_unknown_status(self, form: dict[str, str]) -> str:
        row = self.set_status(_number(form.get("id", "")), UNKNOWN_STATUS)
        return f"{row['id']} now has the status {UNKNOWN_STATUS}"

    def _do_confirm(self, form: dict[str, str]) -> str:
        return f"Confirmed {self.set_status(_number(form.get('id', '')), 'CONFIRMED')['id']}"

    def _do_fail(self, form: dict[str, str]) -> str:
        n, status = (max(1, min(1000, _number(form.get("n", "1")))), _number(form.get("status", "500")))
        if not 400 <= status <= 599:
            raise RefusedError("Choose an error status.")
        self.fail_next(n, status, path_part=form.get("path_part", "")[:100])
        return f"The next {n} calls will be answered {status}"

    def _do_slow(self, form: dict[str, str]) -> str:
        self.slow(min(120, _number(form.get("seconds", "0"))))
        return f"Every call waits {self.slow_seconds:g} seconds"

    def _do_clear(self, form: dict[str, str]) -> str:
        self.clear_switches()
        return "No faults are set"

    def _do_expire(self, form: dict[str, str]) -> str:
        return f"{self.expire_tokens()} access tokens have expired"

    def _do_revoke(self, form: dict[str, str]) -> str:
        return f"{self.revoke_grants()} grants were taken back"

    def _do_quota_exhaust(self, form: dict[str, str]) -> str:
        self.exhaust_quota()
        return "The quota is used up"

    def _do_quota_restore(self, form: dict[str, str]) -> str:
        self.restore_quota()
        return "The quota is full again"

    def _do_permit(self, form: dict[str, str]) -> str:
        permission = form.get("permission", "")
        self.permit("accommodation", permission)
        return f"The application's right to the calendar: {permission}"

    def _do_duplicates(self, form: dict[str, str]) -> str:
        return f"{self.send_duplicates(max(1, min(20, _number(form.get('n', '3')))))} deliveries queued again"

    def _do_hold(self, form: dict[str, str]) -> str:
        self.hold()
        return "Webhooks are held back"

    def _do_release(self, form: dict[str, str]) -> str:
        return f"{self.release()} deliveries released"

    def _do_release_reversed(self, form: dict[str, str]) -> str:
        return f"{self.release(out_of_order=True)} deliveries released, newest first"

    def _do_reset(self, form: dict[str, str]) -> str:
        self.reset()
        return "Everything is as on the first start"


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else 0


def _day(form: dict[str, str], name: str) -> date:
    try:
        day = date.fromisoformat(form.get(name, ""))
    except ValueError:
        raise RefusedError("Give the date as year-month-day.") from None
    if not 2000 <= day.year <= 2200:
        raise RefusedError("The date is too far away.")
    return day


def _without_secrets(address: str) -> str:
    """Return the address with its last long path part shortened: webhook addresses carry a token there."""
    return re.sub(r"(/[\w-]{6})[\w-]{10,}", r"\1…", address)
