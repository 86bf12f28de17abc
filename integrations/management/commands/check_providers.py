"""`manage.py check_providers`: is every provider folder complete, and does it keep the contract?"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.guide_tables import with_tables
from integrations.new_provider import GUIDE, PROJECT, TESTS
from integrations.provider_checks import problems_of
from integrations.registry import UnknownProvider, all_providers, get_provider

#: The suite reads here which providers it is for.
ONLY = "CONTRACT_PROVIDERS"


class Command(BaseCommand):
    help = (
        "Check the folders of the integrations: declaration, methods, texts, files and imports; then run the contract "
        "suite and the folder's own tests. Exit status 1 when something is missing, with a list of it."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", nargs="?", help="the integration to check (default: all)")
        parser.add_argument("--no-suite", action="store_true", help="do not run the tests")
        parser.add_argument(
            "--write-guide",
            action="store_true",
            help="only write the tables of integrations/README.md anew, from the code",
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        if options["write_guide"]:
            GUIDE.write_text(with_tables(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
            return
        providers = _chosen(options["slug"])
        found = {slug: problems_of(provider) for slug, provider in providers.items()}
        for slug, problems in found.items():
            self.stdout.write(f"{slug}: {'complete' if not problems else f'{len(problems)} to do'}")
            for problem in problems:
                self.stdout.write(f"  - {problem}")
        if any(found.values()):
            raise CommandError("Not every folder is complete; the contract suite was not run.")
        if options["no_suite"]:
            return
        if importlib.util.find_spec("pytest") is None:
            self.stdout.write(
                "The contract suite was not run: pytest is not installed (requirements-dev.txt)."
            )
            return
        self.stdout.flush()
        if _run_suite(list(found)) != 0:
            raise CommandError("The contract suite found faults; see above.")


def _chosen(slug: str | None) -> dict[str, Any]:
    try:
        return {slug: get_provider(slug)} if slug else all_providers()
    except UnknownProvider:
        known = ", ".join(sorted(all_providers()))
        raise CommandError(f"There is no integration called {slug!r}. There are: {known}.") from None
    except Exception as fault:  # whatever the folder does wrong, the person who wrote it must read it
        raise CommandError(f"A provider folder cannot be loaded: {type(fault).__name__}: {fault}") from fault


def _run_suite(slugs: Sequence[str]) -> int:
    # A server named by the environment holds real data, and tests empty what they run on.
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
    }
    environment[ONLY] = ",".join(slugs)
    folders = ["tests/contract", *(str(TESTS / slug) for slug in slugs)]
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:playwright", *folders]
    return subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode  # noqa: S603
