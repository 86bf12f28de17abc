"""What Octorate's error answers mean: by the ``type`` in the body, since 403 alone has four meanings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from integrations.contracts import UnreadablePayload
from integrations.errors import (
    IntegrationError,
    Misconfigured,
    Missing,
    NeedsReconnect,
    PropertyClosed,
    ProtocolBroken,
    RateLimited,
    Rejected,
    TokenExpired,
    Unreachable,
)
from integrations.payloads import load_json
from integrations.providers.octorate.reading import error_sentence, is_error_body
from integrations.providers.octorate.values import mapping_of, text_of

if TYPE_CHECKING:
    from integrations.http import Answer

BY_TYPE: Mapping[str, type[IntegrationError]] = {
    "ApiParamsExemption": Rejected,
    "JsonParseExemption": Rejected,
    "ApiValidationFailed": Rejected,
    "ApiKeyMissing": TokenExpired,
    "ApiKeyInvalid": TokenExpired,
    # Not in the official glossary; seen in live use for an access token that is over.
    "ApiLoginExpired": TokenExpired,
    # No grant on that property: a fresh token would be refused as well, so nothing is refreshed.
    "ApiSecurityException": NeedsReconnect,
    "ApiQuotaException": RateLimited,
    # Octorate's own spelling: a sandbox application calling production, or the reverse.
    "WrongEnviroment": Misconfigured,
    "WrongEnvironment": Misconfigured,
    "ApiResourceMissing": Missing,
    "ApiResourceEmpty": Missing,
    "InternalServerError": Unreachable,
    "ApiServerException": Unreachable,
    "ApiPartnerServerError": Unreachable,
}
#: The sentence of the application server under the API when a role is missing.
_NOT_ALLOWED = "Caller not in requested role"
_CLIENT_FIELDS = frozenset({"client_id", "client_secret", "grant_type", "redirect_uri"})


def explain(answer: Answer) -> IntegrationError | None:
    """The error in an answer of the API; None leaves the usual meaning of its status."""
    body = _error_body(answer)
    kind = BY_TYPE.get(str(body.get("type")))
    if kind is not None:
        return kind(error_sentence(body), status=answer.status)
    if answer.status == 404 and not body:
        # An object that is gone is told in JSON; a bare 404 means that the address itself is wrong.
        return Misconfigured("HTTP 404 without an explanation: the address is wrong", status=404)
    if answer.status == 422:
        return Missing(_sentence(body, answer), status=422)
    if answer.status == 403 and not body:
        # A proxy or a firewall speaks, not Octorate; no grant is given up for that.
        return Unreachable("HTTP 403 without an explanation", status=403)
    return None


def explain_of_property(answer: Answer) -> IntegrationError | None:
    """The error in an answer about one property: having no grant on it says nothing of the account's others."""
    error = explain(answer)
    return PropertyClosed(error.detail, status=error.status) if isinstance(error, NeedsReconnect) else error


class CalendarRefused(Rejected):
    """A bulk write of the calendar was refused with ``answer``; ``forbidden`` when any other would be refused too."""

    def __init__(self, sentence: str, *, answer: Answer, forbidden: bool = False) -> None:
        super().__init__(sentence, status=answer.status)
        self.answer = answer
        self.forbidden = forbidden


def explain_calendar(answer: Answer) -> IntegrationError | None:
    """The error in the answer to a bulk write: :class:`CalendarRefused` for what is the fault of its items or of the
    application's contract, which costs no grant and says nothing against reading."""
    body = _error_body(answer)
    error = explain(answer)
    if answer.status == 403:
        # Seen for a contract without the right to write: a sentence of the server, not one of the API's types.
        if isinstance(error, NeedsReconnect) or (error is None and body) or _NOT_ALLOWED in answer.text:
            return CalendarRefused(_sentence(body, answer), answer=answer, forbidden=True)
        return error
    if isinstance(error, Rejected | Missing):
        return CalendarRefused(error.detail, answer=answer)
    if error is None and 400 <= answer.status < 500 and answer.status not in (401, 429):
        return CalendarRefused(_sentence(body, answer), answer=answer)
    return error


