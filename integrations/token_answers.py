"""What the answers of OAuth 2 token endpoints mean (RFC 6749, sections 5.1 and 5.2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from integrations.contracts import Tokens
from integrations.errors import (
    IntegrationError,
    Misconfigured,
    NeedsReconnect,
    RateLimited,
    Unreachable,
)
from integrations.http import Answer, retry_after, said

DEFAULT_LIFE = timedelta(hours=1)
#: Clocks differ and answers travel: a token counts as over this much before its end, short lives proportionally.
CLOCK_MARGIN = timedelta(seconds=30)

_DEAD_GRANT = frozenset({"invalid_grant", "invalid_code"})
_WRONG_APPLICATION = frozenset(
    {
        "invalid_client",
        "unauthorized_client",
        "invalid_client_secret",
        "unsupported_grant_type",
        "invalid_scope",
        "invalid_redirect_uri",
        "redirect_uri_mismatch",
    }
)


def explain_token_answer(answer: Answer) -> IntegrationError | None:
    """The error in a token endpoint's answer, by body and status together; None when it holds no error.

    Also looks at 2xx answers, because some providers put their errors there. What is neither a dead grant nor a wrong
    registration for certain is transient: a grant is never given up for a broken proxy.
    """
    body = _object(answer)
    error = body.get("error")
    code = error.lower() if isinstance(error, str) else ""
    sentence = said(answer)
    if code in _DEAD_GRANT:
        return NeedsReconnect(sentence, status=answer.status)
    if code in _WRONG_APPLICATION or code.startswith("redirect_uri"):
        return Misconfigured(sentence, status=answer.status)
    if answer.status < 400:
        return Unreachable(sentence, status=answer.status) if error else None
    if answer.status == 429:
        return RateLimited(sentence, status=429, until=retry_after(answer))
    if answer.status in (401, 404, 405):
        return Misconfigured(sentence, status=answer.status)
    return Unreachable(sentence, status=answer.status)


def read_tokens(answer: Answer, *, requested_at: datetime) -> Tokens:
    """The tokens of a 2xx answer; ``requested_at`` is the moment before the call (UTC).

    Raises the error that the answer holds instead, or :class:`Unreachable` when it holds no token.
    """
    error = explain_token_answer(answer)
    if error is not None:
        raise error
    body = _object(answer)
    access, refresh = body.get("access_token"), body.get("refresh_token")
    if not isinstance(access, str) or not access:
        raise Unreachable("the answer holds no access token", status=answer.status)
    life = _life(body.get("expires_in"))
    return Tokens(
        access_token=access,
        refresh_token=refresh if isinstance(refresh, str) and refresh else None,
        expires_at=requested_at + life - min(CLOCK_MARGIN, life / 10),
    )


def _object(answer: Answer) -> dict[str, Any]:
    try:
        body = answer.json()
    except IntegrationError:
        return {}
    return body if isinstance(body, dict) else {}


def _life(value: Any) -> timedelta:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return DEFAULT_LIFE
    return timedelta(seconds=seconds) if 0 < seconds < 10**9 else DEFAULT_LIFE
