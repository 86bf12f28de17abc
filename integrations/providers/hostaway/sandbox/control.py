"""The control page of the Hostaway sandbox: plain forms that call the methods tests call."""

from __future__ import annotations

import re
from datetime import date, timedelta
from urllib.parse import urlencode, urlsplit

from integrations.providers.hostaway.sandbox.pages import (
    BookingLine,
    Cell,
    book_card,
    calendar_card,
    control_page,
    credentials_card,
    faults_card,
    log_card,
    reservations_card,
    webhooks_card,
)
from integrations.providers.hostaway.sandbox.seed import A1, DEMO_ACCOUNT
from integrations.providers.hostaway.sandbox.subscriptions import SubscriptionRoutes
from integrations.providers.hostaway.sandbox.wire import channel_name
from integrations.providers.hostaway.sandbox.world import (
    AIRBNB,
    BOOKINGCOM,
    CHANNELS,
    CONFIRMED,
    ONE_DAY,
    PENDING,
    STATUSES,
    Day,
    RefusedError,
    Reservation,
)
from integrations.sandbox import Request, Response, page_response, redirect_response, route, text_response
from integrations.sandbox_forms import Choice

LISTED = 60
LISTED_ATTEMPTS = 40
CALENDAR_NIGHTS = 14
#: A word that is in no list of the documentation.
UNKNOWN_STATUS = "checkedInByRobot"


