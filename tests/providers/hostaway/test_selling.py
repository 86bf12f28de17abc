"""What is on sale, into Hostaway's calendar and back, over real HTTP; and how offers meet in one night."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integrations.contracts import Offer, Receipt
from integrations.errors import RateLimited, Unreachable
from integrations.http import ProviderSession, session_for
from integrations.models import Connection, ConnectionStatus
from integrations.providers.hostaway import selling
from integrations.providers.hostaway.provider import PROVIDER
from integrations.providers.hostaway.sandbox import HostawaySandbox
from integrations.providers.hostaway.sandbox.seed import A1, A2, ATTIC, DOUBLES
from integrations.providers.hostaway.selling import Listing, intervals_of

pytestmark = pytest.mark.django_db

DAY = date.today() + timedelta(days=60)
SINGLE, MULTI = Listing(False, "EUR"), Listing(True, "EUR")


def nights(number: int, first: date = DAY) -> list[date]:
    return [first + timedelta(days=step) for step in range(number)]


def units(left: int, *, listing: int = A1, on: date = DAY) -> Offer:
    return Offer(str(listing), str(listing), on, units=left)


def rate(*, listing: int = A1, on: date = DAY, **values: Any) -> Offer:
    return Offer(str(listing), str(listing), on, rate_ref=str(listing), **values)


@pytest.fixture
def outside(mapped: Connection, sandbox: HostawaySandbox) -> Any:
    with session_for(mapped) as session:
        yield session


def push(session: ProviderSession, *offers: Offer) -> list[Receipt]:
    receipts = list(PROVIDER.push_offers(session, offers))
    answered = [o for r in receipts for o in (*r.accepted, *(refusal.offer for refusal in r.refused))]
    assert sorted(map(repr, answered)) == sorted(map(repr, offers)), "every offer is in exactly one receipt"
    return receipts


def refused(receipts: Sequence[Receipt]) -> dict[date, str]:
    return {refusal.offer.date: refusal.message for receipt in receipts for refusal in receipt.refused}


def written(sandbox: HostawaySandbox, listing: int = A1) -> list[dict[str, Any]]:
    """The intervals of every call to write a calendar, in their order."""
    calls = sandbox.requests("PUT", f"/listings/{listing}/calendarIntervals")
    return [interval for call in calls for interval in json.loads(call.body)]


def shown(sandbox: HostawaySandbox, on: date = DAY, listing: int = A1) -> dict[str, Any]:
    (day,) = sandbox.calendar(listing, on, on)
    return day


# --- one night ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listing", "asked", "values"),
    [
        (SINGLE, [units(1)], {"isAvailable": 1}),
        (SINGLE, [units(0)], {"isAvailable": 0}),
        (SINGLE, [units(3)], {"isAvailable": 1}),
        (MULTI, [units(3)], {"desiredUnitsToSell": 3}),
        (MULTI, [units(0)], {"desiredUnitsToSell": 0}),
        (SINGLE, [rate(price=Decimal("120.50"))], {"price": 120.5}),
        (
            SINGLE,
            [rate(minimum_stay=2, maximum_stay=14, closed_to_arrival=True, closed_to_departure=False)],
            {"minimumStay": 2, "maximumStay": 14, "closedOnArrival": 1, "closedOnDeparture": 0},
        ),
        (SINGLE, [units(1), rate(price=Decimal(90), closed=False)], {"price": 90.0, "isAvailable": 1}),
        (SINGLE, [units(1), rate(closed=True)], {"isAvailable": 0}),
        (MULTI, [rate(closed=True), units(2)], {"desiredUnitsToSell": 0}),
        (SINGLE, [rate(closed=True)], {"isAvailable": 0}),
        # Whether a unit is free is not the rate's to say: opening it alone opens nothing.
        (SINGLE, [rate(closed=False)], {}),
        (MULTI, [rate(closed=False, price=Decimal(90))], {"price": 90.0}),
        (SINGLE, [units(0), rate(closed=False)], {"isAvailable": 0}),
    ],
    ids=str,
)
def test_the_offers_of_a_night_meet_in_its_fields(
    listing: Listing, asked: list[Offer], values: dict[str, Any]
) -> None:
    (interval,) = intervals_of(asked, listing)
    assert interval.values == values
    assert interval.offers == tuple(asked)


def test_nights_with_equal_values_are_one_interval_whose_last_night_is_included() -> None:
    asked = [units(1, on=night) for night in nights(3)] + [
        units(0, on=night) for night in nights(2, DAY + timedelta(3))
    ]
    asked += [units(0, on=DAY + timedelta(days=9))]
    bodies = [interval.body() for interval in intervals_of(asked[::-1], SINGLE)]
    assert [(body["startDate"], body["endDate"], body["isAvailable"]) for body in bodies] == [
        (str(DAY), str(DAY + timedelta(days=2)), 1),
        (str(DAY + timedelta(days=3)), str(DAY + timedelta(days=4)), 0),
        (str(DAY + timedelta(days=9)), str(DAY + timedelta(days=9)), 0),
    ]


# --- the wire -------------------------------------------------------------------------------------------------


def test_a_single_listing_is_closed_and_opened_night_by_night(
    outside: ProviderSession, sandbox: HostawaySandbox
) -> None:
    (receipt,) = push(outside, *(units(0, on=night) for night in nights(2)))
    assert len(receipt.accepted) == 2
    assert [shown(sandbox, night)["isAvailable"] for night in nights(3)] == [0, 0, 1]
    push(outside, units(1))
    assert [shown(sandbox, night)["isAvailable"] for night in nights(2)] == [1, 0]


def test_a_multi_unit_listing_gets_a_number(outside: ProviderSession, sandbox: HostawaySandbox) -> None:
    push(outside, units(2, listing=DOUBLES))
    assert shown(sandbox, listing=DOUBLES)["availableUnitsToSell"] == 2
    push(outside, units(0, listing=DOUBLES))
    assert shown(sandbox, listing=DOUBLES)["availableUnitsToSell"] == 0


def test_prices_and_restrictions_are_written(outside: ProviderSession, sandbox: HostawaySandbox) -> None:
    push(outside, rate(price=Decimal("131.25"), currency="EUR", minimum_stay=3, closed_to_arrival=True))
    day = shown(sandbox)
    assert (day["price"], day["minimumStay"], day["closedOnArrival"]) == (131.25, 3, 1)
    assert day["isAvailable"] == 1


def test_what_an_offer_does_not_say_is_left_as_it_is(
    outside: ProviderSession, sandbox: HostawaySandbox
) -> None:
    push(outside, rate(price=Decimal(200)))
    push(outside, rate(minimum_stay=4), units(0))
    day = shown(sandbox)
    assert (day["price"], day["minimumStay"], day["isAvailable"]) == (200, 4, 0)


def test_at_most_200_intervals_go_into_one_call(outside: ProviderSession, sandbox: HostawaySandbox) -> None:
    asked = [rate(price=Decimal(100 + number), on=night) for number, night in enumerate(nights(401))]
    receipts = push(outside, *asked)
    assert [len(receipt.accepted) for receipt in receipts] == [200, 200, 1]
    assert [len(json.loads(call.body)) for call in sandbox.requests("PUT")] == [200, 200, 1]


def test_listings_are_written_one_by_one(outside: ProviderSession, sandbox: HostawaySandbox) -> None:
    assert len(push(outside, units(0), units(0, listing=A2), rate(price=Decimal(80)))) == 2
    assert (len(written(sandbox, A1)), len(written(sandbox, A2))) == (1, 1)


def test_an_offer_that_says_nothing_needs_no_call(outside: ProviderSession, sandbox: HostawaySandbox) -> None:
    (receipt,) = push(outside, rate(closed=False))
    assert len(receipt.accepted) == 1
    assert sandbox.requests("PUT") == []


# --- refusals -------------------------------------------------------------------------------------------------


def test_an_archived_listing_is_refused_with_its_sentence_and_the_others_are_written(
    outside: ProviderSession, sandbox: HostawaySandbox
) -> None:
    receipts = push(outside, units(0, listing=ATTIC), units(0))
    assert [len(receipt.accepted) for receipt in receipts] == [0, 1]
    assert refused(receipts) == {DAY: "The listing is archived"}
    assert shown(sandbox)["isAvailable"] == 0


def test_an_archived_listing_does_not_cost_a_call_for_each_night(
    outside: ProviderSession, sandbox: HostawaySandbox
) -> None:
    asked = [rate(listing=ATTIC, price=Decimal(50 + n), on=night) for n, night in enumerate(nights(300))]
    receipts = push(outside, *asked)
    assert len(refused(receipts)) == 300
    assert set(refused(receipts).values()) == {"The listing is archived"}
    assert len(sandbox.requests("PUT")) == 2 + selling.CALLS_TO_FIND_FAULTS


def test_one_bad_interval_is_found_and_the_others_are_written(
    outside: ProviderSession, sandbox: HostawaySandbox
) -> None:
    asked = [rate(price=Decimal(100 + number), on=night) for number, night in enumerate(nights(64))]
    asked[37] = replace(asked[37], price=Decimal(99_000_000))
    receipts = push(outside, *asked)
    assert refused(receipts) == {asked[37].date: "price is out of range"}
    assert shown(sandbox, asked[36].date)["price"] == 136
    assert shown(sandbox, asked[38].date)["price"] == 138


def test_a_listing_that_is_not_ours_costs_one_new_token_and_not_the_connection(
    outside: ProviderSession, mapped: Connection, sandbox: HostawaySandbox
) -> None:
    mapped.catalogue["properties"][0]["rooms"][0]["ref"] = "60001"
    asked = [rate(listing=60001, price=Decimal(90 + n), on=night) for n, night in enumerate(nights(450))]
    receipts = push(outside, *asked)
    assert set(refused(receipts).values()) == {"No access to this listing"}
    assert len(refused(receipts)) == 450
    assert len(sandbox.requests("POST", "/accessTokens")) == 1
    mapped.refresh_from_db()
    assert mapped.status == ConnectionStatus.CONNECTED


def test_a_listing_that_is_gone_is_refused(outside: ProviderSession, mapped: Connection) -> None:
    mapped.catalogue["properties"][0]["rooms"][0]["ref"] = "77777"
    assert refused(push(outside, units(0, listing=77777))) == {DAY: "Listing not found"}


def test_what_has_no_place_in_a_calendar_is_refused_and_the_rest_written(
    outside: ProviderSession, sandbox: HostawaySandbox
) -> None:
    other_rate = replace(rate(price=Decimal(90)), rate_ref="breakfast")
    other_currency = rate(price=Decimal(90), currency="USD", on=DAY + timedelta(days=1))
    unknown = units(1, listing=1, on=DAY + timedelta(days=2))
    assert refused(push(outside, other_rate, other_currency, unknown, units(0))) == {
        DAY: selling.ANOTHER_RATE,
        DAY + timedelta(days=1): "The listing's prices are in EUR.",
        DAY + timedelta(days=2): selling.NOT_FOUND,
    }
    assert shown(sandbox)["isAvailable"] == 0


@pytest.mark.parametrize(("status", "error"), [(429, RateLimited), (500, Unreachable)])
def test_passing_trouble_is_raised_behind_the_receipts_of_what_went_well(
    outside: ProviderSession, sandbox: HostawaySandbox, status: int, error: type[Exception]
) -> None:
    sandbox.fail_next(99, status, path_part=f"/listings/{A2}/")
    receipts = PROVIDER.push_offers(outside, [units(0), units(0, listing=A2)])
    assert len(next(receipts).accepted) == 1
    with pytest.raises(error):
        next(receipts)


# --- reading back ---------------------------------------------------------------------------------------------


def test_what_was_written_is_read_back(outside: ProviderSession, sandbox: HostawaySandbox) -> None:
    push(outside, units(0), rate(price=Decimal("131.25"), minimum_stay=3, closed_to_arrival=True))
    read = list(PROVIDER.read_offers(outside, str(A1), [str(A1)], DAY, DAY + timedelta(days=2)))
    assert [(offer.date, offer.rate_ref) for offer in read] == [
        (DAY, None),
        (DAY, str(A1)),
        (DAY + timedelta(days=1), None),
        (DAY + timedelta(days=1), str(A1)),
    ]
    closed, price = read[:2]
    assert (closed.units, closed.price) == (0, None)
    assert (price.units, price.price, price.currency) == (None, Decimal("131.25"), "EUR")
    assert (price.minimum_stay, price.closed_to_arrival) == (3, True)
    assert read[2].units == 1
    (call,) = sandbox.requests("GET", "/calendar")
    assert call.query["endDate"] == [str(DAY + timedelta(days=1))]


def test_the_units_of_a_multi_unit_listing_are_counted(outside: ProviderSession) -> None:
    push(outside, units(2, listing=DOUBLES))
    read = PROVIDER.read_offers(outside, str(DOUBLES), [str(DOUBLES), str(A1)], DAY, DAY + timedelta(days=1))
    assert {(offer.room_ref, offer.units) for offer in read if offer.rate_ref is None} == {
        (str(DOUBLES), 2),
        (str(A1), 1),
    }


def test_odd_days_tell_nothing_and_do_no_harm(outside: ProviderSession, sandbox: HostawaySandbox) -> None:
    days = [
        {"date": "soon", "isAvailable": 1},
        {"date": str(DAY + timedelta(days=40)), "isAvailable": 1},
        {
            "date": str(DAY),
            "isAvailable": "maybe",
            "price": "free",
            "minimumStay": -1,
            "availableUnitsToSell": [],
        },
        7,
    ]
    sandbox.fail_next(1, 200, json.dumps({"status": "success", "result": days}))
    room, price = PROVIDER.read_offers(outside, str(A1), [str(A1)], DAY, DAY + timedelta(days=2))
    assert (room.units, price.price, price.minimum_stay) == (None, None, None)
