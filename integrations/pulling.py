"""What a run reads: which properties, since when, page by page; and where it goes on when it was cut short."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from integrations.bookings_compared import compare_bookings
from integrations.closed_properties import settle_closed, tell_closed
from integrations.contracts import Capability, MessageKind, Page, PullWindow, ReadResult, Taken
from integrations.errors import IntegrationError, NeedsReconnect, PropertyClosed, RateLimited
from integrations.http import ProviderSession, session_for
from integrations.inbox import CLAIM, new_message
from integrations.leases import Held
from integrations.models import Connection, InboxMessage, PropertyMapping, SyncRun
from integrations.outbox import queue_everything
from integrations.processing import Tally, page_reader, process
from integrations.redaction import without_cards
from integrations.registry import can, get_provider
from reservations.locks import lock_hotel

#: Items gathered from pages before they are taken in together: memory stays flat and transactions short.
GATHER = 400
#: A changed booking may be reported with a slightly older time than a page read just before it.
OVERLAP = timedelta(minutes=10)
#: A pull that goes on reads this many pages again: rows may have left the earlier pages meanwhile.
PAGES_AGAIN = 1
#: States of a message that was read and whose bookings were stored with it.
_READ = frozenset({InboxMessage.State.DONE, InboxMessage.State.IGNORED, InboxMessage.State.DEAD})


@dataclass(slots=True)
class Position:
    """The last page that was taken in, and the properties of which any was."""

    property_ref: str | None = None
    page: int = 0
    read: set[str | None] = field(default_factory=set)


def read_everything(run: SyncRun, held: Held) -> None:
    """Pull every mapped property; those that were never read start with a first import.

    The cursor moves on after each window that was read to its end. A window that was cut short is remembered with
    its place, so that a large import goes on there however often it must wait. A property that the account does not
    open any more keeps its cursor: once it is opened again, its changes are read from there on. What could not be
    acknowledged is read and stored all the same: its error is raised at the end.
    """
    connection = run.connection
    provider = get_provider(connection.provider)
    closed: set[str] = set()
    failure: IntegrationError | None = None
    with session_for(connection) as session:
        for window in _windows(run):
            position = Position()
            try:
                acknowledge = partial(_acknowledge, session) if _acknowledges(connection) else None
                pages = _open_pages(provider.pull_reservations(session, window), closed)
                failure = read_pages(run, held, pages, position, acknowledge) or failure
            except Exception:
                _remember_unfinished(connection, window, position)
                raise
            finally:
                tell_closed(connection, closed & set(window.property_refs))
            _remember_done(connection, window, closed)
    settle_closed(connection, closed)
    if failure is not None:
        raise failure


def _open_pages(pages: Iterable[Page], closed: set[str]) -> Iterator[Page]:
    """``pages``; the properties that are closed are told after the pages of the others, and noted in ``closed``."""
    try:
        yield from pages
    except PropertyClosed as error:
        closed.update(error.property_refs)


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
    # Mostly one; what was not opened for a while has an older moment, from which the others need not be read.
    for since in sorted(set(known.values())):
        yield PullWindow(
            sorted(ref for ref, moment in known.items() if moment == since), since - OVERLAP, now, zones
        )


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
        # What came before the cut is done; what is left, or was refused, must not be taken for read.
        done={
            ref: window.now.isoformat()
            for ref in window.property_refs
            if ref in position.read and ref not in refs
        },
    )


def _remember_done(connection: Connection, window: PullWindow, closed: set[str]) -> None:
    done = {ref: window.now.isoformat() for ref in window.property_refs if ref not in closed}
    _store(connection, unfinished=None, done=done)


def _store(connection: Connection, *, unfinished: dict[str, Any] | None, done: dict[str, str]) -> None:
    known = connection.cursor.get("properties", {})
    cursor = {**connection.cursor, "properties": {**known, **done}}
    cursor.pop("unfinished", None)
    if unfinished:
        cursor["unfinished"] = unfinished
    Connection.objects.filter(pk=connection.pk).update(cursor=cursor)
    connection.cursor = cursor
    if fresh := done.keys() - known.keys():
        # From now on its numbers are right, so they may be told.
        with transaction.atomic():
            lock_hotel(connection.hotel_id)
            queue_everything(connection, property_refs=fresh)


def _acknowledges(connection: Connection) -> bool:
    return can(connection.provider, Capability.ACKNOWLEDGE)


def _acknowledge(session: ProviderSession, taken: Taken) -> None:
    if taken.stored or taken.refused:
        get_provider(session.provider).acknowledge(session, taken)


def read_pages(
    run: SyncRun,
    held: Held,
    pages: Iterable[Page],
    position: Position,
    acknowledge: Callable[[Taken], None] | None = None,
) -> IntegrationError | None:
    """Take in ``pages`` as they come, a few at a time, and note in ``position`` how far it went.

    A page that waits for an acknowledgement is taken in alone, and acknowledged once that is committed. An
    acknowledgement that fails keeps no other page from being read; the first such error is returned.
    """
    failure: IntegrationError | None = None
    gathered: list[Page] = []
    expected_before = run.expected or 0
    expected: dict[str | None, int] = {}
    for page in pages:
        gathered.append(page)
        expected[page.property_ref] = max(page.total or 0, expected.get(page.property_ref, 0))
        run.expected = expected_before + sum(expected.values()) or None
        if page.queue or sum(p.items for p in gathered) >= GATHER:
            taken = _take(run, held, gathered, position)
            gathered = []
            if acknowledge is not None and page.queue:
                try:
                    acknowledge(taken[-1])
                except (NeedsReconnect, RateLimited):
                    raise
                except IntegrationError as error:
                    failure = failure or error
        if page.lists_all:
            if gathered:
                _take(run, held, gathered, position)
                gathered = []
            compare_bookings(run.connection, page)
    if gathered:
        _take(run, held, gathered, position)
    return failure


def _take(run: SyncRun, held: Held, pages: list[Page], position: Position) -> list[Taken]:
    """Store pages like anything else that arrives, then take them in here: the worker is at it already.

    A page whose every item is as it was is only counted: what it says was stored when it came first. So is a page
    that is known by its key, because the other side repeats it until somebody has put right what is wrong with it.
    Says of every page what of it is safely stored.
    """
    held.keep()
    read = page_reader(run.connection)
    now = timezone.now()
    tally = Tally()
    messages: list[InboxMessage] = []
    results: list[ReadResult | None] = []
    message_of: dict[int, InboxMessage] = {}
    known = _known_pages(run.connection, pages)
    for number, page in enumerate(pages, start=run.pages):
        result = read(page.body)
        if page.key in known and result is not None and not result.records:
            tally.seen += result.unchanged + len(result.errors)
            tally.unchanged += result.unchanged
            tally.failed += len(result.errors)
            results.append(result)
            continue
        if result is not None and not (result.records or result.errors or result.fetch or result.ignored):
            tally.seen += result.unchanged
            tally.unchanged += result.unchanged
            results.append(result)
            continue
        body = without_cards(page.body)
        if body != page.body:
            result = read(body)
        message = new_message(
            provider=run.connection.provider,
            kind=MessageKind.POLL,
            body=body,
            dedupe_key=_page_key(page) if page.key and page.key not in known else f"run:{run.pk}:{number}",
            connection_id=run.connection_id,
            hotel_id=run.hotel_id,
            property_ref=page.property_ref or "",
            run=run,
        )
        message.attempts, message.leased_until = 1, now + CLAIM
        message_of[len(results)] = message
        messages.append(message)
        results.append(result)
    tallies = [tally]
    if messages:
        InboxMessage.objects.bulk_create(messages)
        by_id = {message.pk: results[place] for place, message in message_of.items()}
        tallies.append(process(run.connection, messages, run=run, results=by_id))
    position.property_ref, position.page = pages[-1].property_ref, pages[-1].number
    position.read.update(page.property_ref for page in pages)
    run.pages += len(pages)
    for counter in fields(Tally):
        added = sum(getattr(part, counter.name) for part in tallies)
        setattr(run, counter.name, getattr(run, counter.name) + added)
    run.save(update_fields=["pages", "expected", *(counter.name for counter in fields(Tally))])
    return [_taken(page, results[place], message_of.get(place)) for place, page in enumerate(pages)]


def _page_key(page: Page) -> str:
    return f"page:{page.queue}:{page.key}"


def _known_pages(connection: Connection, pages: list[Page]) -> set[str]:
    """The keys of ``pages`` under which the inbox has a page of this connection already."""
    keys = {f"{connection.pk}:{_page_key(page)}"[:120]: page.key for page in pages if page.key}
    if not keys:
        return set()
    stored = InboxMessage.objects.filter(provider=connection.provider, dedupe_key__in=list(keys))
    stored.update(duplicates=F("duplicates") + 1)
    return {keys[key] for key in stored.values_list("dedupe_key", flat=True)}


def _taken(page: Page, result: ReadResult | None, message: InboxMessage | None) -> Taken:
    """What of ``page`` is in the database. A message that failed for a reason of ours is read again: not yet."""
    if result is None or (message is not None and message.state not in _READ):
        return Taken(page, ())
    stored = [*(record.external_id for record in result.records), *result.unchanged_ids]
    return Taken(page, tuple(dict.fromkeys(stored)), tuple(result.errors))
