"""Consent, codes, tokens, permissions and quota of the Octorate sandbox."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.providers.octorate.sandbox import OctorateSandbox
from tests.providers.octorate.sandbox.conftest import APPLICATION, CALLBACK, MONTH, Client, Clock

PAGE = "/octobook/identity/oauth.xhtml"
QUESTION = {"client_id": "llavero-demo", "redirect_uri": CALLBACK, "state": "s p&x"}


def exchange(anonymous: Client, code: str, **changes: str) -> Any:
    form = {**APPLICATION, "code": code, "redirect_uri": CALLBACK, "grant_type": "code", **changes}
    return anonymous("POST", "/v1/identity/token", data=form)


def test_consent_page_names_the_properties_and_offers_both_answers(anonymous: Client) -> None:
    response = anonymous("GET", PAGE, params=QUESTION)
    assert response.status_code == 200
    for text in ("Hotel Paradise", "Paradise Apartments", 'value="allow"', 'value="refuse"'):
        assert text in response.text


def test_allowing_redirects_with_code_and_state(anonymous: Client) -> None:
    response = anonymous("POST", PAGE, data={**QUESTION, "decision": "allow"})
    target = urlsplit(response.headers["Location"])
    answer = parse_qs(target.query)
    assert response.status_code == 302
    assert response.headers["Location"].startswith(CALLBACK + "?")
    assert answer["state"] == ["s p&x"]
    assert exchange(anonymous, answer["code"][0]).status_code == 200


def test_refusing_redirects_with_access_denied_and_state(anonymous: Client) -> None:
    response = anonymous("POST", PAGE, data={**QUESTION, "decision": "refuse"})
    answer = parse_qs(urlsplit(response.headers["Location"]).query)
    assert answer == {"error": ["access_denied"], "state": ["s p&x"]}


def test_an_unknown_client_gets_a_page_and_no_redirect(anonymous: Client) -> None:
    for method, name in (("GET", "params"), ("POST", "data")):
        values = {**QUESTION, "client_id": "someone", "decision": "allow"}
        response = anonymous(method, PAGE, **{name: values})
        assert response.status_code == 400
        assert "Location" not in response.headers
        assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://evil.example.org/",
        "http://127.0.0.1.evil.example.org/",
        "http://127.0.0.1:80@evil.example.org/",
        "http://evil.example.org\\@127.0.0.1/",
        "javascript:alert(1)",
        "//127.0.0.1/",
        "http://127.0.0.1/\r\nSet-Cookie: a=b",
        "http://127.0.0.1:bad/",
        "http://[/",
    ],
)
def test_a_return_address_that_is_not_whitelisted_is_refused(anonymous: Client, address: str) -> None:
    response = anonymous("POST", PAGE, data={**QUESTION, "redirect_uri": address, "decision": "allow"})
    assert response.status_code == 400
    assert "Location" not in response.headers


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000/x", "http://localhost:1234/y?z=1"])
def test_this_machines_own_addresses_are_allowed(anonymous: Client, address: str) -> None:
    response = anonymous("POST", PAGE, data={**QUESTION, "redirect_uri": address, "decision": "allow"})
    assert response.headers["Location"].startswith(address)


def test_an_https_address_is_allowed_once_the_configuration_lists_it(
    anonymous: Client, application: Client
) -> None:
    address = "https://hotel.example.org/callback/octorate/"
    question = {**QUESTION, "redirect_uri": address}
    assert anonymous("GET", PAGE, params=question).status_code == 400
    response = application("PATCH", "/v1/api/configuration", json={"redirectUri": [address]})
    assert response.json()["redirectUri"] == [address]
    assert anonymous("GET", PAGE, params=question).status_code == 200


def test_the_configuration_refuses_addresses_without_https(application: Client) -> None:
    body = {"redirectUri": ["http://hotel.example.org/"]}
    assert application.problem("PATCH", "/v1/api/configuration", json=body) == (400, "ApiValidationFailed")


def test_the_token_answer_carries_both_tokens_and_the_expiry(tokens: dict[str, Any]) -> None:
    assert set(tokens) == {"access_token", "refresh_token", "expires_in", "expireDate", "token_type"}
    assert tokens["expires_in"] == MONTH


def test_a_code_works_once(sandbox: OctorateSandbox, anonymous: Client) -> None:
    code = sandbox.issue_code(CALLBACK)
    assert exchange(anonymous, code).status_code == 200
    assert exchange(anonymous, code).status_code == 400


def test_a_code_expires_after_its_seconds(sandbox: OctorateSandbox, anonymous: Client, clock: Clock) -> None:
    code = sandbox.issue_code(CALLBACK)
    clock.advance(seconds=60)
    assert exchange(anonymous, code).status_code == 400


@pytest.mark.parametrize("grant_type", ["authorization_code", "refresh_token", "client_credentials"])
def test_only_the_grant_type_code_is_understood(
    sandbox: OctorateSandbox, anonymous: Client, grant_type: str
) -> None:
    response = exchange(anonymous, sandbox.issue_code(CALLBACK), grant_type=grant_type)
    assert response.status_code == 400
    assert response.json()["element"] == "grant_type"


def test_the_return_address_must_be_the_one_of_the_consent(
    sandbox: OctorateSandbox, anonymous: Client
) -> None:
    response = exchange(anonymous, sandbox.issue_code(CALLBACK), redirect_uri="http://localhost:1/")
    assert response.status_code == 400


def test_missing_fields_are_named_one_by_one(anonymous: Client) -> None:
    response = anonymous("POST", "/v1/identity/token", data={"client_id": "llavero-demo"})
    assert response.status_code == 400
    assert {item["element"] for item in response.json()["nested"]} == {
        "client_secret",
        "code",
        "redirect_uri",
        "grant_type",
    }


def test_a_wrong_secret_is_refused(anonymous: Client) -> None:
    form = {**APPLICATION, "client_secret": "ñ"}
    assert anonymous.problem("POST", "/v1/identity/apilogin", data=form) == (401, "ApiKeyInvalid")


def test_refresh_gives_a_new_access_token_and_no_refresh_token(
    anonymous: Client, tokens: dict[str, Any]
) -> None:
    form = {**APPLICATION, "refresh_token": tokens["refresh_token"]}
    first = anonymous("POST", "/v1/identity/refresh", data=form).json()
    second = anonymous("POST", "/v1/identity/refresh", data=form).json()
    assert "refresh_token" not in first
    assert len({tokens["access_token"], first["access_token"], second["access_token"]}) == 3


def test_a_call_without_a_token_is_key_missing(anonymous: Client) -> None:
    assert anonymous.problem("GET", "/v1/accommodation") == (401, "ApiKeyMissing")


def test_a_call_with_an_unknown_token_is_key_invalid(mount: str) -> None:
    assert Client(mount, "nonsense").problem("GET", "/v1/accommodation") == (401, "ApiKeyInvalid")


def test_an_expired_token_is_login_expired_and_refresh_cures_it(
    hotel: Client, anonymous: Client, tokens: dict[str, Any], clock: Clock
) -> None:
    clock.advance(seconds=MONTH)
    assert hotel.problem("GET", "/v1/accommodation") == (403, "ApiLoginExpired")
    form = {**APPLICATION, "refresh_token": tokens["refresh_token"]}
    fresh = anonymous("POST", "/v1/identity/refresh", data=form).json()["access_token"]
    assert len(Client(hotel.mount, fresh).get("/v1/accommodation")) == 2


def test_expire_tokens_expires_them_at_once(sandbox: OctorateSandbox, hotel: Client) -> None:
    sandbox.expire_tokens()
    assert hotel.problem("GET", "/v1/accommodation") == (403, "ApiLoginExpired")


@pytest.mark.parametrize(
    "path", ["/v1/reservation/910001", "/v1/accommodation/910001", "/v3/roomrates/910001", "/v1/pms/910001"]
)
def test_the_applications_token_is_refused_on_hotel_data(
    application: Client, tokens: dict[str, Any], path: str
) -> None:
    assert application.problem("GET", path) == (403, "ApiSecurityException")


def test_a_grant_opens_only_its_own_properties(
    sandbox: OctorateSandbox, anonymous: Client, mount: str
) -> None:
    answer = exchange(anonymous, sandbox.issue_code(CALLBACK, ["910002"])).json()
    client = Client(mount, answer["access_token"])
    assert [place["id"] for place in client.get("/v1/accommodation")] == ["910002"]
    assert client.problem("GET", "/v1/reservation/910001") == (403, "ApiSecurityException")
    assert client.problem("GET", "/v1/reservation/123") == (403, "ApiSecurityException")


def test_a_revoked_grant_opens_nothing_and_cannot_be_refreshed(
    sandbox: OctorateSandbox, hotel: Client, anonymous: Client, tokens: dict[str, Any]
) -> None:
    assert sandbox.revoke_grants() == 1
    assert hotel.problem("GET", "/v1/reservation/910001") == (403, "ApiSecurityException")
    form = {**APPLICATION, "refresh_token": tokens["refresh_token"]}
    assert anonymous.problem("POST", "/v1/identity/refresh", data=form) == (401, "ApiKeyInvalid")


def test_the_quota_counts_down_and_ends_in_a_403(
    sandbox: OctorateSandbox, hotel: Client, clock: Clock
) -> None:
    sandbox.quota = 2
    left = [hotel("GET", "/v1/accommodation").headers["X-RateLimit-Remaining"] for _ in range(2)]
    assert left == ["1", "0"]
    assert hotel.problem("GET", "/v1/accommodation") == (403, "ApiQuotaException")
    clock.advance(seconds=300)
    assert hotel("GET", "/v1/accommodation").status_code == 200


def test_a_quota_can_be_used_up_and_restored(sandbox: OctorateSandbox, hotel: Client) -> None:
    sandbox.exhaust_quota()
    assert hotel.problem("GET", "/v1/accommodation") == (403, "ApiQuotaException")
    sandbox.restore_quota()
    assert hotel("GET", "/v1/accommodation").status_code == 200


def test_every_answer_carries_a_request_id_of_its_own(hotel: Client) -> None:
    assert len({hotel("GET", "/v1/accommodation").headers["request-id"] for _ in range(3)}) == 3


def test_a_wrong_address_is_a_404_without_json(hotel: Client) -> None:
    response = hotel("GET", "/v9/nothing")
    assert response.status_code == 404
    assert "json" not in response.headers["Content-Type"]


def test_a_get_with_a_content_type_is_refused(hotel: Client) -> None:
    headers = {"Content-Type": "application/json"}
    assert hotel("GET", "/v1/accommodation", headers=headers).status_code == 400


def test_the_configuration_shows_permissions_and_quota_to_the_application(application: Client) -> None:
    answer = application.get("/v1/api/configuration")
    assert answer["permissions"]["reservation"] == "READWRITE"
    assert answer["quotaLimit"] > answer["quotaStatus"]


def test_the_configuration_is_not_for_the_hotels_token(hotel: Client) -> None:
    assert hotel.problem("GET", "/v1/api/configuration") == (403, "ApiSecurityException")


def test_a_read_only_contract_refuses_writes(sandbox: OctorateSandbox, hotel: Client) -> None:
    sandbox.permissions["reservation"] = "READONLY"
    number = sandbox.book()["id"]
    address = f"/v1/reservation/910001/{number}"
    assert hotel.problem("DELETE", address) == (403, "ApiSecurityException")
    assert hotel("GET", address).status_code == 200
