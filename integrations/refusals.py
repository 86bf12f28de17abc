"""Deliveries that were turned away at the door because their user name or password was wrong.

They are not stored: a stranger could fill the database. They are counted, so that people see that a password at the
other side is an old one.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime

from django.utils import timezone

from integrations.contracts import MessageKind
from integrations.journal import open_alert, write_log
from integrations.models import Alert, Connection, InboxMessage, LogEntry

REFUSED_ALERT = "deliveries_refused"
#: From so many on, since the last delivery that was let in, people are told.
FEW = 3
#: Between two writes for one connection (in this process), however many are turned away.
WRITE_SECONDS = 60.0

_lock = threading.Lock()
#: By connection: how many were not written yet, and when the last write was.
_unwritten: dict[int, tuple[int, float]] = {}


def note_refused(connection_id: int) -> None:
    """Count one delivery that was turned away; now and then a line of the log says how many."""
    now = time.monotonic()
    with _lock:
        waiting, written = _unwritten.get(connection_id, (0, -WRITE_SECONDS))
        waiting += 1
        due = now - written >= WRITE_SECONDS
        _unwritten[connection_id] = (0, now) if due else (waiting, written)
    if due:
        _write(Connection.objects.get(pk=connection_id), waiting)


def _write(connection: Connection, count: int) -> None:
    write_log(
        hotel_id=connection.hotel_id,
        code=REFUSED_ALERT,
        connection=connection,
        level=LogEntry.Level.WARNING,
        count=count,
    )
    total = _since_the_last_good_one(connection)
    if total >= FEW:
        open_alert(hotel_id=connection.hotel_id, code=REFUSED_ALERT, connection=connection, count=total)


def _since_the_last_good_one(connection: Connection) -> int:
    lines = LogEntry.objects.filter(connection=connection, code=REFUSED_ALERT)
    deliveries = InboxMessage.objects.filter(connection=connection, kind=MessageKind.WEBHOOK)
    last = deliveries.order_by("-received_at").values_list("received_at", flat=True).first()
    if last is not None:
        lines = lines.filter(at__gt=last)
    return sum(params.get("count", 0) for params in lines.values_list("params", flat=True))


def settle_refused(connection: Connection, delivered_at: datetime) -> None:
    """Close the alert when a delivery was let in after the last one that was turned away."""
    Alert.objects.filter(
        hotel_id=connection.hotel_id,
        connection=connection,
        code=REFUSED_ALERT,
        resolved_at=None,
        last_at__lt=delivered_at,
    ).update(resolved_at=timezone.now())


def forget_refused() -> None:
    """Begin counting anew (in this process)."""
    with _lock:
        _unwritten.clear()
