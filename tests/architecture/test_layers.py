"""Who may import whom."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import APPS, ROOT, name_of, python_files


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The product's code in a folder where a test may spoil it."""
    for app in APPS:
        shutil.copytree(
            ROOT / app, tmp_path / app, ignore=shutil.ignore_patterns("__pycache__", "static", "locale")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_go_one_way_and_providers_stand_alone():
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("reservations/money.py", "import cleaning.models"),
        ("cleaning/planner.py", "import integrations.registry"),
        ("integrations/registry.py", "import config.accounts.models"),
    ],
)
def test_an_import_against_the_direction_is_found(copy, where, line):
    spoiled = copy / where
    spoiled.write_text(f"{spoiled.read_text()}\n{line}\n")

    result = lint_imports(copy)

    assert result.returncode == 1
    assert "BROKEN" in result.stdout


def test_a_provider_that_imports_another_one_is_found(copy):
    for slug, line in (
        ("one_made_up", ""),
        ("other_made_up", "import integrations.providers.one_made_up.client"),
    ):
        folder = copy / "integrations" / "providers" / slug
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "client.py").write_text(f"{line}\n")

    assert lint_imports(copy).returncode == 1


def imported_modules(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def is_sandbox(module: str) -> bool:
    return module.startswith("integrations.") and any(
        part == "sandbox" or part.startswith("sandbox_") for part in module.split(".")
    )


def test_the_product_never_imports_a_sandbox():
    allowed = {"config/management/commands/sandbox.py"}
    offenders = [
        name_of(path)
        for path in python_files(*APPS)
        if not is_sandbox(path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."))
        and name_of(path) not in allowed
        and any(is_sandbox(module) for module in imported_modules(path))
    ]

    assert offenders == []


def test_the_product_never_imports_the_tests():
    offenders = [
        name_of(path)
        for path in python_files(*APPS)
        if any(module.split(".")[0] == "tests" for module in imported_modules(path))
    ]

    assert offenders == []
