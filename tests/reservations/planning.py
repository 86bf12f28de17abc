"""Short ways to say who sleeps where in tests: a house, its bookings, and a person who plans."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from reservations.choices import HOLDING_STATUSES, ClosureKind, RoomChoice, StayStatus
from reservations.intake import take_in
from reservations.models import (
    Hotel,
    LinkedNight,
    PlanningEdit,
    Reservation,
    Room,
    RoomClosure,
    RoomType,
    Stay,
    StayNight,
)
from reservations.places import Place
from reservations.planning import join_stay, move_stay, move_stays, pin_stay, split_stay, unpin_stay
from reservations.planning_undo import undo
from reservations.records import StayRecord
from reservations.room_blocks import block_room, unblock_room
from reservations.sources import SourceRef
from tests.reservations.records import FIRST, booking, stay


def day(count: int) -> date:
    """The day ``count`` days after :data:`tests.reservations.records.FIRST`."""
    return FIRST + timedelta(days=count)


@dataclass
class Planner:
    """A channel that sells room types by their names ("Doble"; "Doble 105" names a room too), and a person."""

    hotel: Hotel
    user: Any
    versions: int = 0
    booked: dict[str, int] = field(default_factory=dict)

    # --- bookings -----------------------------------------------------------------------------------------------

    def book(
        self,
        name: str,
        ref: str = "Doble",
        *,
        arrival: int = 0,
        nights: int = 2,
        status: StayStatus = StayStatus.CONFIRMED,
        **rest: Any,
    ) -> Stay:
        """Take in a booking of one stay, or its change when ``name`` is known; gives the stay."""
        self.versions += 1
        record = booking(
            name,
            version=self.versions,
            status=status,
            name=name,
            stays=(stay(arrival=arrival, nights=nights, room=ref, status=status, **rest),),
            # A change keeps the moment at which the booking was made.
            booked=self.booked.setdefault(name, self.versions),
        )
        take_in(
            hotel_id=self.hotel.pk,
            source=SourceRef(7, "test", 20),
            records=[record],
            place=self.place,
            now=timezone.now(),
        )
        return self.stay(name)

    def cancel(self, name: str) -> None:
        row = self.stay(name)
        self.book(
            name,
            arrival=(row.arrival - FIRST).days,
            nights=max((row.departure - row.arrival).days, 1),
            status=StayStatus.CANCELLED,
        )

    def place(self, connection_id: int, property_ref: str | None, record: StayRecord) -> Place:
        kind_name, _, room_name = (record.room_ref or "").partition(" ")
        kind = RoomType.objects.get(hotel=self.hotel, name=kind_name)
        room = self.room(room_name) if room_name else None
        return Place(kind.property_id, kind.pk, room and room.pk, mapped=True, room_choice=RoomChoice.TOLD)

    # --- reading ------------------------------------------------------------------------------------------------

    def stay(self, name: str) -> Stay:
        return Stay.objects.select_related("room").get(
            reservation__booker__name=name, part_of=None, hotel=self.hotel
        )

    def room(self, name: str) -> Room:
        return Room.objects.get(hotel=self.hotel, name=name)

    def rooms(self, name: str) -> list[tuple[str, int, int]]:
        """Where that guest sleeps: (room, first, last) by days after FIRST; an overbooked one is in "!"."""
        head = self.stay(name)
        rows = [head, *Stay.objects.filter(part_of=head).select_related("room").order_by("arrival")]
        return [
            (
                "!" if row.overbooked else row.room.name if row.room else "",
                (row.arrival - FIRST).days,
                (row.departure - FIRST).days,
            )
            for row in rows
        ]

    # --- planning -----------------------------------------------------------------------------------------------

    def move(self, name: str | int, room: str, **rest: Any) -> PlanningEdit:
        return move_stay(
            hotel=self.hotel,
            user=self.user,
            stay_id=self.stay(name).pk if isinstance(name, str) else name,
            room_id=self.room(room).pk,
            **rest,
        )

    def move_all(self, moves: dict[str, str], **rest: Any) -> PlanningEdit:
        pairs = [(self.stay(name).pk, self.room(room).pk) for name, room in moves.items()]
        return move_stays(hotel=self.hotel, user=self.user, moves=pairs, **rest)

    def split(self, name: str, *parts: tuple[int, int, str]) -> PlanningEdit:
        found = [(day(first), day(last), self.room(room).pk) for first, last, room in parts]
        return split_stay(hotel=self.hotel, user=self.user, stay_id=self.stay(name).pk, parts=found)

    def join(self, name: str, room: str) -> PlanningEdit:
        return join_stay(
            hotel=self.hotel, user=self.user, stay_id=self.stay(name).pk, room_id=self.room(room).pk
        )

    def pin(self, name: str) -> PlanningEdit:
        return pin_stay(hotel=self.hotel, user=self.user, stay_id=self.stay(name).pk)

    def unpin(self, name: str) -> PlanningEdit:
        return unpin_stay(hotel=self.hotel, user=self.user, stay_id=self.stay(name).pk)

    def block(self, room: str, first: int, last: int, **rest: Any) -> PlanningEdit:
        return block_room(
            hotel=self.hotel,
            user=self.user,
            room_id=self.room(room).pk,
            first=day(first),
            last=day(last),
            kind=ClosureKind.OUT_OF_ORDER,
            **rest,
        )

    def unblock(self, closure: RoomClosure) -> PlanningEdit:
        return unblock_room(hotel=self.hotel, user=self.user, closure_id=closure.pk)

    def undo(self, edit: PlanningEdit) -> PlanningEdit:
        return undo(hotel=self.hotel, user=self.user, edit_id=edit.pk)


def noon_of(count: int) -> time_machine.travel:
    """The tests' clock at noon of a day after FIRST."""
    at = day(count)
    return time_machine.travel(datetime(at.year, at.month, at.day, 12, tzinfo=UTC), tick=False)


