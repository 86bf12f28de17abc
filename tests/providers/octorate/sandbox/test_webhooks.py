"""Subscriptions, envelopes and their delivery in the Octorate sandbox."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
import requests

from integrations.providers.octorate.sandbox import OctorateSandbox
from tests.providers.octorate.sandbox.conftest import Client, Receiver

CREATED, CHANGE = "RESERVATION_CREATED", "RESERVATION_CHANGE"
CANCELLED, CONFIRMED = "RESERVATION_CANCELLED", "RESERVATION_CONFIRMED"


def subscribe(client: Client, url: str, *events: str) -> list[int]:
    ids = []
    for event in events or (CREATED, CHANGE, CANCELLED, CONFIRMED):
        response = client("POST", f"/v1/subscription/{event}", data={"url": url})
        assert response.status_code == 200, response.text
        ids.append(response.json()["id"])
    return ids


def test_the_known_events_are_listed(application: Client) -> None:
    assert {CREATED, CHANGE, CANCELLED, CONFIRMED} <= set(application.get("/v1/subscription/list"))


def test_active_subscriptions_are_a_bare_array(application: Client, receiver: Receiver) -> None:
    assert application.get("/v1/subscription") == []
    subscribe(application, receiver.url, CREATED)
    (found,) = application.get("/v1/subscription")
    assert (found["type"], found["endpoint"], found["enabled"]) == (CREATED, receiver.url, True)


def test_a_second_subscription_for_an_event_is_refused(application: Client, receiver: Receiver) -> None:
    subscribe(application, receiver.url, CREATED)
    again = application.problem("POST", f"/v1/subscription/{CREATED}", data={"url": receiver.url})
    assert again == (400, "ApiValidationFailed")
    assert len(application.get("/v1/subscription")) == 1


@pytest.mark.parametrize(
    "url", ["", "http://hotel.example.org/", "ftp://127.0.0.1/", "https://", "http://[/"]
)
def test_a_subscription_needs_a_secure_address(application: Client, url: str) -> None:
    response = application("POST", f"/v1/subscription/{CREATED}", data={"url": url})
    assert response.status_code == 400


def test_an_unknown_event_is_refused(application: Client, receiver: Receiver) -> None:
    response = application("POST", "/v1/subscription/reservation.created", data={"url": receiver.url})
    assert response.status_code == 400


def test_put_moves_a_subscription_and_what_waits_for_it(
    sandbox: OctorateSandbox, application: Client, receiver: Receiver
) -> None:
    (number,) = subscribe(application, "http://127.0.0.1:1/nowhere", CREATED)
    sandbox.hold()
    sandbox.book()
    moved = application("PUT", f"/v1/subscription/{number}", params={"url": receiver.url}).json()
    sandbox.release()
    assert sandbox.deliveries.wait_until_idle()
    assert (moved["id"], len(receiver.envelopes)) == (number, 1)


def test_a_deleted_subscription_gets_nothing_more(
    sandbox: OctorateSandbox, application: Client, receiver: Receiver
) -> None:
    (number,) = subscribe(application, receiver.url, CREATED)
    sandbox.hold()
    sandbox.book()
    assert application("DELETE", f"/v1/subscription/{number}").status_code == 200
    sandbox.release()
    assert sandbox.deliveries.wait_until_idle()
    assert receiver.envelopes == []
    assert application.problem("DELETE", f"/v1/subscription/{number}") == (404, "ApiResourceMissing")


def test_the_envelope_carries_the_reservation_as_a_string(
    sandbox: OctorateSandbox, hotel: Client, receiver: Receiver
) -> None:
    subscribe(hotel, receiver.url)
    row = sandbox.book(guest="Élise O’Hara")
    assert sandbox.deliveries.wait_until_idle()
    (envelope,) = receiver.envelopes
    assert (envelope["type"], envelope["reference"], envelope["retry"]) == (CREATED, str(row["id"]), 13)
    assert re.fullmatch(r"[0-9a-f]{40}", envelope["hmac"])
    assert envelope["subscription"]["endpoint"] == receiver.url
    assert isinstance(envelope["content"], str)
    content = json.loads(envelope["content"])
    assert content["accommodation"] == {"id": "910001"}
    assert {**content, "accommodation": row["accommodation"]} == row


def test_each_step_of_a_booking_sends_its_own_event(
    sandbox: OctorateSandbox, hotel: Client, receiver: Receiver
) -> None:
    subscribe(hotel, receiver.url)
    number = sandbox.book(status="WAITING")["id"]
    sandbox.set_status(number, "CONFIRMED")
    sandbox.change(number, guest="Otto Weiland")
    sandbox.cancel(number)
    assert sandbox.deliveries.wait_until_idle()
    assert [e["type"] for e in receiver.envelopes] == [CREATED, CONFIRMED, CHANGE, CANCELLED]


def test_writes_through_the_api_send_events_too(
    sandbox: OctorateSandbox, hotel: Client, receiver: Receiver
) -> None:
    subscribe(hotel, receiver.url)
    hotel("PATCH", "/v1/reservation/910001/880001", json={"privateNotes": "Crib"})
    hotel("DELETE", "/v1/reservation/910001/880001")
    assert sandbox.deliveries.wait_until_idle()
    assert [e["type"] for e in receiver.envelopes] == [CHANGE, CANCELLED]


@pytest.mark.parametrize("status", [500, 404, 201, 202, 204, 302])
def test_every_answer_but_200_is_tried_again_with_a_falling_retry(
    sandbox: OctorateSandbox, hotel: Client, receiver: Receiver, status: int
) -> None:
    subscribe(hotel, receiver.url)
    receiver.statuses = [status, status]
    sandbox.book()
    assert sandbox.deliveries.wait_until_idle()
    assert [e["retry"] for e in receiver.envelopes] == [13, 12, 11]
    assert len({e["id"] for e in receiver.envelopes}) == 1
    assert [line.state for line in sandbox.deliveries.log] == ["pending", "pending", "delivered"]


def test_406_stops_the_retries(sandbox: OctorateSandbox, hotel: Client, receiver: Receiver) -> None:
    subscribe(hotel, receiver.url)
    receiver.statuses = [406]
    sandbox.book()
    assert sandbox.deliveries.wait_until_idle()
    assert len(receiver.envelopes) == 1
    assert sandbox.deliveries.envelopes[-1].state == "stopped"


def test_a_slow_receiver_is_given_up_on_and_tried_again(
    sandbox: OctorateSandbox, hotel: Client, receiver: Receiver
) -> None:
    subscribe(hotel, receiver.url)
    receiver.statuses = [0]
    sandbox.book()
    assert sandbox.deliveries.wait_until_idle()
    assert [line.result for line in sandbox.deliveries.log] == ["timeout", "200"]


def test_an_unreachable_receiver_is_logged_and_given_up_in_the_end(
    sandbox: OctorateSandbox, hotel: Client
) -> None:
    sandbox.deliveries.retry_seconds = 0
    subscribe(hotel, "http://127.0.0.1:1/nobody")
    sandbox.book()
    assert sandbox.deliveries.wait_until_idle()
    assert len(sandbox.deliveries.log) == 14
    assert (sandbox.deliveries.log[-1].result, sandbox.deliveries.log[-1].state) == (
        "ConnectionRefusedError",
        "given up",
    )


def test_the_delay_between_tries_grows(sandbox: OctorateSandbox, hotel: Client, receiver: Receiver) -> None:
    sandbox.deliveries.retry_seconds = 300
    subscribe(hotel, receiver.url)
    sandbox.hold()
    sandbox.book()
    (envelope,) = sandbox.deliveries.envelopes
    seen = []
    for attempt in (1, 2, 3):
        envelope.attempts = attempt
        seen.append(json.loads(sandbox.deliveries.body(envelope))["nextTry"][11:19])
    assert seen == ["10:05:00", "10:07:30", "10:11:15"]


def test_the_last_event_can_be_sent_again(
    sandbox: OctorateSandbox, hotel: Client, receiver: Receiver
) -> None:
    subscribe(hotel, receiver.url)
    sandbox.book()
    assert sandbox.send_duplicates(3) == 3
    assert sandbox.deliveries.wait_until_idle()
    assert len(receiver.envelopes) == 4
    assert len({(e["id"], e["content"]) for e in receiver.envelopes}) == 1


def test_held_events_arrive_only_after_the_release_and_out_of_order_if_asked(
    sandbox: OctorateSandbox, hotel: Client, receiver: Receiver
) -> None:
    subscribe(hotel, receiver.url)
    sandbox.hold()
    number = sandbox.book()["id"]
    sandbox.change(number, notes="Crib")
    sandbox.cancel(number)
    assert receiver.envelopes == []
    assert sandbox.release(out_of_order=True) == 3
    assert sandbox.deliveries.wait_until_idle()
    assert [e["type"] for e in receiver.envelopes] == [CANCELLED, CHANGE, CREATED]
    statuses = [json.loads(e["content"])["status"] for e in receiver.envelopes]
    assert statuses == ["CANCELLED", "CONFIRMED", "CONFIRMED"]


def test_equal_contents_are_merged_only_when_that_is_switched_on(
    sandbox: OctorateSandbox, hotel: Client, receiver: Receiver
) -> None:
    subscribe(hotel, receiver.url)
    booking = sandbox.world.bookings[880001]
    for merge_seconds, expected in ((0, 2), (300, 2), (300, 2)):
        sandbox.deliveries.merge_seconds = merge_seconds
        sandbox.changed(booking, CHANGE)
        if not merge_seconds:
            sandbox.changed(booking, CHANGE)
        assert sandbox.deliveries.wait_until_idle()
        assert len(receiver.envelopes) == expected


def test_rooms_booked_together_send_one_event_each(
    sandbox: OctorateSandbox, hotel: Client, receiver: Receiver
) -> None:
    subscribe(hotel, receiver.url)
    span = {"arrival": date(2031, 12, 1), "departure": date(2031, 12, 3)}
    rows = sandbox.book_group(["105", "106"], **span)
    assert sandbox.deliveries.wait_until_idle()
    assert len({row["refer"] for row in rows}) == 1
    assert [e["reference"] for e in receiver.envelopes] == [str(row["id"]) for row in rows]


def test_a_reset_forgets_subscriptions_and_grants(
    sandbox: OctorateSandbox, hotel: Client, receiver: Receiver
) -> None:
    subscribe(hotel, receiver.url)
    sandbox.book()
    sandbox.reset()
    assert hotel.problem("GET", "/v1/accommodation") == (401, "ApiKeyInvalid")
    assert sandbox.deliveries.subscriptions == {}
    assert len(sandbox.world.bookings) == 42


def test_the_control_page_shows_the_delivery_log_without_the_token_of_the_address(
    sandbox: OctorateSandbox, hotel: Client, receiver: Receiver
) -> None:
    token = "s3cr3tTokenInThePath0123456789"
    subscribe(hotel, receiver.url + "/" + token)
    sandbox.book()
    assert sandbox.deliveries.wait_until_idle()
    page = requests.get(hotel.mount + "/", timeout=10).text
    assert "delivered" in page
    assert token not in page
