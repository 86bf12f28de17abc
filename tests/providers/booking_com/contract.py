"""What the contract suite must know of Booking.com beside its declaration; see integrations/README.md."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from integrations.access import fresh_access_token
from integrations.accounts import WEBHOOK_LOGIN, WEBHOOK_PASSWORD
from integrations.connections import save_credentials
from integrations.contracts import Offer
from integrations.models import Connection
from integrations.providers.booking_com.sandbox import BookingComSandbox
from reservations.models import Hotel

#: Fixtures that tell the life of one booking, oldest first.
STORY = (
    "ota_hotelresnotif__one_room",
    "ota_hotelresmodifynotif__changed",
    "ota_hotelresmodifynotif__cancelled",
)

#: User name and password of the deliveries to a connection of the suite.
LOGIN = ("llavero-contract", "a-password-for-deliveries-0042")


def environment(address: str) -> dict[str, str]:
    """Environment variables that make the provider take the sandbox at ``address`` for the real system."""
    return {
        "BOOKING_COM_AUTHENTICATION_URL": f"{address}/auth",
        "BOOKING_COM_SUPPLY_URL": f"{address}/supply",
        "BOOKING_COM_SECURE_URL": f"{address}/secure",
    }


def connect(sandbox: BookingComSandbox, hotel: Hotel, user: Any) -> Connection:
    """A working connection of ``hotel`` to the running sandbox, with its first access token."""
    connection = save_credentials(
        hotel_id=hotel.pk,
        provider="booking_com",
        name="Booking.com",
        credentials={
            "client_id": "llavero-demo",
            "client_secret": "llavero-demo-secret",
            "property_id": "4400123",
        },
        settings={},
    )
    connection.credentials |= {WEBHOOK_LOGIN: LOGIN[0], WEBHOOK_PASSWORD: LOGIN[1]}
    connection.save()
    fresh_access_token(connection)
    return connection


def headers(event: str, body: bytes) -> dict[str, str]:
    """Deliveries carry the user name and the password that the connection has for them."""
    signed = base64.b64encode(":".join(LOGIN).encode()).decode()
    return {"Content-Type": "application/xml", "Authorization": f"Basic {signed}"}


def use_up_quota(sandbox: BookingComSandbox) -> None:
    """Let the next call meet an empty quota."""
    sandbox.calls_per_minute = 0


def on_sale(sandbox: BookingComSandbox, offer: Offer) -> Offer:
    """What the sandbox sells where ``offer`` speaks of: Booking.com cannot be asked."""
    with sandbox.lock:
        room = sandbox.world.room_types[int(offer.room_ref)]
        night = sandbox.stock.night(room, offer.date)
        place = Offer(offer.property_ref, offer.room_ref, offer.date, offer.rate_ref)
        if offer.rate_ref is None:
            return replace(place, units=night.count)
        rate = night.rates[int(offer.rate_ref)]
        return replace(
            place,
            price=rate.price,
            currency=sandbox.world.hotels[room.property].currency,
            minimum_stay=rate.minimum,
            maximum_stay=rate.maximum,
            closed=rate.closed,
            closed_to_arrival=rate.closed_to_arrival,
            closed_to_departure=rate.closed_to_departure,
        )
