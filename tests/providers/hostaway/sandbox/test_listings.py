"""Listings, units and calendars of the Hostaway sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.providers.hostaway.sandbox import HostawaySandbox
from tests.providers.hostaway.sandbox.conftest import TODAY, Client, day

DOUBLES, DOUBLE_THREE, ATTIC = 50010, 50013, 50019


def nights(api: Client, listing: int, first: int, last: int, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(
        f"/listings/{listing}/calendar", startDate=day(first), endDate=day(last), **query
    )
    return found


def test_the_demo_flats_are_listed_with_hours_and_zone(api: Client) -> None:
    listings = {row["name"]: row for row in api.get("/listings")}
    assert {"Apartamento A1", "Apartamento A2", "Apartamento A3", "Paradise Doubles"} <= set(listings)
    flat = listings["Apartamento A1"]
    assert (flat["timeZoneName"], flat["checkInTimeStart"], flat["checkOutTime"]) == (
        "Atlantic/Canary",
        16,
        10,
    )
    assert [row["name"] for row in listings.values() if row["specialStatus"] == "archived"] == [
        "Paradise Attic"
    ]


def test_listings_come_in_pages(api: Client) -> None:
    first = api.envelope("GET", "/listings", params={"limit": 4})
    second = api.envelope("GET", "/listings", params={"limit": 4, "offset": 4})
    assert (first["limit"], first["offset"], first["count"], first["page"], first["totalPages"]) == (
        4,
        0,
        6,
        1,
        2,
    )
    assert (len(first["result"]), len(second["result"]), second["page"]) == (4, 2, 2)
    assert api.get("/listings", offset=6) == []


def test_listings_can_be_sorted_and_matched(api: Client) -> None:
    names = [row["name"] for row in api.get("/listings", sortOrder="nameReversed", match="apartamento")]
    assert names == ["Apartamento A3", "Apartamento A2", "Apartamento A1"]
    assert api.refusal("GET", "/listings", params={"sortOrder": "colour"})[0] == 400


def test_one_unit_of_the_multi_unit_listing_is_a_listing_of_its_own(api: Client) -> None:
    units = api.get(f"/listingUnits/{DOUBLES}")
    assert [unit["name"] for unit in units] == ["Double 1", "Double 2", "Double 3"]
    assert [unit["listingMapIdUnit"] for unit in units] == [None, None, DOUBLE_THREE]
    assert api.get(f"/listings/{DOUBLE_THREE}")["id"] == DOUBLE_THREE
    assert api.get("/listingUnits/50001") == []


def test_units_inside_a_listing_need_resources(api: Client) -> None:
    assert api.get(f"/listings/{DOUBLES}")["listingUnits"] == []
    assert len(api.get(f"/listings/{DOUBLES}", includeResources=1)["listingUnits"]) == 3


@pytest.mark.parametrize("path", ["/listings/1", "/listings/x", "/listingUnits/99", "/listings/1/calendar"])
def test_an_unknown_listing_is_missing(api: Client, path: str) -> None:
    assert api.refusal("GET", path)[0] == 404


def test_a_calendar_has_both_ends_and_the_state_of_each_night(sandbox: HostawaySandbox, api: Client) -> None:
    api.put("/listings/50003/calendar", {"startDate": day(30), "endDate": day(30), "isAvailable": 0})
    states = {row["date"]: (row["status"], row["isAvailable"]) for row in nights(api, 50003, 0, 30)}
    assert (min(states), max(states), len(states)) == (day(0), day(30), 31)
    assert states[day(0)] == ("available", 1)
    assert states[day(1)] == ("reserved", 0)
    assert states[day(6)] == ("available", 1)
    assert states[day(10)] == ("reserved", 0)
    assert states[day(18)] == ("pending", 0)
    assert states[day(30)] == ("blocked", 0)


@pytest.mark.parametrize("state", ["pending", "unconfirmed", "awaitingPayment", "awaitingGuestVerification"])
def test_a_request_makes_its_nights_pending(sandbox: HostawaySandbox, api: Client, state: str) -> None:
    sandbox.book(50001, arrival=TODAY.replace(month=9), status=state)
    found = api.get("/listings/50001/calendar", startDate="2031-09-10", endDate="2031-09-10")
    assert found[0]["status"] == "pending"


def test_counts_of_units_are_null_for_a_single_listing(api: Client) -> None:
    (night,) = nights(api, 50001, 8, 8)
    assert (
        night["availableUnitsToSell"] is night["countAvailableUnits"] is night["desiredUnitsToSell"] is None
    )


def test_a_multi_unit_calendar_counts_units(sandbox: HostawaySandbox, api: Client) -> None:
    sandbox.book(DOUBLES, arrival=TODAY.replace(day=16), status="pending")
    (night,) = nights(api, DOUBLES, 6, 6)
    counts = [
        night[name] for name in ("countAvailableUnits", "countBlockingReservations", "countPendingUnits")
    ]
    assert counts == [3, 2, 1]
    assert (night["availableUnitsToSell"], night["isAvailable"], night["status"]) == (0, 0, "reserved")


def test_a_booking_lowers_its_own_calendar_and_a_cancellation_raises_it(
    sandbox: HostawaySandbox, api: Client
) -> None:
    number = sandbox.book(DOUBLES, arrival=TODAY.replace(day=25))["id"]
    assert nights(api, DOUBLES, 15, 15)[0]["availableUnitsToSell"] == 2
    sandbox.cancel(number)
    assert nights(api, DOUBLES, 15, 15)[0]["availableUnitsToSell"] == 3


def test_a_unit_that_is_a_listing_of_its_own_is_taken_on_both_sides(
    sandbox: HostawaySandbox, api: Client
) -> None:
    assert nights(api, DOUBLE_THREE, 2, 2)[0]["status"] == "reserved"
    assert nights(api, DOUBLES, 2, 2)[0]["availableUnitsToSell"] == 1
    sandbox.book(DOUBLES, arrival=TODAY.replace(day=25), units=3)
    assert nights(api, DOUBLE_THREE, 15, 15)[0]["status"] == "reserved"


def test_reservations_stand_in_the_calendar_with_resources_only(api: Client) -> None:
    (without,), (with_them,) = nights(api, 50003, 1, 1), nights(api, 50003, 1, 1, includeResources=1)
    assert without["reservations"] == []
    assert [row["listingMapId"] for row in with_them["reservations"]] == [50003]


def test_one_interval_writes_every_value_and_returns_its_nights(api: Client) -> None:
    written = {
        "startDate": day(40),
        "endDate": day(42),
        "price": 131.5,
        "minimumStay": 3,
        "maximumStay": 9,
        "closedOnArrival": 1,
        "closedOnDeparture": True,
        "note": "Fiesta",
    }
    answered = api.put("/listings/50001/calendar", written)
    assert [row["date"] for row in answered] == [day(40), day(41), day(42)]
    (night,) = nights(api, 50001, 41, 41)
    values = [
        night[name]
        for name in ("price", "minimumStay", "maximumStay", "closedOnArrival", "closedOnDeparture")
    ]
    assert values == [131.5, 3, 9, 1, 1]
    assert (night["note"], night["isAvailable"]) == ("Fiesta", 1)
    assert nights(api, 50001, 43, 43)[0]["price"] == 118


def test_what_is_not_named_stays_and_null_goes_back(api: Client) -> None:
    span = {"startDate": day(40), "endDate": day(40)}
    api.put("/listings/50001/calendar", {**span, "price": 200, "minimumStay": 4})
    api.put("/listings/50001/calendar", {**span, "minimumStay": None})
    (night,) = nights(api, 50001, 40, 40)
    assert (night["price"], night["minimumStay"]) == (200, 1)


def test_a_single_listing_closes_by_is_available_only(api: Client) -> None:
    span = {"startDate": day(40), "endDate": day(40)}
    api.put("/listings/50001/calendar", {**span, "desiredUnitsToSell": 0})
    assert nights(api, 50001, 40, 40)[0]["isAvailable"] == 1
    api.put("/listings/50001/calendar", {**span, "isAvailable": 0})
    assert nights(api, 50001, 40, 40)[0]["isAvailable"] == 0
    api.put("/listings/50001/calendar", {**span, "isAvailable": 1})
    assert nights(api, 50001, 40, 40)[0]["isAvailable"] == 1


def test_a_multi_unit_listing_closes_by_units_only(api: Client) -> None:
    span = {"startDate": day(40), "endDate": day(40)}
    api.put(f"/listings/{DOUBLES}/calendar", {**span, "isAvailable": 0})
    assert nights(api, DOUBLES, 40, 40)[0]["availableUnitsToSell"] == 3
    api.put(f"/listings/{DOUBLES}/calendar", {**span, "desiredUnitsToSell": 0})
    (night,) = nights(api, DOUBLES, 40, 40)
    assert (night["status"], night["countBlockedUnits"], night["isAvailable"]) == ("blocked", 3, 0)


def test_units_on_sale_fall_with_the_next_booking(sandbox: HostawaySandbox, api: Client) -> None:
    span = {"startDate": day(40), "endDate": day(40)}
    api.put(f"/listings/{DOUBLES}/calendar", {**span, "desiredUnitsToSell": 1})
    assert nights(api, DOUBLES, 40, 40)[0]["availableUnitsToSell"] == 1
    sandbox.book(DOUBLES, arrival=TODAY.replace(month=8, day=19))
    assert nights(api, DOUBLES, 40, 40)[0]["availableUnitsToSell"] == 0


def test_the_units_wanted_are_those_left_beside_the_bookings(api: Client) -> None:
    api.put(
        f"/listings/{DOUBLES}/calendar", {"startDate": day(0), "endDate": day(0), "desiredUnitsToSell": 1}
    )
    (night,) = nights(api, DOUBLES, 0, 0)
    counts = [
        night[name] for name in ("countBlockingReservations", "countBlockedUnits", "availableUnitsToSell")
    ]
    assert counts == [1, 1, 1]


def test_more_units_than_are_free_cannot_be_put_on_sale(api: Client) -> None:
    api.put(
        f"/listings/{DOUBLES}/calendar", {"startDate": day(5), "endDate": day(5), "desiredUnitsToSell": 9}
    )
    assert nights(api, DOUBLES, 5, 5)[0]["availableUnitsToSell"] == 1


def test_a_reserved_night_stays_reserved_whatever_is_written(api: Client) -> None:
    api.put("/listings/50003/calendar", {"startDate": day(1), "endDate": day(1), "isAvailable": 1})
    assert nights(api, 50003, 1, 1)[0]["status"] == "reserved"


def test_many_intervals_are_written_at_once_with_an_empty_answer(api: Client) -> None:
    intervals = [{"startDate": day(n), "endDate": day(n), "price": 100 + n} for n in range(30, 230)]
    assert len(intervals) == 200
    assert api.put("/listings/50002/calendarIntervals", intervals) == []
    assert [row["price"] for row in nights(api, 50002, 30, 229)] == [100 + n for n in range(30, 230)]


def test_two_hundred_and_one_intervals_are_refused_and_nothing_is_written(api: Client) -> None:
    intervals = [{"startDate": day(n), "endDate": day(n), "price": 1} for n in range(30, 231)]
    status, sentence = api.refusal("PUT", "/listings/50002/calendarIntervals", json=intervals)
    assert (status, "200" in sentence) == (400, True)
    assert nights(api, 50002, 30, 30)[0]["price"] == 118


def test_one_bad_interval_spoils_the_call(api: Client) -> None:
    intervals = [
        {"startDate": day(30), "endDate": day(30), "price": 1},
        {"startDate": day(31), "endDate": day(30), "price": 1},
    ]
    assert api.refusal("PUT", "/listings/50002/calendarIntervals", json=intervals)[0] == 400
    assert nights(api, 50002, 30, 30)[0]["price"] == 118


@pytest.mark.parametrize(
    "change",
    [
        {"startDate": "tomorrow"},
        {"startDate": "9999-12-31", "endDate": "9999-12-31"},
        {"endDate": "2199-12-31"},
        {"endDate": None},
        {"price": "12"},
        {"price": -1},
        {"price": True},
        {"minimumStay": 0},
        {"minimumStay": 1.5},
        {"isAvailable": 2},
        {"isAvailable": []},
        {"desiredUnitsToSell": -1},
        {"closedOnArrival": "yes"},
        {"note": 5},
    ],
)
def test_values_that_make_no_sense_are_refused(api: Client, change: dict[str, Any]) -> None:
    body = {"startDate": day(30), "endDate": day(31), **change}
    assert api.refusal("PUT", "/listings/50001/calendar", json=body)[0] == 400


@pytest.mark.parametrize("body", ["", "{", "[1]", "5", "null", "[" * 5000])
def test_bodies_that_are_no_intervals_are_refused(api: Client, body: str) -> None:
    assert api.refusal("PUT", "/listings/50001/calendarIntervals", data=body)[0] == 400


def test_an_archived_listing_takes_no_writes(sandbox: HostawaySandbox, api: Client) -> None:
    span = {"startDate": day(30), "endDate": day(30), "price": 1}
    assert api.refusal("PUT", f"/listings/{ATTIC}/calendar", json=span)[0] == 400
    assert api.refusal("PUT", f"/listings/{ATTIC}/calendarIntervals", json=[span])[0] == 400
    booking = {
        "listingMapId": ATTIC,
        "arrivalDate": day(30),
        "departureDate": day(31),
        "guestName": "Ada Vance",
    }
    for force in ("0", "1"):
        refused = api.refusal("POST", "/reservations", json=booking, params={"forceOverbooking": force})
        assert refused[0] == 400
    assert nights(api, ATTIC, 30, 30)[0]["price"] == 70
