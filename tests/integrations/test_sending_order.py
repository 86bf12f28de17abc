"""What is sent first, what comes along, and that nobody waits for ever, nor for somebody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from django.db import transaction
from django.db.models.signals import pre_delete
from django.utils import timezone

from integrations import drift
from integrations.contracts import MessageKind, Offer
from integrations.errors import Unreachable
from integrations.inbox import receive
from integrations.leases import lease
from integrations.models import (
    Alert,
    AvailabilityState,
    Connection,
    InboxMessage,
    Lease,
    OutboxJob,
)
from integrations.processing import process_waiting
from integrations.sending import LEASE_SECONDS, send_waiting
from integrations.wrong_numbers import wrong_numbers
from reservations.locks import lock_hotel
from tests.integrations.test_call_budget import declare, in_a_thread
from tests.integrations.test_outbox import book, flexible, price_nights, states

State = AvailabilityState.State


@pytest.fixture
def monthly(channel: Connection, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """The board takes one calendar month in a call."""
    declare(monkeypatch, push_by_month=True)
    return channel


@pytest.fixture
def months(today: date) -> list[date]:
    """A day in each of the next four months."""
    firsts = [(today.replace(day=1) + timedelta(days=31 * n)).replace(day=10) for n in range(1, 6)]
    return sorted(set(firsts))[:4]


def waits_since(moment: object, *, ref: str, day: date) -> None:
    AvailabilityState.objects.filter(room_mapping__external_ref=ref, date=day).update(queued_at=moment)


def night(channel: Connection, day: date, ref: str = "double") -> AvailabilityState:
    return AvailabilityState.objects.get(
        connection=channel, room_mapping__external_ref=ref, rate_mapping=None, date=day
    )


def whenever(board, happens: Callable[[], None], times: int) -> None:
    """Have ``happens`` called during each of the next ``times`` calls."""

    def during() -> None:
        happens()
        if times > 1:
            whenever(board, happens, times - 1)

    board.during = during


class TestTurns:
    def test_the_month_with_the_oldest_change_goes_first_and_takes_its_others_along(
        self, monthly, board, desk, months
    ):
        early, late = months[0], months[2]
        book(desk, early, room="105", ref="early")
        book(desk, late, room="106", ref="late")
        book(desk, late + timedelta(days=5), room="107", ref="along")
        waits_since(timezone.now() - timedelta(minutes=1), ref="double", day=late + timedelta(days=5))
        send_waiting(monthly.pk)
        assert [[offer.date for offer in call] for call in board.calls] == [
            [late, late + timedelta(days=5)],
            [early],
        ]

    def test_one_call_carries_all_months_where_that_is_allowed(self, channel, board, desk, months):
        for number, day in enumerate(months):
            book(desk, day, room="105", ref=f"B{number}")
        send_waiting(channel.pk)
        assert len(board.calls) == 1

    @pytest.mark.usefixtures("year_on_sale")
    def test_a_stream_of_changes_in_an_early_month_does_not_hold_up_a_later_one(
        self, monthly, board, desk, months
    ):
        early, late = months[0], months[3]
        rooms = iter(("106", "107", "108", "109"))
        book(desk, early, room="105", ref="first")
        book(desk, late, room="105", ref="late")
        whenever(board, lambda: book(desk, early, room=(r := next(rooms)), ref=r), 4)
        send_waiting(monthly.pk)
        assert [call[0].date for call in board.calls][:3] == [early, late, early]

    @pytest.mark.usefixtures("year_on_sale")
    def test_a_stream_of_last_rooms_does_not_hold_up_the_others(self, monthly, board, desk, months):
        waiting, days = months[3], iter(months[1] + timedelta(days=n) for n in range(9))
        book(desk, waiting, room="105", ref="D")
        book(desk, next(days), room="111", ref="S")
        whenever(board, lambda: book(desk, (day := next(days)), room="111", ref=f"S{day}"), 4)
        send_waiting(monthly.pk)
        assert [call[0].room_ref for call in board.calls][:4] == ["suite", "double", "suite", "suite"]

    def test_a_stream_of_numbers_does_not_hold_up_prices(self, channel, board, desk, hotel, manager, today):
        price_nights(hotel, flexible(channel, hotel, manager), today, 3)
        book(desk, today + timedelta(days=5), room="105", ref="first")
        rooms = iter(("106", "107", "108", "109"))
        whenever(board, lambda: book(desk, today + timedelta(days=5), room=(r := next(rooms)), ref=r), 4)
        send_waiting(channel.pk)
        assert [call[0].rate_ref for call in board.calls][:4] == [None, "flex", None, None]

    def test_what_goes_along_with_a_last_room_goes_behind_it(self, channel, board, desk, today):
        board.split = 1
        book(desk, today + timedelta(days=2), room="105", ref="D")
        book(desk, today + timedelta(days=90), room="111", ref="S")
        send_waiting(channel.pk)
        assert [call[0].room_ref for call in board.calls] == ["suite", "double"]

    @pytest.mark.usefixtures("year_on_sale")
    def test_no_more_goes_along_than_fits_into_one_call(self, channel, board, desk, today):
        book(desk, today + timedelta(days=2), nights=300, room="105", ref="long")
        book(desk, today + timedelta(days=320), room="111", ref="S")
        send_waiting(channel.pk)
        assert [len(call) for call in board.calls] == [200, 101]
        assert board.calls[0][0].room_ref == "suite"


class TestAChangeDuringTheCall:
    def test_it_is_wrong_only_since_then(self, channel, board, desk, today):
        day = today + timedelta(days=10)
        book(desk, day, room="105")
        waits_since(timezone.now() - timedelta(hours=1), ref="double", day=day)

        def change() -> None:
            book(desk, day, room="106", ref="B")
            board.error = Unreachable("no answer")

        board.during = change
        send_waiting(channel.pk)
        since = wrong_numbers(channel, today).waiting_since
        assert timezone.now() - since < timedelta(minutes=1)
        assert wrong_numbers(channel, today).longest == pytest.approx(3600, abs=60)

    def test_it_is_wrong_since_the_first_change_when_the_call_fails(self, channel, board, desk, today):
        day = today + timedelta(days=10)
        first = timezone.now() - timedelta(hours=1)
        board.error = Unreachable("no answer")
        book(desk, day, room="105")
        waits_since(first, ref="double", day=day)
        send_waiting(channel.pk)
        book(desk, day, room="106", ref="B")
        assert night(channel, day).queued_at == first

    def test_a_refusal_of_the_number_before_does_not_lose_it(self, channel, board, desk, today):
        day = today + timedelta(days=10)
        book(desk, day, room="105")
        board.refuse = lambda offer: "Busy" if offer.units == 5 else None
        board.during = lambda: book(desk, day, room="106", ref="B")
        send_waiting(channel.pk)
        assert board.units("double", day) == 4
        assert states(channel)[day] == State.ACCEPTED
        assert not Alert.objects.filter(code="offers_refused", resolved_at=None).exists()

    def test_it_is_not_put_off_with_the_call_that_fails(self, channel, board, desk, today):
        day = today + timedelta(days=10)
        book(desk, day, room="105")

        class OutageWithAChange(Unreachable):
            def __init__(self) -> None:
                super().__init__("no answer")
                board.error = None
                book(desk, day, room="106", ref="B")

        board.error = OutageWithAChange
        send_waiting(channel.pk)
        assert board.units("double", day) == 4
        assert not OutboxJob.objects.exists()


class TestTheLease:
    @pytest.fixture
    def clock(self):
        with time_machine.travel(timezone.now(), tick=True) as clock:
            yield clock

    def test_an_answer_after_half_of_its_time_prolongs_it(self, channel, board, desk, today, clock):
        board.split = 1
        book(desk, today + timedelta(days=2), nights=2)
        left: list[timedelta] = []

        def later() -> None:
            left.append(Lease.objects.get().until - timezone.now())

        def slowly() -> None:
            clock.shift(timedelta(seconds=LEASE_SECONDS * 0.8))
            board.during = later

        board.during = slowly
        send_waiting(channel.pk)
        assert left[0] > timedelta(seconds=LEASE_SECONDS / 2)

    def test_who_lost_it_sends_nothing_more(self, channel, board, desk, today, clock):
        board.split = 1
        book(desk, today + timedelta(days=2), nights=2)

        def too_slowly() -> None:
            clock.shift(timedelta(seconds=LEASE_SECONDS + 1))
            Lease.objects.update(holder="another", until=timezone.now())

        board.during = too_slowly
        send_waiting(channel.pk)
        channel.refresh_from_db()
        assert len(board.calls) == 1
        assert channel.failures == 0
        assert OutboxJob.objects.get().attempts == 0


class TestReading:
    def test_one_worker_at_a_time_reads_for_a_connection(self, connection):
        arrive(connection, "one")
        with lease(f"process:{connection.pk}"):
            assert process_waiting(connection.pk) == 0
        assert process_waiting(connection.pk) == 1

    def test_a_message_that_comes_when_a_worker_is_about_to_end_is_read(self, connection):
        arrive(connection, "one")

        def another(**_: object) -> None:
            pre_delete.disconnect(another, sender=Lease)
            arrive(connection, "two")
            assert process_waiting(connection.pk) == 0  # turned away

        pre_delete.connect(another, sender=Lease)
        try:
            assert process_waiting(connection.pk) == 2
        finally:
            pre_delete.disconnect(another, sender=Lease)
        assert not InboxMessage.objects.filter(state="received").exists()


class TestComparing:
    def test_a_number_that_was_taken_while_reading_is_not_compared_with_the_one_before(
        self, channel, board, desk, today
    ):
        day = today + timedelta(days=4)

        class ReadSlowly(dict[tuple[str, str | None, date], Offer]):
            def items(self):
                before = list(super().items())
                board.offers = dict(before)
                book(desk, day)
                send_waiting(channel.pk)
                return before

        board.offers = ReadSlowly(board.offers)
        drift.compare(channel)
        assert board.units("double", day) == 5
        assert states(channel)[day] == State.ACCEPTED
        assert states(channel)[day + timedelta(days=1)] == State.READ_BACK

    @pytest.mark.django_db(transaction=True)
    def test_a_change_and_a_comparing_at_the_same_time_lose_nothing(self, channel, board, desk, today):
        day = today + timedelta(days=4)
        begun, done = threading.Event(), threading.Event()

        def compare() -> None:
            begun.wait(20)
            drift.compare(channel)
            done.set()

        with in_a_thread(compare), transaction.atomic():
            lock_hotel(channel.hotel_id)
            book(desk, day)
            begun.set()
            done.wait(1)  # it cannot end before this is committed
        assert states(channel)[day] == State.QUEUED


def arrive(connection: Connection, name: str) -> None:
    receive(
        provider=connection.provider,
        kind=MessageKind.POLL,
        body=b'{"data": [], "page": {"page": 0}}',
        dedupe_key=name,
        connection_id=connection.pk,
        hotel_id=connection.hotel_id,
    )
