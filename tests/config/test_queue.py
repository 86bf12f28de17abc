"""The queue between processes: the built-in broker and what a worker does with a task."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from kombu import Connection

from config import health
from config.celery import app
from config.processes import program_commands
from config.tasks import heartbeat
from integrations.outbox import SEND_TASK

on_spool = pytest.mark.skipif(
    not settings.CELERY_BROKER_URL.startswith("spool"), reason="about the built-in broker"
)


def spooled() -> list:
    return sorted((settings.INSTANCE_DIR / "spool" / "messages").glob("*.msg"))


@on_spool
def test_a_queued_task_is_a_complete_file_of_its_own():
    heartbeat.delay("default")

    (message,) = spooled()
    assert json.loads(message.read_text())["headers"]["task"] == "config.tasks.heartbeat"


@on_spool
def test_many_producers_lose_nothing_and_leave_nothing_half_written():
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: heartbeat.delay("default"), range(200)))

    assert len(spooled()) == 200
    assert all(json.loads(message.read_text()) for message in spooled())
    assert not list((settings.INSTANCE_DIR / "spool" / "messages").glob("*.part"))


@on_spool
def test_messages_come_out_in_the_order_they_went_in():
    with Connection(
        settings.CELERY_BROKER_URL, transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS
    ) as link:
        queue = link.SimpleQueue("order")
        for number in range(20):
            queue.put({"number": number})
        received = []
        for _ in range(20):
            message = queue.get(timeout=10)
            received.append(message.payload["number"])
            message.ack()
        queue.close()

    assert received == list(range(20))


@pytest.mark.django_db(transaction=True)
def test_a_worker_carries_out_what_was_queued():
    with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False, shutdown_timeout=30):
        for queue in health.QUEUES:
            heartbeat.apply_async([queue], queue=queue)
        assert _eventually(lambda: health.heartbeat_age() is not None)


def test_what_is_on_sale_has_a_queue_of_its_own_and_a_worker_of_its_own():
    route = app.amqp.router.route({}, SEND_TASK)["queue"].name
    commands = program_commands(host="127.0.0.1", port=0, workers=1)

    assert (route, app.amqp.router.route({}, "integrations.tasks.process_messages")["queue"].name) == (
        "offers",
        "default",
    )
    taken = [command[command.index("--queues") + 1] for command in commands.values() if "--queues" in command]
    assert sorted(taken) == sorted(health.QUEUES)


def _eventually(condition, seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
