"""The outside world of these tests: a real server on this machine that does whatever a test scripts, and a provider
that lives there."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db import close_old_connections, connections
from django.utils import timezone

from integrations import registry
from integrations.contracts import (
    Application,
    Capability,
    Category,
    Declaration,
    ExternalProperty,
    Field,
    RateLimit,
    Tokens,
)
from integrations.http import ProviderSession
from integrations.models import Connection, ConnectionStatus
from integrations.token_answers import read_tokens

Reply = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that a test broke on purpose is no news."""


class Outside:
    """A server on 127.0.0.1. ``answer`` scripts a path: one reply per call, the last one for all that follow."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self.closing = threading.Event()
        self._replies: dict[str, list[Reply]] = {}
        self._lock = threading.Lock()
        outside = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                outside._serve(self)

            def log_message(self, *args: Any) -> None:
                pass

        for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"):
            setattr(Handler, f"do_{method}", Handler._any)
        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, path: str, *replies: Reply) -> str:
        self._replies[path] = list(replies)
        return self.url + path

    def calls(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._lock:
            self.seen.append(Seen(handler.command, parts.path, parse_qs(parts.query), headers, body))
            replies = self._replies.get(parts.path) or [reply(404)]
            chosen = replies.pop(0) if len(replies) > 1 else replies[0]
        try:
            chosen(handler)
        except OSError:
            handler.close_connection = True

    def __enter__(self) -> Outside:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def reply(status: int = 200, body: Any = b"", **headers: str) -> Reply:
    """An ordinary answer; anything but bytes is sent as JSON. ``Retry_After="3"`` becomes ``Retry-After: 3``."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(content)

    return send


class LodgeProvider:
    """A small provider whose endpoints are an :class:`Outside`: ``/consent``, ``/token``, ``/places``."""

    def __init__(self, base: str, *, rate_limit: RateLimit | None = None) -> None:
        self.declaration = Declaration(
            slug="lodge",
            name="Lodge",
            category=Category.CHANNEL_MANAGER,
            summary="A provider of the tests.",
            capabilities=frozenset(
                {
                    Capability.AUTHORIZE,
                    Capability.EXCHANGE_CODE,
                    Capability.REFRESH_TOKEN,
                    Capability.DISCOVER,
                }
            ),
            application_fields=(
                Field("client_id", "Client id"),
                Field("client_secret", "Client secret", secret=True),
            ),
            urls={"api": base},
            rate_limit=rate_limit,
            application_webhook=True,
        )

    def authorize(self, application: Application, *, state: str, redirect_uri: str) -> str:
        query = {
            "client_id": application.credentials["client_id"],
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return f"{application.urls['api']}/consent?{urlencode(query)}"

    def exchange_code(
        self, session: ProviderSession, application: Application, *, code: str, redirect_uri: str
    ) -> Tokens:
        return self._tokens(session, code=code, redirect_uri=redirect_uri, grant_type="authorization_code")

    def refresh_token(
        self, session: ProviderSession, application: Application, *, refresh_token: str
    ) -> Tokens:
        return self._tokens(session, refresh_token=refresh_token, grant_type="refresh_token")

    def discover(self, session: ProviderSession) -> Sequence[ExternalProperty]:
        places = session.request("GET", session.urls["api"] + "/places").json()
        return [ExternalProperty(ref=place["ref"], name=place["name"]) for place in places]

    def _tokens(self, session: ProviderSession, **form: str) -> Tokens:
        asked_at = timezone.now()
        answer = session.request(
            "POST",
            session.urls["api"] + "/token",
            data={**session.application.credentials, **form},
            bearer=None,
        )
        return read_tokens(answer, requested_at=asked_at)


def install_lodge(monkeypatch: pytest.MonkeyPatch, base: str, **declared: Any) -> LodgeProvider:
    """Put the provider into the registry, with an application in the environment."""
    provider = LodgeProvider(base, **declared)
    monkeypatch.setattr(registry, "all_providers", lambda: {"lodge": provider})
    monkeypatch.setenv("LODGE_CLIENT_ID", "llavero-at-lodge")
    monkeypatch.setenv("LODGE_CLIENT_SECRET", "the-secret-of-the-application")
    return provider


def connect(
    hotel: Any, *, access: str = "first-access-token", seconds: float = 3600, **fields: Any
) -> Connection:
    """A connected account whose access token lives ``seconds`` from now."""
    now = timezone.now()
    credentials = {
        "access_token": access,
        "refresh_token": "first-refresh-token",
        "obtained_at": now.isoformat(),
    }
    values = {
        "hotel": hotel,
        "provider": "lodge",
        "name": "Lodge",
        "status": ConnectionStatus.CONNECTED,
        "status_since": now,
        "credentials": credentials,
        "token_version": 1,
        "token_expires_at": now + timedelta(seconds=seconds),
    }
    return Connection.objects.create(**{**values, **fields})


def all_at_once(work: Callable[[], Any], workers: int) -> list[Any]:
    """The results of ``work`` done by that many threads started together; an exception is a result, too."""
    ready = threading.Barrier(workers)
    results: list[Any] = []

    def run() -> None:
        close_old_connections()
        try:
            ready.wait(20)
            results.append(work())
        except Exception as failure:
            results.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return results
