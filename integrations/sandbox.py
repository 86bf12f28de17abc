"""A harness for local servers that speak a provider's protocol, with the standard library alone.

A provider writes a `Sandbox` subclass in its `sandbox.py` and names it `SANDBOX`; `SandboxServer` mounts any
number of them in one process under `/<slug>/`. Tests start the same server that `manage.py sandbox` runs.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import pkgutil
import re
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import ClassVar, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from integrations.sandbox_http import (
    Request,
    Response,
    RouteKind,
    collect_routes,
    json_response,
    page_response,
    redirect_response,
    route,
    text_response,
)

__all__ = [
    "RecordedRequest",
    "Request",
    "Response",
    "Sandbox",
    "SandboxServer",
    "find_sandbox_classes",
    "json_response",
    "page_response",
    "redirect_response",
    "route",
    "text_response",
]

logger = logging.getLogger(__name__)

MAXIMUM_BODY_BYTES = 1024 * 1024
RECORDED_REQUESTS = 1000
RECORDED_BODY_CHARACTERS = 20_000
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class RecordedRequest:
    """What arrived, for tests that count calls. Authorization shows its last four characters only."""

    method: str
    path: str
    query: dict[str, list[str]]
    form: dict[str, str]
    body: str
    headers: dict[str, str]


@dataclass
class FailureSwitch:
    remaining: int
    status: int
    body: str | None
    path_part: str


class Sandbox:
    """Base of one provider's local server: routes, a lock around the state, failure switches, a recorder."""

    slug: ClassVar[str] = ""
    title: ClassVar[str] = ""
    control_path: ClassVar[str] = "/"

    def __init__(self, *, public_url: str = "") -> None:
        """`public_url` replaces the request's address where the sandbox writes links to itself."""
        self.public_url = public_url.rstrip("/")
        self.lock = threading.RLock()
        self._switch_lock = threading.Lock()
        self._switches: list[FailureSwitch] = []
        self._slow_seconds = 0.0
        self._stopping = threading.Event()
        self._recorded: deque[RecordedRequest] = deque(maxlen=RECORDED_REQUESTS)
        self._routes = collect_routes(type(self))

    # -- what a provider's sandbox overrides ---------------------------------------------------------------

    def reset(self) -> None:
        """Return to the state of a fresh start: data, grants, switches and the record of requests."""
        self.clear_switches()
        self.clear_requests()

    def start(self) -> None:
        """Start background work; called when the server starts. May be called again after `stop`."""
        self._stopping.clear()

    def stop(self) -> None:
        """Stop background work; called when the server stops."""
        self._stopping.set()

    def failure_body(self, status: int) -> tuple[str, str]:
        """Return (content type, body) for a failure switch that names no body of its own."""
        return ("text/plain; charset=utf-8", f"The sandbox was told to answer {status}.\n")

    def not_found(self, request: Request) -> Response:
        return text_response("Not found\n", 404)

    # -- switches ------------------------------------------------------------------------------------------

    def fail_next(
        self, n: int = 1, status: int = 500, body: str | None = None, *, path_part: str = ""
    ) -> None:
        """Answer the next `n` API calls whose path contains `path_part` with `status` and `body`.

        Status 0 closes the connection without an answer. Several switches queue up.
        """
        with self._switch_lock:
            self._switches.append(FailureSwitch(n, status, body, path_part))

    def slow(self, seconds: float) -> None:
        """Let every API call wait that long before it is answered, until set to 0."""
        with self._switch_lock:
            self._slow_seconds = max(0.0, seconds)

    def clear_switches(self) -> None:
        with self._switch_lock:
            self._switches.clear()
            self._slow_seconds = 0.0

    @property
    def slow_seconds(self) -> float:
        return self._slow_seconds

    @property
    def failures_left(self) -> int:
        with self._switch_lock:
            return sum(switch.remaining for switch in self._switches)

    def _take_failure(self, path: str) -> FailureSwitch | None:
        with self._switch_lock:
            for switch in self._switches:
                if switch.path_part in path:
                    switch.remaining -= 1
                    if switch.remaining <= 0:
                        self._switches.remove(switch)
                    return switch
        return None

    # -- the record of requests ----------------------------------------------------------------------------

    def requests(self, method: str = "", path_part: str = "") -> list[RecordedRequest]:
        """Return the recorded requests, oldest first, narrowed by method and by a part of the path."""
        with self._switch_lock:
            recorded = list(self._recorded)
        return [r for r in recorded if method in ("", r.method) and path_part in r.path]

    def clear_requests(self) -> None:
        with self._switch_lock:
            self._recorded.clear()

    def _record(self, request: Request) -> None:
        headers = dict(request.headers)
        if "authorization" in headers:
            headers["authorization"] = "…" + headers["authorization"][-4:]
        query: dict[str, list[str]] = {}
        for key, value in request.query:
            query.setdefault(key, []).append(value)
        body = request.body[:RECORDED_BODY_CHARACTERS].decode("utf-8", "replace")
        recorded = RecordedRequest(request.method, request.path, query, request.form(), body, headers)
        with self._switch_lock:
            self._recorded.append(recorded)

    # -- one request ---------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """Return the answer to one request; the only door the server uses."""
        wanted = "GET" if request.method == "HEAD" else request.method
        matches = [(r, m) for r in self._routes if (m := r.expression.fullmatch(request.path))]
        chosen = next(((r, m) for r, m in matches if r.method == wanted), None)
        kind: RouteKind = chosen[0].kind if chosen else "api"
        if kind != "control":
            self._record(request)
        if kind == "api":
            if self._slow_seconds:
                self._stopping.wait(self._slow_seconds)
            if switch := self._take_failure(request.path):
                if switch.body is not None:
                    return Response(
                        switch.status, switch.body.encode(), {"Content-Type": _guess_type(switch.body)}
                    )
                content_type, body = self.failure_body(switch.status)
                return Response(switch.status, body.encode(), {"Content-Type": content_type})
        if chosen is None:
            return text_response("Method not allowed\n", 405) if matches else self.not_found(request)
        found, match = chosen
        request.parameters.update({key: unquote(value) for key, value in match.groupdict().items()})
        with self.lock:
            response: Response = getattr(self, found.handler_name)(request)
            return response


