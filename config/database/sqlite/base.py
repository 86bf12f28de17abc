"""SQLite as Django has it, with two differences.

A statement may bind as many values as this SQLite really allows: Django 5.2 assumes the limit of 2009 (999 values),
which would cut one bulk insert into dozens of statements; later versions ask the library, as this does
(https://docs.djangoproject.com/en/6.0/releases/6.0/).

Whoever waits for the write lock looks often: SQLite's own waiting grows to a tenth of a second between two looks
(https://www.sqlite.org/c3ref/busy_timeout.html), and then misses the short pauses between the batches of an import.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.backends.sqlite3 import base, features
from django.utils.functional import cached_property

#: As long as anything may wait for its turn to write.
PATIENCE_SECONDS = 20.0


class DatabaseFeatures(features.DatabaseFeatures):
    @cached_property
    def max_query_params(self) -> int:
        self.connection.ensure_connection()
        return self.connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)


def patiently(attempt: Callable[[], Any], may_wait: Callable[[], bool] = lambda: True) -> Any:
    """What ``attempt`` returns; tried again for a while as long as the database is busy."""
    give_up = 0.0
    while True:
        try:
            return attempt()
        except sqlite3.OperationalError as error:
            now = time.monotonic()
            give_up = give_up or now + PATIENCE_SECONDS
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not may_wait() or now > give_up:
                raise
            time.sleep(random.uniform(0.002, 0.01))  # noqa: S311 - spread, not secrecy


class PatientCursor(base.SQLiteCursorWrapper):
    """Waits for the write lock at the start of a transaction, where waiting cannot block others in turn."""

    def execute(self, query: Any, params: Any = None) -> Any:
        return patiently(
            partial(super().execute, query, params), may_wait=lambda: not self.connection.in_transaction
        )


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Whoever comes while the last one puts the log away waits for it, too."""
        return patiently(partial(super().get_new_connection, conn_params))

    def create_cursor(self, name: str | None = None) -> PatientCursor:
        return self.connection.cursor(factory=PatientCursor)
