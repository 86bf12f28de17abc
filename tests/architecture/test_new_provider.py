"""A new provider is a copy of the template folder and nothing else: the suite finds it and it passes."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from integrations.new_provider import CannotCreate, create_provider
from tests.architecture.source import PROVIDERS, ROOT

SLUG, NAME = "lodge_keeper", "Lodge Keeper 2"

#: Puts the folders of another project beside this project's, as if they had been made in it.
PLUGIN = """
from pathlib import Path

import integrations.providers
import tests.providers

here = Path(__file__).parent
integrations.providers.__path__.append(str(here / "integrations" / "providers"))
tests.providers.__path__.append(str(here / "tests" / "providers"))
"""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder with a new provider in it, made by the command."""
    call_command("new_provider", SLUG, name=NAME, into=tmp_path, stdout=io.StringIO())
    return tmp_path


def all_text(folder: Path) -> str:
    files = (
        path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in (".mo", ".pyc")
    )
    return "\n".join([*map(str, folder.rglob("*")), *(path.read_text(encoding="utf-8") for path in files)])


def test_a_copy_of_the_template_passes_the_whole_contract_suite(elsewhere: Path) -> None:
    (elsewhere / "with_new_provider.py").write_text(PLUGIN)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:playwright", "-p", "no:cacheprovider"]
    command += ["-p", "with_new_provider", "tests/contract", "-k", SLUG]
    environment = {**os.environ, "CONTRACT_PROVIDERS": SLUG, "PYTHONPATH": str(elsewhere)}

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) > 100


def test_nothing_of_the_template_is_left_in_the_copy(elsewhere: Path) -> None:
    made = all_text(elsewhere / "integrations") + all_text(elsewhere / "tests")

    assert not re.search("template", made.replace(str(elsewhere), ""), re.IGNORECASE)
    assert "class LodgeKeeperProvider" in made
    assert f'name="{NAME}"' in made
    assert "LODGE_KEEPER_API_URL" in made


def test_what_exists_is_never_overwritten(elsewhere: Path) -> None:
    before = all_text(elsewhere)

    with pytest.raises(CommandError, match="exists already"):
        call_command("new_provider", SLUG, into=elsewhere)

    assert all_text(elsewhere) == before


@pytest.mark.parametrize(
    "slug",
    ["", "Lodge", "lodge-keeper", "2lodge", "_lodge", "lodge__keeper", "class", "template", "a" * 41, "../a"],
)
def test_a_slug_that_cannot_be_a_package_is_refused(slug: str, tmp_path: Path) -> None:
    with pytest.raises(CannotCreate):
        create_provider(slug=slug, into=tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ['A "quoted" name', "back\\slash", "<b>", "two\nlines", "x" * 61])
def test_a_name_that_would_break_the_files_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CannotCreate):
        create_provider(slug="lodge", name=name, into=tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_the_template_is_short_enough_to_be_read_at_once() -> None:
    lines = sum(len(path.read_text().splitlines()) for path in (PROVIDERS / "_template").glob("*.py"))

    assert lines < 1_050
