"""The door through which every booking enters, whoever tells of it.

:func:`take_in` takes a batch of records in one transaction with a number of statements that does not grow with the
batch. It is idempotent, and any order of deliveries ends in the same rows: each source keeps its newest telling
(:mod:`reservations.sources`), a booking is what its sources say together (:mod:`reservations.merge`), and who holds a
contested room is decided from the stays alone (:mod:`reservations.nights`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from reservations import nights
from reservations.bookings import BookingWriter
from reservations.change_log import Cause, Change, write_history
from reservations.choices import StayStatus
from reservations.following import tell_stays_changed
from reservations.locks import lock_hotel
from reservations.merge import Telling, booking_key, merge
from reservations.models import LedgerEntry, Reservation, ReservationChange, ReservationSource, Stay
from reservations.places import Placer
from reservations.records import ReservationRecord
from reservations.sources import SourceRef, absorb, effective_record, new_source


@dataclass(slots=True)
class IntakeResult:
    """What a batch did. ``changes`` holds one entry per booking that is new or different now."""

    unchanged: int = 0
    changes: list[Change] = field(default_factory=list)
    #: Stays that lost (True) or got back (False) their room because another stay holds it.
    overbooked: dict[int, bool] = field(default_factory=dict)
    #: Conflicts that the batch opened, by id.
    conflicts: tuple[int, ...] = ()
    #: (connection, external property, room at the other side) that stays name and nobody has mapped.
    unmapped: set[tuple[int, str, str]] = field(default_factory=set)
    #: External ids whose status is not understood now.
    unknown_status: list[str] = field(default_factory=list)


@transaction.atomic
def take_in(
    *,
    hotel_id: int,
    source: SourceRef,
    records: Sequence[ReservationRecord],
    place: Placer,
    now: datetime,
    digests: Mapping[str, str] | None = None,
    message_ids: Mapping[str, int] | None = None,
    user_id: int | None = None,
) -> IntakeResult:
    """Store a batch of records that one connection told, and say what it changed.

    ``user_id`` is the person who typed them in, for bookings made at the desk.

    ``digests`` are the digests of the raw items and ``message_ids`` the messages they came in, both by external id.
    A record that teaches nothing new writes nothing but a changed digest. Events are sent before the transaction
    ends; callers acknowledge to the outside only after it has.
    """
    lock_hotel(hotel_id)
    digests, message_ids = digests or {}, message_ids or {}
    result = IntakeResult()
    by_id: dict[str, list[ReservationRecord]] = {}
    for record in records:
        by_id.setdefault(record.external_id, []).append(record)

    known = {
        row.external_id: row
        for row in ReservationSource.objects.filter(
            connection_id=source.connection_id, external_id__in=list(by_id)
        )
    }
    learned: list[ReservationSource] = []
    in_memory: dict[str, ReservationRecord] = {}
    reread: list[ReservationSource] = []
    for external_id, tellings in by_id.items():
        row = known.get(external_id) or new_source(
            hotel_id=hotel_id, ref=source, external_id=external_id, now=now
        )
        # A list, not any(): every telling of the batch must be absorbed.
        news = [absorb(row, record) for record in tellings]
        digest = digests.get(external_id, row.raw_digest)
        if any(news):
            row.raw_digest = digest
            row.received_at = now
            row.rank = source.rank
            row.message_id = message_ids.get(external_id, row.message_id)
            learned.append(row)
            newest = tellings[-1]
            if news[-1] and newest.stays and newest.version == row.version:
                in_memory[external_id] = newest
        else:
            result.unchanged += 1
            if digest != row.raw_digest:
                row.raw_digest = digest
                reread.append(row)
    if reread:
        ReservationSource.objects.bulk_update(reread, ["raw_digest"])
    if learned:
        cause = Cause(now, user_id, source.connection_id, source.provider)
        _write(hotel_id, learned, in_memory, place, cause, result)
    return result


@transaction.atomic
def place_again(
    *, hotel_id: int, reservation_ids: Iterable[int], place: Placer, now: datetime, user_id: int | None = None
) -> IntakeResult:
    """Recompute bookings from what their sources last said, with today's mapping of rooms. Idempotent."""
    lock_hotel(hotel_id)
    result = IntakeResult()
    rows = list(ReservationSource.objects.filter(hotel_id=hotel_id, reservation_id__in=list(reservation_ids)))
    if rows:
        _write(hotel_id, rows, {}, place, Cause(now, user_id), result, sources_changed=False)
    return result


