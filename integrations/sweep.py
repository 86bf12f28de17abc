"""Every minute: what is due? The rows say so, the broker is only told."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from integrations.contracts import Capability
from integrations.inbox import PROCESS_TASK, connections_waiting
from integrations.models import Connection, ConnectionStatus, SyncRun
from integrations.nudges import send
from integrations.registry import all_providers
from integrations.sync import RUN_TASK, close_abandoned, request_due_runs

REFRESH_TASK = "integrations.tasks.refresh_token"
#: Access that ends within this time is renewed now, spread by chance so that not all hotels come at once.
REFRESH_BEFORE = timedelta(minutes=10)


def sweep(now: datetime) -> None:
    """Close dead runs and put one message into the broker for each piece of work found. Safe to repeat."""
    close_abandoned()
    runs = request_due_runs(now)
    left = SyncRun.objects.filter(state=SyncRun.State.QUEUED).exclude(pk__in=runs)
    for run_id in (*runs, *left.values_list("pk", flat=True)):
        send(RUN_TASK, run_id)
    for connection_id in connections_waiting(now):
        send(PROCESS_TASK, connection_id)
    for connection_id in tokens_near_expiry(now):
        send(REFRESH_TASK, connection_id)


def tokens_near_expiry(now: datetime) -> list[int]:
    """Live connections whose access ends soon and can be renewed without a person."""
    renewable = [
        slug
        for slug, provider in all_providers().items()
        if Capability.REFRESH_TOKEN in provider.declaration.capabilities
    ]
    before = now + REFRESH_BEFORE * random.uniform(0.7, 1)  # noqa: S311 - spreads load
    return list(
        Connection.objects.filter(
            provider__in=renewable,
            status__in=(ConnectionStatus.CONNECTED, ConnectionStatus.ERROR),
            token_expires_at__lt=before,
        ).values_list("pk", flat=True)
    )
