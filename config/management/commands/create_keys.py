from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.keys import ensure_keys


class Command(BaseCommand):
    help = (
        "Make SECRET_KEY and FERNET_KEYS in the file keys.env of the instance folder, readable by its owner only. "
        "Does nothing when the file exists. Values in the environment win over the file."
    )
    requires_system_checks: list[str] = []

    def handle(self, *arguments: Any, **options: Any) -> None:
        self.stdout.write(f"Keys are in {ensure_keys(settings.INSTANCE_DIR)}")
