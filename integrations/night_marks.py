"""The marks that the grid of rates shows on nights: one for each connection that sells the room type."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Literal

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from integrations.catalogue import ROOM_TYPE
from integrations.models import AvailabilityState, ConnectionStatus, RoomMapping
from reservations.night_marks import NightMark

State = AvailabilityState.State
MarkState = Literal["accepted", "waiting", "failed"]

_MARKS: Mapping[str, MarkState] = {
    State.QUEUED: "waiting",
    State.SENT: "waiting",
    State.ACCEPTED: "accepted",
    State.READ_BACK: "accepted",
    State.REFUSED: "failed",
    State.DRIFTED: "failed",
}
#: Of the numbers and prices of one night, the one in the worst state speaks for all.
_WORST: tuple[MarkState, ...] = ("failed", "waiting", "accepted")


def offer_marks(
    hotel_id: int, room_type_ids: Collection[int], first: date, last: date
) -> dict[tuple[int, date], list[NightMark]]:
    """How far each connection took the nights of these types from ``first`` up to ``last`` (half-open). Two queries."""
    rooms = (
        RoomMapping.objects.filter(hotel_id=hotel_id, external_kind=ROOM_TYPE)
        .filter(Q(room_type__in=room_type_ids) | Q(room__room_type__in=room_type_ids))
        .exclude(connection__status=ConnectionStatus.DISCONNECTED)
        .annotate(sold_type=Coalesce("room_type_id", "room__room_type_id"))
        .values_list("pk", "sold_type", "connection_id", "connection__name", "hotel__slug")
    )
    sells = {pk: (sold_type, connection_id) for pk, sold_type, connection_id, _name, _slug in rooms}
    said = {
        connection_id: (name, reverse("connection_on_sale", args=[slug, connection_id]))
        for _pk, _type, connection_id, name, slug in rooms
    }
    if not sells:
        return {}
    nights = AvailabilityState.objects.filter(
        connection_id__in=said, room_mapping_id__in=sells, date__gte=first, date__lt=last
    )
    found: dict[tuple[int, date, int], set[MarkState]] = {}
    for room, day, state in nights.order_by().values_list("room_mapping_id", "date", "state").distinct():
        sold_type, connection_id = sells[room]
        found.setdefault((sold_type, day, connection_id), set()).add(_MARKS[state])
    labels = _labels()
    marks: dict[tuple[int, date], list[NightMark]] = {}
    for (sold_type, day, connection_id), states in sorted(
        found.items(), key=lambda one: (said[one[0][2]], one[0][2])
    ):
        name, page = said[connection_id]
        state = next(state for state in _WORST if state in states)
        mark = NightMark(labels[state] % {"connection": name}, state, f"{page}?from={day}")
        marks.setdefault((sold_type, day), []).append(mark)
    return marks


def _labels() -> dict[MarkState, str]:
    return {
        "accepted": _("%(connection)s has taken it"),
        "waiting": _("%(connection)s is still to be told"),
        "failed": _("%(connection)s has something else, or refused it"),
    }
