"""The calendar's items and rows: pure rules, without a server."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integrations.contracts import Offer
from integrations.providers.octorate import calendar

TYPE, LINKED, FREE, DERIVED = "501", "502", "503", "504"
FIRST = date(2031, 7, 1)


def product(ref: str, **rule: Any) -> dict[str, Any]:
    return {"id": int(ref), "name": f"Product {ref}", **({"derivedRule": rule} if rule else {})}


#: A room type, a rate linked to its availability, one that counts its own rooms, and one derived from a rate.
ROWS = [
    product(TYPE),
    product(LINKED, parent=501, availability=True, price="CALENDAR"),
    product(FREE, parent=501, availability=False, price="CALENDAR"),
    product(DERIVED, parent=502, availability=True, price="INCREMENT", priceValue=400),
]
PRODUCTS = calendar.products_of(ROWS)


def nights(count: int, **values: Any) -> list[Offer]:
    return [Offer("9", TYPE, FIRST + timedelta(days=n), **values) for n in range(count)]


def items(*offers: Offer) -> list[dict[str, Any]]:
    return [item for span in calendar.spans(offers, PRODUCTS) for item in span.items]


# --- products -------------------------------------------------------------------------------------------------


def test_a_rate_belongs_to_the_room_type_at_the_root() -> None:
    assert {ref: one.room for ref, one in PRODUCTS.items()} == dict.fromkeys(PRODUCTS, TYPE)
    assert [ref for ref, one in PRODUCTS.items() if not one.is_rate] == [TYPE]


def test_products_derived_from_each_other_end() -> None:
    rows = [product("1", parent=2), product("2", parent=1)]
    assert {ref: one.room for ref, one in calendar.products_of(rows).items()} == {"1": "2", "2": "1"}


def test_rows_that_name_no_product_are_left_out() -> None:
    rows: list[dict[str, Any]] = [{}, {"id": "x"}, {"id": 0}, {"id": []}, {"id": 7, "derivedRule": 5}]
    assert list(calendar.products_of(rows)) == ["7"]


# --- writing --------------------------------------------------------------------------------------------------


def test_consecutive_equal_nights_are_one_item_with_both_dates_inclusive() -> None:
    (item, _) = items(*nights(3, units=2))
    assert item == {
        "room": 501,
        "dateFrom": "2031-07-01",
        "dateTo": "2031-07-03",
        "values": {"availability": 2},
    }


def test_only_what_the_offer_says_is_written_in_the_words_of_a_write() -> None:
    (item,) = items(
        Offer(
            "9",
            TYPE,
            FIRST,
            rate_ref=LINKED,
            price=Decimal("94.10"),
            currency="EUR",
            minimum_stay=2,
            maximum_stay=14,
            closed=False,
            closed_to_arrival=True,
            closed_to_departure=False,
        )
    )
    assert item["room"] == int(LINKED)
    assert item["values"] == {
        "price": 94.1,
        "minstay": 2,
        "maxstay": 14,
        "stopSells": False,
        "closeToArrival": True,
        "closeToDeparture": False,
    }


def test_availability_goes_to_the_room_type_and_to_rates_that_count_their_own_rooms() -> None:
    written = {item["room"]: item["values"] for item in items(*nights(1, units=0))}
    assert written == {int(TYPE): {"availability": 0}, int(FREE): {"availability": 0}}


def test_a_rate_is_never_written_for_availability() -> None:
    for rate in (LINKED, FREE, DERIVED):
        offer = Offer("9", TYPE, FIRST, rate_ref=rate, units=5, minimum_stay=2)
        assert [item["values"] for item in items(offer)] == [{"minstay": 2}]


def test_a_price_that_follows_another_price_is_left_out_with_a_remark() -> None:
    offer = Offer("9", TYPE, FIRST, rate_ref=DERIVED, price=Decimal(90), closed=True)
    (span,) = calendar.spans([offer], PRODUCTS)
    assert [item["values"] for item in span.items] == [{"stopSells": True}]
    assert "Product 504" in span.remark


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"room_ref": "999"}, "no room type 999"),
        ({"room_ref": LINKED}, "is a rate at Octorate"),
        ({"rate_ref": "999"}, "no rate 999"),
        ({"rate_ref": LINKED, "price": Decimal(9), "currency": "USD"}, "in EUR, not in USD"),
    ],
)
def test_what_has_no_place_is_objected_to_with_a_sentence(changes: dict[str, Any], words: str) -> None:
    offer = Offer(**{"property_ref": "9", "room_ref": TYPE, "date": FIRST, **changes})
    assert words in (calendar.objection(offer, PRODUCTS, "EUR") or "")


def test_what_has_a_place_is_not_objected_to() -> None:
    priced = {"price": Decimal(9), "currency": "EUR"}
    for rate in (None, TYPE, LINKED, FREE, DERIVED):
        offer = Offer("9", TYPE, FIRST, rate_ref=rate, **(priced if rate else {"units": 1}))
        assert calendar.objection(offer, PRODUCTS, "EUR") is None
    assert calendar.objection(Offer("9", TYPE, FIRST, rate_ref=TYPE, **priced), PRODUCTS, None) is None


# --- the cost of a call ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "units"), [(1, 1), (14, 1), (15, 2), (29, 2), (30, 3), (299, 20)])
def test_each_fifteen_room_days_cost_one_unit_more(count: int, units: int) -> None:
    assert calendar.cost(calendar.spans(nights(count, closed=True), PRODUCTS)) == units


@pytest.mark.parametrize("count", [1, 299, 300, 1000])
def test_a_call_never_costs_more_than_20_units_and_no_night_is_lost(count: int) -> None:
    offers = nights(count, closed=True)
    batches = list(calendar.calls(calendar.spans(offers, PRODUCTS)))
    assert max(calendar.cost(batch) for batch in batches) <= 20
    assert [offer for batch in batches for span in batch for offer in span.offers] == offers
    assert len(batches) == -(-count // 299)


def test_the_items_of_an_offer_are_counted_each() -> None:
    # Two products are written for each night: 299 room-days hold 149 of them.
    batches = list(calendar.calls(calendar.spans(nights(300, units=1), PRODUCTS)))
    assert [sum(len(span.offers) for span in batch) for batch in batches] == [149, 149, 2]


def test_many_short_spans_share_a_call() -> None:
    offers = [offer for n, offer in enumerate(nights(40, closed=True)) if n % 2]
    (batch,) = calendar.calls(calendar.spans(offers, PRODUCTS))
    assert len(batch) == 20


# --- reading --------------------------------------------------------------------------------------------------


def read(day: Any, ref: str = TYPE) -> list[Offer]:
    days = [{"date": "2031-07-01", **day}] if isinstance(day, dict) else day
    last = FIRST + timedelta(days=2)
    return list(calendar.offers_of({"days": days}, PRODUCTS[ref], "9", "EUR", FIRST, last))


def test_a_room_type_tells_its_units_and_its_own_price() -> None:
    room, rate = read({"availability": 3, "price": Decimal("94.5"), "minStay": 2, "stopSells": True})
    assert room == Offer("9", TYPE, FIRST, units=3)
    assert rate == Offer(
        "9", TYPE, FIRST, rate_ref=TYPE, price=Decimal("94.50"), currency="EUR", minimum_stay=2, closed=True
    )


def test_a_rate_tells_its_price_under_its_room_type() -> None:
    (rate,) = read({"availability": 3, "price": 80}, DERIVED)
    assert (rate.room_ref, rate.rate_ref, rate.units, rate.price) == (TYPE, DERIVED, None, Decimal(80))


def test_an_overbooked_night_has_nothing_left() -> None:
    assert read({"availability": -2})[0].units == 0


@pytest.mark.parametrize("odd", ["x", True, [], {}, 10**9, Decimal("1.5"), None])
def test_odd_values_are_not_told(odd: Any) -> None:
    room, rate = read({"availability": odd, "minStay": odd, "maxStay": odd, "closeToArrival": "yes"})
    assert room.units is None
    assert (rate.minimum_stay, rate.maximum_stay, rate.closed_to_arrival) == (None, None, None)


@pytest.mark.parametrize("odd", ["x", True, [], {}, None, Decimal("NaN")])
def test_a_price_that_is_none_has_no_currency_either(odd: Any) -> None:
    assert (read({"price": odd})[1].price, read({"price": odd})[1].currency) == (None, None)


@pytest.mark.parametrize(
    ("days", "dates"),
    [
        ({"date": "2031-07-02", "availability": 1}, []),
        ([{"date": "2031-06-30"}, {"date": "2031-07-02"}, {"date": "2031-07-03"}], ["2031-07-02"]),
        ([{"date": "soon"}, 5, None, {}], []),
        (5, []),
        (None, []),
    ],
)
def test_only_the_nights_that_were_asked_for_are_read(days: Any, dates: list[str]) -> None:
    row: dict[str, Any] = {"days": days}
    last = FIRST + timedelta(days=2)
    found = list(calendar.offers_of(row, PRODUCTS[LINKED], "9", "EUR", FIRST, last))
    expected = ["2031-07-02"] if isinstance(days, dict) else dates
    assert [offer.date.isoformat() for offer in found] == expected
