"""Calls to the outside, against a real server on this machine."""

from __future__ import annotations

import gzip
import logging
import os
import socket
import struct
from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest
import requests
from django.utils import timezone

from integrations import exchanges, http
from integrations.contracts import RateLimit
from integrations.errors import (
    ForbiddenAddress,
    Misconfigured,
    Missing,
    NeedsReconnect,
    ProtocolBroken,
    RateLimited,
    Rejected,
    TokenExpired,
    Unreachable,
)
from integrations.http import Answer, ProviderAdapter, ProviderSession, application_session, session_for
from integrations.models import Alert, Connection, ConnectionStatus, Exchange
from tests.integrations.outside import Outside, connect, install_lodge, reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def outside():
    with Outside() as server:
        yield server


@pytest.fixture(autouse=True)
def _impatient(settings, monkeypatch):
    settings.OUTSIDE_CONNECT_SECONDS = 2
    settings.OUTSIDE_READ_SECONDS = 2
    settings.OUTSIDE_TOTAL_SECONDS = 20
    monkeypatch.setattr(http, "RETRY_WAITS", (0.01, 0.02))


@pytest.fixture
def lodge(outside, monkeypatch):
    return install_lodge(monkeypatch, outside.url)


@pytest.fixture
def connection(lodge, hotel):
    return connect(hotel)


@pytest.fixture
def session(connection) -> ProviderSession:
    with session_for(connection) as session:
        yield session


@pytest.fixture
def anonymous(lodge) -> ProviderSession:
    """A session that acts for the application."""
    with application_session("lodge") as session:
        yield session


class TestAnswers:
    def test_an_answer_comes_whole_with_its_status_and_headers(self, session, outside):
        url = outside.answer("/rooms", reply(200, {"name": "Doble"}, Request_Id="r-1"))
        answer = session.request("GET", url, params=[("ids[]", "1"), ("ids[]", "2")])
        assert (answer.status, answer.headers["request-id"], answer.json()) == (200, "r-1", {"name": "Doble"})
        assert outside.seen[0].query == {"ids[]": ["1", "2"]}

    def test_fractions_are_decimals(self):
        assert Answer(200, {}, b'{"price": 0.10}').json() == {"price": Decimal("0.10")}

    @pytest.mark.parametrize(
        "body", [b"", b"<html>Sign in</html>", b'{"a": ', b"\xff\xfe\xfd", b"NaN", b"[" * 200_000]
    )
    def test_what_is_not_json_breaks_the_protocol(self, body):
        with pytest.raises(ProtocolBroken):
            Answer(200, {}, body).json()

    def test_html_with_200_is_an_answer_and_not_json(self, session, outside):
        url = outside.answer("/rooms", reply(200, b"<html>Maintenance</html>", Content_Type="text/html"))
        answer = session.request("GET", url)
        assert answer.text == "<html>Maintenance</html>"
        with pytest.raises(ProtocolBroken):
            answer.json()

    def test_a_compressed_answer_is_opened(self, session, outside):
        packed = gzip.compress(b'{"ok": true}')
        url = outside.answer("/rooms", reply(200, packed, Content_Encoding="gzip"))
        assert session.request("GET", url).json() == {"ok": True}

    def test_a_connection_is_kept_for_the_next_call(self, session, outside):
        ports = set()

        def note(handler):
            ports.add(handler.client_address[1])
            reply(200, b"x" * 100_000)(handler)

        url = outside.answer("/rooms", note)
        for _ in range(3):
            assert len(session.request("GET", url).body) == 100_000
        assert len(ports) == 1

    def test_no_cookie_is_kept(self, session, outside):
        url = outside.answer("/rooms", reply(200, b"", Set_Cookie="tracking=1; Path=/"))
        session.request("GET", url)
        session.request("GET", url)
        assert "cookie" not in outside.seen[1].headers


