from __future__ import annotations

from django.db import models


class Lease(models.Model):
    """The right to do one named thing alone until a moment; works alike on SQLite and PostgreSQL."""

    name = models.CharField(max_length=120, primary_key=True)
    holder = models.CharField(max_length=40)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
