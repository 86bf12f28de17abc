"""The consent round trip, and access tokens that one worker at a time renews."""

from __future__ import annotations

import hashlib
import logging
import threading
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict
from django.utils import timezone

from integrations import access, http, oauth
from integrations.access import fresh_access_token
from integrations.contracts import Capability
from integrations.errors import Misconfigured, NeedsReconnect, RateLimited, Unreachable
from integrations.http import session_for
from integrations.models import (
    Alert,
    Connection,
    ConnectionStatus,
    Exchange,
    Lease,
    LogEntry,
    OAuthAttempt,
    PropertyMapping,
)
from integrations.oauth import OAuthFailed, begin, finish
from reservations.models import Membership
from tests.integrations.outside import Outside, all_at_once, connect, install_lodge, reply

SESSION = "session-key-of-the-manager"


@pytest.fixture
def outside():
    with Outside() as server:
        yield server


@pytest.fixture(autouse=True)
def lodge(outside, monkeypatch, settings):
    settings.PUBLIC_BASE_URL = "https://keys.example.org"
    settings.OUTSIDE_READ_SECONDS = 5
    monkeypatch.setattr(http, "RETRY_WAITS", ())
    return install_lodge(monkeypatch, outside.url)


class TokenServer:
    """A token endpoint with one-shot codes and refresh tokens that rotate: a used one is refused."""

    def __init__(self, *, lives: int = 3600) -> None:
        self.lives = lives
        self.codes = {"good-code-1", "good-code-2"}
        self.refresh_token = "first-refresh-token"
        self.given = 0
        self._lock = threading.Lock()

    def __call__(self, handler) -> None:
        form = handler.server_form
        with self._lock:
            if form["grant_type"] == "authorization_code":
                valid = form["code"] in self.codes
                self.codes.discard(form["code"])
            else:
                valid = form["refresh_token"] == self.refresh_token
            if not valid:
                return reply(400, {"error": "invalid_grant", "error_description": "The grant is gone."})(
                    handler
                )
            self.given += 1
            self.refresh_token = f"refresh-token-{self.given}"
            tokens = {
                "access_token": f"access-token-{self.given}",
                "refresh_token": self.refresh_token,
                "expires_in": str(self.lives),
            }
        return reply(200, tokens)(handler)


@pytest.fixture
def token_server(outside) -> TokenServer:
    server = TokenServer()

    def serve(handler):
        handler.server_form = outside.calls("/token")[-1].form()
        server(handler)

    outside.answer("/token", serve)
    return server


def answer_of(address: str, **changes: str | None) -> QueryDict:
    """What the consent page at ``address`` sends back; ``changes`` replace or, when None, remove parameters."""
    state = parse_qs(urlsplit(address).query)["state"][0]
    given = {"code": "good-code-1", "state": state, **changes}
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in given.items() if value is not None})
    return query


@pytest.mark.django_db
class TestBegin:
    def test_the_consent_page_gets_the_state_and_the_fixed_redirect_address(self, hotel, manager, outside):
        address = begin(hotel=hotel, user=manager, session_key=SESSION, provider_slug="lodge")
        query = parse_qs(urlsplit(address).query)
        assert address.startswith(outside.url + "/consent?")
        assert query["redirect_uri"] == ["https://keys.example.org/callback/lodge/"]
        assert len(query["state"][0]) >= 43  # 256 bits

    def test_only_digests_of_state_and_session_are_stored(self, hotel, manager):
        address = begin(hotel=hotel, user=manager, session_key=SESSION, provider_slug="lodge")
        state = parse_qs(urlsplit(address).query)["state"][0]
        stored = str(OAuthAttempt.objects.values().get())
        assert hashlib.sha256(state.encode()).hexdigest() in stored
        assert state not in stored
        assert SESSION not in stored

    def test_every_attempt_has_a_state_of_its_own(self, hotel, manager):
        addresses = {
            begin(hotel=hotel, user=manager, session_key=SESSION, provider_slug="lodge") for _ in range(3)
        }
        assert len(addresses) == OAuthAttempt.objects.count() == 3

    def test_old_attempts_are_forgotten(self, hotel, manager):
        begin(hotel=hotel, user=manager, session_key=SESSION, provider_slug="lodge")
        OAuthAttempt.objects.update(expires_at=timezone.now() - timedelta(days=2))
        begin(hotel=hotel, user=manager, session_key=SESSION, provider_slug="lodge")
        assert OAuthAttempt.objects.count() == 1

    def test_an_incomplete_registration_is_said_before_anybody_is_sent_away(
        self, hotel, manager, monkeypatch
    ):
        monkeypatch.delenv("LODGE_CLIENT_SECRET")
        with pytest.raises(Misconfigured):
            begin(hotel=hotel, user=manager, session_key=SESSION, provider_slug="lodge")

    def test_a_connection_of_another_hotel_cannot_be_renewed(self, hotel, other_hotel, manager):
        with pytest.raises(ValueError, match="not of this hotel"):
            begin(
                hotel=hotel,
                user=manager,
                session_key=SESSION,
                provider_slug="lodge",
                connection=connect(other_hotel),
            )


