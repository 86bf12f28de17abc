"""Tokens, the test of a connection and discovery, over real HTTP against the sandbox."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations import connections
from integrations.access import fresh_access_token
from integrations.errors import (
    IntegrationError,
    NeedsReconnect,
    ProtocolBroken,
    RateLimited,
    Rejected,
    Unreachable,
)
from integrations.http import ProviderSession, session_for
from integrations.models import Connection, Exchange
from integrations.providers.booking_com.access import USUAL_LIFE, life_of
from integrations.providers.booking_com.provider import DECLARATION, PROVIDER
from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import DOUBLE, HOTEL, OTHER_HOTEL, STANDARD
from reservations.models import Hotel

pytestmark = pytest.mark.django_db

DEMO = {"client_id": "llavero-demo", "client_secret": "llavero-demo-secret", "property_id": str(HOTEL)}


@pytest.fixture
def unsaved(hotel: Hotel, sandbox: BookingComSandbox) -> Connection:
    """Credentials that are being typed in."""
    return Connection(hotel=hotel, provider="booking_com", credentials=dict(DEMO))


def jwt(**claims: object) -> str:
    parts = ({"alg": "none"}, claims)
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + ".x"
    )


# --- tokens ---------------------------------------------------------------------------------------------------


def test_a_token_is_asked_for_with_what_was_typed_in(unsaved: Connection, sandbox: BookingComSandbox) -> None:
    before = timezone.now()
    with session_for(unsaved) as session:
        tokens = PROVIDER.issue_token(session)

    (call,) = sandbox.requests("POST")
    assert call.path == "/auth/token-based-authentication/exchange"
    assert json.loads(call.body) == {name: DEMO[name] for name in ("client_id", "client_secret")}
    assert "authorization" not in call.headers
    assert timedelta(minutes=54) < tokens.expires_at - before < timedelta(minutes=56)
    assert tokens.refresh_token is None
    assert tokens.access_token not in repr(tokens)


def test_a_token_is_renewed_after_about_fifty_minutes(connection: Connection) -> None:
    assert connection.token_expires_at is not None
    first = fresh_access_token(connection)
    margin = timedelta(minutes=5)
    connection.credentials["obtained_at"] = (timezone.now() - timedelta(minutes=49)).isoformat()
    connection.token_expires_at -= timedelta(minutes=49)
    connection.save()
    assert fresh_access_token(connection) == first

    connection.token_expires_at -= margin
    connection.save()
    assert fresh_access_token(connection) != first


@pytest.mark.parametrize(
    ("claims", "life"),
    [
        ({"iat": 1_900_000_000, "exp": 1_900_003_600}, timedelta(hours=1)),
        ({"iat": 1_900_000_000, "exp": 1_900_000_600}, timedelta(minutes=10)),
        ({"exp": 1_927_929_600}, timedelta(minutes=20)),
        ({"exp": "soon"}, USUAL_LIFE),
        ({"exp": True}, USUAL_LIFE),
        ({"exp": 10**30}, USUAL_LIFE),
        ({"iat": 1_900_000_000, "exp": 1_800_000_000}, USUAL_LIFE),
        ({"exp": 5}, USUAL_LIFE),
        ({}, USUAL_LIFE),
    ],
    ids=str,
)
def test_the_life_of_a_token_is_what_it_says_of_itself(claims: dict[str, Any], life: timedelta) -> None:
    assert life_of(jwt(**claims), datetime.fromtimestamp(1_927_928_400, UTC)) == life


@pytest.mark.parametrize("token", ["opaque", "a.b", "a.%%%.c", "a.bm90IGpzb24.c", "a.W10.c", "..", "é.é.é"])
def test_a_token_that_says_nothing_of_itself_lives_an_hour(token: str) -> None:
    assert life_of(token, timezone.now()) == USUAL_LIFE


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refused_credentials_need_a_person(
    unsaved: Connection, sandbox: BookingComSandbox, status: int
) -> None:
    said = json.dumps({"message": f"Wrong: {DEMO['client_secret']}"})
    sandbox.fail_next(1, status, said, path_part="/exchange")

    with session_for(unsaved) as session, pytest.raises(NeedsReconnect) as raised:
        PROVIDER.issue_token(session)

    assert raised.value.detail.startswith("Wrong: ")
    assert DEMO["client_secret"] not in raised.value.detail


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (429, "slow", RateLimited),
        (500, "", Unreachable),
        (503, "<html>", Unreachable),
        (0, None, Unreachable),
        (200, "", ProtocolBroken),
        (200, "<html>", ProtocolBroken),
        (200, "{}", ProtocolBroken),
        (200, '{"jwt": 5}', ProtocolBroken),
        (200, '["jwt"]', ProtocolBroken),
    ],
)
def test_passing_trouble_with_tokens_is_no_refusal_and_costs_one_call(
    unsaved: Connection,
    sandbox: BookingComSandbox,
    status: int,
    body: str | None,
    error: type[IntegrationError],
) -> None:
    sandbox.fail_next(5, status, body, path_part="/exchange")

    with session_for(unsaved) as session, pytest.raises(error):
        PROVIDER.issue_token(session)

    assert len(sandbox.requests()) == 1


def test_the_hours_tokens_are_counted_here_before_they_are_refused_there(
    connection: Connection, sandbox: BookingComSandbox
) -> None:
    assert DECLARATION.token_limit is not None
    for _ in range(DECLARATION.token_limit.calls - 1):
        fresh_access_token(connection, reject=connection.credentials["access_token"])
    sandbox.clear_requests()

    with pytest.raises(RateLimited) as raised:
        fresh_access_token(connection, reject=connection.credentials["access_token"])

    assert sandbox.requests() == []
    assert raised.value.until is not None
    assert raised.value.until > timezone.now() + timedelta(minutes=50)


def test_used_up_tokens_of_the_account_ask_to_wait(unsaved: Connection, sandbox: BookingComSandbox) -> None:
    sandbox.tokens_per_hour = 0

    with session_for(unsaved) as session, pytest.raises(RateLimited):
        PROVIDER.test_connection(session)


def test_a_token_that_ends_in_the_middle_is_renewed_once(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    PROVIDER.test_connection(session)
    sandbox.expire_tokens()
    PROVIDER.test_connection(session)

    assert len(sandbox.requests("POST", "/exchange")) == 2


# --- the test of a connection ---------------------------------------------------------------------------------


def test_good_credentials_pass(session: ProviderSession, sandbox: BookingComSandbox) -> None:
    PROVIDER.test_connection(session)

    assert sandbox.requests("GET", f"/supply/connections-api/properties/{HOTEL}/status")


def refusal_of(unsaved: Connection, **credentials: str) -> IntegrationError:
    unsaved.credentials = {**unsaved.credentials, **credentials}
    with session_for(unsaved) as session, pytest.raises(IntegrationError) as raised:
        PROVIDER.test_connection(session)
    return raised.value


def test_a_property_of_another_account_is_told_in_a_sentence(unsaved: Connection) -> None:
    error = refusal_of(unsaved, property_id=str(OTHER_HOTEL))

    assert isinstance(error, NeedsReconnect)
    assert (
        error.detail == f"The property {OTHER_HOTEL} is not connected to this machine account at Booking.com."
    )


def test_a_property_that_nobody_knows_is_told_in_the_same_sentence(
    unsaved: Connection, sandbox: BookingComSandbox
) -> None:
    sandbox.fail_next(1, 404, path_part="/status")

    assert "is not connected to this machine account" in refusal_of(unsaved, property_id="1").detail


def test_a_connection_that_is_not_made_yet_names_its_state(
    unsaved: Connection, sandbox: BookingComSandbox
) -> None:
    answer = {"errors": [], "data": {"property_id": HOTEL, "status": "pending"}}
    sandbox.fail_next(1, 200, json.dumps(answer), path_part="/status")

    error = refusal_of(unsaved)

    assert isinstance(error, NeedsReconnect)
    assert error.detail.endswith("Its connection is pending.")


@pytest.mark.parametrize("written", ["", "hotel", "44 00", "-5", "４４００", "9" * 20, "../../x"])
def test_a_property_id_is_digits(unsaved: Connection, sandbox: BookingComSandbox, written: str) -> None:
    error = refusal_of(unsaved, property_id=written)

    assert isinstance(error, NeedsReconnect)
    assert "digits only" in error.detail
    assert sandbox.requests() == []


def test_a_wrong_secret_needs_a_person(unsaved: Connection) -> None:
    assert isinstance(refusal_of(unsaved, client_secret="another-secret-000"), NeedsReconnect)


@pytest.mark.parametrize(
    "body", ["<html>", "", "{}", "[]", '{"data": {"property_id": 1, "status": "connected"}}', '{"data": 5}']
)
def test_an_answer_of_another_shape_is_a_broken_protocol(
    session: ProviderSession, sandbox: BookingComSandbox, body: str
) -> None:
    sandbox.fail_next(1, 200, body, path_part="/status")

    with pytest.raises(ProtocolBroken):
        PROVIDER.test_connection(session)


# --- discovery ------------------------------------------------------------------------------------------------


def test_discovery_finds_the_property_with_its_room_types_and_their_rates(session: ProviderSession) -> None:
    (place,) = PROVIDER.discover(session)

    assert (place.ref, place.name, place.currency) == (str(HOTEL), "Hotel Paradise", "EUR")
    types = [room for room in place.rooms if room.kind == "room_type"]
    assert [(room.name, room.capacity) for room in types] == [
        ("Single Room", 1),
        ("Double Room", 2),
        ("Suite", 3),
    ]
    rates = [(room.ref, room.parent_ref, room.name) for room in place.rooms if room.kind == "rate"]
    assert (str(STANDARD), str(DOUBLE), "Standard Rate") in rates
    assert len(rates) == len(set(rates)) == 6


@pytest.mark.parametrize(
    ("status", "body"), [(403, ""), (404, ""), (401, ""), (400, "<fault/>"), (200, "<html>")]
)
def test_a_name_that_is_not_told_is_made_up(
    connection: Connection, session: ProviderSession, sandbox: BookingComSandbox, status: int, body: str
) -> None:
    sandbox.fail_next(9, status, body, path_part="OTA_HotelSearch")

    (place,) = PROVIDER.discover(session)

    assert (place.name, place.currency) == (f"Booking.com {HOTEL}", None)
    assert len(place.rooms) == 9
    connection.refresh_from_db()
    assert connection.is_live


@pytest.mark.parametrize(
    ("rooms", "found"),
    [
        ("<rooms/>", []),
        ('<rooms><room room_name="No id"/></rooms>', []),
        ('<rooms><room id="5" room_name=" "/></rooms>', [("room_type", "5", "5", None)]),
        (
            '<rooms><room id="5" room_name="A"><rates><rate id="1" max_persons="x"/><rate/></rates></room></rooms>',
            [("room_type", "5", "A", None), ("rate", "1", "1", None)],
        ),
        (
            '<rooms><room id="5" room_name="A"><rate id="1" rate_name="S" max_persons="3"/></room></rooms>',
            [("room_type", "5", "A", 3), ("rate", "1", "S", None)],
        ),
        (f'<rooms><room id="{"5" * 200}" room_name="A"/></rooms>', []),
    ],
)
def test_discovery_takes_odd_lists(
    session: ProviderSession, sandbox: BookingComSandbox, rooms: str, found: list[tuple[str, ...]]
) -> None:
    sandbox.fail_next(1, 200, rooms, path_part="roomrates")

    (place,) = PROVIDER.discover(session)

    assert [(room.kind, room.ref, room.name, room.capacity) for room in place.rooms] == found


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('<fault code="320" string="No such hotel"/>', Rejected),
        ("<reservations/>", ProtocolBroken),
        ('<!DOCTYPE r [<!ENTITY a "b">]><rooms>&a;</rooms>', ProtocolBroken),
        ("<rooms><room", ProtocolBroken),
    ],
)
def test_a_list_that_is_none_has_the_right_name(
    session: ProviderSession, sandbox: BookingComSandbox, body: str, error: type[IntegrationError]
) -> None:
    sandbox.fail_next(1, 200, body, path_part="roomrates")

    with pytest.raises(error):
        PROVIDER.discover(session)


def test_calls_are_recorded_with_the_number_that_their_support_asks_for(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    PROVIDER.discover(session)

    numbers = Exchange.objects.filter(url__contains="roomrates").values_list("request_id", flat=True)
    assert [len(number) for number in numbers] == [24]


def test_the_form_is_checked_before_anything_is_stored(hotel: Hotel, sandbox: BookingComSandbox) -> None:
    connections.check_credentials(
        hotel_id=hotel.pk, provider="booking_com", credentials=DEMO, settings={"prices_include_tax": True}
    )

    assert not Connection.objects.exists()
    assert len(sandbox.requests("POST", "/exchange")) == 1
