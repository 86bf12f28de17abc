"""Personal links: an address that opens a cleaner's day, or feeds their calendar, without a password.

Whoever holds the address is taken for the person, so only its digest is kept, it ends, it can be withdrawn, and it is
never made for anybody who may do more than clean. Whoever makes one could use it, too: it is made, and works, only
while its maker plans the cleaning everywhere the person cleans, so that no hotel looks into another one with it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from cleaning.choices import CompanyRole, LinkPurpose
from cleaning.models import CompanyMember, PersonalLink
from cleaning.models.access import new_token
from reservations.choices import Role
from reservations.models import Membership
from reservations.permissions import ROLE_PERMISSIONS, Permission

#: A link that signs in lives as long as a season; a calendar is set up once and kept.
SIGN_IN_LASTS = timedelta(days=90)
_PLANNING_ROLES = [role for role, held in ROLE_PERMISSIONS.items() if Permission.PLAN_CLEANING in held]
#: How often the moment of the last use is written down.
_NOTED_EVERY = timedelta(minutes=10)


class LinkRefused(Exception):
    """A link cannot be made for this person; the text says why, for the person who asked."""


@transaction.atomic
def make_link(*, user: Any, purpose: LinkPurpose, made_by: Any, now: datetime) -> tuple[PersonalLink, str]:
    """A new link for ``user`` and its whole address, which cannot be had again later.

    The link that the person had for the same purpose stops working. Raises ``LinkRefused`` for a link that would sign
    in somebody who may do more than clean, and when ``made_by`` does not plan everywhere the person cleans.
    """
    if not may_make_links(made_by, user):
        raise LinkRefused(
            _("This person also cleans for others, who would be seen with the link. Please use a password.")
        )
    if purpose == LinkPurpose.SIGN_IN and not may_sign_in_by_link(user):
        raise LinkRefused(_("This person may do more than clean, and so signs in with a password."))
    # The person's row makes two makers take turns.
    get_user_model().objects.select_for_update().filter(pk=user.pk).values_list("pk").first()
    PersonalLink.objects.filter(user=user, purpose=purpose, revoked_at=None).update(revoked_at=now)
    token = new_token()
    link = PersonalLink.objects.create(
        user=user,
        purpose=purpose,
        digest=_digest(token),
        made_by=made_by,
        made_at=now,
        expires_at=now + SIGN_IN_LASTS if purpose == LinkPurpose.SIGN_IN else None,
    )
    name = "personal_link" if purpose == LinkPurpose.SIGN_IN else "calendar_feed"
    return link, settings.PUBLIC_BASE_URL + reverse(name, args=[token])


def revoke_link(*, user: Any, purpose: LinkPurpose, now: datetime) -> bool:
    """Make the person's link stop working; True when there was one."""
    links = PersonalLink.objects.filter(user=user, purpose=purpose, revoked_at=None)
    return bool(links.update(revoked_at=now))


def find_link(token: str, purpose: LinkPurpose, now: datetime) -> PersonalLink | None:
    """The live link behind ``token`` with its ``user``; None when it is unknown, withdrawn or over.

    It is dead, too, when its maker does not plan everywhere the person cleans any more, and a link that signs in as
    soon as its person may do more than clean. Three queries.
    """
    return _working(live_links(now).filter(purpose=purpose, digest=_digest(token)))


def is_open(link_id: int, user: Any, now: datetime) -> bool:
    """Whether the link that once signed ``user`` in would still do so. Three queries."""
    return _working(live_links(now).filter(pk=link_id, user=user, purpose=LinkPurpose.SIGN_IN)) is not None


def _working(links: QuerySet[PersonalLink]) -> PersonalLink | None:
    link: PersonalLink | None = links.select_related("user", "made_by").first()
    if link is None or link.made_by is None or not link.made_by.is_active or not link.user.is_active:
        return None
    places = _places_of(link.made_by, link.user)
    if not places[link.made_by.pk].covers(places[link.user_id]):
        return None
    if link.purpose == LinkPurpose.SIGN_IN and not _only_cleans(link.user, places[link.user_id]):
        return None
    return link


def note_use(link: PersonalLink, now: datetime) -> None:
    """Write down that the link was used, at most every ten minutes."""
    if link.used_at is None or now - link.used_at >= _NOTED_EVERY:
        PersonalLink.objects.filter(pk=link.pk).update(used_at=now)


def live_links(now: datetime) -> QuerySet[PersonalLink]:
    """Links that work at ``now``."""
    return PersonalLink.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)


def links_of(user: Any, now: datetime) -> dict[str, PersonalLink]:
    """The person's live links by purpose. One query."""
    return {link.purpose: link for link in live_links(now).filter(user=user).select_related("made_by")}


def may_make_links(maker: Any, user: Any) -> bool:
    """Whether ``maker`` plans the cleaning in every hotel and company that ``user`` belongs to. Two queries."""
    if maker is None or not maker.is_active:
        return False
    places = _places_of(maker, user)
    return places[maker.pk].covers(places[user.pk])


def may_sign_in_by_link(user: Any) -> bool:
    """Whether the person cleans somewhere and may do nothing more anywhere. Two queries."""
    return _only_cleans(user, _places_of(user)[user.pk])


@dataclass(slots=True)
class _Places:
    """A person's role in each hotel and company, by its id."""

    hotels: dict[int, str] = field(default_factory=dict)
    companies: dict[int, str] = field(default_factory=dict)

    def covers(self, other: _Places) -> bool:
        """Whether this person plans wherever the other one is, and the other one is somewhere."""
        planned = {pk for pk, role in self.hotels.items() if role in _PLANNING_ROLES}
        planned_companies = {pk for pk, role in self.companies.items() if role == CompanyRole.PLANNER}
        is_somewhere = bool(other.hotels or other.companies)
        return is_somewhere and other.hotels.keys() <= planned and other.companies.keys() <= planned_companies


def _places_of(*people: Any) -> dict[int, _Places]:
    """Where these people belong, by user id. Two queries."""
    places = {person.pk: _Places() for person in people}
    members = Membership.objects.filter(user_id__in=places).order_by()
    for user_id, hotel_id, role in members.values_list("user_id", "hotel_id", "role"):
        places[user_id].hotels[hotel_id] = role
    company_members = CompanyMember.objects.filter(user_id__in=places).order_by()
    for user_id, company_id, role in company_members.values_list("user_id", "company_id", "role"):
        places[user_id].companies[company_id] = role
    return places


def _only_cleans(user: Any, places: _Places) -> bool:
    if not user.is_active or user.is_superuser or not (places.hotels or places.companies):
        return False
    hotel_roles, company_roles = set(places.hotels.values()), set(places.companies.values())
    return hotel_roles <= {Role.CLEANER} and company_roles <= {CompanyRole.CLEANER}


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
