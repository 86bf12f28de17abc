"""A cleaning company: its planner sees the work of all hotels that share and nothing else; its cleaners only theirs."""

from __future__ import annotations

import re
from datetime import time
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cleaning.choices import CompanyRole
from cleaning.decisions import override_task
from cleaning.giving import seen
from cleaning.models import CleaningTask, CleaningTeam, CompanyContract, DayOff, WorkingHours
from cleaning.people import tasks_of_company, tasks_of_person
from reservations.choices import Role
from reservations.models import Membership, Property
from tests.cleaning.houses import NOW, TODAY, book, days
from tests.cleaning.staff import add_house, join, make_cleaner, make_company, make_task, share, work_on
from tests.people import make_hotel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _seven_in_the_morning():
    with time_machine.travel(NOW.replace(hour=5), tick=False):
        yield


def home(company, **query):
    return reverse("company_home", args=[company.slug], query=query)


def page(client, person, url):
    client.force_login(person)
    response = client.get(url)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def give(client, planner, company, task, choice, *, shown=None, was=""):
    client.force_login(planner)
    data = {
        "take": f"{task.pk}:{shown or seen(CleaningTask.objects.get(pk=task.pk))}:{was}",
        f"who-{task.pk}": choice,
    }
    return client.post(home(company, day=TODAY), data, follow=True)


# --- the planner ----------------------------------------------------------------------------------------------


def test_the_day_shows_the_work_of_all_hotels_by_house(client, hotel, other_hotel, company, planner, vera):
    make_task(hotel, "101")
    make_task(other_hotel, "1")
    html = page(client, planner, home(company))
    assert html.index("Hostal Mirador") < html.index("Hotel Paradise")
    assert "Vera" in html


def test_the_day_keeps_itself_fresh(client, hotel, company, planner, vera):
    task = make_task(hotel, "101")
    html = page(client, planner, home(company))
    (address,) = re.findall(r'hx-get="([^"]+)"', unescape(html))
    asked = {"HX-Request": "true"}
    assert client.get(address, headers=asked).status_code == 204
    override_task(hotel_id=hotel.pk, task_id=task.pk, changes={"assignee": vera.pk}, now=NOW)
    fragment = client.get(address, headers=asked)
    assert fragment.status_code == 200
    assert "<html" not in fragment.content.decode()
    assert f'<option value="p{vera.pk}" selected>Vera</option>' in fragment.content.decode()


def test_no_guest_is_named_anywhere(client, hotel, company, planner, vera):
    book(hotel, "101", days(-2), TODAY, plan=True, guest_name="Mara Quill")
    for name in ("company_home", "company_assign", "company_people"):
        html = page(client, planner, reverse(name, args=[company.slug]))
        assert "Mara Quill" not in html
        assert f"/h/{hotel.slug}/" not in html
    assert "101" in page(client, planner, home(company))


def test_the_planner_gives_work_to_own_people_in_any_hotel(
    client, hotel, other_hotel, company, planner, vera
):
    here, there = make_task(hotel, "101"), make_task(other_hotel, "1")
    for task in (here, there):
        html = give(client, planner, company, task, f"p{vera.pk}").content.decode()
        assert "1 task was given." in html
    assert set(tasks_of_person(vera)) == {here, there}


def test_only_choices_that_were_changed_are_given(client, hotel, company, planner, vera):
    task = make_task(hotel, "101", assignee=vera)
    CleaningTask.objects.filter(pk=task.pk).update(minutes=77)
    html = give(
        client, planner, company, task, f"p{vera.pk}", shown="old", was=f"p{vera.pk}"
    ).content.decode()
    assert "changed in the meantime" not in html
    html = give(client, planner, company, task, "", shown="old", was=f"p{vera.pk}").content.decode()
    assert "1 task changed in the meantime" in html


