"""What proposals are made from, and the page that shows them and gives what was shown."""

from __future__ import annotations

from datetime import time

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cleaning.capacity import person_days
from cleaning.choices import TaskKind, TaskState
from cleaning.decisions import override_task
from cleaning.giving import BATCH, Wish, give_tasks, seen
from cleaning.models import CleanerArea, CleaningTask, CleaningTeam, DayOff, TaskEvent
from cleaning.proposal_source import scope_of_hotel, table_of
from cleaning.work import finish_task, start_task
from reservations.choices import Role
from reservations.models import Membership, Property, Room
from tests.cleaning.houses import NOW, TODAY, days
from tests.cleaning.staff import add_house, join, make_cleaner, make_company, make_task, share, work_on

# --- what they are made from ----------------------------------------------------------------------------------

MORNING = NOW.replace(hour=5)  # seven in Madrid


def table(hotel, day=TODAY, now=MORNING, **kwargs):
    return table_of(scope_of_hotel(hotel), day, now=now, **kwargs)


def proposed(found):
    return {found_task.room.name: found.proposals[found_task.pk].user_id for found_task in found.tasks}


@pytest.mark.django_db
def test_hours_days_off_and_areas_of_the_database_are_respected(hotel):
    ana, ben, eva = (make_cleaner(hotel, name) for name in ("Ana", "Ben", "Eva"))
    work_on(ben, [3])
    DayOff.objects.create(user=eva, first=TODAY, last=days(1))
    make_task(hotel, "101")
    assert proposed(table(hotel)) == {"101": ana.pk}

    house = Property.objects.get(hotel=hotel)
    dan = make_cleaner(hotel, "Dan")
    CleanerArea.objects.create(hotel=hotel, user=dan, property=house, area="1")
    assert proposed(table(hotel)) == {"101": dan.pk}


@pytest.mark.django_db
def test_who_had_the_room_yesterday_gets_it_again(hotel):
    people = [make_cleaner(hotel, name) for name in ("Ana", "Ben")]
    for room, who in (("101", people[1]), ("102", people[0])):
        old = make_task(hotel, room, day=TODAY, assignee=who)
        finish_task(hotel_id=hotel.pk, task_id=old.pk, user_id=who.pk, now=NOW)
        make_task(hotel, room, day=days(1))
    assert proposed(table(hotel, days(1))) == {"101": people[1].pk, "102": people[0].pk}


@pytest.mark.django_db
def test_minutes_of_other_hotels_teams_and_inspections_are_taken_off(hotel, other_hotel, cleaner):
    Membership.objects.create(user=cleaner, hotel=other_hotel, role=Role.CLEANER)
    work_on(cleaner, [0], time(9), time(11))
    team = CleaningTeam.objects.create(hotel=hotel, name="North")
    team.members.add(cleaner)
    make_task(other_hotel, "1", 30, assignee=cleaner)
    make_task(hotel, "101", 40, team=team)
    inspection = make_task(hotel, "102", 15, assignee=cleaner)
    CleaningTask.objects.filter(pk=inspection.pk).update(kind=TaskKind.INSPECTION)
    make_task(hotel, "103", 40, start=time(9))
    assert proposed(table(hotel)) == {"103": None}
    CleaningTask.objects.filter(property__hotel=other_hotel).delete()
    assert proposed(table(hotel)) == {"103": cleaner.pk}


@pytest.mark.django_db
def test_what_is_begun_or_accepted_is_not_asked_about_again(hotel, cleaner):
    begun = make_task(hotel, "101", assignee=cleaner)
    start_task(hotel_id=hotel.pk, task_id=begun.pk, user_id=cleaner.pk, now=NOW)
    make_task(hotel, "102", assignee=cleaner)
    assert proposed(table(hotel)) == {}
    assert proposed(table(hotel, start_over=True)) == {"102": cleaner.pk}


@pytest.mark.django_db
def test_what_somebody_has_who_left_is_asked_about_again(hotel, cleaner):
    ana = make_cleaner(hotel, "Ana")
    make_task(hotel, "101", assignee=ana)
    assert proposed(table(hotel)) == {}
    Membership.objects.filter(user=ana).delete()
    assert proposed(table(hotel)) == {"101": cleaner.pk}


