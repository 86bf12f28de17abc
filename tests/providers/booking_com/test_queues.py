"""Reading the two queues, over real HTTP against the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.contracts import ReadContext, Taken
from integrations.errors import (
    IntegrationError,
    NeedsReconnect,
    ProtocolBroken,
    RateLimited,
    Rejected,
    Unreachable,
)
from integrations.http import ProviderSession, session_for
from integrations.models import Connection
from integrations.providers.booking_com import ota_xml, push_answers, reading
from integrations.providers.booking_com.provider import PROVIDER
from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import HOTEL, OTHER_HOTEL
from tests.providers.booking_com.queue_calls import (
    NEW,
    ids_of,
    order,
    pages_of,
    read,
    run,
    window,
)

pytestmark = pytest.mark.django_db


# --- a usual poll --------------------------------------------------------------------------------------------


def test_no_news_costs_two_calls_and_gives_no_page(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    assert run(session, window()) == []
    assert order(queue) == ["GET new", "GET modified"]


def test_a_new_booking_is_read_acknowledged_and_gone(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    made = queue.book()

    (page,) = run(session, window())

    assert (page.queue, page.property_ref, page.items, page.number) == ("new", str(HOTEL), 1, 0)
    assert read(page) == [made]
    assert queue.waiting() == []
    assert [answer.reservation for answer in queue.acknowledged()] == [made]
    assert order(queue) == ["GET new", "POST new", "GET new", "GET modified"]


def test_new_bookings_come_before_changes_and_cancellations(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    first, second = queue.book(), queue.book()
    run(session, window())
    queue.modify(first, adults=2)
    queue.cancel(second)
    third = queue.book()

    pages = run(session, window())

    assert [(page.queue, sorted(reading.ids(page.body))) for page in pages] == [
        ("new", [third]),
        ("modified", sorted([first, second])),
    ]
    assert queue.waiting() == []


def test_only_the_property_of_the_connection_is_read(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    """Another connection of the same machine account must find its own bookings still waiting."""
    queue.add_account("llavero-demo", "llavero-demo-secret", [HOTEL, OTHER_HOTEL])
    others = queue.fill_queue(2, property=OTHER_HOTEL)
    made = queue.book()

    assert ids_of(run(session, window())) == [made]
    assert queue.waiting() == others


def test_the_rest_that_booking_com_asks_for_is_kept(
    session: ProviderSession, queue: BookingComSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.book()
    seen: list[tuple[float, list[str]]] = []
    monkeypatch.setattr(session, "pause", lambda seconds: seen.append((seconds, order(queue))))

    run(session, window())

    assert seen == [(5, ["GET new", "POST new"])]


def test_card_data_never_leaves_the_client(session: ProviderSession, queue: BookingComSandbox) -> None:
    queue.book(card="card", guest="Mara Quill")
    queue.book(card="virtual")

    (page,) = run(session, window())

    for secret in (b"4111111111111111", b"5555555555554444", b"737", b"CardHolderName", b"CardNumber"):
        assert secret not in page.body
    assert page.body.count(b"<PaymentCard") == 2


# --- more than one page --------------------------------------------------------------------------------------


def test_more_than_a_page_is_read_to_the_end(session: ProviderSession, queue: BookingComSandbox) -> None:
    made = queue.fill_queue(450)

    pages = run(session, window())

    assert [page.items for page in pages] == [200, 200, 50]
    assert [page.number for page in pages] == [0, 1, 2]
    assert ids_of(pages) == made
    assert queue.waiting() == []
    assert queue.requests("GET", NEW)[0].query["limit"] == ["200"]


def test_pages_that_are_shorter_than_asked_for_are_not_the_end(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    made = queue.fill_queue(50)
    queue.page_size = 20

    pages = run(session, window())

    assert [page.items for page in pages] == [20, 20, 10]
    assert sorted(ids_of(pages)) == sorted(made)


def test_a_page_that_is_too_large_to_be_read_is_asked_for_in_smaller_pieces(
    session: ProviderSession, queue: BookingComSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = queue.fill_queue(25)
    monkeypatch.setattr(ota_xml, "MAXIMUM_BYTES", 50_000)

    pages = run(session, window())

    assert [page.items for page in pages] == [10, 15]
    assert ids_of(pages) == made
    asked = [call.query["limit"][0] for call in queue.requests("GET", NEW)]
    assert asked[:3] == ["200", "50", "10"]


def test_a_page_that_is_too_large_to_be_taken_in_is_asked_for_in_smaller_pieces(
    session: ProviderSession, queue: BookingComSandbox, settings: Any
) -> None:
    made = queue.fill_queue(25)
    settings.OUTSIDE_MAX_BYTES = 50_000

    assert ids_of(run(session, window())) == made


def test_what_nobody_acknowledges_is_given_once_in_a_pull_and_again_in_the_next(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    queue.fill_queue(3)

    first = list(PROVIDER.pull_reservations(session, window()))
    second = list(PROVIDER.pull_reservations(session, window()))

    assert [page.items for page in first] == [page.items for page in second] == [3]
    assert first[0].key == second[0].key != ""
    assert first[0].body != second[0].body


def test_what_is_refused_keeps_waiting_and_does_not_hold_up_the_rest(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    made = queue.fill_queue(30)
    bad = (made[3], made[17])

    pages = run(session, window(), refuse=bad)

    assert ids_of(pages) == made
    assert queue.waiting() == list(bad)
    assert sorted(answer.reservation for answer in queue.refused()) == sorted(bad)
    assert {answer.reason for answer in queue.refused()} == {f"reservation {one}: no dates" for one in bad}
    assert {answer.reservation for answer in queue.acknowledged()} == set(made) - set(bad)


def test_a_booking_without_a_number_is_shown_and_ends_the_queue(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    body = (
        '<OTA_HotelResNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05"><HotelReservations>'
        "<HotelReservation/></HotelReservations></OTA_HotelResNotifRQ>"
    )
    queue.fail_next(5, 200, body, path_part=NEW)

    (page,) = list(PROVIDER.pull_reservations(session, window()))

    assert page.items == 1
    assert len(PROVIDER.read(page.body, ReadContext()).errors) == 1
    assert len(queue.requests("GET", NEW)) == 2


# --- trouble -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, "<!DOCTYPE html><html>Sorry</html>", ProtocolBroken),
        (200, "<html><body>Sorry</body></html>", ProtocolBroken),
        (200, "<OTA_HotelResNotifRQ><HotelReservations><HotelRes", ProtocolBroken),
        (200, '{"errors": []}', ProtocolBroken),
        (200, "<OTA_HotelResModifyNotifRQ/>", ProtocolBroken),
        (
            200,
            '<OTA_HotelResNotifRS><Errors><Error ShortText="No"/></Errors></OTA_HotelResNotifRS>',
            Rejected,
        ),
        (
            400,
            '<OTA_HotelResNotifRS><Errors><Error ShortText="No"/></Errors></OTA_HotelResNotifRS>',
            Rejected,
        ),
        (403, '<fault string="Access denied for hotel"/>', NeedsReconnect),
        (429, "", RateLimited),
        (500, "", Unreachable),
        (0, None, Unreachable),
    ],
)
def test_trouble_has_its_name_and_nothing_is_given_on(
    session: ProviderSession,
    queue: BookingComSandbox,
    status: int,
    body: str | None,
    error: type[IntegrationError],
) -> None:
    queue.book()
    queue.fail_next(9, status, body, path_part=NEW)

    with pytest.raises(error):
        next(pages_of(session))

    assert queue.requests("POST", "OTA_") == []


@pytest.mark.parametrize("switch", ["html_with_200", "truncated_xml"])
def test_a_spoiled_answer_loses_no_booking(
    session: ProviderSession, queue: BookingComSandbox, switch: str
) -> None:
    made = queue.book()
    getattr(queue, switch)(1, path_part=NEW)

    with pytest.raises(ProtocolBroken):
        run(session, window())

    assert queue.acknowledged() == []
    assert ids_of(run(session, window())) == [made]


@pytest.mark.parametrize("body", ["", " \n"])
def test_an_empty_answer_is_no_news(session: ProviderSession, queue: BookingComSandbox, body: str) -> None:
    queue.fail_next(2, 200, body, path_part="OTA_HotelRes")

    assert run(session, window()) == []


def test_the_second_page_failing_leaves_the_first_acknowledged(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    made = queue.fill_queue(220)
    pages = pages_of(session)
    page = next(pages)
    PROVIDER.acknowledge(session, Taken(page, tuple(reading.ids(page.body))))
    queue.fail_next(3, 500, path_part=NEW)

    with pytest.raises(Unreachable):
        next(pages)

    assert queue.waiting() == made[200:]


def test_the_words_of_the_queues_are_those_of_our_answers() -> None:
    assert set(push_answers.WORDS) == {"new", "modified"}


def test_two_connections_of_one_account_use_one_token(
    connection: Connection, other_hotel: Any, queue: BookingComSandbox
) -> None:
    from tests.providers.booking_com import contract

    other = contract.connect(queue, other_hotel, None)
    with session_for(other) as session:
        run(session, window())

    assert other.credentials["access_token"] == connection.credentials["access_token"]
    assert len(queue.requests("POST", "/exchange")) == 1