@pytest.mark.django_db
class TestFinish:
    @pytest.fixture
    def address(self, hotel, manager) -> str:
        return begin(hotel=hotel, user=manager, session_key=SESSION, provider_slug="lodge")

    @pytest.fixture
    def come_back(self, manager, token_server):
        def come_back(
            params: QueryDict, *, user=manager, session_key=SESSION, provider_slug="lodge"
        ) -> Connection:
            return finish(provider_slug=provider_slug, user=user, session_key=session_key, params=params)

        return come_back

    def fails(self, reason: str):
        return pytest.raises(OAuthFailed, match=f"^{reason}$")

    def test_consent_makes_a_connection(self, come_back, address, hotel, outside):
        connection = come_back(answer_of(address))
        stored = Connection.objects.get()
        assert stored == connection
        assert (stored.hotel, stored.provider, stored.name) == (hotel, "lodge", "Lodge")
        assert (stored.status, stored.token_version) == (ConnectionStatus.CONNECTED, 1)
        assert stored.credentials["access_token"] == "access-token-1"
        assert stored.credentials["refresh_token"] == "refresh-token-1"
        assert timedelta(minutes=55) < stored.token_expires_at - timezone.now() < timedelta(hours=1)
        assert LogEntry.objects.get().code == "connected"
        form = outside.calls("/token")[0].form()
        assert (form["code"], form["redirect_uri"]) == (
            "good-code-1",
            "https://keys.example.org/callback/lodge/",
        )

    def test_the_second_account_gets_a_name_of_its_own(self, come_back, address, hotel):
        connect(hotel)
        assert come_back(answer_of(address)).name == "Lodge 2"

    def test_the_same_answer_twice_is_refused(self, come_back, address, outside):
        come_back(answer_of(address))
        with self.fails("used"):
            come_back(answer_of(address))
        assert Connection.objects.count() == len(outside.calls("/token")) == 1

    def test_an_attempt_used_between_look_and_mark_is_refused(self, come_back, address, monkeypatch, outside):
        """Two copies of one answer at the same moment: the conditional update decides."""
        look = oauth._attempt_of

        def look_and_lose(**kwargs):
            attempt = look(**kwargs)
            OAuthAttempt.objects.update(used_at=timezone.now())
            return attempt

        monkeypatch.setattr(oauth, "_attempt_of", look_and_lose)
        with self.fails("used"):
            come_back(answer_of(address))
        assert not outside.calls("/token")

    def test_an_answer_after_ten_minutes_is_refused(self, come_back, address, time_machine):
        time_machine.move_to(timezone.now() + timedelta(minutes=10, seconds=1))
        with self.fails("expired"):
            come_back(answer_of(address))

    def test_the_state_of_another_session_is_refused(self, come_back, address):
        with self.fails("wrong_session"):
            come_back(answer_of(address), session_key="session-of-somebody-else")

    @pytest.mark.parametrize("session_key", ["", None])
    def test_no_session_is_another_session(self, come_back, address, session_key):
        with self.fails("wrong_session"):
            come_back(answer_of(address), session_key=session_key)

    def test_the_state_of_another_user_is_refused(self, come_back, address, owner):
        with self.fails("wrong_session"):
            come_back(answer_of(address), user=owner)

    def test_a_foreign_look_does_not_use_the_attempt_up(self, come_back, address, stranger):
        with self.fails("wrong_session"):
            come_back(answer_of(address), user=stranger, session_key="another")
        assert come_back(answer_of(address)).status == ConnectionStatus.CONNECTED

    def test_a_user_who_lost_the_right_meanwhile_is_refused(self, come_back, address, manager):
        Membership.objects.filter(user=manager).update(role="receptionist")
        with self.fails("invalid"):
            come_back(answer_of(address))

    def test_the_callback_of_another_provider_is_refused(self, come_back, address):
        with self.fails("invalid"):
            come_back(answer_of(address), provider_slug="hostel")

    @pytest.mark.parametrize(
        "changes",
        [
            {"state": None},
            {"state": ""},
            {"state": "guessed"},
            {"state": "x" * 5000},
            {"code": None},
            {"code": ""},
            {"code": "x" * 5000},
            {"error": "access_denied"},
            {"error": ""},
        ],
        ids=str,
    )
    def test_an_answer_of_a_wrong_shape_is_refused(self, come_back, address, outside, changes):
        with self.fails("invalid"):
            come_back(answer_of(address, **changes))
        assert not outside.calls("/token")

    @pytest.mark.parametrize("name", ["state", "code"])
    def test_a_parameter_given_twice_is_refused(self, come_back, address, name):
        params = answer_of(address)
        params.appendlist(name, params[name])
        with self.fails("invalid"):
            come_back(params)

    def test_a_refused_consent_is_said_and_used_up(self, come_back, address, outside):
        with self.fails("refused"):
            come_back(answer_of(address, code=None, error="access_denied"))
        with self.fails("used"):
            come_back(answer_of(address))
        assert not outside.calls("/token")

    def test_another_error_of_the_consent_page_names_it(self, come_back, address):
        with self.fails("exchange_failed") as caught:
            come_back(answer_of(address, code=None, error="invalid_scope"))
        assert isinstance(caught.value.error, Misconfigured)
        assert "invalid_scope" in caught.value.error.detail

    def test_a_code_the_other_side_refuses_makes_nothing(self, come_back, address):
        with self.fails("exchange_failed") as caught:
            come_back(answer_of(address, code="old-code"))
        assert isinstance(caught.value.error, NeedsReconnect)
        assert not Connection.objects.exists()

    def test_a_broken_exchange_is_not_repeated(self, come_back, address, outside):
        outside.answer("/token", reply(502, b"<html>Bad gateway</html>"))
        with self.fails("exchange_failed") as caught:
            come_back(answer_of(address))
        assert isinstance(caught.value.error, Unreachable)
        assert len(outside.calls("/token")) == 1
        with self.fails("used"):
            come_back(answer_of(address))

    def test_every_reason_has_a_sentence(self):
        for reason in OAuthFailed.SENTENCES:
            assert str(OAuthFailed(reason).sentence).endswith(".")


