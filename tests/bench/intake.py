"""Reading 10,000 bookings: against the bare insert of the rows it leaves behind, and against reading them again."""

from __future__ import annotations

import gc
import threading
import time
import tracemalloc

from django.db import connection as database
from django.db import connections, transaction

from tests.bench import report
from tests.bench.hotel import Source, connected_hotel, empty_database, read, rows_left_behind


def run(count: int) -> None:
    source = Source(count)
    report.heading(f"Import of {count} bookings on {database.vendor}, {report.ROUNDS} rounds in turn")
    first, again, bare = [], [], []
    for _ in range(report.ROUNDS):
        empty_database()
        connection = connected_hotel(source)
        first.append(_seconds(lambda c=connection: read(c, source.pages)))
        rows = rows_left_behind()
        again.append(_seconds(lambda c=connection: read(c, source.pages)))
        empty_database()
        bare.append(_seconds(lambda r=rows: _insert(r)))
        del rows
        gc.collect()
    report.line("whole intake", [count / s for s in first], "bookings/s")
    report.line("bare bulk_create of the same rows", [count / s for s in bare], "bookings/s")
    report.line("the same again, unchanged", [count / s for s in again], "bookings/s")
    pairs = [b / f for f, b in zip(first, bare, strict=True)]
    report.line("intake's rate / bare rate", pairs, "times", wanted="wanted: 0.5 or more")
    pairs = [f / a for f, a in zip(first, again, strict=True)]
    report.line("unchanged is faster by", pairs, "times", wanted="wanted: 10 or more")


def memory(count: int) -> None:
    """Peak of what Python holds while reading ``count`` and four times ``count`` bookings."""
    report.heading("Memory while reading (pages are made as they are read)")
    peaks = []
    for size in (count, 4 * count):
        source = Source(size)
        empty_database()
        connection = connected_hotel(source)
        gc.collect()
        tracemalloc.start()
        read(connection, iter(source.pages))
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
        report.line(f"peak at {size} bookings", [peaks[-1]], "MB")
    report.line("four times the bookings", [peaks[1] / peaks[0]], "times", wanted="wanted: about 1")


def door_during_import(count: int) -> None:
    """How long a writer beside the import waits for its turn."""
    source = Source(count)
    empty_database()
    connection = connected_hotel(source)
    waits: list[float] = []
    done = threading.Event()

    def write() -> None:
        from integrations.contracts import MessageKind
        from integrations.inbox import receive

        number = 0
        while not done.is_set():
            number += 1
            started = time.perf_counter()
            receive(
                provider="octorate",
                kind=MessageKind.WEBHOOK,
                body=b'{"event": "bench"}',
                dedupe_key=f"bench {number}",
                connection_id=None,
                hotel_id=None,
            )
            waits.append(time.perf_counter() - started)
            done.wait(0.05)
        connections.close_all()

    thread = threading.Thread(target=write)
    thread.start()
    read(connection, source.pages)
    done.set()
    thread.join()
    report.heading(f"A webhook's row stored while {count} bookings are imported, on {database.vendor}")
    report.line("time to store it", waits, "s", wanted="wanted: below 1")


def _insert(rows: list) -> None:
    with transaction.atomic():
        for model, copies in rows:
            if copies:
                model._default_manager.bulk_create(copies)


def _seconds(work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
