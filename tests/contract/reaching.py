"""The ways in which a provider calls the other side to read, each as one function of a session and a property."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from integrations.contracts import Capability, ExternalProperty, Hint, PullWindow
from integrations.http import ProviderSession
from tests.contract.cases import Case, cases, nobody

Reach = Callable[[Case, ProviderSession, ExternalProperty], Any]


def window(*refs: str, first_page: int = 0) -> PullWindow:
    """A first import of these properties."""
    return PullWindow(refs, None, datetime.now(UTC), first_page=first_page)


def _test(case: Case, session: ProviderSession, place: ExternalProperty) -> Any:
    return case.provider.test_connection(session)


def _discover(case: Case, session: ProviderSession, place: ExternalProperty) -> Any:
    return case.provider.discover(session)


def _pull(case: Case, session: ProviderSession, place: ExternalProperty) -> Any:
    return list(case.provider.pull_reservations(session, window(place.ref)))


def _fetch(case: Case, session: ProviderSession, place: ExternalProperty) -> Any:
    return list(case.provider.fetch_reservations(session, [Hint("reservation", "1", place.ref)]))


def _read_offers(case: Case, session: ProviderSession, place: ExternalProperty) -> Any:
    rooms = [room.ref for room in place.rooms if room.kind == "room_type"][:1]
    first = date.today() + timedelta(days=30)
    return list(case.provider.read_offers(session, place.ref, rooms, first, first + timedelta(days=7)))


def _list_departures(case: Case, session: ProviderSession, place: ExternalProperty) -> Any:
    first = date.today()
    return list(case.provider.list_departures(session, first, first + timedelta(days=7)))


REACHES: dict[Capability, Reach] = {
    Capability.TEST_CONNECTION: _test,
    Capability.DISCOVER: _discover,
    Capability.PULL_RESERVATIONS: _pull,
    Capability.FETCH_RESERVATIONS: _fetch,
    Capability.LIST_DEPARTURES: _list_departures,
    Capability.READ_OFFERS: _read_offers,
}


def for_reaches() -> pytest.MarkDecorator:
    """Run the test for each provider and each of its ways to read; it gets ``case`` and ``reach``."""
    names = "case,reach"
    found = [
        pytest.param(case, reach, id=f"{case.slug}-{capability.value}")
        for capability, reach in REACHES.items()
        for case in cases(capability)
    ]
    return pytest.mark.parametrize(names, found or nobody(names, any_of=REACHES.keys()))
