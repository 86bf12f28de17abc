"""Sharing a hotel's cleaning with a company by its code, for some houses or all, and ending it."""

from __future__ import annotations

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from cleaning.choices import TaskState
from cleaning.contracts import end_contract, share_with_company
from cleaning.models import (
    CleaningTeam,
    CompanyContract,
)
from cleaning.people import tasks_of_person
from reservations.models import Property
from tests.cleaning.houses import NOW
from tests.cleaning.staff import add_house, join, make_company, make_task, share

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


# --- sharing with a company -----------------------------------------------------------------------------------


def share_url(hotel):
    return reverse("cleaning_company_share", args=[hotel.slug])


def test_a_manager_shares_by_the_companys_code_and_ends_it(client, hotel, manager):
    company, annex = make_company(), add_house(hotel, "Annex", "901")
    vera = join(company, "Vera")
    client.force_login(manager)
    html = client.get(share_url(hotel)).content.decode()
    assert "Brillo" not in html
    code = company.share_code
    client.post(share_url(hotel), {"company": f" {code[:5].lower()} - {code[5:]} ", "properties": [annex.pk]})
    contract = CompanyContract.objects.get()
    assert (contract.hotel, contract.company, contract.is_limited) == (hotel, company, True)
    assert list(contract.properties.all()) == [annex]
    task = make_task(hotel, "901", assignee=vera)

    url = reverse("cleaning_company", args=[hotel.slug, contract.pk])
    client.post(url, {"properties": []})
    contract.refresh_from_db()
    assert not contract.is_limited

    html = client.post(url, {"what": "end"}, follow=True).content.decode()
    assert "1 task waits for somebody else" in html
    assert not CompanyContract.objects.exists()
    task.refresh_from_db()
    assert (task.assignee_id, task.state) == (None, TaskState.PLANNED)


def test_sharing_fewer_houses_takes_the_others_work_back(hotel):
    company, annex = make_company(), add_house(hotel, "Annex", "901")
    main = Property.objects.get(hotel=hotel, name="Hotel Paradise")
    share(hotel, company)
    vera = join(company, "Vera")
    team = CleaningTeam.objects.create(company=company, name="Brillo 1")
    in_main, in_annex, by_team = (
        make_task(hotel, "101", assignee=vera),
        make_task(hotel, "901", assignee=vera),
        make_task(hotel, "102", team=team),
    )
    share_with_company(hotel=hotel, company=company, property_ids=[annex.pk], user_id=None, now=NOW)
    for task in (in_main, in_annex, by_team):
        task.refresh_from_db()
    assert (in_main.assignee_id, in_annex.assignee_id, by_team.team_id) == (None, vera.pk, None)
    assert main.pk not in {task.property_id for task in tasks_of_person(vera)}


@pytest.mark.parametrize("name", ["nobody", "", "../brillo", "brillo"])
def test_an_unknown_code_is_said(client, hotel, manager, name):
    make_company()
    client.force_login(manager)
    response = client.post(share_url(hotel), {"company": name})
    assert response.status_code == 200
    assert not CompanyContract.objects.exists()


def test_a_house_of_another_hotel_is_not_shared(client, hotel, other_hotel, manager):
    company = make_company()
    theirs = Property.objects.get(hotel=other_hotel)
    client.force_login(manager)
    client.post(share_url(hotel), {"company": company.share_code, "properties": [theirs.pk]})
    assert not CompanyContract.objects.exists()
    with pytest.raises(ValidationError):
        share_with_company(hotel=hotel, company=company, property_ids=[theirs.pk], user_id=None, now=NOW)


def test_only_managers_share_and_end(client, hotel, other_hotel, housekeeping_manager, stranger):
    contract = share(hotel, make_company())
    url = reverse("cleaning_company", args=[hotel.slug, contract.pk])
    for person, status in ((housekeeping_manager, 403), (stranger, 404)):
        client.force_login(person)
        assert client.get(share_url(hotel)).status_code == status
        assert client.post(url, {"what": "end"}).status_code == status
    client.force_login(stranger)
    assert client.post(reverse("cleaning_company", args=[other_hotel.slug, contract.pk])).status_code == 404
    assert CompanyContract.objects.filter(pk=contract.pk).exists()
    with pytest.raises(CompanyContract.DoesNotExist):
        end_contract(hotel=other_hotel, contract_id=contract.pk, user_id=None, now=NOW)
