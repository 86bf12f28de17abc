"""The three channels as a process of their own, which notes when each night was told which number."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from multiprocessing.connection import Connection as Pipe
from typing import Any

CHANNELS = ("octorate", "booking_com", "hostaway")
#: The room types of the measured hotel, and what each channel calls them: (property, room type).
MANY, FEW = "many", "few"
ROOMS = {MANY: 60, FEW: 2}
REFS = {
    ("octorate", MANY): ("910001", "501002"),
    ("octorate", FEW): ("910001", "501003"),
    ("booking_com", MANY): ("4400123", "440012302"),
    ("booking_com", FEW): ("4400123", "440012303"),
    ("hostaway", MANY): ("50010", "50010"),
    ("hostaway", FEW): ("50011", "50011"),
}

#: (channel, type, night) and the number on sale there.
Numbers = dict[tuple[str, str, date], int]


@dataclass(frozen=True, slots=True)
class Told:
    """A night of a type at a channel got another number at ``at`` (seconds of the wall clock)."""

    channel: str
    kind: str
    night: date
    number: int
    at: float


@dataclass(frozen=True, slots=True)
class OtherSide:
    """The running channels, seen from the process that measures."""

    url: str
    _pipe: Pipe

    def told(self) -> list[Told]:
        """Every change of a number since the last call, the oldest first."""
        found: list[Told] = self._ask("told")
        return found

    def numbers(self) -> Numbers:
        """What is on sale now."""
        found: Numbers = self._ask("numbers")
        return found

    def issue_code(self, redirect_uri: str) -> str:
        """A code as Octorate's consent page gives it."""
        return str(self._ask("issue_code", redirect_uri))

    def _ask(self, *question: str) -> Any:
        self._pipe.send(question)
        return self._pipe.recv()


@contextmanager
def running(first: date, nights: int) -> Iterator[OtherSide]:
    """The channels, which watch ``nights`` from ``first`` on; ended with the block."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(theirs, first, nights), daemon=True)
    process.start()
    try:
        yield OtherSide(ours.recv(), ours)
    finally:
        ours.send(("end",))
        process.join(timeout=10)
        if process.is_alive():
            process.terminate()


def _serve(pipe: Pipe, first: date, nights: int) -> None:
    from integrations.sandbox import SandboxServer

    watched = [first + timedelta(days=n) for n in range(nights)]
    sandboxes, records = {}, {}
    for slug, (sandbox, number) in zip(CHANNELS, (_octorate(), _booking_com(), _hostaway()), strict=True):
        sandboxes[slug], records[slug] = sandbox, _Record(slug, number, watched)
        records[slug].watch(sandbox)
    with SandboxServer(sandboxes.values(), "127.0.0.1", 0) as server:
        pipe.send(server.url)
        while (question := pipe.recv())[0] != "end":
            match question[0]:
                case "told":
                    found = [told for record in records.values() for told in record.taken()]
                    pipe.send(sorted(found, key=lambda told: told.at))
                case "numbers":
                    pipe.send({place: n for record in records.values() for place, n in record.now().items()})
                case "issue_code":
                    pipe.send(sandboxes["octorate"].issue_code(question[1]))


@dataclass
class _Record:
    """Looks at the numbers of one channel after every call that may have written some."""

    channel: str
    number: Callable[[str, date], int]
    nights: list[date]

    def __post_init__(self) -> None:
        self._last = self.now()
        self._told: list[Told] = []

    def now(self) -> Numbers:
        return {
            (self.channel, kind, night): self.number(REFS[self.channel, kind][1], night)
            for kind in ROOMS
            for night in self.nights
        }

    def watch(self, sandbox: Any) -> None:
        """Have every answer of ``sandbox`` followed by a look."""
        handle = sandbox.handle

        def watched(request: Any) -> Any:
            response = handle(request)
            if request.method in ("POST", "PUT"):
                at = time.time()
                with sandbox.lock:
                    self._look(at)
            return response

        sandbox.handle = watched

    def _look(self, at: float) -> None:
        now = self.now()
        for place, number in now.items():
            if number != self._last[place]:
                self._told.append(Told(*place, number, at))
        self._last = now

    def taken(self) -> list[Told]:
        found, self._told = self._told, []
        return found


def _octorate() -> tuple[Any, Callable[[str, date], int]]:
    from integrations.providers.octorate.sandbox import OctorateSandbox

    sandbox = OctorateSandbox()
    return sandbox, lambda room, night: sandbox.world.day(int(room), night).availability


def _booking_com() -> tuple[Any, Callable[[str, date], int]]:
    from integrations.providers.booking_com.sandbox import BookingComSandbox

    sandbox = BookingComSandbox()
    place = int(REFS["booking_com", MANY][0])

    def number(room: str, night: date) -> int:
        return sandbox.calendar(place, int(room), night, night + timedelta(days=1))[0].count

    return sandbox, number


def _hostaway() -> tuple[Any, Callable[[str, date], int]]:
    """Hostaway's sandbox sells no more than it has units, so its listings get as many as the hotel has rooms."""
    from integrations.providers.hostaway.sandbox import HostawaySandbox
    from integrations.providers.hostaway.sandbox.world import Unit

    sandbox = HostawaySandbox()
    listings = sandbox.world.listings
    sample = listings[int(REFS["hostaway", MANY][0])]
    for kind, rooms in ROOMS.items():
        ref = int(REFS["hostaway", kind][0])
        units = tuple(Unit(ref * 100 + n, f"{kind} {n}", str(n)) for n in range(rooms))
        listings[ref] = replace(sample, id=ref, name=f"Rooms: {kind}", units=units)

    def number(room: str, night: date) -> int:
        return sandbox.world.day(listings[int(room)], night).available

    return sandbox, number
