"""OTA as others than Booking.com send it: with a status, dates of stay, ids of their own and plain decimals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from integrations.providers.booking_com import reading
from reservations.choices import StayState, StayStatus
from tests.providers.booking_com.reading_samples import (
    changed,
    error_of,
    fixture,
    one_room,
    read,
    record_of,
    stay_of,
)

NAME = "ota_hotelresnotif__other_sender"
RATE_DATES = 'UnitMultiplier="2" EffectiveDate="2031-06-10" ExpireDate="2031-06-12"'
SPAN = '<TimeSpan Start="2031-06-10" Duration="P2N"/>'


def test_a_commit_becomes_a_confirmed_booking() -> None:
    record = record_of(fixture(NAME))
    assert (record.external_id, record.status) == ("RES-4410", StayStatus.CONFIRMED)
    assert (record.channel, record.channel_ref, record.property_ref) == ("expedia", "RES-4410", "CASA1")
    assert str(record.booked_at) == "2031-02-03 08:10:00+00:00"
    assert record.updated_at is None
    (stay,) = record.stays
    assert (str(stay.arrival), str(stay.departure)) == ("2031-06-10", "2031-06-12")
    assert [(str(n.date), n.amount) for n in stay.nights] == [
        ("2031-06-10", Decimal("99.50")),
        ("2031-06-11", Decimal("99.50")),
    ]
    assert (stay.adults, stay.children, stay.infants) == (2, 0, 1)
    assert not record.warnings


@pytest.mark.parametrize(
    ("word", "status", "state"),
    [
        ("Book", StayStatus.CONFIRMED, None),
        ("Reserved", StayStatus.CONFIRMED, None),
        ("In-house", StayStatus.CONFIRMED, StayState.IN_HOUSE),
        ("Checked out", StayStatus.CONFIRMED, StayState.DEPARTED),
        ("No-show", StayStatus.NO_SHOW, None),
        ("Hold", StayStatus.PENDING, None),
        ("Requested", StayStatus.PENDING, None),
        ("Quote", StayStatus.INQUIRY, None),
        ("Waitlisted", StayStatus.INQUIRY, None),
        ("Cancelled", StayStatus.CANCELLED, None),
        ("Request denied", StayStatus.CANCELLED, None),
        ("Ignore", StayStatus.UNKNOWN, None),
        ("Teleported", StayStatus.UNKNOWN, None),
    ],
)
def test_each_status_word_has_its_meaning(word: str, status: StayStatus, state: StayState | None) -> None:
    record = record_of(changed(NAME, ('ResStatus="Commit"', f'ResStatus="{word}"')))
    assert (record.status, record.stays[0].stay_state) == (status, state)
    unknown = (f"status {word} is not known",) if status is StayStatus.UNKNOWN else ()
    assert record.warnings == unknown


def test_the_bookings_own_status_wins_over_the_messages() -> None:
    body = changed(NAME, ("<HotelReservation ", '<HotelReservation ResStatus="Cancelled" '))
    record = record_of(body)
    assert record.status == StayStatus.CANCELLED
    assert str(record.updated_at) == "2031-02-03 08:15:30+00:00"


def test_a_room_may_be_cancelled_alone() -> None:
    text = fixture("ota_hotelresnotif__two_rooms").decode()
    body = text.replace(
        '<RoomStay IndexNumber="7702">', '<RoomStay IndexNumber="7702" RoomStayStatus="Cancelled">'
    )
    assert [stay.status for stay in record_of(body.encode()).stays] == ["confirmed", "cancelled"]


def test_the_time_of_the_last_change_is_taken_where_it_is_told() -> None:
    body = changed(
        NAME, ("<HotelReservation ", '<HotelReservation LastModifyDateTime="2031-02-04T07:00:00+02:00" ')
    )
    assert str(record_of(body).updated_at) == "2031-02-04 05:00:00+00:00"


@pytest.mark.parametrize(
    ("span", "dates"),
    [
        ('Start="2031-06-10" End="2031-06-12"', ("2031-06-10", "2031-06-12")),
        ('Start="2031-06-10T15:00:00" End="2031-06-12T11:00:00"', ("2031-06-10", "2031-06-12")),
        ('Start="2031-06-10" Duration="P2D"', ("2031-06-10", "2031-06-12")),
        ('Start="2031-06-10"', ("2031-06-10", "2031-06-12")),
    ],
)
def test_dates_of_stay_come_in_several_forms(span: str, dates: tuple[str, str]) -> None:
    stay = stay_of(changed(NAME, (SPAN, f"<TimeSpan {span}/>")))
    assert (str(stay.arrival), str(stay.departure)) == dates


def test_the_bookings_own_dates_hold_for_rooms_without_any() -> None:
    whole = '<ResGlobalInfo><TimeSpan Start="2031-06-10" End="2031-06-13"/>'
    stay = stay_of(changed(NAME, (SPAN, ""), ("<ResGlobalInfo>", whole)))
    assert str(stay.departure) == "2031-06-13"


@pytest.mark.parametrize(
    ("span", "sentence"),
    [
        ('Start="2031-06-10" End="2031-06-10"', "not after"),
        ('Start="2031-06-10" End="2031-06-09"', "not after"),
        ('Start="2031-06-10" Duration="P0N"', "not after"),
        ('Start="2031-06-10" Duration="PT5H"', "number of nights"),
        ('Start="2031-06-10" Duration="P9999N"', "number of nights"),
        ('Start="10/06/2031" End="2031-06-12"', "not a date"),
        ('Start="2031-06-10" End="2051-06-12"', "too long"),
    ],
)
def test_dates_of_no_stay_are_a_problem(span: str, sentence: str) -> None:
    assert sentence in error_of(changed(NAME, (SPAN, f"<TimeSpan {span}/>")))


def test_a_price_outside_the_dates_is_left_out_and_told() -> None:
    record = record_of(changed(NAME, ('Duration="P2N"', 'Duration="P1N"')))
    assert len(record.stays[0].nights) == 1
    assert record.warnings == ("the price of 2031-06-11 is not for a night of this stay",)


def test_a_rate_until_a_day_is_for_the_nights_before_it() -> None:
    until = 'EffectiveDate="2031-06-10" ExpireDate="2031-06-12"'
    stay = stay_of(changed(NAME, (RATE_DATES, until)))
    assert [str(night.date) for night in stay.nights] == ["2031-06-10", "2031-06-11"]


def test_a_price_for_several_nights_together_is_the_price_of_none() -> None:
    base = '<Base AmountAfterTax="99.50" CurrencyCode="EUR"/>'
    stay = stay_of(changed(NAME, (base, "")))
    assert [night.amount for night in stay.nights] == [None, None]
    assert stay.total == Decimal("199")


def test_one_entry_may_stand_for_several_rooms() -> None:
    record = record_of(
        changed(NAME, ('RoomType RoomTypeCode="DBL"', 'RoomType RoomTypeCode="DBL" NumberOfUnits="3"'))
    )
    assert [stay.external_id for stay in record.stays] == ["1", "1-2", "1-3"]
    assert {stay.total for stay in record.stays} == {None}
    assert record.total == Decimal("199")
    assert "stands for 3 rooms" in record.warnings[0]


def test_more_rooms_than_anybody_books_are_a_problem() -> None:
    body = changed(NAME, ('RoomType RoomTypeCode="DBL"', 'RoomType RoomTypeCode="DBL" NumberOfUnits="3000"'))
    assert "too many" in error_of(body)


# --- who it is from, and its number ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unique", "external_id"),
    [
        ('<UniqueID Type="16" ID="REF-1"/><UniqueID Type="14" ID="RES-1"/>', "RES-1"),
        ('<UniqueID Type="16" ID="REF-1"/>', "REF-1"),
        ('<UniqueID ID="X-1"/>', "X-1"),
    ],
)
def test_the_number_of_a_booking_is_the_one_of_its_kind(unique: str, external_id: str) -> None:
    body = changed(NAME, ('<UniqueID Type="14" ID="RES-4410"/>', unique))
    assert record_of(body).external_id == external_id
    assert reading.ids(body) == [external_id]


def test_a_number_that_the_message_itself_names_is_the_number_of_its_only_booking() -> None:
    body = changed(
        NAME,
        ('<UniqueID Type="14" ID="RES-4410"/>', ""),
        ("<HotelReservations>", '<UniqueID ID="R-9"/><HotelReservations>'),
    )
    assert record_of(body).external_id == "R-9"


@pytest.mark.parametrize(
    ("context", "channel"),
    [("BOOKING.COM", "booking_com"), ("Expedia", "expedia"), ("Somebody's PMS", None)],
)
def test_the_channel_is_who_the_number_is_of_if_we_know_them(context: str, channel: str | None) -> None:
    pos = fixture(NAME).decode()
    start, end = pos.index("<POS>"), pos.index("</POS>") + 6
    body = (pos[:start] + pos[end:]).replace('ID="RES-4410"', f'ID="RES-4410" ID_Context="{context}"')
    record = record_of(body.encode())
    assert (record.channel, record.channel_ref) == (channel, "RES-4410" if channel else None)


def test_a_sender_who_is_no_channel_leaves_it_open() -> None:
    record = record_of(
        changed(NAME, ('<CompanyName Code="EXP">Expedia</CompanyName>', "<CompanyName>Relay</CompanyName>"))
    )
    assert (record.channel, record.channel_ref) == (None, None)


# --- other roots ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("root", "held"), [("OTA_ResRetrieveRS", "ReservationsList"), ("OTA_HotelResRS", "HotelReservations")]
)
def test_answers_that_carry_bookings_are_read(root: str, held: str) -> None:
    body = one_room(
        ("OTA_HotelResNotifRQ", root),
        ("<HotelReservations>", f"<Success/><{held}>"),
        ("</HotelReservations>", f"</{held}>"),
    )
    assert record_of(body).stays == record_of(one_room()).stays


def test_a_message_without_a_namespace_or_with_a_prefix_says_the_same() -> None:
    named = ' xmlns="http://www.opentravel.org/OTA/2003/05"'
    plain = record_of(one_room((named, "")))
    prefixed = one_room((named, named.replace("xmlns", "xmlns:ota")), ("</", "</ota:"))
    marked = prefixed.replace(b"<", b"<ota:").replace(b"<ota:/ota:", b"</ota:")
    marked = marked.replace(b"<ota:?", b"<?").replace(b"<ota:!", b"<!")
    assert plain == record_of(marked) == record_of(one_room())


@pytest.mark.parametrize("body", [b"", b"  \r\n", b"\xef\xbb\xbf"])
def test_an_empty_body_is_an_empty_result(body: bytes) -> None:
    result = read(body)
    assert (result.records, result.errors, result.ignored) == ([], [], [])


@pytest.mark.parametrize(
    "body",
    [
        b'<OTA_HotelResNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05"><HotelReservations/></OTA_HotelResNotifRQ>',
        b'<OTA_HotelResModifyNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05"><HotelResModifies/>'
        b"</OTA_HotelResModifyNotifRQ>",
        b'<OTA_HotelResModifyNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05"/>',
        b"<reservations/><!-- RUID: [QUJD] -->",
    ],
)
def test_an_empty_poll_is_an_empty_result_and_not_a_cancellation(body: bytes) -> None:
    result = read(body)
    assert (result.records, result.errors, result.ignored, result.digests) == ([], [], [], {})


@pytest.mark.parametrize(
    ("name", "message", "external_id"),
    [
        ("error__queue", "497: Access denied for hotel", "6001002003"),
        ("error__fault", "1001: Access denied for hotel 4400123", None),
    ],
)
def test_an_error_answer_gives_its_sentence(name: str, message: str, external_id: str | None) -> None:
    result = read(fixture(name))
    assert not result.records
    (problem,) = result.errors
    assert (problem.message, problem.external_id) == (message, external_id)


def test_an_error_of_the_parser_on_the_other_side_gives_its_sentence() -> None:
    body = (
        b'<OTA_ErrorRS xmlns="http://www.opentravel.org/OTA/2003/05" Version="1" '
        b'ErrorCode="Malformed" ErrorMessage="Line 3"/>'
    )
    assert [problem.message for problem in read(body).errors] == ["Malformed: Line 3"]


def test_an_answer_that_only_says_success_is_ignored() -> None:
    body = (
        b'<OTA_HotelResNotifRS xmlns="http://www.opentravel.org/OTA/2003/05"><Success/></OTA_HotelResNotifRS>'
    )
    result = read(body)
    assert (result.records, result.errors) == ([], [])
    assert result.ignored == ["OTA_HotelResNotifRS holds no reservations"]
