"""One subscription of ours, whatever is there before, over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.errors import IntegrationError, Rejected
from integrations.http import ProviderSession
from integrations.models import Connection, ConnectionStatus
from integrations.providers.hostaway.provider import PROVIDER
from integrations.providers.hostaway.sandbox import HostawaySandbox

pytestmark = pytest.mark.django_db

OURS = "http://127.0.0.1:8000/hooks/hostaway/an-address-nobody-guesses/"
THEIRS = "http://127.0.0.1:8000/another-program/"
LOGIN = {"webhook_login": "llavero-7", "webhook_password": "made-up-for-this-connection"}


@pytest.fixture(autouse=True)
def _login(connection: Connection) -> None:
    connection.credentials = {**connection.credentials, **LOGIN}
    connection.save()


def subscribe(session: ProviderSession, url: str = OURS) -> dict[str, Any]:
    return PROVIDER.subscribe_webhooks(session, session.application, url=url)


def row(session: ProviderSession, url: str = OURS, **values: Any) -> str:
    """Make a subscription as somebody else would; its number."""
    body = {"isEnabled": 1, "url": url, "login": "x", "password": "y", **values}
    made = session.request("POST", f"{session.urls['api']}/webhooks/unifiedWebhooks", json=body)
    return str(made.json()["result"]["id"])


def test_an_account_without_one_gets_one(session: ProviderSession, sandbox: HostawaySandbox) -> None:
    told = subscribe(session)
    (webhook,) = sandbox.webhooks(10001)
    assert told == {"id": str(webhook.id)}
    assert (webhook.url, webhook.is_enabled) == (OURS, True)
    assert (webhook.login, webhook.password) == (LOGIN["webhook_login"], LOGIN["webhook_password"])


def test_subscribing_again_makes_no_second_one(session: ProviderSession, sandbox: HostawaySandbox) -> None:
    first = subscribe(session)
    sandbox.clear_requests()
    assert subscribe(session) == first
    assert len(sandbox.webhooks(10001)) == 1
    assert not sandbox.requests("POST")


def test_a_disabled_one_is_used_again_and_enabled(session: ProviderSession, sandbox: HostawaySandbox) -> None:
    first = subscribe(session)
    assert sandbox.disable_webhooks() == 1
    assert subscribe(session) == first
    (webhook,) = sandbox.webhooks(10001)
    assert webhook.is_enabled


def test_one_with_another_password_gets_ours(session: ProviderSession, sandbox: HostawaySandbox) -> None:
    number = row(session)
    assert subscribe(session) == {"id": number}
    (webhook,) = sandbox.webhooks(10001)
    assert (webhook.login, webhook.password) == (LOGIN["webhook_login"], LOGIN["webhook_password"])


def test_duplicates_of_ours_are_removed_and_those_of_others_left(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    row(session), row(session), row(session, THEIRS)
    subscribe(session)
    assert sorted(webhook.url for webhook in sandbox.webhooks(10001)) == [THEIRS, OURS]


def test_of_several_the_one_with_our_name_is_kept(session: ProviderSession, sandbox: HostawaySandbox) -> None:
    row(session)
    known = row(session, login=LOGIN["webhook_login"], alertingEmailAddress="desk@example.org")
    assert subscribe(session) == {"id": known}
    (webhook,) = sandbox.webhooks(10001)
    assert webhook.alerting_address == "desk@example.org"


def test_unsubscribing_removes_ours_only_and_may_be_repeated(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    row(session, THEIRS)
    subscribe(session)
    for _ in range(2):
        PROVIDER.unsubscribe_webhooks(session, session.application, url=OURS)
        assert [webhook.url for webhook in sandbox.webhooks(10001)] == [THEIRS]


def test_one_that_vanished_meanwhile_is_fine(session: ProviderSession, sandbox: HostawaySandbox) -> None:
    subscribe(session)
    sandbox.fail_next(1, 404, path_part="/unifiedWebhooks/")
    PROVIDER.unsubscribe_webhooks(session, session.application, url=OURS)


def test_an_account_without_the_right_to_webhooks_stays_connected(
    session: ProviderSession, connection: Connection, sandbox: HostawaySandbox
) -> None:
    sandbox.fail_next(9, 403, path_part="/unifiedWebhooks")
    with pytest.raises(Rejected):
        subscribe(session)
    connection.refresh_from_db()
    assert connection.status == ConnectionStatus.CONNECTED


def test_no_text_of_an_error_holds_the_password(session: ProviderSession, sandbox: HostawaySandbox) -> None:
    said = f'{{"status": "fail", "result": "refused {LOGIN["webhook_password"]}"}}'
    sandbox.fail_next(9, 400, said)
    with pytest.raises(IntegrationError) as raised:
        subscribe(session)
    assert LOGIN["webhook_password"] not in str(raised.value)
