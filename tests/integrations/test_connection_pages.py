from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from integrations.connections import mark_failed
from integrations.errors import NeedsReconnect
from integrations.journal import write_log
from integrations.models import (
    Connection,
    ConnectionStatus,
    Exchange,
    InboxMessage,
    LogEntry,
    SyncRun,
)
from tests.integrations.conftest import make_connection, queries_of

ACTIONS = ["sync", "import", "test", "pause", "resume", "disconnect", "discover", "subscribe"]


@pytest.fixture
def url(connection):
    return reverse("connection_detail", args=[connection.hotel.slug, connection.pk])


@pytest.fixture
def signed_in(client, manager):
    client.force_login(manager)
    return client


def press(client, connection, action, **options):
    return client.post(
        reverse("connection_action", args=[connection.hotel.slug, connection.pk, action]), **options
    )


def fill(connection, count):
    now = timezone.now()
    hotel = connection.hotel
    for n in range(count):
        run = SyncRun.objects.create(
            hotel=hotel, connection=connection, kind="pull", trigger="schedule", state="done", queued_at=now
        )
        write_log(hotel_id=hotel.pk, code="run_started", connection=connection, run=run, trigger="schedule")
        Exchange.objects.create(
            hotel=hotel,
            connection=connection,
            provider="octorate",
            at=now,
            method="GET",
            url="https://x.test/",
            status=200,
        )
        InboxMessage.objects.create(
            hotel=hotel,
            connection=connection,
            provider="octorate",
            kind="webhook",
            dedupe_key=f"k{connection.pk}-{count}-{n}",
            state="dead",
            received_at=now,
        )


class TestWhatIsShown:
    def test_trouble_is_said_with_what_to_do(self, signed_in, url, connection):
        mark_failed(connection=connection, error=NeedsReconnect("grant revoked"))

        page = signed_in.get(url).content.decode()

        assert "Needs reconnecting" in page
        assert "grant revoked" in page
        assert "Press Reconnect and sign in at the other side again." in page

    def test_the_missing_step_is_named_and_linked(self, signed_in, url, connection):
        page = signed_in.get(url).content.decode()

        assert "One step is missing" in page
        assert reverse("connection_mapping", args=[connection.hotel.slug, connection.pk]) in page

    def test_the_log_is_said_in_the_readers_language(self, signed_in, url, connection):
        write_log(
            hotel_id=connection.hotel_id, code="catalogue_read", connection=connection, properties=2, rooms=9
        )

        assert "Properties read: 2. Rooms and room types: 9." in signed_in.get(url).content.decode()

    def test_how_far_behind_it_is(self, signed_in, url, connection):
        Connection.objects.filter(pk=connection.pk).update(
            last_success_at=timezone.now() - timedelta(hours=5)
        )
        InboxMessage.objects.create(
            hotel=connection.hotel,
            connection=connection,
            provider="octorate",
            kind="webhook",
            dedupe_key="w",
            received_at=timezone.now() - timedelta(minutes=7),
        )

        page = signed_in.get(url).content.decode()

        assert "5 hours" in page
        assert "the oldest for 7 minutes" in page

    @pytest.mark.parametrize("subscription", [{}, {"id": "7"}, {"error_code": "rejected"}])
    def test_it_can_always_be_asked_again_to_tell_of_changes(self, signed_in, url, connection, subscription):
        Connection.objects.filter(pk=connection.pk).update(subscription=subscription)

        assert "do-subscribe" in signed_in.get(url).content.decode()

    def test_a_paused_one_is_not_asked_to_tell_of_changes(self, signed_in, url, connection):
        Connection.objects.filter(pk=connection.pk).update(status=ConnectionStatus.PAUSED)

        assert "do-subscribe" not in signed_in.get(url).content.decode()

    def test_one_that_is_told_of_changes_is_behind_by_the_oldest_message_that_waits(
        self, signed_in, url, connection
    ):
        Connection.objects.filter(pk=connection.pk).update(
            last_success_at=timezone.now() - timedelta(hours=5), subscription={"at": "2031-01-01T00:00:00Z"}
        )
        assert "<dt>Behind by</dt><dd>nothing is waiting</dd>" in signed_in.get(url).content.decode()

        InboxMessage.objects.create(
            hotel=connection.hotel,
            connection=connection,
            provider="octorate",
            kind="webhook",
            dedupe_key="w",
            received_at=timezone.now() - timedelta(minutes=7),
        )

        assert "<dt>Behind by</dt><dd>7 minutes</dd>" in signed_in.get(url).content.decode()

    def test_one_that_could_not_agree_to_be_told_is_behind_since_its_last_success(
        self, signed_in, url, connection
    ):
        Connection.objects.filter(pk=connection.pk).update(
            last_success_at=timezone.now() - timedelta(hours=5),
            subscription={"error_code": "refused", "error": "no"},
        )

        assert "<dt>Behind by</dt><dd>5 hours</dd>" in signed_in.get(url).content.decode()

    @pytest.mark.parametrize("distance", [timedelta(0), -timedelta(hours=1)])
    def test_a_run_that_is_due_or_late_is_due_now(self, signed_in, url, connection, distance):
        Connection.objects.filter(pk=connection.pk).update(next_run_at=timezone.now() + distance)

        assert ">due now</time>" in signed_in.get(url).content.decode()

    def test_a_run_to_come_says_when(self, signed_in, url, connection):
        Connection.objects.filter(pk=connection.pk).update(next_run_at=timezone.now() + timedelta(hours=2))

        assert ">in 2 hours</time>" in signed_in.get(url).content.decode()

    def test_nothing_secret_is_on_it(self, signed_in, url):
        page = signed_in.get(url).content.decode()

        assert "an-access-token" not in page
        assert "a-refresh-token" not in page

    def test_fifty_of_everything_cost_no_more_queries_than_two(self, signed_in, url, connection):
        fill(connection, 2)
        few = queries_of(signed_in, url)
        fill(connection, 48)

        assert queries_of(signed_in, url) == few

    def test_the_log_is_paged(self, signed_in, url, connection):
        fill(connection, 60)

        first, second = signed_in.get(url), signed_in.get(f"{url}?page=2")

        assert len(first.context["log"].object_list) == 50
        assert len(second.context["log"].object_list) == 10

    def test_the_live_part_changes_only_when_something_happened(self, signed_in, url, connection):
        live = signed_in.get(url).context["live_url"]
        unchanged = signed_in.get(live, headers={"HX-Request": "true"})
        write_log(hotel_id=connection.hotel_id, code="token_renewed", connection=connection)
        changed = signed_in.get(live, headers={"HX-Request": "true"})

        assert unchanged.status_code == 204
        assert "The access was renewed." in changed.content.decode()
        assert "<html" not in changed.content.decode()

    def test_a_connection_whose_provider_was_removed_stays_readable(self, signed_in, hotel):
        old = make_connection(hotel, provider="gone_away", name="Old one")

        response = signed_in.get(reverse("connection_detail", args=[hotel.slug, old.pk]))

        assert "no longer installed" in response.content.decode()
        assert press(signed_in, old, "sync").status_code == 404


