"""Which payloads of Octorate are understood, and that no payload at all does harm."""

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts import Hint, ReadContext, ReadResult, UnreadablePayload
from integrations.payloads import MAXIMUM_BYTES
from integrations.providers.octorate.provider import PROVIDER
from integrations.providers.octorate.tables import RESERVATION_EVENTS
from tests.providers.octorate.samples import ABSENT, FIXTURES, booking, envelope, fixture, read

HINT = Hint("reservation", "880001", "910001")


def outcome(result: ReadResult) -> Any:
    return (
        [record.to_json() for record in result.records],
        result.fetch,
        result.ignored,
        result.errors,
        result.digests,
        result.unchanged,
    )


def places(result: ReadResult) -> list[str]:
    return [problem.where for problem in result.errors]


# --- shapes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", RESERVATION_EVENTS)
def test_every_declared_event_has_a_payload_that_becomes_a_record_and_a_hint(event: str) -> None:
    payloads = sorted(FIXTURES.glob(f"{event}__*.json"))
    assert payloads
    for payload in payloads:
        result = read(payload.read_bytes(), timezones={"910001": "Europe/Madrid"})
        assert not result.errors
        assert len(result.records) == len(result.fetch) == 1
        assert result.fetch[0].external_id == result.records[0].external_id


def test_content_is_understood_as_text_and_as_an_object() -> None:
    as_object = read(fixture("RESERVATION_CHANGE__content_as_object"))
    raw = json.loads(fixture("RESERVATION_CHANGE__content_as_object"))
    as_text = read({**raw, "content": json.dumps(raw["content"])})
    assert outcome(as_object) == outcome(as_text)
    assert as_text.fetch == [HINT]


def test_a_property_named_by_its_id_alone_needs_no_zone_when_the_guests_dates_are_there() -> None:
    (record,) = read(fixture("RESERVATION_CREATED__property_id_alone")).records
    assert record.property_ref == "910001"
    assert (str(record.stays[0].arrival), str(record.stays[0].departure)) == ("2031-04-02", "2031-04-04")


def test_rooms_booked_together_share_their_group() -> None:
    first = read(fixture("RESERVATION_CREATED__property_id_alone")).records[0]
    second = read(fixture("RESERVATION_CREATED__one_of_two_rooms")).records[0]
    assert first.external_id != second.external_id
    assert first.group_ref == second.group_ref == "ZZ10"


def test_a_list_of_deliveries_is_read_one_by_one() -> None:
    one, two = envelope(booking()), envelope(booking(id=880009), reference="880009")
    result = read([one, envelope(booking(checkin=ABSENT, guests=[])), two, 5])
    assert [record.external_id for record in result.records] == ["880001", "880009"]
    assert sorted(places(result)) == ["event 2", "item 4"]


@pytest.mark.parametrize("event", ["CHAT_MESSAGE_RECEIVED", "CONTENT_PUSH", "SOMETHING_NEW"])
def test_events_about_other_things_are_ignored_with_their_name(event: str) -> None:
    result = read(envelope(booking(), type=event))
    assert result.ignored == [f"event type {event} is not used"]
    assert (result.records, result.fetch, result.errors) == ([], [], [])


def test_the_type_may_stand_in_the_subscription_alone() -> None:
    assert read(envelope(booking(), type=ABSENT)).records
    assert read(envelope(booking(), type=ABSENT, subscription=ABSENT)).errors


@pytest.mark.parametrize("content", ["", "null", "[]", "{}"])
def test_a_delivery_without_content_is_a_hint(content: str) -> None:
    result = read(envelope(content))
    assert result.fetch == [Hint("reservation", "880001", None)]
    assert (result.records, result.errors) == ([], [])


@pytest.mark.parametrize("content", ["{", "<html>", '{"id": 880001'])
def test_a_delivery_with_broken_content_is_an_error_and_still_a_hint(content: str) -> None:
    result = read(envelope(content))
    assert result.fetch == [Hint("reservation", "880001", None)]
    assert places(result) == ["content"]


@pytest.mark.parametrize(
    "content",
    [
        {"id": 880001, "accommodation": {"id": "910001"}},
        {"accommodation": {"id": "910001"}, "status": "CANCELLED"},
        booking(checkin="soon"),
        booking(checkin=booking()["checkout"]),
        "{broken",
    ],
    ids=["ids alone", "no id", "an odd day", "no night", "no JSON"],
)
def test_an_error_in_the_content_of_a_delivery_names_the_reservation_that_is_fetched(content: Any) -> None:
    result = read(envelope(content))
    assert [hint.external_id for hint in result.fetch] == ["880001"]
    assert [(problem.where, problem.external_id) for problem in result.errors] == [("content", "880001")]


def test_a_delivery_whose_reference_and_content_disagree_is_an_error_and_no_hint() -> None:
    result = read(envelope(booking(), reference="999"))
    assert (result.records, result.fetch) == ([], [])
    assert "disagree" in result.errors[0].message


def test_a_page_gives_its_good_rows_and_names_its_bad_ones() -> None:
    result = read(fixture("page__one_bad_row"))
    assert [record.external_id for record in result.records] == ["880001", "880003"]
    assert places(result) == ["reservation 880004"]
    assert not result.fetch


