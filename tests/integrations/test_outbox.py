"""What is on sale at a channel follows every change here, night by night, and nothing of it gets lost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations import drift
from integrations.errors import NeedsReconnect, RateLimited, Unreachable
from integrations.leases import lease
from integrations.models import (
    Alert,
    AvailabilityState,
    Connection,
    ConnectionStatus,
    OutboxJob,
    RateMapping,
    RoomMapping,
)
from integrations.outbox import ahead, queue_everything
from integrations.rate_mappings import save_rate_mappings
from integrations.sending import send_waiting
from integrations.sweep import extend_calendars
from integrations.wrong_numbers import wrong_numbers
from reservations.choices import StayStatus
from reservations.closures import close_room, reopen
from reservations.events import RatesChanged, rates_changed
from reservations.models import DailyRate, RatePlan, Room, RoomClosure
from tests.reservations.records import FIRST, Desk, booking, stay

State = AvailabilityState.State


def book(
    desk: Desk,
    day: date,
    *,
    room: str = "105",
    nights: int = 1,
    ref: str = "A",
    status: StayStatus = StayStatus.CONFIRMED,
) -> None:
    held = stay(arrival=(day - FIRST).days, nights=nights, room=room, status=status)
    desk.take(booking(ref, version=1 + (status == StayStatus.CANCELLED), status=status, stays=(held,)))


def states(connection: Connection, ref: str = "double") -> dict[date, str]:
    rows = AvailabilityState.objects.filter(
        room_mapping__external_ref=ref, connection=connection, rate_mapping=None
    )
    return dict(rows.values_list("date", "state"))


class TestNumbers:
    def test_mapping_a_room_fills_the_whole_calendar(self, channel, board, today):
        assert board.units("double", today) == 6
        assert board.units("suite", today + ahead() - timedelta(days=1)) == 2
        assert set(states(channel).values()) == {State.ACCEPTED}
        assert not OutboxJob.objects.exists()

    def test_a_booking_sends_its_nights_and_no_others(self, channel, board, desk, today):
        day = today + timedelta(days=10)
        book(desk, day, nights=2)
        assert states(channel)[day] == State.QUEUED
        assert send_waiting(channel.pk) == 2
        assert [(o.date, o.units) for call in board.calls for o in call] == [
            (day, 5),
            (day + timedelta(days=1), 5),
        ]
        assert states(channel)[day] == State.ACCEPTED

    def test_a_cancellation_puts_the_rooms_back_on_sale(self, channel, board, desk, today):
        day = today + timedelta(days=10)
        book(desk, day)
        send_waiting(channel.pk)
        book(desk, day, status=StayStatus.CANCELLED)
        send_waiting(channel.pk)
        assert board.units("double", day) == 6

    def test_a_closure_and_its_end_are_sent(self, channel, board, hotel, today):
        room = Room.objects.get(hotel=hotel, name="111")
        day = today + timedelta(days=3)
        closure = RoomClosure(hotel=hotel, room=room, first=day, last=day + timedelta(days=1))
        close_room(closure)
        send_waiting(channel.pk)
        assert board.units("suite", day) == 1
        reopen([closure])
        send_waiting(channel.pk)
        assert board.units("suite", day) == 2

    def test_more_stays_than_rooms_are_sent_as_none_left(self, channel, board, desk, today):
        day = today + timedelta(days=5)
        for number, room in enumerate(("111", "112", "112")):
            book(desk, day, room=room, ref=f"S{number}")
        send_waiting(channel.pk)
        assert board.units("suite", day) == 0

    def test_a_single_room_is_left_once_or_not_at_all(self, channel, board, desk, hotel, today):
        row = RoomMapping.objects.get(connection=channel, external_ref="suite")
        row.room_type, row.room = None, Room.objects.get(hotel=hotel, name="111")
        row.save()
        queue_everything(channel)
        day = today + timedelta(days=5)
        book(desk, day, room="112")
        send_waiting(channel.pk)
        assert board.units("suite", day) == 1
        book(desk, day, room="111", ref="B")
        send_waiting(channel.pk)
        assert board.units("suite", day) == 0

    def test_a_change_that_leaves_the_number_as_it_is_sends_nothing(self, channel, board, desk, today):
        day = today + timedelta(days=10)
        book(desk, day, room="105")
        send_waiting(channel.pk)
        board.calls.clear()
        desk.take(booking("A", version=2, stays=(stay(arrival=(day - FIRST).days, nights=1, room="106"),)))
        assert states(channel)[day] == State.QUEUED
        send_waiting(channel.pk)
        assert board.calls == []
        assert states(channel)[day] == State.ACCEPTED
        assert not OutboxJob.objects.exists()

    def test_many_changes_become_one_job_and_the_last_one_counts(self, channel, board, desk, today):
        day = today + timedelta(days=10)
        for number, room in enumerate(("105", "106", "107")):
            book(desk, day + timedelta(days=number), room=room, ref=f"B{number}", nights=3)
        job = OutboxJob.objects.get()
        assert (job.first, job.last) == (day, day + timedelta(days=5))
        send_waiting(channel.pk)
        assert len(board.calls) == 1
        assert [o.units for o in board.calls[0]] == [5, 4, 3, 4, 5]

    def test_nothing_is_sent_before_the_first_import(self, channel, board, desk, today):
        Connection.objects.update(cursor={})
        book(desk, today + timedelta(days=10))
        assert not OutboxJob.objects.exists()

    def test_a_connection_that_is_told_not_to_send_does_not(self, channel, board, desk, today):
        Connection.objects.update(settings={"send_availability": False})
        book(desk, today + timedelta(days=10))
        assert not OutboxJob.objects.exists()

    def test_the_number_of_statements_does_not_grow_with_the_nights(self, channel, desk, today):
        day = today + timedelta(days=20)
        desk.take(booking("warm", stays=(stay(arrival=(day - FIRST).days, nights=1, room="105"),)))
        with CaptureQueriesContext(database) as few:
            book(desk, day, nights=2, room="106", ref="few")
        with CaptureQueriesContext(database) as many:
            book(desk, day, nights=200, room="107", ref="many")
        assert len(many) == len(few)


class TestTheLastRoom:
    def test_it_goes_before_everything_else(self, channel, board, desk, today):
        early, late = today + timedelta(days=2), today + timedelta(days=90)
        book(desk, early, room="105", ref="D")
        book(desk, late, room="111", ref="S")
        send_waiting(channel.pk)
        assert [[(o.room_ref, o.units) for o in call] for call in board.calls] == [
            [("suite", 1), ("double", 5)],
        ]

    def test_rates_wait_for_numbers(self, channel, board, desk, hotel, manager, today):
        plan = flexible(channel, hotel, manager)
        price_nights(hotel, plan, today, 40)
        book(desk, today + timedelta(days=35), room="105")
        send_waiting(channel.pk)
        assert [call[0].rate_ref for call in board.calls] == [None, *["flex"] * (len(board.calls) - 1)]
        assert len(board.calls) > 1

    @pytest.mark.usefixtures("year_on_sale")
    def test_a_booking_during_a_long_filling_jumps_the_queue(
        self, channel, board, desk, hotel, manager, today
    ):
        plan = flexible(channel, hotel, manager)
        price_nights(hotel, plan, today, 200)
        day = today + timedelta(days=150)
        board.during = lambda: book(desk, day, room="111")
        send_waiting(channel.pk)
        assert board.calls[1][0].room_ref == "suite"
        assert board.units("suite", day) == 1

    def test_it_does_not_wait_for_the_other_calls_of_a_piece(self, channel, board, desk, today):
        board.split = 5
        book(desk, today + timedelta(days=2), nights=30, room="105", ref="long")
        board.during = lambda: book(desk, today + timedelta(days=9), room="111", ref="S")
        send_waiting(channel.pk)
        assert [call[0].room_ref for call in board.calls[:3]] == ["double", "suite", "double"]
        assert sum(len(call) for call in board.calls) == 31


class TestTrouble:
    def test_an_outage_keeps_the_change_and_sends_the_state_of_then(self, channel, board, desk, today):
        day = today + timedelta(days=10)
        board.error = Unreachable("no answer")
        book(desk, day, room="105")
        send_waiting(channel.pk)
        job = OutboxJob.objects.get()
        assert job.attempts == 1
        assert job.not_before > timezone.now()
        assert send_waiting(channel.pk) == 0  # not due yet
        board.error = None
        book(desk, day, room="106", ref="B")
        send_waiting(channel.pk)
        assert board.units("double", day) == 4
        channel.refresh_from_db()
        assert channel.status == ConnectionStatus.CONNECTED

    def test_a_worker_that_dies_after_the_call_sends_again(self, channel, board, desk, today):
        day = today + timedelta(days=10)
        book(desk, day)
        board.during = die
        with pytest.raises(KeyboardInterrupt):
            send_waiting(channel.pk)
        assert states(channel)[day] == State.SENT
        board.calls.clear()
        assert send_waiting(channel.pk) == 1
        assert [o.units for o in board.calls[0]] == [5]

    def test_a_change_during_the_call_is_sent_too(self, channel, board, desk, today):
        day = today + timedelta(days=10)
        book(desk, day, room="105")
        board.during = lambda: book(desk, day, room="106", ref="B")
        send_waiting(channel.pk)
        assert [[o.units for o in call] for call in board.calls] == [[5], [4]]
        assert states(channel)[day] == State.ACCEPTED

    def test_what_was_answered_before_the_trouble_stays_answered(self, channel, board, desk, today):
        day = today + timedelta(days=2)
        book(desk, day, nights=4)
        board.split = 2
        board.during = lambda: setattr(board, "error", RateLimited("slow down"))
        send_waiting(channel.pk)
        found = states(channel)
        assert [found[day + timedelta(days=n)] for n in range(4)] == [
            State.ACCEPTED,
            State.ACCEPTED,
            State.SENT,
            State.SENT,
        ]
        assert OutboxJob.objects.get().error_code == "rate_limited"

    def test_a_lost_grant_waits_for_a_person(self, channel, board, desk, today):
        board.error = NeedsReconnect("gone")
        book(desk, today + timedelta(days=2))
        send_waiting(channel.pk)
        channel.refresh_from_db()
        assert channel.status == ConnectionStatus.NEEDS_REAUTH
        assert OutboxJob.objects.exists()

    def test_a_refused_night_is_shown_told_once_and_sent_again_on_request(self, channel, board, desk, today):
        day = today + timedelta(days=2)
        board.refuse = lambda offer: "Room is not active" if offer.room_ref == "double" else None
        book(desk, day, nights=2)
        send_waiting(channel.pk)
        row = AvailabilityState.objects.get(connection=channel, date=day, room_mapping__external_ref="double")
        assert (row.state, row.error) == (State.REFUSED, "Room is not active")
        alert = Alert.objects.get(code="offers_refused", resolved_at=None)
        assert "Room is not active" in str(alert)
        assert not OutboxJob.objects.exists()
        board.refuse = lambda offer: None
        assert drift.repair(channel) == 2
        send_waiting(channel.pk)
        assert board.units("double", day) == 5
        assert not Alert.objects.filter(code="offers_refused", resolved_at=None).exists()

    def test_two_workers_do_not_send_for_one_connection(self, channel, board, desk, today):
        book(desk, today + timedelta(days=2))
        with lease(f"send:{channel.pk}"):
            assert send_waiting(channel.pk) == 0
        assert board.calls == []
        assert send_waiting(channel.pk) == 1


class TestDrift:
    def test_what_is_equal_is_read_back(self, channel, board, today):
        run = drift.compare(channel)
        assert run.state == run.State.DONE
        assert states(channel)[today + timedelta(days=1)] == State.READ_BACK

    def test_what_differs_is_told_and_repaired_by_one_press(self, channel, board, today):
        day = today + timedelta(days=4)
        wrong = board.offers["double", None, day]
        board.offers["double", None, day] = type(wrong)("p1", "double", day, units=9)
        drift.compare(channel)
        assert states(channel)[day] == State.DRIFTED
        assert Alert.objects.filter(code="offers_drifted", resolved_at=None).exists()
        assert drift.repair(channel) == 1
        assert not Alert.objects.filter(code="offers_drifted", resolved_at=None).exists()
        send_waiting(channel.pk)
        assert board.units("double", day) == 6

    def test_a_night_that_changes_just_now_is_left_alone(self, channel, board, desk, today):
        day = today + timedelta(days=4)
        book(desk, day)
        drift.compare(channel)
        assert states(channel)[day] == State.QUEUED

    def test_a_new_day_brings_a_new_night(self, channel, board, today):
        last = today + ahead() - timedelta(days=1)
        AvailabilityState.objects.filter(date=last).delete()
        board.offers.pop(("double", None, last))
        extend_calendars()
        send_waiting(channel.pk)
        assert board.units("double", last) == 6


class TestRates:
    def test_prices_and_restrictions_are_sent_to_the_mapped_rate(self, channel, board, hotel, manager, today):
        plan = flexible(channel, hotel, manager)
        price_nights(hotel, plan, today, 2)
        send_waiting(channel.pk)
        offer = board.offers["double", "flex", today]
        assert (offer.price, offer.currency, offer.minimum_stay) == (Decimal("99.50"), "EUR", 2)

    def test_a_night_without_a_price_says_nothing(self, channel, board, hotel, manager, today):
        flexible(channel, hotel, manager)
        send_waiting(channel.pk)
        assert board.calls == []
        assert not OutboxJob.objects.exists()


class TestTheMeasure:
    def test_the_time_of_a_wrong_number_counts_until_it_is_accepted(self, channel, board, desk, today):
        day = today + timedelta(days=10)
        book(desk, day)
        AvailabilityState.objects.filter(date=day, room_mapping__external_ref="double").update(
            queued_at=timezone.now() - timedelta(minutes=3)
        )
        assert wrong_numbers(channel, today).waiting_since is not None
        send_waiting(channel.pk)
        measured = wrong_numbers(channel, today)
        assert measured.nights == 1
        assert measured.minutes == pytest.approx(3, abs=0.2)
        assert measured.waiting_since is None

    def test_filling_an_empty_calendar_does_not_count(self, channel, today):
        assert wrong_numbers(channel, today).nights == 0


def flexible(channel: Connection, hotel, manager) -> RatePlan:
    plan = RatePlan.objects.create(hotel=hotel, property=hotel.properties.get(), name="Flexible")
    rate = RateMapping.objects.get(connection=channel, external_ref="flex")
    save_rate_mappings(connection=channel, user=manager, choices={rate.pk: plan.pk})
    send_waiting(channel.pk)
    return plan


def price_nights(hotel, plan: RatePlan, first: date, nights: int) -> None:
    room_type = plan.property.room_types.get(name="Doble")
    DailyRate.objects.bulk_create(
        DailyRate(
            hotel=hotel,
            rate_plan=plan,
            room_type=room_type,
            date=first + timedelta(days=n),
            price=Decimal("99.50"),
            minimum_stay=2,
        )
        for n in range(nights)
    )
    rates_changed.send(
        sender=None,
        change=RatesChanged(
            hotel.pk, frozenset({(plan.pk, room_type.pk)}), first, first + timedelta(days=nights)
        ),
    )


def die() -> None:
    raise KeyboardInterrupt
