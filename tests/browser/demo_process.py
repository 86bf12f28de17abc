"""``manage.py demo`` as a newcomer starts it: a process on free ports, in an empty folder, gone afterwards."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90
KEPT = ("PATH", "HOME", "LANG", "TMPDIR")
DATABASE = "llavero.sqlite3"
SANDBOXES = ("octorate", "hostaway", "booking_com")


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demonstration: its two addresses and what it prints."""

    address: str
    sandbox_address: str
    folder: Path

    def printed(self) -> str:
        return (self.folder / "output.txt").read_text(errors="replace")

    def sign_in_of(self, role: str, hotel: str) -> tuple[str, str]:
        """E-mail address and password that the demo prints for ``role`` of ``hotel``."""
        printed = self.printed()
        password = re.search(r"and the password (\S+)", printed)
        person = re.search(rf"(\S+@\S+) +{re.escape(role)} of {re.escape(hotel)}\b", printed)
        assert password, printed
        assert person, printed
        return person[1], password[1]


def prepare_demo(folder: Path) -> Path:
    """``folder`` with keys, tables and the demo hotels, as the first start of a demo leaves it."""
    for command in (["create_keys"], ["migrate", "--verbosity", "0"], ["demo", "--only-data"]):
        subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *command],
            env=_environment(folder),
            cwd=ROOT,
            check=True,
        )
    return folder


def begin_again(demo: Demo, prepared: Path) -> None:
    """Bring the running ``demo`` back to what ``prepared`` holds: its rows, its sandboxes, nothing queued or counted.

    What a worker has in hand at this moment it finishes with the new rows, as after a restored backup.
    """
    for slug in SANDBOXES:
        requests.post(f"{demo.sandbox_address}/{slug}/control/reset", timeout=30).raise_for_status()
    instance = demo.folder / "instance"
    for message in (instance / "spool" / "messages").glob("*"):
        message.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(prepared / DATABASE)) as there,
        closing(sqlite3.connect(instance / DATABASE, timeout=PATIENCE)) as here,
    ):
        there.backup(here)
    for counted in (instance / "cache").glob("*"):
        counted.unlink(missing_ok=True)


@contextmanager
def running_demo(folder: Path, prepared: Path | None = None) -> Iterator[Demo]:
    """A demo that answers and has said who may sign in. Afterwards it is stopped and no process of it is left.

    It begins with a copy of ``prepared``, else with nothing.
    """
    port, sandbox_port = _free_port(), _free_port()
    demo = Demo(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}", folder)
    if prepared is not None:
        shutil.copytree(prepared, folder / "instance")
    environment = _environment(folder / "instance")
    environment |= {"PORT": str(port), "SANDBOX_PORT": str(sandbox_port)}
    with (folder / "output.txt").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "demo"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )
    try:
        _wait_until_ready(demo, process)
        yield demo
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(PATIENCE) == 0, demo.printed()
        assert _processes_in(folder) == []
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)


def _environment(instance: Path) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name in KEPT}
    return {**environment, "INSTANCE_DIR": str(instance), "ENV_FILE": os.devnull}


def _wait_until_ready(demo: Demo, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (_answers(f"{demo.address}/healthz") and "Ctrl-C stops everything" in demo.printed()):
        assert process.poll() is None, demo.printed()
        assert time.monotonic() < deadline, demo.printed()
        time.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _processes_in(folder: Path) -> list[str]:
    """Command lines of the processes that carry ``folder`` in their environment (Linux; elsewhere none is seen)."""
    mark = f"INSTANCE_DIR={folder / 'instance'}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append((entry / "cmdline").read_text().replace("\0", " "))
    return found
