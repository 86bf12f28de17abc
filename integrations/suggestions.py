"""Which of our properties, types and rooms an external one probably is, and why. Pure: no database, no provider.

Nothing is decided here: a suggestion fills a form in, with its reason beside it, and a person saves it.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    SAME_NAME = "same_name", _("same name")
    SAME_MEANING = "same_meaning", _("same name in another language")
    SAME_NUMBER = "same_number", _("same number %(detail)s")
    SIMILAR_NAME = "similar_name", _("similar name")
    ONLY_CAPACITY = "only_capacity", _("the only type left for as many guests (%(detail)s)")
    ONLY_QUANTITY = "only_quantity", _("the only type left with as many rooms (%(detail)s)")
    ONLY_ONE = "only_one", _("the only one left")
    HAS_THE_ROOM = "has_the_room", _("has the room %(detail)s")
    ROOM_OF_TYPE = "room_of_type", _("the only room left of the mapped type")


class Kind(enum.StrEnum):
    PROPERTY = "property"
    ROOM_TYPE = "type"
    ROOM = "room"


@dataclass(frozen=True, slots=True)
class Theirs:
    """One thing of the other side. ``key`` is what the caller calls it; ``parent`` the key of a room's type."""

    key: int
    name: str
    parent: int | None = None
    quantity: int | None = None
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Ours:
    """One of our properties, types or rooms. ``rooms`` counts a type's rooms, ``type_pk`` is a room's type."""

    pk: int
    name: str
    capacity: int | None = None
    rooms: int | None = None
    type_pk: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``theirs`` is probably our ``pk``; ``score`` runs from 0 (a guess) to 1 (certain)."""

    theirs: int
    kind: Kind
    pk: int
    reason: Reason
    score: float
    detail: str = ""

    def say(self) -> str:
        """The reason in the active language."""
        return str(self.reason.label) % {"detail": self.detail}


#: Words that say only what kind of thing it is: es, fr, en, it, de.
_EMPTY = """
    hotel hostal hostel room rooms habitacion habitaciones hab chambre chambres camera camere stanza zimmer
    the el la los las le les il lo gli un una une a an de del des du di da y et and e with con avec para pour for
    no num numero n nr
"""
_EMPTY_WORDS = frozenset(_EMPTY.split())

#: One word for each idea that hotels name rooms by: es, fr, en, it, de.
_MEANINGS: Mapping[str, str] = {
    word: meaning
    for meaning, words in {
        "single": "single individual individuale simple sencilla singola singolo einzel einzelzimmer",
        "double": "double doble dobles doppia doppio matrimonial matrimoniale doppelzimmer",
        "twin": "twin twins gemela gemelas gemelo gemelos lits jumeaux zweibett",
        "triple": "triple triples tripla triplo dreibett",
        "quadruple": "quadruple cuadruple quadrupla quadruplo quad",
        "suite": "suite suites",
        "junior": "junior",
        "studio": "studio estudio monolocale",
        "apartment": "apartment apartamento apartamentos appartement appartamento piso flat",
        "family": "family familiar familiale familial famiglia familiare familia famille familienzimmer",
        "superior": "superior superieure superieur superiore",
        "deluxe": "deluxe lujo luxe lusso",
        "standard": "standard estandar",
        "economy": "economy economica economique economico budget",
        "view": "view vista vistas vue",
        "sea": "sea mar mer mare meer ocean oceano",
        "garden": "garden jardin giardino",
        "balcony": "balcony balcon balcone",
        "terrace": "terrace terraza terrasse terrazza",
        "dormitory": "dorm dormitory dormitorio dortoir dormitori",
        "bed": "bed beds cama camas lit letto letti",
        "attic": "attic atico mansarda mansarde",
        "bungalow": "bungalow bungalows",
        "villa": "villa villas",
        "house": "house casa maison haus",
    }.items()
    for word in words.split()
}

_SIMILAR_ENOUGH = 0.72
_WORDS = re.compile(r"[^\W_]+")


def normalise(name: str) -> str:
    """``name`` without accents, case, punctuation and words such as *room*; never empty for a name with a letter."""
    words = _words(name)
    return " ".join(word for word in words if word not in _EMPTY_WORDS) or " ".join(words)


def meaning(name: str) -> tuple[str, ...]:
    """The ideas in ``name`` in a fixed order, equal for "Habitación doble vista mar" and "Double room, sea view"."""
    return tuple(sorted({_MEANINGS.get(word, word) for word in normalise(name).split()}))


def number_in(name: str) -> str:
    """The one number in ``name`` without leading zeros ("Hab. 0101" gives "101"); "" when none or several."""
    numbers = re.findall(r"\d+[a-z]?(?![a-z0-9])", " ".join(_words(name)))
    return (numbers[0].lstrip("0") or "0") if len(numbers) == 1 else ""


def _words(name: str) -> list[str]:
    return _WORDS.findall(_plain(name))


def _plain(name: str) -> str:
    """``name`` without accents, case and needless spaces: what a reader would call the same name."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def _number_alone(name: str) -> str:
    """:func:`number_in` where it is a word of its own: "101" of "Room 101"; "" for "A1", where it tells too little."""
    return "" if _number_with_letters(name) else number_in(name)


