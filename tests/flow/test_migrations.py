"""The other tests make their tables from the models; an installation makes them by migrations."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import DjangoDbBlocker

from config import health

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db(databases=["default", "migrated"])

OURS = ("accounts_", "reservations_", "integrations_", "cleaning_")


@pytest.fixture(scope="module")
def migrated(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """The connection "migrated", to an empty database of the same kind, brought up to date by ``manage.py migrate``."""
    on_server = connection.vendor == "postgresql"
    if on_server:
        name = f"{connection.settings_dict['NAME']}_migrated"
        address = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
    else:
        name = str(tmp_path_factory.mktemp("migrated") / "migrated.sqlite3")
        address = f"sqlite:///{name}"
    connections.databases["migrated"] = {**connection.settings_dict, "NAME": name}
    other = connections["migrated"]
    with django_db_blocker.unblock():
        if on_server:
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
            if on_server:
                _on_server(other, f'DROP DATABASE "{name}"')
            del connections["migrated"], connections.databases["migrated"]


def test_migrations_make_the_tables_that_the_models_describe(migrated: Any) -> None:
    described, made = structure(connection), structure(migrated)
    assert made.keys() == described.keys()
    for table, parts in described.items():
        assert made[table] == parts, table


def test_a_missing_migration_is_503_with_the_reason(
    migrated: Any, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MIGRATION_MODULES = {}
    monkeypatch.setattr(health, "connection", migrated)
    monkeypatch.setattr(health, "_migrations_seen_applied", False)
    assert client.get("/healthz").status_code == 200

    monkeypatch.setattr(health, "_migrations_seen_applied", False)
    MigrationRecorder(migrated).migration_qs.filter(app="reservations").delete()
    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["reason"] == "migrations are not applied"


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
