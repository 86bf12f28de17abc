"""Who leaves a hotel, or may not sign in any more, leaves no task behind that nobody else is asked to do."""

from __future__ import annotations

import pytest
import time_machine

from cleaning.choices import TaskEventKind, TaskState
from cleaning.decisions import add_task, assign_tasks
from cleaning.models import CleaningTask, TaskEvent
from cleaning.work import finish_task
from reservations.choices import Role
from reservations.models import Hotel, Membership, Property
from tests.cleaning.houses import NOW, TODAY, days
from tests.cleaning.staff import make_cleaner, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def tasks(hotel, cleaner):
    """One that Ilie has done, one of today and one of tomorrow; another that Nadia has."""
    done, today, later = (
        make_task(hotel, room, day=days(day), assignee=cleaner)
        for room, day in (("101", 0), ("102", 0), ("103", 1))
    )
    finish_task(hotel_id=hotel.pk, task_id=done.pk, user_id=cleaner.pk, now=NOW)
    return done, today, later, make_task(hotel, "104", assignee=make_cleaner(hotel, "Nadia"))


def holders(tasks):
    return [CleaningTask.objects.get(pk=task.pk).assignee for task in tasks]


def leave(person, hotel):
    Membership.objects.get(user=person, hotel=hotel).delete()


def leave_with_others(person, hotel):
    Membership.objects.filter(user=person).delete()


def get_another_role(person, hotel):
    member = Membership.objects.get(user=person, hotel=hotel)
    member.role = Role.RECEPTIONIST
    member.save()


def be_shut_out(person, hotel):
    person.is_active = False
    person.save()


@pytest.mark.parametrize("way", [leave, leave_with_others, get_another_role, be_shut_out])
def test_what_is_not_done_waits_for_somebody_else(hotel, cleaner, tasks, way):
    nadia = tasks[-1].assignee
    way(cleaner, hotel)
    assert holders(tasks) == [cleaner, None, None, nadia]
    task = CleaningTask.objects.get(pk=tasks[1].pk)
    assert (task.state, task.overrides) == (TaskState.PLANNED, {})
    (line,) = TaskEvent.objects.filter(task=task, what=TaskEventKind.TAKEN_AWAY)
    assert line.recipient == cleaner


def test_of_somebody_who_is_deleted_too(hotel, cleaner, tasks):
    nadia = tasks[-1].assignee
    cleaner.delete()
    assert holders(tasks) == [None, None, None, nadia]
    task = CleaningTask.objects.get(pk=tasks[1].pk)
    assert (task.state, task.overrides) == (TaskState.PLANNED, {})
    assert TaskEvent.objects.filter(task=task).last().what == TaskEventKind.DECIDED


def test_in_the_hotel_that_was_left_only(hotel, other_hotel, cleaner, tasks):
    Membership.objects.create(hotel=other_hotel, user=cleaner, role=Role.CLEANER)
    elsewhere = make_task(other_hotel, "1", assignee=cleaner)
    leave(cleaner, hotel)
    assert holders([*tasks[:3], elsewhere]) == [cleaner, None, None, cleaner]


def test_a_hotel_can_go_with_its_people_and_tasks(cleaner):
    hotel = Hotel.objects.create(name="Pensión Ocaso", slug="ocaso")
    house = Property.objects.create(hotel=hotel, name="Pensión Ocaso")
    Membership.objects.create(hotel=hotel, user=cleaner, role=Role.CLEANER)
    place = {"property_id": house.pk, "room_id": None, "day": TODAY}
    task = add_task(hotel=hotel, minutes=30, note="The hall", user_id=None, now=NOW, **place)
    assign_tasks(hotel_id=hotel.pk, given={task.pk: (cleaner.pk, None)}, user_id=None, now=NOW)
    hotel.delete()
    assert not CleaningTask.objects.filter(pk=task.pk).exists()