class TestLimits:
    def test_silence_ends_with_the_read_timeout(self, anonymous, outside, settings):
        settings.OUTSIDE_READ_SECONDS = 0.2
        url = outside.answer("/slow", lambda handler: outside.closing.wait(30))
        with pytest.raises(Unreachable, match=r"within 0\.2 s"):
            anonymous.request("POST", url, bearer=None)

    def test_headers_that_drip_end_with_the_total_time(self, anonymous, outside, settings):
        settings.OUTSIDE_TOTAL_SECONDS = 0.6

        def drip(handler):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not outside.closing.wait(0.05):
                handler.wfile.write(b"X-Padding: x\r\n")

        url = outside.answer("/slow", drip)
        with pytest.raises(Unreachable, match=r"no complete answer within 0\.6 s"):
            anonymous.request("POST", url, bearer=None)

    @pytest.mark.parametrize(
        "framing", ["Content-Length: 100000", "Connection: close", "Transfer-Encoding: chunked"]
    )
    def test_a_body_that_drips_ends_with_the_total_time(self, anonymous, outside, settings, framing):
        settings.OUTSIDE_TOTAL_SECONDS = 0.6
        drop = b"1\r\nx\r\n" if "chunked" in framing else b"x"

        def drip(handler):
            handler.wfile.write(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode())
            while not outside.closing.wait(0.05):
                handler.wfile.write(drop)

        url = outside.answer("/slow", drip)
        with pytest.raises(Unreachable, match=r"no complete answer within 0\.6 s"):
            anonymous.request("POST", url, bearer=None)

    @pytest.mark.parametrize("length_known", [True, False])
    def test_a_body_over_the_limit_breaks_the_protocol(self, anonymous, outside, settings, length_known):
        settings.OUTSIDE_MAX_BYTES = 100_000

        def flood(handler):
            framing = "Content-Length: 50000000" if length_known else "Connection: close"
            handler.wfile.write(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode())
            while not outside.closing.is_set():
                handler.wfile.write(b"x" * 65_536)

        with pytest.raises(ProtocolBroken, match="too large"):
            anonymous.request("GET", outside.answer("/flood", flood), bearer=None)

    def test_a_body_at_the_limit_is_taken(self, anonymous, outside, settings):
        settings.OUTSIDE_MAX_BYTES = 100_000
        url = outside.answer("/full", reply(200, b"x" * 100_000))
        assert len(anonymous.request("GET", url, bearer=None).body) == 100_000

    def test_the_limit_counts_what_a_compressed_body_becomes(self, anonymous, outside, settings):
        settings.OUTSIDE_MAX_BYTES = 1_000_000
        bomb = gzip.compress(b"\0" * 50_000_000)
        assert len(bomb) < settings.OUTSIDE_MAX_BYTES
        url = outside.answer("/bomb", reply(200, bomb, Content_Encoding="gzip"))
        with pytest.raises(ProtocolBroken, match="too large"):
            anonymous.request("GET", url, bearer=None)

    def test_broken_compression_breaks_the_protocol(self, anonymous, outside):
        url = outside.answer("/broken", reply(200, b"not gzip at all", Content_Encoding="gzip"))
        with pytest.raises(ProtocolBroken, match="compressed"):
            anonymous.request("GET", url, bearer=None)

    @pytest.mark.parametrize(
        "head", ["Content-Length: 1000\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n3e8\r\nhalf"]
    )
    def test_a_truncated_body_is_never_an_answer(self, anonymous, outside, head):
        def cut(handler):
            handler.wfile.write(f"HTTP/1.1 200 OK\r\n{head}".encode())
            handler.close_connection = True

        with pytest.raises(Unreachable, match="cut short"):
            anonymous.request("POST", outside.answer("/cut", cut), bearer=None)

    def test_a_reset_in_the_middle_of_a_body_is_never_an_answer(self, anonymous, outside):
        def reset(handler):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
            handler.wfile.flush()
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(handler.connection.detach())
            handler.close_connection = True

        with pytest.raises(Unreachable):
            anonymous.request("POST", outside.answer("/reset", reset), bearer=None)

    def test_nobody_listening_is_unreachable(self, anonymous):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        with pytest.raises(Unreachable):
            anonymous.request("GET", f"http://127.0.0.1:{port}/", bearer=None)

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_not_followed(self, anonymous, outside, status):
        elsewhere = outside.answer("/elsewhere", reply(200, b"secret"))
        url = outside.answer("/moved", reply(status, b"", Location=elsewhere))
        with pytest.raises(ProtocolBroken, match="redirect"):
            anonymous.request("GET", url, bearer=None)
        assert not outside.calls("/elsewhere")

    def test_a_private_address_is_not_called(self, anonymous, outside, settings):
        settings.ALLOW_PRIVATE_ADDRESSES = False
        with pytest.raises(ForbiddenAddress):
            anonymous.request("GET", outside.answer("/", reply()), bearer=None)
        assert not outside.seen

    def test_a_name_that_changes_its_answer_after_the_check_is_stopped_before_anything_is_sent(
        self, anonymous, outside, settings, monkeypatch
    ):
        settings.ALLOW_PRIVATE_ADDRESSES = False
        port = int(outside.url.rpartition(":")[2])
        answers = iter(["8.8.8.8", "127.0.0.1"])

        def rebinding(host, *args, **kwargs):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        with pytest.raises(ForbiddenAddress):
            anonymous.request("GET", f"http://rebinding.example:{port}/", bearer=None)
        assert not outside.seen

    @pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "no address", "http://"])
    def test_what_is_no_web_address_is_refused(self, anonymous, url):
        with pytest.raises(ForbiddenAddress):
            anonymous.request("GET", url, bearer=None)

    def test_the_environment_sets_no_proxy(self, anonymous, outside, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        assert (
            anonymous.request("GET", outside.answer("/", reply(200, b"direct")), bearer=None).text == "direct"
        )

    def test_any_session_with_the_adapter_has_the_limits(self, lodge, outside, settings):
        settings.OUTSIDE_MAX_BYTES = 10
        plain = requests.Session()
        plain.mount("http://", ProviderAdapter(provider="lodge"))
        url = outside.answer("/", reply(200, b"x" * 11))
        with plain, pytest.raises(ProtocolBroken):
            plain.get(url, timeout=None, stream=True)


class TestMeanings:
    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (400, Rejected),
            (403, NeedsReconnect),
            (404, Missing),
            (409, Rejected),
            (500, Unreachable),
            (550, Unreachable),
        ],
    )
    def test_every_bad_status_has_a_meaning(self, session, outside, status, error):
        url = outside.answer("/x", reply(status, {"message": "No  such\nthing."}))
        with pytest.raises(error) as caught:
            session.request("POST", url)
        assert (caught.value.detail, caught.value.status) == ("No such thing.", status)

    def test_html_is_not_quoted(self, session, outside):
        url = outside.answer("/x", reply(400, b"<html><body>stack trace</body></html>"))
        with pytest.raises(Rejected, match=r"^HTTP 400$"):
            session.request("GET", url)

    def test_the_client_may_know_better(self, session, outside):
        url = outside.answer("/x", reply(403, {"type": "ApiQuotaException"}))

        def explain(answer):
            return RateLimited("quota") if answer.json()["type"] == "ApiQuotaException" else None

        with pytest.raises(RateLimited, match="quota"):
            session.request("GET", url, explain=explain)

    def test_the_client_may_know_nothing(self, session, outside):
        with pytest.raises(Missing):
            session.request("GET", outside.answer("/x", reply(404)), explain=lambda answer: None)

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refused_application_is_the_operators_matter(self, anonymous, outside, status):
        with pytest.raises(Misconfigured):
            anonymous.request("GET", outside.answer("/x", reply(status)), bearer="an-application-token")

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refused_application_token_says_nothing_about_the_account(self, session, outside, status):
        with pytest.raises(Misconfigured):
            session.request("GET", outside.answer("/x", reply(status)), bearer="an-application-token")

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refused_key_of_an_account_needs_a_person(self, session, outside, status):
        with pytest.raises(NeedsReconnect):
            session.request("GET", outside.answer("/x", reply(status)), bearer=None, headers={"X-Key": "k"})

    def test_429_waits_the_seconds_it_names(self, session, outside):
        before = timezone.now()
        with pytest.raises(RateLimited) as caught:
            session.request("GET", outside.answer("/x", reply(429, Retry_After="120")))
        assert (
            before + timedelta(seconds=120) <= caught.value.until <= timezone.now() + timedelta(seconds=120)
        )

    def test_429_waits_until_the_date_it_names(self, session, outside):
        moment = (timezone.now() + timedelta(hours=2)).replace(microsecond=0)
        url = outside.answer("/x", reply(429, Retry_After=format_datetime(moment, usegmt=True)))
        with pytest.raises(RateLimited) as caught:
            session.request("GET", url)
        assert caught.value.until == moment

    @pytest.mark.parametrize("value", ["", "soon", "-5", "1e9", "²"])
    def test_429_without_a_usable_time_names_none(self, session, outside, value):
        url = outside.answer("/x", reply(429, Retry_After=value.encode().decode("latin-1")))
        with pytest.raises(RateLimited) as caught:
            session.request("GET", url)
        assert caught.value.until is None

    def test_no_wait_is_longer_than_a_day(self, session, outside):
        with pytest.raises(RateLimited) as caught:
            session.request("GET", outside.answer("/x", reply(429, Retry_After="99999999999999")))
        assert caught.value.until <= timezone.now() + timedelta(days=1)


