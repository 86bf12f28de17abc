"""What one connection knows of each booking: newer tellings replace older ones, in whatever order they arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reservations.choices import StayStatus
from reservations.models import ReservationSource
from reservations.records import ReservationRecord

#: Beside the record's own keys, ``content`` remembers which version its stays are from and, where the newest telling
#: had none, what that one said itself and what the telling with the stays said.
STAYS_VERSION, OWN, BASE = "stays_version", "own", "base"


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
    if not record.stays and content.get("stays"):
        base = content.get(BASE) or {key: value for key, value in content.items() if key != STAYS_VERSION}
        fresh = _completed(fresh, base, content[STAYS_VERSION])
    else:
        fresh[STAYS_VERSION] = version if record.stays else -1
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
        own = source.content.get(OWN) or {k: v for k, v in source.content.items() if k != STAYS_VERSION}
        source.content = _completed(own, record.to_content(), version)
        learned = True
    return learned


def _completed(own: Mapping[str, Any], base: Mapping[str, Any], stays_version: int) -> dict[str, Any]:
    """What a telling without stays and the newest one with stays say together: the former has the word, but whoever
    cancels mostly names neither rooms nor guests. Both are kept, so that the order of arrival does not matter."""
    return {
        **base,
        **{key: value for key, value in own.items() if value not in ({}, [])},
        "booker": {**base.get("booker", {}), **own.get("booker", {})},
        "stays": [{**stay, "status": own["status"]} for stay in base["stays"]],
        STAYS_VERSION: stays_version,
        OWN: dict(own),
        BASE: dict(base),
    }


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
