"""Check-in, check-out, no-show and taking them back: what becomes of stay, nights, history and cleaning."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from cleaning.models import CleaningTask
from reservations.choices import ChangeKind, DeskState, RoomChoice, StayState, StayStatus
from reservations.closures import close_room
from reservations.front_desk import check_in, check_out, no_show, take_back
from reservations.models import (
    Hotel,
    Property,
    ReservationChange,
    Room,
    RoomClosure,
    RoomType,
    Stay,
    StayNight,
)
from reservations.places import Place
from reservations.records import StayRecord
from tests.reservations.records import FIRST, Desk, booking, picture, stay
from tests.reservations.test_intake_races import all_at_once

pytestmark = pytest.mark.django_db


class TypeDesk(Desk):
    """A hotel's intake that also understands the names of room types."""

    def place(self, connection_id: int, property_ref: str | None, record: StayRecord) -> Place:
        kind = RoomType.objects.filter(hotel=self.hotel, name=record.room_ref or "").first()
        if kind is None:
            return super().place(connection_id, property_ref, record)
        return Place(kind.property_id, kind.pk, None, mapped=True)


@pytest.fixture
def desk(hotel: Hotel) -> TypeDesk:
    return TypeDesk(hotel)


@pytest.fixture
def clock():
    """The world's clock, at four in the afternoon in Madrid of the day on which most guests of the tests arrive."""
    with time_machine.travel(datetime(2031, 6, 10, 14, tzinfo=UTC), tick=False) as traveller:
        yield Clock(traveller)


class Clock:
    def __init__(self, traveller: Any) -> None:
        self.traveller = traveller

    def at(self, days: int, hour: int = 10) -> None:
        """``hour`` in UTC, ``days`` after the first guests arrive."""
        self.traveller.move_to(datetime(2031, 6, 10, hour, tzinfo=UTC) + timedelta(days=days))


@pytest.fixture
def act(hotel: Hotel, receptionist: Any, clock: Clock):
    """The services with hotel and user filled in."""

    def do(service: Any, row: Stay, **rest: Any) -> Stay:
        service(hotel=hotel, user=receptionist, stay_id=row.pk, **rest)
        row.refresh_from_db()
        return row

    return do


def day(count: int) -> date:
    return FIRST + timedelta(days=count)


def the_stay(external_id: str = "A") -> Stay:
    return Stay.objects.get(external_key=f"{external_id}/1")


def nights(row: Stay) -> list[int]:
    """The nights that a stay holds, as days after :data:`FIRST`."""
    return sorted(
        (night - FIRST).days for night in StayNight.objects.filter(stay=row).values_list("date", flat=True)
    )


def room(hotel: Hotel, name: str) -> Room:
    return Room.objects.get(hotel=hotel, name=name)


def split(row: Stay, *spans: tuple[int, int, str]) -> Stay:
    """Spread a stay over rooms; the nights are written as the planning does it."""
    from reservations.change_log import Cause
    from reservations.rearranging import StayEdit, rearrange

    parts = []
    for number, (first, last, name) in enumerate(spans):
        part = Stay.objects.get(pk=row.pk)
        if number:
            part.pk, part.part_of_id = None, row.pk
            part.external_key = f"{row.external_key}#{number + 1}"
            part.told_room = part.total = None
        part.arrival, part.departure = day(first), day(last)
        part.room, part.room_choice = room(row.hotel, name), RoomChoice.PERSON
        parts.append(StayEdit(part, None if number else Stay.objects.get(pk=row.pk), ChangeKind.MOVED))
    cause = Cause(datetime(2031, 6, 1, tzinfo=UTC))
    rearrange(hotel_id=row.hotel_id, cause=cause, edits=parts)
    row.refresh_from_db()
    return row


def refusal(service: Any, act: Any, row: Stay, **rest: Any) -> tuple[str, str]:
    """The code and the sentence of a refusal; nothing was changed by it."""
    before = picture(row.hotel)
    with pytest.raises(ValidationError) as caught:
        act(service, row, **rest)
    assert picture(row.hotel) == before
    return caught.value.code, caught.value.messages[0]


