"""The record of calls to the outside, and the budget of calls that is counted from it."""

from __future__ import annotations

import contextlib
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

#: Threads of one process look at the budget and take their place in it one after another; they wait outside of it.
_turn = threading.Lock()
#: A call waits this long for room in the budget before its work is put off.
SHORT_WAIT = timedelta(seconds=12)
#: So long before a call's moment its work is begun: about the time that looking up what is true takes.
AHEAD = timedelta(seconds=0.1)
#: A budget with less than a call in this time is slow: nobody waits for its next place, the work is put off.
SHORT_DISTANCE = timedelta(seconds=1)
#: The other side counts calls as they reach it: one that was slow on its way leaves its period later than ours.
SLOWEST_WAY = timedelta(seconds=0.5)

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
    """Take the next place in the budget for one call, which must then be told to :func:`record`; its row's id.

    Returns when the place's moment has come. Who asks first has the earlier place, and while one waits others look and
    take theirs. None, with nothing to be counted, for a provider without limits. Raises :class:`RateLimited` when the
    next place is further away than :data:`SHORT_WAIT`.
    """
    if limit is None and shared_limit is None:
        return None
    with _turn:
        at = _next_place(provider, connection_id, limit, shared_limit)
        row = Exchange(
            hotel_id=hotel_id,
            connection_id=connection_id,
            provider=provider,
            at=at,
            method="",
            url="",
            error="no answer yet",
            for_token=for_token,
        )
        # Not taken where the database refuses the row: the call matters more than its record.
        with contextlib.suppress(DatabaseError), transaction.atomic():
            row.save(force_insert=True)
    _sleep_until(at)
    return row.pk


def await_budget(
    *,
    provider: str,
    connection_id: int | None,
    limit: RateLimit | None,
    shared_limit: RateLimit | None = None,
) -> None:
    """Return :data:`AHEAD` of the moment at which one more call fits into both limits; takes no place.

    For work that is to be fresh when it is sent: what is true is read between this and the call. Raises
    :class:`RateLimited` as :func:`begin` does.
    """
    _sleep_until(_next_place(provider, connection_id, limit, shared_limit) - AHEAD)


def spread(connection: Connection, limit: RateLimit | None) -> datetime | None:
    """Until when work that can wait should leave a slow budget alone; None when it may make its next call now.

    A budget is slow by :data:`SHORT_DISTANCE`. Once half of it is used, what is left is spread over the time until the
    oldest call leaves the period, so that there is always a call for what is urgent.
    """
    if limit is None or limit.period / limit.calls <= SHORT_DISTANCE:
        return None
    made = _made(Exchange.objects.filter(connection=connection.pk), limit)
    if len(made) < limit.calls / 2:
        return None
    now, ends = timezone.now(), made[-1] + _counted(limit)
    free_at = ends if len(made) == limit.calls else made[0] + (ends - now) / (limit.calls - len(made))
    return free_at if free_at > now else None


def _sleep_until(moment: datetime) -> None:
    time.sleep(max((moment - timezone.now()).total_seconds(), 0))


def _next_place(
    provider: str, connection_id: int | None, limit: RateLimit | None, shared_limit: RateLimit | None
) -> datetime:
    """When the next call may be made, now or soon. Raises :class:`RateLimited` when that is not soon.

    Calls of a connection are counted by connection, calls for the application itself by provider, and all calls to a
    provider count into ``shared_limit``. Places that were taken and whose moment is still to come count, too.
    """
    now = timezone.now()
    own = (
        {"connection": None, "provider": provider} if connection_id is None else {"connection": connection_id}
    )
    edges = [
        edge
        for budget, spent in ((limit, own), (shared_limit, {"provider": provider}))
        if budget is not None
        and (edge := _edge(Exchange.objects.filter(**spent), budget, even=True)) is not None
    ]
    at = max(edges, default=now)
    if at - now > SHORT_WAIT:
        raise RateLimited("our own budget of calls is used up", until=at)
    return at


def _edge(calls: QuerySet[Exchange], limit: RateLimit, *, even: bool = False) -> datetime | None:
    """When there is room in ``limit`` for one more call; None for now.

    A full period is waited out until its oldest call leaves it. With ``even``, calls under a limit of about one in a
    second or more keep an even distance once half of the period's are made, so that a burst is not followed by a long
    silence.
    """
    now = timezone.now()
    made = _made(calls, limit)
    if len(made) == limit.calls:
        return made[-1] + _counted(limit)
    distance = _counted(limit) / limit.calls
    if even and distance <= SHORT_DISTANCE and made and len(made) >= limit.calls / 2:
        free_at = made[0] + distance
        return free_at if free_at > now else None
    return None


def _made(calls: QuerySet[Exchange], limit: RateLimit) -> list[datetime]:
    """The moments of the calls that count now, the newest first; no more than are allowed."""
    spent = calls.filter(at__gt=timezone.now() - _counted(limit)).order_by("-at")
    return list(spent.values_list("at", flat=True)[: limit.calls])


def _counted(limit: RateLimit) -> timedelta:
    """For how long a call counts."""
    return limit.period + min(SLOWEST_WAY, limit.period / 20)


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
