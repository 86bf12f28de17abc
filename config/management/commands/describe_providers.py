from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.provider_table import provider_table, with_provider_table


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Print the table of integrations as Markdown, or put it between its marks in a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--write", type=Path, metavar="FILE", help="the file to change, such as README.md"
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        path = options["write"]
        if path is None:
            self.stdout.write(provider_table())
            return
        try:
            path.write_text(with_provider_table(path.read_text(encoding="utf-8")), encoding="utf-8")
        except (OSError, ValueError) as error:
            raise CommandError(f"{path}: {error}") from error
