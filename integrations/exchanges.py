"""The record of calls to the outside, and the budget of calls that is counted from it."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from integrations.contracts import RateLimit
from integrations.errors import RateLimited
from integrations.models import Exchange
from integrations.redaction import HIDDEN, redact_text

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


def require_budget(*, provider: str, connection_id: int | None, limit: RateLimit | None) -> None:
    """Return when one more call fits into ``limit``.

    Calls of a connection are counted by connection; calls for the application itself by provider. Raises
    :class:`RateLimited` with the moment at which a call is free again.
    """
    if limit is None:
        return
    spent = Exchange.objects.filter(at__gt=timezone.now() - limit.period)
    if connection_id is None:
        spent = spent.filter(connection=None, provider=provider)
    else:
        spent = spent.filter(connection_id=connection_id)
    # The newest `calls` calls fill the budget until the oldest of them leaves the period.
    edge = spent.order_by("-at").values_list("at", flat=True)[limit.calls - 1 : limit.calls]
    for at in edge:
        raise RateLimited("our own budget of calls is used up", until=at + limit.period)


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
            Exchange.objects.create(hotel_id=hotel_id, at=at, **facts)
    except DatabaseError as failure:
        logger.warning("exchange_not_stored", provider=provider, reason=type(failure).__name__)
