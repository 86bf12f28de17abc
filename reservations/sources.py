"""What one connection knows of each booking: newer tellings replace older ones, in whatever order they arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reservations.choices import DetailKind, StayStatus
from reservations.models import ReservationSource
from reservations.records import (
    DetailRecord,
    JsonObject,
    ReservationRecord,
    details_content,
    details_from_json,
)

#: Beside the record's own keys, ``content`` remembers which version its stays are from and, where the newest telling
#: had none, what that one said itself and what the telling with the stays said.
STAYS_VERSION, OWN, BASE = "stays_version", "own", "base"
#: What the newest telling that spoke of payment said of it, and the version of that one: a card is told only once.
PAYMENT = "payment"
_OURS = frozenset({STAYS_VERSION, PAYMENT})


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
    payment = _payment(content, record)
    if content and version < source.version:
        learned = _learn_from_older(source, record, version)
        return _remember(source, payment) or learned
    if content and version == source.version and content["status"] == StayStatus.CANCELLED != record.status:
        # Two tellings of the same instant: a cancellation is final, else the later arrival is the better one.
        return _remember(source, payment)

    fresh = record.to_content()
    if not record.stays and content.get("stays"):
        base = content.get(BASE) or _told(content)
        fresh = _completed(fresh, base, content[STAYS_VERSION])
    else:
        fresh[STAYS_VERSION] = version if record.stays else -1
    if payment:
        fresh[PAYMENT] = payment
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
        own = source.content.get(OWN) or _told(source.content)
        source.content = _completed(own, record.to_content(), version)
        learned = True
    return learned


def _told(content: JsonObject) -> JsonObject:
    """The telling itself in ``content``."""
    return {key: value for key, value in content.items() if key not in _OURS}


def _payment(content: JsonObject, record: ReservationRecord) -> JsonObject | None:
    """What is known of payment once ``record`` is told, too."""
    known: JsonObject | None = content.get(PAYMENT)
    told = [detail for detail in record.details if detail.kind == DetailKind.PAYMENT]
    if told and (known is None or known["version"] <= record.version):
        return {"version": record.version, "details": details_content(told)}
    return known


def _remember(source: ReservationSource, payment: JsonObject | None) -> bool:
    """Keep ``payment`` beside what is told; whether that is news."""
    if payment is None or source.content.get(PAYMENT) == payment:
        return False
    source.content = {**source.content, PAYMENT: payment}
    return True


def _completed(own: Mapping[str, Any], base: Mapping[str, Any], stays_version: int) -> dict[str, Any]:
    """What a telling without stays and the newest one with stays say together: the former has the word, but whoever
    cancels mostly names neither rooms nor guests, and a fee for it is not all there is to know. Both are kept, so
    that the order of arrival does not matter."""
    known = base.get("details", [])
    details = [*known, *(detail for detail in own.get("details", []) if detail not in known)]
    return {
        **base,
        **{key: value for key, value in own.items() if value not in ({}, [])},
        "booker": {**base.get("booker", {}), **own.get("booker", {})},
        **({"details": details} if details else {}),
        "stays": [{**stay, "status": own["status"]} for stay in base["stays"]],
        STAYS_VERSION: stays_version,
        OWN: dict(own),
        BASE: dict(base),
    }


def effective_record(source: ReservationSource, record: ReservationRecord | None = None) -> ReservationRecord:
    """What ``source`` says now: its content, with the last status that was understood in place of an unknown one, and
    with what was last told of payment.

    ``record`` is the content already in memory, if the caller has it.
    """
    if record is None:
        record = ReservationRecord.from_json(source.content)
    if payment := source.content.get(PAYMENT):
        record = _with_payment(record, details_from_json(payment))
    if record.status == StayStatus.UNKNOWN and source.known_status:
        return record.with_status(StayStatus(source.known_status))
    return record


def _with_payment(record: ReservationRecord, payment: tuple[DetailRecord, ...]) -> ReservationRecord:
    if tuple(detail for detail in record.details if detail.kind == DetailKind.PAYMENT) == payment:
        return record
    others = tuple(detail for detail in record.details if detail.kind != DetailKind.PAYMENT)
    return replace(record, details=others + payment)


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
