"""Pulling the account's list of reservations, over real HTTP, while it changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.contracts import Page, PullWindow, ReadContext
from integrations.errors import ProtocolBroken, Rejected, Unreachable
from integrations.http import ProviderSession
from integrations.providers.hostaway import client, walk
from integrations.providers.hostaway.provider import PROVIDER
from integrations.providers.hostaway.sandbox import HostawaySandbox
from integrations.providers.hostaway.sandbox.seed import A1, A2, A3

pytestmark = pytest.mark.django_db

LISTINGS = (str(A1), str(A2), str(A3))


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAGE_SIZE", 5)


def window(*, since: datetime | None = None, first_page: int = 0, now: datetime | None = None) -> PullWindow:
    return PullWindow(LISTINGS, since, now or timezone.now(), first_page=first_page)


def pull(session: ProviderSession, asked: PullWindow) -> Iterator[Page]:
    return PROVIDER.pull_reservations(session, asked)


def ids_in(*pages: Page) -> list[str]:
    """What the pages name, whatever it is; a row may come again when it changed."""
    return [str(row["id"]) for page in pages for row in json.loads(page.body)["result"]]


def read_from(*pages: Page) -> dict[str, str]:
    """The last told status of every booking."""
    results = [PROVIDER.read(page.body, ReadContext()) for page in pages]
    return {record.external_id: str(record.status) for result in results for record in result.records}


def asked_for(sandbox: HostawaySandbox) -> list[dict[str, str]]:
    calls = sandbox.requests("GET", "/v1/reservations")
    return [{name: values[0] for name, values in call.query.items()} for call in calls]


def age_everything(sandbox: HostawaySandbox, days: int) -> None:
    """Let the newest change be so many days old, and each further one a minute older."""
    for number, row in enumerate(sandbox.rows()):
        sandbox.touch(row["id"], at=datetime.now(UTC) - timedelta(days=days, minutes=number))


# --- the first import -----------------------------------------------------------------------------------------


def test_the_first_import_brings_every_row_once_newest_change_first(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    pages = list(pull(session, window()))
    expected = [str(row["id"]) for row in sandbox.rows()]
    assert ids_in(*pages) == expected
    assert [page.number for page in pages] == list(range(len(pages)))
    assert {page.property_ref for page in pages} == {LISTINGS[0]}
    assert {page.total for page in pages} == {len(expected)}


def test_the_list_is_read_once_however_many_listings_are_mapped(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    rows = len(sandbox.rows())
    list(pull(session, window()))
    # Each page, the empty one behind them, and the front once more.
    assert len(asked_for(sandbox)) == -(-rows // 5) + 1 + 1
    assert {"listingId", "offset", "sortOrder", "latestActivityStart"}.isdisjoint(
        name for query in asked_for(sandbox) for name in query
    )
    assert {query["includeResources"] for query in asked_for(sandbox)} == {"1"}


def test_a_cursor_follows_the_order_of_changes_where_numbers_go_down(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    # The older a booking, the later it changed: the numbers of the cursors shrink and grow.
    for number, row in enumerate(sorted(sandbox.rows(), key=lambda row: row["id"])):
        sandbox.touch(row["id"], at=datetime.now(UTC) - timedelta(days=1, minutes=(number * 7) % 23))
    cursors = [int(query["afterId"]) for query in map(dict, _after(session, sandbox)) if "afterId" in query]
    assert cursors != sorted(cursors)
    assert cursors != sorted(cursors, reverse=True)


def _after(session: ProviderSession, sandbox: HostawaySandbox) -> list[dict[str, str]]:
    pages = list(pull(session, window()))
    assert sorted(ids_in(*pages)) == sorted(str(row["id"]) for row in sandbox.rows())
    return asked_for(sandbox)


def test_a_server_that_gives_fewer_rows_than_asked_for_loses_none(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    sandbox.maximum_limit = 3
    pages = list(pull(session, window()))
    assert ids_in(*pages) == [str(row["id"]) for row in sandbox.rows()]


def test_a_row_without_dates_is_not_counted_as_a_booking(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    pages = list(pull(session, window()))
    assert sum(page.items for page in pages) == len(sandbox.rows()) - 1 == len(read_from(*pages))


def test_an_empty_account_brings_nothing(session: ProviderSession, sandbox: HostawaySandbox) -> None:
    for row in sandbox.rows():
        sandbox.delete(row["id"])
    assert list(pull(session, window())) == []
    assert len(asked_for(sandbox)) == 1


# --- while pages are read -------------------------------------------------------------------------------------


def test_a_row_that_changes_while_pages_are_read_comes_again_as_it_is(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    changed = sandbox.rows()[-1]["id"]
    pages = pull(session, window())
    first = next(pages)
    # It jumps to the front, behind the reader's back.
    sandbox.set_status(changed, "declined")
    rest = list(pages)
    assert read_from(first, *rest)[str(changed)] == "cancelled"
    assert ids_in(rest[-1])[0] == str(changed)


def test_a_row_booked_while_pages_are_read_is_found_at_the_end(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    pages = pull(session, window())
    first = next(pages)
    made = [sandbox.book(A1, overbook=True)["id"] for _ in range(12)]
    assert {str(one) for one in made} <= read_from(first, *pages).keys()


def test_the_row_that_marks_the_place_may_jump_to_the_front(
    session: ProviderSession, sandbox: HostawaySandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PAGE_SIZE", 2)
    pages = pull(session, window())
    before = [next(pages) for _ in range(7)]
    sandbox.touch(int(ids_in(before[-1])[-1]))
    assert sorted(set(ids_in(*before, *pages))) == sorted(str(row["id"]) for row in sandbox.rows())


def test_a_mark_that_was_deleted_is_tried_again_later(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    pages = pull(session, window())
    sandbox.delete(int(ids_in(next(pages))[-1]))
    with pytest.raises(ProtocolBroken, match="afterId"):
        list(pages)


def test_a_refusal_of_the_list_itself_is_final(session: ProviderSession, sandbox: HostawaySandbox) -> None:
    sandbox.fail_next(1, 400)
    with pytest.raises(Rejected):
        list(pull(session, window()))


def answer(*numbers: Any) -> str:
    rows = [{"id": number, "updatedOn": "2031-01-01 00:00:00"} for number in numbers]
    return json.dumps({"status": "success", "result": rows})


def test_a_server_that_does_not_know_the_cursor_is_not_asked_for_ever(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    sandbox.fail_next(100, 200, answer(3, 1, 2))
    with pytest.raises(ProtocolBroken, match="again and again"):
        list(pull(session, window()))
    assert len(asked_for(sandbox)) == 2 + walk.MOST_JUMPS


def test_rows_without_numbers_do_not_end_the_reading_unless_all_are(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    for body in (answer(3, 1, None), answer(None, {})):
        sandbox.fail_next(1, 200, body)
    pages = pull(session, window())
    assert next(pages).items == 3
    assert next(pages).items == 2
    with pytest.raises(ProtocolBroken, match="without numbers"):
        next(pages)
    assert asked_for(sandbox)[1]["afterId"] == "1"


# --- only what changed ----------------------------------------------------------------------------------------


def test_a_later_pull_ends_behind_a_whole_page_of_older_rows(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    age_everything(sandbox, 3)
    now = datetime.now(UTC).replace(hour=12)
    for row in sandbox.rows()[-3:]:
        sandbox.touch(row["id"], at=now - timedelta(minutes=5))
    pages = list(pull(session, window(since=now - timedelta(minutes=20), now=now)))
    assert [len(ids_in(page)) for page in pages] == [5, 5]
    assert {page.total for page in pages} == {None}
    # Two pages, and the front once more, which brought nothing new.
    assert len(asked_for(sandbox)) == 3


def test_a_change_without_activity_is_found(session: ProviderSession, sandbox: HostawaySandbox) -> None:
    age_everything(sandbox, 3)
    noted = sandbox.rows()[-1]["id"]
    sandbox.touch(noted, note="Paid in cash")
    now = timezone.now()
    (row, *_) = json.loads(next(pull(session, window(since=now - timedelta(minutes=5), now=now))).body)[
        "result"
    ]
    assert (row["id"], row["hostNote"]) == (noted, "Paid in cash")
    assert row["latestActivityOn"] < row["updatedOn"]


def test_the_pull_looks_back_an_hour_more_than_asked(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    now = datetime.now(UTC).replace(hour=12)
    rows = sandbox.rows()
    for number, row in enumerate(rows):
        # The first twelve changed within the hour before `since`, the others long before.
        age = timedelta(minutes=50 if number < 12 else 60 * 60)
        sandbox.touch(row["id"], at=now - age - timedelta(seconds=number))
    found = set(ids_in(*pull(session, window(since=now, now=now))))
    assert {str(row["id"]) for row in rows[:12]} <= found


def test_once_a_day_departures_ahead_are_compared(session: ProviderSession, sandbox: HostawaySandbox) -> None:
    age_everything(sandbox, 30)
    now = datetime.now(UTC).replace(hour=1, minute=30)
    pages = list(pull(session, window(since=now - timedelta(hours=8), now=now)))
    filtered = [query for query in asked_for(sandbox) if "departureStartDate" in query]
    assert {query["departureStartDate"] for query in filtered} == {str(now.date() - timedelta(days=1))}
    assert {query["departureEndDate"] for query in filtered} == {str(now.date() + timedelta(days=30))}
    leaving = {
        str(row["id"])
        for row in sandbox.rows()
        if str(now.date()) <= row["departureDate"] <= str(now.date() + timedelta(days=30))
    }
    assert leaving <= set(ids_in(*pages))


def test_later_on_the_same_day_they_are_not(session: ProviderSession, sandbox: HostawaySandbox) -> None:
    now = datetime.now(UTC).replace(hour=20)
    list(pull(session, window(since=now - timedelta(hours=8), now=now)))
    assert not [query for query in asked_for(sandbox) if "departureStartDate" in query]


# --- cut short ------------------------------------------------------------------------------------------------


def test_a_pull_that_was_cut_short_goes_on_at_its_page(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    age_everything(sandbox, 3)
    asked = window()
    pages = pull(session, asked)
    before = [next(pages), next(pages)]
    sandbox.fail_next(9, 500)
    with pytest.raises(Unreachable):
        next(pages)
    sandbox.clear_switches()

    rest = list(pull(session, window(first_page=2, now=asked.now)))

    assert rest[0].number == 2
    assert ids_in(*before, *rest) == [str(row["id"]) for row in sandbox.rows()]


def test_what_changed_between_the_cut_and_going_on_is_not_taken_for_read(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    age_everything(sandbox, 3)
    asked = window()
    pages = pull(session, asked)
    before = [next(pages), next(pages)]
    changed = int(next(iter(read_from(before[0]))))
    sandbox.set_status(changed, "declined")

    rest = list(pull(session, window(first_page=2, now=asked.now)))

    assert read_from(*rest)[str(changed)] == "cancelled"
