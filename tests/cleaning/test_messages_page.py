"""The page that says who was told what, and whether it went out."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from cleaning.choices import DeliveryState
from cleaning.message_delivery import deliver_messages
from cleaning.messages import write_messages
from cleaning.models import CleaningCompany, CompanyContract, CompanyMember, MessageDelivery
from tests.cleaning.houses import NOW, TODAY, book, days, task_of
from tests.cleaning.test_messages import give
from tests.people import make_person

pytestmark = pytest.mark.django_db
DUE = NOW + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(DUE, tick=False):
        yield


@pytest.fixture
def told(hotel, cleaner, housekeeping_manager):
    """A message to the cleaner, not sent yet."""
    task = task_of(book(hotel, "101", TODAY, days(2), plan=True), "departure")
    give(task, cleaner, by=housekeeping_manager)
    write_messages(DUE)
    return MessageDelivery.objects.get()


def page(client, person, hotel):
    client.force_login(person)
    response = client.get(reverse("cleaning_messages", args=[hotel.slug]))
    assert response.status_code == 200
    return response.content.decode()


def test_before_anything_happened_the_page_says_what_will(client, hotel, housekeeping_manager):
    assert "Nobody had to be told anything yet" in page(client, housekeeping_manager, hotel)


def test_it_says_who_was_told_what_and_that_it_went_out(client, hotel, told, housekeeping_manager):
    html = page(client, housekeeping_manager, hotel)
    for words in ("Ilie Munteanu", "101 · Departure · 4 Jun: Assigned", "E-mail · Waiting"):
        assert words in html
    deliver_messages(DUE)
    assert "E-mail · Sent" in page(client, housekeeping_manager, hotel)


def test_what_was_given_up_is_shown_with_its_reason_and_tried_again(
    client, hotel, told, housekeeping_manager
):
    MessageDelivery.objects.update(
        state=DeliveryState.FAILED, next_attempt_at=None, error="The mailbox is full", attempts=6
    )
    html = page(client, housekeeping_manager, hotel)
    assert "The mailbox is full" in html
    client.post(reverse("cleaning_message_again", args=[hotel.slug, told.pk]))
    deliver_messages(DUE)
    assert len(mail.outbox) == 1


def test_of_a_person_of_two_hotels_each_sees_its_own_lines(
    client, hotel, other_hotel, housekeeping_manager, stranger
):
    company = CleaningCompany.objects.create(name="Limpio", slug="limpio")
    outside = make_person("outside@example.org", name="Oda Brink")
    CompanyMember.objects.create(company=company, user=outside, role="cleaner")
    for house, room in ((hotel, "105"), (other_hotel, "1")):
        CompanyContract.objects.create(hotel=house, company=company)
        task = task_of(book(house, room, TODAY, days(2), plan=True), "departure")
        give(task, outside, by=housekeeping_manager)
    write_messages(DUE)
    html = page(client, stranger, other_hotel)
    assert "1 · Departure" in html
    assert "105" not in html
    assert "Hotel Paradise" not in html


def test_another_hotels_messages_are_not_there(client, hotel, other_hotel, told, stranger):
    MessageDelivery.objects.update(state=DeliveryState.FAILED)
    assert "Ilie Munteanu" not in page(client, stranger, other_hotel)
    for slug in (hotel.slug, other_hotel.slug):
        assert client.post(reverse("cleaning_message_again", args=[slug, told.pk])).status_code == 404
    assert MessageDelivery.objects.get().state == DeliveryState.FAILED


def test_only_who_plans_may_look(client, hotel, told, cleaner, receptionist):
    for person in (cleaner, receptionist):
        client.force_login(person)
        assert client.get(reverse("cleaning_messages", args=[hotel.slug])).status_code == 403


def test_it_costs_the_same_for_many_messages(
    client, hotel, housekeeping_manager, cleaner, django_assert_max_num_queries
):
    for number in range(101, 109):
        person = make_person(f"c{number}@example.org", hotel, "cleaner")
        task = task_of(book(hotel, str(number), TODAY, days(2), plan=True), "departure")
        give(task, person, by=housekeeping_manager)
    assert write_messages(DUE) == 8
    client.force_login(housekeeping_manager)
    client.get(reverse("cleaning_messages", args=[hotel.slug]))
    with django_assert_max_num_queries(11):
        client.get(reverse("cleaning_messages", args=[hotel.slug]))
