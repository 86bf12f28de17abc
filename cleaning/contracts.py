"""Sharing a hotel's cleaning with a company, and ending it. Callers check the permission (MANAGE_HOTEL)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from cleaning.choices import FINISHED_STATES
from cleaning.models import CleaningCompany, CleaningTask, CompanyContract
from cleaning.people import people_who_clean, teams_that_clean
from cleaning.staffing import unassign
from reservations.locks import lock_hotel
from reservations.models import Hotel, Property


def company_with_code(code: str) -> CleaningCompany:
    """The company that gave out ``code``, however it was typed. Raises ``ValidationError`` when there is none."""
    typed = "".join(letter for letter in code.upper() if letter.isascii() and letter.isalnum())
    company = CleaningCompany.objects.filter(share_code=typed).first()
    if company is None:
        raise ValidationError({"company": _("No cleaning company has this code. Ask the company for it.")})
    return company


@transaction.atomic
def share_with_company(
    *,
    hotel: Hotel,
    company: CleaningCompany,
    property_ids: Collection[int] = (),
    user_id: int | None,
    now: datetime,
) -> CompanyContract:
    """The hotel's cleaning shared with the company, which has agreed: in the houses named, or in all of them.

    Sharing again changes the houses. Raises ``ValidationError`` for another hotel's house.
    """
    lock_hotel(hotel.pk)
    houses = set(Property.objects.of(hotel).filter(pk__in=property_ids).values_list("pk", flat=True))
    if houses != set(property_ids):
        raise ValidationError({"properties": _("Choose properties of this hotel.")})
    contract, _made = CompanyContract.objects.get_or_create(hotel=hotel, company=company)
    contract.is_limited = bool(houses)
    contract.save()
    contract.properties.set(houses)
    give_back(hotel, user_id=user_id, now=now)
    return contract


@transaction.atomic
def end_contract(*, hotel: Hotel, contract_id: int, user_id: int | None, now: datetime) -> int:
    """End the sharing at once: the company sees nothing of the hotel any more.

    What its people had to do waits for somebody else; returns how many tasks that are. Raises ``DoesNotExist`` for
    another hotel's contract.
    """
    lock_hotel(hotel.pk)
    CompanyContract.objects.of(hotel).get(pk=contract_id).delete()
    return give_back(hotel, user_id=user_id, now=now)


@transaction.atomic
def give_back(hotel: Hotel, *, user_id: int | None, now: datetime) -> int:
    """Take what is not finished away from people and teams who do not clean there any more; how many tasks."""
    lost = 0
    tasks = CleaningTask.objects.of(hotel).exclude(state__in=FINISHED_STATES)
    for house in Property.objects.of(hotel):
        people = people_who_clean(hotel, house.pk).values("pk")
        teams = teams_that_clean(hotel, house.pk).values("pk")
        strangers = Q(assignee__isnull=False) & ~Q(assignee__in=people)
        strange_teams = Q(team__isnull=False) & ~Q(team__in=teams)
        lost += unassign(tasks.filter(strangers | strange_teams, property=house), user_id=user_id, now=now)
    return lost


def free_tasks_of(person_id: int, *, now: datetime) -> int:
    """Take what is not finished away from a person who cleans nowhere any more, also after the account went; how many
    tasks they had."""
    tasks = CleaningTask.objects.filter(Q(assignee_id=person_id) | Q(overrides__assignee=person_id))
    return unassign(tasks, user_id=None, now=now)