class TestCheckIn:
    def test_the_guest_is_in_house_from_now_on(self, act, desk, receptionist):
        desk.take(booking())
        row = act(check_in, the_stay())

        assert (row.state, row.desk_state) == (StayState.IN_HOUSE, DeskState.IN_HOUSE)
        assert row.checked_in_at == datetime(2031, 6, 10, 14, tzinfo=UTC)
        line = ReservationChange.objects.get(kind=ChangeKind.ARRIVED)
        assert (line.user, line.stay) == (receptionist, row)
        assert line.fields["state"] == ["expected", "in_house"]

    def test_pressing_twice_is_pressing_once(self, act, clock, desk):
        desk.take(booking())
        first = act(check_in, the_stay())
        clock.at(0, hour=15)
        second = act(check_in, the_stay())

        assert second.checked_in_at == first.checked_in_at
        assert ReservationChange.objects.filter(kind=ChangeKind.ARRIVED).count() == 1

    def test_nobody_comes_before_the_day_of_arrival(self, act, clock, desk):
        desk.take(booking())
        clock.at(-1)

        assert refusal(check_in, act, the_stay()) == ("early", "The stay begins only on Tue 10 Jun 2031.")

    def test_on_the_day_before_a_guest_may_be_let_in_all_the_same(self, act, clock, desk):
        desk.take(booking())
        clock.at(-1, hour=21)
        row = act(check_in, the_stay(), force=True)

        assert row.state == StayState.IN_HOUSE
        assert nights(row) == [0, 1]

    def test_two_days_before_nobody_is_let_in(self, act, clock, desk):
        desk.take(booking())
        clock.at(-2)

        assert refusal(check_in, act, the_stay(), force=True)[0] == "early"

    def test_a_guest_may_come_a_day_late(self, act, clock, desk):
        desk.take(booking())
        clock.at(1)

        assert act(check_in, the_stay()).state == StayState.IN_HOUSE

    def test_nobody_comes_on_the_day_of_departure(self, act, clock, desk):
        desk.take(booking())
        clock.at(2)

        assert refusal(check_in, act, the_stay())[0] == "state"

    def test_a_room_is_needed(self, act, desk, hotel):
        desk.take(booking(stays=(stay(room="nowhere"),)))
        code, sentence = refusal(check_in, act, the_stay())

        assert (code, sentence) == ("room", "Mara Quill has no room yet. Choose one.")

    def test_another_free_room_may_be_given(self, act, desk, hotel):
        desk.take(booking())
        row = act(check_in, the_stay(), room_id=room(hotel, "105").pk)

        assert (row.room.name, row.room_choice) == ("105", RoomChoice.PERSON)
        assert set(StayNight.objects.filter(stay=row).values_list("room__name", flat=True)) == {"105"}

    def test_a_room_that_another_guest_has_later_is_not_given(self, act, desk, hotel):
        desk.take(booking(), booking("B", name="Ada Brook", stays=(stay(arrival=1, room="102"),)))
        code, sentence = refusal(check_in, act, the_stay(), room_id=room(hotel, "102").pk)

        assert code == "room"
        assert "Ada Brook has it" in sentence

    def test_a_room_in_which_the_next_guest_arrives_on_the_day_of_departure_is_free(self, act, desk, hotel):
        desk.take(booking(), booking("B", stays=(stay(arrival=2, room="102"),)))

        assert act(check_in, the_stay(), room_id=room(hotel, "102").pk).room.name == "102"

    def test_a_closed_room_is_not_given(self, act, desk, hotel):
        desk.take(booking())
        close_room(RoomClosure(hotel=hotel, room=room(hotel, "102"), first=day(1), last=day(2)))

        assert "it is closed" in refusal(check_in, act, the_stay(), room_id=room(hotel, "102").pk)[1]

    def test_another_hotels_room_is_not_given(self, act, desk, other_hotel):
        desk.take(booking())

        assert refusal(check_in, act, the_stay(), room_id=room(other_hotel, "1").pk)[0] == "room"

    def test_who_is_overbooked_finds_a_way_out_first(self, act, desk):
        desk.take(
            *(booking(f"S{n}", booked=n, stays=(stay(room="Suite"),)) for n in range(3)),
        )
        row = Stay.objects.get(overbooked=True)

        assert refusal(check_in, act, row)[0] == "overbooked"

    def test_an_overbooked_guest_may_be_given_a_free_room_of_another_type(self, act, desk, hotel):
        desk.take(*(booking(f"S{n}", booked=n, stays=(stay(room="Suite"),)) for n in range(3)))
        row = Stay.objects.get(overbooked=True)
        row = act(check_in, row, room_id=room(hotel, "101").pk)

        assert (row.room.name, row.overbooked) == ("101", False)
        assert not StayNight.objects.filter(overbooked=True).exists()

    def test_a_room_that_the_last_guest_has_not_left_is_not_free(self, act, clock, desk):
        desk.take(booking(), booking("B", name="Ada Brook", stays=(stay(arrival=2),)))
        act(check_in, the_stay())
        clock.at(2)

        assert refusal(check_in, act, the_stay("B")) == (
            "occupied",
            "Mara Quill has not checked out of 101 yet.",
        )
        act(check_out, the_stay())
        assert act(check_in, the_stay("B")).state == StayState.IN_HOUSE

    def test_nor_is_one_whose_last_guest_is_in_house_by_the_channel(self, act, clock, desk):
        told = replace(stay(), stay_state=StayState.IN_HOUSE)
        desk.take(booking(stays=(told,)), booking("B", name="Ada Brook", stays=(stay(arrival=2),)))
        clock.at(2)

        assert refusal(check_in, act, the_stay("B")) == (
            "occupied",
            "Mara Quill has not checked out of 101 yet.",
        )
        act(check_out, the_stay())
        assert act(check_in, the_stay("B")).state == StayState.IN_HOUSE

    def test_a_channel_that_never_tells_of_the_departure_keeps_no_room(self, act, clock, desk):
        told = replace(stay(nights=1), stay_state=StayState.IN_HOUSE)
        desk.take(booking(stays=(told,)), booking("B", stays=(stay(arrival=2),)))
        clock.at(2)

        assert act(check_in, the_stay("B")).state == StayState.IN_HOUSE

    def test_force_does_not_wait_for_the_last_guest(self, act, clock, desk):
        desk.take(booking(), booking("B", stays=(stay(arrival=2),)))
        act(check_in, the_stay())
        clock.at(2)

        assert act(check_in, the_stay("B"), force=True).state == StayState.IN_HOUSE

    def test_a_guest_whom_nobody_checked_in_keeps_no_room(self, act, clock, desk):
        desk.take(booking(), booking("B", stays=(stay(arrival=2),)))
        clock.at(2)

        assert act(check_in, the_stay("B")).state == StayState.IN_HOUSE

    @pytest.mark.parametrize("status", [StayStatus.CANCELLED, StayStatus.INQUIRY, StayStatus.BLOCK])
    def test_only_guests_are_checked_in(self, act, desk, status):
        desk.take(booking(status=status))

        assert refusal(check_in, act, the_stay())[0] == "state"

    def test_another_hotels_stay_is_not_found(self, desk, other_hotel, stranger, clock):
        desk.take(booking())
        for service in (check_in, check_out, no_show, take_back):
            with pytest.raises(Stay.DoesNotExist):
                service(hotel=other_hotel, user=stranger, stay_id=the_stay().pk)


