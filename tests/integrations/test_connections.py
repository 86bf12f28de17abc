"""What happens to a connection: health, pause, disconnect, test, discover, subscribe."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integrations import connections
from integrations.connections import mark_failed, mark_succeeded
from integrations.errors import Misconfigured, NeedsReconnect, RateLimited, Unreachable
from integrations.models import Alert, ConnectionStatus, LogEntry, PropertyMapping, SyncRun
from integrations.subscriptions import subscribe
from integrations.sync import next_run_after
from tests.integrations.conftest import make_connection


@pytest.fixture
def plain(hotel):
    return make_connection(hotel)


def open_codes(connection):
    return set(Alert.objects.filter(connection=connection, resolved_at=None).values_list("code", flat=True))


def logged(connection):
    return list(LogEntry.objects.filter(connection=connection).order_by("pk").values_list("code", flat=True))


class TestHealth:
    def test_a_failure_is_shown_and_alerts_once(self, plain):
        mark_failed(connection=plain, error=Unreachable("no answer"))
        since = plain.status_since
        mark_failed(connection=plain, error=Unreachable("no answer"))

        plain.refresh_from_db()
        assert (plain.status, plain.error_code, plain.failures) == ("error", "unreachable", 2)
        assert plain.status_since == since
        assert Alert.objects.get().count == 2

    def test_success_forgets_the_trouble(self, plain):
        mark_failed(connection=plain, error=Unreachable("no answer"))
        mark_succeeded(connection=plain)

        plain.refresh_from_db()
        assert (plain.status, plain.error_code, plain.error_detail, plain.failures) == (
            "connected",
            "",
            "",
            0,
        )
        assert plain.last_success_at
        assert open_codes(plain) == set()

    def test_a_dead_grant_asks_for_a_person_with_one_alert(self, plain):
        mark_failed(connection=plain, error=Unreachable("no answer"))
        mark_failed(connection=plain, error=NeedsReconnect("gone"))

        assert plain.status == ConnectionStatus.NEEDS_REAUTH
        assert not plain.is_live
        assert open_codes(plain) == {"needs_reconnect"}

    def test_a_milder_failure_does_not_revive_a_dead_grant(self, plain):
        mark_failed(connection=plain, error=NeedsReconnect("gone"))
        mark_failed(connection=plain, error=Unreachable("no answer"))

        plain.refresh_from_db()
        assert (plain.status, plain.error_code) == ("needs_reauth", "needs_reconnect")
        assert open_codes(plain) == {"needs_reconnect"}

    def test_a_wrong_registration_has_its_own_alert(self, plain):
        mark_failed(connection=plain, error=Misconfigured("bad client"))

        assert open_codes(plain) == {"misconfigured"}

    def test_being_slowed_down_is_no_alert(self, plain):
        mark_failed(connection=plain, error=RateLimited("slow down"))

        plain.refresh_from_db()
        assert (plain.status, plain.error_code) == ("connected", "rate_limited")
        assert open_codes(plain) == set()

    def test_a_paused_connection_stays_paused(self, plain, manager):
        connections.pause(connection=plain, user=manager)
        mark_failed(connection=plain, error=Unreachable("no answer"))
        mark_succeeded(connection=plain)

        plain.refresh_from_db()
        assert plain.status == ConnectionStatus.PAUSED

    def test_a_disconnected_connection_hears_nothing(self, plain, manager):
        connections.disconnect(connection=plain, user=manager)
        mark_failed(connection=plain, error=NeedsReconnect("gone"))

        plain.refresh_from_db()
        assert plain.status == ConnectionStatus.DISCONNECTED
        assert open_codes(plain) == set()

    def test_the_alert_of_another_connection_stays(self, plain, hotel):
        other = make_connection(hotel, name="Second")
        mark_failed(connection=other, error=Unreachable("no answer"))
        mark_failed(connection=plain, error=Unreachable("no answer"))
        mark_succeeded(connection=plain)

        assert open_codes(other) == {"connection_failing"}


class TestPauseAndResume:
    def test_resuming_makes_it_due_at_once(self, plain, manager):
        connections.pause(connection=plain, user=manager)
        connections.resume(connection=plain, user=manager)

        plain.refresh_from_db()
        assert plain.is_live
        assert plain.next_run_at
        assert logged(plain) == ["paused", "resumed"]

    def test_pausing_twice_is_said_once(self, plain, manager):
        assert connections.pause(connection=plain, user=manager)
        assert not connections.pause(connection=plain, user=manager)
        assert logged(plain) == ["paused"]

    def test_only_a_paused_connection_can_be_resumed(self, plain, manager):
        mark_failed(connection=plain, error=NeedsReconnect("gone"))

        assert not connections.resume(connection=plain, user=manager)
        assert plain.status == ConnectionStatus.NEEDS_REAUTH


class TestDisconnecting:
    def test_tokens_are_gone_even_when_the_other_side_does_not_answer(self, plain, manager, monkeypatch):
        for name in ("API", "AUTHORIZE"):
            monkeypatch.setenv(f"OCTORATE_{name}_URL", "http://127.0.0.1:9/")
        LogEntry.objects.create(hotel=plain.hotel, connection=plain, at=plain.status_since, code="connected")

        connections.disconnect(connection=plain, user=manager)

        plain.refresh_from_db()
        assert plain.credentials == {}
        assert plain.status == ConnectionStatus.DISCONNECTED
        assert plain.next_run_at is None
        assert logged(plain) == ["connected", "disconnected"]

    def test_the_address_that_serves_other_hotels_too_is_left_subscribed(
        self, plain, manager, other_hotel, octorate_sandbox
    ):
        make_connection(other_hotel)
        octorate_sandbox.clear_requests()

        connections.disconnect(connection=plain, user=manager)

        assert octorate_sandbox.requests("DELETE") == []


class TestSubscribing:
    def test_the_alert_of_a_refusal_ends_with_the_connection(self, plain, octorate_sandbox, manager):
        octorate_sandbox.fail_next(50, 500)
        assert not subscribe(connection=plain)
        assert open_codes(plain) == {"not_told"}

        connections.disconnect(connection=plain, user=manager)

        assert open_codes(plain) == set()

    def test_a_chosen_rhythm_that_is_faster_stays(self, plain):
        plain.subscription = {"error_code": "rejected"}
        plain.settings = {"poll_minutes": 5}

        due = next_run_after(plain, plain.status_since)

        assert due - plain.status_since < timedelta(minutes=6)

    def test_a_provider_that_cannot_be_asked_is_no_trouble(self, hotel, keybox):
        silent = make_connection(hotel, provider=keybox)

        assert not subscribe(connection=silent)
        assert open_codes(silent) == set()


class TestWithTheOtherSide:
    def test_a_refused_token_fails_the_test_and_asks_for_a_person(self, plain, octorate_sandbox, manager):
        run = connections.test_connection(connection=plain, user=manager)

        assert (run.state, run.kind, run.user) == (SyncRun.State.FAILED, SyncRun.Kind.TEST, manager)
        plain.refresh_from_db()
        assert plain.status == ConnectionStatus.NEEDS_REAUTH
        assert "test_failed" in logged(plain)

    def test_a_provider_that_does_not_answer_is_noted_not_raised(self, plain, octorate_sandbox, manager):
        octorate_sandbox.fail_next(10, 500)

        run = connections.discover(connection=plain, user=manager)

        assert (run.state, run.error_code) == (SyncRun.State.FAILED, "unreachable")
        assert logged(plain) == ["catalogue_failed"]
        assert not PropertyMapping.objects.exists()

    def test_typed_in_credentials_are_tried_before_they_are_stored(self, hotel, keybox):
        with pytest.raises(NeedsReconnect):
            connections.check_credentials(
                hotel_id=hotel.pk, provider=keybox, credentials={"key": "wrong"}, settings={}
            )
