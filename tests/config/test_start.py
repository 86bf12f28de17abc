"""The two commands that run everything, run as a person would: as a process, on a free port, from nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from config.demo import DEMO_PASSWORD

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


class Running:
    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.log = folder / "output.txt"
        keep = {
            name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")
        }
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), *arguments],
                env={**keep, "INSTANCE_DIR": str(folder / "instance"), "ENV_FILE": os.devnull},
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )

    def output(self) -> str:
        return self.log.read_text()

    def descendants(self) -> list[int]:
        """Processes that carry this instance folder in their environment, the parent included."""
        mark = f"INSTANCE_DIR={self.folder / 'instance'}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except (OSError, ValueError):
                continue
        return found

    def command_of(self, word: str) -> list[int]:
        return [
            pid for pid in self.descendants() if word in Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        ]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def _run(*arguments: str) -> Running:
        started.append(Running(tmp_path, *arguments))
        return started[-1]

    yield _run
    for running in started:
        if running.process.poll() is None:
            running.stop()


linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@linux_only
def test_start_makes_everything_it_needs_restarts_a_dead_worker_and_leaves_nothing_behind(run, tmp_path):
    port = free_port()
    running = run("start", "--port", str(port))

    assert eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz")), running.output()
    assert (tmp_path / "instance" / "keys.env").is_file()
    assert eventually(lambda: len(running.command_of("default@%h")) == 1)

    first = running.command_of("default@%h")
    os.kill(first[0], signal.SIGKILL)
    assert eventually(lambda: running.command_of("default@%h") not in ([], first)), running.output()

    assert running.stop() == 0
    assert running.descendants() == []
    assert not answers(f"http://127.0.0.1:{port}/healthz")


@linux_only
def test_the_demo_is_a_hotel_to_sign_in_to_with_the_sandboxes_beside_it(run):
    port, sandbox_port = free_port(), free_port()
    running = run("demo", "--port", str(port), "--sandbox-port", str(sandbox_port))
    base = f"http://127.0.0.1:{port}"

    assert eventually(lambda: answers(f"{base}/healthz")), running.output()
    assert eventually(lambda: answers(f"http://127.0.0.1:{sandbox_port}/healthz")), running.output()
    assert eventually(lambda: DEMO_PASSWORD in running.output())
    assert f"{base}/" in running.output()

    browser = requests.Session()
    browser.get(f"{base}/accounts/login/", timeout=10)
    page = browser.post(
        f"{base}/accounts/login/",
        {
            "login": "manager@example.org",
            "password": DEMO_PASSWORD,
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        },
        headers={"Referer": f"{base}/"},
        timeout=10,
    )
    assert page.status_code == 200
    assert page.url == f"{base}/h/paradise/"

    assert running.stop() == 0
    assert running.descendants() == []


def test_a_port_in_use_is_told_in_one_sentence_and_nothing_is_started(run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        running = run("start", "--port", str(taken.getsockname()[1]))

        assert running.process.wait(PATIENCE) == 1

    assert "cannot be used" in running.output()
    assert "Traceback" not in running.output()
