"""Alerts about guests without a room: opened and resolved with the conflicts themselves."""

from __future__ import annotations

from integrations.journal import open_alert, resolve_alerts
from reservations.choices import ConflictKind
from reservations.events import ConflictsChanged, conflicts_changed
from reservations.models import Conflict

#: What is said of each kind; see :mod:`integrations.phrases`.
_CODES = {
    ConflictKind.TYPE_FULL: "overbooked",
    ConflictKind.ROOM_TAKEN: "overbooked",
    ConflictKind.NO_WHOLE_ROOM: "no_whole_room",
    ConflictKind.ROOM_CLOSED: "closed_room_sold",
}


def connect() -> None:
    """Start listening; called once when the program starts. Connecting again changes nothing."""
    conflicts_changed.connect(on_conflicts_changed, dispatch_uid="alerts.conflicts_changed")


def on_conflicts_changed(*, change: ConflictsChanged, **_: object) -> None:
    """In the transaction of the change, so that nobody sees a conflict without its alert."""
    opened = Conflict.objects.filter(pk__in=change.opened)
    for conflict in opened.select_related("stay", "room", "room_type"):
        stay = conflict.stay
        open_alert(
            hotel_id=change.hotel_id,
            code=_CODES[ConflictKind(conflict.kind)],
            subject=f"conflict {conflict.pk}",
            conflict_id=conflict.pk,
            reservation_id=stay.reservation_id,
            guest=stay.guest_name or "—",
            room=conflict.room.name if conflict.room else "",
            room_type=conflict.room_type.name if conflict.room_type else "",
            date=str(conflict.first),
        )
    for pk in change.closed:
        for code in set(_CODES.values()):
            resolve_alerts(hotel_id=change.hotel_id, code=code, subject=f"conflict {pk}")
