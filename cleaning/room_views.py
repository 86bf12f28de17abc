"""The page of all rooms: how each stands today, which the desk keeps open."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cleaning.room_status import RoomStatus
from cleaning.rooms import rooms_page
from cleaning.selectors import local_today
from reservations.hotel_pages import hotel_page
from reservations.live import live_response, live_token
from reservations.models import Hotel, Property
from reservations.permissions import Permission, permissions_here
from reservations.wording import date_text


@require_safe
@hotel_page(Permission.SEE_CLEANING)
def cleaning_rooms(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Every room by floor with its status; it keeps itself fresh."""
    houses = list(Property.objects.of(hotel))
    wanted = request.GET.get("status", "")
    status = wanted if wanted in RoomStatus.values else ""
    house = next((each.pk for each in houses if str(each.pk) == request.GET.get("house")), None)
    now = timezone.now()
    page = rooms_page(hotel, houses, now, status=status, house=house)

    def context() -> dict[str, Any]:
        return {
            "title": _("Rooms"),
            "subtitle": date_text(local_today(houses, now)),
            "rooms": page,
            "houses": houses,
            "house": house,
            "status": status,
            "total": sum(page.counts.values()),
            "sees_guests": Permission.SEE_RESERVATIONS in permissions_here(request),
            "seconds": 2,
        }

    token = live_token(page.token, sorted(page.counts.items()))
    return live_response(request, "cleaning/rooms_grid.html", context, token, page="cleaning/rooms.html")
