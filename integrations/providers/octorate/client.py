"""Octorate's wire: addresses, parameters, paging as it really is, and the shapes of its lists.

Every method raises :mod:`integrations.errors` errors only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.core.cache import cache
from django.utils import timezone

from integrations.contracts import Application, Hint, Page, UnreadablePayload
from integrations.errors import Missing, NeedsReconnect, PropertyClosed, ProtocolBroken, Rejected
from integrations.payloads import load_json
from integrations.providers.octorate.answers import (
    CalendarRefused,
    explain,
    explain_application,
    explain_calendar,
    explain_login,
    explain_of_property,
    refusal_in,
)
from integrations.providers.octorate.tables import RESERVATION_EVENTS
from integrations.providers.octorate.values import OddValue, clean, mapping_of, reference, text_of
from reservations.records import JsonObject

if TYPE_CHECKING:
    from integrations.http import Answer, Explain, ProviderSession

#: The documented maximum; one user never got more than 100 rows, so it is a wish, not a promise.
PAGE_SIZE = 200
#: The API itself refuses page numbers above this.
LAST_PAGE = 1000
IDS_PER_CALL = 50
#: The calendar refuses more products a page.
CALENDAR_PAGE_SIZE = 20
#: They change rarely, and reading them before every write would cost half of the quota.
PRODUCTS_KEPT = timedelta(minutes=5)
_PRODUCT_FIELDS = "id,name,adults,children,infants,quantity,accommodationId,derivedRule"
_EMPTY_PAGE = b'{"data":[]}'


class OctorateClient:
    """One grant's view of the API. Holds no state of its own but the products, which are kept for a short while."""

    def __init__(self, session: ProviderSession) -> None:
        self._session = session
        self._base = session.urls["api"].rstrip("/")

    # -- properties, products, rooms -----------------------------------------------------------------------

    def accommodations(self) -> list[dict[str, Any]]:
        """Every property the grant opens. A bare array, paged: some servers repeat the first page for ever."""
        found: dict[str, dict[str, Any]] = {}
        for number in range(LAST_PAGE + 1):
            answer = self._get("rest/v1/accommodation", [("page", number)])
            fresh = {ref: row for row in _rows(answer) if (ref := _id(row)) and ref not in found}
            found.update(fresh)
            if not fresh:
                break
        return list(found.values())

    def accommodation(self, accommodation: str) -> dict[str, Any]:
        """One property with the fields that the API gives by default."""
        value = _value(self._get_of(accommodation, f"rest/v1/accommodation/{_part(accommodation)}"))
        if not isinstance(value, dict):
            raise ProtocolBroken("a property was expected")
        return value

    def first_accommodations(self) -> list[dict[str, Any]]:
        """The first page of properties: the cheapest call that needs the grant."""
        return _rows(self._get("rest/v1/accommodation"))

    def products(self, accommodation: str) -> list[dict[str, Any]]:
        """Room types and rates in one list; without ``size`` the API answers with all of them at once."""
        params = [("fields", _PRODUCT_FIELDS)]
        rows = _rows(self._get_of(accommodation, f"rest/v3/roomrates/{_part(accommodation)}", params))
        cache.set(self._kept(accommodation), rows, PRODUCTS_KEPT.total_seconds())
        return rows

    def known_products(self, accommodation: str) -> list[dict[str, Any]] | None:
        """The products as they were read a short while ago; None when they were not."""
        rows: list[dict[str, Any]] | None = cache.get(self._kept(accommodation))
        return rows

    def forget_products(self, accommodation: str) -> None:
        cache.delete(self._kept(accommodation))

    def _kept(self, accommodation: str) -> str:
        connection = self._session.connection
        return f"octorate:products:{connection.pk if connection else ''}:{_part(accommodation)}"

    def rooms(self, accommodation: str) -> list[dict[str, Any]]:
        """The physical rooms; none when the property has never set any up."""
        try:
            return _rows(self._get_of(accommodation, f"rest/v1/pms/{_part(accommodation)}"))
        except Missing:
            return []

    # -- reservations --------------------------------------------------------------------------------------

    def reservations(
        self, accommodation: str, query: Sequence[tuple[str, Any]], *, first_page: int = 0
    ) -> Iterator[ReservationPage]:
        """Page after page of what ``query`` names, from ``first_page`` (counted from 0) on.

        Ends with a page that is empty, or shorter than a page before it and without a link to a next one. The size
        asked for proves nothing (servers give fewer), nor does ``totalPages`` (a count or the last index, unclear).
        """
        path = f"rest/v1/reservation/{_part(accommodation)}"
        fullest, read, before = 0, 0, None
        for number in range(first_page, LAST_PAGE + 1):
            answer = self._get_of(accommodation, path, [*query, ("size", PAGE_SIZE), ("page", number)])
            value = _value(answer)
            rows = _rows_of(value)
            ids = tuple(_id(row) for row in rows)
            if rows and ids == before:
                if len(rows) >= PAGE_SIZE:
                    raise ProtocolBroken("the same page of reservations came twice")
                return
            fullest, read, before = max(fullest, len(rows)), read + len(rows), ids
            links = mapping_of(mapping_of(value).get("page"))
            if rows or number == 0:
                yield ReservationPage(answer.body, ids, _estimate(links, fullest, read, len(rows)), number)
            if not rows or (len(rows) < fullest and not links.get("next")):
                return
        raise ProtocolBroken(f"more than {LAST_PAGE + 1} pages of reservations")

    def reservations_again(
        self, accommodation: str, query: Sequence[tuple[str, Any]], *, first_page: int = 0
    ) -> Iterator[ReservationPage]:
        """The same for a search that rows leave: read again until a reading brings no row that was not there before.

        Pages are counted by the place of their rows. When a booking is cancelled meanwhile, all behind it move up, and
        the first of the next page is never seen. What fits one page cannot move. The pages of the second reading are
        numbered on, so that a pull that was cut short goes on in it; what came before the cut is not known then, and
        two readings must do.
        """
        reading, number = divmod(first_page, LAST_PAGE + 1)
        before: set[str | None] = set()
        known = True
        while True:
            known = known and number == 0
            ids: set[str | None] = set()
            pages = 0
            for page in self.reservations(accommodation, query, first_page=number):
                more = page.total is not None and page.total > len(page.ids)
                total = page.total * max(reading + 1, 2) if more and page.total else page.total
                yield replace(page, number=reading * (LAST_PAGE + 1) + page.number, total=total)
                ids.update(page.ids)
                pages += 1
            if (number == 0 and pages < 2) or (reading > 0 and (not known or ids <= before)):
                return
            before |= ids
            reading, number = reading + 1, 0

    def reservations_by_id(self, accommodation: str, ids: Sequence[str]) -> Iterator[Page]:
        """The present state of the named reservations; one that is gone is simply not there."""
        for start in range(0, len(ids), IDS_PER_CALL):
            asked = ids[start : start + IDS_PER_CALL]
            try:
                for page in self.reservations(accommodation, [("ids[]", one) for one in asked]):
                    if not set(page.ids) <= set(asked):
                        # Parameters that the API does not know are ignored without a word.
                        raise ProtocolBroken("other reservations came than were asked for")
                    yield Page(page.body, len(page.ids), accommodation)
            except Missing:
                yield Page(_EMPTY_PAGE, 0, accommodation)

    # -- calendar ------------------------------------------------------------------------------------------

    def calendar(
        self, accommodation: str, products: Sequence[str], first: date, last: date
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each of the named products with its row: its days from ``first`` up to ``last``.

        One more day is asked for, since nothing says whether the last date belongs to it. A product that is gone has
        no row. Raises :class:`ProtocolBroken` when a row is of no product that was asked for: parameters that the
        API does not know are ignored without a word.
        """
        path = f"rest/v1/calendar/{_part(accommodation)}"
        span = [("dateFrom", first.isoformat()), ("dateTo", last.isoformat()), ("size", CALENDAR_PAGE_SIZE)]
        for start in range(0, len(products), CALENDAR_PAGE_SIZE):
            asked = products[start : start + CALENDAR_PAGE_SIZE]
            named = [("product[]", product) for product in asked]
            missing = set(asked)
            for number in range(len(asked)):
                answer = self._get_of(accommodation, path, [*span, *named, ("page", number)])
                rows = {_id(row): row for row in _rows(answer)}
                if not set(rows) <= set(asked):
                    raise ProtocolBroken("the calendar of other products came than was asked for")
                yield from ((ref, row) for ref, row in rows.items() if ref in missing)
                before, missing = missing, missing - set(rows)
                if not missing or missing == before:
                    break

    def write_calendar(self, items: Sequence[JsonObject]) -> CalendarAnswer:
        """What a bulk write of ``items`` was answered, refusals included; what is not about the items is raised.

        The values are absolute, so a write whose answer was lost is repeated.
        """
        try:
            answer = self._session.request(
                "POST",
                f"{self._base}/rest/v1/calendar/bulk",
                json=list(items),
                retry=True,
                explain=explain_calendar,
            )
        except CalendarRefused as refused:
            return _calendar_answer(refused.answer, refused.detail, forbidden=refused.forbidden)
        return _calendar_answer(answer, refusal_in(answer))

    def units_used(self, period: timedelta) -> list[tuple[datetime, int]]:
        """When writes of the last ``period`` used up units of the quota, and how many; the oldest first."""
        since = timezone.now() - period
        used: list[tuple[datetime, int]] = cache.get(self._units_key(), [])
        return [(moment, units) for moment, units in used if moment > since]

    def note_units(self, units: int, period: timedelta) -> None:
        """Count ``units`` as used up now."""
        used = [*self.units_used(period), (timezone.now(), units)]
        cache.set(self._units_key(), used, period.total_seconds())

    def forget_units(self) -> None:
        cache.delete(self._units_key())

    def _units_key(self) -> str:
        connection = self._session.connection
        return f"octorate:units:{connection.pk if connection else ''}"

    # -- the application's own calls -----------------------------------------------------------------------

    def application_token(self, application: Application) -> str:
        """A token of the application itself, which may manage subscriptions and may not read hotels."""
        answer = self._session.request(
            "POST",
            f"{self._base}/rest/v1/identity/apilogin",
            data=client_fields(application),
            bearer=None,
            retry=True,
            explain=explain_login,
        )
        token = text_of(mapping_of(_value(answer)).get("access_token"))
        if token is None:
            raise ProtocolBroken("the application's sign-in gave no token")
        return token

    def subscriptions(self, token: str) -> list[dict[str, Any]]:
        """The application's subscriptions to events of reservations."""
        rows = _rows(self._application_call("GET", "rest/v1/subscription", token))
        return [row for row in rows if row.get("type") in RESERVATION_EVENTS and _id(row)]

    def subscribe(self, token: str, event: str, url: str) -> bool:
        """Make a subscription; False when the API says that this event has one already."""
        try:
            self._application_call("POST", f"rest/v1/subscription/{event}", token, data={"url": url})
        except Rejected:
            if any(row["type"] == event for row in self.subscriptions(token)):
                return False
            raise
        return True

    def move_subscription(self, token: str, number: str, url: str) -> None:
        self._application_call("PUT", f"rest/v1/subscription/{_part(number)}", token, params=[("url", url)])

    def delete_subscription(self, token: str, number: str) -> None:
        """Remove a subscription; one that is gone already is fine."""
        try:
            self._application_call("DELETE", f"rest/v1/subscription/{_part(number)}", token)
        except Missing:
            return

    # -- one call ------------------------------------------------------------------------------------------

    def _get(self, path: str, params: Sequence[tuple[str, Any]] = (), explain: Explain = explain) -> Answer:
        # No Content-Type: one client got a 400 for sending it with GET.
        return self._session.request(
            "GET", f"{self._base}/{path}", params=list(params) or None, explain=explain
        )

    def _get_of(self, accommodation: str, path: str, params: Sequence[tuple[str, Any]] = ()) -> Answer:
        """A call about one property. Raises :class:`PropertyClosed` where the grant opens others, but not this one."""
        try:
            return self._get(path, params, explain_of_property)
        except PropertyClosed as closed:
            # The same words are used when the whole grant was taken back.
            if not self.first_accommodations():
                raise NeedsReconnect("the grant opens no property", status=closed.status) from None
            closed.property_refs = (accommodation,)
            raise

    def _application_call(self, method: str, path: str, token: str, **more: Any) -> Answer:
        address = f"{self._base}/{path}"
        return self._session.request(method, address, bearer=token, explain=explain_application, **more)


@dataclass(frozen=True, slots=True)
class ReservationPage:
    """``ids`` of the rows as text, in their order; ``total`` estimates the rows of the whole search."""

    body: bytes
    ids: tuple[str | None, ...]
    total: int | None
    number: int = 0


@dataclass(frozen=True, slots=True)
class CalendarAnswer:
    """What a bulk write was answered.

    ``refusal`` is Octorate's sentence, empty when everything was taken; ``forbidden`` when the application may write
    nothing in the property. ``left`` is how many units of the quota it says are left, where it says it.
    """

    request_id: str
    left: int | None
    refusal: str = ""
    forbidden: bool = False


def _calendar_answer(answer: Answer, refusal: str, *, forbidden: bool = False) -> CalendarAnswer:
    told = answer.headers.get("X-RateLimit-Remaining", "").strip()
    left = int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None
    return CalendarAnswer(clean(answer.headers.get("request-id", ""))[:80], left, refusal, forbidden)


def client_fields(application: Application) -> dict[str, str]:
    """The form fields that name the application."""
    credentials = application.credentials
    return {
        "client_id": credentials.get("client_id", ""),
        "client_secret": credentials.get("client_secret", ""),
    }


def hints_by_property(hints: Sequence[Hint]) -> Mapping[str | None, list[str]]:
    """Ids to fetch by property, each once, in order; hints of other kinds and ids that are no number are left out."""
    grouped: dict[str | None, dict[str, None]] = {}
    for hint in hints:
        if hint.kind == "reservation" and hint.external_id.isascii() and hint.external_id.isdigit():
            grouped.setdefault(hint.property_ref, {})[hint.external_id] = None
    return {place: list(ids) for place, ids in grouped.items()}


def _estimate(links: Mapping[str, Any], fullest: int, read: int, rows: int) -> int | None:
    last = links.get("totalPages")
    if rows < fullest or not isinstance(last, int) or isinstance(last, bool) or not 0 <= last <= LAST_PAGE:
        return read
    # As the last index it is exact to a page; as a count it is one page too many.
    return read if last == 0 else max(read, (last + 1) * fullest)


def _value(answer: Answer) -> Any:
    try:
        return load_json(answer.body)
    except UnreadablePayload as unreadable:
        raise ProtocolBroken(str(unreadable), status=answer.status) from None


def _rows(answer: Answer) -> list[dict[str, Any]]:
    return [row for row in _rows_of(_value(answer)) if isinstance(row, dict)]


def _rows_of(value: Any) -> list[Any]:
    """The rows of a bare array or of ``{"data": [...]}``: the API uses both, and not always as its schema says."""
    rows = value.get("data") if isinstance(value, dict) else value
    if not isinstance(rows, list):
        raise ProtocolBroken("a list was expected")
    return rows


def _id(row: Any) -> str | None:
    try:
        return reference(mapping_of(row).get("id"), "id")
    except OddValue:
        return None


def _part(text: str) -> str:
    return quote(text, safe="")
