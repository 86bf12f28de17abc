"""What the system checks say of provider folders."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks

from integrations import checks
from integrations.checks import check_provider_folders
from tests.integrations.outside import LodgeProvider


@pytest.fixture
def lodge(monkeypatch) -> LodgeProvider:
    provider = LodgeProvider("https://api.lodge.example")
    monkeypatch.setattr(checks, "all_providers", lambda: {"lodge": provider})
    return provider


def test_a_provider_with_every_method_it_declares_is_fine(lodge):
    assert check_provider_folders() == []


def test_a_declared_capability_without_its_method_is_an_error(lodge, monkeypatch):
    monkeypatch.delattr(LodgeProvider, "discover")
    (found,) = check_provider_folders()
    assert found.id == "integrations.E002"
    assert "lodge declares discover" in found.msg


def test_a_folder_that_cannot_be_loaded_is_an_error(monkeypatch):
    def broken():
        raise ImportError("no module named wire")

    monkeypatch.setattr(checks, "all_providers", broken)
    (found,) = check_provider_folders()
    assert found.id == "integrations.E001"


def test_the_check_is_part_of_manage_py_check(lodge, monkeypatch):
    monkeypatch.delattr(LodgeProvider, "discover")
    assert "integrations.E002" in {message.id for message in run_checks()}
