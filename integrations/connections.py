"""What people and workers do with one connection: test, pause, disconnect, subscribe, note its health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from integrations.access import revoke
from integrations.accounts import MADE_BY_US, account_key
from integrations.attempts import attempt
from integrations.catalogue import store_catalogue
from integrations.contracts import Capability, ExternalProperty
from integrations.errors import (
    IntegrationError,
    Misconfigured,
    NeedsReconnect,
    meaning_of,
)
from integrations.http import session_for
from integrations.journal import open_alert, resolve_alerts, write_log
from integrations.models import Connection, ConnectionStatus, LogEntry, SyncRun
from integrations.registry import can, get_provider
from integrations.subscriptions import NOT_TOLD, unsubscribe

log = structlog.get_logger(__name__)

#: The alerts that speak of the connection itself; at most one of them is open at a time.
NEEDS_RECONNECT, MISCONFIGURED, FAILING = "needs_reconnect", "misconfigured", "connection_failing"
HEALTH_ALERTS = (NEEDS_RECONNECT, MISCONFIGURED, FAILING)

#: Statuses that only a person ends; a failure in the background never replaces them by a milder one.
HELD_STATUSES = frozenset({ConnectionStatus.PAUSED, ConnectionStatus.NEEDS_REAUTH})

_HEALTHY = {"error_code": "", "error_detail": "", "failures": 0}


# --- health ---------------------------------------------------------------------------------------------------


def mark_failed(*, connection: Connection, error: IntegrationError) -> None:
    """Note that work for ``connection`` failed and, where people must act, open the one alert that says so.

    The status follows the table of :mod:`integrations.errors`; paused, disconnected and needs reconnecting are
    never replaced by a milder word. The caller's object is updated with the row. Repeating it counts the alert.
    """
    wanted = meaning_of(error).connection_status
    with transaction.atomic():
        row = _locked(connection)
        if row.status == ConnectionStatus.DISCONNECTED:
            return
        fields: dict[str, Any] = {"failures": row.failures + 1}
        grant_is_gone = isinstance(error, NeedsReconnect)
        if row.status != ConnectionStatus.NEEDS_REAUTH or grant_is_gone:
            fields |= {"error_code": error.code, "error_detail": error.detail}
        if wanted and wanted != row.status and (row.status not in HELD_STATUSES or grant_is_gone):
            fields |= {"status": wanted, "status_since": timezone.now()}
        _store(connection, **fields)
        if wanted is None or (row.status == ConnectionStatus.NEEDS_REAUTH and not grant_is_gone):
            return
        code = alert_code(error)
        for other in HEALTH_ALERTS:
            if other != code:
                resolve_alerts(hotel_id=row.hotel_id, code=other, connection=connection)
        open_alert(
            hotel_id=row.hotel_id,
            code=code,
            connection=connection,
            error_code=error.code,
            error=error.detail,
        )


def mark_succeeded(*, connection: Connection) -> None:
    """Note that a run reached the other side and ended well: trouble is forgotten, its alerts are resolved."""
    _recover(connection, last_success_at=timezone.now())


def mark_reached(*, connection: Connection) -> None:
    """Note that the other side answers again, though no bookings were read."""
    _recover(connection)


def alert_code(error: IntegrationError) -> str:
    """Which alert tells people of ``error``."""
    if isinstance(error, NeedsReconnect):
        return NEEDS_RECONNECT
    return MISCONFIGURED if isinstance(error, Misconfigured) else FAILING


def _recover(connection: Connection, **fields: Any) -> None:
    with transaction.atomic():
        row = _locked(connection)
        if row.status in (ConnectionStatus.ERROR, ConnectionStatus.NEEDS_REAUTH):
            fields |= {"status": ConnectionStatus.CONNECTED, "status_since": timezone.now()}
        _store(connection, **_HEALTHY, **fields)
        _resolve_health(connection)


def _resolve_health(connection: Connection) -> None:
    for code in HEALTH_ALERTS:
        resolve_alerts(hotel_id=connection.hotel_id, code=code, connection=connection)


def _locked(connection: Connection) -> Connection:
    return Connection.objects.select_for_update().only("status", "failures", "hotel_id").get(pk=connection.pk)


def _store(connection: Connection, **fields: Any) -> None:
    Connection.objects.filter(pk=connection.pk).update(**fields)
    for name, value in fields.items():
        setattr(connection, name, value)


# --- what people press ----------------------------------------------------------------------------------------


def pause(*, connection: Connection, user: Any) -> bool:
    """True when ``connection`` was live and now rests until :func:`resume`; what arrives is still stored."""
    with transaction.atomic():
        row = _locked(connection)
        if row.status not in (ConnectionStatus.CONNECTED, ConnectionStatus.ERROR):
            return False
        _store(connection, status=ConnectionStatus.PAUSED, status_since=timezone.now())
        _log(connection, "paused", user=str(user))
    return True


def resume(*, connection: Connection, user: Any) -> bool:
    """True when ``connection`` was paused and is due again at once."""
    now = timezone.now()
    with transaction.atomic():
        if _locked(connection).status != ConnectionStatus.PAUSED:
            return False
        _store(connection, status=ConnectionStatus.CONNECTED, status_since=now, next_run_at=now, **_HEALTHY)
        _resolve_health(connection)
        _log(connection, "resumed", user=str(user))
    return True


def disconnect(*, connection: Connection, user: Any) -> None:
    """Forget every credential of ``connection``; bookings, messages and log stay.

    The other side is asked to stop calling us and to end our access first; its answers change nothing. Safe to repeat.
    """
    if connection.status == ConnectionStatus.DISCONNECTED and not connection.credentials:
        return
    unsubscribe(connection=connection)
    revoke(connection)
    with transaction.atomic():
        row = Connection.objects.select_for_update().get(pk=connection.pk)
        _store(
            connection,
            status=ConnectionStatus.DISCONNECTED,
            status_since=timezone.now(),
            credentials={},
            account_key="",
            token_expires_at=None,
            token_version=row.token_version + 1,
            webhook_token="",
            webhook_digest="",
            subscription={},
            next_run_at=None,
            **_HEALTHY,
        )
        _resolve_health(connection)
        resolve_alerts(hotel_id=connection.hotel_id, code=NOT_TOLD, connection=connection)
        _log(connection, "disconnected", user=str(user))


def test_connection(*, connection: Connection, user: Any = None) -> SyncRun:  # noqa: PT028
    """The finished run of one cheap call that proves the credentials; its state says whether it passed."""
    started = timezone.now()
    error = attempt(lambda: _test(connection))
    run = finished_run(connection, SyncRun.Kind.TEST, started=started, user=user, error=error)
    if error is None:
        _recover(connection)
        _log(connection, "test_passed", run=run)
    else:
        mark_failed(connection=connection, error=error)
        _log(
            connection,
            "test_failed",
            level=LogEntry.Level.ERROR,
            run=run,
            error_code=error.code,
            error=error.detail,
        )
    return run


test_connection.__test__ = False  # type: ignore[attr-defined]  # a service, whatever its name tells pytest


def check_credentials(
    *, hotel_id: int, provider: str, credentials: Mapping[str, Any], settings: Mapping[str, Any]
) -> None:
    """Return when an account's typed-in credentials work; else raise an :mod:`integrations.errors` error."""
    unsaved = Connection(
        hotel_id=hotel_id, provider=provider, credentials=dict(credentials), settings=dict(settings)
    )
    error = attempt(lambda: _test(unsaved))
    if error is not None:
        raise error


