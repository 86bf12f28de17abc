"""The ways in which a provider calls the other side to read, each as one function of a session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.contracts import Capability, Hint, PullWindow
from integrations.http import ProviderSession
from tests.contract.cases import Case, cases

Reach = Callable[[Case, ProviderSession, str], Any]


def window(*refs: str, first_page: int = 0) -> PullWindow:
    """A first import of these properties."""
    return PullWindow(refs, None, datetime.now(UTC), first_page=first_page)


def _test(case: Case, session: ProviderSession, ref: str) -> Any:
    return case.provider.test_connection(session)


def _discover(case: Case, session: ProviderSession, ref: str) -> Any:
    return case.provider.discover(session)


def _pull(case: Case, session: ProviderSession, ref: str) -> Any:
    return list(case.provider.pull_reservations(session, window(ref)))


def _fetch(case: Case, session: ProviderSession, ref: str) -> Any:
    return list(case.provider.fetch_reservations(session, [Hint("reservation", "1", ref)]))


REACHES: dict[Capability, Reach] = {
    Capability.TEST_CONNECTION: _test,
    Capability.DISCOVER: _discover,
    Capability.PULL_RESERVATIONS: _pull,
    Capability.FETCH_RESERVATIONS: _fetch,
}


def for_reaches() -> pytest.MarkDecorator:
    """Run the test for each provider and each of its ways to read; it gets ``case`` and ``reach``."""
    return pytest.mark.parametrize(
        ("case", "reach"),
        [
            pytest.param(case, reach, id=f"{case.slug}-{capability.value}")
            for capability, reach in REACHES.items()
            for case in cases(capability)
        ],
    )
