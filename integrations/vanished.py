"""Bookings that the other side has no more though it never said that they were cancelled.

A booking that is deleted there is told by nothing: it is missing from every list. Nothing is cancelled here for that;
a person is told and decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.utils import timezone

from integrations.attempts import attempt
from integrations.contracts import Capability, Hint
from integrations.http import ProviderSession, session_for
from integrations.journal import open_alert, resolve_alerts, write_log
from integrations.models import Alert, Connection, LogEntry
from integrations.registry import can, get_provider
from reservations.choices import StayStatus
from reservations.models import ReservationSource

VANISHED_ALERT = "booking_vanished"
#: Departures of so many days ahead are looked at.
REACH = timedelta(days=30)
#: The other side's list is read for a day more on both sides: its days are not ours everywhere.
MARGIN = timedelta(days=1)
#: So many bookings at most are asked for one by one; that many more will be asked for tomorrow.
MOST_ASKED = 50

#: Bookings whose end here or there changes nothing.
_NOT_COMING = (StayStatus.CANCELLED, StayStatus.INQUIRY, StayStatus.NO_SHOW)


def look_for_vanished(connection: Connection) -> int:
    """How many bookings of the next days the other side has no more; each has an alert, closed when it is over.

    Nothing is said when the other side cannot be read: a pull tells of that.
    """
    if not can(connection.provider, Capability.LIST_DEPARTURES):
        return 0
    first = timezone.localdate()
    gone: list[ReservationSource] = []
    with session_for(connection) as session:
        error = attempt(lambda: gone.extend(_vanished(connection, session, first, first + REACH)))
    if error is not None:
        return 0
    for source in gone:
        _tell(connection, source)
    _settle(connection, {source.external_id for source in gone})
    return len(gone)


def _vanished(
    connection: Connection, session: ProviderSession, first: date, last: date
) -> Iterator[ReservationSource]:
    provider = get_provider(connection.provider)
    listed = set(provider.list_departures(session, first - MARGIN, last + MARGIN))
    known = (
        ReservationSource.objects.filter(
            hotel_id=connection.hotel_id,
            connection_id=connection.pk,
            reservation__departure__gte=first,
            reservation__departure__lt=last,
        )
        .exclude(reservation__status__in=_NOT_COMING)
        .select_related("reservation__booker")
        .defer("content")
        .order_by("reservation__departure", "pk")
    )
    missing = [source for source in known if source.external_id not in listed]
    for source in missing[:MOST_ASKED]:
        # It may only have moved out of the list's days meanwhile.
        hint = Hint("reservation", source.external_id)
        if not any(provider.fetch_reservations(session, [hint])):
            yield source


def _tell(connection: Connection, source: ReservationSource) -> None:
    booking = source.reservation
    facts = {
        "ref": booking.channel_ref or source.external_id,
        "guest": booking.booker.name if booking.booker else "—",
        "arrival": str(booking.arrival or "—"),
        "departure": str(booking.departure or "—"),
    }
    fresh = open_alert(
        hotel_id=connection.hotel_id,
        code=VANISHED_ALERT,
        connection=connection,
        subject=source.external_id,
        reservation_id=booking.pk,
        **facts,
    )
    if fresh:
        write_log(
            hotel_id=connection.hotel_id,
            code=VANISHED_ALERT,
            connection=connection,
            level=LogEntry.Level.WARNING,
            reservation_id=booking.pk,
            **facts,
        )


def _settle(connection: Connection, gone: Iterable[str]) -> None:
    still = {f"{connection.pk}:{external_id}" for external_id in gone}
    told = Alert.objects.filter(connection=connection, code=VANISHED_ALERT, resolved_at=None)
    for subject in told.values_list("subject", flat=True):
        if subject not in still:
            resolve_alerts(
                hotel_id=connection.hotel_id,
                code=VANISHED_ALERT,
                connection=connection,
                subject=subject.partition(":")[2],
            )
