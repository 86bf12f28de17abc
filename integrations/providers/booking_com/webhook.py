"""The door for what is sent to us: pushed OTA messages, and alarms that only say "look now".

Booking.com itself pushes no reservations, it sends alarms at most (https://developers.booking.com/connectivity/docs/,
notification service). Pushed messages come from other senders of OTA and are let in with HTTP Basic only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from integrations.contracts import (
    Delivery,
    MessageKind,
    Problem,
    ReadContext,
    Reply,
    UnreadablePayload,
    WebhookRefused,
    WebhookRequest,
)
from integrations.payloads import load_json
from integrations.providers.booking_com import cards, ota_xml, push_answers, reading
from integrations.providers.booking_com.push_answers import MODIFIED, NEW, WORDS, Echo
from reservations.records import ReservationRecord

#: Alarms are short; anything larger is no alarm.
LONGEST_ALARM = 16 * 1024
LONGEST_KEY = 100
XML = "application/xml; charset=utf-8"
EVENTS: Mapping[str, str] = {NEW: "ota_hotelresnotif", MODIFIED: "ota_hotelresmodifynotif"}
_QUEUES = {words.request: queue for queue, words in WORDS.items()}
_PROBE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SIGN_IN = {"WWW-Authenticate": 'Basic realm="OTA", charset="UTF-8"'}


def receive(request: WebhookRequest) -> Delivery:
    """What the delivery is: a test of the address, an alarm, or a message of reservations with its OTA answer.

    A message is stored even when none of its reservations can be read; the answer then says so. Raises
    :class:`WebhookRefused`: 401 without the right user name and password, 400 for what is neither XML nor an alarm.
    """
    if request.method.upper() in _PROBE_METHODS:
        return Delivery(probe=True)
    if _is_xml(request):
        return _push(request)
    if not request.body.strip():
        return Delivery(wake=True)
    if len(request.body) > LONGEST_ALARM:
        raise WebhookRefused("The delivery is too large to be an alarm.")
    try:
        # GUESS: the content of an alarm is not documented; nothing in it is used.
        alarm = load_json(request.body)
    except UnreadablePayload as unreadable:
        raise WebhookRefused(str(unreadable)) from None
    if not isinstance(alarm, dict):
        raise WebhookRefused("The delivery is neither an OTA message nor an alarm.")
    return Delivery(wake=True)


def _is_xml(request: WebhookRequest) -> bool:
    if "xml" in _header(request, "Content-Type").lower():
        return True
    start = request.body[:64].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    return start.startswith(b"<")


def _push(request: WebhookRequest) -> Delivery:
    # The name and the password come first: who is not known is told nothing about the message.
    if not _is_signed_in(request):
        raise _refused("The user name or the password is wrong.", 401, push_answers.AUTHENTICATION)
    try:
        root = ota_xml.parse(request.body)
        name = ota_xml.local_name(root)
        if name not in _QUEUES:
            raise UnreadablePayload(
                "The message is neither an OTA_HotelResNotifRQ nor an OTA_HotelResModifyNotifRQ."
            )
        body = cards.without_card_data(request.body)
        result = reading.read(body, ReadContext(kind=MessageKind.WEBHOOK))
        ids = reading.ids(body)
        place = reading.property_of(body)
    except UnreadablePayload as unreadable:
        raise _refused(str(unreadable), 400, push_answers.PROTOCOL_VIOLATION) from None
    if not result.records and not result.errors:
        raise _refused("The message holds no reservation.", 400, push_answers.BUSINESS_RULE)
    queue = _QUEUES[name]
    return Delivery(
        dedupe_key=_dedupe_key(queue, body, result.records, ids),
        event=EVENTS[queue],
        external_id=ids[0] if len(ids) == 1 else None,
        property_ref=place,
        reply=_reply(queue, ids, result.errors, Echo.of(root)),
        body=body,
    )


def _dedupe_key(queue: str, body: bytes, records: Sequence[ReservationRecord], ids: Sequence[str]) -> str:
    """Equal for every try of a message, whenever it is sent. A change is dated by the time of its message, so that
    a booking which is changed and changed back is not taken for a repetition."""
    changed = ",".join(str(record.updated_at) for record in records if record.updated_at)
    said = hashlib.sha256(f"{reading.page_key(body)} {changed}".encode()).hexdigest()[:32]
    return ":".join([queue, said, *ids])[:LONGEST_KEY]


def _reply(queue: str, ids: list[str], problems: list[Problem], echo: Echo) -> Reply:
    """Success for all, or the errors of those that cannot be read: OTA has no words for both in one document."""
    now = datetime.now(UTC)
    if problems:
        return Reply(push_answers.refusal(queue, problems, at=now, echo=echo), XML)
    return Reply(push_answers.acknowledgement(queue, ids, at=now, echo=echo), XML)


def _refused(sentence: str, status: int, kind: str) -> WebhookRefused:
    body = push_answers.refusal(NEW, [Problem("", sentence)], at=datetime.now(UTC), kind=kind)
    return WebhookRefused(
        sentence, status=status, reply=Reply(body, XML, status, _SIGN_IN if status == 401 else {})
    )


def _is_signed_in(request: WebhookRequest) -> bool:
    if not request.login or not request.password:
        return False
    scheme, _, encoded = _header(request, "Authorization").strip().partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        said = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(said, f"{request.login}:{request.password}".encode())


def _header(request: WebhookRequest, name: str) -> str:
    for key, value in request.headers.items():
        if key.lower() == name.lower():
            return value
    return ""
