"""Tells a worker that there is something to do, without making whoever tells it wait for the broker.

A nudge may be lost: rows in the database say what is to be done, and the sweep finds them. Nudges of one process
that come close together are sent as one.
"""

from __future__ import annotations

import threading
import time
from functools import partial

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)

#: Nudges for the same work within this time become one message.
GATHER_SECONDS = 0.1


class _Sender:
    """Sends task messages from a thread of its own, each (task, argument) once per gathering."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: dict[tuple[str, int], None] = {}
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def want(self, task: str, argument: int) -> None:
        with self._lock:
            self._wanted[task, argument] = None
            if self._thread is None or not self._thread.is_alive():
                # Started late and again after a fork: gunicorn's workers do not inherit threads.
                self._thread = threading.Thread(target=self._run, name="nudges", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            time.sleep(GATHER_SECONDS)
            self._wake.clear()
            with self._lock:
                wanted, self._wanted = list(self._wanted), {}
            for task, argument in wanted:
                send(task, argument)


def send(task: str, argument: int) -> None:
    """Put the message into the broker now; a broker that is down is only logged."""
    try:
        current_app.send_task(task, args=[argument], retry=False)
    except (
        Exception
    ) as error:  # whatever the broker's library raises, the row is there and the sweep finds it
        log.warning("nudge lost", task=task, error=type(error).__name__)


_sender = _Sender()


def nudge(task: str, argument: int) -> None:
    """Have a worker run ``task`` with ``argument`` soon after the present transaction has been committed."""
    transaction.on_commit(partial(_sender.want, task, argument))
