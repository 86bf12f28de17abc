"""The folder is complete: what is declared is there, named well and translated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integrations.contracts import Capability
from integrations.provider_checks import CHECKS, ProviderFolder, obliged_method
from integrations.sandbox import Sandbox
from tests.contract.cases import Case, cases, for_providers

Check = Callable[[ProviderFolder], Iterator[str]]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@for_providers()
def test_the_folder_is_complete(case: Case, check: Check) -> None:
    assert list(check(case.folder)) == []


@pytest.mark.parametrize("capability", list(Capability))
def test_every_capability_has_a_method_in_the_contract(capability: Capability) -> None:
    assert obliged_method(capability).__name__ == capability.value


@pytest.mark.parametrize("capability", list(Capability))
def test_every_capability_is_asked_for_by_this_suite(capability: Capability) -> None:
    files = [path for path in Path(__file__).parent.glob("*.py") if path.name != Path(__file__).name]

    assert any(f"Capability.{capability.name}" in path.read_text(encoding="utf-8") for path in files)


@for_providers(Capability.TEST_CONNECTION)
def test_the_sandbox_carries_the_name_of_the_folder(case: Case) -> None:
    sandbox = case.new_sandbox()

    assert isinstance(sandbox, Sandbox)
    assert sandbox.slug == case.slug
    assert sandbox.title


def test_there_are_providers() -> None:
    assert cases()
