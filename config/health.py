"""Whether this process can serve: the answer of ``/healthz``, at a cost that does not grow with the data."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.version import VERSION
from integrations.models import InboxMessage

HEARTBEAT = "llavero-heartbeat"
#: Every queue must have a worker that takes from it.
QUEUES: tuple[str, ...] = tuple(queue.name for queue in settings.CELERY_TASK_QUEUES)

#: Beyond this many waiting messages the number is no longer exact; counting them all would take longer and longer.
COUNTED_AT_MOST = 1000

_migrations_seen_applied = False


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and every migration is applied, else 503 with the reason; JSON either way."""
    answer: dict[str, Any] = {"status": "ok", "database": "ok", "version": VERSION}
    try:
        if not _migrations_applied():
            return _unavailable(answer, "migrations are not applied", database="not migrated")
        answer["messages"] = waiting_messages()
    except DatabaseError:
        return _unavailable(answer, "the database does not answer", database="unreachable")
    answer["heartbeat_seconds"] = heartbeat_age()
    return JsonResponse(answer)


def waiting_messages() -> dict[str, Any]:
    """How many stored messages wait to be read (up to :data:`COUNTED_AT_MOST`) and the age of the oldest of them."""
    states = (InboxMessage.State.RECEIVED, InboxMessage.State.FAILED)
    first = InboxMessage.objects.filter(state__in=states).order_by("not_before", "id")[:COUNTED_AT_MOST]
    found = first.aggregate(waiting=Count("id"), oldest=Min("received_at"))
    oldest = found["oldest"]
    age = None if oldest is None else max(0, round((timezone.now() - oldest).total_seconds()))
    return {"waiting": found["waiting"], "oldest_seconds": age}


def record_heartbeat(queue: str) -> None:
    """Note that the scheduler asked for work through ``queue`` and a worker did it, just now."""
    cache.set(f"{HEARTBEAT}:{queue}", time.time(), timeout=24 * 3600)


def heartbeat_age() -> int | None:
    """Seconds since the scheduler and the workers of every queue last worked together, by the queue for which that is
    longest ago; None when one has had no worker within a day."""
    try:
        beaten = cache.get_many([f"{HEARTBEAT}:{queue}" for queue in QUEUES])
    except Exception:
        return None
    return max(0, round(time.time() - min(beaten.values()))) if len(beaten) == len(QUEUES) else None


def _migrations_applied() -> bool:
    # A migrated database does not go back while this process runs, so only the first answers cost anything.
    global _migrations_seen_applied
    if not _migrations_seen_applied:
        executor = MigrationExecutor(connection)
        _migrations_seen_applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    return _migrations_seen_applied


def _unavailable(answer: dict[str, Any], reason: str, *, database: str) -> JsonResponse:
    return JsonResponse(
        {**answer, "status": "unavailable", "reason": reason, "database": database}, status=503
    )