@pytest.mark.django_db
class TestReconnect:
    @pytest.fixture
    def connection(self, hotel) -> Connection:
        connection = connect(
            hotel, status=ConnectionStatus.NEEDS_REAUTH, failures=4, error_code="needs_reconnect"
        )
        PropertyMapping.objects.create(
            hotel=hotel,
            connection=connection,
            provider="lodge",
            external_ref="4400",
            property=hotel.properties.get(),
        )
        oauth.journal.open_alert(hotel_id=hotel.pk, code="needs_reconnect", connection=connection)
        return connection

    @pytest.fixture
    def reconnect(self, hotel, manager, connection, token_server):
        def reconnect() -> Connection:
            address = begin(
                hotel=hotel, user=manager, session_key=SESSION, provider_slug="lodge", connection=connection
            )
            return finish(provider_slug="lodge", user=manager, session_key=SESSION, params=answer_of(address))

        return reconnect

    def test_the_same_account_renews_its_row(self, reconnect, connection, outside):
        outside.answer(
            "/places", reply(200, [{"ref": "4400", "name": "Paradise"}, {"ref": "1", "name": "New"}])
        )
        assert reconnect() == connection
        connection.refresh_from_db()
        assert (connection.status, connection.failures, connection.error_code) == ("connected", 0, "")
        assert (connection.credentials["access_token"], connection.token_version) == ("access-token-1", 2)
        assert outside.calls("/places")[0].headers["authorization"] == "Bearer access-token-1"
        assert Alert.objects.get().resolved_at is not None
        assert LogEntry.objects.get().code == "reconnected"

    def test_another_account_is_refused_and_nothing_changes(self, reconnect, connection, outside):
        outside.answer("/places", reply(200, [{"ref": "9900", "name": "Somewhere else"}]))
        with pytest.raises(OAuthFailed, match=r"^other_account$"):
            reconnect()
        connection.refresh_from_db()
        assert connection.credentials["access_token"] == "first-access-token"
        assert connection.status == ConnectionStatus.NEEDS_REAUTH

    def test_without_mapped_properties_any_account_is_fine(self, reconnect, outside):
        PropertyMapping.objects.all().delete()
        assert reconnect().status == ConnectionStatus.CONNECTED
        assert not outside.calls("/places")

    def test_an_account_that_cannot_be_read_is_not_taken(self, reconnect, connection, outside):
        outside.answer("/places", reply(500))
        with pytest.raises(OAuthFailed, match=r"^exchange_failed$"):
            reconnect()
        connection.refresh_from_db()
        assert connection.credentials["access_token"] == "first-access-token"


