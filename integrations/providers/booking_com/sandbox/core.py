"""The Booking.com sandbox's door: machine accounts, tokens, call limits, the clock and the failure switches."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from integrations.providers.booking_com.sandbox.calendar import Calendar
from integrations.providers.booking_com.sandbox.seed import ACCOUNTS, fill
from integrations.providers.booking_com.sandbox.wire import (
    RefusedCall,
    auth,
    fault,
    new_ruid,
    ota_answer,
)
from integrations.providers.booking_com.sandbox.world import Account, FallbackMail, World
from integrations.sandbox import Request, Response, Sandbox, json_response

EXCHANGE = "/token-based-authentication/exchange"
ISSUER = "urn://connectivity-modern-auth/v1"
ERROR_PAGE = (
    b"<!DOCTYPE html><html><head><title>Oops</title></head><body><h1>We'll be right back</h1><br></html>"
)
HOSTS = ("/auth/", "/supply/", "/secure/")


@dataclass
class Token:
    account: Account
    expires: datetime


@dataclass
class Spoiling:
    """A switch that spoils answers although nothing is wrong with the calls."""

    kind: str
    remaining: int
    path_part: str


class BookingCore(Sandbox):
    """State and rules shared by all groups of routes."""

    slug = "booking_com"
    title = "Booking.com"

    # The options of the constructor; whoever changes one gets the old value back with `reset`.
    token_seconds: int
    tokens_per_hour: int
    calls_per_minute: int
    page_size: int
    patience_minutes: int
    # GUESS: whether a message leaves its queue with the fallback e-mail is not public; here it is a switch.
    timed_out_leaves_queue: bool
    room_level_guests: bool

    def __init__(
        self,
        *,
        accounts: Iterable[Account] = ACCOUNTS,
        token_seconds: int = 3600,
        tokens_per_hour: int = 30,
        calls_per_minute: int = 700,
        page_size: int = 200,
        patience_minutes: int = 30,
        timed_out_leaves_queue: bool = False,
        room_level_guests: bool = True,
        public_url: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`calls_per_minute` counts for each endpoint and account; `page_size` is the most reservations that
        one answer holds; `room_level_guests` tells adults from children; `clock` returns an aware datetime."""
        super().__init__(public_url=public_url)
        self.initial_accounts = tuple(accounts)
        self._options = {
            "token_seconds": token_seconds,
            "tokens_per_hour": tokens_per_hour,
            "calls_per_minute": calls_per_minute,
            "page_size": page_size,
            "patience_minutes": patience_minutes,
            "timed_out_leaves_queue": timed_out_leaves_queue,
            "room_level_guests": room_level_guests,
        }
        self.clock = clock
        self._fill()

    def _fill(self) -> None:
        for name, value in self._options.items():
            setattr(self, name, value)
        self._ahead = timedelta()
        self._key = secrets.token_bytes(32)
        self._spoilings: list[Spoiling] = []
        self._system_errors = 0
        self.accounts = {account.client_id: account for account in self.initial_accounts}
        self.tokens: dict[str, Token] = {}
        self.exchanges: dict[str, list[datetime]] = {}
        self.minutes: dict[tuple[str, str], tuple[datetime, int]] = {}
        self.world, self.stock = World(), Calendar()
        fill(self.world, self.stock, self.now())

    def reset(self) -> None:
        """Return to a fresh start: seeded bookings, calendar, options; tokens and the moved clock are gone."""
        with self.lock:
            super().reset()
            self._fill()

    # -- time ----------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return this instant in UTC, cut to the second, as the messages write it."""
        return (self.clock() + self._ahead).astimezone(UTC).replace(microsecond=0)

    def today(self, property: int) -> date:
        return self.now().astimezone(self.world.hotels[property].zone).date()

    def advance_clock(self, minutes: float) -> None:
        """Move the sandbox's clock forward: tokens age, and fallback e-mails fall due."""
        with self.lock:
            self._ahead += timedelta(minutes=max(0.0, minutes))
            self._send_mails()

    def fallback_mails(self) -> list[FallbackMail]:
        """Return the e-mails that went to properties because a message was not acknowledged in time."""
        with self.lock:
            self._send_mails()
            return list(self.world.mails)

    def _send_mails(self) -> None:
        patience = timedelta(minutes=self.patience_minutes)
        self.world.send_mails(self.now(), patience, drop=self.timed_out_leaves_queue)

    # -- switches ------------------------------------------------------------------------------------------

    def html_with_200(self, n: int = 1, *, path_part: str = "") -> None:
        """Answer the next `n` API calls with an HTML error page and status 200; nothing is done."""
        self._spoil("html", n, path_part)

    def empty_body(self, n: int = 1, *, path_part: str = "") -> None:
        """Answer the next `n` API calls with status 200 and nothing else; nothing is done."""
        self._spoil("empty", n, path_part)

    def truncated_xml(self, n: int = 1, *, path_part: str = "") -> None:
        """Do what the next `n` API calls ask for and cut their answers off in the middle."""
        self._spoil("truncated", n, path_part)

    def lose_next_acknowledgement_answer(self, n: int = 1) -> None:
        """Apply the next `n` acknowledgements and close the connection without an answer."""
        self._spoil("lost", n, "/OTA_HotelRes")

    def system_errors(self, n: int = 1) -> None:
        """Answer the next `n` parts of updates with "System error"; the parts beside them are applied."""
        with self.lock:
            self._system_errors += max(1, n)

    def take_system_error(self) -> bool:
        """Whether the part of an update that is read now meets a system error."""
        if self._system_errors:
            self._system_errors -= 1
            return True
        return False

    def _spoil(self, kind: str, n: int, path_part: str) -> None:
        with self.lock:
            self._spoilings.append(Spoiling(kind, max(1, n), path_part))

    def clear_switches(self) -> None:
        super().clear_switches()
        self._spoilings = []
        self._system_errors = 0

    @property
    def spoilings_left(self) -> int:
        with self.lock:
            return self._system_errors + sum(spoiling.remaining for spoiling in self._spoilings)

    def _take_spoiling(self, request: Request) -> str:
        for spoiling in self._spoilings:
            if spoiling.path_part in request.path and (spoiling.kind != "lost" or request.method == "POST"):
                spoiling.remaining -= 1
                if spoiling.remaining <= 0:
                    self._spoilings.remove(spoiling)
                return spoiling.kind
        return ""

    # -- answers -------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        if request.path == self.control_path or request.path.startswith("/control/"):
            with self.lock:
                self._send_mails()
            return super().handle(request)
        with self.lock:
            self._send_mails()
            spoiled = self._take_spoiling(request)
        if spoiled in ("html", "empty"):
            self._record(request)
            page = ERROR_PAGE if spoiled == "html" else b""
            return Response(200, page, {"Content-Type": "text/html; charset=utf-8"})
        try:
            response = super().handle(request)
        except RefusedCall as refused:
            response = self._refusal(bare_path(request.path), refused)
        if spoiled == "truncated":
            return Response(response.status, response.body[: len(response.body) * 2 // 3], response.headers)
        return Response(0) if spoiled == "lost" else response

    def _refusal(self, path: str, refused: RefusedCall) -> Response:
        if path == EXCHANGE:
            return json_response({"message": refused.text, "ruid": new_ruid()}, refused.status)
        if path.startswith("/connections-api/"):
            errors = [{"code": refused.code, "message": refused.text}]
            body = {"meta": {"ruid": new_ruid()}, "warnings": [], "errors": errors, "data": None}
            return json_response(body, refused.status)
        if path.startswith("/hotels/ota/"):
            name = path.rpartition("/")[2] + "RS"
            return ota_answer(name, self.stamp(), status=refused.status, errors=refused.items)
        return fault(refused.status, refused.text)

    def failure_body(self, status: int) -> tuple[str, str]:
        text = f"The sandbox was told to answer {status}"
        return "application/xml; charset=UTF-8", f'<fault code="{status}" string="{text}"/>\n'

    def stamp(self) -> str:
        return self.now().isoformat()

    # -- tokens --------------------------------------------------------------------------------------------

    def add_account(self, client_id: str, client_secret: str, properties: Iterable[int]) -> Account:
        """Let one more machine account in, or replace the one of that name."""
        with self.lock:
            account = Account(client_id, client_secret, tuple(properties))
            self.accounts[client_id] = account
            return account

    def expire_tokens(self) -> int:
        """End every token now; returns how many there were. The next call gets 401."""
        with self.lock:
            count = len(self.tokens)
            self.tokens.clear()
            return count

    @auth("POST", EXCHANGE)
    def exchange(self, request: Request) -> Response:
        try:
            asked = request.json()
        except ValueError:
            raise RefusedCall(400, "The request is not JSON.") from None
        if not isinstance(asked, dict):
            raise RefusedCall(400, "The request is not a JSON object.")
        client_id, secret = str(asked.get("client_id", "")), str(asked.get("client_secret", ""))
        account = self.accounts.get(client_id)
        expected = account.client_secret if account else ""
        if account is None or not hmac.compare_digest(secret.encode("utf-8", "replace"), expected.encode()):
            raise RefusedCall(401, "The client id or the client secret is wrong.")
        now = self.now()
        recent = [at for at in self.exchanges.get(client_id, []) if at > now - timedelta(hours=1)]
        if len(recent) >= self.tokens_per_hour:
            raise RefusedCall(429, "Too many tokens were asked for within an hour.")
        self.exchanges[client_id] = [*recent, now]
        self.tokens = {jwt: token for jwt, token in self.tokens.items() if token.expires > now}
        expires = now + timedelta(seconds=self.token_seconds)
        jwt = self._sign(client_id, now, expires)
        self.tokens[jwt] = Token(account, expires)
        return json_response({"jwt": jwt, "ruid": new_ruid()})

    def _sign(self, client_id: str, issued: datetime, expires: datetime) -> str:
        claims = {
            "sub": client_id,
            "aud": "connectivity",
            "iss": ISSUER,
            "iat": int(issued.timestamp()),
            "exp": int(expires.timestamp()),
            "jti": secrets.token_hex(8),
        }
        parts = [_segment(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
        text = ".".join(parts)
        return f"{text}.{_segment(hmac.new(self._key, text.encode(), hashlib.sha256).digest())}"

    def authenticate(self, request: Request) -> Account:
        """Return the account of the call's token, and count the call; RefusedCall with 401 or 429."""
        scheme, _, value = request.header("authorization").partition(" ")
        token = self.tokens.get(value.strip()) if scheme.lower() == "bearer" else None
        if token is None or token.expires <= self.now():
            raise RefusedCall(401, "Authorization Required", code=497)
        key = (token.account.client_id, f"{request.method} {bare_path(request.path)}")
        started, calls = self.minutes.get(key, (self.now(), 0))
        if self.now() - started >= timedelta(minutes=1):
            started, calls = self.now(), 0
        self.minutes[key] = (started, calls + 1)
        if calls >= self.calls_per_minute:
            raise RefusedCall(429, "Too many calls to this endpoint within a minute", code=450)
        return self.accounts.get(token.account.client_id, token.account)


def bare_path(path: str) -> str:
    """Return the path as the real host has it, without the name the sandbox gives to that host."""
    host = next((host for host in HOSTS if path.startswith(host)), "/")
    return path[len(host) - 1 :]


def _segment(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
