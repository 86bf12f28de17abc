"""The right to do one named thing alone, for a while; kept in the database, so every process sees it."""

from __future__ import annotations

import contextlib
import random
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from integrations.models import Lease


class LeaseTaken(Exception):
    """Another one holds the lease, or took it over after it ran out."""


@dataclass(slots=True)
class Held:
    """A lease in hand."""

    name: str
    holder: str
    until: datetime
    seconds: float

    def keep(self) -> None:
        """Renew it once half of its time is over; before that nobody else can have it, and there is nothing to write.

        Raises :class:`LeaseTaken` as :meth:`renew` does.
        """
        if self.until - timezone.now() < timedelta(seconds=self.seconds / 2):
            self.renew()

    def renew(self, seconds: float | None = None) -> None:
        """Hold it for ``seconds`` from now. Raises :class:`LeaseTaken` when another one has it by now."""
        until = timezone.now() + timedelta(seconds=self.seconds if seconds is None else seconds)
        if not Lease.objects.filter(name=self.name, holder=self.holder).update(until=until):
            raise LeaseTaken(self.name)
        self.until = until


@contextlib.contextmanager
def lease(name: str, *, seconds: float = 60, wait: float = 0) -> Iterator[Held]:
    """The lease ``name`` for the length of the block, at most ``seconds`` unless renewed.

    Waits up to ``wait`` seconds for another holder, then raises :class:`LeaseTaken`. A holder that dies blocks nobody
    for longer than ``seconds``. The clocks of all machines must agree within a few seconds. Take it with no
    transaction open: inside one, others see it only after the commit.
    """
    held = _take(name, seconds=seconds, wait=wait)
    try:
        yield held
    finally:
        Lease.objects.filter(name=name, holder=held.holder).delete()


def _take(name: str, *, seconds: float, wait: float) -> Held:
    holder = secrets.token_hex(16)
    give_up = time.monotonic() + wait
    while True:
        until = _try_to_take(name, holder=holder, seconds=seconds)
        if until is not None:
            return Held(name=name, holder=holder, until=until, seconds=seconds)
        if time.monotonic() >= give_up:
            raise LeaseTaken(name)
        time.sleep(random.uniform(0.02, 0.08))  # noqa: S311 - spread, not secrecy


def _try_to_take(name: str, *, holder: str, seconds: float) -> datetime | None:
    """The end of the lease just taken, or None. Each statement is atomic by itself, so one of many callers wins."""
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    row = Lease(name=name, holder=holder, until=until)
    taken = Lease.objects.filter(name=name, until__lte=now).update(holder=holder, until=until)
    if not taken:
        Lease.objects.bulk_create([row], ignore_conflicts=True)
        taken = Lease.objects.filter(name=name, holder=holder).count()
    return until if taken else None
