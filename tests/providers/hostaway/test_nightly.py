"""What is looked at once a day, through shared code: subscriptions that died, bookings that were deleted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations import connections, subscriptions, sweep, tasks
from integrations.models import Alert, Connection, ConnectionStatus, LogEntry
from integrations.providers.hostaway.sandbox import HostawaySandbox
from integrations.providers.hostaway.sandbox.seed import A1, A2
from integrations.subscriptions import subscribe, subscribing, to_ask_again
from integrations.vanished import look_for_vanished
from reservations.choices import StayStatus
from reservations.models import Reservation
from tests.providers.hostaway.test_flow import read_all, use

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(connection: Connection, manager: Any) -> Connection:
    """The connection with two of its listings in use."""
    connections.discover(connection=connection)
    use(connection, manager, A1, A2)
    return connection


def open_alerts(code: str) -> list[Alert]:
    return list(Alert.objects.filter(code=code, resolved_at=None))


class TestSubscriptions:
    @pytest.fixture(autouse=True)
    def _reachable(self, settings: Any) -> None:
        settings.PUBLIC_BASE_URL = "https://llavero.example.org"

    def test_one_that_was_switched_off_is_switched_on_again(
        self, house: Connection, sandbox: HostawaySandbox
    ) -> None:
        assert subscribe(connection=house)
        sandbox.disable_webhooks()
        assert subscribing() == [house.pk]
        assert subscribe(connection=house)
        assert [webhook.is_enabled for webhook in sandbox.webhooks()] == [True]
        # Once is enough: it is asked for every night.
        assert LogEntry.objects.filter(code="subscribed").count() == 1

    def test_a_refusal_is_told_and_bookings_are_read_more_often(
        self, house: Connection, sandbox: HostawaySandbox
    ) -> None:
        read_all(house)
        assert house.next_run_at is not None
        assert house.next_run_at > timezone.now() + timedelta(hours=7)
        sandbox.fail_next(99, 403, path_part="/unifiedWebhooks")
        assert not subscribe(connection=house)
        (alert,) = open_alerts("not_told")
        assert "every 15 minutes" in str(alert)
        house.refresh_from_db()
        assert house.next_run_at <= timezone.now() + subscriptions.READ_UNTOLD
        read_all(house)
        assert house.next_run_at <= timezone.now() + subscriptions.READ_UNTOLD * 1.1

    def test_it_is_asked_again_every_hour_until_it_agrees(
        self, house: Connection, sandbox: HostawaySandbox
    ) -> None:
        sandbox.fail_next(99, 403, path_part="/unifiedWebhooks")
        subscribe(connection=house)
        subscribe(connection=house)
        assert LogEntry.objects.filter(code="subscribe_failed").count() == 1
        now = timezone.now()
        assert to_ask_again(now + timedelta(minutes=50)) == []
        assert to_ask_again(now + timedelta(minutes=61)) == [house.pk]
        sandbox.clear_switches()
        assert subscribe(connection=house)
        assert open_alerts("not_told") == []
        assert to_ask_again(now + timedelta(days=1)) == []
        read_all(house)
        assert house.next_run_at > timezone.now() + timedelta(hours=7)


def test_the_nightly_task_asks_for_subscriptions_and_looks_for_deleted_bookings(
    house: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, int]] = []
    monkeypatch.setattr(sweep, "send", lambda task, argument: sent.append((task, argument)))
    tasks.extend_calendars()
    assert {(sweep.SUBSCRIBE_TASK, house.pk), (sweep.VANISHED_TASK, house.pk)} <= set(sent)
    Connection.objects.update(status=ConnectionStatus.PAUSED)
    sent.clear()
    tasks.extend_calendars()
    assert sent == []


class TestDeletedBookings:
    @pytest.fixture
    def made(self, house: Connection, sandbox: HostawaySandbox) -> dict[str, Any]:
        row = sandbox.book(A1, arrival=date.today() + timedelta(days=9), overbook=True, guest="Mara Quill")
        read_all(house)
        return row

    def booking(self, row: dict[str, Any]) -> Reservation:
        return Reservation.objects.get(sources__external_id=str(row["id"]))

    def test_one_is_told_with_its_guest_and_stays(
        self, house: Connection, sandbox: HostawaySandbox, made: dict[str, Any]
    ) -> None:
        assert look_for_vanished(house) == 0
        sandbox.delete(made["id"])
        assert look_for_vanished(house) == 1
        (alert,) = open_alerts("booking_vanished")
        assert "Mara Quill" in str(alert)
        assert alert.params["reservation_id"] == self.booking(made).pk
        assert self.booking(made).status == StayStatus.CONFIRMED
        look_for_vanished(house)
        assert LogEntry.objects.filter(code="booking_vanished").count() == 1

    def test_one_that_moved_far_away_is_not_deleted(
        self, house: Connection, sandbox: HostawaySandbox, made: dict[str, Any]
    ) -> None:
        later = date.today() + timedelta(days=200)
        sandbox.change(made["id"], arrival=later, departure=later + timedelta(days=2), overbook=True)
        assert look_for_vanished(house) == 0

    def test_one_that_was_cancelled_there_is_not_deleted(
        self, house: Connection, sandbox: HostawaySandbox, made: dict[str, Any]
    ) -> None:
        sandbox.cancel(made["id"])
        assert look_for_vanished(house) == 0

    def test_the_alert_ends_when_it_is_cancelled_here(
        self, house: Connection, sandbox: HostawaySandbox, made: dict[str, Any]
    ) -> None:
        sandbox.delete(made["id"])
        look_for_vanished(house)
        Reservation.objects.filter(pk=self.booking(made).pk).update(status=StayStatus.CANCELLED)
        assert look_for_vanished(house) == 0
        assert open_alerts("booking_vanished") == []

    def test_an_outage_tells_of_nothing(
        self, house: Connection, sandbox: HostawaySandbox, made: dict[str, Any]
    ) -> None:
        sandbox.delete(made["id"])
        look_for_vanished(house)
        sandbox.fail_next(99, 500)
        assert look_for_vanished(house) == 0
        assert len(open_alerts("booking_vanished")) == 1

    def test_every_page_of_the_list_is_read(
        self, house: Connection, sandbox: HostawaySandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(5):
            sandbox.book(A2, arrival=date.today() + timedelta(days=3 + number), overbook=True)
        read_all(house)
        monkeypatch.setattr("integrations.providers.hostaway.client.PAGE_SIZE", 2)
        sandbox.clear_requests()
        assert look_for_vanished(house) == 0
        assert len(sandbox.requests("GET", "/v1/reservations")) > 3
        assert not [call for call in sandbox.requests("GET") if "/reservations/" in call.path]
