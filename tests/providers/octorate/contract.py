"""What the contract suite must know of Octorate beside its declaration; see integrations/README.md."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import QueryDict

from integrations import oauth
from integrations.applications import redirect_uri
from integrations.models import Connection
from integrations.providers.octorate.sandbox import OctorateSandbox
from reservations.models import Hotel

#: Fixtures that tell the life of one booking, oldest first.
STORY = (
    "RESERVATION_CREATED__property_id_alone",
    "RESERVATION_CHANGE__split_stay",
    "RESERVATION_CANCELLED__by_guest",
)


def environment(address: str) -> dict[str, str]:
    """Environment variables that make the provider take the sandbox at ``address`` for the real system."""
    return {
        "OCTORATE_CLIENT_ID": "llavero-demo",
        "OCTORATE_CLIENT_SECRET": "llavero-demo-secret",
        "OCTORATE_AUTHORIZE_URL": f"{address}/octobook/identity/oauth.xhtml",
        "OCTORATE_API_URL": f"{address}/connect",
    }


def connect(sandbox: OctorateSandbox, hotel: Hotel, user: Any) -> Connection:
    """The connection after a consent that was given."""
    address = oauth.begin(hotel=hotel, user=user, session_key="s1", provider_slug="octorate")
    answer = QueryDict(mutable=True)
    answer["state"] = parse_qs(urlsplit(address).query)["state"][0]
    answer["code"] = sandbox.issue_code(redirect_uri("octorate"))
    return oauth.finish(provider_slug="octorate", user=user, session_key="s1", params=answer)


def redelivery(event: dict[str, Any]) -> dict[str, Any]:
    """The same event as a later try brings it: number of the try and signature differ."""
    return {
        **event,
        "id": 799_999,
        "retry": 11,
        "nextTry": "2031-03-09T09:05:20.100Z[UTC]",
        "hmac": "f" * 40,
    }


def use_up_quota(sandbox: OctorateSandbox) -> None:
    sandbox.exhaust_quota()


def happen(sandbox: OctorateSandbox) -> None:
    sandbox.book()
    sandbox.deliveries.wait_until_idle()
