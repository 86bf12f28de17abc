"""Compares the other side's list of all its coming bookings with what it told of them before.

Nothing is put right here: such a list says less of a booking than its own message does, and a person has to see which
of the two holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone

from integrations.contracts import MessageKind, Page, ReadContext, ReadResult, UnreadablePayload
from integrations.journal import open_alert, resolve_alerts, write_log
from integrations.models import Connection, LogEntry
from integrations.registry import get_provider
from reservations.choices import StayStatus
from reservations.models import ReservationSource
from reservations.records import ReservationRecord
from reservations.sources import effective_record

DIFFER_ALERT = "bookings_differ"
#: So many bookings are named in the sentence.
NAMED = 10
#: The other side's day may have begun already: what ends so soon may be missing in its list by right.
MARGIN = timedelta(days=1)
#: Bookings that a list of coming ones need not name.
_NOT_COMING = frozenset({StayStatus.CANCELLED, StayStatus.INQUIRY, StayStatus.NO_SHOW})

#: Arrival, departure and room type of each room.
_Rooms = list[tuple[date, date, str]]


def compare_bookings(connection: Connection, page: Page) -> None:
    """Open, refresh or close the alert about bookings that ``page``, which lists all, tells otherwise than before."""
    property_ref = page.property_ref or ""
    try:
        # Whatever was known before, all of it is read: what differed yesterday may differ today.
        result: ReadResult = get_provider(connection.provider).read(
            page.body, ReadContext(kind=MessageKind.POLL)
        )
    except UnreadablePayload:
        return  # it is kept, and an alert tells of it
    different = sorted(_different(connection, property_ref, result))
    if not different:
        resolve_alerts(
            hotel_id=connection.hotel_id, code=DIFFER_ALERT, connection=connection, subject=property_ref
        )
        return
    refs = ", ".join([*different[:NAMED], *(["…"] if len(different) > NAMED else [])])
    fresh = open_alert(
        hotel_id=connection.hotel_id,
        code=DIFFER_ALERT,
        connection=connection,
        subject=property_ref,
        count=len(different),
        refs=refs,
    )
    if fresh:
        write_log(
            hotel_id=connection.hotel_id,
            code=DIFFER_ALERT,
            connection=connection,
            level=LogEntry.Level.WARNING,
            count=len(different),
            refs=refs,
        )


def _different(connection: Connection, property_ref: str, result: ReadResult) -> Iterator[str]:
    """The numbers of bookings whose rooms differ, and of those that only one side has."""
    listed = {record.external_id: _rooms(record) for record in result.records}
    unread = {problem.external_id for problem in result.errors}
    missing = set(listed)
    first = timezone.localdate() + MARGIN
    sources = ReservationSource.objects.filter(
        Q(external_id__in=list(listed)) | Q(reservation__departure__gt=first),
        hotel_id=connection.hotel_id,
        connection_id=connection.pk,
    )
    for source in sources.iterator(chunk_size=500):
        known = effective_record(source)
        rooms, is_listed = _rooms(known), known.external_id in listed
        missing.discard(known.external_id)
        if is_listed and rooms != listed[known.external_id]:
            yield known.external_id
        is_expected = known.property_ref == property_ref and known.external_id not in unread
        if not is_listed and is_expected and any(departure > first for _, departure, _ in rooms):
            yield known.external_id
    yield from missing


def _rooms(record: ReservationRecord) -> _Rooms:
    return sorted(
        (stay.arrival, stay.departure, stay.room_type_ref or "")
        for stay in record.stays
        if stay.status not in _NOT_COMING
    )
