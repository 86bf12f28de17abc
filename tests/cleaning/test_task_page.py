"""The page of one task: both values of every field, single decisions dropped, the story, the proof, inspections."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from cleaning.choices import Problem, TaskKind, TaskState
from cleaning.decisions import override_task
from cleaning.models import (
    Checklist,
    ChecklistItem,
    ChecklistTick,
    CleaningRule,
    CleaningTask,
    CleaningTeam,
)
from cleaning.task_story import story_of
from cleaning.task_values import values_of
from cleaning.work import finish_task, not_possible, pause_task, send_back, start_task
from reservations.choices import Role
from tests.cleaning.houses import NOW, TODAY, book, change, days, room_of, task_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stay(hotel):
    return book(hotel, "101", days(-2), TODAY, plan=True)


@pytest.fixture
def task(stay):
    return task_of(stay, "departure")


def url(task, name="task"):
    return reverse(f"cleaning_{name}", args=[task.hotel.slug, task.pk])


def page(client, person, task):
    client.force_login(person)
    response = client.get(url(task))
    assert response.status_code == 200
    return response.content.decode()


def press(client, person, task, name, **data):
    client.force_login(person)
    return client.post(url(task, name), data)


def decide(task, **changes):
    return override_task(hotel_id=task.hotel_id, task_id=task.pk, changes=changes, now=NOW)


# --- rules and decisions ----------------------------------------------------------------------------------------


def test_every_field_shows_what_the_rules_say_and_what_a_person_decided(task, cleaner):
    task = decide(task, date=days(1), minutes=80, assignee=cleaner.pk, note="Cot")
    said = {value.field: (value.rules, value.decided) for value in values_of(task)}
    assert said["date"] == ("Mon 2 Jun 2031", "Tue 3 Jun 2031")
    assert said["end"] == ("18:00", "")
    assert said["minutes"] == ("45 min", "1 h 20 min")
    assert said["assignee"] == ("nobody", "Ilie Munteanu")
    assert said["note"] == ("—", "Cot")


def test_one_decision_is_dropped_and_the_others_stay(client, task, housekeeping_manager):
    decide(task, minutes=80, note="Cot")
    answer = press(client, housekeeping_manager, task, "task", drop="minutes")
    assert answer.url == url(task)
    task.refresh_from_db()
    assert (task.overrides, task.minutes) == ({"note": "Cot"}, 45)


def test_hours_a_team_and_a_skip_with_its_reason_are_decided_in_the_form(
    client, hotel, task, housekeeping_manager
):
    team = CleaningTeam.objects.create(hotel=hotel, name="Garden")
    values = {"date": TODAY, "priority": task.priority, "minutes": 45, "start": "13:00", "end": "14:00"}
    values |= {"assignee": f"team-{team.pk}", "skip": "on", "reason": "Guest asked for it", "note": ""}
    assert press(client, housekeeping_manager, task, "task", **values).status_code == 302
    task.refresh_from_db()
    assert task.overrides == {
        "start": "13:00",
        "end": "14:00",
        "team": team.pk,
        "skip": True,
        "reason": "Guest asked for it",
    }
    assert "Guest asked for it" in page(client, housekeeping_manager, task)


def test_an_untouched_form_decides_nothing_even_when_the_window_spans_days(
    client, hotel, stay, task, housekeeping_manager
):
    CleaningTask.objects.filter(pk=task.pk).update(window_end=task.window_end + timedelta(days=2))
    client.force_login(housekeeping_manager)
    form = client.get(url(task)).context["form"]
    values = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
    values.pop("skip")
    assert client.post(url(task), values).status_code == 302
    task.refresh_from_db()
    assert task.overrides == {}


def test_a_task_of_somebody_who_left_can_still_be_decided_about(client, task, cleaner, housekeeping_manager):
    decide(task, assignee=cleaner.pk)
    # Past every receiver, as it was before leaving freed the tasks.
    cleaner.memberships.update(role=Role.RECEPTIONIST)
    values = {"date": TODAY, "priority": task.priority, "minutes": 60, "assignee": cleaner.pk}
    assert press(client, housekeeping_manager, task, "task", **values).status_code == 302
    task.refresh_from_db()
    assert task.overrides == {"assignee": cleaner.pk, "minutes": 60}


# --- the story --------------------------------------------------------------------------------------------------


def test_the_story_says_who_did_what_and_what_became_of_a_value(stay, task, cleaner, housekeeping_manager):
    override_task(
        hotel_id=task.hotel_id,
        task_id=task.pk,
        changes={"assignee": cleaner.pk},
        user_id=housekeeping_manager.pk,
        now=NOW,
    )
    change(stay, room=room_of(stay.hotel, "105"), now=NOW + timedelta(minutes=1))
    change(stay, room=room_of(stay.hotel, "106"), now=NOW + timedelta(minutes=2))
    task.refresh_from_db()
    latest, first, given = story_of(task)
    assert [(one.label, one.before, one.after) for one in first.changes] == [("Room", "101", "105")]
    assert [(one.label, one.before, one.after) for one in latest.changes] == [("Room", "105", "106")]
    assert (given.what, given.who, given.told) == ("Assigned", "Rosa Villalba", ["Ilie Munteanu"])
    assert (latest.who, latest.told) == ("", ["Ilie Munteanu"])


def test_a_team_is_told_in_one_line(hotel, task, cleaner, housekeeping_manager):
    team = CleaningTeam.objects.create(hotel=hotel, name="Garden")
    team.members.set([cleaner, housekeeping_manager])
    decide(task, team=team.pk)
    (line,) = story_of(task)
    assert sorted(line.told) == ["Ilie Munteanu", "Rosa Villalba"]


def test_the_reason_at_the_door_is_in_the_story_and_on_the_page(client, task, cleaner, receptionist):
    not_possible(
        hotel_id=task.hotel_id,
        task_id=task.pk,
        user_id=cleaner.pk,
        problem=Problem.NO_ACCESS,
        remark="Chain on the door",
        now=NOW,
    )
    html = page(client, receptionist, task)
    assert html.count("Door does not open · Chain on the door") == 2
    assert "What happened" in html


# --- the work ---------------------------------------------------------------------------------------------------


def test_not_possible_needs_a_reason_and_words_when_it_is_another_one(client, task, cleaner):
    assert press(client, cleaner, task, "not_possible", problem="other").status_code == 200
    assert press(client, cleaner, task, "not_possible", problem="nonsense").status_code == 200
    task.refresh_from_db()
    assert task.state == TaskState.PLANNED
    press(client, cleaner, task, "not_possible", problem="do_not_disturb", remark="At 16:00")
    task.refresh_from_db()
    assert (task.state, task.problem, task.remark) == (TaskState.NOT_POSSIBLE, "do_not_disturb", "At 16:00")
    press(client, cleaner, task, "reopen")
    task.refresh_from_db()
    assert task.state == TaskState.PLANNED


def test_a_pause_stops_the_clock_and_going_on_starts_it(client, task, cleaner):
    press(client, cleaner, task, "start")
    with time_machine.travel(NOW + timedelta(minutes=10), tick=False):
        press(client, cleaner, task, "pause")
    with time_machine.travel(NOW + timedelta(minutes=30), tick=False):
        press(client, cleaner, task, "start")
    with time_machine.travel(NOW + timedelta(minutes=47), tick=False):
        assert "27 of 45 minutes" in page(client, cleaner, task)


@pytest.mark.parametrize("name", ["pause", "not_possible"])
def test_a_receptionist_does_not_do_the_work(client, task, receptionist, name):
    assert press(client, receptionist, task, name, problem="refused").status_code == 403


@pytest.fixture
def item(hotel):
    listed = Checklist.objects.create(hotel=hotel, name="Departure", kind=TaskKind.DEPARTURE)
    return ChecklistItem.objects.create(hotel=hotel, checklist=listed, texts={"en": "Towels"})


def test_the_checklist_shows_what_is_open_and_a_planner_takes_it_as_it_is(
    client, task, item, cleaner, housekeeping_manager
):
    press(client, cleaner, task, "finish", incomplete="1")
    task.refresh_from_db()
    assert task.state == TaskState.PLANNED  # a cleaner cannot leave an item out
    html = page(client, housekeeping_manager, task)
    assert "1 open" in html
    assert "Done as it is" in html
    press(client, housekeeping_manager, task, "finish", incomplete="1")
    task.refresh_from_db()
    assert task.state == TaskState.DONE


def test_a_ticked_item_says_who_did_it(client, task, item, cleaner):
    ChecklistTick.objects.create(hotel=task.hotel, task=task, item=item, done_by=cleaner, done_at=NOW)
    html = page(client, cleaner, task)
    assert "done by Ilie Munteanu" in html
    assert "complete" in html


# --- inspections ------------------------------------------------------------------------------------------------


@pytest.fixture
def inspection(hotel, cleaner):
    CleaningRule.objects.create(hotel=hotel, kind=TaskKind.DEPARTURE, minutes=45, is_inspected=True)
    task = task_of(book(hotel, "105", days(-2), TODAY, plan=True), "departure")
    finish_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    return CleaningTask.objects.get(inspects=task)


def test_a_room_passes(client, inspection, housekeeping_manager):
    html = page(client, housekeeping_manager, inspection)
    assert "Does the room pass?" in html
    assert url(inspection.inspects) in html
    press(client, housekeeping_manager, inspection, "pass")
    inspection.inspects.refresh_from_db()
    assert inspection.inspects.state == TaskState.INSPECTED


def test_a_room_goes_back_with_a_reason_and_not_without(client, inspection, housekeeping_manager):
    press(client, housekeeping_manager, inspection, "send_back", reason="  ")
    inspection.refresh_from_db()
    assert inspection.state == TaskState.PLANNED
    press(client, housekeeping_manager, inspection, "send_back", reason="Hair in the bath")
    inspection.inspects.refresh_from_db()
    assert (inspection.inspects.state, inspection.inspects.remark) == (TaskState.PAUSED, "Hair in the bath")
    assert "Hair in the bath" in page(client, housekeeping_manager, inspection.inspects)


@pytest.mark.parametrize("name", ["pass", "send_back"])
def test_a_cleaner_does_not_inspect(client, inspection, cleaner, name):
    assert press(client, cleaner, inspection, name, reason="x").status_code == 403
    assert "Does the room pass?" not in page(client, cleaner, inspection)


# --- a task that somebody wishes for ----------------------------------------------------------------------------


def wish(hotel, **changes):
    house = hotel.properties.get()
    values = {"place": f"{house.pk}-{room_of(hotel, '101').pk}", "kind": "extra", "date": days(1)}
    values |= {"minutes": 30, "priority": 30, "assignee": "", "note": "Sofa bed"}
    return values | changes


def add(client, person, hotel, **changes):
    client.force_login(person)
    return client.post(reverse("cleaning_add", args=[hotel.slug]), wish(hotel, **changes))


def test_a_task_is_added_and_given_at_once(client, hotel, cleaner, housekeeping_manager):
    answer = add(client, housekeeping_manager, hotel, start="10:00", end="11:00", assignee=cleaner.pk)
    task = CleaningTask.objects.get(kind="extra")
    assert answer.url == f"{reverse('cleaning_day', args=[hotel.slug])}?day={days(1)}"
    assert (task.room.name, task.assignee, task.overrides["note"]) == ("101", cleaner, "Sofa bed")
    assert (task.window_start.hour, task.window_end.hour) == (8, 9)  # UTC


def test_a_task_somewhere_in_the_house_has_no_room(client, hotel, housekeeping_manager):
    add(client, housekeeping_manager, hotel, place=f"{hotel.properties.get().pk}-0")
    assert CleaningTask.objects.get(kind="extra").room is None


@pytest.mark.parametrize(
    "wrong", [{"date": days(-1)}, {"minutes": 0}, {"note": ""}, {"place": "1-999999"}, {"kind": "inspection"}]
)
def test_a_wish_that_makes_no_sense_is_told_at_its_field(client, hotel, housekeeping_manager, wrong):
    answer = add(client, housekeeping_manager, hotel, **wrong)
    assert set(answer.context["form"].errors) == set(wrong)
    assert not CleaningTask.objects.filter(kind="extra").exists()


def test_a_room_of_another_hotel_cannot_be_chosen(client, hotel, other_hotel, housekeeping_manager):
    other = other_hotel.properties.get()
    answer = add(
        client, housekeeping_manager, hotel, place=f"{other.pk}-{other.rooms.values_list('pk', flat=True)[0]}"
    )
    assert set(answer.context["form"].errors) == {"place"}


def test_only_who_plans_adds_tasks(client, hotel, cleaner, receptionist, stranger):
    assert [add(client, who, hotel).status_code for who in (cleaner, receptionist, stranger)] == [
        403,
        403,
        404,
    ]


def test_a_task_of_another_hotel_is_not_found(client, other_hotel, task, stranger):
    client.force_login(stranger)
    for name in ("task", "assign_one", "pause", "not_possible", "pass", "send_back"):
        address = reverse(f"cleaning_{name}", args=[other_hotel.slug, task.pk])
        assert client.post(address, {"problem": "refused"}).status_code in (403, 404), name
    task.refresh_from_db()
    assert task.state == TaskState.PLANNED


def test_a_pause_and_a_send_back_are_told_apart_in_the_story(task, inspection, housekeeping_manager, cleaner):
    work = {"hotel_id": task.hotel_id, "user_id": cleaner.pk, "now": NOW}
    start_task(task_id=task.pk, **work)
    pause_task(task_id=task.pk, **work)
    task.refresh_from_db()
    assert story_of(task)[0].what == "Paused"
    send_back(
        hotel_id=task.hotel_id, task_id=inspection.pk, user_id=housekeeping_manager.pk, reason="Hair", now=NOW
    )
    line = story_of(inspection.inspects)[0]
    assert (line.what, line.remark, line.told) == ("Sent back", "Hair", ["Ilie Munteanu"])


# --- what a button did is said --------------------------------------------------------------------------------------


def test_a_saved_decision_is_said_at_the_top_of_the_list(client, task, housekeeping_manager):
    values = {"date": TODAY, "priority": task.priority, "minutes": 60}
    answer = press(client, housekeeping_manager, task, "task", **values)
    assert "#" not in answer.url
    assert "Saved." in client.get(answer.url).content.decode()


def test_a_room_that_is_sent_back_is_said(client, hotel, task, cleaner, housekeeping_manager):
    CleaningTask.objects.filter(pk=task.pk).update(is_inspected=True)
    finish_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    inspection = CleaningTask.objects.get(inspects=task)
    answer = press(client, housekeeping_manager, inspection, "send_back", reason="Hair in the bath")
    assert "#" not in answer.url
    assert "101 goes back to whoever cleaned it." in client.get(answer.url).content.decode()


def test_an_extra_task_is_for_when_time_is_left_unless_somebody_says_otherwise(
    client, hotel, housekeeping_manager
):
    client.force_login(housekeeping_manager)
    html = client.get(reverse("cleaning_add", args=[hotel.slug])).content.decode()
    assert '<option value="50" selected>When time is left</option>' in html
