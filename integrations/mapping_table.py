"""The mapping page's table: what the other side has, grouped, each row with our choices and the best suggestion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from integrations.catalogue import ROOM, ROOM_TYPE
from integrations.counterparts import catalogue_properties
from integrations.models import Connection, PropertyMapping, RoomMapping
from integrations.suggestions import (
    Kind,
    Ours,
    Reason,
    Suggestion,
    Theirs,
    suggest_listings,
    suggest_properties,
    suggest_rooms,
    suggest_types,
)
from reservations.models import Property, Room, RoomType
from reservations.room_claims import natural_order

IGNORE, CREATE_HERE = "ignore", "create"
#: Rooms of a property up to which each row has a list to choose from; above it, a box to type into.
LONGEST_LIST = 60
#: External rows on one page; types are kept whole.
PAGE_ROWS = 300


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(slots=True)
class Line:
    """One external property, type or room. ``value`` is what the form shows chosen, ``saved`` whether it is stored."""

    row: Any
    value: str
    saved: bool
    suggestion: str = ""
    refusal: str = ""
    gone: bool = False
    quantity: int | None = None
    capacity: int | None = None
    typed: str | None = None


@dataclass(slots=True)
class TypeGroup:
    """An external type with its rooms; ``head`` is None for rooms that belong to no type."""

    head: Line | None
    rooms: list[Line] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.rooms) + (self.head is not None)


@dataclass(slots=True)
class PropertyGroup:
    head: Line
    options: list[Option]
    type_options: list[Option] = field(default_factory=list)
    room_options: list[Option] = field(default_factory=list)
    single_options: list[Option] = field(default_factory=list)
    groups: list[TypeGroup] = field(default_factory=list)
    #: Names of the rooms of a property that is not used here: they cannot be mapped, only seen.
    unused: list[str] = field(default_factory=list)

    @property
    def is_long(self) -> bool:
        return len(self.room_options) > LONGEST_LIST


@dataclass(slots=True)
class Table:
    properties: list[PropertyGroup]
    mapped: int
    total: int
    suggested: int
    page: int
    pages: int


@dataclass(slots=True)
class _World:
    places: list[PropertyMapping]
    rows: list[RoomMapping]
    properties: dict[int, Property]
    types: dict[int, RoomType]
    rooms: dict[int, Room]
    facts: dict[tuple[str, str, str], Mapping[str, Any]]
    known_places: set[str]


def mapping_table(
    connection: Connection,
    *,
    only_unmapped: bool = False,
    page: int = 1,
    posted: Mapping[str, str] | None = None,
    refusals: Mapping[tuple[str, int], str] | None = None,
) -> Table:
    """The table, filled with what is saved, else with suggestions, else with nothing. Five queries.

    ``posted`` puts a refused form's own choices back, ``refusals`` their reasons by (kind, key).
    """
    world = _read(connection)
    listings = _listing_suggestions(world)
    places = _place_suggestions(world, listings)
    types, rooms = _room_suggestions(world, places, listings)
    suggested = sum(1 for row in world.rows if row.pk in types or row.pk in rooms)
    groups = []
    for place in world.places:
        group = _property_group(world, place, places)
        if place.property_id or place.pk in places:
            group.groups = _type_groups(world, place, {**types, **rooms})
        else:
            group.unused = [str(row) for row in world.rows if row.property_ref == place.external_ref]
        groups.append(group)
    for group in groups:
        _put_back(group, posted or {}, refusals or {})
    used = {place.external_ref for place in world.places if place.property_id or place.pk in places}
    rows = [row for row in world.rows if row.property_ref in used]
    mapped = sum(1 for row in rows if _is_settled(row))
    if only_unmapped:
        _keep_unmapped(groups)
    shown, page, pages = _cut(groups, page)
    return Table(shown, mapped, len(rows), suggested, page, pages)


def _read(connection: Connection) -> _World:
    catalogue = catalogue_properties(connection)
    return _World(
        places=list(PropertyMapping.objects.filter(connection=connection).order_by("external_name", "pk")),
        rows=sorted(
            RoomMapping.objects.filter(connection=connection),
            key=lambda row: (natural_order(row.external_name), row.pk),
        ),
        properties=Property.objects.filter(hotel_id=connection.hotel_id).in_bulk(),
        types=RoomType.objects.filter(hotel_id=connection.hotel_id).in_bulk(),
        rooms=Room.objects.filter(hotel_id=connection.hotel_id).in_bulk(),
        facts={
            (ref, room["kind"], room["ref"]): room
            for ref, place in catalogue.items()
            for room in place.get("rooms", ())
        },
        known_places=set(catalogue),
    )


def _is_settled(row: RoomMapping) -> bool:
    return bool(row.room_type_id or row.room_id or row.ignored)


# --- suggestions ----------------------------------------------------------------------------------------------


def _listing_suggestions(world: _World) -> dict[int, Suggestion]:
    """For properties that consist of one flat or room: which room of ours it is, by key of the room's mapping row."""
    types: dict[str, list[RoomMapping]] = defaultdict(list)
    for row in world.rows:
        if row.external_kind == ROOM_TYPE:
            types[row.property_ref].append(row)
    alone = [
        _theirs(world, rows[0]) for rows in types.values() if len(rows) == 1 and not _is_settled(rows[0])
    ]
    used = {row.room_id for row in world.rows}
    return suggest_listings(
        [their for their in alone if their.quantity == 1],
        [Ours(pk, our.name) for pk, our in world.rooms.items() if our.is_active and pk not in used],
    )


