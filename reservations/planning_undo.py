"""Taking a change of the planning back: everybody returns to where they were, or a sentence says why not."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reservations.choices import ChangeKind
from reservations.closures import close_room, reopen
from reservations.locks import lock_hotel
from reservations.models import Hotel, PlanningEdit, Room, RoomClosure, Stay
from reservations.planning import carry_out_edits
from reservations.planning_checks import today_at
from reservations.planning_edits import Place, Places, differing, places_before, places_now
from reservations.rearranging import Rearranged, StayEdit
from reservations.stay_layout import further_part, guest_of


@transaction.atomic
def undo(*, hotel: Hotel, user: Any, edit_id: int) -> PlanningEdit:
    """Put every stay and closure that an edit touched back to where it was, also those that Llavero moved with it.

    Raises ``PlanningEdit.DoesNotExist`` for an edit that is not of ``hotel``, and ``ValidationError`` when it is
    undone already, when something changed since, or when there is no room any more where somebody was.
    """
    lock_hotel(hotel.pk)
    edit = PlanningEdit.objects.of(hotel).select_related("property").get(pk=edit_id)
    if edit.undone_at is not None:
        raise ValidationError(_("This change is undone already."))
    _check_unchanged(hotel, edit)
    _check_not_slept(edit)
    followed = _put_closures_back(hotel, user, edit.before["closures"])
    # Whom that moved goes back with the others, and whoever got a room only by that may have none again.
    _put_stays_back(hotel, user, {**places_before((), (), followed), **edit.before["stays"]})
    edit.undone_at, edit.undone_by = timezone.now(), user
    edit.save(update_fields=["undone_at", "undone_by"])
    return edit


def _check_unchanged(hotel: Hotel, edit: PlanningEdit) -> None:
    present = places_now(hotel.pk, edit.after)
    if differing(edit.after["closures"], present["closures"]):
        raise ValidationError(_("The block was changed or removed since."))
    for pk in differing(edit.after["stays"], present["stays"]):
        raise ValidationError(_what_changed(hotel, int(pk), edit.after["stays"][pk], present["stays"][pk]))


def _what_changed(hotel: Hotel, stay_id: int, after: Place, present: Place) -> str:
    if after is None or present is None:
        return _("A stay of this change was changed or removed since.")
    stay = Stay.objects.of(hotel).select_related("room", "reservation__booker").get(pk=stay_id)
    words = {"guest": guest_of(stay), "room": stay.room.name if stay.room else ""}
    if not present["holding"]:
        return _("The booking of %(guest)s was cancelled since.") % words
    if (after["first"], after["last"]) != (present["first"], present["last"]):
        return _("The dates of %(guest)s were changed since.") % words
    if after["room"] != present["room"]:
        if stay.room is None:
            return _("%(guest)s lost the room since.") % words
        return _("%(guest)s was moved to room %(room)s since.") % words
    return _("The room of %(guest)s was promised or released since.") % words


def _check_not_slept(edit: PlanningEdit) -> None:
    """Nights that are over since the change are facts."""
    then = timezone.localtime(edit.at, edit.property.zone).date()
    now = today_at(edit.property)
    if _slept(edit.before["stays"], then, now) != _slept(edit.after["stays"], then, now):
        raise ValidationError(_("A night has passed in the new room since: move the guest instead."))


def _slept(places: Places, first: date, last: date) -> set[tuple[int, date, int]]:
    """Who slept where: (the stay or its first part, night, room)."""
    found = set()
    for pk, place in places.items():
        if place is None or place["room"] is None or place["overbooked"]:
            continue
        begin = max(date.fromisoformat(place["first"]), first)
        end = min(date.fromisoformat(place["last"]), last)
        head = place["part_of"] or int(pk)
        found |= {(head, begin + timedelta(days=n), place["room"]) for n in range((end - begin).days)}
    return found


def _put_closures_back(hotel: Hotel, user: Any, before: Places) -> Rearranged:
    opened = [pk for pk, place in before.items() if place is None]
    followed = reopen(RoomClosure.objects.of(hotel).filter(pk__in=opened), user_id=user.pk)
    for pk, place in before.items():
        if place is None:
            continue
        room = Room.objects.of(hotel).select_related("property").filter(pk=place["room"]).first()
        if room is None:
            raise ValidationError(_("The room is no longer there."))
        closure = RoomClosure(
            pk=int(pk),
            hotel=hotel,
            room=room,
            first=date.fromisoformat(place["first"]),
            last=date.fromisoformat(place["last"]),
            kind=place["kind"],
            note=place["note"],
        )
        followed.add(close_room(closure, user_id=user.pk))
    return followed


def _put_stays_back(hotel: Hotel, user: Any, before: Places) -> None:
    ids = {int(pk) for pk in before}
    heads = {int(place["part_of"]) for place in before.values() if place and place["part_of"]}
    found = Stay.objects.of(hotel).filter(pk__in=ids | heads)
    rows = found.select_related("room", "property", "reservation__booker").in_bulk()
    edits: list[StayEdit] = []
    removed: list[Stay] = []
    waiting: set[int] = set()
    for pk, place in before.items():
        row = rows.get(int(pk))
        if place is None:
            removed += [row] if row is not None else []
            continue
        if place["overbooked"] or not place["room"]:
            waiting.add(int(pk))
        if row is None:
            edits.append(StayEdit(_part_again(int(pk), place, rows), None, ChangeKind.MOVED))
        else:
            old = copy(row)
            if _takes(row, place):
                edits.append(StayEdit(row, old, ChangeKind.MOVED))
    if edits or removed:
        carry_out_edits(hotel=hotel, user=user, edits=edits, removed=removed, may_wait=waiting)


def _takes(row: Stay, place: Mapping[str, Any]) -> bool:
    """Give ``row`` that place; whether it is another one."""
    values = {
        "room_id": place["room"],
        "room_choice": place["choice"],
        "arrival": date.fromisoformat(place["first"]),
        "departure": date.fromisoformat(place["last"]),
        "property_id": place["property"],
        "overbooked": place["overbooked"],
    }
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def _part_again(pk: int, place: Mapping[str, Any], rows: Mapping[int, Stay]) -> Stay:
    """A part of a split stay that was put together, under its old id, so that older edits still find it."""
    head = rows.get(place["part_of"])
    if head is None:
        raise ValidationError(_("A stay of this change was changed or removed since."))
    part = further_part(head, place["key"])
    part.pk = pk
    _takes(part, place)
    return part
