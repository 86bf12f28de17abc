"""The door for deliveries: what is let in, what it is called, and what is turned away."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts import Delivery, WebhookRefused, WebhookRequest
from integrations.providers.octorate.provider import PROVIDER
from integrations.providers.octorate.tables import RESERVATION_EVENTS
from tests.providers.octorate.samples import ABSENT, FIXTURES, booking, envelope, fixture


def receive(value: Any, *, method: str = "POST") -> Delivery:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return PROVIDER.receive_webhook(WebhookRequest(method, {}, body))


def refusal(value: Any) -> WebhookRefused:
    with pytest.raises(WebhookRefused) as refused:
        receive(value)
    return refused.value


def test_a_delivery_is_named_by_its_event_reservation_property_and_time() -> None:
    delivery = receive(fixture("RESERVATION_CANCELLED__by_guest"))
    assert delivery.event == "RESERVATION_CANCELLED"
    assert (delivery.external_id, delivery.property_ref) == ("880001", "910001")
    assert delivery.occurred_at == datetime(2031, 3, 1, 9, 0, 3, tzinfo=UTC)
    assert len(delivery.dedupe_key) == 64
    assert not delivery.probe


@pytest.mark.parametrize("payload", sorted(FIXTURES.glob("RESERVATION_*.json")), ids=lambda path: path.stem)
def test_every_fixture_of_a_declared_event_is_let_in(payload: Any) -> None:
    delivery = receive(payload.read_bytes())
    assert delivery.event in RESERVATION_EVENTS
    assert delivery.property_ref == "910001"


@pytest.mark.parametrize(
    "again",
    [
        {"retry": 3},
        {"nextTry": "2031-03-02T09:00:00Z[UTC]"},
        {"id": 700099},
        {"hmac": "f" * 40},
        {"createTime": "2031-03-01T10:00:00Z[UTC]"},
        {"id": ABSENT, "retry": ABSENT, "nextTry": ABSENT, "hmac": ABSENT, "subscription": ABSENT},
        {"content": booking()},
        {"content": json.dumps(dict(reversed(booking().items())), indent=3)},
    ],
)
def test_a_delivery_that_is_tried_again_is_the_same_delivery(again: dict[str, Any]) -> None:
    changed = {**envelope(booking()), **again}
    first = receive(envelope(booking()))
    second = receive({name: value for name, value in changed.items() if value is not ABSENT})
    assert first.dedupe_key == second.dedupe_key


@pytest.mark.parametrize(
    "other",
    [
        envelope(booking(updateTime="2031-03-01T10:00:00.001Z[UTC]")),
        envelope(booking(status="CANCELLED")),
        envelope(booking(), type="RESERVATION_CHANGE"),
        envelope(booking(id=880009), reference="880009"),
    ],
)
def test_another_version_or_event_is_another_delivery(other: Any) -> None:
    assert receive(envelope(booking())).dedupe_key != receive(other).dedupe_key


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "get"])
def test_a_call_without_a_delivery_tests_the_address(method: str) -> None:
    assert receive(b"", method=method) == Delivery(probe=True)


@pytest.mark.parametrize("body", [{"ping": True}, {"ping": "pong", "x": 1}])
def test_a_ping_tests_the_address(body: Any) -> None:
    assert receive(body) == Delivery(probe=True)


def test_a_ping_inside_a_delivery_is_no_test() -> None:
    assert not receive(envelope(booking(), ping=1)).probe


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe\x00", id="no UTF-8"),
        pytest.param(b"<html>", id="a web page"),
        pytest.param(b"{", id="cut"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'"x"', id="a text"),
        pytest.param(b"null", id="null"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param({"type": ["RESERVATION_CREATED"], "reference": "1"}, id="the type is no text"),
        pytest.param({"type": "X" * 61, "reference": "1"}, id="the type is too long"),
        pytest.param({"type": "RESERVATION_CREATED"}, id="no reservation"),
        pytest.param(envelope(booking(), reference={"a": 1}), id="the reference is no id"),
        pytest.param(envelope(booking(), reference="9" * 121), id="the reference is too long"),
        pytest.param(envelope(booking(), reference="880002"), id="reference and content disagree"),
        pytest.param(envelope("{broken"), id="the content is no JSON"),
        pytest.param({"event": ""}, id="a flat event without a name"),
    ],
)
def test_what_is_no_delivery_is_refused_with_400(body: Any) -> None:
    refused = refusal(body)
    assert refused.status == 400
    assert "880001" not in str(refused)


def test_events_about_other_things_are_let_in_and_named() -> None:
    delivery = receive(fixture("CHAT_MESSAGE_RECEIVED__not_used"))
    assert (delivery.event, delivery.property_ref) == ("CHAT_MESSAGE_RECEIVED", None)


def test_the_flat_shape_is_let_in() -> None:
    delivery = receive(fixture("reservation.created__flat"))
    assert (delivery.event, delivery.external_id, delivery.property_ref) == (
        "reservation.created",
        "880001",
        "910001",
    )
    alone = receive(fixture("reservation.cancelled__id_alone"))
    assert (alone.external_id, alone.property_ref) == ("880001", "910001")
    assert alone.dedupe_key != delivery.dedupe_key


def test_an_odd_time_does_not_turn_a_delivery_away() -> None:
    assert receive(envelope(booking(), createTime="soon")).occurred_at is None


@pytest.mark.parametrize(
    ("body", "points_only"),
    [
        (envelope(booking()), False),
        (envelope(""), True),
        (envelope("null"), True),
        (envelope({"id": 880001, "accommodation": {"id": "910001"}}), True),
        (envelope(booking(updateTime=ABSENT)), True),
        ({"event": "reservation.modified", "data": {"id": 880001}}, True),
        ({"event": "reservation.modified", "data": 880001}, True),
        ({"event": "reservation.modified", "data": booking(updateTime="2031-03-01T09:00:00Z[UTC]")}, False),
        ({"event": "invoice.created", "id": 1}, False),
    ],
)
def test_a_delivery_that_does_not_tell_its_version_only_points_at_the_reservation(
    body: Any, points_only: bool
) -> None:
    assert receive(body).hint is points_only


def test_fixtures_of_other_events_point_at_nothing() -> None:
    assert not receive(fixture("CHAT_MESSAGE_RECEIVED__not_used")).hint


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["type", "event", "reference", "content", "createTime", "subscription", "ping", "data"]


@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING), st.booleans())
def test_no_delivery_at_all_does_harm(changes: dict[str, Any], whole: bool) -> None:
    body = {**(envelope(booking()) if whole else {}), **changes}
    try:
        first = receive(body)
    except WebhookRefused as refused:
        status = refused.status
        assert status == 400
        return
    assert first == receive(body)
    assert first.probe or (len(first.event) <= 60 and len(first.external_id or "") <= 120)
