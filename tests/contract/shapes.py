"""The public shape of what ``manage.py inspect`` prints, and a check of a document against it."""

from __future__ import annotations

import re
from typing import Any

from reservations.choices import StayState, StayStatus

DOCUMENT = ["provider", "records", "fetch", "ignored", "errors"]
PERSON = {"name", "first_name", "last_name", "email", "phone", "language", "country"}
NIGHT = {"date", "amount", "rate_ref"}
RESERVATION = {
    *("type", "external_id", "group_ref", "channel", "channel_ref", "property_ref", "status", "booked_at"),
    *(
        "updated_at",
        "cancelled_at",
        "booker",
        "total",
        "currency",
        "commission",
        "notes",
        "stays",
        "warnings",
    ),
}
STAY = {
    *("external_id", "room_ref", "room_type_ref", "rate_ref", "arrival", "departure", "status", "stay_state"),
    *("adults", "children", "infants", "child_ages", "guest_name", "total", "nights"),
}

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_MONEY = re.compile(r"-?\d+(\.\d+)?")
_CURRENCY = re.compile(r"[A-Z]{3}")


def assert_document(document: dict[str, Any]) -> None:
    """Fail unless ``document`` has exactly the documented keys, and values written as documented."""
    assert list(document) == DOCUMENT
    for record in document["records"]:
        _assert_reservation(record)
    for hint in document["fetch"]:
        assert set(hint) == {"kind", "external_id"}
    for ignored in document["ignored"]:
        assert set(ignored) == {"reason"}
    for error in document["errors"]:
        assert set(error) == {"where", "message"}
        assert error["message"]


def _assert_reservation(record: dict[str, Any]) -> None:
    assert set(record) == RESERVATION
    assert record["type"] == "reservation"
    assert record["external_id"]
    assert record["status"] in StayStatus.values
    assert set(record["booker"]) == PERSON
    for name in ("booked_at", "updated_at", "cancelled_at"):
        _assert_written(record[name], _INSTANT)
    for name in ("total", "commission"):
        _assert_written(record[name], _MONEY)
    _assert_written(record["currency"], _CURRENCY)
    assert record["stays"] or record["status"] == StayStatus.CANCELLED  # a cancellation may name no room
    for stay in record["stays"]:
        _assert_stay(stay)


def _assert_stay(stay: dict[str, Any]) -> None:
    assert set(stay) == STAY
    assert stay["status"] in StayStatus.values
    assert stay["stay_state"] in (None, *StayState.values)
    _assert_written(stay["total"], _MONEY)
    assert _DATE.fullmatch(stay["arrival"])
    assert stay["arrival"] < stay["departure"]
    for night in stay["nights"]:
        assert set(night) == NIGHT
        assert stay["arrival"] <= night["date"] < stay["departure"]
        _assert_written(night["amount"], _MONEY)


def _assert_written(value: object, pattern: re.Pattern[str]) -> None:
    assert value is None or (isinstance(value, str) and pattern.fullmatch(value)), value
