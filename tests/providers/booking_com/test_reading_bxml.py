"""The older B.XML flavour: one queue, its own status words, real dates and plain decimals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reservations.choices import StayStatus
from reservations.records import ReservationRecord
from tests.providers.booking_com.reading_samples import changed, fixture, read, told

NAME = "page__bxml_new_modified_cancelled"


def records_of(body: bytes) -> dict[str, ReservationRecord]:
    result = read(body)
    assert not result.errors, result.errors
    return {record.external_id: record for record in result.records}


def test_a_new_booking() -> None:
    record = records_of(fixture(NAME))["6001002050"]
    (stay,) = record.stays
    assert (record.status, record.property_ref, record.channel) == (
        StayStatus.CONFIRMED,
        "4400123",
        "booking_com",
    )
    assert (record.total, record.commission, record.currency) == (Decimal("240"), Decimal("36"), "EUR")
    assert str(record.booked_at) == "2031-02-03 07:14:55+00:00"
    assert record.updated_at is None
    assert (record.booker.name, record.booker.country, record.notes) == ("Mara Quill", "DE", "Late train")
    assert (stay.external_id, stay.room_ref, str(stay.arrival), str(stay.departure)) == (
        "880010",
        "90001101",
        "2031-06-10",
        "2031-06-12",
    )
    assert [(night.rate_ref, night.amount) for night in stay.nights] == [
        ("55501", Decimal("120")),
        ("55502", Decimal("120")),
    ]
    assert (stay.adults, stay.children, stay.guest_name) == (2, None, "Mara Quill")
    assert told(stay.details) == [
        ("meal_plan", "Breakfast is included.", None),
        ("request", "non-smoking", None),
        ("tax", "City tax (not included)", "6.00 EUR"),
        ("extra", "Parking, nights: 2", "18.00 None"),
    ]


def test_a_change_has_its_time_and_its_guests_by_kind() -> None:
    record = records_of(fixture(NAME))["6001002051"]
    (stay,) = record.stays
    assert str(record.updated_at) == "2031-02-03 09:00:00+00:00"
    assert (stay.adults, stay.children, stay.infants, stay.child_ages) == (2, 1, 0, (9,))
    assert (stay.nights, stay.total, record.total) == ((), None, Decimal("360.50"))
    assert (record.booker.first_name, record.booker.last_name, record.notes) == ("Tomás Ibarra", "Sol", None)


def test_a_cancellation_has_no_rooms_and_perhaps_a_fee() -> None:
    record = records_of(fixture(NAME))["6001002052"]
    assert (record.status, record.stays) == (StayStatus.CANCELLED, ())
    assert told(record.details) == [("fee", "cancellation fee", "120.00 None")]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("<arrival_date>2031-06-10<", "<arrival_date>2031-06-12<", "not after"),
        ("<departure_date>2031-06-12<", "<departure_date>soon<", "not a date"),
        ("<departure_date>2031-06-12</departure_date>", "", "missing"),
        ('date="2031-06-11"', 'date="2031-06-10"', "told twice"),
        ("<status>modified</status>", "<status>modified</status><room/>", "arrival_date is missing"),
    ],
)
def test_a_room_that_cannot_be_understood_is_a_problem_of_its_booking_alone(
    old: str, new: str, sentence: str
) -> None:
    result = read(changed(NAME, (old, new)))
    (problem,) = result.errors
    assert sentence in problem.message
    assert problem.external_id in {"6001002050", "6001002051"}
    assert len(result.records) == 2


def test_a_status_that_nobody_knows_is_unknown_and_told() -> None:
    record = records_of(changed(NAME, ("<status>new</status>", "<status>parked</status>")))["6001002050"]
    assert (record.status, record.warnings) == (StayStatus.UNKNOWN, ("status parked is not known",))


def test_a_booking_without_rooms_that_is_not_cancelled_is_a_problem() -> None:
    result = read(changed(NAME, ("<status>cancelled</status>", "<status>modified</status>")))
    assert [(p.external_id, p.message) for p in result.errors] == [
        ("6001002052", "the booking names no room")
    ]


@pytest.mark.parametrize("root", ["reservations", "reservationssummary"])
def test_the_summary_has_few_fields(root: str) -> None:
    body = f"""<{root}><reservation><id>77</id><hotel_id>4400123</hotel_id>
        <date>2031-02-03</date><time>08:14:55</time><customer><last_name>Quill</last_name></customer>
        <room><id>90001101</id><arrival_date>2031-06-10</arrival_date><departure_date>2031-06-12</departure_date></room>
        </reservation></{root}>"""
    record = records_of(body.encode())["77"]
    assert (record.status, record.stays[0].external_id, record.total) == (StayStatus.CONFIRMED, "1", None)
    assert record.version == 0, "whatever a queue tells is newer"


def test_a_fault_in_the_list_is_told_beside_what_can_be_read() -> None:
    result = read(changed(NAME, ("</reservations>", '<fault string="limit reached"/></reservations>')))
    assert [problem.message for problem in result.errors] == ["limit reached"]
    assert len(result.records) == 3


def test_what_was_read_before_is_only_counted() -> None:
    first = read(fixture(NAME))
    again = read(fixture(NAME), known=lambda ids: first.digests)
    assert (again.unchanged, again.records) == (3, [])
