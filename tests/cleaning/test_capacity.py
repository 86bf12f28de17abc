"""What people can do on a day and what they were given, and when a day is too full."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cleaning.capacity import day_loads, person_days
from cleaning.models import CleaningHours, CleaningTeam, DayOff
from cleaning.people import people_who_clean
from cleaning.work import finish_task, not_possible
from reservations.choices import Role
from reservations.models import Membership, Property
from tests.cleaning.houses import NOW, TODAY, days
from tests.cleaning.staff import join, make_cleaner, make_company, make_task, share, work_on

pytestmark = pytest.mark.django_db


def day_of(hotel, person, day=TODAY, **kwargs):
    return person_days(hotel, [person], [day], **kwargs)[person.pk, day]


def test_a_cleaner_without_hours_works_in_those_of_the_house(hotel, cleaner):
    house = Property.objects.get(hotel=hotel)
    CleaningHours.objects.create(hotel=hotel, property=house, starts_at=time(8), ends_at=time(13))
    found = day_of(hotel, cleaner)
    assert found.hours == (time(8), time(13))
    assert found.minutes_available == 300


def test_hours_hold_on_their_weekday_only(hotel, cleaner):
    work_on(cleaner, [0], time(9), time(12))
    assert day_of(hotel, cleaner).minutes_available == 180
    tuesday = day_of(hotel, cleaner, days(1))
    assert (tuesday.hours, tuesday.minutes_available, tuesday.is_off) == (None, 0, False)


def test_a_manager_may_clean_but_counts_only_with_hours_of_their_own(hotel, manager):
    assert day_of(hotel, manager).minutes_available == 0
    work_on(manager, [0], time(9), time(10))
    assert day_of(hotel, manager).minutes_available == 60


def test_days_off_end_on_the_day_before_the_first_day_back(hotel, cleaner):
    DayOff.objects.create(user=cleaner, first=TODAY, last=days(2), reason="Dentist")
    last = day_of(hotel, cleaner, days(1))
    assert (last.is_off, last.hours, last.minutes_available, last.reason) == (True, None, 0, "Dentist")
    assert day_of(hotel, cleaner, days(2)).minutes_available > 0


def test_why_somebody_of_a_company_is_off_is_not_told_to_the_hotel(hotel):
    company = make_company()
    share(hotel, company)
    person = join(company, "Vera")
    DayOff.objects.create(user=person, first=TODAY, last=days(1), reason="Dentist")
    found = day_of(hotel, person)
    assert (found.is_off, found.reason) == (True, "")


def test_unfinished_minutes_are_counted_and_finished_ones_are_not(hotel, cleaner):
    make_task(hotel, "101", 30, assignee=cleaner)
    done = make_task(hotel, "102", 40, assignee=cleaner)
    refused = make_task(hotel, "103", 50, assignee=cleaner)
    finish_task(hotel_id=hotel.pk, task_id=done.pk, user_id=cleaner.pk, now=NOW)
    not_possible(hotel_id=hotel.pk, task_id=refused.pk, user_id=cleaner.pk, problem="refused", now=NOW)
    assert day_of(hotel, cleaner).minutes_given == 80


def test_a_team_s_minutes_are_shared_by_its_members_at_work(hotel):
    ana, ben, eva = (make_cleaner(hotel, name) for name in ("Ana", "Ben", "Eva"))
    work_on(eva, [3])
    team = CleaningTeam.objects.create(hotel=hotel, name="North")
    team.members.set([ana, ben, eva])
    make_task(hotel, "101", 45, team=team)
    given = person_days(hotel, [ana, ben, eva], [TODAY])
    assert [given[person.pk, TODAY].minutes_given for person in (ana, ben, eva)] == [23, 22, 0]
    # Also when only one of them is asked about.
    assert day_of(hotel, ben).minutes_given == 22


def test_a_team_without_anybody_at_work_shows_as_too_much(hotel):
    ana = make_cleaner(hotel, "Ana")
    work_on(ana, [3])
    team = CleaningTeam.objects.create(hotel=hotel, name="North")
    team.members.add(ana)
    make_task(hotel, "101", 45, team=team)
    found = day_of(hotel, ana)
    assert (found.minutes_given, found.is_too_much) == (45, True)


def test_of_other_hotels_only_the_minutes_are_known(hotel, other_hotel, cleaner):
    Membership.objects.create(user=cleaner, hotel=other_hotel, role=Role.CLEANER)
    make_task(other_hotel, "1", 60, assignee=cleaner)
    make_task(hotel, "101", 30, assignee=cleaner)
    found = day_of(hotel, cleaner)
    assert (found.minutes_given, found.minutes_elsewhere) == (30, 60)
    assert found.minutes_free == found.minutes_available - 90


def test_with_the_present_moment_only_the_rest_of_today_counts(hotel, cleaner):
    work_on(cleaner, range(7), time(9), time(15))
    noon_in_madrid = NOW
    assert day_of(hotel, cleaner, now=noon_in_madrid).minutes_available == 180
    assert day_of(hotel, cleaner, days(1), now=noon_in_madrid).minutes_available == 360
    assert day_of(hotel, cleaner, days(-1), now=noon_in_madrid).minutes_available == 0
    after_midnight = NOW + timedelta(hours=13)
    assert day_of(hotel, cleaner, now=after_midnight).minutes_available == 0


def test_what_an_earlier_day_left_to_be_done_is_today_s(hotel, cleaner):
    task = make_task(hotel, "101", 30, assignee=cleaner)
    tomorrow = NOW + timedelta(days=1)
    type(task).objects.filter(pk=task.pk).update(window_end=tomorrow + timedelta(hours=2))
    assert day_of(hotel, cleaner, days(1), now=tomorrow).minutes_given == 30
    assert day_of(hotel, cleaner, days(1), now=NOW).minutes_given == 0


def test_a_day_that_is_too_full_says_by_how_much(hotel, cleaner):
    work_on(cleaner, [0], time(9), time(10))
    make_task(hotel, "101", 40, assignee=cleaner)
    make_task(hotel, "102", 45)
    monday, tuesday = day_loads(hotel, [TODAY, days(1)])
    assert monday == (TODAY, 85, 60, 45, 25)
    assert tuesday == (days(1), 0, 0, 0, 0)


def test_minutes_given_elsewhere_are_not_available_here(hotel, other_hotel, cleaner):
    Membership.objects.create(user=cleaner, hotel=other_hotel, role=Role.CLEANER)
    work_on(cleaner, [0], time(9), time(11))
    make_task(other_hotel, "1", 90, assignee=cleaner)
    (load,) = day_loads(hotel, [TODAY])
    assert load.minutes_available == 30


def count(act):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        act()
    return len(queries)


def test_queries_do_not_grow(hotel, cleaner):
    people = list(people_who_clean(hotel))
    few = count(lambda: person_days(hotel, people, [TODAY]))
    few_loads = count(lambda: day_loads(hotel, [TODAY]))
    team = CleaningTeam.objects.create(hotel=hotel, name="North")
    for number in range(4):
        person = make_cleaner(hotel, f"Person{number}")
        team.members.add(person)
        work_on(person, range(5))
        make_task(hotel, f"10{number + 1}", assignee=person)
        make_task(hotel, f"10{number + 5}", team=team)
    people = list(people_who_clean(hotel))
    week = [days(offset) for offset in range(7)]
    assert count(lambda: person_days(hotel, people, week, now=NOW)) == few == 6
    assert count(lambda: day_loads(hotel, week, now=NOW)) == few_loads == 8
