"""Log lines and alerts about what a batch of messages did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q

from integrations.contracts import Problem
from integrations.journal import log_line, open_alert, resolve_alerts, write_lines, write_log
from integrations.models import Alert, Connection, InboxMessage, LogEntry, SyncRun
from integrations.unmapped import tell_unmapped
from reservations.choices import ChangeKind
from reservations.intake import IntakeResult
from reservations.models import ReservationSource

#: Above this many changes at once the log gets the sum only; every booking's own history has the rest.
LINES_AT_MOST = 25

_LINES = {
    ChangeKind.CREATED: "reservation_created",
    ChangeKind.CHANGED: "reservation_changed",
    ChangeKind.PLACED: "reservation_changed",
    ChangeKind.CANCELLED: "reservation_cancelled",
    ChangeKind.RESTORED: "reservation_restored",
}


def tell_failure(
    connection: Connection, message: InboxMessage, code: str, error: str, error_code: str = ""
) -> None:
    params: dict[str, Any] = {"error": error}
    if error_code:
        params["error_code"] = error_code
    write_log(
        hotel_id=connection.hotel_id,
        code=code,
        connection=connection,
        level=LogEntry.Level.ERROR,
        message_id=message.pk,
        **params,
    )
    open_alert(
        hotel_id=connection.hotel_id,
        code="messages_failed",
        connection=connection,
        message_id=message.pk,
    )


def tell_problems(connection: Connection, message: InboxMessage, problems: Sequence[Problem]) -> None:
    write_lines(
        [
            log_line(
                hotel_id=connection.hotel_id,
                code="message_item_failed",
                connection=connection,
                level=LogEntry.Level.ERROR,
                message_id=message.pk,
                where=problem.where,
                error=problem.message,
            )
            for problem in problems[:LINES_AT_MOST]
        ]
    )
    open_alert(
        hotel_id=connection.hotel_id,
        code="messages_failed",
        connection=connection,
        message_id=message.pk,
    )


def tell_changes(connection: Connection, result: IntakeResult, run: SyncRun | None) -> None:
    """Log lines and alerts about what a batch did."""
    if len(result.changes) <= LINES_AT_MOST:
        write_lines(
            [
                log_line(
                    hotel_id=connection.hotel_id,
                    code=_LINES.get(change.kind, "reservation_changed"),
                    connection=connection,
                    run=run,
                    reservation_id=change.reservation.pk,
                    ref=change.reservation.channel_ref or change.reservation.booking_key.rpartition(":")[2],
                    guest=change.guest or "—",
                    arrival=str(change.reservation.arrival or "—"),
                    departure=str(change.reservation.departure or "—"),
                    fields=change.fields,
                )
                for change in result.changes
            ]
        )
    if any(connection_id == connection.pk for connection_id, *_room in result.unmapped):
        tell_unmapped(connection)
    if result.unknown_status:
        open_alert(
            hotel_id=connection.hotel_id,
            code="unknown_status",
            connection=connection,
            ref=", ".join(result.unknown_status[:5]),
        )
    else:
        settle_unknown_status(connection)


def settle_unknown_status(connection: Connection) -> None:
    """Close the alert about statuses when the newest one of every booking of the connection is understood."""
    told = Alert.objects.filter(connection=connection, code="unknown_status", resolved_at=None)
    if not told.exists():
        return
    sources = ReservationSource.objects.filter(connection_id=connection.pk)
    if not sources.filter(Q(known_status="") | Q(known_status_version__lt=F("version"))).exists():
        resolve_alerts(hotel_id=connection.hotel_id, code="unknown_status", connection=connection)
