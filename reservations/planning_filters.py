"""What the address of the planning board asks for; whatever makes no sense is replaced by the usual."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from reservations.channels import channel_name
from reservations.events import FAR
from reservations.last_house import house_shown
from reservations.models import Hotel, Property, RoomType
from reservations.selectors import channels_of

LENGTHS = (14, 30, 60)
USUAL_LENGTH = 30
#: Days before this one show today.
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class PlanningFilter:
    """A property and days of it; ``kind`` and ``channel`` are None and empty when all are wanted."""

    houses: Sequence[Property]
    house: Property
    kinds: Sequence[RoomType]
    kind: RoomType | None
    #: (slug, name) by name.
    channels: Sequence[tuple[str, str]]
    channel: str
    first: date
    length: int
    today: date

    @property
    def days(self) -> int:
        """How many days are shown: thirty from the first of a month are that month."""
        return _days_of_month(self.first) if self._is_month else self.length

    @property
    def earlier(self) -> date:
        before = self.first - timedelta(days=1)
        return before.replace(day=1) if self._is_month else self.first - timedelta(days=self.length)

    @property
    def later(self) -> date:
        return self.first + timedelta(days=self.days)

    @property
    def month(self) -> date:
        """The first of the month that the board begins in."""
        return self.first.replace(day=1)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.kind or self.channel)

    @property
    def lengths(self) -> tuple[int, ...]:
        return LENGTHS

    def query(self, **more: Any) -> str:
        """What the address says to show the same, with ``more`` said otherwise."""
        asked = {
            "property": self.house.pk,
            "type": self.kind.pk if self.kind else "",
            "channel": self.channel,
            "from": self.first,
            "days": self.length,
            **more,
        }
        return urlencode({name: value for name, value in asked.items() if value != ""})

    @property
    def _is_month(self) -> bool:
        return self.first.day == 1 and self.length == USUAL_LENGTH


def planning_filter(request: HttpRequest, hotel: Hotel, *, remember: bool = True) -> PlanningFilter | None:
    """What to show; None for a hotel without a property. Three statements."""
    asked = request.GET
    houses = list(Property.objects.of(hotel))
    if not houses:
        return None
    house = house_shown(request, hotel, houses, remember=remember)
    kinds = list(RoomType.objects.filter(property=house).order_by("name", "pk"))
    names = sorted(
        ((slug, channel_name(slug)) for slug in channels_of(hotel) if slug), key=lambda pair: pair[1].lower()
    )
    today = timezone.localtime(timezone.now(), house.zone).date()
    wanted = asked.get("channel", "")
    return PlanningFilter(
        houses=houses,
        house=house,
        kinds=kinds,
        kind=next((kind for kind in kinds if str(kind.pk) == asked.get("type")), None),
        channels=names,
        channel=wanted if wanted in dict(names) else "",
        first=_first(asked.get("from", ""), today),
        length=next((length for length in LENGTHS if str(length) == asked.get("days")), USUAL_LENGTH),
        today=today,
    )


def _first(text: str, today: date) -> date:
    try:
        first = date.fromisoformat(text)
    except ValueError:
        return today
    return first if EARLIEST <= first <= today + FAR else today


def _days_of_month(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]
