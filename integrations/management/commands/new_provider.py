"""`manage.py new_provider`: a working folder to start a new integration from."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.new_provider import PROJECT, CannotCreate, create_provider, next_steps

MADE = """Created {provider}
        {tests}

It works already, against its own sandbox. Now make it speak the real protocol (more in integrations/README.md):

{steps}
"""


class Command(BaseCommand):
    help = "Create the folder of a new integration, with its tests, as a small one that works. Overwrites nothing."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "slug", help="name of the folder: lower-case words joined by underscores, such as my_pms"
        )
        parser.add_argument("--name", default="", help="what people call it (default: made from the slug)")
        parser.add_argument(
            "--into",
            type=Path,
            default=PROJECT,
            metavar="FOLDER",
            help="another project's folder to create it in",
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            provider, tests = create_provider(
                slug=options["slug"], name=options["name"], into=options["into"].resolve()
            )
        except (CannotCreate, OSError) as reason:
            raise CommandError(str(reason)) from reason
        self.stdout.write(MADE.format(provider=provider, tests=tests, steps=next_steps(options["slug"])))
