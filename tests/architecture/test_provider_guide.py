"""integrations/README.md says what is so."""

from __future__ import annotations

import ast
import re
from dataclasses import fields

from django.core.management import get_commands

from integrations.contracts import Capability, Declaration, Delivery
from integrations.errors import MEANINGS
from integrations.guide_tables import with_tables
from integrations.models import AvailabilityState
from integrations.provider_imports import NEUTRAL_MODULES, SHARED_MODULES
from tests.architecture.source import ROOT

GUIDE = (ROOT / "integrations" / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    match = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    assert match, f"the guide has no section {title!r}"
    return match.group(1)


def first_column(text: str) -> set[str]:
    """The words before the second bar of each row of the tables in ``text``, without their backticks."""
    return {word.strip("` ") for word in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)}


def test_its_tables_are_made_from_the_code() -> None:
    assert with_tables(GUIDE) == GUIDE, "run: manage.py check_providers --write-guide"


def test_every_capability_and_every_error_is_in_a_table() -> None:
    for capability in Capability:
        assert f"| `{capability.value}(" in GUIDE
    for error in MEANINGS:
        assert f"| `{error.__name__}` |" in GUIDE


def test_the_modules_that_it_allows_are_those_that_the_checks_allow() -> None:
    sentence = re.search(r"A provider imports (.*?);", GUIDE, re.DOTALL)
    assert sentence
    named = {word.rpartition(".")[2] for word in re.findall(r"`([a-z.]+)`", sentence[1])}

    assert named == {module.rpartition(".")[2] for module in SHARED_MODULES | NEUTRAL_MODULES}


def test_every_field_of_a_declaration_is_explained() -> None:
    text = section("The declaration")
    named = first_column(text) | set(re.findall(r"`([a-z_]+)`", text.partition("| Field |")[0]))

    assert {field.name for field in fields(Declaration)} <= named


def test_every_special_answer_to_a_delivery_is_explained() -> None:
    special = {"wake", "hint", "reply", "body"}

    assert special <= {field.name for field in fields(Delivery)}
    assert special <= first_column(section("How a webhook travels"))


def test_every_capability_has_its_time() -> None:
    text = section("When shared code calls what")

    assert [capability for capability in Capability if f"`{capability.value}`" not in text] == []


def test_every_state_of_a_night_is_explained() -> None:
    states = {state.value.replace("_", " ") for state in AvailabilityState.State}

    assert states <= first_column(section("How what is on sale follows"))


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
    assert described - made <= {"headers(", "on_sale("}
