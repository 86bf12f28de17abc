"""Changing rules: saved with its story, planned at once, taken back, and never another hotel's."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
import time_machine
from django.core.exceptions import ValidationError

from cleaning import rules
from cleaning.choices import RuleEditKind, TaskKind
from cleaning.models import CleaningRule, CleaningTask, PlannedThrough, RuleEdit
from cleaning.rule_book import Rule
from cleaning.rules import (
    as_rule,
    may_undo,
    packed,
    remove_rule,
    rule_from,
    save_hours,
    save_rule,
    undo_rule_edit,
)
from config.demo_cleaning import add_demo_rules
from reservations.models import Property, RatePlan, RoomType
from tests.cleaning.houses import NOW, book, days, lines, task_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sixty_days(settings):
    settings.CLEANING_HORIZON_DAYS = 60


@pytest.fixture
def act(django_capture_on_commit_callbacks):
    def do(service, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            return service(**{"now": NOW, **kwargs})

    return do


def daily(hotel, **values):
    return CleaningRule(hotel=hotel, kind="stay_over", minutes=20, **{"every_days": 1, **values})


# --- saving -------------------------------------------------------------------------------------------------


def test_a_new_rule_is_planned_as_soon_as_it_is_certain(hotel, manager, act):
    book(hotel, "101", days(1), days(4), plan=True)
    edit = act(save_rule, hotel=hotel, rule=daily(hotel), user_id=manager.pk)
    assert f"101 {days(2)} stay_over planned" in lines(hotel)
    assert (edit.what, edit.user, edit.before, edit.at) == (RuleEditKind.ADDED, manager, None, NOW)
    assert edit.after["every_days"] == 1


def test_a_changed_rule_keeps_what_it_said_before(hotel, manager, act):
    act(save_rule, hotel=hotel, rule=daily(hotel), user_id=manager.pk)
    rule = CleaningRule.objects.get()
    rule.minutes, rule.starts_at = 35, time(10)
    edit = act(save_rule, hotel=hotel, rule=rule, user_id=manager.pk)
    assert (edit.what, edit.before["minutes"], edit.after["minutes"]) == (RuleEditKind.CHANGED, 20, 35)
    assert (edit.before["starts_at"], edit.after["starts_at"]) == (None, "10:00")


def test_saving_the_same_again_writes_nothing(hotel, act):
    act(save_rule, hotel=hotel, rule=daily(hotel), user_id=None)
    assert act(save_rule, hotel=hotel, rule=CleaningRule.objects.get(), user_id=None) is None
    assert RuleEdit.objects.count() == 1


def test_a_second_rule_for_exactly_the_same_is_refused(hotel, act):
    act(save_rule, hotel=hotel, rule=daily(hotel), user_id=None)
    with pytest.raises(ValidationError, match="already"):
        save_rule(hotel=hotel, rule=daily(hotel, every_days=2), user_id=None, now=NOW)


@pytest.mark.parametrize("what", ["property", "room_type", "rate_plan"])
def test_a_scope_of_another_hotel_is_refused(hotel, other_hotel, what):
    theirs = {
        "property": Property.objects.filter(hotel=other_hotel).first(),
        "room_type": RoomType.objects.filter(hotel=other_hotel).first(),
        "rate_plan": RatePlan.objects.create(
            hotel=other_hotel, property=Property.objects.filter(hotel=other_hotel).first(), name="Theirs"
        ),
    }
    with pytest.raises(ValidationError) as refused:
        save_rule(hotel=hotel, rule=daily(hotel, **{what: theirs[what]}), user_id=None, now=NOW)
    assert what in refused.value.error_dict
    assert not CleaningRule.objects.exists()


def test_a_rule_of_another_hotel_cannot_be_changed_or_removed(hotel, other_hotel, act):
    act(save_rule, hotel=other_hotel, rule=daily(other_hotel), user_id=None)
    rule = CleaningRule.objects.get()
    with pytest.raises(CleaningRule.DoesNotExist):
        save_rule(hotel=hotel, rule=rule, user_id=None, now=NOW)
    with pytest.raises(CleaningRule.DoesNotExist):
        remove_rule(hotel=hotel, rule_id=rule.pk, user_id=None, now=NOW)
    with pytest.raises(RuleEdit.DoesNotExist):
        undo_rule_edit(hotel=hotel, edit_id=RuleEdit.objects.get().pk, now=NOW)


def test_a_deep_cleaning_belongs_to_a_room_and_not_to_a_booking(hotel):
    rule = CleaningRule(hotel=hotel, kind="deep", minutes=120, every_days=30, channel="booking_com")
    with pytest.raises(ValidationError, match="room"):
        save_rule(hotel=hotel, rule=rule, user_id=None, now=NOW)


def test_what_is_packed_comes_back_as_it_was(hotel):
    rule = Rule(
        TaskKind.DEEP, 120, every_days=30, counts_from=days(3), starts_at=time(9, 30), is_inspected=True, pk=7
    )
    assert rule_from(packed(rule), 7) == rule
    row = CleaningRule(hotel=hotel, kind="deep", minutes=120, counts_from=days(3))
    assert as_rule(row) == Rule(TaskKind.DEEP, 120, counts_from=days(3))


# --- removing and taking back -------------------------------------------------------------------------------


def test_a_removed_rule_takes_its_tasks_along_and_comes_back_with_them(hotel, manager, act):
    book(hotel, "101", days(1), days(4), plan=True)
    act(save_rule, hotel=hotel, rule=daily(hotel), user_id=manager.pk)
    rule = CleaningRule.objects.get()
    with_rule = lines(hotel)
    edit = act(remove_rule, hotel=hotel, rule_id=rule.pk, user_id=manager.pk)
    assert not CleaningTask.objects.filter(kind="stay_over", date=days(2)).exists()
    assert edit.after is None
    act(undo_rule_edit, hotel=hotel, edit_id=edit.pk)
    assert CleaningRule.objects.get().pk == rule.pk
    assert lines(hotel) == with_rule


def test_an_added_rule_goes_when_it_is_undone(hotel, act):
    edit = act(save_rule, hotel=hotel, rule=daily(hotel), user_id=None)
    act(undo_rule_edit, hotel=hotel, edit_id=edit.pk)
    assert not CleaningRule.objects.exists()
    edit.refresh_from_db()
    assert edit.undone_at == NOW
    assert act(undo_rule_edit, hotel=hotel, edit_id=edit.pk).undone_at == NOW


def test_undo_is_refused_with_a_sentence_when_the_rule_was_changed_since(hotel, act):
    first = act(save_rule, hotel=hotel, rule=daily(hotel), user_id=None)
    rule = CleaningRule.objects.get()
    rule.minutes = 33
    second = act(save_rule, hotel=hotel, rule=rule, user_id=None)
    now_there = {rule.pk: CleaningRule.objects.get()}
    assert (may_undo(first, now_there), may_undo(second, now_there)) == (False, True)
    with pytest.raises(ValidationError, match="changed since"):
        act(undo_rule_edit, hotel=hotel, edit_id=first.pk)
    act(undo_rule_edit, hotel=hotel, edit_id=second.pk)
    act(undo_rule_edit, hotel=hotel, edit_id=first.pk)
    assert not CleaningRule.objects.exists()


def test_undo_is_refused_when_what_the_rule_was_about_is_gone(hotel, act):
    plan = RatePlan.objects.create(hotel=hotel, property=Property.objects.get(hotel=hotel), name="Eco")
    act(save_rule, hotel=hotel, rule=daily(hotel, rate_plan=plan), user_id=None)
    edit = act(remove_rule, hotel=hotel, rule_id=CleaningRule.objects.get().pk, user_id=None)
    plan.delete()
    with pytest.raises(ValidationError):
        act(undo_rule_edit, hotel=hotel, edit_id=edit.pk)
    edit.refresh_from_db()
    assert edit.undone_at is None


def test_undo_is_refused_when_another_rule_holds_there_now(hotel, act):
    act(save_rule, hotel=hotel, rule=daily(hotel), user_id=None)
    edit = act(remove_rule, hotel=hotel, rule_id=CleaningRule.objects.get().pk, user_id=None)
    act(save_rule, hotel=hotel, rule=daily(hotel, every_days=2), user_id=None)
    with pytest.raises(ValidationError, match="already"):
        act(undo_rule_edit, hotel=hotel, edit_id=edit.pk)


# --- planning -----------------------------------------------------------------------------------------------


def test_only_the_houses_that_a_rule_names_are_planned_anew(hotel, act):
    annex = Property.objects.create(hotel=hotel, name="Annex")
    act(save_rule, hotel=hotel, rule=daily(hotel), user_id=None)
    assert PlannedThrough.objects.count() == 2
    PlannedThrough.objects.update(day=days(60))
    before = {row.property_id: row.pk for row in PlannedThrough.objects.all()}
    act(save_rule, hotel=hotel, rule=daily(hotel, property=annex, every_days=2), user_id=None)
    after = {row.property_id: row.pk for row in PlannedThrough.objects.all()}
    assert after.keys() == before.keys()
    assert [pk for pk in before if before[pk] != after[pk]] == [annex.pk]


def test_the_house_is_marked_in_the_same_transaction_so_that_a_crash_loses_nothing(hotel, act):
    act(save_rule, hotel=hotel, rule=daily(hotel), user_id=None)
    rule = CleaningRule.objects.get()
    rule.every_days = 2
    save_rule(hotel=hotel, rule=rule, user_id=None, now=NOW)  # and nothing runs after the commit
    assert not PlannedThrough.objects.exists()


def test_a_large_house_is_left_to_a_worker(hotel, act, monkeypatch):
    book(hotel, "101", days(1), days(4), plan=True)
    monkeypatch.setattr(rules, "STAYS_AT_ONCE", 0)
    sent = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, **_: sent.append(name))
    act(save_rule, hotel=hotel, rule=daily(hotel), user_id=None)
    assert sent == ["cleaning.tasks.extend_plans"]
    assert f"101 {days(2)} stay_over planned" not in lines(hotel)


def test_a_broker_that_is_away_does_not_keep_a_rule_from_being_saved(hotel, act, monkeypatch):
    book(hotel, "101", days(1), days(4))
    monkeypatch.setattr(rules, "STAYS_AT_ONCE", 0)

    def away(*_args, **_kwargs):
        raise ConnectionError("no broker")

    monkeypatch.setattr("celery.current_app.send_task", away)
    act(save_rule, hotel=hotel, rule=daily(hotel), user_id=None)
    assert CleaningRule.objects.exists()


def test_a_rule_that_goes_with_its_rate_takes_its_effect_along(
    hotel, act, django_capture_on_commit_callbacks
):
    eco = RatePlan.objects.create(hotel=hotel, property=Property.objects.get(hotel=hotel), name="Eco")
    stay = book(hotel, "101", days(1), days(6), rate_plan=eco, plan=True)
    act(save_rule, hotel=hotel, rule=daily(hotel, rate_plan=eco, is_wanted=False), user_id=None)
    assert not CleaningTask.objects.filter(kind="stay_over").exists()
    with time_machine.travel(NOW, tick=False), django_capture_on_commit_callbacks(execute=True):
        eco.delete()
    assert task_of(stay, "stay_over").date == days(4)


def test_other_hours_move_the_windows_of_a_house(hotel, act):
    stay = book(hotel, "101", days(1), days(4), plan=True)
    house = Property.objects.get(hotel=hotel)
    act(save_hours, hotel=hotel, house=house, starts_at=time(8), ends_at=time(20))
    assert task_of(stay, "departure").window_end == datetime.combine(days(4), time(18), UTC)


def test_hours_of_another_hotel_and_hours_inside_out_are_refused(hotel, other_hotel):
    house = Property.objects.filter(hotel=other_hotel).first()
    with pytest.raises(ValidationError):
        save_hours(hotel=hotel, house=house, starts_at=time(8), ends_at=time(20), now=NOW)
    with pytest.raises(ValidationError):
        save_hours(
            hotel=hotel,
            house=Property.objects.get(hotel=hotel),
            starts_at=time(20),
            ends_at=time(8),
            now=NOW,
        )


def test_the_demonstration_has_rules_worth_seeing_and_gets_them_once(hotel, act):
    RatePlan.objects.create(hotel=hotel, property=Property.objects.get(hotel=hotel), name="Saver")
    with time_machine.travel(NOW, tick=False):
        add_demo_rules(hotel)
        found = sorted(CleaningRule.objects.values_list("kind", "is_wanted", "is_inspected"))
        add_demo_rules(hotel)
    assert found == [
        ("deep", True, False),
        ("departure", True, False),
        ("departure", True, True),
        ("linen", True, False),
        ("stay_over", False, False),
    ]
    assert CleaningRule.objects.count() == len(found)
