"""How the files of the project look."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import APPS, PROVIDERS, ROOT, name_of, provider_slugs, python_files, templates

LONGEST = {"product": 400, "tests": 800}


@pytest.mark.parametrize(("folders", "limit"), [(APPS, LONGEST["product"]), (("tests",), LONGEST["tests"])])
def test_no_file_is_longer_than_a_person_reads_at_once(folders, limit):
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in python_files(*folders)}

    assert {name: length for name, length in lengths.items() if length > limit} == {}


def test_no_file_is_a_drawer_for_everything():
    drawers = [
        name_of(path) for path in python_files() if path.stem in ("utils", "helpers", "common", "misc")
    ]

    assert drawers == []


@pytest.mark.parametrize("slug", provider_slugs())
def test_a_provider_is_described_and_tested(slug):
    assert (PROVIDERS / slug / "README.md").is_file()
    assert list((ROOT / "tests" / "providers" / slug).glob("test_*.py"))


def shared_files():
    yield from python_files("config", "cleaning")
    for path in python_files("integrations"):
        if PROVIDERS not in path.parents:
            yield path
    yield from (path for path in templates() if PROVIDERS not in path.parents)


def test_shared_code_names_no_provider():
    names = re.compile(
        "|".join(rf"(?<![a-z]){re.escape(slug)}(?![a-z])" for slug in provider_slugs()), re.IGNORECASE
    )
    offenders = [
        f"{name_of(path)}:{number}"
        for path in shared_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if names.search(line)
    ]

    assert offenders == []


INLINE = (
    (re.compile(r"\sstyle\s*=", re.IGNORECASE), "a style attribute"),
    (re.compile(r"<style[\s>]", re.IGNORECASE), "a style element"),
    (re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE), "an event attribute"),
    (re.compile(r"<script(?![^>]*\ssrc=)[^>]*>", re.IGNORECASE), "a script without a file"),
    (re.compile(r"javascript:", re.IGNORECASE), "a script address"),
    (re.compile(r"\shx-on[:-]", re.IGNORECASE), "an htmx event attribute"),
    (
        re.compile(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"'](?:https?:)?//", re.IGNORECASE),
        "another host",
    ),
)


def inline_parts(text: str) -> list[str]:
    text = re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}|<!--.*?-->", "", text, flags=re.DOTALL)
    return [what for pattern, what in INLINE if pattern.search(text)]


def test_templates_obey_the_content_security_policy():
    offenders = {name_of(path): found for path in templates() if (found := inline_parts(path.read_text()))}

    assert offenders == {}


@pytest.mark.parametrize(
    ("markup", "what"),
    [
        ('<p style="color: red">', "a style attribute"),
        ("<style>p {}</style>", "a style element"),
        ('<button onclick="go()">', "an event attribute"),
        ("<script>go()</script>", "a script without a file"),
        ('<a href="javascript:go()">', "a script address"),
        ('<img src="//elsewhere.example.org/a.png">', "another host"),
    ],
)
def test_the_search_for_inline_parts_finds_them(markup, what):
    assert what in inline_parts(markup)


def test_every_app_but_the_providers_is_known_to_these_tests():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert packages == {*APPS, "tests"}
