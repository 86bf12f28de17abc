"""`manage.py sandbox`: every provider's local server in one process."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from integrations.sandbox import SandboxServer, find_sandbox_classes


def _stop(signal_number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


class Command(BaseCommand):
    help = (
        "Run the sandboxes: local servers that speak the protocols of the real systems, with state in memory "
        "and a control page each. Needs no database. Stops on Ctrl-C or SIGTERM."
    )
    requires_system_checks: ClassVar[list[str]] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=int, default=9000, help="port to listen on (default 9000; 0 takes a free one)"
        )
        parser.add_argument("--host", default="127.0.0.1", help="address to bind (default 127.0.0.1)")

    def handle(self, *arguments: Any, **options: Any) -> None:
        sandboxes = [sandbox_class() for sandbox_class in find_sandbox_classes()]
        try:
            server = SandboxServer(sandboxes, options["host"], options["port"])
        except (OSError, OverflowError) as error:
            raise CommandError(f"Cannot listen on {options['host']}:{options['port']}: {error}") from error
        signal.signal(signal.SIGTERM, _stop)
        self.stdout.write(f"Sandboxes at {server.url}/")
        for sandbox in sandboxes:
            self.stdout.write(f"  {sandbox.title}: {server.url}/{sandbox.slug}{sandbox.control_path}")
        self.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("Sandboxes stopped.")
