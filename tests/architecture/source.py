"""The project's own files, for tests that read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "integrations", "cleaning", "reservations")
PROVIDERS = ROOT / "integrations" / "providers"


def python_files(*folders: str, migrations: bool = False) -> Iterator[Path]:
    """Every Python file below ``folders`` (all apps and the tests when none is named)."""
    for folder in folders or (*APPS, "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if migrations or "migrations" not in path.parts:
                yield path


def templates() -> Iterator[Path]:
    """Every HTML template of the product."""
    yield from sorted((ROOT / "templates").rglob("*.html"))
    for app in APPS:
        yield from sorted((ROOT / app).rglob("templates/**/*.html"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def provider_slugs() -> list[str]:
    return sorted(
        folder.name for folder in PROVIDERS.iterdir() if folder.is_dir() and not folder.name.startswith("_")
    )
