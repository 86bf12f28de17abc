"""When something happened, as Booking.com writes it: mostly without a zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from integrations.values import OddValue, instant, shown

#: The zone of Booking.com's own clocks: which nights are over is decided in it.
CENTRAL_EUROPE = ZoneInfo("Europe/Amsterdam")
_ZONE_SIGNS = frozenset("Zz+-[")


def sane_instant(value: object, name: str) -> datetime | None:
    """As :func:`integrations.values.instant`, but never of a year that nobody can mean. Raises :class:`OddValue`."""
    moment = instant(value, name)
    if moment is not None and not 2000 <= moment.year <= 2200:
        raise OddValue(f"{name} is not an instant: {shown(value)}")
    return moment


def instant_there(value: str, name: str) -> datetime | None:
    """An instant whose text, unless it says otherwise, is in Booking.com's own zone. Raises :class:`OddValue`."""
    # GUESS: that zone is not documented. In Booking.com's own sample a booking of 11:06:39 is sent at 10:06:51 UTC,
    # in November: https://connect.booking.com/user_guide/site/en-US/ota-resnotif/
    moment = sane_instant(value, name)
    if moment is None or not _ZONE_SIGNS.isdisjoint(value.strip()[10:]):
        return moment
    return moment.replace(tzinfo=CENTRAL_EUROPE).astimezone(UTC)
