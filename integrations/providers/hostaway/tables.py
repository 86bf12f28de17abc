"""Hostaway's words and ours: literal tables, each with an explicit way for what it does not name.

Sources are in README.md of this folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from reservations.choices import StayStatus

#: Keys are lower case. "unknown" is a word of theirs: an inquiry that failed. It is left out on purpose, so that what
#: was known before is kept.
STATUSES: Mapping[str, StayStatus] = MappingProxyType(
    {
        "new": StayStatus.CONFIRMED,
        "modified": StayStatus.CONFIRMED,
        "ownerstay": StayStatus.BLOCK,
        "awaitingpayment": StayStatus.PENDING,
        "awaitingguestverification": StayStatus.PENDING,
        # GUESS: whether a request holds the calendar is not written; holding the room is the safe side.
        "pending": StayStatus.PENDING,
        "unconfirmed": StayStatus.PENDING,
        "cancelled": StayStatus.CANCELLED,
        "declined": StayStatus.CANCELLED,
        "expired": StayStatus.CANCELLED,
        "inquiry": StayStatus.INQUIRY,
        "inquirypreapproved": StayStatus.INQUIRY,
        "inquirydenied": StayStatus.INQUIRY,
        "inquirytimedout": StayStatus.INQUIRY,
        # The documentation's prose spells it this way, its lists do not.
        "inquirytimeout": StayStatus.INQUIRY,
        "inquirynotpossible": StayStatus.INQUIRY,
    }
)

AIRBNB, BOOKING_COM = "2018", "2005"

CHANNELS: Mapping[str, str] = MappingProxyType(
    {
        "2000": "direct",
        "2002": "vrbo",
        BOOKING_COM: "booking_com",
        "2007": "expedia",
        "2009": "vrbo",
        "2010": "vrbo",
        "2013": "website",
        "2015": "custom_ical",
        "2016": "tripadvisor",
        "2017": "website",
        AIRBNB: "airbnb",
        "2019": "marriott",
        "2020": "partner",
        "2021": "gds",
        "2022": "google",
    }
)

#: Channels that come as calendar feeds: their bookings carry dates and little else.
FEED_CHANNELS = frozenset({"2009", "2010", "2015", "2016"})

#: ``channelName`` as a slug, where we say another word. Used when the channel's number says nothing.
CHANNEL_NAMES: Mapping[str, str] = MappingProxyType(
    {"airbnbofficial": "airbnb", "bookingcom": "booking_com", "homeaway": "vrbo", "bookingengine": "website"}
)

RESERVATION_EVENTS = ("reservation.created", "reservation.updated")

_NOT_A_SLUG = re.compile(r"[^a-z0-9]+")


def status_of(word: str) -> StayStatus:
    """Our status for Hostaway's ``word``; ``UNKNOWN`` for every word that is not in the table."""
    return STATUSES.get(word.strip().lower(), StayStatus.UNKNOWN)


def channel_of(channel_id: str | None, channel_name: str | None) -> str | None:
    """Our slug of the channel: by its number, else its name as a slug of at most 40 characters, else None."""
    if channel_id is not None and channel_id in CHANNELS:
        return CHANNELS[channel_id]
    slug = _NOT_A_SLUG.sub("_", (channel_name or "").lower()).strip("_")[:40].strip("_")
    return CHANNEL_NAMES.get(slug, slug) or None