class TestRetries:
    def test_reading_is_tried_again_after_a_server_error(self, session, outside):
        url = outside.answer("/x", reply(503), reply(500), reply(200, {"ok": 1}))
        assert session.request("GET", url).json() == {"ok": 1}
        assert len(outside.seen) == 3

    def test_reading_gives_up_after_three_tries(self, session, outside):
        with pytest.raises(Unreachable):
            session.request("GET", outside.answer("/x", reply(503)))
        assert len(outside.seen) == 3

    def test_a_broken_connection_is_tried_again(self, session, outside):
        def drop(handler):
            handler.close_connection = True

        url = outside.answer("/x", drop, reply(200, {"ok": 1}))
        assert session.request("GET", url).json() == {"ok": 1}

    def test_posting_is_not_repeated(self, session, outside):
        with pytest.raises(Unreachable):
            session.request("POST", outside.answer("/x", reply(503)), json={"book": "room"})
        assert len(outside.seen) == 1

    def test_posting_is_repeated_where_the_client_says_it_is_safe(self, session, outside):
        url = outside.answer("/x", reply(503), reply(200, {"ok": 1}))
        assert session.request("POST", url, json={"search": 1}, retry=True).json() == {"ok": 1}

    def test_a_refusal_is_not_repeated(self, session, outside):
        with pytest.raises(Rejected):
            session.request("GET", outside.answer("/x", reply(400)))
        assert len(outside.seen) == 1