@pytest.mark.parametrize("rows", [[], [None], [1, "x", []]], ids=str)
def test_rows_that_are_no_objects_are_item_errors(rows: list[Any]) -> None:
    result = read({"data": rows, "page": {"page": 0}})
    assert places(result) == [f"item {number}" for number in range(1, len(rows) + 1)]


def test_a_bare_list_and_a_single_reservation_are_understood() -> None:
    assert outcome(read([booking()])) == outcome(read(booking())) == outcome(read({"data": [booking()]}))


def test_the_flat_shape_is_understood() -> None:
    result = read(fixture("reservation.created__flat"))
    assert result.records == read(booking(updateTime="2031-02-28T14:04:31.5Z[UTC]")).records
    assert result.fetch == [HINT]


@pytest.mark.parametrize("wrap", ["data", "reservation", None])
def test_the_flat_shape_with_the_reservation_in_any_place(wrap: str | None) -> None:
    body = {wrap: booking()} if wrap else booking()
    result = read({"event": "reservation.modified", **body})
    assert [record.external_id for record in result.records] == ["880001"]
    assert result.fetch == [HINT]


def test_the_flat_shape_with_an_id_alone_is_a_hint() -> None:
    result = read(fixture("reservation.cancelled__id_alone"))
    assert (result.records, result.fetch, result.errors) == ([], [HINT], [])


def test_the_flat_cancellation_without_a_status_is_a_cancellation() -> None:
    result = read({"event": "reservation.cancelled", "data": booking(status=ABSENT)})
    assert result.records[0].status == "cancelled"


def test_other_flat_events_are_ignored() -> None:
    assert read({"event": "invoice.created", "id": 1}).ignored == ["event type invoice.created is not used"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (json.loads(fixture("error__quota")), "ApiQuotaException: No calls are left in this time window"),
        ({"type": "ApiSecurityException"}, "ApiSecurityException"),
        (
            {
                "type": "ApiValidationFailed",
                "message": "errRequired",
                "nested": [{"element": "product", "message": "missing"}],
            },
            "ApiValidationFailed: errRequired: product missing",
        ),
        ({"message": "something"}, "something"),
    ],
)
def test_an_error_body_gives_its_sentence_and_no_records(error: Any, sentence: str) -> None:
    result = read(error)
    assert [problem.message for problem in result.errors] == [sentence]
    assert not result.records


@pytest.mark.parametrize("body", [b"", b"  \r\n", b"\xef\xbb\xbf"])
def test_an_empty_body_is_an_empty_result(body: bytes) -> None:
    assert outcome(read(body)) == outcome(ReadResult())


def test_a_test_of_the_address_is_ignored() -> None:
    assert read({"ping": True}).ignored


# --- what is not understood -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "word"),
    [
        pytest.param(b"<!DOCTYPE html><html>", "web page", id="a web page"),
        pytest.param(b'{"data": [{"id": 1', "breaks off", id="cut in a number"),
        pytest.param(b'{"data": [{"id": "1', "breaks off", id="cut in a text"),
        pytest.param(b'{"data": ]}', "not JSON", id="damaged"),
        pytest.param(b"hello", "not JSON", id="text"),
        pytest.param('{"á": 1}'.encode("latin-1"), "UTF-8", id="latin-1"),
        pytest.param(json.dumps({"refer": "x"}).encode("utf-16"), "UTF-8", id="utf-16"),
        pytest.param(b"5", "neither", id="a number"),
        pytest.param(b"null", "neither", id="null"),
        pytest.param(b'{"a": 1}', "neither", id="another object"),
        pytest.param(b'{"data": 7}', "neither", id="data is no list"),
        pytest.param(b" " * (MAXIMUM_BYTES + 1) + b"{}", "larger", id="too large"),
        pytest.param(b"[" * 65 + b"]" * 65, "deep", id="65 levels"),
        pytest.param(b"[" * 100_000, "deep", id="100,000 open lists"),
        pytest.param(b'{"data":' * 100_000, "deep", id="100,000 open objects"),
    ],
)
def test_a_payload_that_is_none_is_refused_with_one_sentence(body: bytes, word: str) -> None:
    with pytest.raises(UnreadablePayload, match=word) as refused:
        read(body)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 120


def test_64_levels_are_not_too_deep() -> None:
    assert places(read(b"[" * 64 + b"]" * 64)) == ["item 1"]


def test_content_that_is_too_deep_is_an_error_of_that_event() -> None:
    assert "deep" in read(envelope("[" * 100_000)).errors[0].message


@pytest.mark.parametrize("number", ["9" * 5000, "1e" + "9" * 30, "-" + "1" * 4999 + ".5", "NaN", "Infinity"])
@pytest.mark.parametrize("name", ["id", "totalGross", "totalGuest", "refer", "checkin", "channelId"])
def test_absurd_numbers_spoil_nothing_but_their_own_item(name: str, number: str) -> None:
    good = json.dumps(booking(id=880009))
    bad = json.dumps(booking(**{name: "HERE"})).replace('"HERE"', number)
    result = read(f'{{"data": [{bad}, {good}]}}'.encode())
    assert result.records[-1].external_id == "880009"
    assert len(result.records) + len(result.errors) == 2


