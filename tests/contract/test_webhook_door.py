"""Deliveries through the real view: stored once, recognised when repeated, refused when they are junk."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client

from integrations.accounts import webhook_login_of
from integrations.contracts import Capability, WebhookRefused, WebhookRequest
from integrations.models import Connection, InboxMessage
from integrations.subscriptions import make_webhook_login, webhook_address
from tests.contract.cases import Case, Fixture, for_fixtures, for_providers
from tests.contract.hostile import HOSTILE, spoiled_bytes

CONTENT_TYPES = {
    ".json": "application/json",
    ".xml": "application/xml",
    ".form": "application/x-www-form-urlencoded",
}
#: Bodies that no system sends as an event.
JUNK = sorted(HOSTILE.keys() - {"null-in-text"})


@pytest.fixture
def fixture() -> Fixture:
    raise AssertionError("decorate the test with for_fixtures")


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    """The provider of the recorded delivery."""
    fixture: Fixture = request.getfixturevalue("fixture")
    return fixture.case


@pytest.fixture
def address(connection: Connection) -> str:
    make_webhook_login(connection)
    return urlsplit(webhook_address(connection)).path


def deliver(client: Client, address: str, fixture: Fixture, body: bytes | None = None) -> HttpResponse:
    content_type = CONTENT_TYPES.get(fixture.path.suffix, "application/octet-stream")
    answer: Any = client.post(
        address,
        data=fixture.body if body is None else body,
        content_type=fixture.headers.get("Content-Type", content_type),
        headers={
            **{name: value for name, value in fixture.headers.items() if name != "Content-Type"},
            **signed(*webhook_login_of(Connection.objects.get())),
        },
    )
    return answer


def named(fixture: Fixture, body: bytes | None = None) -> Any:
    login, password = (
        ("llavero-1", "a-made-up-password") if fixture.case.declaration.webhook_login else ("", "")
    )
    request = WebhookRequest(
        "POST",
        {**fixture.headers, **signed(login, password)},
        fixture.body if body is None else body,
        login,
        password,
    )
    return fixture.case.provider.receive_webhook(request)


def signed(login: str, password: str) -> dict[str, str]:
    """The header that deliveries of a connection with a login of its own carry."""
    if not login:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()}


def redelivered(fixture: Fixture) -> bytes:
    """The bytes of a later try, as the provider's hook tells; the same bytes when it tells nothing."""
    change = getattr(fixture.case.hook, "redelivery", None)
    return json.dumps(change(json.loads(fixture.body))).encode() if change else fixture.body


@for_fixtures(deliveries=True)
def test_a_delivery_is_stored_once_however_often_it_comes(fixture, client, address):
    first = deliver(client, address, fixture)
    second = deliver(client, address, fixture, redelivered(fixture))

    assert (first.status_code, second.status_code) == (200, 200)
    message = InboxMessage.objects.get()
    assert message.duplicates == 1
    assert message.event == fixture.event


@for_fixtures(deliveries=True)
def test_a_delivery_names_the_booking_that_its_reader_finds(fixture):
    delivery, result = named(fixture), fixture.read()

    assert delivery.event == fixture.event
    found = {record.external_id for record in result.records} | {hint.external_id for hint in result.fetch}
    assert delivery.external_id in found


@for_fixtures(deliveries=True)
def test_a_redelivery_has_the_same_key_and_a_short_one(fixture):
    key = named(fixture).dedupe_key

    assert named(fixture, redelivered(fixture)).dedupe_key == key
    # The column holds 120 characters, the number of the connection in front included.
    assert 8 <= len(key) <= 100


@for_fixtures(deliveries=True)
def test_junk_is_refused_and_not_stored(fixture, client, address):
    answers = {name: deliver(client, address, fixture, HOSTILE[name]) for name in JUNK}

    taken = {name: answer for name, answer in answers.items() if not 400 <= answer.status_code < 500}
    # A door that is also woken by alarms takes anything short for one; it stores nothing of it.
    assert {name for name, answer in taken.items() if answer.json() != {"status": "awake"}} == set()
    assert not InboxMessage.objects.exists()


@for_fixtures(deliveries=True)
def test_a_spoiled_delivery_is_refused_or_stored_and_never_a_fault_of_ours(fixture, client, address):
    for body in spoiled_bytes(fixture.body):
        assert deliver(client, address, fixture, body).status_code in range(200, 500)


@for_fixtures(deliveries=True)
def test_an_address_that_nobody_was_given_takes_nothing(fixture, client, address):
    wrong = address.rstrip("/")[:-4] + "XXXX/"

    assert deliver(client, wrong, fixture).status_code == 404
    assert not InboxMessage.objects.exists()


@for_fixtures(deliveries=True)
def test_a_refusal_is_the_senders_fault(fixture):
    with pytest.raises(WebhookRefused) as refused:
        named(fixture, b"not an event at all")

    assert 400 <= refused.value.status < 500


class TestVersions:
    @pytest.fixture
    def case(self) -> Case:
        raise AssertionError("decorate the test with for_providers")

    @for_providers(Capability.RECEIVE_WEBHOOK)
    def test_each_event_of_a_bookings_life_has_a_key_of_its_own(self, case: Case) -> None:
        story = [fixture for fixture in case.story() if fixture.event in case.declaration.events]

        assert len({named(fixture).dedupe_key for fixture in story}) == len(story)

    @for_providers(Capability.RECEIVE_WEBHOOK)
    def test_deliveries_that_say_something_else_have_different_keys(self, case: Case) -> None:
        said = {(fixture.event, str(fixture.read())): named(fixture).dedupe_key for fixture in case.events()}

        assert len(set(said.values())) == len(said)
