"""What the contract suite must know of Hostaway beside its declaration; see integrations/README.md."""

from __future__ import annotations

from typing import Any

from integrations import connections
from integrations.models import Connection
from integrations.providers.hostaway.sandbox import HostawaySandbox
from reservations.models import Hotel

#: Fixtures that tell the life of one booking, oldest first: as the API shows it, since deliveries are mere hints.
STORY = ("page__booking_new", "page__booking_modified", "page__booking_cancelled")

CREDENTIALS = {"account_id": "10001", "client_secret": "llavero-demo-secret"}


def environment(address: str) -> dict[str, str]:
    """Environment variables that make the provider take the sandbox at ``address`` for the real system."""
    return {"HOSTAWAY_API_URL": f"{address}/v1"}


def hasten(sandbox: HostawaySandbox) -> None:
    """Let the sandbox live at the tests' pace: a token is good nearly at once, and calls are not counted."""
    sandbox.activation_seconds = 0.01
    sandbox.lift_limits()


def connect(sandbox: HostawaySandbox, hotel: Hotel, user: Any) -> Connection:
    """The connection of an account whose credentials were typed in, with its first access token."""
    hasten(sandbox)
    connection = connections.save_credentials(
        hotel_id=hotel.pk, provider="hostaway", name="Hostaway", credentials=CREDENTIALS, settings={}
    )
    connections.test_connection(connection=connection, user=user)
    return connection


def redelivery(event: dict[str, Any]) -> dict[str, Any]:
    """The same event as a later try brings it: nothing tells the tries apart but the order of the keys."""
    return dict(reversed(event.items()))


def use_up_quota(sandbox: HostawaySandbox) -> None:
    sandbox.exhaust_quota()


def happen(sandbox: HostawaySandbox) -> None:
    sandbox.book()
    sandbox.wait_for_deliveries()
