"""Reading conflicts for pages: open ones, those that ended lately, and all of one."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Max, QuerySet

from reservations.models import Conflict, Hotel, Stay

#: Ended conflicts are listed for so long.
LATELY = timedelta(days=30)


def open_conflicts(hotel: Hotel) -> QuerySet[Conflict]:
    """The soonest nights first."""
    return _with_names(Conflict.objects.of(hotel).filter(closed_at__isnull=True)).order_by("first", "pk")


def ended_conflicts(hotel: Hotel, now: datetime) -> QuerySet[Conflict]:
    """Those of the last 30 days, the latest first."""
    ended = Conflict.objects.of(hotel).filter(closed_at__gt=now - LATELY)
    return _with_names(ended).order_by("-closed_at", "-pk")


def conflict_with_everything(hotel: Hotel, pk: int) -> Conflict:
    """One conflict; raises ``Conflict.DoesNotExist`` for another hotel's."""
    return _with_names(Conflict.objects.of(hotel)).get(pk=pk)


def rivals_of(conflict: Conflict) -> list[Stay]:
    """The stays that hold the rooms, as far as they are still there."""
    rows = Stay.objects.filter(hotel_id=conflict.hotel_id, pk__in=conflict.rivals)
    return list(rows.select_related("reservation__booker", "room").order_by("arrival", "pk"))


def conflicts_stamp(hotel: Hotel) -> tuple[object, ...]:
    """Changes whenever a list of conflicts would look different. One query."""
    seen = Conflict.objects.of(hotel).aggregate(
        count=Count("pk"), opened=Max("opened_at"), closed=Max("closed_at"), last=Max("pk")
    )
    return tuple(seen.values())


def _with_names(rows: QuerySet[Conflict]) -> QuerySet[Conflict]:
    return rows.select_related(
        "stay__reservation__booker",
        "stay__property",
        "stay__room",
        "room",
        "room_type",
        "property",
        "ended_by",
    )