def _place_suggestions(world: _World, listings: Mapping[int, Suggestion]) -> dict[int, Suggestion]:
    row_of = {row.property_ref: row.pk for row in world.rows if row.pk in listings}
    left = [place for place in world.places if place.property_id is None]
    found: dict[int, Suggestion] = {}
    for place in left:
        if listing := listings.get(row_of.get(place.external_ref, 0)):
            room = world.rooms[listing.pk]
            found[place.pk] = Suggestion(
                place.pk, Kind.PROPERTY, room.property_id, Reason.HAS_THE_ROOM, listing.score, room.name
            )
    used = {place.property_id for place in world.places} | {suggestion.pk for suggestion in found.values()}
    return found | suggest_properties(
        [Theirs(place.pk, place.external_name) for place in left if place.pk not in found],
        [Ours(pk, our.name) for pk, our in world.properties.items() if pk not in used],
    )


def _room_suggestions(
    world: _World, places: Mapping[int, Suggestion], listings: Mapping[int, Suggestion]
) -> tuple[dict[int, Suggestion], dict[int, Suggestion]]:
    """Suggestions for types and for rooms, by key of the mapping row, within the mapped or suggested property."""
    types: dict[int, Suggestion] = {}
    rooms: dict[int, Suggestion] = {}
    used_types = {row.room_type_id for row in world.rows}
    used_rooms = {row.room_id for row in world.rows}
    room_counts: dict[int, int] = defaultdict(int)
    for room in world.rooms.values():
        room_counts[room.room_type_id] += 1
    rows_of: dict[tuple[str, str], list[RoomMapping]] = defaultdict(list)
    for row in world.rows:
        rows_of[row.property_ref, row.external_kind].append(row)
    for place in world.places:
        suggestion = places.get(place.pk)
        ours = place.property_id or (suggestion.pk if suggestion else None)
        if ours is None:
            continue
        their_types = rows_of[place.external_ref, ROOM_TYPE]
        if (known := listings.get(their_types[0].pk) if their_types else None) is not None:
            if world.rooms[known.pk].property_id == ours:
                types[their_types[0].pk] = known
            continue
        types |= suggest_types(
            [_theirs(world, row) for row in their_types if not _is_settled(row)],
            [
                Ours(pk, our.name, our.capacity, room_counts[pk])
                for pk, our in world.types.items()
                if our.property_id == ours
                and pk not in used_types
                and not _partly_used(world, pk, used_rooms)
            ],
        )
        type_of = {row.pk: row.room_type_id for row in their_types if row.room_type_id} | {
            row.pk: types[row.pk].pk for row in their_types if row.pk in types
        }
        parents = {row.external_ref: row.pk for row in their_types}
        rooms |= suggest_rooms(
            [
                _theirs(world, row, parents.get(row.external_parent_ref))
                for row in rows_of[place.external_ref, ROOM]
                if not _is_settled(row)
            ],
            [
                Ours(pk, our.name, type_pk=our.room_type_id)
                for pk, our in world.rooms.items()
                if our.property_id == ours and pk not in used_rooms and our.is_active
            ],
            type_of=type_of,
        )
    return types, rooms


def _partly_used(world: _World, type_pk: int, used_rooms: set[int | None]) -> bool:
    """Whether an external type already sells one room of this type of ours by itself."""
    sold_alone = {row.room_id for row in world.rows if row.external_kind == ROOM_TYPE and row.room_id}
    return any(world.rooms[pk].room_type_id == type_pk for pk in sold_alone & used_rooms if pk in world.rooms)


def _theirs(world: _World, row: RoomMapping, parent: int | None = None) -> Theirs:
    fact = world.facts.get((row.property_ref, row.external_kind, row.external_ref), {})
    return Theirs(row.pk, row.external_name, parent, fact.get("quantity"), fact.get("capacity"))


# --- lines ----------------------------------------------------------------------------------------------------


