"""What people of a cleaning company, and everybody else, cannot reach."""

from __future__ import annotations

import pytest
import time_machine
from django.urls import get_resolver, reverse

from cleaning.choices import CompanyRole
from cleaning.models import CleaningTeam, CompanyMember
from cleaning.people import tasks_of_company, tasks_of_person
from tests.cleaning.houses import NOW, TODAY, book, days, task_of
from tests.cleaning.staff import join, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _seven_in_the_morning():
    with time_machine.travel(NOW.replace(hour=5), tick=False):
        yield


# --- everybody else -------------------------------------------------------------------------------------------


def company_urls(company, person, team):
    args = {"company_person": [person.pk], "company_team": [team.pk]}
    names = (
        "company_home",
        "company_assign",
        "company_people",
        "company_person",
        "company_team_new",
        "company_team",
    )
    return [reverse(name, args=[company.slug, *args.get(name, [])]) for name in names]


def test_nobody_but_its_planners_reaches_a_company(
    client, company, planner, vera, cleaner, manager, stranger, operator
):
    team = CleaningTeam.objects.create(company=company, name="Uno")
    former = join(company, "Flor", CompanyRole.PLANNER)
    CompanyMember.objects.filter(user=former).delete()
    for url in company_urls(company, vera, team):
        for person in (vera, cleaner, manager, stranger, operator, former):
            client.force_login(person)
            assert client.get(url).status_code == 404, (url, person)
            assert client.post(url).status_code in (404, 405), (url, person)
        client.logout()
        assert client.get(url).status_code in (302, 404)
    planner.is_active = False
    planner.save()
    assert not tasks_of_company(planner, company.pk).exists()


def test_an_external_person_reaches_no_page_of_the_hotel(client, hotel, company, planner, vera, manager):
    """Every address below the hotel, whatever it is, answers 404."""
    task = task_of(book(hotel, "101", days(-2), TODAY, plan=True), "departure")
    patterns = [key for key in get_resolver().reverse_dict if isinstance(key, str)]
    checked = 0
    for name in patterns:
        for path, names in get_resolver().reverse_dict.getlist(name)[0][0]:
            if not path.startswith("h/%(slug)s/"):
                continue
            values = dict.fromkeys(names, task.pk) | {"slug": hotel.slug}
            for each in names:
                if each in ("provider", "token", "key", "name", "kind", "day", "code", "what"):
                    values[each] = "x"
            url = "/" + path % values
            for person in (vera, planner):
                client.force_login(person)
                status = client.get(url).status_code
                assert status in (404, 405), (url, status)
            checked += 1
    assert checked > 30


def test_nor_the_admin_s_rows_nor_the_api(client, hotel, company, planner, vera, cleaner):
    make_task(hotel, "101", assignee=vera)
    for person in (vera, planner):
        client.force_login(person)
        html = client.get(reverse("admin:index")).content.decode()
        assert "/admin/cleaning/" not in html
        assert "/admin/reservations/" not in html
        for model in ("cleaningtask", "cleaninghours", "cleaningcompany", "companymember"):
            response = client.get(reverse(f"admin:cleaning_{model}_changelist"))
            assert response.status_code in (302, 403) or "101" not in response.content.decode()
        for path in ("reservations/", "hotels/", f"hotels/{hotel.slug}/reservations/"):
            answer = client.get(f"/api/v1/{path}")
            assert answer.status_code in (401, 403, 404) or hotel.name not in answer.content.decode()


def test_an_external_cleaner_sees_what_is_given_to_them_only(hotel, other_hotel, company, vera):
    colleague = join(company, "Rosa")
    mine = make_task(hotel, "101", assignee=vera)
    make_task(hotel, "102", assignee=colleague)
    make_task(hotel, "103")
    team = CleaningTeam.objects.create(company=company, name="Uno")
    team.members.add(vera)
    ours = make_task(other_hotel, "1", team=team)
    assert set(tasks_of_person(vera)) == {mine, ours}


def test_operators_keep_companies_and_who_leaves_loses_the_work(
    client, hotel, company, vera, operator, manager
):
    task = make_task(hotel, "101", assignee=vera)
    client.force_login(operator)
    assert client.get(reverse("admin:cleaning_cleaningcompany_changelist")).status_code == 200
    member = CompanyMember.objects.get(user=vera)
    client.post(reverse("admin:cleaning_companymember_delete", args=[member.pk]), {"post": "yes"})
    assert not CompanyMember.objects.filter(user=vera).exists()
    task.refresh_from_db()
    assert task.assignee_id is None
    client.force_login(manager)
    assert client.get(reverse("admin:cleaning_cleaningcompany_changelist")).status_code in (302, 403)


def test_deleting_a_company_leaves_its_work_to_be_given(client, hotel, company, vera, operator):
    team = CleaningTeam.objects.create(company=company, name="Uno")
    task = make_task(hotel, "101", team=team)
    client.force_login(operator)
    client.post(reverse("admin:cleaning_cleaningcompany_delete", args=[company.pk]), {"post": "yes"})
    task.refresh_from_db()
    assert (task.team_id, task.overrides.get("team")) == (None, None)
