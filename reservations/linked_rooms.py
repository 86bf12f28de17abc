"""Rooms that are sold alone and as part of an apartment: taking one takes the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import QuerySet

from reservations.models import LinkedNight, Room, StayNight


@dataclass(slots=True)
class Families:
    """The apartments of one hotel and their rooms."""

    children: dict[int, set[int]] = field(default_factory=dict)
    parent: dict[int, int] = field(default_factory=dict)
    type_of: dict[int, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.parent)

    def __contains__(self, room_id: int | None) -> bool:
        return room_id in self.type_of

    def relatives(self, room_id: int) -> frozenset[int]:
        """Rooms that cannot be given on a night on which ``room_id`` is."""
        if room_id in self.children:
            return frozenset(self.children[room_id])
        return frozenset({self.parent[room_id]}) if room_id in self.parent else frozenset()

    def parts(self, room_id: int) -> set[int]:
        """The rooms at whose doors a guest of ``room_id`` may stand: itself, or all of an apartment."""
        return self.children.get(room_id) or {room_id}

    def types_with(self, room_type_ids: Iterable[int]) -> set[int]:
        """These types and all whose rooms share an apartment with theirs, however far that reaches."""
        found, before = set(room_type_ids), set[int]()
        while found != before:
            before = set(found)
            for child, parent in self.parent.items():
                pair = {self.type_of[child], self.type_of[parent]}
                if pair & found:
                    found |= pair
        return found


def families(hotel_id: int) -> Families:
    """The hotel's apartments with rooms of their own. One statement."""
    found = Families()
    rows = Room.objects.filter(hotel_id=hotel_id, parent__isnull=False)
    for pk, parent_id, kind, parent_kind in rows.values_list(
        "pk", "parent_id", "room_type_id", "parent__room_type_id"
    ):
        found.parent[pk] = parent_id
        found.children.setdefault(parent_id, set()).add(pk)
        found.type_of[pk], found.type_of[parent_id] = kind, parent_kind
    return found


def let_go(stay_ids: Collection[int]) -> None:
    """Free the doors that these stays hold."""
    LinkedNight.objects.filter(stay_id__in=stay_ids).delete()


def rebuild(hotel_id: int) -> None:
    """Take the doors of the hotel's apartments anew, after rooms became part of one or left one.

    Stays that met in the past, when nobody kept them apart, keep what the first of them took.
    """
    LinkedNight.objects.filter(hotel_id=hotel_id).delete()
    known = families(hotel_id)
    LinkedNight.objects.bulk_create(
        _doors(known, StayNight.objects.filter(hotel_id=hotel_id)), ignore_conflicts=True
    )


def hold(known: Families, stay_ids: Collection[int]) -> None:
    """Take, for these stays, the doors of apartments that their nights need; they must hold none."""
    LinkedNight.objects.bulk_create(_doors(known, StayNight.objects.filter(stay_id__in=stay_ids)))


def _doors(known: Families, nights: QuerySet[StayNight]) -> Iterator[LinkedNight]:
    held = nights.filter(room_id__in=known.type_of, overbooked=False).order_by("pk")
    for hotel_id, stay_id, room_id, day in held.values_list("hotel_id", "stay_id", "room_id", "date"):
        for door in known.parts(room_id or 0):
            yield LinkedNight(hotel_id=hotel_id, room_id=door, date=day, stay_id=stay_id)
