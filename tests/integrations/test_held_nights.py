"""Nights that somebody closed at the other side by hand are not opened by the first filling; a person decides."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from integrations import drift
from integrations.catalogue import store_catalogue
from integrations.contracts import Offer
from integrations.errors import Rejected, Unreachable
from integrations.held_nights import close_here
from integrations.mappings import Target, save_mappings
from integrations.models import (
    Alert,
    AvailabilityState,
    Connection,
    ConnectionStatus,
    LogEntry,
    OutboxJob,
    PropertyMapping,
    RoomMapping,
)
from integrations.registry import get_provider
from integrations.sending import send_waiting
from reservations.choices import StayStatus
from reservations.models import Room, RoomClosure
from tests.integrations.conftest import make_connection
from tests.integrations.test_outbox import book, states

State = AvailabilityState.State


@pytest.fixture
def fresh(hotel: Any, board: Any) -> Connection:
    """A connected board whose bookings were read; nothing is mapped, nothing was sent."""
    connection = make_connection(hotel, provider="noticeboard", name="Board")
    store_catalogue(connection, get_provider("noticeboard").discover(None))
    connection.cursor = {"properties": {"p1": timezone.now().isoformat()}}
    connection.save()
    return connection


@pytest.fixture
def closed(board: Any, today: date) -> list[date]:
    """Three nights on which nothing is on sale there, and some on which something is."""
    days = [today + timedelta(days=n) for n in (20, 21, 30)]
    for n in range(40):
        day = today + timedelta(days=n)
        stands = Offer("p1", "suite", day, units=0 if day in days else 2)
        board.offers["suite", None, day] = stands
    return days


def use(connection: Connection, user: Any, **rooms: Target) -> None:
    """Map rooms of the board and send their numbers for the first time."""
    choose(connection, user, **rooms)
    send_waiting(connection.pk)


def choose(connection: Connection, user: Any, **rooms: Target) -> None:
    rows = {row.external_ref: row.pk for row in RoomMapping.objects.filter(connection=connection)}
    save_mappings(
        connection=connection,
        user=user,
        properties={
            PropertyMapping.objects.get(connection=connection).pk: connection.hotel.properties.get().pk
        },
        rooms={rows[ref]: target for ref, target in rooms.items()},
    )


def suites(hotel: Any) -> Target:
    return Target(room_type=hotel.properties.get().room_types.get(name="Suite").pk)


def doubles(hotel: Any) -> Target:
    return Target(room_type=hotel.properties.get().room_types.get(name="Doble").pk)


def room(hotel: Any, name: str) -> Target:
    return Target(room=Room.objects.get(hotel=hotel, name=name).pk)


def alert() -> Alert | None:
    return Alert.objects.filter(code="offers_held", resolved_at=None).first()


def held(connection: Connection) -> list[date]:
    found = states(connection, "suite")
    return sorted(day for day, state in found.items() if state == State.DRIFTED)


class TestTheFirstFilling:
    @pytest.mark.usefixtures("year_on_sale")
    def test_what_was_closed_there_stays_closed_and_all_else_is_sent(
        self, fresh, board, hotel, manager, closed, today
    ):
        use(fresh, manager, suite=suites(hotel))
        assert [board.units("suite", day) for day in closed] == [0, 0, 0]
        assert board.units("suite", closed[-1] + timedelta(days=1)) == 2
        assert board.units("suite", today + timedelta(days=300)) == 2
        assert held(fresh) == closed
        row = AvailabilityState.objects.get(connection=fresh, date=closed[0], rate_mapping=None)
        assert (row.read_value, row.accepted) == ({"units": 0}, {})
        assert not OutboxJob.objects.exists()

    def test_an_alert_says_which_nights_and_what_to_do(self, fresh, hotel, manager, closed):
        use(fresh, manager, suite=suites(hotel))
        told = alert()
        assert told is not None
        assert told.params == {"nights": 3, "date": str(closed[0])}
        assert "send them again" in str(told)
        assert LogEntry.objects.filter(code="offers_held").count() == 1
        assert not Alert.objects.filter(code="offers_drifted").exists()

    def test_what_is_sold_here_too_is_in_no_question(self, fresh, board, hotel, manager, desk, closed):
        choose(fresh, manager, suite=suites(hotel))
        for number, name in enumerate(("111", "112")):
            book(desk, closed[0], room=name, ref=f"S{number}")
        send_waiting(fresh.pk)
        assert held(fresh) == closed[1:]
        assert states(fresh, "suite")[closed[0]] == State.ACCEPTED
        # From now on it follows as every night does.
        book(desk, closed[0], room="111", ref="S0", status=StayStatus.CANCELLED)
        send_waiting(fresh.pk)
        assert board.units("suite", closed[0]) == 1

    def test_a_change_here_does_not_open_a_held_night(self, fresh, board, hotel, manager, desk, closed):
        use(fresh, manager, suite=suites(hotel))
        book(desk, closed[0], room="111", ref="S")
        send_waiting(fresh.pk)
        assert board.units("suite", closed[0]) == 0
        assert held(fresh) == closed

    def test_a_held_night_that_is_sold_out_here_is_settled(self, fresh, board, hotel, manager, desk, closed):
        use(fresh, manager, suite=suites(hotel))
        for number, name in enumerate(("111", "112")):
            book(desk, closed[0], nights=2, room=name, ref=f"S{number}")
        send_waiting(fresh.pk)
        assert held(fresh) == closed[2:]
        told = alert()
        assert told is not None
        assert told.params["nights"] == 1

    def test_a_room_that_was_sent_before_is_not_looked_at_again(
        self, fresh, board, hotel, manager, desk, today
    ):
        use(fresh, manager, suite=suites(hotel))
        day = today + timedelta(days=5)
        board.offers["suite", None, day] = Offer("p1", "suite", day, units=0)
        book(desk, day, room="111", ref="S")
        send_waiting(fresh.pk)
        assert board.units("suite", day) == 1
        assert alert() is None


class TestWhenItCannotBeRead:
    @pytest.mark.usefixtures("year_on_sale")
    def test_other_rooms_do_not_wait_for_it(self, fresh, board, hotel, manager, desk, closed, today):
        use(fresh, manager, double=doubles(hotel))
        board.unreadable = Unreachable("no answer")
        use(fresh, manager, double=doubles(hotel), suite=suites(hotel))
        assert board.units("suite", today + timedelta(days=300)) is None
        day = today + timedelta(days=3)
        book(desk, day)
        send_waiting(fresh.pk)
        assert board.units("double", day) == 5
        board.unreadable = None
        OutboxJob.objects.update(not_before=None)
        send_waiting(fresh.pk)
        assert board.units("suite", today + timedelta(days=300)) == 2
        assert held(fresh) == closed

    def test_a_calendar_that_is_never_shown_is_written_all_the_same(
        self, fresh, board, hotel, manager, today
    ):
        board.unreadable = Rejected("not for you")
        use(fresh, manager, suite=suites(hotel))
        assert board.units("suite", today) == 2
        fresh.refresh_from_db()
        assert fresh.status == ConnectionStatus.CONNECTED


class TestWhatAPersonDecides:
    def test_sending_again_opens_them(self, fresh, board, hotel, manager, closed):
        use(fresh, manager, suite=suites(hotel))
        assert drift.repair(fresh) == 3
        assert alert() is None
        send_waiting(fresh.pk)
        assert [board.units("suite", day) for day in closed] == [2, 2, 2]
        assert held(fresh) == []

    def test_sending_everything_opens_them_too(self, fresh, board, hotel, manager, closed):
        use(fresh, manager, suite=suites(hotel))
        drift.send_everything(fresh)
        send_waiting(fresh.pk)
        assert [board.units("suite", day) for day in closed] == [2, 2, 2]

    def test_closing_here_closes_the_room_and_no_other_nights(self, fresh, board, hotel, manager, closed):
        use(fresh, manager, suite=room(hotel, "111"))
        assert close_here(fresh, user=manager) == 3
        closures = RoomClosure.objects.filter(hotel=hotel).values_list("room__name", "first", "last", "kind")
        assert list(closures) == [
            ("111", closed[0], closed[1] + timedelta(days=1), "owner_block"),
            ("111", closed[2], closed[2] + timedelta(days=1), "owner_block"),
        ]
        send_waiting(fresh.pk)
        assert {states(fresh, "suite")[day] for day in closed} == {State.ACCEPTED}
        assert alert() is None

    def test_of_several_rooms_none_is_chosen(self, fresh, hotel, manager, closed):
        use(fresh, manager, suite=suites(hotel))
        assert close_here(fresh, user=manager) == 0
        assert not RoomClosure.objects.exists()

    def test_both_choices_are_on_the_page(self, fresh, hotel, manager, client, closed):
        use(fresh, manager, suite=room(hotel, "111"))
        client.force_login(manager)
        url = reverse("connection_on_sale", args=[hotel.slug, fresh.pk])
        page = client.get(url).content.decode()
        assert "3 nights are closed there and free here" in page
        assert "Send the 3 different nights again" in page
        assert "Close 3 nights here, too" in page
        press = reverse("connection_on_sale_action", args=[hotel.slug, fresh.pk, "close_here"])
        client.post(press)
        assert RoomClosure.objects.filter(room__name="111").count() == 2
        assert "do-close-here" not in client.get(url).content.decode()


class TestComparing:
    def test_what_is_still_closed_there_stays_held(self, fresh, hotel, manager, closed):
        use(fresh, manager, suite=suites(hotel))
        drift.compare(fresh)
        assert held(fresh) == closed
        assert alert() is not None

    def test_what_was_opened_there_meanwhile_is_sent(self, fresh, board, hotel, manager, closed):
        use(fresh, manager, suite=suites(hotel))
        board.offers["suite", None, closed[0]] = Offer("p1", "suite", closed[0], units=1)
        drift.compare(fresh)
        send_waiting(fresh.pk)
        assert board.units("suite", closed[0]) == 2
        assert held(fresh) == closed[1:]
