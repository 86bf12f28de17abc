"""Client id and secret against an access token.

https://developers.booking.com/connectivity/docs/token-based-authentication
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from integrations.contracts import Tokens, UnreadablePayload
from integrations.errors import ProtocolBroken
from integrations.payloads import load_json
from integrations.providers.booking_com.answers import explain_exchange
from integrations.values import mapping_of, text_of

if TYPE_CHECKING:
    from integrations.http import ProviderSession

USUAL_LIFE = timedelta(hours=1)
#: Together with the five minutes of shared code a token of an hour is renewed after 50 minutes.
MARGIN = timedelta(minutes=5)


def issue(session: ProviderSession) -> Tokens:
    """A token for the account of ``session``. Asked for once only: an account has 30 answers an hour."""
    asked_at = timezone.now()
    credentials = session.credentials
    answer = session.request(
        "POST",
        f"{session.urls['authentication'].rstrip('/')}/token-based-authentication/exchange",
        json={name: str(credentials.get(name) or "") for name in ("client_id", "client_secret")},
        bearer=None,
        explain=explain_exchange,
    )
    try:
        token = text_of(mapping_of(load_json(answer.body)).get("jwt"))
    except UnreadablePayload as unreadable:
        raise ProtocolBroken(str(unreadable), status=answer.status) from None
    if token is None:
        raise ProtocolBroken("the answer holds no token", status=answer.status)
    session.hide(token)
    life = life_of(token, asked_at)
    return Tokens(token, asked_at + life - min(MARGIN, life / 10))


def life_of(token: str, asked_at: datetime) -> timedelta:
    """How long ``token`` is good, by its own ``iat`` and ``exp`` so that no clock of ours matters; else an hour.

    The claims are read and not checked: they decide nothing but when to ask for the next token.
    """
    claims = _claims(token)
    ends, began = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    if ends is None:
        return USUAL_LIFE
    life = timedelta(seconds=ends - (asked_at.timestamp() if began is None else began))
    return life if timedelta(0) < life <= timedelta(days=1) else USUAL_LIFE


def _claims(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return dict(mapping_of(load_json(payload)))
    except (binascii.Error, ValueError):  # UnreadablePayload is a ValueError
        return {}


def _seconds(value: Any) -> float | None:
    return (
        float(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**11
        else None
    )
