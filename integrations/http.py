"""A provider client's way to the outside: access tokens, retries, errors with a name, no secret in any text."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from types import MappingProxyType
from typing import Any, Self

import requests
from django.conf import settings
from django.utils import timezone
from requests.structures import CaseInsensitiveDict

from integrations.adapter import ProviderAdapter
from integrations.applications import application_for
from integrations.contracts import Application
from integrations.errors import (
    ForbiddenAddress,
    IntegrationError,
    Misconfigured,
    Missing,
    NeedsReconnect,
    ProtocolBroken,
    RateLimited,
    Rejected,
    TokenExpired,
    Unreachable,
)
from integrations.models import Connection
from integrations.redaction import HIDDEN, redact_text
from integrations.registry import get_provider

__all__ = [
    "Answer",
    "ProviderAdapter",
    "ProviderSession",
    "application_session",
    "retry_after",
    "said",
    "session_for",
]

IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})
#: Seconds between the tries of an idempotent call, each made longer or shorter by up to half.
RETRY_WAITS: tuple[float, ...] = (0.3, 1.0)
LONGEST_WAIT = timedelta(days=1)
#: A budget whose period is no longer has room again after one period, whoever counted.
SHORT_PERIOD = timedelta(minutes=1)

#: Fields of a form whose values an error answer might repeat.
_SECRET_FIELDS = frozenset(
    {"client_secret", "refresh_token", "access_token", "token", "code", "code_verifier", "password"}
)

Query = Mapping[str, Any] | list[tuple[str, Any]]
Explain = Callable[["Answer"], IntegrationError | None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said, whole and within the size limit; ``headers`` ignore case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The parsed body, fractions as Decimal. Raises :class:`ProtocolBroken` when it is not JSON."""
        try:
            return json.loads(self.body, parse_float=Decimal, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise ProtocolBroken("the answer is not JSON", status=self.status) from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


class ProviderSession:
    """A provider client's only way out: adds the access token, renews it once, retries, and names what went wrong.

    Made by :func:`session_for` and :func:`application_session`. Not shared between threads.
    """

    def __init__(
        self,
        *,
        provider: str,
        application: Application,
        connection: Connection | None = None,
        hotel_id: int | None = None,
        connection_id: int | None = None,
        access_token: str | None = None,
        explain: Explain | None = None,
        for_token: bool = False,
    ) -> None:
        self.provider = provider
        self.application = application
        self.urls = application.urls
        self.connection = connection
        self._access_token = access_token
        self._explain = explain
        self._sent: set[str] = set()
        self._requests = requests.Session()
        # Neither proxies nor .netrc passwords from the environment, and no cookies.
        self._requests.trust_env = False
        self._requests.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        declaration = get_provider(provider).declaration
        adapter = ProviderAdapter(
            provider=provider,
            connection_id=connection.pk if connection else connection_id,
            hotel_id=connection.hotel_id if connection else hotel_id,
            limit=declaration.rate_limit,
            shared_limit=declaration.shared_rate_limit,
            request_id_pattern=declaration.request_id_pattern,
            for_token=for_token,
        )
        for scheme in ("https://", "http://"):
            self._requests.mount(scheme, adapter)

    def __repr__(self) -> str:
        return f"<ProviderSession connection={self.connection.pk if self.connection else None}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._requests.close()

    def pause(self, seconds: float) -> None:
        """Wait as the other side's rules ask for, ``settings.OUTSIDE_PACE`` times as long."""
        time.sleep(seconds * settings.OUTSIDE_PACE)

    def hide(self, *secrets: object) -> None:
        """Keep these, too, out of the texts of errors; what the session is given or sends is hidden anyway."""
        self._sent.update(secret for secret in secrets if isinstance(secret, str))

    @property
    def credentials(self) -> Mapping[str, Any]:
        """The account's credentials as they are now; empty for an application's session."""
        return MappingProxyType(self.connection.credentials if self.connection else {})

    @property
    def settings(self) -> Mapping[str, Any]:
        """The connection's settings; empty for an application's session."""
        return MappingProxyType(self.connection.settings if self.connection else {})

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Query | None = None,
        data: Any = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        bearer: str | None = "connection",
        retry: bool | None = None,
        explain: Explain | None = None,
        denied: type[IntegrationError] = NeedsReconnect,
    ) -> Answer:
        """The answer to one call, status below 400.

        ``bearer`` is ``"connection"`` (its access token, renewed once when refused), None (no Authorization) or
        another token. ``retry`` defaults to what the method allows. ``explain`` names the error of a status of 400
        or more; None from it leaves the usual meaning of the status. Raises :mod:`integrations.errors` errors, whose
        texts hold no secret of this session.
        """
        method = method.upper()
        call = _Call(
            method=method,
            url=url,
            params=params,
            data=data,
            json=json,
            headers=dict(headers or {}),
            for_account=bearer in (None, "connection") and self._has_account,
            tries=1 + len(RETRY_WAITS) if (method in IDEMPOTENT if retry is None else retry) else 1,
            explain=explain,
        )
        token = self._token() if bearer == "connection" else bearer
        try:
            return self._attempt(call, token)
        except TokenExpired as expired:
            if bearer != "connection" or self.connection is None or self._access_token is not None:
                raise _final(expired, call) from None
        from integrations.access import fresh_access_token, lose_grant  # it needs sessions itself

        token = fresh_access_token(self.connection, reject=token)
        try:
            return self._attempt(call, token)
        except TokenExpired as refused:
            # A new token that is refused too: asking again cannot help.
            if denied is not NeedsReconnect:
                raise denied(refused.detail, status=refused.status) from None
            lose_grant(self.connection, detail=refused.detail)
            raise NeedsReconnect(refused.detail, status=refused.status) from None

    @property
    def _has_account(self) -> bool:
        return self.connection is not None or self._access_token is not None

    def _token(self) -> str:
        if self._access_token is not None:
            return self._access_token
        if self.connection is None:
            raise ValueError("a session without a connection has no access token; say bearer=None")
        from integrations.access import fresh_access_token  # it needs sessions itself

        return fresh_access_token(self.connection)

    def _attempt(self, call: _Call, token: str | None) -> Answer:
        ends = time.monotonic() + settings.OUTSIDE_TOTAL_SECONDS
        for number in range(call.tries):
            try:
                return self._send(call, token)
            except Unreachable:
                wait = RETRY_WAITS[number] * random.uniform(0.5, 1.5) if number + 1 < call.tries else 0.0  # noqa: S311 - spread, not secrecy
                if not wait or time.monotonic() + wait > ends:
                    raise
            time.sleep(wait)
        raise AssertionError("unreachable")

    def _send(self, call: _Call, token: str | None) -> Answer:
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "Llavero"}
        headers.update(call.headers)
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
            self._sent.add(token)
        if isinstance(call.data, Mapping):
            self._sent.update(str(value) for name, value in call.data.items() if name in _SECRET_FIELDS)
        try:
            response = self._requests.request(
                call.method,
                call.url,
                params=call.params,
                data=call.data,
                json=call.json,
                headers=headers,
                allow_redirects=False,
            )
        except IntegrationError as error:
            raise self._without_secrets(error) from None
        except requests.RequestException:
            raise ForbiddenAddress("this is not an address that can be called") from None
        answer = Answer(response.status_code, CaseInsensitiveDict(response.headers), response.content)
        if answer.status < 400:
            return answer
        explained = call.explain(answer) if call.explain else None
        if explained is None and self._explain is not None:
            explained = self._explain(answer)
        refusal = explained or _usual_meaning(answer, call)
        if isinstance(refusal, RateLimited) and refusal.until is None:
            refusal.until = self._next_period()
        raise self._without_secrets(refusal)

    def _next_period(self) -> datetime | None:
        """When a budget that is full by the other side's count has room again, where its periods are short."""
        declaration = get_provider(self.provider).declaration
        limits = (declaration.rate_limit, declaration.shared_rate_limit)
        periods = [limit.period for limit in limits if limit and limit.period <= SHORT_PERIOD]
        return timezone.now() + max(periods) if periods else None

    def _without_secrets(self, error: IntegrationError) -> IntegrationError:
        """``error`` with every secret that this session knows taken out of its text."""
        known = [*self._sent, self.application.webhook_url]
        known += [*self.application.credentials.values(), *self.credentials.values()]
        text = error.detail
        for secret in known:
            if isinstance(secret, str) and len(secret) >= 8:
                text = text.replace(secret, HIDDEN)
        error.detail = redact_text(text)
        error.args = (error.detail,)
        return error


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: str
    params: Query | None = field(repr=False)
    data: Any = field(repr=False)
    json: Any = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    #: Whether an account is refused when this call is refused, and not the application.
    for_account: bool
    tries: int
    explain: Explain | None


