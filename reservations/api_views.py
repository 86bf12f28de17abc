"""What other programs read of a hotel, as JSON: each view asks for a signed-in member whose role may see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NoReturn

from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework.exceptions import NotAuthenticated, NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reservations.availability import NightAvailability, availability, availability_of_types
from reservations.choices import Role
from reservations.models import Hotel, Membership, Property
from reservations.permissions import ROLE_PERMISSIONS, Permission

MOST_NIGHTS = 400


class HotelView(APIView):
    """A view below ``hotels/<slug>/``: finds the hotel in the user's scope, as ``self.hotel``.

    A hotel outside the user's scope is a 404, a role without any of ``permissions`` a 403. Nobody keeps the answer.
    """

    permissions: frozenset[Permission]
    hotel: Hotel

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        memberships = Membership.objects.visible_to(request.user).filter(user=request.user)
        membership = memberships.filter(hotel__slug=kwargs["slug"]).select_related("hotel").first()
        if membership is None:
            raise NotFound(_("This hotel does not exist, or you do not belong to it."))
        if not self.permissions & ROLE_PERMISSIONS[Role(membership.role)]:
            raise PermissionDenied(_("Your role in this hotel does not allow this."))
        self.hotel = membership.hotel

    def permission_denied(
        self, request: Request, message: str | None = None, code: str | None = None
    ) -> NoReturn:
        raise NotAuthenticated(_("Sign in first."))

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        patch_cache_control(response, private=True, no_store=True)
        return super().finalize_response(request, response, *args, **kwargs)


class AvailabilityView(HotelView):
    """``GET ?property=<id>&from=<day>&to=<day>``: what is free of each room type, night by night.

    ``to`` is the day after the last night; ``type=<id>`` asks for one type only.
    """

    permissions = frozenset({Permission.SEE_RATES, Permission.SEE_RESERVATIONS})

    def get(self, request: Request, slug: str) -> Response:
        first, last = _span(request)
        house, kinds = self._house(_number(request, "property"))
        if request.GET.get("type"):
            chosen = _number(request, "type")
            kinds = {pk: name for pk, name in kinds.items() if pk == chosen}
            if not kinds:
                _refuse("type", _("The property has no room type with this number."))
            found = availability_of_types(kinds, first=first, last=last)
        else:
            found = availability(property_id=house["id"], first=first, last=last)
        return Response(
            {
                "property": house,
                "from": first,
                "to": last,
                "types": [{"id": pk, "name": kinds[pk], "nights": _nights(found[pk])} for pk in kinds],
            }
        )

    def _house(self, pk: int) -> tuple[dict[str, Any], dict[int, str]]:
        """The property and the names of its room types by id. One query."""
        rows = list(
            Property.objects.of(self.hotel)
            .filter(pk=pk)
            .order_by("room_types__name", "room_types__pk")
            .values_list("name", "room_types__pk", "room_types__name")
        )
        if not rows:
            raise NotFound(_("The hotel has no property with this number."))
        return {"id": pk, "name": rows[0][0]}, {kind: name for _name, kind, name in rows if kind is not None}


def _span(request: Request) -> tuple[date, date]:
    first, last = _day(request, "from"), _day(request, "to")
    if last <= first:
        _refuse("to", _("This day must be later than the first night."))
    if (last - first).days > MOST_NIGHTS:
        _refuse(
            "to",
            ngettext("Ask for %(count)s night at most.", "Ask for %(count)s nights at most.", MOST_NIGHTS)
            % {"count": MOST_NIGHTS},
        )
    return first, last


def _day(request: Request, name: str) -> date:
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        _refuse(name, _("Give a day as YYYY-MM-DD, such as 2031-06-10."))


def _number(request: Request, name: str) -> int:
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        _refuse(name, _("Give the number of one, such as 12."))
    return int(text)


def _refuse(name: str, sentence: str) -> NoReturn:
    raise ValidationError({name: [sentence]})


def _nights(nights: Sequence[NightAvailability]) -> list[dict[str, Any]]:
    """Plain dictionaries: a year of a house is thousands of nights, for which serializers take too long."""
    return [
        {
            "date": night.date.isoformat(),
            "rooms": night.rooms,
            "closed": night.closed,
            "sold": night.sold,
            "linked": night.linked,
            "free": night.free,
        }
        for night in nights
    ]
