"""What a payload is: lists, objects, deliveries and errors; and what is only counted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts import Hint, UnreadablePayload
from tests.providers.hostaway.samples import ABSENT, booking, delivery, envelope, error_of, fixture, read


@pytest.mark.parametrize(
    "payload",
    [
        booking(),
        [booking()],
        envelope(booking()),
        envelope([booking()]),
        envelope([booking()], limit=100, offset=0, count=1, page=1, totalPages=1),
        {**booking(), "message": "a field of theirs"},
    ],
    ids=["object", "list", "single", "page", "page with numbers", "object with a message"],
)
def test_a_reservation_is_found_in_every_wrapping(payload: Any) -> None:
    result = read(payload)
    assert [record.external_id for record in result.records] == ["900001"]
    assert list(result.digests) == ["900001"]


@pytest.mark.parametrize("body", [b"", b"  \n", b"\xef\xbb\xbf"])
def test_nothing_is_nothing(body: bytes) -> None:
    result = read(body)
    assert (result.records, result.errors, result.ignored) == ([], [], [])


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{",
        b'"x"',
        b"7",
        b"null",
        b"{}",
        b'{"status": "success"}',
        b'{"status": "success", "result": 7}',
        b'{"status": "ok", "result": []}',
        b'{"data": []}',
    ],
)
def test_what_is_none_of_theirs_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(UnreadablePayload):
        read(body)


def test_an_error_says_its_sentence_from_either_place() -> None:
    assert error_of(fixture("error__not_found")) == "Reservation not found"
    assert error_of(fixture("error__slow_down")) == "Too many requests, please wait a moment"
    assert error_of({"status": "fail"}) == "an error without a word"
    assert error_of({"status": "fail", "result": [], "message": " a \n b "}) == "a b"
    assert error_of({"error": "invalid_client", "message": "Client authentication failed"})


@pytest.mark.parametrize("row", [None, 7, "x", [], {}, {"id": 5005, "name": "a listing"}])
def test_other_rows_in_a_list_are_problems_of_their_own(row: Any) -> None:
    result = read(envelope([row, booking()]))
    assert [problem.message for problem in result.errors] == ["this is not a reservation"]
    assert len(result.records) == 1


# --- unchanged ------------------------------------------------------------------------------------------------


def test_what_was_read_before_is_counted() -> None:
    first = read(booking())
    seen = {"latestActivityOn": "2031-09-09 09:09:09", "hostProxyEmail": None, "cancellationPolicyId": 101}
    again = read(booking(**seen), known=lambda ids: first.digests)
    assert (again.records, again.unchanged) == ([], 1)
    assert again.digests == first.digests


@pytest.mark.parametrize(
    "change",
    [
        {"guestNote": "Another note"},
        {"hostNote": "Another note"},
        {"status": "cancelled"},
        {"updatedOn": "2031-02-03 08:15:37"},
        {"reservationUnit": [{"id": 1}]},
    ],
)
def test_any_change_of_a_booking_is_read_again(change: dict[str, Any]) -> None:
    first = read(booking())
    assert len(read(booking(**change), known=lambda ids: first.digests).records) == 1


# --- deliveries -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["reservation.created", "reservation.updated"])
def test_a_delivery_is_a_hint_and_no_booking(event: str) -> None:
    result = read(delivery(event, id=900002))
    assert result.fetch == [Hint("reservation", "900002", "5005")]
    assert (result.records, result.digests, result.errors) == ([], {}, [])


def test_a_cancellation_comes_as_an_update_and_is_fetched_too() -> None:
    assert read(fixture("reservation.updated__cancelled")).fetch == [Hint("reservation", "900001", "5005")]


def test_partial_data_is_enough_for_a_hint() -> None:
    thin = {**delivery(), "data": {"id": 900002}}
    assert read(thin).fetch == [Hint("reservation", "900002", None)]
    assert read({**delivery(), "data": {"hostawayReservationId": 900002}}).fetch[0].external_id == "900002"


@pytest.mark.parametrize("event", ["message.received", "task.created", "reservation.deleted", "x" * 90])
def test_other_events_are_ignored_with_a_reason(event: str) -> None:
    result = read(delivery(event))
    assert (result.fetch, result.errors) == ([], [])
    assert result.ignored[0].startswith("event type ")


@pytest.mark.parametrize(
    "data", [{}, None, [], {"id": ABSENT, "x": 1}, {"id": {}}, {"id": 0}, {"id": 1, "listingMapId": []}]
)
def test_a_delivery_that_names_nothing_is_a_problem(data: Any) -> None:
    if isinstance(data, dict):
        data = {name: value for name, value in data.items() if value is not ABSENT}
    result = read({**delivery(), "data": data})
    assert result.fetch == []
    assert len(result.errors) == 1


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(booking())), ANYTHING))
def test_no_reservation_at_all_does_harm(changes: dict[str, Any]) -> None:
    result = read(json.dumps({**booking(), **changes}).encode())
    assert len(result.records) + len(result.errors) + len(result.ignored) == 1