def _write(
    hotel_id: int,
    learned: list[ReservationSource],
    in_memory: Mapping[str, ReservationRecord],
    place: Placer,
    cause: Cause,
    result: IntakeResult,
    *,
    sources_changed: bool = True,
) -> None:
    records = {
        id(row): effective_record(row, in_memory.get(row.external_id) if sources_changed else None)
        for row in learned
    }
    keys = {id(row): booking_key(row.connection_id, records[id(row)]) for row in learned}
    wanted = set(keys.values())
    old_ids = {row.reservation_id for row in learned if row.reservation_id}
    told = Reservation.objects.select_related("booker")
    by_key = {r.booking_key: r for r in told.filter(hotel_id=hotel_id, booking_key__in=wanted)}
    by_pk = {r.pk: r for r in by_key.values()}
    missing = old_ids - by_pk.keys()
    if missing:
        by_pk.update({r.pk: r for r in told.filter(pk__in=missing)})

    # Every other source of a touched booking speaks too.
    others: list[ReservationSource] = []
    if by_pk:
        own = {row.pk for row in learned if row.pk}
        others = [
            row
            for row in ReservationSource.objects.filter(reservation_id__in=list(by_pk))
            if row.pk not in own
        ]
    writer = BookingWriter(hotel_id=hotel_id, cause=cause, place=place)
    groups: dict[str, list[ReservationSource]] = {}
    for row in learned:
        groups.setdefault(keys[id(row)], []).append(row)
    abandoned, renamed = _regroup(learned, others, keys, by_key, by_pk, groups)

    bookings: list[tuple[Reservation, list[ReservationSource]]] = []
    for key, rows in groups.items():
        reservation = by_key.get(key) or Reservation(hotel_id=hotel_id, booking_key=key)
        tellings = [
            Telling(row.connection_id, row.rank, records.get(id(row)) or effective_record(row))
            for row in rows
        ]
        bookings.append((reservation, rows))
        writer.add(reservation, merge(tellings), renamed=reservation.pk in renamed)
        for row in rows:
            is_news = id(row) in records and row.content["status"] == StayStatus.UNKNOWN
            if row.connection_id == cause.connection_id and (is_news or not row.known_status):
                result.unknown_status.append(row.external_id)
    if abandoned:
        writer.forget(abandoned)
    writer.write_bookings()

    for reservation, rows in bookings:
        for row in rows:
            row.reservation_id = reservation.pk
    if sources_changed:
        _save_sources([row for _, rows in bookings for row in rows if id(row) in records])

    touched = writer.write_stays()
    settled = nights.write(hotel_id=hotel_id, touched=touched, now=cause.at)
    result.overbooked = settled.flipped
    result.changes = write_history(hotel_id=hotel_id, cause=cause, bookings=writer.bookings, settled=settled)
    result.unmapped = touched.unmapped
    result.conflicts = tell_stays_changed(hotel_id=hotel_id, touched=touched, settled=settled, cause=cause)
    # Only now: whoever listens still finds the stays that went, as cancelled ones.
    if touched.dropped:
        Stay.objects.filter(pk__in=[stay.pk for stay in touched.dropped]).delete()
    for old_id, heir in abandoned.items():
        ReservationChange.objects.filter(reservation_id=old_id).update(reservation_id=heir.reservation_id)
        LedgerEntry.objects.filter(reservation_id=old_id).update(reservation_id=heir.reservation_id)
        Reservation.objects.filter(pk=old_id).delete()


def _regroup(
    learned: list[ReservationSource],
    others: list[ReservationSource],
    keys: dict[int, str],
    by_key: dict[str, Reservation],
    by_pk: dict[int, Reservation],
    groups: dict[str, list[ReservationSource]],
) -> tuple[dict[int, ReservationSource], set[int]]:
    """Join the silent sources to their bookings, and move a source whose booking has another key now.

    Returns bookings that nobody tells of any more (old reservation id -> the source that left it last), and the ids
    of those that keep their row under another key.
    """
    leaving: dict[int, list[ReservationSource]] = {}
    for row in learned:
        if row.reservation_id and by_pk[row.reservation_id].booking_key != keys[id(row)]:
            leaving.setdefault(row.reservation_id, []).append(row)
    staying: dict[int, list[ReservationSource]] = {}
    for row in others:
        staying.setdefault(row.reservation_id, []).append(row)
    stays_put = {row.reservation_id for row in learned if row.reservation_id} - leaving.keys()
    abandoned: dict[int, ReservationSource] = {}
    renamed: set[int] = set()
    for old_id, rows in leaving.items():
        old, new_key = by_pk[old_id], keys[id(rows[0])]
        if old_id in staying or old_id in stays_put:
            groups.setdefault(old.booking_key, [])
            by_key.setdefault(old.booking_key, old)
        elif new_key not in by_key:
            # Nobody else tells of it: the booking itself gets the better key and keeps its history.
            by_key.pop(old.booking_key, None)
            old.booking_key = new_key
            by_key[new_key] = old
            renamed.add(old_id)
        else:
            abandoned[old_id] = rows[0]
    for reservation_id, rows in staying.items():
        groups.setdefault(by_pk[reservation_id].booking_key, []).extend(rows)
    return abandoned, renamed


def _save_sources(rows: list[ReservationSource]) -> None:
    new = [row for row in rows if row.pk is None]
    old = [row for row in rows if row.pk is not None]
    if new:
        ReservationSource.objects.bulk_create(new)
    if old:
        ReservationSource.objects.bulk_create(
            old,
            update_conflicts=True,
            unique_fields=("id",),
            update_fields=(
                "reservation",
                "rank",
                "version",
                "known_status",
                "known_status_version",
                "content",
                "raw_digest",
                "message_id",
                "received_at",
            ),
        )