def refused(action, *args, **rest) -> str:
    """The sentence with which ``action`` is refused; nothing may be different after it."""
    with pytest.raises(ValidationError) as problem:
        action(*args, **rest)
    return " ".join(problem.value.messages)


def picture(hotel: Hotel) -> dict[str, Any]:
    """Who sleeps where, night by night, and what is closed. An undone change leaves it as it was."""
    return {
        "stays": sorted(
            Stay.objects.filter(hotel=hotel).values_list(
                "pk",
                "part_of",
                "external_key",
                "property",
                "room_type",
                "room",
                "room_choice",
                "arrival",
                "departure",
                "status",
                "overbooked",
                "total",
            ),
            key=str,
        ),
        "nights": sorted(
            StayNight.objects.filter(hotel=hotel).values_list(
                "stay", "date", "room", "room_type", "price", "overbooked"
            ),
            key=str,
        ),
        "doors": sorted(LinkedNight.objects.filter(hotel=hotel).values_list("room", "date", "stay"), key=str),
        "closures": sorted(
            RoomClosure.objects.filter(hotel=hotel).values_list(
                "pk", "room", "first", "last", "kind", "note"
            ),
            key=str,
        ),
    }


def check_house(hotel: Hotel) -> None:
    """What always holds, whatever was done: raises ``AssertionError`` that says what does not."""
    holding = [str(status) for status in HOLDING_STATUSES]
    stays = list(Stay.objects.filter(hotel=hotel).select_related("reservation"))
    nights = list(StayNight.objects.filter(hotel=hotel))
    by_stay: dict[int, list[StayNight]] = {}
    for night in nights:
        by_stay.setdefault(night.stay_id, []).append(night)

    relatives: dict[int, set[int]] = {}
    for child, parent in Room.objects.filter(hotel=hotel, parent__isnull=False).values_list("pk", "parent"):
        relatives.setdefault(child, {child}).add(parent)
        relatives.setdefault(parent, {parent}).add(child)
    held = Counter((night.room_id, night.date) for night in nights if night.room_id and not night.overbooked)
    assert max(held.values(), default=1) == 1, "a room is given twice in one night"
    for room_id, date_ in held:
        for other in relatives.get(room_id, set()) - {room_id}:
            assert (other, date_) not in held, "an apartment and a room of it are given in one night"

    for row in stays:
        own = by_stay.get(row.pk, [])
        if row.status not in holding:
            assert not own, f"{row} holds nights"
            assert not row.overbooked
            continue
        dates = [row.arrival + timedelta(days=n) for n in range((row.departure - row.arrival).days)]
        assert sorted(night.date for night in own) == dates, f"{row} does not hold its nights"
        assert {(night.room_id, night.overbooked) for night in own} == {(row.room_id, row.overbooked)}, row

    for reservation in Reservation.objects.filter(hotel=hotel, status__in=holding):
        own_stays = sorted(
            (s for s in stays if s.reservation_id == reservation.pk and s.status in holding),
            key=lambda s: s.arrival,
        )
        assert own_stays, f"{reservation} is not to be seen"
        assert own_stays[0].arrival == reservation.arrival
        assert own_stays[-1].departure == reservation.departure
        for one, other in pairwise(own_stays):
            assert one.departure == other.arrival, "parts with a gap"
