"""Properties that an account does not open any more: each has an alert of its own, and the others go on."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from integrations.journal import open_alert, resolve_alerts, write_log
from integrations.models import Alert, Connection, LogEntry, PropertyMapping
from integrations.outbox import queue_everything
from reservations.locks import lock_hotel

CLOSED_ALERT = "property_closed"


def tell_closed(connection: Connection, property_refs: Collection[str]) -> None:
    """Open an alert for each of these, with a line of the log the first time."""
    if not property_refs:
        return
    rows = PropertyMapping.objects.filter(connection=connection, external_ref__in=property_refs)
    names = dict(rows.values_list("external_ref", "external_name"))
    for ref in property_refs:
        name = names.get(ref) or ref
        fresh = open_alert(
            hotel_id=connection.hotel_id,
            code=CLOSED_ALERT,
            connection=connection,
            subject=ref,
            property=name,
        )
        if fresh:
            write_log(
                hotel_id=connection.hotel_id,
                code=CLOSED_ALERT,
                connection=connection,
                level=LogEntry.Level.ERROR,
                property=name,
            )


def settle_closed(connection: Connection, still_closed: Collection[str]) -> None:
    """Close the alerts of the other properties, which were read or are not used any more, and have sent what they did
    not take meanwhile."""
    alerts = Alert.objects.filter(connection=connection, code=CLOSED_ALERT, resolved_at=None)
    told = {subject.partition(":")[2] for subject in alerts.values_list("subject", flat=True)}
    opened = sorted(told - set(still_closed))
    if not opened:
        return
    with transaction.atomic():
        lock_hotel(connection.hotel_id)
        for ref in opened:
            resolve_alerts(
                hotel_id=connection.hotel_id, code=CLOSED_ALERT, connection=connection, subject=ref
            )
        queue_everything(connection, property_refs=opened)
