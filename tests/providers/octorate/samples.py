"""One booking as Octorate writes it, to be changed by each test where it matters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from integrations.contracts import ReadContext, ReadResult
from integrations.providers.octorate.provider import PROVIDER
from reservations.records import ReservationRecord

FIXTURES = Path(__file__).parent / "fixtures"
ABSENT: Any = object()


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def booking(**changes: Any) -> dict[str, Any]:
    """The plain booking of the fixtures with ``changes``; ABSENT removes a field."""
    raw = json.loads(json.loads(fixture("RESERVATION_CONFIRMED__from_waiting"))["content"])
    raw.update(changes)
    return {name: value for name, value in raw.items() if value is not ABSENT}


def booker(**changes: Any) -> list[dict[str, Any]]:
    """The guests of the plain booking with ``changes`` on who booked."""
    guest = {**booking()["guests"][0], **changes}
    return [{name: value for name, value in guest.items() if value is not ABSENT}]


def envelope(content: Any, **changes: Any) -> dict[str, Any]:
    delivery = json.loads(fixture("RESERVATION_CONFIRMED__from_waiting"))
    delivery["content"] = content if isinstance(content, str) else json.dumps(content)
    delivery.update(changes)
    return {name: value for name, value in delivery.items() if value is not ABSENT}


def read(value: Any, **context: Any) -> ReadResult:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return PROVIDER.read(body, ReadContext(**context))


def read_one(**changes: Any) -> ReservationRecord:
    """The record of the plain booking with ``changes``; fails when it became an error."""
    result = read(booking(**changes))
    assert not result.errors, result.errors
    (record,) = result.records
    return record


def error_of(value: Any, **context: Any) -> str:
    """The sentence of the one item that could not be read."""
    result = read(value, **context)
    assert not result.records
    (problem,) = result.errors
    return problem.message


def dates(record: ReservationRecord) -> list[tuple[str, str]]:
    """Arrival and departure of each stay, as text."""
    return [(str(stay.arrival), str(stay.departure)) for stay in record.stays]
