"""The door of every page below ``/h/<slug>/``: finds the hotel in the user's scope and checks the permission."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from reservations.models import Hotel
from reservations.permissions import Permission, permissions_of

View = Callable[..., HttpResponseBase]


def hotel_page(permission: Permission | None = None) -> Callable[[View], View]:
    """Decorate ``view(request, hotel, ...)`` so that it is reached as ``view(request, slug, ...)``.

    A hotel outside the user's scope is a 404; a missing ``permission`` is a 403. The hotel and the user's
    permissions are put on the request for the templates (``request.hotel``, ``request.hotel_permissions``).
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def door(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            hotel = get_object_or_404(Hotel.objects.visible_to(request.user), slug=slug)
            held = permissions_of(request.user, hotel)
            if permission is not None and permission not in held:
                raise PermissionDenied
            request.hotel = hotel  # type: ignore[attr-defined]
            request.hotel_permissions = held  # type: ignore[attr-defined]
            return view(request, hotel, *args, **kwargs)

        return door

    return decorate
