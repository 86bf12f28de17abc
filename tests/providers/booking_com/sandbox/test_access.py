"""Who may call the Booking.com sandbox: tokens, their life, their limits, and the shape of every answer."""

from __future__ import annotations

import base64
import json
import re

import pytest
import requests

from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import HOTEL, OTHER_HOTEL
from tests.providers.booking_com.sandbox.conftest import DEMO, EXCHANGE, MODIFY, NEW, Client, Clock, document

STATUS = f"/supply/connections-api/properties/{HOTEL}/status"


def test_credentials_become_a_token_of_one_hour(mount: str) -> None:
    answer = requests.post(mount + EXCHANGE, json=DEMO, timeout=10)
    assert answer.status_code == 200
    assert answer.json()["ruid"]
    middle = answer.json()["jwt"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(middle + "=="))
    assert claims["sub"] == "llavero-demo"
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["iss"] == "urn://connectivity-modern-auth/v1"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (json.dumps({**DEMO, "client_secret": "no"}), 401),
        (json.dumps({**DEMO, "client_id": "nobody"}), 401),
        (json.dumps({**DEMO, "client_secret": "\ud800"}), 401),
        ("[]", 400),
        ("no json", 400),
    ],
)
def test_wrong_credentials_get_no_token(mount: str, body: str, status: int) -> None:
    answer = requests.post(mount + EXCHANGE, data=body, timeout=10)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert "jwt" not in answer.json()


def test_thirty_tokens_an_hour_and_no_more(client: Client, clock: Clock) -> None:
    statuses = [client.sign_in().status_code for _ in range(30)]
    assert statuses == [200] * 29 + [429]
    clock.advance(minutes=61)
    assert client.sign_in().status_code == 200


def test_the_limit_of_one_account_does_not_touch_another(client: Client, other: Client) -> None:
    while client.sign_in().status_code == 200:
        pass
    assert other.sign_in().status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer nonsense", "Basic bGxhdmVyby1kZW1vOng=", "Bearer"])
def test_without_a_token_nothing_is_answered(client: Client, header: str) -> None:
    answer = client("GET", NEW, headers={"Authorization": header})
    assert answer.status_code == 401
    assert "ResID_Value" not in answer.text


def test_a_token_ends_after_an_hour_or_at_once(
    client: Client, clock: Clock, sandbox: BookingComSandbox
) -> None:
    clock.advance(minutes=59)
    assert client("GET", NEW).status_code == 200
    clock.advance(minutes=1)
    assert client("GET", NEW).status_code == 401
    client.sign_in()
    assert client("GET", NEW).status_code == 200
    assert sandbox.expire_tokens() == 1
    assert client("GET", NEW).status_code == 401


def test_more_accounts_can_be_let_in(mount: str, sandbox: BookingComSandbox) -> None:
    sandbox.add_account("both", "secret", [HOTEL, OTHER_HOTEL])
    both = Client(mount, {"client_id": "both", "client_secret": "secret"})
    both.sign_in()
    assert len(both.ids(NEW)) == 4


def test_every_answer_carries_its_trace_id_behind_the_root(client: Client) -> None:
    for answer in (client("GET", NEW), client("POST", NEW, "<broken"), client("GET", MODIFY)):
        assert re.search(r">\s*<!-- RUID: \[[A-Za-z0-9+/=]+\] -->\s*$", answer.text), answer.text
        document(answer)


def test_the_status_of_a_property_is_told_to_its_account_only(client: Client, other: Client) -> None:
    answer = client("GET", STATUS)
    assert answer.json()["data"]["property_id"] == HOTEL
    assert answer.json()["data"]["status"] == "connected"
    assert answer.json()["meta"]["ruid"]
    assert other("GET", STATUS).status_code == 403
    assert other("GET", STATUS).json()["errors"]
    assert client("GET", "/supply/connections-api/properties/abc/status").status_code == 400


def test_calls_of_a_minute_are_counted_for_each_endpoint(
    client: Client, other: Client, clock: Clock, sandbox: BookingComSandbox
) -> None:
    sandbox.calls_per_minute = 3
    assert [client("GET", NEW).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert client("GET", MODIFY).status_code == 200
    assert other("GET", NEW).status_code == 200
    clock.advance(seconds=61)
    assert client("GET", NEW).status_code == 200


def test_the_hosts_also_answer_without_their_name_but_not_for_each_other(client: Client) -> None:
    assert client("GET", NEW.removeprefix("/secure")).status_code == 200
    assert client("GET", NEW.replace("/secure", "/supply")).status_code == 404
    bare = EXCHANGE.removeprefix("/auth")
    assert requests.post(client.mount + bare, json=DEMO, timeout=10).status_code == 200
