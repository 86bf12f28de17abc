"""What one connection received: each message with its state, its problems in words and a replay button."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from django.contrib import messages as notices
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from integrations import selectors
from integrations.inbox import body_of, replay
from integrations.models import Connection, InboxMessage
from integrations.redaction import redact_text
from integrations.views.doors import connection_or_404, may_manage
from integrations.views.wizard import see_other
from reservations.encrypted import CredentialsUnreadable
from reservations.hotel_pages import hotel_page
from reservations.live import live_response, live_token
from reservations.models import Hotel
from reservations.permissions import Permission

#: How much of a body is shown; the whole stays stored.
SHOWN_CHARACTERS = 100_000
#: Replayed with one press; pressing again takes the next ones.
REPLAY_AT_ONCE = 200
_SHOWN = 5000


@require_safe
@hotel_page(Permission.SEE_CONNECTIONS)
def message_list(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Newest first, filtered by state; keeps itself fresh."""
    connection = connection_or_404(hotel, pk)
    state = request.GET.get("show", "")
    if state not in InboxMessage.State.values:
        state = ""
    counts = selectors.message_counts(connection)
    page = Paginator(
        selectors.messages_of(connection, state=state)[:_SHOWN], selectors.MESSAGES_PAGE
    ).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    filters = [
        {"value": value, "label": label, "count": counts[value], "current": value == state}
        for value, label in InboxMessage.State.choices
        if counts.get(value)
    ]
    return live_response(
        request,
        "integrations/_messages.html",
        {
            "title": _("Received messages"),
            "subtitle": connection.name,
            "connection": connection,
            "page": page,
            "rows": rows,
            "filters": filters,
            "state": state,
            "total": sum(counts.values()),
            "failed": counts.get(InboxMessage.State.DEAD, 0) + counts.get(InboxMessage.State.FAILED, 0),
            "may_manage": may_manage(request),
            "back_url": reverse("connection_detail", args=[hotel.slug, pk]),
        },
        live_token(
            state, page.number, counts, [(row.pk, row.state, row.attempts, row.duplicates) for row in rows]
        ),
        page="integrations/messages.html",
    )


@require_safe
@hotel_page(Permission.MANAGE_CONNECTIONS)
def message(request: HttpRequest, hotel: Hotel, pk: int, message_pk: int) -> HttpResponse:
    """One message with its body, secrets and card numbers taken out."""
    connection = connection_or_404(hotel, pk)
    row = _message_or_404(connection, message_pk)
    body, cut = _readable(row)
    context: dict[str, Any] = {
        "title": _("Message %(id)s") % {"id": row.pk},
        "subtitle": connection.name,
        "connection": connection,
        "message": row,
        "body": body,
        "cut": cut,
        "may_manage": may_manage(request),
        "back_url": reverse("connection_messages", args=[hotel.slug, pk]),
    }
    response = render(request, "integrations/message.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@hotel_page(Permission.MANAGE_CONNECTIONS)
def replay_one(request: HttpRequest, hotel: Hotel, pk: int, message_pk: int) -> HttpResponse:
    """Have one message processed again."""
    connection = connection_or_404(hotel, pk)
    _require_live(request, connection)
    replay(message=_message_or_404(connection, message_pk), user=request.user)
    notices.success(request, _("The message is processed again."))
    return see_other(reverse("connection_messages", args=[hotel.slug, pk]))


@require_POST
@hotel_page(Permission.MANAGE_CONNECTIONS)
def replay_failed(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Have the oldest failed messages processed again, a bounded number with one press."""
    connection = connection_or_404(hotel, pk)
    _require_live(request, connection)
    failed = InboxMessage.objects.filter(
        connection=connection, state__in=(InboxMessage.State.DEAD, InboxMessage.State.FAILED)
    )
    rows = list(failed.select_related("connection").defer("body").order_by("pk")[:REPLAY_AT_ONCE])
    for row in rows:
        replay(message=row, user=request.user)
    notices.success(
        request,
        ngettext("%(n)s message is processed again.", "%(n)s messages are processed again.", len(rows))
        % {"n": len(rows)},
    )
    return see_other(reverse("connection_messages", args=[hotel.slug, pk]))


def _require_live(request: HttpRequest, connection: Connection) -> None:
    """A connection that is not running processes nothing; say so instead of leaving the message waiting."""
    if not may_manage(request):
        raise PermissionDenied
    if not connection.is_live:
        notices.warning(request, _("This connection is not running: it is processed once it is again."))


def _message_or_404(connection: Connection, pk: int) -> InboxMessage:
    rows = InboxMessage.objects.filter(connection=connection).select_related("connection").defer("body")
    return get_object_or_404(rows, pk=pk)


def _readable(row: InboxMessage) -> tuple[str, bool]:
    """The body as text, JSON in lines, nothing secret; and whether it was cut. Opens the body only here."""
    try:
        text = body_of(row).decode("utf-8", "replace")
    except (CredentialsUnreadable, ValueError):
        return _("The body cannot be opened with the keys of this installation."), False
    with contextlib.suppress(ValueError, RecursionError):  # what is not JSON is shown as it came
        text = json.dumps(_unfolded(json.loads(text)), indent=2, ensure_ascii=False)
    return redact_text(text[:SHOWN_CHARACTERS]), len(text) > SHOWN_CHARACTERS


def _unfolded(value: Any) -> Any:
    """JSON inside a string of the outer object, as some senders wrap it, opened one level for reading."""
    if not isinstance(value, dict):
        return value
    opened = {}
    for name, item in value.items():
        if isinstance(item, str) and item[:1] in ("{", "["):
            with contextlib.suppress(ValueError, RecursionError):
                item = json.loads(item)
        opened[name] = item
    return opened
