"""What Hostaway's answers mean: an envelope around every result, and 403 for an access token that is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from integrations.contracts import UnreadablePayload
from integrations.errors import (
    IntegrationError,
    Missing,
    NeedsReconnect,
    ProtocolBroken,
    RateLimited,
    Rejected,
    TokenExpired,
)
from integrations.payloads import load_json
from integrations.providers.hostaway.reading import error_sentence

if TYPE_CHECKING:
    from integrations.http import Answer


def explain(answer: Answer) -> IntegrationError | None:
    """The error in an answer to a data call; None leaves the usual meaning of its status.

    403 is what an old token gets, and a right that the account does not have: a new token tells which it was.
    """
    if answer.status in (429, *range(500, 600)):
        return None
    sentence = _sentence(answer)
    if answer.status in (401, 403):
        return TokenExpired(sentence, status=answer.status)
    return (Missing if answer.status == 404 else Rejected)(sentence, status=answer.status)


def explain_token(answer: Answer) -> IntegrationError | None:
    """The error in the answer to account id and secret; asking too often is no sign of wrong ones."""
    # GUESS: clients expect 401. How an id that is no number is refused is not written, so 400 and 422 count too:
    # nothing but id and secret differs from one call to the next.
    if answer.status in (400, 401, 403, 422):
        return NeedsReconnect(_sentence(answer), status=answer.status)
    return None


def envelope_of(answer: Answer) -> Mapping[str, Any]:
    """The envelope of a successful answer. Raises :class:`Rejected` or :class:`RateLimited` when it says that the call
    failed, which may come with status 200, and :class:`ProtocolBroken` when it is none."""
    value = object_of(answer)
    if value.get("status") == "fail":
        error = RateLimited if "result" not in value and "message" in value else Rejected
        raise error(error_sentence(value), status=answer.status)
    if value.get("status") != "success":
        raise ProtocolBroken("the answer has no status", status=answer.status)
    return value


def object_of(answer: Answer) -> Mapping[str, Any]:
    """The object that an answer holds. Raises :class:`ProtocolBroken`."""
    try:
        value = load_json(answer.body)
    except UnreadablePayload as unreadable:
        raise ProtocolBroken(str(unreadable), status=answer.status) from None
    if not isinstance(value, dict):
        raise ProtocolBroken("an object was expected", status=answer.status)
    return value


def _sentence(answer: Answer) -> str:
    try:
        value = load_json(answer.body)
    except UnreadablePayload:
        value = None
    return error_sentence(value) if isinstance(value, dict) else f"HTTP {answer.status}"
