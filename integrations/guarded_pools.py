"""Connections that check whom they reached and that end when their time is over."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from integrations.addresses import check_peer

_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


class Deadline:
    """Cuts a call's connection when its whole time is over.

    A read timeout counts from byte to byte, so a server that sends one byte now and then holds a worker for hours.
    Shutting the socket down wakes the reader whatever it waits for: handshake, header or body.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, connected: socket.socket) -> None:
        """Make ``connected`` the one to cut. Keeps a duplicate: TLS takes the original descriptor away."""
        duplicate = socket.socket(fileno=os.dup(connected.fileno()))
        with self._lock:
            self._forget()
            self._socket = duplicate
            if self.passed:
                self._shut_down()

    def close(self) -> None:
        """Stop watching."""
        self._timer.cancel()
        with self._lock:
            self._forget()

    def _cut(self) -> None:
        with self._lock:
            self.passed = True
            self._shut_down()

    def _shut_down(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


@contextlib.contextmanager
def deadline_of(seconds: float) -> Iterator[Deadline]:
    """A deadline for every guarded connection used inside the block by this thread."""
    deadline = Deadline(seconds)
    before = _current.set(deadline)
    try:
        yield deadline
    finally:
        _current.reset(before)
        deadline.close()


class _Guarded:
    """Mixed into urllib3's connections; ``_new_conn`` is where they open their socket."""

    def _new_conn(self) -> socket.socket:
        connected: socket.socket = super()._new_conn()  # type: ignore[misc]
        try:
            check_peer(connected)
        except Exception:
            connected.close()
            raise
        _watch(connected)
        return connected

    def request(self, *args: Any, **kwargs: Any) -> None:
        kept_alive = getattr(self, "sock", None)
        if kept_alive is not None:
            _watch(kept_alive)
        super().request(*args, **kwargs)  # type: ignore[misc]


def _watch(connected: socket.socket) -> None:
    deadline = _current.get()
    if deadline is not None:
        deadline.watch(connected)


class GuardedHTTPConnection(_Guarded, HTTPConnection):
    pass


class GuardedHTTPSConnection(_Guarded, HTTPSConnection):
    pass


class GuardedHTTPPool(HTTPConnectionPool):
    ConnectionCls = GuardedHTTPConnection


class GuardedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = GuardedHTTPSConnection


POOLS = {"http": GuardedHTTPPool, "https": GuardedHTTPSPool}
