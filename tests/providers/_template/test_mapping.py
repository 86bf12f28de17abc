"""What the fixtures of Template PMS become. The contract suite proves the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from integrations.contracts import ReadContext
from integrations.providers._template.provider import PROVIDER
from reservations.choices import StayStatus
from reservations.records import ReservationRecord

FIXTURES = Path(__file__).parent / "fixtures"


def booking(name: str = "booking.created__one_room", **changes: Any) -> dict[str, Any]:
    """The booking of a fixture with ``changes``."""
    delivery = json.loads((FIXTURES / f"{name}.json").read_bytes())
    return {**delivery["booking"], **changes}


def record_of(item: dict[str, Any]) -> ReservationRecord:
    result = PROVIDER.read(json.dumps({"bookings": [item]}).encode(), ReadContext())
    assert result.errors == []
    (record,) = result.records
    return record


def test_a_booking_becomes_a_record_with_its_room_and_guest() -> None:
    record = record_of(booking())

    assert (record.status, record.channel, record.total) == (StayStatus.CONFIRMED, "booking_com", 240)
    assert record.booker.name == "Mara Quill"
    (stay,) = record.stays
    assert (stay.room_ref, stay.room_type_ref, str(stay.arrival)) == ("r-105", "double", "2031-06-10")


def test_every_room_of_a_booking_is_a_stay() -> None:
    record = record_of(booking("booking.created__two_rooms"))

    assert [stay.room_ref for stay in record.stays] == ["r-105", "r-106"]


def test_an_unassigned_room_is_the_sold_type() -> None:
    item = booking()
    item["rooms"][0]["room"] = None

    assert record_of(item).stays[0].room_ref == "double"


def test_a_status_that_is_not_in_the_table_is_unknown_and_told() -> None:
    record = record_of(booking(status="overdue"))

    assert record.status == StayStatus.UNKNOWN
    assert record.warnings == ("status overdue is not known",)


def test_a_page_holds_what_can_be_read_and_an_error_for_the_rest() -> None:
    result = PROVIDER.read((FIXTURES / "page__one_bad_booking.json").read_bytes(), ReadContext())

    assert [record.external_id for record in result.records] == ["b-2001"]
    assert [problem.where for problem in result.errors] == ["booking b-2003"]


def test_a_booking_that_was_read_before_is_not_read_again() -> None:
    page = (FIXTURES / "page__one_bad_booking.json").read_bytes()
    known = PROVIDER.read(page, ReadContext()).digests

    again = PROVIDER.read(page, ReadContext(known=lambda ids: known))

    assert (again.records, again.unchanged) == ([], 1)