@pytest.mark.django_db
class TestFreshAccessToken:
    def test_a_token_with_time_left_is_used_as_it_is(self, hotel, outside):
        assert fresh_access_token(connect(hotel)) == "first-access-token"
        assert not outside.seen

    @pytest.mark.parametrize("seconds", [-5, 100, 239])
    def test_a_token_that_ends_within_minutes_is_renewed_first(self, hotel, token_server, seconds):
        connection = connect(hotel, seconds=seconds)
        connection.credentials["obtained_at"] = (timezone.now() - timedelta(hours=1)).isoformat()
        connection.save()
        assert fresh_access_token(connection) == "access-token-1"
        stored = Connection.objects.get()
        assert stored.credentials["access_token"] == "access-token-1"
        assert stored.credentials["refresh_token"] == "refresh-token-1"
        assert (stored.token_version, connection.token_version) == (2, 2)

    def test_a_token_of_a_short_life_is_used_for_half_of_it(self, hotel, token_server, time_machine):
        connection = connect(hotel, seconds=60)
        assert fresh_access_token(connection) == "first-access-token"
        time_machine.move_to(timezone.now() + timedelta(seconds=31))
        assert fresh_access_token(connection) == "access-token-1"

    def test_a_rejected_token_is_renewed_however_long_it_would_live(self, hotel, token_server):
        assert fresh_access_token(connect(hotel), reject="first-access-token") == "access-token-1"

    def test_a_token_that_another_worker_renewed_is_taken_over(self, hotel, outside):
        mine = connect(hotel)
        credentials = {**mine.credentials, "access_token": "renewed-elsewhere"}
        Connection.objects.update(credentials=credentials, token_version=2)
        assert fresh_access_token(mine, reject="first-access-token") == "renewed-elsewhere"
        assert mine.token_version == 2
        assert not outside.seen

    def test_an_answer_without_a_refresh_token_keeps_the_old_one(self, hotel, outside):
        outside.answer("/token", reply(200, {"access_token": "new-one", "expires_in": 3600}))
        connection = connect(hotel, seconds=-5)
        assert fresh_access_token(connection) == "new-one"
        assert Connection.objects.get().credentials["refresh_token"] == "first-refresh-token"

    def test_an_answer_without_a_life_counts_as_an_hour(self, hotel, outside):
        outside.answer("/token", reply(200, {"access_token": "new-one"}))
        connection = connect(hotel)
        fresh_access_token(connection, reject="first-access-token")
        assert timedelta(minutes=55) < connection.token_expires_at - timezone.now() < timedelta(hours=1)

    def test_renewing_is_recorded_with_its_connection(self, hotel, token_server):
        connection = connect(hotel, seconds=-5)
        fresh_access_token(connection)
        row = Exchange.objects.get()
        assert (row.connection, row.hotel, row.method, row.status) == (connection, hotel, "POST", 200)

    def test_the_token_of_a_provider_that_renews_nothing_is_used_until_it_is_rejected(self, hotel, lodge):
        object.__setattr__(
            lodge.declaration, "capabilities", lodge.declaration.capabilities - {Capability.REFRESH_TOKEN}
        )
        connection = connect(hotel, seconds=-100)
        assert fresh_access_token(connection) == "first-access-token"
        with pytest.raises(NeedsReconnect):
            fresh_access_token(connection, reject="first-access-token")