class TestAccessTokens:
    def test_the_connections_token_is_sent(self, session, outside):
        session.request("GET", outside.answer("/x", reply()))
        assert outside.seen[0].headers["authorization"] == "Bearer first-access-token"

    def test_another_token_is_sent_when_given(self, session, outside):
        session.request("GET", outside.answer("/x", reply()), bearer="another")
        assert outside.seen[0].headers["authorization"] == "Bearer another"

    def test_no_token_is_sent_when_none_is_wanted(self, session, outside):
        session.request("GET", outside.answer("/x", reply()), bearer=None)
        assert "authorization" not in outside.seen[0].headers

    def test_a_refused_token_is_renewed_once_and_the_call_repeated(self, session, connection, outside):
        outside.answer("/token", reply(200, {"access_token": "second-access-token", "expires_in": 3600}))
        url = outside.answer("/x", reply(401), reply(200, {"ok": 1}))
        assert session.request("POST", url).json() == {"ok": 1}
        sent = [seen.headers["authorization"] for seen in outside.calls("/x")]
        assert sent == ["Bearer first-access-token", "Bearer second-access-token"]
        assert len(outside.calls("/token")) == 1

    def test_what_the_client_calls_an_expired_token_is_renewed_too(self, session, outside):
        outside.answer("/token", reply(200, {"access_token": "second-access-token", "expires_in": 3600}))
        url = outside.answer("/x", reply(403, {"type": "ApiLoginExpired"}), reply(200, {"ok": 1}))
        assert session.request("GET", url, explain=lambda answer: TokenExpired()).json() == {"ok": 1}

    def test_a_renewed_token_that_is_refused_too_needs_a_person(self, session, connection, outside):
        outside.answer("/token", reply(200, {"access_token": "second-access-token", "expires_in": 3600}))
        with pytest.raises(NeedsReconnect):
            session.request("GET", outside.answer("/x", reply(401)))
        assert len(outside.calls("/x")) == 2
        assert len(outside.calls("/token")) == 1
        assert Connection.objects.get().status == ConnectionStatus.NEEDS_REAUTH
        assert Alert.objects.filter(code="needs_reconnect", resolved_at=None).count() == 1


class TestShortBudget:
    @pytest.fixture
    def lodge(self, outside, monkeypatch):
        limit = RateLimit(calls=15, period=timedelta(seconds=10))
        return install_lodge(monkeypatch, outside.url, rate_limit=limit)

    def test_429_without_a_time_waits_one_period(self, session, outside):
        before = timezone.now()
        with pytest.raises(RateLimited) as caught:
            session.request("GET", outside.answer("/x", reply(429)))
        assert before <= caught.value.until - timedelta(seconds=10) <= timezone.now()


