"""Who is proposed for what: hours and minutes hold, areas and floors count, and the page gives what was shown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaning.proposal_facts import PersonFacts, ReasonKind, TaskFacts, fits, room_order
from cleaning.proposals import propose, totals

NINE, ELEVEN, FOUR, SIX = 9 * 60, 11 * 60, 16 * 60, 18 * 60


def task(pk, minutes=30, **values):
    values = {
        "property_id": 1,
        "area": "",
        "room": str(pk),
        "starts": ELEVEN,
        "ends": SIX,
        "priority": 30,
    } | values
    return TaskFacts(pk, minutes=minutes, **values)


def person(user_id, minutes=420, **values):
    return PersonFacts(user_id, minutes, **({"starts": NINE, "ends": SIX} | values))


def whom(proposals):
    return {proposal.task_id: proposal.user_id for proposal in proposals}


def kinds(proposals, task_id):
    (found,) = [proposal for proposal in proposals if proposal.task_id == task_id]
    return [reason.kind for reason in found.reasons]


# --- what is proposed (pure) ----------------------------------------------------------------------------------


def test_people_get_the_floors_that_are_theirs():
    tasks = [task(1, area="1"), task(2, area="2"), task(3, area="1"), task(4, area="2")]
    one = person(7, areas=frozenset({(1, "2")}))
    other = person(8, areas=frozenset({(1, "1")}))
    found = propose(tasks, [one, other])
    assert whom(found) == {1: 8, 3: 8, 2: 7, 4: 7}
    assert ReasonKind.OWN_AREA in kinds(found, 1)


def test_a_whole_house_may_be_somebody_s_area():
    found = propose([task(1, area="4", property_id=2)], [person(7), person(8, areas=frozenset({(2, "")}))])
    assert whom(found) == {1: 8}


def test_outside_of_their_area_people_help_only_when_nobody_from_there_has_time():
    tasks = [task(1, 60, area="1"), task(2, 60, area="1")]
    mine, other = person(7, 60, areas=frozenset({(1, "1")})), person(8, areas=frozenset({(1, "2")}))
    found = propose(tasks, [mine, other])
    assert sorted(whom(found).values()) == [7, 8]
    helped = next(proposal for proposal in found if proposal.user_id == 8)
    assert ReasonKind.OUTSIDE in [reason.kind for reason in helped.reasons]


def test_people_stay_in_rooms_and_on_floors_of_yesterday():
    tasks = [task(1, room_id=101, area="1"), task(2, room_id=201, area="2")]
    found = propose(
        tasks,
        [
            person(7, floors_yesterday=frozenset({(1, "2")})),
            person(8, rooms_yesterday=frozenset({101}), floors_yesterday=frozenset({(1, "1")})),
        ],
    )
    assert whom(found) == {1: 8, 2: 7}
    assert kinds(found, 1)[0] == ReasonKind.KNOWN_ROOM
    assert kinds(found, 2)[0] == ReasonKind.KNOWN_FLOOR


def test_a_floor_is_kept_together():
    tasks = [task(number, 30, area=str(1 + number // 3)) for number in range(6)]
    found = whom(propose(tasks, [person(7), person(8)]))
    assert found[0] == found[1] == found[2] != found[3] == found[4] == found[5]


def test_minutes_are_balanced_where_nothing_else_counts():
    tasks = [task(number, minutes) for number, minutes in enumerate((60, 30, 30, 45, 45, 30))]
    assert set(totals(propose(tasks, [person(7), person(8)]), tasks).values()) == {120}


def test_a_window_that_is_over_before_somebody_s_work_starts_is_not_theirs():
    late = person(7, starts=14 * 60)
    found = propose([task(1, ends=13 * 60)], [late])
    assert whom(found) == {1: None}
    assert kinds(found, 1) == [ReasonKind.NOBODY_AT_THAT_TIME]
    assert whom(propose([task(1, ends=13 * 60)], [late, person(8)])) == {1: 8}


def test_two_things_at_one_time_are_two_people_s():
    tasks = [task(number, 60, starts=ELEVEN, ends=ELEVEN + 60) for number in (1, 2)]
    assert sorted(whom(propose(tasks, [person(7), person(8)])).values()) == [7, 8]
    alone = propose(tasks, [person(7)])
    assert sorted(map(str, whom(alone).values())) == ["7", "None"]
    left = next(proposal for proposal in alone if proposal.user_id is None)
    assert left.reasons[0].kind == ReasonKind.NOT_IN_TIME


def test_a_window_too_short_for_the_work_is_given_to_somebody_and_said():
    found = propose([task(1, 45, starts=ELEVEN, ends=ELEVEN + 30)], [person(7)])
    assert whom(found) == {1: 7}
    assert (ReasonKind.SHORT_WINDOW, 30) in [tuple(reason) for reason in found[0].reasons]


def test_what_does_not_fit_stays_with_nobody_and_the_urgent_fits_first():
    tasks = [task(1, 60, priority=40), task(2, 60, priority=20), task(3, 60, priority=40)]
    found = propose(tasks, [person(7, 60)])
    assert whom(found) == {1: None, 2: 7, 3: None}
    assert kinds(found, 1) == [ReasonKind.FULL]


@pytest.mark.parametrize(
    ("people", "why"),
    [
        ([], ReasonKind.NOBODY_HERE),
        ([person(7, houses=frozenset({2}))], ReasonKind.NOBODY_HERE),
        ([person(7, 0, starts=0, ends=0)], ReasonKind.NOBODY_AT_WORK),
        # Six in the evening, of people who worked until three.
        ([person(7, 0, starts=18 * 60, ends=15 * 60)], ReasonKind.DAY_IS_OVER),
        # Every minute was given elsewhere.
        ([person(7, 0)], ReasonKind.FULL),
        ([person(7, 10)], ReasonKind.FULL),
    ],
)
def test_why_nobody(people, why):
    assert kinds(propose([task(1)], people), 1) == [why]


def test_what_somebody_has_stays_unless_everything_is_asked_anew():
    tasks = [task(1, 60, user_id=7), task(2, 60, user_id=7), task(3, 60, user_id=7, is_pinned=True)]
    people = [person(7), person(8)]
    assert whom(propose(tasks, people)) == {1: 7, 2: 7, 3: 7}
    anew = whom(propose(tasks, people, start_over=True))
    assert anew[3] == 7
    assert 8 in (anew[1], anew[2])


def test_a_team_keeps_its_task_even_then():
    found = propose([task(1, has_team=True)], [person(7)], start_over=True)
    assert whom(found) == {1: None}
    assert kinds(found, 1) == [ReasonKind.TEAM]


def test_what_a_person_decided_beyond_the_hours_lets_nothing_be_added():
    tasks = [task(1, 300, user_id=7), task(2, 30)]
    assert whom(propose(tasks, [person(7, 200)])) == {1: 7, 2: None}


def test_rooms_are_counted_as_people_count_them():
    assert sorted(["10", "9", "A2", "A10", "100"], key=room_order) == ["9", "10", "100", "A2", "A10"]


# --- properties -----------------------------------------------------------------------------------------------

PLACES = st.tuples(st.integers(1, 2), st.sampled_from(["", "1", "2"]))


@st.composite
def task_lists(draw):
    tasks = []
    for pk in range(draw(st.integers(0, 14))):
        starts = draw(st.integers(8, 15)) * 60
        house, area = draw(PLACES)
        tasks.append(
            TaskFacts(
                pk,
                house,
                area,
                room=str(draw(st.integers(1, 120))),
                minutes=draw(st.sampled_from([15, 25, 30, 45, 90])),
                starts=starts,
                ends=starts + draw(st.sampled_from([15, 60, 240, 480])),
                priority=draw(st.sampled_from([10, 20, 30, 40])),
                room_id=pk,
                user_id=draw(st.sampled_from([None, None, None, 1, 2])),
                is_pinned=draw(st.booleans()),
                has_team=False,
            )
        )
    return tasks


@st.composite
def people_lists(draw):
    people = []
    for user_id in range(1, 1 + draw(st.integers(0, 4))):
        starts = draw(st.integers(7, 14)) * 60
        people.append(
            PersonFacts(
                user_id,
                minutes=draw(st.integers(0, 300)),
                starts=starts,
                ends=starts + draw(st.integers(0, 8)) * 60,
                houses=draw(st.sampled_from([None, frozenset({1}), frozenset({1, 2})])),
                areas=draw(st.frozensets(PLACES, max_size=2)),
                rooms_yesterday=draw(st.frozensets(st.integers(0, 13), max_size=3)),
                floors_yesterday=draw(st.frozensets(PLACES, max_size=2)),
            )
        )
    return people


@settings(max_examples=60, deadline=None)
@given(task_lists(), people_lists(), st.booleans(), st.randoms(use_true_random=False))
def test_every_task_once_nobody_beyond_their_day_and_the_same_again(tasks, people, start_over, random):
    found = propose(tasks, people, start_over=start_over)
    assert sorted(proposal.task_id for proposal in found) == [each.pk for each in tasks]
    assert all(proposal.reasons for proposal in found)

    by_task = whom(found)
    for staff in people:
        own = [each for each in tasks if by_task[each.pk] == staff.user_id]
        kept = [each for each in own if each.user_id is not None and (each.is_pinned or not start_over)]
        new = [each for each in own if each not in kept]
        if new:
            assert fits(staff, new, kept)
            assert sum(each.minutes for each in own) <= staff.minutes
            assert all(staff.houses is None or each.property_id in staff.houses for each in new)

    random.shuffle(tasks)
    random.shuffle(people)
    assert propose(tasks, people, start_over=start_over) == found


def first_fit(tasks, people):
    """What a hurried planner does: down the list, each task to the first person with time left."""
    own = {staff.user_id: [] for staff in people}
    for each in tasks:
        taker = next((staff for staff in people if fits(staff, [*own[staff.user_id], each])), None)
        if taker is not None:
            own[taker.user_id].append(each)
    return {user_id: sum(each.minutes for each in given) for user_id, given in own.items()}


def unevenness(minutes):
    return sum(value * value for value in minutes)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([15, 20, 30, 45, 60]), max_size=16), st.integers(2, 4), st.integers(60, 420))
def test_days_are_never_less_even_than_first_come_first_filled_and_never_emptier(lengths, number, minutes):
    tasks = [task(pk, length) for pk, length in enumerate(lengths)]
    people = [person(user_id, minutes) for user_id in range(1, number + 1)]
    ours, theirs = totals(propose(tasks, people), tasks), first_fit(tasks, people)
    assert sum(ours.values()) >= sum(theirs.values())
    if sum(ours.values()) == sum(theirs.values()):
        assert unevenness(ours.values()) <= unevenness(theirs.values())


def test_and_usually_more_even():
    tasks = [task(pk, 30) for pk in range(8)]
    people = [person(7), person(8)]
    assert sorted(first_fit(tasks, people).values()) == [0, 240]
    assert sorted(totals(propose(tasks, people), tasks).values()) == [120, 120]
