"""Re-encrypts every encrypted column with the first of FERNET_KEYS, so that older keys can be dropped.

The four steps: put the new key first in FERNET_KEYS; restart every process; run this command; when it reports nothing
left, drop the old key.
"""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models, transaction
from django.db.models import ExpressionWrapper, F, Value

from reservations.encrypted import EncryptedTextField

#: Rows of one short transaction, so that others are never kept waiting.
BATCH = 200


class Command(BaseCommand):
    help = "Encrypt every stored secret with the first key of FERNET_KEYS. Safe to repeat and to interrupt."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Change nothing; fail when an older key is still needed."
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        old = unreadable = 0
        for model in apps.get_models():
            fields = [field for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]
            if not fields:
                continue
            counted = _Rotation(model, fields, check=check)
            counted.run()
            old += counted.old
            unreadable += len(counted.unreadable)
            for pk in counted.unreadable[:20]:
                self.stderr.write(f"{model._meta.label} {pk}: no key in FERNET_KEYS opens it.")
        if unreadable:
            raise CommandError(f"{unreadable} values cannot be opened; keep or find the key that made them.")
        if check and old:
            raise CommandError(f"{old} values still need an older key; run rotate_credentials.")
        self.stdout.write(
            "Nothing needs an older key." if check else f"{old} values encrypted with the first key."
        )


class _Rotation:
    """One model's rows, batch by batch. Works on ciphertext, so that one lost value does not stop the others."""

    def __init__(self, model: type[models.Model], fields: list[EncryptedTextField], *, check: bool) -> None:
        self.model = model
        self.fields = fields
        self.check = check
        self.first_key = Fernet(fields[0].fernet_keys[0])
        self.old = 0
        self.unreadable: list[Any] = []

    def run(self) -> None:
        last: Any = None
        while True:
            with transaction.atomic():
                last = self._batch(last)
            if last is None:
                return

    def _batch(self, after: Any) -> Any:
        """Handle the rows behind ``after``; the last one's key, or None at the end.

        The rows are locked, so a token renewed at the same moment is stored before or after, never overwritten.
        """
        raw = {
            f"{field.name}_raw": ExpressionWrapper(F(field.name), output_field=models.BinaryField())
            for field in self.fields
        }
        rows = self.model._base_manager.annotate(**raw).order_by("pk")
        if after is not None:
            rows = rows.filter(pk__gt=after)
        if not self.check:
            rows = rows.select_for_update()
        last = None
        for last, *values in rows.values_list("pk", *raw)[:BATCH]:
            changed = {}
            for field, value in zip(self.fields, values, strict=True):
                renewed = self._renewed(last, field, value)
                if renewed is not None:
                    changed[field.name] = Value(renewed, output_field=models.BinaryField())
            if changed and not self.check:
                self.model._base_manager.filter(pk=last).update(**changed)
        return last

    def _renewed(self, pk: Any, field: EncryptedTextField, value: Any) -> bytes | None:
        """The value under the first key; None when it is there already, empty or lost."""
        if value is None:
            return None
        token = bytes(value)
        try:
            self.first_key.decrypt(token)
            return None
        except InvalidToken:
            pass
        try:
            plain = field.fernet.decrypt(token)
        except InvalidToken:
            self.unreadable.append(pk)
            return None
        self.old += 1
        return self.first_key.encrypt(plain)
