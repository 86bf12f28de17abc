"""The door for deliveries: check the raw bytes and name the event.

Template PMS signs nothing, so what protects the door is the unguessable address, and that every booking is read again
from the API. Where a system signs its deliveries, check the signature here, over the raw bytes, before anything else.
"""

from __future__ import annotations

import hashlib

from integrations.contracts import Delivery, UnreadablePayload, WebhookRefused, WebhookRequest
from integrations.payloads import canonical_text, load_json
from integrations.providers._template.mapping import EVENTS, booking_ids
from integrations.values import OddValue, instant, mapping_of, text_of

_PROBE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Fields that tell of the try, not of the event.
_OF_THE_TRY = frozenset({"delivery", "sent_at"})
LONGEST_EVENT = 60


def receive(request: WebhookRequest) -> Delivery:
    """What the delivery is about. Raises :class:`WebhookRefused` for what is no delivery of theirs.

    The dedupe key covers all but ``delivery`` and ``sent_at``, which differ from one try to the next; a booking that
    changed has another ``changed_at``. An event that is not used is stored too: the reader says that it is ignored.
    """
    if request.method.upper() in _PROBE_METHODS:
        return Delivery(probe=True)
    try:
        envelope = mapping_of(load_json(request.body))
        event = text_of(envelope.get("event"))
        if event is None or len(event) > LONGEST_EVENT:
            raise WebhookRefused("The delivery names no event.")
        external_id = property_ref = None
        if event in EVENTS:
            external_id, property_ref = booking_ids(mapping_of(envelope.get("booking")))
        told = {name: value for name, value in envelope.items() if name not in _OF_THE_TRY}
        return Delivery(
            dedupe_key=hashlib.sha256(canonical_text(told).encode()).hexdigest(),
            event=event,
            property_ref=property_ref,
            external_id=external_id,
            occurred_at=instant(envelope.get("sent_at"), "sent_at"),
        )
    except (UnreadablePayload, OddValue) as odd:
        raise WebhookRefused(str(odd)) from None
