"""Who booked: Hostaway's names of the guest, often a first name alone, and an address that is often a relay."""

from __future__ import annotations

from integrations.providers.hostaway.item import Item
from integrations.values import country_code, language_code, text_of
from reservations.records import PersonRecord

LONGEST_NAME, LONGEST_NAME_PART, LONGEST_EMAIL, LONGEST_PHONE = 200, 100, 254, 40


def booker_of(item: Item) -> PersonRecord:
    """The guest as the channel names them. The last name is empty more often than not; the telephone stays raw."""
    raw = item.raw
    first = _cut(item, text_of(raw.get("guestFirstName")), LONGEST_NAME_PART)
    last = _cut(item, text_of(raw.get("guestLastName")), LONGEST_NAME_PART)
    whole = text_of(raw.get("guestName")) or " ".join(part for part in (first, last) if part) or None
    return PersonRecord(
        name=_cut(item, whole, LONGEST_NAME),
        first_name=first,
        last_name=last,
        email=_email(item, text_of(raw.get("guestEmail"))),
        phone=_phone(item, text_of(raw.get("phone"))),
        language=language_code(raw.get("guestLocale")),
        country=country_code(raw.get("guestCountry")),
    )


def guest_name_of(item: Item, holder: dict[str, object], booker: PersonRecord) -> str | None:
    """Who sleeps in one booked unit: its own guest, else the booker."""
    return _cut(item, text_of(holder.get("guestName")), LONGEST_NAME) or booker.name


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
