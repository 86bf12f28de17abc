"""Reads the account's list of reservations page by page while it changes under the reader's hands.

The list is ordered by the last change, newest first: a booking that changes while pages are read jumps to the front,
and everything between moves back by one. Nothing is lost by that as long as the front is read once more at the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from django.utils import timezone

from integrations.contracts import Page, PullWindow
from integrations.errors import ProtocolBroken, Rejected
from integrations.providers.hostaway.client import HostawayClient, ReservationList, Row

#: Hostaway's clock and ours may differ, and a change may be told a little late.
OVERLAP = timedelta(hours=1)
#: Departures of so many days ahead are compared once a day, whatever the list of changes said.
RECONCILED_DAYS = 30
#: So often may the place where the next page begins come up again: the row that marks it may have jumped to the front.
MOST_JUMPS = 3
MOST_CALLS = 20_000


def pull(client: HostawayClient, window: PullWindow) -> Iterator[Page]:
    """The pages of one pull: all reservations for a first import, else what changed since ``window.changed_since``.

    The list is the account's, not a property's, so it is read once however many properties are asked for. Its pages
    carry the first of them, which is what a pull that was cut short goes on by.
    """
    walk = _Walk(client, window)
    if window.changed_since is None:
        yield from walk.read({})
    else:
        yield from walk.read({}, older_than=window.changed_since - OVERLAP)
        if window.changed_since.date() != window.now.date():
            yield from walk.read(_departures(window))
    if walk.calls > 1:
        yield from walk.read({}, until_known=True)


def departures(client: HostawayClient, first: date, last: date) -> frozenset[str]:
    """The numbers of all reservations that leave from ``first`` up to ``last`` (half-open), whatever their status."""
    walk = _Walk(client, PullWindow((), None, timezone.now()))
    filters = _leaving(first, last - timedelta(days=1))
    deque(walk.read(filters), maxlen=0)
    if walk.calls > 1:
        deque(walk.read(filters, until_known=True), maxlen=0)
    return walk.numbers


def _departures(window: PullWindow) -> dict[str, str]:
    # A day earlier, for listings whose own day is not over yet.
    today = window.now.date()
    return _leaving(today - timedelta(days=1), today + timedelta(days=RECONCILED_DAYS))


def _leaving(first: date, last: date) -> dict[str, str]:
    return {"departureStartDate": first.isoformat(), "departureEndDate": last.isoformat()}


class _Walk:
    """One pull. Remembers which rows it brought, and in which state, so that no page comes twice as it was."""

    def __init__(self, client: HostawayClient, window: PullWindow) -> None:
        self.calls = 0
        self._client = client
        self._property_ref = next(iter(window.property_refs), None)
        self._first_page = window.first_page
        self._settled_before = window.now - OVERLAP
        self._brought: dict[str, str] = {}
        self._number = 0

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers of the rows that were read."""
        return frozenset(self._brought)

    def read(
        self, filters: Mapping[str, str], *, older_than: datetime | None = None, until_known: bool = False
    ) -> Iterator[Page]:
        """Pages with anything new, until an empty one, a whole page of older rows or, with ``until_known``, a page
        that ends with a row already brought: what follows it has not changed since."""
        after: str | None = None
        used: set[str] = set()
        jumps = 0
        for _ in range(MOST_CALLS):
            try:
                answer = self._client.reservations(filters, after)
            except Rejected as refused:
                if after is None:
                    raise
                # GUESS: the row to go on from has left the list meanwhile, so a new pull will find its way.
                raise ProtocolBroken(refused.detail, status=refused.status) from None
            self.calls += 1
            if not answer.rows:
                return
            ends_known = self._is_brought(answer.rows[-1])
            # A walk that ends early does not say how much it will bring.
            total = answer.total if older_than is None and not until_known else None
            if page := self._page(answer, total):
                yield page
            if (until_known and ends_known) or (older_than and _all_older(answer.rows, older_than)):
                return
            after = next((row.id for row in reversed(answer.rows) if row.id), None)
            if after is None:
                raise ProtocolBroken("a page of reservations without numbers")
            if after in used:
                jumps += 1
                if jumps > MOST_JUMPS:
                    raise ProtocolBroken("the same pages of reservations come again and again")
                used.clear()
            used.add(after)
        raise ProtocolBroken(f"more than {MOST_CALLS} pages of reservations")

    def _page(self, answer: ReservationList, total: int | None) -> Page | None:
        """The page to hand on; None when nothing in it is new, or when an earlier, interrupted pull had it."""
        if all(self._is_brought(row) for row in answer.rows):
            return None
        number = self._number
        self._number += 1
        skipped = number < self._first_page
        for row in answer.rows:
            # A row that changed after the pull began is not what the interrupted pull read.
            if row.id and (not skipped or (row.updated_on and row.updated_on < self._settled_before)):
                self._brought[row.id] = row.mark
        if skipped:
            return None
        # A row without dates is no booking yet.
        items = sum(not row.is_undated for row in answer.rows)
        return Page(answer.body, items, self._property_ref, total, number)

    def _is_brought(self, row: Row) -> bool:
        return row.id is not None and self._brought.get(row.id) == row.mark


def _all_older(rows: tuple[Row, ...], moment: datetime) -> bool:
    return all(row.updated_on is not None and row.updated_on < moment for row in rows)
