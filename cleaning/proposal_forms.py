"""The form of proposals: one line for each task with a tick and a choice of people, and what of it was posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cleaning.capacity import PersonDay
from cleaning.giving import Wish, seen
from cleaning.models import CleaningTask
from cleaning.people_wording import reasons_text
from cleaning.proposal_source import Staff, Table

_PERSON, _TEAM = "p", "t"
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """One task as it is shown."""

    task: CleaningTask
    seen: str
    choices: Sequence[Choice]
    teams: Sequence[Choice]
    chosen: str
    ticked: bool
    reasons: str
    is_left: bool


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person's minutes: what stays as it is, what is proposed, and what the day has."""

    person: Any
    day: PersonDay
    minutes_before: int
    minutes_proposed: int

    @property
    def minutes_after(self) -> int:
        return self.minutes_before + self.minutes_proposed

    @property
    def is_too_much(self) -> bool:
        return self.minutes_after > self.day.minutes_available


def lines_of(table: Table, posted: Sequence[Wish] | None = None) -> list[Line]:
    """The table's tasks with the proposed person chosen; with ``posted``, as they were filled in."""
    filled = None if posted is None else {wish.task_id: wish for wish in posted}
    by_house: dict[int, tuple[list[Choice], list[Choice]]] = {}
    lines = []
    for task in table.tasks:
        if task.property_id not in by_house:
            by_house[task.property_id] = _choices(table.scope.staff, task.property_id)
        people, teams = by_house[task.property_id]
        proposal = table.proposals[task.pk]
        chosen = choice_value(proposal.user_id, None)
        wish = filled.get(task.pk) if filled is not None else None
        if wish is not None:
            chosen = choice_value(wish.user_id, wish.team_id)
        lines.append(
            Line(
                task=task,
                seen=seen(task),
                choices=people,
                teams=teams,
                chosen=chosen,
                ticked=wish is not None if filled is not None else True,
                reasons=reasons_text(proposal.reasons),
                is_left=proposal.user_id is None,
            )
        )
    return lines


def people_lines(table: Table, posted: Sequence[Wish] | None = None) -> list[PersonLine]:
    """Everybody's day with the proposals; with ``posted``, with what was filled in."""
    minutes: Mapping[int, int] = table.proposed
    before = dict(table.proposed_anyway)
    if posted is not None:
        minutes, before = _posted_minutes(table, posted)
    lines = []
    for person in table.scope.staff.people:
        day = table.person_days[person.pk]
        stays = day.minutes_given + day.minutes_elsewhere - before.get(person.pk, 0)
        lines.append(PersonLine(person, day, stays, minutes.get(person.pk, 0)))
    return lines


def wishes_from(posted: Any, staff: Staff, tasks: Mapping[int, CleaningTask]) -> list[Wish]:
    """What was ticked in ``posted`` (a QueryDict), as wishes.

    ``tasks`` are those that may be given at all; a ticked one that is not among them is a wish nevertheless, which
    then counts as changed. Raises ``ValidationError`` for a person or a team that may not be given the task.
    """
    wishes = []
    for text in posted.getlist("take"):
        number, _dot, shown = text.partition(":")
        task_id = _number(number)
        if task_id is None:
            continue
        user_id, team_id = _who(posted.get(f"who-{task_id}", ""))
        task = tasks.get(task_id)
        if task is not None:
            people = [person.pk for person in staff.people_for(task.property_id)]
            teams = [team.pk for team in staff.teams_for(task.property_id)]
            if (user_id and user_id not in people) or (team_id and team_id not in teams):
                raise ValidationError(
                    _("Somebody you chose does not clean there any more. Look at it again.")
                )
        wishes.append(Wish(task_id, user_id, team_id, shown))
    return wishes


def ticked(posted: Any) -> list[int]:
    """The numbers of the tasks that were ticked in ``posted``; what is no number is left out."""
    numbers = [_number(text.partition(":")[0]) for text in posted.getlist("take")]
    return [number for number in numbers if number is not None]


def choice_value(user_id: int | None, team_id: int | None) -> str:
    """What a choice of a person or a team is called in the form; empty for nobody."""
    if user_id is not None:
        return f"{_PERSON}{user_id}"
    return f"{_TEAM}{team_id}" if team_id is not None else ""


def _choices(staff: Staff, property_id: int) -> tuple[list[Choice], list[Choice]]:
    people = [Choice(choice_value(person.pk, None), str(person)) for person in staff.people_for(property_id)]
    return people, [Choice(choice_value(None, team.pk), team.name) for team in staff.teams_for(property_id)]


def _posted_minutes(table: Table, posted: Sequence[Wish]) -> tuple[dict[int, int], dict[int, int]]:
    """By person: the minutes wished for, and those of them that the person has already."""
    tasks = {task.pk: task for task in table.tasks}
    after: dict[int, int] = {}
    before: dict[int, int] = {}
    for wish in posted:
        task = tasks.get(wish.task_id)
        if task is None:
            continue
        if wish.user_id is not None:
            after[wish.user_id] = after.get(wish.user_id, 0) + task.minutes
        if task.assignee_id is not None:
            before[task.assignee_id] = before.get(task.assignee_id, 0) + task.minutes
    return after, before


def _who(value: str) -> tuple[int | None, int | None]:
    number = _number(value[1:])
    return (number if value[:1] == _PERSON else None, number if value[:1] == _TEAM else None)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
