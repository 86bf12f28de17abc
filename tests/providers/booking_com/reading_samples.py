"""Recorded messages, and ways to change them where a test needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from integrations.contracts import ReadContext, ReadResult
from integrations.providers.booking_com import reading
from reservations.records import DetailRecord, ReservationRecord, StayRecord

FIXTURES = Path(__file__).parent / "fixtures"
PLAIN_CARD, VIRTUAL_CARD = b"4111111111111111", b"5555555555554444"


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.xml").read_bytes()


def changed(name: str, *changes: tuple[str, str]) -> bytes:
    """The fixture with each text replaced everywhere; fails when it does not hold one of them."""
    text = fixture(name).decode()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def one_room(*changes: tuple[str, str]) -> bytes:
    return changed("ota_hotelresnotif__one_room", *changes)


def read(body: bytes, **context: Any) -> ReadResult:
    return reading.read(body, ReadContext(**context))


def record_of(body: bytes, **context: Any) -> ReservationRecord:
    """The one record of ``body``; fails when anything in it was not read."""
    result = read(body, **context)
    assert not result.errors, result.errors
    (record,) = result.records
    return record


def stay_of(body: bytes, **context: Any) -> StayRecord:
    (stay,) = record_of(body, **context).stays
    return stay


def error_of(body: bytes) -> str:
    """The sentence of the one item that could not be read, and that names its reservation."""
    result = read(body)
    assert not result.records
    (problem,) = result.errors
    assert problem.external_id is not None
    return problem.message


def told(details: tuple[DetailRecord, ...]) -> list[tuple[str, str, str | None]]:
    return [
        (str(one.kind), one.text, None if one.amount is None else f"{one.amount} {one.currency}")
        for one in details
    ]
