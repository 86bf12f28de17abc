"""The other tests make their tables from the models; an installation makes them by migrations."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.utils import ConnectionHandler

ROOT = Path(__file__).resolve().parents[2]
OURS = ("accounts_", "reservations_", "integrations_", "cleaning_")


@pytest.fixture
def migrated(db: None, tmp_path: Path) -> Iterator[Any]:
    """A connection to an empty database of the same kind, brought up to date by ``manage.py migrate``."""
    name = str(tmp_path / "migrated.sqlite3")
    address = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        name = f"{connection.settings_dict['NAME']}_migrated"
        address = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
    handler = ConnectionHandler({"default": {**connection.settings_dict, "NAME": name}})
    other = handler["default"]
    made = connection.vendor == "postgresql"
    if made:
        _on_server(other, f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
    try:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"],
            env={**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "config.settings"},
            cwd=ROOT,
            check=True,
        )
        yield other
    finally:
        other.close()
        if made:
            _on_server(other, f'DROP DATABASE "{name}"')


def test_migrations_make_the_tables_that_the_models_describe(migrated: Any) -> None:
    described = structure(connection)
    made = structure(migrated)
    assert made.keys() == described.keys()
    for table, parts in described.items():
        assert made[table] == parts, table


def structure(database: Any) -> dict[str, tuple[list[Any], list[Any]]]:
    """The columns and the constraints of every table, without the names that Django gives constraints by itself."""
    introspection = database.introspection
    with database.cursor() as cursor:
        return {
            table: (
                sorted(repr(column) for column in introspection.get_table_description(cursor, table)),
                sorted(
                    repr(sorted((key, value) for key, value in parts.items()))
                    for parts in introspection.get_constraints(cursor, table).values()
                ),
            )
            for table in introspection.table_names(cursor)
            if table.startswith(OURS)
        }


def _on_server(database: Any, *statements: str) -> None:
    with database._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
