"""The Octorate sandbox's account: application, grants, tokens, quota, the door of every API call."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from integrations.providers.octorate.sandbox.seed import Seeder
from integrations.providers.octorate.sandbox.webhooks import Deliveries, Envelope
from integrations.providers.octorate.sandbox.wire import ApiProblemError, reservation_row
from integrations.providers.octorate.sandbox.world import Booking, World
from integrations.sandbox import Request, Response, Sandbox, json_response, text_response

DEFAULT_PERMISSIONS = {
    "accommodation": "READWRITE",
    "cardDetail": "NONE",
    "content": "NONE",
    "license": "NONE",
    "reservation": "READWRITE",
}
ERROR_TYPES = {
    401: "ApiKeyInvalid",
    403: "ApiQuotaException",
    404: "ApiResourceMissing",
    550: "ApiPartnerServerError",
}
LOOPBACK = ("127.0.0.1", "localhost")


@dataclass
class Grant:
    """One consent of the hotel user; `accommodations` None means everything the user can see."""

    refresh_token: str
    accommodations: tuple[str, ...] | None
    revoked: bool = False


@dataclass
class Token:
    """An access token; without a grant it belongs to the application (apilogin)."""

    value: str
    grant: Grant | None
    expires: datetime


@dataclass
class Code:
    redirect_uri: str
    accommodations: tuple[str, ...] | None
    expires: datetime


class OctorateCore(Sandbox):
    """State and rules shared by all groups of routes."""

    slug = "octorate"
    title = "Octorate"

    def __init__(
        self,
        *,
        client_id: str = "llavero-demo",
        client_secret: str = "llavero-demo-secret",  # noqa: S107 - the demo's well-known pair
        redirect_uris: Iterable[str] = (),
        expires_in: int = 3600,
        code_seconds: int = 60,
        quota: int = 5000,
        quota_seconds: int = 300,
        webhook_retry_seconds: float = 300,
        webhook_timeout: float = 3,
        merge_seconds: float = 0,
        stay_lists_cancelled: bool = False,
        seed: int = 7,
        public_url: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`quota` calls are allowed in `quota_seconds`; `merge_seconds` merges equal webhook contents (300 in
        real life, off here); `clock` returns an aware datetime and lets a test move time."""
        super().__init__(public_url=public_url)
        self.client_id, self.client_secret = client_id, client_secret
        self.initial_redirect_uris = list(redirect_uris)
        self.expires_in, self.code_seconds = expires_in, code_seconds
        self.quota, self.quota_seconds = quota, quota_seconds
        self.stay_lists_cancelled, self.seed, self.clock = (stay_lists_cancelled, seed, clock)
        self.deliveries = Deliveries(
            clock=clock,
            key=client_secret,
            retry_seconds=webhook_retry_seconds,
            timeout=webhook_timeout,
            merge_seconds=merge_seconds,
        )
        self._fill()

    def _fill(self) -> None:
        self._quota_used = 0
        self._quota_ends: datetime = self.clock() + timedelta(seconds=self.quota_seconds)
        self.world = World(self.clock)
        Seeder(self.world, self.seed).fill()
        self.redirect_uris = list(self.initial_redirect_uris)
        self.permissions = dict(DEFAULT_PERMISSIONS)
        self.codes: dict[str, Code] = {}
        self.grants: list[Grant] = []
        self.tokens: dict[str, Token] = {}

    def reset(self) -> None:
        """Return to a fresh start: new demo data; grants, tokens, subscriptions and switches are gone."""
        with self.lock:
            super().reset()
            self.deliveries.clear()
            self._fill()

    def start(self) -> None:
        super().start()
        self.deliveries.start()

    def stop(self) -> None:
        super().stop()
        self.deliveries.stop()

    # -- answers -------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        try:
            response = super().handle(request)
        except ApiProblemError as problem:
            response = json_response(problem.body, problem.status)
        if request.path.startswith("/connect/"):
            response.headers.setdefault("X-RateLimit-Remaining", str(self.quota_left()))
            response.headers.setdefault("request-id", secrets.token_hex(16))
        return response

    def failure_body(self, status: int) -> tuple[str, str]:
        kind = ERROR_TYPES.get(status, "InternalServerError" if status >= 500 else "ApiParamsExemption")
        message = f"The sandbox was told to answer {status}"
        return "application/json", json.dumps({"type": kind, "message": message, "nested": []})

    def not_found(self, request: Request) -> Response:
        return text_response("The requested resource is not available\n", 404)

    # -- access --------------------------------------------------------------------------------------------

    def new_token(self, grant: Grant | None) -> Token:
        token = Token(secrets.token_urlsafe(24), grant, self.clock() + timedelta(seconds=self.expires_in))
        self.tokens[token.value] = token
        return token

    def opened_places(self, grant: Grant) -> list[str]:
        """Return the ids of the properties a grant opens; none when it was revoked."""
        if grant.revoked:
            return []
        return [n for n in self.world.places if grant.accommodations is None or n in grant.accommodations]

    def authenticate(self, request: Request) -> Token:
        """Return the token of an API call or raise the ApiProblemError that the real service answers with."""
        scheme, _, value = request.header("authorization").partition(" ")
        if scheme.lower() != "bearer" or not value:
            raise ApiProblemError(401, "ApiKeyMissing", "No access token was given")
        token = self.tokens.get(value.strip())
        if token is None:
            raise ApiProblemError(401, "ApiKeyInvalid", "The access token is not known")
        if token.expires <= self.clock():
            raise ApiProblemError(403, "ApiLoginExpired", "The access token has expired")
        if request.method == "GET" and request.header("content-type"):
            raise ApiProblemError(
                400, "ApiParamsExemption", "A GET request has no content type", "Content-Type"
            )
        self.take_quota(1)
        return token

    def authorize(self, request: Request, accommodation: str, *, write: str = "") -> Token:
        """Return the token if its grant opens that property; `write` names the permission needed."""
        token = self.authenticate(request)
        if token.grant is None or accommodation not in self.opened_places(token.grant):
            raise ApiProblemError(403, "ApiSecurityException", "No grant on this property", "accommodation")
        if write and self.permissions[write] != "READWRITE":
            raise ApiProblemError(
                403, "ApiSecurityException", f"The application may not write: {write}", write
            )
        return token

    def authorize_application(self, request: Request) -> None:
        """Let only a token of apilogin pass."""
        if self.authenticate(request).grant is not None:
            raise ApiProblemError(403, "ApiSecurityException", "This call needs the token of the application")

    def redirect_is_allowed(self, address: str) -> bool:
        """Return whether consent may redirect there: whitelisted https, or this machine's own http."""
        if not address.isascii() or not address.isprintable() or " " in address or "\\" in address:
            return False
        try:
            parts = urlsplit(address)
            if parts.username or parts.password or parts.fragment:
                return False
            local = parts.scheme == "http" and parts.hostname in LOOPBACK and parts.port != 0
        except ValueError:
            return False
        return local or (parts.scheme == "https" and address in self.redirect_uris)

    # -- quota ---------------------------------------------------------------------------------------------

    def _renew_quota(self) -> None:
        if self.clock() >= self._quota_ends:
            self._quota_used = 0
            self._quota_ends = self.clock() + timedelta(seconds=self.quota_seconds)

    def quota_left(self) -> int:
        with self.lock:
            self._renew_quota()
            return max(0, self.quota - self._quota_used)

    def take_quota(self, calls: int) -> None:
        if self.quota_left() < calls:
            raise ApiProblemError(403, "ApiQuotaException", "No calls are left in this time window")
        self._quota_used += calls

    def exhaust_quota(self) -> None:
        """Use up what is left of the quota until its window ends or `restore_quota` is called."""
        with self.lock:
            self._renew_quota()
            self._quota_used = self.quota

    def restore_quota(self) -> None:
        with self.lock:
            self._quota_used = 0
            self._quota_ends = self.clock() + timedelta(seconds=self.quota_seconds)

    # -- events --------------------------------------------------------------------------------------------

    def changed(self, booking: Booking, event: str) -> list[Envelope]:
        """Queue the webhook of a change with the booking as it is now."""
        # GUESS: only RESERVATION_CREATED carries the property's id alone, as the one official example does.
        row = reservation_row(self.world, booking, brief_place=event == "RESERVATION_CREATED")
        content = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        return self.deliveries.emit(event, str(booking.id), content)

    def row(self, booking: Booking) -> dict[str, Any]:
        return reservation_row(self.world, booking)
