"""Who should do what on one day. Pure: no database, no clock, and the same answer to the same question.

Wanted, in this order: nothing beyond anybody's hours and minutes; as many minutes given as possible, the urgent first;
people in the areas that are theirs; even days for everybody, with rooms and floors that people know from yesterday
and floors kept together. Several first plans are made, each is improved step by step, and the best one is taken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cleaning.proposal_facts import (
    MINUTES_OF_DAY,
    PersonFacts,
    Place,
    Proposal,
    Reason,
    ReasonKind,
    TaskFacts,
    fits,
    room_order,
)

#: What it costs when a minute is not given to anybody, or outside of a person's areas. The first is dearer than any
#: unevenness, the second as well, so that both come before all other wishes.
_UNGIVEN = 40
_OUTSIDE = 8
#: What knowing a room or a floor from yesterday is worth, as a part of the task's minutes.
_KNOWN_ROOM = 1.0
_KNOWN_FLOOR = 0.4
_NAMED_AREA = 0.25
#: What it costs, in minutes, to send one more person to a floor.
_ANOTHER_ON_THE_FLOOR = 12.0
#: Above so many tasks no two people's tasks are exchanged: each step of that looks at every pair.
_MOST_FOR_EXCHANGE = 150
_MOST_ROUNDS = 8
_A_LITTLE = 1e-9


def propose(
    tasks: Iterable[TaskFacts], people: Iterable[PersonFacts], *, start_over: bool = False
) -> tuple[Proposal, ...]:
    """One proposal for each task, in the order of places and rooms.

    Tasks that somebody has stay there; with ``start_over`` only the pinned ones and those of teams do.
    """
    ordered = sorted(tasks, key=_walking_order)
    staff = sorted(people, key=lambda person: person.user_id)
    kept = [task for task in ordered if task.has_team or _is_kept(task, start_over)]
    open_tasks = [task for task in ordered if not task.has_team and not _is_kept(task, start_over)]
    best = min(
        (_improved(draft) for draft in _first_drafts(open_tasks, kept, staff)), key=lambda draft: draft.cost()
    )
    proposals = {task.pk: _kept_proposal(task) for task in kept}
    for task in open_tasks:
        proposals[task.pk] = best.explained(task)
    return tuple(proposals[task.pk] for task in ordered)


def totals(proposals: Iterable[Proposal], tasks: Iterable[TaskFacts]) -> dict[int, int]:
    """Minutes by user id, as the proposals give them."""
    minutes = {task.pk: task.minutes for task in tasks}
    found: dict[int, int] = {}
    for proposal in proposals:
        if proposal.user_id is not None:
            found[proposal.user_id] = found.get(proposal.user_id, 0) + minutes[proposal.task_id]
    return found


@dataclass(slots=True)
class _Draft:
    """A division of the open tasks among people, and what it costs."""

    people: Sequence[PersonFacts]
    open_tasks: Sequence[TaskFacts]
    pinned: Mapping[int, list[TaskFacts]]
    #: By person and task; see :func:`_wish`.
    wishes: Mapping[tuple[int, int], float]
    given: dict[int, list[TaskFacts]] = field(init=False)
    holder: dict[int, PersonFacts] = field(default_factory=dict)
    loads: dict[int, int] = field(init=False)
    #: How many tasks each person has on each floor.
    floors: dict[int, dict[Place, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.given = {person.user_id: [] for person in self.people}
        self.loads = {person.user_id: 0 for person in self.people}
        self.floors = {person.user_id: {} for person in self.people}
        for person in self.people:
            for task in self.pinned.get(person.user_id, ()):
                self._count(task, person, 1)

    def load(self, person: PersonFacts) -> int:
        return self.loads[person.user_id]

    def may_take(
        self, person: PersonFacts, more: Collection[TaskFacts], less: Collection[TaskFacts] = ()
    ) -> bool:
        minutes = sum(task.minutes for task in more) - sum(task.minutes for task in less)
        if self.loads[person.user_id] + minutes > person.minutes:
            return False
        if not all(person.cleans_in(task) for task in more):
            return False
        gone = {task.pk for task in less}
        own = [task for task in self.given[person.user_id] if task.pk not in gone]
        return fits(person, [*own, *more], self.pinned.get(person.user_id, ()))

    def give(self, task: TaskFacts, person: PersonFacts | None) -> None:
        """Give the task to ``person``, away from whoever has it."""
        before = self.holder.pop(task.pk, None)
        if before is not None:
            self.given[before.user_id].remove(task)
            self._count(task, before, -1)
        if person is not None:
            self.given[person.user_id].append(task)
            self.holder[task.pk] = person
            self._count(task, person, 1)

    def _count(self, task: TaskFacts, person: PersonFacts, step: int) -> None:
        self.loads[person.user_id] += step * task.minutes
        floors = self.floors[person.user_id]
        floors[task.place] = floors.get(task.place, 0) + step

    def cost(self) -> float:
        """What the whole division costs."""
        cost = sum(_ungiven(task) for task in self.open_tasks if task.pk not in self.holder)
        for person in self.people:
            load, floors = self.loads[person.user_id], self.floors[person.user_id]
            cost += load * load / max(person.minutes, 1)
            cost += sum(self.wishes[person.user_id, task.pk] for task in self.given[person.user_id])
            cost += _ANOTHER_ON_THE_FLOOR * sum(bool(number and area) for (_, area), number in floors.items())
        return cost

    def difference(
        self, person: PersonFacts, more: TaskFacts | None = None, less: TaskFacts | None = None
    ) -> float:
        """How much dearer the person's day becomes with ``more`` and without ``less``."""
        load = changed = self.loads[person.user_id]
        floors, cost = self.floors[person.user_id], 0.0
        if more is not None:
            changed += more.minutes
            cost += self.wishes[person.user_id, more.pk]
        if less is not None:
            changed -= less.minutes
            cost -= self.wishes[person.user_id, less.pk]
        if more is None or less is None or more.place != less.place:
            if more is not None and more.area and not floors.get(more.place):
                cost += _ANOTHER_ON_THE_FLOOR
            if less is not None and less.area and floors.get(less.place) == 1:
                cost -= _ANOTHER_ON_THE_FLOOR
        return cost + (changed * changed - load * load) / max(person.minutes, 1)

    def explained(self, task: TaskFacts) -> Proposal:
        person = self.holder.get(task.pk)
        if person is None:
            return Proposal(task.pk, None, (self._why_nobody(task),))
        return Proposal(task.pk, person.user_id, tuple(self._why(task, person)))

    def _why(self, task: TaskFacts, person: PersonFacts) -> list[Reason]:
        reasons = []
        if task.room_id in person.rooms_yesterday:
            reasons.append(Reason(ReasonKind.KNOWN_ROOM))
        elif task.area and task.place in person.floors_yesterday:
            reasons.append(Reason(ReasonKind.KNOWN_FLOOR))
        if person.is_named(task):
            reasons.append(Reason(ReasonKind.OWN_AREA))
        elif person.is_outside(task):
            reasons.append(Reason(ReasonKind.OUTSIDE))
        together = self.floors[person.user_id].get(task.place, 0) if task.area else 0
        if together > 1:
            reasons.append(Reason(ReasonKind.SAME_FLOOR, together))
        if not reasons:
            reasons.append(Reason(ReasonKind.MOST_TIME, person.minutes - self.load(person)))
        if task.due > task.ends:
            reasons.append(Reason(ReasonKind.SHORT_WINDOW, task.ends - task.starts))
        return reasons

    def _why_nobody(self, task: TaskFacts) -> Reason:
        here = [person for person in self.people if person.cleans_in(task)]
        if not here:
            return Reason(ReasonKind.NOBODY_HERE)
        at_work = [person for person in here if person.minutes > 0 and person.ends > person.starts]
        if not at_work:
            return Reason(_why_nobody_can(here))
        alone = [person for person in at_work if fits(_whole_day(person), [task])]
        if not alone:
            return Reason(ReasonKind.NOBODY_AT_THAT_TIME)
        most = max(person.minutes - self.load(person) for person in alone)
        kind = ReasonKind.FULL if most < task.minutes else ReasonKind.NOT_IN_TIME
        return Reason(kind, max(0, most))


