"""The door for Hostaway's deliveries: who sent it, what it is about."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from integrations.contracts import Delivery, UnreadablePayload, WebhookRefused, WebhookRequest
from integrations.payloads import canonical_text, load_json
from integrations.providers.hostaway.item import reference
from integrations.providers.hostaway.mapping import external_id_of
from integrations.providers.hostaway.tables import RESERVATION_EVENTS
from integrations.values import OddValue, mapping_of, text_of

LONGEST_EVENT = 60
_PROBE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def receive(request: WebhookRequest) -> Delivery:
    """What the delivery is about. GET, HEAD and OPTIONS are tests of the address.

    The dedupe key covers event, account and content: a later try says the same again. Raises :class:`WebhookRefused`
    with 401 for a wrong user name or password, with 400 for what is no delivery; both end Hostaway's tries.
    """
    if request.method.upper() in _PROBE_METHODS:
        return Delivery(probe=True)
    _check_login(request)
    try:
        envelope = load_json(request.body)
        if not isinstance(envelope, dict):
            raise WebhookRefused("The delivery is not an object.")
        _check_account(request, envelope)
        return _delivery(envelope)
    except (UnreadablePayload, OddValue) as odd:
        raise WebhookRefused(str(odd)) from None


def _delivery(envelope: Mapping[str, Any]) -> Delivery:
    event = text_of(envelope.get("event"))
    if event is None:
        raise WebhookRefused("The delivery names no event.")
    if len(event) > LONGEST_EVENT:
        raise WebhookRefused("The event's name is too long to be one.")
    data = mapping_of(envelope.get("data"))
    external_id = listing = None
    if event in RESERVATION_EVENTS:
        external_id = external_id_of(data)
        listing = reference(data.get("listingMapId"), "listingMapId")
        if external_id is None:
            raise WebhookRefused("The delivery names no reservation.")
    said = [event, envelope.get("object"), envelope.get("accountId"), envelope.get("data")]
    return Delivery(
        dedupe_key=hashlib.sha256(canonical_text(said).encode()).hexdigest(),
        event=event,
        property_ref=listing,
        external_id=external_id,
        hint=event in RESERVATION_EVENTS,
    )


def _check_account(request: WebhookRequest, envelope: Mapping[str, Any]) -> None:
    """Return when the delivery is of the connection's own account, or names none."""
    account = reference(envelope.get("accountId"), "accountId")
    if request.account and account and account != request.account:
        raise WebhookRefused("The delivery is of another account.", status=403)


def _check_login(request: WebhookRequest) -> None:
    """Return when the delivery carries the pair that its subscription was given. Nothing else is signed.

    Without a pair there is no subscription of ours, so that nothing true can come.
    """
    wanted = f"{request.login}:{request.password}".encode()
    known = bool(request.login and request.password)
    if not (hmac.compare_digest(_basic(request.headers), wanted) and known):
        raise WebhookRefused("The user name or the password of the delivery is wrong.", status=401)


def _basic(headers: Mapping[str, str]) -> bytes:
    value = next((text for name, text in headers.items() if name.lower() == "authorization"), "")
    scheme, _, encoded = value.strip().partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
