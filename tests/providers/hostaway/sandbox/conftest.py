"""A running Hostaway sandbox with a clock that stands still, API clients and a webhook receiver."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from integrations.providers.hostaway.sandbox import HostawaySandbox
from integrations.sandbox import SandboxServer

PAIRS = {10001: "llavero-demo-secret", 10002: "another-demo-secret"}
TODAY = date(2031, 7, 10)


def day(offset: int) -> str:
    """The date so many days from today, as the API writes it."""
    return (TODAY + timedelta(days=offset)).isoformat()


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


class Client:
    """Plain HTTP calls below the sandbox's mount, with or without a token."""

    def __init__(self, mount: str, token: str = "", address: str = "") -> None:
        self.mount, self.token, self.address = mount, token, address

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.address:
            headers["X-Forwarded-For"] = self.address
        options.setdefault("timeout", 10)
        return requests.request(  # noqa: S113
            method, f"{self.mount}/v1{path}", headers=headers, allow_redirects=False, **options
        )

    def envelope(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Return the whole answer of a call that must succeed."""
        response = self(method, path, **options)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        assert body["status"] == "success"
        return body

    def get(self, path: str, **query: Any) -> Any:
        return self.envelope("GET", path, params=query)["result"]

    def put(self, path: str, body: object) -> Any:
        return self.envelope("PUT", path, json=body)["result"]

    def refusal(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        """Return the status and the sentence of an answer that is an error."""
        response = self(method, path, **options)
        body = response.json()
        assert body["status"] == "fail", body
        return response.status_code, body.get("message") or body["result"]


class Receiver:
    """A web server that keeps what is posted to it and answers with the next status of its list, then 200."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.logins: list[str] = []
        self.statuses: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.events.append(json.loads(body))
                outer.logins.append(self.headers.get("Authorization", ""))
                status = outer.statuses.pop(0) if outer.statuses else 200
                if not status:
                    outer.released.wait(10)
                    return
                answer = b"noted" if status == 200 else b"not noted"
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.released = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/hostaway/one"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2031, 7, 10, 10, 0, tzinfo=UTC))


@pytest.fixture
def sandbox(clock: Clock) -> HostawaySandbox:
    sandbox = HostawaySandbox(clock=clock)
    sandbox.lift_limits()
    sandbox.activation_seconds = 0
    sandbox.sender.retry_scale = 0.0001
    sandbox.sender.timeout = 0.3
    sandbox.sender.shuffle_seconds = 0.2
    return sandbox


@pytest.fixture
def mount(sandbox: HostawaySandbox) -> Iterator[str]:
    with SandboxServer([sandbox]) as server:
        yield f"{server.url}/hostaway"


@pytest.fixture
def anonymous(mount: str) -> Client:
    return Client(mount)


def token_form(account: int = 10001, **changes: str) -> dict[str, str]:
    """What the token call must carry."""
    pair = {"client_id": str(account), "client_secret": PAIRS[account]}
    return {"grant_type": "client_credentials", "scope": "general", **pair, **changes}


def sign_in(anonymous: Client, account: int = 10001) -> Client:
    answer = anonymous("POST", "/accessTokens", data=token_form(account)).json()
    return Client(anonymous.mount, answer["access_token"])


@pytest.fixture
def api(anonymous: Client) -> Client:
    """The API with a token of account 10001."""
    return sign_in(anonymous)


@pytest.fixture
def stranger(anonymous: Client) -> Client:
    """The API with a token of account 10002."""
    return sign_in(anonymous, 10002)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()
