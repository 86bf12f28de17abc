"""What every connection had been told of contested nights, for the page that explains a conflict."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from integrations.catalogue import ROOM_TYPE
from integrations.contracts import Capability
from integrations.models import AvailabilityState, ConnectionStatus, RoomMapping
from integrations.registry import can
from reservations.evidence import ChannelEvidence, NightEvidence


def channel_evidence(
    hotel_id: int, room_type_id: int, room_id: int | None, first: date, last: date
) -> list[ChannelEvidence]:
    """One entry for each connection that sells rooms of the type, or this very room. Two statements."""
    products = RoomMapping.objects.filter(hotel_id=hotel_id, external_kind=ROOM_TYPE).exclude(
        connection__status=ConnectionStatus.DISCONNECTED
    )
    of_type = products.filter(room_type_id=room_type_id)
    of_room = (
        products.filter(room_id=room_id) if room_id else products.filter(room__room_type_id=room_type_id)
    )
    sells: dict[int, int] = {}
    known: dict[int, tuple[str, str, datetime]] = {}
    for pk, connection_id, name, provider, connected_at in (of_type | of_room).values_list(
        "pk", "connection_id", "connection__name", "connection__provider", "connection__created_at"
    ):
        sells[pk] = connection_id
        known[connection_id] = (name, provider, connected_at)
    nights: dict[int, dict[date, NightEvidence]] = {}
    states = AvailabilityState.objects.filter(
        room_mapping_id__in=sells, rate_mapping__isnull=True, date__gte=first, date__lt=last
    )
    for state in states.order_by("date"):
        mine = nights.setdefault(sells[state.room_mapping_id], {})
        mine[state.date] = _highest(mine.get(state.date), state)
    return [
        ChannelEvidence(
            connection_id=connection_id,
            name=name,
            provider=provider,
            is_told=can(provider, Capability.PUSH_OFFERS),
            products=sum(1 for seller in sells.values() if seller == connection_id),
            connected_at=connected_at,
            nights=tuple(nights.get(connection_id, {}).values()),
        )
        for connection_id, (name, provider, connected_at) in sorted(
            known.items(), key=lambda one: (one[1], one[0])
        )
    ]


def _highest(found: NightEvidence | None, state: AvailabilityState) -> NightEvidence:
    """Of several products of one channel, the one with most rooms left says what it could still sell."""
    night = NightEvidence(
        date=state.date,
        units=_units(state.accepted),
        queued_at=state.queued_at,
        sent_at=state.sent_at,
        accepted_at=state.accepted_at,
        read_units=_units(state.read_value),
        read_at=state.read_at,
    )
    if found is not None and (found.units or 0) >= (night.units or 0):
        return found
    return night


def _units(values: dict[str, Any]) -> int | None:
    units = values.get("units")
    return units if isinstance(units, int) else None
