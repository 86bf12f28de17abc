"""The pages of conflicts: the list, and one with what happened and the ways out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from reservations import conflict_selectors
from reservations.conflict_story import URGENT, cause_words, headline, moments
from reservations.consequences import consequences
from reservations.hotel_pages import hotel_page
from reservations.live import live_response, live_token
from reservations.models import Conflict, Hotel
from reservations.permissions import Permission
from reservations.selectors import bookings_stamp
from reservations.stay_layout import guest_of
from reservations.ways_out import WayKind, take_way, ways_out


@require_safe
@hotel_page(Permission.SEE_RESERVATIONS)
def conflict_list(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Guests without a room, the soonest first, and how the last ones ended. Keeps itself fresh."""

    def context() -> dict[str, Any]:
        now = timezone.now()
        return {
            "title": _("Conflicts"),
            "open": [_line(conflict) for conflict in conflict_selectors.open_conflicts(hotel)],
            "ended": [_line(conflict) for conflict in conflict_selectors.ended_conflicts(hotel, now)[:50]],
        }

    return live_response(
        request,
        "reservations/conflict_rows.html",
        context,
        live_token(*conflict_selectors.conflicts_stamp(hotel)),
        page="reservations/conflict_list.html",
    )


@require_safe
@hotel_page(Permission.SEE_RESERVATIONS)
def conflict(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """What happened to one stay, why, and what can be done."""
    found = _found(hotel, pk)

    def context() -> dict[str, Any]:
        ways = ways_out(hotel, found) if found.closed_at is None else []
        follows = consequences(hotel.pk, {step.stay_id for way in ways for step in way.steps})
        return {
            "title": _("Conflict"),
            "headline": headline(found),
            "conflict": found,
            "stay": found.stay,
            "guest": guest_of(found.stay),
            "is_urgent": _is_urgent(found),
            "cause": cause_words(found),
            "zone": found.property.zone,
            "moments": moments(found, conflict_selectors.rivals_of(found)),
            "ways": [
                {
                    "way": way,
                    "tells_guest": way.kind in (WayKind.UPGRADE, WayKind.SPLIT, WayKind.SISTER),
                    "follows": list(
                        dict.fromkeys(text for step in way.steps for text in follows.get(step.stay_id, ()))
                    ),
                }
                for way in ways
            ],
        }

    stay = found.stay
    token = live_token(
        found.pk,
        found.closed_at,
        found.kind,
        found.first,
        found.last,
        stay.room_id,
        stay.overbooked,
        *conflict_selectors.conflicts_stamp(hotel),
        bookings_stamp(hotel),
    )
    return live_response(
        request, "reservations/conflict_body.html", context, token, page="reservations/conflict.html"
    )


@require_POST
@hotel_page(Permission.CHANGE_RESERVATIONS)
def conflict_solve(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Take one way out; what changed since the page was made is said on the fresh page."""
    try:
        take_way(hotel=hotel, user=request.user, conflict_id=pk, key=request.POST.get("way", ""))
    except Conflict.DoesNotExist:
        raise Http404 from None
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Done. Channels and cleaning hear of it now."))
    response = redirect(reverse("conflict", args=[hotel.slug, pk]))
    response.status_code = 303
    return response


def _found(hotel: Hotel, pk: int) -> Conflict:
    try:
        return conflict_selectors.conflict_with_everything(hotel, pk)
    except Conflict.DoesNotExist:
        raise Http404 from None


def _line(conflict: Conflict) -> dict[str, Any]:
    return {
        "row": conflict,
        "headline": headline(conflict),
        "cause": cause_words(conflict).label,
        "is_urgent": _is_urgent(conflict),
    }


def _is_urgent(conflict: Conflict) -> bool:
    today = timezone.localtime(timezone.now(), conflict.property.zone).date()
    return conflict.closed_at is None and conflict.first - today <= URGENT
