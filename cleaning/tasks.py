"""Scheduled work of cleaning."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone


@shared_task
def extend_plans() -> None:
    """Plan the days that have come into reach; runs every half hour because midnight differs by house."""
    from cleaning.horizon import extend_plans as extend

    extend(now=timezone.now())


@shared_task
def tell_people() -> None:
    """Find what is late, write what people have to know, and send it; runs every minute."""
    from cleaning.message_delivery import deliver_messages
    from cleaning.messages import write_messages
    from cleaning.overdue import tell_overdue

    now = timezone.now()
    tell_overdue(now)
    write_messages(now)
    deliver_messages(now)


@shared_task
def forget_old_photos() -> None:
    """Remove photos that nobody needs any more, and files that no row knows."""
    from cleaning.photo_retention import forget_old_photos as forget

    forget(now=timezone.now())


@shared_task
def forget_phone_actions() -> None:
    """Remove the numbers of what phones sent long ago."""
    from cleaning.phone.forgetting import forget_phone_actions as forget

    forget(now=timezone.now())
