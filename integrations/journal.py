"""Writes log lines and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from integrations.models import Alert, Connection, LogEntry, SyncRun

if TYPE_CHECKING:
    from collections.abc import Sequence

log = structlog.get_logger(__name__)


def log_line(
    *,
    hotel_id: int,
    code: str,
    connection: Connection | None = None,
    level: str = LogEntry.Level.INFO,
    run: SyncRun | None = None,
    message_id: int | None = None,
    reservation_id: int | None = None,
    **params: Any,
) -> LogEntry:
    """An unsaved log line; batches save many at once with :func:`write_lines`."""
    return LogEntry(
        hotel_id=hotel_id,
        connection=connection,
        run=run,
        message_id=message_id,
        reservation_id=reservation_id,
        at=timezone.now(),
        level=level,
        code=code,
        params=params,
    )


def write_lines(lines: Sequence[LogEntry]) -> None:
    """Store prepared lines in one statement."""
    LogEntry.objects.bulk_create(lines)


def write_log(*, hotel_id: int, code: str, **rest: Any) -> LogEntry:
    """A stored line of the log; ``code`` and the remaining parameters are said by :mod:`integrations.phrases`."""
    line = log_line(hotel_id=hotel_id, code=code, **rest)
    line.save()
    log.info("journal", line=code, hotel_id=hotel_id, connection_id=line.connection_id, level=line.level)
    return line


def open_alert(
    *, hotel_id: int, code: str, connection: Connection | None = None, subject: str = "", **params: Any
) -> bool:
    """True when the problem is new; an open one is counted and keeps its age."""
    now = timezone.now()
    subject = f"{connection.pk if connection else ''}:{subject}"[:160]
    same = Alert.objects.filter(hotel_id=hotel_id, code=code, subject=subject, resolved_at=None)
    again = {"count": F("count") + 1, "last_at": now, "params": params}
    if same.update(**again):
        return False
    try:
        with transaction.atomic():
            Alert.objects.create(
                hotel_id=hotel_id,
                connection=connection,
                code=code,
                subject=subject,
                params=params,
                opened_at=now,
                last_at=now,
            )
    except IntegrityError:  # another worker opened it between the two statements
        same.update(**again)
        return False
    log.warning("alert", alert=code, hotel_id=hotel_id, connection_id=connection.pk if connection else None)
    return True


def resolve_alerts(
    *, hotel_id: int, code: str, connection: Connection | None = None, subject: str | None = None
) -> int:
    """How many open alerts of ``code`` were closed; ``subject`` None closes all of the connection."""
    alerts = Alert.objects.filter(hotel_id=hotel_id, code=code, resolved_at=None)
    if connection is not None:
        alerts = alerts.filter(connection=connection)
    if subject is not None:
        alerts = alerts.filter(subject=f"{connection.pk if connection else ''}:{subject}"[:160])
    return alerts.update(resolved_at=timezone.now())
