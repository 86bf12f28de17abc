"""The two queues of the Booking.com sandbox: repeat until acknowledged, refuse, filters, wrong answers."""

from __future__ import annotations

import time
from datetime import date

import pytest

from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import DOUBLE, GARDEN_ROOM, OTHER_HOTEL
from integrations.providers.booking_com.sandbox.selling import RoomWish
from tests.providers.booking_com.sandbox.conftest import (
    MODIFY,
    NEW,
    Client,
    Clock,
    answer_message,
    document,
    every,
)

STAY = RoomWish(DOUBLE, date(2031, 6, 10), date(2031, 6, 12))
WRONG_TYPE = "Hotel reservation has transaction message of the wrong type"


def test_new_bookings_repeat_until_they_are_acknowledged(quiet: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(STAY)
    assert quiet.ids(NEW) == quiet.ids(NEW) == [number]
    assert quiet.ids(MODIFY) == []
    answer = quiet.acknowledge(NEW, number)
    assert answer.status_code == 200
    assert every(document(answer), "Success")
    assert quiet.ids(NEW) == []
    assert [a.reservation for a in sandbox.acknowledged()][-1] == number


def test_an_empty_poll_is_the_same_root_without_children(quiet: Client) -> None:
    root = document(quiet("GET", NEW))
    assert root.tag.endswith("OTA_HotelResNotifRQ")
    assert [child.tag.rpartition("}")[2] for child in root] == ["HotelReservations"]
    assert len(root[0]) == 0
    assert document(quiet("GET", MODIFY)).tag.endswith("OTA_HotelResModifyNotifRQ")


def test_a_change_after_the_acknowledgement_comes_as_a_modification(
    quiet: Client, sandbox: BookingComSandbox
) -> None:
    number = sandbox.book(STAY)
    quiet.ids(NEW)
    quiet.acknowledge(NEW, number)
    sandbox.modify(number, departure=date(2031, 6, 13))
    assert quiet.ids(NEW) == []
    (item,) = quiet.read(MODIFY)
    assert [rate.get("EffectiveDate") for rate in every(item, "RoomRate")] == [
        "2031-06-10",
        "2031-06-11",
        "2031-06-12",
    ]
    quiet.acknowledge(MODIFY, number)
    assert sandbox.waiting() == []


def test_a_change_before_the_acknowledgement_comes_as_new(quiet: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(STAY)
    quiet.ids(NEW)
    sandbox.modify(number, departure=date(2031, 6, 11))
    # What was read is not the latest any more: its acknowledgement must not remove the change.
    answer = quiet.acknowledge(NEW, number)
    assert (answer.status_code, every(document(answer), "Error")[0].get("ShortText")) == (400, WRONG_TYPE)
    assert quiet.ids(MODIFY) == []
    (item,) = quiet.read(NEW)
    assert len(every(item, "RoomRate")) == 1
    assert quiet.acknowledge(NEW, number).status_code == 200
    assert sandbox.waiting() == []


def test_booked_and_cancelled_before_the_first_read_is_one_modification(
    quiet: Client, sandbox: BookingComSandbox
) -> None:
    number = sandbox.book(STAY)
    sandbox.cancel(number)
    assert quiet.ids(NEW) == []
    (item,) = quiet.read(MODIFY)
    assert every(item, "HotelReservationID")[0].get("ResID_Value") == number
    assert every(item, "RoomStay") == []
    assert every(item, "RoomStays") == []
    assert quiet.acknowledge(NEW, number).status_code == 400
    assert quiet.acknowledge(MODIFY, number).status_code == 200


def test_several_changes_leave_one_message(quiet: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(STAY)
    quiet.ids(NEW)
    quiet.acknowledge(NEW, number)
    sandbox.modify(number, departure=date(2031, 6, 14))
    sandbox.cancel(number)
    assert sandbox.waiting() == [number]
    (item,) = quiet.read(MODIFY)
    assert every(item, "RoomStay") == []


def test_a_refused_message_stays_and_its_reason_is_kept(quiet: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(STAY)
    quiet.ids(NEW)
    answer = quiet.refuse(NEW, number, "Room type not mapped")
    assert answer.status_code == 200
    assert [(r.reservation, r.reason) for r in sandbox.refused()] == [(number, "Room type not mapped")]
    assert quiet.ids(NEW) == [number]
    assert number not in [a.reservation for a in sandbox.acknowledged()]


def test_an_acknowledgement_again_does_no_harm(quiet: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(STAY)
    quiet.ids(NEW)
    assert [quiet.acknowledge(NEW, number).status_code for _ in range(2)] == [200, 200]
    assert [a.reservation for a in sandbox.acknowledged()].count(number) == 1


def test_the_wrong_queue_refuses_an_acknowledgement(quiet: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(STAY)
    quiet.ids(NEW)
    answer = quiet.acknowledge(MODIFY, number)
    assert (answer.status_code, WRONG_TYPE in answer.text) == (400, True)
    body = answer_message(MODIFY, "<Success/>")
    assert WRONG_TYPE in quiet("POST", NEW, body).text
    assert sandbox.waiting("new") == [number]


def test_one_wrong_id_spoils_the_whole_acknowledgement(quiet: Client, sandbox: BookingComSandbox) -> None:
    good, stranger = sandbox.book(STAY), sandbox.book(RoomWish(GARDEN_ROOM, STAY.arrival, STAY.departure))
    quiet.ids(NEW)
    answer = quiet.acknowledge(NEW, good, "123")
    assert answer.status_code == 404
    assert [error.get("RecordID") for error in every(document(answer), "Error")] == ["123"]
    assert good in sandbox.waiting("new")
    answer = quiet.acknowledge(NEW, good, stranger)
    assert (answer.status_code, "Access denied for hotel" in answer.text) == (403, True)
    assert good in sandbox.waiting("new")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<x/>",
        "not xml",
        answer_message(NEW, "<Success/>"),
        answer_message(NEW, ""),
        answer_message(NEW, "<Success/><Errors><Error RecordID='1'/></Errors>"),
        answer_message(NEW, "<Success/>").replace('Target="Production" ', ""),
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    ],
)
def test_an_acknowledgement_that_says_nothing_is_refused(client: Client, body: str) -> None:
    before = client.ids(NEW)
    answer = client("POST", NEW, body)
    assert answer.status_code == 400
    assert every(document(answer), "Error")
    assert client.ids(NEW) == before


def test_a_document_type_is_refused_whatever_follows(quiet: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(STAY)
    quiet.ids(NEW)
    ids = f'<HotelReservationIDs><HotelReservationID ResID_Value="{number}"/></HotelReservationIDs>'
    inner = f"<HotelReservation><ResGlobalInfo>{ids}</ResGlobalInfo></HotelReservation>"
    body = answer_message(NEW, f"<Success/><HotelReservations>{inner}</HotelReservations>")
    assert quiet("POST", NEW, '<!DOCTYPE x [<!ENTITY e "e">]>' + body).status_code == 400
    assert quiet.ids(NEW) == [number]
    assert quiet("POST", NEW, body).status_code == 200


def test_only_the_account_of_a_property_sees_its_bookings(
    quiet: Client, other: Client, sandbox: BookingComSandbox
) -> None:
    number = sandbox.book(STAY)
    foreign = sandbox.book(RoomWish(GARDEN_ROOM, STAY.arrival, STAY.departure))
    assert quiet.ids(NEW) == [number]
    assert number not in other.ids(NEW)
    assert foreign in other.ids(NEW)
    assert quiet("GET", NEW, params={"hotel_ids": str(OTHER_HOTEL)}).status_code == 403
    assert quiet("GET", NEW, params={"id": foreign}).status_code == 403
    assert quiet("GET", NEW, params={"id": "1"}).status_code == 404
    assert quiet("GET", NEW, params={"hotel_ids": "x"}).status_code == 400


def test_filters_narrow_what_is_read(client: Client, clock: Clock, sandbox: BookingComSandbox) -> None:
    sandbox.fill_queue(30)
    assert len(client.ids(NEW, limit=10)) == 10
    assert client.ids(NEW, limit=10) == client.ids(NEW, limit=10)
    for wrong in ("9", "201", "x"):
        assert client("GET", NEW, params={"limit": wrong}).status_code == 400
    everything = client.ids(NEW)
    client.acknowledge(NEW, *everything)
    clock.advance(minutes=5)
    late = sandbox.book(STAY)
    assert client.ids(NEW) == [late]
    assert client.ids(NEW, hotel_ids="4400123", last_change="2031-06-03 10:00:00") == [*everything, late]
    assert client.ids(NEW, last_change="2031-06-03 10:01:00") == [late]
    assert client.ids(NEW, id=everything[0]) == [everything[0]]
    assert client("GET", NEW, params={"last_change": "yesterday"}).status_code == 400


def test_five_thousand_bookings_are_read_page_by_page_in_good_time(
    quiet: Client, sandbox: BookingComSandbox
) -> None:
    expected = sandbox.fill_queue(5000)
    read: list[str] = []
    start = time.monotonic()
    while page := quiet.ids(NEW, limit=200):
        assert len(page) == 200
        read += page
        assert quiet.acknowledge(NEW, *page).status_code == 200
    assert read == expected
    assert len(set(read)) == 5000
    assert time.monotonic() - start < 20


def test_fallback_mails_go_out_after_half_an_hour(client: Client, sandbox: BookingComSandbox) -> None:
    answered, refused, left = client.ids(NEW)
    client.acknowledge(NEW, answered)
    client.refuse(NEW, refused, "no room")
    sandbox.advance_clock(29)
    assert sandbox.fallback_mails() == []
    sandbox.advance_clock(1)
    mails = [mail for mail in sandbox.fallback_mails() if mail.property != OTHER_HOTEL]
    assert [mail.reservation for mail in mails] == [refused, left]
    sandbox.advance_clock(90)
    assert len(sandbox.fallback_mails()) == len(mails) + 1
    assert sandbox.waiting("new")[:2] == [refused, left]


def test_a_message_can_leave_its_queue_with_the_mail(
    client: Client, clock: Clock, sandbox: BookingComSandbox
) -> None:
    sandbox.timed_out_leaves_queue = True
    numbers = client.ids(NEW)
    clock.advance(minutes=30)
    assert client.ids(NEW) == []
    assert client.ids(NEW, last_change="2031-06-03 10:00:00")[-len(numbers) :] == numbers
    assert client.acknowledge(NEW, *numbers).status_code == 200


def test_a_reset_begins_again(client: Client, sandbox: BookingComSandbox) -> None:
    before = client.ids(NEW)
    client.acknowledge(NEW, *before)
    sandbox.advance_clock(120)
    sandbox.reset()
    client.sign_in()
    assert client.ids(NEW) == before
    assert sandbox.acknowledged() == []
