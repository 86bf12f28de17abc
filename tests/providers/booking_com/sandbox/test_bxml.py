"""The older queue of the Booking.com sandbox, where reading is delivery."""

from __future__ import annotations

from datetime import date

from lxml import etree

from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import DOUBLE, HOTEL, OTHER_HOTEL
from integrations.providers.booking_com.sandbox.selling import RoomWish
from tests.providers.booking_com.sandbox.conftest import MODIFY, NEW, Client, document

PATH = "/secure/hotels/xml/reservations"
STAY = RoomWish(DOUBLE, date(2031, 6, 10), date(2031, 6, 12), adults=2, child_ages=(5,))


def drain(client: Client, inner: str = "") -> list[etree._Element]:
    answer = client("POST", PATH, f"<request>{inner}</request>")
    assert answer.status_code == 200, answer.text
    return list(document(answer).iterfind("reservation"))


def test_reading_empties_the_queue(client: Client, sandbox: BookingComSandbox) -> None:
    assert len(drain(client)) == 3
    assert drain(client) == []
    assert client.ids(NEW) == []
    assert [answer.queue for answer in sandbox.acknowledged()] == ["new"] * 3
    assert len(sandbox.waiting()) == 1  # the other account's


def test_a_booking_lives_from_new_to_cancelled(quiet: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(STAY, guest="Ada Vance")
    (row,) = drain(quiet)
    assert (row.findtext("id"), row.findtext("status"), row.findtext("totalprice")) == (
        number,
        "new",
        "240.00",
    )
    assert row.findtext("customer/cc_number") == "4111111111111111"
    assert row.findtext("room/guest_name") == "Ada Vance"
    counts = [(c.get("count"), c.get("type")) for c in row.findall("room/guest_counts/guest_count")]
    assert counts == [("2", "adult"), ("1", "child")]
    sandbox.modify(number, departure=date(2031, 6, 13))
    (row,) = drain(quiet)
    assert (row.findtext("status"), row.findtext("room/departure_date")) == ("modified", "2031-06-13")
    assert row.findtext("customer/cc_number") == ""
    sandbox.cancel(number)
    (row,) = drain(quiet)
    assert (row.findtext("status"), row.find("room")) == ("cancelled", None)
    assert quiet.ids(MODIFY) == []


def test_it_can_be_narrowed_to_one_own_property(client: Client) -> None:
    assert client("POST", PATH, f"<request><hotel_id>{OTHER_HOTEL}</hotel_id></request>").status_code == 403
    assert client("POST", PATH, "<other/>").status_code == 400
    assert len(drain(client, f"<hotel_id>{HOTEL}</hotel_id>")) == 3
