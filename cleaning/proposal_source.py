"""What proposals for a day are made from: read once for a hotel, or for a company over all hotels that share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from cleaning.capacity import (
    DayLoad,
    PersonDay,
    days_in_houses,
    houses_of,
    left_from_earlier_days,
    loads_from,
    minute_of,
)
from cleaning.choices import BEGUN_STATES, TO_DO, TaskKind, TaskState
from cleaning.models import CleanerArea, CleaningCompany, CleaningTask, CleaningTeam, CompanyMember
from cleaning.people import (
    contracts_for,
    own_people,
    people_of_company,
    people_who_clean,
    tasks_of_company,
    teams_that_clean,
)
from cleaning.proposal_facts import MINUTES_OF_DAY, PersonFacts, Place, Proposal, TaskFacts, room_order
from cleaning.proposals import propose, totals
from reservations.models import Hotel, Property

#: The load is shown so many days ahead.
WEEK = 7
#: So many tasks are proposed at once; a form cannot hold many more.
MOST_TASKS = 400


@dataclass(frozen=True, slots=True)
class Staff:
    """Who may be given work, and where: ``houses`` by user id and by team id, None for everywhere."""

    people: Sequence[Any]
    teams: Sequence[CleaningTeam]
    houses: Mapping[int, frozenset[int] | None]
    team_houses: Mapping[int, frozenset[int] | None]

    def may_have(self, user_id: int, property_id: int) -> bool:
        return user_id in self.houses and _is_in(self.houses[user_id], property_id)

    def people_for(self, property_id: int) -> list[Any]:
        return [person for person in self.people if _is_in(self.houses[person.pk], property_id)]

    def teams_for(self, property_id: int) -> list[CleaningTeam]:
        return [team for team in self.teams if _is_in(self.team_houses[team.pk], property_id)]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose work is given out: the houses, the tasks in them, and the staff."""

    houses: Sequence[Property]
    tasks: QuerySet[CleaningTask]
    staff: Staff


@dataclass(frozen=True, slots=True)
class Table:
    """A day's proposals. ``tasks`` are those that wait for a person (or for another one), in walking order."""

    day: date
    scope: Scope
    tasks: Sequence[CleaningTask]
    proposals: Mapping[int, Proposal]
    person_days: Mapping[int, PersonDay]
    proposed: Mapping[int, int]
    #: What of ``proposed`` each person has already.
    proposed_anyway: Mapping[int, int]
    week: Sequence[DayLoad]
    #: Tasks for which there is no place in the form.
    further: int

    @property
    def left(self) -> list[CleaningTask]:
        """Tasks that fit nobody's day."""
        return [
            task for task in self.tasks if self.proposals[task.pk].user_id is None and task.team_id is None
        ]


def scope_of_hotel(hotel: Hotel) -> Scope:
    """Everybody and everything of a hotel. Six queries, one more when the tasks are read."""
    people = list(people_who_clean(hotel))
    own = set(own_people(hotel).values_list("pk", flat=True))
    shared: dict[int, frozenset[int] | None] = {}
    for contract in contracts_for(hotel.pk).prefetch_related("properties"):
        named = frozenset(house.pk for house in contract.properties.all())
        shared[contract.company_id] = named if named or contract.is_limited else None
    houses: dict[int, frozenset[int] | None] = dict.fromkeys(own)
    members = CompanyMember.objects.filter(company_id__in=shared)
    for user_id, company_id in members.values_list("user_id", "company_id"):
        if user_id not in own:
            houses[user_id] = _together(houses.get(user_id, frozenset()), shared[company_id])
    teams = list(teams_that_clean(hotel))
    team_houses = {team.pk: shared.get(team.company_id) if team.company_id else None for team in teams}
    return Scope(houses_of(hotel), CleaningTask.objects.of(hotel), Staff(people, teams, houses, team_houses))


