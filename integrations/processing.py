"""Reads claimed messages and takes what they say into the hotel's books."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from django.db import transaction
from django.utils import timezone

from integrations.contracts import SOURCE_RANK, MessageKind, ReadContext, ReadResult
from integrations.errors import IntegrationError, NeedsReconnect, meaning_of, retry_delay
from integrations.fetching import Reading, fetch_hinted, read_message
from integrations.inbox import CLAIM, GROUP, MAX_ATTEMPTS, State, claim, settle_alert, waiting
from integrations.journal import write_log
from integrations.leases import LeaseTaken, lease
from integrations.models import Connection, InboxMessage, LogEntry, PropertyMapping, SyncRun
from integrations.placements import Placements
from integrations.refusals import settle_refused
from integrations.registry import get_provider
from integrations.telling import tell_changes, tell_failure, tell_problems
from reservations.choices import ChangeKind
from reservations.intake import IntakeResult, take_in
from reservations.models import ReservationSource
from reservations.records import ReservationRecord
from reservations.sources import SourceRef

log = structlog.get_logger(__name__)

#: Records per transaction, so that none lasts longer than a second.
BATCH = 400
#: When messages come in a stream, those of the next moment are waited for: ten of them take hardly more work than one,
#: and between two transactions others may write. After a full group there is no waiting: more are there already.
GATHER_SECONDS = 0.15


@dataclass(slots=True)
class Tally:
    """What a group of messages came to."""

    seen: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0

    def add(self, result: IntakeResult) -> None:
        new = sum(1 for change in result.changes if not change.fields and change.kind != ChangeKind.RESTORED)
        self.created += new
        self.changed += len(result.changes) - new
        self.unchanged += result.unchanged


def process_waiting(connection_id: int) -> int:
    """How many messages of the connection were worked on; ends when none is left to claim.

    One worker at a time reads for a connection, so that its messages do not take up all of them. A message that comes
    at the end is seen by looking once more after the lease was given back: whoever was turned away by the lease had
    stored it before.
    """
    total = 0
    while waiting(timezone.now()).filter(connection=connection_id).exists():
        try:
            with lease(f"process:{connection_id}", seconds=CLAIM.total_seconds()) as held:
                while messages := claim(connection_id):
                    process(Connection.objects.get(pk=connection_id), messages)
                    total += len(messages)
                    held.keep()
                    if 1 < len(messages) < GROUP:
                        time.sleep(GATHER_SECONDS)
        except LeaseTaken:
            break
    return total


def page_reader(connection: Connection) -> Callable[[bytes], ReadResult | None]:
    """Reads pages of a pull before they are stored: what they say, or None where the reader fails."""
    provider = get_provider(connection.provider)
    context = replace(_context(connection), kind=MessageKind.POLL)

    def read(body: bytes) -> ReadResult | None:
        try:
            result: ReadResult = provider.read(body, context)
        except Exception:  # whatever it is, the page is stored and fails where it can be seen and tried again
            return None
        return result

    return read


def process(
    connection: Connection,
    messages: Sequence[InboxMessage],
    *,
    run: SyncRun | None = None,
    results: Mapping[int, ReadResult | None] | None = None,
) -> Tally:
    """Work on claimed messages of one connection; every one of them ends in a state that says what became of it.

    ``results`` are readings that are there already, by message id. A message whose processing fails for a reason of
    ours is retried alone, so that it cannot hold up the others.
    """
    try:
        return _process(connection, messages, run, results or {})
    except Exception as fault:  # the inbox must survive any fault of a reader or of ours
        if len(messages) > 1:
            tally = Tally()
            for message in messages:
                part = process(connection, [message], run=run)
                for name in Tally.__slots__:
                    setattr(tally, name, getattr(tally, name) + getattr(part, name))
            return tally
        log.exception("message failed", message_id=messages[0].pk, provider=connection.provider)
        _fail(connection, messages[0], error_code="failed", detail=type(fault).__name__)
        return Tally(failed=1)


def _process(
    connection: Connection,
    messages: Sequence[InboxMessage],
    run: SyncRun | None,
    results: Mapping[int, ReadResult | None],
) -> Tally:
    provider = get_provider(connection.provider)
    context = _context(connection)
    readings = [
        Reading(message, told)
        if (told := results.get(message.pk))
        else read_message(provider, message, context)
        for message in messages
    ]
    unused = _unused_properties(connection)
    _leave_out(unused, readings)
    fetched = fetch_hinted(connection, provider, readings, context)
    _leave_out(unused, fetched)

    tally = Tally()
    records: list[ReservationRecord] = []
    digests: dict[str, str] = {}
    message_of: dict[str, int] = {}
    for reading in (*readings, *fetched):
        tally.seen += len(reading.result.records) + reading.result.unchanged + len(reading.result.errors)
        tally.unchanged += reading.result.unchanged
        tally.failed += len(reading.result.errors) + bool(reading.unreadable)
        records.extend(reading.result.records)
        # A webhook's own copy is not what the next poll will bring: that one must be read whatever it was before.
        told_by_page = reading.message.kind != MessageKind.WEBHOOK
        digests.update(reading.result.digests if told_by_page else dict.fromkeys(reading.result.digests, ""))
        for record in reading.result.records:
            message_of[record.external_id] = reading.message.pk

    source = SourceRef(connection.pk, connection.provider, SOURCE_RANK.get(provider.declaration.category, 50))
    batches = _batches(records) or [[]]
    place = Placements(connection.hotel_id) if records else None
    for number, batch in enumerate(batches, start=1):
        with transaction.atomic():
            if place is not None:
                result = take_in(
                    hotel_id=connection.hotel_id,
                    source=source,
                    records=batch,
                    place=place,
                    now=timezone.now(),
                    digests=digests,
                    message_ids=message_of,
                )
                tally.add(result)
                tell_changes(connection, result, run)
            if number == len(batches):
                _close(connection, [*readings, *fetched])
    return tally


def _unused_properties(connection: Connection) -> frozenset[str]:
    """Properties that the grant opens and the hotel does not use here."""
    rows = PropertyMapping.objects.filter(connection=connection, property=None)
    return frozenset(rows.values_list("external_ref", flat=True))


def _leave_out(unused: frozenset[str], readings: Sequence[Reading]) -> None:
    """Take bookings of unused properties out and say so in the message; the first import after mapping has them."""
    for reading in readings if unused else ():
        result = reading.result
        found = {r.property_ref for r in result.records} | {h.property_ref for h in result.fetch}
        for ref in sorted(ref for ref in found if ref in unused):
            result.ignored.append(f"property {ref} is not used here")
        result.records = [r for r in result.records if r.property_ref not in unused]
        result.fetch = [h for h in result.fetch if h.property_ref not in unused]


def _context(connection: Connection) -> ReadContext:
    mappings = PropertyMapping.objects.filter(connection=connection).values_list(
        "external_ref", "timezone", "currency"
    )
    timezones, currencies = {}, {}
    for ref, zone, currency in mappings:
        if zone:
            timezones[ref] = zone
        if currency:
            currencies[ref] = currency

    def known(external_ids: Sequence[str]) -> dict[str, str]:
        return dict(
            ReservationSource.objects.filter(connection_id=connection.pk, external_id__in=external_ids)
            .exclude(raw_digest="")
            .values_list("external_id", "raw_digest")
        )

    return ReadContext(timezones=timezones, currencies=currencies, known=known)


def _batches(records: list[ReservationRecord]) -> list[list[ReservationRecord]]:
    return [records[start : start + BATCH] for start in range(0, len(records), BATCH)]


def _close(connection: Connection, readings: list[Reading]) -> None:
    """Write the end of every message, in the transaction of the bookings."""
    now = timezone.now()
    done: list[InboxMessage] = []
    for reading in readings:
        message = reading.message
        problems = [{"where": p.where, "message": p.message} for p in reading.result.errors]
        if reading.unreadable:
            problems = [{"where": "", "message": reading.unreadable}]
            message.state = State.DEAD
            tell_failure(connection, message, "message_unreadable", reading.unreadable)
        elif reading.error is not None:
            _postpone(connection, message, reading.error)
        else:
            result = reading.result
            nothing = not (result.records or result.unchanged or result.fetch or result.errors)
            message.state = State.IGNORED if nothing and result.ignored else State.DONE
            if problems:
                message.state = State.DEAD
                tell_problems(connection, message, result.errors)
            message.processed_at = now
        if reading.error is None:
            message.problems = problems
        message.counts = {
            "records": len(reading.result.records) + reading.result.unchanged,
            "ignored": reading.result.ignored[:5],
        }
        message.leased_until = None
        done.append(message)
    _save_ends(done)
    settle_alert(connection)
    if delivered := [r.message.received_at for r in readings if r.message.kind == MessageKind.WEBHOOK]:
        settle_refused(connection, max(delivered))


#: What the end of a message's processing writes.
_END = ("state", "problems", "counts", "not_before", "attempts", "leased_until", "processed_at")


def _save_ends(messages: Sequence[InboxMessage]) -> None:
    """One statement for all messages that ended alike: mostly one for all."""
    alike: dict[str, list[InboxMessage]] = {}
    for message in messages:
        alike.setdefault(repr([getattr(message, name) for name in _END]), []).append(message)
    for group in alike.values():
        InboxMessage.objects.filter(pk__in=[message.pk for message in group]).update(
            **{name: getattr(group[0], name) for name in _END}
        )


def _postpone(connection: Connection, message: InboxMessage, error: IntegrationError) -> None:
    meaning = meaning_of(error)
    message.problems = [{"where": "", "message": error.detail, "error_code": error.code}]
    if isinstance(error, NeedsReconnect):
        # Waits, unclaimed, until a person has reconnected.
        message.state, message.not_before = State.RECEIVED, None
        message.attempts = max(message.attempts - 1, 0)
    elif meaning.retry and message.attempts < MAX_ATTEMPTS:
        message.state = State.FAILED
        until = getattr(error, "until", None)
        message.not_before = until or timezone.now() + retry_delay(message.attempts)
    else:
        message.state = State.DEAD
        tell_failure(connection, message, "message_dead", error.detail, error.code)
    if message.state == State.FAILED and message.attempts == 1:
        write_log(
            hotel_id=connection.hotel_id,
            code="message_failed",
            connection=connection,
            level=LogEntry.Level.WARNING,
            message_id=message.pk,
            error_code=error.code,
            error=error.detail,
        )


def _fail(connection: Connection, message: InboxMessage, *, error_code: str, detail: str) -> None:
    """Record a fault of ours: tried again later, given up after :data:`MAX_ATTEMPTS` tries."""
    with transaction.atomic():
        message.problems = [{"where": "", "message": detail, "error_code": error_code}]
        message.leased_until = None
        if message.attempts < MAX_ATTEMPTS:
            message.state = State.FAILED
            message.not_before = timezone.now() + retry_delay(message.attempts)
        else:
            message.state = State.DEAD
            tell_failure(connection, message, "message_dead", detail)
        message.save(update_fields=["problems", "leased_until", "state", "not_before"])
