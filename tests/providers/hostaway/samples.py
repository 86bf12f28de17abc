"""One reservation as Hostaway writes it, to be changed by each test where it matters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from integrations.contracts import ReadContext, ReadResult
from integrations.providers.hostaway.provider import PROVIDER
from reservations.records import ReservationRecord, StayRecord

FIXTURES = Path(__file__).parent / "fixtures"
ABSENT: Any = object()


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_bytes())


def booking(**changes: Any) -> dict[str, Any]:
    """The plain reservation of the fixtures with ``changes``; ABSENT removes a field."""
    raw = {**fixture("page__booking_new")["result"], **changes}
    return {name: value for name, value in raw.items() if value is not ABSENT}


def envelope(result: Any, **more: Any) -> dict[str, Any]:
    return {"status": "success", "result": result, **more}


def delivery(event: str = "reservation.updated", **changes: Any) -> dict[str, Any]:
    """A webhook's body; ``changes`` on the reservation in it, ABSENT removes a field."""
    told = fixture("reservation.updated__other_dates")
    data = {name: value for name, value in {**told["data"], **changes}.items() if value is not ABSENT}
    return {**told, "event": event, "data": data}


def read(value: Any, **context: Any) -> ReadResult:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return PROVIDER.read(body, ReadContext(**context))


def read_one(**changes: Any) -> ReservationRecord:
    """The record of the plain reservation with ``changes``; fails when it became an error."""
    context = changes.pop("context", {})
    result = read(booking(**changes), **context)
    assert not result.errors, result.errors
    (record,) = result.records
    return record


def records_of(name: str) -> dict[str, ReservationRecord]:
    """The records of a fixture by their number."""
    return {record.external_id: record for record in read(fixture(name)).records}


def stay_of(**changes: Any) -> StayRecord:
    """The only stay of the plain reservation with ``changes``."""
    (stay,) = read_one(**changes).stays
    return stay


def details_of(**changes: Any) -> list[tuple[str, str, str]]:
    """Kind, words and amount of every further fact of the plain reservation with ``changes``."""
    return [
        (str(detail.kind), detail.text, "" if detail.amount is None else str(detail.amount))
        for detail in read_one(**changes).details
    ]


def error_of(value: Any, **context: Any) -> str:
    """The sentence of the one item that could not be read."""
    result = read(value, **context)
    assert not result.records
    (problem,) = result.errors
    return problem.message
