"""The wire: addresses, the key, paging, and what error answers mean. Raises :mod:`integrations.errors` only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from integrations.contracts import Page, UnreadablePayload
from integrations.errors import IntegrationError, Missing, ProtocolBroken, RateLimited
from integrations.payloads import load_json
from integrations.values import count, mapping_of, objects_of, text_of

if TYPE_CHECKING:
    from integrations.http import Answer, ProviderSession

PAGE_SIZE = 50
LAST_PAGE = 2_000
IDS_PER_CALL = 50


@dataclass(frozen=True, slots=True)
class Written:
    """What they answered to a write: their number of the call, and a row for each item that they did not take."""

    number: str
    refused: list[dict[str, Any]]


class TemplateClient:
    """One account's view of the API. Holds no state of its own."""

    def __init__(self, session: ProviderSession) -> None:
        self._session = session
        self._base = session.urls["api"].rstrip("/")

    def properties(self) -> list[dict[str, Any]]:
        """Every property that the key opens."""
        return objects_of(_rows(self._get("properties"), "properties"))

    def bookings(self, place: str, *, changed_since: datetime | None, first_page: int = 0) -> Iterator[Page]:
        """Pages of one property's bookings, oldest change first, from ``first_page`` (counted from 0) on."""
        query = [("property", place)]
        if changed_since is not None:
            query.append(("changed_since", changed_since.isoformat()))
        yield from self._pages(query, place, first_page)

    def bookings_by_id(self, ids: Sequence[str]) -> Iterator[Page]:
        for start in range(0, len(ids), IDS_PER_CALL):
            yield from self._pages([("id", one) for one in ids[start : start + IDS_PER_CALL]])

    def calendar(self, place: str, room_type: str, first: date, last: date) -> list[dict[str, Any]]:
        """The nights of a room type, ``last`` included."""
        query = [("property", place), ("room_type", room_type), ("first", str(first)), ("last", str(last))]
        return objects_of(_rows(self._get("calendar", query), "nights"))

    def write_calendar(self, place: str, items: Sequence[dict[str, Any]]) -> Written:
        """Write one month's items; they take the good ones whatever the others are. Repeating is harmless."""
        answer = self._call("PUT", "calendar", json={"property": place, "items": list(items)})
        return Written(text_of(_value(answer).get("call")) or "", objects_of(_rows(answer, "refused")))

    def subscriptions(self) -> list[dict[str, Any]]:
        """The account's subscriptions, of ours and of others."""
        return objects_of(_rows(self._get("subscriptions"), "subscriptions"))

    def subscribe(self, url: str) -> None:
        self._call("POST", "subscriptions", json={"url": url})

    def delete_subscription(self, number: str) -> None:
        """Remove a subscription; one that is gone already is fine."""
        try:
            self._call("DELETE", f"subscriptions/{quote(number, safe='')}")
        except Missing:
            return

    def _pages(
        self, query: list[tuple[str, str]], place: str | None = None, first_page: int = 0
    ) -> Iterator[Page]:
        for number in range(first_page, LAST_PAGE):
            answer = self._get("bookings", [*query, ("page", str(number)), ("size", str(PAGE_SIZE))])
            rows = _rows(answer, "bookings")
            if not rows and number:
                return
            yield Page(answer.body, len(rows), place, _total(answer), number)
            if len(rows) < PAGE_SIZE:
                return
        raise ProtocolBroken(f"more than {LAST_PAGE} pages of bookings")

    def _get(self, path: str, params: list[tuple[str, str]] | None = None) -> Answer:
        return self._call("GET", path, params=params)

    def _call(self, method: str, path: str, **more: Any) -> Answer:
        # A key of its own header: `bearer=None` sends no Authorization.
        key = {"X-Api-Key": str(self._session.credentials.get("api_key", ""))}
        address = f"{self._base}/{path}"
        return self._session.request(method, address, headers=key, bearer=None, explain=explain, **more)


def explain(answer: Answer) -> IntegrationError | None:
    """The error in an answer of 400 or more; None leaves the usual meaning of its status."""
    try:
        error = mapping_of(mapping_of(load_json(answer.body)).get("error"))
    except UnreadablePayload:
        return None
    if error.get("code") == "quota":
        return RateLimited("the quota is used up", status=answer.status)
    return None


def _value(answer: Answer) -> dict[str, Any]:
    try:
        value = load_json(answer.body)
    except UnreadablePayload as unreadable:
        raise ProtocolBroken(str(unreadable), status=answer.status) from None
    if not isinstance(value, dict):
        raise ProtocolBroken("an object was expected", status=answer.status)
    return value


def _rows(answer: Answer, name: str) -> list[Any]:
    rows = _value(answer).get(name)
    if not isinstance(rows, list):
        raise ProtocolBroken(f"a list of {name} was expected", status=answer.status)
    return rows


def _total(answer: Answer) -> int | None:
    try:
        return count(_value(answer).get("total"), "total")
    except ValueError:  # it only feeds the progress bar
        return None
