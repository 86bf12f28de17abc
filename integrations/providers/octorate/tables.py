"""Octorate's words and ours: literal tables, each with an explicit way for what it does not name.

Sources are in README.md of this folder. Portal ids were seen in live use; the official specification names none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from reservations.choices import StayStatus

#: The three words that the reservation object declares, and those that only the search filter lists. Filter words
#: say nothing of a booking's life (NEWMESSAGE: an unread message), so they are not in the table: unknown.
STATUSES: Mapping[str, StayStatus] = MappingProxyType(
    {
        "CONFIRMED": StayStatus.CONFIRMED,
        "CANCELLED": StayStatus.CANCELLED,
        # GUESS: "waiting" is not explained; holding the room is the safe side.
        "WAITING": StayStatus.PENDING,
        "COMPLETED": StayStatus.CONFIRMED,
        # GUESS: a quote or a booking to check holds no room yet.
        "PROPOSAL": StayStatus.INQUIRY,
        "PROPOSAL_EXPIRED": StayStatus.INQUIRY,
        "TO_REVIEW": StayStatus.INQUIRY,
    }
)

CHANNELS: Mapping[str, str] = MappingProxyType(
    {
        "2": "booking_com",
        "142": "booking_com",
        "274": "airbnb",
        "4": "expedia",
        "271": "agoda",
        "235": "vrbo",
        "16": "lastminute",
        "157": "hostelworld",
        "22": "google_calendar",
        "233": "direct",
        "270": "direct",
        "272": "direct",
        "288": "test",
    }
)

#: Names of portals, as slugs, that are ours under another word. Used when the portal's id says nothing.
CHANNEL_NAMES: Mapping[str, str] = MappingProxyType(
    {"booking": "booking_com", "octorate": "direct", "webbooking": "direct"}
)

RESERVATION_EVENTS = (
    "RESERVATION_CREATED",
    "RESERVATION_CHANGE",
    "RESERVATION_CANCELLED",
    "RESERVATION_CONFIRMED",
)

#: GUESS: event words that circulate in notes of people who never called the API, with the status that each implies
#: when the message itself names none. No source of Octorate's own shows them.
HEARSAY_EVENTS: Mapping[str, str | None] = MappingProxyType(
    {
        "reservation.created": None,
        "reservation.modified": None,
        "reservation.updated": None,
        "reservation.confirmed": "CONFIRMED",
        "reservation.cancelled": "CANCELLED",
        "reservation.canceled": "CANCELLED",
    }
)

#: Parts of ``priceBreakdown`` that are the room's own price in another form, or that the guest does not pay.
ROOM_PRICE_PARTS = frozenset({"DAILY_ROOM_PRICE", "ROOM_NET", "VAT", "COMMISSION"})

_NOT_A_SLUG = re.compile(r"[^a-z0-9]+")


def status_of(word: str) -> StayStatus:
    """Our status for Octorate's ``word``; ``UNKNOWN`` for every word that is not in the table."""
    return STATUSES.get(word.upper(), StayStatus.UNKNOWN)


def channel_of(channel_id: str | None, channel_name: str | None) -> str | None:
    """Our slug of the portal: by its id, else its name as a slug of at most 40 characters, else None."""
    if channel_id is not None and channel_id in CHANNELS:
        return CHANNELS[channel_id]
    slug = _NOT_A_SLUG.sub("_", (channel_name or "").lower()).strip("_")[:40].strip("_")
    return CHANNEL_NAMES.get(slug, slug) or None
