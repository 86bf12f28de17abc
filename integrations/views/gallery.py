"""The gallery: the hotel's connections with their state, then everything that can be connected."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from integrations import selectors
from integrations.views.doors import may_manage
from reservations.hotel_pages import hotel_page
from reservations.live import live_response, live_token
from reservations.models import Hotel
from reservations.permissions import Permission


@require_safe
@hotel_page(Permission.SEE_CONNECTIONS)
def gallery(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """The connections part keeps itself fresh."""
    cards = selectors.connection_cards(hotel)
    token = live_token(
        *(
            (
                card.connection.pk,
                card.connection.name,
                card.connection.status,
                card.connection.last_success_at,
                card.connection.next_run_at,
                card.alerts,
                card.waiting,
                card.missing_step,
            )
            for card in cards
        )
    )
    return live_response(
        request,
        "integrations/_connections.html",
        lambda: {
            "title": _("Integrations"),
            "subtitle": _("Where your bookings come from."),
            "cards": cards,
            "shelves": selectors.shelves(cards),
            "may_manage": may_manage(request),
        },
        token,
        page="integrations/gallery.html",
    )
