"""The planning board: the page, and its grid alone for pages that keep it fresh."""

from __future__ import annotations

from typing import Any

from babel.dates import format_skeleton
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import parse_etags, quote_etag
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from reservations.hotel_pages import hotel_page
from reservations.live import live_token
from reservations.models import Hotel
from reservations.permissions import Permission, permissions_here
from reservations.planning_board import board
from reservations.planning_edits import latest_edits
from reservations.planning_filters import PlanningFilter, planning_filter
from reservations.planning_selectors import board_stamp
from reservations.wording import active_locale


@require_safe
@gzip_page
@hotel_page(Permission.SEE_RESERVATIONS)
def planning(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Rooms and nights of one property."""
    shown = planning_filter(request, hotel)
    context = _context(request, hotel, shown) if shown else {}
    response = render(request, "reservations/planning.html", {"title": _("Planning"), **context})
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@gzip_page
@hotel_page(Permission.SEE_RESERVATIONS)
def planning_grid(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """The grid alone; 304 while what it shows is what the asking page has (``If-None-Match``)."""
    shown = planning_filter(request, hotel, remember=False)
    if shown is None:
        raise Http404
    tag = _tag(request, hotel, shown)
    # A proxy that packs the answer makes the tag a weak one.
    known = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
    if tag in known:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = render(request, "reservations/planning_grid.html", _context(request, hotel, shown))
    response["ETag"] = tag
    response["Cache-Control"] = "no-store"
    return response


def _tag(request: HttpRequest, hotel: Hotel, shown: PlanningFilter) -> str:
    held = sorted(permissions_here(request))
    stamp = board_stamp(hotel, shown.house, first=shown.first, days=shown.days)
    return quote_etag(live_token(stamp, shown.query(), held))


def _context(request: HttpRequest, hotel: Hotel, shown: PlanningFilter) -> dict[str, Any]:
    # Read before the board: what happens in between is shown again, not missed.
    tag = _tag(request, hotel, shown)
    return {
        "shown": shown,
        "tag": tag,
        "board": board(
            hotel,
            property=shown.house,
            first=shown.first,
            days=shown.days,
            room_types=[shown.kind.pk] if shown.kind else None,
            channels=[shown.channel] if shown.channel else None,
        ),
        "edits": latest_edits(hotel, shown.house),
        "month_name": capfirst(format_skeleton("yMMMM", shown.first, locale=active_locale())),
        "may_change": Permission.CHANGE_RESERVATIONS in permissions_here(request),
        **_addresses(hotel, shown),
    }


def _addresses(hotel: Hotel, shown: PlanningFilter) -> dict[str, str]:
    """Where the board leads. Addresses of stays and edits end before or hold a 0 where their number belongs."""
    return {
        "earlier": shown.query(**{"from": shown.earlier}),
        "later": shown.query(**{"from": shown.later}),
        "at_today": shown.query(**{"from": ""}),
        "whole_month": shown.query(**{"from": shown.month, "days": ""}),
        "everything": shown.query(type="", channel=""),
        "grid_url": f"{_url('planning_grid', hotel)}?{shown.query()}",
        "stay_url": _url("planning_stay", hotel, 0).removesuffix("0/"),
        "move_url": _url("planning_move", hotel, 0),
        "swap_url": _url("planning_swap", hotel, 0),
        "undo_url": _url("planning_undo", hotel, 0),
        "block_url": _url("planning_block", hotel),
        "conflicts_url": _url("conflict_list", hotel),
    }


def _url(name: str, hotel: Hotel, *args: int) -> str:
    return reverse(name, args=[hotel.slug, *args])
