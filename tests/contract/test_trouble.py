"""What a client makes of a bad day at the other side: the right error, after a bounded number of tries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from integrations import connections, http
from integrations.contracts import Capability, ExternalProperty
from integrations.errors import (
    IntegrationError,
    Misconfigured,
    NeedsReconnect,
    ProtocolBroken,
    RateLimited,
    Unreachable,
)
from integrations.http import ProviderSession, session_for
from integrations.models import Alert, Connection, ConnectionStatus
from integrations.sandbox import Sandbox
from tests.contract.cases import Case, for_providers
from tests.contract.reaching import Reach, for_reaches

FOR_EVER = 1_000
#: One call and its repetitions.
TRIES = 1 + len(http.RETRY_WAITS)


@dataclass(frozen=True)
class Fault:
    arm: Callable[[Sandbox], None]
    error: type[IntegrationError]
    tries: int = 1


def answering(status: int, body: str | None) -> Callable[[Sandbox], None]:
    return lambda sandbox: sandbox.fail_next(FOR_EVER, status, body)


FAULTS = {
    "storm-of-500": Fault(answering(500, None), Unreachable, TRIES),
    "page-of-a-proxy-with-503": Fault(answering(503, "<html>Maintenance</html>"), Unreachable, TRIES),
    "closed-without-an-answer": Fault(answering(0, None), Unreachable, TRIES),
    "slow-down-429": Fault(answering(429, "Slow down"), RateLimited),
    "web-page-with-200": Fault(answering(200, "<!DOCTYPE html><html>Sign in</html>"), ProtocolBroken),
    "nothing-with-200": Fault(answering(200, ""), ProtocolBroken),
    "cut-short-with-200": Fault(answering(200, '{"data": [{"id": 1'), ProtocolBroken),
    "another-shape-with-200": Fault(answering(200, '{"data": {"id": 1}, "status": "ok"}'), ProtocolBroken),
    "too-deep-with-200": Fault(answering(200, "[" * 100_000), ProtocolBroken),
}


@pytest.fixture
def place(case: Case, session: ProviderSession, sandbox: Sandbox) -> ExternalProperty:
    """A property that exists at the other side."""
    found = case.provider.discover(session)[0] if case.can(Capability.DISCOVER) else ExternalProperty("1", "")
    sandbox.clear_requests()
    return found


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@for_reaches()
def test_trouble_has_its_name_and_is_not_insisted_on(
    case: Case,
    reach: Reach,
    session: ProviderSession,
    sandbox: Sandbox,
    place: ExternalProperty,
    fault: Fault,
) -> None:
    fault.arm(sandbox)

    with pytest.raises(IntegrationError) as raised:
        reach(case, session, place)

    assert type(raised.value) is fault.error
    assert 1 <= len(sandbox.requests()) <= fault.tries


@for_reaches()
def test_a_slow_answer_is_not_waited_for(
    case: Case, reach: Reach, session: ProviderSession, sandbox: Sandbox, place: ExternalProperty, settings
) -> None:
    settings.OUTSIDE_READ_SECONDS = 0.05
    sandbox.slow(60)

    with pytest.raises(Unreachable):
        reach(case, session, place)

    assert len(sandbox.requests()) <= TRIES


@for_reaches()
def test_one_bad_moment_is_overcome(
    case: Case, reach: Reach, session: ProviderSession, sandbox: Sandbox, place: ExternalProperty
) -> None:
    sandbox.fail_next(1, 500)

    reach(case, session, place)

    assert sandbox.failures_left == 0


@for_providers(Capability.TEST_CONNECTION)
def test_a_used_up_quota_asks_to_wait(case: Case, session: ProviderSession, sandbox: Sandbox) -> None:
    if not hasattr(case.hook, "use_up_quota"):
        pytest.skip("its sandbox has no quota")
    case.hook.use_up_quota(sandbox)

    with pytest.raises(RateLimited):
        case.provider.test_connection(session)

    assert len(sandbox.requests()) == 1


@for_providers(Capability.TEST_CONNECTION)
def test_a_refused_account_asks_a_person_once(case: Case, connection: Connection, sandbox: Sandbox) -> None:
    sandbox.fail_next(FOR_EVER, 401)

    for _ in range(3):
        connections.test_connection(connection=connection)

    connection.refresh_from_db()
    assert connection.status == ConnectionStatus.NEEDS_REAUTH
    alert = Alert.objects.get(resolved_at=None)
    assert alert.code == "needs_reconnect"
    # A refusal may cost a refresh and one repetition, the first time.
    assert len(sandbox.requests()) <= 6


@for_providers(Capability.TEST_CONNECTION)
def test_a_refusal_is_never_taken_for_passing_trouble(
    case: Case, session: ProviderSession, sandbox: Sandbox
) -> None:
    sandbox.fail_next(FOR_EVER, 401)

    with pytest.raises((NeedsReconnect, Misconfigured)):
        case.provider.test_connection(session)


#: Where access is given by a token, however that is renewed.
RENEWING = (Capability.REFRESH_TOKEN, Capability.ISSUE_TOKEN)


class TestAccessTokens:
    @for_providers(Capability.TEST_CONNECTION, any_of=RENEWING)
    def test_a_token_that_is_over_is_renewed_before_it_is_used(
        self, case: Case, connection: Connection, sandbox: Sandbox
    ) -> None:
        connection.token_expires_at = datetime.now(UTC) - timedelta(hours=1)
        connection.save()

        assert self.renewals(case, connection) == 1

    @for_providers(Capability.TEST_CONNECTION, any_of=RENEWING)
    def test_a_token_that_the_other_side_refuses_is_renewed_once(
        self, case: Case, connection: Connection, sandbox: Sandbox
    ) -> None:
        connection.credentials = {**connection.credentials, "access_token": "nobody-knows-this-token"}
        connection.save()

        assert self.renewals(case, connection) == 1

    @for_providers(Capability.TEST_CONNECTION, any_of=RENEWING)
    def test_a_new_token_is_good_for_a_time_that_is_told(
        self, case: Case, connection: Connection, sandbox: Sandbox
    ) -> None:
        connection.credentials = {**connection.credentials, "access_token": "nobody-knows-this-token"}
        connection.token_expires_at = None
        connection.save()

        assert self.renewals(case, connection) == 1
        assert connection.token_expires_at is not None
        assert connection.token_expires_at > datetime.now(UTC)

    @for_providers(Capability.TEST_CONNECTION, any_of=RENEWING)
    def test_a_grant_that_is_gone_is_not_asked_for_again_and_again(
        self, case: Case, connection: Connection, sandbox: Sandbox
    ) -> None:
        typed_in = {field.name for field in case.declaration.credential_fields if field.secret}
        connection.credentials = {
            **connection.credentials,
            **dict.fromkeys(("access_token", "refresh_token", *typed_in), "nobody-knows-this"),
        }
        connection.save()
        with session_for(connection) as session:
            for _ in range(3):
                with pytest.raises(NeedsReconnect):
                    case.provider.test_connection(session)

        assert len(sandbox.requests()) <= 4

    @for_providers(Capability.TEST_CONNECTION, any_of=RENEWING)
    def test_trouble_while_a_token_is_renewed_costs_no_grant(
        self, case: Case, connection: Connection, sandbox: Sandbox
    ) -> None:
        connection.token_expires_at = datetime.now(UTC) - timedelta(hours=1)
        connection.save()
        sandbox.fail_next(FOR_EVER, 503)
        with session_for(connection) as session, pytest.raises(Unreachable):
            case.provider.test_connection(session)
        sandbox.clear_switches()

        connection.refresh_from_db()
        assert connection.status == ConnectionStatus.CONNECTED
        assert self.renewals(case, connection) == 1

    @for_providers(Capability.REVOKE_TOKEN, Capability.TEST_CONNECTION)
    def test_a_token_that_was_ended_opens_nothing_and_may_be_ended_again(
        self, case: Case, connection: Connection, sandbox: Sandbox
    ) -> None:
        for _ in range(2):
            with session_for(connection) as session:
                case.provider.revoke_token(session)

        assert self.renewals(case, connection) == 1

    @staticmethod
    def renewals(case: Case, connection: Connection) -> int:
        """How often the token was renewed for three calls that all worked."""
        before = connection.token_version
        with session_for(connection) as session:
            for _ in range(3):
                case.provider.test_connection(session)
        connection.refresh_from_db()
        return connection.token_version - before
