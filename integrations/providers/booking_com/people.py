"""Who booked and who sleeps, as OTA and B.XML name them."""

from __future__ import annotations

from integrations.providers.booking_com.item import Element, Item, by_tag, words_of
from integrations.values import country_code, language_code
from reservations.records import PersonRecord

LONGEST_NAME, LONGEST_NAME_PART, LONGEST_EMAIL, LONGEST_PHONE = 200, 100, 254, 40
NOBODY = PersonRecord()
#: What is read of a person: the text of an element, or the attribute of that name.
_ATTRIBUTES = frozenset({"PhoneNumber", "Code", "Language"})
_FIELDS = by_tag(
    {
        "GivenName": "GivenName",
        "Surname": "Surname",
        "Email": "Email",
        "Telephone": "PhoneNumber",
        "CountryName": "Code",
        "Customer": "Language",
    }
)


def booker_of(item: Item, profiles: Element) -> PersonRecord:
    """The person of the first profile under ``profiles`` that names one. Not always a guest."""
    fields = _FIELDS(item.message.namespace)
    told: dict[str, str | None] = {}
    for element in profiles.iter():
        field = fields.get(element.tag)
        if field is not None and field not in told:
            told[field] = element.get(field) if field in _ATTRIBUTES else words_of(element)
    country, language = told.get("Code"), told.get("Language")
    return person(
        item,
        told.get("GivenName"),
        told.get("Surname"),
        email=told.get("Email"),
        phone=told.get("PhoneNumber"),
        country=country_code(country.strip()) if country else None,
        language=language_code(language) if language else None,
    )


def person(
    item: Item,
    given: str | None,
    surname: str | None,
    *,
    email: str | None = None,
    phone: str | None = None,
    country: str | None = None,
    language: str | None = None,
) -> PersonRecord:
    """A person. Without a given name the surname holds the whole name, which is cut at its last blank."""
    name = f"{given} {surname}" if given and surname else given or surname
    if name and not (given and surname):
        before, blank, last = name.rpartition(" ")
        given, surname = (before.strip(), last) if blank else (None, name) if surname else (name, None)
    if name and len(name) > LONGEST_NAME_PART:
        name, given, surname = _cut(item, name, given, surname)
    if email is not None and not _is_email(email):
        item.warn("the booker's e-mail address is not one")
        email = None
    phone = phone.strip() if phone else None
    if phone and len(phone) > LONGEST_PHONE:
        item.warn("the booker's telephone number is too long to be one")
        phone = None
    return PersonRecord(name, given, surname, email, phone or None, language, country)


def full_name(element: Element, namespace: str) -> str | None:
    """The name under ``element``: all of it stands in ``Surname``, or the given name before it."""
    given = surname = None
    for part in element.iter(namespace + "GivenName", namespace + "Surname"):
        if part.tag == namespace + "Surname":
            surname = surname or words_of(part)
        else:
            given = given or words_of(part)
    name = f"{given} {surname}" if given and surname else given or surname
    return name[:LONGEST_NAME].rstrip() if name else None


def _cut(item: Item, name: str, given: str | None, surname: str | None) -> tuple[str, str | None, str | None]:
    parts = (given or "", surname or "")
    if len(name) > LONGEST_NAME or max(map(len, parts)) > LONGEST_NAME_PART:
        item.warn(f"a name was cut to {LONGEST_NAME} characters")
    given, surname = (part[:LONGEST_NAME_PART].rstrip() or None for part in parts)
    return name[:LONGEST_NAME].rstrip(), given, surname


def _is_email(text: str) -> bool:
    name, at, domain = text.rpartition("@")
    return bool(name and at and domain) and len(text) <= LONGEST_EMAIL and len(text.split()) == 1
