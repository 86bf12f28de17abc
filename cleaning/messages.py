"""What people are told: one message for everything that came together, and the news of one person.

A line of a task's story with a recipient and without a message waits to be told. Nothing else is remembered, so that a
worker that dies loses nothing: the next one finds the same lines.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Min
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from cleaning.choices import TaskEventKind
from cleaning.message_bundles import Entry, entries_of, is_about_today
from cleaning.message_channels import channels
from cleaning.message_wording import body_text, rooms_before, subject_text
from cleaning.models import CleanerMessage, CompanyContract, MessageDelivery, TaskEvent
from reservations.models import Membership, Room

#: What happens within so short a time is told together.
GATHERING = timedelta(seconds=60)
#: Nobody hears of other days more often than this.
QUIET = timedelta(hours=1)
_FOR_PLANNERS = (TaskEventKind.OVERDUE, TaskEventKind.NOT_POSSIBLE)
_RELATED = (
    "task__hotel",
    "task__property",
    "task__room",
    "task__room_type",
    "task__assignee",
    "task__team",
)


def news_for(user: Any, limit: int = 20) -> list[CleanerMessage]:
    """The latest messages to ``user``, latest first; ``read_at`` is empty while unread. One query."""
    return list(CleanerMessage.objects.filter(user_id=user.pk).order_by("-created_at", "-pk")[:limit])


def unread_news(user: Any, limit: int = 5) -> list[CleanerMessage]:
    """The latest messages that ``user`` has not read, latest first. One query."""
    unread = CleanerMessage.objects.filter(user_id=user.pk, read_at=None)
    return list(unread.order_by("-created_at", "-pk")[:limit])


def mark_read(user: Any, *, now: datetime, message_ids: Collection[int] | None = None) -> int:
    """Take messages to ``user`` as read, all of them unless some are named. How many were unread. One query."""
    unread = CleanerMessage.objects.filter(user_id=user.pk, read_at=None)
    if message_ids is not None:
        unread = unread.filter(pk__in=message_ids)
    return unread.update(read_at=now)


def write_messages(now: datetime) -> int:
    """One message to everybody for whom something waits and is due at ``now`` (aware); how many were written.

    Due is what began to wait a minute ago, unless the person was told something within the last hour; what concerns
    the present day of the house is due after the minute even so. What came to nothing is told to nobody. Two workers
    may run at once. A message is written with its deliveries in one transaction, see :mod:`cleaning.message_delivery`.
    """
    waiting = TaskEvent.objects.filter(recipient__isnull=False, message__isnull=True)
    first = waiting.order_by().values("recipient_id").annotate(first=Min("at"))
    ready = first.filter(first__lte=now - GATHERING).order_by("recipient_id")
    recently = set(
        CleanerMessage.objects.filter(created_at__gt=now - QUIET).values_list("user_id", flat=True)
    )
    return sum(_write_to(row["recipient_id"], row["recipient_id"] in recently, now) for row in ready)


def _write_to(user_id: int, was_told: bool, now: datetime) -> int:
    """1 when a message was written to that person, else 0."""
    if was_told and not any(is_about_today(event, now) for event in _waiting_for(user_id)):
        return 0
    with transaction.atomic():
        # Whoever holds the person writes to them; another worker comes by in a minute.
        people = get_user_model().objects.select_for_update(skip_locked=True, no_key=True)
        user = people.filter(pk=user_id).first()
        events = _waiting_for(user_id) if user is not None else []
        if user is None or not events:
            return 0
        ids = [event.pk for event in events]
        hotels = _hotels_of(user_id) if user.is_active else set()
        entries = entries_of([event for event in events if event.hotel_id in hotels], now)
        if not entries:
            TaskEvent.objects.filter(pk__in=ids).update(recipient=None)
            return 0
        message = _message(user, entries, now)
        TaskEvent.objects.filter(pk__in=ids).update(message=message)
        MessageDelivery.objects.bulk_create(
            MessageDelivery(message=message, channel=channel.slug, next_attempt_at=now)
            for channel in channels()
            if channel.address_of(user)
        )
    return 1


def _waiting_for(user_id: int) -> list[TaskEvent]:
    waiting = TaskEvent.objects.filter(recipient_id=user_id, message__isnull=True)
    return list(waiting.select_related(*_RELATED).order_by("at", "pk"))


def _hotels_of(user_id: int) -> set[int]:
    """The hotels of which the person may hear: their own, and those that share with a company of theirs."""
    own = Membership.objects.filter(user_id=user_id).values_list("hotel_id", flat=True)
    shared = CompanyContract.objects.filter(company__members__user_id=user_id)
    return {*own, *shared.values_list("hotel_id", flat=True)}


def _message(user: Any, entries: list[Entry], now: datetime) -> CleanerMessage:
    rooms = dict(Room.objects.filter(pk__in=rooms_before(entries)).values_list("pk", "name"))
    with translation.override(user.language):
        subject, text = subject_text(entries), body_text(entries, rooms)
    return CleanerMessage.objects.create(user=user, created_at=now, subject=subject, text=text)


def link_of(message: CleanerMessage) -> str:
    """The whole address at which the person finds what the message speaks of: the own day; for who plans and was told
    that work is late or not possible, the board of the hotel, or their company's. Two queries at most."""
    events = message.events.order_by("pk").values_list("what", "hotel_id", "hotel__slug")
    troubled = {(hotel_id, slug) for what, hotel_id, slug in events if what in _FOR_PLANNERS}
    if len(troubled) == 1 and all(what in _FOR_PLANNERS for what, _hotel_id, _slug in events):
        ((hotel_id, slug),) = troubled
        if Membership.objects.filter(user_id=message.user_id, hotel_id=hotel_id).exists():
            return _whole("cleaning_day", slug)
    if troubled:
        return _whole("home")
    try:
        return _whole("my_day")
    except NoReverseMatch:
        return _whole("home")


def _whole(name: str, *args: str) -> str:
    return f"{settings.PUBLIC_BASE_URL}{reverse(name, args=args)}"
