"""What a run reads: which properties, since when, page by page; and where it goes on when it was cut short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from integrations.contracts import MessageKind, Page, PullWindow, ReadResult
from integrations.http import session_for
from integrations.inbox import CLAIM, new_message
from integrations.leases import Held
from integrations.models import Connection, InboxMessage, PropertyMapping, SyncRun
from integrations.processing import Tally, page_reader, process
from integrations.redaction import without_cards
from integrations.registry import get_provider

#: Items gathered from pages before they are taken in together: memory stays flat and transactions short.
GATHER = 400
#: A changed booking may be reported with a slightly older time than a page read just before it.
OVERLAP = timedelta(minutes=10)
#: A pull that goes on reads this many pages again: rows may have left the earlier pages meanwhile.
PAGES_AGAIN = 1


@dataclass(slots=True)
class Position:
    """The last page that was taken in."""

    property_ref: str | None = None
    page: int = 0


def read_everything(run: SyncRun, held: Held) -> None:
    """Pull every mapped property; those that were never read start with a first import.

    The cursor moves on after each window that was read to its end. A window that was cut short is remembered with
    its place, so that a large import goes on there however often it must wait.
    """
    connection = run.connection
    provider = get_provider(connection.provider)
    with session_for(connection) as session:
        for window in _windows(run):
            position = Position()
            try:
                read_pages(run, held, provider.pull_reservations(session, window), position)
            except Exception:
                _remember_unfinished(connection, window, position)
                raise
            _remember_done(connection, window)


def _windows(run: SyncRun) -> Iterator[PullWindow]:
    connection = run.connection
    zones = dict(
        PropertyMapping.objects.filter(connection=connection, property__isnull=False).values_list(
            "external_ref", "timezone"
        )
    )
    if run.kind != SyncRun.Kind.IMPORT and (unfinished := _unfinished(connection, zones)):
        yield unfinished
    known = {
        ref: moment
        for ref, text in connection.cursor.get("properties", {}).items()
        if ref in zones and run.kind != SyncRun.Kind.IMPORT and (moment := parse_datetime(text))
    }
    now = timezone.now()
    if fresh := sorted(zones.keys() - known.keys()):
        yield PullWindow(fresh, None, now, zones)
    if known:
        yield PullWindow(sorted(known), min(known.values()) - OVERLAP, now, zones)


def _unfinished(connection: Connection, zones: dict[str, str]) -> PullWindow | None:
    """The window that the last run did not finish; None when it did or when the mapping is another one now."""
    left = connection.cursor.get("unfinished")
    if not left or not set(left["property_refs"]) <= zones.keys():
        return None
    began = parse_datetime(left["now"])
    since = parse_datetime(left["changed_since"]) if left["changed_since"] else None
    if began is None:
        return None
    return PullWindow(left["property_refs"], since, began, zones, left["first_page"])


def _remember_unfinished(connection: Connection, window: PullWindow, position: Position) -> None:
    if position.property_ref is None and not window.first_page:
        return
    refs = list(window.property_refs)
    first_page = window.first_page
    if position.property_ref in refs:
        refs = refs[refs.index(position.property_ref) :]
        first_page = max(position.page + 1 - PAGES_AGAIN, 0)
    _store(
        connection,
        unfinished={
            "property_refs": refs,
            "changed_since": window.changed_since.isoformat() if window.changed_since else None,
            "now": window.now.isoformat(),
            "first_page": first_page,
        },
        # What came before the cut is done; what is left must not be taken for read.
        done={ref: window.now.isoformat() for ref in window.property_refs if ref not in refs},
    )


def _remember_done(connection: Connection, window: PullWindow) -> None:
    _store(connection, unfinished=None, done={ref: window.now.isoformat() for ref in window.property_refs})


def _store(connection: Connection, *, unfinished: dict[str, Any] | None, done: dict[str, str]) -> None:
    cursor = {**connection.cursor, "properties": {**connection.cursor.get("properties", {}), **done}}
    cursor.pop("unfinished", None)
    if unfinished:
        cursor["unfinished"] = unfinished
    Connection.objects.filter(pk=connection.pk).update(cursor=cursor)
    connection.cursor = cursor


def read_pages(run: SyncRun, held: Held, pages: Iterable[Page], position: Position) -> None:
    """Take in ``pages`` as they come, a few at a time, and note in ``position`` how far it went."""
    gathered: list[Page] = []
    expected_before = run.expected or 0
    expected: dict[str | None, int] = {}
    for page in pages:
        gathered.append(page)
        expected[page.property_ref] = max(page.total or 0, expected.get(page.property_ref, 0))
        run.expected = expected_before + sum(expected.values()) or None
        if sum(p.items for p in gathered) >= GATHER:
            _take(run, held, gathered, position)
            gathered = []
    if gathered:
        _take(run, held, gathered, position)


def _take(run: SyncRun, held: Held, pages: list[Page], position: Position) -> None:
    """Store pages like anything else that arrives, then take them in here: the worker is at it already.

    A page whose every item is as it was is only counted: what it says was stored when it came first.
    """
    held.renew()
    read = page_reader(run.connection)
    now = timezone.now()
    tally = Tally()
    messages: list[InboxMessage] = []
    results: list[ReadResult | None] = []
    for number, page in enumerate(pages, start=run.pages):
        result = read(page.body)
        if result is not None and not (result.records or result.errors or result.fetch or result.ignored):
            tally.seen += result.unchanged
            tally.unchanged += result.unchanged
            continue
        body = without_cards(page.body)
        if body != page.body:
            result = read(body)
        message = new_message(
            provider=run.connection.provider,
            kind=MessageKind.POLL,
            body=body,
            dedupe_key=f"run:{run.pk}:{number}",
            connection_id=run.connection_id,
            hotel_id=run.hotel_id,
            property_ref=page.property_ref or "",
            run=run,
        )
        message.attempts, message.leased_until = 1, now + CLAIM
        messages.append(message)
        results.append(result)
    tallies = [tally]
    if messages:
        InboxMessage.objects.bulk_create(messages)
        by_id = {message.pk: result for message, result in zip(messages, results, strict=True)}
        tallies.append(process(run.connection, messages, run=run, results=by_id))
    position.property_ref, position.page = pages[-1].property_ref, pages[-1].number
    run.pages += len(pages)
    for counter in fields(Tally):
        added = sum(getattr(part, counter.name) for part in tallies)
        setattr(run, counter.name, getattr(run, counter.name) + added)
    run.save(update_fields=["pages", "expected", *(counter.name for counter in fields(Tally))])
