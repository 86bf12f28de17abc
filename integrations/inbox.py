"""Everything that arrives is stored here before it is read, and read from here until it is in the hotel's books.

A message is claimed for a while, read by the provider's pure code, completed by fetching what it only hints at, and
taken in; its state changes in the same transaction as the bookings. A worker that dies leaves a claim that runs out.
"""

from __future__ import annotations

import base64
import contextlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.db.models import F, Q
from django.utils import timezone

from integrations.contracts import MessageKind
from integrations.journal import resolve_alerts, write_log
from integrations.models import Connection, ConnectionStatus, InboxMessage, SyncRun
from integrations.nudges import nudge
from integrations.redaction import without_cards
from reservations.models import ReservationSource

log = structlog.get_logger(__name__)

State = InboxMessage.State

#: A claim that is not finished by then counts as abandoned.
CLAIM = timedelta(seconds=90)
#: Messages read together: one intake of a few hundred records stays well below a second.
GROUP = 40
MAX_ATTEMPTS = 8
PROCESS_TASK = "integrations.tasks.process_messages"


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a delivery: the stored row's id, or None when the same event was stored before."""

    message_id: int | None

    @property
    def duplicate(self) -> bool:
        return self.message_id is None


def receive(
    *,
    provider: str,
    kind: MessageKind,
    body: bytes,
    dedupe_key: str,
    connection_id: int | None,
    hotel_id: int | None,
    event: str = "",
    external_id: str = "",
    property_ref: str = "",
    again: bool = False,
) -> Received:
    """Store a delivery and have a worker read it. Once stored it is never lost; a repetition is only counted.

    With ``again`` a repetition is read once more, because what it points at may be another thing by now. Without a
    connection the message waits as *unrouted* until a connection knows its property or its booking; operators see it
    in the admin, and in the log of the program.
    """
    row = new_message(
        provider=provider,
        kind=kind,
        body=without_cards(body),
        dedupe_key=dedupe_key,
        connection_id=connection_id,
        hotel_id=hotel_id,
        event=event,
        external_id=external_id,
        property_ref=property_ref,
    )
    # One statement is a transaction by itself; only inside another one does it need a savepoint.
    guard = transaction.atomic() if database.in_atomic_block else contextlib.nullcontext()
    try:
        with guard:
            row.save(force_insert=True)
    except IntegrityError:
        same = InboxMessage.objects.filter(provider=provider, dedupe_key=row.dedupe_key)
        if not same.update(duplicates=F("duplicates") + 1):
            raise
        if again and connection_id is not None:
            _read_again(same.get(), row)
            nudge(PROCESS_TASK, connection_id)
        return Received(None)
    if connection_id is not None:
        nudge(PROCESS_TASK, connection_id)
    else:
        log.warning("delivery without a hotel", provider=provider, message_id=row.pk, about=row.event)
    return Received(row.pk)


def _read_again(first: InboxMessage, repetition: InboxMessage) -> None:
    """Have ``first`` read once more; while a worker is at it, which may have looked too early, ``repetition`` is."""
    now = timezone.now()
    idle = Q(leased_until=None) | Q(leased_until__lt=now)
    unread = {"state": State.RECEIVED, "attempts": 0, "not_before": None}
    if InboxMessage.objects.filter(idle, pk=first.pk).update(**unread):
        return
    repetition.dedupe_key = f"{repetition.dedupe_key[:100]}:{first.duplicates}"
    InboxMessage.objects.bulk_create([repetition], ignore_conflicts=True)


def new_message(
    *,
    provider: str,
    kind: MessageKind,
    body: bytes,
    dedupe_key: str,
    connection_id: int | None,
    hotel_id: int | None,
    event: str = "",
    external_id: str = "",
    property_ref: str = "",
    run: SyncRun | None = None,
) -> InboxMessage:
    """An unsaved message, encrypted when it is saved; the caller has taken card numbers out of ``body``."""
    return InboxMessage(
        hotel_id=hotel_id,
        connection_id=connection_id,
        provider=provider,
        kind=kind,
        event=event[:60],
        external_id=external_id[:120],
        property_ref=property_ref[:120],
        dedupe_key=f"{connection_id or '-'}:{dedupe_key}"[:120],
        body=packed(body),
        size=len(body),
        run=run,
        state=State.RECEIVED if connection_id else State.UNROUTED,
        received_at=timezone.now(),
    )


def packed(body: bytes) -> str:
    """``body`` as the text that the encrypted column holds; the inverse of :func:`body_of`."""
    return base64.b64encode(zlib.compress(body, 1)).decode("ascii")


def body_of(message: InboxMessage) -> bytes:
    """The bytes as they arrived."""
    return zlib.decompress(base64.b64decode(message.body))


def waiting(now: datetime) -> Any:
    """Messages that a worker may claim now: unread or failed before, not claimed, of a live connection."""
    return InboxMessage.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now),
        Q(leased_until=None) | Q(leased_until__lt=now),
        state__in=(State.RECEIVED, State.FAILED),
        connection__status__in=(ConnectionStatus.CONNECTED, ConnectionStatus.ERROR),
    )


def claim(connection_id: int, *, limit: int = GROUP) -> list[InboxMessage]:
    """The oldest waiting messages of one connection, now this worker's for :data:`CLAIM`."""
    now = timezone.now()
    with transaction.atomic():
        rows = list(
            waiting(now)
            .filter(connection_id=connection_id)
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("id")[:limit]
        )
        until = now + CLAIM
        InboxMessage.objects.filter(pk__in=[row.pk for row in rows]).update(
            leased_until=until, attempts=F("attempts") + 1
        )
    for row in rows:
        row.leased_until = until
        row.attempts += 1
    return rows


def connections_waiting(now: datetime) -> list[int]:
    """Connections with messages that a worker may claim now."""
    return list(waiting(now).values_list("connection_id", flat=True).distinct())


def route_unrouted(connection: Connection, property_refs: Iterable[str]) -> int:
    """How many messages that waited for a hotel belong to ``connection`` now: those that name one of these properties,
    and, of those that name none, those about a booking that it knows."""
    known = ReservationSource.objects.filter(connection_id=connection.pk).values("external_id")
    mine = Q(property_ref__in=list(property_refs)) | Q(property_ref="", external_id__in=known)
    with transaction.atomic():
        moved = InboxMessage.objects.filter(mine, provider=connection.provider, state=State.UNROUTED).update(
            connection=connection, hotel_id=connection.hotel_id, state=State.RECEIVED
        )
        if moved:
            nudge(PROCESS_TASK, connection.pk)
    return moved


def replay(*, message: InboxMessage, user: Any) -> None:
    """Have the stored message read again as if it had just come; keeps its key, so nothing is doubled."""
    if message.connection is None:
        return
    with transaction.atomic():
        InboxMessage.objects.filter(pk=message.pk).update(
            state=State.RECEIVED, attempts=0, not_before=None, leased_until=None, problems=[]
        )
        write_log(
            hotel_id=message.connection.hotel_id,
            code="message_replayed",
            connection=message.connection,
            message_id=message.pk,
            user=str(user),
        )
        nudge(PROCESS_TASK, message.connection.pk)


def settle_alert(connection: Connection) -> None:
    """Close the alert about failed messages when none is left."""
    bad = InboxMessage.objects.filter(connection=connection, state=State.DEAD).exists()
    if not bad:
        resolve_alerts(hotel_id=connection.hotel_id, code="messages_failed", connection=connection)
