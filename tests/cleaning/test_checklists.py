"""Checklists: which belongs to a task, ticking it off, and the pages on which they are made."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation

from cleaning import checklist_services as services
from cleaning.checklist_proposals import PROPOSALS
from cleaning.checklists import items_of, missing_items, tick_item
from cleaning.choices import TaskKind
from cleaning.decisions import override_task
from cleaning.models import Checklist, ChecklistItem, ChecklistTick, CleaningRule, CleaningTask, Photo
from cleaning.work import TaskRefused, finish_task, reopen_task
from tests.cleaning.houses import NOW, TODAY, book, days, plan_again, task_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def stay(hotel):
    return book(hotel, "101", days(-2), TODAY, plan=True)


@pytest.fixture
def task(stay):
    return task_of(stay, "departure")


@pytest.fixture
def usual(hotel):
    """The usual list of departures: two required lines and one for the good ones."""
    checklist = services.add_list(hotel_id=hotel.pk, kind="departure", name="Departures")
    for text, is_required in (("Bed", True), ("Bathroom", True), ("Flowers", False)):
        add_line(checklist, text, is_required=is_required)
    return checklist


def add_line(checklist, text, *, is_required=True, needs_photo=False, **texts):
    return services.save_item(
        hotel_id=checklist.hotel_id,
        checklist_id=checklist.pk,
        texts=texts or {"en": text},
        is_required=is_required,
        needs_photo=needs_photo,
    )


def texts(items):
    return [item.text for item in items]


@pytest.fixture
def tick(task, cleaner):
    def act(item, *, done=True, now=NOW, **values):
        values = {"hotel_id": task.hotel_id, "task_id": task.pk, "user_id": cleaner.pk, **values}
        return tick_item(item_id=item.pk, done=done, now=now, **values)

    return act


# --- the list of a task -------------------------------------------------------------------------------------------


def test_a_task_without_a_list_has_nothing_to_tick(task):
    assert items_of(task) == []
    assert missing_items(task) == []


def test_the_usual_list_of_the_kind_belongs_to_a_task(task, usual):
    assert texts(items_of(task)) == ["Bed", "Bathroom", "Flowers"]
    assert texts(missing_items(task)) == ["Bed", "Bathroom"]


def test_a_rule_may_name_another_list(hotel, stay, usual):
    other = services.add_list(hotel_id=hotel.pk, kind="departure", name="With kitchen")
    add_line(other, "Oven")
    CleaningRule.objects.create(hotel=hotel, kind="departure", minutes=45, checklist=other)
    plan_again(stay)
    assert texts(items_of(task_of(stay, "departure"))) == ["Oven"]


def test_the_list_of_another_hotel_never_counts(task, other_hotel):
    services.start_with_proposal(hotel_id=other_hotel.pk, kind="departure")
    assert items_of(task) == []


def test_a_line_is_read_in_the_language_of_the_reader_or_another(usual):
    line = add_line(usual, "", es="Cama", fr="Lit")
    for language, text in (("es", "Cama"), ("fr", "Lit"), ("en", "Cama")):
        with translation.override(language):
            assert line.text == text
    assert line.untranslated == ["en"]


# --- ticking ------------------------------------------------------------------------------------------------------


def test_ticking_again_keeps_the_first_time_and_person(usual, tick, cleaner, housekeeping_manager):
    bed = usual.items.first()
    tick(bed)
    again = tick(bed, now=LATER, user_id=housekeeping_manager.pk)
    assert (again.done_by, again.done_at) == (cleaner, NOW)
    assert ChecklistTick.objects.count() == 1


def test_a_tick_can_be_taken_back_any_number_of_times(usual, tick):
    bed = usual.items.first()
    tick(bed)
    assert tick(bed, done=False) is None
    assert tick(bed, done=False) is None
    assert not ChecklistTick.objects.exists()


def test_a_task_is_finished_only_with_its_required_lines(task, usual, tick, cleaner):
    who = {"hotel_id": task.hotel_id, "task_id": task.pk, "user_id": cleaner.pk, "now": NOW}
    bed, bathroom, _flowers = usual.items.all()
    tick(bed)
    with pytest.raises(TaskRefused, match="Bathroom"):
        finish_task(**who)
    tick(bathroom)
    assert finish_task(**who).finished_at == NOW


def test_a_planner_may_take_a_task_as_it_is(task, usual, housekeeping_manager):
    who = {"hotel_id": task.hotel_id, "task_id": task.pk, "user_id": housekeeping_manager.pk, "now": NOW}
    assert finish_task(**who, incomplete=True).finished_by == housekeeping_manager


def test_a_line_that_needs_a_photo_is_open_without_it(hotel, task, usual, tick):
    proof = add_line(usual, "Finished room", is_required=False, needs_photo=True)
    for item in usual.items.all():
        tick(item)
    assert missing_items(task) == [proof]
    Photo.objects.create(hotel=hotel, task=task, item=proof, image="x.jpg", width=1, height=1, taken_at=NOW)
    assert missing_items(task) == []


def test_a_line_taken_out_asks_for_no_photo_any_more(hotel, task, usual, tick):
    for item in usual.items.all():
        tick(item)
    proof = add_line(usual, "Finished room", needs_photo=True)
    tick(proof)
    assert missing_items(task) == [proof]
    services.use_item(hotel_id=hotel.pk, item_id=proof.pk, is_used=False)
    assert missing_items(task) == []


def test_a_finished_or_cancelled_task_takes_no_ticks(task, usual, tick, housekeeping_manager):
    bed = usual.items.first()
    override_task(hotel_id=task.hotel_id, task_id=task.pk, changes={"skip": True}, now=NOW)
    with pytest.raises(TaskRefused, match="cancelled"):
        tick(bed)


def test_a_finished_task_keeps_its_ticks_until_it_is_taken_back(task, usual, tick, cleaner):
    who = {"hotel_id": task.hotel_id, "task_id": task.pk, "user_id": cleaner.pk, "now": NOW}
    for item in usual.items.all():
        tick(item)
    finish_task(**who)
    with pytest.raises(TaskRefused, match="done already"):
        tick(usual.items.first(), done=False)
    reopen_task(**who)
    tick(usual.items.first(), done=False)
    assert ChecklistTick.objects.count() == 2


def test_a_line_of_another_list_is_not_ticked(hotel, tick):
    foreign = services.start_with_proposal(hotel_id=hotel.pk, kind="stay_over").items.first()
    with pytest.raises(TaskRefused):
        tick(foreign)


def test_a_task_of_another_hotel_is_not_ticked(usual, tick, other_hotel):
    with pytest.raises(CleaningTask.DoesNotExist):
        tick(usual.items.first(), hotel_id=other_hotel.pk)


def test_a_line_taken_out_stays_for_the_tasks_that_had_it(hotel, task, usual, tick):
    bed, bathroom, _flowers = usual.items.all()
    tick(bed)
    for item in (bed, bathroom):
        services.use_item(hotel_id=hotel.pk, item_id=item.pk, is_used=False)
    assert texts(items_of(task)) == ["Bed", "Flowers"]
    assert missing_items(task) == []
    tick(bed, done=False)
    assert texts(items_of(task)) == ["Flowers"]


# --- making lists ---------------------------------------------------------------------------------------------------


def test_there_is_a_proposal_for_every_kind_in_three_languages():
    assert set(PROPOSALS) == set(TaskKind)
    for items in PROPOSALS.values():
        assert items
        for item in items:
            assert all(item.texts.values())
            assert all(len(text) <= services.TEXT_LENGTH for text in item.texts.values())


def test_a_proposal_is_made_once(hotel):
    first = services.start_with_proposal(hotel_id=hotel.pk, kind="departure")
    assert services.start_with_proposal(hotel_id=hotel.pk, kind="departure") == first
    assert first.is_default
    assert first.items.count() == len(PROPOSALS[TaskKind.DEPARTURE])


def test_one_list_of_a_kind_is_the_usual_one(hotel, usual):
    other = services.add_list(hotel_id=hotel.pk, kind="departure", name="With kitchen")
    assert not other.is_default
    services.make_usual(hotel_id=hotel.pk, checklist_id=other.pk)
    assert list(Checklist.objects.filter(is_default=True)) == [other]


@pytest.mark.parametrize("name", ["", "   ", "departures", "x" * 81])
def test_a_list_needs_a_name_of_its_own(hotel, usual, name):
    with pytest.raises(ValidationError):
        services.add_list(hotel_id=hotel.pk, kind="departure", name=name)


def test_a_line_needs_a_text_in_one_language(usual):
    with pytest.raises(ValidationError):
        add_line(usual, "", es=" ", fr="")


def test_lines_change_places_and_stay_at_the_ends(hotel, usual):
    bed, _bathroom, flowers = usual.items.all()

    def move(item, up):
        services.move_item(hotel_id=hotel.pk, item_id=item.pk, up=up)
        return texts(usual.items.filter(is_active=True).order_by("position", "pk"))

    assert move(flowers, True) == ["Bed", "Flowers", "Bathroom"]
    assert move(bed, True) == ["Bed", "Flowers", "Bathroom"]
    assert move(bed, False) == ["Flowers", "Bed", "Bathroom"]


def test_moving_passes_over_lines_that_were_taken_out(hotel, usual):
    _bed, bathroom, flowers = usual.items.all()
    services.use_item(hotel_id=hotel.pk, item_id=bathroom.pk, is_used=False)
    services.move_item(hotel_id=hotel.pk, item_id=flowers.pk, up=True)
    assert texts(usual.items.filter(is_active=True).order_by("position", "pk")) == ["Flowers", "Bed"]
    services.use_item(hotel_id=hotel.pk, item_id=bathroom.pk, is_used=True)
    assert texts(usual.items.order_by("position", "pk")) == ["Flowers", "Bed", "Bathroom"]


def test_a_list_that_was_worked_with_is_not_removed(hotel, usual, tick):
    tick(usual.items.first())
    with pytest.raises(ValidationError, match="worked with"):
        services.remove_list(hotel_id=hotel.pk, checklist_id=usual.pk)
    ChecklistTick.objects.all().delete()
    services.remove_list(hotel_id=hotel.pk, checklist_id=usual.pk)
    assert not Checklist.objects.exists()


def test_a_list_that_a_rule_names_is_not_removed(hotel, usual):
    CleaningRule.objects.create(hotel=hotel, kind="departure", minutes=45, checklist=usual)
    with pytest.raises(ValidationError, match="rule"):
        services.remove_list(hotel_id=hotel.pk, checklist_id=usual.pk)


@pytest.mark.parametrize("service", [services.rename_list, services.make_usual, services.remove_list])
def test_nobody_changes_the_list_of_another_hotel(service, usual, other_hotel):
    further = {"name": "Mine"} if service is services.rename_list else {}
    with pytest.raises(Checklist.DoesNotExist):
        service(hotel_id=other_hotel.pk, checklist_id=usual.pk, **further)


# --- the pages ----------------------------------------------------------------------------------------------------


def url(name, hotel, *args):
    return reverse(name, args=[hotel.slug, *args])


def test_who_plans_starts_with_a_proposal_and_changes_it(client, hotel, housekeeping_manager):
    client.force_login(housekeeping_manager)
    page = client.get(url("cleaning_checklists", hotel)).content.decode()
    assert "Start with a proposal" in page
    response = client.post(url("cleaning_checklists", hotel), {"proposal": "departure"}, follow=True)
    checklist = Checklist.objects.get()
    assert "Change sheets and pillowcases" in response.content.decode()
    client.post(url("cleaning_checklist", hotel, checklist.pk), {"text_es": "Regar las plantas"})
    line = checklist.items.latest("pk")
    assert line.texts == {"es": "Regar las plantas"}
    page = client.get(url("cleaning_checklist", hotel, checklist.pk)).content.decode()
    assert "Regar las plantas" in page
    assert "EN: not translated" in page
    client.post(url("cleaning_checklist_item", hotel, line.pk), {"text_en": "Water the plants"})
    line.refresh_from_db()
    assert line.texts == {"en": "Water the plants"}
    client.post(url("cleaning_checklist_item_act", hotel, line.pk), {"act": "up"})
    assert texts(checklist.items.order_by("position"))[-2] == "Water the plants"
    client.post(url("cleaning_checklist_item_act", hotel, line.pk), {"act": "retire"})
    line.refresh_from_db()
    assert not line.is_active


def test_a_list_is_added_renamed_made_usual_and_removed(client, hotel, usual, housekeeping_manager):
    client.force_login(housekeeping_manager)
    client.post(url("cleaning_checklists", hotel), {"add": "1", "kind": "departure", "name": "Suites"})
    suites = Checklist.objects.get(name="Suites")
    act = url("cleaning_checklist_act", hotel, suites.pk)
    client.post(act, {"act": "rename", "name": "The suites"})
    client.post(act, {"act": "usual"})
    suites.refresh_from_db()
    assert (suites.name, suites.is_default) == ("The suites", True)
    client.post(act, {"act": "remove"})
    assert list(Checklist.objects.all()) == [usual]


def test_a_name_that_is_taken_is_said_beside_the_field(client, hotel, usual, housekeeping_manager):
    client.force_login(housekeeping_manager)
    response = client.post(
        url("cleaning_checklists", hotel), {"add": "1", "kind": "departure", "name": "Departures"}
    )
    assert "Another list of this kind has this name." in response.content.decode()


def test_who_cleans_reads_lists_and_changes_none(client, hotel, usual, cleaner):
    client.force_login(cleaner)
    line = usual.items.first()
    assert "Bathroom" in client.get(url("cleaning_checklist", hotel, usual.pk)).content.decode()
    for address, data in (
        (url("cleaning_checklists", hotel), {"proposal": "stay_over"}),
        (url("cleaning_checklist", hotel, usual.pk), {"text_en": "Mine"}),
        (url("cleaning_checklist_act", hotel, usual.pk), {"act": "remove"}),
        (url("cleaning_checklist_item", hotel, line.pk), {"text_en": "Mine"}),
        (url("cleaning_checklist_item_act", hotel, line.pk), {"act": "retire"}),
    ):
        assert client.post(address, data).status_code == 403
    assert ChecklistItem.objects.filter(is_active=True).count() == 3


def test_another_hotels_list_is_not_there(client, hotel, other_hotel, usual, stranger):
    client.force_login(stranger)
    line = usual.items.first()
    for place in (other_hotel, hotel):
        for address in (
            url("cleaning_checklist", place, usual.pk),
            url("cleaning_checklist_item", place, line.pk),
            url("cleaning_checklist_act", place, usual.pk),
            url("cleaning_checklist_item_act", place, line.pk),
        ):
            assert client.post(address, {"act": "remove"}).status_code == 404
    assert "Departures" not in client.get(url("cleaning_checklists", other_hotel)).content.decode()


def test_the_page_costs_the_same_for_many_lists(
    client, hotel, housekeeping_manager, django_assert_max_num_queries
):
    client.force_login(housekeeping_manager)
    for kind in TaskKind:
        services.start_with_proposal(hotel_id=hotel.pk, kind=kind)
    client.get(url("cleaning_checklists", hotel))
    with django_assert_max_num_queries(8):
        client.get(url("cleaning_checklists", hotel))


def test_the_demonstration_has_lists_and_keeps_them(hotel):
    services.add_demo_lists(hotel.pk)
    services.add_demo_lists(hotel.pk)
    assert Checklist.objects.count() == 4
