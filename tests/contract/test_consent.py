"""The consent page is asked for what the standard asks, and a code that nobody gave opens nothing."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.applications import application_for, redirect_uri
from integrations.contracts import Capability
from integrations.errors import IntegrationError, Unreachable
from integrations.http import application_session
from integrations.models import Connection
from integrations.sandbox import Sandbox
from tests.contract.cases import Case, for_providers

STATE = "a-state-nobody-guesses-0042"


@for_providers(Capability.AUTHORIZE)
def test_the_consent_page_gets_our_state_and_address_and_no_secret(case: Case, sandbox: Sandbox, db) -> None:
    application = application_for(case.slug)

    address = case.provider.authorize(application, state=STATE, redirect_uri=redirect_uri(case.slug))

    sent = [value for values in parse_qs(urlsplit(address).query).values() for value in values]
    assert STATE in sent
    assert redirect_uri(case.slug) in sent
    secret = {field.name for field in case.declaration.application_fields if field.secret}
    assert not any(application.credentials[name] in address for name in secret)


@for_providers(Capability.EXCHANGE_CODE)
def test_a_consent_gives_access_that_can_be_used(case: Case, connection: Connection) -> None:
    assert connection.credentials["access_token"]
    assert connection.token_expires_at is not None


@for_providers(Capability.EXCHANGE_CODE)
def test_a_code_that_nobody_gave_opens_nothing(case: Case, sandbox: Sandbox, db) -> None:
    with application_session(case.slug) as session, pytest.raises(IntegrationError) as raised:
        exchange(case, session)

    assert not isinstance(raised.value, Unreachable)


@for_providers(Capability.EXCHANGE_CODE)
def test_trouble_while_a_code_is_exchanged_is_told_as_trouble(case: Case, sandbox: Sandbox, db) -> None:
    sandbox.fail_next(1_000, 503)
    with application_session(case.slug) as session, pytest.raises(Unreachable):
        exchange(case, session)

    # A code is good for one try, so it is not sent again.
    assert len(sandbox.requests()) == 1


def exchange(case: Case, session: object) -> object:
    application = application_for(case.slug)
    return case.provider.exchange_code(
        session, application, code="nobody-gave-this", redirect_uri=redirect_uri(case.slug)
    )