def test_the_hotel_s_own_people_cannot_be_chosen(client, hotel, company, planner, cleaner):
    task = make_task(hotel, "101")
    assert cleaner.name not in page(client, planner, home(company))
    html = give(client, planner, company, task, f"p{cleaner.pk}").content.decode()
    assert "does not clean there any more" in html
    assert CleaningTask.objects.get(pk=task.pk).assignee_id is None


def test_what_the_hotel_gave_to_its_own_people_is_not_the_company_s(
    client, hotel, company, planner, vera, cleaner
):
    task = make_task(hotel, "101", assignee=cleaner)
    html = page(client, planner, home(company))
    assert f"task-{task.pk}" not in html
    give(client, planner, company, task, f"p{vera.pk}", was="x")
    assert CleaningTask.objects.get(pk=task.pk).assignee_id == cleaner.pk


def test_nor_what_another_company_has(client, hotel, company, planner, vera):
    rival = make_company("otra", "Otra Limpieza")
    share(hotel, rival)
    rita = join(rival, "Rita")
    task = make_task(hotel, "101", assignee=rita)
    html = page(client, planner, home(company))
    assert "Rita" not in html
    assert f"task-{task.pk}" not in html
    client.force_login(planner)
    assert client.get(home(rival)).status_code == 404


def test_a_house_that_is_not_shared_is_not_there(client, hotel, company, planner, vera):
    annex = add_house(hotel, "Annex", "901")
    contract = CompanyContract.objects.get(hotel=hotel)
    contract.properties.set([annex])
    hidden, shown = make_task(hotel, "101"), make_task(hotel, "901")
    html = page(client, planner, home(company))
    assert f"task-{shown.pk}" in html
    assert f"task-{hidden.pk}" not in html
    give(client, planner, company, hidden, f"p{vera.pk}", was="x")
    assert CleaningTask.objects.get(pk=hidden.pk).assignee_id is None


def test_when_the_contract_ends_everything_is_gone_at_once(client, hotel, company, planner, vera, manager):
    task = make_task(hotel, "101", assignee=vera)
    assert list(tasks_of_company(planner, company.pk)) == [task]
    client.force_login(manager)
    contract = CompanyContract.objects.get(hotel=hotel)
    client.post(reverse("cleaning_company", args=[hotel.slug, contract.pk]), {"what": "end"})
    assert list(tasks_of_company(planner, company.pk)) == []
    assert list(tasks_of_person(vera)) == []
    assert f"task-{task.pk}" not in page(client, planner, home(company))


def test_the_row_alone_decides_even_when_the_task_still_names_the_person(hotel, company, vera):
    make_task(hotel, "101", assignee=vera)
    CompanyContract.objects.filter(hotel=hotel).delete()
    assert list(tasks_of_person(vera)) == []


def test_a_person_sees_nothing_in_a_house_that_is_not_shared_any_more(hotel, company, vera):
    annex = add_house(hotel, "Annex", "901")
    make_task(hotel, "101", assignee=vera)
    kept = make_task(hotel, "901", assignee=vera)
    CompanyContract.objects.get(hotel=hotel).properties.set([annex])
    assert list(tasks_of_person(vera)) == [kept]


def test_proposals_go_over_all_hotels_within_one_day_s_hours(
    client, hotel, other_hotel, company, planner, vera
):
    work_on(vera, [0], time(9), time(13))
    tasks = [
        make_task(hotel, "101", 100, start=time(9)),
        make_task(other_hotel, "1", 100, start=time(9)),
        make_task(other_hotel, "2", 100, start=time(9)),
    ]
    url = reverse("company_assign", args=[company.slug])
    client.force_login(planner)
    lines = client.get(url).context["lines"]
    assert sorted(line.chosen for line in lines) == ["", f"p{vera.pk}", f"p{vera.pk}"]
    data = {"take": [f"{line.task.pk}:{line.seen}" for line in lines]}
    client.post(url, data | {f"who-{line.task.pk}": line.chosen for line in lines})
    assert CleaningTask.objects.filter(assignee=vera, pk__in=[task.pk for task in tasks]).count() == 2


