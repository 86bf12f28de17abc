"""The hotel's pages of people: hours, days off, areas, teams and companies; and who may be given what."""

from __future__ import annotations

from datetime import time

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cleaning.choices import TaskState
from cleaning.decisions import assign_tasks, override_task
from cleaning.models import (
    CleanerArea,
    CleaningTeam,
    DayOff,
    PersonalLink,
    WorkingHours,
)
from cleaning.people import may_be_given_work, people_who_clean, tasks_of_person, teams_that_clean
from cleaning.replanning import replan
from cleaning.staffing import add_day_off, save_team, set_areas, set_working_hours
from cleaning.work import finish_task
from reservations.choices import Role
from reservations.models import Membership, Property
from tests.cleaning.houses import NOW, TODAY, book, days, task_of
from tests.cleaning.staff import add_house, join, make_cleaner, make_company, make_task, share, work_on

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


def people_url(hotel):
    return reverse("cleaning_people", args=[hotel.slug])


def person_url(hotel, person):
    return reverse("cleaning_people_person", args=[hotel.slug, person.pk])


def week_form(**hours):
    """The posted form of weekly hours; ``mon=("09:00", "15:00")``."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    data = {"what": "hours"}
    for weekday, name in enumerate(names):
        data[f"from_{weekday}"], data[f"until_{weekday}"] = hours.get(name, ("", ""))
    return data


# --- who may be given work ------------------------------------------------------------------------------------


def test_nobody_is_given_work_in_a_house_that_they_do_not_see(hotel):
    company, annex = make_company(), add_house(hotel, "Annex", "901")
    main = Property.objects.get(hotel=hotel, name="Hotel Paradise")
    share(hotel, company, annex)
    vera = join(company, "Vera")
    team = CleaningTeam.objects.create(company=company, name="Brillo 1")
    assert may_be_given_work(hotel.pk, vera.pk)
    assert may_be_given_work(hotel.pk, vera.pk, annex.pk)
    assert not may_be_given_work(hotel.pk, vera.pk, main.pk)
    assert list(people_who_clean(hotel, annex.pk)) == [vera]
    assert vera not in people_who_clean(hotel, main.pk)
    assert list(teams_that_clean(hotel, annex.pk)) == [team]
    assert list(teams_that_clean(hotel, main.pk)) == []

    in_main, in_annex = make_task(hotel, "101"), make_task(hotel, "901", assignee=vera)
    for refused in ({"assignee": vera.pk}, {"team": team.pk}):
        with pytest.raises(ValidationError, match="does not clean here"):
            override_task(hotel_id=hotel.pk, task_id=in_main.pk, changes=refused, now=NOW)
    assert [task.pk for task in tasks_of_person(vera)] == [in_annex.pk]


def test_a_contract_for_some_houses_never_becomes_one_for_all(hotel):
    company, annex = make_company(), add_house(hotel, "Annex", "901")
    share(hotel, company, annex)
    vera = join(company, "Vera")
    annex.rooms.all().delete()
    annex.delete()
    assert not may_be_given_work(hotel.pk, vera.pk, Property.objects.get(hotel=hotel).pk)


# --- hours, days off, areas -----------------------------------------------------------------------------------


def test_hours_are_set_for_a_week_and_shown(client, hotel, cleaner, housekeeping_manager):
    client.force_login(housekeeping_manager)
    form = week_form(mon=("09:00", "15:00"), tue=("09:00", "15:00"), sat=("10:00", "12:30"))
    assert client.post(person_url(hotel, cleaner), form).status_code == 302
    rows = WorkingHours.objects.filter(user=cleaner).values_list("weekday", "starts_at", "ends_at")
    assert list(rows) == [(0, time(9), time(15)), (1, time(9), time(15)), (5, time(10), time(12, 30))]
    html = client.get(people_url(hotel)).content.decode()
    assert "Mon–Tue 09:00–15:00 · Sat 10:00–12:30" in html

    client.post(person_url(hotel, cleaner), week_form(mon=("09:00", "14:00")))
    assert list(WorkingHours.objects.filter(user=cleaner).values_list("weekday", "ends_at")) == [
        (0, time(14))
    ]


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ({"mon": ("09:00", "")}, "Give both hours"),
        ({"mon": ("15:00", "09:00")}, "end later than it starts"),
        ({"mon": ("soon", "09:00")}, "Enter a valid time"),
    ],
)
def test_hours_that_make_no_sense_are_refused_in_words(client, hotel, cleaner, manager, hours, said):
    client.force_login(manager)
    response = client.post(person_url(hotel, cleaner), week_form(**hours))
    assert said in response.content.decode()
    assert not WorkingHours.objects.exists()


def test_setting_the_same_hours_again_writes_nothing(cleaner):
    hours = {0: (time(9), time(15))}
    set_working_hours(user_id=cleaner.pk, hours=hours)
    before = WorkingHours.objects.get().pk
    set_working_hours(user_id=cleaner.pk, hours=hours)
    assert WorkingHours.objects.get().pk == before


def test_days_off_are_asked_for_with_their_last_day(client, hotel, cleaner, manager):
    client.force_login(manager)
    form = {"what": "day_off", "first": TODAY.isoformat(), "last": days(2).isoformat(), "reason": "Wedding"}
    client.post(person_url(hotel, cleaner), form)
    row = DayOff.objects.get()
    assert (row.first, row.last, row.reason) == (TODAY, days(3), "Wedding")
    html = client.get(person_url(hotel, cleaner)).content.decode()
    assert "2–4 Jun 2031" in html
    client.post(person_url(hotel, cleaner), {"what": "back_at_work", "day_off": row.pk})
    assert not DayOff.objects.exists()


def test_one_day_off_is_one_day_and_twice_the_same_is_once(cleaner):
    add_day_off(user_id=cleaner.pk, first=TODAY, last=TODAY)
    add_day_off(user_id=cleaner.pk, first=TODAY, last=TODAY)
    assert DayOff.objects.get().last == days(1)
    with pytest.raises(ValidationError):
        add_day_off(user_id=cleaner.pk, first=TODAY, last=days(-1))


def test_days_off_of_somebody_else_are_not_removed_on_this_page(client, hotel, cleaner, manager):
    row = DayOff.objects.create(user=manager, first=TODAY, last=days(1))
    client.force_login(manager)
    client.post(person_url(hotel, cleaner), {"what": "back_at_work", "day_off": row.pk})
    assert DayOff.objects.filter(pk=row.pk).exists()


def test_areas_are_those_of_the_hotel(client, hotel, other_hotel, cleaner, manager):
    house, theirs = Property.objects.get(hotel=hotel), Property.objects.get(hotel=other_hotel)
    client.force_login(manager)
    client.post(person_url(hotel, cleaner), {"what": "areas", "places": [f"{house.pk}:1"]})
    assert CleanerArea.objects.values_list("property_id", "area").get() == (house.pk, "1")
    assert "Hotel Paradise · 1" in client.get(people_url(hotel)).content.decode()
    response = client.post(person_url(hotel, cleaner), {"what": "areas", "places": [f"{theirs.pk}:"]})
    assert response.status_code == 200
    with pytest.raises(ValidationError):
        set_areas(hotel=hotel, user_id=cleaner.pk, places=[(theirs.pk, "")])
    client.post(person_url(hotel, cleaner), {"what": "areas"})
    assert not CleanerArea.objects.exists()


def test_a_company_s_people_are_read_only_for_the_hotel(client, hotel, manager):
    company = make_company()
    share(hotel, company)
    vera = join(company, "Vera")
    work_on(vera, [0])
    DayOff.objects.create(user=vera, first=days(3), last=days(4), reason="Dentist")
    client.force_login(manager)
    html = client.get(person_url(hotel, vera)).content.decode()
    assert "Its planner sets the hours" in html
    assert "Mon 09:00–15:00" in html
    assert "Dentist" not in html
    assert client.post(person_url(hotel, vera), week_form(mon=("10:00", "11:00"))).status_code == 403
    assert WorkingHours.objects.get(user=vera).starts_at == time(9)


def test_so_is_a_member_of_the_hotel_who_works_for_a_company_too(client, hotel, manager):
    vera = join(make_company(), "Vera")
    Membership.objects.create(user=vera, hotel=hotel, role=Role.CLEANER)
    client.force_login(manager)
    assert client.post(person_url(hotel, vera), week_form(mon=("10:00", "11:00"))).status_code == 403
    assert "Limpiezas Brillo" not in client.get(people_url(hotel)).content.decode()


def test_only_planners_reach_the_pages_and_only_people_who_clean_here_have_one(
    client, hotel, other_hotel, cleaner, receptionist, stranger, manager
):
    for person, status in ((cleaner, 403), (receptionist, 403), (stranger, 404)):
        client.force_login(person)
        for url in (
            people_url(hotel),
            person_url(hotel, cleaner),
            reverse("cleaning_team_new", args=[hotel.slug]),
        ):
            assert client.get(url).status_code == status, url
            assert client.post(person_url(hotel, cleaner), week_form()).status_code == status
    client.force_login(manager)
    for nobody in (stranger, receptionist):
        assert client.get(person_url(hotel, nobody)).status_code == 404


def test_a_link_is_shown_with_its_last_use_and_never_its_address(client, hotel, cleaner, manager):
    client.force_login(manager)
    assert "no link" in client.get(people_url(hotel)).content.decode()
    link = PersonalLink.objects.create(
        user=cleaner, purpose="sign_in", digest="0" * 64, made_at=NOW, used_at=NOW
    )
    html = client.get(people_url(hotel)).content.decode()
    assert "link used" in html
    assert "0" * 64 not in html
    link.revoked_at = NOW
    link.save()
    assert "link used" not in client.get(people_url(hotel)).content.decode()


# --- teams ----------------------------------------------------------------------------------------------------


def test_a_team_is_made_renamed_and_filled(client, hotel, cleaner, manager, stranger):
    client.force_login(manager)
    client.post(reverse("cleaning_team_new", args=[hotel.slug]), {"name": "North", "members": [cleaner.pk]})
    team = CleaningTeam.objects.get(hotel=hotel)
    assert list(team.members.all()) == [cleaner]
    url = reverse("cleaning_team", args=[hotel.slug, team.pk])
    client.post(url, {"name": "North wing", "members": []})
    team.refresh_from_db()
    assert (team.name, team.members.count()) == ("North wing", 0)
    assert client.post(url, {"name": "North", "members": [stranger.pk]}).status_code == 200
    assert team.members.count() == 0
    with pytest.raises(ValidationError):
        save_team(hotel=hotel, team=team, name="North", member_ids=[stranger.pk])


def test_a_team_of_another_hotel_is_not_found(client, hotel, other_hotel, manager):
    theirs = CleaningTeam.objects.create(hotel=other_hotel, name="Theirs")
    client.force_login(manager)
    assert client.get(reverse("cleaning_team", args=[hotel.slug, theirs.pk])).status_code == 404
    assert client.get(reverse("cleaning_team", args=[other_hotel.slug, theirs.pk])).status_code == 404


def test_removing_a_team_leaves_its_work_to_be_given_and_to_be_planned(client, hotel, cleaner, manager):
    stay = book(hotel, "101", days(-2), TODAY, plan=True)
    task = task_of(stay, "departure")
    team = CleaningTeam.objects.create(hotel=hotel, name="North")
    team.members.add(cleaner)
    assign_tasks(hotel_id=hotel.pk, given={task.pk: (None, team.pk)}, user_id=None, now=NOW)
    done = make_task(hotel, "102", team=team)
    finish_task(hotel_id=hotel.pk, task_id=done.pk, user_id=cleaner.pk, now=NOW)
    client.force_login(manager)
    client.post(reverse("cleaning_team", args=[hotel.slug, team.pk]), {"what": "remove"})
    task.refresh_from_db()
    done.refresh_from_db()
    assert (task.state, task.team_id, task.overrides) == (TaskState.PLANNED, None, {})
    assert done.state == TaskState.DONE
    replan(hotel_id=hotel.pk, stay_ids=[stay.pk], first=TODAY, last=TODAY, now=NOW)
    task.refresh_from_db()
    assert task.team_id is None


def test_queries_of_the_people_page_do_not_grow(client, hotel, cleaner, manager):
    client.force_login(manager)
    client.get(people_url(hotel))

    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get(people_url(hotel))
        return len(queries)

    team = CleaningTeam.objects.create(hotel=hotel, name="North")
    team.members.add(cleaner)
    company = make_company()
    share(hotel, company, Property.objects.get(hotel=hotel))
    join(company, "Vera")
    few = count()
    for number in range(5):
        person = make_cleaner(hotel, f"Person{number}")
        work_on(person, range(5))
        team.members.add(person)
        DayOff.objects.create(user=person, first=TODAY, last=days(1))
        join(company, f"Helper{number}")
        make_task(hotel, f"10{number + 1}", assignee=person)
    assert count() == few < 40