@pytest.mark.django_db
class TestRefusedRenewals:
    @pytest.fixture
    def connection(self, hotel) -> Connection:
        return connect(hotel, seconds=-5)

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (400, {"error": "invalid_grant", "error_description": "Token revoked."}),
            (200, {"error": "invalid_code"}),  # with a status of success
        ],
    )
    def test_a_dead_grant_is_said_once_and_never_tried_again(self, connection, outside, status, body):
        outside.answer("/token", reply(status, body))
        for _ in range(3):
            with pytest.raises(NeedsReconnect):
                fresh_access_token(connection)
        connection.refresh_from_db()
        assert connection.status == ConnectionStatus.NEEDS_REAUTH
        assert len(outside.calls("/token")) == 1
        assert Alert.objects.get().code == "needs_reconnect"
        assert Alert.objects.get().count == 1
        assert LogEntry.objects.filter(code="needs_reconnect").count() == 1

    def test_a_connection_without_a_refresh_token_needs_a_person(self, hotel, outside):
        connection = connect(hotel, credentials={})
        with pytest.raises(NeedsReconnect):
            fresh_access_token(connection)
        connection.refresh_from_db()
        assert connection.status == ConnectionStatus.NEEDS_REAUTH
        assert not outside.seen

    def test_a_disconnected_connection_stays_disconnected(self, hotel, outside):
        connection = connect(hotel, seconds=-5, status=ConnectionStatus.DISCONNECTED)
        with pytest.raises(NeedsReconnect):
            fresh_access_token(connection)
        assert Connection.objects.get().status == ConnectionStatus.DISCONNECTED
        assert not outside.seen
        assert not Alert.objects.exists()

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (401, {"error": "invalid_client"}),
            (400, {"error": "unauthorized_client"}),
            (400, {"error": "unsupported_grant_type"}),
            (400, {"error": "redirect_uri_mismatch"}),
            (404, b"<html>not here</html>"),
        ],
    )
    def test_a_refused_application_alarms_and_leaves_the_connection_as_it_is(
        self, connection, outside, status, body
    ):
        outside.answer("/token", reply(status, body))
        with pytest.raises(Misconfigured):
            fresh_access_token(connection)
        connection.refresh_from_db()
        assert connection.status == ConnectionStatus.CONNECTED
        assert Alert.objects.get().code == "misconfigured"

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (500, b""),
            (502, b"<html>Bad gateway</html>"),
            (503, {"error": "temporarily_unavailable"}),
            (403, b"<html>Blocked</html>"),
            (400, b"<html>Bad request</html>"),
            (200, b"<html>Sign in</html>"),
            (200, b""),
            (200, {}),
            (200, {"access_token": ""}),
            (200, {"access_token": 7}),
            (200, ["access_token"]),
        ],
        ids=str,
    )
    def test_an_unclear_answer_is_transient_and_the_grant_is_kept(self, connection, outside, status, body):
        outside.answer("/token", reply(status, body))
        with pytest.raises(Unreachable):
            fresh_access_token(connection)
        connection.refresh_from_db()
        assert connection.status == ConnectionStatus.CONNECTED
        assert connection.credentials["refresh_token"] == "first-refresh-token"
        assert not Alert.objects.exists()
        assert not Lease.objects.exists()

    def test_a_busy_token_endpoint_is_waited_for(self, connection, outside):
        outside.answer("/token", reply(429, b"", Retry_After="60"))
        with pytest.raises(RateLimited) as caught:
            fresh_access_token(connection)
        assert caught.value.until > timezone.now()

    def test_a_worker_that_waits_too_long_is_told_to_try_later(self, connection, outside, monkeypatch):
        monkeypatch.setattr(access, "TOKEN_WAIT_SECONDS", 0.1)
        Lease.objects.create(
            name=f"token:{connection.pk}", holder="another", until=timezone.now() + timedelta(minutes=1)
        )
        with pytest.raises(Unreachable):
            fresh_access_token(connection)
        assert not outside.seen

    def test_a_grant_renewed_by_a_person_meanwhile_is_not_lost(self, connection):
        stale = Connection.objects.get()
        Connection.objects.update(token_version=2)
        access.lose_grant(stale)
        assert Connection.objects.get().status == ConnectionStatus.CONNECTED

    def test_a_grant_renewed_by_a_person_during_the_call_wins(self, connection, outside):
        outside.answer("/token", reply(200, {"access_token": "of-the-old-grant", "expires_in": 3600}))
        store = access._store

        def store_late(stored, tokens, asked_at):
            Connection.objects.update(
                credentials={"access_token": "from-the-person", "refresh_token": "new-grant"},
                token_version=7,
                token_expires_at=timezone.now() + timedelta(hours=1),
            )
            return store(stored, tokens, asked_at)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(access, "_store", store_late)
            assert fresh_access_token(connection) == "from-the-person"
        assert Connection.objects.get().credentials["refresh_token"] == "new-grant"


