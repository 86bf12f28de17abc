"""Sentences about changes of the planning: facts that are kept with an edit, told in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reservations.choices import ClosureKind, PlanningEditKind
from reservations.models import PlanningEdit, Room, RoomClosure, Stay
from reservations.stay_layout import guest_of
from reservations.wording import span_text


def told_move(guest: str, nights: tuple[date, date], old: str, new: str) -> dict[str, str]:
    """The facts of one move; ``old`` and ``new`` are names of rooms, empty for none."""
    return {
        "guest": guest,
        "first": nights[0].isoformat(),
        "last": nights[1].isoformat(),
        "from": old,
        "to": new,
    }


def told_parts(rows: Sequence[Stay], names: Mapping[int, str]) -> dict[str, Any]:
    """The facts of a stay that is spread over rooms, or put together again."""
    whole = {**_who(rows[0]), "last": rows[-1].departure.isoformat()}
    return {**whole, "rooms": [names.get(row.room_id or 0, "") for row in rows]}


def told_stay(stay: Stay) -> dict[str, Any]:
    return {**_who(stay), "rooms": [stay.room.name if stay.room else ""]}


def told_closure(closure: RoomClosure, others: int) -> dict[str, Any]:
    dates = {"first": closure.first.isoformat(), "last": closure.last.isoformat()}
    reason = {"kind": str(closure.kind), "note": closure.note}
    return {**dates, **reason, "room": closure.room.name, "others": others}


def room_names(room_ids: Iterable[int | None]) -> dict[int, str]:
    return dict(Room.objects.filter(pk__in={pk for pk in room_ids if pk}).values_list("pk", "name"))


def _who(stay: Stay) -> dict[str, str]:
    dates = {"first": stay.arrival.isoformat(), "last": stay.departure.isoformat()}
    return {"guest": guest_of(stay), **dates}


def edit_text(edit: PlanningEdit) -> str:
    """What was done, such as "Mara Quill, 10–12 Jun 2031: room 101 to room 102.", in the active language."""
    told = edit.told
    if "moves" in told:
        parts = [_move_text(move) for move in told["moves"]]
    elif edit.kind in (PlanningEditKind.BLOCK, PlanningEditKind.UNBLOCK):
        parts = [_closure_text(edit.kind, told)]
    else:
        parts = [_stay_text(edit.kind, told)]
    if others := told.get("others", 0):
        text = ngettext(
            "%(count)s other stay got another room.", "%(count)s other stays got another room.", others
        )
        parts.append(text % {"count": others})
    return " ".join(parts)


def _dates(told: Mapping[str, Any]) -> str:
    return span_text(date.fromisoformat(told["first"]), date.fromisoformat(told["last"]))


def _move_text(move: Mapping[str, Any]) -> str:
    words = {"guest": move["guest"], "dates": _dates(move), "old": move["from"], "new": move["to"]}
    if move["from"] and move["to"]:
        return _("%(guest)s, %(dates)s: room %(old)s to room %(new)s.") % words
    if move["to"]:
        return _("%(guest)s, %(dates)s: room %(new)s given.") % words
    return _("%(guest)s, %(dates)s: no room any more.") % words


def _stay_text(kind: str, told: Mapping[str, Any]) -> str:
    words = {"guest": told["guest"], "dates": _dates(told), "rooms": ", ".join(told["rooms"])}
    if kind == PlanningEditKind.PIN:
        return _("%(guest)s, %(dates)s: room %(rooms)s promised.") % words
    if kind == PlanningEditKind.UNPIN:
        return _("%(guest)s, %(dates)s: room %(rooms)s no longer promised.") % words
    if kind == PlanningEditKind.JOIN:
        return _("%(guest)s, %(dates)s: put together in room %(rooms)s.") % words
    return _("%(guest)s, %(dates)s: spread over the rooms %(rooms)s.") % words


def _closure_text(kind: str, told: Mapping[str, Any]) -> str:
    reason = str(ClosureKind(told["kind"]).label)
    words = {"room": told["room"], "dates": _dates(told), "reason": told["note"] or reason}
    if kind == PlanningEditKind.BLOCK:
        return _("Room %(room)s blocked, %(dates)s: %(reason)s.") % words
    return _("Block of room %(room)s removed, %(dates)s: %(reason)s.") % words
