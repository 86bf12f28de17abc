"""The other side tells us what happens, once, however often it was asked to; and nothing when asked to stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from integrations.accounts import webhook_login_of
from integrations.applications import application_for
from integrations.contracts import Capability, WebhookRequest
from integrations.errors import RateLimited, Unreachable
from integrations.http import ProviderSession, session_for
from integrations.models import Connection
from integrations.sandbox import Sandbox
from integrations.subscriptions import make_webhook_login
from tests.contract.cases import Case, for_providers
from tests.integrations.outside import Outside, reply

PATH, OTHER = "/hooks/ours/an-address-nobody-guesses/", "/another-program/"


@pytest.fixture
def outside() -> Iterator[Outside]:
    """Two receivers that take whatever comes."""
    with Outside() as outside:
        for path in (PATH, OTHER):
            outside.answer(path, reply(200))
        yield outside


@pytest.fixture
def session(connection: Connection) -> Iterator[ProviderSession]:
    """A session that knows what deliveries must carry."""
    make_webhook_login(connection)
    with session_for(connection) as session:
        yield session


def subscribe(case: Case, session: ProviderSession, url: str) -> object:
    return case.provider.subscribe_webhooks(session, application_for(case.slug), url=url)


def unsubscribe(case: Case, session: ProviderSession, url: str) -> None:
    case.provider.unsubscribe_webhooks(session, application_for(case.slug), url=url)


def told(case: Case, sandbox: Sandbox, connection: Connection, outside: Outside, path: str) -> Counter[str]:
    """How often each event arrives at ``path`` when something happens: by the key that repetitions have in common."""
    outside.seen.clear()
    case.hook.happen(sandbox)
    login, password = webhook_login_of(connection)
    requests = [
        WebhookRequest(seen.method, seen.headers, seen.body, login, password) for seen in outside.calls(path)
    ]
    return Counter(case.provider.receive_webhook(request).dedupe_key for request in requests)


@for_providers(Capability.SUBSCRIBE_WEBHOOKS)
def test_a_change_is_told_once_however_often_we_subscribe(
    case: Case, connection: Connection, session: ProviderSession, sandbox: Sandbox, outside: Outside
) -> None:
    first = subscribe(case, session, outside.url + PATH)
    once = told(case, sandbox, connection, outside, PATH)
    second = subscribe(case, session, outside.url + PATH)
    again = told(case, sandbox, connection, outside, PATH)

    assert first == second
    assert set(once.values()) == set(again.values()) == {1}
    assert len(again) == len(once)
    assert not once.keys() & again.keys()


@for_providers(Capability.SUBSCRIBE_WEBHOOKS)
def test_what_is_remembered_of_a_subscription_holds_no_secret(
    case: Case, connection: Connection, session: ProviderSession, outside: Outside
) -> None:
    remembered = str(subscribe(case, session, outside.url + PATH))

    secrets = [*application_for(case.slug).credentials.values(), *webhook_login_of(connection)[1:]]
    assert [secret[:4] for secret in secrets if len(secret) > 8 and secret in remembered] == []


@for_providers(Capability.UNSUBSCRIBE_WEBHOOKS)
def test_unsubscribing_ends_it_and_may_be_repeated(
    case: Case, connection: Connection, session: ProviderSession, sandbox: Sandbox, outside: Outside
) -> None:
    unsubscribe(case, session, outside.url + PATH)
    subscribe(case, session, outside.url + PATH)

    for _ in range(2):
        unsubscribe(case, session, outside.url + PATH)
        assert told(case, sandbox, connection, outside, PATH) == {}

    subscribe(case, session, outside.url + PATH)
    assert told(case, sandbox, connection, outside, PATH)


@for_providers(Capability.UNSUBSCRIBE_WEBHOOKS)
def test_only_the_named_address_is_unsubscribed(
    case: Case, connection: Connection, session: ProviderSession, sandbox: Sandbox, outside: Outside
) -> None:
    subscribe(case, session, outside.url + OTHER)

    unsubscribe(case, session, outside.url + PATH)

    assert told(case, sandbox, connection, outside, OTHER)


@pytest.mark.parametrize(("status", "error"), [(429, RateLimited), (500, Unreachable), (0, Unreachable)])
@for_providers(Capability.SUBSCRIBE_WEBHOOKS, Capability.UNSUBSCRIBE_WEBHOOKS)
def test_trouble_has_its_name(
    case: Case,
    session: ProviderSession,
    sandbox: Sandbox,
    outside: Outside,
    status: int,
    error: type[Exception],
) -> None:
    sandbox.fail_next(1_000, status, "Slow down" if status == 429 else None)

    for call in (subscribe, unsubscribe):
        with pytest.raises(error):
            call(case, session, outside.url + PATH)
