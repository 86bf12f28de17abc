"""Makes the folder of a new provider, and that of its tests, from the template folders."""

from __future__ import annotations

import keyword
import re
import shutil
import tempfile
from pathlib import Path

import integrations.providers
from integrations.provider_checks import LONGEST_SLUG, SLUG

TEMPLATE = "_template"
PROVIDERS, TESTS = Path("integrations") / "providers", Path("tests") / "providers"
#: Where the templates are: the project that this file belongs to.
PROJECT = Path(integrations.providers.__file__ or "").resolve().parents[2]
#: How an integration is made, step by step. The slug in its examples stands for any.
GUIDE, EXAMPLE = PROJECT / "integrations" / "README.md", "my_pms"

_TEXT = frozenset({".py", ".md", ".svg", ".json", ".po"})
_NAME = re.compile(r"[^\W_](?:[\w .+()’-]{0,58}[\w.+)])?")


class CannotCreate(ValueError):
    """The folder was not made; the text is a sentence that says why."""


def create_provider(*, slug: str, name: str = "", into: Path = PROJECT) -> tuple[Path, Path]:
    """The new folders of the provider and of its tests, below the project ``into``.

    Both are there when this returns, or neither; nothing that exists is touched. Raises :class:`CannotCreate`.
    """
    name = name.strip() or slug.replace("_", " ").capitalize()
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise CannotCreate(
            f"{slug!r} cannot be a slug: lower-case words of letters and digits, joined by underscores, "
            f"at most {LONGEST_SLUG} characters."
        )
    if keyword.iskeyword(slug) or slug == TEMPLATE.strip("_"):
        raise CannotCreate(f"{slug!r} has a meaning of its own and cannot be a slug.")
    if not _NAME.fullmatch(name):
        raise CannotCreate(
            f"{name!r} cannot be a name: up to 60 letters, digits, blanks and . + - ( ) ’ only."
        )
    targets = into / PROVIDERS / slug, into / TESTS / slug
    for target in targets:
        if target.exists():
            raise CannotCreate(f"{target} exists already; nothing was changed.")
    with tempfile.TemporaryDirectory() as scratch:
        made = [Path(scratch) / "provider", Path(scratch) / "tests"]
        for source, copy in zip((PROVIDERS, TESTS), made, strict=True):
            shutil.copytree(PROJECT / source / TEMPLATE, copy, ignore=shutil.ignore_patterns("__pycache__"))
            _rename(copy, slug, name)
        for copy, target in zip(made, targets, strict=True):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(copy, target)
    return targets


def next_steps(slug: str) -> str:
    """What is left to do for ``slug`` once its folders are made: the steps of the guide after the first."""
    section = GUIDE.read_text(encoding="utf-8").partition("\n## In one day\n")[2].partition("\n## ")[0]
    steps = re.search(r"^2\. .*", section, re.MULTILINE | re.DOTALL)
    if steps is None:
        raise LookupError(f"{GUIDE} has no steps")
    return steps[0].strip().replace(EXAMPLE, slug)


def _rename(folder: Path, slug: str, name: str) -> None:
    """Put the new names into every file and folder name below ``folder``."""
    words = (
        ("Template PMS", name),
        (f"{TEMPLATE.strip('_')}.example.org", f"{slug.replace('_', '-')}.example.org"),
        (TEMPLATE.upper(), slug.upper()),
        (TEMPLATE, slug),
        ("Template", "".join(word.capitalize() for word in slug.split("_"))),
    )
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path.suffix in _TEXT:
            text = path.read_text(encoding="utf-8")
            for old, new in words:
                text = text.replace(old, new)
            path.write_text(text, encoding="utf-8")
        if TEMPLATE in path.name:
            path.rename(path.with_name(path.name.replace(TEMPLATE, slug)))
