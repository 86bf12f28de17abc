"""Which day it is in a house. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def business_day(now: datetime, zone: ZoneInfo, begins_at: time) -> date:
    """The local date at ``now`` (aware); until the night audit at ``begins_at`` it is still the day before."""
    local = now.astimezone(zone)
    return local.date() - timedelta(days=local.time() < begins_at)
