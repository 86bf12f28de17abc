"""What channels had been told when two bookings met, asked of other apps without this app knowing them.

An app registers its source in ``AppConfig.ready``. It is asked inside the transaction in which a conflict opens,
before anybody hears of the change that caused it, and its answer is kept with the conflict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class NightEvidence:
    """One night as a channel knew it: the rooms left that it had taken, and when."""

    date: date
    units: int | None = None
    queued_at: datetime | None = None
    sent_at: datetime | None = None
    accepted_at: datetime | None = None
    #: What it was found to sell when it was last looked at, if ever.
    read_units: int | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelEvidence:
    """What one connection that sells the rooms knew. ``is_told`` is False for those that only give or read a feed."""

    connection_id: int
    name: str
    provider: str
    is_told: bool
    #: How many of its products sell these rooms.
    products: int = 1
    #: What was sold before this, it could not have been told of.
    connected_at: datetime | None = None
    nights: tuple[NightEvidence, ...] = ()


#: Called with hotel id, room type id, room id (or None for the whole type), first and last night (half-open).
EvidenceSource = Callable[[int, int, int | None, date, date], list[ChannelEvidence]]

_sources: list[EvidenceSource] = []


def register_evidence(source: EvidenceSource) -> None:
    """Have ``source`` asked for every conflict that opens; registering twice changes nothing."""
    if source not in _sources:
        _sources.append(source)


def gather(
    hotel_id: int, room_type_id: int, room_id: int | None, first: date, last: date
) -> list[ChannelEvidence]:
    """What every channel that sells these rooms had been told of the nights from ``first`` up to ``last``."""
    return [found for source in _sources for found in source(hotel_id, room_type_id, room_id, first, last)]


def to_content(evidence: list[ChannelEvidence]) -> list[dict[str, Any]]:
    """``evidence`` as it is stored: dates and instants as ISO text."""
    return [
        {
            **asdict(channel),
            "connected_at": channel.connected_at.isoformat() if channel.connected_at else None,
            "nights": [
                {
                    name: value.isoformat() if isinstance(value, date) else value
                    for name, value in asdict(night).items()
                }
                for night in channel.nights
            ],
        }
        for channel in evidence
    ]


def from_content(content: list[dict[str, Any]]) -> list[ChannelEvidence]:
    """What :func:`to_content` stored."""
    return [
        ChannelEvidence(
            **{name: value for name, value in channel.items() if name not in ("connected_at", "nights")},
            connected_at=_instant(channel.get("connected_at")),
            nights=tuple(
                NightEvidence(
                    date=date.fromisoformat(night["date"]),
                    units=night["units"],
                    read_units=night["read_units"],
                    **{
                        name: _instant(night[name])
                        for name in ("queued_at", "sent_at", "accepted_at", "read_at")
                    },
                )
                for night in channel["nights"]
            ),
        )
        for channel in content
    ]


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