class TestWhatChannelsTellAfterwards:
    def test_an_extension_keeps_the_guest_in_the_house_and_in_the_room(self, act, desk):
        desk.take(booking(version=1))
        act(check_in, the_stay())
        desk.take(booking(version=2, stays=(stay(nights=4),)))
        row = the_stay()

        assert (row.state, row.departure, row.room.name) == (StayState.IN_HOUSE, day(4), "101")
        assert nights(row) == [0, 1, 2, 3]

    def test_a_message_does_not_undo_a_check_out_or_bring_its_nights_back(self, act, clock, desk):
        desk.take(booking(version=1, stays=(stay(nights=4),)))
        act(check_in, the_stay())
        clock.at(2)
        act(check_out, the_stay())
        desk.take(booking(version=2, stays=(stay(nights=4),), notes="A word from the channel"))
        row = the_stay()

        assert (row.state, row.departure) == (StayState.DEPARTED, day(2))
        assert nights(row) == [0, 1]

    def test_a_message_does_not_undo_a_no_show(self, act, desk):
        desk.take(booking(version=1))
        act(no_show, the_stay())
        desk.take(booking(version=2, notes="A word from the channel"))
        row = the_stay()

        assert row.status == StayStatus.NO_SHOW
        assert nights(row) == []

    def test_a_cancellation_after_the_check_in_counts_and_the_guest_can_still_leave(self, act, desk):
        desk.take(booking(version=1))
        act(check_in, the_stay())
        desk.take(booking(version=2, status=StayStatus.CANCELLED))
        row = the_stay()

        assert (row.status, row.desk_state) == (StayStatus.CANCELLED, DeskState.IN_HOUSE)
        assert act(check_out, row).desk_state == DeskState.DEPARTED


