"""Who booked and who sleeps: Octorate's several ways of naming guests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.providers.octorate.item import Item
from integrations.providers.octorate.values import (
    country_code,
    language_code,
    mapping_of,
    text_of,
)
from reservations.records import PersonRecord

LONGEST_NAME, LONGEST_NAME_PART, LONGEST_EMAIL, LONGEST_PHONE = 200, 100, 254, 40
_NOBODY: Mapping[str, Any] = {}


def booker_of(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The entry of ``guests`` that booked, or an empty one."""
    return _first_guest(raw, "BOOKER")


def read_people(item: Item) -> tuple[PersonRecord, str | None]:
    """The booker, and the name of who stays: the booker's, else the first registered guest's."""
    raw = item.raw
    booker, stream = booker_of(raw), mapping_of(raw.get("guest"))
    first = _first_text((booker, "givenName"), (raw, "firstName"), (stream, "firstName"))
    last = _first_text((booker, "familyName"), (raw, "lastName"), (stream, "lastName"))
    first, last = _cut(item, first, LONGEST_NAME_PART), _cut(item, last, LONGEST_NAME_PART)
    name = f"{first} {last}" if first and last else first or last
    if name is None:
        name = _cut(item, _first_of_list(raw.get("guestsList")), LONGEST_NAME)
    person = PersonRecord(
        name=_cut(item, name, LONGEST_NAME),
        first_name=first,
        last_name=last,
        email=_email(
            item, _first_text((booker, "email"), (raw, "guestMailAddress"), (stream, "email"), (raw, "email"))
        ),
        phone=_phone(item, _first_text((booker, "phone"), (raw, "phone"), (stream, "phone"))),
        language=language_code(booker.get("language")) or language_code(raw.get("language")),
        country=country_code(booker.get("residenceCountry"))
        or country_code(raw.get("country"))
        or country_code(booker.get("nationality")),
    )
    return person, person.name or _guest_name(item)


def _first_guest(raw: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    guests = raw.get("guests")
    if isinstance(guests, list):
        for guest in guests:
            if isinstance(guest, dict) and guest.get("type") == kind:
                return guest
    return _NOBODY


def _guest_name(item: Item) -> str | None:
    guest = _first_guest(item.raw, "GUEST")
    parts = [text for text in (text_of(guest.get("givenName")), text_of(guest.get("familyName"))) if text]
    return _cut(item, " ".join(parts) or None, LONGEST_NAME)


def _first_text(*places: tuple[Mapping[str, Any], str]) -> str | None:
    for holder, name in places:
        if text := text_of(holder.get(name)):
            return text
    return None


def _first_of_list(value: object) -> str | None:
    text = text_of(value)
    return text_of(text.split(",", 1)[0]) if text else None


def _cut(item: Item, text: str | None, longest: int) -> str | None:
    if text is None or len(text) <= longest:
        return text
    item.warn(f"a name was cut to {longest} characters")
    return text[:longest].rstrip()


def _email(item: Item, text: str | None) -> str | None:
    if text is None:
        return None
    name, at, domain = text.rpartition("@")
    if not (name and at and domain) or len(text) > LONGEST_EMAIL or any(c.isspace() for c in text):
        item.warn("the guest's e-mail address is not one")
        return None
    return text


def _phone(item: Item, text: str | None) -> str | None:
    if text is not None and len(text) > LONGEST_PHONE:
        item.warn("the guest's telephone number is too long to be one")
        return None
    return text
