"""Nights around the days on which calendars go wrong: 29 February, New Year, and the changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from cleaning.models import CleaningTask
from reservations.availability import availability
from reservations.models import Property, StayNight
from reservations.planning_board import board
from tests.reservations.planning import Planner, picture
from tests.reservations.records import FIRST

pytestmark = pytest.mark.django_db

SPANS = {
    "29 February": (date(2032, 2, 27), date(2032, 3, 2), 4),
    "no 29 February": (date(2033, 2, 27), date(2033, 3, 2), 3),
    "New Year": (date(2031, 12, 30), date(2032, 1, 2), 3),
    "the shorter night": (date(2032, 3, 27), date(2032, 3, 29), 2),
    "the longer night": (date(2031, 10, 25), date(2031, 10, 27), 2),
}


@pytest.fixture(params=SPANS.values(), ids=SPANS.keys())
def span(request):
    arrival, departure, nights = request.param
    with time_machine.travel(
        datetime.combine(arrival - timedelta(days=3), datetime.min.time(), UTC), tick=False
    ):
        yield (arrival - FIRST).days, nights, departure


@pytest.fixture
def plan(hotel, receptionist) -> Planner:
    return Planner(hotel, receptionist)


def test_every_night_is_held_once_and_the_departure_day_is_free(plan, span):
    arrival, nights, departure = span
    plan.book("Ana", "Doble 105", arrival=arrival, nights=nights)
    held = StayNight.objects.filter(stay=plan.stay("Ana")).order_by("date").values_list("date", flat=True)
    assert list(held) == [departure - timedelta(days=left) for left in range(nights, 0, -1)]


def test_guests_share_the_days_on_which_one_leaves_and_the_next_comes(plan, span):
    arrival, nights, _ = span
    plan.book("Before", "Doble 105", arrival=arrival - 2, nights=2)
    plan.book("Ana", "Doble 105", arrival=arrival, nights=nights)
    plan.book("After", "Doble 105", arrival=arrival + nights, nights=2)
    assert {plan.rooms(name)[0][0] for name in ("Before", "Ana", "After")} == {"105"}


def test_a_guest_for_the_last_of_the_nights_finds_the_room_taken(plan, span):
    arrival, nights, _ = span
    plan.book("Ana", "Doble 105", arrival=arrival, nights=nights)
    plan.book("Late", "Doble 105", arrival=arrival + nights - 1, nights=2)
    assert plan.rooms("Ana")[0][0] == "105"
    assert plan.rooms("Late")[0][0] != "105"


def test_a_move_and_its_undo_keep_every_night(plan, span):
    arrival, nights, _ = span
    plan.book("Ana", arrival=arrival, nights=nights)
    before = picture(plan.hotel)
    edit = plan.move("Ana", "106" if plan.rooms("Ana")[0][0] != "106" else "107")
    assert plan.rooms("Ana")[0][1:] == (arrival, arrival + nights)
    plan.undo(edit)
    assert picture(plan.hotel) == before


def test_the_board_and_what_is_on_sale_count_the_same_nights(plan, span):
    arrival, nights, departure = span
    row = plan.book("Ana", arrival=arrival, nights=nights)
    house = Property.objects.get(hotel=plan.hotel)
    first = departure - timedelta(days=nights + 2)
    shown = board(plan.hotel, property=house, first=first, days=nights + 4)
    bars = [
        bar for block in shown.blocks for line in block.rows for bar in line.bars if bar.stay == str(row.pk)
    ]
    # Half days from noon to noon: two days before the first night, and as long as there are nights.
    assert [f"at-5 for-{2 * nights}" in bar.css for bar in bars] == [True]
    free = availability(property_id=house.pk, first=first, last=departure + timedelta(days=2))
    taken = [night.date for night in free[row.room_type_id] if night.sold]
    assert taken == [row.arrival + timedelta(days=count) for count in range(nights)]


def test_cleaning_comes_on_the_departure_day_in_the_hours_of_the_house(plan, span):
    arrival, nights, departure = span
    row = plan.book("Ana", "Doble 105", arrival=arrival, nights=nights)
    task = CleaningTask.objects.get(stay=row, kind="departure")
    zone = Property.objects.get(hotel=plan.hotel).zone
    assert task.date == departure
    assert [
        moment.astimezone(zone).strftime("%d %H:%M") for moment in (task.window_start, task.window_end)
    ] == [
        f"{departure:%d} 11:00",
        f"{departure:%d} 18:00",
    ]