@pytest.mark.django_db
def test_more_tasks_than_one_batch_are_all_given(hotel, cleaner):
    tasks = [make_task(hotel, f"10{number % 9 + 1}") for number in range(BATCH + 2)]
    wishes = [Wish(task.pk, cleaner.pk, None, seen(CleaningTask.objects.get(pk=task.pk))) for task in tasks]
    given = give_tasks(tasks=CleaningTask.objects.of(hotel), wishes=wishes, user_id=None, now=NOW)
    assert given == (BATCH + 2, ())
    again = give_tasks(tasks=CleaningTask.objects.of(hotel), wishes=wishes, user_id=None, now=NOW)
    assert (again.number, len(again.changed)) == (0, BATCH + 2)


@pytest.mark.django_db
def test_a_company_that_shares_one_house_is_not_proposed_in_another(hotel):
    company = make_company()
    annex = add_house(hotel, "Annex", "901")
    share(hotel, company, annex)
    vera = join(company, "Vera")
    make_task(hotel, "101")
    make_task(hotel, "901")
    assert proposed(table(hotel)) == {"101": None, "901": vera.pk}


@pytest.mark.django_db
def test_what_is_late_already_goes_to_whoever_is_there(hotel, cleaner):
    work_on(cleaner, [0], time(9), time(18))
    make_task(hotel, "101", end=time(12))
    assert proposed(table(hotel, now=NOW.replace(hour=13))) == {"101": cleaner.pk}
    assert proposed(table(hotel, now=NOW.replace(hour=17))) == {"101": None}


# --- the page -------------------------------------------------------------------------------------------------


@pytest.fixture
def _seven_in_the_morning():
    with time_machine.travel(MORNING, tick=False):
        yield


def url_of(hotel, **query):
    return reverse("cleaning_assign", args=[hotel.slug], query=query)


def fields(client, person, hotel, **query):
    """What the page's form would send as it stands."""
    client.force_login(person)
    response = client.get(url_of(hotel, **query))
    lines = response.context["lines"]
    data = {"take": [f"{line.task.pk}:{line.seen}" for line in lines if line.ticked]}
    return data | {f"who-{line.task.pk}": line.chosen for line in lines}


on_the_page = [pytest.mark.django_db, pytest.mark.usefixtures("_seven_in_the_morning")]


