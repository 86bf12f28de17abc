"""Scheduled work of cleaning."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone


@shared_task
def extend_plans() -> None:
    """Plan the days that have come into reach; runs every half hour because midnight differs by house."""
    from cleaning.horizon import extend_plans as extend

    extend(now=timezone.now())