def _guess_type(body: str) -> str:
    return "application/json" if body[:1] in ("{", "[") else "text/plain; charset=utf-8"


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    mounts: dict[str, Sandbox]

    def server_bind(self) -> None:
        # HTTPServer asks the name service for its own name here, which can hang on a machine without one.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = (str(self.server_address[0]), int(self.server_address[1]))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "LlaveroSandbox"
    sys_version = ""
    timeout = 30
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Listener

    def log_message(self, format: str, *arguments: object) -> None:
        pass

    def _answer(self) -> None:
        body = self._read_body()
        if body is None:
            return
        try:
            response = self._dispatch(body)
        except Exception:
            logger.exception("sandbox handler failed for %s", self.path.partition("?")[0])
            response = text_response(
                "The sandbox itself failed on this request; its log has the details.\n", 500
            )
        self._send(response)

    def _read_body(self) -> bytes | None:
        if self.headers.get("Transfer-Encoding"):
            self._refuse(411)
            return None
        length = self.headers.get("Content-Length") or "0"
        if not length.isascii() or not length.isdigit():
            self._refuse(400)
            return None
        if int(length) > MAXIMUM_BODY_BYTES:
            self._refuse(413)
            return None
        return self.rfile.read(int(length))

    def _refuse(self, status: int) -> None:
        self.close_connection = True
        self._send(text_response(HTTPStatus(status).phrase + "\n", status))

    def _dispatch(self, body: bytes) -> Response:
        parts = urlsplit(self.path)
        host = self.headers.get("Host", "")
        if not re.fullmatch(r"[\w.:\[\]-]{1,255}", host):
            host = f"127.0.0.1:{self.server.server_port}"
        if parts.path == "/healthz":
            return json_response({"status": "ok", "sandboxes": sorted(self.server.mounts)})
        if parts.path == "/":
            return page_response(_index_page(self.server.mounts.values()))
        slug, slash, rest = parts.path.removeprefix("/").partition("/")
        sandbox = self.server.mounts.get(slug)
        if sandbox is None:
            return text_response("Not found\n", 404)
        if not slash:
            return redirect_response(f"/{slug}/")
        try:
            query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=2000)
        except ValueError:
            return text_response("Too many parameters\n", 400)
        headers = {key.lower(): value for key, value in self.headers.items()}
        base_url = sandbox.public_url or f"http://{host}/{slug}"
        return sandbox.handle(Request(self.command, "/" + rest, query, headers, body, base_url))

    def _send(self, response: Response) -> None:
        if response.status == 0:
            self.close_connection = True
            return
        self.send_response(response.status)
        for name, value in response.headers.items():
            # A header with a line break would let a caller write headers of their own.
            self.send_header(name, re.sub(r"[\r\n]+", " ", value))
        empty = response.status == 204 or response.status < 200
        if not empty:
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not empty and self.command != "HEAD":
            self.wfile.write(response.body)


