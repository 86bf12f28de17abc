"""What one connection knows of each booking: newer tellings replace older ones, in whatever order they arrive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reservations.choices import StayStatus
from reservations.models import ReservationSource
from reservations.records import ReservationRecord

#: Beside the record's own keys, ``content`` remembers which version its stays are from.
STAYS_VERSION = "stays_version"


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Who tells: one connection of one provider. The lower ``rank``, the more its word counts."""

    connection_id: int
    provider: str
    rank: int = 50


def absorb(source: ReservationSource, record: ReservationRecord) -> bool:
    """Whether ``record`` taught ``source`` anything; ``source`` is changed in memory only.

    An older version never replaces a newer one, but it may still tell what the newer one did not say: a status that
    is understood, and the stays of a cancellation that came without them.
    """
    version = record.version
    content = source.content
    if content and version < source.version:
        return _learn_from_older(source, record, version)
    if content and version == source.version and content["status"] == StayStatus.CANCELLED != record.status:
        # Two tellings of the same instant: a cancellation is final, else the later arrival is the better one.
        return False

    fresh = record.to_content()
    fresh[STAYS_VERSION] = version if record.stays else -1
    if not record.stays and content.get("stays"):
        fresh["stays"] = _stays_with_status(content["stays"], record.status)
        fresh[STAYS_VERSION] = content[STAYS_VERSION]
    if fresh == content:
        return False
    source.content, source.version = fresh, version
    if record.status != StayStatus.UNKNOWN:
        source.known_status, source.known_status_version = record.status, version
    return True


def _learn_from_older(source: ReservationSource, record: ReservationRecord, version: int) -> bool:
    learned = False
    if (
        source.content["status"] == StayStatus.UNKNOWN
        and record.status != StayStatus.UNKNOWN
        and version > source.known_status_version
    ):
        source.known_status, source.known_status_version = record.status, version
        learned = True
    if record.stays and source.content[STAYS_VERSION] < version:
        content = dict(source.content)
        content["stays"] = _stays_with_status(record.to_content()["stays"], StayStatus(content["status"]))
        content[STAYS_VERSION] = version
        source.content = content
        learned = True
    return learned


def _stays_with_status(stays: Iterable[Mapping[str, Any]], status: StayStatus) -> list[dict[str, Any]]:
    return [{**stay, "status": str(status)} for stay in stays]


def effective_record(source: ReservationSource, record: ReservationRecord | None = None) -> ReservationRecord:
    """What ``source`` says now: its content, with the last status that was understood in place of an unknown one.

    ``record`` is the content already in memory, if the caller has it.
    """
    if record is None:
        record = ReservationRecord.from_json(source.content)
    if record.status == StayStatus.UNKNOWN and source.known_status:
        return record.with_status(StayStatus(source.known_status))
    return record


def new_source(*, hotel_id: int, ref: SourceRef, external_id: str, now: datetime) -> ReservationSource:
    """An unsaved source that knows nothing yet; :func:`absorb` fills it."""
    return ReservationSource(
        hotel_id=hotel_id,
        connection_id=ref.connection_id,
        provider=ref.provider,
        rank=ref.rank,
        external_id=external_id,
        content={},
        received_at=now,
    )
