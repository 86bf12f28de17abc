"""Guests: a person of a record becomes a guest row."""

from __future__ import annotations

import re

import phonenumbers
from django.db.models import Q

from reservations.models import Guest, Hotel
from reservations.records import PersonRecord

#: Domains under which channels forward mail to the real guest; such an address says nothing about who it is.
RELAY_DOMAINS = (
    "guest.booking.com",
    "guest.airbnb.com",
    "m.expediapartnercentral.com",
    "messages.homeaway.com",
    "messages.vrbo.com",
    "agoda-messaging.com",
)

GUEST_FIELDS = ("name", "first_name", "last_name", "email", "email_is_relay", "phone", "language", "country")

_INTERNATIONAL = re.compile(r"^(?:\+|00)[\d\s().\-/]{7,24}$")


def guest_values(person: PersonRecord, *, region: str = "") -> dict[str, str | bool]:
    """Column values of :class:`~reservations.models.Guest` for ``person``.

    ``region`` (ISO 3166-1) is the country whose national numbers the telephone may be written in.
    """
    email = (person.email or "").strip().lower()[:254]
    if "@" not in email:
        email = ""
    name = person.name or " ".join(part for part in (person.first_name, person.last_name) if part)
    return {
        "name": name[:200],
        "first_name": (person.first_name or "")[:100],
        "last_name": (person.last_name or "")[:100],
        "email": email,
        "email_is_relay": email.endswith(RELAY_DOMAINS),
        "phone": telephone(person.phone or "", region=region or (person.country or "")),
        "language": (person.language or "")[:8],
        "country": (person.country or "")[:2].upper(),
    }


def telephone(text: str, *, region: str = "") -> str:
    """``text`` as E.164 (``+34600000000``) where that is certain, else as it was written."""
    text = text.strip()
    if _INTERNATIONAL.match(text):
        digits = re.sub(r"\D", "", text)
        if text.startswith("00"):
            digits = digits[2:]
        return f"+{digits}"[:40]
    if text and region:
        try:
            number = phonenumbers.parse(text, region.upper())
        except phonenumbers.NumberParseException:
            return text[:40]
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return text[:40]


def known_guests(hotel: Hotel, text: str, *, length: int = 8) -> list[Guest]:
    """People of ``hotel`` whose name, e-mail or telephone has ``text`` in it, the latest first, each once."""
    rows = Guest.objects.of(hotel).filter(
        Q(name__icontains=text) | Q(email__icontains=text, email_is_relay=False) | Q(phone__icontains=text)
    )
    found: dict[tuple[str, str, str], Guest] = {}
    for guest in rows.exclude(name="").order_by("-pk")[: length * 5]:
        found.setdefault((guest.name.casefold(), guest.email, guest.phone), guest)
    return list(found.values())[:length]


def new_guest(*, hotel_id: int, values: dict[str, str | bool]) -> Guest:
    """An unsaved guest; None of it is matched to other guests (relay addresses change per booking)."""
    return Guest(hotel_id=hotel_id, **values)
