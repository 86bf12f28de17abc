"""integrations/README.md says what is so."""

from __future__ import annotations

import ast
import re

from django.core.management import get_commands

from integrations.contracts import Capability
from integrations.errors import MEANINGS
from integrations.guide_tables import with_tables
from tests.architecture.source import ROOT

GUIDE = (ROOT / "integrations" / "README.md").read_text(encoding="utf-8")


def test_its_tables_are_made_from_the_code() -> None:
    assert with_tables(GUIDE) == GUIDE, "run: manage.py check_providers --write-guide"


def test_every_capability_and_every_error_is_in_a_table() -> None:
    for capability in Capability:
        assert f"| `{capability.value}(" in GUIDE
    for error in MEANINGS:
        assert f"| `{error.__name__}` |" in GUIDE


def test_every_command_that_it_names_exists() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", GUIDE))

    assert {"new_provider", "check_providers", "inspect", "sandbox"} <= named
    assert named <= set(get_commands())


def test_every_file_of_the_folder_that_it_names_is_in_the_template() -> None:
    template = ROOT / "integrations" / "providers" / "_template"
    named = set(re.findall(r"^\| `([a-z]+\.py|README\.md)` \|", GUIDE, re.MULTILINE))

    assert len(named) > 5
    assert [name for name in named if not (template / name).is_file()] == []


def test_the_hook_that_it_describes_is_the_one_of_the_template() -> None:
    tree = ast.parse((ROOT / "tests" / "providers" / "_template" / "contract.py").read_text(encoding="utf-8"))
    made = {f"{node.name}(" for node in tree.body if isinstance(node, ast.FunctionDef)} | {"STORY`"}
    described = set(re.findall(r"^\| `([A-Z]+`|[a-z_]+\()", GUIDE.partition("The hook")[2], re.MULTILINE))

    assert made <= described
    assert described - made <= {"headers("}
