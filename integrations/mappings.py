"""Which of our properties, room types and rooms the other side's are: saved whole, checked against selling twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from integrations.catalogue import ROOM, ROOM_TYPE
from integrations.counterparts import create_property
from integrations.inbox import route_unrouted
from integrations.journal import write_log
from integrations.models import Connection, ConnectionStatus, PropertyMapping, RoomMapping
from integrations.outbox import queue_everything
from integrations.placements import reapply_soon
from reservations.locks import lock_hotel
from reservations.models import Property, Room, RoomType


@dataclass(frozen=True, slots=True)
class Target:
    """What a person chose for one external room: a type, a room, "not used", or nothing yet (all None)."""

    room_type: int | None = None
    room: int | None = None
    ignored: bool = False


NOTHING = Target()
NOT_USED = Target(ignored=True)

#: Chosen for a property that does not exist here yet: it is created after the external one. No key is negative.
CREATE = -1


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a choice cannot be saved. ``row`` is the key of the mapping row, ``kind`` property or room."""

    kind: str
    row: int
    sentence: str


class MappingRefused(Exception):
    """Nothing was saved. ``refusals`` name each choice and the reason, in the active language."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("; ".join(refusal.sentence for refusal in self.refusals))


@dataclass(frozen=True, slots=True)
class Saved:
    """How many rooms are mapped (or marked as not used) of how many, and how many stays were placed again."""

    mapped: int
    total: int
    placed: int


@dataclass(slots=True)
class _Plan:
    """All mapping rows of a connection as they would be, and our rows that they name."""

    connection: Connection
    properties: dict[int, PropertyMapping]
    rooms: dict[int, RoomMapping]
    our_properties: dict[int, Property] = field(default_factory=dict)
    our_types: dict[int, RoomType] = field(default_factory=dict)
    our_rooms: dict[int, Room] = field(default_factory=dict)
    rooms_of_type: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    changed_rooms: set[int] = field(default_factory=set)
    refusals: dict[tuple[str, int], Refusal] = field(default_factory=dict)

    def refuse(self, kind: str, row: int, sentence: str) -> None:
        self.refusals.setdefault((kind, row), Refusal(kind, row, sentence))


def save_mappings(
    *,
    connection: Connection,
    user: Any,
    properties: Mapping[int, int | None],
    rooms: Mapping[int, Target],
) -> Saved:
    """What is mapped after these choices; every stay that waited for one of them is placed.

    ``properties``: our property, None (not used) or :data:`CREATE` by PropertyMapping key; ``rooms``: a target by
    RoomMapping key. Rows that are not named keep what they have, except that the rooms of a property which becomes
    another one are let go. All or nothing: raises :class:`MappingRefused`, also for keys of another
    connection or hotel. Saving the same again changes nothing but places what still waits.
    """
    try:
        with transaction.atomic():
            plan = _plan(connection)
            _apply_properties(plan, properties)
            _apply_rooms(plan, rooms)
            _check_property_owners(plan)
            _check_places(plan)
            _check_sold_once(plan)
            if plan.refusals:
                raise MappingRefused(plan.refusals.values())
            _store(plan, properties)
            lock_hotel(connection.hotel_id)
            queue_everything(connection, mapping_ids=plan.changed_rooms)
    except IntegrityError:
        raise MappingRefused(
            [Refusal("", 0, _("Someone else changed these rooms meanwhile. Look again."))]
        ) from None
    return replace_stays(connection=connection, user=user)


def replace_stays(*, connection: Connection, user: Any) -> Saved:
    """Place the stays of ``connection`` by its present mapping and write the line of the log that says so."""
    known = PropertyMapping.objects.filter(connection=connection, property__isnull=False)
    route_unrouted(connection, list(known.values_list("external_ref", flat=True)))
    placed = reapply_soon(connection, user=user)
    mapped, total = counts(connection)
    write_log(
        hotel_id=connection.hotel_id,
        code="mapping_saved",
        connection=connection,
        mapped=mapped,
        total=total,
        placed=placed,
        user=str(user),
    )
    return Saved(mapped, total, placed)


def counts(connection: Connection) -> tuple[int, int]:
    """How many external rooms and types of the used properties are settled (mapped or not used), of how many."""
    used = PropertyMapping.objects.filter(connection=connection, property__isnull=False)
    rows = RoomMapping.objects.filter(
        connection=connection, property_ref__in=used.values("external_ref")
    ).values_list("room_type_id", "room_id", "ignored")
    settled = [any(row) for row in rows]
    return sum(settled), len(settled)


# --- reading --------------------------------------------------------------------------------------------------


def _plan(connection: Connection) -> _Plan:
    # Two people saving at once take turns here; the later one is checked against what the earlier one saved.
    Connection.objects.select_for_update().only("pk").get(pk=connection.pk)
    plan = _Plan(
        connection,
        {row.pk: row for row in PropertyMapping.objects.filter(connection=connection)},
        {row.pk: row for row in RoomMapping.objects.filter(connection=connection)},
        Property.objects.filter(hotel_id=connection.hotel_id).in_bulk(),
        RoomType.objects.filter(hotel_id=connection.hotel_id).in_bulk(),
        Room.objects.filter(hotel_id=connection.hotel_id).in_bulk(),
    )
    for room in plan.our_rooms.values():
        plan.rooms_of_type[room.room_type_id].add(room.pk)
    return plan


def _apply_properties(plan: _Plan, choices: Mapping[int, int | None]) -> None:
    for pk, target in choices.items():
        row = plan.properties.get(pk)
        if row is None or (target not in (None, CREATE) and target not in plan.our_properties):
            plan.refuse("property", pk, _("This property does not exist here."))
            continue
        if target == CREATE:
            created = create_property(connection=plan.connection, mapping=row)
            plan.our_properties[created.pk] = created
            target = created.pk
        if row.property_id == target:
            continue
        if row.property_id is not None:
            _let_go(plan, row.external_ref)
        row.property_id = target


def _let_go(plan: _Plan, property_ref: str) -> None:
    for room in plan.rooms.values():
        if room.property_ref == property_ref:
            room.room_type_id = room.room_id = None
            plan.changed_rooms.add(room.pk)


def _apply_rooms(plan: _Plan, choices: Mapping[int, Target]) -> None:
    for pk, target in choices.items():
        row = plan.rooms.get(pk)
        if (
            row is None
            or (target.room_type is not None and target.room_type not in plan.our_types)
            or (target.room is not None and target.room not in plan.our_rooms)
        ):
            plan.refuse("room", pk, _("This room does not exist here."))
            continue
        if (row.room_type_id, row.room_id, row.ignored) != (target.room_type, target.room, target.ignored):
            row.room_type_id, row.room_id, row.ignored = target.room_type, target.room, target.ignored
            plan.changed_rooms.add(pk)


# --- checking -------------------------------------------------------------------------------------------------


def _check_property_owners(plan: _Plan) -> None:
    """One property of the other side feeds one live connection, else each of its bookings would be read twice."""
    wanted = {row.external_ref: row for row in plan.properties.values() if row.property_id}
    taken = (
        PropertyMapping.objects.filter(
            provider=plan.connection.provider, external_ref__in=wanted, property__isnull=False
        )
        .exclude(connection=plan.connection)
        .exclude(connection__status=ConnectionStatus.DISCONNECTED)
        .select_related("connection")
    )
    for other in taken:
        row = wanted[other.external_ref]
        if other.hotel_id == plan.connection.hotel_id:
            sentence = _("“%(property)s” is already read through the connection “%(connection)s”.") % {
                "property": row,
                "connection": other.connection.name,
            }
        else:  # whose it is stays theirs to tell
            sentence = _("“%(property)s” is already connected elsewhere. Ask the operator of Llavero.") % {
                "property": row
            }
        plan.refuse("property", row.pk, sentence)


def _check_places(plan: _Plan) -> None:
    """A room of ours belongs to the property that its external one is mapped to; a physical room is a room."""
    property_of = {row.external_ref: row.property_id for row in plan.properties.values()}
    for row in plan.rooms.values():
        ours = plan.our_types.get(row.room_type_id or 0) or plan.our_rooms.get(row.room_id or 0)
        if ours is None:
            continue
        place = property_of.get(row.property_ref)
        if row.external_kind == ROOM and row.room_type_id:
            plan.refuse(
                "room", row.pk, _("“%(room)s” is one room: choose one of your rooms.") % {"room": row}
            )
        elif place is None:
            plan.refuse("room", row.pk, _("Choose the property of “%(room)s” first.") % {"room": row})
        elif ours.property_id != place:
            plan.refuse(
                "room",
                row.pk,
                _("“%(ours)s” belongs to another property than “%(room)s”.") % {"ours": ours, "room": row},
            )


def _check_sold_once(plan: _Plan) -> None:
    """No room of ours may stand behind two external rooms of a kind: its availability would be offered twice."""
    for kind in (ROOM_TYPE, ROOM):
        seller: dict[int, RoomMapping] = {}
        types: dict[int, RoomMapping] = {}
        for row in sorted(plan.rooms.values(), key=lambda row: row.pk):
            if row.external_kind != kind:
                continue
            if row.room_type_id and (first := types.setdefault(row.room_type_id, row)) is not row:
                _refuse_twice(plan, plan.our_types[row.room_type_id], first, row)
                continue
            for room in sorted(_rooms_behind(plan, row)):
                first = seller.setdefault(room, row)
                if first is not row:
                    _refuse_twice(plan, plan.our_rooms[room], first, row)
                    break
        if kind == ROOM_TYPE:
            sellers = seller
    _check_families(plan, sellers)


def _refuse_twice(plan: _Plan, ours: object, first: RoomMapping, second: RoomMapping) -> None:
    plan.refuse(
        "room",
        second.pk,
        _("“%(ours)s” would be sold twice: as “%(first)s” and as “%(second)s”.")
        % {"ours": ours, "first": first, "second": second},
    )


def _check_families(plan: _Plan, sellers: Mapping[int, RoomMapping]) -> None:
    """A physical room is sold through its own external type only."""
    types = {
        (row.property_ref, row.external_ref): row
        for row in plan.rooms.values()
        if row.external_kind == ROOM_TYPE
    }
    for row in plan.rooms.values():
        if row.external_kind != ROOM or not row.room_id:
            continue
        parent = types.get((row.property_ref, row.external_parent_ref))
        seller = sellers.get(row.room_id)
        if parent is None:
            if seller is not None and seller.room_id == row.room_id:
                _refuse_twice(plan, plan.our_rooms[row.room_id], seller, row)
            continue
        ours = plan.our_rooms[row.room_id]
        if seller is not None and seller is not parent:
            plan.refuse(
                "room",
                row.pk,
                _("“%(ours)s” is sold as “%(seller)s”, but “%(room)s” is a room of “%(parent)s”.")
                % {"ours": ours, "seller": seller, "room": row, "parent": parent},
            )
        elif seller is None and _rooms_behind(plan, parent):
            plan.refuse(
                "room",
                row.pk,
                _("“%(ours)s” is not one of the rooms behind “%(parent)s”, to which “%(room)s” belongs.")
                % {"ours": ours, "room": row, "parent": parent},
            )
        elif parent.room_id == row.room_id:
            plan.refuse(
                "room",
                row.pk,
                _("“%(ours)s” is already given to “%(parent)s”. Mark “%(room)s” as not used.")
                % {"ours": ours, "parent": parent, "room": row},
            )


def _rooms_behind(plan: _Plan, row: RoomMapping) -> set[int]:
    if row.room_id:
        return {row.room_id}
    return plan.rooms_of_type[row.room_type_id] if row.room_type_id else set()


# --- writing --------------------------------------------------------------------------------------------------


def _store(plan: _Plan, properties: Iterable[int]) -> None:
    PropertyMapping.objects.bulk_update(
        [plan.properties[pk] for pk in properties], fields=("property",), batch_size=200
    )
    # Two rooms may swap: all are let go before any is taken again.
    changed = [plan.rooms[pk] for pk in sorted(plan.changed_rooms)]
    RoomMapping.objects.filter(pk__in=[row.pk for row in changed]).update(room=None)
    RoomMapping.objects.bulk_update(changed, fields=("room_type", "room", "ignored"), batch_size=200)