class TestCheckOut:
    def test_on_the_day_of_departure_nothing_else_changes(self, act, clock, desk):
        desk.take(booking())
        act(check_in, the_stay())
        clock.at(2)
        row = act(check_out, the_stay())

        assert (row.state, row.desk_state, row.left_on) == (StayState.DEPARTED, DeskState.DEPARTED, None)
        assert row.checked_out_at == datetime(2031, 6, 12, 10, tzinfo=UTC)
        assert (row.departure, nights(row)) == (day(2), [0, 1])
        assert ReservationChange.objects.filter(kind=ChangeKind.LEFT).count() == 1

    def test_pressing_twice_is_pressing_once(self, act, clock, desk):
        desk.take(booking())
        clock.at(2)
        act(check_out, the_stay())
        clock.at(2, hour=11)
        row = act(check_out, the_stay())

        assert row.checked_out_at.hour == 10
        assert ReservationChange.objects.filter(kind=ChangeKind.LEFT).count() == 1

    def test_leaving_early_frees_the_nights_from_today_on(self, act, clock, desk, hotel):
        desk.take(booking(stays=(stay(nights=4),)))
        act(check_in, the_stay())
        clock.at(1)
        row = act(check_out, the_stay())

        assert (row.departure, row.left_on, nights(row)) == (day(1), day(1), [0])
        desk.take(booking("B", stays=(stay(arrival=1),)))
        assert the_stay("B").room.name == "101"
        assert not the_stay("B").overbooked

    def test_leaving_on_the_day_of_arrival_uses_one_night(self, act, clock, desk):
        desk.take(booking(stays=(stay(nights=3),)))
        act(check_in, the_stay())
        row = act(check_out, the_stay())

        assert (row.departure, row.left_on, nights(row)) == (day(1), day(0), [0])

    def test_leaving_early_moves_the_cleaning_to_today(self, act, clock, desk):
        desk.take(booking(stays=(stay(nights=4),)))
        act(check_in, the_stay())
        clock.at(1)
        row = act(check_out, the_stay())

        assert CleaningTask.objects.get(stay=row, kind="departure").date == day(1)

    def test_a_guest_may_leave_after_the_day_of_departure(self, act, clock, desk):
        desk.take(booking())
        act(check_in, the_stay())
        clock.at(3)
        row = act(check_out, the_stay())

        assert (row.state, row.departure, row.left_on) == (StayState.DEPARTED, day(2), None)

    def test_who_was_not_checked_in_may_leave(self, act, clock, desk):
        desk.take(booking())
        clock.at(2)

        assert act(check_out, the_stay()).state == StayState.DEPARTED

    def test_nobody_leaves_before_arriving(self, act, clock, desk):
        desk.take(booking())
        clock.at(-1)

        assert refusal(check_out, act, the_stay())[0] == "state"


class TestNoShow:
    def test_it_frees_every_night_and_keeps_the_booking(self, act, desk):
        desk.take(booking())
        row = act(no_show, the_stay())

        assert (row.status, row.desk_state) == (StayStatus.NO_SHOW, DeskState.NO_SHOW)
        assert nights(row) == []
        assert (row.arrival, row.departure) == (day(0), day(2))
        desk.take(booking("B"))
        assert not the_stay("B").overbooked

    def test_pressing_twice_is_pressing_once(self, act, desk):
        desk.take(booking())
        act(no_show, the_stay())
        act(no_show, the_stay())

        assert ReservationChange.objects.filter(kind=ChangeKind.NO_SHOW).count() == 1

    def test_before_the_day_of_arrival_nobody_has_stayed_away(self, act, clock, desk):
        desk.take(booking())
        clock.at(-1)

        assert refusal(no_show, act, the_stay())[0] == "state"

    def test_who_is_in_house_did_come(self, act, desk):
        desk.take(booking())
        act(check_in, the_stay())

        assert refusal(no_show, act, the_stay())[0] == "state"

    def test_who_waited_for_a_room_gets_it(self, act, desk):
        desk.take(*(booking(f"S{n}", booked=n, stays=(stay(room="Suite"),)) for n in range(3)))
        loser = Stay.objects.get(overbooked=True)
        holder = Stay.objects.filter(overbooked=False).order_by("pk")[0]
        act(no_show, holder)
        loser.refresh_from_db()

        assert not loser.overbooked
        assert loser.room_id == holder.room_id

    def test_no_room_is_cleaned_for_it(self, act, desk):
        desk.take(booking())
        row = act(no_show, the_stay())

        assert set(CleaningTask.objects.filter(stay=row).values_list("state", flat=True)) <= {"cancelled"}


