"""Further facts of a booking on its page: what the channel says beside dates, rooms and prices."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from reservations.choices import DetailKind
from reservations.models import Reservation
from reservations.records import DetailRecord
from tests.reservations.records import Desk, booking, stay


@pytest.fixture
def page_of(client, receptionist, hotel):
    client.force_login(receptionist)

    def page(**fields: object) -> str:
        Desk(hotel).take(booking("A", **fields))
        reservation = Reservation.objects.get()
        response = client.get(reverse("reservation_detail", args=[hotel.slug, reservation.pk]))
        return " ".join(response.content.decode().split())

    return page


def test_facts_stand_under_what_they_are_about(page_of):
    page = page_of(
        details=(
            DetailRecord(DetailKind.TAX, "City tax", Decimal("7.50")),
            DetailRecord(DetailKind.MEAL_PLAN, "Breakfast <included>"),
            DetailRecord(DetailKind.TAX, "VAT", Decimal("10"), "USD"),
        )
    )

    facts = page[page.index("<dt>Meals</dt>") :]
    assert facts.startswith('<dt>Meals</dt><dd><div class="notes">Breakfast &lt;included&gt;</div></dd>')
    assert facts.count("<dt>Tax</dt>") == 1
    assert 'City tax · <span class="nowrap">€7.50</span>' in facts
    assert 'VAT · <span class="nowrap">US$10.00</span>' in facts


def test_facts_of_a_room_stand_with_the_room(page_of):
    held = stay(details=(DetailRecord(DetailKind.EXTRA, "Extra bed", Decimal("20")),))

    page = page_of(stays=(held,))

    assert "Extra bed" in page[page.index('class="stay"') : page.index('id="history-heading"')]


def test_nothing_is_shown_where_nothing_was_said(page_of):
    page = page_of()

    assert not any(f"<dt>{kind.label}</dt>" in page for kind in DetailKind)
    assert "stay-details" not in page
