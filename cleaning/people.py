"""Who may be given work in a hotel, and whose work a person sees: the scope of cleaning.

A hotel's own people are members whose role lets them clean. People of a cleaning company count as long as the hotel
shares with their company, and only in the houses that are shared.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from cleaning.choices import CompanyRole
from cleaning.models import CleaningCompany, CleaningTask, CleaningTeam, CompanyContract, CompanyMember
from reservations.models import Hotel, Membership
from reservations.permissions import ROLE_PERMISSIONS, Permission

CLEANING_ROLES = [role for role, held in ROLE_PERMISSIONS.items() if Permission.DO_CLEANING in held]


def people_who_clean(hotel: Hotel, property_id: int | None = None) -> QuerySet[Any]:
    """Everybody who may be given work in ``hotel``, by name; with ``property_id``, in that house of it.

    One query when read.
    """
    people = get_user_model().objects.filter(_cleans_for(hotel.pk, property_id), is_active=True)
    return people.order_by("name", "pk")


def own_people(hotel: Hotel) -> QuerySet[Any]:
    """Those of them who are the hotel's own; one query when read."""
    members = Membership.objects.filter(hotel_id=hotel.pk, role__in=CLEANING_ROLES)
    people = get_user_model().objects.filter(pk__in=members.values("user_id"), is_active=True)
    return people.order_by("name", "pk")


def teams_that_clean(hotel: Hotel, property_id: int | None = None) -> QuerySet[CleaningTeam]:
    """The teams that may be given work in ``hotel``, by name; with ``property_id``, in that house of it.

    One query when read.
    """
    return _teams(hotel.pk, property_id).order_by("name", "pk")


def may_be_given_work(hotel_id: int, user_id: int, property_id: int | None = None) -> bool:
    """Whether the person cleans for the hotel, in the house that is named: nobody is given what they cannot see.

    One query.
    """
    people = get_user_model().objects
    return people.filter(_cleans_for(hotel_id, property_id), pk=user_id, is_active=True).exists()


def team_may_be_given_work(hotel_id: int, team_id: int, property_id: int | None = None) -> bool:
    """As :func:`may_be_given_work`, for a team of the hotel or of a company it shares with. One query."""
    return _teams(hotel_id, property_id).filter(pk=team_id).exists()


def tasks_of_person(user: Any) -> QuerySet[CleaningTask]:
    """Every task that is given to ``user`` or to a team of theirs, in hotels they clean for now.

    Who leaves a hotel or a company, or whose company loses a hotel, sees nothing of it from then on. A company's
    planner sees here what is given to themselves only; see :func:`tasks_of_company`.
    """
    if not user.is_authenticated or not user.is_active:
        return CleaningTask.objects.none()
    members = Membership.objects.filter(user_id=user.pk, role__in=CLEANING_ROLES)
    given = Q(assignee_id=user.pk) | Q(team__members=user.pk)
    shared = Q(pk__in=CleaningTask.objects.filter(_shared_with(user.pk)).values("pk"))
    return (
        CleaningTask.objects.filter(given)
        .filter(Q(hotel_id__in=members.values("hotel_id")) | shared)
        .distinct()
    )


def tasks_of_company(user: Any, company_id: int) -> QuerySet[CleaningTask]:
    """The tasks that hotels share with a company, for a planner of it; none for anybody else."""
    planners = CompanyMember.objects.filter(
        user_id=user.pk, company_id=company_id, role=CompanyRole.PLANNER, user__is_active=True
    )
    return CleaningTask.objects.filter(
        _in_contract(CompanyContract.objects.filter(company_id__in=planners.values("company_id")))
    )


def company_of_planner(user: Any, slug: str) -> CleaningCompany | None:
    """The company of that short name, for a planner of it; None for anybody else. One query."""
    return companies_planned_by(user).filter(slug=slug).first()


def companies_planned_by(user: Any) -> QuerySet[CleaningCompany]:
    """The companies for which ``user`` plans, by name; one query when read."""
    if not user.is_authenticated or not user.is_active:
        return CleaningCompany.objects.none()
    return CleaningCompany.objects.filter(members__user_id=user.pk, members__role=CompanyRole.PLANNER)


def people_of_company(company_id: int) -> QuerySet[Any]:
    """Everybody of a company who may be given work, by name; one query when read."""
    people = get_user_model().objects.filter(cleaning_companies__company_id=company_id, is_active=True)
    return people.order_by("name", "pk")


def contracts_for(hotel_id: int, property_id: int | None = None) -> QuerySet[CompanyContract]:
    """The hotel's contracts, with ``property_id`` those that share that house; one query when read."""
    contracts = CompanyContract.objects.filter(hotel_id=hotel_id)
    if property_id is None:
        return contracts
    return contracts.filter(_WHOLE | Q(pk__in=contracts.filter(properties=property_id).values("pk")))


#: A contract that shares all houses of its hotel.
_WHOLE = Q(is_limited=False, properties__isnull=True)


def _cleans_for(hotel_id: int, property_id: int | None = None) -> Q:
    members = Membership.objects.filter(hotel_id=hotel_id, role__in=CLEANING_ROLES)
    companies = contracts_for(hotel_id, property_id).values("company_id")
    outside = CompanyMember.objects.filter(company_id__in=companies)
    return Q(pk__in=members.values("user_id")) | Q(pk__in=outside.values("user_id"))


def _teams(hotel_id: int, property_id: int | None) -> QuerySet[CleaningTeam]:
    if property_id is None:
        return CleaningTeam.objects.for_hotel(hotel_id)
    companies = contracts_for(hotel_id, property_id).values("company_id")
    return CleaningTeam.objects.filter(Q(hotel_id=hotel_id) | Q(company_id__in=companies))


def _shared_with(user_id: int) -> Q:
    companies = CompanyMember.objects.filter(user_id=user_id).values("company_id")
    return _in_contract(CompanyContract.objects.filter(company_id__in=companies))


def _in_contract(contracts: QuerySet[CompanyContract]) -> Q:
    """Tasks in the houses of ``contracts``: those that are named, or all of the hotel where none is."""
    whole = contracts.filter(_WHOLE).values("hotel_id")
    houses = contracts.filter(properties__isnull=False).values("properties")
    return Q(hotel_id__in=whole) | Q(property_id__in=houses)
