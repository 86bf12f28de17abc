"""The open problems of a hotel in the order in which somebody should see to them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Case, CharField, Count, F, IntegerField, Value, When, Window
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from integrations.models import Alert
from reservations.models import Hotel

#: Guests without a room come first from so many days before the night on.
SOON = timedelta(days=3)

_GUESTS = ("overbooked", "no_whole_room", "closed_room_sold")
#: While one of these is open, bookings are missed or rooms are sold twice.
_BLIND = ("needs_reconnect", "misconfigured", "connection_failing", "bookings_silent")
_WRONG_NUMBERS = ("offers_refused", "offers_drifted")


def urgent_alerts(hotel: Hotel, today: date, *, length: int) -> tuple[list[Alert], int]:
    """The ``length`` most urgent open alerts with their connections, and how many are open in all. One query.

    Guests who come soon and have no room, then connections that are blind, other guests without a room, wrong
    numbers on sale, and whatever else; among equals the soonest night, then the latest problem.
    """
    soon = When(code__in=_GUESTS, night__lte=str(today + SOON), then=0)
    urgency = Case(
        soon,
        When(code__in=_BLIND, then=1),
        When(code__in=_GUESTS, then=2),
        When(code__in=_WRONG_NUMBERS, then=3),
        default=Value(4),
        output_field=IntegerField(),
    )
    rows = (
        Alert.objects.of(hotel)
        .filter(resolved_at=None)
        .annotate(night=Cast(KT("params__date"), CharField()), open_alerts=Window(Count("pk")))
        .select_related("connection")
        .only("code", "params", "count", "opened_at", "connection__name", "last_at")
        .order_by(urgency, F("night").asc(nulls_last=True), "-last_at", "-pk")[:length]
    )
    found: list[Any] = list(rows)
    return found, found[0].open_alerts if found else 0
