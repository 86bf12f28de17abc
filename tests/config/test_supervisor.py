"""The parent of all processes: restarts what dies, ends everything when it ends."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.supervisor import Supervisor

PARENT = """
import sys
from config.supervisor import Supervisor
commands = dict(argument.split("=", 1) for argument in sys.argv[2:])
Supervisor(
    {name: [sys.executable, "-u", "-c", code] for name, code in commands.items()},
    grace_seconds=float(sys.argv[1]),
    first_pause=0.05,
).run()
print("parent ended", flush=True)
"""

SLEEPER = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(60)"
STUBBORN = (
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('pid', os.getpid(), flush=True); time.sleep(60)"
)
WITH_GRANDCHILD = (
    "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
    "print('pid', child.pid, flush=True); time.sleep(60)"
)


class Parent:
    """A supervisor in a process of its own, whose output is collected line by line."""

    def __init__(self, *, grace_seconds: float, **commands: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(grace_seconds), *(f"{k}={v}" for k, v in commands.items())],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def pids(self) -> list[int]:
        return [int(line.split()[-1]) for line in self.lines if "| pid " in line]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        status = self.process.wait(30)
        self.reader.join(10)
        return status


@pytest.fixture
def start() -> Iterator[Callable[..., Parent]]:
    parents: list[Parent] = []

    def _start(*, grace_seconds: float = 10, **commands: str) -> Parent:
        parents.append(Parent(grace_seconds=grace_seconds, **commands))
        return parents[-1]

    yield _start
    for parent in parents:
        if parent.process.poll() is None:
            parent.stop()
        if parent.process.stdout:
            parent.process.stdout.close()


def eventually(condition: Callable[[], object], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_lines_of_children_are_printed_behind_their_names(start):
    parent = start(web="print('hello'); print('again'); import time; time.sleep(60)", worker=SLEEPER)

    assert eventually(lambda: len(parent.lines) >= 3)
    assert "web    | hello" in parent.lines
    assert "web    | again" in parent.lines
    assert any(line.startswith("worker | pid ") for line in parent.lines)


def test_a_child_that_dies_is_started_again(start):
    parent = start(worker=SLEEPER)
    assert eventually(lambda: len(parent.pids()) == 1)

    os.kill(parent.pids()[0], signal.SIGKILL)

    assert eventually(lambda: len(parent.pids()) == 2)
    assert any("worker ended with status -9" in line for line in parent.lines)


def test_the_pause_before_a_restart_grows(start):
    parent = start(worker="raise SystemExit(3)")

    assert eventually(lambda: sum("starting it again" in line for line in parent.lines) >= 3)

    pauses = [float(line.split()[-2]) for line in parent.lines if "starting it again" in line]
    assert pauses[:3] == [0.05, 0.1, 0.2]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_all_children_end_with_the_parent(start, number):
    parent = start(web=SLEEPER, worker=SLEEPER, beat=SLEEPER)
    assert eventually(lambda: len(parent.pids()) == 3)

    assert parent.stop(number) == 0

    assert parent.lines[-1] == "parent ended"
    assert not any(is_running(pid) for pid in parent.pids())


def test_a_child_that_does_not_listen_is_killed_after_the_grace_time(start):
    parent = start(grace_seconds=0.5, worker=STUBBORN)
    assert eventually(lambda: len(parent.pids()) == 1)

    assert parent.stop() == 0

    assert not is_running(parent.pids()[0])


def test_what_a_dead_child_started_dies_too(start):
    parent = start(worker=WITH_GRANDCHILD)
    assert eventually(lambda: len(parent.pids()) == 1)

    parent.stop()

    assert eventually(lambda: not is_running(parent.pids()[0]))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_no_child_is_left_when_the_parent_is_killed_without_a_word(start):
    parent = start(web=SLEEPER, worker=SLEEPER)
    assert eventually(lambda: len(parent.pids()) == 2)

    parent.process.kill()
    parent.process.wait(10)

    assert eventually(lambda: not any(is_running(pid) for pid in parent.pids()))


def test_a_word_of_welcome_is_said_once_when_everything_is_ready():
    answers = iter([False, True])
    output = io.StringIO()
    supervisor = Supervisor(
        {"web": [sys.executable, "-c", "import time; time.sleep(60)"]}, output=output, grace_seconds=5
    )

    def ready() -> bool:
        answer = next(answers)
        if answer:
            supervisor.say("welcome")
            # The turn after this one must not ask again: the iterator is used up.
            threading.Timer(1.2, setattr, (supervisor, "stopping", True)).start()
        return answer

    supervisor.run(ready=ready)

    assert output.getvalue().count("welcome") == 1
