"""The page of rules: who sees and changes them, the look ahead before saving, and the way back."""

from __future__ import annotations

from datetime import time

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cleaning.models import Checklist, CleaningHours, CleaningRule, CleaningTask, RuleEdit
from reservations.models import Property, RatePlan, RoomType
from tests.cleaning.houses import NOW, book, days, lines

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(settings):
    settings.CLEANING_HORIZON_DAYS = 60
    with time_machine.travel(NOW, tick=False):
        yield


def url(name, hotel, *args):
    return reverse(name, args=[hotel.slug, *args])


def page(client, person, address):
    client.force_login(person)
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


DAILY = {"is_wanted": "on", "minutes": "25", "every_days": "1", "first_day": "0", "shortest_stay": "0"}


def post(client, address, **data):
    return client.post(address, data)


# --- what the page shows ------------------------------------------------------------------------------------


def test_a_hotel_without_rules_reads_the_usual_ones(client, hotel, receptionist):
    html = page(client, receptionist, url("cleaning_rules", hotel))
    assert "45 minutes" in html
    assert "every 3 days, 20 minutes" in html
    assert "no linen change" in html
    assert "Add a rule" not in html


def test_rules_are_in_the_order_in_which_they_win_with_where_they_hold(client, hotel, manager):
    house = Property.objects.get(hotel=hotel)
    suite = RoomType.objects.filter(hotel=hotel).order_by("-capacity").first()
    eco = RatePlan.objects.create(hotel=hotel, property=house, name="Eco")
    CleaningRule.objects.create(hotel=hotel, kind="stay_over", minutes=20, every_days=2)
    CleaningRule.objects.create(hotel=hotel, kind="stay_over", minutes=20, rate_plan=eco, is_wanted=False)
    CleaningRule.objects.create(hotel=hotel, kind="departure", minutes=60, room_type=suite, is_inspected=True)
    html = page(client, manager, url("cleaning_rules", hotel))
    assert html.index("Rate Eco") < html.index("every 2 days, 20 minutes")
    assert "no cleaning during the stay" in html
    assert suite.name in html
    assert "60 minutes, inspected" in html
    assert "Everywhere else" in html


@pytest.mark.parametrize(
    ("values", "warning"),
    [
        ({"kind": "departure", "minutes": 45, "is_wanted": False}, "Rooms are not cleaned"),
        ({"kind": "deep", "minutes": 120, "every_days": 30}, "Give a day to count from"),
        ({"kind": "stay_over", "minutes": 20}, "Without a number of days"),
    ],
)
def test_what_looks_wrong_is_said(client, hotel, manager, values, warning):
    CleaningRule.objects.create(hotel=hotel, **values)
    assert warning in page(client, manager, url("cleaning_rules", hotel))


def test_a_rule_that_closer_ones_leave_nothing_to_is_said_to_be_idle(client, hotel, manager):
    idle = CleaningRule.objects.create(
        hotel=hotel, kind="departure", minutes=45, property=Property.objects.get(hotel=hotel)
    )
    assert "never applies" not in page(client, manager, url("cleaning_rules", hotel))
    for kind in RoomType.objects.filter(hotel=hotel):
        CleaningRule.objects.create(hotel=hotel, kind="departure", minutes=50, room_type=kind)
    html = page(client, manager, url("cleaning_rules", hotel))
    assert html.count("never applies") == 1
    assert idle.minutes == 45


def test_more_rules_cost_no_more_queries(client, hotel, manager):
    client.force_login(manager)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get(url("cleaning_rules", hotel))
        return len(queries)

    house = Property.objects.get(hotel=hotel)
    CleaningRule.objects.create(hotel=hotel, kind="departure", minutes=45)
    few = cost()
    for kind in RoomType.objects.filter(hotel=hotel):
        for task in ("departure", "linen", "stay_over"):
            CleaningRule.objects.create(
                hotel=hotel, kind=task, minutes=45, room_type=kind, property=house, every_days=1
            )
    assert cost() == few


# --- who may ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["receptionist", "cleaner"])
def test_only_planners_change_rules(client, hotel, request, who):
    rule = CleaningRule.objects.create(hotel=hotel, kind="departure", minutes=45)
    client.force_login(request.getfixturevalue(who))
    house = Property.objects.get(hotel=hotel)
    assert client.get(url("cleaning_rules", hotel)).status_code == 200
    for address in (
        url("cleaning_rule_new", hotel, "linen"),
        url("cleaning_rule", hotel, rule.pk),
        url("cleaning_rule_remove", hotel, rule.pk),
        url("cleaning_hours", hotel, house.pk),
    ):
        assert client.get(address).status_code == 403
        assert client.post(address, DAILY | {"action": "save"}).status_code == 403
    assert CleaningRule.objects.get().minutes == 45


