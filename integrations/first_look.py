"""Before a room's first numbers go out: what does the other side sell there now?

A calendar may hold nights that somebody closed by hand. No booking tells of them, so the calendar is read once before
it is written for the first time; what is done about such nights is in :mod:`integrations.held_nights`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from integrations.attempts import attempt
from integrations.contracts import Capability, Offer
from integrations.errors import IntegrationError, Missing, Rejected
from integrations.http import ProviderSession
from integrations.models import AvailabilityState, Connection, RoomMapping
from integrations.outbox import ahead, lock_nights
from integrations.registry import can, get_provider


def rooms_to_look_at(connection: Connection, rows: Iterable[AvailabilityState]) -> list[RoomMapping]:
    """The rooms of ``rows`` whose calendar there was neither written nor read so far. At most two queries."""
    if not can(connection.provider, Capability.READ_OFFERS):
        return []
    rooms = {
        row.room_mapping_id
        for row in rows
        if row.rate_mapping_id is None and row.accepted_at is None and row.read_at is None
    }
    if not rooms:
        return []
    nights = AvailabilityState.objects.filter(room_mapping__in=rooms, rate_mapping=None)
    known = (
        nights.exclude(accepted_at=None, read_at=None).values_list("room_mapping_id", flat=True).distinct()
    )
    return list(RoomMapping.objects.filter(pk__in=rooms - set(known)))


def look(
    connection: Connection, session: ProviderSession, rooms: Sequence[RoomMapping]
) -> IntegrationError | None:
    """Read the calendars of these rooms of one property and note what is on sale there; the error that hindered it.

    A calendar that the other side refuses to show counts as read: nothing is known of it, and writing it will tell.
    """
    found: list[Offer] = []
    first = timezone.localdate()
    refs = [room.external_ref for room in rooms]
    provider = get_provider(connection.provider)
    error = attempt(
        lambda: found.extend(
            provider.read_offers(session, rooms[0].property_ref, refs, first, first + ahead())
        )
    )
    if error is not None and not isinstance(error, Missing | Rejected):
        return error
    _note(rooms, found)
    return None


def _note(rooms: Sequence[RoomMapping], offers: Iterable[Offer]) -> None:
    """Write down what was read; nights of which nothing was told are read, too."""
    of_ref = {room.external_ref: room.pk for room in rooms}
    told = {
        (of_ref[offer.room_ref], offer.date): offer.units
        for offer in offers
        if offer.rate_ref is None and offer.units is not None and offer.room_ref in of_ref
    }
    fresh = AvailabilityState.objects.filter(
        rate_mapping=None, room_mapping__in=rooms, accepted_at=None, read_at=None
    )
    with transaction.atomic():
        lock_nights(fresh)
        alike: dict[int, list[int]] = {}
        for pk, room, day in fresh.values_list("pk", "room_mapping_id", "date"):
            if (units := told.get((room, day))) is not None:
                alike.setdefault(units, []).append(pk)
        for units, nights in alike.items():
            fresh.filter(pk__in=nights).update(read_value={"units": units})
        fresh.update(read_at=timezone.now())