def test_a_repeated_key_counts_with_its_last_value() -> None:
    text = json.dumps(booking(status="CANCELLED"))
    assert read((text[:-1] + ', "status": "WAITING"}').encode()).records[0].status == "pending"


# --- known items ----------------------------------------------------------------------------------------------


def test_an_item_that_was_read_before_is_counted_and_not_read_again() -> None:
    first = read({"data": [booking(), booking(id=880009)]})
    asked: list[list[str]] = []

    def known(ids: Any) -> dict[str, str]:
        asked.append(list(ids))
        return first.digests

    again = read({"data": [booking(), booking(id=880009, status="CANCELLED")]}, known=known)
    assert again.unchanged == 1
    assert [record.external_id for record in again.records] == ["880009"]
    assert asked == [["880001", "880009"]]
    assert set(again.digests) == {"880001", "880009"}


def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    turned = dict(reversed(booking().items()))
    assert read([turned]).digests == read([booking()]).digests


def test_a_row_that_could_not_be_read_has_no_digest_so_that_it_is_tried_again() -> None:
    assert set(read(fixture("page__one_bad_row")).digests) == {"880001", "880003"}


# --- anything at all ------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        ["", "0", "CONFIRMED", "2031-04-03", "2031-04-03T22:00:00Z[UTC]", "\x00", "\ud800", "BOOKER"]
    )
    | st.sampled_from([10**40, -1, 0, 880001]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = sorted(
    {
        *booking(),
        "split",
        "splitOriginal",
        "effectiveCheckin",
        "effectiveCheckout",
        "cancelledTime",
        "ratePlan",
    }
    | {"firstName", "guest", "guestsList", "guestMailAddress", "country", "statusDisagree", "privateNotes"}
)
INNER = [
    "id",
    "timeZone",
    "currency",
    "checkin",
    "checkout",
    "givenName",
    "email",
    "type",
    "price",
    "day",
    "included",
]
INNER += ["splitRoom", "splitStart", "splitAccommodation", "language", "phone"]


@st.composite
def damaged_bookings(draw: st.DrawFn) -> Any:
    """The plain booking with some of its fields, or fields of its parts, replaced by anything."""
    raw = copy.deepcopy(booking(split={"splitRoom": {"id": 601106}, "splitStart": "2031-04-03"}))
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=5)):
        raw[name] = draw(VALUES)
    lists = [raw[name] for name in ("guests", "priceBreakdown") if isinstance(raw.get(name), list)]
    parts = [raw.get("accommodation"), raw.get("split"), *(item for items in lists for item in items)]
    for part in parts:
        if isinstance(part, dict):
            for name in draw(st.lists(st.sampled_from(INNER), max_size=2)):
                part[name] = draw(VALUES)
    return raw


def check_harmless(value: Any, **context: Any) -> None:
    body = json.dumps(value).encode()
    try:
        first = PROVIDER.read(body, ReadContext(**context))
    except UnreadablePayload:
        return
    second = PROVIDER.read(body, ReadContext(**context))
    assert outcome(first) == outcome(second)
    for record in first.records:
        # What is read can be stored and printed: no null characters, no halves of surrogate pairs, a sane length.
        written = json.dumps(record.to_json(), ensure_ascii=False)
        assert "\\u0000" not in written
        written.encode()
        assert type(record).from_json(record.to_json()) == record
        ids = [record.external_id, record.channel_ref, record.group_ref, record.property_ref]
        ids += [ref for stay in record.stays for ref in (stay.room_ref, stay.room_type_ref, stay.rate_ref)]
        assert all(0 < len(ref) <= 120 for ref in ids if ref is not None)


@given(VALUES)
def test_no_json_at_all_does_harm(value: Any) -> None:
    check_harmless(value)


@given(damaged_bookings(), st.sampled_from([None, "Europe/Madrid"]))
def test_no_damaged_booking_does_harm(raw: Any, timezone: str | None) -> None:
    check_harmless({"data": [raw, booking(id=880009)]}, timezone=timezone)


@given(VALUES, VALUES, st.sampled_from([*RESERVATION_EVENTS, "CONTENT_PUSH", None, 5]))
def test_no_delivery_does_harm(content: Any, reference: Any, event: Any) -> None:
    check_harmless({"type": event, "reference": reference, "content": content})
    check_harmless({"type": event, "reference": reference, "content": json.dumps(content)})
    check_harmless({"event": "reservation.modified", "data": content, "id": reference})


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(body: bytes) -> None:
    with contextlib.suppress(UnreadablePayload):
        PROVIDER.read(body, ReadContext())


def test_a_payload_cut_anywhere_is_refused_or_empty() -> None:
    body = fixture("RESERVATION_CHANGE__split_stay").rstrip()
    for length in range(0, len(body), 7):
        result = ReadResult()
        with contextlib.suppress(UnreadablePayload):
            result = read(body[:length])
        assert outcome(result) == outcome(ReadResult())