def scope_of_company(planner: Any, company: CleaningCompany) -> Scope:
    """The company's people, and what hotels share with it: tasks that nobody has or its own people have.

    What a hotel gave to its own people, or to another company, is not the company's to give. Three queries.
    """
    shared = tasks_of_company(planner, company.pk)
    people = list(people_of_company(company.pk))
    teams = list(CleaningTeam.objects.filter(company=company).order_by("name", "pk"))
    tasks = shared.filter(
        Q(assignee=None, team=None)
        | Q(assignee__in=[person.pk for person in people])
        | Q(team__in=[team.pk for team in teams])
    )
    houses = list(shared_houses(planner, company))
    staff = Staff(
        people, teams, dict.fromkeys(person.pk for person in people), dict.fromkeys(team.pk for team in teams)
    )
    return Scope(houses, tasks, staff)


def shared_houses(planner: Any, company: CleaningCompany) -> QuerySet[Property]:
    """The houses that hotels share with the company, by hotel; none unless ``planner`` plans for it. One query."""
    contracts = company.contracts.filter(
        company__members__user_id=planner.pk, company__members__role="planner"
    )
    whole = contracts.filter(is_limited=False, properties__isnull=True).values("hotel_id")
    named = contracts.filter(properties__isnull=False).values("properties")
    houses = Property.objects.filter(Q(hotel_id__in=whole) | Q(pk__in=named))
    return houses.select_related("cleaning_hours", "hotel").order_by("hotel__name", "hotel_id", "name", "pk")


def table_of(scope: Scope, day: date, *, now: datetime, start_over: bool = False) -> Table:
    """Proposals for ``day`` (a local date of the houses) in ``scope``, and a week of loads from today. Seven queries.

    With ``start_over`` what nobody has accepted or begun is proposed anew. For today only what is left of it counts.
    """
    houses, people = scope.houses, scope.staff.people
    today = houses[0].today(now) if houses else now.date()
    days = sorted({day, *(today + timedelta(days=offset) for offset in range(WEEK))})
    known = days_in_houses(houses, people, days, now=now)
    all_tasks = sorted(_to_give(scope.tasks, day, today, now), key=_walking_order)
    local = now.astimezone(houses[0].zone) if houses else now
    # A day is over at midnight, although tasks of it may be done until the night audit.
    minute = 0 if day > today else MINUTES_OF_DAY if day < local.date() else minute_of(local.time())
    facts = [_task_facts(task, day, minute, scope.staff) for task in all_tasks]
    waiting = [task for task, fact in zip(all_tasks, facts, strict=True) if _is_open(fact, start_over)]
    person_days = {user_id: row for (user_id, on), row in known.items() if on == day}
    given = _minutes_by_person(facts)
    staff = _people_facts(scope, person_days, given, day, minute)
    proposals = propose(facts, staff, start_over=start_over)
    open_ids = {task.pk for task in waiting}
    open_facts = [fact for fact in facts if fact.pk in open_ids]
    return Table(
        day=day,
        scope=scope,
        tasks=waiting[:MOST_TASKS],
        proposals={proposal.task_id: proposal for proposal in proposals},
        person_days=person_days,
        proposed=totals([each for each in proposals if each.task_id in open_ids], facts),
        proposed_anyway=_minutes_by_person(open_facts),
        week=loads_from(scope.tasks, houses, days, known.values(), now=now),
        further=max(0, len(waiting) - MOST_TASKS),
    )


def _to_give(tasks: QuerySet[CleaningTask], day: date, today: date, now: datetime) -> QuerySet[CleaningTask]:
    """What people may do on ``day``; inspections are the planners' own. One query."""
    wanted = Q(date=day)
    if day == today:
        wanted |= left_from_earlier_days(today, now)
    return (
        tasks.filter(wanted, state__in=TO_DO)
        .exclude(kind=TaskKind.INSPECTION)
        .select_related("hotel", "property", "room", "room_type", "assignee", "team")
        .order_by(
            "hotel__name", "property__name", "property_id", "room__area", "room__name", "priority", "pk"
        )
    )


def _walking_order(task: CleaningTask) -> tuple[object, ...]:
    room = task.room
    place = (room is None, room_order(room.area), room_order(room.name)) if room else (True, (), ())
    return task.hotel.name, task.hotel_id, task.property.name, task.property_id, place, task.priority, task.pk