class TestTakeBack:
    def test_a_check_in(self, act, desk):
        desk.take(booking())
        before = picture(the_stay().hotel)
        act(check_in, the_stay())
        row = act(take_back, the_stay())

        assert (row.state, row.desk_state, row.checked_in_at) == (StayState.EXPECTED, "", None)
        assert picture(row.hotel) == before

    def test_a_check_out_leaves_the_guest_in_house(self, act, clock, desk):
        desk.take(booking(stays=(stay(nights=4),)))
        act(check_in, the_stay())
        before = picture(the_stay().hotel)
        clock.at(1)
        act(check_out, the_stay())
        row = act(take_back, the_stay())

        assert (row.state, row.desk_state) == (StayState.IN_HOUSE, DeskState.IN_HOUSE)
        assert (row.left_on, row.checked_out_at, row.departure) == (None, None, day(4))
        assert picture(row.hotel) == before  # nights with their prices

    def test_a_check_out_of_somebody_who_was_not_checked_in(self, act, clock, desk):
        desk.take(booking())
        clock.at(2)
        act(check_out, the_stay())

        assert act(take_back, the_stay()).state == StayState.EXPECTED

    def test_a_no_show(self, act, desk):
        desk.take(booking())
        before = picture(the_stay().hotel)
        act(no_show, the_stay())
        row = act(take_back, the_stay())

        assert (row.status, row.desk_state) == (StayStatus.CONFIRMED, "")
        assert picture(row.hotel) == before
        assert ReservationChange.objects.filter(kind=ChangeKind.RESTORED).count() == 1

    def test_who_has_the_room_by_now_is_named(self, act, clock, desk):
        desk.take(booking(stays=(stay(nights=4),)))
        act(check_in, the_stay())
        clock.at(1)
        act(check_out, the_stay())
        desk.take(booking("B", name="Ada Brook", stays=(stay(arrival=1),)))

        assert "101 is not free: Ada Brook has it" in refusal(take_back, act, the_stay())[1]

    def test_a_room_that_went_to_somebody_after_a_no_show_is_not_taken_back(self, act, desk):
        desk.take(booking())
        act(no_show, the_stay())
        desk.take(booking("B", name="Ada Brook"))

        assert "Ada Brook has it" in refusal(take_back, act, the_stay())[1]

    def test_what_the_channel_told_meanwhile_is_taken_over(self, act, desk):
        desk.take(booking(version=1))
        act(no_show, the_stay())
        desk.take(booking(version=2, stays=(stay(nights=3),)))
        row = act(take_back, the_stay())

        assert (row.departure, nights(row)) == (day(3), [0, 1, 2])

    def test_of_nothing_changes_nothing(self, act, desk):
        desk.take(booking())
        before = ReservationChange.objects.count()
        act(take_back, the_stay())

        assert ReservationChange.objects.count() == before