def _test(connection: Connection) -> None:
    if not can(connection.provider, Capability.TEST_CONNECTION):
        return
    with session_for(connection) as session:
        get_provider(connection.provider).test_connection(session)


def save_credentials(
    *,
    hotel_id: int,
    provider: str,
    name: str,
    credentials: Mapping[str, Any],
    settings: Mapping[str, Any],
    connection: Connection | None = None,
) -> Connection:
    """The connection that now holds these checked credentials: ``connection`` again, or a new one."""
    now = timezone.now()
    with transaction.atomic():
        fresh = connection is None
        if connection is None:
            connection = Connection(hotel_id=hotel_id, provider=provider, name=name[:120])
        row = connection
        kept = {name: row.credentials[name] for name in MADE_BY_US if name in row.credentials}
        row.credentials = {**credentials, **kept}
        row.account_key = account_key(get_provider(provider).declaration, credentials)
        row.token_expires_at = None
        row.settings = {**row.settings, **settings}
        row.status = ConnectionStatus.CONNECTED
        row.status_since = now
        row.token_version += 1
        for field, value in _HEALTHY.items():
            setattr(row, field, value)
        row.save()
        _resolve_health(row)
        _log(row, "connected" if fresh else "reconnected")
    return row


def update_settings(*, connection: Connection, name: str, settings: Mapping[str, Any], user: Any) -> None:
    """Store the connection's name and its cleaned settings; a new rhythm counts from the last success."""
    with transaction.atomic():
        _locked(connection)
        merged = {**connection.settings, **settings}
        if merged != connection.settings or name != connection.name:
            _store(connection, name=name[:120], settings=merged)
            _log(connection, "settings_saved", user=str(user))


# --- what the other side has ----------------------------------------------------------------------------------


def discover(*, connection: Connection, user: Any = None) -> SyncRun:
    """The finished run that read the properties, room types and rooms the grant opens; they are stored.

    A failure is marked, logged and kept on the run; it raises nothing.
    """
    started = timezone.now()
    found: list[ExternalProperty] = []
    error = attempt(lambda: found.extend(read_properties(connection)))
    rooms = sum(room.kind != "rate" for external in found for room in external.rooms)
    run = finished_run(
        connection, SyncRun.Kind.DISCOVER, started=started, user=user, error=error, seen=len(found) + rooms
    )
    if error is not None:
        mark_failed(connection=connection, error=error)
        _log(
            connection,
            "catalogue_failed",
            level=LogEntry.Level.ERROR,
            run=run,
            error_code=error.code,
            error=error.detail,
        )
        return run
    store_catalogue(connection, found)
    _recover(connection)
    _log(connection, "catalogue_read", run=run, properties=len(found), rooms=rooms)
    return run


def read_properties(connection: Connection) -> Sequence[ExternalProperty]:
    """What the other side has now; nothing for a provider that cannot tell. Raises integration errors."""
    if not can(connection.provider, Capability.DISCOVER):
        return ()
    with session_for(connection) as session:
        found: Sequence[ExternalProperty] = get_provider(connection.provider).discover(session)
    return found


def finished_run(
    connection: Connection,
    kind: str,
    *,
    started: Any,
    user: Any,
    error: IntegrationError | None,
    **counts: int,
) -> SyncRun:
    """A stored run that is over already, so that it never competes with a pull for the connection."""
    return SyncRun.objects.create(
        hotel_id=connection.hotel_id,
        connection=connection,
        kind=kind,
        trigger=SyncRun.Trigger.PERSON if user is not None else SyncRun.Trigger.SCHEDULE,
        state=SyncRun.State.FAILED if error else SyncRun.State.DONE,
        user=user,
        error_code=error.code if error else "",
        error_detail=error.detail if error else "",
        queued_at=started,
        started_at=started,
        finished_at=timezone.now(),
        **counts,
    )


def _log(connection: Connection, code: str, **rest: Any) -> None:
    write_log(hotel_id=connection.hotel_id, code=code, connection=connection, **rest)
