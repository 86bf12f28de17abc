"""Blocks of rooms, taking changes of the planning back, and the list of the latest ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from config.accounts.models import User
from reservations.models import (
    Conflict,
    Hotel,
    PlanningEdit,
    Room,
    RoomClosure,
)
from reservations.planning_edits import latest_edits
from reservations.room_blocks import NeedsConfirming
from tests.reservations.planning import Planner, day, noon_of, picture, refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2031, 6, 1, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def plan(hotel: Hotel, receptionist: User) -> Planner:
    return Planner(hotel, receptionist)


class TestBlock:
    def test_stays_that_nobody_promised_leave_the_room_and_come_back_with_undo(self, plan):
        plan.book("Mara")
        room = plan.rooms("Mara")[0][0]
        before = picture(plan.hotel)
        edit = plan.block(room, 0, 3)

        assert plan.rooms("Mara")[0][0] not in (room, "!", "")
        assert edit.told["others"] == 1
        plan.undo(edit)
        assert picture(plan.hotel) == before

    def test_a_promised_stay_is_named_and_the_block_needs_confirming(self, plan):
        plan.book("Mara", "Doble 105")
        plan.pin("Mara")
        with pytest.raises(NeedsConfirming) as problem:
            plan.block("105", 1, 3)

        assert "Mara" in " ".join(problem.value.messages)
        assert not RoomClosure.objects.exists()
        plan.block("105", 1, 3, confirmed=True)
        assert RoomClosure.objects.exists()
        assert plan.rooms("Mara") == [("105", 0, 2)]
        assert Conflict.objects.filter(closed_at=None).count() == 1

    def test_whoever_would_have_no_room_is_named(self, plan):
        for number in range(6):
            plan.book(f"G{number}")
        with pytest.raises(NeedsConfirming) as problem:
            plan.block("105", 0, 1)

        assert "would have no room" in " ".join(problem.value.messages)

    def test_a_guest_who_leaves_on_the_first_day_is_not_in_the_way(self, plan):
        plan.book("Mara", "Doble 105")
        plan.pin("Mara")
        plan.block("105", 2, 3)

        assert "later day" in refused(plan.block, "105", 3, 3)

    def test_a_block_is_removed_and_that_is_undone(self, plan):
        plan.block("105", 0, 3)
        closure = RoomClosure.objects.get()
        before = picture(plan.hotel)
        edit = plan.unblock(closure)

        assert not RoomClosure.objects.exists()
        plan.undo(edit)
        assert picture(plan.hotel) == before

    def test_whoever_waited_gets_the_room_and_undo_takes_it_back(self, plan):
        for number in range(5):
            plan.book(f"G{number}")
        free = ({f"{n}" for n in range(105, 111)} - {plan.rooms(f"G{n}")[0][0] for n in range(5)}).pop()
        plan.block(free, 0, 3)
        plan.book("Late")
        assert plan.rooms("Late") == [("!", 0, 2)]
        before = picture(plan.hotel)
        edit = plan.unblock(RoomClosure.objects.get())

        assert plan.rooms("Late") == [(free, 0, 2)]
        plan.undo(edit)
        assert picture(plan.hotel) == before

    def test_whoever_got_a_room_only_by_undoing_gives_it_back(self, plan):
        """The apartment is free while its room is empty, and taken again when the guest returns."""
        Room.objects.filter(name__in=("105", "106")).update(parent=plan.room("111"))
        Room.objects.filter(name="112").update(is_active=False)
        plan.book("Ana", "Doble 105", arrival=1)
        plan.book("Family", "Suite", nights=4)
        assert plan.rooms("Family") == [("!", 0, 4)]
        before = picture(plan.hotel)
        edit = plan.block("111", 1, 2, confirmed=True)
        assert plan.rooms("Ana")[0][0] not in ("105", "106")

        plan.undo(edit)
        assert picture(plan.hotel) == before

    def test_a_feeds_block_is_not_removed_by_hand(self, plan):
        room = plan.room("105")
        closure = RoomClosure.objects.create(
            hotel=plan.hotel, room=room, first=day(0), last=day(2), kind="feed_block"
        )

        assert "feed" in refused(plan.unblock, closure)

    def test_another_hotels_room_and_closure_are_not_found(self, plan, other_hotel):
        plan.block("105", 0, 3)
        elsewhere = Planner(other_hotel, plan.user)
        with pytest.raises(RoomClosure.DoesNotExist):
            elsewhere.unblock(RoomClosure.objects.get())


class TestUndo:
    def test_it_is_done_once(self, plan):
        plan.book("Mara", "Doble 105")
        edit = plan.move("Mara", "110")
        undone = plan.undo(edit)

        assert (undone.undone_by, undone.undone_at is not None) == (plan.user, True)
        assert "already" in refused(plan.undo, edit)

    def test_edits_are_undone_one_after_another_backwards(self, plan):
        plan.book("Mara", "Doble 105", nights=4)
        pictures, edits = [], []
        for action in (
            lambda: plan.move("Mara", "110"),
            lambda: plan.split("Mara", (0, 2, "110"), (2, 4, "109")),
            lambda: plan.join("Mara", "108"),
            lambda: plan.split("Mara", (0, 1, "110"), (1, 2, "109"), (2, 4, "108")),
            lambda: plan.unpin("Mara"),
        ):
            pictures.append(picture(plan.hotel))
            edits.append(action())
        for edit, before in zip(reversed(edits), reversed(pictures), strict=True):
            plan.undo(edit)
            assert picture(plan.hotel) == before

    def test_a_later_move_has_to_be_undone_first(self, plan):
        plan.book("Mara", "Doble 105")
        first = plan.move("Mara", "110")
        second = plan.move("Mara", "109")

        assert "Mara was moved to room 109" in refused(plan.undo, first)
        plan.undo(second)
        plan.undo(first)
        assert plan.rooms("Mara") == [("105", 0, 2)]

    def test_what_the_channel_changed_since_is_said(self, plan):
        plan.book("Mara", "Doble 105")
        edit = plan.move("Mara", "110")
        plan.book("Mara", "Doble 105", nights=3)
        assert "dates of Mara" in refused(plan.undo, edit)

        plan.book("Ana", "Doble 106")
        edit = plan.move("Ana", "109")
        plan.cancel("Ana")
        assert "cancelled" in refused(plan.undo, edit)

    def test_a_room_that_was_taken_meanwhile_is_said(self, plan):
        plan.book("Mara", "Doble 105")
        edit = plan.move("Mara", "110")
        plan.book("Ana", "Doble 105")
        plan.pin("Ana")
        before = picture(plan.hotel)

        assert "Ana" in refused(plan.undo, edit)
        assert picture(plan.hotel) == before

    def test_a_block_that_was_changed_since_stays(self, plan):
        edit = plan.block("105", 0, 3)
        RoomClosure.objects.update(last=day(4))

        assert "block was changed" in refused(plan.undo, edit)

    def test_a_night_that_was_slept_is_not_undone(self, plan):
        plan.book("Mara", "Doble 105", nights=4)
        with noon_of(1):
            edit = plan.move("Mara", "110")
        with noon_of(2):
            assert "night has passed" in refused(plan.undo, edit)

    def test_a_move_in_the_house_is_undone_on_the_same_day(self, plan):
        plan.book("Mara", "Doble 105", nights=4)
        with noon_of(1):
            before = picture(plan.hotel)
            plan.undo(plan.move("Mara", "110"))
            assert picture(plan.hotel) == before

    def test_another_hotels_edit_is_not_found(self, plan, other_hotel):
        plan.book("Mara", "Doble 105")
        edit = plan.move("Mara", "110")
        with pytest.raises(PlanningEdit.DoesNotExist):
            Planner(other_hotel, plan.user).undo(edit)


class TestLatest:
    def texts(self, plan) -> list[str]:
        return [line.text for line in latest_edits(plan.hotel, plan.hotel.properties.get())]

    def test_every_edit_is_a_sentence(self, plan):
        plan.book("Mara", "Doble 105", nights=4)
        plan.move("Mara", "110")
        plan.split("Mara", (0, 2, "110"), (2, 4, "109"))
        plan.join("Mara", "108")
        plan.unpin("Mara")
        plan.pin("Mara")
        plan.block("101", 0, 3, note="Painters")
        plan.unblock(RoomClosure.objects.get())

        assert self.texts(plan) == [
            "Block of room 101 removed, 10–13 Jun 2031: Painters.",
            "Room 101 blocked, 10–13 Jun 2031: Painters.",
            "Mara, 10–14 Jun 2031: room 108 promised.",
            "Mara, 10–14 Jun 2031: room 108 no longer promised.",
            "Mara, 10–14 Jun 2031: put together in room 108.",
            "Mara, 10–14 Jun 2031: spread over the rooms 110, 109.",
            "Mara, 10–14 Jun 2031: room 105 to room 110.",
        ]

    def test_only_what_is_as_it_was_left_can_be_undone(self, plan):
        plan.book("Mara", "Doble 105")
        plan.book("Ana", "Doble 106")
        plan.move("Mara", "110")
        plan.move("Ana", "109")
        last = plan.move("Mara", "108")
        lines = latest_edits(plan.hotel, plan.hotel.properties.get())
        assert [line.may_undo for line in lines] == [True, True, False]

        plan.undo(last)
        lines = latest_edits(plan.hotel, plan.hotel.properties.get())
        assert [line.may_undo for line in lines] == [False, True, True]

    def test_the_statements_do_not_grow_with_the_edits(self, plan, django_assert_num_queries):
        house = plan.hotel.properties.get()
        for number in range(25):
            plan.book(f"G{number}", "Doble 105", arrival=2 * number)
            plan.move(f"G{number}", "110")
        with django_assert_num_queries(2):
            lines = latest_edits(plan.hotel, house)

        assert len(lines) == 20

    def test_another_hotels_edits_are_not_listed(self, plan, other_hotel):
        plan.book("Mara", "Doble 105")
        plan.move("Mara", "110")

        assert latest_edits(other_hotel, plan.hotel.properties.get()) == []
