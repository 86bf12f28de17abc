"""Who a task is given to, as one value of a form: ``"12"`` is a person, ``"team-3"`` a team, ``"0"`` nobody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from cleaning.models import CleaningTask

NOBODY = "0"
_TEAM = "team-"

#: A user id and a team id, of which one is None; both for nobody.
Who = tuple[int | None, int | None]


def value_of(user_id: int | None, team_id: int | None) -> str:
    """The form's value for a person or a team; ``NOBODY`` for neither."""
    if user_id:
        return str(user_id)
    return f"{_TEAM}{team_id}" if team_id else NOBODY


def value_of_task(task: CleaningTask) -> str:
    """The form's value for who has the task."""
    return value_of(task.assignee_id, task.team_id)


def who_of(value: str) -> Who:
    """What a form's value means. Raises ``ValueError`` for any other text."""
    text = value or NOBODY
    number = int(text.removeprefix(_TEAM))
    if not 0 <= number < 2**63:
        raise ValueError(value)
    if text.startswith(_TEAM):
        return None, number
    return number or None, None


def choices(
    people: Iterable[Any], teams: Iterable[Any], me: Any = None, present: CleaningTask | None = None
) -> list[tuple[str, Any]]:
    """The choices of a select: nobody, people (``me`` first), teams.

    Who has the ``present`` task is among them even when they no longer clean for the hotel.
    """
    everybody = {str(person.pk): person for person in people}
    rows = {value_of(None, team.pk): str(team) for team in teams}
    if present is not None and present.assignee is not None:
        everybody.setdefault(str(present.assignee_id), present.assignee)
    if present is not None and present.team is not None:
        rows.setdefault(value_of_task(present), str(present.team))
    found: list[tuple[str, Any]] = [(NOBODY, _("Nobody"))]
    if me is not None and everybody.pop(str(me.pk), None):
        found.append((str(me.pk), _("Me")))
    if everybody:
        found.append((_("People"), [(value, str(person)) for value, person in everybody.items()]))
    if rows:
        found.append((_("Teams"), list(rows.items())))
    return found
