"""What each role may do in its hotel. Pages, admin and services ask :func:`may`; nothing else compares roles."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from reservations.choices import Role

if TYPE_CHECKING:
    from reservations.models import Hotel


class Permission(enum.StrEnum):
    SEE_RESERVATIONS = "see_reservations"
    CHANGE_RESERVATIONS = "change_reservations"
    SEE_RATES = "see_rates"
    SET_RATES = "set_rates"
    SEE_CLEANING = "see_cleaning"
    PLAN_CLEANING = "plan_cleaning"
    DO_CLEANING = "do_cleaning"
    SEE_CONNECTIONS = "see_connections"
    MANAGE_CONNECTIONS = "manage_connections"
    MANAGE_HOTEL = "manage_hotel"


_EVERYTHING = frozenset(Permission)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _EVERYTHING,
    Role.MANAGER: _EVERYTHING,
    Role.RECEPTIONIST: frozenset(
        {
            Permission.SEE_RESERVATIONS,
            Permission.CHANGE_RESERVATIONS,
            Permission.SEE_RATES,
            Permission.SEE_CLEANING,
            Permission.SEE_CONNECTIONS,
        }
    ),
    Role.HOUSEKEEPING_MANAGER: frozenset(
        {
            Permission.SEE_RESERVATIONS,
            Permission.SEE_CLEANING,
            Permission.PLAN_CLEANING,
            Permission.DO_CLEANING,
        }
    ),
    Role.CLEANER: frozenset({Permission.SEE_CLEANING, Permission.DO_CLEANING}),
}


def permissions_of(user: Any, hotel: Hotel) -> frozenset[Permission]:
    """What ``user`` may do in ``hotel``; empty for anyone who does not belong to it. One query."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    role = hotel.memberships.filter(user_id=user.pk).values_list("role", flat=True).first()
    return ROLE_PERMISSIONS[Role(role)] if role else frozenset()


def permissions_here(request: HttpRequest) -> frozenset[Permission]:
    """What the user may do in the hotel of the page, as :func:`reservations.hotel_pages.hotel_page` found it."""
    held: frozenset[Permission] = request.hotel_permissions  # type: ignore[attr-defined]
    return held


def may(user: Any, hotel: Hotel, permission: Permission) -> bool:
    """Whether ``user`` holds ``permission`` in ``hotel``."""
    return permission in permissions_of(user, hotel)
