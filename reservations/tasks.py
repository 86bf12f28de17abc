"""Thin doors for the workers."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone


@shared_task
def close_departed_conflicts() -> None:
    """End the conflicts of stays that are over."""
    from reservations.conflicts import close_departed

    close_departed(timezone.now())
