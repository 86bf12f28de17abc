"""The first import, long silences and the nightly summary, over real HTTP against the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.contracts import MessageKind, ReadContext
from integrations.http import ProviderSession
from integrations.providers.booking_com import queues, reading
from integrations.providers.booking_com.client import BookingComClient
from integrations.providers.booking_com.provider import PROVIDER
from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import HOTEL
from tests.providers.booking_com.queue_calls import (
    NEW,
    SUMMARY,
    ids_of,
    order,
    run,
    window,
)

pytestmark = pytest.mark.django_db


def test_the_first_import_begins_with_all_bookings_that_are_not_over(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    waiting = sandbox.waiting()
    old = [
        r.id
        for r in sandbox.world.reservations.values()
        if r.property == HOTEL and r.id not in waiting and r.departure > sandbox.today(HOTEL)
    ]
    assert old
    assert waiting

    summary, *rest = run(session, window(None))

    assert (summary.queue, summary.number, summary.property_ref) == ("", 0, str(HOTEL))
    assert set(old) <= set(reading.ids(summary.body))
    assert {page.queue for page in rest} <= {"new", "modified"}
    assert set(waiting) <= {*ids_of(rest)} | {
        r.id for r in sandbox.world.reservations.values() if r.property != HOTEL
    }
    assert order(sandbox)[0] == "POST summary"


def test_rows_of_the_summary_name_the_property(session: ProviderSession, sandbox: BookingComSandbox) -> None:
    summary = BookingComClient(session).summary(str(HOTEL))

    records = PROVIDER.read(summary, ReadContext(kind=MessageKind.POLL)).records
    assert {record.property_ref for record in records} == {str(HOTEL)}


def test_the_summary_never_replaces_what_a_queue_told(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    """It holds less and names rooms by other numbers, so it must count as the older telling."""
    made = queue.book()
    (page,) = run(session, window())
    (told,) = PROVIDER.read(page.body, ReadContext()).records

    records = PROVIDER.read(BookingComClient(session).summary(str(HOTEL)), ReadContext()).records

    (again,) = [record for record in records if record.external_id == made]
    assert again.version < told.version


def test_an_import_that_was_cut_short_does_not_read_the_summary_again(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    pages = run(session, window(None, first_page=1))

    assert "POST summary" not in order(sandbox)
    assert [page.number for page in pages] == list(range(1, 1 + len(pages)))


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_first_summary_that_is_refused_is_a_page_that_says_so(
    session: ProviderSession, queue: BookingComSandbox, status: int
) -> None:
    """It says nothing against the account: what waits is read, and the connection lives on."""
    made = queue.book()
    queue.fail_next(9, status, '<fault string="Not for this account"/>', path_part=SUMMARY)

    refused, page = run(session, window(None))

    assert (refused.items, refused.queue, ids_of([page])) == (0, "", [made])
    (problem,) = PROVIDER.read(refused.body, ReadContext(kind=MessageKind.POLL)).errors
    assert problem.message.endswith("The list of earlier bookings was refused: Not for this account")
    assert queue.waiting() == []


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_later_summary_that_is_refused_is_no_trouble(
    session: ProviderSession, queue: BookingComSandbox, status: int
) -> None:
    refusing(queue, "last_change", status)
    queue.fail_next(9, status, '<fault string="Not for this account"/>', path_part=SUMMARY)

    assert run(session, window(timedelta(hours=2))) == []


def test_after_a_long_silence_what_was_changed_meanwhile_is_read_as_well(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    """Booking.com gave it to somebody else or mailed it; the queue has it no more."""
    made = queue.book()
    queue.world.settle(queue.reservation(made), queue.now())
    now = timezone.now()

    pages = run(session, window(timedelta(minutes=40), now=now))

    assert [(page.queue, made in reading.ids(page.body)) for page in pages if page.items] == [("", True)]
    asked = queue.requests("GET", NEW)[-1].query["last_change"]
    assert asked == [(now - timedelta(minutes=40)).strftime("%Y-%m-%d %H:%M:%S")]
    assert "POST summary" not in order(queue)


@pytest.mark.parametrize("minutes", [10, 20, 25])
def test_a_short_silence_costs_no_more_than_a_usual_poll(
    session: ProviderSession, queue: BookingComSandbox, minutes: int
) -> None:
    run(session, window(timedelta(minutes=minutes)))

    assert order(queue) == ["GET new", "GET modified"]


@pytest.mark.parametrize("status", [400, 401, 403])
def test_where_looking_back_is_refused_the_summary_is_read(
    session: ProviderSession, queue: BookingComSandbox, status: int
) -> None:
    """Booking.com's Recovery feature takes the place of ``last_change``."""
    refusing(queue, "last_change", status)

    (page,) = run(session, window(timedelta(hours=2)))

    assert order(queue)[-2:] == ["GET new", "POST summary"]
    assert page.lists_all
    assert page.items == len(reading.ids(page.body)) > 0


def refusing(sandbox: BookingComSandbox, parameter: str, status: int = 400) -> None:
    """From now on the sandbox refuses calls that carry ``parameter``."""
    handle: Callable[..., Any] = sandbox.handle

    def refuse(request: Any) -> Any:
        if request.argument(parameter):
            sandbox.fail_next(1, status, '<fault string="Recovery is on"/>', path_part=request.path)
        return handle(request)

    sandbox.handle = refuse


def test_when_looking_back_may_have_been_cut_short_the_summary_is_read_too(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    for one in queue.fill_queue(200):
        queue.world.settle(queue.reservation(one), queue.now())

    pages = run(session, window(timedelta(minutes=40), now=timezone.now()))

    assert order(queue)[-1] == "POST summary"
    assert pages[-1].items >= 200


def test_the_summary_is_read_once_in_a_night(session: ProviderSession, queue: BookingComSandbox) -> None:
    minute = HOTEL % queues.SUMMARY_MINUTES
    at = timezone.now().replace(hour=0, minute=0, second=5) + timedelta(minutes=minute)

    def summaries(now: datetime, since_last_read: timedelta) -> int:
        queue.clear_requests()
        run(session, window(queues.OVERLAP + since_last_read, now=now))
        return order(queue).count("POST summary")

    step = timedelta(seconds=20)
    assert [summaries(at + n * step, step) for n in (-2, -1, 0, 1, 2)] == [0, 0, 1, 0, 0]
    assert summaries(at + timedelta(minutes=9), timedelta(minutes=12)) == 1
    assert summaries(at + timedelta(hours=12), step) == 0
