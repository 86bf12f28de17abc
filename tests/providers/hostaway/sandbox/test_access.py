"""Access tokens, rate limits and the borders between accounts in the Hostaway sandbox."""

from __future__ import annotations

import pytest

from integrations.providers.hostaway.sandbox import HostawaySandbox
from integrations.sandbox import SandboxServer
from tests.providers.hostaway.sandbox.conftest import Client, Clock, sign_in, token_form


def test_a_token_is_answered_without_an_envelope(anonymous: Client) -> None:
    response = anonymous("POST", "/accessTokens", data=token_form())
    answer = response.json()
    assert response.status_code == 200
    assert set(answer) == {"token_type", "expires_in", "access_token"}
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 63_072_000)
    assert answer["access_token"].count(".") == 2


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"client_secret": "wrong"}, 401),
        ({"client_id": "10009"}, 401),
        ({"client_id": "²"}, 401),
        ({"client_id": "10002"}, 401),
        ({"grant_type": "password"}, 400),
        ({"scope": ""}, 400),
    ],
)
def test_bad_credentials_get_no_token(anonymous: Client, change: dict[str, str], status: int) -> None:
    response = anonymous("POST", "/accessTokens", data=token_form(**change))
    assert response.status_code == status
    assert "access_token" not in response.json()


def test_the_token_call_takes_a_form_only(anonymous: Client) -> None:
    assert anonymous("POST", "/accessTokens", json=token_form()).status_code == 400


def test_a_new_token_is_refused_for_a_second(
    sandbox: HostawaySandbox, anonymous: Client, clock: Clock
) -> None:
    sandbox.activation_seconds = 1
    api = sign_in(anonymous)
    assert api.refusal("GET", "/listings")[0] == 403
    clock.advance(seconds=1)
    assert api("GET", "/listings").status_code == 200


def test_calls_without_a_token_and_with_an_unknown_one_are_forbidden(anonymous: Client, mount: str) -> None:
    assert anonymous.refusal("GET", "/listings")[0] == 403
    assert Client(mount, "made.up.token").refusal("GET", "/reservations")[0] == 403


def test_an_expired_token_is_forbidden_and_a_new_one_works(
    sandbox: HostawaySandbox, anonymous: Client, api: Client, clock: Clock
) -> None:
    assert sandbox.expire_tokens() == 1
    assert api.refusal("GET", "/listings")[0] == 403
    again = sign_in(anonymous)
    assert again("GET", "/listings").status_code == 200
    clock.advance(seconds=63_072_000)
    assert again.refusal("GET", "/listings")[0] == 403


def test_an_older_token_stays_valid_beside_a_newer_one(anonymous: Client, api: Client) -> None:
    sign_in(anonymous)
    assert api("GET", "/listings").status_code == 200


def test_a_revoked_token_is_forbidden(api: Client) -> None:
    assert api.envelope("DELETE", "/accessTokens", params={"token": api.token})["result"] == []
    assert api.refusal("GET", "/listings")[0] == 403


def test_a_changed_secret_ends_the_tokens_of_that_account(
    sandbox: HostawaySandbox, anonymous: Client, api: Client, stranger: Client
) -> None:
    sandbox.change_secret(10001, "a new one")
    assert api.refusal("GET", "/listings")[0] == 403
    assert anonymous("POST", "/accessTokens", data=token_form()).status_code == 401
    assert stranger("GET", "/listings").status_code == 200


def test_an_account_sees_nothing_of_another_one(
    sandbox: HostawaySandbox, api: Client, stranger: Client
) -> None:
    own = {row["id"] for row in api.get("/listings")}
    assert own.isdisjoint({row["id"] for row in stranger.get("/listings")})
    assert {row["listingMapId"] for row in stranger.get("/reservations")} == {60001}
    number = sandbox.rows()[0]["id"]
    for method, path in [
        ("GET", "/listings/50001"),
        ("GET", "/listingUnits/50010"),
        ("GET", "/listings/50001/calendar?startDate=2031-07-10&endDate=2031-07-11"),
        ("PUT", "/listings/50001/calendarIntervals"),
        ("GET", f"/reservations/{number}"),
        ("DELETE", f"/reservations/{number}"),
    ]:
        assert stranger.refusal(method, path)[0] == 403
    assert stranger.get("/reservations", listingId="50001") == []


def test_one_address_may_call_fifteen_times_in_ten_seconds(
    sandbox: HostawaySandbox, api: Client, stranger: Client, clock: Clock
) -> None:
    sandbox.ip_limit = 15
    statuses = [client("GET", "/listings").status_code for _ in range(8) for client in (api, stranger)]
    assert statuses == [200] * 15 + [429]
    assert Client(api.mount, api.token, "192.0.2.7")("GET", "/listings").status_code == 200
    clock.advance(seconds=10)
    assert api("GET", "/listings").status_code == 200


def test_one_account_may_call_twenty_times_in_ten_seconds(
    sandbox: HostawaySandbox, api: Client, stranger: Client
) -> None:
    sandbox.account_limit = 20
    statuses = [api("GET", "/listings").status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    assert stranger("GET", "/listings").status_code == 200


def test_a_fresh_sandbox_has_the_real_limits() -> None:
    sandbox = HostawaySandbox()
    assert (sandbox.ip_limit, sandbox.account_limit, sandbox.limit_seconds) == (15, 20, 10)
    with SandboxServer([sandbox]) as server:
        anonymous = Client(f"{server.url}/hostaway")
        statuses = [anonymous("GET", "/listings").status_code for _ in range(16)]
    assert statuses == [403] * 15 + [429]


def test_a_rate_limit_says_so_in_message_and_meets_the_token_call_too(
    sandbox: HostawaySandbox, anonymous: Client, api: Client
) -> None:
    sandbox.exhaust_quota()
    response = api("GET", "/listings")
    assert response.status_code == 429
    assert set(response.json()) == {"status", "message"}
    assert anonymous("POST", "/accessTokens", data=token_form()).status_code == 429
    sandbox.restore_quota()
    assert api("GET", "/listings").status_code == 200


def test_a_used_up_quota_comes_back_by_itself(sandbox: HostawaySandbox, api: Client, clock: Clock) -> None:
    sandbox.exhaust_quota()
    clock.advance(seconds=9)
    assert api("GET", "/listings").status_code == 429
    clock.advance(seconds=1)
    assert api("GET", "/listings").status_code == 200


def test_failure_switches_answer_in_the_envelope(sandbox: HostawaySandbox, api: Client) -> None:
    sandbox.fail_next(1, 500, path_part="/listings")
    assert api("GET", "/reservations").status_code == 200
    status, sentence = api.refusal("GET", "/listings")
    assert (status, bool(sentence)) == (500, True)
    sandbox.fail_next(1, 429)
    assert "message" in api("GET", "/listings").json()


def test_an_unknown_address_is_404_in_the_envelope(api: Client) -> None:
    assert api.refusal("GET", "/tasks")[0] == 404


def test_reset_ends_tokens_and_switches_but_keeps_what_was_set(sandbox: HostawaySandbox, api: Client) -> None:
    sandbox.partial_webhooks = sandbox.duplicate_webhooks = True
    sandbox.book()
    count = len(sandbox.rows())
    sandbox.reset()
    assert api.refusal("GET", "/listings")[0] == 403
    assert len(sandbox.rows()) == count - 1
    assert (sandbox.partial_webhooks, sandbox.duplicate_webhooks) == (False, False)
    assert sandbox.activation_seconds == 0