for _method in METHODS:
    setattr(_Handler, f"do_{_method}", _Handler._answer)


def _index_page(sandboxes: Iterable[Sandbox]) -> str:
    rows = "".join(
        f'<li><a href="/{escape(s.slug)}{escape(s.control_path)}">{escape(s.title)}</a></li>'
        for s in sandboxes
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandboxes</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        "<style>body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}"
        "li{margin:.5rem 0}</style></head><body><main><h1>Sandboxes</h1>"
        "<p>Local servers that speak the protocols of the real systems. Everything is in memory.</p>"
        f"<ul>{rows}</ul></main></body></html>"
    )


class SandboxServer:
    """One HTTP server for any number of sandboxes, each under `/<slug>/`; also `/` (index) and `/healthz`."""

    def __init__(self, sandboxes: Iterable[Sandbox], host: str = "127.0.0.1", port: int = 0) -> None:
        """Bind at once (port 0 takes a free one); OSError when the port is taken."""
        self.sandboxes = list(sandboxes)
        self._listener = _Listener((host, port), _Handler)
        self._listener.mounts = {sandbox.slug: sandbox for sandbox in self.sandboxes}
        self.host, self.port = host, self._listener.server_port
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address without a slash at the end, such as `http://127.0.0.1:9000`."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> Self:
        """Serve in a daemon thread and return at once; requests are accepted from here on."""
        for sandbox in self.sandboxes:
            sandbox.start()
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def serve_forever(self) -> None:
        """Serve in this thread until an exception (KeyboardInterrupt) ends it, then close everything."""
        for sandbox in self.sandboxes:
            sandbox.start()
        try:
            self._listener.serve_forever(0.2)
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop serving and every sandbox's background work. Calling it twice does no harm."""
        if self._thread is not None:
            self._listener.shutdown()
            self._thread.join(timeout=5)
            self._thread = None
        for sandbox in self.sandboxes:
            sandbox.stop()
        self._listener.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()


def find_sandbox_classes(package_name: str = "integrations.providers") -> list[type[Sandbox]]:
    """Return the `SANDBOX` class of every provider folder that has a `sandbox.py`, sorted by folder name.

    A folder without one is skipped; a broken one raises, so that it cannot go unnoticed.
    """
    package = importlib.import_module(package_name)
    found: list[type[Sandbox]] = []
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        name = f"{package_name}.{module.name}.sandbox"
        if module.ispkg and not module.name.startswith("_") and importlib.util.find_spec(name):
            found.append(importlib.import_module(name).SANDBOX)
    return found