def _why_nobody_can(people: Sequence[PersonFacts]) -> ReasonKind:
    """Why none of ``people`` has a minute left: what they have elsewhere, their hours, or no hours at all."""
    if any(person.ends > person.starts for person in people):
        return ReasonKind.FULL
    return ReasonKind.DAY_IS_OVER if any(person.ends for person in people) else ReasonKind.NOBODY_AT_WORK


def _walking_order(task: TaskFacts) -> tuple[object, ...]:
    return task.property_id, room_order(task.area), room_order(task.room), task.pk


def _is_kept(task: TaskFacts, start_over: bool) -> bool:
    return task.user_id is not None and (task.is_pinned or not start_over)


def _kept_proposal(task: TaskFacts) -> Proposal:
    kind = ReasonKind.KEPT if task.user_id is not None else ReasonKind.TEAM
    return Proposal(task.pk, task.user_id, (Reason(kind),))


def _whole_day(person: PersonFacts) -> PersonFacts:
    return PersonFacts(person.user_id, MINUTES_OF_DAY, person.starts, person.ends)


def _ungiven(task: TaskFacts) -> float:
    return task.minutes * (_UNGIVEN + max(0, 60 - task.priority))


def _wish(person: PersonFacts, task: TaskFacts) -> float:
    """What it costs (or is worth, below zero) that this person does this task, whatever else they do."""
    cost = 0.0
    if person.is_named(task):
        cost -= _NAMED_AREA * task.minutes
    elif person.is_outside(task):
        cost += _OUTSIDE * task.minutes
    if task.room_id is not None and task.room_id in person.rooms_yesterday:
        cost -= _KNOWN_ROOM * task.minutes
    elif task.area and task.place in person.floors_yesterday:
        cost -= _KNOWN_FLOOR * task.minutes
    return cost


