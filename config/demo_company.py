"""The cleaning company of the demonstration: it cleans one house of the first hotel and all of the second."""

from __future__ import annotations

from cleaning.choices import CompanyRole
from cleaning.models import CleaningCompany, CompanyContract, CompanyMember
from config.accounts.models import User
from reservations.models import Hotel

COMPANY = "Limpiezas Brillo"
_SLUG = "brillo"


def add_demo_company(paradise: Hotel, mirador: Hotel) -> None:
    """The company and what the two hotels share with it. What is there already stays as it is."""
    company, made = CleaningCompany.objects.get_or_create(slug=_SLUG, defaults={"name": COMPANY})
    if not made:
        return
    CompanyContract.objects.create(hotel=mirador, company=company)
    contract = CompanyContract.objects.create(hotel=paradise, company=company, is_limited=True)
    contract.properties.set(paradise.properties.filter(name="Apartamentos Paradise"))


def join_demo_company(user: User, role: CompanyRole) -> None:
    """Make the user one of the company's people; once is enough."""
    company = CleaningCompany.objects.filter(slug=_SLUG).first()
    if company is not None:
        CompanyMember.objects.get_or_create(company=company, user=user, defaults={"role": role})
