"""Other keys for a while, as after a restart with another FERNET_KEYS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.test import override_settings

from reservations.encrypted import EncryptedTextField


@contextmanager
def fernet_keys(*keys: str) -> Iterator[None]:
    """``FERNET_KEYS`` is ``keys`` inside the block."""
    with override_settings(FERNET_KEYS=list(keys)):
        _forget()
        try:
            yield
        finally:
            _forget()


def _forget() -> None:
    """Fields keep their keys from their first use on."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField):
                for name in ("keys", "fernet_keys", "fernet"):
                    field.__dict__.pop(name, None)
