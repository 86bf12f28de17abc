"""Moves, splits and promises: what is done, what is refused, what follows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cleaning.choices import TaskKind
from cleaning.models import CleaningTask
from config.accounts.models import User
from reservations.choices import ChangeKind, PlanningEditKind, RoomChoice, StayState, StayStatus
from reservations.events import stays_changed
from reservations.front_desk import check_in
from reservations.models import (
    Conflict,
    Hotel,
    PlanningEdit,
    Property,
    ReservationChange,
    Room,
    RoomType,
    Stay,
    StayNight,
)
from reservations.planning import move_stay
from reservations.planning_checks import RoomTaken
from tests.people import make_hotel
from tests.reservations.planning import Planner, check_house, day, noon_of, picture, refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2031, 6, 1, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def plan(hotel: Hotel, receptionist: User) -> Planner:
    return Planner(hotel, receptionist)


class TestMove:
    def test_a_stay_moves_to_a_free_room_with_its_nights_and_prices(self, plan):
        plan.book("Mara")
        old = plan.rooms("Mara")
        edit = plan.move("Mara", "110")

        assert plan.rooms("Mara") == [("110", 0, 2)] != old
        stay = plan.stay("Mara")
        assert stay.room_choice == RoomChoice.PERSON
        assert set(stay.nights.values_list("room__name", "price")) == {("110", Decimal("80"))}
        assert (edit.kind, edit.user_id) == (PlanningEditKind.MOVE, plan.user.pk)
        check_house(plan.hotel)

    def test_it_is_in_the_history_of_the_booking_with_the_person(self, plan):
        plan.book("Mara", "Doble 105")
        plan.move("Mara", "110")

        line = ReservationChange.objects.filter(kind=ChangeKind.MOVED).get()
        assert (line.user_id, line.fields["room"]) == (plan.user.pk, ["105", "110"])

    def test_it_is_heard_for_both_rooms(self, plan):
        plan.book("Mara", "Doble 105")
        heard = []

        def hear(sender, change, **rest):
            heard.append(change)

        stays_changed.connect(hear, weak=False)
        try:
            plan.move("Mara", "110")
        finally:
            stays_changed.disconnect(hear)

        assert heard[0].room_ids == {plan.room("105").pk, plan.room("110").pk}

    def test_without_a_promise_llavero_may_move_it_again(self, plan):
        plan.book("Mara", "Doble 105")
        plan.move("Mara", "110", pin=False)

        assert plan.stay("Mara").room_choice == RoomChoice.AUTOMATIC

    def test_an_upgrade_is_always_promised_and_keeps_the_sold_type(self, plan):
        plan.book("Mara")
        plan.move("Mara", "111", pin=False)

        stay = plan.stay("Mara")
        assert (stay.room.name, stay.room_type.name, stay.room_choice) == ("111", "Doble", "person")

    def test_the_channel_does_not_move_it_back(self, plan):
        plan.book("Mara", "Doble 105")
        plan.move("Mara", "110")
        plan.book("Mara", "Doble 105", nights=3)

        assert plan.rooms("Mara") == [("110", 0, 3)]

    def test_a_guest_may_come_on_the_day_on_which_another_leaves(self, plan):
        plan.book("Mara", "Doble 105", arrival=0, nights=2)
        plan.book("Ana", "Doble 106", arrival=2, nights=2)
        plan.move("Ana", "105")

        assert plan.rooms("Ana") == [("105", 2, 4)]

    def test_an_occupied_room_is_refused_by_name_and_dates(self, plan):
        plan.book("Mara", "Doble 105", nights=3)
        plan.book("Ana", "Doble 106")
        before = picture(plan.hotel)

        sentence = refused(plan.move, "Ana", "105")
        assert "Mara" in sentence
        assert "105" in sentence
        assert "10" in sentence
        assert "13 Jun 2031" in sentence
        assert picture(plan.hotel) == before
        assert not PlanningEdit.objects.exists()

    def test_two_who_fit_into_each_others_rooms_are_offered_a_swap(self, plan):
        plan.book("Mara", "Doble 105", nights=3)
        plan.book("Ana", "Doble 106")
        with pytest.raises(RoomTaken) as problem:
            plan.move("Ana", "105")

        assert problem.value.swap == plan.stay("Mara")
        plan.move_all({"Ana": "105", "Mara": "106"})
        assert (plan.rooms("Ana"), plan.rooms("Mara")) == ([("105", 0, 2)], [("106", 0, 3)])

    def test_no_swap_is_offered_when_a_third_guest_follows(self, plan):
        plan.book("Mara", "Doble 105", nights=3)
        plan.book("Ana", "Doble 106")
        plan.book("Third", "Doble 106", arrival=2)
        with pytest.raises(RoomTaken) as problem:
            plan.move("Ana", "105")

        assert problem.value.swap is None

    def test_a_closed_room_is_refused(self, plan):
        plan.book("Ana", "Doble 106")
        plan.block("105", 1, 2)

        assert "closed" in refused(plan.move, "Ana", "105")
        plan.block("107", 2, 4)
        plan.move("Ana", "107")

    def test_a_room_out_of_use_or_of_another_property_is_refused(self, plan):
        plan.book("Ana")
        Room.objects.filter(name="105").update(is_active=False)
        house = Property.objects.create(hotel=plan.hotel, name="Annex")
        kind = RoomType.objects.create(hotel=plan.hotel, property=house, name="Loft")
        Room.objects.create(hotel=plan.hotel, property=house, room_type=kind, name="L1")

        assert "not in use" in refused(plan.move, "Ana", "105")
        assert "another property" in refused(plan.move, "Ana", "L1")

    def test_a_sister_property_takes_the_stay_when_that_is_asked(self, plan):
        plan.book("Ana")
        house = Property.objects.create(hotel=plan.hotel, name="Annex")
        kind = RoomType.objects.create(hotel=plan.hotel, property=house, name="Loft")
        Room.objects.create(hotel=plan.hotel, property=house, room_type=kind, name="L1")
        before = picture(plan.hotel)
        edit = plan.move_all({"Ana": "L1"}, other_property=True)

        assert (plan.rooms("Ana"), plan.stay("Ana").property) == ([("L1", 0, 2)], house)
        plan.undo(edit)
        assert picture(plan.hotel) == before

    def test_another_hotels_rooms_and_stays_are_not_found(self, plan, other_hotel):
        stay = plan.book("Ana")
        foreign = Room.objects.filter(hotel=other_hotel)[0]
        with pytest.raises(Room.DoesNotExist):
            move_stay(hotel=plan.hotel, user=plan.user, stay_id=stay.pk, room_id=foreign.pk)
        with pytest.raises(Stay.DoesNotExist):
            Planner(other_hotel, plan.user).move(stay.pk, foreign.name)

    def test_whoever_saw_another_room_is_told(self, plan):
        plan.book("Ana", "Doble 105")
        seen = plan.room("106").pk

        assert "105" in refused(plan.move, "Ana", "107", seen=seen)
        plan.move("Ana", "107", seen=plan.room("105").pk)

    def test_the_room_it_has_is_no_move(self, plan):
        plan.book("Ana", "Doble 105")

        assert "already" in refused(plan.move, "Ana", "105")

    def test_a_cancelled_booking_holds_no_room(self, plan):
        plan.book("Ana")
        plan.cancel("Ana")

        assert "holds no room" in refused(plan.move, "Ana", "105")

    def test_an_apartment_and_its_rooms_are_not_given_together(self, plan):
        Room.objects.filter(name__in=("105", "106")).update(parent=plan.room("111"))
        plan.book("Family", "Suite 111")
        plan.book("Ana", "Doble 107")

        assert "Family" in refused(plan.move, "Ana", "105")
        plan.move("Family", "112")
        plan.move("Ana", "105")
        assert "Ana" in refused(plan.move, "Family", "111")
        check_house(plan.hotel)


class TestSeveral:
    def test_a_chain_passes_through_rooms_that_are_not_free_yet(self, plan):
        for name, room in (("A", "105"), ("B", "106"), ("C", "107")):
            plan.book(name, f"Doble {room}")
        before = picture(plan.hotel)
        edit = plan.move_all({"A": "106", "B": "107", "C": "108"})

        assert [plan.rooms(name)[0][0] for name in "ABC"] == ["106", "107", "108"]
        check_house(plan.hotel)
        plan.undo(edit)
        assert picture(plan.hotel) == before

    def test_two_cannot_go_to_one_room(self, plan):
        plan.book("A", "Doble 105")
        plan.book("B", "Doble 106")
        before = picture(plan.hotel)

        assert refused(plan.move_all, {"A": "107", "B": "107"})
        assert picture(plan.hotel) == before

    def test_a_chain_takes_no_more_statements_than_a_move(self, plan):
        for name, room in (("A", "105"), ("B", "106"), ("C", "107"), ("D", "101")):
            plan.book(name, f"{'Individual' if room < '105' else 'Doble'} {room}")
        with CaptureQueriesContext(
            connection,
        ) as one:
            plan.move_all({"D": "102"})
        with CaptureQueriesContext(connection) as many:
            plan.move_all({"A": "106", "B": "107", "C": "108"})

        # Each name is looked up by the test itself: two statements.
        assert len(many) - 2 * 3 <= len(one) - 2 + 1


class TestInHouse:
    def in_house(self, plan, *, nights: int = 5) -> None:
        plan.book("Mara", "Doble 105", nights=nights, stay_state=StayState.IN_HOUSE)

    def test_nights_that_were_slept_stay_in_the_old_room(self, plan):
        self.in_house(plan)
        with noon_of(2):
            plan.move("Mara", "110")

            assert plan.rooms("Mara") == [("105", 0, 2), ("110", 2, 5)]
            check_house(plan.hotel)
            head, part = Stay.objects.order_by("arrival")
            assert (part.part_of, part.state, part.room_choice) == (head, StayState.EXPECTED, "person")
            assert head.room_choice == RoomChoice.TOLD
            assert {night.price for night in StayNight.objects.all()} == {Decimal("80")}

    def test_on_the_day_of_arrival_the_whole_stay_moves(self, plan):
        self.in_house(plan)
        with noon_of(0):
            plan.move("Mara", "110")

        assert plan.rooms("Mara") == [("110", 0, 5)]

    def test_who_moves_back_on_the_same_day_is_in_one_room_again(self, plan):
        self.in_house(plan)
        with noon_of(2):
            plan.move("Mara", "110")
            plan.move(Stay.objects.get(part_of__isnull=False).pk, "105")

        assert plan.rooms("Mara") == [("105", 0, 5)]
        check_house(plan.hotel)

    def test_a_second_move_makes_a_third_part(self, plan):
        self.in_house(plan)
        with noon_of(2):
            plan.move("Mara", "110")
        with noon_of(3):
            plan.move(Stay.objects.get(part_of__isnull=False).pk, "109")

        assert plan.rooms("Mara") == [("105", 0, 2), ("110", 2, 3), ("109", 3, 5)]
        assert Stay.objects.values("external_key").distinct().count() == 3

    def test_a_new_telling_keeps_the_parts(self, plan):
        self.in_house(plan)
        with noon_of(2):
            plan.move("Mara", "110")
            states = list(Stay.objects.order_by("arrival").values_list("state", flat=True))
            plan.book("Mara", "Doble 105", nights=6, stay_state=StayState.IN_HOUSE)

        assert plan.rooms("Mara") == [("105", 0, 2), ("110", 2, 6)]
        assert list(Stay.objects.order_by("arrival").values_list("state", flat=True)) == states
        check_house(plan.hotel)

    def test_nights_in_the_past_do_not_keep_a_room_from_being_free(self, plan):
        plan.book("Early", "Doble 110", nights=2)
        self.in_house(plan)
        with noon_of(2):
            plan.move("Mara", "110")

        assert plan.rooms("Mara") == [("105", 0, 2), ("110", 2, 5)]

    def test_two_guests_in_house_swap_from_today_on(self, plan):
        self.in_house(plan)
        plan.book("Ana", "Doble 106", nights=4, stay_state=StayState.IN_HOUSE)
        with noon_of(1):
            with pytest.raises(RoomTaken) as problem:
                plan.move("Mara", "106")
            assert problem.value.swap == plan.stay("Ana")
            plan.move_all({"Mara": "106", "Ana": "105"})

        assert plan.rooms("Mara") == [("105", 0, 1), ("106", 1, 5)]
        assert plan.rooms("Ana") == [("106", 0, 1), ("105", 1, 4)]
        check_house(plan.hotel)

    def test_whoever_has_left_cannot_move(self, plan):
        plan.book("Mara", "Doble 105", stay_state=StayState.DEPARTED)
        with noon_of(1):
            assert "left already" in refused(plan.move, "Mara", "110")
        plan.book("Ana", "Doble 106")
        with noon_of(2):
            assert "are over" in refused(plan.move, "Ana", "110")

    def test_cleaning_and_the_next_guest_follow_into_the_old_room(self, plan):
        self.in_house(plan)
        plan.book("Next", "Doble 106", arrival=2, nights=2)
        with noon_of(2):
            plan.move("Mara", "110")
            plan.move("Next", "105")

            tasks = CleaningTask.objects.filter(kind=TaskKind.DEPARTURE, date=day(2))
            assert [(task.room.name, task.turnover) for task in tasks] == [("105", True)]
        assert plan.rooms("Next") == [("105", 2, 4)]
        check_house(plan.hotel)

    def test_a_check_in_at_the_desk_is_of_the_whole_stay(self, plan):
        plan.book("Mara", "Doble 105", nights=5)
        with noon_of(0):
            check_in(hotel=plan.hotel, user=plan.user, stay_id=plan.stay("Mara").pk)
        with noon_of(2):
            plan.move("Mara", "110")
            head, part = Stay.objects.order_by("arrival")

        assert (head.state, part.state) == (StayState.IN_HOUSE, StayState.EXPECTED)
        assert (head.desk_state, part.desk_state, part.checked_in_at) == ("in_house", "", None)

    def test_today_is_the_propertys_own(self, receptionist):
        tokyo = make_hotel("Yado", "yado", {("Doble", 2): ("1", "2")}, timezone="Asia/Tokyo")
        plan = Planner(tokyo, receptionist)
        plan.book("Mara", "Doble 1", nights=4)
        at = day(1)
        # It is still the day before in Europe.
        with time_machine.travel(datetime(at.year, at.month, at.day, 20, tzinfo=UTC), tick=False):
            plan.move("Mara", "2")

        assert plan.rooms("Mara") == [("1", 0, 2), ("2", 2, 4)]


class TestOverbooked:
    def fill(self, plan, **rest) -> None:
        for number in range(6):
            plan.book(f"G{number}", **rest)

    def test_an_upgrade_settles_a_stay_without_a_room(self, plan):
        self.fill(plan)
        plan.book("Late")
        assert plan.rooms("Late") == [("!", 0, 2)]
        before = picture(plan.hotel)
        edit = plan.move("Late", "111")

        assert plan.rooms("Late") == [("111", 0, 2)]
        assert not StayNight.objects.filter(overbooked=True).exists()
        assert not Conflict.objects.filter(closed_at=None).exists()
        check_house(plan.hotel)
        plan.undo(edit)
        assert picture(plan.hotel) == before

    def test_whoever_waits_gets_the_room_that_a_move_frees_and_undo_takes_both_back(self, plan):
        self.fill(plan)
        plan.book("Late")
        freed = plan.rooms("G0")[0][0]
        before = picture(plan.hotel)
        edit = plan.move("G0", "112")

        assert plan.rooms("Late") == [(freed, 0, 2)]
        check_house(plan.hotel)
        plan.undo(edit)
        assert plan.rooms("Late") == [("!", 0, 2)]
        assert picture(plan.hotel) == before

    def test_who_lost_a_promised_room_moves_and_waits_for_it_again_after_undo(self, plan):
        plan.book("Longer", "Doble 105")
        plan.book("Mara", "Doble 105", arrival=2)
        plan.pin("Longer")
        plan.pin("Mara")
        plan.book("Longer", "Doble 105", nights=3)
        assert plan.rooms("Mara") == [("!", 2, 4)]
        before = picture(plan.hotel)
        edit = plan.move("Mara", "107")

        assert plan.rooms("Mara") == [("107", 2, 4)]
        plan.undo(edit)
        assert picture(plan.hotel) == before

    def test_a_room_is_not_taken_from_who_waits_for_it_in_a_swap(self, plan):
        plan.book("Has", "Doble 105")
        plan.book("Waits", "Doble 106")
        plan.pin("Waits")
        plan.book("Other", "Doble 107")
        Stay.objects.filter(pk=plan.stay("Waits").pk).update(room=plan.room("105"), overbooked=True)
        StayNight.objects.filter(stay=plan.stay("Waits")).update(room=plan.room("105"), overbooked=True)

        assert "Waits" in refused(plan.move_all, {"Has": "107", "Other": "105"})


class TestSplit:
    def test_a_stay_is_spread_over_two_rooms_and_put_together_again(self, plan):
        plan.book("Mara", "Doble 105", nights=4)
        before = picture(plan.hotel)
        split = plan.split("Mara", (0, 1, "105"), (1, 4, "108"))

        assert plan.rooms("Mara") == [("105", 0, 1), ("108", 1, 4)]
        check_house(plan.hotel)
        join = plan.join("Mara", "109")
        assert plan.rooms("Mara") == [("109", 0, 4)]
        check_house(plan.hotel)
        plan.undo(join)
        assert plan.rooms("Mara") == [("105", 0, 1), ("108", 1, 4)]
        plan.undo(split)
        assert picture(plan.hotel) == before

    def test_a_stay_that_no_single_room_can_take_is_settled_by_a_split(self, plan):
        for number in range(6):
            plan.book(f"A{number}", f"Doble {105 + number}", nights=1 + number % 2)
            plan.pin(f"A{number}")
        plan.block("105", 2, 6)
        plan.block("107", 2, 6)
        plan.block("109", 2, 6)
        plan.book("Mara", arrival=1, nights=3)
        assert plan.rooms("Mara") == [("", 1, 4)]
        assert Conflict.objects.filter(closed_at=None).count() == 1
        plan.split("Mara", (1, 2, "105"), (2, 4, "106"))

        assert plan.rooms("Mara") == [("105", 1, 2), ("106", 2, 4)]
        assert not Conflict.objects.filter(closed_at=None).exists()
        check_house(plan.hotel)

    @pytest.mark.parametrize(
        "parts",
        [
            [(0, 4, "105")],
            [(0, 2, "105"), (3, 4, "106")],
            [(0, 2, "105"), (2, 5, "106")],
            [(1, 2, "105"), (2, 4, "106")],
            [(0, 0, "105"), (0, 4, "106")],
            [(0, 2, "105"), (2, 4, "105")],
        ],
    )
    def test_parts_that_do_not_cover_the_stay_are_refused(self, plan, parts):
        plan.book("Mara", nights=4)
        before = picture(plan.hotel)

        assert refused(plan.split, "Mara", *parts)
        assert picture(plan.hotel) == before

    def test_each_part_needs_a_free_room(self, plan):
        plan.book("Mara", "Doble 105", nights=4)
        plan.book("Ana", "Doble 106", arrival=3)

        assert "Ana" in refused(plan.split, "Mara", (0, 2, "105"), (2, 4, "106"))
        plan.split("Mara", (0, 3, "106"), (3, 4, "105"))

    def test_nights_that_were_slept_cannot_be_split_elsewhere(self, plan):
        plan.book("Mara", "Doble 105", nights=4)
        with noon_of(2):
            assert "slept" in refused(plan.split, "Mara", (0, 1, "105"), (1, 4, "106"))
            plan.split("Mara", (0, 3, "105"), (3, 4, "106"))

        assert plan.rooms("Mara") == [("105", 0, 3), ("106", 3, 4)]

    def test_a_whole_stay_is_not_joined(self, plan):
        plan.book("Mara")

        assert "not split" in refused(plan.join, "Mara", "105")

    def test_joining_in_the_house_leaves_what_was_slept(self, plan):
        plan.book("Mara", "Doble 105", nights=5)
        plan.split("Mara", (0, 1, "105"), (1, 3, "106"), (3, 5, "107"))
        with noon_of(2):
            plan.join("Mara", "106")

        assert plan.rooms("Mara") == [("105", 0, 1), ("106", 1, 5)]
        check_house(plan.hotel)

    def test_one_part_moves_alone(self, plan):
        plan.book("Mara", "Doble 105", nights=4)
        plan.split("Mara", (0, 2, "105"), (2, 4, "106"))
        part = Stay.objects.get(part_of__isnull=False)
        plan.move(part.pk, "107")
        assert plan.rooms("Mara") == [("105", 0, 2), ("107", 2, 4)]

        plan.move(part.pk, "105")
        assert plan.rooms("Mara") == [("105", 0, 4)]
        check_house(plan.hotel)


class TestPromise:
    def test_a_promised_room_is_kept_when_others_need_one(self, plan):
        plan.book("Mara", nights=2)
        room = plan.rooms("Mara")[0][0]
        plan.pin("Mara")
        for number in range(5):
            plan.book(f"G{number}")

        assert plan.rooms("Mara") == [(room, 0, 2)]
        assert "already" in refused(plan.pin, "Mara")

    def test_a_released_one_is_as_it_was_told(self, plan):
        plan.book("Told", "Doble 105")
        plan.book("Any")
        for name in ("Told", "Any"):
            plan.pin(name)
            plan.unpin(name)

        assert [plan.stay(name).room_choice for name in ("Told", "Any")] == ["told", "automatic"]
        assert "not promised" in refused(plan.unpin, "Any")

    def test_an_upgrade_is_not_released(self, plan):
        plan.book("Mara")
        plan.move("Mara", "111")

        assert "another type" in refused(plan.unpin, "Mara")

    def test_a_stay_without_a_room_has_nothing_to_promise(self, plan):
        for number in range(7):
            plan.book(f"G{number}")

        assert "no room of its own" in refused(plan.pin, "G6")

    def test_promises_are_undone(self, plan):
        plan.book("Mara")
        before = picture(plan.hotel)
        plan.undo(plan.pin("Mara"))

        assert picture(plan.hotel) == before


class TestDays:
    @pytest.mark.parametrize(
        ("first", "nights"),
        [
            (date(2031, 3, 29), 3),  # clocks go forward in the night of the 30th
            (date(2031, 10, 25), 3),  # and back
            (date(2032, 2, 28), 3),  # 29 February
            (date(2031, 12, 30), 4),  # New Year
        ],
    )
    def test_moves_and_splits_on_unusual_nights(self, plan, first, nights):
        offset = (first - day(0)).days
        at = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)
        with time_machine.travel(at.replace(day=1), tick=False):
            plan.book("Mara", "Doble 105", arrival=offset, nights=nights)
            plan.move("Mara", "110")
            before = picture(plan.hotel)
            edit = plan.split("Mara", (offset, offset + 1, "109"), (offset + 1, offset + nights, "108"))

            check_house(plan.hotel)
            assert StayNight.objects.count() == nights
            plan.undo(edit)
            assert picture(plan.hotel) == before


def test_a_status_that_nobody_understood_still_moves(plan):
    plan.book("Mara", "Doble 105", status=StayStatus.UNKNOWN)
    plan.move("Mara", "110")

    assert plan.rooms("Mara") == [("110", 0, 2)]
