"""`manage.py start`: everything that Llavero needs to run, under one parent."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.keys import ensure_keys
from config.processes import prepare, present_environment, program_commands, require_free_port
from config.supervisor import Supervisor

#: Addresses to listen on, and how a browser on this machine reaches them.
LOCAL = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}  # noqa: S104


class Command(BaseCommand):
    help = (
        "Run Llavero: makes missing keys, migrates the database, collects the static files, then runs the web "
        "server, the workers and the scheduler. A process that dies is started again. SIGTERM or Ctrl-C stops all."
    )
    # Keys may not exist yet, and the checks ask for them; `migrate`, run first, makes the checks.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default 8000)")
        parser.add_argument(
            "--workers",
            type=int,
            help="web processes of 8 threads each (default 1 on SQLite, 2 on PostgreSQL)",
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        require_free_port(host, port)
        ensure_keys(settings.INSTANCE_DIR)
        environment = present_environment()
        # Consent pages send people back to the public address; without a configured one it is this server's own.
        environment.setdefault("PUBLIC_BASE_URL", f"http://{LOCAL.get(host, host)}:{port}")
        prepare(environment)
        on_sqlite = "sqlite" in settings.DATABASES["default"]["ENGINE"]
        workers = options["workers"] or (1 if on_sqlite else 2)
        supervisor = Supervisor(
            program_commands(host=host, port=port, workers=workers),
            environment=environment,
            folder=settings.ROOT,
        )
        supervisor.say(f"Llavero listens on {environment['PUBLIC_BASE_URL']}/")
        supervisor.run()
        supervisor.say("stopped")
