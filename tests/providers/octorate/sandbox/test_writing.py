"""Calendar and reservation writes in the Octorate sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.providers.octorate.sandbox import OctorateSandbox
from integrations.providers.octorate.sandbox.wire import read_instant
from tests.providers.octorate.sandbox.conftest import Client, Clock

HOTEL = "/v1/reservation/910001"
CALENDAR = "/v1/calendar/910001"


def reservation(**changes: Any) -> dict[str, Any]:
    guest = {
        "type": "BOOKER", "givenName": "Ada", "familyName": "Vance", "sex": "FEMALE",
        "checkin": "2031-11-03", "checkout": "2031-11-05",
    }  # fmt: skip
    body = {
        "channelId": 288, "checkin": "2031-11-03T14:00:00Z", "checkout": "2031-11-05T10:00:00Z[UTC]",
        "createTime": "2031-07-01T00:00:00Z", "updateTime": "2031-07-01T00:00:00Z", "guests": [guest],
        "product": 501002, "refer": "ZZ10", "roomGross": 210.5, "totalGuest": 3, "totalChildren": 1,
        "totalInfants": 0, "status": "CONFIRMED",
    }  # fmt: skip
    return {**body, **changes}


def days(client: Client, product: int, first: str, last: str) -> list[dict[str, Any]]:
    query = {"product[]": product, "dateFrom": first, "dateTo": last}
    found: list[dict[str, Any]] = client.get(CALENDAR, **query)["data"][0]["days"]
    return found


def write(client: Client, *items: dict[str, Any]) -> int:
    return client("POST", "/v1/calendar/bulk", json=list(items)).status_code


def test_the_calendar_refuses_more_than_20_products_a_page(hotel: Client) -> None:
    assert hotel("GET", CALENDAR, params={"size": 20}).status_code == 200
    response = hotel("GET", CALENDAR, params={"size": 21})
    assert (response.status_code, response.json()["message"]) == (400, "errPageSize")


def test_the_calendar_gives_5_products_and_16_days_if_not_told(hotel: Client, clock: Clock) -> None:
    answer = hotel.get(CALENDAR, product=501003, date_from="2031-12-01")
    assert len(answer["data"]) == 5
    assert len(answer["data"][0]["days"]) == 16
    assert answer["data"][0]["days"][0]["date"] == clock().date().isoformat()
    assert answer["page"]["totalPages"] == 1


def test_both_dates_of_a_bulk_write_are_inclusive(hotel: Client) -> None:
    item = {"room": 501001, "dateFrom": "2031-12-01", "dateTo": "2031-12-03", "values": {"availability": 1}}
    assert write(hotel, item) == 200
    values = [day["availability"] for day in days(hotel, 501001, "2031-11-30", "2031-12-04")]
    assert values == [4, 1, 1, 1, 4]


def test_writing_says_minstay_where_reading_says_min_stay(hotel: Client) -> None:
    item = {"room": 501001, "dateFrom": "2031-12-01", "dateTo": "2031-12-01"}
    assert write(hotel, {**item, "values": {"minStay": 3}}) == 200
    assert days(hotel, 501001, "2031-12-01", "2031-12-01")[0]["minStay"] == 1
    assert write(hotel, {**item, "values": {"minstay": 3, "stopSells": True}}) == 200
    day = days(hotel, 501001, "2031-12-01", "2031-12-01")[0]
    assert (day["minStay"], day["stopSells"], day["bookable"]) == (3, True, False)


def test_a_derived_rate_follows_the_availability_and_price_of_its_room_type(hotel: Client) -> None:
    item = {"dateFrom": "2031-12-01", "dateTo": "2031-12-01"}
    write(hotel, {**item, "room": 501002, "values": {"availability": 2, "price": 200}})
    write(hotel, {**item, "room": 501021, "values": {"availability": 5}})
    day = days(hotel, 501021, "2031-12-01", "2031-12-01")[0]
    assert (day["availability"], day["price"]) == (2, 180.0)


@pytest.mark.parametrize(
    "bad",
    [
        {"room": 1, "dateFrom": "2031-12-01", "dateTo": "2031-12-01", "values": {}},
        {"room": 501001, "dateFrom": "2031-12-02", "dateTo": "2031-12-01", "values": {}},
        {"room": 501001, "dateFrom": "soon", "dateTo": "2031-12-01", "values": {}},
        {"room": 501001, "dateFrom": "2031-12-01", "dateTo": "2031-12-01", "values": {"availability": "1"}},
        {"room": 501001, "dateFrom": "2031-12-01", "dateTo": "2031-12-01"},
    ],
)
def test_one_bad_item_of_a_bulk_write_writes_nothing(hotel: Client, bad: dict[str, Any]) -> None:
    good = {"room": 501001, "dateFrom": "2031-12-01", "dateTo": "2031-12-01", "values": {"availability": 0}}
    assert write(hotel, good, bad) == 400
    assert days(hotel, 501001, "2031-12-01", "2031-12-01")[0]["availability"] == 4


def test_a_body_that_is_not_json_is_named_so(hotel: Client) -> None:
    for body in (b"{", b"", b'"x"', b"[" * 100_000):
        found = hotel.problem("POST", "/v1/calendar/bulk", data=body)
        assert found == (400, "JsonParseExemption")


def test_large_bulk_writes_cost_extra_quota(sandbox: OctorateSandbox, hotel: Client) -> None:
    before = sandbox.quota_left()
    item = {"room": 501001, "dateFrom": "2031-12-01", "dateTo": "2031-12-30", "values": {"price": 70}}
    response = hotel("POST", "/v1/calendar/bulk", json=[item])
    assert response.headers["X-RateLimit-Additional-Cost"] == "2"
    assert sandbox.quota_left() == before - 3


def test_availability_check_says_200_or_406(hotel: Client) -> None:
    address = f"{CALENDAR}/501003/availabilityCheck"
    query = {"startDate": "2031-12-01", "endDate": "2031-12-03"}
    assert hotel("GET", address, params=query).status_code == 200
    write(
        hotel,
        {"room": 501003, "dateFrom": "2031-12-02", "dateTo": "2031-12-02", "values": {"availability": 0}},
    )
    assert hotel("GET", address, params=query).status_code == 406


def test_a_posted_reservation_is_kept_and_lowers_the_calendar(hotel: Client) -> None:
    row = hotel("POST", HOTEL, json=reservation()).json()
    assert hotel.get(f"{HOTEL}/{row['id']}")["refer"] == "ZZ10"
    assert (row["roomGross"], row["totalGuest"], row["totalChildren"]) == (210.5, 3, 1)
    assert [d["availability"] for d in days(hotel, 501002, "2031-11-02", "2031-11-05")] == [6, 5, 5, 6]


def test_availability_false_leaves_the_calendar_alone(hotel: Client) -> None:
    hotel("POST", HOTEL, json=reservation(), params={"availability": "false"})
    assert days(hotel, 501002, "2031-11-03", "2031-11-03")[0]["availability"] == 6


@pytest.mark.parametrize(
    ("changes", "element"),
    [
        ({"refer": "x" * 26}, "refer"),
        ({"status": None}, "status"),
        ({"status": "NEW"}, "status"),
        ({"product": 502001}, "product"),
        ({"product": []}, "product"),
        ({"guests": []}, "guests"),
        ({"guests": [{**reservation()["guests"][0], "sex": "X"}]}, "sex"),
        ({"guests": [{**reservation()["guests"][0], "type": "CHILD"}]}, "type"),
        ({"checkout": "2031-11-01T10:00:00Z"}, "checkout"),
        ({"checkin": "0001-01-01T00:00:00+14:00"}, "checkin"),
        ({"roomGross": "NaN"}, "roomGross"),
        ({"totalGuest": True}, "totalGuest"),
    ],
)
def test_a_posted_reservation_is_checked(hotel: Client, changes: dict[str, Any], element: str) -> None:
    response = hotel("POST", HOTEL, json=reservation(**changes))
    assert response.status_code == 400
    assert response.json()["element"] == element


def test_a_refer_is_unique(hotel: Client) -> None:
    assert hotel("POST", HOTEL, json=reservation()).status_code == 200
    assert hotel.problem("POST", HOTEL, json=reservation()) == (400, "ApiValidationFailed")


def test_patch_changes_only_what_it_names(hotel: Client) -> None:
    before = hotel("POST", HOTEL, json=reservation()).json()
    after = hotel(
        "PATCH", f"{HOTEL}/{before['id']}", json={"privateNotes": "Crib", "pmsProduct": 601107}
    ).json()
    assert (after["privateNotes"], after["roomName"]) == ("Crib", "107")
    assert after["checkin"] == before["checkin"]
    assert read_instant(after["updateTime"], "") > read_instant(before["updateTime"], "")


def test_patch_refuses_to_cancel_a_confirmed_reservation(hotel: Client) -> None:
    assert hotel.problem("PATCH", f"{HOTEL}/880001", json={"status": "CANCELLED"}) == (
        400,
        "ApiValidationFailed",
    )
    assert hotel.get(f"{HOTEL}/880001")["status"] == "CONFIRMED"


def test_put_with_the_whole_body_may_cancel(hotel: Client) -> None:
    number = hotel("POST", HOTEL, json=reservation()).json()["id"]
    assert hotel("PUT", f"{HOTEL}/{number}", json={"status": "CANCELLED"}).status_code == 400
    row = hotel("PUT", f"{HOTEL}/{number}", json=reservation(status="CANCELLED")).json()
    assert (row["status"], row["cancelledBy"]) == ("CANCELLED", "accommodation")


def test_delete_cancels_and_gives_the_nights_back(hotel: Client) -> None:
    number = hotel("POST", HOTEL, json=reservation()).json()["id"]
    assert hotel("DELETE", f"{HOTEL}/{number}").json()["status"] == "CANCELLED"
    assert days(hotel, 501002, "2031-11-03", "2031-11-03")[0]["availability"] == 6


def test_a_whole_group_can_be_deleted_by_its_refer(hotel: Client) -> None:
    refer = hotel.get(f"{HOTEL}/880007")["refer"]
    rows = hotel("DELETE", f"{HOTEL}/group/{refer}").json()
    assert [(row["id"], row["status"]) for row in rows] == [
        (n, "CANCELLED") for n in (880007, 880008, 880009)
    ]


def test_one_room_of_a_group_can_be_cancelled_alone(hotel: Client) -> None:
    hotel("DELETE", f"{HOTEL}/880008")
    assert [hotel.get(f"{HOTEL}/{n}")["status"] for n in (880007, 880008)] == ["CONFIRMED", "CANCELLED"]


def test_check_in_check_out_and_no_show_are_recorded(hotel: Client) -> None:
    address = "/v1/checkin/910001/880003"
    assert hotel("PUT", address, params={"status": "CHECKIN_END"}).status_code == 200
    assert "effectiveCheckin" in hotel.get(f"{HOTEL}/880003")
    assert hotel("PUT", address, params={"status": "CHECKOUT_END"}).status_code == 200
    assert "effectiveCheckout" in hotel.get(f"{HOTEL}/880003")
    hotel("PUT", "/v1/checkin/910001/880005", params={"status": "NO_SHOW"})
    assert hotel.get(f"{HOTEL}/880005")["noShow"] is True
    assert hotel("PUT", address, params={"status": "LOST"}).status_code == 400


def test_a_stay_can_be_split_through_the_api(sandbox: OctorateSandbox, hotel: Client) -> None:
    row = sandbox.book(room="105", arrival=sandbox.world.today("910001").replace(month=12, day=1),
                       departure=sandbox.world.today("910001").replace(month=12, day=4))  # fmt: skip
    body = {"splitRoom": {"id": 601106}, "splitStart": "2031-12-02"}
    answer = hotel("POST", f"{HOTEL}/{row['id']}/split", json=body).json()
    assert answer["split"]["splitStart"] == "2031-12-02"
    body["splitStart"] = "2031-12-04"
    assert hotel.problem("POST", f"{HOTEL}/{row['id']}/split", json=body) == (400, "ApiValidationFailed")
