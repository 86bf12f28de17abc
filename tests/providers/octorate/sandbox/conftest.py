"""A running Octorate sandbox with a clock that stands still, an API client and a webhook receiver."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from integrations.providers.octorate.sandbox import OctorateSandbox
from integrations.sandbox import SandboxServer

MONTH = 30 * 24 * 3600
CALLBACK = "http://127.0.0.1:8000/callback/octorate/"
APPLICATION = {"client_id": "llavero-demo", "client_secret": "llavero-demo-secret"}


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


class Client:
    """Plain HTTP calls below the sandbox's mount, with or without a token."""

    def __init__(self, mount: str, token: str = "") -> None:
        self.mount, self.token = mount, token

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Accept": "application/json", **options.pop("headers", {})}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        address = self.mount + (path if path.startswith("/oct") else f"/connect/rest{path}")
        options.setdefault("timeout", 10)
        return requests.request(method, address, headers=headers, allow_redirects=False, **options)  # noqa: S113

    def get(self, path: str, **query: Any) -> Any:
        response = self("GET", path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    def problem(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        """Return (status, type) of an answer that is an error."""
        response = self(method, path, **options)
        return response.status_code, response.json()["type"]


class Receiver:
    """A web server that keeps what is posted to it and answers with the next status of its list, then 200."""

    def __init__(self) -> None:
        self.envelopes: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.envelopes.append(json.loads(body))
                status = outer.statuses.pop(0) if outer.statuses else 200
                if status:
                    self.send_response(status)
                    if status == 302:
                        self.send_header("Location", outer.url)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                else:
                    outer.released.wait(10)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.released = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/one"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2031, 7, 10, 10, 0, tzinfo=UTC))


@pytest.fixture
def sandbox(clock: Clock) -> OctorateSandbox:
    return OctorateSandbox(clock=clock, webhook_retry_seconds=0.01, webhook_timeout=0.3, expires_in=MONTH)


@pytest.fixture
def mount(sandbox: OctorateSandbox) -> Iterator[str]:
    with SandboxServer([sandbox]) as server:
        yield f"{server.url}/octorate"


@pytest.fixture
def anonymous(mount: str) -> Client:
    return Client(mount)


@pytest.fixture
def tokens(sandbox: OctorateSandbox, anonymous: Client) -> dict[str, Any]:
    form = {
        **APPLICATION,
        "code": sandbox.issue_code(CALLBACK),
        "redirect_uri": CALLBACK,
        "grant_type": "code",
    }
    response = anonymous("POST", "/v1/identity/token", data=form)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture
def hotel(mount: str, tokens: dict[str, Any]) -> Client:
    """The API with the token of the hotel user's consent."""
    return Client(mount, tokens["access_token"])


@pytest.fixture
def application(mount: str, anonymous: Client) -> Client:
    """The API with the token of apilogin."""
    token = anonymous("POST", "/v1/identity/apilogin", data=APPLICATION).json()["access_token"]
    return Client(mount, token)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()
