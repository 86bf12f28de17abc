"""The right to do one thing alone."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from integrations.leases import LeaseTaken, lease
from integrations.models import Lease
from tests.integrations.outside import all_at_once


@pytest.mark.django_db
class TestOneHolder:
    def test_a_second_holder_is_refused(self):
        with lease("import:1"), pytest.raises(LeaseTaken), lease("import:1"):
            pass

    def test_another_name_is_another_lease(self):
        with lease("import:1"), lease("import:2"):
            assert Lease.objects.count() == 2

    def test_it_is_free_after_the_block(self):
        with lease("import:1"):
            pass
        with lease("import:1"):
            pass
        assert not Lease.objects.exists()

    def test_it_is_free_after_a_failure_in_the_block(self):
        with pytest.raises(ZeroDivisionError), lease("import:1"):
            raise ZeroDivisionError
        assert not Lease.objects.exists()

    def test_the_lease_of_a_crashed_holder_runs_out(self):
        Lease.objects.create(name="import:1", holder="gone", until=timezone.now() - timedelta(milliseconds=1))
        with lease("import:1") as held:
            assert Lease.objects.get(name="import:1").holder == held.holder

    def test_the_lease_of_a_crashed_holder_holds_until_then(self):
        Lease.objects.create(name="import:1", holder="gone", until=timezone.now() + timedelta(seconds=60))
        with pytest.raises(LeaseTaken), lease("import:1"):
            pass

    def test_waiting_outlasts_a_lease_that_runs_out(self):
        Lease.objects.create(name="import:1", holder="gone", until=timezone.now() + timedelta(seconds=0.3))
        with lease("import:1", wait=20) as held:
            assert held.holder != "gone"

    def test_renewing_moves_the_end(self):
        with lease("import:1", seconds=5) as held:
            held.renew(500)
            left = Lease.objects.get(name="import:1").until - timezone.now()
            assert left > timedelta(seconds=400)
            assert held.until == Lease.objects.get(name="import:1").until

    def test_keeping_writes_only_once_half_of_the_time_is_over(self, django_assert_num_queries):
        with lease("import:1", seconds=100) as held:
            with django_assert_num_queries(0):
                held.keep()
            held.until = timezone.now() + timedelta(seconds=49)
            held.keep()
            assert held.until == Lease.objects.get(name="import:1").until
            assert held.until - timezone.now() > timedelta(seconds=90)

    def test_a_lease_that_ran_out_and_was_taken_over_cannot_be_kept(self):
        with lease("import:1") as held:
            held.until = timezone.now() - timedelta(seconds=1)
            Lease.objects.filter(name="import:1").update(holder="another")
            with pytest.raises(LeaseTaken):
                held.keep()

    def test_a_lease_taken_over_cannot_be_renewed_and_is_left_to_the_new_holder(self):
        with lease("import:1") as held:
            Lease.objects.filter(name="import:1").update(holder="another")
            with pytest.raises(LeaseTaken):
                held.renew()
        assert Lease.objects.get(name="import:1").holder == "another"


@pytest.mark.django_db(transaction=True)
class TestManyWorkers:
    @pytest.mark.parametrize("before", ["free", "run out"])
    def test_of_many_at_once_exactly_one_holds_it(self, before):
        if before == "run out":
            Lease.objects.create(name="race", holder="gone", until=timezone.now() - timedelta(seconds=1))
        decided = threading.Barrier(8)

        def take():
            try:
                with lease("race", seconds=60):
                    decided.wait(30)  # hold it until all others have tried
                    return "held"
            except LeaseTaken:
                decided.wait(30)
                return "refused"

        assert sorted(all_at_once(take, 8)) == ["held"] + ["refused"] * 7

    def test_those_who_wait_get_it_one_after_another(self):
        inside: list[int] = []
        most: list[int] = []

        def take():
            with lease("queue", seconds=60, wait=50):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

        assert all_at_once(take, 5) == [None] * 5
        assert most == [1] * 5

    def test_a_second_connection_sees_it_at_once(self):
        seen: list[object] = []

        def look():
            try:
                with lease("import:1"):
                    seen.append("held")
            except LeaseTaken:
                seen.append("refused")
            finally:
                connections.close_all()

        with lease("import:1"):
            other = threading.Thread(target=look)
            other.start()
            other.join(30)
        assert seen == ["refused"]
