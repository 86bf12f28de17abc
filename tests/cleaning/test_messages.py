"""What people who clean are told: one message for what came together, at the right time, without guests' names."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cleaning.choices import CompanyRole, DeliveryState, Problem
from cleaning.decisions import assign_tasks, drop_override, override_task
from cleaning.messages import GATHERING, QUIET, link_of, mark_read, news_for, write_messages
from cleaning.models import (
    CleanerMessage,
    CleaningCompany,
    CleaningTask,
    CleaningTeam,
    CompanyContract,
    CompanyMember,
    MessageDelivery,
    TaskEvent,
)
from cleaning.work import finish_task, not_possible, start_task
from reservations.choices import Role, StayStatus
from reservations.models import Membership
from tests.cleaning.houses import NOW, TODAY, book, change, days, room_of, task_of
from tests.cleaning.staff import join
from tests.people import make_person

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def stay(hotel):
    """A guest who leaves the day after tomorrow."""
    return book(hotel, "101", TODAY, days(2), guest_name="Mara Quill", plan=True)


@pytest.fixture
def task(stay):
    return task_of(stay, "departure")


@pytest.fixture
def planner(housekeeping_manager):
    return housekeeping_manager


def give(task, person, *, by, now=NOW):
    assign_tasks(
        hotel_id=task.hotel_id, given={task.pk: (person.pk if person else None, None)}, user_id=by.pk, now=now
    )


def told(person):
    """Every message to the person as one text, latest last."""
    return [f"{row.subject}\n{row.text}" for row in reversed(news_for(person))]


# --- what was not possible ------------------------------------------------------------------------------------------


def try_in_vain(task, person, *, now=NOW, remark=""):
    return not_possible(
        hotel_id=task.hotel_id,
        task_id=task.pk,
        user_id=person.pk,
        problem=Problem.NO_ACCESS,
        remark=remark,
        now=now,
    )


def test_who_plans_hears_of_what_was_not_possible_together_and_once(hotel, cleaner, planner):
    for room in ("101", "102"):
        task = task_of(book(hotel, room, days(-2), TODAY, plan=True), "departure")
        try_in_vain(task, cleaner, remark="The card is dead")
        try_in_vain(task, cleaner, remark="The card is dead")
    assert write_messages(NOW + GATHERING) == 1
    (message,) = told(planner)
    assert message.startswith("2 not possible: Hotel Paradise")
    assert "Door does not open · The card is dead" in message
    assert message.count("101 · Departure") == 1
    assert write_messages(NOW + QUIET * 2) == 0
    assert link_of(news_for(planner)[0]).endswith("/h/paradise/cleaning/")


def test_nothing_is_told_of_what_was_possible_after_all(hotel, cleaner, planner):
    task = task_of(book(hotel, "101", days(-2), TODAY, plan=True), "departure")
    try_in_vain(task, cleaner)
    start_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    assert write_messages(NOW + GATHERING) == 0


def test_a_company_s_planner_hears_of_it_and_who_said_it_does_not(hotel, company, planner):
    task = task_of(book(hotel, "101", days(-2), TODAY, plan=True), "departure")
    vera, pilar = join(company, "Vera"), join(company, "Pilar", CompanyRole.PLANNER)
    give(task, vera, by=planner)
    try_in_vain(CleaningTask.objects.get(pk=task.pk), vera)
    write_messages(NOW + GATHERING)
    assert [len(told(person)) for person in (planner, pilar)] == [1, 1]
    assert all("not possible" not in message for message in told(vera))


# --- when ---------------------------------------------------------------------------------------------------------


def test_what_comes_within_a_minute_is_told_together(hotel, cleaner, planner):
    for room in ("101", "102"):
        give(task_of(book(hotel, room, TODAY, days(2), plan=True), "departure"), cleaner, by=planner)
    assert write_messages(NOW + GATHERING - timedelta(seconds=1)) == 0
    assert write_messages(NOW + GATHERING) == 1
    (message,) = told(cleaner)
    assert message.startswith("2 new: Hotel Paradise")
    assert "101 · Departure" in message
    assert "102 · Departure" in message


def test_running_again_tells_nothing_twice(task, cleaner, planner):
    give(task, cleaner, by=planner)
    assert [write_messages(NOW + MINUTE), write_messages(NOW + MINUTE), write_messages(NOW + QUIET * 3)] == [
        1,
        0,
        0,
    ]


def test_other_days_are_told_once_an_hour(hotel, task, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    second = task_of(book(hotel, "102", TODAY, days(3), plan=True), "departure")
    give(second, cleaner, by=planner, now=NOW + 2 * MINUTE)
    assert write_messages(NOW + 10 * MINUTE) == 0
    assert write_messages(NOW + MINUTE + QUIET) == 1


def test_work_of_today_does_not_wait_for_the_hour(hotel, task, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    today = task_of(book(hotel, "102", days(-1), TODAY, plan=True), "departure")
    give(today, cleaner, by=planner, now=NOW + 2 * MINUTE)
    assert write_messages(NOW + 3 * MINUTE) == 1
    assert "102" in told(cleaner)[-1]


def test_work_that_was_of_today_and_moves_away_is_told_at_once(hotel, task, cleaner, planner):
    stay = book(hotel, "102", days(-1), TODAY, plan=True)
    for each in (task, task_of(stay, "departure")):
        give(each, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    change(stay, departure=days(4), now=NOW + 2 * MINUTE)
    assert write_messages(NOW + 3 * MINUTE) == 1


# --- what ---------------------------------------------------------------------------------------------------------


def test_given_and_taken_away_again_is_nothing(task, cleaner, planner):
    give(task, cleaner, by=planner)
    give(task, None, by=planner)
    assert write_messages(NOW + MINUTE) == 0
    assert not CleanerMessage.objects.exists()
    assert not TaskEvent.objects.filter(recipient=cleaner, message=None).exists()


def test_several_changes_are_one_line_with_first_before_and_present_after(task, stay, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    change(stay, departure=days(3), now=NOW + 2 * MINUTE)
    change(stay, departure=days(5), now=NOW + 3 * MINUTE)
    write_messages(NOW + QUIET * 2)
    message = told(cleaner)[-1]
    assert message.startswith("1 changed: ")
    assert "was Wed 4 Jun 2031, 11:00 to" in message
    assert "now Sat 7 Jun 2031, 11:00 to" in message
    assert "Thu 5 Jun" not in message


def test_a_change_that_was_taken_back_is_nothing(task, stay, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    change(stay, departure=days(3), now=NOW + 2 * MINUTE)
    change(stay, departure=days(2), now=NOW + 3 * MINUTE)
    assert write_messages(NOW + QUIET * 2) == 0


def test_cancelled_beats_changed(task, stay, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    change(stay, departure=days(3), now=NOW + 2 * MINUTE)
    change(stay, status=StayStatus.CANCELLED, now=NOW + 3 * MINUTE)
    write_messages(NOW + QUIET * 2)
    assert told(cleaner)[-1].startswith("1 cancelled: ")


def test_cancelled_and_wanted_again_within_one_bundle_is_nothing(task, stay, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    change(stay, status=StayStatus.CANCELLED, now=NOW + 2 * MINUTE)
    change(stay, status=StayStatus.CONFIRMED, now=NOW + 3 * MINUTE)
    assert write_messages(NOW + QUIET * 2) == 0


def test_a_task_that_is_wanted_again_later_is_new_again(task, stay, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    change(stay, status=StayStatus.CANCELLED, now=NOW + 2 * MINUTE)
    write_messages(NOW + QUIET * 2)
    change(stay, status=StayStatus.CONFIRMED, now=NOW + QUIET * 2)
    write_messages(NOW + QUIET * 4)
    assert [text.split(":")[0] for text in told(cleaner)] == ["1 new", "1 cancelled", "1 new"]


def test_a_task_given_to_somebody_else_is_told_to_both(hotel, task, cleaner, planner):
    other = make_person("other@example.org", hotel, Role.CLEANER)
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    give(task, other, by=planner, now=NOW + 2 * MINUTE)
    write_messages(NOW + QUIET * 2)
    assert "somebody else does it now" in told(cleaner)[-1]
    assert told(other)[-1].startswith("1 new: ")


def test_a_task_that_goes_before_it_was_told_is_told_all_the_same(task, stay, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    give(task, None, by=planner, now=NOW + 2 * MINUTE)
    change(stay, status=StayStatus.CANCELLED, now=NOW + 3 * MINUTE)
    write_messages(NOW + QUIET * 2)
    assert told(cleaner)[-1].startswith("1 cancelled: ")
    assert "somebody else" not in told(cleaner)[-1]
    assert CleaningTask.objects.get(pk=task.pk).state == "cancelled"


def test_a_cancelled_task_that_is_taken_away_before_it_was_told_is_told(task, stay, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    change(stay, status=StayStatus.CANCELLED, now=NOW + 2 * MINUTE)
    give(task, None, by=planner, now=NOW + 3 * MINUTE)
    write_messages(NOW + QUIET * 2)
    assert told(cleaner)[-1].startswith("1 cancelled: ")


def test_a_task_kept_for_its_news_comes_back_with_its_booking(task, stay, cleaner, planner):
    give(task, cleaner, by=planner)
    give(task, None, by=planner)
    change(stay, status=StayStatus.CANCELLED)
    change(stay, status=StayStatus.CONFIRMED)
    assert CleaningTask.objects.get(stay=stay, kind="departure").state == "planned"


def test_the_reason_of_a_skipped_task_is_told(task, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    override_task(
        hotel_id=task.hotel_id,
        task_id=task.pk,
        changes={"skip": True, "reason": "Painters are in"},
        user_id=planner.pk,
        now=NOW + MINUTE,
    )
    write_messages(NOW + QUIET * 2)
    assert "Painters are in" in told(cleaner)[-1]


def test_another_room_is_named_with_the_one_before(hotel, task, stay, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    change(stay, room=room_of(hotel, "104"), now=NOW + 2 * MINUTE)
    write_messages(NOW + QUIET * 2)
    assert "room 104 instead of 101" in told(cleaner)[-1]


def test_a_task_that_is_finished_by_then_is_not_told_any_more(task, cleaner, planner):
    give(task, cleaner, by=planner)
    start_task(hotel_id=task.hotel_id, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    finish_task(hotel_id=task.hotel_id, task_id=task.pk, user_id=cleaner.pk, now=NOW)
    assert write_messages(NOW + MINUTE) == 0


def test_what_lay_about_for_days_is_not_told(task, cleaner, planner):
    give(task, cleaner, by=planner)
    assert write_messages(NOW + timedelta(days=9)) == 0


# --- whom ---------------------------------------------------------------------------------------------------------


def test_everybody_of_a_team_is_told_but_not_who_did_it(hotel, task, cleaner, planner):
    team = CleaningTeam.objects.create(hotel=hotel, name="First floor")
    team.members.set([cleaner, planner])
    override_task(hotel_id=hotel.pk, task_id=task.pk, changes={"team": team.pk}, user_id=planner.pk, now=NOW)
    write_messages(NOW + MINUTE)
    assert len(told(cleaner)) == 1
    assert told(planner) == []


def test_who_left_the_hotel_hears_nothing_of_it(task, cleaner, planner):
    give(task, cleaner, by=planner)
    Membership.objects.filter(user=cleaner).delete()
    assert write_messages(NOW + MINUTE) == 0


def test_who_may_not_sign_in_hears_nothing(task, cleaner, planner):
    give(task, cleaner, by=planner)
    cleaner.is_active = False
    cleaner.save()
    assert write_messages(NOW + MINUTE) == 0


def test_a_person_of_two_hotels_gets_one_message(hotel, other_hotel, task, planner):
    company = CleaningCompany.objects.create(name="Limpio", slug="limpio")
    outside = make_person("outside@example.org", name="Oda")
    CompanyMember.objects.create(company=company, user=outside, role="cleaner")
    for house in (hotel, other_hotel):
        CompanyContract.objects.create(hotel=house, company=company)
    give(task, outside, by=planner)
    give(task_of(book(other_hotel, "1", TODAY, days(2), plan=True), "departure"), outside, by=planner)
    assert write_messages(NOW + MINUTE) == 1
    (message,) = told(outside)
    assert message.startswith("2 new: Hostal Mirador, Hotel Paradise")


# --- how ----------------------------------------------------------------------------------------------------------


def test_a_message_names_no_guest(task, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    assert "Quill" not in told(cleaner)[0]


def test_a_subject_is_one_line_that_fits(hotel, task, cleaner, planner):
    hotel.properties.update(name=("Casa\r\nBcc: all@example.org " * 6)[:120])
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    (news,) = news_for(cleaner)
    assert len(news.subject.splitlines()) == 1
    assert len(news.subject) <= 200


def test_times_are_those_of_the_house(hotel, cleaner, planner):
    today = task_of(book(hotel, "102", days(-1), TODAY, plan=True), "departure")
    book(hotel, "102", TODAY, days(1), plan=True)
    give(today, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    assert "15:00" in told(cleaner)[0]


def test_everybody_reads_in_their_own_language(task, cleaner, planner):
    cleaner.language = "es"
    cleaner.save()
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    assert "mié" in told(cleaner)[0]


def test_a_message_waits_to_go_out_by_e_mail(task, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    delivery = MessageDelivery.objects.get()
    assert (delivery.channel, delivery.state, delivery.message.user) == (
        "email",
        DeliveryState.WAITING,
        cleaner,
    )


def test_news_are_unread_until_they_are_read(task, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    (news,) = news_for(cleaner)
    assert news.read_at is None
    assert mark_read(planner, now=NOW, message_ids=[news.pk]) == 0
    assert mark_read(cleaner, now=NOW, message_ids=[news.pk]) == 1
    assert news_for(cleaner)[0].read_at == NOW


def test_dropping_a_decision_tells_what_became_of_it(task, cleaner, planner):
    give(task, cleaner, by=planner)
    write_messages(NOW + MINUTE)
    override_task(
        hotel_id=task.hotel_id,
        task_id=task.pk,
        changes={"date": days(4)},
        user_id=planner.pk,
        now=NOW + MINUTE,
    )
    drop_override(
        hotel_id=task.hotel_id, task_id=task.pk, fields=["date"], user_id=planner.pk, now=NOW + MINUTE
    )
    assert write_messages(NOW + QUIET * 2) == 0
    assert CleaningTask.objects.get(pk=task.pk).date == days(2)