class TestBudget:
    @pytest.fixture
    def lodge(self, outside, monkeypatch):
        return install_lodge(
            monkeypatch, outside.url, rate_limit=RateLimit(calls=3, period=timedelta(minutes=5))
        )

    def test_a_call_over_the_budget_is_not_made(self, session, outside):
        url = outside.answer("/x", reply())
        for _ in range(3):
            session.request("GET", url)
        oldest = Exchange.objects.earliest("at").at
        with pytest.raises(RateLimited) as caught:
            session.request("GET", url)
        assert caught.value.until == oldest + timedelta(minutes=5) + exchanges.SLOWEST_WAY
        assert len(outside.seen) == 3

    def test_calls_leave_the_budget_with_time(self, session, outside):
        url = outside.answer("/x", reply())
        for _ in range(3):
            session.request("GET", url)
        Exchange.objects.filter(pk=Exchange.objects.earliest("at").pk).update(
            at=timezone.now() - timedelta(minutes=5, seconds=1)
        )
        session.request("GET", url)
        assert len(outside.seen) == 4

    def test_failed_calls_count(self, session, outside):
        with pytest.raises(Unreachable):
            session.request("GET", outside.answer("/x", reply(500)))
        with pytest.raises(RateLimited):
            session.request("GET", outside.answer("/y", reply()))

    def test_another_connection_and_the_application_have_budgets_of_their_own(
        self, session, anonymous, outside, other_hotel
    ):
        url = outside.answer("/x", reply())
        for _ in range(3):
            session.request("GET", url)
            anonymous.request("GET", url, bearer=None)
        session_for(connect(other_hotel)).request("GET", url)
        with pytest.raises(RateLimited):
            anonymous.request("GET", url, bearer=None)


class TestRecords:
    def test_every_call_leaves_a_row(self, session, connection, outside):
        url = outside.answer("/x", reply(200, b"12345", X_Request_Id="abc-1"))
        session.request("POST", url)
        row = Exchange.objects.get()
        assert (row.connection, row.hotel, row.provider) == (connection, connection.hotel, "lodge")
        assert (row.method, row.url, row.status, row.size) == ("POST", url, 200, 5)
        assert (row.request_id, row.error) == ("abc-1", "")

    def test_a_failed_call_leaves_a_row_that_says_why(self, session, outside, settings):
        settings.OUTSIDE_MAX_BYTES = 3
        with pytest.raises(ProtocolBroken):
            session.request("GET", outside.answer("/x", reply(200, b"12345")))
        row = Exchange.objects.get()
        assert (row.status, row.error) == (200, "protocol_broken: the answer is too large")

    def test_every_try_leaves_a_row(self, session, outside):
        session.request("GET", outside.answer("/x", reply(503), reply()))
        assert list(Exchange.objects.order_by("pk").values_list("status", flat=True)) == [503, 200]

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("https://api.example/a/1?page=2&size=50", "https://api.example/a/1?page=2&size=50"),
            ("https://api.example/a?q=Mara", "https://api.example/a?q=[hidden]"),
            (
                "https://api.example/a?access_token=abc&page=1",
                "https://api.example/a?access_token=[hidden]&page=1",
            ),
            ("https://me:word@api.example:8443/a", "https://api.example:8443/a"),
            (
                "https://x.example/ical/9f86d081884c7d659a2feaa0c55ad015.ics",
                "https://x.example/ical/[hidden].ics",
            ),
            ("https://x.example/hooks/lodge/short/", "https://x.example/hooks/lodge/[hidden]/"),
            ("https://x.example/reservation/filter/4400123", "https://x.example/reservation/filter/4400123"),
        ],
    )
    def test_an_address_is_shown_without_its_secrets(self, url, shown):
        assert exchanges.shown_url(url) == shown

    def test_no_secret_is_in_a_row_a_log_or_an_error(self, session, connection, outside, caplog):
        caplog.set_level(logging.DEBUG)
        token, new = "first-access-token", "second-access-token"
        secrets = [token, new, "first-refresh-token", "second-refresh-token", "the-secret-of-the-application"]
        outside.answer(
            "/token",
            reply(200, {"access_token": new, "refresh_token": "second-refresh-token", "expires_in": 3600}),
        )
        echo = f"the token {token} or {new} with the-secret-of-the-application is wrong"
        url = outside.answer("/x", reply(401, {"message": echo}), reply(400, {"message": echo}))
        with pytest.raises(Rejected) as caught:
            session.request("GET", url, params={"access_token": token, "key": new})
        told = [
            str(caught.value),
            repr(caught.value),
            caught.value.detail,
            repr(session),
            repr(session.application),
        ]
        told += [record.getMessage() + str(record.__dict__) for record in caplog.records]
        told += [str(row) for row in Exchange.objects.values()]
        assert "outside_call" in caplog.text
        assert Exchange.objects.count() == 3
        assert not [secret for secret in secrets for text in told if secret in text]