class TestStaysInSeveralRooms:
    @pytest.fixture
    def spread(self, desk, clock) -> Stay:
        """Two nights in 101, then two in 103."""
        desk.take(booking(stays=(stay(nights=4),)))
        return split(the_stay(), (0, 2, "101"), (2, 4, "103"))

    def parts(self, head: Stay) -> list[tuple[int, int, str, str]]:
        rows = Stay.objects.filter(reservation=head.reservation_id).order_by("arrival")
        return [
            ((p.arrival - FIRST).days, (p.departure - FIRST).days, p.room.name, p.state)
            for p in rows.select_related("room")
        ]

    def test_the_check_in_is_one_for_all(self, act, spread):
        act(check_in, spread)

        assert self.parts(spread) == [(0, 2, "101", "in_house"), (2, 4, "103", "expected")]

    def test_a_later_part_leads_to_the_same_stay(self, act, spread):
        later = spread.parts.get()
        act(check_in, later)
        spread.refresh_from_db()

        assert spread.desk_state == DeskState.IN_HOUSE

    def test_the_check_out_is_at_the_end_of_the_last_part(self, act, clock, spread):
        act(check_in, spread)
        clock.at(4)
        act(check_out, spread)

        assert spread.left_on is None
        assert self.parts(spread) == [(0, 2, "101", "departed"), (2, 4, "103", "departed")]

    def test_leaving_early_drops_the_parts_that_are_not_slept_in(self, act, clock, spread):
        act(check_in, spread)
        clock.at(1)
        act(check_out, spread)

        assert self.parts(spread) == [(0, 1, "101", "departed")]
        assert not StayNight.objects.filter(room__name="103").exists()

    def test_leaving_early_in_the_second_room(self, act, clock, spread):
        act(check_in, spread)
        clock.at(3)
        act(check_out, spread)

        assert self.parts(spread) == [(0, 2, "101", "departed"), (2, 3, "103", "departed")]

    def test_a_no_show_frees_both_rooms_and_taking_it_back_holds_both(self, act, spread):
        before = picture(spread.hotel)
        act(no_show, spread)
        assert not StayNight.objects.exists()
        act(take_back, spread)

        assert picture(spread.hotel) == before

    def test_the_channel_finds_what_the_desk_left(self, act, clock, desk, spread):
        act(check_in, spread)
        clock.at(3)
        act(check_out, spread)
        before = self.parts(spread)
        desk.take(booking(version=2, stays=(stay(nights=4),), notes="A word from the channel"))

        assert self.parts(spread) == before

    def test_who_moves_on_today_does_not_keep_the_next_guest_out(self, act, clock, desk, spread):
        desk.take(booking("B", stays=(stay(arrival=2),)))
        act(check_in, spread)
        clock.at(2)

        assert act(check_in, the_stay("B")).state == StayState.IN_HOUSE


class TestLocalDays:
    def zone(self, hotel: Hotel, name: str) -> None:
        Property.objects.filter(hotel=hotel).update(timezone=name)

    def test_today_is_the_propertys(self, act, clock, desk, hotel):
        # Twelve hours ahead, and the day begins at four: the 10th begins there at four in the afternoon.
        self.zone(hotel, "Pacific/Auckland")
        desk.take(booking())
        clock.at(-1, hour=15)
        assert refusal(check_in, act, the_stay())[0] == "early"
        clock.at(-1, hour=17)

        assert act(check_in, the_stay()).state == StayState.IN_HOUSE

    def test_west_of_greenwich_the_day_begins_later(self, act, clock, desk, hotel):
        self.zone(hotel, "America/Los_Angeles")
        desk.take(booking())
        clock.at(0, hour=6)

        assert refusal(no_show, act, the_stay())[0] == "state"

    @pytest.mark.parametrize(
        ("night", "audit"), [(date(2031, 3, 29), 26), (date(2031, 10, 25), 27)], ids=["spring", "autumn"]
    )
    def test_the_night_in_which_the_clock_is_changed_is_one_night(self, act, clock, desk, night, audit):
        record = replace(stay(), arrival=night, departure=night + timedelta(days=2), nights=())
        desk.take(booking(stays=(record,)))
        row = the_stay()
        # Four o'clock in Madrid, in hours of UTC after the day of the night.
        day_begins = datetime(night.year, night.month, night.day, tzinfo=UTC) + timedelta(hours=audit)
        clock.traveller.move_to(day_begins - timedelta(hours=8))
        act(check_in, row)
        clock.traveller.move_to(day_begins - timedelta(seconds=1))
        act(check_out, row)
        assert (row.left_on, row.departure) == (night, night + timedelta(days=1))
        act(take_back, row)
        clock.traveller.move_to(day_begins)
        act(check_out, row)

        assert row.left_on == night + timedelta(days=1)
        assert StayNight.objects.filter(stay=row).count() == 1


def test_the_prices_of_the_freed_nights_come_back(act, clock, desk):
    desk.take(booking(stays=(stay(nights=3),)))
    act(no_show, the_stay())
    act(take_back, the_stay())

    assert set(StayNight.objects.values_list("price", flat=True)) == {Decimal("80.00")}


@pytest.mark.django_db(transaction=True)
def test_two_receptionists_pressing_at_once_check_in_once(hotel, receptionist, manager):
    # No frozen clock here: threads wait for each other.
    first = hotel.properties.get().today(timezone.now())
    record = replace(stay(), arrival=first, departure=first + timedelta(days=2), nights=())
    Desk(hotel).take(booking(stays=(record,)))
    pk = the_stay().pk
    people = (receptionist, manager) * 2
    jobs = [lambda person=person: check_in(hotel=hotel, user=person, stay_id=pk) for person in people]

    assert all_at_once(*jobs) == []
    assert ReservationChange.objects.filter(kind=ChangeKind.ARRIVED).count() == 1
