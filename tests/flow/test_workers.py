"""Real processes on a real broker: what is stored is worked on once, whatever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection as database
from django.utils import timezone

from integrations.models import InboxMessage, Lease, SyncRun
from integrations.nudges import send
from integrations.sweep import sweep
from integrations.sync import RUN_TASK, request_run
from reservations.models import Reservation, Stay
from tests.flow.conftest import House

ROOT = Path(__file__).resolve().parents[2]
FAR = date.today() + timedelta(days=200)


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Return as soon as ``true()`` holds; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


class Worker:
    """``celery worker`` as a process of its own, on the test's database and broker."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "threads", "-c", "4"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()


@pytest.fixture
def start_worker() -> Iterator[Callable[[], Worker]]:
    """Starts workers that share the test's database; needs one that other processes can open."""
    name = database.settings_dict["NAME"]
    if database.vendor == "sqlite" and "mode=memory" in str(name):
        pytest.skip("the test database lives in this process's memory; the run on PostgreSQL covers it")
    if database.vendor == "postgresql":
        options = database.settings_dict
        url = f"postgres://{options['USER']}:{options['PASSWORD']}@{options['HOST'] or ''}:{options['PORT']}/{name}"
    else:
        url = f"sqlite:///{name}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
        "SECRET_KEY": settings.SECRET_KEY,
        "FERNET_KEYS": ",".join(settings.FERNET_KEYS),
        "INSTANCE_DIR": str(settings.INSTANCE_DIR),
        "REDIS_URL": settings.REDIS_URL,
        "ALLOW_PRIVATE_ADDRESSES": "true",
    }
    workers: list[Worker] = []

    def start() -> Worker:
        workers.append(Worker(environment))
        return workers[-1]

    yield start
    for worker in workers:
        worker.stop()


def test_a_booking_follows_within_seconds_through_a_worker(house: House, start_worker):
    house.read_all()
    start_worker()
    number = house.sandbox.book(room="101", arrival=FAR)["id"]

    until(lambda: Stay.objects.filter(external_key=f"{number}/{number}").exists())


def test_a_killed_worker_loses_nothing_and_doubles_nothing(house: House, start_worker):
    house.sandbox.slow(0.2)
    first = start_worker()
    run = request_run(connection=house.connection, kind=SyncRun.Kind.IMPORT)
    until(lambda: SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING).exists())
    numbers = [house.sandbox.book(room="101", arrival=FAR + timedelta(2 * n))["id"] for n in range(6)]
    house.sandbox.deliveries.wait_until_idle()
    first.kill()
    house.sandbox.slow(0)

    # What time would do: the claims and the lease of the dead worker run out.
    Lease.objects.update(until=timezone.now())
    InboxMessage.objects.update(leased_until=None)
    start_worker()

    def done() -> bool:
        sweep(timezone.now())
        time.sleep(0.5)
        waiting = InboxMessage.objects.filter(state="received").exists()
        pulls = SyncRun.objects.filter(kind__in=(SyncRun.Kind.IMPORT, SyncRun.Kind.PULL))
        return not waiting and pulls.filter(state=SyncRun.State.DONE).exists()

    until(done, 60)
    assert Stay.objects.filter(external_key__in=[f"{n}/{n}" for n in numbers]).count() == 6
    assert Reservation.objects.count() == Reservation.objects.values("booking_key").distinct().count()
    assert Reservation.objects.filter(sources__external_id="880007").count() == 1


def test_two_workers_do_one_run_once(house: House, start_worker):
    start_worker()
    start_worker()
    run = request_run(connection=house.connection, kind=SyncRun.Kind.IMPORT)
    for _ in range(6):
        send(RUN_TASK, run.pk)

    until(lambda: SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.DONE).exists())
    calls = house.sandbox.requests("GET", "/rest/v1/reservation/910001")
    assert [call.query["page"] for call in calls].count(["0"]) == 1
    assert SyncRun.objects.filter(kind=SyncRun.Kind.IMPORT).count() == 1
