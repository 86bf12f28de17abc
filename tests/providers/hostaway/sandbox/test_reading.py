"""The list of reservations of the Hostaway sandbox: order, cursor, filters, and what a row shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.providers.hostaway.sandbox import HostawaySandbox
from tests.providers.hostaway.sandbox.conftest import TODAY, Client, Clock, day

DOUBLES = 50010


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows]


def walk(api: Client, **query: Any) -> list[int]:
    """Follow the cursor to the end and return the ids in their order."""
    found: list[int] = []
    while page := ids(api.get("/reservations", **query, **({"afterId": found[-1]} if found else {}))):
        found += page
    return found


def test_the_newest_version_comes_first(sandbox: HostawaySandbox, api: Client) -> None:
    rows = api.get("/reservations")
    assert [row["updatedOn"] for row in rows] == sorted((row["updatedOn"] for row in rows), reverse=True)
    oldest = rows[-1]["id"]
    sandbox.change(oldest, guest="Zed Newest")
    assert api.get("/reservations")[0]["id"] == oldest


def test_equal_versions_stand_in_the_order_of_their_ids_highest_first(
    sandbox: HostawaySandbox, api: Client
) -> None:
    first, second = sandbox.book()["id"], sandbox.book()["id"]
    assert second > first
    assert ids(api.get("/reservations"))[:2] == [second, first]


def test_ids_are_not_in_order(api: Client) -> None:
    found = ids(api.get("/reservations"))
    assert found not in (sorted(found), sorted(found, reverse=True))


def test_the_cursor_walks_through_every_row_once(sandbox: HostawaySandbox, api: Client) -> None:
    expected = [row["id"] for row in sandbox.rows()]
    for limit in (1, 4, 7, 100):
        assert walk(api, limit=limit) == expected


def test_the_cursor_follows_other_orders_too(api: Client) -> None:
    assert walk(api, limit=5, sortOrder="updatedOn") == list(reversed(walk(api, limit=5)))


def test_a_row_that_changes_while_paging_jumps_to_the_front(sandbox: HostawaySandbox, api: Client) -> None:
    everything = ids(api.get("/reservations"))
    first_page = ids(api.get("/reservations", limit=5))
    sandbox.change(everything[-1], guest="Late Change")
    seen = list(first_page)
    while page := ids(api.get("/reservations", limit=5, afterId=seen[-1])):
        seen += page
    assert seen == everything[:-1]
    assert ids(api.get("/reservations", limit=1)) == [everything[-1]]


def test_the_old_way_of_paging_still_works(sandbox: HostawaySandbox, api: Client) -> None:
    expected = [row["id"] for row in sandbox.rows()]
    pages = [ids(api.get("/reservations", limit=6, offset=offset)) for offset in (0, 6, 12, 18)]
    assert [number for page in pages for number in page] == expected
    assert pages[-1] == []


def test_a_page_tells_its_size(sandbox: HostawaySandbox, api: Client) -> None:
    count = len(sandbox.rows())
    page = api.envelope("GET", "/reservations", params={"limit": 5, "offset": 5})
    assert (page["limit"], page["offset"], page["page"], page["count"]) == (5, 5, 2, count)
    assert page["totalPages"] == -(-count // 5)
    after = api.envelope("GET", "/reservations", params={"limit": 5, "afterId": page["result"][0]["id"]})
    assert (after["offset"], after["page"]) == (None, None)
    assert api.envelope("GET", "/reservations")["limit"] == 100


def test_a_limit_above_the_maximum_is_cut(sandbox: HostawaySandbox, api: Client) -> None:
    sandbox.maximum_limit = 3
    page = api.envelope("GET", "/reservations", params={"limit": 1000})
    assert (page["limit"], len(page["result"])) == (3, 3)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "many"},
        {"offset": "-1"},
        {"afterId": "1"},
        {"afterId": "x"},
        {"sortOrder": "colour"},
        {"arrivalStartDate": "soon"},
        {"latestActivityStart": "2031-13-01"},
        {"listingId": "one"},
    ],
)
def test_queries_that_make_no_sense_are_refused(api: Client, query: dict[str, str]) -> None:
    assert api.refusal("GET", "/reservations", params=query)[0] == 400


@pytest.mark.parametrize(
    ("order", "key", "reverse"),
    [
        ("arrivalDate", "arrivalDate", False),
        ("arrivalDateDesc", "arrivalDate", True),
        ("latestActivity", "latestActivityOn", False),
        ("latestActivityDesc", "latestActivityOn", True),
        ("updatedOn", "updatedOn", False),
    ],
)
def test_other_orders(api: Client, order: str, key: str, reverse: bool) -> None:
    values = [row[key] for row in api.get("/reservations", sortOrder=order)]
    assert values == sorted(values, reverse=reverse)
    assert len(set(values)) > 2


@pytest.mark.parametrize(
    ("query", "key", "kept"),
    [
        ({"listingId": 50002}, "listingMapId", lambda value: value == 50002),
        ({"channelId": 2005}, "channelId", lambda value: value == 2005),
        ({"match": "oTTi"}, "guestName", lambda value: "Otti" in value),
        ({"arrivalStartDate": day(10)}, "arrivalDate", lambda value: value >= day(10)),
        ({"arrivalEndDate": day(0)}, "arrivalDate", lambda value: value <= day(0)),
        (
            {"departureStartDate": day(0), "departureEndDate": day(2)},
            "departureDate",
            lambda value: day(0) <= value <= day(2),
        ),
    ],
)
def test_filters(api: Client, query: dict[str, Any], key: str, kept: Any) -> None:
    everything, found = api.get("/reservations"), api.get("/reservations", **query)
    assert ids(found) == [row["id"] for row in everything if kept(row[key])]
    assert 0 < len(found) < len(everything)


def test_rows_can_be_found_by_address_and_by_activity(
    sandbox: HostawaySandbox, api: Client, clock: Clock
) -> None:
    clock.advance(days=1)
    number = sandbox.book(channel=2000, guest="Ada Vance")["id"]
    assert ids(api.get("/reservations", guestEmail="Ada.Vance@example.org")) == [number]
    assert ids(api.get("/reservations", latestActivityStart="2031-07-11")) == [number]
    assert ids(api.get("/reservations", latestActivityStart="2031-07-11 10:00:01")) == []
    assert number not in ids(api.get("/reservations", latestActivityEnd="2031-07-10"))
    assert number in ids(api.get("/reservations", latestActivityEnd="2031-07-11"))


def test_there_is_no_filter_by_status(api: Client) -> None:
    assert len(api.get("/reservations", status="cancelled")) == len(api.get("/reservations"))


def test_activity_is_never_newer_than_the_version_and_may_be_much_older(
    sandbox: HostawaySandbox, api: Client, clock: Clock
) -> None:
    assert all(row["latestActivityOn"] <= row["updatedOn"] for row in api.get("/reservations"))
    number = sandbox.book()["id"]
    clock.advance(days=67)
    sandbox.touch(number, note="Paid in cash")
    row = api.get("/reservations", limit=1)[0]
    assert (row["id"], row["updatedOn"], row["latestActivityOn"]) == (
        number,
        "2031-09-15 10:00:00",
        "2031-07-10 10:00:00",
    )
    assert api.get("/reservations", latestActivityStart="2031-09-01") == []


def test_units_and_fees_need_resources(api: Client) -> None:
    arguments = {"listingId": DOUBLES, "arrivalStartDate": day(5)}
    (without,) = api.get("/reservations", **arguments)
    (with_them,) = api.get("/reservations", **arguments, includeResources=1)
    assert without["reservationUnit"] == without["reservationFees"] == without["customFieldValues"] == []
    assert without["hostProxyEmail"] is None
    assert [unit["listingUnitId"] for unit in with_them["reservationUnit"]] == [71001, 71002]
    assert len({unit["id"] for unit in with_them["reservationUnit"]}) == 2
    assert sum(unit["totalPrice"] for unit in with_them["reservationUnit"]) == with_them["totalPrice"]
    assert with_them["hostProxyEmail"]


def test_a_single_read_has_the_policy_and_units_with_resources(sandbox: HostawaySandbox, api: Client) -> None:
    number = sandbox.book(DOUBLES)["id"]
    plain, full = (api.get(f"/reservations/{number}", includeResources=value) for value in (0, 1))
    assert (plain["cancellationPolicyName"], plain["reservationUnit"]) == ("flexible", [])
    assert plain["hostProxyEmail"]
    assert len(full["reservationUnit"]) == 1
    listed = api.get("/reservations", limit=1)[0]
    assert "cancellationPolicyName" not in listed
    assert "cancellationPolicyName" in api.get("/reservations", limit=1, includeCancellationPolicy=1)[0]


def test_a_single_listing_has_no_units(api: Client) -> None:
    assert all(
        row["reservationUnit"] == [] for row in api.get("/reservations", includeResources=1, listingId=50001)
    )


def test_times_are_written_without_a_zone_in_utc(sandbox: HostawaySandbox, api: Client) -> None:
    number = sandbox.book()["id"]
    row = api.get(f"/reservations/{number}")
    assert row["insertedOn"] == row["updatedOn"] == row["reservationDate"] == "2031-07-10 10:00:00"


def test_feeds_tell_no_price_and_no_date_of_booking_and_still_hold_the_nights(
    sandbox: HostawaySandbox, api: Client
) -> None:
    for channel in (2009, 2010, 2015, 2016):
        row = sandbox.book(channel=channel)
        assert (row["totalPrice"], row["reservationDate"], row["status"]) == (0, None, "new")
        night = row["arrivalDate"]
        found = api.get("/listings/50001/calendar", startDate=night, endDate=night)
        assert found[0]["status"] == "reserved"


def test_airbnb_has_a_code_and_booking_com_a_number(sandbox: HostawaySandbox) -> None:
    airbnb, booking = sandbox.book(channel=2018), sandbox.book(channel=2005)
    assert airbnb["confirmationCode"].startswith("HM")
    assert len(airbnb["confirmationCode"]) == 10
    assert booking["confirmationCode"] is None
    assert booking["reservationId"].isdigit()
    assert booking["guestEmail"].endswith("@guest.booking.example.org")


def test_inquiry_and_booking_are_rows_of_their_own(sandbox: HostawaySandbox, api: Client) -> None:
    asked = sandbox.book(arrival=TODAY + timedelta(days=50), status="inquiry", guest="Ada Vance")
    booked = sandbox.book_inquiry(asked["id"])
    rows = api.get("/reservations", match="Ada Vance")
    assert {(row["id"], row["status"]) for row in rows} == {(asked["id"], "inquiry"), (booked["id"], "new")}
    assert len({(row["listingMapId"], row["arrivalDate"], row["departureDate"]) for row in rows}) == 1


def test_the_demo_has_an_inquiry_and_a_booking_for_the_same_nights(api: Client) -> None:
    rows = api.get("/reservations", listingId=50001, arrivalStartDate=day(12), arrivalEndDate=day(12))
    assert {row["status"] for row in rows} == {"inquiry", "new"}


def test_unspecified_dates_are_yesterday_and_hold_nothing(sandbox: HostawaySandbox, api: Client) -> None:
    row = sandbox.book(50003, dates_unspecified=True, status="inquiry")
    assert (row["isDatesUnspecified"], row["arrivalDate"], row["departureDate"]) == (1, day(-1), day(-1))
    (night,) = api.get("/listings/50003/calendar", startDate=day(-1), endDate=day(-1))
    assert night["status"] == "available"


def test_a_row_of_zero_nights_can_be_added(sandbox: HostawaySandbox, api: Client) -> None:
    row = sandbox.book_zero_nights()
    found = api.get(f"/reservations/{row['id']}")
    assert (found["nights"], found["arrivalDate"]) == (0, found["departureDate"])


def test_the_same_day_gives_the_same_demo(clock: Clock, sandbox: HostawaySandbox) -> None:
    other = HostawaySandbox(clock=Clock(datetime(2031, 7, 10, 21, 30, tzinfo=UTC)))
    assert other.rows() == sandbox.rows()
    assert other.rows(10002) == sandbox.rows(10002)
    midnight = "2031-07-10 00:00:00"
    assert all(row["updatedOn"] < midnight for row in sandbox.rows())


def test_no_demo_guest_is_a_real_address(sandbox: HostawaySandbox) -> None:
    addresses = [row["guestEmail"] for row in sandbox.rows() if row["guestEmail"]]
    assert addresses
    assert all(address.endswith("example.org") for address in addresses)


def test_thousands_of_rows_can_be_walked_through(sandbox: HostawaySandbox, api: Client) -> None:
    made = sandbox.fill(3000)
    assert len(set(made)) == 3000
    assert set(walk(api, limit=500, listingId=50900)) == set(made)
    row = api.get("/reservations", limit=1, listingId=50900, includeResources=1)[0]
    assert len(row["reservationUnit"]) == 1
    night = api.get("/listings/50900/calendar", startDate=day(0), endDate=day(0))[0]
    assert (night["countAvailableUnits"], night["availableUnitsToSell"]) == (150, 0)
