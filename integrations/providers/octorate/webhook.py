"""The door for Octorate's deliveries: check the raw bytes and name the event.

The ``hmac`` field of a delivery proves nothing to us, since its algorithm, key and signed bytes are not documented.
What protects the door is the unguessable address, and that every named reservation is read again from the API.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.contracts import Delivery, UnreadablePayload, WebhookRefused, WebhookRequest
from integrations.payloads import canonical_text, load_json
from integrations.providers.octorate.mapping import property_of
from integrations.providers.octorate.reading import decode_content, event_of, hearsay_ids, hearsay_object
from integrations.providers.octorate.tables import HEARSAY_EVENTS, RESERVATION_EVENTS
from integrations.providers.octorate.values import OddValue, instant, reference, text_of

LONGEST_EVENT = 60
_PROBE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def receive(request: WebhookRequest) -> Delivery:
    """What the delivery is about. GET, HEAD, OPTIONS and a body with ``ping`` are tests of the address.

    The dedupe key covers type, reference and content, not ``id``, ``retry``, ``nextTry`` or ``hmac``: those change
    from one try to the next. Raises :class:`WebhookRefused` (400) for what is no delivery of Octorate's.
    """
    if request.method.upper() in _PROBE_METHODS:
        return Delivery(probe=True)
    try:
        envelope = load_json(request.body)
        if not isinstance(envelope, dict):
            raise WebhookRefused("The delivery is not an object.")
        if "ping" in envelope and "content" not in envelope and "event" not in envelope:
            return Delivery(probe=True)
        delivery = _flat(envelope) if isinstance(envelope.get("event"), str) else _envelope(envelope)
    except (UnreadablePayload, OddValue) as odd:
        raise WebhookRefused(str(odd)) from None
    return delivery


def _envelope(envelope: Mapping[str, Any]) -> Delivery:
    event = _event(event_of(envelope))
    named = reference(envelope.get("reference"), "reference")
    content = envelope.get("content")
    if event in RESERVATION_EVENTS:
        content = decode_content(content)
        content_id = reference(content.get("id"), "content.id") if content else None
        if named and content_id and named != content_id:
            raise WebhookRefused("The reference and the id of the content disagree.")
        named = named or content_id
        if named is None:
            raise WebhookRefused("The delivery names no reservation.")
    return Delivery(
        dedupe_key=_dedupe_key(event, named, content),
        event=event,
        property_ref=property_of(content) if isinstance(content, dict) else None,
        external_id=named,
        occurred_at=_occurred_at(envelope),
        hint=_points_only(event, content),
    )


def _flat(flat: Mapping[str, Any]) -> Delivery:
    event = _event(text_of(flat["event"]))
    external_id, place = hearsay_ids(flat)
    told = hearsay_object(flat)
    return Delivery(
        dedupe_key=_dedupe_key(event, external_id, told),
        event=event,
        property_ref=place,
        external_id=external_id,
        hint=_points_only(event, told),
    )


def _points_only(event: str, content: Any) -> bool:
    """Whether the delivery of a reservation does not tell its version: the next one may say the same and mean more."""
    used = event in RESERVATION_EVENTS or event.strip().lower() in HEARSAY_EVENTS
    return used and not (isinstance(content, Mapping) and content.get("updateTime"))


def _occurred_at(envelope: Mapping[str, Any]) -> datetime | None:
    try:
        return instant(envelope.get("createTime"), "createTime")
    except OddValue:
        return None


def _event(word: str | None) -> str:
    if word is None:
        raise WebhookRefused("The delivery names no event type.")
    if len(word) > LONGEST_EVENT:
        raise WebhookRefused("The event type is too long to be one.")
    return word


def _dedupe_key(event: str, named: str | None, content: Any) -> str:
    return hashlib.sha256(canonical_text([event, named, content]).encode()).hexdigest()
