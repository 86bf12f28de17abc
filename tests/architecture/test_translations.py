"""Spanish and French are complete: no text of the code or the templates is missing from a catalogue."""

from __future__ import annotations

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from tests.architecture.source import APPS, ROOT, name_of

LANGUAGES = ("es", "fr")
PLACEHOLDER = re.compile(r"%\([a-zA-Z_0-9]+\)[a-z]|%[sd]|\{[a-zA-Z_0-9]*\}")

needs_gettext = pytest.mark.skipif(
    not shutil.which("xgettext") and os.environ.get("CI") != "true",
    reason="xgettext (package gettext) is missing",
)


def catalogues(root: Path, language: str) -> list[Path]:
    found = [path for app in APPS for path in (root / app).rglob(f"locale/{language}/LC_MESSAGES/*.po")]
    return sorted(found)


def read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language, ignore_obsolete=True)


def texts(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value or "",)


def entries(path: Path, language: str) -> list[Message]:
    return [message for message in read(path, language) if message.id]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the texts were collected just now."""
    root = tmp_path_factory.mktemp("messages")
    for folder in (*APPS, "templates"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "manage.py", root)
    (root / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "settings.py", root / "tests")
    (root / "tests" / "__init__.py").touch()
    command = [
        sys.executable,
        "manage.py",
        "makemessages",
        "--locale",
        "es",
        "--locale",
        "fr",
        "--no-location",
    ]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run(
        [*command, "--ignore", "tests"], cwd=root, env=environment, check=True, capture_output=True
    )
    return root


@needs_gettext
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(fresh, language):
    missing = [
        f"{path.relative_to(fresh).as_posix()}: {texts(message.id)[0]}"
        for path in catalogues(fresh, language)
        for message in entries(path, language)
        if message.fuzzy or not all(texts(message.string))
    ]

    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_placeholders(language):
    wrong = []
    for path in catalogues(ROOT, language):
        for message in entries(path, language):
            expected = [sorted(PLACEHOLDER.findall(text)) for text in texts(message.id)]
            for translated in texts(message.string):
                if translated and sorted(PLACEHOLDER.findall(translated)) not in expected:
                    wrong.append(f"{name_of(path)}: {translated}")

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogues_are_those_of_the_sources(language):
    paths = catalogues(ROOT, language)
    assert paths

    for path in paths:
        with path.with_suffix(".mo").open("rb") as file:
            compiled = gettext.GNUTranslations(file)._catalog
        expected = {}
        for message in entries(path, language):
            first = texts(message.id)[0]
            key = f"{message.context}\x04{first}" if message.context else first
            if message.pluralizable:
                expected.update({(key, form): text for form, text in enumerate(texts(message.string))})
            else:
                expected[key] = message.string
        compiled.pop("", None)
        assert compiled == {key: text for key, text in expected.items() if text}, name_of(path)
