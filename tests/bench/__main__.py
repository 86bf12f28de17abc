"""``make bench``: what the house promises of speed, measured as ratios in one run.

Nothing here judges: the numbers are printed beside what is wanted. Each part runs on SQLite and, where it is found,
on PostgreSQL, in a process of its own with a database of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import uuid

PARTS = (
    "intake",
    "door",
    "memory",
    "webhook",
    "ota",
    "channels",
    "follow",
    "pages",
    "availability",
    "planning",
    "cleaning",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which parts; all without a name")
    parser.add_argument("--count", type=int, default=10_000, help="bookings to import")
    parser.add_argument("--on", choices=("sqlite", "postgresql"), help="which database; both without it")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    parts = options.parts or list(PARTS)
    if options.inside:
        _measure(parts, options.count)
        return
    with tempfile.TemporaryDirectory(prefix="llavero-bench-") as folder:
        if options.on != "postgresql":
            _on(f"sqlite:///{folder}/bench.sqlite3", folder, parts, options.count)
        # Memory is Python's, whatever the database.
        if options.on != "sqlite" and parts != ["memory"]:
            _on_postgresql(folder, [part for part in parts if part != "memory"], options.count)


def _on(database_url: str, folder: str, parts: list[str], count: int) -> None:
    environment = {
        **os.environ,
        "ENV_FILE": os.devnull,
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        "SECRET_KEY": "for-measuring-only-" + "s" * 40,
        "FERNET_KEYS": "for-measuring-only-" + "f" * 40,
        "INSTANCE_DIR": folder,
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "ALLOW_PRIVATE_ADDRESSES": "true",
        "LOG_LEVEL": "ERROR",
        "REDIS_URL": "",
    }
    subprocess.run(
        [sys.executable, "-m", "tests.bench", "--inside", "--count", str(count), *parts],
        env=environment,
        check=True,
    )


def _on_postgresql(folder: str, parts: list[str], count: int) -> None:
    from tests.services import Missing, postgresql

    try:
        server = postgresql()
    except Missing as missing:
        print(f"Measured on SQLite only. {missing}")
        return
    import psycopg

    name = f"llavero_bench_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            _on(server.rpartition("/")[0] + f"/{name}", folder, parts, count)
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _measure(parts: list[str], count: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from config import memory
    from tests.bench import availability, channels, cleaning, follow, intake, pages, planning, webhook

    memory.settle()  # as every process of the product does

    if "intake" in parts:
        intake.run(count)
    if "door" in parts:
        intake.door_during_import(count)
    if "memory" in parts:
        intake.memory(min(count, 2_000))
    if "webhook" in parts:
        webhook.run(400)
    if "ota" in parts:
        channels.ota()
    if "channels" in parts:
        channels.run()
    if "follow" in parts:
        follow.run()
    if "pages" in parts:
        pages.run((100, count * 10))
    if "availability" in parts:
        availability.run()
    if "planning" in parts:
        planning.run()
    if "cleaning" in parts:
        cleaning.run()


if __name__ == "__main__":
    main()
