"""Access tokens over real HTTP: how they are asked for, how long they are good, what a refusal means."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations import connections
from integrations.errors import (
    IntegrationError,
    Missing,
    NeedsReconnect,
    RateLimited,
    Rejected,
    Unreachable,
)
from integrations.http import ProviderSession
from integrations.models import Connection, ConnectionStatus, Exchange
from integrations.providers.hostaway.client import DEFAULT_LIFE, HostawayClient
from integrations.providers.hostaway.provider import PROVIDER
from integrations.providers.hostaway.sandbox import HostawaySandbox

pytestmark = pytest.mark.django_db

TOKENS = "/v1/accessTokens"


# --- a token --------------------------------------------------------------------------------------------------


def test_account_id_and_key_make_a_token_that_may_be_used_at_once(
    newcomer: ProviderSession, sandbox: HostawaySandbox
) -> None:
    tokens = PROVIDER.issue_token(newcomer)
    assert abs(tokens.expires_at - timezone.now() - timedelta(days=730)) < timedelta(minutes=1)
    assert tokens.refresh_token is None
    (call,) = sandbox.requests("POST", TOKENS)
    assert dict(call.form) == {
        "grant_type": "client_credentials",
        "client_id": "10001",
        "client_secret": "llavero-demo-secret",
        "scope": "general",
    }
    assert "authorization" not in {name.lower() for name in call.headers}
    # Any earlier and this would be refused.
    newcomer.request("GET", f"{newcomer.urls['api']}/listings", bearer=tokens.access_token)


def test_blanks_around_what_was_typed_in_do_no_harm(newcomer: ProviderSession) -> None:
    assert newcomer.connection is not None
    newcomer.connection.credentials = {"account_id": " 10001 ", "client_secret": "llavero-demo-secret\n"}
    assert PROVIDER.issue_token(newcomer).access_token


@pytest.mark.parametrize(
    ("body", "life"),
    [
        pytest.param({"access_token": "t" * 20, "expires_in": 15897600}, timedelta(days=184), id="bare"),
        pytest.param(
            {"status": "success", "result": {"access_token": "t" * 20, "expires_in": 3600}},
            timedelta(hours=1),
            id="wrapped",
        ),
        pytest.param({"access_token": "t" * 20, "expires_in": "3600"}, timedelta(hours=1), id="life as text"),
        pytest.param({"access_token": "t" * 20}, DEFAULT_LIFE, id="no life told"),
        pytest.param({"access_token": "t" * 20, "expires_in": -1}, DEFAULT_LIFE, id="a life below 0"),
        pytest.param({"access_token": "t" * 20, "expires_in": 10**12}, DEFAULT_LIFE, id="a life without end"),
    ],
)
def test_a_token_is_taken_bare_or_wrapped_and_lives_as_long_as_it_says(
    newcomer: ProviderSession, sandbox: HostawaySandbox, body: Any, life: timedelta
) -> None:
    sandbox.fail_next(1, 200, json.dumps(body), path_part=TOKENS)
    tokens = PROVIDER.issue_token(newcomer)
    assert tokens.access_token == "t" * 20
    assert abs(tokens.expires_at - timezone.now() - life) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"error": "invalid_client", "message": "Client authentication failed"}, NeedsReconnect),
        (403, {"status": "fail", "result": "No"}, NeedsReconnect),
        (400, {"status": "fail", "result": "client_id must be a number"}, NeedsReconnect),
        (200, {"status": "fail", "result": "Wrong credentials"}, NeedsReconnect),
        (429, {"status": "fail", "message": "Too many requests"}, RateLimited),
        (200, {"status": "fail", "message": "Too many requests"}, RateLimited),
        (500, None, Unreachable),
        (404, {"status": "fail", "result": "Not found"}, Missing),
        (200, {"token_type": "Bearer"}, Unreachable),
    ],
)
def test_a_refusal_of_the_credentials_is_told_from_passing_trouble(
    newcomer: ProviderSession,
    sandbox: HostawaySandbox,
    status: int,
    body: Any,
    error: type[IntegrationError],
) -> None:
    sandbox.fail_next(9, status, json.dumps(body) if body else None, path_part=TOKENS)
    with pytest.raises(IntegrationError) as raised:
        PROVIDER.issue_token(newcomer)
    assert type(raised.value) is error
    assert len(sandbox.requests("POST", TOKENS)) == 1


def test_a_wrong_key_is_refused_with_the_other_sides_sentence(newcomer: ProviderSession) -> None:
    assert newcomer.connection is not None
    newcomer.connection.credentials = {"account_id": "10001", "client_secret": "something-else"}
    with pytest.raises(NeedsReconnect, match="Client authentication failed"):
        PROVIDER.issue_token(newcomer)


# --- its end --------------------------------------------------------------------------------------------------


def test_a_disconnected_account_has_no_living_token(
    session: ProviderSession, connection: Connection, sandbox: HostawaySandbox, manager: Any
) -> None:
    PROVIDER.test_connection(session)
    token = sandbox.tokens[connection.credentials["access_token"]]
    connections.disconnect(connection=connection, user=manager)
    assert token.revoked
    assert connection.credentials == {}
    # Neither the token nor anything else asks for a new one on the way.
    assert not sandbox.requests("POST", TOKENS)
    (call,) = Exchange.objects.filter(connection=connection, method="DELETE", url__contains="accessTokens")
    assert token.value not in call.url


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_token_that_cannot_be_ended_is_forgotten_all_the_same(
    connection: Connection, sandbox: HostawaySandbox, manager: Any, status: int
) -> None:
    sandbox.fail_next(9, status, path_part=TOKENS)
    connections.disconnect(connection=connection, user=manager)
    connection.refresh_from_db()
    assert (connection.status, connection.credentials) == (ConnectionStatus.DISCONNECTED, {})
    assert not sandbox.requests("POST", TOKENS)


# --- 403 ------------------------------------------------------------------------------------------------------


def test_a_token_that_ended_is_replaced_once_and_the_call_repeated(
    session: ProviderSession, connection: Connection, sandbox: HostawaySandbox
) -> None:
    before = connection.token_version
    assert sandbox.expire_tokens() == 1
    PROVIDER.test_connection(session)
    connection.refresh_from_db()
    assert connection.token_version == before + 1
    assert len(sandbox.requests("POST", TOKENS)) == 1
    assert len(sandbox.requests("GET", "/v1/listings")) == 2


def test_a_new_key_at_hostaway_asks_a_person(
    session: ProviderSession, connection: Connection, sandbox: HostawaySandbox
) -> None:
    sandbox.change_secret(10001, "a-new-secret")
    with pytest.raises(NeedsReconnect):
        PROVIDER.test_connection(session)
    connection.refresh_from_db()
    assert connection.status == ConnectionStatus.NEEDS_REAUTH


def test_a_listing_that_is_not_ours_is_refused_and_the_account_stays_connected(
    session: ProviderSession, connection: Connection, sandbox: HostawaySandbox
) -> None:
    with pytest.raises(Rejected, match="No access to this listing"):
        HostawayClient(session).write_calendar("60001", [])
    connection.refresh_from_db()
    assert connection.status == ConnectionStatus.CONNECTED
    assert len(sandbox.requests("PUT", "/listings/60001/")) == 2


# --- envelopes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "error", "sentence"),
    [
        (429, {"status": "fail", "message": "Slow down, please"}, RateLimited, "Slow down, please"),
        (200, {"status": "fail", "message": "Slow down, please"}, RateLimited, "Slow down, please"),
        (200, {"status": "fail", "result": "It did not work"}, Rejected, "It did not work"),
        (400, {"status": "fail", "result": "It did not work"}, Rejected, "It did not work"),
        (404, {"status": "fail", "result": "Not there"}, Missing, "Not there"),
        (400, None, Rejected, "The sandbox was told to answer 400"),
    ],
)
def test_a_failure_is_told_whatever_its_status_and_wherever_its_sentence_stands(
    session: ProviderSession,
    sandbox: HostawaySandbox,
    status: int,
    body: Any,
    error: type[IntegrationError],
    sentence: str,
) -> None:
    sandbox.fail_next(9, status, json.dumps(body) if body else None)
    with pytest.raises(IntegrationError) as raised:
        PROVIDER.test_connection(session)
    assert (type(raised.value), raised.value.detail) == (error, sentence)
    assert len(sandbox.requests()) == 1


def test_a_limit_that_says_how_long_is_kept_to(session: ProviderSession, sandbox: HostawaySandbox) -> None:
    sandbox.exhaust_quota()
    with pytest.raises(RateLimited, match="Too many requests"):
        PROVIDER.test_connection(session)
    assert len(sandbox.requests()) == 1
