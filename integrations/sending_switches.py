"""What a connection is allowed to send, chosen by people in its settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from integrations.connections import update_settings
from integrations.models import Connection, OutboxJob
from integrations.outbox import SEND_AVAILABILITY, SEND_RATES, queue_everything
from reservations.locks import lock_hotel

KINDS = {SEND_AVAILABILITY: OutboxJob.Kind.AVAILABILITY, SEND_RATES: OutboxJob.Kind.RATES}


@transaction.atomic
def store_settings(*, connection: Connection, name: str, settings: Mapping[str, Any], user: Any) -> None:
    """Store name and settings. What is switched off is not sent any more, not even what waits; what is switched on
    again is sent at once, with the numbers of now."""
    lock_hotel(connection.hotel_id)
    were_off = {what for what in (SEND_AVAILABILITY, SEND_RATES) if connection.settings.get(what) is False}
    update_settings(connection=connection, name=name, settings=settings, user=user)
    for what, kind in KINDS.items():
        if connection.settings.get(what) is False:
            OutboxJob.objects.filter(connection=connection, kind=kind).delete()
    if any(connection.settings.get(what) is not False for what in were_off):
        queue_everything(connection)