def _first_drafts(
    open_tasks: Sequence[TaskFacts], kept: Sequence[TaskFacts], people: Sequence[PersonFacts]
) -> Iterable[_Draft]:
    """One person after the other filled in walking order; the urgent first; the long first."""
    pinned: dict[int, list[TaskFacts]] = {}
    for task in kept:
        if task.user_id is not None:
            pinned.setdefault(task.user_id, []).append(task)
    wishes = {(person.user_id, task.pk): _wish(person, task) for person in people for task in open_tasks}
    filled = _Draft(people, open_tasks, pinned, wishes)
    for task in open_tasks:
        filled.give(task, next((person for person in people if filled.may_take(person, [task])), None))
    yield filled
    urgent = sorted(open_tasks, key=lambda task: (task.priority, task.due, _walking_order(task)))
    long = sorted(open_tasks, key=lambda task: (-task.minutes, task.due, _walking_order(task)))
    for order in (urgent, long):
        draft = _Draft(people, open_tasks, pinned, wishes)
        for task in order:
            draft.give(task, _cheapest(draft, task))
        yield draft


def _cheapest(draft: _Draft, task: TaskFacts) -> PersonFacts | None:
    """For whom the task costs least of those who can still do it."""
    for _cost, place in _offers(draft, task):
        if draft.may_take(draft.people[place], [task]):
            return draft.people[place]
    return None


def _offers(draft: _Draft, task: TaskFacts) -> list[tuple[float, int]]:
    """What the task costs with each other person, by their place in the list, the least first."""
    holder = draft.holder.get(task.pk)
    return sorted(
        (draft.difference(person, more=task), place)
        for place, person in enumerate(draft.people)
        if person is not holder
    )


def _improved(draft: _Draft) -> _Draft:
    """The draft after moves and exchanges, each of which makes it cheaper."""
    for _round in range(_MOST_ROUNDS):
        changed = sum(_move(draft, task) for task in draft.open_tasks)
        if len(draft.open_tasks) <= _MOST_FOR_EXCHANGE:
            changed += _exchange(draft)
        if not changed:
            break
    return draft


def _move(draft: _Draft, task: TaskFacts) -> bool:
    """Give the task to somebody for whom everything together is cheaper."""
    holder = draft.holder.get(task.pk)
    saved = -draft.difference(holder, less=task) if holder else _ungiven(task)
    for cost, place in _offers(draft, task):
        if cost >= saved - _A_LITTLE:
            return False
        if draft.may_take(draft.people[place], [task]):
            draft.give(task, draft.people[place])
            return True
    return False


def _exchange(draft: _Draft) -> int:
    """Let two people exchange a task each where both together are better off; how often that was so."""
    done = 0
    for index, one in enumerate(draft.open_tasks):
        for other in draft.open_tasks[index + 1 :]:
            mine, theirs = draft.holder.get(one.pk), draft.holder.get(other.pk)
            if mine is theirs or mine is None or theirs is None:
                continue
            if draft.difference(mine, other, one) + draft.difference(theirs, one, other) >= -_A_LITTLE:
                continue
            if draft.may_take(mine, [other], [one]) and draft.may_take(theirs, [one], [other]):
                draft.give(one, theirs)
                draft.give(other, mine)
                done += 1
    return done
