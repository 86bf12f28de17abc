"""Who has to hear when work cannot go as planned: the planners of the hotel, and those of the cleaning company whose
people have the task."""

from __future__ import annotations

from collections.abc import Collection

from cleaning.choices import CompanyRole
from cleaning.models import CleaningTask, CompanyContract
from reservations.choices import Role
from reservations.models import Membership


def planners_of(tasks: Collection[CleaningTask]) -> dict[int, set[int]]:
    """By task the people who plan it; managers where the hotel has no planner, owners where it has neither.

    Two queries when the company of each task's team is at hand (``team_company``, or the team itself).
    """
    own = _people(tasks, (Role.HOUSEKEEPING_MANAGER,), (Role.MANAGER,), (Role.OWNER,))
    outside = _company_planners(tasks)
    return {task.pk: {*own.get(task.hotel_id, ()), *outside.get(task.pk, ())} for task in tasks}


def managers_of(tasks: Collection[CleaningTask]) -> dict[int, set[int]]:
    """By task the hotel's managers and owners. One query."""
    people = _people(tasks, (Role.MANAGER, Role.OWNER))
    return {task.pk: set(people.get(task.hotel_id, ())) for task in tasks}


def _people(tasks: Collection[CleaningTask], *choices: tuple[Role, ...]) -> dict[int, list[int]]:
    """By hotel the people who have the first of the choices of roles that anybody has there. One query."""
    rows = Membership.objects.filter(
        hotel_id__in={task.hotel_id for task in tasks},
        role__in=[role for roles in choices for role in roles],
        user__is_active=True,
    )
    found: dict[int, dict[int, list[int]]] = {}
    for hotel_id, user_id, role in rows.values_list("hotel_id", "user_id", "role"):
        place = next(number for number, roles in enumerate(choices) if role in roles)
        found.setdefault(hotel_id, {}).setdefault(place, []).append(user_id)
    return {hotel_id: by_place[min(by_place)] for hotel_id, by_place in found.items()}


def _company_planners(tasks: Collection[CleaningTask]) -> dict[int, set[int]]:
    """By task the planners of the company that has it, while the hotel shares with that company. One query."""
    contracts = CompanyContract.objects.filter(hotel_id__in={task.hotel_id for task in tasks})
    rows = contracts.filter(company__members__user__is_active=True).values_list(
        "hotel_id", "company_id", "company__members__user_id", "company__members__role"
    )
    members: dict[tuple[int, int], dict[int, str]] = {}
    for hotel_id, company_id, user_id, role in rows:
        members.setdefault((hotel_id, company_id), {})[user_id] = role
    found: dict[int, set[int]] = {}
    for task in tasks:
        for (hotel_id, company_id), people in members.items():
            is_theirs = task.assignee_id in people or _company_of_team(task) == company_id
            if hotel_id == task.hotel_id and is_theirs:
                planners = {user_id for user_id, role in people.items() if role == CompanyRole.PLANNER}
                found.setdefault(task.pk, set()).update(planners)
    return found


def _company_of_team(task: CleaningTask) -> int | None:
    if hasattr(task, "team_company"):
        known: int | None = task.team_company
        return known
    return task.team.company_id if task.team else None
