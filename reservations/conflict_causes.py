"""Names how a stay came to have no place: pure, from when things were sold and what channels had been told.

What counts is when a booking was made, not when we heard of it: a channel that sold the last room seconds before our
number reached it did nothing wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reservations.choices import ConflictCause, ConflictKind
from reservations.evidence import ChannelEvidence

#: Two sales so close together could not be kept apart by anybody.
MOMENTS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sale:
    """One booking as its cause is judged: who sold it, under which product, and when."""

    connection_id: int | None
    product: str
    booked_at: datetime | None
    cancelled_at: datetime | None = None
    at_the_desk: bool = False


def name_cause(
    *,
    kind: ConflictKind,
    sale: Sale,
    rivals: Sequence[Sale],
    cancelled: Sequence[Sale] = (),
    evidence: Sequence[ChannelEvidence] = (),
) -> ConflictCause:
    """The first cause that fits ``sale``, the booking that has no place now.

    ``rivals`` hold the rooms; ``cancelled`` are bookings that gave them up on the same nights.
    """
    if kind == ConflictKind.ROOM_CLOSED:
        return ConflictCause.ROOM_WITHDRAWN
    if sale.at_the_desk:
        return ConflictCause.BOOKED_ANYWAY
    channel = next((one for one in evidence if one.connection_id == sale.connection_id), None)
    if channel is not None and sold_before_connecting(sale.booked_at, channel):
        return ConflictCause.UNKNOWN
    own = [rival for rival in rivals if rival.connection_id == sale.connection_id]
    if channel is not None and channel.products > 1 and any(r.product != sale.product for r in own):
        return ConflictCause.DOUBLE_MAPPING
    if channel is not None and not channel.is_told:
        return ConflictCause.FEED_LAG
    if _seconds_apart(sale, rivals):
        return ConflictCause.SECONDS_APART
    if channel is None or sale.booked_at is None:
        return ConflictCause.UNKNOWN
    return _of_the_channel(sale, sale.booked_at, channel, cancelled)


def sold_before_connecting(booked_at: datetime | None, channel: ChannelEvidence) -> bool:
    """Whether a booking is older than the connection to ``channel``, which therefore did nothing wrong."""
    if booked_at is None or channel.connected_at is None:
        return False
    return booked_at < channel.connected_at


def _seconds_apart(sale: Sale, rivals: Sequence[Sale]) -> bool:
    """Whether somebody took the last room within moments of this sale, at another place."""
    if sale.booked_at is None:
        return False
    return any(
        rival.booked_at is not None and abs(sale.booked_at - rival.booked_at) <= MOMENTS for rival in rivals
    )


def _of_the_channel(
    sale: Sale, booked_at: datetime, channel: ChannelEvidence, cancelled: Sequence[Sale]
) -> ConflictCause:
    closed = [
        night
        for night in channel.nights
        if night.units is not None
        and night.units <= 0
        and night.accepted_at is not None
        and night.accepted_at < booked_at
    ]
    if not closed:
        known = any(night.units is not None for night in channel.nights)
        return ConflictCause.LATE_PUSH if known else ConflictCause.UNKNOWN
    # It had taken that nothing is left, and sold all the same.
    if any(night.read_units for night in closed):
        return ConflictCause.EXTRANET_EDIT
    closed_at = min(night.accepted_at for night in closed if night.accepted_at)
    if any(
        one.connection_id == sale.connection_id
        and one.cancelled_at is not None
        and closed_at - MOMENTS <= one.cancelled_at <= booked_at
        for one in cancelled
    ):
        return ConflictCause.REOPENED
    return ConflictCause.EXTRANET_EDIT
