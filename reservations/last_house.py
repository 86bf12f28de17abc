"""Which property of a hotel somebody looked at last, so that the next page opens with it."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest

from reservations.models import Hotel, Property

_LAST = "last_house"


def house_shown(
    request: HttpRequest, hotel: Hotel, houses: Sequence[Property], *, remember: bool = True
) -> Property:
    """The one of ``houses`` that the address names, else the one that was looked at last, else the first.

    One that is named is remembered for this sign-in, but not (``remember``) by what pages ask for by themselves.
    """
    by_pk = {str(house.pk): house for house in houses}
    remembered = request.session.get(_LAST, {})
    named = request.GET.get("property", "")
    if remember and named in by_pk and remembered.get(hotel.slug) != named:
        request.session[_LAST] = {**remembered, hotel.slug: named}
    return by_pk.get(named) or by_pk.get(remembered.get(hotel.slug, "")) or houses[0]
