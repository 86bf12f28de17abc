"""Model fields whose column holds ciphertext only. Keys: ``settings.FERNET_KEYS``, newest first."""

from __future__ import annotations

import json
from typing import Any

from cryptography.fernet import InvalidToken
from django.core.serializers.json import DjangoJSONEncoder
from fernet_fields import EncryptedTextField as FernetTextField


class CredentialsUnreadable(Exception):
    """The stored ciphertext was made with a key that is no longer configured."""


class EncryptedTextField(FernetTextField):
    """Encrypted text that survives ``bulk_update`` and never leaves through ``dumpdata``.

    The parent encrypts whatever it is given, even a SQL expression, whose text would then replace the value;
    expressions pass untouched here and their inner values are encrypted one by one.
    """

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if hasattr(value, "as_sql"):
            return value
        return super().get_db_prep_save(value, connection)

    def from_db_value(self, value: Any, expression: Any, connection: Any, *args: Any) -> Any:
        try:
            return super().from_db_value(value, expression, connection, *args)
        except InvalidToken:
            raise CredentialsUnreadable("no configured key opens this value") from None

    def value_to_string(self, obj: Any) -> str:
        raise ValueError(f"{self.model.__name__}.{self.name} is encrypted and cannot be exported")


class EncryptedJSONField(EncryptedTextField):
    """Encrypted JSON: any JSON value in, the same value out."""

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if value is None or hasattr(value, "as_sql"):
            return super().get_db_prep_save(value, connection)
        text = json.dumps(value, cls=DjangoJSONEncoder, separators=(",", ":"))
        return super().get_db_prep_save(text, connection)

    def from_db_value(self, value: Any, expression: Any, connection: Any, *args: Any) -> Any:
        text = super().from_db_value(value, expression, connection, *args)
        return None if text is None else json.loads(text)

    def to_python(self, value: Any) -> Any:
        return value
