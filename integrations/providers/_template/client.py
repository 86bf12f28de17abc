"""The wire: addresses, the key, paging, and what error answers mean. Raises :mod:`integrations.errors` only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from integrations.contracts import Page, UnreadablePayload
from integrations.errors import IntegrationError, ProtocolBroken, RateLimited
from integrations.payloads import load_json
from integrations.values import count, mapping_of, objects_of

if TYPE_CHECKING:
    from integrations.http import Answer, ProviderSession

PAGE_SIZE = 50
LAST_PAGE = 2_000
IDS_PER_CALL = 50


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
        # A key of its own header: `bearer=None` sends no Authorization.
        key = str(self._session.credentials.get("api_key", ""))
        return self._session.request(
            "GET",
            f"{self._base}/{path}",
            params=params,
            headers={"X-Api-Key": key},
            bearer=None,
            explain=explain,
        )


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