class TestButtons:
    def test_sync_now_queues_one_run_however_often_it_is_pressed(self, signed_in, connection):
        press(signed_in, connection, "sync")
        response = press(signed_in, connection, "sync")

        run = SyncRun.objects.get()
        assert response.status_code == 303
        assert (run.kind, run.trigger, run.state) == ("pull", "person", "queued")

    def test_pause_resume_and_disconnect(self, signed_in, connection):
        for action, status in (("pause", "paused"), ("resume", "connected"), ("disconnect", "disconnected")):
            press(signed_in, connection, action)
            connection.refresh_from_db()
            assert connection.status == status
        assert connection.credentials == {}

    def test_a_paused_connection_is_not_synced(self, signed_in, connection):
        press(signed_in, connection, "pause")
        response = press(signed_in, connection, "sync", follow=True)

        assert "not running" in response.content.decode()
        assert not SyncRun.objects.exists()

    def test_test_says_what_the_other_side_answered(self, signed_in, connection, octorate_sandbox):
        response = press(signed_in, connection, "test", follow=True)

        assert "The permission to read this account has ended." in response.content.decode()
        assert SyncRun.objects.get().state == SyncRun.State.FAILED

    def test_nothing_is_done_by_following_a_link(self, signed_in, connection):
        for action in ACTIONS:
            url = reverse("connection_action", args=[connection.hotel.slug, connection.pk, action])
            assert signed_in.get(url).status_code == 405
        connection.refresh_from_db()
        assert connection.status == ConnectionStatus.CONNECTED

    def test_an_unknown_button_is_not_found(self, signed_in, connection):
        assert press(signed_in, connection, "explode").status_code == 404

    def test_importing_needs_a_mapped_property(self, signed_in, connection):
        press(signed_in, connection, "import")

        assert not SyncRun.objects.exists()


class TestSettings:
    def post(self, client, connection, **values):
        data = {f"settings-{name}": value for name, value in values.items()}
        return client.post(reverse("connection_settings", args=[connection.hotel.slug, connection.pk]), data)

    def test_name_rhythm_and_the_providers_own_settings_are_stored(self, signed_in, connection):
        response = self.post(
            signed_in,
            connection,
            name="Front desk",
            poll_minutes="5",
            import_past_days="10",
        )

        connection.refresh_from_db()
        assert response.status_code == 303
        assert connection.name == "Front desk"
        assert connection.settings["poll_minutes"] == 5
        assert connection.settings["import_past_days"] == 10
        assert LogEntry.objects.filter(code="settings_saved").exists()

    def test_values_outside_the_declared_limits_are_refused(self, signed_in, connection):
        response = self.post(signed_in, connection, name="Front desk", poll_minutes="0")

        connection.refresh_from_db()
        assert response.status_code == 400
        assert connection.name == "Octorate"


class TestWhoMay:
    def test_a_receptionist_sees_it_without_buttons(self, client, receptionist, url):
        client.force_login(receptionist)

        page = client.get(url).content.decode()

        assert "do-disconnect" not in page
        assert 'name="settings-name"' not in page

    @pytest.mark.parametrize("action", ACTIONS)
    def test_a_receptionist_cannot_press(self, client, receptionist, connection, action):
        client.force_login(receptionist)

        assert press(client, connection, action).status_code == 403
        connection.refresh_from_db()
        assert connection.status == ConnectionStatus.CONNECTED

    @pytest.mark.parametrize("action", ACTIONS)
    def test_a_stranger_cannot_press_through_the_own_hotel_either(self, client, stranger, connection, action):
        client.force_login(stranger)
        own = reverse("connection_action", args=["mirador", connection.pk, action])

        assert client.post(own).status_code == 404
        assert press(client, connection, action).status_code == 404
        connection.refresh_from_db()
        assert connection.status == ConnectionStatus.CONNECTED

    def test_an_anonymous_visitor_is_sent_to_sign_in(self, client, url):
        assert reverse("account_login") in client.get(url)["Location"]
