"""Subscriptions over real HTTP against the sandbox, and what they deliver."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations.applications import application_for
from integrations.contracts import ReadContext, WebhookRequest
from integrations.errors import (
    Misconfigured,
)
from integrations.http import ProviderSession
from integrations.models import Connection, ConnectionStatus
from integrations.providers.octorate.provider import PROVIDER
from integrations.providers.octorate.sandbox import OctorateSandbox
from integrations.providers.octorate.tables import RESERVATION_EVENTS
from tests.providers.octorate.calls import (
    HOOK,
    HOTEL,
    fetch,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


# --- subscriptions --------------------------------------------------------------------------------------------


def endpoints(sandbox: OctorateSandbox) -> dict[str, str]:
    return {one.event: one.endpoint for one in sandbox.deliveries.subscriptions.values()}


def subscribe(session: ProviderSession, url: str = HOOK) -> dict[str, Any]:
    return dict(PROVIDER.subscribe_webhooks(session, application_for("octorate"), url=url))


def changes(sandbox: OctorateSandbox) -> int:
    calls = [
        call for method in ("POST", "PUT", "DELETE") for call in sandbox.requests(method, "/subscription/")
    ]
    return len(calls)


def test_every_event_is_subscribed_once_however_often_we_ask(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    first = subscribe(session)
    assert endpoints(octorate_sandbox) == dict.fromkeys(RESERVATION_EVENTS, HOOK)
    assert set(first["subscriptions"]) == set(RESERVATION_EVENTS)
    assert "nobody-guesses" not in json.dumps(first)
    octorate_sandbox.clear_requests()
    assert subscribe(session) == first
    assert changes(octorate_sandbox) == 0


def test_a_subscription_that_points_elsewhere_is_moved(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    before = subscribe(session, "http://127.0.0.1:8000/hooks/octorate/the-old-address/")
    octorate_sandbox.clear_requests()
    assert subscribe(session) == before
    assert endpoints(octorate_sandbox) == dict.fromkeys(RESERVATION_EVENTS, HOOK)
    assert not octorate_sandbox.requests("POST", "/subscription/")


def test_a_subscription_that_another_worker_made_meanwhile_is_taken_over(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.deliveries.subscribe("RESERVATION_CREATED", "http://127.0.0.1:1/other/")
    octorate_sandbox.fail_next(1, 200, "[]", path_part="/v1/subscription")
    subscribe(session)
    assert endpoints(octorate_sandbox) == dict.fromkeys(RESERVATION_EVENTS, HOOK)


def test_subscriptions_to_other_events_are_left_alone(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.deliveries.subscribe("CHAT_MESSAGE_RECEIVED", "http://127.0.0.1:1/other/")
    subscribe(session)
    PROVIDER.unsubscribe_webhooks(session, application_for("octorate"), url=HOOK)
    assert endpoints(octorate_sandbox) == {"CHAT_MESSAGE_RECEIVED": "http://127.0.0.1:1/other/"}


def test_only_subscriptions_that_point_at_us_are_removed(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.deliveries.subscribe("RESERVATION_CREATED", "http://127.0.0.1:1/other/")
    octorate_sandbox.deliveries.subscribe("RESERVATION_CHANGE", HOOK)
    for _ in range(2):
        PROVIDER.unsubscribe_webhooks(session, application_for("octorate"), url=HOOK)
        assert endpoints(octorate_sandbox) == {"RESERVATION_CREATED": "http://127.0.0.1:1/other/"}


def test_subscribing_uses_the_applications_token_not_the_hotels(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    subscribe(session)
    assert len(octorate_sandbox.requests("POST", "/identity/apilogin")) == 1
    used = {call.headers["authorization"] for call in octorate_sandbox.requests("", "/subscription")}
    assert len(used) == 1
    assert used != {f"…{session.credentials['access_token'][-4:]}"}


def test_a_refused_application_is_the_operators_business_and_costs_no_grant(
    session: ProviderSession, connection: Connection, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.fail_next(1, 403, '{"type": "ApiSecurityException"}', path_part="/subscription")
    with pytest.raises(Misconfigured):
        subscribe(session)
    connection.refresh_from_db()
    assert connection.status == ConnectionStatus.CONNECTED


# --- what the sandbox sends is what the reader reads ----------------------------------------------------------


def test_what_a_subscription_delivers_is_let_in_and_read(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.hold()
    subscribe(session)
    made = octorate_sandbox.book(accommodation=HOTEL)
    octorate_sandbox.cancel(made["id"])
    bodies = [octorate_sandbox.deliveries.body(sent) for sent in octorate_sandbox.deliveries.envelopes]
    deliveries = [PROVIDER.receive_webhook(WebhookRequest("POST", {}, body)) for body in bodies]
    assert [delivery.event for delivery in deliveries] == ["RESERVATION_CREATED", "RESERVATION_CANCELLED"]
    assert {(d.external_id, d.property_ref) for d in deliveries} == {(str(made["id"]), HOTEL)}
    last = PROVIDER.read(bodies[-1], ReadContext())
    (page,) = fetch(session, *last.fetch)
    assert [r.status for r in PROVIDER.read(page.body, ReadContext()).records] == ["cancelled"]
