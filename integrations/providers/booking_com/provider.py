"""Booking.com: what it is, what it can do, and one method for each of its capabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.contracts import (
    Capability,
    Category,
    Declaration,
    Delivery,
    ExternalProperty,
    Field,
    Offer,
    Page,
    PullWindow,
    RateLimit,
    ReadContext,
    ReadResult,
    Receipt,
    Taken,
    Tokens,
    WebhookRequest,
)
from integrations.errors import Missing, NeedsReconnect, Rejected
from integrations.providers.booking_com import access, discovery, queues, reading, selling, webhook
from integrations.providers.booking_com.client import BookingComClient

if TYPE_CHECKING:
    from integrations.http import ProviderSession

DECLARATION = Declaration(
    slug="booking_com",
    name="Booking.com",
    category=Category.CHANNEL,
    summary=_(
        "Reads your Booking.com bookings within a minute and keeps rooms, prices and restrictions there up to date. "
        "For operators with a connectivity partner's machine account; most single hotels reach Booking.com through "
        "their channel manager instead."
    ),
    capabilities=frozenset(
        {
            Capability.READ,
            Capability.ISSUE_TOKEN,
            Capability.TEST_CONNECTION,
            Capability.DISCOVER,
            Capability.PULL_RESERVATIONS,
            Capability.ACKNOWLEDGE,
            Capability.RECEIVE_WEBHOOK,
            Capability.PUSH_OFFERS,
        }
    ),
    credential_fields=(
        Field(
            "client_id",
            _("Client id"),
            _(
                "Of the machine account. There is no sign-in page at Booking.com: a connectivity partner makes the "
                "account in Booking.com's provider portal, and you type its id and secret in here."
            ),
        ),
        Field(
            "client_secret",
            _("Client secret"),
            _("The portal shows it once, when the account is made. It is stored encrypted."),
            kind="password",
            secret=True,
        ),
        Field(
            "property_id",
            _("Property id"),
            _(
                "The number of your property at Booking.com. First choose the partner as your connectivity provider "
                "in the extranet, for reservations and for rates and availability; the partner must accept."
            ),
        ),
    ),
    settings_fields=(
        Field(
            "prices_include_tax",
            _("Prices that we send include taxes"),
            _("Must be as in the property's settings at Booking.com."),
            kind="boolean",
            required=False,
            default=True,
        ),
    ),
    urls={
        "authentication": "https://connectivity-authentication.booking.com",
        "supply": "https://supply-xml.booking.com",
        "secure": "https://secure-supply-xml.booking.com",
    },
    # GUESS: single endpoints take 75 to 700 calls a minute. The lowest is that of a message which makes room types and
    # is not used here; those of availability and prices are not told, so this stays well below the highest.
    rate_limit=RateLimit(calls=300, period=timedelta(minutes=1)),
    token_limit=RateLimit(calls=30, period=timedelta(hours=1)),
    account_field="client_id",
    silence_limit=timedelta(minutes=15),
    webhook_login=True,
    push_by_month=True,
    request_id_pattern=rb"RUID: \[([^\]\s]{1,80})\]",
    poll_every=timedelta(seconds=20),
    documentation_url="https://developers.booking.com/connectivity/docs/",
    events=("ota_hotelresnotif", "ota_hotelresmodifynotif"),
)


class BookingCom:
    """The provider. Keeps nothing between calls."""

    declaration = DECLARATION

    # -- reading -------------------------------------------------------------------------------------------

    def read(self, body: bytes, context: ReadContext) -> ReadResult:
        """Neutral records of a message; see :func:`integrations.providers.booking_com.reading.read`."""
        return reading.read(body, context)

    # -- access --------------------------------------------------------------------------------------------

    def issue_token(self, session: ProviderSession) -> Tokens:
        """A token of an hour for the machine account; see :func:`integrations.providers.booking_com.access.issue`."""
        return access.issue(session)

    def test_connection(self, session: ProviderSession) -> None:
        """Return when the machine account is good and the property is connected to it."""
        place = _property_id(session)
        try:
            status = BookingComClient(session).connection_status(place)["status"]
        except (Missing, Rejected) as refused:
            if refused.status not in (403, 404):
                raise
            raise NeedsReconnect(_not_connected(place), status=refused.status) from None
        if status.lower() != "connected":
            raise NeedsReconnect(f"{_not_connected(place)} Its connection is {status[:40]}.")

    # -- properties and rooms ------------------------------------------------------------------------------

    def discover(self, session: ProviderSession) -> Sequence[ExternalProperty]:
        """The property of the connection with its room types and their rates."""
        return discovery.properties(BookingComClient(session), _property_id(session))

    # -- reservations --------------------------------------------------------------------------------------

    def pull_reservations(self, session: ProviderSession, window: PullWindow) -> Iterator[Page]:
        """Pages without card data, the queues' own to be acknowledged; see :mod:`…booking_com.queues`."""
        return queues.pull(session, window)

    def acknowledge(self, session: ProviderSession, taken: Taken) -> None:
        """Take what is stored out of Booking.com's queue and refuse what cannot be read."""
        queues.acknowledge(session, taken)

    # -- alarms --------------------------------------------------------------------------------------------

    def receive_webhook(self, request: WebhookRequest) -> Delivery:
        """Check and name a delivery; see :func:`integrations.providers.booking_com.webhook.receive`."""
        return webhook.receive(request)

    # -- what is on sale -----------------------------------------------------------------------------------

    def push_offers(self, session: ProviderSession, offers: Sequence[Offer]) -> Iterator[Receipt]:
        """Send rooms, restrictions and prices by property and month; see :mod:`…booking_com.selling`."""
        return selling.push(
            BookingComClient(session),
            offers,
            now=timezone.now(),
            prices_include_tax=bool(session.settings.get("prices_include_tax", True)),
        )


PROVIDER = BookingCom()


def _property_id(session: ProviderSession) -> str:
    place = str(session.credentials.get("property_id") or "").strip()
    if not (place.isascii() and place.isdecimal() and len(place) <= 15):
        raise NeedsReconnect("The property id is the number of the property at Booking.com: digits only.")
    return place


def _not_connected(place: str) -> str:
    return f"The property {place} is not connected to this machine account at Booking.com."
