"""Offers pushed to Octorate's calendar and read back, over real HTTP against the sandbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import timezone

from integrations.contracts import Offer
from integrations.errors import (
    RateLimited,
)
from integrations.http import ProviderSession
from integrations.providers.octorate.provider import PROVIDER
from integrations.providers.octorate.sandbox import OctorateSandbox
from tests.providers.octorate.calls import APARTMENTS, HOTEL
from tests.providers.octorate.offering import (
    APARTMENT,
    BREAKFAST,
    CHEAPER,
    DOUBLE,
    accepted,
    price,
    push,
    read,
    refused,
    sent,
    units,
    until_error,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


# --- there and back -------------------------------------------------------------------------------------------


def test_what_is_pushed_is_read_back_equal(session: ProviderSession, first: date) -> None:
    offers = [
        *units(first, 3, left=4),
        *(price(first + timedelta(days=n), rate) for rate in (DOUBLE, BREAKFAST) for n in range(3)),
    ]
    receipts = push(session, *offers)
    assert set(accepted(receipts)) == set(offers)
    assert refused(receipts) == {}
    back = read(session, first, 3)
    assert set(offers) <= set(back)
    assert {offer.rate_ref for offer in back} == {None, DOUBLE, CHEAPER, BREAKFAST}
    assert {offer.date for offer in back} == {first + timedelta(days=n) for n in range(3)}


def test_nights_outside_the_push_are_left_as_they_are(session: ProviderSession, first: date) -> None:
    before = read(session, first - timedelta(days=1), 5)
    push(session, *units(first, 3, left=1))
    after = read(session, first - timedelta(days=1), 5)
    changed = {offer.date for offer in set(after) - set(before)}
    assert changed == {first + timedelta(days=n) for n in range(3)}


def test_what_an_offer_does_not_say_is_left_as_it_is(session: ProviderSession, first: date) -> None:
    push(session, price(first))
    push(session, Offer(HOTEL, DOUBLE, first, rate_ref=DOUBLE, minimum_stay=5))
    assert price(first, minimum_stay=5) in read(session, first, 1)


def test_pushing_twice_changes_nothing(session: ProviderSession, first: date) -> None:
    push(session, *units(first, 2), price(first))
    once = read(session, first, 2)
    push(session, *units(first, 2), price(first))
    assert read(session, first, 2) == once


def test_a_booking_that_octorate_takes_lowers_what_it_sells(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    push(session, *units(first, 3, left=2))
    octorate_sandbox.book(product=int(CHEAPER), arrival=first, departure=first + timedelta(days=2))
    left = [offer.units for offer in read(session, first, 3) if offer.rate_ref is None]
    assert left == [1, 1, 2]


def test_rooms_of_several_properties_are_told_apart(session: ProviderSession, first: date) -> None:
    offers = [*units(first, 1, left=1), *units(first, 1, room=APARTMENT, place=APARTMENTS, left=3)]
    assert set(accepted(push(session, *offers))) == set(offers)
    assert offers[1] in read(session, first, 1, APARTMENT, place=APARTMENTS)
    assert read(session, first, 1, DOUBLE, place=APARTMENTS) == []


def test_the_number_of_the_call_is_on_its_receipt(session: ProviderSession, first: date) -> None:
    (receipt,) = push(session, *units(first, 1))
    assert len(receipt.request_id) == 32


# --- room types and rates -------------------------------------------------------------------------------------


def test_discovery_says_that_room_types_carry_a_price_and_rates_belong_to_them(
    session: ProviderSession,
) -> None:
    rooms = {room.ref: room for place in PROVIDER.discover(session) for room in place.rooms}
    assert (rooms[DOUBLE].kind, rooms[DOUBLE].priced) == ("room_type", True)
    assert (rooms[BREAKFAST].kind, rooms[BREAKFAST].parent_ref, rooms[BREAKFAST].priced) == (
        "rate",
        DOUBLE,
        False,
    )
    assert {room.priced for room in rooms.values() if room.kind == "room"} == {False}


def test_a_rate_derived_from_a_rate_belongs_to_the_room_type(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    products = octorate_sandbox.world.products
    products[int(CHEAPER)] = replace(products[int(CHEAPER)], parent=int(BREAKFAST))
    rooms = {room.ref: room for place in PROVIDER.discover(session) for room in place.rooms}
    assert rooms[CHEAPER].parent_ref == DOUBLE


def test_availability_is_written_to_the_room_type_and_linked_rates_follow(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    push(session, *units(first, 1, left=1))
    assert [[item["room"] for item in call] for call in sent(octorate_sandbox)] == [[int(DOUBLE)]]
    world = octorate_sandbox.world
    assert {octorate_sandbox._day_row(world.products[int(rate)], first)["availability"]
            for rate in (CHEAPER, BREAKFAST)} == {1}  # fmt: skip


def test_a_rate_that_counts_its_own_rooms_is_lowered_too(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    products = octorate_sandbox.world.products
    products[int(BREAKFAST)] = replace(products[int(BREAKFAST)], linked=False)
    (offer,) = units(first, 1, left=0)
    assert accepted(push(session, offer)) == [offer]
    assert octorate_sandbox.world.day(int(BREAKFAST), first).availability == 0


def test_units_for_a_rate_are_refused_and_not_sent(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    (offer,) = units(first, 1, room=BREAKFAST)
    assert "is a rate at Octorate" in refused(push(session, offer))[offer]
    assert sent(octorate_sandbox) == []


def test_a_physical_room_is_never_pushed(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    (offer,) = units(first, 1, room="601105")
    assert "no room type 601105" in refused(push(session, offer))[offer]
    assert sent(octorate_sandbox) == []


def test_a_price_that_octorate_works_out_is_refused_and_its_restrictions_are_written(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    offer = price(first, CHEAPER, closed=True)
    assert "works out the price" in refused(push(session, offer))[offer]
    ((item,),) = sent(octorate_sandbox)
    assert "price" not in item["values"]
    assert octorate_sandbox.world.day(int(CHEAPER), first).stop_sells is True


def test_a_price_in_another_currency_is_refused(session: ProviderSession, first: date) -> None:
    dollars, euros = price(first, currency="USD"), price(first + timedelta(days=1))
    receipts = push(session, dollars, euros)
    assert refused(receipts) == {dollars: "Octorate sells this property in EUR, not in USD."}
    assert accepted(receipts) == [euros]


# --- calls and quota ------------------------------------------------------------------------------------------


def test_a_year_is_cut_into_calls_of_at_most_20_units(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    before = octorate_sandbox.quota_left()
    offers = units(first, 365)
    receipts = push(session, *offers)
    assert accepted(receipts) == offers
    assert [len(receipt.accepted) for receipt in receipts] == [299, 66]
    assert [len(call) for call in sent(octorate_sandbox)] == [1, 1]
    # One unit for the list of products, 20 for 299 room-days, 5 for 66.
    assert before - octorate_sandbox.quota_left() == 1 + 20 + 5


def test_pushing_stops_where_the_quota_for_reading_begins(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    octorate_sandbox.quota = 70
    before = timezone.now()
    with pytest.raises(RateLimited) as limited:
        push(session, *units(first, 700))
    # 69 units are left after the list of products; a call of 20 leaves 49, and the next one would leave 29.
    assert octorate_sandbox.quota_left() == 49
    assert limited.value.until is not None
    assert before + timedelta(minutes=5) <= limited.value.until <= timezone.now() + timedelta(minutes=5)


def test_what_was_receipted_before_the_quota_ran_out_stays_so(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    octorate_sandbox.quota = 70
    offers = units(first, 1000)
    receipts = until_error(PROVIDER.push_offers(session, offers), RateLimited)
    assert accepted(receipts) == offers[:299]
    octorate_sandbox.restore_quota()
    again = until_error(PROVIDER.push_offers(session, offers[299:]), RateLimited)
    assert accepted(again) == offers[299:598]


def test_without_a_word_on_the_quota_the_usual_one_counts(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    # A server that tells nothing in its headers.
    octorate_sandbox.quota_left = lambda: ""
    octorate_sandbox.take_quota = lambda calls: None
    receipts = until_error(PROVIDER.push_offers(session, units(first, 1000)), RateLimited)
    # 100 units less 40 for reading are three calls of 20.
    assert [len(receipt.accepted) for receipt in receipts] == [299, 299, 299]
    # The next piece, right after it, must not take those that are kept for reading.
    with pytest.raises(RateLimited) as limited:
        push(session, *units(first, 1))
    assert limited.value.until is not None
    assert limited.value.until <= timezone.now() + timedelta(minutes=5)
    assert len(sent(octorate_sandbox)) == 3


def test_an_exhausted_quota_asks_to_wait(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    octorate_sandbox.exhaust_quota()
    with pytest.raises(RateLimited):
        push(session, *units(first, 1))
    with pytest.raises(RateLimited):
        read(session, first, 1)
