"""Creating, changing, cancelling and deleting reservations of the Hostaway sandbox."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from integrations.providers.hostaway.sandbox import HostawaySandbox
from integrations.providers.hostaway.sandbox.world import NOT_HOLDING, STATUSES, RefusedError
from tests.providers.hostaway.sandbox.conftest import TODAY, Client, Clock, day

DOUBLES = 50010
FREE = TODAY + timedelta(days=40)


def booking(listing: int = 50001, first: int = 40, last: int = 43, **more: Any) -> dict[str, Any]:
    return {
        "channelId": 2000,
        "listingMapId": listing,
        "arrivalDate": day(first),
        "departureDate": day(last),
        "guestName": "Ada Vance",
        "guestEmail": "ada@example.org",
        "adults": 2,
        "totalPrice": 321.5,
        **more,
    }


def night_status(sandbox: HostawaySandbox, listing: int, night: date) -> str:
    status: str = sandbox.calendar(listing, night, night)[0]["status"]
    return status


def test_a_reservation_is_created(api: Client) -> None:
    answer = api.envelope("POST", "/reservations", params={"provider": "Llavero"}, json=booking())["result"]
    row = api.get(f"/reservations/{answer['id']}")
    assert row["id"] == row["hostawayReservationId"]
    values = [
        row[key] for key in ("status", "guestFirstName", "guestLastName", "totalPrice", "source", "nights")
    ]
    assert values == ["new", "Ada", "Vance", 321.5, "Llavero", 3]


def test_first_and_last_name_make_a_guest(api: Client) -> None:
    body = booking(guestFirstName="Otto", guestLastName="Weiland")
    del body["guestName"]
    assert api.envelope("POST", "/reservations", json=body)["result"]["guestName"] == "Otto Weiland"


def test_several_units_are_booked_at_once(api: Client) -> None:
    body = booking(DOUBLES, reservationUnit=[{}, {}])
    number = api.envelope("POST", "/reservations", json=body)["result"]["id"]
    row = api.get(f"/reservations/{number}", includeResources=1)
    assert len({unit["listingUnitId"] for unit in row["reservationUnit"]}) == 2
    assert api.refusal("POST", "/reservations", json=booking(50002, reservationUnit=[{}, {}]))[0] == 400


def test_an_overbooking_is_refused_unless_forced(sandbox: HostawaySandbox, api: Client) -> None:
    api.envelope("POST", "/reservations", json=booking())
    count = len(sandbox.rows())
    status, sentence = api.refusal("POST", "/reservations", json=booking(first=42, last=44))
    assert (status, "not available" in sentence) == (400, True)
    assert len(sandbox.rows()) == count
    forced = api("POST", "/reservations", json=booking(first=42, last=44), params={"forceOverbooking": "1"})
    assert forced.status_code == 200
    assert len(sandbox.rows()) == count + 1


def test_the_last_unit_can_be_booked_and_one_more_cannot(api: Client) -> None:
    answers = [api("POST", "/reservations", json=booking(DOUBLES)).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 400]


def test_a_closed_night_cannot_be_booked(api: Client) -> None:
    api.put("/listings/50001/calendar", {"startDate": day(41), "endDate": day(41), "isAvailable": 0})
    assert api.refusal("POST", "/reservations", json=booking())[0] == 400
    assert api("POST", "/reservations", json=booking(first=42, last=44)).status_code == 200


def test_guests_may_arrive_on_the_day_others_leave(api: Client) -> None:
    api.envelope("POST", "/reservations", json=booking(first=40, last=42))
    assert api("POST", "/reservations", json=booking(first=42, last=44)).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"arrivalDate": "soon"},
        {"departureDate": day(40)},
        {"departureDate": day(39)},
        {"departureDate": day(900)},
        {"adults": "two"},
        {"totalPrice": -5},
        {"totalPrice": "1e9"},
        {"guestName": ["Ada"]},
        {"status": "sleeping"},
        {"status": ["new"]},
        {"channelId": "airbnb"},
    ],
)
def test_a_body_that_makes_no_sense_is_refused(sandbox: HostawaySandbox, api: Client, change: Any) -> None:
    count = len(sandbox.rows())
    assert api.refusal("POST", "/reservations", json={**booking(), **change})[0] == 400
    assert len(sandbox.rows()) == count


@pytest.mark.parametrize("body", ["", "[]", "nothing", "[" * 5000])
def test_a_body_that_is_no_object_is_refused(api: Client, body: str) -> None:
    assert api.refusal("POST", "/reservations", data=body)[0] == 400


def test_a_change_of_dates_raises_the_version_and_keeps_the_old_dates(
    sandbox: HostawaySandbox, api: Client, clock: Clock
) -> None:
    number = sandbox.book(arrival=FREE, channel=2018)["id"]
    clock.advance(minutes=5)
    api.put(f"/reservations/{number}", {"arrivalDate": day(45), "departureDate": day(47)})
    row = api.get(f"/reservations/{number}")
    assert (row["status"], row["arrivalDate"], row["previousArrivalDate"]) == ("modified", day(45), day(40))
    assert row["updatedOn"] == row["latestActivityOn"] == "2031-07-10 10:05:00"
    assert night_status(sandbox, 50001, FREE) == "available"
    assert night_status(sandbox, 50001, FREE + timedelta(days=5)) == "reserved"


def test_a_stay_may_move_over_its_own_nights_but_not_over_others(
    sandbox: HostawaySandbox, api: Client
) -> None:
    number = sandbox.book(arrival=FREE, departure=FREE + timedelta(days=3))["id"]
    sandbox.book(arrival=FREE + timedelta(days=5))
    api.put(f"/reservations/{number}", {"arrivalDate": day(41), "departureDate": day(45)})
    wanted = {"departureDate": day(46)}
    assert api.refusal("PUT", f"/reservations/{number}", json=wanted)[0] == 400
    forced = api("PUT", f"/reservations/{number}", json=wanted, params={"forceOverbooking": "1"})
    assert forced.status_code == 200


def test_a_stay_cannot_move_to_another_listing(api: Client) -> None:
    number = api.envelope("POST", "/reservations", json=booking())["result"]["id"]
    assert api.refusal("PUT", f"/reservations/{number}", json={"listingMapId": 50002})[0] == 400


def test_a_note_turns_a_direct_booking_from_new_to_modified(sandbox: HostawaySandbox, api: Client) -> None:
    direct, airbnb = (sandbox.book(channel=channel)["id"] for channel in (2000, 2018))
    for number in (direct, airbnb):
        api.put(f"/reservations/{number}", {"hostNote": "Crib"})
    assert api.get(f"/reservations/{direct}")["status"] == "modified"
    assert api.get(f"/reservations/{airbnb}")["status"] == "new"


def test_a_change_that_changes_nothing_is_no_new_version(
    sandbox: HostawaySandbox, api: Client, clock: Clock
) -> None:
    row = sandbox.book(guest="Ada Vance")
    clock.advance(hours=1)
    api.put(f"/reservations/{row['id']}", {"guestName": "Ada Vance", "arrivalDate": row["arrivalDate"]})
    assert api.get(f"/reservations/{row['id']}")["updatedOn"] == row["updatedOn"]


def test_a_cancellation_frees_the_nights_and_says_who(sandbox: HostawaySandbox, api: Client) -> None:
    number = sandbox.book(arrival=FREE)["id"]
    api.put(f"/reservations/{number}/statuses/cancelled", {"cancelledBy": "host"})
    row = api.get(f"/reservations/{number}")
    assert (row["status"], row["cancelledBy"], bool(row["cancellationDate"])) == ("cancelled", "host", True)
    assert night_status(sandbox, 50001, FREE) == "available"
    again = api.refusal("PUT", f"/reservations/{number}/statuses/cancelled", json={"cancelledBy": "host"})
    assert again[0] == 400


@pytest.mark.parametrize("body", [{}, {"cancelledBy": "the cat"}, {"cancelledBy": ["host"]}])
def test_a_cancellation_must_say_who(sandbox: HostawaySandbox, api: Client, body: dict[str, Any]) -> None:
    number = sandbox.book()["id"]
    assert api.refusal("PUT", f"/reservations/{number}/statuses/cancelled", json=body)[0] == 400
    assert api.get(f"/reservations/{number}")["status"] == "new"


def test_only_booking_com_takes_a_no_show(sandbox: HostawaySandbox, api: Client) -> None:
    booking_com, airbnb = (sandbox.book(channel=channel)["id"] for channel in (2005, 2018))
    api.put(f"/reservations/{booking_com}/statuses/noShow", {})
    row = api.get(f"/reservations/{booking_com}")
    assert (row["status"], bool(row["bookingcomNoShowReportedAt"])) == ("new", True)
    assert api.refusal("PUT", f"/reservations/{airbnb}/statuses/noShow", json={})[0] == 400


def test_a_deleted_row_is_gone_and_its_nights_are_free(sandbox: HostawaySandbox, api: Client) -> None:
    number = sandbox.book(arrival=FREE)["id"]
    assert api.envelope("DELETE", f"/reservations/{number}")["result"] == []
    assert api.refusal("GET", f"/reservations/{number}")[0] == 404
    assert night_status(sandbox, 50001, FREE) == "available"


# -- what tests and the control page do --------------------------------------------------------------------


def test_there_are_sixteen_statuses(sandbox: HostawaySandbox) -> None:
    assert len(set(STATUSES)) == 16


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_served_and_holds_its_nights_or_not(
    sandbox: HostawaySandbox, api: Client, status: str
) -> None:
    number = sandbox.book(arrival=FREE)["id"]
    sandbox.set_status(number, status)
    row = api.get(f"/reservations/{number}")
    assert row["status"] == status
    assert bool(row["cancellationDate"]) == (status == "cancelled")
    assert (night_status(sandbox, 50001, FREE) == "available") == (status in NOT_HOLDING)


def test_a_word_nobody_knows_can_be_a_status(sandbox: HostawaySandbox, api: Client) -> None:
    number = sandbox.book(arrival=FREE)["id"]
    sandbox.set_status(number, "checkedInByRobot")
    assert api.get(f"/reservations/{number}")["status"] == "checkedInByRobot"
    assert night_status(sandbox, 50001, FREE) == "reserved"


def test_a_cancelled_booking_can_come_back_when_its_nights_are_free(
    sandbox: HostawaySandbox, api: Client
) -> None:
    number = sandbox.book(arrival=FREE)["id"]
    sandbox.cancel(number)
    sandbox.set_status(number, "new")
    row = api.get(f"/reservations/{number}")
    assert (row["status"], row["cancellationDate"]) == ("new", None)
    sandbox.cancel(number)
    sandbox.book(arrival=FREE)
    with pytest.raises(RefusedError, match="not available"):
        sandbox.set_status(number, "new")


def test_a_channel_sells_only_what_the_calendar_allows(sandbox: HostawaySandbox, api: Client) -> None:
    span = {"startDate": day(40), "endDate": day(44)}
    api.put("/listings/50001/calendar", {**span, "minimumStay": 3, "maximumStay": 4})
    for nights in (2, 5):
        with pytest.raises(RefusedError, match="nights"):
            sandbox.book(arrival=FREE, departure=FREE + timedelta(days=nights))
    api.put("/listings/50001/calendar", {**span, "closedOnArrival": 1})
    with pytest.raises(RefusedError, match="arrive"):
        sandbox.book(arrival=FREE, departure=FREE + timedelta(days=3))
    api.put("/listings/50001/calendar", {**span, "closedOnArrival": 0, "closedOnDeparture": 1})
    with pytest.raises(RefusedError, match="leave"):
        sandbox.book(arrival=FREE, departure=FREE + timedelta(days=3))
    assert sandbox.book(arrival=FREE, departure=FREE + timedelta(days=3), overbook=True)


def test_an_overbooking_on_purpose_is_possible(sandbox: HostawaySandbox) -> None:
    first = sandbox.book(DOUBLES, arrival=FREE, units=3)
    second = sandbox.book(DOUBLES, arrival=FREE, overbook=True)
    units = {unit["listingUnitId"] for unit in first["reservationUnit"]}
    assert second["reservationUnit"][0]["listingUnitId"] in units


def test_a_booking_moves_to_another_unit(sandbox: HostawaySandbox) -> None:
    row = sandbox.book(DOUBLES, arrival=FREE)
    moved = sandbox.move_unit(row["id"], 71003)
    assert [unit["listingUnitId"] for unit in moved["reservationUnit"]] == [71003]
    other = sandbox.book(DOUBLES, arrival=FREE)
    with pytest.raises(RefusedError, match="taken"):
        sandbox.move_unit(other["id"], 71003)


def test_versions_of_one_reservation_always_rise(sandbox: HostawaySandbox) -> None:
    number = sandbox.book()["id"]
    versions = [sandbox.change(number, guest=f"Ada {letter}")["updatedOn"] for letter in "ABC"]
    assert versions == sorted(set(versions))
    at = sandbox.clock() - timedelta(days=2)
    assert sandbox.touch(number, at=at)["updatedOn"] == "2031-07-08 10:00:00"


def test_actions_that_make_no_sense_are_refused_with_a_sentence(sandbox: HostawaySandbox) -> None:
    cancelled = sandbox.book()["id"]
    sandbox.cancel(cancelled)
    for attempt in (
        lambda: sandbox.book(1),
        lambda: sandbox.book(50019),
        lambda: sandbox.book(units=2),
        lambda: sandbox.book(arrival=FREE, departure=FREE),
        lambda: sandbox.cancel(1),
        lambda: sandbox.cancel(cancelled),
        lambda: sandbox.change(cancelled, guest="Ada"),
        lambda: sandbox.book_inquiry(cancelled),
    ):
        with pytest.raises(RefusedError, match=r"\.$"):
            attempt()
