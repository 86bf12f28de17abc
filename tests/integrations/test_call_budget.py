"""The budget of calls: who waits for it holds up nobody else, and what is sent then is what is true then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connections as databases
from django.utils import timezone

from integrations import exchanges
from integrations.contracts import RateLimit
from integrations.errors import RateLimited
from integrations.models import Connection, ConnectionStatus, Exchange, Lease, OutboxJob
from integrations.registry import get_provider
from integrations.sending import send_waiting
from tests.integrations.test_outbox import book


def declare(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    provider = get_provider("noticeboard")
    monkeypatch.setattr(type(provider), "declaration", replace(provider.declaration, **changes))


@pytest.mark.django_db(transaction=True)
class TestTheBudget:
    def test_who_waits_for_one_provider_holds_up_no_other(self):
        limit = RateLimit(calls=1, period=timedelta(seconds=3))
        place(limit)
        waiting = in_a_thread(lambda: place(limit))
        with waiting:
            until(lambda: Exchange.objects.count() == 2)
            place(RateLimit(calls=100, period=timedelta(seconds=5)), provider="another")
            assert waiting.is_alive()

    def test_places_are_taken_in_the_order_of_asking(self):
        limit = RateLimit(calls=1, period=timedelta(seconds=0.5))
        ended: list[int] = []
        place(limit)
        threads = []
        for number in range(3):
            threads.append(in_a_thread(lambda number=number: (place(limit), ended.append(number))))
            threads[-1].start()
            until(lambda number=number: Exchange.objects.count() == number + 2)
        for thread in threads:
            thread.join(20)
        assert ended == [0, 1, 2]
        moments = sorted(Exchange.objects.values_list("at", flat=True))
        assert min(b - a for a, b in pairwise(moments)) >= limit.period

    def test_a_far_place_is_not_taken(self):
        limit = RateLimit(calls=1, period=timedelta(minutes=5))
        place(limit)
        with pytest.raises(RateLimited):
            place(limit)
        with pytest.raises(RateLimited):
            exchanges.await_budget(provider="lodge", connection_id=None, limit=limit)
        assert Exchange.objects.count() == 1

    def test_what_changes_while_a_call_waits_for_its_place_is_in_it(
        self, channel, board, desk, today, monkeypatch
    ):
        declare(monkeypatch, rate_limit=RateLimit(calls=4, period=timedelta(seconds=4)))
        day = today + timedelta(days=10)
        book(desk, day, room="105")
        spend(channel, 4)
        with in_a_thread(lambda: send_waiting(channel.pk)):
            until(Lease.objects.exists)
            book(desk, day, room="106", ref="B")
        assert [[offer.units for offer in call] for call in board.calls] == [[4]]

    def test_a_budget_that_is_used_up_puts_the_work_off_until_it_is_free(
        self, channel, board, desk, today, monkeypatch
    ):
        declare(monkeypatch, rate_limit=RateLimit(calls=2, period=timedelta(minutes=5)))
        spend(channel, 2)
        book(desk, today + timedelta(days=10))
        book(desk, today + timedelta(days=10), room="111", ref="S")
        assert send_waiting(channel.pk) == 0
        assert board.calls == []
        free_at = Exchange.objects.earliest("at").at + timedelta(minutes=5) + exchanges.SLOWEST_WAY
        assert set(OutboxJob.objects.values_list("not_before", flat=True)) == {free_at}
        channel.refresh_from_db()
        assert channel.status == ConnectionStatus.CONNECTED

    def test_the_second_half_of_a_slow_budget_is_spread_and_free_for_last_rooms(
        self, channel, board, desk, today, monkeypatch
    ):
        declare(monkeypatch, rate_limit=RateLimit(calls=10, period=timedelta(minutes=5)))
        spend(channel, 5)
        book(desk, today + timedelta(days=10))
        assert send_waiting(channel.pk) == 0
        job = OutboxJob.objects.get()
        made = Exchange.objects.latest("at").at
        assert timedelta(seconds=50) < job.not_before - made < timedelta(seconds=70)
        assert (job.attempts, job.error_code) == (0, "")
        book(desk, today + timedelta(days=10), room="111", ref="S")
        send_waiting(channel.pk)
        assert [call[0].room_ref for call in board.calls] == ["suite"]

    def test_the_first_half_of_a_slow_budget_is_for_everything(
        self, channel, board, desk, today, monkeypatch
    ):
        declare(monkeypatch, rate_limit=RateLimit(calls=10, period=timedelta(minutes=5)))
        spend(channel, 4)
        book(desk, today + timedelta(days=10))
        assert send_waiting(channel.pk) == 1


def spend(connection: Connection, calls: int) -> None:
    """Calls that were made just now."""
    Exchange.objects.bulk_create(
        Exchange(connection=connection, provider=connection.provider, at=timezone.now()) for _ in range(calls)
    )


def place(limit: RateLimit, *, provider: str = "lodge", connection_id: int | None = None) -> None:
    exchanges.begin(provider=provider, connection_id=connection_id, hotel_id=None, limit=limit)


class in_a_thread(threading.Thread):  # noqa: N801 - reads as a phrase where it is used
    """``work`` beside the block, which ends when both have."""

    def __init__(self, work: Callable[[], object]) -> None:
        def run() -> None:
            try:
                work()
            finally:
                databases.close_all()

        super().__init__(target=run)

    def __enter__(self) -> in_a_thread:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.join(30)
        assert not self.is_alive()


def until(true: Callable[[], object]) -> None:
    """Return as soon as ``true()`` holds."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
