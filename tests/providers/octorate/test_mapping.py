"""What one reservation of Octorate becomes: the whole, status, channel and dates. Each quirk of README.md is here
or in test_mapping_parts.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reservations.choices import StayState, StayStatus
from tests.providers.octorate.samples import ABSENT, booker, booking, dates, error_of, read, read_one

ROME_STRING, ROME_OBJECT = "Europe/Rome", {"id": "Europe/Rome", "displayName": "Central European Time"}


def at(zone: Any, **more: Any) -> dict[str, Any]:
    place = {"id": "910001", "timeZone": zone} if zone is not ABSENT else {"id": "910001"}
    return {"accommodation": {**place, **more}, "guests": []}


# --- the whole ------------------------------------------------------------------------------------------------


def test_the_plain_booking_becomes_the_neutral_record() -> None:
    assert read_one().to_json() == {
        "type": "reservation",
        "external_id": "880001",
        "group_ref": "ZZ10",
        "channel": "booking_com",
        "channel_ref": "4400123456",
        "property_ref": "910001",
        "status": "confirmed",
        "booked_at": "2031-02-26T15:20:50Z",
        "updated_at": "2031-03-01T10:00:00Z",
        "cancelled_at": None,
        "booker": {
            "name": "Mara Quill",
            "first_name": "Mara",
            "last_name": "Quill",
            "email": "mara.0001@guest.booking.example.org",
            "phone": "+44 7700 900123",
            "language": "en",
            "country": "GB",
        },
        "total": "228.00",
        "currency": "EUR",
        "commission": "28.20",
        "notes": "Late train",
        "stays": [
            {
                "external_id": "880001",
                "room_ref": "601105",
                "room_type_ref": "501002",
                "rate_ref": None,
                "arrival": "2031-04-02",
                "departure": "2031-04-04",
                "status": "confirmed",
                "stay_state": None,
                "adults": 2,
                "children": 1,
                "infants": 0,
                "child_ages": [],
                "guest_name": "Mara Quill",
                "total": "188.00",
                "nights": [
                    {"date": "2031-04-02", "amount": "94.00", "rate_ref": None},
                    {"date": "2031-04-03", "amount": "94.00", "rate_ref": None},
                ],
            }
        ],
        "warnings": [],
    }


def test_a_booking_with_the_fewest_fields_has_null_where_nothing_is_said() -> None:
    result = read(
        {"id": 1, "checkin": "2031-04-02", "checkout": "2031-04-03", "status": "CONFIRMED", "refer": ""}
    )
    (record,) = result.records
    (stay,) = record.stays
    assert (record.channel, record.channel_ref, record.group_ref, record.property_ref) == (None,) * 4
    assert (record.booked_at, record.updated_at, record.total, record.currency, record.notes) == (None,) * 5
    assert (stay.room_ref, stay.adults, stay.children, stay.guest_name, stay.total) == (None,) * 5
    assert stay.nights == ()
    assert record.warnings == ()


# --- status ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("CONFIRMED", "confirmed"),
        ("CANCELLED", "cancelled"),
        ("WAITING", "pending"),
        ("COMPLETED", "confirmed"),
        ("PROPOSAL", "inquiry"),
        ("PROPOSAL_EXPIRED", "inquiry"),
        ("TO_REVIEW", "inquiry"),
        ("confirmed", "confirmed"),
    ],
)
def test_status_words(word: str, status: str) -> None:
    record = read_one(status=word)
    assert record.status == status
    assert [stay.status for stay in record.stays] == [status]
    assert record.warnings == ()


@pytest.mark.parametrize(
    "word",
    [
        "ACTIVE",
        "NOROOM",
        "NOCOMPLETED",
        "NOT_INVOICED",
        "DEPOSIT_NOT_MANAGED",
        "DEPOSIT_IN_WAITING",
        "NEWMESSAGE",
        "EXPIREDMESSAGE",
        "SOMETHING_NEW",
    ],
)
def test_filter_words_and_new_words_are_unknown_and_quoted_in_a_warning(word: str) -> None:
    record = read_one(status=word)
    assert record.status == StayStatus.UNKNOWN
    assert any(word in warning for warning in record.warnings)


@pytest.mark.parametrize("word", [pytest.param(ABSENT, id="absent"), None, "", 7, ["CONFIRMED"], {"a": 1}])
def test_a_status_that_is_no_word_is_unknown(word: Any) -> None:
    assert read_one(status=word).status == StayStatus.UNKNOWN


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("CONFIRMED", "no_show"),
        ("COMPLETED", "no_show"),
        ("CANCELLED", "cancelled"),
        ("SOMETHING_NEW", "unknown"),
    ],
)
def test_no_show_counts_unless_the_booking_is_cancelled_or_not_understood(status: str, expected: str) -> None:
    assert read_one(status=status, noShow=True).status == expected


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, None),
        ({"effectiveCheckin": "2031-04-02T15:00:00Z[UTC]"}, StayState.IN_HOUSE),
        (
            {
                "effectiveCheckin": "2031-04-02T15:00:00Z[UTC]",
                "effectiveCheckout": "2031-04-04T09:00:00Z[UTC]",
            },
            StayState.DEPARTED,
        ),
        ({"effectiveCheckin": "2031-04-02T15:00:00Z[UTC]", "status": "CANCELLED"}, None),
        ({"effectiveCheckin": "2031-04-02T15:00:00Z[UTC]", "noShow": True}, None),
        ({"effectiveCheckin": ""}, None),
    ],
)
def test_where_the_guest_is_as_staff_recorded_it(fields: dict[str, Any], state: StayState | None) -> None:
    assert read_one(**fields).stays[0].stay_state == state


def test_the_time_of_cancelling_counts_only_for_cancelled_bookings() -> None:
    moment = "2031-03-02T08:00:00Z[UTC]"
    assert read_one(status="CANCELLED", cancelledTime=moment).cancelled_at == datetime(
        2031, 3, 2, 8, tzinfo=UTC
    )
    assert read_one(status="CONFIRMED", cancelledTime=moment).cancelled_at is None


# --- channel --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel_id", "name", "channel"),
    [
        (2, "Booking.com", "booking_com"),
        (142, "Booking", "booking_com"),
        ("142", None, "booking_com"),
        (274, "Airbnb", "airbnb"),
        (4, "Expedia", "expedia"),
        (271, "Agoda", "agoda"),
        (235, "Vrbo", "vrbo"),
        (16, "lastminute", "lastminute"),
        (157, "Hostelworld", "hostelworld"),
        (22, "Google Calendar", "google_calendar"),
        (233, "Octorate", "direct"),
        (270, "Direct", "direct"),
        (272, "WebBooking", "direct"),
        (288, "Test portal", "test"),
        (9999, "Trip.com Group", "trip_com_group"),
        (None, "BOOKING", "booking_com"),
        (None, None, None),
        (None, "—", None),
    ],
    ids=repr,
)
def test_channels(channel_id: Any, name: Any, channel: str | None) -> None:
    assert read_one(channelId=channel_id, channelName=name).channel == channel


def test_a_portal_without_a_known_id_or_a_name_is_null_with_a_warning() -> None:
    record = read_one(channelId=9999, channelName=None)
    assert record.channel is None
    assert record.warnings == ("portal 9999 is not known",)


# --- dates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("checkin", "checkout", "zone", "expected"),
    [
        pytest.param(
            "2031-04-01T22:00:00Z[UTC]",
            "2031-04-03T22:00:00Z[UTC]",
            ROME_STRING,
            ("2031-04-02", "2031-04-04"),
            id="local midnight in summer is the evening before in UTC",
        ),
        pytest.param(
            "2031-01-01T23:00:00Z[UTC]",
            "2031-01-03T23:00:00Z[UTC]",
            ROME_OBJECT,
            ("2031-01-02", "2031-01-04"),
            id="local midnight in winter, zone as an object",
        ),
        pytest.param(
            "2031-04-02T07:00:00Z[UTC]",
            "2031-04-04T02:00:00Z[UTC]",
            "Asia/Tokyo",
            ("2031-04-02", "2031-04-04"),
            id="Asia",
        ),
        pytest.param(
            "2031-04-02T20:00:00Z[UTC]",
            "2031-04-05T02:00:00Z[UTC]",
            "America/Lima",
            ("2031-04-02", "2031-04-04"),
            id="America: the departure evening is the next day in UTC",
        ),
        pytest.param(
            "2031-04-01T22:00:00.5Z[UTC]",
            "2031-04-03T22:00:00.123456789Z",
            ROME_STRING,
            ("2031-04-02", "2031-04-04"),
            id="fractions of any length, tail missing",
        ),
        pytest.param(
            "2031-04-02T00:00:00+02:00[Europe/Rome]",
            "2031-04-03T22:00:00",
            ROME_STRING,
            ("2031-04-02", "2031-04-04"),
            id="an offset is honoured, none means UTC",
        ),
        pytest.param(
            "2031-04-02", "2031-04-04", ABSENT, ("2031-04-02", "2031-04-04"), id="plain dates are local"
        ),
    ],
)
def test_dates_are_the_propertys_own(
    checkin: str, checkout: str, zone: Any, expected: tuple[str, str]
) -> None:
    assert dates(read_one(checkin=checkin, checkout=checkout, **at(zone))) == [expected]


def test_the_offset_is_never_used_because_it_ignores_summer_time() -> None:
    fields = at(ROME_STRING, timeZoneOffset="+01:00")
    record = read_one(checkin="2031-07-01T22:00:00Z[UTC]", checkout="2031-07-03T22:00:00Z[UTC]", **fields)
    assert dates(record) == [("2031-07-02", "2031-07-04")]


EVENING = {"checkin": "2031-04-01T23:30:00Z[UTC]", "checkout": "2031-04-03T23:30:00Z[UTC]", "guests": []}
WITHOUT_ZONE = {"accommodation": {"id": "910001"}}


def test_a_zone_that_the_payload_does_not_name_comes_from_discovery_then_from_the_caller() -> None:
    raw = booking(**EVENING, **WITHOUT_ZONE)
    found = read(raw, timezones={"910001": "Asia/Tokyo"}, timezone="UTC").records[0]
    given = read(raw, timezones={"910002": "Asia/Tokyo"}, timezone="UTC").records[0]
    assert dates(found) == [("2031-04-02", "2031-04-04")]
    assert dates(given) == [("2031-04-01", "2031-04-03")]


def test_a_zone_that_does_not_exist_counts_as_not_named() -> None:
    raw = booking(**EVENING, accommodation={"id": "910001", "timeZone": "Mars/Olympus"})
    assert dates(read(raw, timezone="Asia/Tokyo").records[0]) == [("2031-04-02", "2031-04-04")]


def test_without_any_zone_the_guests_own_dates_count() -> None:
    guests = booker(checkin="2031-04-02", checkout="2031-04-04")
    assert dates(read_one(**{**EVENING, "guests": guests}, **WITHOUT_ZONE)) == [("2031-04-02", "2031-04-04")]


def test_without_any_zone_and_without_the_guests_dates_the_item_is_an_error() -> None:
    assert "time zone" in error_of(booking(**EVENING, **WITHOUT_ZONE))


def test_when_the_guests_dates_disagree_the_zone_decides_and_a_warning_says_so() -> None:
    record = read_one(guests=booker(checkin="2031-04-01", checkout="2031-04-04"))
    assert dates(record) == [("2031-04-02", "2031-04-04")]
    assert any("2031-04-01" in warning for warning in record.warnings)


def test_a_missing_checkin_is_taken_from_the_guests_dates_with_a_warning() -> None:
    record = read_one(checkin=ABSENT)
    assert dates(record) == [("2031-04-02", "2031-04-04")]
    assert record.warnings


@pytest.mark.parametrize(
    "fields",
    [
        {"checkout": "2031-04-02T13:00:00Z[UTC]"},
        {"checkout": "2031-04-01T13:00:00Z[UTC]"},
        {"checkin": "soon"},
        {"checkin": 1743600000000},
        {"checkin": ["2031-04-02"]},
        {"checkin": "2031-13-45T00:00:00Z[UTC]"},
        {"checkout": "9999-12-31T23:59:59Z[UTC]"},
        {"checkout": "2051-04-02T13:00:00Z[UTC]"},
        {"checkin": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_impossible_dates_are_item_errors(fields: dict[str, Any]) -> None:
    assert error_of(booking(**fields))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2031-03-01T09:00:03Z[UTC]", datetime(2031, 3, 1, 9, 0, 3, tzinfo=UTC)),
        ("2031-03-01T09:00:03.5Z[UTC]", datetime(2031, 3, 1, 9, 0, 3, 500_000, tzinfo=UTC)),
        ("2031-03-01T09:00:03.12Z[UTC]", datetime(2031, 3, 1, 9, 0, 3, 120_000, tzinfo=UTC)),
        ("2031-03-01T09:00:03.037Z[UTC]", datetime(2031, 3, 1, 9, 0, 3, 37_000, tzinfo=UTC)),
        ("2031-03-01T09:00:03.123456789Z", datetime(2031, 3, 1, 9, 0, 3, 123_456, tzinfo=UTC)),
        ("2031-03-01T09:00:03", datetime(2031, 3, 1, 9, 0, 3, tzinfo=UTC)),
        ("", None),
    ],
)
def test_instants(text: str, expected: datetime | None) -> None:
    assert read_one(updateTime=text).updated_at == expected


@pytest.mark.parametrize("value", ["yesterday", 5, {}, [], True, "2031-03-01T09:00:03Z[" + "x" * 90])
def test_an_odd_update_time_is_a_warning_not_an_error(value: Any) -> None:
    record = read_one(updateTime=value)
    assert record.updated_at is None
    assert any("updateTime" in warning for warning in record.warnings)