class ControlRoutes(SubscriptionRoutes):
    @route("GET", "/", "control")
    def show_control(self, request: Request) -> Response:
        query = request.argument("q").strip()
        today, on_sale = self.world.today(A1), self.next_on_sale(self.world.listings[A1])
        statuses = [*(Choice(status, status) for status in STATUSES), Choice(UNKNOWN_STATUS, UNKNOWN_STATUS)]
        page = control_page(
            notice=request.argument("notice"),
            failed=request.argument("failed") == "1",
            chips=self._chips(),
            left=[
                credentials_card(
                    (account.name, str(account.id), account.secret)
                    for account in self.world.accounts.values()
                ),
                book_card(
                    listings=self._listing_choices(),
                    channels=_channel_choices(),
                    statuses=statuses,
                    arrival=on_sale.isoformat(),
                    departure=(on_sale + ONE_DAY).isoformat(),
                ),
                reservations_card(
                    [self._line(reservation) for reservation in self._listed(query)[:LISTED]],
                    total=len(self.world.reservations),
                    query=query,
                    statuses=statuses,
                ),
            ],
            right=[
                webhooks_card(
                    switches=[
                        ("duplicates", "Every event twice", self.duplicate_webhooks),
                        ("shuffle", "Wrong order", self.shuffle_webhooks),
                        ("partial", "Half of the data", self.partial_webhooks),
                    ],
                    waiting=self.sender.pending,
                    subscriptions=[
                        (
                            str(webhook.account),
                            _without_secrets(webhook.url),
                            "yes" if webhook.is_enabled else "no",
                            webhook.login[:4] + "…" if webhook.login else "none",
                        )
                        for webhook in self.webhooks()
                    ],
                ),
                faults_card(),
            ],
            below=[self._calendar_card(_first_night(request.argument("from"), today)), self._log_card()],
        )
        return page_response(page)

    def _listed(self, query: str) -> list[Reservation]:
        words = query.lower().split()
        newest = sorted(self.world.reservations.values(), key=lambda row: (row.updated, row.id), reverse=True)
        return [row for row in newest if all(word in self._text(row) for word in words)] if words else newest

    def _text(self, reservation: Reservation) -> str:
        line = self._line(reservation)
        return f"{line.title} {line.where} {line.detail} {line.status}".lower()

    def _line(self, reservation: Reservation) -> BookingLine:
        listing = self.world.listings[reservation.listing]
        names = {unit.id: unit.name for unit in listing.units}
        units = ", ".join(names[place] for place in reservation.places if place in names)
        movable = len(reservation.places) == 1 and len(names) < 100
        return BookingLine(
            id=reservation.id,
            title=reservation.guest,
            where=f"{listing.name} · {units}" if units else listing.name,
            arrival=reservation.arrival.isoformat(),
            departure=reservation.departure.isoformat(),
            status=reservation.status,
            detail=f"{channel_name(reservation.channel)} · no. {reservation.id} · changed "
            f"{reservation.updated:%Y-%m-%d %H:%M:%S}",
            kind=_kind(reservation.status),
            is_inquiry=reservation.status.startswith("inquiry") and not reservation.dates_unspecified,
            can_miss=reservation.channel == BOOKINGCOM,
            units=[Choice(str(number), name) for number, name in names.items()] if movable else [],
        )

    def _listing_choices(self) -> list[Choice]:
        return [
            Choice(str(listing.id), listing.name, self.world.accounts[listing.account].name)
            for listing in self.world.listings.values()
            if not listing.archived
        ]

    def _chips(self) -> list[tuple[str, bool]]:
        failures, slow, hooks = self.failures_left, self.slow_seconds, self.webhooks()
        disabled = sum(not webhook.is_enabled for webhook in hooks)
        return [
            (f"{len(self.tokens)} tokens given", False),
            (f"{len(hooks)} webhooks, {disabled} disabled", disabled > 0),
            (f"Slow: {slow:g} s" if slow else "Normal speed", slow > 0),
            (f"Next {failures} calls fail" if failures else "No faults set", failures > 0),
        ]

    def _calendar_card(self, first: date) -> str:
        listings = [listing for listing in self.world.listings.values() if not listing.archived]
        rows = []
        for number in range(CALENDAR_NIGHTS):
            night = first + timedelta(days=number)
            rows.append(
                (f"{night:%a} {night}", [_cell(self.world.day(listing, night)) for listing in listings])
            )
        return calendar_card(
            first=first.isoformat(),
            nights=CALENDAR_NIGHTS,
            listings=[listing.name for listing in listings],
            rows=rows,
        )

    def _log_card(self) -> str:
        return log_card(
            (
                f"{attempt.at:%H:%M:%S}",
                attempt.delivery.event,
                str(attempt.delivery.object_id),
                str(attempt.number),
                str(attempt.status) if attempt.status else attempt.answer,
                attempt.state,
            )
            for attempt in reversed(self.attempts()[-LISTED_ATTEMPTS:])
        )

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
        row = self.book(
            _number(form.get("listing", "")),
            arrival=_day(form, "arrival"),
            departure=_day(form, "departure"),
            guest=form.get("guest", "").strip()[:100] or "Mara Quill",
            channel=_number(form.get("channel", "")) or AIRBNB,
            status=form.get("status", "")[:40] or "new",
            units=_number(form.get("units", "1")),
            adults=max(1, min(9, _number(form.get("adults", "2")))),
            children=min(9, _number(form.get("children", "0"))) or None,
            note=form.get("note", "")[:200],
            dates_unspecified=form.get("unspecified") == "1",
            overbook=form.get("overbook") == "1",
        )
        return f"Booked: {row['id']}"

    def _do_zero_nights(self, form: dict[str, str]) -> str:
        return f"Added a row of zero nights: {self.book_zero_nights()['id']}"

    def _do_book_inquiry(self, form: dict[str, str]) -> str:
        return f"Booked as a row of its own: {self.book_inquiry(_number(form.get('id', '')))['id']}"

    def _do_change(self, form: dict[str, str]) -> str:
        arrival, departure = _day(form, "arrival"), _day(form, "departure")
        overbook = form.get("overbook") == "1"
        self.change(_number(form.get("id", "")), arrival=arrival, departure=departure, overbook=overbook)
        return f"Changed to {arrival} to {departure}"

    def _do_move(self, form: dict[str, str]) -> str:
        row = self.move_unit(_number(form.get("id", "")), _number(form.get("unit", "")))
        return f"{row['id']} moved to another unit"

    def _do_status(self, form: dict[str, str]) -> str:
        status = form.get("status", "")[:40]
        if not status:
            raise RefusedError("Choose a status.")
        row = self.set_status(_number(form.get("id", "")), status, overbook=form.get("overbook") == "1")
        return f"{row['id']} is now {status}"

    def _do_cancel(self, form: dict[str, str]) -> str:
        by = "host" if form.get("by") == "host" else "guest"
        return f"Cancelled {self.cancel(_number(form.get('id', '')), by=by)['id']}"

    def _do_touch(self, form: dict[str, str]) -> str:
        row = self.touch(_number(form.get("id", "")), note=form.get("note", "")[:200])
        return f"{row['id']} has a newer version; no webhook is sent for it"

    def _do_message(self, form: dict[str, str]) -> str:
        self.message(_number(form.get("id", "")))
        return "The guest wrote a message"

    def _do_no_show(self, form: dict[str, str]) -> str:
        return f"Reported as no show: {self.mark_no_show(_number(form.get('id', '')))['id']}"

    def _do_delete(self, form: dict[str, str]) -> str:
        self.delete(_number(form.get("id", "")))
        return "The row is gone"

    def _do_fail(self, form: dict[str, str]) -> str:
        calls, status = max(1, min(1000, _number(form.get("n", "1")))), _number(form.get("status", "500"))
        if not 400 <= status <= 599:
            raise RefusedError("Choose an error status.")
        self.fail_next(calls, status, path_part=form.get("path_part", "")[:100])
        return f"The next {calls} calls will be answered {status}"

    def _do_slow(self, form: dict[str, str]) -> str:
        self.slow(min(120, _number(form.get("seconds", "0"))))
        return f"Every call waits {self.slow_seconds:g} seconds"

    def _do_exhaust(self, form: dict[str, str]) -> str:
        self.exhaust_quota()
        return f"Every call is refused with 429 for {self.limit_seconds:g} seconds"

    def _do_clear(self, form: dict[str, str]) -> str:
        self.clear_switches()
        return "No faults are set"

    def _do_expire(self, form: dict[str, str]) -> str:
        return f"{self.expire_tokens()} access tokens have expired"

    def _do_secret(self, form: dict[str, str]) -> str:
        secret = form.get("secret", "").strip()[:60]
        if not secret:
            raise RefusedError("Type the new secret.")
        self.change_secret(DEMO_ACCOUNT, secret)
        return "The secret has changed; the old tokens are revoked"

    def _do_duplicates(self, form: dict[str, str]) -> str:
        self.duplicate_webhooks = not self.duplicate_webhooks
        return f"Every event is sent {'twice' if self.duplicate_webhooks else 'once'}"

    def _do_shuffle(self, form: dict[str, str]) -> str:
        self.shuffle_webhooks = not self.shuffle_webhooks
        return f"Events go out in {'the wrong' if self.shuffle_webhooks else 'their'} order"

    def _do_partial(self, form: dict[str, str]) -> str:
        self.partial_webhooks = not self.partial_webhooks
        return f"Events carry {'half of the' if self.partial_webhooks else 'all'} data"

    def _do_again(self, form: dict[str, str]) -> str:
        return f"{self.sender.send_again(1)} deliveries queued again"

    def _do_disable(self, form: dict[str, str]) -> str:
        return f"{self.disable_webhooks()} webhooks were disabled"

    def _do_reset(self, form: dict[str, str]) -> str:
        self.reset()
        return "Everything is as on the first start"


