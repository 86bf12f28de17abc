"""A cleaning company and its people; a module with people of its own by these names has those."""

from __future__ import annotations

import pytest

from cleaning.choices import CompanyRole
from tests.cleaning.staff import join, make_company, share


@pytest.fixture
def company(hotel, other_hotel):
    """Limpiezas Brillo, with which both hotels share everything."""
    company = make_company()
    share(hotel, company)
    share(other_hotel, company)
    return company


@pytest.fixture
def planner(company):
    return join(company, "Pilar", CompanyRole.PLANNER)


@pytest.fixture
def vera(company):
    return join(company, "Vera")
