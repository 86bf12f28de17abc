"""The wizard from the gallery to the first import, against the running sandbox, and every way it can fail."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from integrations.applications import application_for, redirect_uri
from integrations.models import (
    Connection,
    ConnectionStatus,
    OAuthAttempt,
    PropertyMapping,
    RoomMapping,
    SyncRun,
)
from integrations.sync import execute_run
from integrations.views.wizard import wizard_url

CALLBACK = "/callback/octorate/"


@pytest.fixture
def wizard(hotel):
    return reverse("connection_wizard", args=[hotel.slug, "octorate"])


@pytest.fixture
def connect_url(hotel):
    return reverse("connection_connect", args=[hotel.slug, "octorate"])


@pytest.fixture(autouse=True)
def address_of_this_machine(settings):
    """The sandbox lets consent go back to this machine only."""
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:8000"


def begin(client: Client, connect_url: str, **data: object) -> str:
    """Press Connect; the state that the consent page was given."""
    response = client.post(connect_url, data)
    assert response.status_code == 303
    return parse_qs(urlsplit(response["Location"]).query)["state"][0]


def allow(client: Client, sandbox, connect_url: str, **data: object):
    """Press Connect, allow it at the sandbox, and come back."""
    state = begin(client, connect_url, **data)
    code = sandbox.issue_code(redirect_uri("octorate"))
    return client.get(CALLBACK, {"code": code, "state": state})


class TestRegistration:
    def test_a_manager_is_told_what_is_missing_and_how_to_ask_for_it(self, client, manager, wizard):
        client.force_login(manager)

        response = client.get(wizard)
        page = response.content.decode()

        assert response.context["step"] == 1
        assert "not given yet" in page
        assert "http://127.0.0.1:8000/callback/octorate/" in page
        assert 'name="application-client_id"' not in page

    def test_the_ready_made_message_is_there_in_three_languages_with_the_address(
        self, client, manager, wizard
    ):
        client.force_login(manager)

        requests = client.get(wizard).context["requests"]

        assert [request["code"] for request in requests] == ["es", "fr", "en"]
        assert all("http://127.0.0.1:8000/callback/octorate/" in request["text"] for request in requests)
        assert translation.get_language() == "en"

    def test_an_operator_enters_it_and_goes_on(self, client, manager, wizard, hotel):
        manager.is_superuser = True
        manager.save()
        client.force_login(manager)

        response = client.post(
            reverse("connection_register", args=[hotel.slug, "octorate"]),
            {"application-client_id": "some-client-0001", "application-client_secret": "hidden-secret-0002"},
        )

        assert response.status_code == 303
        assert application_for("octorate").credentials["client_secret"] == "hidden-secret-0002"
        assert client.get(wizard).context["step"] == 2

    def test_what_is_stored_is_masked(self, client, manager, wizard, hotel):
        manager.is_superuser = True
        manager.save()
        client.force_login(manager)
        client.post(
            reverse("connection_register", args=[hotel.slug, "octorate"]),
            {"application-client_id": "some-client-0001", "application-client_secret": "hidden-secret-0002"},
        )

        page = client.get(f"{wizard}?step=1").content.decode()

        assert "hidden-secret" not in page
        assert "some-client" not in page
        assert "••••0002" in page

    def test_a_manager_who_is_no_operator_may_not_enter_it(self, client, manager, hotel):
        client.force_login(manager)

        response = client.post(
            reverse("connection_register", args=[hotel.slug, "octorate"]), {"application-client_id": "mine"}
        )

        assert response.status_code == 403
        assert "client_id" not in application_for("octorate").credentials

    def test_connecting_without_it_leads_back_to_the_first_step(self, client, manager, connect_url):
        client.force_login(manager)

        assert "step=1" in client.post(connect_url)["Location"]


class TestConnecting:
    def test_connect_leads_to_the_consent_page(self, client, manager, connect_url, octorate_sandbox):
        client.force_login(manager)

        response = client.post(connect_url)

        assert response.status_code == 303
        assert response["Location"].startswith("http://127.0.0.1:")
        assert "oauth.xhtml" in response["Location"]
        assert OAuthAttempt.objects.get().user == manager

    def test_it_needs_the_token_of_the_form(self, manager, connect_url, octorate_sandbox):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(manager)

        assert strict.post(connect_url).status_code == 403
        assert not OAuthAttempt.objects.exists()

    def test_it_is_not_done_by_following_a_link(self, client, manager, connect_url, octorate_sandbox):
        client.force_login(manager)

        assert client.get(connect_url).status_code == 405

    def test_coming_back_connects_reads_the_rooms_and_goes_on(
        self, client, manager, hotel, connect_url, octorate_sandbox
    ):
        client.force_login(manager)

        response = allow(client, octorate_sandbox, connect_url)

        connection = Connection.objects.get()
        assert response.status_code == 303
        assert response["Location"] == wizard_url(hotel, "octorate", connection, 3)
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "no-store"
        assert connection.status == ConnectionStatus.CONNECTED
        assert PropertyMapping.objects.filter(connection=connection).count() >= 2
        assert RoomMapping.objects.filter(connection=connection, external_kind="room").exists()
        assert connection.subscription

    def test_the_next_step_shows_the_properties_that_were_opened(
        self, client, manager, connect_url, octorate_sandbox
    ):
        client.force_login(manager)

        page = client.get(allow(client, octorate_sandbox, connect_url)["Location"]).content.decode()

        assert "What this account opens" in page
        for mapping in PropertyMapping.objects.all():
            assert mapping.external_name in page

    def test_a_failed_reading_of_the_rooms_leaves_a_way_on(
        self, client, manager, connect_url, octorate_sandbox
    ):
        client.force_login(manager)
        state = begin(client, connect_url)
        octorate_sandbox.fail_next(9, 500, path_part="/accommodation")
        code = octorate_sandbox.issue_code(redirect_uri("octorate"))

        response = client.get(CALLBACK, {"code": code, "state": state}, follow=True)

        page = response.content.decode()
        assert response.status_code == 200
        assert "could not be read" in page
        assert "Try again" in page

    def test_reconnecting_uses_the_same_row(self, client, manager, connect_url, octorate_sandbox):
        client.force_login(manager)
        allow(client, octorate_sandbox, connect_url)
        connection = Connection.objects.get()

        allow(client, octorate_sandbox, connect_url, connection=connection.pk)

        assert Connection.objects.get().token_version > connection.token_version

    def test_another_hotels_connection_cannot_be_renewed(
        self, client, manager, connect_url, octorate_sandbox, other_hotel
    ):
        from tests.integrations.conftest import make_connection

        theirs = make_connection(other_hotel)
        client.force_login(manager)

        assert client.post(connect_url, {"connection": theirs.pk}).status_code == 404


class TestFailedCallbacks:
    def failed(self, response, sentence):
        assert response.status_code == 400
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "no-store"
        assert sentence in response.content.decode()
        assert not Connection.objects.exists()

    def test_refused_consent(self, client, manager, hotel, connect_url, octorate_sandbox):
        client.force_login(manager)
        state = begin(client, connect_url)

        response = client.get(CALLBACK, {"error": "access_denied", "state": state})

        self.failed(response, "was not granted")
        assert wizard_url(hotel, "octorate", None, 2) in response.content.decode()
        assert reverse("integration_gallery", args=[hotel.slug]) in response.content.decode()

    def test_the_state_of_another_session(self, client, manager, connect_url, octorate_sandbox):
        client.force_login(manager)
        state = begin(client, connect_url)
        elsewhere = Client()
        elsewhere.force_login(manager)

        code = octorate_sandbox.issue_code(redirect_uri("octorate"))
        self.failed(
            elsewhere.get(CALLBACK, {"code": code, "state": state}), "another browser or by another person"
        )

    def test_an_answer_used_twice(self, client, manager, connect_url, octorate_sandbox):
        client.force_login(manager)
        state = begin(client, connect_url)
        code = octorate_sandbox.issue_code(redirect_uri("octorate"))
        client.get(CALLBACK, {"code": code, "state": state})

        response = client.get(CALLBACK, {"code": code, "state": state})

        assert response.status_code == 400
        assert "already used" in response.content.decode()
        assert Connection.objects.count() == 1

    def test_an_attempt_that_took_too_long(self, client, manager, connect_url, octorate_sandbox):
        client.force_login(manager)
        state = begin(client, connect_url)
        OAuthAttempt.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        self.failed(client.get(CALLBACK, {"code": "x", "state": state}), "longer than ten minutes")

    def test_a_code_that_the_other_side_does_not_take(self, client, manager, connect_url, octorate_sandbox):
        client.force_login(manager)
        state = begin(client, connect_url)

        self.failed(client.get(CALLBACK, {"code": "made-up", "state": state}), "did not complete")

    @pytest.mark.parametrize("query", ["", "state=a&state=b&code=c", "state=unknown&code=c", "code=c"])
    def test_an_answer_to_nothing(self, client, manager, octorate_sandbox, query):
        client.force_login(manager)

        self.failed(client.get(f"{CALLBACK}?{query}"), "does not belong to anything")

    def test_nobody_signed_in(self, client, octorate_sandbox, db):
        response = client.get(CALLBACK, {"code": "c", "state": "s"})

        self.failed(response, "not signed in here any more")
        assert reverse("account_login") in response.content.decode()

    def test_what_came_is_never_repeated_on_the_page(self, client, manager, octorate_sandbox):
        client.force_login(manager)

        page = client.get(CALLBACK, {"code": "the-code-xyz", "state": "the-state-xyz"}).content.decode()

        assert "the-code-xyz" not in page
        assert "the-state-xyz" not in page

    def test_an_unknown_provider_is_not_found(self, client, manager):
        client.force_login(manager)

        assert client.get("/callback/nobody/").status_code == 404


class TestFirstImport:
    @pytest.fixture
    def connected(self, client, manager, hotel, connect_url, octorate_sandbox):
        """Connected, with the hotel's own property mapped."""
        client.force_login(manager)
        allow(client, octorate_sandbox, connect_url)
        connection = Connection.objects.get()
        first = PropertyMapping.objects.get(external_ref="910001")
        first.property = hotel.properties.get()
        first.save()
        return connection

    def test_the_wizard_finds_the_missing_step_again(self, client, connected, hotel):
        assert client.get(wizard_url(hotel, "octorate", connected)).context["step"] == 4

    def test_a_step_that_is_not_possible_yet_is_not_shown(self, client, connected, hotel):
        PropertyMapping.objects.update(property=None)

        assert client.get(wizard_url(hotel, "octorate", connected, 4)).context["step"] == 3

    @pytest.mark.usefixtures("year_on_sale")
    def test_before_it_starts_it_says_what_is_sent_when_it_has_ended(self, client, connected, hotel):
        url = wizard_url(hotel, "octorate", connected)
        only_reads = client.get(url).content.decode()
        room = RoomMapping.objects.filter(property_ref="910001", external_kind="room_type").first()
        room.room_type = hotel.properties.get().room_types.first()
        room.save()

        sends = client.get(url).content.decode()

        assert "nothing is sent to the other side when it ends" in only_reads
        assert "the numbers that stand at Octorate are replaced by ours" in sends
        assert f"rooms left on each of the next 400 nights: {room}" in sends
        assert "Nights that somebody closed there by hand stay closed until you decide." in sends
        assert "nothing is sent to the other side" not in sends

    def test_what_is_switched_off_is_not_announced(self, client, connected, hotel):
        kinds = RoomMapping.objects.filter(property_ref="910001", external_kind="room_type")
        kinds.update(room_type=hotel.properties.get().room_types.first())
        Connection.objects.update(settings={"send_availability": False, "send_rates": False})

        page = client.get(wizard_url(hotel, "octorate", connected)).content.decode()

        assert "nothing is sent to the other side when it ends" in page

    def test_the_import_is_started_once_and_shows_how_far_it_is(self, client, connected, hotel):
        url = reverse("connection_action", args=[hotel.slug, connected.pk, "import"])
        client.post(url)
        response = client.post(url)

        run = SyncRun.objects.get(kind=SyncRun.Kind.IMPORT)
        page = client.get(response["Location"])
        assert run.state == SyncRun.State.QUEUED
        assert "Waiting for its turn" in page.content.decode()
        assert 'hx-trigger="every 1s"' in page.content.decode()

    def test_afterwards_the_way_leads_to_reservations_and_cleaning(self, client, connected, hotel):
        client.post(reverse("connection_action", args=[hotel.slug, connected.pk, "import"]))
        run = SyncRun.objects.get(kind=SyncRun.Kind.IMPORT)
        execute_run(run.pk)
        run.refresh_from_db()

        page = client.get(reverse("connection_progress", args=[hotel.slug, connected.pk])).content.decode()

        assert run.state == SyncRun.State.DONE
        assert f">{run.created}<" in page
        assert reverse("reservation_list", args=[hotel.slug]) in page
        assert f"{reverse('cleaning_day', args=[hotel.slug])}?day=" in page
        assert "hx-trigger" not in page

    @pytest.mark.parametrize(("seen", "explained"), [(41, True), (40, False)])
    def test_more_read_than_new_or_changed_is_explained_by_bookings_of_several_rooms(
        self, client, connected, hotel, seen, explained
    ):
        now = timezone.now()
        SyncRun.objects.create(
            hotel=hotel,
            connection=connected,
            kind=SyncRun.Kind.IMPORT,
            trigger=SyncRun.Trigger.PERSON,
            state=SyncRun.State.DONE,
            queued_at=now,
            finished_at=now,
            seen=seen,
            created=36,
            changed=2,
            unchanged=1,
            failed=1,
        )

        page = client.get(reverse("connection_progress", args=[hotel.slug, connected.pk])).content.decode()

        assert ("Some bookings come in several parts" in page) is explained

    def test_the_live_part_is_204_while_nothing_moves(self, client, connected, hotel):
        client.post(reverse("connection_action", args=[hotel.slug, connected.pk, "import"]))
        live = client.get(wizard_url(hotel, "octorate", connected)).context["live_url"]

        assert client.get(live, headers={"HX-Request": "true"}).status_code == 204


class TestWhoMay:
    @pytest.mark.parametrize("name", ["connection_wizard", "connection_connect", "connection_register"])
    def test_a_receptionist_may_not(self, client, receptionist, hotel, name):
        client.force_login(receptionist)
        url = reverse(name, args=[hotel.slug, "octorate"])

        response = client.get(url) if name == "connection_wizard" else client.post(url)

        assert response.status_code == 403

    def test_a_stranger_finds_nothing(self, client, stranger, wizard):
        client.force_login(stranger)

        assert client.get(wizard).status_code == 404

    def test_an_anonymous_visitor_is_sent_to_sign_in(self, client, wizard):
        assert reverse("account_login") in client.get(wizard)["Location"]

    def test_an_unknown_integration_is_not_found(self, client, manager, hotel):
        client.force_login(manager)

        assert client.get(reverse("connection_wizard", args=[hotel.slug, "nobody"])).status_code == 404
