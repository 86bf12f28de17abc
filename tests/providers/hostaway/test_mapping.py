"""One reservation of Hostaway becomes one record: every word of theirs, and every oddity that live accounts show."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from integrations.providers.hostaway.mapping import MOST_UNITS
from reservations.merge import booking_key
from reservations.records import ReservationRecord
from tests.providers.hostaway.samples import (
    ABSENT,
    booking,
    error_of,
    fixture,
    read,
    read_one,
    records_of,
    stay_of,
)


def test_a_plain_booking_is_read_whole() -> None:
    record = read_one()
    assert (record.external_id, record.property_ref, record.status) == ("900001", "5005", "confirmed")
    assert (record.channel, record.channel_ref) == ("airbnb", "HMQ7K2ZP4B")
    assert (record.total, record.currency, record.commission) == (Decimal("412.50"), "EUR", Decimal("61.88"))
    assert record.booked_at == datetime(2031, 2, 3, 8, 15, 30, tzinfo=UTC)
    assert record.updated_at == datetime(2031, 2, 3, 8, 15, 36, tzinfo=UTC)
    assert record.cancelled_at is None
    assert record.notes == "We arrive late"
    assert record.warnings == ()
    (stay,) = record.stays
    assert (stay.external_id, stay.room_ref, stay.room_type_ref) == ("900001", "5005", "5005")
    assert (stay.arrival, stay.departure) == (date(2031, 4, 2), date(2031, 4, 5))
    assert (stay.adults, stay.children, stay.infants) == (2, 1, 0)
    assert (stay.guest_name, stay.total) == ("Ada Sample", Decimal("412.50"))


# --- status ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("new", "confirmed"),
        ("modified", "confirmed"),
        ("ownerStay", "block"),
        ("awaitingPayment", "pending"),
        ("awaitingGuestVerification", "pending"),
        ("pending", "pending"),
        ("unconfirmed", "pending"),
        ("cancelled", "cancelled"),
        ("declined", "cancelled"),
        ("expired", "cancelled"),
        ("inquiry", "inquiry"),
        ("inquiryPreapproved", "inquiry"),
        ("inquiryDenied", "inquiry"),
        ("inquiryTimedout", "inquiry"),
        ("inquiryTimeout", "inquiry"),
        ("inquiryNotPossible", "inquiry"),
        ("unknown", "unknown"),
        ("somethingNew", "unknown"),
    ],
)
def test_every_status_has_its_meaning(word: str, status: str) -> None:
    record = read_one(status=word)
    assert record.status == status
    assert {stay.status for stay in record.stays} == {status}
    assert bool(record.warnings) == (status == "unknown")


@pytest.mark.parametrize("word", [None, "", 7, ["new"]])
def test_a_status_that_is_no_word_is_unknown_and_told(word: Any) -> None:
    record = read_one(status=word)
    assert record.status == "unknown"
    assert "status" in record.warnings[0]


def test_a_cancellation_date_beside_a_live_status_is_told_and_the_status_believed() -> None:
    record = read_one(status="modified", cancellationDate="2031-03-01 09:30:00")
    assert record.status == "confirmed"
    assert record.cancelled_at is None
    assert record.warnings == ("the status is modified, but cancellationDate is set",)


def test_a_cancelled_booking_that_comes_back_is_confirmed_under_the_same_id() -> None:
    gone, back = (
        read_one(status="cancelled", cancellationDate="2031-03-01 09:30:00"),
        read_one(status="new", updatedOn="2031-03-02 09:30:00"),
    )
    assert (gone.external_id, gone.status) == (back.external_id, "cancelled")
    assert back.status == "confirmed"
    assert back.version > gone.version


@pytest.mark.parametrize("written", ["2031-03-01 09:30:00", "2031-03-01"])
def test_the_moment_of_a_cancellation_may_be_a_day(written: str) -> None:
    cancelled_at = read_one(status="cancelled", cancellationDate=written).cancelled_at
    assert cancelled_at is not None
    assert cancelled_at.date() == date(2031, 3, 1)


def test_a_reported_no_show_is_one() -> None:
    assert read_one(bookingcomNoShowReportedAt="2031-04-03 10:00:00").status == "no_show"
    assert (
        read_one(status="cancelled", bookingcomNoShowReportedAt="2031-04-03 10:00:00").status == "cancelled"
    )


# --- where it was booked --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "name", "channel"),
    [
        (2000, "direct", "direct"),
        (2002, "homeaway", "vrbo"),
        (2005, "bookingcom", "booking_com"),
        (2007, "expedia", "expedia"),
        (2009, "homeawayical", "vrbo"),
        (2010, "vrboical", "vrbo"),
        (2013, "bookingengine", "website"),
        (2015, "customIcal", "custom_ical"),
        (2016, "tripadvisorical", "tripadvisor"),
        (2017, "wordpress", "website"),
        (2018, "airbnbOfficial", "airbnb"),
        (2019, "marriott", "marriott"),
        (2020, "partner", "partner"),
        (2021, "gds", "gds"),
        (2022, "google", "google"),
        # The documentation's own example has a number that its table does not have.
        (2001, "airbnb", "airbnb"),
        (2099, "Some New Site", "some_new_site"),
        ("2005", None, "booking_com"),
        (2099, None, None),
    ],
)
def test_every_channel_has_its_slug(number: Any, name: str | None, channel: str | None) -> None:
    record = read_one(channelId=number, channelName=name)
    assert record.channel == channel
    assert bool(record.warnings) == (channel is None)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("4100200301", "4100200301"),
        ("4100200301-88776655", "4100200301"),
        ("10001-5005-4100200301", "4100200301"),
        ("10001-5005-4100200301-2", "4100200301"),
        ("10001-5006-4100200301", "10001-5006-4100200301"),
        ("walk-in", "walk-in"),
        pytest.param(4100200301, "4100200301", id="a number"),
        (None, None),
    ],
)
def test_a_booking_com_booking_has_booking_coms_own_number(told: Any, code: str | None) -> None:
    record = read_one(channelId=2005, confirmationCode=None, reservationId=told, channelReservationId=told)
    assert record.channel_ref == code


def test_the_same_booking_told_by_booking_com_itself_is_one_booking() -> None:
    told = read_one(channelId=2005, channelReservationId="10001-5005-4100200301")
    direct = ReservationRecord("x", told.status, (), channel="booking_com", channel_ref="4100200301")
    assert booking_key(1, told) == booking_key(2, direct)


def test_an_airbnb_booking_has_the_confirmation_code_or_else_the_channels_own_reference() -> None:
    assert read_one().channel_ref == "HMQ7K2ZP4B"
    assert read_one(confirmationCode=None).channel_ref == "10001-5005-thread700001-8800112233"
    assert read_one(channelId=2002).channel_ref == "10001-5005-thread700001-8800112233"
    assert read_one(channelId=2002, channelReservationId=None, reservationId="V-1").channel_ref == "V-1"


def test_an_inquiry_and_the_booking_that_follows_are_two_bookings() -> None:
    found = records_of("page__many_kinds")
    inquiry, booked = found["900013"], found["900014"]
    assert (inquiry.status, booked.status) == ("inquiry", "confirmed")
    assert (inquiry.property_ref, inquiry.stays[0].arrival) == (booked.property_ref, booked.stays[0].arrival)
    assert booking_key(1, inquiry) != booking_key(1, booked)


# --- dates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_dates_are_local_and_stay_as_they_are(zone: str) -> None:
    stay = stay_of(context={"timezones": {"5005": zone}})
    assert (stay.arrival, stay.departure) == (date(2031, 4, 2), date(2031, 4, 5))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"departureDate": "2031-04-02"}, "departureDate 2031-04-02 is not after arrivalDate 2031-04-02"),
        ({"departureDate": "2031-04-01"}, "departureDate 2031-04-01 is not after arrivalDate 2031-04-02"),
        ({"departureDate": "2131-04-01"}, "a stay from 2031-04-02 to 2131-04-01 is too long to be meant"),
        ({"arrivalDate": None}, "arrivalDate is missing"),
        ({"arrivalDate": ABSENT}, "arrivalDate is missing"),
        ({"arrivalDate": "02/04/2031"}, "arrivalDate is not a date: 02/04/2031"),
        ({"arrivalDate": 20310402}, "arrivalDate is not a date: int"),
        ({"id": None, "hostawayReservationId": None}, "id is missing"),
        ({"id": "9" * 200}, "id is longer than 120 characters"),
        ({"id": {}}, "id is not an identifier"),
        ({"listingMapId": []}, "listingMapId is not an identifier"),
    ],
)
def test_a_row_without_a_night_or_an_id_is_a_problem(changes: dict[str, Any], sentence: str) -> None:
    assert error_of(booking(**changes)) == sentence


def test_one_malformed_row_hides_no_other() -> None:
    result = read(fixture("page__two_bad_rows"))
    assert [record.external_id for record in result.records] == ["900021"]
    assert [problem.where for problem in result.errors] == ["reservation 900020", "reservation 900022"]
    assert list(result.digests) == ["900021"]


@pytest.mark.parametrize("switch", [1, True, "1"], ids=repr)
def test_a_row_whose_dates_are_a_placeholder_is_ignored(switch: Any) -> None:
    result = read(booking(isDatesUnspecified=switch, departureDate="2031-04-02"))
    assert (result.records, result.errors) == ([], [])
    assert result.ignored == ["reservation 900001 has no dates yet"]
    assert result.digests == {}


@pytest.mark.parametrize("switch", [0, False, None, ABSENT])
def test_a_row_with_dates_is_not_ignored(switch: Any) -> None:
    assert read_one(isDatesUnspecified=switch)


def test_the_booking_date_falls_back_to_when_hostaway_stored_it() -> None:
    assert read_one(reservationDate=None).booked_at == datetime(2031, 2, 3, 8, 15, 34, tzinfo=UTC)
    assert read_one(reservationDate=None, insertedOn=None).booked_at is None


@pytest.mark.parametrize("odd", ["soon", 7, {}, "2031-13-01 00:00:00"])
def test_an_odd_instant_is_a_warning(odd: Any) -> None:
    record = read_one(updatedOn=odd)
    assert record.updated_at is None
    assert "updatedOn" in record.warnings[0]


# --- units ----------------------------------------------------------------------------------------------------


def test_several_units_are_several_stays_of_one_booking() -> None:
    record = records_of("page__many_kinds")["900010"]
    assert (record.channel, record.channel_ref, record.total) == (
        "booking_com",
        "4100200301",
        Decimal("380.00"),
    )
    first, second = record.stays
    assert (first.external_id, first.room_ref, first.room_type_ref) == ("81001", "71001", "5010")
    assert (second.external_id, second.room_ref, second.room_type_ref) == ("81002", "71002", "5010")
    assert (first.guest_name, second.guest_name) == ("Nils Hagen", "Sanna Hagen")
    assert (first.adults, first.children, first.total) == (2, None, Decimal("190.00"))
    assert (second.adults, second.children, second.total) == (2, 1, Decimal("190.00"))
    assert first.arrival == second.arrival == date(2031, 4, 2)


def test_a_single_unit_is_the_whole_booking_where_it_says_nothing_itself() -> None:
    stay = stay_of(reservationUnit=[{"id": 7, "listingUnitId": 71001, "guestName": None}])
    assert (stay.external_id, stay.room_ref, stay.room_type_ref) == ("7", "71001", "5005")
    assert (stay.adults, stay.children, stay.total, stay.guest_name) == (
        2,
        1,
        Decimal("412.50"),
        "Ada Sample",
    )


def test_a_single_unit_without_adults_has_those_of_the_booking() -> None:
    unit = {"id": 7, "listingUnitId": 71001, "adults": 0}
    assert (
        stay_of(reservationUnit=[unit], adults=0, children=None, infants=None, numberOfGuests=2).adults == 2
    )


def test_units_beyond_the_most_that_are_read_are_told() -> None:
    record = read_one(reservationUnit=[{"id": number + 1} for number in range(MOST_UNITS + 3)])
    assert len(record.stays) == MOST_UNITS
    assert record.warnings == ("of 203 booked units only the first 200 were read",)
    assert read_one(reservationUnit=[{"id": number + 1} for number in range(MOST_UNITS)]).warnings == ()


def test_several_units_that_say_nothing_do_not_each_have_all_the_guests() -> None:
    stays = read_one(reservationUnit=[{"id": 7}, {"id": 8}]).stays
    assert [(stay.adults, stay.children, stay.total) for stay in stays] == [(None, None, None)] * 2
    assert [stay.room_ref for stay in stays] == ["5005", "5005"]


@pytest.mark.parametrize("odd", [None, "x", 7, [None], {}, [7]], ids=repr)
def test_odd_units_leave_the_listing_as_the_room(odd: Any) -> None:
    assert stay_of(reservationUnit=odd).room_ref == "5005"


def test_units_without_a_number_of_their_own_are_still_apart() -> None:
    stays = read_one(reservationUnit=[{"listingUnitId": 1}, {"listingUnitId": 2}]).stays
    assert [(stay.external_id, stay.room_ref) for stay in stays] == [("900001-1", "1"), ("900001-2", "2")]


def test_a_row_without_a_listing_is_kept_without_a_place() -> None:
    record = read_one(listingMapId=None)
    assert (record.property_ref, record.stays[0].room_ref) == (None, None)
