"""Which cleaning goes along when a stay is given another room."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from cleaning.choices import TO_DO
from cleaning.models import CleaningTask
from reservations.wording import short_date_text


def cleaning_that_follows(hotel_id: int, stay_ids: Collection[int]) -> dict[int, list[str]]:
    """Sentences about open tasks by stay. One query."""
    tasks = CleaningTask.objects.filter(hotel_id=hotel_id, stay_id__in=stay_ids, state__in=TO_DO)
    found: dict[int, list[str]] = {}
    for task in tasks.select_related("room").order_by("date", "pk"):
        words = {
            "kind": task.get_kind_display(),
            "room": task.room.name if task.room else "—",
            "day": short_date_text(task.date),
        }
        found.setdefault(task.stay_id or 0, []).append(_("%(kind)s on %(day)s, planned in %(room)s") % words)
    return found
