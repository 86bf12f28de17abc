"""How long the other side sold a wrong number: from the change in our books until it took the right one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Max, Sum
from django.db.models.functions import Greatest
from django.utils import timezone

from integrations.models import AvailabilityState, Connection, WrongNumberDay

DAYS_SHOWN = 7


def count_corrected(connection: Connection, rows: Iterable[AvailabilityState], now: datetime) -> None:
    """Add the nights whose wrong number the other side just replaced. Rates, and first numbers, do not count."""
    waits = [
        (now - row.queued_at).total_seconds()
        for row in rows
        if row.rate_mapping_id is None and row.queued_at and row.accepted and row.accepted != row.value
    ]
    if not waits:
        return
    day = WrongNumberDay.objects.get_or_create(
        connection=connection, day=timezone.localdate(), defaults={"hotel_id": connection.hotel_id}
    )[0]
    WrongNumberDay.objects.filter(pk=day.pk).update(
        nights=F("nights") + len(waits),
        seconds=F("seconds") + sum(waits),
        longest=Greatest("longest", max(waits)),
    )


@dataclass(frozen=True, slots=True)
class WrongNumbers:
    """What one connection sold wrongly in the last :data:`DAYS_SHOWN` days: nights, minutes over all nights, and the
    longest time of one night in seconds; ``waiting_since`` is set while a number is still wrong."""

    nights: int
    minutes: float
    longest: float
    waiting_since: datetime | None


def wrong_numbers(connection: Connection, today: date) -> WrongNumbers:
    """The measure of a connection as pages show it. Two statements."""
    since = today - timedelta(days=DAYS_SHOWN)
    total = WrongNumberDay.objects.filter(connection=connection, day__gt=since).aggregate(
        nights=Sum("nights"), seconds=Sum("seconds"), longest=Max("longest")
    )
    waiting = (
        AvailabilityState.objects.filter(connection=connection, rate_mapping=None, date__gte=today)
        .exclude(state__in=("accepted", "read_back"))
        .exclude(queued_at=None)
        .order_by("queued_at")
        .values_list("queued_at", flat=True)
        .first()
    )
    return WrongNumbers(
        nights=total["nights"] or 0,
        minutes=(total["seconds"] or 0) / 60,
        longest=total["longest"] or 0,
        waiting_since=waiting,
    )
