"""The record of calls to the outside, and the budget of calls that is counted from it."""

from __future__ import annotations

import random
import re
import threading
import time
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import structlog
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from integrations.contracts import RateLimit
from integrations.errors import RateLimited
from integrations.models import Connection, Exchange
from integrations.redaction import HIDDEN, redact_text

#: Threads of one process look at the budget and take their place in it one after another.
_turn = threading.Lock()
#: A call waits this long for room in the budget before its work is put off.
SHORT_WAIT = timedelta(seconds=12)
SHORT_DISTANCE = timedelta(seconds=1)

logger = structlog.get_logger(__name__)

#: Query parameters whose values say what was asked and never who asks.
_HARMLESS_NAMES = frozenset(
    {
        *("date", "start", "startdate", "end", "enddate", "from", "to", "since", "until", "updated_since"),
        *("page", "per_page", "size", "limit", "offset", "order", "sort"),
        *("fields", "filter", "ids", "ids[]", "include", "status", "type"),
    }
)
_HARMLESS_VALUE = re.compile(r"[\w:.,+\-/ \[\]]{0,60}")
#: A long path segment of letters and digits may be the secret of a feed or a webhook.
_SECRET_SEGMENT = re.compile(r"(?=[^/]*\d)(?=[^/]*[A-Za-z])[A-Za-z0-9_\-~=]{20,}")


def shown_url(url: str) -> str:
    """``url`` as it may be stored and shown: no user name, no secret in the path, only harmless query values."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=200)
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return HIDDEN
    path = _SECRET_SEGMENT.sub(HIDDEN, redact_text(parts.path))
    shown = [f"{name}={value if _is_harmless(name, value) else HIDDEN}" for name, value in pairs]
    query = "?" + "&".join(shown) if shown else ""
    return f"{parts.scheme}://{host}{path}{query}"[:300]


def _is_harmless(name: str, value: str) -> bool:
    return name.lower() in _HARMLESS_NAMES and _HARMLESS_VALUE.fullmatch(value) is not None


def begin(
    *,
    provider: str,
    connection_id: int | None,
    hotel_id: int | None,
    limit: RateLimit | None,
    shared_limit: RateLimit | None = None,
    for_token: bool = False,
) -> int | None:
    """Take a place in the budget for one call, which must then be told to :func:`record`; its row's id.

    Waits a moment where that helps. None, with nothing to be counted, for a provider without limits.
    Raises :class:`RateLimited` as :func:`await_budget` does.
    """
    if limit is None and shared_limit is None:
        return None
    with _turn:
        await_budget(provider=provider, connection_id=connection_id, limit=limit, shared_limit=shared_limit)
        row = Exchange(
            hotel_id=hotel_id,
            connection_id=connection_id,
            provider=provider,
            at=timezone.now(),
            method="",
            url="",
            error="no answer yet",
            for_token=for_token,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except DatabaseError:
            return None
    return row.pk


def await_budget(
    *,
    provider: str,
    connection_id: int | None,
    limit: RateLimit | None,
    shared_limit: RateLimit | None = None,
) -> None:
    """Return when one more call fits into both limits, at once or after a short wait.

    Calls of a connection are counted by connection, calls for the application itself by provider, and all calls to a
    provider count into ``shared_limit``. Raises :class:`RateLimited` with the moment at which a call is free again
    when that is further away than :data:`SHORT_WAIT`.
    """
    give_up = time.monotonic() + SHORT_WAIT.total_seconds()
    while (free_at := _free_at(provider, connection_id, limit, shared_limit)) is not None:
        wait = (free_at - timezone.now()).total_seconds()
        if time.monotonic() + wait > give_up:
            raise RateLimited("our own budget of calls is used up", until=free_at)
        time.sleep(max(wait, 0) + random.uniform(0.005, 0.02))  # noqa: S311 - spread, not secrecy


def _free_at(
    provider: str, connection_id: int | None, limit: RateLimit | None, shared_limit: RateLimit | None
) -> datetime | None:
    """When the next call may be made; None for now."""
    own = (
        {"connection": None, "provider": provider} if connection_id is None else {"connection": connection_id}
    )
    edges = [
        edge
        for budget, spent in ((limit, own), (shared_limit, {"provider": provider}))
        if budget is not None
        and (edge := _edge(Exchange.objects.filter(**spent), budget, even=True)) is not None
    ]
    return max(edges, default=None)


def _edge(calls: QuerySet[Exchange], limit: RateLimit, *, even: bool = False) -> datetime | None:
    """When there is room in ``limit`` for one more call; None for now.

    A full period is waited out until its oldest call leaves it. With ``even``, calls under a limit of about one in a
    second or more keep an even distance once half of the period's are made, so that a burst is not followed by a long
    silence.
    """
    now = timezone.now()
    spent = calls.filter(at__gt=now - limit.period).order_by("-at").values_list("at", flat=True)
    made = list(spent[: limit.calls])
    if len(made) == limit.calls:
        return made[-1] + limit.period
    distance = limit.period / limit.calls
    if even and distance <= SHORT_DISTANCE and made and len(made) >= limit.calls / 2:
        free_at = made[0] + distance
        return free_at if free_at > now else None
    return None


def require_token_budget(connection: Connection, limit: RateLimit | None) -> None:
    """Return when the account of ``connection`` may ask for one more token; else raises :class:`RateLimited`."""
    if limit is None:
        return
    # What never got an answer was not counted over there either.
    asked = Exchange.objects.filter(provider=connection.provider, for_token=True, status__lt=500)
    if connection.account_key:
        asked = asked.filter(connection__account_key=connection.account_key)
    else:
        asked = asked.filter(connection=connection.pk)
    edge = _edge(asked, limit)
    if edge is not None:
        raise RateLimited("all access tokens of this hour are used up", until=edge)


def record(
    *,
    provider: str,
    connection_id: int | None,
    hotel_id: int | None,
    at: datetime,
    method: str,
    url: str,
    status: int | None,
    milliseconds: int,
    size: int,
    request_id: str = "",
    error: str = "",
    for_token: bool = False,
    row: int | None = None,
) -> None:
    """Store and log one call; ``url`` may hold secrets, they are taken out here.

    Never raises for a database that refuses the row: the call has happened and its answer matters more. Call it, like
    the outside itself, with no transaction open, or a rollback takes the row away.
    """
    facts = {
        "provider": provider,
        "connection_id": connection_id,
        "method": method[:8],
        "url": shown_url(url),
        "status": status,
        "milliseconds": milliseconds,
        "size": size,
        "request_id": redact_text(request_id)[:80],
        "error": redact_text(error)[:200],
    }
    logger.info("outside_call", **facts)
    try:
        with transaction.atomic():
            Exchange.objects.update_or_create(
                pk=row, defaults={"hotel_id": hotel_id, "at": at, "for_token": for_token, **facts}
            )
    except DatabaseError as failure:
        logger.warning("exchange_not_stored", provider=provider, reason=type(failure).__name__)
