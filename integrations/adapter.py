"""Calls to the outside: bounded in time and size, kept out of private networks, counted and recorded."""

from __future__ import annotations

import re
import time
from typing import Any

import requests
import requests.adapters
import urllib3
from django.conf import settings
from django.utils import timezone

from integrations import exchanges
from integrations.addresses import check_address
from integrations.contracts import RateLimit
from integrations.errors import IntegrationError, ProtocolBroken, Unreachable
from integrations.guarded_pools import POOLS, Deadline, deadline_of

_CHUNK = 65_536


class ProviderAdapter(requests.adapters.HTTPAdapter):
    """Makes any ``requests`` session safe to point at the outside.

    Every call has time-outs and a total time (settings ``OUTSIDE_*``), a limit on the decoded body, an address that
    was checked, no redirect, no proxy, a place in the budget ``limit``, an :class:`~integrations.models.Exchange` row
    and a log line. Raises :mod:`integrations.errors` errors only. Call it with no transaction open: a slow server
    would hold it, and a rollback would take the record of the call away.
    """

    def __init__(
        self,
        *,
        provider: str,
        connection_id: int | None = None,
        hotel_id: int | None = None,
        limit: RateLimit | None = None,
        shared_limit: RateLimit | None = None,
        request_id_pattern: bytes = b"",
        for_token: bool = False,
    ) -> None:
        self.shared_limit = shared_limit
        self.request_id_pattern = request_id_pattern
        self.for_token = for_token
        self.provider = provider
        self.connection_id = connection_id
        self.hotel_id = hotel_id
        self.limit = limit
        super().__init__(pool_connections=4, pool_maxsize=2, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        row = exchanges.begin(
            provider=self.provider,
            connection_id=self.connection_id,
            hotel_id=self.hotel_id,
            limit=self.limit,
            shared_limit=self.shared_limit,
            for_token=self.for_token,
        )
        at, started = timezone.now(), time.monotonic()
        response: requests.Response | None = None
        failure: IntegrationError | None = None
        try:
            with deadline_of(settings.OUTSIDE_TOTAL_SECONDS) as deadline:
                try:
                    check_address(request.url or "")
                    response = super().send(
                        request,
                        stream=True,
                        timeout=(settings.OUTSIDE_CONNECT_SECONDS, settings.OUTSIDE_READ_SECONDS),
                        # Certificates are always checked; a path to own authorities may replace the usual ones.
                        verify=verify or True,
                        cert=cert,
                        proxies=None,
                    )
                    _read_body(response, deadline)
                except IntegrationError:
                    raise
                except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                    raise _translated(error, deadline) from None
            if 300 <= response.status_code < 400 and response.status_code != 304:
                raise ProtocolBroken(
                    "the answer is a redirect, which is not followed", status=response.status_code
                )
            return response
        except IntegrationError as error:
            failure = error
            raise
        finally:
            headers = response.headers if response is not None else {}
            exchanges.record(
                provider=self.provider,
                connection_id=self.connection_id,
                hotel_id=self.hotel_id,
                at=at,
                method=request.method or "",
                url=request.url or "",
                status=None if response is None else response.status_code,
                milliseconds=round((time.monotonic() - started) * 1000),
                size=len(body := getattr(response, "_content", None) or b""),
                request_id=headers.get("request-id") or headers.get("x-request-id") or self._number_in(body),
                for_token=self.for_token,
                row=row,
                error=f"{failure.code}: {failure.detail}" if failure else "",
            )

    def _number_in(self, body: bytes) -> str:
        found = re.search(self.request_id_pattern, body[-400:]) if self.request_id_pattern else None
        return found[1].decode("ascii", "replace") if found else ""


def _read_body(response: requests.Response, deadline: Deadline) -> None:
    """Take the body into ``response``, decoded, at most ``settings.OUTSIDE_MAX_BYTES``."""
    parts: list[bytes] = []
    size = 0
    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > settings.OUTSIDE_MAX_BYTES:
                raise ProtocolBroken("the answer is too large", status=response.status_code)
            parts.append(chunk)
        if deadline.passed:
            # Cutting the connection looks like an ordinary end to an answer that names no length.
            raise Unreachable(_out_of_time())
    except BaseException:
        response.raw.close()  # what is left unread must not be taken for the next answer
        raise
    response.raw.release_conn()
    response._content = b"".join(parts)
    response._content_consumed = True  # type: ignore[attr-defined]


def _out_of_time() -> str:
    return f"no complete answer within {settings.OUTSIDE_TOTAL_SECONDS:g} s"


def _translated(error: Exception, deadline: Deadline) -> IntegrationError:
    """Our error for one of the libraries'. Their texts hold whole addresses, so none of it is kept."""
    if deadline.passed:
        return Unreachable(_out_of_time())
    if isinstance(error, urllib3.exceptions.DecodeError):
        return ProtocolBroken("the answer is not compressed the way it says")
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return Unreachable("no trusted encrypted connection")
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Unreachable(f"no connection within {settings.OUTSIDE_CONNECT_SECONDS:g} s")
    if isinstance(error, requests.exceptions.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
        return Unreachable(f"no answer within {settings.OUTSIDE_READ_SECONDS:g} s")
    if isinstance(error, urllib3.exceptions.IncompleteRead | urllib3.exceptions.ProtocolError):
        return Unreachable("the answer was cut short")
    return Unreachable("no connection, or it broke before an answer came")
