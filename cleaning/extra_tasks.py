"""A task that a person wishes for, given to somebody at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from cleaning.decisions import add_task, override_task
from cleaning.models import CleaningTask
from cleaning.who import Who
from reservations.models import Hotel


@transaction.atomic
def wish_task(
    *, hotel: Hotel, given: Who = (None, None), user_id: int | None, now: datetime, **wish: Any
) -> CleaningTask:
    """The new task as :func:`cleaning.decisions.add_task` makes it, given to a person or a team; both or neither.

    Raises what ``add_task`` and ``override_task`` raise; then there is no task.
    """
    task = add_task(hotel=hotel, user_id=user_id, now=now, **wish)
    assignee, team = given
    if not assignee and not team:
        return task
    changes = {"assignee": assignee} if assignee else {"team": team}
    return override_task(hotel_id=hotel.pk, task_id=task.pk, changes=changes, user_id=user_id, now=now)