def _channel_choices() -> list[Choice]:
    first = [AIRBNB, BOOKINGCOM]
    numbers = first + [number for number in CHANNELS if number not in first]
    return [Choice(str(number), f"{CHANNELS[number]} ({number})") for number in numbers]


def _kind(status: str) -> str:
    """Return the style of a status badge."""
    if status in CONFIRMED:
        return "on"
    if status in PENDING:
        return "wait"
    return "off" if status in ("cancelled", "declined", "expired") else "odd"


def _cell(day: Day) -> Cell:
    settings = day.settings
    parts = [f"{day.available} of {day.total}", f"{day.price:.2f} {day.listing.currency}"]
    parts.append(f"min {day.minimum_stay}")
    if settings.maximum_stay:
        parts.append(f"max {settings.maximum_stay}")
    if settings.closed_on_arrival:
        parts.append("no arrival")
    if settings.closed_on_departure:
        parts.append("no departure")
    updated = f"{settings.updated:%d %b %H:%M:%S}" if settings.updated else "never written"
    return Cell(day.status, " · ".join(parts), updated)


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


def _first_night(text: str, today: date) -> date:
    try:
        return _day({"from": text}, "from")
    except RefusedError:
        return today


def _without_secrets(address: str) -> str:
    """Return the address with long path parts shortened: webhook addresses carry a token there."""
    return re.sub(r"(/[\w-]{6})[\w-]{10,}", r"\1…", address)