class TestPage:
    pytestmark = on_the_page

    def test_it_shows_who_and_why_and_gives_it(self, client, hotel, cleaner, housekeeping_manager):
        first, second = make_task(hotel, "101"), make_task(hotel, "102")
        client.force_login(housekeeping_manager)
        html = client.get(url_of(hotel)).content.decode()
        assert "2 tasks on this floor" in html
        response = client.post(url_of(hotel), fields(client, housekeeping_manager, hotel), follow=True)
        assert "2 tasks were given." in response.content.decode()
        for given_task in (first, second):
            given_task.refresh_from_db()
            assert (given_task.assignee_id, given_task.state) == (cleaner.pk, TaskState.ASSIGNED)
        assert TaskEvent.objects.filter(recipient=cleaner, what="assigned").count() == 2

    def test_what_is_not_ticked_stays_and_what_is_chosen_counts(self, client, hotel, cleaner, manager):
        ana = make_cleaner(hotel, "Ana")
        left_out, changed = make_task(hotel, "101"), make_task(hotel, "102")
        data = fields(client, manager, hotel)
        data["take"] = [take for take in data["take"] if not take.startswith(f"{left_out.pk}:")]
        data[f"who-{changed.pk}"] = f"p{ana.pk}"
        client.post(url_of(hotel), data)
        left_out.refresh_from_db()
        changed.refresh_from_db()
        assert (left_out.assignee_id, changed.assignee_id) == (None, ana.pk)

    def test_a_task_that_changed_since_is_left_and_said(self, client, hotel, cleaner, manager):
        moved, same = make_task(hotel, "101"), make_task(hotel, "102")
        data = fields(client, manager, hotel)
        override_task(hotel_id=hotel.pk, task_id=moved.pk, changes={"minutes": 90}, now=NOW)
        html = client.post(url_of(hotel), data, follow=True).content.decode()
        assert "1 task changed in the meantime" in html
        moved.refresh_from_db()
        same.refresh_from_db()
        assert (moved.assignee_id, same.assignee_id) == (None, cleaner.pk)

    def test_a_cancelled_task_is_left_too(self, client, hotel, cleaner, manager):
        gone = make_task(hotel, "101")
        data = fields(client, manager, hotel)
        CleaningTask.objects.filter(pk=gone.pk).delete()
        assert "1 task changed" in client.post(url_of(hotel), data, follow=True).content.decode()

    def test_too_much_for_somebody_is_shown_before_it_is_given(self, client, hotel, cleaner, manager):
        work_on(cleaner, [0], time(9), time(10))
        long = make_task(hotel, "101", 90)
        data = fields(client, manager, hotel)
        assert data[f"who-{long.pk}"] == ""
        data[f"who-{long.pk}"] = f"p{cleaner.pk}"
        html = client.post(url_of(hotel), data).content.decode()
        assert "more than the day holds" in html
        long.refresh_from_db()
        assert long.assignee_id is None
        client.post(url_of(hotel), data | {"insist": "1"})
        long.refresh_from_db()
        assert long.assignee_id == cleaner.pk

    def test_what_does_not_fit_is_said_in_tasks_and_minutes(self, client, hotel, cleaner, manager):
        work_on(cleaner, [0], time(9), time(10))
        make_task(hotel, "101", 90)
        make_task(hotel, "102", 80)
        client.force_login(manager)
        assert "2 tasks, 2 h 50 min, do not fit." in client.get(url_of(hotel)).content.decode()

    def test_too_full_days_of_the_week_are_seen_today(self, client, hotel, cleaner, manager):
        work_on(cleaner, range(7), time(9), time(10))
        make_task(hotel, "101", 90, day=days(4))
        client.force_login(manager)
        assert "30 min too much" in client.get(url_of(hotel)).content.decode()

    def test_nobody_from_elsewhere_can_be_chosen(self, client, hotel, cleaner, manager, stranger):
        wanted = make_task(hotel, "101")
        data = fields(client, manager, hotel) | {f"who-{wanted.pk}": f"p{stranger.pk}"}
        html = client.post(url_of(hotel), data, follow=True).content.decode()
        assert "does not clean there any more" in html
        wanted.refresh_from_db()
        assert wanted.assignee_id is None

    def test_another_hotel_s_task_is_not_given(self, client, hotel, other_hotel, cleaner, manager):
        theirs = make_task(other_hotel, "1")
        data = {
            "take": [f"{theirs.pk}:{seen(theirs)}"],
            f"who-{theirs.pk}": f"p{cleaner.pk}",
        }
        client.force_login(manager)
        client.post(url_of(hotel), data)
        theirs.refresh_from_db()
        assert theirs.assignee_id is None

    @pytest.mark.parametrize(
        "data", [{"take": "x:1"}, {"take": "9" * 30}, {"take": "1"}, {"take": "-1:2"}, {}]
    )
    def test_nonsense_does_no_harm(self, client, hotel, manager, data):
        client.force_login(manager)
        assert client.post(url_of(hotel, day="never"), data).status_code == 302

    def test_only_planners_see_it(self, client, hotel, cleaner, receptionist, stranger):
        for person, status in ((cleaner, 403), (receptionist, 403), (stranger, 404)):
            client.force_login(person)
            assert client.get(url_of(hotel)).status_code == status

    def test_queries_do_not_grow(self, client, hotel, cleaner, manager):
        make_task(hotel, "101")
        client.force_login(manager)
        client.get(url_of(hotel))

        def count():
            with CaptureQueriesContext(connection) as queries:
                client.get(url_of(hotel))
            return len(queries)

        few = count()
        for number in range(2, 10):
            make_task(hotel, f"10{number}")
        make_cleaner(hotel, "Ana")
        assert count() == few < 30

    def test_accepting_keeps_everybody_within_their_hours(self, client, hotel, cleaner, manager):
        people = [cleaner, make_cleaner(hotel, "Ana")]
        for staff in people:
            work_on(staff, [0], time(9), time(13))
        for room in Room.objects.filter(hotel=hotel):
            make_task(hotel, room.name, 45)
        client.post(url_of(hotel), fields(client, manager, hotel))
        for row in person_days(hotel, people, [TODAY]).values():
            assert 0 < row.minutes_given <= row.minutes_available
