"""What runs: the commands of the web server, the workers and the scheduler, and what comes before them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.core.management.base import CommandError

MANAGE = str(settings.ROOT / "manage.py")


def manage(*arguments: str) -> list[str]:
    """The command line of ``manage.py`` with ``arguments``, run by this Python."""
    return [sys.executable, MANAGE, *arguments]


def program_commands(*, host: str, port: int, workers: int) -> dict[str, Sequence[str]]:
    """The command lines of web, worker, sender and beat, by name."""
    return {
        "web": web_command(host=host, port=port, workers=workers),
        "worker": _worker(queue="default"),
        # By itself, so that what is on sale is told while imports keep the worker's processor busy.
        "sender": _worker(queue="offers"),
        "beat": [*_celery(), "beat", "--pidfile=", "--loglevel", "INFO"],
    }


def web_command(*, host: str, port: int, workers: int) -> list[str]:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        *(sys.executable, "-m", "gunicorn", "config.wsgi"),
        *("--bind", address),
        *("--worker-class", "gthread"),
        *("--workers", str(workers)),
        *("--threads", "8"),
        *("--graceful-timeout", "10"),
        "--no-control-socket",
    ]


def _worker(*, queue: str) -> list[str]:
    pool = ("--pool", "threads", "--concurrency", "4")
    return [*_celery(), "worker", "--queues", queue, "--hostname", f"{queue}@%h", *pool, "--loglevel", "INFO"]


def _celery() -> list[str]:
    return [sys.executable, "-m", "celery", "--app", "config", "--quiet"]


def prepare(environment: Mapping[str, str]) -> None:
    """Bring the database and the static files of that environment up to date. Raises ``CommandError``."""
    run(manage("migrate", "--noinput", "--verbosity", "0"), environment)
    if not settings.DEBUG:
        run(manage("collectstatic", "--noinput", "--verbosity", "0"), environment)


def run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run ``command`` to its end. Raises ``CommandError`` when it fails; what it printed has been shown."""
    finished = subprocess.run(command, env=dict(environment), cwd=settings.ROOT, check=False)  # noqa: S603
    if finished.returncode:
        raise CommandError(f"`{' '.join(command[1:])}` failed with status {finished.returncode}.")


def require_free_port(host: str, port: int) -> None:
    """Return when ``port`` can be listened on; else raise ``CommandError`` with what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"Port {port} of {host} cannot be used ({error}). Choose another one."
            ) from error


def present_environment() -> dict[str, str]:
    """A copy of the environment whose children are found wherever the command was called from."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUNBUFFERED": "1"}
