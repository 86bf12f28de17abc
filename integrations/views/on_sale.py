"""What a connection sells, night by night, whether the other side took it, and the buttons that act on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from integrations import drift, held_nights, on_sale, on_sale_state, on_sale_words
from integrations.contracts import Capability
from integrations.models import Connection, SyncRun
from integrations.nudges import nudge
from integrations.registry import all_providers, can
from integrations.sweep import COMPARE_TASK
from integrations.views.doors import connection_or_404, may_manage
from integrations.views.wizard import IMPORT, see_other, wizard_url
from integrations.wrong_numbers import DAYS_SHOWN, wrong_numbers
from reservations.hotel_pages import hotel_page
from reservations.live import live_response, live_token
from reservations.models import Hotel
from reservations.permissions import Permission
from reservations.wording import span_text


@require_safe
@hotel_page(Permission.SEE_CONNECTIONS)
def page(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """The page, which keeps itself fresh."""
    connection = connection_or_404(hotel, pk)
    return live_response(
        request,
        "integrations/_on_sale.html",
        lambda: _context(request, hotel, connection),
        live_token(_place(request), *on_sale_state.sale_stamp(connection)),
        page="integrations/on_sale.html",
    )


def _place(request: HttpRequest) -> list[str]:
    return [request.GET.get(name, "") for name in ("from", "page", "night")]


def _context(request: HttpRequest, hotel: Hotel, connection: Connection) -> dict[str, Any]:
    obstacle = on_sale_state.obstacle_of(connection)
    context: dict[str, Any] = {
        "title": _("On sale"),
        "subtitle": _("What %(name)s sells for you, night by night, and whether it took it.")
        % {"name": connection.name},
        "connection": connection,
        "obstacle": obstacle,
        "may_manage": may_manage(request),
        "back_url": reverse("connection_detail", args=[hotel.slug, connection.pk]),
        "mapping_url": reverse("connection_mapping", args=[hotel.slug, connection.pk]),
    }
    if obstacle is not None:
        return context | {"import_url": wizard_url(hotel, connection.provider, connection, IMPORT)}
    today = timezone.localdate()
    counts = on_sale_state.counts_of(connection)
    first, latest = _start(request.GET.get("from", ""), today), on_sale.latest_start(today)
    step = timedelta(days=on_sale.NIGHTS_SHOWN)
    grid = on_sale.sale_grid(connection, first=first, page=_number(request.GET.get("page", "")))
    here = _query(first, today, grid.page)
    night = on_sale.night_facts(connection, _number(request.GET.get("night", "")))
    measure = wrong_numbers(connection, today)
    return context | {
        "sentences": on_sale_state.sentences(connection, counts),
        "outbox": on_sale_state.outbox_of(connection),
        "measure": measure,
        "minutes": on_sale_words.minutes_text(measure.minutes),
        "longest": timedelta(seconds=measure.longest),
        "days_shown": DAYS_SHOWN,
        "unassigned_rates": on_sale_state.unassigned_rates(connection),
        "can_compare": can(connection.provider, Capability.READ_OFFERS),
        "comparison": connection.runs.filter(kind=SyncRun.Kind.COMPARE).first(),
        "wrong": counts.refused + counts.drifted + counts.held,
        "closable": held_nights.closable_nights(connection) if counts.held else 0,
        "grid": grid,
        "night": night,
        "span": span_text(first, first + step - timedelta(days=1)),
        "first": first,
        "today": today,
        "latest": latest,
        "earlier": _query(max(first - step, today), today) if first > today else "",
        "later": _query(min(first + step, latest), today) if first < latest else "",
        "here": here,
        "cells": here if here == "?" else f"{here}&",
        "page_before": _query(first, today, grid.page - 1) if grid.page > 1 else "",
        "page_after": _query(first, today, grid.page + 1) if grid.page < grid.pages else "",
        "legend": [
            (sign, state, on_sale_words.state_label(state)) for state, sign in on_sale_words.SIGNS.items()
        ],
    }


def _start(text: str, today: date) -> date:
    """The night that ``text`` names ("2027-03-15"), within what is kept up to date; today when it names none."""
    try:
        wanted = date.fromisoformat(text)
    except ValueError:
        return today
    return min(max(wanted, today), on_sale.latest_start(today))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else 0


def _query(first: date, today: date, number: int = 1) -> str:
    chosen: dict[str, Any] = {"from": first.isoformat()} if first != today else {}
    if number > 1:
        chosen["page"] = number
    return f"?{urlencode(chosen)}"


# --- buttons --------------------------------------------------------------------------------------------------


@require_POST
@hotel_page(Permission.MANAGE_CONNECTIONS)
def act(request: HttpRequest, hotel: Hotel, pk: int, action: str) -> HttpResponse:
    """Do what a button says, then show the page again (303)."""
    connection = connection_or_404(hotel, pk)
    perform = ACTIONS.get(action)
    if perform is None or connection.provider not in all_providers():
        raise Http404
    if on_sale_state.obstacle_of(connection) is not None or not connection.is_live:
        messages.error(request, _("Nothing can be sent now: the page of the connection says why."))
    else:
        perform(request, connection)
    return see_other(reverse("connection_on_sale", args=[hotel.slug, pk]))


def _compare(request: HttpRequest, connection: Connection) -> None:
    if not can(connection.provider, Capability.READ_OFFERS):
        messages.error(request, _("The other side does not tell what it sells."))
        return
    nudge(COMPARE_TASK, connection.pk)
    messages.info(request, _("Comparing now. The result appears here within a minute or so."))


def _repair(request: HttpRequest, connection: Connection) -> None:
    nights = drift.repair(connection, user=request.user)
    text = ngettext("%(count)s night is sent again.", "%(count)s nights are sent again.", nights)
    messages.success(request, text % {"count": nights})


def _close_here(request: HttpRequest, connection: Connection) -> None:
    nights = held_nights.close_here(connection, user=request.user)
    text = ngettext(
        "%(count)s night is closed here now, too.", "%(count)s nights are closed here now, too.", nights
    )
    messages.success(request, text % {"count": nights})


def _everything(request: HttpRequest, connection: Connection) -> None:
    rooms = drift.send_everything(connection, user=request.user)
    text = ngettext(
        "All nights of %(count)s room are sent again.", "All nights of %(count)s rooms are sent again.", rooms
    )
    messages.success(request, text % {"count": rooms})


ACTIONS: dict[str, Callable[[HttpRequest, Connection], None]] = {
    "compare": _compare,
    "repair": _repair,
    "close_here": _close_here,
    "everything": _everything,
}
