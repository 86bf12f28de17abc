"""Deliveries with a wrong password: turned away, counted, told, and forgotten when a right one comes."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations import refusals
from integrations.accounts import webhook_login_of
from integrations.models import Alert, Connection, InboxMessage, LogEntry
from integrations.processing import process_waiting
from integrations.routes import forget_routes
from integrations.subscriptions import make_webhook_login, webhook_address
from tests.integrations.conftest import make_connection

pytestmark = pytest.mark.django_db(transaction=True)

#: An event that is let in and not used: nothing is asked of the other side.
BODY = {"event": "message.received", "object": "conversationMessage", "accountId": 10001, "data": {"id": 1}}


@pytest.fixture
def account(hotel: Any) -> Connection:
    """Connected, with a user name and a password that deliveries must carry."""
    forget_routes()
    refusals.forget_refused()
    connection = make_connection(
        hotel, provider="hostaway", name="Hostaway", credentials={"account_id": "10001"}
    )
    make_webhook_login(connection)
    connection.refresh_from_db()
    return connection


def deliver(connection: Connection, password: str = "", body: Any = BODY) -> HttpResponse:
    login, right = webhook_login_of(connection)
    pair = base64.b64encode(f"{login}:{password or right}".encode()).decode()
    answer: Any = Client().post(
        urlsplit(webhook_address(connection)).path,
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Basic {pair}"},
    )
    return answer


def a_minute_later(monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = {pk: (count, at - refusals.WRITE_SECONDS) for pk, (count, at) in refusals._unwritten.items()}
    monkeypatch.setattr(refusals, "_unwritten", earlier)


def alert() -> Alert | None:
    return Alert.objects.filter(code="deliveries_refused", resolved_at=None).first()


def test_they_are_counted_and_written_once_a_minute(account: Connection, monkeypatch: pytest.MonkeyPatch):
    for _ in range(5):
        assert deliver(account, "an-old-password").status_code == 401
    lines = LogEntry.objects.filter(code="deliveries_refused")
    assert [line.params["count"] for line in lines] == [1]
    assert not InboxMessage.objects.exists()

    a_minute_later(monkeypatch)
    deliver(account, "an-old-password")
    assert sorted(line.params["count"] for line in lines.all()) == [1, 5]


def test_a_few_open_an_alert_and_the_next_good_one_closes_it(
    account: Connection, monkeypatch: pytest.MonkeyPatch
):
    deliver(account, "an-old-password")
    assert alert() is None
    for _ in range(2):
        deliver(account, "an-old-password")
    a_minute_later(monkeypatch)
    deliver(account, "an-old-password")
    opened = alert()
    assert opened is not None
    assert str(opened).startswith("Hostaway: deliveries that were refused")
    assert str(opened).endswith(": 4.")

    assert deliver(account).status_code == 200
    process_waiting(account.pk)
    assert alert() is None


def test_those_before_the_last_good_one_count_no_more(account: Connection, monkeypatch: pytest.MonkeyPatch):
    for _ in range(2):
        deliver(account, "an-old-password")
        a_minute_later(monkeypatch)
    assert deliver(account).status_code == 200
    process_waiting(account.pk)
    deliver(account, "an-old-password")

    assert alert() is None


def test_a_delivery_that_came_before_the_refused_ones_closes_nothing(
    account: Connection, monkeypatch: pytest.MonkeyPatch
):
    deliver(account)
    InboxMessage.objects.update(received_at=timezone.now() - timedelta(hours=1))
    for _ in range(3):
        deliver(account, "an-old-password")
        a_minute_later(monkeypatch)
    process_waiting(account.pk)

    assert alert() is not None


def test_the_connections_page_tells_the_manager(account: Connection, client: Client, manager: Any):
    deliver(account, "an-old-password")
    client.force_login(manager)

    page = client.get(reverse("connection_detail", args=[account.hotel.slug, account.pk])).content.decode()
    assert "Deliveries that were refused because their user name or password was wrong: 1." in page


def test_other_refusals_are_not_counted(account: Connection):
    for _ in range(3):
        assert deliver(account, body=["no", "event"]).status_code == 400

    assert not LogEntry.objects.exists()
