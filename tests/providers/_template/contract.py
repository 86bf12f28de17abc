"""What the contract suite must know of Template PMS beside its declaration; see integrations/README.md."""

from __future__ import annotations

from datetime import date
from typing import Any

from integrations.connections import save_credentials
from integrations.models import Connection
from integrations.providers._template.sandbox import TemplateSandbox
from reservations.models import Hotel

#: Fixtures that tell the life of one booking, oldest first.
STORY = ("booking.created__one_room", "booking.modified__new_dates", "booking.cancelled__by_guest")


def environment(address: str) -> dict[str, str]:
    """Environment variables that make the provider take the sandbox at ``address`` for the real system."""
    return {"_TEMPLATE_API_URL": f"{address}/api"}


def connect(sandbox: TemplateSandbox, hotel: Hotel, user: Any) -> Connection:
    """A working connection of ``hotel`` to the running sandbox."""
    return save_credentials(
        hotel_id=hotel.pk,
        provider="_template",
        name="Template PMS",
        credentials={"api_key": sandbox.api_key},
        settings={},
    )


def redelivery(event: dict[str, Any]) -> dict[str, Any]:
    """The same event as a later try would bring it. Optional: without it the bytes are repeated as they are."""
    return {**event, "delivery": 99, "sent_at": "2031-02-09T09:09:09Z"}


def use_up_quota(sandbox: TemplateSandbox) -> None:
    """Let the next call meet an empty quota. Optional: without it only a plain 429 is tried."""
    sandbox.use_up_quota()


def happen(sandbox: TemplateSandbox) -> None:
    """Let something happen that deliveries tell of; they were sent when this returns. Only for subscriptions."""
    sandbox.book(room="r-105", arrival=date(2031, 9, 1))
    sandbox.wait_for_deliveries()
