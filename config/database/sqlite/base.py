"""SQLite as Django has it, except that a statement may bind as many values as this SQLite really allows.

Django 5.2 assumes the limit of 2009 (999 values), which would cut one bulk insert into dozens of statements; later
versions of Django ask the library, as this does (https://docs.djangoproject.com/en/6.0/releases/6.0/).
"""

from __future__ import annotations

import sqlite3

from django.db.backends.sqlite3 import base, features
from django.utils.functional import cached_property


class DatabaseFeatures(features.DatabaseFeatures):
    @cached_property
    def max_query_params(self) -> int:
        self.connection.ensure_connection()
        return self.connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures
