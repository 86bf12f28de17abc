"""Empties the database after a test that commits, in a fraction of the time that Django's flush takes.

Django truncates every table, which on PostgreSQL takes most of a second for a schema of this size however few rows
there are, and then writes the content types and permissions anew. Here only tables with rows are emptied, and what
describes the models stays as it is.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection, transaction

#: Written once for a database, when its tables are made.
KEPT = frozenset({"django_content_type", "auth_permission"})


def empty_database(*_: Any) -> None:
    """Delete every row of every table but :data:`KEPT`, whatever points at it."""
    quote = connection.ops.quote_name
    with connection.constraint_checks_disabled(), transaction.atomic(), connection.cursor() as cursor:
        tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} - KEPT
        asked = (
            f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})"  # noqa: S608 - names of our models
            for table in tables
        )
        cursor.execute(" UNION ALL ".join(asked))
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {quote(table)}")  # noqa: S608
