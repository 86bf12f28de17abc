"""What cleaning tells the desk: rooms that became ready for guests who are still to come today, and open findings."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from babel.dates import format_time
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cleaning.choices import FINISHED_STATES, TaskEventKind
from cleaning.models import CleaningTask, Finding, TaskEvent
from reservations.choices import GUEST_STATUSES, StayState
from reservations.desk_news import DeskNews
from reservations.models import Hotel, Property, Stay
from reservations.permissions import Permission
from reservations.wording import active_locale

#: More than fit on a screen are not news.
MOST_ROOMS = 12
#: No house's day is longer, wherever the clock changes.
LONGEST_DAY = timedelta(hours=26)


def cleaning_news(hotel: Hotel, held: Collection[Permission], now: datetime) -> list[DeskNews]:
    """Sentences for the desk at ``now`` (aware), for who may see reservations. One query; three with ready rooms."""
    if Permission.SEE_RESERVATIONS not in held or Permission.SEE_CLEANING not in held:
        return []
    open_findings = Finding.objects.filter(hotel=OuterRef("pk"), settled_at=None).order_by().values("hotel")
    ready = _ready(hotel, now)
    number, has_ready = (
        Hotel.objects.filter(pk=hotel.pk)
        .values_list(Subquery(open_findings.annotate(number=Count("pk")).values("number")), Exists(ready))
        .get()
    )
    return [*_findings_text(hotel, number or 0), *(_ready_rooms(hotel, ready, now) if has_ready else ())]


def guest_is_expected(task: CleaningTask, now: datetime) -> bool:
    """Whether somebody who is not in yet arrives in the task's room on the present day of the house. One query."""
    if task.room_id is None:
        return False
    today = task.property.today(now)
    return _expected(task.hotel_id, [task.room_id], [today]).exists()


def _expected(hotel_id: int, room_ids: Collection[int], days: Collection[date]) -> QuerySet[Stay]:
    return Stay.objects.filter(
        hotel_id=hotel_id,
        room_id__in=room_ids,
        arrival__in=days,
        status__in=GUEST_STATUSES,
        state=StayState.EXPECTED,
        overbooked=False,
    )


def _ready(hotel: Hotel, now: datetime) -> QuerySet[TaskEvent]:
    return TaskEvent.objects.of(hotel).filter(
        what=TaskEventKind.READY,
        at__gt=now - LONGEST_DAY,
        task__room__isnull=False,
        task__state__in=FINISHED_STATES,
    )


def _ready_rooms(hotel: Hotel, ready: QuerySet[TaskEvent], now: datetime) -> list[DeskNews]:
    """One sentence per room that was told ready today and waits for its guest, the latest first. Two queries."""
    latest: dict[int, TaskEvent] = {}
    for event in ready.select_related("task__room", "task__property").order_by("-at", "-pk"):
        house = event.task.property
        if event.task.room_id is not None and house.today(event.at) == house.today(now):
            latest.setdefault(event.task.room_id, event)
    if not latest:
        return []
    days = {event.task.property.today(now) for event in latest.values()}
    awaited = set(_expected(hotel.pk, latest.keys(), days).values_list("room_id", "arrival"))
    told = [
        event for room_id, event in latest.items() if (room_id, event.task.property.today(now)) in awaited
    ]
    address = reverse("cleaning_day", args=[hotel.slug])
    return [
        DeskNews(_ready_text(event), "ok", f"{address}#task-{event.task_id}") for event in told[:MOST_ROOMS]
    ]


def _ready_text(event: TaskEvent) -> str:
    house: Property = event.task.property
    moment = format_time(event.at.astimezone(house.zone).time(), "short", locale=active_locale())
    return _("Room %(room)s is ready since %(time)s") % {"room": event.task.room, "time": moment}


def _findings_text(hotel: Hotel, number: int) -> list[DeskNews]:
    if not number:
        return []
    sentence = ngettext(
        "%(count)s damage or lost thing waits to be settled",
        "%(count)s damages and lost things wait to be settled",
        number,
    )
    return [DeskNews(sentence % {"count": number}, "warn", reverse("cleaning_findings", args=[hotel.slug]))]
