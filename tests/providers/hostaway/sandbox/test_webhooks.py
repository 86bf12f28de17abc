"""Unified webhooks of the Hostaway sandbox: subscriptions, deliveries, retries and the log."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from integrations.providers.hostaway.sandbox import HostawaySandbox
from tests.providers.hostaway.sandbox.conftest import TODAY, Client, Clock, Receiver, day

HOOKS = "/webhooks/unifiedWebhooks"
FREE = TODAY + timedelta(days=40)


def subscribe(api: Client, url: str, **more: Any) -> int:
    body = {"isEnabled": 1, "url": url, "login": "desk", "password": "s3cret", **more}
    number: int = api.envelope("POST", HOOKS, json=body)["result"]["id"]
    return number


def events(receiver: Receiver) -> list[tuple[str, str]]:
    return [(event["event"], event["data"].get("status", "")) for event in receiver.events]


def test_a_subscription_is_listed_read_replaced_and_removed(api: Client, receiver: Receiver) -> None:
    assert api.get(HOOKS) == []
    number = subscribe(api, receiver.url, alertingEmailAddress="ops@example.org")
    (listed,) = api.get(HOOKS)
    assert listed == api.get(f"{HOOKS}/{number}")
    assert (listed["isEnabled"], listed["login"], listed["alertingEmailAddress"]) == (
        1,
        "desk",
        "ops@example.org",
    )
    assert "reservation.updated" in listed["events"]
    other = receiver.url + "-two"
    replaced = api.put(f"{HOOKS}/{number}", {"isEnabled": 0, "url": other})
    assert (replaced["id"], replaced["url"], replaced["isEnabled"], replaced["login"]) == (
        number,
        other,
        0,
        None,
    )
    api.envelope("DELETE", f"{HOOKS}/{number}")
    assert api.get(HOOKS) == []
    assert api.refusal("GET", f"{HOOKS}/{number}")[0] == 404


def test_the_password_is_never_given_back(api: Client, receiver: Receiver) -> None:
    subscribe(api, receiver.url)
    assert "s3cret" not in api("GET", HOOKS).text


def test_subscriptions_belong_to_their_account(
    sandbox: HostawaySandbox, api: Client, stranger: Client, receiver: Receiver
) -> None:
    number = subscribe(api, receiver.url)
    assert stranger.get(HOOKS) == []
    assert stranger.refusal("PUT", f"{HOOKS}/{number}", json={"url": receiver.url})[0] == 404
    assert stranger.refusal("DELETE", f"{HOOKS}/{number}")[0] == 404
    sandbox.book(60001)
    assert sandbox.wait_for_deliveries()
    assert receiver.events == []


@pytest.mark.parametrize(
    "url", ["", "http://hotel.example.org/", "ftp://127.0.0.1/", "https://", "http://[/", "https://a b/", 7]
)
def test_a_subscription_needs_an_address_that_can_be_called(api: Client, url: Any) -> None:
    assert api.refusal("POST", HOOKS, json={"url": url})[0] == 400


def test_a_delivery_carries_basic_credentials_and_the_row_of_the_list(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver
) -> None:
    subscribe(api, receiver.url)
    number = sandbox.book(guest="Élise O’Hara")["id"]
    assert sandbox.wait_for_deliveries()
    (event,), (login,) = receiver.events, receiver.logins
    assert base64.b64decode(login.removeprefix("Basic ")) == b"desk:s3cret"
    assert (event["object"], event["event"], event["accountId"]) == (
        "reservation",
        "reservation.created",
        10001,
    )
    assert event["data"] == api.get("/reservations", limit=1)[0]
    assert event["data"]["id"] == number


def test_without_a_login_there_are_no_credentials(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver
) -> None:
    subscribe(api, receiver.url, login="", password="")
    sandbox.book()
    assert sandbox.wait_for_deliveries()
    assert receiver.logins == [""]


def test_every_step_but_the_first_is_an_update(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver
) -> None:
    subscribe(api, receiver.url)
    number = sandbox.book(arrival=FREE, status="pending", channel=2005)["id"]
    sandbox.set_status(number, "new")
    sandbox.change(number, departure=FREE + timedelta(days=4))
    sandbox.mark_no_show(number)
    sandbox.cancel(number)
    assert sandbox.wait_for_deliveries()
    created, updated = "reservation.created", "reservation.updated"
    assert events(receiver) == [
        (created, "pending"),
        (updated, "new"),
        (updated, "modified"),
        (updated, "modified"),
        (updated, "cancelled"),
    ]


def test_writes_through_the_api_send_events_too(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver
) -> None:
    subscribe(api, receiver.url)
    body = {"listingMapId": 50001, "channelId": 2018, "arrivalDate": day(40), "departureDate": day(41)}
    number = api.envelope("POST", "/reservations", json=body)["result"]["id"]
    api.put(f"/reservations/{number}", {"doorCode": "4711"})
    api.put(f"/reservations/{number}/statuses/cancelled", {"cancelledBy": "guest"})
    assert sandbox.wait_for_deliveries()
    assert [status for _, status in events(receiver)] == ["new", "modified", "cancelled"]


def test_a_note_and_a_deletion_send_nothing(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver
) -> None:
    number = sandbox.book(channel=2018)["id"]
    subscribe(api, receiver.url)
    sandbox.touch(number, note="Paid")
    api.put(f"/reservations/{number}", {"hostNote": "Crib"})
    sandbox.delete(number)
    assert sandbox.wait_for_deliveries()
    assert sandbox.deliveries() == []


def test_a_message_is_another_object(sandbox: HostawaySandbox, api: Client, receiver: Receiver) -> None:
    number = sandbox.book()["id"]
    subscribe(api, receiver.url)
    sandbox.message(number)
    assert sandbox.wait_for_deliveries()
    (event,) = receiver.events
    assert (event["object"], event["event"]) == ("conversationMessage", "message.received")
    assert event["data"]["reservationId"] == number
    row = api.get(f"/reservations/{number}")
    assert row["latestActivityOn"] == row["updatedOn"] > row["insertedOn"]


def test_half_of_the_data_on_demand(sandbox: HostawaySandbox, api: Client, receiver: Receiver) -> None:
    subscribe(api, receiver.url)
    sandbox.partial_webhooks = True
    sandbox.book()
    assert sandbox.wait_for_deliveries()
    assert set(receiver.events[0]["data"]) == {"id", "listingMapId", "status"}


def test_every_event_twice_on_demand(sandbox: HostawaySandbox, api: Client, receiver: Receiver) -> None:
    subscribe(api, receiver.url)
    sandbox.duplicate_webhooks = True
    sandbox.book()
    assert sandbox.wait_for_deliveries()
    first, second = receiver.events
    assert first == second
    assert sandbox.sender.send_again(2) == 4
    assert sandbox.wait_for_deliveries()
    assert len(receiver.events) == 6


def test_two_subscriptions_to_one_address_bring_everything_twice(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver
) -> None:
    subscribe(api, receiver.url)
    subscribe(api, receiver.url)
    sandbox.book()
    assert sandbox.wait_for_deliveries()
    assert len(receiver.events) == 2


def test_the_wrong_order_on_demand(sandbox: HostawaySandbox, api: Client, receiver: Receiver) -> None:
    subscribe(api, receiver.url)
    sandbox.shuffle_webhooks = True
    number = sandbox.book()["id"]
    sandbox.change(number, guest="Ada Vance")
    sandbox.cancel(number)
    assert sandbox.wait_for_deliveries()
    assert [status for _, status in events(receiver)] == ["cancelled", "modified", "new"]
    sandbox.shuffle_webhooks = False
    sandbox.set_status(number, "new")
    sandbox.cancel(number)
    assert sandbox.wait_for_deliveries()
    assert [status for _, status in events(receiver)][3:] == ["new", "cancelled"]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_server_errors_and_rate_limits_are_tried_again(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver, status: int
) -> None:
    subscribe(api, receiver.url)
    receiver.statuses = [status, status]
    sandbox.book()
    assert sandbox.wait_for_deliveries()
    assert len(receiver.events) == 3
    assert [attempt.status for attempt in sandbox.attempts()] == [status, status, 200]
    assert sandbox.deliveries()[0].state == "delivered"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 302])
def test_every_other_refusal_is_final(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver, status: int
) -> None:
    subscribe(api, receiver.url)
    receiver.statuses = [status]
    sandbox.book()
    assert sandbox.wait_for_deliveries()
    assert len(receiver.events) == 1
    assert sandbox.deliveries()[0].state == "refused"


def test_after_three_retries_a_delivery_is_given_up(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver
) -> None:
    subscribe(api, receiver.url)
    receiver.statuses = [503] * 9
    sandbox.book()
    assert sandbox.wait_for_deliveries()
    assert len(receiver.events) == 4
    assert sandbox.deliveries()[0].state == "given up"


def test_the_first_retry_waits_a_minute_unless_it_is_scaled(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver
) -> None:
    sandbox.sender.retry_scale = 1
    subscribe(api, receiver.url)
    receiver.statuses = [503]
    sandbox.book()
    assert not sandbox.wait_for_deliveries(0.5)
    assert len(receiver.events) == 1
    assert sandbox.sender.pending == 1


def test_silence_and_a_closed_door_count_as_network_errors(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver
) -> None:
    subscribe(api, "http://127.0.0.1:9/nobody")
    subscribe(api, receiver.url)
    receiver.statuses = [0]
    sandbox.book()
    assert sandbox.wait_for_deliveries()
    assert {attempt.answer for attempt in sandbox.attempts() if not attempt.status} == {
        "ConnectionRefusedError",
        "timeout",
    }
    assert [delivery.state for delivery in sandbox.deliveries()] == ["given up", "delivered"]


def test_a_webhook_that_fails_for_five_days_is_disabled(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver, clock: Clock
) -> None:
    number = subscribe(api, receiver.url)
    receiver.statuses = [404] * 3
    for advance in (0, 4, 1):
        clock.advance(days=advance)
        assert api.get(f"{HOOKS}/{number}")["isEnabled"] == 1
        sandbox.book()
        assert sandbox.wait_for_deliveries()
    assert api.get(f"{HOOKS}/{number}")["isEnabled"] == 0
    sandbox.book()
    assert sandbox.wait_for_deliveries()
    assert len(receiver.events) == 3
    api.put(f"{HOOKS}/{number}", {"isEnabled": 1, "url": receiver.url})
    sandbox.book()
    assert sandbox.wait_for_deliveries()
    assert len(receiver.events) == 4


def test_one_success_in_between_keeps_a_webhook(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver, clock: Clock
) -> None:
    number = subscribe(api, receiver.url)
    receiver.statuses = [404, 200, 404]
    for _ in range(3):
        sandbox.book()
        assert sandbox.wait_for_deliveries()
        clock.advance(days=3)
    assert api.get(f"{HOOKS}/{number}")["isEnabled"] == 1


def test_webhooks_can_be_disabled_at_once(sandbox: HostawaySandbox, api: Client, receiver: Receiver) -> None:
    number = subscribe(api, receiver.url)
    assert sandbox.disable_webhooks() == 1
    sandbox.book()
    assert sandbox.deliveries() == []
    assert api.get(f"{HOOKS}/{number}")["isEnabled"] == 0


def test_the_log_tells_every_try_the_newest_first(
    sandbox: HostawaySandbox, api: Client, stranger: Client, receiver: Receiver
) -> None:
    number, other = subscribe(api, receiver.url), subscribe(api, receiver.url + "-two")
    receiver.statuses = [200, 200, 404]
    first = sandbox.book(50001)["id"]
    assert sandbox.wait_for_deliveries()
    second = sandbox.book(50002)["id"]
    assert sandbox.wait_for_deliveries()
    rows = api.get("/unifiedWebhookLogs")
    assert [row["objectId"] for row in rows] == [second, second, first, first]
    assert (rows[1]["object"], rows[1]["event"]) == ("reservation", "reservation.created")
    assert (rows[1]["responseStatus"], rows[1]["responseBody"]) == (404, "not noted")
    assert {row["unifiedWebhookId"] for row in api.get("/unifiedWebhookLogs", unifiedWebhookId=other)} == {
        other
    }
    assert {row["objectId"] for row in api.get("/unifiedWebhookLogs", listingMapId=50001)} == {first}
    assert [row["id"] for row in api.get("/unifiedWebhookLogs", limit=1, offset=1)] == [rows[1]["id"]]
    assert stranger.get("/unifiedWebhookLogs") == []
    assert number != other


def test_a_removed_webhook_gets_nothing_more(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver
) -> None:
    number = subscribe(api, receiver.url)
    sandbox.shuffle_webhooks = True
    sandbox.book()
    api.envelope("DELETE", f"{HOOKS}/{number}")
    assert sandbox.wait_for_deliveries()
    assert receiver.events == []
    assert sandbox.deliveries()[0].state == "dropped"


def test_a_reset_forgets_subscriptions_and_what_waits(
    sandbox: HostawaySandbox, api: Client, receiver: Receiver
) -> None:
    subscribe(api, receiver.url)
    sandbox.shuffle_webhooks = True
    sandbox.book()
    sandbox.reset()
    assert sandbox.wait_for_deliveries()
    assert (sandbox.webhooks(), sandbox.deliveries(), receiver.events) == ([], [], [])
