"""Tasks in the database follow the stays, and never what people have begun."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cleaning.choices import Priority, TaskState
from cleaning.decisions import override_task
from cleaning.models import CleaningRule, CleaningTask, CleaningTeam, PhoneAction, TaskEvent
from cleaning.replanning import replan
from cleaning.work import finish_task, start_task
from reservations.choices import ClosureKind, StayState, StayStatus
from reservations.models import Hotel, Property, RoomClosure, Stay
from tests.cleaning.houses import NOW, TODAY, book, change, days, lines, plan_again, room_of, task_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sixty_days(settings):
    settings.CLEANING_HORIZON_DAYS = 60


# --- tasks come, follow and go --------------------------------------------------------------------------------


def test_a_booking_makes_its_tasks(hotel):
    book(hotel, "101", days(1), days(6), plan=True)
    assert lines(hotel) == [
        f"101 {days(1)} arrival_check planned",
        f"101 {days(4)} stay_over planned",
        f"101 {days(6)} departure planned",
    ]


def test_planning_twice_writes_nothing(hotel):
    stay = book(hotel, "101", days(1), days(6), plan=True)
    before = list(CleaningTask.objects.values())
    with CaptureQueriesContext(
        connection,
    ) as queries:
        plan_again(stay, now=NOW + timedelta(minutes=5))
    assert [
        query["sql"] for query in queries if not query["sql"].startswith(("SELECT", "BEGIN", "SAVE", "RELE"))
    ] == []
    assert list(CleaningTask.objects.values()) == before


def test_an_extension_turns_the_departure_into_a_stay_over(hotel):
    stay = book(hotel, "101", days(1), days(4), plan=True)
    departure = task_of(stay, "departure")
    change(stay, departure=days(7))
    assert lines(hotel)[1:] == [f"101 {days(4)} stay_over planned", f"101 {days(7)} departure planned"]
    assert task_of(stay, "departure").pk == departure.pk


def test_a_move_to_another_room_takes_the_tasks_along(hotel):
    stay = book(hotel, "101", days(1), days(3), plan=True)
    change(stay, room=room_of(hotel, "105"))
    assert lines(hotel) == [f"105 {days(1)} arrival_check planned", f"105 {days(3)} departure planned"]


def test_a_move_gives_the_old_room_back_its_time_and_takes_it_from_the_new_one(hotel):
    leaving_101 = book(hotel, "101", TODAY, days(3), plan=True)
    leaving_105 = book(hotel, "105", TODAY, days(3), plan=True)
    arriving = book(hotel, "101", days(3), days(5), plan=True)
    assert (task_of(leaving_101, "departure").turnover, task_of(leaving_105, "departure").turnover) == (
        True,
        False,
    )
    change(arriving, room=room_of(hotel, "105"))
    assert (task_of(leaving_101, "departure").turnover, task_of(leaving_105, "departure").turnover) == (
        False,
        True,
    )


def test_a_split_stay_leaves_a_departure_in_the_room_that_was_left(hotel):
    book(hotel, "101", TODAY, days(2), plan=True)
    book(hotel, "102", days(2), days(4), plan=True)
    assert f"101 {days(2)} departure planned" in lines(hotel)
    assert f"102 {days(4)} departure planned" in lines(hotel)


def test_a_cancellation_takes_the_tasks_away(hotel):
    stay = book(hotel, "101", days(1), days(6), plan=True)
    change(stay, status=StayStatus.CANCELLED)
    assert lines(hotel) == []


def test_the_cancellation_of_the_next_stay_widens_the_window(hotel):
    leaving = book(hotel, "101", TODAY, days(3), plan=True)
    arriving = book(hotel, "101", days(3), days(5), plan=True)
    task = task_of(leaving, "departure")
    assert (task.turnover, task.priority) == (True, Priority.GUEST_ARRIVES)
    assert task.window_end == datetime.combine(days(3), time(13), UTC)
    change(arriving, status=StayStatus.CANCELLED)
    task.refresh_from_db()
    assert (task.turnover, task.priority) == (False, Priority.DEPARTURE)
    assert task.window_end == datetime.combine(days(3), time(16), UTC)


def test_a_guest_who_waits_at_the_desk_raises_the_priority(hotel):
    leaving = book(hotel, "101", days(-2), TODAY, plan=True)
    arriving = book(hotel, "101", TODAY, days(2), plan=True)
    change(arriving, state=StayState.IN_HOUSE)
    assert task_of(leaving, "departure").priority == Priority.GUEST_WAITING


def test_a_departure_that_goes_makes_the_next_arrival_be_checked(hotel):
    leaving = book(hotel, "101", TODAY, days(3), plan=True)
    arriving = book(hotel, "101", days(4), days(6), plan=True)
    assert not CleaningTask.objects.filter(stay=arriving, kind="arrival_check").exists()
    change(leaving, status=StayStatus.CANCELLED)
    assert task_of(arriving, "arrival_check").date == days(4)


def test_a_stay_that_comes_in_between_covers_the_check(hotel):
    arriving = book(hotel, "101", days(10), days(12), plan=True)
    book(hotel, "101", days(8), days(10), plan=True)
    assert not CleaningTask.objects.filter(stay=arriving, kind="arrival_check").exists()


def test_a_long_neighbour_is_not_checked_for_days_nobody_looked_at(hotel):
    """The long stay arrives on the day the first one leaves; a change at its end says nothing about that."""
    book(hotel, "101", TODAY, days(3), plan=True)
    book(hotel, "101", days(3), days(20), plan=True)
    before = lines(hotel)
    change(book(hotel, "101", days(20), days(22), plan=True), status=StayStatus.CANCELLED)
    assert lines(hotel) == before


def test_a_closure_brings_and_takes_the_arrival_check(hotel):
    with time_machine.travel(NOW, tick=False):
        book(hotel, "101", TODAY, days(3), plan=True)
        arriving = book(hotel, "101", days(5), days(7), plan=True)
        checks = CleaningTask.objects.filter(stay=arriving, kind="arrival_check")
        assert not checks.exists()
        closure = RoomClosure.objects.create(
            hotel=hotel,
            room=room_of(hotel, "101"),
            first=days(3),
            last=days(4),
            kind=ClosureKind.OUT_OF_ORDER,
        )
        assert checks.exists()
        closure.last = days(6)
        closure.save()
        assert not checks.exists()
        closure.delete()
        assert not checks.exists()


def test_a_block_of_a_feed_leaves_no_trace_in_the_room(hotel):
    book(hotel, "101", TODAY, days(3), plan=True)
    RoomClosure.objects.create(
        hotel=hotel, room=room_of(hotel, "101"), first=days(3), last=days(4), kind=ClosureKind.FEED_BLOCK
    )
    arriving = book(hotel, "101", days(4), days(6), plan=True)
    assert not CleaningTask.objects.filter(stay=arriving, kind="arrival_check").exists()


def test_a_stay_that_is_deleted_takes_its_open_tasks_along_at_the_next_plan(hotel):
    gone = book(hotel, "101", days(1), days(3), plan=True)
    gone.reservation.delete()
    book(hotel, "105", days(1), days(2), plan=True)
    assert lines(hotel) == [f"105 {days(1)} arrival_check planned", f"105 {days(2)} departure planned"]


# --- stays without a room -------------------------------------------------------------------------------------


def test_a_stay_without_a_room_has_tasks_until_it_gets_one(hotel):
    stay = book(hotel, None, days(1), days(3), plan=True)
    assert lines(hotel) == [f"- {days(3)} departure planned"]
    change(stay, room=room_of(hotel, "101"))
    assert lines(hotel) == [f"101 {days(1)} arrival_check planned", f"101 {days(3)} departure planned"]


def test_an_overbooked_stay_has_marked_tasks_without_a_room(hotel):
    stay = book(hotel, "101", days(1), days(3), overbooked=True, plan=True)
    task = task_of(stay, "departure")
    assert (task.room_id, task.overbooked) == (None, True)
    change(stay, overbooked=False)
    task.refresh_from_db()
    assert (task.room.name, task.overbooked) == ("101", False)


def test_a_stay_whose_property_is_unknown_belongs_to_the_only_one(hotel):
    stay = book(hotel, None, days(1), days(3))
    change(stay, property=None)
    assert task_of(stay, "departure").property == Property.objects.get(hotel=hotel)


def test_a_stay_whose_property_is_unknown_has_no_tasks_when_there_are_several(hotel):
    Property.objects.create(hotel=hotel, name="Annex")
    change(book(hotel, None, days(1), days(3)), property=None)
    assert lines(hotel) == []


# --- what people have begun -----------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [start_task, finish_task])
def test_work_that_was_begun_is_not_moved_or_removed(hotel, cleaner, act):
    stay = book(hotel, "101", days(-2), TODAY, plan=True)
    task = task_of(stay, "departure")
    act(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    before = CleaningTask.objects.values().get(pk=task.pk)
    change(stay, room=room_of(hotel, "105"), departure=days(2))
    change(stay, status=StayStatus.CANCELLED)
    assert CleaningTask.objects.values().get(pk=task.pk) == before


def test_work_that_was_done_is_not_asked_for_again(hotel, cleaner):
    stay = book(hotel, "101", days(-2), TODAY, plan=True)
    finish_task(hotel_id=hotel.pk, task_id=task_of(stay, "departure").pk, user_id=cleaner.pk, now=NOW)
    plan_again(stay)
    assert lines(hotel) == [f"101 {TODAY} departure done"]


@pytest.mark.parametrize("moved", ["room", "date"])
def test_work_that_was_done_for_another_room_or_day_does_not_serve(hotel, cleaner, moved):
    stay = book(hotel, "101", days(-2), TODAY, plan=True)
    finish_task(hotel_id=hotel.pk, task_id=task_of(stay, "departure").pk, user_id=cleaner.pk, now=NOW)
    changes = {"room": {"room": room_of(hotel, "105")}, "date": {"departure": days(1)}}[moved]
    change(stay, **changes)
    assert CleaningTask.objects.filter(stay=stay, kind="departure", state=TaskState.PLANNED).count() == 1
    assert CleaningTask.objects.filter(stay=stay, kind="departure", state=TaskState.DONE).count() == 1


def test_a_new_task_goes_again_when_the_stay_comes_back_to_what_was_done(hotel, cleaner):
    stay = book(hotel, "101", days(-2), TODAY, plan=True)
    finish_task(hotel_id=hotel.pk, task_id=task_of(stay, "departure").pk, user_id=cleaner.pk, now=NOW)
    change(stay, departure=days(1))
    change(stay, departure=TODAY)
    assert lines(hotel) == [f"101 {TODAY} departure done"]


def test_finished_work_outlives_its_booking(hotel, cleaner):
    stay = book(hotel, "101", days(-2), TODAY, plan=True)
    task = finish_task(hotel_id=hotel.pk, task_id=task_of(stay, "departure").pk, user_id=cleaner.pk, now=NOW)
    stay.reservation.delete()
    task.refresh_from_db()
    assert (task.stay, task.state) == (None, TaskState.DONE)


# --- today ----------------------------------------------------------------------------------------------------


def test_unfinished_work_of_past_days_stays_where_it_was(hotel):
    stay = book(hotel, "101", days(-2), TODAY, plan=True)
    plan_again(stay, now=NOW + timedelta(days=1))
    assert lines(hotel) == [f"101 {TODAY} departure planned"]


def test_unfinished_work_of_yesterday_follows_a_stay_that_is_extended_today(hotel):
    stay = book(hotel, "101", days(-2), TODAY, plan=True)
    change(stay, departure=days(2), now=NOW + timedelta(days=1))
    assert f"101 {days(2)} departure planned" in lines(hotel)
    assert f"101 {TODAY} departure planned" not in lines(hotel)


@pytest.mark.parametrize(("zone", "planned"), [("Pacific/Auckland", False), ("America/New_York", True)])
def test_today_is_the_property_s_today(hotel, zone, planned):
    """At 22:00 UTC of the 2nd it is the 3rd in Auckland and still the 2nd in New York."""
    Property.objects.filter(hotel=hotel).update(timezone=zone)
    plan_again(book(hotel, "101", days(-2), TODAY), now=datetime(2031, 6, 2, 22, tzinfo=UTC))
    assert CleaningTask.objects.exists() is planned


def test_another_time_zone_moves_the_windows(hotel):
    stay = book(hotel, "101", TODAY, days(2), plan=True)
    Property.objects.filter(hotel=hotel).update(timezone="Atlantic/Canary")
    plan_again(stay)
    assert task_of(stay, "departure").window_start == datetime.combine(days(2), time(10), UTC)


def test_the_rules_of_the_house_are_followed(hotel):
    house = Property.objects.get(hotel=hotel)
    CleaningRule.objects.create(hotel=hotel, property=house, kind="stay_over", minutes=20, every_days=1)
    CleaningRule.objects.create(hotel=hotel, property=house, kind="departure", minutes=90)
    stay = book(hotel, "101", TODAY, days(3), plan=True)
    assert CleaningTask.objects.filter(stay=stay, kind="stay_over").count() == 2
    assert task_of(stay, "departure").minutes == 90


# --- cost and borders -----------------------------------------------------------------------------------------


def statements_for(hotel, names, count, plan):
    stays = [
        book(
            hotel,
            names[index % len(names)],
            days(1 + index // len(names) * 2),
            days(3 + index // len(names) * 2),
        )
        for index in range(count)
    ]
    with CaptureQueriesContext(connection) as queries:
        plan(stays)
    return len(queries)


def test_two_hundred_stays_cost_as_many_statements_as_ten(hotel, other_hotel):
    names = [f"{number}" for number in range(101, 113)]
    few = statements_for(other_hotel, ["1", "2"], 10, lambda stays: plan_again(*stays))
    many = statements_for(hotel, names, 200, lambda stays: plan_again(*stays))
    assert few == many <= 10


def test_changing_two_hundred_stays_costs_as_many_statements_as_changing_ten(hotel, other_hotel):
    counts = []
    for house, names, count in (
        (other_hotel, ["1", "2"], 10),
        (hotel, [f"{number}" for number in range(101, 113)], 200),
    ):
        statements_for(house, names, count, lambda stays: plan_again(*stays))
        Property.objects.filter(hotel=house).update(check_in_from=time(16), check_out_until=time(10))
        stays = list(Stay.objects.filter(hotel=house))
        with CaptureQueriesContext(connection) as queries:
            plan_again(*stays)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


@pytest.mark.parametrize("what", ["longer", "shorter", "cancelled", "moved", "moved out"])
def test_one_changed_stay_costs_fewer_than_ten_statements_with_everything_on(hotel, cleaner, what):
    """Deep cleaning, linen, tasks of people and teams, all at once."""
    for kind, values in (
        ("linen", {"minutes": 30, "every_days": 2}),
        ("deep", {"minutes": 120, "every_departures": 1, "counts_from": days(-9)}),
        ("departure", {"minutes": 45, "slip_days": 2}),
    ):
        CleaningRule.objects.create(hotel=hotel, kind=kind, **values)
    book(hotel, "101", days(-3), days(-1))
    stay = book(hotel, "101", TODAY, days(6), plan=True, state=StayState.IN_HOUSE)
    book(hotel, "101", days(6), days(9), plan=True)
    book(hotel, "105", days(7), days(9), plan=True)
    team = CleaningTeam.objects.create(hotel=hotel, name="Floor")
    team.members.add(cleaner)
    for number, task in enumerate(CleaningTask.objects.order_by("pk")):
        if number % 3 == 0:
            continue
        chosen = {"team": team.pk} if number % 3 == 1 else {"assignee": cleaner.pk}
        override_task(hotel_id=hotel.pk, task_id=task.pk, changes=chosen, now=NOW)
    room = room_of(hotel, "105")
    left = [[stay.room_id, NOW.isoformat()]]
    changes = {
        "longer": {"departure": days(7)},
        "shorter": {"departure": days(3)},
        "cancelled": {"status": StayStatus.CANCELLED},
        "moved": {"room": room},
        "moved out": {"room": room, "left_rooms": left},
    }[what]
    spans = {(stay.room_id, stay.arrival, stay.departure)}
    for name, value in changes.items():
        setattr(stay, name, value)
    stay.save()
    spans.add((stay.room_id, stay.arrival, stay.departure))
    with CaptureQueriesContext(connection) as queries:
        replan(hotel_id=hotel.pk, stay_ids=[stay.pk], spans=spans, first=TODAY, last=stay.departure, now=NOW)
    statements = [query["sql"] for query in queries if not query["sql"].startswith(("SAVE", "RELE", "BEGIN"))]
    assert len(statements) < 10, "\n".join(statement[:150] for statement in statements)


def test_a_task_with_a_story_goes_with_it(hotel, cleaner):
    stay = book(hotel, "101", days(1), days(6), plan=True)
    task = task_of(stay, "stay_over")
    override_task(hotel_id=hotel.pk, task_id=task.pk, changes={"minutes": 33}, now=NOW)
    override_task(hotel_id=hotel.pk, task_id=task.pk, changes={}, drop=["minutes"], now=NOW)
    assert TaskEvent.objects.filter(task=task).exists()
    change(stay, status=StayStatus.CANCELLED)
    assert lines(hotel) == []
    assert not TaskEvent.objects.exists()


def test_what_a_phone_said_of_a_task_outlives_it(hotel, cleaner):
    stay = book(hotel, "101", days(1), days(6), plan=True)
    action = PhoneAction.objects.create(
        id=uuid.uuid4(),
        user=cleaner,
        task=task_of(stay, "stay_over"),
        kind="accept",
        done_at=NOW,
        received_at=NOW,
        answer={},
    )
    change(stay, status=StayStatus.CANCELLED)
    connection.check_constraints()
    action.refresh_from_db()
    assert (lines(hotel), action.task) == ([], None)


def test_the_plan_of_one_hotel_leaves_the_others_alone(hotel, other_hotel):
    book(other_hotel, "1", days(1), days(3), plan=True)
    before = lines(other_hotel)
    change(book(hotel, "101", days(1), days(3), plan=True), status=StayStatus.CANCELLED)
    assert lines(other_hotel) == before


def test_a_hotel_without_property_is_planned_without_complaint():
    empty = Hotel.objects.create(name="Nothing yet", slug="nothing")
    assert replan(hotel_id=empty.pk, first=TODAY, last=days(3), now=NOW).created == 0
