"""What the desk saw of a guest and what the channels tell, together: neither makes the other forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from reservations.choices import GUEST_STATUSES, DeskState, StayState, StayStatus
from reservations.models import Stay

_PROGRESS = (StayState.EXPECTED, StayState.IN_HOUSE, StayState.DEPARTED)


def with_desk_facts(stay: Stay, values: dict[str, Any]) -> dict[str, Any]:
    """``values`` that sources tell of ``stay``, with what the desk knows better.

    A guest who came, left or stayed away did so whatever is told; a cancellation that is told still counts.
    """
    if values["status"] not in GUEST_STATUSES:
        return values
    found = dict(values)
    if stay.desk_state == DeskState.NO_SHOW:
        found["status"] = str(StayStatus.NO_SHOW)
    elif stay.desk_state:
        found["state"] = str(max(StayState(found["state"]), StayState(stay.desk_state), key=_PROGRESS.index))
    if stay.left_on is not None and found["arrival"] < stay.left_on < found["departure"]:
        found["departure"] = stay.left_on
    elif stay.left_on is not None and stay.left_on <= found["arrival"]:
        # Whoever leaves on the day of arrival has used that night.
        found["departure"] = min(found["departure"], found["arrival"] + timedelta(days=1))
    return found
