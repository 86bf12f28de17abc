from __future__ import annotations

from celery import shared_task

from config.health import record_heartbeat


@shared_task
def heartbeat(queue: str) -> None:
    record_heartbeat(queue)
