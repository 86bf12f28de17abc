"""The installation's keys: made once, private, never overwritten."""

from __future__ import annotations

import stat
from multiprocessing.pool import ThreadPool

import environ
import pytest

from config.checks import check_keys
from config.keys import ensure_keys


def read(path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_missing_keys_are_made_for_their_owner_only(tmp_path):
    path = ensure_keys(tmp_path / "instance")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keys = read(path)
    assert set(keys) == {"SECRET_KEY", "FERNET_KEYS"}
    assert keys["SECRET_KEY"] != keys["FERNET_KEYS"]
    assert all(len(value) >= 40 for value in keys.values())


def test_existing_keys_stay(tmp_path):
    before = ensure_keys(tmp_path).read_text()

    assert ensure_keys(tmp_path).read_text() == before


def test_starts_at_the_same_moment_agree_on_one_file(tmp_path):
    with ThreadPool(8) as pool:
        paths = pool.map(lambda _: ensure_keys(tmp_path).read_text(), range(16))

    assert len(set(paths)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["keys.env"]


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "from the environment")
    monkeypatch.setenv("FERNET_KEYS", "so is this")

    environ.Env.read_env(str(ensure_keys(tmp_path)))

    assert environ.Env().str("SECRET_KEY") == "from the environment"


@pytest.mark.parametrize(
    ("keys", "problem"),
    [([], "llavero.E001"), (["s" * 40], "llavero.E002"), (["short"], "llavero.E003"), (["k" * 40], None)],
)
def test_the_checks_refuse_keys_that_do_not_protect(settings, keys, problem):
    settings.SECRET_KEY = "s" * 40
    settings.FERNET_KEYS = keys

    assert [found.id for found in check_keys(None)] == ([problem] if problem else [])
