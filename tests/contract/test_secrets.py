"""Whatever the other side answers, even our own secrets: none of them is in an error, a row or a log line."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from integrations import connections, subscriptions
from integrations.applications import application_for
from integrations.contracts import Capability
from integrations.errors import IntegrationError
from integrations.http import ProviderSession
from integrations.models import Alert, Connection, Exchange, LogEntry, SyncRun
from integrations.sandbox import Sandbox
from integrations.sync import execute_run, request_run
from tests.contract.cases import Case, for_providers

STATUSES = (400, 401, 403, 404, 422, 429, 500)


def secrets_of(case: Case, connection: Connection) -> list[str]:
    """Every secret that a call for ``connection`` may carry."""
    found = [value for value in connection.credentials.values() if _is_secret(value)]
    declared = {field.name for field in case.declaration.application_fields if field.secret}
    application = application_for(case.slug)
    found += [value for name, value in application.credentials.items() if name in declared]
    if case.can(Capability.RECEIVE_WEBHOOK):
        found.append(_webhook_token(connection))
    return found


def _webhook_token(connection: Connection) -> str:
    return subscriptions.webhook_address(connection).rstrip("/").rpartition("/")[2]


def _is_secret(value: object) -> bool:
    if not isinstance(value, str) or len(value) < 8:
        return False
    try:
        datetime.fromisoformat(value)  # when a token was obtained is stored beside it
    except ValueError:
        return True
    return False


def chatty(case: Case, connection: Connection) -> str:
    """An error body that repeats everything it was told; of the webhook's token it knows the whole address."""
    said = " and ".join(secrets_of(case, connection))
    if case.can(Capability.RECEIVE_WEBHOOK):
        said = said.replace(_webhook_token(connection), subscriptions.webhook_address(connection))
    return json.dumps(
        {"error": said, "message": said, "error_description": said, "detail": said, "type": said}
    )


def rows() -> Iterator[Any]:
    for model in (Exchange, LogEntry, Alert, SyncRun):
        yield from model.objects.values()
    yield from Connection.objects.values("error_code", "error_detail", "subscription", "catalogue", "cursor")


def shown(text: str, secrets: list[str]) -> list[str]:
    return [secret[:4] + "…" for secret in secrets if secret in text]


@pytest.mark.parametrize("status", STATUSES)
@for_providers(Capability.TEST_CONNECTION)
def test_an_error_never_repeats_a_secret(
    case: Case, connection: Connection, session: ProviderSession, sandbox: Sandbox, status: int
) -> None:
    secrets = secrets_of(case, connection)
    assert secrets
    sandbox.fail_next(100, status, chatty(case, connection))

    with pytest.raises(IntegrationError) as raised:
        case.provider.test_connection(session)

    error = raised.value
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + repr(session)
    assert shown(told, secrets) == []


@for_providers(Capability.TEST_CONNECTION)
def test_rows_and_logs_hold_no_secret_after_a_good_and_a_bad_day(
    case: Case, connection: Connection, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = secrets_of(case, connection)
    caplog.set_level(logging.DEBUG)

    for status in (None, *STATUSES):
        if status is not None:
            sandbox.clear_switches()
            sandbox.fail_next(100, status, chatty(case, connection))
        connections.test_connection(connection=connection)
        if case.can(Capability.DISCOVER):
            connections.discover(connection=connection)
        if case.can(Capability.PULL_RESERVATIONS) and connection.is_live:
            execute_run(request_run(connection=connection, kind=SyncRun.Kind.PULL).pk)
        connection.refresh_from_db()

    assert Exchange.objects.count() > len(STATUSES)
    assert LogEntry.objects.exists()
    assert "outside_call" in caplog.text
    assert shown(str(list(rows())), secrets) == []
    assert shown(caplog.text, secrets) == []