@pytest.mark.django_db(transaction=True)
class TestManyWorkers:
    @pytest.mark.parametrize("why", ["expired", "rejected"])
    def test_eight_workers_renew_a_token_once(self, hotel, token_server, outside, why):
        connection = connect(hotel, seconds=-5 if why == "expired" else 3600)
        reject = None if why == "expired" else "first-access-token"
        results = all_at_once(
            lambda: fresh_access_token(Connection.objects.get(pk=connection.pk), reject=reject), 8
        )
        assert results == ["access-token-1"] * 8
        assert len(outside.calls("/token")) == 1
        connection.refresh_from_db()
        assert (connection.token_version, connection.status) == (2, ConnectionStatus.CONNECTED)

    def test_eight_workers_find_a_dead_grant_once(self, hotel, token_server, outside):
        token_server.refresh_token = "another-one"
        connection = connect(hotel, seconds=-5)
        results = all_at_once(lambda: fresh_access_token(Connection.objects.get(pk=connection.pk)), 8)
        assert [type(result) for result in results] == [NeedsReconnect] * 8
        assert len(outside.calls("/token")) == 1
        assert Alert.objects.get().count == 1

    def test_eight_refused_calls_renew_once_and_all_succeed(self, hotel, token_server, outside):
        connection = connect(hotel)

        def check(handler):
            good = handler.headers["Authorization"] == "Bearer access-token-1"
            reply(200 if good else 401, {"ok": good})(handler)

        url = outside.answer("/rooms", check)

        def call():
            with session_for(Connection.objects.get(pk=connection.pk)) as session:
                return session.request("GET", url).json()

        assert all_at_once(call, 8) == [{"ok": True}] * 8
        assert len(outside.calls("/token")) == 1

    def test_two_copies_of_one_answer_make_one_connection(self, hotel, manager, token_server, outside):
        address = begin(hotel=hotel, user=manager, session_key=SESSION, provider_slug="lodge")
        params = answer_of(address)
        results = all_at_once(
            lambda: finish(provider_slug="lodge", user=manager, session_key=SESSION, params=params), 4
        )
        assert sorted(type(result).__name__ for result in results) == ["Connection"] + ["OAuthFailed"] * 3
        assert Connection.objects.count() == len(outside.calls("/token")) == 1


@pytest.mark.django_db
def test_no_secret_of_the_whole_flow_is_in_a_log_a_row_or_an_error(
    hotel, manager, token_server, outside, caplog
):
    caplog.set_level(logging.DEBUG)
    address = begin(hotel=hotel, user=manager, session_key=SESSION, provider_slug="lodge")
    connection = finish(provider_slug="lodge", user=manager, session_key=SESSION, params=answer_of(address))
    fresh_access_token(connection, reject="access-token-1")
    echo = {
        "error": "invalid_grant",
        "error_description": "no refresh-token-2 for the-secret-of-the-application",
    }
    outside.answer("/token", reply(400, echo))
    with pytest.raises(NeedsReconnect) as caught:
        fresh_access_token(connection, reject="access-token-2")
    told = [str(caught.value), repr(caught.value), repr(connection), connection.error_detail]
    told += [record.getMessage() + str(record.__dict__) for record in caplog.records]
    for rows in (Exchange, LogEntry, Alert, OAuthAttempt, Lease):
        told += [str(row) for row in rows.objects.values()]
    state = parse_qs(urlsplit(address).query)["state"][0]
    secrets = [
        "access-token-",
        "refresh-token-",
        "good-code-1",
        state,
        "the-secret-of-the-application",
        SESSION,
    ]
    assert "outside_call" in caplog.text
    assert not [(secret, text) for secret in secrets for text in told if secret in text]
