"""Fetches what messages only hint at, and says what became of each hint."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.closed_properties import tell_closed
from integrations.connections import mark_failed
from integrations.contracts import (
    Capability,
    Hint,
    MessageKind,
    ReadContext,
    ReadResult,
    UnreadablePayload,
)
from integrations.errors import IntegrationError, NeedsReconnect, PropertyClosed
from integrations.http import session_for
from integrations.inbox import body_of, new_message
from integrations.journal import log_line, write_lines
from integrations.models import Connection, InboxMessage, LogEntry
from integrations.redaction import without_cards
from integrations.registry import can


@dataclass(slots=True)
class Reading:
    """A claimed message on its way: what it says, and what kept it from being read or completed."""

    message: InboxMessage
    result: ReadResult = field(default_factory=ReadResult)
    unreadable: str = ""
    error: IntegrationError | None = None


def read_message(provider: Any, message: InboxMessage, context: ReadContext) -> Reading:
    """What ``message`` says."""
    reading = Reading(message)
    own = replace(context, kind=MessageKind(message.kind))
    try:
        reading.result = provider.read(body_of(message), own)
    except UnreadablePayload as error:
        reading.unreadable = str(error)
    return reading


def fetch_hinted(
    connection: Connection, provider: Any, readings: list[Reading], context: ReadContext
) -> list[Reading]:
    """Fetch what the messages hint at, once per object, and store every fetched page like any arrival.

    When the other side cannot be asked now, what the messages themselves said and what came before still counts, and
    the messages whose objects did not come are tried again later.
    """
    hinting = [r for r in readings if r.result.fetch]
    if not hinting or not can(connection.provider, Capability.FETCH_RESERVATIONS):
        return []
    hints = list(dict.fromkeys(hint for reading in hinting for hint in reading.result.fetch))
    pages: list[InboxMessage] = []
    failure: IntegrationError | None = None
    try:
        with session_for(connection) as session:
            for number, page in enumerate(provider.fetch_reservations(session, hints)):
                first = hinting[0].message
                pages.append(
                    new_message(
                        provider=connection.provider,
                        kind=MessageKind.FETCH,
                        body=without_cards(page.body),
                        # The claim's end tells one reading of a message from the next.
                        dedupe_key=f"fetch:{first.pk}:{first.leased_until}:{number}",
                        connection_id=connection.pk,
                        hotel_id=connection.hotel_id,
                        property_ref=page.property_ref or "",
                    )
                )
    except IntegrationError as error:
        failure = error
    for message in pages:
        message.leased_until = hinting[0].message.leased_until
    InboxMessage.objects.bulk_create(pages)
    fetched = [read_message(provider, message, context) for message in pages]
    found = {r.external_id for reading in fetched for r in reading.result.records}
    found |= {i for reading in fetched for i in reading.result.digests}
    if isinstance(failure, NeedsReconnect):
        mark_failed(connection=connection, error=failure)
    if isinstance(failure, PropertyClosed):
        _leave_to_reopening(connection, hinting, failure.property_refs)
        failure = None
    for reading in hinting:
        _forgive(reading.result, found)
        if any(hint.external_id not in found for hint in reading.result.fetch):
            reading.error = failure
    if failure is None:
        hints = list(dict.fromkeys(hint for reading in hinting for hint in reading.result.fetch))
        _tell_missing(connection, hints, found)
    return fetched


def _leave_to_reopening(connection: Connection, hinting: Sequence[Reading], refs: Sequence[str]) -> None:
    """Drop hints of properties that are closed: once one is opened again, a pull brings its changes since the last."""
    tell_closed(connection, refs)
    for reading in hinting:
        result = reading.result
        closed = [hint for hint in result.fetch if hint.property_ref in refs]
        result.fetch = [hint for hint in result.fetch if hint not in closed]
        _forgive(result, {hint.external_id for hint in closed})
        for ref in dict.fromkeys(hint.property_ref for hint in closed):
            result.ignored.append(f"the account does not open property {ref} any more")


def _forgive(result: ReadResult, external_ids: Collection[str]) -> None:
    """What is wrong with a message's own words about these is no error: they are told by better ones."""
    result.ignored += [p.message for p in result.errors if p.external_id in external_ids]
    result.errors = [p for p in result.errors if p.external_id not in external_ids]


def _tell_missing(connection: Connection, hints: Sequence[Hint], found: set[str]) -> None:
    write_lines(
        [
            log_line(
                hotel_id=connection.hotel_id,
                code="fetch_missing",
                connection=connection,
                level=LogEntry.Level.WARNING,
                ref=hint.external_id,
            )
            for hint in hints
            if hint.external_id not in found
        ]
    )
