"""Creates here what exists only at the other side: a property, its room types and its rooms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.db import transaction

from integrations.catalogue import ROOM, ROOM_TYPE
from integrations.models import Connection, PropertyMapping, RoomMapping
from reservations.models import Property, Room, RoomType

#: An external type without named rooms gets this many rooms at most; more is surely a mistake.
MOST_ROOMS_OF_A_TYPE = 200


@dataclass(frozen=True, slots=True)
class Created:
    """How many rows were created here."""

    types: int
    rooms: int


def create_property(*, connection: Connection, mapping: PropertyMapping) -> Property:
    """Our new property after the external one of ``mapping``, which it is not mapped to yet.

    Time zone, currency and hours are taken over where the other side tells them, else our usual ones stay.
    """
    external = catalogue_properties(connection).get(mapping.external_ref, {})
    taken = set(Property.objects.filter(hotel_id=connection.hotel_id).values_list("name", flat=True))
    created = Property(
        hotel_id=connection.hotel_id,
        name=_free_name(mapping.external_name or mapping.external_ref, taken, 120),
    )
    if mapping.timezone:
        created.timezone = mapping.timezone
    if mapping.currency:
        created.currency = mapping.currency
    created.check_in_from = _clock(external.get("check_in")) or created.check_in_from
    created.check_out_until = _clock(external.get("check_out")) or created.check_out_until
    created.save()
    return created


def create_missing(*, connection: Connection) -> Created:
    """Room types and rooms for every external one that has no counterpart, in properties that are mapped.

    What has one, or is marked as not used, stays as it is, so pressing twice creates nothing twice. A type of ours
    with the same name that is not mapped yet is taken instead of making another one. Stays are placed by the caller
    (:func:`integrations.mappings.replace_stays`).
    """
    with transaction.atomic():
        Connection.objects.select_for_update().only("pk").get(pk=connection.pk)
        places = {
            row.external_ref: row.property_id
            for row in PropertyMapping.objects.filter(connection=connection, property__isnull=False)
        }
        rows = list(RoomMapping.objects.filter(connection=connection, property_ref__in=places).order_by("pk"))
        types = _create_types(connection, rows, places)
        rooms = _create_rooms(connection, rows, places, new_types=types)
    return Created(len(types), rooms)


def catalogue_properties(connection: Connection) -> dict[str, dict[str, Any]]:
    """What discovery last found, by reference of the property."""
    return {item["ref"]: item for item in connection.catalogue.get("properties", ())}


def _create_types(
    connection: Connection, rows: Iterable[RoomMapping], places: Mapping[str, int | None]
) -> dict[int, RoomMapping]:
    """By key of our new room type: its mapping row, now filled."""
    facts = _facts(connection)
    mine = RoomType.objects.filter(hotel_id=connection.hotel_id)
    names: dict[int, dict[str, int]] = defaultdict(dict)
    for pk, property_id, name in mine.values_list("pk", "property_id", "name"):
        names[property_id][name] = pk
    rows = [row for row in rows if row.external_kind == ROOM_TYPE]
    mapped = {row.room_type_id for row in rows}
    new: list[tuple[RoomMapping, RoomType]] = []
    reused: list[RoomMapping] = []
    for row in rows:
        if row.room_type_id or row.room_id or row.ignored:
            continue
        place = places[row.property_ref]
        same = names[place].get(row.external_name)
        if same and same not in mapped:
            row.room_type_id = same
            mapped.add(same)
            reused.append(row)
            continue
        name = _free_name(row.external_name or row.external_ref, names[place], 120)
        names[place][name] = 0
        capacity = facts.get((row.property_ref, ROOM_TYPE, row.external_ref), {}).get("capacity")
        created = RoomType(hotel_id=connection.hotel_id, property_id=place, name=name)
        if isinstance(capacity, int) and 0 < capacity <= 100:
            created.capacity = capacity
        new.append((row, created))
    RoomType.objects.bulk_create([created for _row, created in new], batch_size=500)
    for row, created in new:
        row.room_type_id = created.pk
    RoomMapping.objects.bulk_update(
        [*reused, *(row for row, _c in new)], fields=("room_type",), batch_size=200
    )
    return {created.pk: row for row, created in new}


def _create_rooms(
    connection: Connection,
    rows: list[RoomMapping],
    places: Mapping[str, int | None],
    *,
    new_types: Mapping[int, RoomMapping],
) -> int:
    type_of = {
        (row.property_ref, row.external_ref): row.room_type_id
        for row in rows
        if row.external_kind == ROOM_TYPE
    }
    names: dict[int, set[str]] = defaultdict(set)
    for property_id, name in Room.objects.filter(hotel_id=connection.hotel_id).values_list(
        "property_id", "name"
    ):
        names[property_id].add(name)
    named: list[tuple[RoomMapping, Room]] = []
    with_rooms: set[tuple[str, str]] = set()
    for row in rows:
        if row.external_kind != ROOM:
            continue
        parent = (row.property_ref, row.external_parent_ref)
        with_rooms.add(parent)
        if row.room_id or row.ignored or not type_of.get(parent):
            continue
        place = places[row.property_ref]
        named.append(
            (row, _room(connection, place, type_of[parent], row.external_name or row.external_ref, names))
        )
    Room.objects.bulk_create([room for _row, room in named], batch_size=500)
    for row, room in named:
        row.room_id = room.pk
    RoomMapping.objects.bulk_update([row for row, _room in named], fields=("room",), batch_size=200)
    unnamed = _unnamed_rooms(connection, places, new_types, with_rooms, names)
    Room.objects.bulk_create(unnamed, batch_size=500)
    return len(named) + len(unnamed)


def _unnamed_rooms(
    connection: Connection,
    places: Mapping[str, int | None],
    new_types: Mapping[int, RoomMapping],
    with_rooms: set[tuple[str, str]],
    names: dict[int, set[str]],
) -> list[Room]:
    """Rooms of new types whose other side only tells how many there are: "Double 1", "Double 2"…"""
    facts = _facts(connection)
    rooms = []
    for type_pk, row in new_types.items():
        if (row.property_ref, row.external_ref) in with_rooms:
            continue
        quantity = facts.get((row.property_ref, ROOM_TYPE, row.external_ref), {}).get("quantity")
        if not isinstance(quantity, int) or not 0 < quantity <= MOST_ROOMS_OF_A_TYPE:
            quantity = 1
        base = (row.external_name or row.external_ref)[:54]
        for number in range(1, quantity + 1):
            name = base if quantity == 1 else f"{base} {number}"
            rooms.append(_room(connection, places[row.property_ref], type_pk, name, names))
    return rooms


def _room(
    connection: Connection, place: int | None, type_pk: int | None, name: str, names: dict[int, set[str]]
) -> Room:
    free = _free_name(name, names[place or 0], 60)
    names[place or 0].add(free)
    return Room(hotel_id=connection.hotel_id, property_id=place, room_type_id=type_pk, name=free)


def _facts(connection: Connection) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {
        (ref, room["kind"], room["ref"]): room
        for ref, external in catalogue_properties(connection).items()
        for room in external.get("rooms", ())
    }


def _free_name(name: str, taken: Iterable[str], length: int) -> str:
    """``name``, cut to ``length``, with a number behind it when it is taken."""
    name = name.strip()[:length] or "?"
    taken = set(taken)
    number, free = 2, name
    while free in taken:
        free = f"{name[: length - len(str(number)) - 1]} {number}"
        number += 1
    return free


def _clock(text: Any) -> time | None:
    try:
        return time.fromisoformat(text) if isinstance(text, str) and text else None
    except ValueError:
        return None