def refusal_in(answer: Answer) -> str:
    """What an answer below 400 to a bulk write complains of; empty when it complains of nothing.

    The body is not documented. Seen in live use: ``{"process": [1], "success": true}``. Raises
    :class:`ProtocolBroken` for what is neither empty nor JSON, since then it was not the API that answered, and the
    passing trouble that an error in it tells of.
    """
    if not answer.body.strip():
        return ""
    try:
        value = load_json(answer.body)
    except UnreadablePayload as unreadable:
        raise ProtocolBroken(str(unreadable), status=answer.status) from None
    for part in value if isinstance(value, list) else [value]:
        # GUESS: a write that failed says so with success, or is an error object, as other calls have it.
        if is_error_body(part) or mapping_of(part).get("success") is False:
            kind = BY_TYPE.get(str(part.get("type")))
            if kind in (RateLimited, Unreachable):
                raise kind(error_sentence(part), status=answer.status)
            return error_sentence(part)
    return ""


def explain_exchange(answer: Answer) -> IntegrationError | None:
    """The error in the answer to an authorization code."""
    body = _error_body(answer)
    if (shared := _explain_identity(body, answer)) is not None or not body:
        return shared
    if answer.status == 401:
        return Misconfigured(_sentence(body, answer), status=401)
    return Rejected(_sentence(body, answer), status=answer.status) if answer.status < 500 else None


def explain_refresh(answer: Answer) -> IntegrationError | None:
    """The error in the answer to a refresh token: a grant is given up for Octorate's own words only, never for those
    of a proxy. None leaves a limit, and the errors of the OAuth standard, to their usual meaning."""
    body = _error_body(answer)
    if (shared := _explain_identity(body, answer)) is not None:
        return shared
    if answer.status == 429 or text_of(body.get("error")):
        return None
    if answer.status in (404, 405):
        return Misconfigured(_sentence(body, answer), status=answer.status)
    # GUESS: how a dead refresh token is refused is not documented; 400, 401 and 403 with a type of theirs count.
    if answer.status in (400, 401, 403) and text_of(body.get("type")):
        return NeedsReconnect(_sentence(body, answer), status=answer.status)
    return Unreachable(_sentence(body, answer), status=answer.status)


def explain_application(answer: Answer) -> IntegrationError | None:
    """The error in an answer to the application itself: no hotel's grant is involved, so an operator must act."""
    error = explain(answer)
    if isinstance(error, TokenExpired | NeedsReconnect):
        return Misconfigured(error.detail, status=error.status)
    if error is None and answer.status in (401, 403):
        return Misconfigured(f"HTTP {answer.status}", status=answer.status)
    return error


def explain_login(answer: Answer) -> IntegrationError | None:
    """The error in the answer to the application's own id and secret."""
    error = explain_application(answer)
    return Misconfigured(error.detail, status=error.status) if isinstance(error, Rejected) else error


def _explain_identity(body: Mapping[str, Any], answer: Answer) -> IntegrationError | None:
    kind = BY_TYPE.get(str(body.get("type")))
    if kind in (RateLimited, Misconfigured, Unreachable):
        return kind(error_sentence(body), status=answer.status)
    if {body.get("element"), body.get("machine_name")} & _CLIENT_FIELDS:
        return Misconfigured(error_sentence(body), status=answer.status)
    return None


def _error_body(answer: Answer) -> Mapping[str, Any]:
    try:
        body = load_json(answer.body)
    except UnreadablePayload:
        return {}
    return body if isinstance(body, dict) else {}


def _sentence(body: Mapping[str, Any], answer: Answer) -> str:
    return error_sentence(body) if body else f"HTTP {answer.status}"
