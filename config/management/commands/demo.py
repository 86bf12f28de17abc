"""`manage.py demo`: a working hotel in the browser, with the sandboxes of all integrations beside it."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from config.demo import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    DEMO_PASSWORD,
    DEMO_PEOPLE,
    create_demo,
    sandbox_environment,
)
from config.keys import ensure_keys
from config.processes import (
    manage,
    prepare,
    present_environment,
    program_commands,
    require_free_port,
    run,
)
from config.supervisor import Supervisor
from integrations.contracts import Declaration
from integrations.registry import all_providers

HOST = "127.0.0.1"
#: What sandboxes accept in fields of these names; in every other one the demo's client id, or its secret.
TYPED_IN = {"account_id": "10001", "property_id": "4400123"}


class Command(BaseCommand):
    help = (
        "Run a demonstration: the demo hotels in SQLite, the web server, the workers, the scheduler, and every "
        "sandbox as a process of its own. Needs neither PostgreSQL nor Redis. SIGTERM or Ctrl-C stops all."
    )
    # As in `start`: the keys may not exist yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=int, default=os.environ.get("PORT") or 8000, help="default: PORT or 8000"
        )
        parser.add_argument(
            "--sandbox-port",
            type=int,
            default=os.environ.get("SANDBOX_PORT") or 9000,
            help="default: SANDBOX_PORT or 9000",
        )
        parser.add_argument(
            "--only-data",
            action="store_true",
            help="create the demo hotels in the configured database and stop",
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        if options["only_data"]:
            create_demo()
            return
        port, sandbox_port = options["port"], options["sandbox_port"]
        if port == sandbox_port:
            raise CommandError("PORT and SANDBOX_PORT must differ.")
        for wanted in (port, sandbox_port):
            require_free_port(HOST, wanted)
        ensure_keys(settings.INSTANCE_DIR)
        environment = {**present_environment(), **demo_environment(port=port, sandbox_port=sandbox_port)}
        prepare(environment)
        run(manage("demo", "--only-data"), environment)
        supervisor = Supervisor(
            {
                "sandbox": manage("sandbox", "--host", HOST, "--port", str(sandbox_port)),
                **program_commands(host=HOST, port=port, workers=1),
            },
            environment=environment,
            folder=settings.ROOT,
        )
        supervisor.run(ready=lambda: _welcome_when_ready(supervisor, port=port, sandbox_port=sandbox_port))
        supervisor.say("stopped")


def demo_environment(*, port: int, sandbox_port: int) -> dict[str, str]:
    """The environment of the demo's processes: SQLite, the built-in broker, and the sandboxes as outside world."""
    return {
        "DATABASE_URL": f"sqlite:///{settings.INSTANCE_DIR / 'llavero.sqlite3'}",
        "REDIS_URL": "",
        "PUBLIC_BASE_URL": f"http://{HOST}:{port}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
        "ALLOW_PRIVATE_ADDRESSES": "true",
        "LOG_PLAIN": "true",
        **sandbox_environment(f"http://{HOST}:{sandbox_port}"),
    }


def demo_credentials(declaration: Declaration) -> dict[str, str]:
    """What the sandbox accepts in the fields that a hotel types in, by field name; empty where it types in nothing."""
    return {
        field.name: DEMO_CLIENT_SECRET if field.secret else TYPED_IN.get(field.name, DEMO_CLIENT_ID)
        for field in declaration.credential_fields
    }


def how_to_connect() -> list[str]:
    """One line for each integration: its name and what to type in to connect its sandbox. In English."""
    lines = []
    with translation.override("en"):
        for provider in all_providers().values():
            declaration = provider.declaration
            accepted = demo_credentials(declaration)
            typed = ", ".join(f"{f.label} {accepted[f.name]}" for f in declaration.credential_fields)
            lines.append(f"{declaration.name:<12} {typed or 'nothing: you are led to its sign-in page'}")
    return lines


def _welcome_when_ready(supervisor: Supervisor, *, port: int, sandbox_port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=2) as answer:
            if answer.status != 200:
                return False
    except (urllib.error.URLError, OSError):
        return False
    supervisor.say("")
    supervisor.say(f"Llavero:   http://{HOST}:{port}/")
    supervisor.say(f"Sandboxes: http://{HOST}:{sandbox_port}/  (book, change, move and cancel there)")
    supervisor.say("")
    supervisor.say(f"Sign in with one of these and the password {DEMO_PASSWORD}")
    for person in DEMO_PEOPLE:
        supervisor.say(f"  {person.email:<28} {person.role_label} of {person.hotel_name}")
    supervisor.say("")
    supervisor.say("To connect a sandbox, open Integrations there and type in")
    for line in how_to_connect():
        supervisor.say(f"  {line}")
    supervisor.say("")
    supervisor.say("Ctrl-C stops everything.")
    return True
