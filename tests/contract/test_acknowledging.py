"""What is safely stored does not come again, and everything else does."""

from __future__ import annotations

import pytest

from integrations.contracts import Capability, MessageKind, Page, ReadContext, Taken
from integrations.errors import RateLimited, Unreachable
from integrations.http import ProviderSession
from integrations.sandbox import Sandbox
from tests.contract.cases import Case, for_providers
from tests.contract.reaching import window


def waiting(case: Case, session: ProviderSession) -> list[Page]:
    """The pages that wait to be acknowledged, none of which is."""
    refs = case.property_refs(session)
    pages = [page for page in case.provider.pull_reservations(session, window(*refs)) if page.queue]
    assert pages, "nothing waits in the sandbox that could be acknowledged"
    return pages


def ids_of(case: Case, *pages: Page) -> list[str]:
    """The bookings on ``pages``, as they are acknowledged."""
    context = ReadContext(kind=MessageKind.POLL)
    return [record.external_id for page in pages for record in case.provider.read(page.body, context).records]


@for_providers(Capability.ACKNOWLEDGE)
def test_what_was_taken_does_not_come_back_and_the_rest_does(case: Case, session: ProviderSession) -> None:
    pages = waiting(case, session)
    page = max(pages, key=lambda page: page.items)
    on_page = ids_of(case, page)
    taken, left = on_page[::2], on_page[1::2]
    assert taken
    assert left, "the sandbox has only one booking that waits"

    case.provider.acknowledge(session, Taken(page, tuple(taken)))

    again = [one for one in waiting(case, session) if one.queue == page.queue]
    assert not set(taken) & set(ids_of(case, *again))
    assert set(left) <= set(ids_of(case, *again))


@for_providers(Capability.ACKNOWLEDGE)
def test_what_was_not_acknowledged_comes_again(case: Case, session: ProviderSession) -> None:
    assert ids_of(case, *waiting(case, session)) == ids_of(case, *waiting(case, session))


@for_providers(Capability.ACKNOWLEDGE)
def test_nothing_taken_acknowledges_nothing(case: Case, session: ProviderSession) -> None:
    pages = waiting(case, session)

    case.provider.acknowledge(session, Taken(pages[0], ()))

    assert ids_of(case, *waiting(case, session)) == ids_of(case, *pages)


@for_providers(Capability.ACKNOWLEDGE)
def test_acknowledging_again_is_harmless(case: Case, session: ProviderSession) -> None:
    page = max(waiting(case, session), key=lambda page: page.items)
    taken = Taken(page, tuple(ids_of(case, page)[::2]))

    case.provider.acknowledge(session, taken)
    before = ids_of(case, *waiting(case, session))
    case.provider.acknowledge(session, taken)

    assert ids_of(case, *waiting(case, session)) == before


@pytest.mark.parametrize(("status", "error"), [(429, RateLimited), (500, Unreachable), (0, Unreachable)])
@for_providers(Capability.ACKNOWLEDGE)
def test_trouble_has_its_name_and_loses_nothing(
    case: Case, session: ProviderSession, sandbox: Sandbox, status: int, error: type[Exception]
) -> None:
    pages = waiting(case, session)
    sandbox.fail_next(1_000, status, "Slow down" if status == 429 else None)
    with pytest.raises(error):
        case.provider.acknowledge(session, Taken(pages[0], tuple(ids_of(case, pages[0]))))
    sandbox.clear_switches()

    assert ids_of(case, *waiting(case, session)) == ids_of(case, *pages)
