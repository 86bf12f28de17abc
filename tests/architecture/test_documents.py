"""README.md says what is so: variables, integrations, commands, version."""

from __future__ import annotations

import ast
import re
import tomllib

from django.core.management import get_commands

from config.management.commands.demo import demo_credentials
from config.provider_table import with_provider_table
from config.version import VERSION
from integrations.registry import all_providers
from tests.architecture.source import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def variables_in_settings() -> set[str]:
    tree = ast.parse((ROOT / "config" / "settings.py").read_text(encoding="utf-8"))
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def section(title: str) -> str:
    match = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", README, re.MULTILINE | re.DOTALL)
    assert match, f"README.md has no section {title!r}"
    return match.group(1)


def test_every_variable_of_the_settings_is_in_the_table_and_no_other():
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", section("Environment variables"), re.MULTILINE))

    assert documented == variables_in_settings()


def test_the_settings_read_the_environment_by_one_door():
    text = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")

    assert "os.environ" not in text
    assert len(variables_in_settings()) > 15


def test_the_table_of_integrations_is_the_declared_one():
    assert with_provider_table(README) == README, "run: manage.py describe_providers --write README.md"


def test_the_demo_says_what_to_type_in_and_where_the_control_page_is():
    rows = dict(re.findall(r"^\| ([^|]+) \| (.+) \|$", section("Try it"), re.MULTILINE))

    for slug, provider in all_providers().items():
        row = rows[provider.declaration.name]
        assert set(demo_credentials(provider.declaration).values()) == set(re.findall(r"`([^`]+)`", row))
        assert row.endswith(f"| http://127.0.0.1:9000/{slug}/")


def test_every_command_that_the_readme_names_exists():
    named = set(re.findall(r"manage\.py ([a-z_]+)", README))

    assert named
    assert named <= set(get_commands())


def test_every_make_target_that_the_documents_name_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    documents = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

    assert set(re.findall(r"`make ([a-z-]+)", documents)) <= targets


def test_every_file_that_the_readme_links_to_exists():
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_there_is_one_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == VERSION
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
