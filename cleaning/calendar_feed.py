"""A person's tasks as a calendar that phones and calendar programs subscribe to (RFC 5545)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event

from cleaning.choices import FINISHED_STATES, LinkPurpose, TaskState
from cleaning.links import find_link, note_use
from cleaning.models import CleaningTask
from cleaning.people import tasks_of_person
from cleaning.wording import place_text

PAST = timedelta(days=7)
FUTURE = timedelta(days=30)
#: How often a program should ask again.
ASK_AGAIN = timedelta(minutes=15)


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar behind a link that was made for it; 404 once the link is withdrawn. Eight queries."""
    now = timezone.now()
    link = find_link(token, LinkPurpose.CALENDAR, now)
    if link is None:
        raise Http404
    note_use(link, now)
    with translation.override(link.user.language):
        body = calendar_of(link.user, now)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response: HttpResponse
    if etag in request.headers.get("if-none-match", ""):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="llavero.ics"'
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def calendar_of(user: Any, now: datetime) -> bytes:
    """The person's tasks from a week ago to in 30 days, in the active language. One query.

    Without guests' names and door codes: whoever has the address reads it. The same tasks give the same bytes.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Llavero//Cleaning//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Cleaning"))
    calendar.add("x-published-ttl", "PT15M")
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    for task in _tasks(user, now):
        calendar.add_component(_event(task))
    body: bytes = calendar.to_ical()
    return body


def _tasks(user: Any, now: datetime) -> list[CleaningTask]:
    tasks = tasks_of_person(user).filter(date__gte=(now - PAST).date(), date__lte=(now + FUTURE).date())
    return list(
        tasks.select_related("property", "room", "room_type").order_by("window_start", "window_end", "pk")
    )


def _event(task: CleaningTask) -> Event:
    event = Event()
    host = urlsplit(settings.PUBLIC_BASE_URL).hostname or "llavero"
    event.add("uid", f"cleaning-task-{task.pk}@{host}")
    event.add("dtstamp", task.changed_at.astimezone(UTC))
    event.add("last-modified", task.changed_at.astimezone(UTC))
    # Programs take a changed event only with a higher number.
    event.add("sequence", max(0, int(task.changed_at.timestamp()) - 1_600_000_000))
    event.add("dtstart", task.window_start.astimezone(UTC))
    event.add("dtend", task.window_end.astimezone(UTC))
    event.add("summary", _summary(task))
    event.add("location", task.property.name)
    minutes = _("%(minutes)s minutes") % {"minutes": task.minutes}
    event.add("description", f"{task.get_state_display()} · {minutes}")
    event.add("status", "CANCELLED" if task.state == TaskState.CANCELLED else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if task.state in FINISHED_STATES else "OPAQUE")
    return event


def _summary(task: CleaningTask) -> str:
    done = "✓ " if task.state in FINISHED_STATES else ""
    return f"{done}{place_text(task)} · {task.get_kind_display()}"
