"""The main navigation: the pages of one hotel that this user may open, and the user's other hotels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reservations.choices import Role
from reservations.models import Hotel, Membership
from reservations.permissions import ROLE_PERMISSIONS, Permission

register = template.Library()

#: The session remembers which hotel was looked at last, for pages whose address names none (the admin's lists).
LAST_HOTEL = "last_hotel"


@dataclass(frozen=True, slots=True)
class _Entry:
    """One item: it is current on every page whose url name starts with one of ``owns``.

    On a telephone, where not all fit, the items ``at_hand`` are shown and the others are behind "More".
    """

    url_name: str
    label: str | Promise
    icon: str
    permission: Permission | None
    owns: tuple[str, ...]
    at_hand: bool = False


_ENTRIES = (
    _Entry("hotel_home", _("Today"), "today", None, ("hotel_home",), at_hand=True),
    _Entry(
        "desk",
        _("Front desk"),
        "bell",
        Permission.SEE_RESERVATIONS,
        ("desk", "booking_", "ledger_"),
        at_hand=True,
    ),
    _Entry(
        "planning",
        _("Planning"),
        "board",
        Permission.SEE_RESERVATIONS,
        ("planning", "conflict"),
        at_hand=True,
    ),
    _Entry("reservation_list", _("Reservations"), "book", Permission.SEE_RESERVATIONS, ("reservation_",)),
    _Entry("rates", _("Rates"), "key", Permission.SEE_RATES, ("rates",)),
    _Entry(
        "cleaning_day",
        _("Cleaning"),
        "broom",
        Permission.SEE_CLEANING,
        ("cleaning_", "cleaner_"),
        at_hand=True,
    ),
    _Entry(
        "integration_gallery",
        _("Integrations"),
        "plug",
        Permission.SEE_CONNECTIONS,
        ("integration_", "connection_", "application_"),
    ),
)


#: So many items fit beside each other on a telephone.
FITTING = 5


@dataclass(frozen=True, slots=True)
class Item:
    label: str | Promise
    url: str
    icon: str
    current: bool
    exact: bool
    at_hand: bool = False


@dataclass(frozen=True, slots=True)
class HotelLink:
    name: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Navigation:
    home_url: str = "/"
    hotel: Hotel | None = None
    hotels: list[HotelLink] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)

    @property
    def further(self) -> list[Item]:
        """What is behind "More" on a telephone."""
        return [item for item in self.items if not item.at_hand] if len(self.items) > FITTING else []

    @property
    def is_further(self) -> bool:
        """Whether the page that is looked at is behind "More"."""
        return any(item.current for item in self.further)


@register.simple_tag(takes_context=True)
def navigation(context: template.Context) -> Navigation:
    """What the header shows. One query for a signed-in user, none for others."""
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated:
        return Navigation()
    roles = list(
        Membership.objects.filter(user_id=user.pk).select_related("hotel").order_by("hotel__name", "hotel_id")
    )
    current = _current(request, roles)
    items: list[Item] = []
    if current:
        items = _hotel_items(request, current)
    held = {permission for role in roles for permission in ROLE_PERMISSIONS[Role(role.role)]}
    if Permission.MANAGE_HOTEL in held or user.is_superuser:
        match = request.resolver_match
        inside = bool(match and match.app_name == "admin")
        exact = bool(inside and match.url_name == "index")
        items.append(Item(_("Set-up"), reverse("admin:index"), "sliders", inside, exact))
    return Navigation(
        home_url=_address("home") or "/",
        hotel=current.hotel if current else None,
        hotels=[
            HotelLink(role.hotel.name, url, bool(current and role.hotel_id == current.hotel_id))
            for role in roles
            if (url := _address("hotel_home", role.hotel.slug))
        ],
        items=items,
    )


def _current(request: HttpRequest, roles: list[Membership]) -> Membership | None:
    """The membership in the hotel that the page shows, that was seen last, or that comes first."""
    shown: Any = getattr(request, "hotel", None)
    if shown is not None:
        return next((role for role in roles if role.hotel_id == shown.pk), None)
    last = request.session.get(LAST_HOTEL)
    return next((role for role in roles if role.hotel.slug == last), roles[0] if roles else None)


def _hotel_items(request: HttpRequest, role: Membership) -> list[Item]:
    held = ROLE_PERMISSIONS[Role(role.role)]
    match = request.resolver_match
    name = (match.url_name if match and not match.app_name else "") or ""
    items = []
    for entry in _ENTRIES:
        url = _address(entry.url_name, role.hotel.slug)
        if url and (entry.permission is None or entry.permission in held):
            current = name.startswith(entry.owns)
            exact = name == entry.url_name
            items.append(Item(entry.label, url, entry.icon, current, exact, entry.at_hand))
    return items


def _address(name: str, slug: str | None = None) -> str:
    try:
        return reverse(name, args=[slug] if slug else [])
    except NoReverseMatch:
        return ""
