"""SQLite under several processes: whoever comes at a bad moment waits instead of failing."""

from __future__ import annotations

import sqlite3
import threading

import pytest
from django.db import connection, connections

from config.database.sqlite import base
from config.settings import DATABASES

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")


@pytest.fixture
def address(tmp_path):
    return str(tmp_path / "hotel.sqlite3")


@pytest.fixture
def wrapper(address):
    opened = base.DatabaseWrapper(
        {**connections["default"].settings_dict, "NAME": address, "OPTIONS": DATABASES["default"]["OPTIONS"]},
        "another",
    )
    yield opened
    opened.close()


def test_a_connection_waits_while_another_has_the_database_to_itself(address, wrapper, django_db_blocker):
    other = sqlite3.connect(address, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE room (name)")
    other.execute("BEGIN EXCLUSIVE")
    leaving = threading.Timer(0.4, other.execute, ["COMMIT"])
    leaving.start()

    with django_db_blocker.unblock():
        wrapper.connect()
        found = wrapper.connection.execute("PRAGMA journal_mode").fetchone()

    leaving.join()
    other.close()
    assert found == ("wal",)


def test_patience_ends(address, wrapper, django_db_blocker, monkeypatch):
    monkeypatch.setattr(base, "PATIENCE_SECONDS", 0.2)
    other = sqlite3.connect(address, isolation_level=None)
    other.execute("CREATE TABLE room (name)")
    other.execute("BEGIN EXCLUSIVE")

    with django_db_blocker.unblock(), pytest.raises(Exception, match="locked"):
        wrapper.connect()

    other.close()
