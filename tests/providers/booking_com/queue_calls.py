"""What tests of the queues do: ask for a window, read, acknowledge as shared code does, count calls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from integrations.contracts import MessageKind, Page, Problem, PullWindow, ReadContext, Taken
from integrations.http import ProviderSession
from integrations.providers.booking_com import reading
from integrations.providers.booking_com.provider import PROVIDER
from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import HOTEL

NEW, MODIFIED = "OTA_HotelResNotif", "OTA_HotelResModifyNotif"
SUMMARY = "reservationssummary"


def window(
    since: timedelta | None = timedelta(minutes=10), *, now: datetime | None = None, **more: Any
) -> PullWindow:
    now = now or timezone.now().replace(hour=12)
    return PullWindow([str(HOTEL)], None if since is None else now - since, now, **more)


def read(page: Page) -> list[str]:
    result = PROVIDER.read(page.body, ReadContext(kind=MessageKind.POLL))
    assert result.errors == []
    return [record.external_id for record in result.records]


def run(session: ProviderSession, asked: PullWindow, *, refuse: tuple[str, ...] = ()) -> list[Page]:
    """All pages, each acknowledged as shared code does it: after it was read and before the next."""
    pages = []
    for page in PROVIDER.pull_reservations(session, asked):
        pages.append(page)
        if page.queue:
            ids = reading.ids(page.body)
            problems = tuple(Problem(f"reservation {one}", "no dates", one) for one in ids if one in refuse)
            stored = tuple(one for one in ids if one not in refuse)
            PROVIDER.acknowledge(session, Taken(page, stored, problems))
    return pages


def ids_of(pages: list[Page]) -> list[str]:
    return [one for page in pages for one in reading.ids(page.body)]


def order(sandbox: BookingComSandbox) -> list[str]:
    """The calls about reservations, in short."""
    named = {NEW: "new", MODIFIED: "modified", SUMMARY: "summary"}
    calls = sandbox.requests(path_part="/secure/")
    return [f"{call.method} {named[call.path.rpartition('/')[2]]}" for call in calls]


def pages_of(session: ProviderSession) -> Iterator[Page]:
    return PROVIDER.pull_reservations(session, window())
