"""Consent, tokens and the meaning of errors, over real HTTP against the sandbox."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from django.utils import timezone

from integrations.applications import application_for
from integrations.errors import (
    IntegrationError,
    Misconfigured,
    Missing,
    NeedsReconnect,
    PropertyClosed,
    RateLimited,
    Rejected,
    TokenExpired,
    Unreachable,
)
from integrations.http import Answer, ProviderSession, session_for
from integrations.models import Connection, ConnectionStatus
from integrations.providers.octorate import answers
from integrations.providers.octorate.provider import PROVIDER
from integrations.providers.octorate.sandbox import OctorateSandbox
from tests.providers.octorate.calls import HOOK, REDIRECT, exchange, pull, window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


# --- access ---------------------------------------------------------------------------------------------------


def test_the_consent_address_has_the_three_parameters_that_octorate_wants(anonymous: ProviderSession) -> None:
    address = PROVIDER.authorize(application_for("octorate"), state="st+at/e=", redirect_uri=REDIRECT)
    assert urlsplit(address).path.endswith("/octobook/identity/oauth.xhtml")
    assert parse_qsl(urlsplit(address).query) == [
        ("client_id", "llavero-demo"),
        ("redirect_uri", REDIRECT),
        ("state", "st+at/e="),
    ]


def test_a_code_becomes_tokens_that_end_half_a_minute_early(
    anonymous: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    before = timezone.now()
    tokens = exchange(anonymous, octorate_sandbox)
    assert tokens.access_token and tokens.refresh_token  # noqa: PT018
    early = timedelta(seconds=3600 - 30)
    assert before + early <= tokens.expires_at <= timezone.now() + early
    (call,) = octorate_sandbox.requests("POST", "/identity/token")
    assert call.form["grant_type"] == "code"
    assert call.form["redirect_uri"] == REDIRECT


def test_a_code_works_once(anonymous: ProviderSession, octorate_sandbox: OctorateSandbox) -> None:
    code = octorate_sandbox.issue_code(REDIRECT)
    exchange(anonymous, octorate_sandbox, code)
    with pytest.raises(Rejected):
        exchange(anonymous, octorate_sandbox, code)


def test_a_wrong_secret_is_the_operators_business(
    anonymous: ProviderSession, octorate_sandbox: OctorateSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCTORATE_CLIENT_SECRET", "another-secret")
    with pytest.raises(Misconfigured) as wrong:
        exchange(anonymous, octorate_sandbox)
    assert "another-secret" not in str(wrong.value)
    with pytest.raises(Misconfigured):
        PROVIDER.refresh_token(anonymous, application_for("octorate"), refresh_token="any")
    with pytest.raises(Misconfigured):
        PROVIDER.subscribe_webhooks(anonymous, application_for("octorate"), url=HOOK)


@pytest.mark.parametrize(
    ("answer", "life"),
    [
        ({"expires_in": 600}, 570),
        ({"expires_in": "600"}, 570),
        ({"expires_in": 60}, 54),
        ({"expireDate": "2031-03-01T10:20:00Z[UTC]"}, 1170),
        ({"expireDate": "2031-03-01T10:20:00Z", "expires_in": None}, 1170),
        ({"expireDate": "2001-03-01T10:20:00Z"}, 3570),
        ({"expires_in": -5}, 3570),
        ({"expires_in": "soon", "expireDate": 7}, 3570),
        ({}, 3570),
    ],
    ids=str,
)
def test_the_expiry_of_a_token_when_fields_are_missing(
    anonymous: ProviderSession, octorate_sandbox: OctorateSandbox, answer: dict[str, Any], life: int
) -> None:
    body = json.dumps({"access_token": "a-token", "refresh_token": "r-token", **answer})
    octorate_sandbox.fail_next(1, 200, body, path_part="/identity/token")
    now = datetime(2031, 3, 1, 10, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        tokens = exchange(anonymous, octorate_sandbox, "any")
    assert tokens.expires_at == now + timedelta(seconds=life)


@pytest.mark.parametrize("body", ["<html>", "{}", "[]", '{"access_token": ""}', '{"access_token": 5}', ""])
def test_an_answer_without_a_token_may_be_tried_again(
    anonymous: ProviderSession, octorate_sandbox: OctorateSandbox, body: str
) -> None:
    octorate_sandbox.fail_next(1, 200, body, path_part="/identity/")
    with pytest.raises(Unreachable):
        exchange(anonymous, octorate_sandbox)


def test_a_refresh_gives_a_new_access_token_and_keeps_the_refresh_token(
    anonymous: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    first = exchange(anonymous, octorate_sandbox)
    assert first.refresh_token is not None
    second = PROVIDER.refresh_token(anonymous, application_for("octorate"), refresh_token=first.refresh_token)
    assert second.access_token != first.access_token
    assert second.refresh_token is None


def test_a_grant_that_is_gone_needs_a_person(
    anonymous: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    tokens = exchange(anonymous, octorate_sandbox)
    octorate_sandbox.revoke_grants()
    with pytest.raises(NeedsReconnect):
        PROVIDER.refresh_token(
            anonymous, application_for("octorate"), refresh_token=tokens.refresh_token or ""
        )


@pytest.mark.parametrize(("status", "body"), [(500, None), (502, "<html>"), (403, "<html>"), (400, "<html>")])
def test_a_grant_is_not_given_up_for_a_server_in_trouble(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, status: int, body: str | None
) -> None:
    octorate_sandbox.expire_tokens()
    octorate_sandbox.fail_next(9, status, body, path_part="/identity/refresh")
    with pytest.raises(Unreachable):
        PROVIDER.test_connection(session)


def test_an_expired_token_is_renewed_once_and_the_call_repeated(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.expire_tokens()
    PROVIDER.test_connection(session)
    assert len(octorate_sandbox.requests("POST", "/identity/refresh")) == 1
    assert len(octorate_sandbox.requests("GET", "/accommodation")) == 2


def test_a_refused_property_causes_no_refresh(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    with pytest.raises(PropertyClosed) as closed:
        pull(session, window("999999"))
    assert closed.value.property_refs == ("999999",)
    assert not octorate_sandbox.requests("POST", "/identity/refresh")
    assert len(octorate_sandbox.requests("GET", "/reservation/")) == 1


def test_a_grant_that_was_taken_back_is_no_matter_of_one_property(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.revoke_grants()
    with pytest.raises(NeedsReconnect):
        pull(session, window())


def test_a_grant_without_properties_does_not_pass_the_test(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.fail_next(1, 200, "[]", path_part="/accommodation")
    with pytest.raises(NeedsReconnect):
        PROVIDER.test_connection(session)


# --- what error answers mean ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (400, {"type": "ApiParamsExemption", "message": "errPageSize"}, Rejected),
        (400, {"type": "JsonParseExemption"}, Rejected),
        (400, {"type": "ApiValidationFailed"}, Rejected),
        (401, {"type": "ApiKeyMissing"}, TokenExpired),
        (401, {"type": "ApiKeyInvalid"}, TokenExpired),
        (403, {"type": "ApiLoginExpired"}, TokenExpired),
        (403, {"type": "ApiSecurityException"}, NeedsReconnect),
        (403, {"type": "ApiQuotaException"}, RateLimited),
        (403, {"type": "WrongEnviroment"}, Misconfigured),
        (403, "<html>", Unreachable),
        (404, {"type": "ApiResourceMissing"}, Missing),
        (404, "Not found", Misconfigured),
        (422, {"type": "ApiResourceEmpty"}, Missing),
        (422, "", Missing),
        (500, {"type": "InternalServerError"}, Unreachable),
        (550, {"type": "ApiPartnerServerError"}, Unreachable),
        (401, "", None),
        (403, {"type": "SomethingNew"}, None),
        (404, {"message": "x"}, None),
        (429, {}, None),
        (502, "<html>", None),
    ],
    ids=str,
)
def test_the_type_decides_not_the_status_alone(
    status: int, body: Any, meaning: type[IntegrationError] | None
) -> None:
    raw = body if isinstance(body, str) else json.dumps(body)
    error = answers.explain(Answer(status, {}, raw.encode()))
    assert (None if error is None else type(error)) is meaning


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (
            400,
            {"type": "ApiParamsExemption", "message": "errToken", "element": "refresh_token"},
            NeedsReconnect,
        ),
        (401, {"type": "ApiKeyInvalid", "element": "refresh_token"}, NeedsReconnect),
        (403, {"type": "ApiSecurityException"}, NeedsReconnect),
        (401, {"type": "ApiKeyInvalid", "element": "client_id"}, Misconfigured),
        (403, {"type": "ApiQuotaException"}, RateLimited),
        (429, {"message": "Too many requests"}, RateLimited),
        (429, "", RateLimited),
        (404, {"message": "no Route matched with those values"}, Misconfigured),
        (405, "", Misconfigured),
        (400, {"message": "Bad Request"}, Unreachable),
        (401, {"message": "Unauthorized"}, Unreachable),
        (403, {"message": "Forbidden"}, Unreachable),
        (408, {"message": "Request Timeout"}, Unreachable),
        (422, {"type": "ApiResourceMissing"}, Unreachable),
        (503, {"message": "Service Unavailable"}, Unreachable),
        (400, {"error": "invalid_grant"}, NeedsReconnect),
    ],
    ids=str,
)
def test_a_grant_is_given_up_only_when_octorate_itself_says_so(
    connection: Connection,
    octorate_sandbox: OctorateSandbox,
    status: int,
    body: Any,
    meaning: type[IntegrationError],
) -> None:
    raw = body if isinstance(body, str) else json.dumps(body)
    octorate_sandbox.expire_tokens()
    octorate_sandbox.fail_next(9, status, raw, path_part="/identity/refresh")
    with session_for(connection) as session, pytest.raises(meaning):
        PROVIDER.test_connection(session)
    connection.refresh_from_db()
    given_up = connection.status == ConnectionStatus.NEEDS_REAUTH
    assert given_up is (meaning is NeedsReconnect)


@pytest.mark.parametrize(
    "body", ["[" * 100_000, "\udcff", '{"type": ["x"], "nested": 5, "message": {}}', "null"]
)
def test_no_error_body_does_harm(body: str) -> None:
    answer = Answer(400, {}, body.encode("utf-8", "surrogateescape"))
    for explain in (
        answers.explain,
        answers.explain_exchange,
        answers.explain_refresh,
        answers.explain_login,
    ):
        explain(answer)


def test_a_used_up_quota_asks_to_wait(session: ProviderSession, octorate_sandbox: OctorateSandbox) -> None:
    octorate_sandbox.exhaust_quota()
    with pytest.raises(RateLimited):
        PROVIDER.test_connection(session)


def test_a_short_failure_is_survived(session: ProviderSession, octorate_sandbox: OctorateSandbox) -> None:
    octorate_sandbox.fail_next(1, 550, path_part="/accommodation")
    octorate_sandbox.fail_next(1, 0, path_part="/accommodation")
    PROVIDER.test_connection(session)


def test_reading_sends_no_content_type(session: ProviderSession, octorate_sandbox: OctorateSandbox) -> None:
    PROVIDER.discover(session)
    assert all("content-type" not in call.headers for call in octorate_sandbox.requests("GET"))