def test_the_week_says_where_it_is_too_much(client, hotel, other_hotel, company, planner, vera):
    work_on(vera, range(7), time(9), time(10))
    make_task(hotel, "101", 50, day=days(3))
    make_task(other_hotel, "1", 40, day=days(3))
    assert "30 min too much" in page(client, planner, home(company))


def test_without_any_hotel_the_page_says_what_to_do(client, db):
    company = make_company("sola", "Sola")
    pilar = join(company, "Pilar", CompanyRole.PLANNER)
    assert "No hotel shares its cleaning with you yet" in page(client, pilar, home(company))
    for name in ("company_assign", "company_people"):
        page(client, pilar, reverse(name, args=[company.slug]))


def test_hours_days_off_and_teams_of_own_people(client, company, planner, vera):
    url = reverse("company_person", args=[company.slug, vera.pk])
    client.force_login(planner)
    data = {"what": "hours"} | {f"{end}_{day}": "" for day in range(7) for end in ("from", "until")}
    client.post(url, data | {"from_0": "09:00", "until_0": "12:00"})
    assert WorkingHours.objects.get(user=vera).ends_at == time(12)
    client.post(url, {"what": "day_off", "first": "2031-06-03", "last": "2031-06-03", "reason": "Dentist"})
    assert DayOff.objects.get(user=vera).last == days(2)
    assert "Dentist" in page(client, planner, url)
    client.post(reverse("company_team_new", args=[company.slug]), {"name": "Uno", "members": [vera.pk]})
    team = CleaningTeam.objects.get(company=company)
    assert team.hotel is None
    client.post(reverse("company_team", args=[company.slug, team.pk]), {"what": "remove"})
    assert not CleaningTeam.objects.exists()


def test_nobody_else_s_people_and_teams(client, hotel, company, planner, vera, cleaner):
    theirs = CleaningTeam.objects.create(hotel=hotel, name="North")
    client.force_login(planner)
    assert client.get(reverse("company_person", args=[company.slug, cleaner.pk])).status_code == 404
    assert client.get(reverse("company_team", args=[company.slug, theirs.pk])).status_code == 404


def test_queries_do_not_grow(client, hotel, other_hotel, company, planner, vera):
    make_task(hotel, "101")
    urls = [
        reverse(name, args=[company.slug]) for name in ("company_home", "company_assign", "company_people")
    ]
    client.force_login(planner)

    def counts():
        found = []
        for url in urls:
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            found.append(len(queries))
        return found

    counts()
    few = counts()
    third = make_hotel("Third", "third", {("Doble", 2): ("301",)})
    share(third, company)
    make_task(third, "301")
    for number in range(3):
        helper = join(company, f"Helper{number}")
        work_on(helper, range(5))
        make_task(hotel, f"10{number + 2}", assignee=helper)
        make_task(other_hotel, "1")
    assert counts() == few
    assert max(few) < 30


# --- where people begin ---------------------------------------------------------------------------------------


def test_a_planner_begins_with_the_company_and_a_cleaner_with_the_day(client, company, planner, vera):
    client.force_login(planner)
    assert client.get(reverse("home")).headers["Location"] == home(company)
    client.force_login(vera)
    assert client.get(reverse("home")).headers["Location"] == reverse("my_day")


def test_who_plans_for_a_company_and_works_in_a_hotel_chooses(client, hotel, company, planner):
    Membership.objects.create(user=planner, hotel=hotel, role=Role.MANAGER)
    html = page(client, planner, reverse("home"))
    assert home(company) in html
    assert reverse("hotel_home", args=[hotel.slug]) in html


def test_a_hotel_s_own_cleaner_who_is_nobody_s_planner_sees_no_company(client, hotel, company, planner):
    ana = make_cleaner(hotel, "Ana")
    assert not tasks_of_company(ana, company.pk).exists()
    assert Property.objects.filter(hotel=hotel).exists()
