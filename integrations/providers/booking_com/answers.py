"""What Booking.com's answers say: success, the single complaints in it, and the error of a refused call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from integrations.contracts import UnreadablePayload
from integrations.errors import (
    IntegrationError,
    Missing,
    NeedsReconnect,
    ProtocolBroken,
    Rejected,
    TokenExpired,
)
from integrations.payloads import load_json
from integrations.providers.booking_com import ota_xml
from integrations.redaction import redact_text
from integrations.values import mapping_of, objects_of, text_of

if TYPE_CHECKING:
    from integrations.http import Answer

LONGEST_SENTENCE = 300
#: "System error" in the OTA code list ERR.
SYSTEM_ERROR = "448"


@dataclass(frozen=True, slots=True)
class Complaint:
    """One error of an answer; ``record`` is the number of the part that it speaks of, empty for the whole."""

    sentence: str
    record: str = ""
    code: str = ""

    @property
    def is_passing(self) -> bool:
        """Whether their system failed, so that the same may be taken later."""
        return self.code == SYSTEM_ERROR


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message that was sent. ``request_id`` is the RUID that Booking.com's support asks for."""

    status: int
    complaints: tuple[Complaint, ...] = ()
    request_id: str = ""


def xml_of(answer: Answer) -> etree._Element:
    """The root of an answer in XML. Raises :class:`ProtocolBroken` when it is anything else."""
    try:
        return ota_xml.parse(answer.body)
    except UnreadablePayload as unreadable:
        raise ProtocolBroken(str(unreadable), status=answer.status) from None


def outcome_of(answer: Answer) -> Outcome:
    """What the answer to a message says, whether its status was good or not.

    A good status may come with errors for single parts (rates-availability-error-codes in the documentation), so both
    are always read. Raises :class:`ProtocolBroken` when a good status comes with something that is no XML.
    """
    if answer.status < 400:
        complaints = tuple(_complaints(xml_of(answer)))
    else:
        complaints = _complaints_in(answer) or (Complaint(f"HTTP {answer.status}"),)
    return Outcome(answer.status, complaints, ota_xml.ruid(answer.body) or "")


def sentence_of(answer: Answer) -> str:
    """The first complaint of an error answer in OTA XML, B.XML or JSON; ``HTTP <status>`` when it has none."""
    found = _complaints_in(answer)
    return found[0].sentence if found else f"HTTP {answer.status}"


def explain(answer: Answer) -> IntegrationError | None:
    """The error in an answer; None leaves waiting (429) and trouble at their end (5xx) their usual meaning."""
    error = ERRORS.get(answer.status)
    if error is None and 400 <= answer.status < 500 and answer.status != 429:
        error = Rejected
    return None if error is None else error(sentence_of(answer), status=answer.status)


def explain_refusals(answer: Answer) -> IntegrationError | None:
    """As :func:`explain`, for calls whose refusal says nothing against the account as a whole."""
    if answer.status == 403:
        return Rejected(sentence_of(answer), status=403)
    return explain(answer)


def explain_exchange(answer: Answer) -> IntegrationError | None:
    """The error in the answer to a client id and secret: these three statuses mean that they are wrong."""
    # GUESS: the body of such an answer is not documented; a "message" in JSON is looked for.
    if answer.status in (400, 401, 403):
        return NeedsReconnect(sentence_of(answer), status=answer.status)
    return explain(answer)


ERRORS: dict[int, Callable[..., IntegrationError]] = {401: TokenExpired, 403: NeedsReconnect, 404: Missing}


def _complaints_in(answer: Answer) -> tuple[Complaint, ...]:
    """The complaints of an error answer, whatever it is written in; none when it is neither XML nor JSON."""
    try:
        return tuple(_complaints(ota_xml.parse(answer.body)))
    except UnreadablePayload:
        pass
    try:
        return tuple(_json_complaints(load_json(answer.body)))
    except UnreadablePayload:
        return ()


def _complaints(root: etree._Element) -> Iterator[Complaint]:
    """OTA: ``Errors/Error``; B.XML: ``fault``. Warnings are no refusals and are left alone."""
    for error in root.iter("{*}Error"):
        said = error.get("ShortText") or (error.text or "").strip() or f"error {error.get('Code') or '?'}"
        code = (error.get("Code") or "").strip()
        yield Complaint(_short(said), (error.get("RecordID") or "").strip(), code)
    for fault in root.iter("{*}fault"):
        yield Complaint(_short(fault.get("string") or f"error {fault.get('code') or '?'}"))


def _json_complaints(body: Any) -> Iterator[Complaint]:
    """The Connections API lists ``errors``; the token exchange is taken to say ``message``."""
    body = mapping_of(body)
    for row in [*objects_of(body.get("errors")), body]:
        said = next(
            (text for name in ("message", "title", "detail") if (text := text_of(row.get(name)))), None
        )
        if said:
            yield Complaint(_short(said))


def _short(text: str) -> str:
    return redact_text(" ".join(text.split()))[:LONGEST_SENTENCE]
