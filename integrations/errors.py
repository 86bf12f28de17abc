"""What can go wrong with the outside world, and, in one table, what each of it means.

Provider clients raise these and nothing else; shared code never looks at a status code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class IntegrationError(Exception):
    """Something between us and a provider failed. ``detail`` is the provider's own sentence, without secrets."""

    code: ClassVar[str] = "failed"

    def __init__(self, detail: str = "", *, status: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail[:500]
        self.status = status


class Unreachable(IntegrationError):
    """No answer, a server error, or an answer cut short: trying again later may help."""

    code = "unreachable"


class RateLimited(IntegrationError):
    """The provider asks us to wait; ``until`` when it said how long."""

    code = "rate_limited"

    def __init__(self, detail: str = "", *, status: int | None = None, until: datetime | None = None) -> None:
        super().__init__(detail, status=status)
        self.until = until


class TokenExpired(IntegrationError):
    """The access token is old: refresh once, repeat once. Never leaves :class:`integrations.http.ProviderSession`."""

    code = "token_expired"


class NeedsReconnect(IntegrationError):
    """The grant is gone or does not cover this: only a person can renew it."""

    code = "needs_reconnect"


class Misconfigured(IntegrationError):
    """The application's credentials, address or contract are wrong: an operator must act."""

    code = "misconfigured"


class Rejected(IntegrationError):
    """The provider understood and refused this request for good."""

    code = "rejected"


class Missing(IntegrationError):
    """The named object does not exist (any more)."""

    code = "missing"


class PropertyClosed(IntegrationError):
    """The account opens others of its properties and these, ``property_refs``, no more: a person must act, and what
    concerns the others is done.
    """

    code = "property_closed"

    def __init__(
        self, detail: str = "", *, status: int | None = None, property_refs: Sequence[str] = ()
    ) -> None:
        super().__init__(detail, status=status)
        self.property_refs = tuple(property_refs)


class ProtocolBroken(IntegrationError):
    """The answer is not what the protocol promises (HTML with 200, wrong shape, too large)."""

    code = "protocol_broken"


class ForbiddenAddress(IntegrationError):
    """The address points into a private network."""

    code = "forbidden_address"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What to do about an error: try again by itself?, which status the connection shows, what a person reads."""

    retry: bool
    connection_status: str | None
    sentence: Text
    remedy: Text


_WAIT = _("Nothing to do: we try again by ourselves.")

MEANINGS: dict[type[IntegrationError], Meaning] = {
    Unreachable: Meaning(True, "error", _("The other side did not answer."), _WAIT),
    RateLimited: Meaning(True, None, _("The other side asked us to slow down."), _WAIT),
    TokenExpired: Meaning(True, None, _("The access had to be renewed."), _WAIT),
    NeedsReconnect: Meaning(
        False,
        "needs_reauth",
        _("The permission to read this account has ended."),
        _("Press Reconnect and sign in at the other side again."),
    ),
    Misconfigured: Meaning(
        False,
        "error",
        _("The registration of Llavero at the other side is not right."),
        _("Ask the operator of Llavero to check the application's credentials."),
    ),
    Rejected: Meaning(
        False,
        "error",
        _("The other side refused the request."),
        _("Open the log to read why, correct it and try again."),
    ),
    Missing: Meaning(
        False,
        None,
        _("The other side does not have it any more."),
        _("Check at the other side whether it was deleted."),
    ),
    PropertyClosed: Meaning(
        False,
        None,
        _("The other side does not open one of the properties any more."),
        _("Allow the property there again, or stop using it here."),
    ),
    ProtocolBroken: Meaning(True, "error", _("The other side sent something that we cannot read."), _WAIT),
    ForbiddenAddress: Meaning(
        False,
        "error",
        _("The address leads into a private network, which is not allowed."),
        _("Correct the address in the settings of the connection."),
    ),
}

#: Waiting times between tries of background work, in order; the last one repeats.
RETRY_DELAYS = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
)


def meaning_of(error: IntegrationError) -> Meaning:
    """The row of the table for ``error``; a plain :class:`IntegrationError` counts as refused."""
    return MEANINGS.get(type(error), MEANINGS[Rejected])


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after the ``attempts``-th failed try (counted from 1)."""
    return RETRY_DELAYS[min(max(attempts, 1), len(RETRY_DELAYS)) - 1]
