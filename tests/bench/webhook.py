"""A webhook accepted (checked, stored, answered) against the barest view that inserts a row, over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection as database

from integrations.applications import application_for
from tests.bench import report
from tests.bench.hotel import Source, connected_hotel, empty_database

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 4


def run(requests_a_round: int) -> None:
    source = Source(200)
    empty_database()
    connected_hotel(source)
    address = urlsplit(application_for("octorate").webhook_url).path
    rows = json.loads(source.pages[0].body)["data"]
    number = 0

    def event() -> bytes:
        nonlocal number
        number += 1
        content = {
            **rows[number % len(rows)],
            "updateTime": f"2031-01-01T00:00:{number % 60:02d}.{number:06d}Z[UTC]",
        }
        return json.dumps(
            {
                "id": number,
                "type": "RESERVATION_CHANGE",
                "reference": str(content["id"]),
                "content": json.dumps(content),
            }
        ).encode()

    with _server() as port:
        rates: dict[str, list[float]] = {address: [], "/bare/": []}
        for path in rates:
            _load(port, path, [event() for _ in range(60)])
        for _ in range(report.ROUNDS):
            for path, found in rates.items():
                bodies = [event() for _ in range(requests_a_round)]
                found.append(requests_a_round / _load(port, path, bodies))
    ours, bare = rates.values()
    report.heading(f"Webhooks accepted on {database.vendor}, {CLIENTS} clients, one process of 4 threads")
    report.line("webhook: check, route, store encrypted, nudge, answer", ours, "requests/s")
    report.line("bare view: insert a row of the same table, answer", bare, "requests/s")
    pairs = [o / b for o, b in zip(ours, bare, strict=True)]
    report.line("webhook's rate / bare rate", pairs, "times", wanted="wanted: 0.8 or more")


def _load(port: int, path: str, bodies: list[bytes]) -> float:
    shares = [bodies[n::CLIENTS] for n in range(CLIENTS)]
    failed: list[int] = []

    def send(share: list[bytes]) -> None:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for body in share:
            client.request("POST", path, body, {"Content-Type": "application/json"})
            answer = client.getresponse()
            answer.read()
            if answer.status != 200:
                failed.append(answer.status)
        client.close()

    threads = [threading.Thread(target=send, args=(share,)) for share in shares]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    if failed:
        raise SystemExit(f"{path} answered {failed[:5]}")
    return seconds


class _server:  # noqa: N801 - reads as a function
    def __enter__(self) -> int:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"),
                *("--worker-class", "gthread", "--threads", "4", "--workers", "1", "--log-level", "error"),
            ],
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.bench.settings", "LOG_LEVEL": "ERROR"},
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return port
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def __exit__(self, *exception: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