def _property_group(
    world: _World, place: PropertyMapping, suggestions: Mapping[int, Suggestion]
) -> PropertyGroup:
    suggestion = suggestions.get(place.pk)
    chosen = place.property_id or (suggestion.pk if suggestion else None)
    value = str(chosen) if chosen else ("" if world.properties else CREATE_HERE)
    line = Line(
        place, value, saved=place.property_id is not None, gone=place.external_ref not in world.known_places
    )
    if suggestion and not line.saved:
        line.suggestion = suggestion.say()
    group = PropertyGroup(
        line,
        [
            Option("", _("Not used")),
            *(Option(str(pk), our.name) for pk, our in world.properties.items()),
            Option(CREATE_HERE, _("Create it here")),
        ],
    )
    if chosen:
        rooms = sorted(
            (r for r in world.rooms.values() if r.property_id == chosen), key=lambda r: natural_order(r.name)
        )
        group.room_options = [Option(f"room:{room.pk}", room.name) for room in rooms]
        group.type_options = [
            Option(f"type:{pk}", our.name) for pk, our in world.types.items() if our.property_id == chosen
        ]
        group.single_options = [
            Option(o.value, _("only room %(name)s") % {"name": o.label}) for o in group.room_options
        ]
    return group


def _type_groups(
    world: _World, place: PropertyMapping, suggestions: Mapping[int, Suggestion]
) -> list[TypeGroup]:
    rows = [row for row in world.rows if row.property_ref == place.external_ref]
    groups = {
        row.external_ref: TypeGroup(_line(world, row, suggestions))
        for row in rows
        if row.external_kind == ROOM_TYPE
    }
    loose = TypeGroup(None)
    for row in rows:
        if row.external_kind == ROOM:
            groups.get(row.external_parent_ref, loose).rooms.append(_line(world, row, suggestions))
    return [*groups.values(), *([loose] if loose.rooms else [])]


def _line(world: _World, row: RoomMapping, suggestions: Mapping[int, Suggestion]) -> Line:
    fact = world.facts.get((row.property_ref, row.external_kind, row.external_ref))
    line = Line(row, "", saved=_is_settled(row), gone=fact is None)
    if fact:
        line.quantity, line.capacity = fact.get("quantity"), fact.get("capacity")
    suggestion = suggestions.get(row.pk)
    if row.room_id:
        line.value = f"room:{row.room_id}"
    elif row.room_type_id:
        line.value = f"type:{row.room_type_id}"
    elif row.ignored:
        line.value = IGNORE
    elif suggestion:
        line.value = f"{'room' if suggestion.kind is Kind.ROOM else 'type'}:{suggestion.pk}"
        line.suggestion = suggestion.say()
    if line.value.startswith("room:"):
        room = world.rooms.get(int(line.value[5:]))
        line.typed = room.name if room else ""
    return line


def _put_back(
    group: PropertyGroup, posted: Mapping[str, str], refusals: Mapping[tuple[str, int], str]
) -> None:
    head = group.head
    head.value = posted.get(f"property-{head.row.pk}", head.value)
    head.refusal = refusals.get(("property", head.row.pk), "")
    for line in _lines(group):
        line.refusal = refusals.get(("room", line.row.pk), "")
        line.value = posted.get(f"room-{line.row.pk}", line.value)
        line.typed = posted.get(f"name-{line.row.pk}", line.typed)


def _lines(group: PropertyGroup) -> Iterable[Line]:
    for part in group.groups:
        if part.head is not None:
            yield part.head
        yield from part.rooms


# --- what is shown --------------------------------------------------------------------------------------------


def _keep_unmapped(groups: list[PropertyGroup]) -> None:
    for group in groups:
        for part in group.groups:
            part.rooms = [line for line in part.rooms if not line.saved or line.refusal]
        group.groups = [p for p in group.groups if p.rooms or (p.head is not None and not p.head.saved)]
    groups[:] = [group for group in groups if group.groups or not group.head.saved]


def _cut(groups: list[PropertyGroup], wanted: int) -> tuple[list[PropertyGroup], int, int]:
    """The property groups of one page of about ``PAGE_ROWS`` rows; a type and its rooms stay together."""
    pages: list[list[PropertyGroup]] = [[]]
    size = 0
    for group in groups:
        parts, group.groups = group.groups, []
        current = group
        pages[-1].append(current)
        for part in parts:
            if size and size + part.size > PAGE_ROWS:
                current = PropertyGroup(
                    group.head, group.options, group.type_options, group.room_options, group.single_options
                )
                pages.append([current])
                size = 0
            current.groups.append(part)
            size += part.size
    number = min(max(wanted, 1), len(pages))
    return pages[number - 1], number, len(pages)
