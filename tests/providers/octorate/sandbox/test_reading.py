"""Properties, products, rooms, reservation search and its paging in the Octorate sandbox."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.providers.octorate.sandbox import OctorateSandbox
from integrations.providers.octorate.sandbox.wire import write_instant
from tests.providers.octorate.sandbox.conftest import Client, Clock

HOTEL = "/v1/reservation/910001"


def all_pages(client: Client, path: str, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for page in range(1001):
        found = client.get(path, page=page, **query)["data"]
        if not found:
            return rows
        rows += found
    raise AssertionError("the pages never ended")


def test_properties_are_a_bare_array_with_text_ids(hotel: Client) -> None:
    assert [place["id"] for place in hotel.get("/v1/accommodation")] == ["910001", "910002"]


def test_the_application_sees_the_properties_of_all_grants(
    application: Client, tokens: dict[str, Any]
) -> None:
    assert [place["id"] for place in application.get("/v1/accommodation")] == ["910001", "910002"]


def test_properties_can_be_found_by_a_part_of_the_name(hotel: Client) -> None:
    assert [place["id"] for place in hotel.get("/v1/accommodation", name="apart")] == ["910002"]


def test_one_property_shows_the_default_fields(hotel: Client) -> None:
    place = hotel.get("/v1/accommodation/910001")
    assert place["timeZone"] == "Europe/Madrid"
    assert (place["checkinStart"], place["checkout"]) == (15, 11)
    assert "networkInfo" not in place


def test_fields_cut_an_object_to_the_first_level_names(hotel: Client) -> None:
    assert set(hotel.get("/v1/accommodation/910001", fields="id, name")) == {"id", "name"}


def test_the_offset_of_a_property_ignores_summer_time(hotel: Client, clock: Clock) -> None:
    place = hotel.get("/v1/accommodation/910001")
    real = clock().astimezone(ZoneInfo(place["timeZone"])).utcoffset()
    assert place["timeZoneOffset"] == "+01:00"
    assert real == timedelta(hours=2)


def test_products_are_one_bare_array_of_room_types_and_rates(hotel: Client) -> None:
    products = hotel.get("/v3/roomrates/910001")
    types = {p["id"]: p["name"] for p in products if "derivedRule" not in p}
    rates = [p for p in products if "derivedRule" in p]
    assert list(types.values()) == ["Individual", "Doble", "Suite"]
    assert len(rates) == 6
    assert all(rate["derivedRule"]["parent"] in types for rate in rates)


def test_products_can_be_asked_by_id_and_in_pages(hotel: Client) -> None:
    two = hotel.get("/v3/roomrates/910001", **{"ids[]": [501001, 501003]})
    assert [p["id"] for p in two] == [501001, 501003]
    assert len(hotel.get("/v3/roomrates/910001", size=4, page=2)) == 1


def test_version_1_knows_a_single_product_only(hotel: Client) -> None:
    assert hotel.get("/v1/roomrates/910001/501002")["name"] == "Doble"
    assert hotel("GET", "/v1/roomrates/910001").status_code == 404


def test_physical_rooms_come_as_data(hotel: Client) -> None:
    answer = hotel.get("/v1/pms/910001")
    assert [room["name"] for room in answer["data"]] == [str(n) for n in range(101, 113)]
    assert {room["clean"] for room in answer["data"]} == {True, False, None}
    assert [r["name"] for r in hotel.get("/v1/pms/910001", name="105")["data"]] == ["105"]


def test_portals_are_for_the_application(application: Client, hotel: Client) -> None:
    names = {portal["id"]: portal["externalName"] for portal in application.get("/v1/meta/portals")}
    assert names[274] == "Airbnb"
    assert hotel.problem("GET", "/v1/meta/portals") == (403, "ApiSecurityException")


def test_total_pages_is_the_index_of_the_last_page(hotel: Client) -> None:
    everything = all_pages(hotel, HOTEL, size=200)
    first = hotel.get(HOTEL, size=5)["page"]
    last = hotel.get(HOTEL, size=5, page=first["totalPages"])
    assert first["page"] == 0
    assert first["totalPages"] == (len(everything) - 1) // 5
    assert "next" in first
    assert last["data"]
    assert "next" not in last["page"]
    assert hotel.get(HOTEL, size=5, page=first["totalPages"] + 1)["data"] == []


def test_walking_the_pages_meets_every_reservation_once(hotel: Client) -> None:
    ids = [row["id"] for row in all_pages(hotel, HOTEL, size=3, type="CREATETIME")]
    whole = [row["id"] for row in all_pages(hotel, HOTEL, type="CREATETIME")]
    assert sorted(ids) == sorted(set(ids)) == sorted(whole)


@pytest.mark.parametrize("size", ["0", "201", "-1", "many"])
def test_a_page_size_out_of_bounds_is_refused(hotel: Client, size: str) -> None:
    response = hotel("GET", HOTEL, params={"size": size})
    assert response.status_code == 400
    assert response.json() == {
        "type": "ApiParamsExemption",
        "message": "errPageSize",
        "element": "size",
        "nested": [],
    }


def test_a_page_holds_20_rows_by_default_and_never_more_than_100(
    sandbox: OctorateSandbox, hotel: Client
) -> None:
    sandbox.seed_many(250)
    path = "/v1/reservation/910099"
    assert len(hotel.get(path)["data"]) == 20
    assert len(hotel.get(path, size=200)["data"]) == 100
    assert len(hotel.get(path, size=200, page=2)["data"]) == 50


def test_unknown_parameters_are_silently_ignored(hotel: Client) -> None:
    plain = [row["id"] for row in hotel.get(HOTEL)["data"]]
    odd = [row["id"] for row in hotel.get(HOTEL, date_from="2031-01-01", ids=1, nonsense="x")["data"]]
    assert odd == plain


@pytest.mark.parametrize(
    ("name", "value"),
    [("type", "SOMETIME"), ("status", "MAYBE"), ("startDate", "2031-13-01"), ("page", "-1")],
)
def test_bad_values_of_known_parameters_are_refused(hotel: Client, name: str, value: str) -> None:
    assert hotel("GET", HOTEL, params={name: value}).status_code == 400


def test_modified_between_finds_what_changed_and_what_was_cancelled(
    sandbox: OctorateSandbox, hotel: Client, clock: Clock
) -> None:
    clock.advance(days=3)
    changed = sandbox.change(880001, notes="Crib")["id"]
    cancelled = sandbox.cancel(880007)["id"]
    today = clock().date().isoformat()
    query = {"type": "MODIFIED_BETWEEN", "startDate": today, "endDate": today, "sortBy": "updateTime.asc"}
    assert [row["id"] for row in hotel.get(HOTEL, **query)["data"]] == [changed, cancelled]


def test_days_of_a_search_are_days_in_rome(sandbox: OctorateSandbox, hotel: Client, clock: Clock) -> None:
    clock.now = datetime(2031, 7, 20, 22, 30, tzinfo=UTC)  # half past midnight of the 21st in Rome
    number = sandbox.change(880001, notes="Crib")["id"]

    def found(day: str) -> list[int]:
        query = {"type": "MODIFIED_BETWEEN", "startDate": day, "endDate": day}
        return [row["id"] for row in hotel.get(HOTEL, **query)["data"]]

    assert found("2031-07-20") == []
    assert found("2031-07-21") == [number]


def test_ids_exclude_every_other_filter(hotel: Client) -> None:
    query = {
        "ids[]": [880001, 880014],
        "status": "WAITING",
        "startDate": "2001-01-01",
        "endDate": "2001-01-02",
    }
    assert sorted(row["id"] for row in hotel.get(HOTEL, **query)["data"]) == [880001, 880014]


def test_refer_excludes_other_filters_unless_told_otherwise(hotel: Client) -> None:
    refer = hotel.get(HOTEL, **{"ids[]": 880007})["data"][0]["refer"]
    query = {"refer": refer, "status": "WAITING"}
    assert len(hotel.get(HOTEL, **query)["data"]) == 3
    assert hotel.get(HOTEL, **query, referIsExclusive="false")["data"] == []


def test_the_default_search_leaves_out_cancelled_rows_and_status_finds_them(hotel: Client) -> None:
    assert "CANCELLED" not in {row["status"] for row in all_pages(hotel, HOTEL)}
    cancelled = all_pages(hotel, HOTEL, status="CANCELLED")
    assert {row["status"] for row in cancelled} == {"CANCELLED"}
    assert cancelled[0]["cancelledBy"] == "guest"


def test_an_option_lets_the_default_search_list_cancelled_rows(
    sandbox: OctorateSandbox, hotel: Client
) -> None:
    sandbox.stay_lists_cancelled = True
    assert "CANCELLED" in {row["status"] for row in all_pages(hotel, HOTEL)}


def test_stay_search_finds_who_sleeps_there_in_that_span(hotel: Client, clock: Clock) -> None:
    today = clock().date().isoformat()
    found = {row["id"] for row in all_pages(hotel, HOTEL, startDate=today, endDate=today)}
    assert {880001, 880003, 880004} <= found
    assert 880006 not in found


def test_results_are_sorted_as_asked(hotel: Client) -> None:
    up = [row["id"] for row in all_pages(hotel, HOTEL, sortBy="id.asc")]
    assert up == sorted(up)
    assert [row["id"] for row in all_pages(hotel, HOTEL, sortBy="id.desc")] == up[::-1]
    assert hotel("GET", HOTEL, params={"sortBy": "id.sideways"}).status_code == 400


def test_filters_by_product_room_channel_and_presence(hotel: Client) -> None:
    assert {r["product"] for r in all_pages(hotel, HOTEL, product=501003)} == {501003}
    assert {r["pmsProduct"] for r in all_pages(hotel, HOTEL, pmsProduct=601106)} == {601106}
    assert {r["channelName"] for r in all_pages(hotel, HOTEL, source="Airbnb")} == {"Airbnb"}
    assert 2 not in {r["channelId"] for r in all_pages(hotel, HOTEL, excludedSources="Booking.com,4")}
    assert all("effectiveCheckin" in r for r in all_pages(hotel, HOTEL, effectiveCheckedIn="true"))


def test_grouped_results_show_one_row_per_booking(sandbox: OctorateSandbox, hotel: Client) -> None:
    sandbox.cancel(880008)
    query = {"groupResults": "true", "type": "CREATETIME", "size": 100}
    rows = {row["refer"]: row for row in hotel.get(HOTEL, **query)["data"]}
    group = rows[sandbox.world.bookings[880007].refer]
    assert (group["rooms"], group["grouped"], group["statusDisagree"]) == (3, True, True)


def test_rooms_booked_together_share_refer_and_link_each_other(hotel: Client) -> None:
    row = hotel.get(f"{HOTEL}/880007")
    assert row["linkedReservations"] == [880008, 880009]
    assert hotel.get(f"{HOTEL}/880008")["refer"] == row["refer"]


def test_a_reservation_of_another_property_is_missing(hotel: Client) -> None:
    assert hotel.problem("GET", "/v1/reservation/910002/880001") == (404, "ApiResourceMissing")


@pytest.mark.parametrize(
    ("microsecond", "text"),
    [(0, "04Z[UTC]"), (500_000, "04.5Z[UTC]"), (120_000, "04.12Z[UTC]"), (7_000, "04.007Z[UTC]")],
)
def test_instants_have_up_to_three_digits_and_a_tail(microsecond: int, text: str) -> None:
    instant = datetime(2031, 4, 2, 3, 2, 4, microsecond, tzinfo=UTC)
    assert write_instant(instant) == "2031-04-02T03:02:" + text


def test_every_instant_of_a_reservation_is_written_that_way(hotel: Client) -> None:
    form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z\[UTC\]")
    for row in all_pages(hotel, HOTEL):
        for name in ("checkin", "checkout", "createTime", "updateTime"):
            assert form.fullmatch(row[name]), row[name]


def test_some_departures_are_local_midnight_and_so_one_day_early_in_utc(hotel: Client) -> None:
    rows = all_pages(hotel, HOTEL)
    shifted = [row for row in rows if row["checkout"][:10] != row["guests"][0]["checkout"]]
    assert shifted
    assert len(shifted) < len(rows)
    day = date.fromisoformat(shifted[0]["guests"][0]["checkout"])
    assert date.fromisoformat(shifted[0]["checkout"][:10]) == day - timedelta(days=1)


def test_a_split_stay_keeps_its_product_and_names_the_second_room(hotel: Client) -> None:
    row = next(row for row in all_pages(hotel, HOTEL) if "split" in row)
    assert row["roomName"] == "111"
    assert row["split"]["splitRoom"]["name"] == "112"
    assert row["product"] == 501003


def test_stays_without_a_room_have_the_room_number_0(hotel: Client) -> None:
    free = all_pages(hotel, HOTEL, status="NOROOM")
    assert free
    assert {row["pmsProduct"] for row in free} == {0}
