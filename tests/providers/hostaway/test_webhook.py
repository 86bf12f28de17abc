"""The door for deliveries: who is let in, what it is called, and what is turned away."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts import Delivery, WebhookRefused, WebhookRequest
from integrations.providers.hostaway.provider import PROVIDER
from tests.providers.hostaway.samples import ABSENT, delivery, fixture

LOGIN, PASSWORD = "llavero-7", "a-password-with-ñ"


def basic(login: str = LOGIN, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


def receive(
    value: Any, *, method: str = "POST", authorization: str | None = None, name: str = "Authorization"
) -> Delivery:
    """The delivery to a connection that was given a user name and a password, carried as told."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    headers = {name: basic() if authorization is None else authorization}
    return PROVIDER.receive_webhook(WebhookRequest(method, headers, body, LOGIN, PASSWORD))


def refusal(value: Any, **more: Any) -> WebhookRefused:
    with pytest.raises(WebhookRefused) as refused:
        receive(value, **more)
    return refused.value


def test_a_delivery_is_named_by_its_event_reservation_and_listing() -> None:
    told = receive(fixture("reservation.created__partial_data"))
    assert (told.event, told.external_id, told.property_ref) == ("reservation.created", "900001", "5005")
    assert len(told.dedupe_key) == 64
    assert not told.probe


# --- who sent it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic " + "A" * 7,
        basic(password="another"),
        basic(login="another"),
        basic(password=""),
        basic(PASSWORD, LOGIN),
        basic().replace("Basic", "Bearer"),
        "Bearer x",
        "Basic " + "ñ",
    ],
)
def test_a_wrong_login_is_refused_with_401_for_good(authorization: str) -> None:
    assert refusal(delivery(), authorization=authorization).status == 401


def test_who_is_not_let_in_learns_nothing_about_the_body() -> None:
    assert refusal(b"<html>", authorization="").status == 401


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_the_name_of_the_header_may_be_written_in_any_case(name: str) -> None:
    assert receive(delivery(), name=name).external_id == "900002"
    assert receive(delivery(), name=name, authorization=basic().replace("Basic", "basic")).external_id


@pytest.mark.parametrize("headers", [{}, {"Authorization": basic("", "")}, {"Authorization": basic()}])
def test_a_connection_without_a_login_takes_no_delivery(headers: dict[str, str]) -> None:
    request = WebhookRequest("POST", headers, json.dumps(delivery()).encode())
    with pytest.raises(WebhookRefused) as refused:
        PROVIDER.receive_webhook(request)
    assert refused.value.status == 401


# --- the same or another --------------------------------------------------------------------------------------


def test_a_delivery_that_is_tried_again_is_the_same_delivery() -> None:
    again = json.dumps(dict(reversed(delivery().items())), indent=3).encode()
    assert receive(delivery()).dedupe_key == receive(again).dedupe_key


@pytest.mark.parametrize(
    "other",
    [
        delivery(updatedOn="2031-02-11 08:00:01"),
        delivery(status="cancelled"),
        delivery("reservation.created"),
        delivery(id=900003),
        {**delivery(), "accountId": 10002},
    ],
)
def test_another_version_event_or_account_is_another_delivery(other: Any) -> None:
    assert receive(delivery()).dedupe_key != receive(other).dedupe_key


# --- what is taken --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "get"])
def test_a_call_without_a_delivery_tests_the_address(method: str) -> None:
    assert receive(b"", method=method, authorization="") == Delivery(probe=True)


@pytest.mark.parametrize("event", ["message.received", "task.created"])
def test_events_about_other_things_are_taken_and_named(event: str) -> None:
    told = receive({**fixture("message.received__not_used"), "event": event})
    assert (told.event, told.external_id, told.property_ref) == (event, None, None)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe\x00", id="no UTF-8"),
        pytest.param(b"<html>", id="a web page"),
        pytest.param(b"{", id="cut"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param({**delivery(), "event": ["reservation.updated"]}, id="the event is no text"),
        pytest.param({**delivery(), "event": "x" * 61}, id="the event is too long"),
        pytest.param({**delivery(), "data": None}, id="no data"),
        pytest.param(delivery(id=ABSENT), id="no reservation"),
        pytest.param(delivery(id={"a": 1}), id="the id is none"),
        pytest.param(delivery(id="9" * 121), id="the id is too long"),
        pytest.param(delivery(listingMapId={}), id="the listing is none"),
    ],
)
def test_what_is_no_delivery_is_refused_with_400(body: Any) -> None:
    refused = refusal(body)
    assert refused.status == 400
    assert "Ada" not in str(refused)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["object", "event", "accountId", "data"]), ANYTHING), st.booleans())
def test_no_delivery_at_all_does_harm(changes: dict[str, Any], whole: bool) -> None:
    body = {**(delivery() if whole else {}), **changes}
    try:
        first = receive(body)
    except WebhookRefused as refused:
        assert refused.status == 400  # noqa: PT017 - a refusal is one of two good ends
        return
    assert first == receive(body)
    assert len(first.event) <= 60
    assert len(first.external_id or "") <= 120
