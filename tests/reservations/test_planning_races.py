"""Several people plan at once, each with a database connection of their own."""

from __future__ import annotations

import pytest
import time_machine
from django.core.exceptions import ValidationError

from reservations.models import PlanningEdit
from reservations.planning import move_stay
from reservations.planning_undo import undo
from tests.reservations.planning import Planner, check_house
from tests.reservations.test_intake_races import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plan(hotel, receptionist):
    with time_machine.travel("2031-06-01 12:00Z", tick=False):
        yield Planner(hotel, receptionist)


def test_of_five_who_drag_a_stay_to_one_room_one_has_it_and_four_are_told(plan):
    stays = [plan.book(f"G{room}", f"Doble {room}").pk for room in range(105, 110)]
    target = plan.room("110").pk

    def move(stay_id: int) -> None:
        move_stay(hotel=plan.hotel, user=plan.user, stay_id=stay_id, room_id=target)

    raised = all_at_once(*(lambda pk=pk: move(pk) for pk in stays))

    assert len(raised) == 4
    assert all(isinstance(problem, ValidationError) for problem in raised)
    assert PlanningEdit.objects.count() == 1
    check_house(plan.hotel)


def test_a_double_click_on_undo_undoes_once(plan):
    plan.book("Mara", "Doble 105")
    edit = plan.move("Mara", "110")

    raised = all_at_once(*[lambda: undo(hotel=plan.hotel, user=plan.user, edit_id=edit.pk)] * 3)

    assert [str(problem.messages[0]) for problem in raised] == ["This change is undone already."] * 2
    assert plan.rooms("Mara") == [("105", 0, 2)]
