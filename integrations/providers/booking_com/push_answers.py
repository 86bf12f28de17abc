"""What we say about reservations in the words of OTA: they are safely stored, or we cannot read them.

Every document here is valid against the OTA 2003B schemas, which ask for ``Version`` and ``Error/@Type``. Source:
https://developers.booking.com/connectivity/docs/reservations-api/acknowledging-new-reservations-ota
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from integrations.contracts import Problem
from integrations.providers.booking_com.tables import OTA_NAMESPACE
from integrations.values import clean

NEW, MODIFIED = "new", "modified"
#: Error types of the OTA code list EWT.
BUSINESS_RULE, AUTHENTICATION, PROTOCOL_VIOLATION = "3", "4", "7"
#: Codes of the OTA code list ERR: unable to process, authorization error.
UNABLE_TO_PROCESS, NOT_AUTHORIZED = "450", "497"
VERSION = "2.001"
#: The widths that the schema gives these attributes.
LONGEST_SENTENCE, LONGEST_RECORD_ID, LONGEST_ECHO, MOST_ERRORS = 64, 32, 64, 99

_IS_VERSION = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4})?")


@dataclass(frozen=True, slots=True)
class Words:
    """The names of one kind of message: its answer, and the list and the item in it."""

    request: str
    answer: str
    items: str
    item: str


WORDS: Mapping[str, Words] = {
    NEW: Words("OTA_HotelResNotifRQ", "OTA_HotelResNotifRS", "HotelReservations", "HotelReservation"),
    MODIFIED: Words(
        "OTA_HotelResModifyNotifRQ", "OTA_HotelResModifyNotifRS", "HotelResModifies", "HotelResModify"
    ),
}


@dataclass(frozen=True, slots=True)
class Echo:
    """What an answer repeats of the request that it answers."""

    token: str = ""
    version: str = VERSION
    target: str = "Production"

    @classmethod
    def of(cls, root: etree._Element) -> Echo:
        """The echo of a request; what the request says badly is left out or replaced by our own word."""
        token = clean(root.get("EchoToken") or "")
        version = (root.get("Version") or "").strip()
        return cls(
            token if len(token) <= LONGEST_ECHO else "",
            version if _IS_VERSION.fullmatch(version) else VERSION,
            "Test" if root.get("Target") == "Test" else "Production",
        )


def acknowledgement(queue: str, ids: Sequence[str], *, at: datetime, echo: Echo | None = None) -> bytes:
    """ "These are safely stored": the answer for ``queue`` ("new" or "modified") with the reservation ids; ``at`` is
    an aware instant."""
    words = WORDS[queue]
    root = _root(words, at, echo)
    _child(root, "Success")
    if ids:
        items = _child(root, words.items)
        for one in ids:
            named = _child(_child(_child(items, words.item), "ResGlobalInfo"), "HotelReservationIDs")
            _child(named, "HotelReservationID", ResID_Value=one)
    return _written(root)


def refusal(
    queue: str,
    problems: Sequence[Problem],
    *,
    at: datetime,
    echo: Echo | None = None,
    kind: str = BUSINESS_RULE,
) -> bytes:
    """ "These cannot be read": one error for each of ``problems`` with its sentence, at most as many as OTA allows.

    ``kind`` is a type of the OTA code list EWT. A document is either an acknowledgement or a refusal.
    """
    root = _root(WORDS[queue], at, echo)
    errors = _child(root, "Errors")
    code = NOT_AUTHORIZED if kind == AUTHENTICATION else UNABLE_TO_PROCESS
    for problem in _not_too_many(problems):
        error = _child(errors, "Error", Type=kind, Code=code)
        if problem.external_id and len(problem.external_id) <= LONGEST_RECORD_ID:
            error.set("RecordID", _allowed(problem.external_id))
        sentence = _allowed(f"{problem.where}: {problem.message}" if problem.where else problem.message)
        error.set("ShortText", _short(sentence))
        if len(sentence) > LONGEST_SENTENCE:
            error.text = sentence
    return _written(root)


def _not_too_many(problems: Sequence[Problem]) -> Iterable[Problem]:
    return problems[:MOST_ERRORS] or (Problem("", "The message cannot be read."),)


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST_SENTENCE else sentence[: LONGEST_SENTENCE - 1].rstrip() + "…"


def _allowed(text: str) -> str:
    """``text`` without characters that XML cannot hold."""
    return "".join(c if c >= " " and c not in "\ufffe\uffff" else " " for c in clean(text)).strip() or "-"


def _root(words: Words, at: datetime, echo: Echo | None) -> etree._Element:
    echo = echo or Echo()
    root = etree.Element(f"{{{OTA_NAMESPACE}}}{words.answer}", nsmap={None: OTA_NAMESPACE})
    if echo.token:
        root.set("EchoToken", _allowed(echo.token))
    root.set("TimeStamp", at.isoformat(timespec="seconds"))
    root.set("Target", echo.target)
    root.set("Version", echo.version)
    return root


def _child(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{OTA_NAMESPACE}}}{name}", attributes)


def _written(root: etree._Element) -> bytes:
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