def test_rules_edits_and_hours_of_another_hotel_are_not_found(client, hotel, other_hotel, manager):
    theirs = CleaningRule.objects.create(hotel=other_hotel, kind="departure", minutes=45)
    edit = RuleEdit.objects.create(hotel=other_hotel, at=NOW, what="added", rule_id=theirs.pk, after={})
    client.force_login(manager)
    assert client.get(url("cleaning_rules", other_hotel)).status_code == 404
    assert client.get(url("cleaning_rule", hotel, theirs.pk)).status_code == 404
    assert client.post(url("cleaning_rule", hotel, theirs.pk), DAILY).status_code == 404
    assert client.post(url("cleaning_rule_remove", hotel, theirs.pk)).status_code == 404
    assert client.post(url("cleaning_rule_undo", hotel, edit.pk)).status_code == 404
    house = Property.objects.filter(hotel=other_hotel).first()
    assert client.get(url("cleaning_hours", hotel, house.pk)).status_code == 404


def test_the_form_offers_only_what_is_the_hotel_s(client, hotel, other_hotel, manager):
    other_house = Property.objects.filter(hotel=other_hotel).first()
    RatePlan.objects.create(hotel=other_hotel, property=other_house, name="Their rate")
    Checklist.objects.create(hotel=other_hotel, name="Their list", kind="departure")
    Checklist.objects.create(hotel=hotel, name="Our list", kind="departure")
    Checklist.objects.create(hotel=hotel, name="Our linen list", kind="linen")
    book(hotel, "101", days(1), days(2)).reservation.__class__.objects.update(channel="booking_com")
    html = page(client, manager, url("cleaning_rule_new", hotel, "departure"))
    assert "Our list" in html
    assert "Booking.com" in html
    for hidden in ("Their rate", "Their list", "Our linen list", "Hostal Mirador"):
        assert hidden not in html
    theirs = RoomType.objects.filter(hotel=other_hotel).first()
    response = client.post(
        url("cleaning_rule_new", hotel, "departure"),
        {"is_wanted": "on", "minutes": "45", "slip_days": "0", "room_type": theirs.pk, "action": "save"},
    )
    assert response.status_code == 200
    assert not CleaningRule.objects.exists()


# --- the form -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "there", "absent"),
    [
        ("departure", "slip_days", "every_days"),
        ("stay_over", "first_day", "slip_days"),
        ("linen", "shortest_stay", "every_departures"),
        ("arrival_check", "after_empty_days", "every_days"),
        ("deep", "every_departures", "rate_plan"),
    ],
)
def test_a_form_has_the_fields_of_its_kind(client, hotel, manager, kind, there, absent):
    html = page(client, manager, url("cleaning_rule_new", hotel, kind))
    assert f'name="{there}"' in html
    assert f'name="{absent}"' not in html


def test_a_kind_that_rules_do_not_know_is_not_found(client, hotel, manager):
    client.force_login(manager)
    assert client.get(url("cleaning_rule_new", hotel, "inspection")).status_code == 404


def test_a_wanted_rule_must_say_when(client, hotel, manager):
    client.force_login(manager)
    response = post(
        client, url("cleaning_rule_new", hotel, "stay_over"), **DAILY | {"every_days": "0"}, action="preview"
    )
    assert "no task would ever come" in response.content.decode()


def test_a_rate_and_a_room_type_of_different_houses_are_refused(client, hotel, manager):
    annex = Property.objects.create(hotel=hotel, name="Annex")
    eco = RatePlan.objects.create(hotel=hotel, property=annex, name="Eco")
    kind = RoomType.objects.filter(hotel=hotel).first()
    client.force_login(manager)
    response = post(
        client,
        url("cleaning_rule_new", hotel, "stay_over"),
        **DAILY,
        rate_plan=eco.pk,
        room_type=kind.pk,
        action="save",
    )
    assert "another property" in response.content.decode()
    assert not CleaningRule.objects.exists()


def test_the_same_scope_twice_is_refused_before_anything_is_shown(client, hotel, manager):
    CleaningRule.objects.create(hotel=hotel, kind="stay_over", minutes=20, every_days=2)
    client.force_login(manager)
    response = post(client, url("cleaning_rule_new", hotel, "stay_over"), **DAILY, action="preview")
    assert "There is a rule for exactly this already" in response.content.decode()


# --- look ahead, save, undo ---------------------------------------------------------------------------------


def test_the_look_ahead_shows_what_would_change_and_writes_nothing(client, hotel, manager):
    book(hotel, "101", days(1), days(5), plan=True)
    before = lines(hotel)
    client.force_login(manager)
    with CaptureQueriesContext(connection) as queries:
        response = post(client, url("cleaning_rule_new", hotel, "stay_over"), **DAILY, action="preview")
    html = response.content.decode()
    assert "2 new tasks" in html
    assert "+55 minutes" in html  # three times 25 instead of once 20
    assert "1 task changes" in html
    writing = ("INSERT", "UPDATE cleaning", 'UPDATE "cleaning', "DELETE")
    assert [query["sql"] for query in queries if query["sql"].startswith(writing)] == []
    assert lines(hotel) == before
    assert not CleaningRule.objects.exists()


