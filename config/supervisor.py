"""One parent for several processes: starts them, restarts one that dies, and takes all of them along when it ends."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

GRACE_SECONDS = 15.0
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
#: A child that ran this long is healthy: its next death is not held against it.
HEALTHY_SECONDS = 60.0

_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS
    unfinished_line: bytes = field(default=b"", repr=False)


class Supervisor:
    """Runs ``commands`` (by name) until SIGTERM or SIGINT; their output is printed line by line behind the name."""

    def __init__(
        self,
        commands: Mapping[str, Sequence[str]],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        output: IO[str] | None = None,
        grace_seconds: float = GRACE_SECONDS,
        first_pause: float = FIRST_PAUSE_SECONDS,
    ) -> None:
        self.children = [Child(name, list(command), pause=first_pause) for name, command in commands.items()]
        self.environment = dict(environment) if environment is not None else None
        self.folder = folder
        self.output = output or sys.stdout
        self.grace_seconds = grace_seconds
        self.first_pause = first_pause
        self.stopping = False
        self._width = max(len(child.name) for child in self.children)

    def run(self, *, ready: Callable[[], bool] | None = None) -> None:
        """Start everything and stay until told to stop; then no child is left.

        ``ready`` is called about every half second until it returns True: the place for a word of welcome.
        """
        previous = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            waiting_for_ready = ready is not None
            while not self.stopping:
                self._start_due_children()
                self._print_output(seconds=0.5)
                self._notice_deaths()
                if waiting_for_ready and ready is not None and not self.stopping:
                    waiting_for_ready = not ready()
        finally:
            self._end_all()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def say(self, text: str) -> None:
        """Print a line of the parent's own."""
        self._print_line("llavero", text)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _start_due_children(self) -> None:
        for child in self.children:
            if child.process is None and time.monotonic() >= child.start_again_at and not self.stopping:
                child.started_at = time.monotonic()
                child.process = subprocess.Popen(  # noqa: S603 - commands of our own making
                    child.command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    env=self.environment,
                    cwd=self.folder,
                    # A group of its own: Ctrl-C reaches the parent alone, and the parent can end the whole group.
                    start_new_session=True,
                    preexec_fn=_die_with_parent if sys.platform == "linux" else None,
                )
                if child.process.stdout is not None:
                    os.set_blocking(child.process.stdout.fileno(), False)

    def _notice_deaths(self) -> None:
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            code = child.process.returncode
            self._end(child)
            if time.monotonic() - child.started_at >= HEALTHY_SECONDS:
                child.pause = self.first_pause
            self.say(f"{child.name} ended with status {code}; starting it again in {child.pause:g} s")
            child.start_again_at = time.monotonic() + child.pause
            child.pause = min(child.pause * 2, LONGEST_PAUSE_SECONDS)

    def _print_output(self, *, seconds: float) -> None:
        pipes = {
            child.process.stdout.fileno(): child
            for child in self.children
            if child.process is not None
            and child.process.stdout is not None
            and not child.process.stdout.closed
        }
        if not pipes:
            time.sleep(seconds)
            return
        readable, _, _ = select.select(list(pipes), [], [], seconds)
        finished = 0
        for descriptor in readable:
            with contextlib.suppress(BlockingIOError):
                data = os.read(descriptor, 65536)
                finished += not data
                self._print_chunk(pipes[descriptor], data)
        if readable and finished == len(readable):
            # Closed pipes are always readable; the processes behind them are about to be found dead.
            time.sleep(0.05)

    def _print_chunk(self, child: Child, data: bytes) -> None:
        *lines, child.unfinished_line = (child.unfinished_line + data).split(b"\n")
        for line in lines:
            self._print_line(child.name, line.decode("utf-8", "replace").rstrip())

    def _print_line(self, name: str, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            print(f"{name:<{self._width}} | {text}", file=self.output, flush=True)

    def _end_all(self) -> None:
        """Ask every child to end, print what they still say, and kill what is left after the grace time."""
        self.stopping = True
        running = [child for child in self.children if child.process is not None]
        for child in running:
            _signal_process(child, signal.SIGTERM)
        deadline = time.monotonic() + self.grace_seconds
        while time.monotonic() < deadline and any(
            child.process and child.process.poll() is None for child in running
        ):
            self._print_output(seconds=0.1)
        for child in running:
            self._end(child)

    def _end(self, child: Child) -> None:
        """Kill whatever remains of the child's group, print its last words and forget it."""
        process, child.process = child.process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            with contextlib.suppress(BlockingIOError):
                while data := os.read(process.stdout.fileno(), 65536):
                    self._print_chunk(child, data)
            process.stdout.close()
        if child.unfinished_line:
            self._print_chunk(child, b"\n")


def _signal_process(child: Child, number: signal.Signals) -> None:
    if child.process is not None:
        with contextlib.suppress(ProcessLookupError):
            child.process.send_signal(number)


def _die_with_parent() -> None:
    """Ask Linux to end this process when the parent ends, even when the parent was killed without a word.

    https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
