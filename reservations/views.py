"""The pages of reservations: the list with search and filters, and one reservation with its history."""

from __future__ import annotations

import re
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reservations import selectors
from reservations.channels import channel_name
from reservations.choices import StayStatus
from reservations.conflict_story import headline
from reservations.filters import ReservationFilter
from reservations.history import told
from reservations.hotel_pages import hotel_page
from reservations.live import live_response, live_token
from reservations.models import Hotel, Reservation, Stay
from reservations.panels import rendered_panels
from reservations.permissions import Permission, permissions_here

PAGE_SIZE = 50

#: A form's token is written differently every time and is no news.
_FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


@require_safe
@hotel_page(Permission.SEE_RESERVATIONS)
def reservation_list(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """The hotel's reservations, 50 a page; the first page keeps itself fresh."""
    page_number = request.GET.get("page", "1")

    def context() -> dict[str, Any]:
        form = ReservationFilter(request.GET, hotel=hotel, channels=selectors.channels_of(hotel))
        rows = selectors.reservations_matching(hotel, form.wanted())
        page = Paginator(rows, PAGE_SIZE).get_page(page_number)
        page.object_list = list(selectors.with_stays(page.object_list))
        return {
            "title": _("Reservations"),
            "form": form,
            "page": page,
            "seconds": 1 if page.number == 1 else 60,
            "connect_url": _address("integration_gallery", hotel.slug, request, Permission.SEE_CONNECTIONS),
        }

    return live_response(
        request,
        "reservations/list_rows.html",
        context,
        live_token(selectors.bookings_stamp(hotel)),
        page="reservations/list.html",
    )


@require_safe
@hotel_page(Permission.SEE_RESERVATIONS)
def reservation_detail(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """One reservation: guest, stays with their nights, what other apps know of it, sources and history."""
    try:
        reservation = selectors.reservation_with_everything(hotel, pk)
    except Reservation.DoesNotExist:
        raise Http404 from None
    panels = rendered_panels(request, reservation)

    def context() -> dict[str, Any]:
        sources = sorted(reservation.sources.all(), key=lambda source: source.received_at, reverse=True)
        return {
            "title": _title(reservation),
            "reservation": reservation,
            "stays": [
                {
                    "row": stay,
                    "nights": selectors.nights_of_tape(stay),
                    "conflict": _conflict(stay, reservation),
                    "mapping_url": _mapping_url(request, sources),
                }
                for stay in reservation.stays.all()
            ],
            "sources": sources,
            "history": told(reservation.changes.all(), reservation.currency),
            "panels": panels,
        }

    changes = reservation.changes.all()
    token = live_token(
        reservation.changed_at,
        changes[0].pk if changes else "",
        [
            (stay.pk, stay.unmapped, stay.room_id, [conflict.pk for conflict in stay.conflicts.all()])
            for stay in reservation.stays.all()
        ],
        [(source.pk, source.received_at) for source in reservation.sources.all()],
        *(_FORM_TOKEN.sub("", panel) for panel in panels),
    )
    return live_response(
        request, "reservations/detail_body.html", context, token, page="reservations/detail.html"
    )


def _conflict(stay: Stay, reservation: Reservation) -> dict[str, Any] | None:
    """What the page says of the stay's open conflict; None without one."""
    for conflict in stay.conflicts.all():
        stay.reservation = reservation
        conflict.stay = stay
        return {"pk": conflict.pk, "headline": headline(conflict)}
    return None


def _title(reservation: Reservation) -> str:
    if reservation.status == StayStatus.BLOCK:
        return _("Room blocked")
    if reservation.booker and reservation.booker.name:
        return reservation.booker.name
    return _("Booking of %(channel)s") % {"channel": channel_name(reservation.channel)}


def _mapping_url(request: HttpRequest, sources: list[Any]) -> str:
    """Where the rooms of the reservation's first source are mapped, for a user who may do it; else empty."""
    if not sources or Permission.MANAGE_CONNECTIONS not in permissions_here(request):
        return ""
    try:
        return reverse("connection_mapping", args=[request.hotel.slug, sources[0].connection_id])  # type: ignore[attr-defined]
    except NoReverseMatch:
        return ""


def _address(name: str, slug: str, request: HttpRequest, permission: Permission) -> str:
    """The address of another app's page when it exists and the user may open it; else empty."""
    if permission not in permissions_here(request):
        return ""
    try:
        return reverse(name, args=[slug])
    except NoReverseMatch:
        return ""