def test_a_look_ahead_at_nothing_says_so(client, hotel, manager):
    client.force_login(manager)
    response = post(client, url("cleaning_rule_new", hotel, "stay_over"), **DAILY, action="preview")
    assert "Nothing would change" in response.content.decode()


def test_from_the_look_ahead_one_saves_or_goes_back_to_what_was_filled_in(
    client, hotel, manager, django_capture_on_commit_callbacks
):
    book(hotel, "101", days(1), days(5), plan=True)
    client.force_login(manager)
    address = url("cleaning_rule_new", hotel, "stay_over")
    shown = post(client, address, **DAILY, starts_at="10:00", action="preview")
    hidden = {field.html_name: field.value() for field in shown.context["form"] if field.value() is not None}
    assert 'type="hidden" name="starts_at" value="10:00"' in shown.content.decode()
    back = client.post(address, {**hidden, "action": "edit"}).content.decode()
    assert 'value="25"' in back
    with django_capture_on_commit_callbacks(execute=True):
        saved = client.post(address, {**hidden, "action": "save"}, follow=True)
    assert "The rule is saved." in saved.content.decode()
    rule = CleaningRule.objects.get()
    assert (rule.minutes, rule.every_days, rule.starts_at, rule.is_wanted) == (25, 1, time(10), True)
    assert f"101 {days(2)} stay_over planned" in lines(hotel)


def test_a_rule_that_is_off_stays_off_on_the_way_through_the_look_ahead(client, hotel, manager):
    client.force_login(manager)
    address = url("cleaning_rule_new", hotel, "stay_over")
    off = {name: value for name, value in DAILY.items() if name != "is_wanted"}
    shown = client.post(address, {**off, "action": "preview"}).content.decode()
    assert 'type="hidden" name="is_wanted" value="False"' in shown
    client.post(address, {**off, "is_wanted": "False", "action": "save"})
    assert CleaningRule.objects.get().is_wanted is False


def test_removing_shows_first_what_goes(client, hotel, manager, django_capture_on_commit_callbacks):
    rule = CleaningRule.objects.create(hotel=hotel, kind="stay_over", minutes=20, every_days=1)
    book(hotel, "101", days(1), days(4), plan=True)
    address = url("cleaning_rule_remove", hotel, rule.pk)
    html = page(client, manager, address)
    assert "2 tasks go" in html
    assert CleaningRule.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address)
    assert not CleaningRule.objects.exists()
    assert not CleaningTask.objects.filter(kind="stay_over").exists()


def test_a_change_is_listed_and_taken_back(client, hotel, manager, django_capture_on_commit_callbacks):
    client.force_login(manager)
    with django_capture_on_commit_callbacks(execute=True):
        post(client, url("cleaning_rule_new", hotel, "stay_over"), **DAILY, action="save")
    html = page(client, manager, url("cleaning_rules", hotel))
    assert "Rule added: Stay-over · Everywhere" in html
    assert "every day, 25 minutes" in html
    edit = RuleEdit.objects.get()
    response = client.post(url("cleaning_rule_undo", hotel, edit.pk), follow=True)
    assert "Undone" in response.content.decode()
    assert not CleaningRule.objects.exists()


def test_an_undo_that_comes_too_late_is_refused_with_a_sentence(client, hotel, manager):
    client.force_login(manager)
    post(client, url("cleaning_rule_new", hotel, "stay_over"), **DAILY, action="save")
    CleaningRule.objects.update(minutes=99)
    html = page(client, manager, url("cleaning_rules", hotel))
    edit = RuleEdit.objects.get()
    assert url("cleaning_rule_undo", hotel, edit.pk) not in html
    response = client.post(url("cleaning_rule_undo", hotel, edit.pk), follow=True)
    assert "was changed since" in response.content.decode()


def test_days_with_more_work_than_people_are_named(client, hotel, manager, cleaner):
    """One person and nine hours; three departures of an hour each become three of ten."""
    for room in ("101", "102", "103"):
        book(hotel, room, days(1), days(3), plan=True)
    client.force_login(manager)
    data = {"is_wanted": "on", "minutes": "600", "slip_days": "0", "action": "preview"}
    html = client.post(url("cleaning_rule_new", hotel, "departure"), data).content.decode()
    assert "More than your people can do" in html
    assert "1800 minutes of work" in html


def test_hours_of_a_house_are_set_on_their_page(client, hotel, manager):
    house = Property.objects.get(hotel=hotel)
    client.force_login(manager)
    address = url("cleaning_hours", hotel, house.pk)
    refused = client.post(address, {"starts_at": "18:00", "ends_at": "08:00"})
    assert "later than it starts" in refused.content.decode()
    client.post(address, {"starts_at": "08:30", "ends_at": "17:00"})
    hours = CleaningHours.objects.get()
    assert (hours.property, hours.starts_at, hours.ends_at) == (house, time(8, 30), time(17))
    assert "08:30" in page(client, manager, url("cleaning_rules", hotel))
