"""Finds what parts of the suite need beside Python: ``python -m tests.services NAME`` prints how to reach it.

Exit status 0: found, its address is on standard output. 1: not there; one line on standard error says what is
missing. The caller decides whether that is a failure (in continuous integration) or a skipped part.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable

import psycopg
import redis

DEFAULT_DATABASE = "postgres://postgres@127.0.0.1:5432/postgres"
DEFAULT_REDIS = "redis://127.0.0.1:6379/9"


class Missing(Exception):
    pass


def postgresql() -> str:
    address = os.environ.get("TEST_DATABASE_URL", DEFAULT_DATABASE)
    try:
        psycopg.connect(address, connect_timeout=5).close()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise Missing(f"PostgreSQL does not answer; TEST_DATABASE_URL says where it is ({reason})") from None
    return address


def redis_server() -> str:
    address = os.environ.get("TEST_REDIS_URL", DEFAULT_REDIS)
    try:
        redis.Redis.from_url(address, socket_connect_timeout=5).ping()
    except redis.RedisError:
        raise Missing("Redis does not answer; TEST_REDIS_URL says where a database to empty is") from None
    return address


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise Missing("Chromium is not installed (Debian: apt-get install chromium)")
    return found


SERVICES: dict[str, Callable[[], str]] = {
    "postgresql": postgresql,
    "redis": redis_server,
    "chromium": chromium,
}

if __name__ == "__main__":
    try:
        print(SERVICES[sys.argv[1]]())
    except Missing as missing:
        sys.exit(f"skipped: {missing}")
