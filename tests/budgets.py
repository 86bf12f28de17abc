"""The budgets of calls, for tests that are about something else and would only wait for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations.registry import get_provider


def lift_budgets(monkeypatch: pytest.MonkeyPatch, slug: str) -> None:
    """Let calls to a sandbox follow each other at once; tests/integrations/test_call_budget.py is about the waits."""
    provider = get_provider(slug)
    unlimited = replace(provider.declaration, rate_limit=None, shared_rate_limit=None)
    monkeypatch.setattr(type(provider), "declaration", unlimited)
