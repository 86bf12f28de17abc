"""Hostaway's wire: addresses, parameters, paging and the shapes of its answers.

Every method raises :mod:`integrations.errors` errors only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.utils import timezone

from integrations.contracts import Tokens
from integrations.errors import (
    IntegrationError,
    Misconfigured,
    Missing,
    NeedsReconnect,
    ProtocolBroken,
    Rejected,
    Unreachable,
)
from integrations.providers.hostaway.answers import envelope_of, explain, explain_token, object_of
from integrations.providers.hostaway.item import reference
from integrations.providers.hostaway.mapping import is_undated
from integrations.values import OddValue, instant, mapping_of, objects_of, text_of

if TYPE_CHECKING:
    from integrations.http import Answer, ProviderSession

#: The documented default; what a larger number does is not written.
PAGE_SIZE = 100
#: Listings come with pictures and texts.
LISTINGS_PER_PAGE = 50
MOST_LISTING_PAGES = 400
#: A new token is refused until it is this old.
SECONDS_UNTIL_VALID = 1
#: GUESS: when an answer does not say how long its token lives; the documentation's figures disagree (6 to 24 months).
DEFAULT_LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list of reservations: its number, and when it changed last, as written and as an instant."""

    id: str | None
    mark: str
    updated_on: datetime | None
    is_undated: bool = False


@dataclass(frozen=True, slots=True)
class ReservationList:
    """One answer of the list, whole; ``total`` is how many rows the whole list has, if told."""

    body: bytes = field(repr=False)
    rows: tuple[Row, ...] = ()
    total: int | None = None