def _is_open(fact: TaskFacts, start_over: bool) -> bool:
    """Whether it is still asked who does the task."""
    if fact.has_team:
        return False
    return fact.user_id is None or (start_over and not fact.is_pinned)


def _task_facts(task: CleaningTask, day: date, minute: int, staff: Staff) -> TaskFacts:
    zone = task.property.zone
    midnight = datetime.combine(day, time())

    def minute_on_day(moment: datetime) -> int:
        local = moment.astimezone(zone).replace(tzinfo=None)
        return min(MINUTES_OF_DAY, max(0, int((local - midnight).total_seconds() // 60)))

    starts, ends = minute_on_day(task.window_start), minute_on_day(task.window_end)
    begun = task.state in BEGUN_STATES
    holder = task.assignee_id
    if begun:
        holder = holder or task.started_by_id
    elif holder is not None and not staff.may_have(holder, task.property_id):
        # Whoever does not clean here any more will not do it.
        holder = None
    return TaskFacts(
        pk=task.pk,
        property_id=task.property_id,
        area=task.room.area if task.room else "",
        room=task.room.name if task.room else "",
        minutes=task.minutes,
        starts=starts,
        # What is late already is wanted as soon as somebody can.
        ends=ends if ends > minute else MINUTES_OF_DAY,
        priority=task.priority,
        room_id=task.room_id,
        user_id=holder,
        has_team=task.team_id is not None,
        is_pinned=begun or (holder is not None and task.state == TaskState.ACCEPTED),
    )


def _minutes_by_person(facts: Iterable[TaskFacts]) -> dict[int, int]:
    found: dict[int, int] = {}
    for fact in facts:
        if fact.user_id is not None:
            found[fact.user_id] = found.get(fact.user_id, 0) + fact.minutes
    return found


def _people_facts(
    scope: Scope,
    person_days: Mapping[int, PersonDay],
    given: Mapping[int, int],
    day: date,
    minute: int,
) -> list[PersonFacts]:
    """Two queries."""
    house_ids = [house.pk for house in scope.houses]
    areas: dict[int, set[Place]] = {}
    for row in CleanerArea.objects.filter(user_id__in=person_days, property_id__in=house_ids):
        areas.setdefault(row.user_id, set()).add((row.property_id, row.area))
    rooms, floors = _yesterday(house_ids, person_days, day)
    found = []
    for user_id, person_day in person_days.items():
        starts, ends = person_day.hours or (time(), time())
        found.append(
            PersonFacts(
                user_id=user_id,
                # The tasks of the table are counted one by one; everything else is taken off before.
                minutes=max(0, person_day.minutes_free + given.get(user_id, 0)),
                starts=max(minute, minute_of(starts)),
                ends=minute_of(ends),
                houses=scope.staff.houses[user_id],
                areas=frozenset(areas.get(user_id, ())),
                rooms_yesterday=frozenset(rooms.get(user_id, ())),
                floors_yesterday=frozenset(floors.get(user_id, ())),
            )
        )
    return found


def _yesterday(
    house_ids: Collection[int], user_ids: Collection[int], day: date
) -> tuple[dict[int, set[int]], dict[int, set[Place]]]:
    """Which rooms and floors each person had on the day before. One query."""
    rooms: dict[int, set[int]] = {}
    floors: dict[int, set[Place]] = {}
    rows = (
        CleaningTask.objects.filter(
            property_id__in=house_ids, date=day - timedelta(days=1), room__isnull=False
        )
        .exclude(state=TaskState.CANCELLED)
        .filter(Q(assignee__in=list(user_ids)) | Q(finished_by__in=list(user_ids)))
    )
    for finished_by, assignee, room_id, property_id, area in rows.values_list(
        "finished_by_id", "assignee_id", "room_id", "property_id", "room__area"
    ):
        user_id = finished_by or assignee
        rooms.setdefault(user_id, set()).add(room_id)
        if area:
            floors.setdefault(user_id, set()).add((property_id, area))
    return rooms, floors


def _is_in(houses: frozenset[int] | None, property_id: int) -> bool:
    return houses is None or property_id in houses


def _together(one: frozenset[int] | None, other: frozenset[int] | None) -> frozenset[int] | None:
    return None if one is None or other is None else one | other
