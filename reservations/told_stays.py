"""What the sources of a booking say of one stay, whatever the desk has seen since."""

from __future__ import annotations

from reservations.merge import DesiredStay, Telling, merge
from reservations.models import ReservationSource, Stay
from reservations.sources import effective_record


def told_stay(head: Stay) -> DesiredStay | None:
    """The stay as its sources tell it together; None when none of them tells of it any more. One query."""
    rows = ReservationSource.objects.filter(reservation_id=head.reservation_id)
    tellings = [Telling(row.connection_id, row.rank, effective_record(row)) for row in rows]
    stays = merge(tellings).stays if tellings else ()
    return next((stay for stay in stays if stay.key == head.external_key), None)