def _number_with_letters(name: str) -> str:
    """The word that holds the one number of ``name`` behind letters: "a1" of "Apartment A1"; "" for "Room 101"."""
    number = number_in(name)
    if not number:
        return ""
    return next((w for w in _words(name) if w.endswith(number) and not w[0].isdigit()), "")


def suggest_properties(theirs: Sequence[Theirs], ours: Sequence[Ours]) -> dict[int, Suggestion]:
    """By external key: our property. When one is left on each side they are taken to be the same."""
    found = _by_name(theirs, ours, Kind.PROPERTY)
    _only_one_left(found, theirs, ours, Kind.PROPERTY)
    return found


def suggest_types(theirs: Sequence[Theirs], ours: Sequence[Ours]) -> dict[int, Suggestion]:
    """By external key: our room type, each used once. Both lists hold only what is not mapped yet."""
    found = _by_name(theirs, ours, Kind.ROOM_TYPE)
    _only_equal(found, theirs, ours, Reason.ONLY_CAPACITY, lambda t: t.capacity, lambda o: o.capacity)
    _only_equal(found, theirs, ours, Reason.ONLY_QUANTITY, lambda t: t.quantity, lambda o: o.rooms)
    _only_one_left(found, theirs, ours, Kind.ROOM_TYPE)
    return found


def suggest_rooms(
    theirs: Sequence[Theirs], ours: Sequence[Ours], *, type_of: Mapping[int, int]
) -> dict[int, Suggestion]:
    """By external key: our room, each used once.

    ``type_of`` says which of our types an external type (a room's ``parent``) is or is suggested to be: its rooms
    are then sought among that type's rooms only, because a room that is sold through another type would be sold twice.
    """
    found: dict[int, Suggestion] = {}
    rooms_of: dict[int | None, list[Ours]] = defaultdict(list)
    for our in ours:
        rooms_of[our.type_pk].append(our)
    families: dict[int | None, list[Theirs]] = defaultdict(list)
    for their in theirs:
        families[type_of.get(their.parent) if their.parent is not None else None].append(their)
    for type_pk, family in families.items():
        taken = _taken(found)
        candidates = [our for our in (ours if type_pk is None else rooms_of[type_pk]) if our.pk not in taken]
        part = _by_name(family, candidates, Kind.ROOM)
        if type_pk is not None:
            _only_one_left(part, family, candidates, Kind.ROOM, Reason.ROOM_OF_TYPE)
        found |= part
    return found


def suggest_listings(theirs: Sequence[Theirs], ours: Sequence[Ours]) -> dict[int, Suggestion]:
    """By external key: the room of ours that a listing of one flat or room is. Both lists go over all properties."""
    return _by_name(theirs, ours, Kind.ROOM)


def _by_name(theirs: Sequence[Theirs], ours: Sequence[Ours], kind: Kind) -> dict[int, Suggestion]:
    found: dict[int, Suggestion] = {}
    _exact(found, theirs, ours, kind, Reason.SAME_NAME, 1.0, _plain)
    if kind is Kind.ROOM:
        _exact(found, theirs, ours, kind, Reason.SAME_NUMBER, 0.97, _number_alone)
    # Equal only without the words that say nothing: "Doble" beside "Habitación doble" does not read as the same.
    _exact(found, theirs, ours, kind, Reason.SIMILAR_NAME, 0.95, normalise)
    if kind is Kind.ROOM:
        _exact(found, theirs, ours, kind, Reason.SIMILAR_NAME, 0.9, _number_with_letters)
    else:
        _exact(found, theirs, ours, kind, Reason.SAME_MEANING, 0.9, meaning)
    _similar(found, theirs, ours, kind)
    return found