def _usual_meaning(answer: Answer, call: _Call) -> IntegrationError:
    sentence = said(answer)
    match answer.status:
        case 401:
            return TokenExpired(sentence, status=401)
        case 403:
            return _final(NeedsReconnect(sentence, status=403), call)
        case 404:
            return Missing(sentence, status=404)
        case 429:
            return RateLimited(sentence, status=429, until=retry_after(answer))
        case status if status >= 500:
            return Unreachable(sentence, status=status)
        case status:
            return Rejected(sentence, status=status)


def _final(error: IntegrationError, call: _Call) -> IntegrationError:
    """A refusal that no refresh helps: the account's person must act, or, for the application, the operator."""
    return (NeedsReconnect if call.for_account else Misconfigured)(error.detail, status=error.status)


def said(answer: Answer) -> str:
    """The sentence of an error answer, at most 300 characters; ``HTTP <status>`` when its body has none."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict):
        for name in ("error_description", "message", "detail", "title", "error"):
            if isinstance(body.get(name), str) and body[name].strip():
                return " ".join(body[name].split())[:300]
    return f"HTTP {answer.status}"


def retry_after(answer: Answer) -> datetime | None:
    """The moment named by ``Retry-After`` (seconds or a date), at most a day away; None when it names none."""
    value = answer.headers.get("Retry-After", "").strip()
    now = timezone.now()
    try:
        if value.isdecimal():
            return now + min(timedelta(seconds=min(int(value), 10**6)), LONGEST_WAIT)
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment, now), now + LONGEST_WAIT)


def session_for(connection: Connection) -> ProviderSession:
    """The session of one connected account."""
    return ProviderSession(
        provider=connection.provider, application=application_for(connection.provider), connection=connection
    )


def application_session(slug: str, hotel_id: int | None = None) -> ProviderSession:
    """A session that acts for the application itself; its calls are counted apart from any account's."""
    return ProviderSession(provider=slug, application=application_for(slug), hotel_id=hotel_id)
