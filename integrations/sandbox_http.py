"""Requests, responses and routes of the sandboxes: small values without a server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl

PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'"
)

# "api" routes are recorded and obey the failure switches, "page" routes are recorded,
# "control" routes are neither: the person who sets a switch must be able to take it back.
RouteKind = Literal["api", "page", "control"]


@dataclass(frozen=True)
class Request:
    """One request as a sandbox sees it; `path` is relative to the sandbox's mount and is percent-decoded."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    base_url: str
    parameters: dict[str, str] = field(default_factory=dict)

    def argument(self, name: str, default: str = "") -> str:
        """Return the first query value of that name."""
        return next((value for key, value in self.query if key == name), default)

    def arguments(self, name: str) -> list[str]:
        """Return every query value of that name, in the order given."""
        return [value for key, value in self.query if key == name]

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    def form(self) -> dict[str, str]:
        """Return the urlencoded body; the last value of a repeated name wins, broken bytes are replaced."""
        return dict(self.form_pairs())

    def form_pairs(self) -> list[tuple[str, str]]:
        if not self.header("content-type").startswith("application/x-www-form-urlencoded"):
            return []
        text = self.body.decode("utf-8", "replace")
        try:
            return parse_qsl(text, keep_blank_values=True, max_num_fields=200)
        except ValueError:
            return []

    def json(self) -> Any:
        """Return the JSON body; raises ValueError when it is not JSON or nested too deeply."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deeply") from None


@dataclass
class Response:
    """One answer. Status 0 closes the connection without a word, as a server that dies in the middle does."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def json_response(value: object, status: int = 200) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, body, {"Content-Type": "application/json"})


def text_response(text: str, status: int = 200) -> Response:
    return Response(status, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})


def page_response(page: str, status: int = 200) -> Response:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": PAGE_POLICY,
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    return Response(status, page.encode(), headers)


def redirect_response(address: str, status: int = 303) -> Response:
    return Response(status, b"", {"Location": address})


Handler = Callable[..., Response]


def route(method: str, pattern: str, kind: RouteKind = "api") -> Callable[[Handler], Handler]:
    """Mark a Sandbox method as the handler of `method` + `pattern`; `{name}` matches one segment."""

    def mark(handler: Handler) -> Handler:
        marks = [*getattr(handler, "sandbox_routes", ()), (method, pattern, kind)]
        handler.sandbox_routes = marks  # type: ignore[attr-defined]
        return handler

    return mark


@dataclass(frozen=True)
class Route:
    method: str
    expression: re.Pattern[str]
    kind: RouteKind
    handler_name: str


def collect_routes(sandbox_class: type) -> list[Route]:
    found: dict[tuple[str, str], Route] = {}
    for name in dir(sandbox_class):
        for method, pattern, kind in getattr(getattr(sandbox_class, name), "sandbox_routes", ()):
            parts = re.split(r"(\{\w+\})", pattern)
            expression = "".join(
                f"(?P<{p[1:-1]}>[^/]+)" if p.startswith("{") else re.escape(p) for p in parts
            )
            found[method, pattern] = Route(method, re.compile(expression), kind, name)
    # The more literal pattern wins: /subscription/list before /subscription/{id}.
    return [found[key] for key in sorted(found, key=lambda key: (key[1].count("{"), key[1]))]