class HostawayClient:
    """One account's view of the API. Holds no state of its own.

    What a new token is refused as well asks a person where it is the account's own lists; a single listing or a feature
    that is out of its rights is :class:`Rejected`, and the account stays connected.
    """

    def __init__(self, session: ProviderSession) -> None:
        self._session = session
        self._base = session.urls["api"].rstrip("/")

    # -- access --------------------------------------------------------------------------------------------

    def issue_token(self, account_id: str, secret: str) -> Tokens:
        """A new access token, when it may be used. The answer comes without the usual envelope, or within one."""
        before = timezone.now()
        answer = self._session.request(
            "POST",
            f"{self._base}/accessTokens",
            data={
                "grant_type": "client_credentials",
                "client_id": account_id,
                "client_secret": secret,
                "scope": "general",
            },
            bearer=None,
            explain=explain_token,
        )
        try:
            body = object_of(answer)
            body = mapping_of(body.get("result")) or (envelope_of(answer) if "status" in body else body)
        except Rejected as refused:
            raise NeedsReconnect(refused.detail, status=refused.status) from None
        token = text_of(body.get("access_token"))
        if token is None:
            raise Unreachable("the answer holds no access token", status=answer.status)
        self._session.pause(SECONDS_UNTIL_VALID)
        return Tokens(token, before + _life(body.get("expires_in")))

    def revoke_token(self, token: str) -> None:
        """End an access token; one that is over already is fine."""
        # Its own bearer: a token that is over must not be renewed only to be ended.
        path = f"{self._base}/accessTokens"
        try:
            answer = self._session.request(
                "DELETE", path, params=[("token", token)], bearer=token, explain=explain
            )
        except Misconfigured:  # what a call gets that brings its own token, and an old one
            return
        envelope_of(answer)

    # -- listings ------------------------------------------------------------------------------------------

    def first_listing(self) -> None:
        """The cheapest call that needs the account."""
        self._rows("listings", [("limit", 1)])

    def listings(self) -> list[dict[str, Any]]:
        """Every listing of the account with what hangs on it."""
        found: dict[str, dict[str, Any]] = {}
        for number in range(MOST_LISTING_PAGES):
            query = [("limit", LISTINGS_PER_PAGE), ("offset", number * LISTINGS_PER_PAGE)]
            rows = self._rows("listings", [*query, ("includeResources", 1)])
            fresh = {ref: row for row in rows if (ref := _id(row)) and ref not in found}
            found.update(fresh)
            if not fresh:
                break
        return list(found.values())

    def units(self, listing: str) -> list[dict[str, Any]]:
        """The units of a multi-unit listing; none of any other."""
        try:
            return self._rows(f"listingUnits/{_part(listing)}", denied=Rejected)
        except (Missing, Rejected):
            return []

    # -- reservations --------------------------------------------------------------------------------------

    def reservations(self, filters: Mapping[str, str], after: str | None) -> ReservationList:
        """One page of the list, the latest change first, behind the row numbered ``after``."""
        query: list[tuple[str, Any]] = [("limit", PAGE_SIZE), ("includeResources", 1), *filters.items()]
        if after is not None:
            query.append(("afterId", after))
        answer = self._call("GET", "reservations", params=query)
        envelope = envelope_of(answer)
        rows = envelope.get("result")
        if not isinstance(rows, list):
            raise ProtocolBroken("a list of reservations was expected")
        total = envelope.get("count")
        return ReservationList(
            answer.body,
            tuple(_row(row) for row in rows),
            total if isinstance(total, int) and not isinstance(total, bool) and total >= 0 else None,
        )

    def reservation(self, number: str) -> bytes:
        """One reservation as it is now, in its envelope. Raises :class:`Missing` when it is gone, :class:`Rejected`
        with status 403 when the account has no right to its listing."""
        params = [("includeResources", 1)]
        answer = self._call("GET", f"reservations/{_part(number)}", params=params, denied=Rejected)
        if not isinstance(envelope_of(answer).get("result"), dict):
            raise ProtocolBroken("a reservation was expected")
        return answer.body

    # -- the calendar --------------------------------------------------------------------------------------

    def calendar(self, listing: str, first: date, last: date) -> list[dict[str, Any]]:
        """The days of a listing's calendar, ``last`` included."""
        # GUESS: that endDate is included, when reading as when writing; the examples read so.
        query = [("startDate", first.isoformat()), ("endDate", last.isoformat())]
        return self._rows(f"listings/{_part(listing)}/calendar", query, denied=Rejected)

    def write_calendar(self, listing: str, intervals: Sequence[Mapping[str, Any]]) -> None:
        """Write at most 200 intervals of a listing's calendar, all or none of them."""
        path = f"listings/{_part(listing)}/calendarIntervals"
        envelope_of(self._call("PUT", path, json=list(intervals), denied=Rejected))

    # -- webhooks ------------------------------------------------------------------------------------------

    def webhooks(self) -> list[dict[str, Any]]:
        """The account's subscriptions, of ours and of others."""
        return [row for row in self._rows("webhooks/unifiedWebhooks", denied=Rejected) if _id(row)]

    def create_webhook(self, values: Mapping[str, Any]) -> str:
        """The number of a new subscription."""
        envelope = envelope_of(
            self._call("POST", "webhooks/unifiedWebhooks", json=dict(values), denied=Rejected)
        )
        number = _id(envelope.get("result"))
        if number is None:
            raise ProtocolBroken("the new subscription has no number")
        return number

    def replace_webhook(self, number: str, values: Mapping[str, Any]) -> None:
        path = f"webhooks/unifiedWebhooks/{_part(number)}"
        envelope_of(self._call("PUT", path, json=dict(values), denied=Rejected))

    def delete_webhook(self, number: str) -> None:
        """Remove a subscription; one that is gone already is fine."""
        try:
            self._call("DELETE", f"webhooks/unifiedWebhooks/{_part(number)}", denied=Rejected)
        except Missing:
            return

    # -- one call ------------------------------------------------------------------------------------------

    def _rows(
        self,
        path: str,
        query: Sequence[tuple[str, Any]] = (),
        denied: type[IntegrationError] = NeedsReconnect,
    ) -> list[dict[str, Any]]:
        rows = envelope_of(self._call("GET", path, params=list(query) or None, denied=denied)).get("result")
        if not isinstance(rows, list):
            raise ProtocolBroken("a list was expected")
        return objects_of(rows)

    def _call(self, method: str, path: str, **more: Any) -> Answer:
        return self._session.request(method, f"{self._base}/{path}", explain=explain, **more)


def ref_of(row: Mapping[str, Any]) -> str:
    """The number of a row that was found to have one."""
    return _id(row) or ""


def _row(row: Any) -> Row:
    raw = mapping_of(row)
    try:
        updated_on = instant(raw.get("updatedOn"), "updatedOn")
    except OddValue:
        updated_on = None
    return Row(_id(row), text_of(raw.get("updatedOn")) or "", updated_on, is_undated(raw))


def _id(row: Any) -> str | None:
    try:
        return reference(mapping_of(row).get("id"), "id")
    except OddValue:
        return None


def _life(seconds: Any) -> timedelta:
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdecimal() and len(seconds) < 12:
        seconds = int(seconds)
    if isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**9:
        return timedelta(seconds=seconds)
    return DEFAULT_LIFE


def _part(text: str) -> str:
    return quote(text, safe="")
