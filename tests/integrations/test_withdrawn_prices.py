"""A price, a rule or a whole night that is taken back here is taken back at the channels, too."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from integrations import drift
from integrations.models import AvailabilityState, Connection, OutboxJob, RateMapping
from integrations.rate_mappings import save_rate_mappings
from integrations.sending import send_waiting
from reservations import rates
from reservations.models import RateEdit, RatePlan
from reservations.rate_changes import CLEAR, RateChange
from tests.integrations.test_outbox import flexible


@pytest.fixture
def night(today: date) -> date:
    return today + timedelta(days=3)


@pytest.fixture
def plan(channel: Connection, hotel, manager) -> RatePlan:
    return flexible(channel, hotel, manager)


@pytest.fixture
def change(channel: Connection, hotel, manager, plan: RatePlan, night: date):
    """Makes a change to the one night, and sends it."""

    def made(**changes: object) -> RateEdit:
        edit = rates.change_rates(
            hotel=hotel,
            user=manager,
            rate_plans=[plan],
            room_types=[plan.property.room_types.get(name="Doble")],
            first=night,
            last=night,
            changes=RateChange(**changes),
        )
        send_waiting(channel.pk)
        return edit

    return made


def test_a_price_that_is_taken_away_closes_the_night_until_there_is_one_again(board, change, night):
    change(price=Decimal("99.50"))
    assert board.offers["double", "flex", night].closed is False

    change(price=CLEAR)
    assert board.offers["double", "flex", night].closed is True

    change(closed_to_arrival=True)  # another change does not open it
    assert board.offers["double", "flex", night].closed is True

    change(price=Decimal(80))
    offer = board.offers["double", "flex", night]
    assert (offer.price, offer.closed) == (Decimal(80), False)


def test_without_a_price_of_ours_a_night_is_closed_and_opened_as_one_likes(board, change, night):
    change(closed=True)
    assert board.offers["double", "flex", night].closed is True

    change(closed=False)
    assert board.offers["double", "flex", night].closed is False


def test_rules_that_are_taken_away_are_lifted(board, change, night):
    change(price=Decimal(80), minimum_stay=3, maximum_stay=7)
    change(minimum_stay=CLEAR, maximum_stay=CLEAR)

    offer = board.offers["double", "flex", night]
    assert (offer.minimum_stay, offer.maximum_stay) == (1, 0)


def test_an_undone_first_price_does_not_stay_on_sale(board, channel, hotel, manager, change, night):
    edit = change(price=Decimal(80), minimum_stay=3, closed_to_arrival=True)

    rates.undo(hotel=hotel, user=manager, edit_id=edit.pk)
    send_waiting(channel.pk)

    offer = board.offers["double", "flex", night]
    assert (offer.closed, offer.closed_to_arrival, offer.minimum_stay) == (True, False, 1)
    assert not OutboxJob.objects.exists()


def test_what_was_taken_back_is_sent_once(board, channel, change, night):
    change(price=Decimal(80))
    change(price=CLEAR)
    board.calls.clear()

    change(minimum_stay=2)
    change(minimum_stay=1)  # what is true there already after this
    drift.send_everything(channel)
    send_waiting(channel.pk)
    sent = [offer for call in board.calls for offer in call if offer.rate_ref and offer.date == night]
    assert {offer.closed for offer in sent} == {True}


def test_a_lifted_longest_stay_is_read_back_as_whatever_number_stands_for_none(channel, night):
    row = AvailabilityState(accepted={"maximum_stay": 0}, read_value={"maximum_stay": 1125})
    assert drift._agrees(row)
    row.read_value = {"maximum_stay": 7}
    assert not drift._agrees(row)


def test_a_room_with_one_price_is_not_on_sale_without_it(board, channel, hotel, manager, plan, change, night):
    """Where the rate is the room, taking its price away takes the room off sale."""
    rate = RateMapping.objects.get(connection=channel, external_ref="flex")
    rate.external_ref = rate.room_ref
    rate.save()
    save_rate_mappings(connection=channel, user=manager, choices={rate.pk: plan.pk})
    change(price=Decimal(80))
    assert board.units("double", night) == 6

    change(price=CLEAR)
    assert board.units("double", night) == 0
    assert board.units("double", night + timedelta(days=1)) == 6  # never priced here, so not ours to close

    change(price=Decimal(75))
    assert board.units("double", night) == 6
