"""The words of OTA and of Booking.com and ours: literal tables, each with an explicit way for what it does not name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from reservations.choices import StayState, StayStatus

OTA_NAMESPACE = "http://www.opentravel.org/OTA/2003/05"
CHANNEL = "booking_com"

#: ``ResStatus`` in OTA. The eight transaction words stand on the root in 2003B, the others on the reservation in later
#: releases. Booking.com itself sends none. What begins with "cancel" is a cancellation whatever follows.
STATUSES: Mapping[str, StayStatus] = MappingProxyType(
    {
        "book": StayStatus.CONFIRMED,
        "commit": StayStatus.CONFIRMED,
        "modify": StayStatus.CONFIRMED,
        "modified": StayStatus.CONFIRMED,
        "new": StayStatus.CONFIRMED,
        "ok": StayStatus.CONFIRMED,
        "confirmed": StayStatus.CONFIRMED,
        "reserved": StayStatus.CONFIRMED,
        "in-house": StayStatus.CONFIRMED,
        "checked-out": StayStatus.CONFIRMED,
        "no-show": StayStatus.NO_SHOW,
        # GUESS: a room that is held or asked for is better kept than sold twice.
        "hold": StayStatus.PENDING,
        "initiate": StayStatus.PENDING,
        "pending": StayStatus.PENDING,
        "requested": StayStatus.PENDING,
        "quote": StayStatus.INQUIRY,
        "waitlisted": StayStatus.INQUIRY,
        "request-denied": StayStatus.CANCELLED,
    }
)
STAY_STATES: Mapping[str, StayState] = MappingProxyType(
    {"in-house": StayState.IN_HOUSE, "checked-out": StayState.DEPARTED}
)

#: ``AgeQualifyingCode`` of the OTA code list AQC, as the three kinds of guests that we tell apart.
ADULT, CHILD, INFANT = "adults", "children", "infants"
AGE_CODES: Mapping[str, str] = MappingProxyType(
    {
        "1": ADULT,
        "2": ADULT,
        "3": INFANT,
        "4": CHILD,
        "5": CHILD,
        # GUESS: "under 21" may be a child or not; a bed and a full breakfast are the safe side.
        "6": ADULT,
        "7": INFANT,
        "8": CHILD,
        "9": CHILD,
        "10": ADULT,
        "11": ADULT,
        "12": ADULT,
        "13": ADULT,
        "14": CHILD,
        "15": ADULT,
    }
)
#: The words of B.XML's ``guest_count/@type``.
GUEST_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "adult": ADULT,
        "adults": ADULT,
        "child": CHILD,
        "children": CHILD,
        "infant": INFANT,
        "infants": INFANT,
    }
)

#: The OTA code list FTT of taxes and fees, as far as it is about rooms.
TAX_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "1": "bed tax",
        "2": "city hotel fee",
        "3": "city tax",
        "4": "county tax",
        "5": "energy tax",
        "6": "federal tax",
        "7": "food and beverage tax",
        "8": "lodging tax",
        "9": "maintenance fee",
        "10": "occupancy tax",
        "11": "package fee",
        "12": "resort fee",
        "13": "sales tax",
        "14": "service charge",
        "15": "state tax",
        "16": "surcharge",
        "17": "total tax",
        "18": "tourism tax",
        "19": "VAT",
        "28": "room tax",
    }
)
FEE_CODES = frozenset({"2", "9", "11", "12", "14", "16", "22", "23"})

#: Card brands by OTA's two letters. ``XX`` stands for a card that Booking.com could not read.
CARD_BRANDS: Mapping[str, str] = MappingProxyType(
    {
        "AX": "American Express",
        "CA": "Mastercard",
        "CB": "Carte Blanche",
        "DC": "Diners Club",
        "DN": "Diners Club",
        "DS": "Discover",
        "JC": "JCB",
        "MA": "Maestro",
        "MC": "Mastercard",
        "SO": "Solo",
        "TO": "Maestro",
        "UP": "UnionPay",
        "VI": "Visa",
    }
)

#: What stands in a comment when nobody wrote one.
NO_WORDS = frozenset({"", "-", "--", "none", "none.", "n/a", "na", "null", "no comment", "no comments"})

#: Who sells rooms, by the name that a message of another sender gives, as a slug. Whoever only passes bookings on is
#: not in the table: unknown.
SENDERS: Mapping[str, str] = MappingProxyType(
    {
        "booking_com": CHANNEL,
        "bookingcom": CHANNEL,
        "booking": CHANNEL,
        "bdc": CHANNEL,
        "agoda": "agoda",
        "airbnb": "airbnb",
        "ctrip": "trip_com",
        "expedia": "expedia",
        "hostelworld": "hostelworld",
        "hotelbeds": "hotelbeds",
        "hrs": "hrs",
        "lastminute": "lastminute",
        "trip_com": "trip_com",
        "vrbo": "vrbo",
    }
)

_NOT_A_SLUG = re.compile(r"[^a-z0-9]+")


def status_of(word: str) -> StayStatus:
    """Our status for an OTA or B.XML status; ``UNKNOWN`` for every word that is not in the tables."""
    key = word.strip().lower().replace(" ", "-").replace("_", "-")
    return StayStatus.CANCELLED if key.startswith("cancel") else STATUSES.get(key, StayStatus.UNKNOWN)


def stay_state_of(word: str) -> StayState | None:
    """Where the guest is, if the status word tells it."""
    return STAY_STATES.get(word.strip().lower().replace(" ", "-").replace("_", "-"))


def channel_of(sender: str | None) -> str | None:
    """Our slug of the channel that ``sender`` names; None when the name is not in the table."""
    return SENDERS.get(_NOT_A_SLUG.sub("_", sender.lower()).strip("_")) if sender else None
