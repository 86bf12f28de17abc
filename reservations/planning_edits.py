"""What is kept of each change of the planning: where everybody was before it and after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from reservations.choices import HOLDING_STATUSES, PlanningEditKind
from reservations.models import Hotel, PlanningEdit, Property, RoomClosure, Stay
from reservations.planning_wording import edit_text
from reservations.rearranging import Rearranged, StayEdit

#: How many edits the list shows.
LATEST = 20

#: Where a stay or a closure is, as JSON; None: there is none.
Place = dict[str, Any] | None
#: Places by the row's id as text, since keys of JSON are text.
Places = dict[str, Place]


def stay_place(stay: Stay) -> dict[str, Any]:
    """Where ``stay`` is: all that a change of the planning may make different."""
    return {
        "room": stay.room_id,
        "choice": str(stay.room_choice),
        "first": stay.arrival.isoformat(),
        "last": stay.departure.isoformat(),
        "property": stay.property_id,
        "part_of": stay.part_of_id,
        "key": stay.external_key,
        "overbooked": stay.overbooked,
        "holding": stay.status in HOLDING_STATUSES,
    }


def closure_place(closure: RoomClosure) -> dict[str, Any]:
    return {
        "room": closure.room_id,
        "first": closure.first.isoformat(),
        "last": closure.last.isoformat(),
        "kind": str(closure.kind),
        "note": closure.note,
    }


def stay_places(hotel_id: int, stay_ids: Iterable[int | str]) -> Places:
    """Where these stays are now; None for those that are gone. One statement."""
    ids = {int(pk) for pk in stay_ids}
    rows = {row.pk: row for row in Stay.objects.filter(hotel_id=hotel_id, pk__in=ids)} if ids else {}
    return {str(pk): stay_place(rows[pk]) if pk in rows else None for pk in ids}


def closure_places(hotel_id: int, closure_ids: Iterable[int | str]) -> Places:
    ids = {int(pk) for pk in closure_ids}
    rows = {row.pk: row for row in RoomClosure.objects.filter(hotel_id=hotel_id, pk__in=ids)} if ids else {}
    return {str(pk): closure_place(rows[pk]) if pk in rows else None for pk in ids}


def places_before(edits: Iterable[StayEdit], removed: Iterable[Stay], done: Rearranged) -> Places:
    """Where everybody was whom a rearrangement touched; called after it."""
    found = {str(edit.stay.pk): stay_place(edit.before) if edit.before else None for edit in edits}
    found |= {str(stay.pk): {**stay_place(stay), "holding": True} for stay in removed}
    # Of several moves of one stay the first one says where it was.
    moved = {str(move.stay_id): move for move in reversed(done.moved)}
    flipped = {str(pk): flag for pk, flag in done.flipped.items()}
    others = Stay.objects.filter(pk__in=[pk for pk in moved | flipped if pk not in found])
    for stay in others:
        place = stay_place(stay)
        if (key := str(stay.pk)) in flipped:
            place["overbooked"] = not flipped[key]
        if key in moved:
            place["room"], place["choice"] = moved[key].old_room_id, str(moved[key].old_choice)
        found[key] = place
    return found


def record_edit(
    *,
    hotel: Hotel,
    property_id: int,
    user: Any,
    kind: PlanningEditKind,
    told: Mapping[str, Any],
    stays: Places,
    closures: Places | None = None,
) -> PlanningEdit:
    """Store what a person did; ``stays`` and ``closures`` are the places before it, those after are read now."""
    before = {"stays": stays, "closures": closures or {}}
    return PlanningEdit.objects.create(
        hotel=hotel,
        property_id=property_id,
        kind=kind,
        at=timezone.now(),
        user=user,
        told=dict(told),
        before=before,
        after=places_now(hotel.pk, before),
    )


def places_now(hotel_id: int, places: Mapping[str, Places]) -> dict[str, Places]:
    """The present places of the stays and closures that ``places`` speaks of."""
    return {
        "stays": stay_places(hotel_id, places.get("stays", ())),
        "closures": closure_places(hotel_id, places.get("closures", ())),
    }


def differing(wanted: Places, present: Places) -> list[str]:
    """The ids whose place is another one. Whether a stay is overbooked follows from the others and is not compared."""

    def comparable(place: Place) -> Place:
        return place and {name: value for name, value in place.items() if name != "overbooked"}

    return [pk for pk, place in wanted.items() if comparable(place) != comparable(present.get(pk))]


@dataclass(frozen=True, slots=True)
class EditLine:
    """One edit of the list; ``may_undo`` when nothing changed since where it was made."""

    edit: PlanningEdit
    text: str
    may_undo: bool


def latest_edits(hotel: Hotel, house: Property) -> list[EditLine]:
    """The last edits of ``house``, the newest first, each as a sentence. Three statements."""
    edits = list(
        PlanningEdit.objects.of(hotel).filter(property=house).select_related("user", "undone_by")[:LATEST]
    )
    spoken_of: dict[str, Places] = {"stays": {}, "closures": {}}
    for edit in edits:
        for kind, places in spoken_of.items():
            places.update(edit.after.get(kind, {}))
    present = places_now(hotel.pk, spoken_of)
    return [
        EditLine(
            edit,
            edit_text(edit),
            edit.undone_at is None
            and not any(differing(edit.after.get(kind, {}), present[kind]) for kind in present),
        )
        for edit in edits
    ]
