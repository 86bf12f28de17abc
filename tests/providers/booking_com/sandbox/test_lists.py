"""Lists of the Booking.com sandbox: room types with rates, properties, the summary of bookings."""

from __future__ import annotations

from datetime import date

import pytest

from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import DOUBLE, HOTEL, OTHER_HOTEL, SINGLE, SUITE
from integrations.providers.booking_com.sandbox.selling import RoomWish
from tests.providers.booking_com.sandbox.conftest import OTA, Client, Clock, document, every

ROOMS, SUMMARY = "/supply/hotels/xml/roomrates", "/secure/hotels/xml/reservationssummary"
SEARCH = "/supply/hotels/ota/OTA_HotelSearch"
ASK = f"<request><hotel_id>{HOTEL}</hotel_id></request>"


def summary(client: Client) -> dict[str, list[tuple[str, ...]]]:
    """Rooms of the summary by booking: (room type, arrival, departure, total)."""
    names = ("id", "arrival_date", "departure_date", "totalprice")
    return {
        row.findtext("id", ""): [
            tuple(room.findtext(name, "") for name in names) for room in row.findall("room")
        ]
        for row in document(client("POST", SUMMARY, ASK)).findall("reservation")
    }


def test_room_types_come_with_their_rates(client: Client) -> None:
    root = document(client("POST", ROOMS, ASK))
    assert root.tag == "rooms"
    rooms = {int(room.get("id", "")): room for room in root.findall("room")}
    assert [rooms[number].get("room_name") for number in (SINGLE, DOUBLE, SUITE)] == [
        "Single Room",
        "Double Room",
        "Suite",
    ]
    rates = [(rate.get("id"), rate.get("rate_name")) for rate in rooms[DOUBLE].findall("rates/rate")]
    assert rates == [("55501", "Standard Rate"), ("55502", "Non-refundable")]
    assert {room.get("hotel_id") for room in rooms.values()} == {str(HOTEL)}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (f"<request><hotel_id>{OTHER_HOTEL}</hotel_id></request>", 403),
        ("<request><hotel_id>1</hotel_id></request>", 403),
        ("<request/>", 400),
        ("<other><hotel_id>4400123</hotel_id></other>", 400),
        ("", 400),
    ],
)
def test_lists_are_for_one_own_property(client: Client, body: str, status: int) -> None:
    for path in (ROOMS, SUMMARY):
        answer = client("POST", path, body)
        assert answer.status_code == status
        assert document(answer).tag == "fault"
        assert document(answer).get("string")


def test_the_search_tells_the_account_its_properties(client: Client, other: Client) -> None:
    body = f'<OTA_HotelSearchRQ xmlns="{OTA}"/>'
    (found,) = every(document(client("POST", SEARCH, body)), "Property")
    assert (found.get("HotelCode"), found.get("HotelName")) == (str(HOTEL), "Hotel Paradise")
    one = (
        f'<OTA_HotelSearchRQ xmlns="{OTA}"><Criteria><Criterion><HotelRef HotelCode="{HOTEL}"/>'
        "</Criterion></Criteria></OTA_HotelSearchRQ>"
    )
    assert len(every(document(client("POST", SEARCH, one)), "Property")) == 1
    assert other("POST", SEARCH, one).status_code == 403


def test_the_summary_has_old_and_new_bookings_but_not_who_left(client: Client, clock: Clock) -> None:
    before = summary(client)
    assert len(before) == 6
    assert before["6001000001"] == [(str(SINGLE), "2031-06-05", "2031-06-07", "145.00")]
    assert len(before["6001000002"]) == 2
    # Until the day of departure the first booking is listed, and afterwards only the others.
    clock.advance(days=3)
    client.sign_in()
    assert set(summary(client)) == set(before)
    clock.advance(days=1)
    client.sign_in()
    assert set(summary(client)) == set(before) - {"6001000001"}


def test_the_summary_follows_changes_and_drops_cancelled_bookings(
    client: Client, sandbox: BookingComSandbox
) -> None:
    number = sandbox.book(RoomWish(SUITE, date(2031, 6, 10), date(2031, 6, 12)), guest="Ada Vance")
    sandbox.modify(number, departure=date(2031, 6, 13))
    assert summary(client)[number] == [(str(SUITE), "2031-06-10", "2031-06-13", "630.00")]
    row = document(client("POST", SUMMARY, ASK)).find(f"reservation[id='{number}']")
    assert row is not None
    assert row.findtext("customer/first_name") == "Ada"
    assert row.find("customer/email") is None
    assert [price.get("date") for price in row.findall("room/price")] == [
        "2031-06-10",
        "2031-06-11",
        "2031-06-12",
    ]
    sandbox.cancel(number)
    assert number not in summary(client)


def test_a_room_has_another_number_in_the_summary(client: Client, sandbox: BookingComSandbox) -> None:
    row = document(client("POST", SUMMARY, ASK)).find("reservation[id='6001000001']")
    assert row is not None
    index = sandbox.reservation("6001000001").rooms[0].index
    assert row.findtext("room/roomreservation_id", "").isdigit()
    assert row.findtext("room/roomreservation_id") != str(index)
