"""The settings of the tests: the real ones with throw-away keys, folders and databases.

``DATABASE_URL`` and ``REDIS_URL`` choose what the suite runs on, as in production; without them it is SQLite and the
built-in broker.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from urllib.parse import urlsplit

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")

os.environ.update(
    {
        "ENV_FILE": os.devnull,
        "DEBUG": "false",
        "SECRET_KEY": "for-tests-only-" + "s" * 40,
        "FERNET_KEYS": "for-tests-only-" + "f" * 40,
        "INSTANCE_DIR": tempfile.mkdtemp(prefix="llavero-tests-"),
        "PUBLIC_BASE_URL": "http://testserver",
        "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost,[::1]",
        "ALLOW_PRIVATE_ADDRESSES": "true",
        "OUTSIDE_PACE": "0.02",
        # Every test that sells writes and sends a row for each of these nights and rooms.
        "ON_SALE_DAYS": "100",
        "EMAIL_URL": "memorymail://",
        "LOG_LEVEL": os.environ.get("TEST_LOG_LEVEL", "WARNING"),
    }
)
if os.environ.get("REDIS_URL"):
    # Parallel runners share the server but not the database: each empties its own after every test.
    address = urlsplit(os.environ["REDIS_URL"])
    number = int(address.path.strip("/") or 0) + int(WORKER.removeprefix("gw"))
    os.environ["REDIS_URL"] = address._replace(path=f"/{number}").geturl()

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, INSTANCE_DIR, STATIC_ROOT, STORAGES  # noqa: E402

STATIC_ROOT.mkdir()
atexit.register(shutil.rmtree, INSTANCE_DIR, ignore_errors=True)

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, as in a real installation: threads and live servers then have connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(INSTANCE_DIR / "tests.sqlite3")}
else:
    # What a test commits need not outlive a power cut.
    DATABASES["default"]["OPTIONS"] = {"options": "-c jit=off -c synchronous_commit=off"}
DATABASES["default"]["CONN_MAX_AGE"] = 0
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