def _exact(
    found: dict[int, Suggestion],
    theirs: Iterable[Theirs],
    ours: Iterable[Ours],
    kind: Kind,
    reason: Reason,
    score: float,
    digest: Callable[[str], object],
) -> None:
    """Pair what has an equal, unambiguous digest; two things of the same digest on a side are left to people."""
    taken = _taken(found)
    left = _grouped((their for their in theirs if their.key not in found), digest)
    right = _grouped((our for our in ours if our.pk not in taken), digest)
    for value, group in left.items():
        matches = right.get(value, [])
        if value and len(group) == 1 and len(matches) == 1:
            detail = str(value) if reason is Reason.SAME_NUMBER else ""
            key = group[0].key
            found[key] = Suggestion(key, kind, matches[0].pk, reason, score, detail)


def _grouped(items: Iterable, digest: Callable[[str], object]) -> dict[object, list]:
    groups: dict[object, list] = defaultdict(list)
    for item in items:
        groups[digest(item.name)].append(item)
    return groups


def _similar(
    found: dict[int, Suggestion], theirs: Iterable[Theirs], ours: Iterable[Ours], kind: Kind
) -> None:
    """Best likeness first, each of ours once. Rooms are told apart by their numbers, so those are never similar."""
    pairs = []
    taken = set(_taken(found))
    right = [(our, " ".join(meaning(our.name)), number_in(our.name)) for our in ours if our.pk not in taken]
    for their in theirs:
        if their.key in found:
            continue
        name, number = " ".join(meaning(their.name)), number_in(their.name)
        for our, our_name, our_number in right:
            # Equal names that the exact comparison left alone are ambiguous: no guess between them.
            if number != our_number or not name or not our_name or name == our_name:
                continue
            matcher = SequenceMatcher(None, name, our_name)
            if matcher.quick_ratio() >= _SIMILAR_ENOUGH and (score := matcher.ratio()) >= _SIMILAR_ENOUGH:
                pairs.append((-score, their.key, our.pk))
    for score, key, pk in sorted(pairs):
        if key not in found and pk not in taken:
            taken.add(pk)
            found[key] = Suggestion(key, kind, pk, Reason.SIMILAR_NAME, round(-score * 0.85, 3))


def _only_equal(
    found: dict[int, Suggestion],
    theirs: Iterable[Theirs],
    ours: Iterable[Ours],
    reason: Reason,
    of_theirs: Callable[[Theirs], int | None],
    of_ours: Callable[[Ours], int | None],
) -> None:
    """Pair what alone, on both sides, has a given number of guests or rooms."""
    left: dict[int | None, list[Theirs]] = defaultdict(list)
    right: dict[int | None, list[Ours]] = defaultdict(list)
    for their in theirs:
        if their.key not in found:
            left[of_theirs(their)].append(their)
    taken = _taken(found)
    for our in ours:
        if our.pk not in taken:
            right[of_ours(our)].append(our)
    for value, group in left.items():
        if value and len(group) == 1 and len(right[value]) == 1:
            key = group[0].key
            found[key] = Suggestion(key, Kind.ROOM_TYPE, right[value][0].pk, reason, 0.5, str(value))


def _only_one_left(
    found: dict[int, Suggestion],
    theirs: Sequence[Theirs],
    ours: Sequence[Ours],
    kind: Kind,
    reason: Reason = Reason.ONLY_ONE,
) -> None:
    taken = _taken(found)
    left = [their for their in theirs if their.key not in found]
    right = [our for our in ours if our.pk not in taken]
    if len(left) == 1 and len(right) == 1:
        found[left[0].key] = Suggestion(left[0].key, kind, right[0].pk, reason, 0.4)


def _taken(found: Mapping[int, Suggestion]) -> Collection[int]:
    return {suggestion.pk for suggestion in found.values()}
