"""Which reservations to ask Octorate for: the parameters of its search."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.contracts import PullWindow
from integrations.providers.octorate.values import zone_named

#: Octorate reads every date of a search as a day in Rome, whatever the property's zone.
ROME = ZoneInfo("Europe/Rome")
IMPORT_PAST_DAYS = 7
#: Later pulls bring changes only, so the first import takes every booking, however far away: nights that come into
#: reach one day are told as free unless their bookings were read. Said as a date, since what a search without an end
#: covers is not documented.
WITHOUT_END = timedelta(days=3650)


def search_of(settings: Mapping[str, Any], window: PullWindow, place: str) -> list[tuple[str, Any]]:
    """The search of one property's pull; ``settings`` are the connection's.

    The first import asks by departure: every stay that is not over, however long ago it began and however far away it
    is, and those that ended lately. Later pulls ask for what was changed, cancellations included, from the day before
    the last pull on: the search knows whole days only. MODIFIED and NEWLY depend on what the hotel's staff have opened,
    so they are not used. Sorted by creation, which never changes: sorted by change, a booking that changes while pages
    are read would move to the end and another would slip out of sight between two pages.
    """
    today = window.now.astimezone(ROME).date()
    wider = timedelta(days=0 if _near_rome(window.timezones.get(place), window.now) else 1)
    if window.changed_since is None:
        kind = "CHECKOUT"
        first = today - _import_past(settings) - wider
        last = today + WITHOUT_END
    else:
        kind = "MODIFIED_BETWEEN"
        first = window.changed_since.astimezone(ROME).date() - timedelta(days=1) - wider
        last = today + timedelta(days=1) + wider
    return [("type", kind), *_span(first, last), ("sortBy", "createTime.asc")]


def _span(first: date, last: date) -> list[tuple[str, str]]:
    return [("startDate", first.isoformat()), ("endDate", last.isoformat())]


def _near_rome(name: str | None, now: datetime) -> bool:
    """Whether a day there is nearly a day in Rome; a zone that is not known counts as far away."""
    zone = zone_named(name) if name else None
    if zone is None:
        return False
    apart = (now.astimezone(zone).utcoffset() or timedelta()) - (
        now.astimezone(ROME).utcoffset() or timedelta()
    )
    return abs(apart) <= timedelta(hours=3)


def _import_past(settings: Mapping[str, Any]) -> timedelta:
    value = settings.get("import_past_days")
    try:
        days = int(value) if value not in (None, "") else IMPORT_PAST_DAYS
    except (TypeError, ValueError):
        days = IMPORT_PAST_DAYS
    return timedelta(days=min(max(days, 0), 3650))
