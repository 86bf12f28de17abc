"""The door of the Hostaway sandbox: access tokens, rate limits, the envelope of answers, events."""

from __future__ import annotations

import base64
import json
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.providers.hostaway.sandbox.seed import fill_world
from integrations.providers.hostaway.sandbox.webhooks import WebhookSender
from integrations.providers.hostaway.sandbox.wire import (
    PARTIAL_KEYS,
    ApiProblemError,
    failure,
    reservation_row,
)
from integrations.providers.hostaway.sandbox.world import Account, Listing, RefusedError, Reservation, World
from integrations.sandbox import Request, Response, Sandbox, json_response, route

MONTHS_24 = 63_072_000


@dataclass
class Token:
    value: str
    account: int
    usable_from: datetime
    expires: datetime
    revoked: bool = False


class HostawayCore(Sandbox):
    """State and rules that all groups of routes share."""

    slug = "hostaway"
    title = "Hostaway"

    def __init__(
        self, *, public_url: str = "", clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`clock` returns an aware datetime and lets a test move time. The attributes set here may be changed at any
        time and outlive `reset`: `activation_seconds` (how long a new token is refused), `expires_in`, the limits of
        calls in `limit_seconds` (0: no limit), and what `sender` has (retry_scale, timeout, shuffle_seconds)."""
        super().__init__(public_url=public_url)
        self.clock = clock
        self.activation_seconds = 1.0
        self.expires_in = MONTHS_24
        self.ip_limit = 15
        self.account_limit = 20
        self.limit_seconds = 10.0
        #: The longest page of a list; what the real service allows is not documented.
        self.maximum_limit = 500  # GUESS
        self.partial_webhooks = False
        self.sender = WebhookSender(clock)
        self._fill()

    def _fill(self) -> None:
        self.world = World(self.clock)
        fill_world(self.world)
        self.tokens: dict[str, Token] = {}
        self._calls: dict[str, deque[datetime]] = {}
        self._quota_returns: datetime | None = None

    def reset(self) -> None:
        """Return to a fresh start: new demo data; tokens, subscriptions and switches are gone."""
        with self.lock:
            super().reset()
            self.sender.clear()
            self._fill()

    def start(self) -> None:
        super().start()
        self.sender.start()

    def stop(self) -> None:
        super().stop()
        self.sender.stop()

    def clear_switches(self) -> None:
        """Take back every failure switch, those of webhooks and of the rate limit too."""
        super().clear_switches()
        self.duplicate_webhooks = self.shuffle_webhooks = self.partial_webhooks = False
        self.restore_quota()

    # -- answers -------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        try:
            return super().handle(request)
        except ApiProblemError as problem:
            return json_response(problem.body, problem.status)
        except RefusedError as refusal:
            return json_response(failure(400, str(refusal)), 400)

    def failure_body(self, status: int) -> tuple[str, str]:
        return "application/json", json.dumps(failure(status, f"The sandbox was told to answer {status}"))

    def not_found(self, request: Request) -> Response:
        return json_response(failure(404, "There is no such address"), 404)

    def success(self, result: object, **paging: object) -> Response:
        return json_response({"status": "success", "result": result, **paging})

    # -- rate limits ---------------------------------------------------------------------------------------

    def lift_limits(self) -> None:
        """Allow any number of calls, for a bench."""
        self.ip_limit = self.account_limit = 0

    def exhaust_quota(self) -> None:
        """Refuse every call with 429 until a window of the limit has passed or `restore_quota` is called."""
        self._quota_returns = self.clock() + timedelta(seconds=self.limit_seconds)

    def restore_quota(self) -> None:
        self._quota_returns = None
        self._calls = {}

    def _count_call(self, key: str, limit: int) -> None:
        """Raise the answer 429 when `key` has used its calls of this window."""
        now = self.clock()
        if self._quota_returns and now < self._quota_returns:
            raise ApiProblemError(429, "Too many requests. Please slow down.")
        if not limit:
            return
        calls = self._calls.setdefault(key, deque())
        while calls and calls[0] <= now - timedelta(seconds=self.limit_seconds):
            calls.popleft()
        # GUESS: a refused call does not count.
        if len(calls) >= limit:
            raise ApiProblemError(429, "Too many requests. Please slow down.")
        calls.append(now)

    def _count_address(self, request: Request) -> None:
        # The harness does not know who calls; a test that plays several servers names them in this header.
        address = request.header("x-forwarded-for").partition(",")[0].strip() or "this machine"
        self._count_call(f"address {address}", self.ip_limit)

    # -- tokens --------------------------------------------------------------------------------------------

    @route("POST", "/v1/accessTokens")
    def issue_token(self, request: Request) -> Response:
        """Answer bare, without the envelope."""
        self._count_address(request)
        form = request.form()
        if form.get("grant_type") != "client_credentials" or form.get("scope") != "general":
            return _refused_token(400, "invalid_request", "grant_type and scope are required")
        account = self._account_of(form.get("client_id", ""))
        if account is None or not secrets.compare_digest(
            account.secret.encode(), form.get("client_secret", "").encode()
        ):
            return _refused_token(401, "invalid_client", "Client authentication failed")
        token = self.new_token(account.id)
        return json_response(
            {"token_type": "Bearer", "expires_in": self.expires_in, "access_token": token.value}
        )

    def _account_of(self, number: str) -> Account | None:
        return self.world.accounts.get(whole(number))

    @route("DELETE", "/v1/accessTokens")
    def revoke_token(self, request: Request) -> Response:
        # GUESS: the token in the address is enough, no Authorization is needed.
        self._count_address(request)
        token = self.tokens.get(request.argument("token"))
        if token is not None:
            token.revoked = True
        return self.success([])

    def new_token(self, account: int) -> Token:
        """Return a token of that account, usable after `activation_seconds`; it only looks like a real one."""
        now = self.clock()
        parts = (
            {"typ": "JWT", "alg": "sandbox"},
            {"aud": str(account), "jti": secrets.token_hex(16), "iat": int(now.timestamp())},
        )
        value = ".".join(
            [*(_encoded(json.dumps(part).encode()) for part in parts), secrets.token_urlsafe(24)]
        )
        token = Token(
            value,
            account,
            now + timedelta(seconds=self.activation_seconds),
            now + timedelta(seconds=self.expires_in),
        )
        self.tokens[value] = token
        return token

    def expire_tokens(self) -> int:
        """Let every access token expire now; return how many were alive."""
        with self.lock:
            now = self.clock()
            alive = [token for token in self.tokens.values() if token.expires > now and not token.revoked]
            for token in alive:
                token.expires = now
            return len(alive)

    def change_secret(self, account: int, secret: str) -> None:
        """Give the account another secret and end its tokens, as a customer does on the dashboard."""
        with self.lock:
            self.world.accounts[account].secret = secret
            for token in self.tokens.values():
                token.revoked = token.revoked or token.account == account

    def authenticate(self, request: Request) -> int:
        """Return the account that a data call belongs to; raise 403 for a bad token and 429 over a limit."""
        self._count_address(request)
        scheme, _, value = request.header("authorization").partition(" ")
        token = self.tokens.get(value.strip())
        now = self.clock()
        if scheme.lower() != "bearer" or token is None or token.revoked or token.expires <= now:
            raise ApiProblemError(403, "The access token is missing, expired or revoked")
        if now < token.usable_from:
            raise ApiProblemError(403, "The access token is not active yet")
        self._count_call(f"account {token.account}", self.account_limit)
        return token.account

    # -- what an account may see ---------------------------------------------------------------------------

    def own_listing(self, account: int, text: str) -> Listing:
        """Return the listing of that number; 404 without one, 403 when it is another account's."""
        listing = self.world.listings.get(whole(text))
        if listing is None:
            raise ApiProblemError(404, "Listing not found")
        if listing.account != account:
            raise ApiProblemError(403, "No access to this listing")
        return listing

    def own_reservation(self, account: int, text: str) -> Reservation:
        reservation = self.world.reservations.get(whole(text))
        if reservation is None:
            raise ApiProblemError(404, "Reservation not found")
        self.own_listing(account, str(reservation.listing))
        return reservation

    # -- events --------------------------------------------------------------------------------------------

    @property
    def duplicate_webhooks(self) -> bool:
        """Whether every event is delivered twice."""
        return self.sender.duplicate

    @duplicate_webhooks.setter
    def duplicate_webhooks(self, value: bool) -> None:
        self.sender.duplicate = value

    @property
    def shuffle_webhooks(self) -> bool:
        """Whether events wait a moment for later ones, which then arrive before them."""
        return self.sender.shuffle

    @shuffle_webhooks.setter
    def shuffle_webhooks(self, value: bool) -> None:
        self.sender.shuffle = value

    def announce(self, reservation: Reservation, event: str) -> None:
        """Queue the webhook of a change with the reservation as it is now, or with a part of it."""
        # GUESS: `data` is the reservation as a list shows it, so without its units.
        data = reservation_row(self.world, reservation)
        if self.partial_webhooks:
            data = {key: data[key] for key in PARTIAL_KEYS}
        account = self.world.listings[reservation.listing].account
        self.sender.emit(account, event, "reservation", reservation.id, reservation.listing, data)

    def row(self, reservation: Reservation) -> dict[str, Any]:
        """Return the reservation as the API shows it with everything."""
        return reservation_row(self.world, reservation, resources=True, policy=True)


def whole(text: str) -> int:
    """Return a number from a path or query; -1, which names nothing, when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _refused_token(status: int, error: str, message: str) -> Response:
    # GUESS: the body of a refusal is not documented; this is the usual one of OAuth.
    return json_response({"error": error, "error_description": message, "message": message}, status)
