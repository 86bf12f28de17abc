"""What the planning board says of rooms and nights, and that a large house asks no more queries than a small one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reservations import night_marks, room_marks
from reservations.choices import RoomChoice, StayState, StayStatus
from reservations.models import Guest, Hotel, Reservation, Room, RoomClosure, RoomType, Stay, StayNight
from reservations.night_marks import NightMark, register_night_marks
from reservations.planning_bars import Bar, Window
from reservations.planning_board import Board, board
from reservations.planning_selectors import board_stamp
from reservations.room_marks import RoomMark, register_room_marks
from tests.people import make_hotel
from tests.reservations.records import FIRST, Desk, booking
from tests.reservations.records import stay as told_stay

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    """Tuesday, 10 June 2031, the day on which the stays of these tests begin."""
    with time_machine.travel(datetime(2031, 6, 10, 12, tzinfo=UTC), tick=False):
        yield


def day(ahead: int) -> date:
    return FIRST + timedelta(days=ahead)


def room(hotel: Hotel, name: str) -> Room:
    return Room.objects.select_related("room_type").get(hotel=hotel, name=name)


def sleep(
    hotel: Hotel,
    name: str | None,
    arrival: int = 0,
    nights: int = 2,
    *,
    guest: str = "Mara Quill",
    **rest: Any,
) -> Stay:
    """A stay as intake leaves it, in the room ``name`` or in none of the doubles."""
    place = room(hotel, name) if name else None
    kind = rest.pop("kind", None) or (place.room_type if place else RoomType.objects.get(name="Doble"))
    number = Stay.objects.count()
    reservation = Reservation.objects.create(
        hotel=hotel,
        property=kind.property,
        booking_key=f"board:{number}",
        channel=rest.pop("channel", "booking_com"),
        created_at=timezone.now(),
        changed_at=timezone.now(),
    )
    stay = Stay.objects.create(
        hotel=hotel,
        reservation=reservation,
        external_key=str(number),
        **{
            "property": kind.property,
            "room_type": kind,
            "room": place,
            "arrival": day(arrival),
            "departure": day(arrival + nights),
            "status": StayStatus.CONFIRMED,
            "guest_name": guest,
            **rest,
        },
    )
    StayNight.objects.bulk_create(
        StayNight(
            hotel=hotel,
            stay=stay,
            date=day(arrival + n),
            room=place,
            room_type=kind,
            overbooked=stay.overbooked,
        )
        for n in range(nights)
    )
    return stay


def look(hotel: Hotel, *, first: int = 0, days: int = 14, **wanted: Any) -> Board:
    return board(hotel, property=hotel.properties.get(), first=day(first), days=days, **wanted)


def bars_of(shown: Board, name: str) -> list[Bar]:
    (row,) = (row for block in shown.blocks for row in block.rows if row.room.name == name)
    return list(row.bars)


def test_a_bar_says_who_sleeps_where_from_when_to_when(hotel):
    mara = sleep(hotel, "101")

    (bar,) = bars_of(look(hotel), "101")

    assert bar.label == "Mara Quill, room 101, 10 June to 12 June, expected, Booking.com"
    assert (bar.text, bar.note, bar.stay) == ("Mara Quill", "Booking.com", str(mara.pk))


@pytest.mark.parametrize(
    ("arrival", "nights", "css"),
    [
        (0, 2, "at-1 for-4"),
        (-3, 5, "at-0 for-5 cut-start"),
        (12, 5, "at-25 for-3 cut-end"),
        (-3, 30, "at-0 for-28 cut-start cut-end"),
        (-2, 2, "at-0 for-1 cut-start"),
        (12, 1, "at-25 for-2"),
        (13, 1, "at-27 for-1 cut-end"),
    ],
)
def test_a_bar_goes_from_noon_to_noon_and_is_cut_where_the_board_ends(arrival, nights, css):
    assert Window(day(0), 14).css(day(arrival), day(arrival + nights)) == css


def test_everything_that_touches_the_days_is_on_the_board_and_nothing_else(hotel):
    sleep(hotel, "101", -2, 2, guest="Leaves today", state=StayState.DEPARTED)
    sleep(hotel, "101", 13, 9, guest="Comes at the end")
    sleep(hotel, "102", -3, 2, guest="Left before")
    sleep(hotel, "102", 14, 2, guest="Comes later")
    sleep(hotel, "103", 0, 2, guest="Cancelled", status=StayStatus.CANCELLED)
    sleep(hotel, "104", -40, 80, guest="Stays on")

    shown = look(hotel)

    assert [bar.text for bar in bars_of(shown, "101")] == ["Leaves today", "Comes at the end"]
    assert bars_of(shown, "102") == []
    assert bars_of(shown, "103") == []
    assert [bar.text for bar in bars_of(shown, "104")] == ["Stays on"]


def test_who_comes_on_the_day_another_leaves_is_marked(hotel):
    sleep(hotel, "101", 0, 2, guest="Otis")
    sleep(hotel, "101", 2, 2, guest="Renata")
    sleep(hotel, "101", 5, 2, guest="Tadeo")

    otis, renata, tadeo = bars_of(look(hotel), "101")

    assert ["turnover" in bar.css for bar in (otis, renata, tadeo)] == [False, True, False]
    assert renata.label.endswith("another guest leaves that morning")
    assert "at-1 for-4" in otis.css
    assert "at-5 for-4" in renata.css


@pytest.mark.parametrize(
    ("facts", "css", "word"),
    [
        ({"state": StayState.IN_HOUSE}, "in-house", "in house"),
        ({"state": StayState.DEPARTED}, "departed", "departed"),
        ({"status": StayStatus.PENDING}, "pending", "pending"),
        ({"status": StayStatus.UNKNOWN}, "pending", "status not understood"),
        ({"room_choice": RoomChoice.PERSON}, "pinned", "this room is promised"),
        ({"status": StayStatus.BLOCK, "guest_name": ""}, "blocked", "Blocked, room 101"),
        ({"guest_name": ""}, "expected", "Guest without a name, room 101"),
    ],
)
def test_a_bar_shows_what_is_special(hotel, facts, css, word):
    sleep(hotel, "101", **facts)

    (bar,) = bars_of(look(hotel), "101")

    assert css in bar.css.split()
    assert word in bar.label


def test_a_booker_is_named_where_the_stay_names_nobody(hotel):
    stay = sleep(hotel, "101", guest="")
    Reservation.objects.update(booker=Guest.objects.create(hotel=hotel, name="Ileana Dragomir"))

    (bar,) = bars_of(look(hotel), "101")

    assert (bar.stay, bar.text) == (str(stay.pk), "Ileana Dragomir")


def test_a_split_stay_says_which_part_it_is_also_where_the_other_is_not_shown(hotel):
    head = sleep(hotel, "101", -5, 4)
    sleep(hotel, "102", -1, 5, part_of=head)

    (bar,) = bars_of(look(hotel), "102")

    assert "part" in bar.css.split()
    assert "part 2 of 2" in bar.label


def test_stays_without_a_room_are_on_top_in_as_few_lanes_as_hold_them(hotel):
    sleep(hotel, None, 0, 2, guest="A", overbooked=True)
    sleep(hotel, None, 1, 2, guest="B", overbooked=True)
    sleep(hotel, None, 2, 2, guest="C")
    sleep(hotel, "105", 0, 2, guest="Has 105")
    loser = sleep(hotel, None, 0, 2, guest="Wants 105")
    Stay.objects.filter(pk=loser.pk).update(room=room(hotel, "105"), overbooked=True)

    shown = look(hotel)

    (waiting,) = shown.waiting
    assert waiting.kind is not None
    assert waiting.kind.name == "Doble"
    assert [[bar.text for bar in lane] for lane in waiting.lanes] == [["A", "C"], ["Wants 105"], ["B"]]
    assert shown.waiting_count == 4
    assert [bar.text for bar in bars_of(shown, "105")] == ["Has 105"]
    labels = {bar.text: bar.label for lane in waiting.lanes for bar in lane}
    assert "overbooked" in labels["A"]
    assert "Doble, no room yet" in labels["C"]
    assert "does not get room 105" in labels["Wants 105"]


def test_a_stay_that_is_not_mapped_is_seen(hotel):
    sleep(hotel, None, guest="Where to", room_type=None, property=None, unmapped=True)

    shown = look(hotel)

    (waiting,) = shown.waiting
    assert waiting.kind is None
    assert "room not mapped" in waiting.lanes[0][0].label


def test_a_stay_in_another_type_is_shown_where_it_sleeps(hotel):
    sleep(
        hotel, None, guest="Upgraded", kind=RoomType.objects.get(name="Individual"), room=room(hotel, "111")
    )

    shown = look(hotel)

    assert [bar.text for bar in bars_of(shown, "111")] == ["Upgraded"]
    assert not shown.waiting


def test_a_closed_room_shows_why(hotel):
    RoomClosure.objects.create(
        hotel=hotel, room=room(hotel, "101"), first=day(1), last=day(4), note="Shower leaks"
    )

    (bar,) = bars_of(look(hotel), "101")

    assert bar.css == "closure at-3 for-6"
    assert bar.label == "room 101, 11 June to 14 June, Out of order, Shower leaks"
    assert not look(hotel).has_stays


def test_an_apartment_shades_its_rooms_and_they_shade_it(hotel):
    apartment, child, sibling = (room(hotel, name) for name in ("111", "101", "102"))
    Room.objects.filter(pk__in=(child.pk, sibling.pk)).update(parent=apartment)
    sleep(hotel, "101", 0, 2, guest="In the child")
    whole = sleep(hotel, "111", 4, 2, guest="In the apartment")

    shown = look(hotel)

    assert [bar.text for bar in bars_of(shown, "111")] == ["taken with 101", "In the apartment"]
    assert [bar.text for bar in bars_of(shown, "101")] == ["taken with 111", "In the child"]
    (shade,) = bars_of(shown, "102")
    assert shade.css == "shade at-9 for-4"
    assert shade.shadow_of == str(whole.pk)
    assert "In the apartment" in shade.label


def test_rooms_stand_in_the_order_in_which_people_count(db):
    hotel = make_hotel("Torre", "torre", {("Doble", 2): ("10", "9", "1", "101")})

    assert [row.room.name for row in look(hotel).blocks[0].rows] == ["1", "9", "10", "101"]


def test_a_room_out_of_use_is_shown_while_somebody_sleeps_there(hotel):
    Room.objects.filter(name__in=("101", "102")).update(is_active=False)
    sleep(hotel, "101")

    names = [row.room.name for block in look(hotel).blocks for row in block.rows]

    assert "101" in names
    assert "102" not in names


def test_the_rooms_that_are_left_are_counted_night_by_night(hotel):
    sleep(hotel, "111", 0, 2)
    RoomClosure.objects.create(hotel=hotel, room=room(hotel, "112"), first=day(1), last=day(3))

    (suite,) = (block for block in look(hotel, days=14).blocks if block.kind.name == "Suite")

    assert [cell.night.free for cell in suite.nights[:4]] == [1, 0, 1, 2]
    assert suite.nights[1].tone == "full"


def test_filters_narrow_the_types_and_quiet_the_channels(hotel):
    sleep(hotel, "105", guest="Ours", channel="airbnb")
    sleep(hotel, "106", guest="Theirs", channel="expedia")
    sleep(hotel, None, guest="Waits")
    double = RoomType.objects.get(name="Doble")

    shown = look(hotel, room_types=[double.pk], channels=["airbnb"])

    assert [block.kind for block in shown.blocks] == [double]
    assert [waiting.kind for waiting in shown.waiting] == [double]
    assert "other" not in bars_of(shown, "105")[0].css.split()
    assert "other" in bars_of(shown, "106")[0].css.split()
    suite = RoomType.objects.get(name="Suite")
    assert not look(hotel, room_types=[suite.pk]).waiting


def test_another_hotel_stays_outside(hotel, other_hotel):
    stranger = sleep(other_hotel, "1", guest="Of the other", kind=RoomType.objects.get(hotel=other_hotel))
    Stay.objects.filter(pk=stranger.pk).update(property=None, room=None)

    shown = look(hotel)

    assert not shown.has_stays
    assert {block.kind.hotel_id for block in shown.blocks} == {hotel.pk}


def test_weekends_and_today_are_striped(hotel):
    weekends = [f"weekend at-{half} for-2" for half in (8, 10, 22, 24)]
    assert look(hotel).columns == [*weekends, "now at-0 for-2"]
    assert "now at-0 for-2" not in look(hotel, first=1).columns


def test_today_is_the_day_at_the_property(db):
    hotel = make_hotel("Kiritimati", "kiritimati", {("Bungalow", 2): ("1",)}, timezone="Pacific/Kiritimati")

    assert look(hotel).today == day(1)


@pytest.fixture
def marks(monkeypatch):
    """Sources of marks of these tests only."""
    monkeypatch.setattr(night_marks, "_sources", [])
    monkeypatch.setattr(room_marks, "_sources", [])


def test_only_what_a_channel_has_not_taken_is_marked(hotel, marks):
    states = ("accepted", "waiting", "failed")
    register_night_marks(
        lambda hotel_id, kinds, first, last: {
            (kind, first): [NightMark(state, state) for state in states] for kind in kinds
        }
    )

    cells = look(hotel).blocks[0].nights

    assert [mark.state for mark in cells[0].marks] == ["waiting", "failed"]
    assert not cells[1].marks


def test_a_room_shows_its_cleaning_of_today(hotel, marks):
    asked = []

    def cleaning(hotel_id, room_ids, on):
        asked.append(on)
        return {room(hotel, "101").pk: [RoomMark("being cleaned", "info")]}

    register_room_marks(cleaning)

    rows = {row.room.name: row for block in look(hotel, first=5).blocks for row in block.rows}

    assert [mark.label for mark in rows["101"].marks] == ["being cleaned"]
    assert rows["102"].marks == ()
    assert asked == [day(0)]


def test_the_number_of_queries_does_not_grow(hotel):
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            look(hotel, days=60)
        return len(found)

    sleep(hotel, "101")
    before = queries()
    for number in range(40):
        head = sleep(hotel, ("101", "102", "105")[number % 3], 2 + number, 1, guest=f"Guest {number}")
        sleep(hotel, None, number, 3, overbooked=True)
        if number % 5 == 0:
            sleep(hotel, "111", 3 + number, 1, part_of=head)
    RoomClosure.objects.create(hotel=hotel, room=room(hotel, "112"), first=day(1), last=day(3))

    assert queries() == before


# --- the stamp -------------------------------------------------------------------------------------------------------


def _stamp(hotel: Hotel) -> str:
    return board_stamp(hotel, hotel.properties.get(), first=day(0), days=14)


def test_the_stamp_stays_while_nothing_happens(hotel):
    sleep(hotel, "101")

    assert _stamp(hotel) == _stamp(hotel)


def _a_booking(hotel):
    Desk(hotel).take(booking("B", stays=(told_stay(room="105"),)))


def _a_closure(hotel):
    RoomClosure.objects.create(hotel=hotel, room=room(hotel, "101"), first=day(1), last=day(4))


def _another_note(hotel):
    RoomClosure.objects.update(note="Painted")


def _a_name(hotel):
    Room.objects.filter(name="101").update(name="101 bis")


def _a_mark(hotel):
    register_night_marks(
        lambda hotel_id, kinds, first, last: {(kinds[0], first): [NightMark("x", "waiting")]}
    )


def _cleaning(hotel):
    register_room_marks(lambda hotel_id, room_ids, on: {room_ids[0]: [RoomMark("done", "ok")]})


@pytest.mark.parametrize("change", [_a_booking, _a_closure, _another_note, _a_name, _a_mark, _cleaning])
def test_the_stamp_changes_with_whatever_is_shown(hotel, marks, change):
    RoomClosure.objects.create(hotel=hotel, room=room(hotel, "112"), first=day(1), last=day(4))
    before = _stamp(hotel)

    change(hotel)

    assert _stamp(hotel) != before


def test_the_stamp_changes_with_the_day(hotel):
    before = _stamp(hotel)

    with time_machine.travel(datetime(2031, 6, 11, 12, tzinfo=UTC), tick=False):
        assert _stamp(hotel) != before
